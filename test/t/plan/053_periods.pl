# Copyright (c) 2026, pinterest_fdw contributors

# Granularity as a column: hours, weeks, months and totals that WHERE asks for,
# one at a time or mixed, and the days that each of them is asked for.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 90;
daily_campaign($node, $account, 91);
my $metrics = 'spend_in_micro_dollar, total_impression';
my $table = 'pinterest.campaigns_analytics';
my $in = "ad_account_id = '$account'";

# The truth of each granularity from one day to another: truth.day, truth.hour and so on.
sub truth_of
{
	my ($granularity, $start, $end) = @_;

	truth_table($node, 'campaigns_analytics', name => lc $granularity, granularity => $granularity,
		columns => uc($metrics =~ s/ //gr), start => $start, end => $end);
	return;
}

# What the requests for analytics asked for: "DAY 2026-11-01 to 2026-11-05".
sub asked
{
	return [ sort map { "$_->{query}{granularity}[0] $_->{query}{start_date}[0] to $_->{query}{end_date}[0]" }
		  grep { $_->{path} =~ m{/campaigns/analytics$} } @_ ];
}

# The warnings of a query.
sub warnings_of
{
	my (undef, undef, $stderr) = $node->psql('postgres', $_[0], on_error_die => 1);

	return grep { /WARNING/ } split /\n/, $stderr;
}

sub asked_ok
{
	my ($where, $expected, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply(asked(requests_during($node, "SELECT * FROM $table WHERE $in AND $where")), [ sort @$expected ], $name);
}

# ---- hours ----

truth_of('HOUR', $day[8], $day[0]);
my $hours = "$in AND granularity = 'HOUR'";
for my $zone ('UTC', 'Asia/Kolkata', 'America/St_Johns')
{
	same_rows_ok($node, "SELECT campaign_id, date, hour, $metrics FROM $table WHERE $hours AND date >= '$day[3]'",
		"SELECT campaign_id, date, hour, $metrics FROM truth.hour WHERE date >= '$day[3]'", "hours, TimeZone $zone", "SET TimeZone = '$zone';");
	same_rows_ok($node, "SELECT campaign_id, hour, $metrics FROM $table WHERE $hours AND hour >= '$day[2] 05:00Z' AND hour < '$day[1] 18:00Z'",
		"SELECT campaign_id, hour, $metrics FROM truth.hour WHERE hour >= '$day[2] 05:00Z' AND hour < '$day[1] 18:00Z'",
		"conditions on the hour, TimeZone $zone", "SET TimeZone = '$zone';");
}
is($node->safe_psql('postgres', "SELECT bool_and(date = (hour AT TIME ZONE 'UTC')::date AND extract(minute FROM hour) = 0) FROM $table WHERE $hours"),
	't', 'the date is the day of the hour in UTC');
asked_ok("granularity = 'HOUR' AND date BETWEEN '$day[8]' AND '$day[3]'",
	[ "HOUR $day[8] to $day[5]", "HOUR $day[4] to $day[3]" ], 'hours: at most four days a request');
is($node->safe_psql('postgres', "SELECT count(DISTINCT granularity) || ' ' || count(hour) FROM $table WHERE $in AND granularity IN ('DAY', 'WEEK', 'MONTH', 'TOTAL')"),
	'4 0', 'other granularities have no hour');
my @said = warnings_of("SELECT * FROM $table WHERE $hours AND date >= '$day[20]'");
is(scalar @said, 1, 'hours further back than there are: one warning');
like($said[0], qr/has no data before $day[8]/, 'it names the first day served');

# ---- totals ----

# current_date is the session's; here it is to be the day that the API calls today.
$node->safe_psql('postgres', "ALTER DATABASE postgres SET TimeZone = 'UTC'");
for my $case ([ "date BETWEEN '$day[40]' AND '$day[11]'", $day[40], $day[11] ], [ "date = '$day[5]'", $day[5], $day[5] ],
	[ "date >= '$day[90]'", $day[90], $day[0] ], [ 'true', $day[29], $day[0] ], [ "date < '$day[3]' AND date > '$day[9]'", $day[8], $day[4] ],
	[ "date > current_date - 7", $day[6], $day[0] ], [ "date >= (SELECT current_date - 7)", $day[7], $day[0] ])
{
	my ($where, $start, $end) = @$case;

	truth_of('TOTAL', $start, $end);
	asked_ok("granularity = 'TOTAL' AND $where", ["TOTAL $start to $end"], "total, $where: days");
	same_rows_ok($node, "SELECT campaign_id, date, hour, granularity, $metrics FROM $table WHERE $in AND granularity = 'TOTAL' AND $where",
		"SELECT campaign_id, NULL::date AS date, NULL::timestamptz AS hour, text 'TOTAL' AS granularity, $metrics FROM truth.total",
		"total, $where: no date, and the rows");
}

# The days that a total counts are those of the condition, in whatever type it is.
truth_of('TOTAL', $day[9], $day[0]);
for my $where ("date >= '$day[9]'::timestamp", "date > '$day[10] 12:00Z'::timestamptz", "date >= '$day[9]'::date::timestamptz AND date < now()")
{
	same_rows_ok($node, "SELECT campaign_id, $metrics FROM $table WHERE $in AND granularity = 'TOTAL' AND $where",
		"SELECT campaign_id, $metrics FROM truth.total", "total, $where", "SET TimeZone = 'UTC';");
}

# A moment means the days that PostgreSQL finds on its side, in any zone.
for my $zone ('UTC', 'Pacific/Kiritimati', 'Etc/GMT+12', 'America/St_Johns')
{
	my $where = "date > '$day[20] 09:00Z'::timestamptz AND date < '$day[10] 18:00Z'::timestamptz AND date <= '$day[11] 12:00'::timestamp";
	my ($first, $last) = split /\|/, $node->safe_psql('postgres', <<SQL);
SET TimeZone = '$zone';
SELECT min(date), max(date) FROM (SELECT generate_series(timestamp '$day[40]', '$day[0]', '1 day')::date AS date) AS s WHERE $where;
SQL

	truth_of('TOTAL', $first, $last);
	same_rows_ok($node, "SELECT campaign_id, $metrics FROM $table WHERE $in AND granularity = 'TOTAL' AND $where",
		"SELECT campaign_id, $metrics FROM truth.total", "total between moments, TimeZone $zone", "SET TimeZone = '$zone';");
}

# There is no total of days that are no range; where it is not counted, an error says so.
my $session = sql_session($node);
my $listed = outcome($session, "SELECT campaign_id FROM $table WHERE $in AND granularity = 'TOTAL' AND date IN ('$day[9]', '$day[5]')");
ok($listed->{sqlstate}, 'total of a list of days: not just no rows');

truth_of('TOTAL', $day[9], $day[7]);
for my $mode (qw(force_generic_plan force_custom_plan))
{
	is_deeply([ rows($node, <<SQL) ], [ rows($node, <<TRUTH) ], "$mode: granularity and dates as parameters");
SET plan_cache_mode = $mode;
PREPARE p(text, date) AS SELECT granularity, min(date), sum(spend_in_micro_dollar)
	FROM $table WHERE $in AND granularity = \$1 AND date >= \$2 AND date <= '$day[7]' GROUP BY 1;
EXECUTE p('TOTAL', '$day[9]');
EXECUTE p('DAY', '$day[9]');
SQL
SELECT 'TOTAL', NULL::date, sum(spend_in_micro_dollar) FROM truth.total
UNION ALL SELECT 'DAY', date '$day[9]', sum(spend_in_micro_dollar) FROM truth.total
TRUTH
}

# ---- mixed ----

truth_of('DAY', $day[20], $day[10]);
truth_of('TOTAL', $day[20], $day[10]);
my ($monday, $sunday) = rows($node, "SELECT unnest(ARRAY[date_trunc('week', date '$day[20]' + 6)::date, date_trunc('week', date '$day[10]')::date + 6])");
$sunday = $day[0] if $sunday gt $day[0];
truth_of('WEEK', $monday, $sunday);
my $mixed = "$in AND date BETWEEN '$day[20]' AND '$day[10]'";
same_rows_ok($node, "SELECT granularity, date, campaign_id, $metrics FROM $table WHERE $mixed AND granularity IN ('DAY', 'TOTAL', 'WEEK')",
	join(' UNION ALL ', map { "SELECT text '$_' AS granularity, " . ($_ eq 'TOTAL' ? 'NULL::date AS date' : 'date') . ", campaign_id, $metrics FROM truth.$_" } qw(DAY TOTAL WEEK)),
	'days, weeks and the total in one query');
asked_ok("date BETWEEN '$day[20]' AND '$day[10]' AND granularity IN ('WEEK', 'DAY', 'TOTAL')",
	[ "DAY $day[20] to $day[10]", "TOTAL $day[20] to $day[10]", "WEEK $monday to $sunday" ], 'each for its own days');
same_rows_ok($node, "SELECT campaign_id, sum(spend_in_micro_dollar) FILTER (WHERE granularity = 'DAY') AS of_days,
		sum(spend_in_micro_dollar) FILTER (WHERE granularity = 'TOTAL') AS total FROM $table WHERE $mixed AND granularity IN ('DAY', 'TOTAL') GROUP BY 1",
	"SELECT campaign_id, sum(spend_in_micro_dollar) AS of_days, sum(spend_in_micro_dollar) AS total FROM truth.total GROUP BY 1", 'days add up to the total');

# How far hours reach back is no news about days.
@said = warnings_of("SELECT * FROM $table WHERE $in AND granularity IN ('DAY', 'HOUR') AND date >= '$day[20]'");
is(scalar @said, 1, 'hours among days further back than hours go: one warning');
like($said[0] // '', qr/$day[8]/, 'it names the first day of hours');

# ---- weeks and months ----

for my $granularity (qw(WEEK MONTH))
{
	my $unit = lc $granularity;
	my @range = rows($node, <<SQL);
SELECT unnest(ARRAY[date_trunc('$unit', date '$day[80]' + interval '1 $unit' - interval '1 day')::date,
	(date_trunc('$unit', date '$day[35]') + interval '1 $unit' - interval '1 day')::date])
SQL

	truth_of($granularity, @range);
	asked_ok("granularity = '$granularity' AND date BETWEEN '$day[80]' AND '$day[35]'", ["$granularity $range[0] to $range[1]"],
		"${unit}s: whole ones");
	same_rows_ok($node, "SELECT campaign_id, date, $metrics FROM $table WHERE $in AND granularity = '$granularity' AND date BETWEEN '$day[80]' AND '$day[35]'",
		"SELECT campaign_id, date, $metrics FROM truth.$unit", "${unit}s: rows");
	asked_ok("granularity = '$granularity' AND date = '$range[0]'::date + 2", [], "${unit}s: none begins in the middle of one");
}

# ---- joined ----

# Whether a granularity comes from a join or a constant, the rows are the same.
$node->safe_psql('postgres', "CREATE TABLE choice AS VALUES ('DAY'), ('WEEK'); ALTER TABLE choice RENAME column1 TO granularity; ANALYZE choice");
$session->query_safe('SET client_min_messages = error');
my $expected = outcome($session, "SELECT granularity, campaign_id, date, $metrics FROM $table WHERE $mixed AND granularity IN ('DAY', 'WEEK')");
for my $off ('enable_material', 'enable_nestloop', 'enable_hashjoin', 'enable_mergejoin')
{
	$session->query_safe("SET $off = off");
	is_deeply(outcome($session, "SELECT granularity, campaign_id, date, $metrics FROM $table JOIN choice USING (granularity) WHERE $mixed"),
		$expected, "granularity from a join without $off");
	$session->query_safe("RESET $off") if $off eq 'enable_nestloop';
}
$session->quit;

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
