# Copyright (c) 2026, pinterest_fdw contributors

# Histories of hours, weeks and months, of several settings, of days that are
# final, and with gaps.

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

simulator('--accounts', 2, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster();
my ($account, $other) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $today = utc_today();
my $narrow = "'{spend_in_micro_dollar,total_clickthrough}'";
my $key = 'ad_account_id, campaign_id, date, granularity, click_window_days, engagement_window_days, view_window_days, conversion_report_time, reporting_timezone';
$node->safe_psql('postgres', 'CREATE SCHEMA w');

# Rows tell where a history begins and ends.
daily_campaign($node, $_, 80) for $account, $other;

# A date expression of PostgreSQL's.
sub day
{
	return $node->safe_psql('postgres', "SELECT ($_[0])::date");
}

sub key_of
{
	my ($table) = @_;

	return $node->safe_psql('postgres', "SELECT string_agg(a.attname, ', ' ORDER BY array_position(i.indkey::smallint[], a.attnum))
		FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = '$table'::regclass AND i.indisprimary");
}

# ---------------------------------------------------------------------------
# Periods

# Hours: another key, and eight days.
matview($node, 'w.hourly', 'pinterest.campaigns_analytics', columns => $narrow, filter => "'granularity = ''HOUR'''", lookback => 1);
is(key_of('w.hourly_history'), $key =~ s/date,/date, hour,/r, 'HOUR: the hour is part of the key');
is(last_log($node)->{from_date}, utc_today(-8), 'HOUR: the first load');
is($node->safe_psql('postgres', 'SELECT count(*) = count(DISTINCT (campaign_id, hour)), count(*) > 100, max(hour) - min(hour) > \'7 days\' FROM w.hourly'), 't|t|t', 'HOUR: rows');
is(window(refresh($node, 'w.hourly')), utc_today(-1) . " $today", 'HOUR: another refresh');
is(last_log($node)->{unchanged}, last_log($node)->{fetched}, 'HOUR: unchanged');
$node->safe_psql('postgres', "UPDATE w.hourly_history SET date = date - 20, hour = hour - interval '480 hours'");
is_deeply(warnings_of($node, 'REFRESH MATERIALIZED VIEW w.hourly'),
	[ 'history "w.hourly_history" lacks the days from ' . utc_today(-19) . ' to ' . utc_today(-9) . ', which cannot be fetched any more' ], 'HOUR: a gap');

# Weeks and months begin with their first day.
for my $case ([ 'WEEK', 'week', 7 ], [ 'MONTH', 'month', 31 ])
{
	my ($granularity, $unit, $days) = @$case;
	my $view = "w.by_$unit";

	matview($node, $view, 'pinterest.campaigns_analytics', columns => $narrow, filter => qq{'"granularity" IN (''$granularity'')'}, lookback => 0,
		start_date => "'@{[ utc_today(-45) ]}'");
	is(key_of("${view}_history"), $key, "$granularity: the key");
	is(last_log($node)->{from_date}, day("date_trunc('$unit', date '$today' - 45)"), "$granularity: the first load");
	is($node->safe_psql('postgres', "SELECT bool_and(date = date_trunc('$unit', date)), min(date), max(date) FROM $view"),
		't|' . day("date_trunc('$unit', date '$today' - 45)") . '|' . day("date_trunc('$unit', date '$today')"), "$granularity: rows");
	is(window(refresh($node, $view)), day("date_trunc('$unit', date '$today')") . " $today", "$granularity: another refresh");
	$node->safe_psql('postgres', "DROP MATERIALIZED VIEW $view");
	matview($node, $view, 'pinterest.campaigns_analytics', columns => $narrow, filter => "'granularity = ''$granularity'''", lookback => $days);
	is(window(refresh($node, $view)), day("date_trunc('$unit', date '$today' - $days)") . " $today", "$granularity: lookback is widened to whole periods");
	my $lost = day("date_trunc('$unit', date '$today' - 1000)");
	$node->safe_psql('postgres', "UPDATE ${view}_history SET date = date '$lost' WHERE date = (SELECT min(date) FROM ${view}_history);
		DELETE FROM ${view}_history WHERE date > '$lost'");
	my $kept = day("date_trunc('$unit', date '$today' - 915) + interval '1 $unit'");
	is_deeply(warnings_of($node, "SET client_min_messages = warning; REFRESH MATERIALIZED VIEW $view"),
		[ "history \"${view}_history\" lacks the days from " . day("date '$lost' + interval '1 $unit'") . ' to ' . day("date '$kept' - 1")
			. ', which cannot be fetched any more' ], "$granularity: a gap");
	is(last_log($node)->{from_date}, $kept, "$granularity: from what is kept as a whole");
	is_deeply(warnings_of($node, "SET client_min_messages = warning; REFRESH MATERIALIZED VIEW $view"), [], "$granularity: only once");
	like(join(' ', rows($node, "SELECT day FROM pinterest_fdw.gaps('${view}_history', 'pinterest.campaigns_analytics') ORDER BY 1 LIMIT 1")),
		qr/^@{[ day("date '$lost' + interval '1 $unit'") ]}$/, "$granularity: gaps()");
}
# An option of the table says so, too.
$node->safe_psql('postgres', "CREATE FOREIGN TABLE pinterest.weekly (ad_account_id text, campaign_id text, date date, granularity text, click_window_days bigint,
	engagement_window_days bigint, view_window_days bigint, conversion_report_time text, spend_in_dollar double precision)
	SERVER pinterest OPTIONS (stream 'campaign_analytics', granularity 'week', click_window_days '7')");
matview($node, 'w.weekly', 'pinterest.weekly');
is($node->safe_psql('postgres', 'SELECT DISTINCT granularity, click_window_days FROM w.weekly'), 'WEEK|7', 'options: settings');
is(window(refresh($node, 'w.weekly')), day("date_trunc('week', date '$today' - 7)") . " $today", 'options: periods');

# So does one of the server, after the table's, and not of a stream that does not know it.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD granularity 'month', ADD click_window_days '1')");
my $month = day("date_trunc('month', date '$today' - 29)");
matview($node, 'w.monthly', 'pinterest.campaigns_analytics', columns => $narrow, start_date => "date '$month' + 14");
is($node->safe_psql('postgres', 'SELECT DISTINCT granularity, click_window_days FROM w.monthly'), 'MONTH|1', 'options of the server: settings');
is(last_log($node)->{from_date}, $month, 'options of the server: periods');
refresh($node, 'w.weekly');
is($node->safe_psql('postgres', 'SELECT DISTINCT granularity, click_window_days FROM w.weekly'), 'WEEK|7', 'options of the server: the table\'s come first');
is(window(refresh($node, 'w.weekly')), day("date_trunc('week', date '$today' - 7)") . " $today", 'options of the server: the table\'s periods');
matview($node, 'w.pins', 'pinterest.pins_analytics', columns => "'{impression}'");
is($node->safe_psql('postgres', 'SELECT DISTINCT granularity FROM w.pins'), 'DAY', 'options of the server: a value that is meant for other streams');
is(last_log($node)->{from_date}, utc_today(-29), 'options of the server: periods of other streams');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP granularity, DROP click_window_days)');

# ---------------------------------------------------------------------------
# Settings

matview($node, 'w.windows', 'pinterest.campaigns_analytics', columns => "'{spend_in_micro_dollar,total_conversions}'", filter => "'click_window_days IN (7, 30)'");
is($node->safe_psql('postgres', 'SELECT string_agg(click_window_days::text, \' \' ORDER BY click_window_days), count(DISTINCT n) FROM
	(SELECT click_window_days, count(*) n FROM w.windows GROUP BY 1) s'), '7 30|1', 'two windows: rows of both');
same_rows_ok($node, 'SELECT campaign_id, date, click_window_days, total_conversions FROM w.windows',
	"SELECT campaign_id, date, click_window_days, total_conversions FROM pinterest.campaigns_analytics WHERE click_window_days IN (7, 30)", 'two windows: each its own');
is_deeply(sent('click_window_days', grep { $_->{path} =~ /analytics/ } refresh($node, 'w.windows')), [ 30, 7 ], 'two windows: two passes');
is(last_log($node)->{unchanged}, last_log($node)->{fetched}, 'two windows: unchanged');

# Two views over one history, each with its own last day.
matview($node, 'w.seven', 'pinterest.campaigns_analytics', columns => "'{total_conversions}'", filter => "'click_window_days = 7'", history => "'w.shared'");
is(last_log($node)->{from_date}, utc_today(-29), 'a shared history: the first view');
matview($node, 'w.thirty', 'pinterest.campaigns_analytics', columns => "'{total_conversions}'", history => "'w.shared'");
is(last_log($node)->{from_date}, utc_today(-29), 'a shared history: another view begins on its own');
my $seven = $node->safe_psql('postgres', 'SELECT count(*) FROM w.shared WHERE click_window_days = 7');
$node->safe_psql('postgres', "DELETE FROM w.shared WHERE click_window_days = 30 AND date > '@{[ utc_today(-20) ]}'");
my $last = $node->safe_psql('postgres', 'SELECT max(date) FROM w.shared WHERE click_window_days = 30');
refresh($node, 'w.seven');
is(last_log($node)->{from_date}, utc_today(-7), 'a shared history: its own last day');
refresh($node, 'w.thirty');
is(last_log($node)->{from_date}, $last, 'a shared history: what the other view did does not hide what was missed');
is($node->safe_psql('postgres', 'SELECT count(*) FILTER (WHERE click_window_days = 7), count(*) FILTER (WHERE click_window_days = 30) FROM w.shared'), "$seven|$seven",
	'a shared history: it holds rows of both');
rows_ok($node, "SELECT 'thirty', click_window_days, count(*) FROM w.thirty GROUP BY 2 UNION ALL SELECT 'seven', click_window_days, count(*) FROM w.seven GROUP BY 2",
	[ "thirty|30|$seven", "seven|7|$seven" ], 'a shared history: each view shows its own');
$node->safe_psql('postgres', 'SET pinterest_fdw.offline = on; REFRESH MATERIALIZED VIEW w.seven');
is($node->safe_psql('postgres', 'SELECT string_agg(DISTINCT click_window_days::text, \' \'), count(*) FROM w.seven'), "7|$seven", 'a shared history: offline, too');
same_rows_ok($node, "SELECT campaign_id, date, total_conversions FROM w.shared WHERE click_window_days = 7",
	"SELECT campaign_id, date, total_conversions FROM pinterest.campaigns_analytics WHERE click_window_days = 7", 'a shared history: and never mixed');

# A setting that is null in each row is no part of the key, and one that is not, is.
matview($node, 'w.targeting', 'pinterest.campaigns_targeting_analytics', columns => $narrow, filter => "'targeting_type = ''GENDER'''");
unlike(key_of('w.targeting_history'), qr/attribution_type/, 'a setting without a value');
refresh($node, 'w.targeting');
is(last_log($node)->{unchanged}, last_log($node)->{fetched}, 'a setting without a value: unchanged');
cmp_ok(last_log($node)->{unchanged}, '>', 10, 'a setting without a value: rows');
matview($node, 'w.household', 'pinterest.campaigns_targeting_analytics', columns => $narrow, filter => "'targeting_type = ''GENDER'' AND attribution_type = ''HOUSEHOLD'''");
like(key_of('w.household_history'), qr/attribution_type/, 'a setting with a value');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.campaigns_targeting_analytics OPTIONS (ADD attribution_type 'HOUSEHOLD')");
like(error_of($node, 'REFRESH MATERIALIZED VIEW w.targeting'), qr/ERROR:  42P16: history "w.targeting_history" needs the primary key/, 'another key, later');
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE pinterest.campaigns_targeting_analytics OPTIONS (DROP attribution_type)');

# ---------------------------------------------------------------------------
# What the API has dropped

matview($node, 'w.organic', 'pinterest.user_account_analytics', columns => "'{impression,save,data_status}'");
is($node->safe_psql('postgres', 'SELECT count(*), min(date) FROM w.organic'), '30|' . utc_today(-29), '90 days: the first load');
$node->safe_psql('postgres', "DELETE FROM w.organic_history WHERE date > '@{[ utc_today(-27) ]}'; UPDATE w.organic_history SET date = date - 95");
is_deeply(warnings_of($node, 'REFRESH MATERIALIZED VIEW w.organic'),
	[ 'history "w.organic_history" lacks the days from ' . utc_today(-121) . ' to ' . utc_today(-91) . ', which cannot be fetched any more' ], '90 days: a gap');
is($node->safe_psql('postgres', 'SELECT count(*), min(date), max(date) FROM w.organic'), '94|' . utc_today(-124) . "|$today", '90 days: all there is');
is_deeply(warnings_of($node, 'REFRESH MATERIALIZED VIEW w.organic'), [], '90 days: no gap is warned of twice');
$node->safe_psql('postgres', "DELETE FROM w.organic_history WHERE date > '@{[ utc_today(-121) ]}'; UPDATE w.organic_history SET date = date + 31");
is_deeply(warnings_of($node, 'REFRESH MATERIALIZED VIEW w.organic'), [], '90 days: no gap where the next day is kept');
rows_ok($node, "SELECT * FROM pinterest_fdw.gaps('w.organic_history', 'pinterest.user_account_analytics')", [], '90 days: none');
is_deeply(warnings_of($node, "SET client_min_messages = warning; SELECT pinterest_fdw.create_matview('w.long', 'pinterest.user_account_analytics', columns => '{save}', start_date => '@{[ utc_today(-100) ]}')"),
	[ 'history "w.long_history" lacks the days from ' . utc_today(-100) . ' to ' . utc_today(-91) . ', which cannot be fetched any more' ], 'a start_date that is too early');
matview($node, 'w.days', 'pinterest.campaigns_analytics', columns => $narrow, lookback => 100, filter => "'ad_account_id = ''$account'''");
$node->safe_psql('postgres', "UPDATE w.days_history SET date = date '$today' - 1000 WHERE date = (SELECT max(date) FROM w.days_history); DELETE FROM w.days_history WHERE date > date '$today' - 1000");
is_deeply(warnings_of($node, 'SET client_min_messages = warning; REFRESH MATERIALIZED VIEW w.days'),
	[ 'history "w.days_history" lacks the days from ' . utc_today(-999) . ' to ' . utc_today(-915) . ', which cannot be fetched any more' ], '914 days: a gap');
is(last_log($node)->{from_date}, utc_today(-914), '914 days: from there on');
is(window(grep { $_->{path} =~ m{/analytics$} } refresh($node, 'w.days')), utc_today(-90) . " $today", 'a lookback of 100 days: requests');
is(last_log($node)->{from_date}, utc_today(-100), 'a lookback of 100 days: and a report');
$node->safe_psql('postgres', "CREATE SERVER sandbox FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'https://api-sandbox.pinterest.com/v5');
	CREATE SCHEMA sandbox; IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns_analytics, pins_analytics, campaigns) FROM SERVER sandbox INTO sandbox");
rows_ok($node, "SELECT t, g, (pinterest_fdw_internal.table_dates(t, g)).history_days FROM unnest(ARRAY['sandbox.campaigns_analytics', 'pinterest.campaigns_analytics', 'pinterest.campaigns']::regclass[]) t,
	unnest('{DAY,HOUR}'::text[]) g", [ 'sandbox.campaigns_analytics|DAY|90', 'sandbox.campaigns_analytics|HOUR|8', 'pinterest.campaigns_analytics|DAY|914',
	'pinterest.campaigns_analytics|HOUR|8', 'pinterest.campaigns|DAY|', 'pinterest.campaigns|HOUR|' ], 'how far the API reaches back, reports or not');

# ---------------------------------------------------------------------------
# Gaps

$node->safe_psql('postgres', <<SQL);
CREATE TABLE w.holes (LIKE w.shared INCLUDING ALL);
INSERT INTO w.holes SELECT a, '1', d, 'DAY', c, 30, 1, 'TIME_OF_AD_ACTION', 1
	FROM unnest(ARRAY['1', '2']) a, unnest(ARRAY[7, 30]) c, generate_series('2026-01-01'::timestamp, '2026-01-10', '1 day') d;
DELETE FROM w.holes WHERE ad_account_id = '1' AND date IN ('2026-01-01', '2026-01-04', '2026-01-05', '2026-01-10');
DELETE FROM w.holes WHERE ad_account_id = '2' AND date = '2026-01-08' AND click_window_days = 7;
SQL
rows_ok($node, "SELECT * FROM pinterest_fdw.gaps('w.holes', 'pinterest.campaigns_analytics')", [ '1|2026-01-04', '1|2026-01-05', '2|2026-01-08' ], 'gaps() by account');
like(error_of($node, "SELECT * FROM pinterest_fdw.gaps('w.holes', 'pinterest.campaigns')"), qr/ERROR:  0A000: stream "campaigns" has no dates/, 'gaps() of what has no days');

# ---------------------------------------------------------------------------
# Days that are final

sub ready_requests { return [ sort map { values_of($_, 'date') } grep { $_->{path} =~ /ready_state/ } @_ ]; }

sim_reset();
like(error_of($node, "SELECT pinterest_fdw.create_matview('w.no', 'sandbox.campaigns_analytics', settle => true)"),
	qr/ERROR:  42P01: settle needs a foreign table of stream "metrics_ready_state".*HINT:  IMPORT FOREIGN SCHEMA/s, 'settle: no table to ask');
my %settle = (columns => $narrow, settle => 'true', filter => "'ad_account_id = ''$account'''");
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.metrics_ready_state OPTIONS (SET stream 'metrics_ready_states')");
matview($node, 'w.settled', 'pinterest.campaigns_analytics', %settle);
is(window(sim_requests()), utc_today(-29) . " $today", 'settle: the first load');
is_deeply(ready_requests(sim_requests()), [ map { utc_today(-$_) } reverse 0 .. 29 ], 'settle: each day is asked for');
my $stored = 'SELECT date, campaign_id, spend_in_micro_dollar FROM w.settled_history';
$node->safe_psql('postgres', "CREATE TABLE old AS $stored");
restate(7, 1.5);
my @requests = refresh($node, 'w.settled');
is(window(@requests), utc_today(-2) . " $today", 'settle: only what is not final');
is_deeply(ready_requests(@requests), [ map { utc_today(-$_) } 2, 1, 0 ], 'settle: only these days are asked for');
same_rows_ok($node, $stored, "SELECT * FROM old WHERE date < '@{[ utc_today(-2) ]}' UNION ALL SELECT date, campaign_id, spend_in_micro_dollar
	FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date >= '@{[ utc_today(-2) ]}'", 'settle: the rows');

# A day in the middle that is final later than its neighbours, and in the end all are.
sim_fault(action => 'set_field', match => '/metrics_ready_state$', query => 'date=' . utc_today(-1), field => 'conversion_metrics_ready', value => JSON::PP::false);
sim_config(today => utc_today(3));
is(window(refresh($node, 'w.settled')), utc_today(-2) . " $today", 'settle: what has become final since is fetched once more');
@requests = refresh($node, 'w.settled');
is(window(@requests), utc_today(-1) . ' ' . utc_today(-1), 'settle: one day is left');
is(last_log($node)->{from_date}, utc_today(-7), 'settle: the log has the whole window');
sim_reset();
sim_config(today => utc_today(3));
refresh($node, 'w.settled');
is(scalar(my @none = refresh($node, 'w.settled')), 0, 'settle: nothing is left, no request');
is(log_counts($node), '0 0 0 0 0', 'settle: nothing is left, the log');
matview($node, 'w.settled_too', 'pinterest.campaigns_analytics', %settle, filter => "'ad_account_id = ''$other'''", history => "'w.settled_history'");
is(last_log($node)->{from_date}, utc_today(-29), 'settle: final days of another filter do not count');
$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW w.settled');
matview($node, 'w.settled', 'pinterest.campaigns_analytics', %settle, columns => "'{spend_in_micro_dollar,total_clickthrough,paid_impression}'");
is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM w.settled WHERE paid_impression IS NOT NULL"), 't', 'settle: a new column is fetched');
sim_reset();

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
