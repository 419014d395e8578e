# Copyright (c) 2026, pinterest_fdw contributors

# Values in conditions that the catalog does not know: asked for where the API may
# know them, else a warning or an error that says what is meant, never nothing.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 2);
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($from, $to, $today) = (utc_today(-120), utc_today(-110), utc_today());
my $targeting = 'pinterest.ad_account_targeting_analytics';
my $new = 'MEDIA_TYPE';	# reports have it, and the catalog does not at this level
sim_config(report_polls => 0);

# Rows, warnings with their hints, error, and requests of a query.
sub run
{
	my ($sql) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my ($code, $rows, $stderr) = $node->psql('postgres', $sql);
	my @said;

	while ($stderr =~ /WARNING:  (.*)\n(?:DETAIL:  (.*)\n?)?(?:HINT:  (.*))?/g)
	{
		push @said, join ' | ', $1, $3 // '';
	}
	return { rows => $rows, error => $code ? $stderr : '', said => \@said,
		requests => decode_json(sim_get("requests?since=$since"))->{requests} };
}

sub none_has
{
	my ($stream, $column, $value, $meant) = @_;

	return "no row of stream \"$stream\" is known to have $column \"$value\" | " . (defined $meant ? "Perhaps you meant '$meant'." : '');
}

# ---- words that the API may know ----

truth_table($node, 'ad_account_targeting_analytics', name => 'new_type', start => $from, end => $to,
	columns => 'TOTAL_IMPRESSION', targeting_types => "GENDER,$new");
my $columns = 'ad_account_id, date, targeting_type, targeting_value, total_impression';
for my $types ("= '$new'", "IN ('GENDER', '$new')")
{
	same_rows_ok($node, "SELECT $columns FROM $targeting WHERE date BETWEEN '$from' AND '$to' AND targeting_type $types",
		"SELECT $columns FROM truth.new_type WHERE targeting_type $types", "targeting_type $types: rows");
	is_deeply(run("SELECT $columns FROM $targeting WHERE date BETWEEN '$from' AND '$to' AND targeting_type $types")->{said}, [],
		"targeting_type $types: no warning");
}
my $got = run("SELECT $columns FROM $targeting WHERE date >= '$today' AND targeting_type = '$new'");
like($got->{error}, qr/the API refused the request.*targeting_types/s, 'where the API refuses it: its error');
is_deeply(sent('targeting_types', grep { $_->{path} =~ /targeting_analytics$/ } @{ $got->{requests} }), [$new], 'where the API refuses it: it was asked for');
like(run("SELECT count(*) FROM pinterest.targeting_options WHERE targeting_type = 'SHOE_SIZE'")->{error}, qr/could not read stream "targeting_options"/,
	'a word in the path is asked for');

# A path of another kind is not.
$got = run("SELECT count(*) FROM pinterest.targeting_options WHERE targeting_type = '../pins'");
is_deeply([ $got->{rows}, $got->{said} ], [ 0, [ none_has('targeting_options', 'targeting_type', '../pins') ] ], 'what is no word is not');
is_deeply([ grep { $_->{path} !~ m{^/resources/targeting/[A-Z_]+$} } @{ $got->{requests} } ], [], 'what is no word: no such request');

