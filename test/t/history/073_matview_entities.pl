# Copyright (c) 2026, pinterest_fdw contributors

# Histories of campaigns, ads and the like, of which a refresh fetches all:
# what becomes of rows that change, vanish and come back.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 2, '--ads', 2, '--boards', 2, '--pins', 6, '--steady');
my $node = pinterest_cluster();
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $truth = truth_table($node, 'campaigns');
my $columns = 'id, ad_account_id, name, status, daily_spend_cap';
my $narrow = "'{name,status,daily_spend_cap}'";
my $all = "SELECT $columns FROM truth.campaigns";
my $count = $node->safe_psql('postgres', 'SELECT count(*) FROM truth.campaigns');

# A campaign that has metrics of each day, and its place in the list of its ad account.
my $id = daily_campaign($node, $first, 30);
my ($status, $place) = split /\|/, $node->safe_psql('postgres', <<SQL);
SELECT status, place FROM (SELECT id, status, row_number() OVER () - 1 AS place FROM truth.campaigns WHERE ad_account_id = '$first') c
WHERE id = '$id'
SQL
my $changed = $status eq 'PAUSED' ? 'ACTIVE' : 'PAUSED';

# From now on, the token sees only the first account.
sub hide_second
{
	return sim_config(tokens => { pina_simulator => { name => 'default', accounts => [$first] } });
}

# From now on, the second account has no campaigns.
sub empty_second
{
	return sim_fault(action => 'replace', match => "/ad_accounts/$second/campaigns\$", body => '{"items": [], "bookmark": null}');
}

# From now on, the API shows another value of one campaign.
sub change
{
	my ($field, $value) = @_;

	return sim_fault(action => 'set_field', match => "/ad_accounts/$first/campaigns\$", field => $field, value => $value, row => $place + 0);
}

# ---------------------------------------------------------------------------
# All columns, and rows that stay when they are gone

$node->safe_psql('postgres', 'CREATE SCHEMA each');
matview($node, 'kept', 'pinterest.campaigns');
truth_ok($node, 'campaigns', 'all columns', foreign => 'public.kept');
is(log_counts($node), "$count $count 0 0 0", 'the first load: the log');
my $versions = "SELECT string_agg(concat_ws(' ', ctid, xmin, xmax), ',' ORDER BY id) FROM kept_history";
my $before = $node->safe_psql('postgres', $versions);
refresh($node, 'kept');
is(log_counts($node), "$count 0 0 $count 0", 'unchanged: the log');
is($node->safe_psql('postgres', $versions), $before, 'unchanged: no row is written, or locked');
is(last_log($node)->{from_date}, undef, 'no window');

change('status', $changed);
refresh($node, 'kept');
is(log_counts($node), "$count 0 1 @{[ $count - 1 ]} 0", 'a change: the log');
is($node->safe_psql('postgres', "SELECT status FROM kept WHERE id = '$id'"), $changed, 'a change');
hide_second();
refresh($node, 'kept');
is($node->safe_psql('postgres', 'SELECT count(*) FROM kept'), $count, 'keep: rows that are gone stay');

# ---------------------------------------------------------------------------
# Rows that are marked

sim_reset();
matview($node, 'marked', 'pinterest.campaigns', columns => $narrow, on_missing => "'mark'");
same_rows_ok($node, "SELECT $columns FROM marked WHERE missing_since IS NULL", $all, 'mark: all there');
my $others = $node->safe_psql('postgres', "SELECT count(*) FROM marked WHERE ad_account_id = '$second'");
my $moment = $node->safe_psql('postgres', 'SELECT now()');
empty_second();
refresh($node, 'marked');
is(log_counts($node), ($count - $others) . ' 0 0 ' . ($count - $others) . " $others", 'mark: the log');
same_rows_ok($node, "SELECT id FROM marked WHERE missing_since > '$moment'", "SELECT id FROM truth.campaigns WHERE ad_account_id = '$second'", 'mark: the missing');
same_rows_ok($node, "SELECT $columns FROM marked", $all, 'mark: what is known of them stays');
my $since = $node->safe_psql('postgres', 'SELECT DISTINCT missing_since FROM marked WHERE missing_since IS NOT NULL');
$before = $node->safe_psql('postgres', $versions =~ s/kept/marked/r);
refresh($node, 'marked');
is($node->safe_psql('postgres', $versions =~ s/kept/marked/r), $before, 'mark: still missing, no write');
is($node->safe_psql('postgres', 'SELECT DISTINCT missing_since FROM marked WHERE missing_since IS NOT NULL'), $since, 'mark: since then');
is(log_counts($node), ($count - $others) . ' 0 0 ' . ($count - $others) . ' 0', 'mark: still missing, the log');
sim_reset();
refresh($node, 'marked');
is($node->safe_psql('postgres', 'SELECT count(*) FROM marked WHERE missing_since IS NOT NULL'), '0', 'mark: back');
is(log_counts($node), "$count 0 $others @{[ $count - $others ]} 0", 'mark: back, the log');

