# Copyright (c) 2026, pinterest_fdw contributors

# Materialized views with a history: what create_matview() makes, which days a
# refresh fetches, and what it does to those that are stored.

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
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $today = utc_today();
my $columns = "'{spend_in_micro_dollar,total_clickthrough}'";
my $fact_list = 'ad_account_id, campaign_id, date, spend_in_micro_dollar, total_clickthrough';
my $settings = "'DAY', 30, 30, 1, 'TIME_OF_AD_ACTION', 'PINTEREST_TIME_ZONE'";
daily_campaign($node, $account, 46);
$node->safe_psql('postgres', 'CREATE SCHEMA warehouse');

# A query for the truth from some day on, as the API has it now.
sub truth_since
{
	my ($first) = @_;

	truth_table($node, 'campaigns_analytics', start => $first, end => $today,
		columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_CLICKTHROUGH');
	return "SELECT $fact_list FROM truth.campaigns_analytics WHERE ad_account_id = '$account'";
}

sub shown_ok
{
	my ($truth, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	same_rows_ok($node, "SELECT $fact_list FROM warehouse.campaigns_daily", $truth, "$name: the view");
	return same_rows_ok($node, "SELECT $fact_list FROM warehouse.campaigns_daily_history", $truth, "$name: the history");
}

# ---------------------------------------------------------------------------
# The statements

my %options = (columns => $columns, filter => "\$\$ad_account_id = '$account'\$\$");
my $statements = matview($node, 'warehouse.campaigns_daily', 'pinterest.campaigns_analytics', %options, dry_run => 'true');
my $key = 'ad_account_id, campaign_id, date, granularity, click_window_days, engagement_window_days, view_window_days, conversion_report_time, reporting_timezone';
my $columns_of = 'ad_account_id text, campaign_id text, date date, granularity text, click_window_days bigint, '
  . 'engagement_window_days bigint, view_window_days bigint, conversion_report_time text, reporting_timezone text, '
  . 'spend_in_micro_dollar bigint, total_clickthrough bigint';
my $array = "$key, spend_in_micro_dollar, total_clickthrough" =~ s/ //gr;
is($statements, <<SQL =~ s/\n\z//r, 'the statements');
CREATE TABLE warehouse.campaigns_daily_history ($columns_of, PRIMARY KEY ($key));
CREATE MATERIALIZED VIEW warehouse.campaigns_daily AS
 SELECT *
   FROM pinterest_fdw.sync('warehouse.campaigns_daily_history'::regclass, 'pinterest.campaigns_analytics'::regclass, '{$array}'::text[], filter => 'ad_account_id = ''$account'''::text)
     AS t($columns_of);
CREATE UNIQUE INDEX ON warehouse.campaigns_daily ($key);
SQL
is(scalar(my @none = sim_requests()), 0, 'dry_run sends nothing');
is($node->safe_psql('postgres', "SELECT to_regclass('warehouse.campaigns_daily_history') IS NULL"), 't', 'dry_run makes nothing');
is(matview($node, 'warehouse.campaigns_daily', 'pinterest.campaigns_analytics', %options), $statements, 'the same statements are run');

# ---------------------------------------------------------------------------
# Windows

is(window(sim_requests()), utc_today(-29) . " $today", 'the first load: 30 days');
shown_ok(truth_since(utc_today(-29)), 'the first load');
rows_ok($node, 'SELECT DISTINCT granularity, click_window_days, engagement_window_days, view_window_days, conversion_report_time
	FROM warehouse.campaigns_daily', [ 'DAY|30|30|1|TIME_OF_AD_ACTION' ], 'settings are stored');

my $before = $node->safe_psql('postgres', "SELECT count(*) FROM warehouse.campaigns_daily");
my $xmin = 'SELECT md5(string_agg(concat_ws(\' \', ctid, xmin, xmax, h), E\'\n\' ORDER BY h)) FROM warehouse.campaigns_daily_history h';
my $untouched = $node->safe_psql('postgres', $xmin);
is(window(refresh($node, 'warehouse.campaigns_daily')), utc_today(-7) . " $today", 'another refresh: 7 days and today');
is($node->safe_psql('postgres', $xmin), $untouched, 'what is unchanged is not written, nor locked');
my $log = last_log($node);
is_deeply([ @$log{qw(kind from_date to_date inserted updated missing)} ], [ 'refresh', utc_today(-7), $today, 0, 0, 0 ], 'the log');
is($log->{fetched}, $log->{unchanged}, 'the log: rows');
is($log->{requests}, 2, 'the log: requests');
like($log->{duration}, qr/^00:00:\d\d\.\d+$/, 'the log: duration');
is($log->{filter}, "ad_account_id = '$account'", 'the log: filter');

# 20 days are restated, 8 of them are fetched
my $old = "SELECT $fact_list FROM old WHERE date < '" . utc_today(-7) . q{'};
$node->safe_psql('postgres', 'CREATE TABLE old AS SELECT h.xmin::text AS version, h.* FROM warehouse.campaigns_daily_history h');
restate(20, 1.5);
is(window(refresh($node, 'warehouse.campaigns_daily')), utc_today(-7) . " $today", 'restated days: the same window');
shown_ok("$old UNION ALL " . truth_since(utc_today(-7)), 'restated days');
cmp_ok(last_log($node)->{updated}, '>', 0, 'restated days: updates');
is($node->safe_psql('postgres', 'SELECT count(*) FROM warehouse.campaigns_daily'), $before, 'and no other rows');
is($node->safe_psql('postgres', "SELECT count(*) FROM warehouse.campaigns_daily_history h JOIN old o USING ($key)
	WHERE h.date < '@{[ utc_today(-7) ]}' AND h.xmin::text <> o.version"), '0', 'old days are untouched');

# Rows that the API no longer returns go, within the window.
$node->safe_psql('postgres', <<SQL);
INSERT INTO warehouse.campaigns_daily_history VALUES
	('$account', '1', '$today', $settings, 12, 3), ('$account', '1', '@{[ utc_today(-29) ]}', $settings, 12, 3);
SQL
refresh($node, 'warehouse.campaigns_daily');
rows_ok($node, "SELECT date, spend_in_micro_dollar FROM warehouse.campaigns_daily WHERE campaign_id = '1'",
	[ utc_today(-29) . '|12' ], 'rows that the API does not have go, where they were fetched anew');
$node->safe_psql('postgres', "DELETE FROM warehouse.campaigns_daily_history WHERE campaign_id = '1'");

# A missed month: all since the last stored day, which may have been incomplete.
$node->safe_psql('postgres', "TRUNCATE warehouse.campaigns_daily_history; INSERT INTO warehouse.campaigns_daily_history
	SELECT ad_account_id, campaign_id, date, $settings, 0, 0 FROM (@{[ truth_since(utc_today(-45)) ]} AND date <= '@{[ utc_today(-35) ]}') t");
my $last = $node->safe_psql('postgres', 'SELECT max(date) FROM warehouse.campaigns_daily_history');
is(window(refresh($node, 'warehouse.campaigns_daily')), "$last $today", 'a missed month: since the last stored day');
shown_ok("SELECT ad_account_id, campaign_id, date, CASE WHEN date >= '$last' THEN spend_in_micro_dollar ELSE 0 END AS spend,
	CASE WHEN date >= '$last' THEN total_clickthrough ELSE 0 END AS clicks FROM (" . truth_since(utc_today(-45)) . ') t', 'a missed month');
is_deeply(warnings_of($node, 'REFRESH MATERIALIZED VIEW warehouse.campaigns_daily'), [], 'a missed month: no warning');

# The days of lookback: of the view, the table, the server.
for my $case ([ 'ALTER SERVER pinterest OPTIONS (ADD lookback_days \'3\')', -3, 'the server' ],
	[ 'ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD lookback_days \'12\')', -12, 'the table' ],
	[ 'ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (SET lookback_days \'0\')', 0, 'none' ])
{
	my ($sql, $days, $name) = @$case;

	$node->safe_psql('postgres', $sql);
	# the API may have no row of today yet
	my $first = $node->safe_psql('postgres', "SELECT least(max(date), '@{[ utc_today($days) ]}') FROM warehouse.campaigns_daily_history");
	is(window(refresh($node, 'warehouse.campaigns_daily')), "$first $today", "lookback: $name");
}
matview($node, 'warehouse.five', 'pinterest.campaigns_analytics', %options, lookback => 5, start_date => "'@{[ utc_today(-40) ]}'");
is(last_log($node)->{from_date}, utc_today(-40), 'start_date');
is(window(refresh($node, 'warehouse.five')), utc_today(-5) . " $today", 'lookback: the argument comes first');
$node->safe_psql('postgres', <<SQL);
ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (DROP lookback_days);
ALTER SERVER pinterest OPTIONS (DROP lookback_days);
ALTER SERVER pinterest OPTIONS (ADD start_date '@{[ utc_today(-50) ]}');
SQL
matview($node, 'warehouse.fifty', 'pinterest.campaigns_analytics', %options);
is(last_log($node)->{from_date}, utc_today(-50), 'start_date: the option');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP start_date); DROP MATERIALIZED VIEW warehouse.five, warehouse.fifty');
like(error_of($node, q{ALTER SERVER pinterest OPTIONS (ADD lookback_days '1000')}), qr/Valid values are between 0 and 914/, 'option lookback_days: range');

# Days are UTC's, whatever the session's zone and style of dates.
for my $set ("SET TimeZone = 'Pacific/Kiritimati'", "SET TimeZone = 'Pacific/Niue'", "SET DateStyle = 'German'", "SET DateStyle = 'SQL, DMY'")
{
	my @requests = requests_during($node, "$set; REFRESH MATERIALIZED VIEW warehouse.campaigns_daily");

	is(window(@requests), utc_today(-7) . " $today", $set);
}

# ---------------------------------------------------------------------------
# A view that is made again

# A column that is added: what is stored stays, the window gets values.
$node->safe_psql('postgres', 'TRUNCATE warehouse.campaigns_daily_history; REFRESH MATERIALIZED VIEW warehouse.campaigns_daily;
	DROP MATERIALIZED VIEW warehouse.campaigns_daily; CREATE TABLE kept AS TABLE warehouse.campaigns_daily_history');
$statements = matview($node, 'warehouse.campaigns_daily', 'pinterest.campaigns_analytics', %options,
	columns => "'{spend_in_micro_dollar,total_clickthrough,paid_impression}'");
like($statements, qr/^ALTER TABLE warehouse.campaigns_daily_history ADD COLUMN paid_impression bigint;\n/, 'a new column');
same_rows_ok($node, "SELECT $fact_list FROM warehouse.campaigns_daily", "SELECT $fact_list FROM kept", 'a new column: no day is lost');
is($node->safe_psql('postgres', "SELECT count(*) > 0, min(date) >= '@{[ utc_today(-7) ]}' FROM warehouse.campaigns_daily WHERE paid_impression IS NOT NULL"),
	't|t', 'a new column: the window has values');

# In one session, after the plans of the narrower table.
my $session = sql_session($node);
$session->query_safe("SET client_min_messages = error");
$session->query_safe('REFRESH MATERIALIZED VIEW warehouse.campaigns_daily');
$session->query_safe('ALTER TABLE warehouse.campaigns_daily_history ADD COLUMN note text, DROP COLUMN paid_impression');
$session->query_safe('DROP MATERIALIZED VIEW warehouse.campaigns_daily');
$session->query_safe("SELECT pinterest_fdw.create_matview('warehouse.campaigns_daily', 'pinterest.campaigns_analytics',
	columns => '{spend_in_micro_dollar,total_clickthrough,total_engagement}')");
restate(3, 2);
$session->query_safe('REFRESH MATERIALIZED VIEW CONCURRENTLY warehouse.campaigns_daily');
is($session->{stderr}, '', 'columns come and go in one session');
$session->quit;
same_rows_ok($node, "SELECT $fact_list FROM warehouse.campaigns_daily WHERE ad_account_id = '$account' AND date >= '@{[ utc_today(-7) ]}'",
	truth_since(utc_today(-7)), 'and the rows are right');

# Renamed, with no other statement.
$node->safe_psql('postgres', <<'SQL');
ALTER MATERIALIZED VIEW warehouse.campaigns_daily RENAME TO "Daily ""x""";
ALTER TABLE warehouse.campaigns_daily_history RENAME TO "History";
ALTER FOREIGN TABLE pinterest.campaigns_analytics RENAME TO "C A";
ALTER SCHEMA warehouse RENAME TO "W h";
SQL
is(window(refresh($node, '"W h"."Daily ""x"""')), utc_today(-7) . " $today", 'everything renamed');
$node->safe_psql('postgres', <<'SQL');
ALTER SCHEMA "W h" RENAME TO warehouse;
ALTER FOREIGN TABLE pinterest."C A" RENAME TO campaigns_analytics;
ALTER TABLE warehouse."History" RENAME TO campaigns_daily_history;
ALTER MATERIALIZED VIEW warehouse."Daily ""x""" RENAME TO campaigns_daily;
SQL

# What the view needs cannot be dropped.
like(error_of($node, 'DROP TABLE warehouse.campaigns_daily_history'), qr/ERROR:  2BP01.*materialized view warehouse.campaigns_daily depends/s,
	'the history cannot be dropped');
like(error_of($node, 'DROP FOREIGN TABLE pinterest.campaigns_analytics'), qr/ERROR:  2BP01/, 'nor the foreign table');

# ---------------------------------------------------------------------------
# Names that need quotes

$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA "Ware's House";
ALTER FOREIGN TABLE pinterest.campaigns_analytics ADD COLUMN "Sp'end $1 %s" double precision OPTIONS (field 'SPEND_IN_DOLLAR'),
	ADD COLUMN "b\""c" bigint OPTIONS (field 'TOTAL_ENGAGEMENT'), ADD COLUMN "select" bigint OPTIONS (field 'PAID_IMPRESSION');
SQL
matview($node, '"Ware\'\'s House"."m % $1 \\"', 'pinterest.campaigns_analytics', restatements => 'true',
	columns => q{ARRAY['Sp''end $1 %s', 'b\"c', 'select']}, history => q{'"Ware''s House"."h "".%I"'},
	filter => qq{E'"ad_account_id" = \$x\$$account\$x\$ AND coalesce("Sp''end \$1 %s", 1) > 0 -- a comment'});
my $quoted = q{"Ware's House"."m % $1 \"};
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM $quoted"), '>', 20, 'quotes: rows');
restate(3, 1.5);
refresh($node, $quoted);
cmp_ok(last_log($node)->{updated}, '>', 0, 'quotes: updates');
same_rows_ok($node, qq{SELECT campaign_id, date, "Sp'end \$1 %s", "b\\""c", "select" FROM $quoted WHERE date >= '@{[ utc_today(-7) ]}'},
	qq{SELECT campaign_id, date, spend_in_dollar, total_engagement, paid_impression FROM pinterest.campaigns_analytics
		WHERE ad_account_id = '$account' AND date >= '@{[ utc_today(-7) ]}' AND coalesce(spend_in_dollar, 1) > 0}, 'quotes: the same rows');
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM "Ware's House"."h "".%I_restated"
	WHERE (new_row->>'Sp''end $1 %s')::float > (old_row->>'Sp''end $1 %s')::float}), '>', 0, 'quotes: restatements');
$node->safe_psql('postgres', qq{DROP MATERIALIZED VIEW $quoted; ALTER FOREIGN TABLE pinterest.campaigns_analytics
	DROP COLUMN "Sp'end \$1 %s", DROP COLUMN "b\\""c", DROP COLUMN "select"});

# Names without a schema: where they are found, else in the first schema.
rows_ok($node, "SET search_path = public, warehouse; SELECT s FROM pinterest_fdw.create_matview('found', 'pinterest.campaigns_analytics',
	columns => $columns, history => 'campaigns_daily_history', dry_run => true) s WHERE s LIKE 'CREATE UNIQUE%'",
	[ "CREATE UNIQUE INDEX ON public.found ($key);" ], 'no schema: a new view');
like($node->safe_psql('postgres', "SET search_path = public, warehouse; SELECT s FROM pinterest_fdw.create_matview('found', 'pinterest.campaigns_analytics',
	columns => $columns, history => 'campaigns_daily_history', dry_run => true) s"), qr/'warehouse.campaigns_daily_history'::regclass/, 'no schema: a history');

# ---------------------------------------------------------------------------
# Restatements

$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW warehouse.campaigns_daily; DROP TABLE warehouse.campaigns_daily_history');
matview($node, 'warehouse.campaigns_daily', 'pinterest.campaigns_analytics', %options, restatements => 'true');
is($node->safe_psql('postgres', 'SELECT count(*) FROM warehouse.campaigns_daily_history_restated'), '0', 'restatements: none yet');
$node->safe_psql('postgres', 'DROP TABLE old; CREATE TABLE old AS TABLE warehouse.campaigns_daily_history');
restate(5, 1.5);
refresh($node, 'warehouse.campaigns_daily');
my $updated = last_log($node)->{updated};
is($node->safe_psql('postgres', 'SELECT count(*) FROM warehouse.campaigns_daily_history_restated'), $updated, 'restatements: a row for each update');
same_rows_ok($node, "SELECT $key, old_row, new_row FROM warehouse.campaigns_daily_history_restated",
	"SELECT $key, jsonb_build_object('spend_in_micro_dollar', o.spend_in_micro_dollar, 'total_clickthrough', o.total_clickthrough) AS old_row,
		jsonb_build_object('spend_in_micro_dollar', n.spend_in_micro_dollar, 'total_clickthrough', n.total_clickthrough) AS new_row
	FROM old o JOIN warehouse.campaigns_daily_history n USING ($key)
	WHERE (o.spend_in_micro_dollar, o.total_clickthrough) IS DISTINCT FROM (n.spend_in_micro_dollar, n.total_clickthrough)",
	'restatements: old and new values');
$node->safe_psql('postgres', "BEGIN; REFRESH MATERIALIZED VIEW warehouse.campaigns_daily; UPDATE warehouse.campaigns_daily_history SET total_clickthrough = -1;
	REFRESH MATERIALIZED VIEW warehouse.campaigns_daily; UPDATE warehouse.campaigns_daily_history SET total_clickthrough = -2;
	REFRESH MATERIALIZED VIEW warehouse.campaigns_daily; COMMIT");
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM warehouse.campaigns_daily_history_restated'), '>', 2 * $updated, 'restatements: several in one transaction');

# ---------------------------------------------------------------------------
# Errors before anything is made

for my $case (
	[ "'x.m', 'pg_class'", '42809', '"pg_class" is not a foreign table of pinterest_fdw' ],
	[ "'m', 'pinterest.ads_credit_discounts'", '0A000', 'rows of stream "ads_credit_discounts" have no key' ],
	[ "'m', 'pinterest.campaigns_analytics', columns => '{spent}'", '42703', 'column "spent" of foreign table "pinterest.campaigns_analytics" cannot be stored' ],
	[ "'m', 'pinterest.campaigns_analytics', columns => '{hour}'", '42703', 'column "hour" of foreign table "pinterest.campaigns_analytics" cannot be stored' ],
	[ "'m', 'pinterest.campaigns_analytics', filter => 'granularity = ''TOTAL'''", '0A000', 'rows of granularity TOTAL have no date to be stored by' ],
	[ "'m', 'pinterest.campaigns_analytics', filter => 'granularity IN (''DAY'', ''WEEK'')'", '0A000', 'the filter lets rows of several granularities through' ],
	[ "'m', 'pinterest.campaigns_analytics', filter => 'granularity = ''day'''", '22023', 'the filter lets no value of "granularity" through' ],
	[ "'m', 'pinterest.campaigns_analytics', columns => '{}', filter => 'spend_in_dollar > 0'", '42703', 'the filter reads a column that is not stored' ],
	[ "'m', 'pinterest.campaigns_analytics', filter => 'nothing = 1'", '42703', 'column "nothing" does not exist' ],
	[ "'m', 'pinterest.campaigns_analytics', filter => 'date >='", '42601', 'syntax error at or near "\)"' ],
	[ "'m', 'pinterest.campaigns_analytics', track_changes => true", '0A000', 'track_changes is not for streams with dates' ],
	[ "'m', 'pinterest.campaigns_analytics', lookback => -1", '22023', 'lookback cannot be negative' ],
	[ "'m', 'pinterest.campaigns', lookback => 1", '0A000', 'lookback and start_date are only for streams with dates' ],
	[ "'m', 'pinterest.campaigns', on_missing => 'drop'", '22023', q{on_missing cannot be 'drop'} ],
	[ "'m', 'pinterest.campaigns', settle => true", '0A000', 'settle is only for rows of days and hours' ],
	[ "'a.b.c', 'pinterest.campaigns'", '42602', 'invalid name "a.b.c"' ],
	[ "'" . 'x' x 60 . "', 'pinterest.campaigns'", '42602', 'invalid name "x{60}_history"' ],
	[ "'warehouse.campaigns_daily', 'pinterest.campaigns_analytics', history => 'warehouse.h'", '42P07', 'relation "campaigns_daily" already exists' ],
	[ "'m', 'pinterest.ads_analytics', history => 'warehouse.campaigns_daily_history'", '42P16',
		'history "warehouse.campaigns_daily_history" needs the primary key \(ad_account_id, ad_id, date, .*It has \(ad_account_id, campaign_id, ' ],
	[ "'m', 'pinterest.campaigns', history => 'public.old'", '42P16', 'history "public.old" needs the primary key \(ad_account_id, id\).*It has none' ])
{
	my ($arguments, $sqlstate, $message) = @$case;

	like(error_of($node, "SELECT pinterest_fdw.create_matview($arguments)"), qr/ERROR:  $sqlstate: $message/s, "$arguments: the error");
}
$node->safe_psql('postgres', 'CREATE FOREIGN TABLE pinterest.plain (id text, ad_account_id text, attrs json) SERVER pinterest OPTIONS (stream \'campaign\');
	CREATE FOREIGN TABLE pinterest.lacking (id text, name text) SERVER pinterest OPTIONS (stream \'campaigns\');
	CREATE TABLE warehouse.other (ad_account_id text, id bigint, PRIMARY KEY (ad_account_id, id))');
like(error_of($node, q{SELECT pinterest_fdw.create_matview('m', 'pinterest.plain')}), qr/ERROR:  42804: column "attrs" .* has type json.*HINT:  Declare it as jsonb/s, 'json');
like(error_of($node, q{SELECT pinterest_fdw.create_matview('m', 'pinterest.lacking')}), qr/ERROR:  42703: foreign table "pinterest.lacking" lacks columns.*\(ad_account_id, id\)/s, 'no key');
like(error_of($node, q{SELECT pinterest_fdw.create_matview('m', 'pinterest.plain', '{}', history => 'warehouse.other')}),
	qr/ERROR:  42804: column "id" of history "warehouse.other" has another type.*The foreign table has type text/s, 'another type');
is($node->safe_psql('postgres', q{SELECT to_regclass('m') IS NULL AND to_regclass('m_history') IS NULL AND to_regclass('warehouse.h') IS NULL}), 't', 'and nothing was made');

# A definition that was written by hand is checked as well.
like(error_of($node, "SELECT FROM pinterest_fdw.sync('warehouse.campaigns_daily_history', 'pinterest.campaigns_analytics', '{date}', on_missing => 'drop') AS t(d date)"),
	qr/ERROR:  22023: on_missing cannot be 'drop'/, 'sync(): wrong arguments');
like(error_of($node, "SELECT FROM pinterest_fdw.sync('warehouse.campaigns_daily_history', 'pinterest.campaigns_analytics', '{date}') AS t(d date)"),
	qr/ERROR:  42703: the columns lack some of the key/, 'sync(): no key');

# The history stays when the extension goes.
my $stored = $node->safe_psql('postgres', 'SELECT count(*) FROM warehouse.campaigns_daily_history');
$node->safe_psql('postgres', 'SET client_min_messages = error; DROP EXTENSION pinterest_fdw CASCADE');
is($node->safe_psql('postgres', "SELECT to_regclass('warehouse.campaigns_daily') IS NULL, count(*) FROM warehouse.campaigns_daily_history"), "t|$stored",
	'DROP EXTENSION leaves the history');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
