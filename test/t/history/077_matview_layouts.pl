# Copyright (c) 2026, pinterest_fdw contributors

# A history that was there before: partitioned by month, with columns and
# indexes of its own, with a key in another order.

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

simulator('--accounts', 2, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $today = utc_today();
my $columns = "'{spend_in_micro_dollar,total_clickthrough}'";
my $facts = 'ad_account_id, campaign_id, date, spend_in_micro_dollar, total_clickthrough';
my $key = 'ad_account_id, campaign_id, date, granularity, click_window_days, engagement_window_days, view_window_days, conversion_report_time';
daily_campaign($node, $account, 120);
$node->safe_psql('postgres', 'CREATE SCHEMA w');

# ---------------------------------------------------------------------------
# Partitioned by month, from the statement that dry_run shows

my ($table) = split /;\n/, matview($node, 'w.daily', 'pinterest.campaigns_analytics', columns => $columns, dry_run => 'true');
$node->safe_psql('postgres', "$table PARTITION BY RANGE (date)");
$node->safe_psql('postgres', <<SQL);
DO \$\$
DECLARE
	month date;
BEGIN
	FOR month IN SELECT generate_series(date_trunc('month', date '$today' - 150), '$today', '1 month')
	LOOP
		EXECUTE format('CREATE TABLE %I.%I PARTITION OF w.daily_history FOR VALUES FROM (%L) TO (%L)',
			'w', 'daily_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month');
	END LOOP;
END
\$\$
SQL
my $statements = matview($node, 'w.daily', 'pinterest.campaigns_analytics', columns => $columns, start_date => "'@{[ utc_today(-60) ]}'", restatements => 'true');
unlike($statements, qr/TABLE w.daily_history |TABLE w.daily_history\(/, 'months: the table is taken as it is');
same_rows_ok($node, "SELECT $facts FROM w.daily", "SELECT $facts FROM pinterest.campaigns_analytics WHERE date >= '@{[ utc_today(-60) ]}'", 'months: the first load');
cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT tableoid) FROM w.daily_history'), '>=', 2, 'months: in several partitions');
my $versions = q{SELECT md5(string_agg(concat_ws(' ', tableoid, ctid, xmin, xmax), ',' ORDER BY h)) FROM w.daily_history h};
my $before = $node->safe_psql('postgres', $versions);
refresh($node, 'w.daily');
is($node->safe_psql('postgres', $versions), $before, 'months: unchanged rows are not written');
restate(40, 1.5);
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD lookback_days '40')");
refresh($node, 'w.daily');
cmp_ok(last_log($node)->{updated}, '>', 50, 'months: updates');
is(last_log($node)->{inserted}, 0, 'months: and nothing else');
is($node->safe_psql('postgres', 'SELECT count(*) FROM w.daily_history_restated'), last_log($node)->{updated}, 'months: restatements');
same_rows_ok($node, "SELECT $facts FROM w.daily WHERE date >= '@{[ utc_today(-40) ]}'", "SELECT $facts FROM pinterest.campaigns_analytics WHERE date >= '@{[ utc_today(-40) ]}'",
	'months: what was restated');
$node->safe_psql('postgres', "SET client_min_messages = error; CALL pinterest_fdw.backfill('w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-120) ]}', '@{[ utc_today(-61) ]}')");
is($node->safe_psql('postgres', "SELECT min(date) <= '@{[ utc_today(-115) ]}' FROM w.daily_history"), 't', 'months: a back-fill');
is(refresh($node, 'w.daily') > 0 && $node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM w.daily) = (SELECT count(*) FROM w.daily_history)'), 't', 'months: all is shown');
$node->safe_psql('postgres', 'DROP TABLE w.daily_' . ($node->safe_psql('postgres', "SELECT to_char(date '$today', 'YYYY_MM')")));
like(error_of($node, 'REFRESH MATERIALIZED VIEW w.daily'), qr/ERROR:  23514: no partition of relation "daily_history" found for row/, 'months: one that lacks is an error');
$node->safe_psql('postgres', 'CREATE TABLE w.daily_rest PARTITION OF w.daily_history DEFAULT');
refresh($node, 'w.daily');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM w.daily_rest'), '>', 0, 'months: a default partition takes it');

# ---------------------------------------------------------------------------
# By account, beside columns, indexes and an order of the key of one's own

$node->safe_psql('postgres', <<SQL);
CREATE TABLE w.by_account (
	loaded_at timestamptz DEFAULT now(),
	spend_in_micro_dollar bigint,
	date date, campaign_id text COLLATE "C", ad_account_id text,
	click_window_days bigint, engagement_window_days bigint, view_window_days bigint,
	granularity text, conversion_report_time text,
	gone integer,
	total_clickthrough bigint CHECK (total_clickthrough >= 0),
	clicks_double bigint GENERATED ALWAYS AS (total_clickthrough * 2) STORED,
	PRIMARY KEY (date, granularity, campaign_id, ad_account_id, click_window_days, engagement_window_days, view_window_days, conversion_report_time)
) PARTITION BY LIST (ad_account_id);
CREATE TABLE w.account_1 PARTITION OF w.by_account FOR VALUES IN ('$account');
CREATE TABLE w.account_rest PARTITION OF w.by_account DEFAULT;
CREATE INDEX ON w.by_account (date);
ALTER TABLE w.by_account DROP COLUMN gone;
SQL
matview($node, 'w.accounts', 'pinterest.campaigns_analytics', columns => $columns, history => "'w.by_account'");
my $truth = "SELECT $facts FROM pinterest.campaigns_analytics";
same_rows_ok($node, "SELECT $facts FROM w.accounts", $truth, 'accounts: the first load');
restate(5, 2);
refresh($node, 'w.accounts');
same_rows_ok($node, "SELECT $facts FROM w.accounts WHERE date > '@{[ utc_today(-30) ]}'", $truth, 'accounts: another refresh');
is($node->safe_psql('postgres', "SELECT bool_and(clicks_double IS NOT DISTINCT FROM total_clickthrough * 2), count(loaded_at) = count(*),
	count(*) FILTER (WHERE tableoid = 'w.account_1'::regclass) = count(*) FILTER (WHERE ad_account_id = '$account') FROM w.by_account"), 't|t|t', 'accounts: columns of its own');
rows_ok($node, q{SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	WHERE i.indrelid = 'w.accounts'::regclass AND i.indisunique}, [ split /, /, $key ], 'the index of the view');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
