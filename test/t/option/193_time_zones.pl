# Copyright (c) 2026, pinterest_fdw contributors

# Whose days are counted: those of UTC, or with reporting_timezone
# AD_ACCOUNT_TIME_ZONE those of the ad account's zone, by requests and by
# reports, in tables and in histories.  The default is never sent, as not every
# app may name the parameter.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
my ($west, $east) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($since, $today, $old) = (utc_today(-5), utc_today(), utc_today(-120));
my %zones = (utc => 'PINTEREST_TIME_ZONE', own => 'AD_ACCOUNT_TIME_ZONE');
my $rows = 'ad_account_id, campaign_id, date, spend_in_micro_dollar';

for my $zone (sort keys %zones)
{
	my %of = (reporting_timezone => $zones{$zone}, columns => 'SPEND_IN_MICRO_DOLLAR');

	truth_table($node, 'campaigns_analytics', name => $zone, start => $old, end => $today, %of);
	truth_table($node, 'campaigns_targeting_analytics', name => "targeting_$zone", start => $since, end => $today,
		targeting_types => 'GENDER', %of);
}
is(join(',', rows($node, 'SELECT time_zone FROM pinterest.ad_accounts ORDER BY id')), 'America/Los_Angeles,Pacific/Auckland',
	'accounts of two zones, behind UTC and ahead of it');
isnt($node->safe_psql('postgres', 'SELECT sum(spend_in_micro_dollar * extract(day FROM date)) FROM truth.utc'),
	$node->safe_psql('postgres', 'SELECT sum(spend_in_micro_dollar * extract(day FROM date)) FROM truth.own'), 'whose days differ from those of UTC');

# The values that requests for analytics and reports named; '' where they named none.
sub zones_sent
{
	my (@requests) = @_;
	my %seen = map { ($_->{method} eq 'POST' ? $_->{body}{reporting_timezone} : join ',', values_of($_, 'reporting_timezone')) // '' => 1 }
	  grep { $_->{path} =~ m{/(targeting_)?analytics$} || $_->{method} eq 'POST' } @requests;

	return join ' ', sort keys %seen;
}

# A query has the truth's rows, and its requests name these zones.
sub zone_ok
{
	my ($query, $truth, $sent, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(zones_sent(requests_during($node, $query)), $sent, "$name: sent");
	return same_rows_ok($node, $query, $truth, "$name: rows");
}

# ---- requests ----

my $recent = "date >= '$since'";
zone_ok("SELECT $rows, reporting_timezone FROM pinterest.campaigns_analytics WHERE $recent",
	"SELECT $rows, 'PINTEREST_TIME_ZONE' FROM truth.utc WHERE $recent", '', 'the default');
is(zones_sent(requests_during($node, "SELECT * FROM pinterest.campaigns_analytics WHERE $recent")), '', 'all columns: the default is not sent');
zone_ok("SELECT $rows, reporting_timezone FROM pinterest.campaigns_analytics WHERE $recent AND reporting_timezone = 'AD_ACCOUNT_TIME_ZONE'",
	"SELECT $rows, 'AD_ACCOUNT_TIME_ZONE' FROM truth.own WHERE $recent", 'AD_ACCOUNT_TIME_ZONE', 'the other');
zone_ok("SELECT $rows, reporting_timezone FROM pinterest.campaigns_analytics WHERE $recent AND reporting_timezone IN ('AD_ACCOUNT_TIME_ZONE', 'PINTEREST_TIME_ZONE')",
	"SELECT $rows, 'AD_ACCOUNT_TIME_ZONE' FROM truth.own WHERE $recent UNION ALL SELECT $rows, 'PINTEREST_TIME_ZONE' FROM truth.utc WHERE $recent",
	'AD_ACCOUNT_TIME_ZONE PINTEREST_TIME_ZONE', 'both');
zone_ok("SELECT ad_account_id, campaign_id, sum(spend_in_micro_dollar) FROM pinterest.campaigns_analytics WHERE $recent AND reporting_timezone = 'AD_ACCOUNT_TIME_ZONE' GROUP BY 1, 2",
	"SELECT ad_account_id, campaign_id, sum(spend_in_micro_dollar) FROM truth.own WHERE $recent GROUP BY 1, 2", 'AD_ACCOUNT_TIME_ZONE', 'sums');
my $parts = 'ad_account_id, campaign_id, date, targeting_type, targeting_value, spend_in_micro_dollar';
zone_ok("SELECT $parts FROM pinterest.campaigns_targeting_analytics WHERE $recent AND targeting_type = 'GENDER' AND reporting_timezone = 'AD_ACCOUNT_TIME_ZONE'",
	"SELECT $parts FROM truth.targeting_own", 'AD_ACCOUNT_TIME_ZONE', 'by targeting');

# Beyond 90 days it is a report.
zone_ok("SELECT $rows FROM pinterest.campaigns_analytics WHERE date < '" . utc_today(-100) . "' AND date >= '$old' AND reporting_timezone = 'AD_ACCOUNT_TIME_ZONE'",
	"SELECT $rows FROM truth.own WHERE date < '" . utc_today(-100) . "'", 'AD_ACCOUNT_TIME_ZONE', 'a report');

# ---- options ----

$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD reporting_timezone 'AD_ACCOUNT_TIME_ZONE')");
zone_ok("SELECT $rows FROM pinterest.campaigns_analytics WHERE $recent", "SELECT $rows FROM truth.own WHERE $recent",
	'AD_ACCOUNT_TIME_ZONE', 'option of the server');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD reporting_timezone 'pinterest_time_zone')");
