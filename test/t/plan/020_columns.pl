# Copyright (c) 2026, pinterest_fdw contributors

# What is asked for is what the query reads, and nothing more.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 9);
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my %days = (start => utc_today(-29), end => utc_today());
truth_table($node, 'campaigns_analytics', %days, columns => 'SPEND_IN_DOLLAR,CTR,TOTAL_IMPRESSION,CAMPAIGN_NAME');
my @standard = rows($node,
	"SELECT field FROM pinterest_fdw.columns() WHERE stream = 'campaigns_analytics' AND metric AND standard");

sub analytics { return grep { $_->{path} =~ /analytics$/ } @_; }

# The metrics that a query asks for.
sub columns_ok
{
	my ($sql, $columns, $name, $parameter) = @_;
	my @requests = analytics(requests_during($node, $sql));

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply(sent($parameter // 'columns', @requests), [ join ',', sort @$columns ], "columns: $name");
}

my $table = 'pinterest.campaigns_analytics';
cmp_ok(scalar @standard, '>=', 35, 'there is a standard set');
columns_ok("SELECT spend_in_dollar FROM $table", ['SPEND_IN_DOLLAR'], 'one');
columns_ok("SELECT ctr, spend_in_dollar, ctr FROM $table", [qw(CTR SPEND_IN_DOLLAR)], 'each once');
columns_ok("SELECT date, campaign_id, spend_in_dollar FROM $table", ['SPEND_IN_DOLLAR'], 'what is no metric is not named');
columns_ok("SELECT spend_in_dollar FROM $table WHERE ctr > 0.001", [qw(CTR SPEND_IN_DOLLAR)], 'those of conditions too');
columns_ok("SELECT campaign_id FROM $table WHERE total_impression > 5", ['TOTAL_IMPRESSION'], 'only in a condition');
columns_ok("SELECT campaign_id FROM $table ORDER BY ctr", ['CTR'], 'only in ORDER BY');
columns_ok("SELECT campaign_id FROM $table GROUP BY 1 HAVING sum(ecpc_in_dollar) > 0", ['ECPC_IN_DOLLAR'], 'only in HAVING');
columns_ok("SELECT sum(spend_in_dollar) / nullif(sum(total_impression), 0) FROM $table", [qw(SPEND_IN_DOLLAR TOTAL_IMPRESSION)],
	'within expressions');
columns_ok("SELECT t FROM $table AS t", \@standard, 'a whole row');
columns_ok("SELECT * FROM $table", \@standard, 'all of the table');
columns_ok("SELECT count(t) FROM $table AS t", \@standard, 'count of a whole row');
columns_ok("SELECT count(*) FROM $table", ['CAMPAIGN_ID'], 'count(*): the least there is');
columns_ok("SELECT count(*) FROM pinterest.ad_groups_analytics", ['AD_GROUP_ID'], 'count(*) of ad groups');
columns_ok("SELECT count(*) FROM pinterest.ads_analytics", ['AD_ID'], 'count(*) of ads');
columns_ok("SELECT count(*) FROM pinterest.ad_account_analytics", ['AD_ACCOUNT_ID'], 'count(*) of accounts');
columns_ok("SELECT x.spend_in_dollar FROM (SELECT * FROM $table) AS x", ['SPEND_IN_DOLLAR'], 'through a sub-query');
$node->safe_psql('postgres', "CREATE VIEW wide AS SELECT * FROM $table");
columns_ok('SELECT ctr FROM wide', ['CTR'], 'through a view');
columns_ok("SELECT c.name, a.ctr FROM pinterest.campaigns AS c JOIN $table AS a ON a.campaign_id = c.id AND a.campaign_name = c.name",
	[qw(CAMPAIGN_NAME CTR)], 'of a join');
same_rows_ok($node, "SELECT count(*) FROM $table", 'SELECT count(*) FROM truth.campaigns_analytics', 'count(*): the rows');
same_rows_ok($node, "SELECT campaign_id, date FROM $table WHERE ctr > 0.0005 AND campaign_name <> ''",
	"SELECT campaign_id, date FROM truth.campaigns_analytics WHERE ctr > 0.0005 AND campaign_name <> ''",
	'conditions on metrics: the rows');

# A user's own column: a metric by another name, and one that the standard
# set lacks; the catalog's names in it count like any other.
truth_table($node, 'campaigns_analytics', name => 'own', %days, columns => 'IDEA_PIN_PRODUCT_TAG_VISIT_1,SPEND_IN_DOLLAR');
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE own (
	campaign_id text,
	day date OPTIONS (field 'DATE'),
	cost numeric OPTIONS (field 'SPEND_IN_DOLLAR'),
	tag_visits text OPTIONS (field 'IDEA_PIN_PRODUCT_TAG_VISIT_1'))
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
columns_ok('SELECT tag_visits FROM own', ['IDEA_PIN_PRODUCT_TAG_VISIT_1'], "a user's own column");
columns_ok('SELECT * FROM own', [qw(IDEA_PIN_PRODUCT_TAG_VISIT_1 SPEND_IN_DOLLAR)], "a user's own table");
columns_ok("SELECT cost FROM own WHERE day = '" . utc_today(-3) . "'", ['SPEND_IN_DOLLAR'], 'a renamed date');
same_rows_ok($node, 'SELECT campaign_id, day, cost::float8, tag_visits::numeric::bigint FROM own',
	'SELECT campaign_id, date, spend_in_dollar, idea_pin_product_tag_visit_1::numeric::bigint FROM truth.own',
	"a user's own table: rows");
my @requests = analytics(requests_during($node, "SELECT cost FROM own WHERE day = '" . utc_today(-3) . "'"));
is_deeply(sent('start_date', @requests), [ utc_today(-3) ], 'a renamed date is pushed');

# A metric that neither the catalog nor the simulator knows is sent as it is.
sim_fault(action => 'replace', match => 'analytics$', name => 'newer', body => '[{"CAMPAIGN_ID":"626747962992","DATE":"2026-01-01","NEWER_METRIC":42}]');
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE newer (campaign_id text, newer bigint OPTIONS (field 'NEWER_METRIC'))
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
my $campaign = (rows($node, "SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$account'"))[0];
is($node->safe_psql('postgres', "SELECT DISTINCT newer FROM newer WHERE campaign_id = '626747962992'"), 42,
	'a metric newer than the catalog');
is_deeply(sent('columns', grep { ($_->{rule} // '') eq 'newer' } sim_requests()), ['NEWER_METRIC'],
	'a metric newer than the catalog is asked for by its name');
my @newer_invalid = grep { !/NEWER_METRIC/ } invalid_requests();
is_deeply(\@newer_invalid, [], 'and nothing else is wrong');

# In an entity table, a field by a name of one's own, and one that the catalog lacks.
sim_reset();
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE my_accounts (id text, zone text OPTIONS (field 'time_zone'), owner_name text OPTIONS (field 'owner.username'))
	SERVER pinterest OPTIONS (stream 'ad_accounts');
SQL
same_rows_ok($node, 'SELECT id, zone, owner_name FROM my_accounts',
	"SELECT id, time_zone AS zone, attrs->'owner'->>'username' AS owner_name FROM pinterest.ad_accounts", 'fields of entities');

# ---- organic ----

my @user_metrics = rows($node,
	"SELECT field FROM pinterest_fdw.columns() WHERE stream = 'user_account_analytics' AND metric");
columns_ok('SELECT save FROM pinterest.user_account_analytics', ['SAVE'], 'user_account_analytics: one', 'metric_types');
columns_ok('SELECT date, metrics FROM pinterest.user_account_analytics', \@user_metrics,
	'user_account_analytics: all, for the object of all', 'metric_types');
is_deeply(paths_of(requests_during($node, 'SELECT date, impression FROM pinterest.user_account_analytics')),
	['/user_account/analytics x1'], 'user_account_id not selected: one request');
is_deeply(paths_of(requests_during($node, 'SELECT user_account_id, impression FROM pinterest.user_account_analytics')),
	[ '/user_account x1', '/user_account/analytics x1' ], 'user_account_id selected: one more');
is($node->safe_psql('postgres', 'SELECT DISTINCT user_account_id FROM pinterest.user_account_analytics'),
	$node->safe_psql('postgres', 'SELECT id FROM pinterest.user_account'), 'user_account_id: the id');
same_rows_ok($node, 'SELECT date, (metrics->>$$SAVE$$)::bigint, (metrics->>$$SAVE_RATE$$)::float8 FROM pinterest.user_account_analytics',
	'SELECT date, save, save_rate FROM pinterest.user_account_analytics', 'metrics has what the columns have');

# Where EXPLAIN tells that no field is read, values that fit no column do not matter;
# where it does not, they do.
$node->safe_psql('postgres', <<'SQL');
CREATE FOREIGN TABLE unfit (ad_account_id text, id date, name date) SERVER pinterest OPTIONS (stream 'campaigns');
SQL
truth_table($node, 'campaigns');
my ($of_account, $in_all) = split /\|/,
  $node->safe_psql('postgres', "SELECT count(*) FILTER (WHERE ad_account_id = '$account'), count(*) FROM truth.campaigns");
for my $case (
	[ 'SELECT count(*) FROM unfit', $in_all ], [ 'SELECT 1 FROM unfit', join "\n", (1) x $in_all ],
	[ 'SELECT EXISTS (SELECT FROM unfit)', 't' ], [ 'SELECT 1 FROM unfit LIMIT 1', 1 ],
	[ "SELECT count(*) FROM unfit WHERE ad_account_id = '$account'", $of_account ],
	[ 'SELECT count(name) FROM unfit' ], [ 'SELECT count(t) FROM unfit AS t' ],
	[ "SELECT count(*) FROM unfit WHERE name > '2020-01-01'" ], [ 'SELECT id FROM unfit' ])
{
	my ($sql, $rows) = @$case;
	my ($status, $out, $errors) = $node->psql('postgres', $sql);

	is($node->safe_psql('postgres', "EXPLAIN $sql") =~ /^ *Fields Read: none$/m ? 'none' : 'some',
		defined $rows ? 'none' : 'some', "fields read, as EXPLAIN tells: $sql");
	is($out, $rows // '', "what comes of it: $sql");
	defined $rows ? is($errors, '', "no error: $sql")
	  : like($errors, qr/ERROR:  .*\n.*CONTEXT:  column "(id|name)" of foreign table "unfit"/s, "a field that was read: $sql");
}

# pin_metrics are sent for only where they are wanted.
for my $case (
	[ 'SELECT id, title FROM pinterest.pins', '' ], [ 'SELECT count(*) FROM pinterest.pins', '' ],
	[ 'SELECT id, pin_metrics FROM pinterest.pins', 'true' ],
	[ "SELECT id FROM pinterest.pins WHERE (pin_metrics->'90d'->>'impression')::int > 5", 'true' ],
	[ 'SELECT * FROM pinterest.pins', 'true' ])
{
	is_deeply(sent('pin_metrics', requests_during($node, $case->[0])), [ $case->[1] ], "pin_metrics: $case->[0]");
}
my ($pin) = rows($node, 'SELECT id FROM pinterest.pins LIMIT 1');
is_deeply(sent('pin_metrics', requests_during($node, "SELECT pin_metrics FROM pinterest.pins WHERE id = '$pin'")),
	['true'], 'pin_metrics of one Pin');
is($node->safe_psql('postgres', "SELECT (pin_metrics->'90d'->>'impression')::int > 0 FROM pinterest.pins WHERE id = '$pin'"),
	't', 'pin_metrics come');

# Video metrics are asked for where the Pin is a video.  What is asked of the
# endpoint for many Pins, which is not open to the app, does not count.
sub but_many { return grep { $_->{path} ne '/pins/analytics' } @_; }

my @video = rows($node, "SELECT id FROM pinterest.pins WHERE media->>'media_type' = 'video'");
my @images = rows($node, "SELECT id FROM pinterest.pins WHERE media->>'media_type' <> 'video'");
cmp_ok(scalar @video, '>', 0, 'there is a video');
@requests = but_many(analytics(requests_during($node, 'SELECT pin_id, impression, video_start FROM pinterest.pins_analytics')));
is_deeply([ sort map { "$_->{path}: " . join ',', sort(values_of($_, 'metric_types')) } @requests ],
	[ sort((map { "/pins/$_/analytics: IMPRESSION,VIDEO_START" } @video), map { "/pins/$_/analytics: IMPRESSION" } @images) ],
	'video metrics: of videos alone');
@requests = requests_during($node, "SELECT impression FROM pinterest.pins_analytics WHERE pin_id = '$images[0]'");
is_deeply(paths_of(but_many(@requests)), ["/pins/$images[0]/analytics x1"], 'no video metric: no look at the Pin');
@requests = requests_during($node, "SELECT impression, video_start FROM pinterest.pins_analytics WHERE pin_id IN ('$images[0]', '$video[0]')");
is_deeply(paths_of(but_many(@requests)), [ sort map { ("/pins/$_ x1", "/pins/$_/analytics x1") } $images[0], $video[0] ],
	'video metrics of given Pins: a look at each');
truth_table($node, 'pins_analytics', %days, include_protected_pins => 'true',
	columns => 'IMPRESSION,VIDEO_START,VIDEO_AVG_WATCH_TIME,SAVE_RATE');
same_rows_ok($node, 'SELECT pin_id, date, impression, video_start, video_avg_watch_time, save_rate FROM pinterest.pins_analytics',
	'SELECT pin_id, date, impression, video_start, video_avg_watch_time, save_rate FROM truth.pins_analytics',
	'video metrics: rows of videos and images');
rows_ok($node, "SELECT DISTINCT pin_id FROM pinterest.pins_analytics WHERE media_type = 'video'", \@video, 'media_type selects');

# The same where that endpoint is open: videos in one request, others in another.
sim_config(multi_pin => JSON::PP::true);
@requests = analytics(requests_during($node, 'SELECT pin_id, impression, video_start FROM pinterest.pins_analytics'));
is_deeply([ sort map { "$_->{path} of " . join(',', sort(values_of($_, 'pin_ids'))) . ': ' . join ',', sort(values_of($_, 'metric_types')) } @requests ],
	[ sort '/pins/analytics of ' . join(',', sort @video) . ': IMPRESSION,VIDEO_START', '/pins/analytics of ' . join(',', sort @images) . ': IMPRESSION' ],
	'video metrics: of videos alone, many Pins in a request');
truth_table($node, 'pins_analytics', %days, include_protected_pins => 'true', multi_pin => 'true',
	columns => 'IMPRESSION,VIDEO_START,VIDEO_AVG_WATCH_TIME,SAVE_RATE');
same_rows_ok($node, 'SELECT pin_id, date, impression, video_start, video_avg_watch_time, save_rate FROM pinterest.pins_analytics',
	'SELECT pin_id, date, impression, video_start, video_avg_watch_time, save_rate FROM truth.pins_analytics',
	'video metrics: rows of many Pins in a request');
sim_config(multi_pin => JSON::PP::false);

# ---- the size of an answer ----

# All metrics of 90 days are a megabyte for a few entities, so there are fewer
# ids in a request; one metric of a day has room for 250.
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA every;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns_analytics) FROM SERVER pinterest INTO every OPTIONS (metrics 'all');
SQL
sim_reset(accounts => 1, campaigns => 60, ad_groups => 0, ads => 0, boards => 1, pins => 1);
@requests = analytics(requests_during($node, "SELECT * FROM every.campaigns_analytics WHERE date >= '" . utc_today(-90) . "'"));
my ($largest) = sort { $b <=> $a } map { $_->{bytes} } @requests;
my @ids = map { scalar values_of($_, 'campaign_ids') } @requests;
is(scalar(split /,/, sent('columns', @requests)->[0]), 183,
	'all 185 metrics are asked for, but for those that the path and each row have');
cmp_ok(scalar @requests, '>', 1, 'in several requests: ' . join ' ', @ids);
cmp_ok($largest, '<', 9 * 1024 * 1024, "none with an answer beyond 8 MB ($largest)");
my $sum = 0;
$sum += $_ for @ids;
is($sum, 60, 'each campaign in one of them');
@requests = analytics(requests_during($node, "SELECT spend_in_dollar FROM every.campaigns_analytics WHERE date >= '" . utc_today(-90) . "'"));
is_deeply([ map { scalar values_of($_, 'campaign_ids') } @requests ], [60], 'one metric: all in one request');

is_deeply([ grep { !/NEWER_METRIC/ } invalid_requests() ], [], 'no invalid request');
done_testing();