# ---------------------------------------------------------------------------
# Rows that are deleted

matview($node, 'current', 'pinterest.campaigns', columns => $narrow, on_missing => "'delete'", track_changes => 'true');
empty_second();
refresh($node, 'current');
same_rows_ok($node, "SELECT $columns FROM current", "$all WHERE ad_account_id = '$first'", 'delete: only what is there');
is(log_counts($node), ($count - $others) . ' 0 0 ' . ($count - $others) . " $others", 'delete: the log');
same_rows_ok($node, "SELECT $columns FROM current_history_versions WHERE valid_to > valid_from", "$all WHERE ad_account_id = '$second'",
	'delete: with track_changes, the versions stay');
sim_reset();
refresh($node, 'current');
same_rows_ok($node, "SELECT $columns FROM current", $all, 'delete: back');
is(log_counts($node), "$count $others 0 @{[ $count - $others ]} 0", 'delete: back, the log');

# Ad accounts that are not listed lose nothing, whether some or all.
for my $accounts ([$first], [])
{
	my @lost = @$accounts ? ($others) : ($count - $others, $others);

	sim_config(tokens => { pina_simulator => { name => 'default', accounts => $accounts } });
	for my $view (qw(marked current))
	{
		my $before = $node->safe_psql('postgres', "SELECT md5(string_agg(h::text, '' ORDER BY h.id)) FROM ${view}_history h");
		my $error = error_of($node, "SET client_min_messages = warning; REFRESH MATERIALIZED VIEW $view; SET client_min_messages = error");

		like($error, qr/\A[^\n]*WARNING:  01000: history "public.${view}_history" keeps rows of ad accounts that were not fetched\n/, "$view, listed: @$accounts: the warning");
		like($error, qr/ad account \d+: $_\b/, "$view, listed: @$accounts: $_ rows") for @lost;
		is($node->safe_psql('postgres', "SELECT md5(string_agg(h::text, '' ORDER BY h.id)) FROM ${view}_history h"), $before, "$view, listed: @$accounts: nothing is lost");
		is(last_log($node)->{missing}, 0, "$view, listed: @$accounts: the log");
	}
	sim_reset();
}

# All rows at once go with the user's word only.
sim_fault(action => 'replace', match => '/ad_accounts/\d+/campaigns$', body => '{"items": [], "bookmark": null}');
is_deeply(warnings_of($node, 'REFRESH MATERIALIZED VIEW current'), ['history "public.current_history" keeps rows that the API did not return, as they are too many'],
	'all at once: the warning');
is($node->safe_psql('postgres', 'SELECT count(*) FROM current_history'), $count, 'all at once: nothing is lost');
my $definition = $node->safe_psql('postgres', q{SELECT rtrim(pg_get_viewdef('current'::regclass), ';')});
is($node->safe_psql('postgres', 'SELECT count(*) FROM (' . $definition =~ s/(on_missing => 'delete'::text)/$1, allow_mass_delete => true/r . ') v'), 0,
	'all at once, allowed: what sync() returns');
is(log_counts($node), "0 0 0 0 $count", 'all at once, allowed: they are lost');
sim_reset();
refresh($node, 'current');
is($node->safe_psql('postgres', 'SELECT count(*) FROM current_history'), $count, 'all at once: and back');