zone_ok("SELECT $rows FROM pinterest.campaigns_analytics WHERE $recent", "SELECT $rows FROM truth.utc WHERE $recent",
	'PINTEREST_TIME_ZONE', 'option of the table, which says so');
$node->safe_psql('postgres', <<SQL);
ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (DROP reporting_timezone);
ALTER SERVER pinterest OPTIONS (DROP reporting_timezone);
SQL

# There is none for the Pins of campaigns.
is($node->safe_psql('postgres', "SELECT count(*) FROM pinterest_fdw.settings() WHERE stream = 'ad_pins_analytics' AND name = 'reporting_timezone'"), 0,
	'the endpoint of Pins does not take it');

# ---- hours ----

my $hours = "FROM pinterest.campaigns_analytics WHERE ad_account_id = '$west' AND date = '$today' AND granularity = 'HOUR'";
like(error_of($node, "SELECT * $hours AND reporting_timezone = 'AD_ACCOUNT_TIME_ZONE'"),
	qr/ERROR:  22023: column "reporting_timezone" of stream "campaigns_analytics" can only be "PINTEREST_TIME_ZONE" where "granularity" is "HOUR"\nHINT:  Choose that value, by WHERE or an option/,
	'hours of the account are an error');
is(zones_sent(requests_during($node, "SELECT count(*) $hours AND reporting_timezone <> ''")), 'PINTEREST_TIME_ZONE', 'where all zones are read, hours are those of UTC');

# ---- histories ----

sub key_of
{
	return $node->safe_psql('postgres', <<SQL);
SELECT string_agg(a.attname, ',' ORDER BY array_position(i.indkey::smallint[], a.attnum))
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
 WHERE i.indrelid = 'warehouse.$_[0]'::regclass AND i.indisprimary
SQL
}

my $columns = "columns => '{spend_in_micro_dollar}', start_date => '$since'";
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA warehouse;
SELECT count(*) FROM pinterest_fdw.create_matview('warehouse.own', 'pinterest.campaigns_analytics', $columns,
	filter => \$\$reporting_timezone = 'AD_ACCOUNT_TIME_ZONE'\$\$, history => 'warehouse.both');
SELECT count(*) FROM pinterest_fdw.create_matview('warehouse.utc', 'pinterest.campaigns_analytics', $columns, history => 'warehouse.both');
SQL
like(key_of('both'), qr/^ad_account_id,campaign_id,date,.*,reporting_timezone/, 'a history of both zones has the zone in its key');
for my $zone (qw(own utc))
{
	my $truth = "SELECT $rows, '$zones{$zone}' FROM truth.$zone WHERE $recent";

	same_rows_ok($node, "SELECT $rows, reporting_timezone FROM warehouse.$zone", $truth, "matview of one: $zone");
	$node->safe_psql('postgres', "REFRESH MATERIALIZED VIEW warehouse.$zone");
	same_rows_ok($node, "SELECT $rows, reporting_timezone FROM warehouse.$zone WHERE $recent", $truth, "refreshed: $zone");
}

# A table that was imported before there was the setting, and its history, go on
# as they are, also when the table gets the column.
$node->safe_psql('postgres', <<SQL);
ALTER FOREIGN TABLE pinterest.ad_account_analytics DROP COLUMN reporting_timezone;
SELECT count(*) FROM pinterest_fdw.create_matview('warehouse.older', 'pinterest.ad_account_analytics', $columns);
SQL
unlike(key_of('older_history'), qr/reporting_timezone/, 'an older table: its history has no zone in its key');
my $days = 'SELECT ad_account_id, date, spend_in_micro_dollar FROM';
truth_table($node, 'ad_account_analytics', name => 'account_days', start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR');
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE pinterest.ad_account_analytics ADD COLUMN reporting_timezone text');
$node->safe_psql('postgres', "DELETE FROM warehouse.older_history WHERE date >= '$since'; REFRESH MATERIALIZED VIEW warehouse.older");
same_rows_ok($node, "$days warehouse.older WHERE $recent", "$days truth.account_days", 'it goes on when the table has the column');
$node->safe_psql('postgres', "CALL pinterest_fdw.backfill('warehouse.older_history', 'pinterest.ad_account_analytics', '" . utc_today(-8) . "', '$since')");
is($node->safe_psql('postgres', 'SELECT count(*) FROM pinterest_fdw.gaps(\'warehouse.older_history\', \'pinterest.ad_account_analytics\')
	WHERE day NOT IN (SELECT date FROM warehouse.older_history)'), 0, 'so does a back-fill');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.ad_account_analytics OPTIONS (ADD reporting_timezone 'AD_ACCOUNT_TIME_ZONE')");
like(error_of($node, 'REFRESH MATERIALIZED VIEW warehouse.older'), qr/reporting_timezone/, 'but not with days of another zone');

is_deeply([ invalid_requests() ], [], 'no invalid request');
$node->stop;
done_testing();