# One from another table would be an error in some plans alone.
for my $plan ('enable_hashjoin', 'enable_nestloop')
{
	$got = run("SET enable_mergejoin = off; SET $plan = off; SELECT count(*) FROM (VALUES ('$new'), ('GENDER')) AS v(t)
		JOIN $targeting AS a ON a.targeting_type = v.t WHERE a.date BETWEEN '$from' AND '$to'");
	is_deeply([ $got->{error}, $got->{said}, $got->{rows} ],
		[ '', [], $node->safe_psql('postgres', "SELECT count(*) FROM truth.new_type WHERE targeting_type = 'GENDER'") ],
		"from another table, without $plan: rows of the known ones");
}

# ---- words that no row has ----

my $active = $node->safe_psql('postgres', "SELECT count(*) FROM pinterest.campaigns WHERE status = 'ACTIVE'");
cmp_ok($active, '>', 0, 'there are active campaigns');
for my $case (
	[ 'campaigns', "status = 'active'", 'status', 'active', 'ACTIVE', 0 ],
	[ 'campaigns', "status IN ('ACTIVE', 'active')", 'status', 'active', 'ACTIVE', $active ],
	[ 'campaigns', "status = 'ACTVE'", 'status', 'ACTVE', 'ACTIVE', 0 ],
	[ 'campaigns', "status = 'NEWER_THAN_THIS'", 'status', 'NEWER_THAN_THIS', undef, 0 ],
	[ 'boards', "privacy = 'public'", 'privacy', 'public', 'PUBLIC', 0 ],
	[ 'ad_account_targeting_analytics', "date = '$from' AND targeting_type = 'gender'", 'targeting_type', 'gender', 'GENDER', 0 ])
{
	my ($stream, $where, $column, $value, $meant, $rows) = @$case;

	$got = run("SELECT count(*) FROM pinterest.$stream WHERE $where");
	is_deeply([ @$got{qw(error rows said)} ], [ '', $rows, [ none_has($stream, $column, $value, $meant) ] ], "$stream: $where");
}
$got = run("SET plan_cache_mode = force_generic_plan; PREPARE q(text) AS SELECT count(*) FROM pinterest.campaigns WHERE status = \$1; EXECUTE q('active')");
is_deeply($got->{said}, [ none_has('campaigns', 'status', 'active', 'ACTIVE') ], 'a parameter');
is_deeply(run("SELECT count(*) FROM (VALUES ('active'), ('paused')) AS v(s), LATERAL (SELECT id FROM pinterest.campaigns AS c WHERE c.status = v.s OFFSET 0) AS l")->{said},
	[ none_has('campaigns', 'status', 'active', 'ACTIVE') ], 'a scan that is started twice: one warning');
is_deeply(run("EXPLAIN SELECT count(*) FROM pinterest.campaigns WHERE status = 'active'")->{said}, [], 'EXPLAIN');

# ---- ids that are none ----

for my $case ([ "act_$account", $account ], [ "x$account ", undef ], [ 'all', undef ], [ '', undef ])
{
	my ($id, $meant) = @$case;

	$got = run("SELECT count(*) FROM pinterest.campaigns WHERE ad_account_id = '$id'");
	is_deeply([ @$got{qw(error rows said requests)} ], [ '', 0, [ none_has('campaigns', 'ad_account_id', $id, $meant) ], [] ], "ad_account_id = '$id'");
}
$got = run("SELECT count(*) > 0 FROM pinterest.campaigns WHERE ad_account_id IN ('$account', 'act_1', 'act_2')");
is_deeply([ @$got{qw(rows said)} ], [ 't', [ none_has('campaigns', 'ad_account_id', 'act_1', '1') ] ], 'several: one warning');
is_deeply(run("SELECT count(*) FROM (VALUES ('act_1'), ('act_2')) AS v(a) JOIN pinterest.campaigns AS c ON c.ad_account_id = v.a")->{said}, [], 'an id of another table');

# ---- settings and other strict words ----

for my $case (
	[ "SELECT 1 FROM pinterest.user_account_analytics WHERE app_type = 'TOTAL'", q{Without a condition on it, it is 'ALL' unless an option says otherwise.} ],
	[ "SELECT 1 FROM pinterest.user_account_analytics WHERE app_type = 'mobile'", q{Perhaps you meant 'MOBILE'.} ],
	[ "SELECT 1 FROM pinterest.campaigns_analytics WHERE click_window_days = 2", q{Without a condition on it, it is '30' unless an option says otherwise.} ],
	[ "SELECT 1 FROM pinterest.trends_keywords WHERE region = 'us'", q{Perhaps you meant 'US'.} ],
	[ "SELECT 1 FROM pinterest.trends_keywords WHERE region = 'Utopia'", 'Compare it with one of these.' ])
{
	my ($sql, $hint) = @$case;

	$got = run($sql);
	like($got->{error}, qr/ERROR:  column .* cannot be .*\n.*DETAIL:  The API knows .*\n.*HINT:  \Q$hint\E/, $sql);
	is_deeply($got->{requests}, [], "$sql: no request");
}

is_deeply([ grep { !/$new|SHOE_SIZE/ } invalid_requests() ], [], 'no other request was invalid');
done_testing();