# A failed fetch is not a complete one.
sim_fault(action => 'status', status => 403, code => 7, match => "/ad_accounts/$second/campaigns\$");
like(error_of($node, 'REFRESH MATERIALIZED VIEW current'), qr/ERROR:  42501/, 'delete: an error');
is($node->safe_psql('postgres', 'SELECT count(*) FROM current_history'), $count, 'delete: an error deletes nothing');

# With a filter, only rows that it lets through can be missing.
sim_reset();
$node->safe_psql('postgres', "INSERT INTO current_history VALUES ('1', '$first', 'a', 'ACTIVE', 1), ('2', '$first', 'b', 'ARCHIVED', 1), ('3', '$second', 'c', 'ACTIVE', 1)");
matview($node, 'some', 'pinterest.campaigns', columns => $narrow, on_missing => "'delete'", history => "'current_history'",
	filter => "'ad_account_id = ''$first'' AND status IN (''ACTIVE'', ''PAUSED'')'");
rows_ok($node, 'SELECT id FROM current_history WHERE length(id) = 1', [ 2, 3 ], 'delete: within the filter');
is(last_log($node)->{missing}, 1, 'delete: within the filter, the log');
$node->safe_psql('postgres', 'DELETE FROM current_history WHERE length(id) = 1');

# ---------------------------------------------------------------------------
# Versions

matview($node, 'tracked', 'pinterest.campaigns', columns => $narrow, on_missing => "'mark'", track_changes => 'true', restatements => 'true');
my $timeline = "SELECT status, valid_from, valid_to FROM tracked_history_versions WHERE id = '$id'
	UNION ALL SELECT status, valid_from, 'infinity' FROM tracked_history WHERE id = '$id' ORDER BY 2";
is($node->safe_psql('postgres', "SELECT count(*) FROM ($timeline) t"), '1', 'versions: one');
for my $value ($changed, $status, $changed)
{
	sim_reset();
	change('status', $value);
	refresh($node, 'tracked');
}
rows_ok($node, "SELECT status, lag(valid_to) OVER (ORDER BY valid_from) IS NOT DISTINCT FROM CASE WHEN row_number() OVER (ORDER BY valid_from) > 1 THEN valid_from END,
	valid_from < valid_to FROM ($timeline) t", [ map { "$_|t|t" } $status, $changed, $status, $changed ], 'versions: intervals without gap');
is($node->safe_psql('postgres', 'SELECT count(*) FROM tracked_history_versions'), '3', 'versions: of what changed only');
is($node->safe_psql('postgres', "SELECT string_agg((old_row->>'status') || ' ' || (new_row->>'status'), ', ' ORDER BY observed_at) FROM tracked_history_restated"),
	"$status $changed, $changed $status, $status $changed", 'restatements of the same');

# A row that was missing for a while and comes back unchanged is no new version.
empty_second();
refresh($node, 'tracked');
sim_reset();
change('status', $changed);
refresh($node, 'tracked');
is($node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE valid_to <= valid_from) FROM tracked_history_versions'), '3|0', 'versions: missing and back');
is($node->safe_psql('postgres', "SELECT count(DISTINCT valid_from) FROM tracked_history"), '2', 'versions: valid since it is so');

# Back with a change, it is.
empty_second();
refresh($node, 'tracked');
sim_reset();
change('status', $changed);
sim_fault(action => 'set_field', match => "/ad_accounts/$second/campaigns\$", field => 'name', value => 'another', row => 0);
refresh($node, 'tracked');
is($node->safe_psql('postgres', "SELECT v.name IS DISTINCT FROM h.name, h.name, v.valid_to = h.valid_from, h.missing_since IS NULL
	FROM tracked_history_versions v JOIN tracked_history h USING (ad_account_id, id) WHERE ad_account_id = '$second'"), 't|another|t|t', 'versions: back with a change');

# Joined to performance: each day has the status of its end.
matview($node, 'spend', 'pinterest.campaigns_analytics', columns => "'{spend_in_micro_dollar}'");
$node->safe_psql('postgres', <<SQL);
UPDATE tracked_history SET valid_from = '@{[ utc_today(-10) ]} 12:00+00' WHERE id = '$id';
DELETE FROM tracked_history_versions WHERE id = '$id';
INSERT INTO tracked_history_versions (id, ad_account_id, name, status, valid_from, valid_to)
	VALUES ('$id', '$first', 'x', 'ARCHIVED', '@{[ utc_today(-90) ]}', '@{[ utc_today(-10) ]} 12:00+00');
SQL
same_rows_ok($node, <<SQL, "SELECT CASE WHEN date < '@{[ utc_today(-10) ]}' THEN 'ARCHIVED' ELSE '$changed' END, date, spend_in_micro_dollar FROM spend WHERE campaign_id = '$id'", 'versions: joined to days');
SELECT v.status, s.date, s.spend_in_micro_dollar
FROM spend s JOIN (
	SELECT ad_account_id, id, status, valid_from, 'infinity' AS valid_to FROM tracked_history
	UNION ALL SELECT ad_account_id, id, status, valid_from, valid_to FROM tracked_history_versions
) v ON v.ad_account_id = s.ad_account_id AND v.id = s.campaign_id
	AND v.valid_from < (s.date + 1)::timestamp AT TIME ZONE 'utc' AND v.valid_to >= (s.date + 1)::timestamp AT TIME ZONE 'utc'
WHERE s.campaign_id = '$id'
SQL

# A column more: history and versions get it.
$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW tracked');
my $statements = matview($node, 'tracked', 'pinterest.campaigns', columns => "'{name,status,daily_spend_cap,objective_type}'", on_missing => "'mark'", track_changes => 'true');
like($statements, qr/^ALTER TABLE public.tracked_history ADD COLUMN objective_type text;\nALTER TABLE public.tracked_history_versions ADD COLUMN objective_type text;\n/,
	'a new column: both tables get it');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM tracked WHERE objective_type IS NOT NULL'), '>', 0, 'a new column: values');
$node->safe_psql('postgres', 'CREATE TABLE plain AS SELECT * FROM pinterest.campaigns; ALTER TABLE plain ADD PRIMARY KEY (id, ad_account_id)');
$statements = matview($node, 'later', 'pinterest.campaigns', history => "'plain'", on_missing => "'mark'", track_changes => 'true');
like($statements, qr/ADD COLUMN missing_since timestamp with time zone;\n.*ADD COLUMN valid_from timestamp with time zone NOT NULL DEFAULT now\(\);\n/, 'a table that is there becomes a history');

# ---------------------------------------------------------------------------
# Every stream that has a key and lists itself can have a history.

my @skipped;
for my $stream (rows($node, <<'SQL'))
SELECT s.name FROM pinterest_fdw.streams() s
	WHERE s.key IS NOT NULL AND to_regclass('pinterest.' || s.name) IS NOT NULL ORDER BY 1
SQL
{
	my $filter = $stream =~ /^trends_product_categories_details$/ ? "'region = ''US'' AND product_category = ''BACKPACKS'''"
	  : $stream =~ /^trends_/ ? "'region = ''US'''"
	  : $stream =~ /^terms_/ ? "'term = ''garden'''"
	  : $stream =~ /^search_/ ? "'query = ''a'''" : 'NULL';
	my $columns = $stream =~ /analytics$/ ? "'{}'" : 'NULL';

	sim_reset();
	my $error = error_of($node, "SET client_min_messages = error;
		SELECT pinterest_fdw.create_matview('each.$stream', 'pinterest.$stream', filter => $filter, columns => $columns);
		REFRESH MATERIALIZED VIEW CONCURRENTLY each.$stream") =~ s/\nCONTEXT.*//sr;
	is($error, '', "$stream: no error");
	my $log = last_log($node);
	is("$log->{unchanged} $log->{inserted} $log->{updated}", "$log->{fetched} 0 0", "$stream: unchanged") if $error eq '';
	push @skipped, $stream if $log->{fetched} == 0;
}
note("without rows: @skipped");

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
