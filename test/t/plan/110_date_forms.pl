# Copyright (c) 2026, pinterest_fdw contributors

# Conditions on the date in all the forms that people and BI tools write: the
# days asked for are those from the first that passes to the last, and the rows
# are those of the whole history.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--steady');
my $node = pinterest_cluster(conf => "timezone = 'UTC'\nlc_messages = 'C'\n");
my %day = (A => utc_today(-60), B => utc_today(-30), C => utc_today(-10), TODAY => utc_today(), EARLIEST => utc_today(-914));

sim_config(report_polls => 0);
my $columns = truth_table($node, 'campaigns_analytics', start => $day{EARLIEST}, end => $day{TODAY},
	columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION');
truth_table($node, 'user_account_analytics', start => utc_today(-90), end => $day{TODAY});
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE history AS SELECT max(date) - 53 AS date FROM truth.campaigns_analytics;
CREATE FUNCTION month_of(date) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT to_char($1, 'YYYY-MM') $$;
CREATE FUNCTION days_since(date) RETURNS integer STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN current_date - $1; END $$;
SQL

# A text with days in place of their names: 'A' in quotes is a text, A a date.
sub with_days
{
	my ($sql) = @_;
	my $names = join '|', keys %day;

	$sql =~ s/'($names)(?![a-z])/'$day{$1}/g;
	$sql =~ s/\b($names)\b(?!')/date '$day{$1}'/g;
	return $sql;
}

# The first and the last day that requests ask for, orders of reports among them.
sub days_asked
{
	my (@first, @last);

	for my $request (@_)
	{
		next unless $request->{path} =~ /analytics$/ || $request->{method} eq 'POST';
		push @first, $request->{body}{start_date} // $request->{query}{start_date}[0];
		push @last, $request->{body}{end_date} // $request->{query}{end_date}[0];
	}
	return @first ? (sort @first)[0] . ' to ' . (sort @last)[-1] : 'none';
}

# Days that an SQL expression gives as "first to last", as far as the API has them,
# or "none".
sub days_from
{
	my ($first, $last) = @_;
	my ($days) = rows($node, with_days(<<SQL));
SELECT CASE WHEN f > l THEN 'none' ELSE f || ' to ' || l END
FROM (SELECT greatest(($first)::date, EARLIEST) AS f, least((@{[ $last // 'TODAY' ]})::date, TODAY) AS l) AS x
SQL
	return $days;
}

# The requests since the last call.
my $seen = 0;

sub new_requests
{
	my @requests = @{ decode_json(sim_get("requests?since=$seen"))->{requests} };

	$seen = $_->{seq} > $seen ? $_->{seq} : $seen for @requests;
	return @requests;
}

# What a query asks for, and the warnings of it.
sub asked_by
{
	my ($sql) = @_;

	new_requests();
	my (undef, undef, $stderr) = $node->psql('postgres', $sql, on_error_die => 1);
	return (days_asked(new_requests()), grep { /WARNING/ } split /\n/, $stderr);
}

# A condition asks for the days from first to last, SQL expressions of days, as far
# as the API has them; none where last is before first.
sub form_ok
{
	my ($form, $first, $last, %args) = @_;
	my $where = with_days($form);
	my $set = $args{set} // '';
	my $table = $args{table} // 'campaigns_analytics';
	my $list = $args{columns} // $columns;
	my $expected = days_from($first, $last);
	my ($asked, @warnings) = asked_by("$set DROP TABLE IF EXISTS got; CREATE TABLE got AS SELECT $list FROM pinterest.$table WHERE $where");

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $name = $args{name} // $form;
	is($asked, $expected, "$name: days");
	is_deeply(\@warnings, [], "$name: no warning");
	my $of_days = $args{of_days} ? with_days("date BETWEEN $first AND " . ($last // 'TODAY')) : 'true';
	is($node->safe_psql('postgres', <<SQL), '0|0', "$name: rows");
$set CREATE TEMP TABLE r AS SELECT $list FROM truth.$table WHERE ($where) AND $of_days;
SELECT (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE r) AS x), (SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE got) AS y);
SQL
	return;
}

# ---- casts ----

form_ok(@$_) for
  [ 'date::timestamp >= A', 'A' ],
  [ 'date::timestamptz >= A', 'A' ],
  [ "(date::timestamptz AT TIME ZONE 'UTC') >= A", 'A' ],
  [ 'date::timestamp BETWEEN A AND B', 'A', 'B' ],
  [ 'date::timestamp >= A AND date::timestamp < B', 'A', 'B - 1' ],
  [ "date::timestamp > 'A 12:00' AND date::timestamptz <= 'B 12:00'", 'A + 1', 'B' ],
  [ "date::text >= 'A'", 'A' ],
  [ "date::text LIKE to_char(A, 'YYYY-MM') || '%'", "date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ "date::varchar BETWEEN 'A' AND 'B'", 'A', 'B' ];

# ---- date_trunc() ----

for my $unit (qw(day week month quarter year))
{
	my ($next) = rows($node, with_days(<<SQL));
SELECT CASE WHEN date_trunc('$unit', A) = A THEN A ELSE (date_trunc('$unit', A) + @{[ $unit eq 'quarter' ? "interval '3 months'" : "interval '1 $unit'" ]})::date END
SQL
	my $length = $unit eq 'quarter' ? '3 months' : "1 $unit";

	form_ok("date_trunc('$unit', date) >= A", "date '$next'");
	form_ok("date_trunc('$unit', date) = date_trunc('$unit', A)", "date_trunc('$unit', A)",
		"date_trunc('$unit', A) + interval '$length' - interval '1 day'");
}
form_ok(@$_) for
  [ "CAST(date_trunc('day', CAST(date AS timestamp)) AS date) >= A", 'A' ],
  [ "date_trunc('month', date::timestamp) = date_trunc('month', A)::date", "date_trunc('month', A)",
	"date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ "date_trunc('month', date, 'America/New_York') >= date_trunc('month', A, 'America/New_York')",
	"date_trunc('month', A - 1) + interval '1 day'" ],
  [ "date_bin('7 days', date::timestamp, A) BETWEEN A AND B", 'A', 'B + 4' ];

# ---- rows, ranges, lists ----

form_ok(@$_) for
  [ "(date, campaign_id) >= (A, '1')", 'A' ],
  [ "(date, campaign_id) > (A, '5')", 'A' ],
  [ "(date, campaign_id) >= (A, '5') AND (date, campaign_id) < (B, '5')", 'A', 'B' ],
  [ "(date::timestamp, campaign_id) > (A::timestamp, '5')", 'A' ],
  [ 'date <@ daterange(A, B)', 'A', 'B - 1' ],
  [ 'daterange(A, B) @> date', 'A', 'B - 1' ],
  [ 'date <@ daterange(A, NULL)', 'A' ],
  [ 'date <@ datemultirange(daterange(A, B), daterange(C, NULL))', 'A' ],
  [ 'tsrange(A, B) @> date::timestamp', 'A', 'B - 1' ],
  [ 'date BETWEEN SYMMETRIC B AND A', 'A', 'B' ],
  [ 'date = ANY (ARRAY(SELECT h.date FROM history AS h UNION SELECT B))', '(SELECT date FROM history)', 'B' ],
  [ 'date::timestamp = ANY (ARRAY[A, B])', 'A', 'B' ],
  [ 'date::timestamp IN (A, B)', 'A', 'B' ],
  [ "date::text = ANY (ARRAY['A', 'B'])", 'A', 'B' ];

# ---- AND, OR, NOT, NULL ----

form_ok(@$_) for
  [ '(date >= A AND date < B) OR date >= C', 'A' ],
  [ 'date = A OR date = B', 'A', 'B' ],
  [ '(date >= A OR date IS NULL)', 'A' ],
  [ 'date >= A AND date <> B', 'A' ],
  [ 'date >= A AND date <> A', 'A + 1' ],
  [ 'date::timestamp >= A AND date <> A AND date IS NOT NULL', 'A + 1' ],
  [ 'NOT (date < A)', 'A' ],
  [ 'NOT (date::timestamp < A)', 'A' ],
  [ 'NOT (date < A OR date > B)', 'A', 'B' ],
  [ '(date::timestamp >= A) IS TRUE', 'A' ],
  [ '(date >= A) IS NOT FALSE', 'A' ],
  [ 'coalesce(date >= A, false)', 'A' ],
  [ 'coalesce(date, current_date) >= A', 'A' ],
  [ 'CASE WHEN date >= A THEN date < B ELSE false END', 'A', 'B - 1' ],
  [ 'date IS NOT DISTINCT FROM A', 'A', 'A' ],
  [ 'A <= date', 'A' ],
  [ 'A <= date::timestamp AND true', 'A' ];

# What is said of other columns cannot be left out of an OR, but beside the date.
form_ok(@$_) for
  [ "(date::timestamp >= A AND total_impression > 10) OR date = B", 'A' ],
  [ "(date = A AND total_impression > 10) OR (date = B AND campaign_id > '5')", 'A', 'B' ],
  [ "(date::timestamp >= A AND total_impression > 10) IS TRUE", 'A' ],
  [ "date::timestamp >= A AND (total_impression > 10 OR date < B)", 'A' ];

# ---- parts of a date ----

form_ok(@$_) for
  [ "to_char(date, 'YYYY-MM') = to_char(A, 'YYYY-MM')", "date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ "to_char(date, 'YYYY-MM-DD') >= 'A'", 'A' ],
  [ "to_char(date, 'YYYYMMDD')::integer >= to_char(A, 'YYYYMMDD')::integer", 'A' ],
  [ "to_char(date, 'IYYY-IW') = to_char(A, 'IYYY-IW')", "date_trunc('week', A)", "date_trunc('week', A) + interval '6 days'" ],
  [ 'extract(year from date) = extract(year from A) AND extract(month from date) = extract(month from A)',
	"date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ 'extract(year from date) = extract(year from A)', "date_trunc('year', A)", "date_trunc('year', A) + interval '1 year - 1 day'" ],
  [ "date_part('year', date) = date_part('year', A) AND date_part('quarter', date) = date_part('quarter', A)",
	"date_trunc('quarter', A)", "date_trunc('quarter', A) + interval '3 months - 1 day'" ],
  [ 'extract(epoch from date) >= extract(epoch from A)', 'A' ],
  [ 'extract(isodow from date) = extract(isodow from A) AND date >= A AND date < B', 'A', 'B - 2' ],
  [ 'make_date(extract(year from date)::integer, extract(month from date)::integer, 1) = date_trunc(\'month\', A)',
	"date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ];

# ---- arithmetic, sub-selects, functions ----

form_ok(@$_) for
  [ "date + interval '0' >= A", 'A' ],
  [ "date + interval '1 day' > A", 'A' ],
  [ 'date - 0 >= A', 'A' ],
  [ 'date + 60 > B', 'B - 59' ],
  [ 'current_date - date <= 60', 'A' ],
  [ "age(date, A) >= interval '0'", 'A' ],
  [ 'date - A BETWEEN 0 AND 30', 'A', 'B' ],
  [ 'date >= (SELECT max(h.date) - 7 FROM history AS h)', '(SELECT date - 7 FROM history)' ],
  [ 'date::timestamp >= (SELECT max(h.date) - 7 FROM history AS h)', '(SELECT date - 7 FROM history)' ],
  [ "month_of(date) = month_of(A)", "date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ 'days_since(date) <= 60', 'A' ];

# ---- what BI tools write ----

form_ok(@$_) for
  # Tableau
  [ "((CAST(date AS timestamp) >= timestamp 'A 00:00:00.000') AND (CAST(date AS timestamp) < timestamp 'B 00:00:00.000'))", 'A', 'B - 1' ],
  [ "(CAST(date_trunc('MONTH', CAST(date AS timestamp)) AS date) = CAST(date_trunc('month', A) AS date))",
	"date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ "(CAST(trunc(extract(YEAR FROM date)) AS integer) = extract(year from A) AND CAST(trunc(extract(QUARTER FROM date)) AS integer) = extract(quarter from A))",
	"date_trunc('quarter', A)", "date_trunc('quarter', A) + interval '3 months - 1 day'" ],
  [ "((CASE WHEN date IS NULL THEN NULL ELSE date_trunc('DAY', CAST(date AS timestamp)) END) >= timestamp 'A')", 'A' ],
  # Metabase
  [ "date >= CAST((NOW() + INTERVAL '-60 day') AS date) AND date < CAST(NOW() AS date)", 'A', 'TODAY - 1' ],
  [ "CAST(date AS date) BETWEEN date 'A' AND date 'B'", 'A', 'B' ],
  [ "date_trunc('month', date) = date_trunc('month', timestamp with time zone 'A 00:00:00.000Z')",
	"date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  # Looker
  [ "((( date ) >= ((SELECT (DATE_TRUNC('day', CURRENT_TIMESTAMP AT TIME ZONE 'UTC') + (-60 || ' day')::INTERVAL))) AND ( date ) < ((SELECT ((DATE_TRUNC('day', CURRENT_TIMESTAMP AT TIME ZONE 'UTC') + (-60 || ' day')::INTERVAL) + (30 || ' day')::INTERVAL)))))",
	'A', 'B - 1' ],
  [ "(DATE(date )) >= (A) AND (DATE(date::timestamp )) < (B)", 'A', 'B - 1' ],
  [ "(TO_CHAR(DATE_TRUNC('month', date ), 'YYYY-MM')) = to_char(A, 'YYYY-MM')",
	"date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  # Lightdash
  [ "(( (DATE_TRUNC('DAY', date)) >= ('A') AND (DATE_TRUNC('DAY', date)) <= ('B') ))", 'A', 'B' ],
  [ "(DATE_TRUNC('WEEK', date)) IN (date_trunc('week', A), date_trunc('week', B))", "date_trunc('week', A)", "date_trunc('week', B) + interval '6 days'" ],
  # Power BI
  [ "CAST(date AS timestamp) >= TIMESTAMP 'A 00:00:00' AND CAST(date AS timestamp) < TIMESTAMP 'B 00:00:00'", 'A', 'B - 1' ],
  [ "(date >= TIMESTAMP 'A 00:00:00' AND date IS NOT NULL)", 'A' ],
  # Cube
  [ "(date::timestamptz AT TIME ZONE 'UTC') >= 'A 00:00:00.000' AND (date::timestamptz AT TIME ZONE 'UTC') <= 'B 23:59:59.999'", 'A', 'B' ],
  [ "date_trunc('day', (date::timestamptz AT TIME ZONE 'UTC')) >= 'AT00:00:00.000Z'::timestamptz", 'A' ],
  # Superset, Grafana
  [ "date >= TO_DATE('A', 'YYYY-MM-DD') AND DATE_TRUNC('day', date) < TO_TIMESTAMP('B 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')", 'A', 'B - 1' ],
  [ "floor(extract(epoch from date) / 86400) * 86400 BETWEEN extract(epoch from A) AND extract(epoch from B)", 'A', 'B' ];


# ---- no first day ----

# As with "date <= B": the last 30 days up to the last that passes.
form_ok(@$_, of_days => 1) for
  [ 'date::timestamp <= B', 'B - 29', 'B' ],
  [ 'date <> A', 'TODAY - 29', undef ],
  [ 'date IS NOT NULL', 'TODAY - 29', undef ],
  [ "date::timestamp > '-infinity'", 'TODAY - 29', undef ],
  [ 'extract(isodow from date) = 1', "date_trunc('week', TODAY) - interval '29 days'", "date_trunc('week', TODAY)" ];

# ---- days that are gone ----

for my $case (
	[ "date::timestamp >= EARLIEST - 100", 'EARLIEST' ],
	[ "date::timestamp >= EARLIEST - 3000 AND date < A", 'EARLIEST', 'A - 1' ],
	[ 'date::timestamp BETWEEN EARLIEST - 10 AND EARLIEST + 20', 'EARLIEST', 'EARLIEST + 20' ],
	[ 'extract(year from date) = extract(year from EARLIEST) - 2', 'TODAY', 'EARLIEST' ],
	[ 'date::timestamp < EARLIEST - 1500', 'TODAY', 'EARLIEST' ])
{
	my ($form, $first, $last) = @$case;
	my ($asked, @warnings) = asked_by("SELECT count(*) FROM pinterest.campaigns_analytics WHERE " . with_days($form));

	is($asked, days_from($first, $last), "$form: what is left of the days");
	is(scalar @warnings, 1, "$form: a warning");
	like($warnings[0], qr/has no data before $day{EARLIEST}/, "$form: it tells the first day");
}
form_ok('date::timestamp >= TODAY + 1', 'TODAY + 1');
form_ok('date::timestamp > A AND date::timestamp < A', 'TODAY + 1');
form_ok("date::timestamp >= NULL", 'TODAY + 1');

# ---- parameters, joins, rescans ----

for my $mode (qw(force_custom_plan force_generic_plan))
{
	my %in = (set => "SET plan_cache_mode = $mode;");

	for my $case (
		[ 'date::timestamp >= $1', 'A', 'A' ],
		[ '($1 IS NULL OR date >= $1)', 'A', 'A' ],
		[ 'date <@ daterange($1, B)', 'A', 'A', 'B - 1' ],
		[ '($1 IS NULL OR date >= $1)', 'NULL', 'TODAY - 29' ])
	{
		my ($form, $value, $first, $last) = @$case;
		my ($asked, @warnings) = asked_by($in{set} . with_days("PREPARE q(date) AS SELECT $columns FROM pinterest.campaigns_analytics WHERE $form;
CREATE TEMP TABLE got AS EXECUTE q($value)"));

		is($asked, days_from($first, $last), "$mode, $form with $value: days");
		is_deeply(\@warnings, [], "$mode, $form with $value: no warning");
	}
}
new_requests();
rows_ok($node, with_days(<<'SQL'),
SELECT o.n, (SELECT count(*) = l.n FROM truth.campaigns_analytics AS t WHERE t.date >= TODAY - o.n AND t.date < TODAY - o.n + 5)
FROM unnest(ARRAY[60, 20]) AS o(n), LATERAL (SELECT count(*) AS n FROM pinterest.campaigns_analytics AS a
	WHERE a.date::timestamp >= TODAY - o.n AND (a.date, a.campaign_id) < (TODAY - o.n + 5, '')) AS l
SQL
	[ '60|t', '20|t' ], 'a lateral sub-select: rows');
is_deeply([ sort map { days_asked($_) } grep { $_->{path} =~ /analytics$/ } new_requests() ],
	[ map { utc_today(-$_) . ' to ' . utc_today(-$_ + 5) } 60, 20 ], 'a lateral sub-select: the days of each start');
form_ok('date::timestamp >= A AND campaign_id IN (SELECT campaign_id FROM truth.campaigns_analytics)', 'A');

# A leader of a parallel plan evaluates it, too.
my $parallel = <<'SQL';
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SQL
$node->safe_psql('postgres', 'CREATE TABLE many AS SELECT n FROM generate_series(1, 20000) AS n; ANALYZE many');
my $join = with_days(<<'SQL');
SELECT a.campaign_id, a.date FROM pinterest.campaigns_analytics AS a JOIN many AS m ON m.n = (a.date - A) + 1 WHERE a.date::timestamp >= A
SQL
like($node->safe_psql('postgres', "$parallel EXPLAIN $join"), qr/Gather/, 'a parallel plan');
new_requests();
same_rows_ok($node, $join, with_days('SELECT campaign_id, date FROM truth.campaigns_analytics WHERE date >= A'),
	'a parallel plan: rows', $parallel);
is(days_asked(new_requests()), days_from('A'), 'a parallel plan: days');

# ---- row-level security ----

# What the policy's rows alone may be shown to is evaluated for days, but not for rows.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE parted (ad_account_id text, campaign_id text, date date, spend_in_micro_dollar bigint, total_impression bigint)
	PARTITION BY LIST (ad_account_id);
CREATE FOREIGN TABLE foreign_part PARTITION OF parted DEFAULT SERVER pinterest OPTIONS (stream 'campaigns_analytics');
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON parted USING (total_impression > 10);
CREATE FUNCTION leaky(date) RETURNS boolean STABLE COST 0.0001 LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'leaky(%)', $1;
	RETURN $1 >= current_date - 60;
END $$;
CREATE ROLE reader;
CREATE USER MAPPING FOR reader SERVER pinterest OPTIONS (access_token 'pina_simulator');
GRANT ALL ON SCHEMA truth TO reader;
GRANT SELECT ON parted, truth.campaigns_analytics TO reader;
SQL
for my $case ([ "date::timestamptz > now() - interval '60 days'", 'A + 1' ], [ 'days_since(date) <= 60', 'A' ], [ 'leaky(date)', 'A' ])
{
	my ($form, $first) = @$case;

	new_requests();
	same_rows_ok($node, "SELECT $columns FROM parted WHERE $form",
		"SELECT $columns FROM truth.campaigns_analytics WHERE total_impression > 10 AND $form", "under a policy, $form: rows", 'SET ROLE reader;');
	is(days_asked(new_requests()), days_from($first), "under a policy, $form: days");
}

# ---- EXPLAIN ----

my $plan = $node->safe_psql('postgres', with_days(<<'SQL'));
EXPLAIN SELECT spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE date::timestamp >= A AND date + 0 <= B AND (date, campaign_id) > (A, '5')
SQL
like($plan, qr/start_date=$day{A}\s*&end_date=$day{B}/, 'EXPLAIN: the days');
like($plan, qr/Pushed: \(\(date\)::timestamp without time zone >= .*\),\s+\(\(date \+ 0\) <= .*\),\s+\(date >= .*\)$/m,
	'EXPLAIN: the conditions');
$plan = $node->safe_psql('postgres', with_days(<<'SQL'));
SET plan_cache_mode = force_generic_plan;
PREPARE q(date) AS SELECT spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE date::timestamp >= $1;
EXPLAIN EXECUTE q(A);
SQL
like($plan, qr/start_date=$day{A}\s*&end_date=$day{TODAY}/, 'EXPLAIN of a parameter: the days');
like($node->safe_psql('postgres', with_days(<<'SQL')), qr/Pushed: .*date.*>= .*(\$0|InitPlan \w+)/, 'EXPLAIN of a sub-select: the condition');
EXPLAIN SELECT 1 FROM pinterest.campaigns_analytics WHERE date::timestamp >= (SELECT max(h.date) FROM history AS h)
SQL

# ---- what is not understood ----

$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION whenever(date) RETURNS timestamp VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN $1; END $$;
CREATE FUNCTION picky(date) RETURNS boolean STABLE LANGUAGE plpgsql AS $$
BEGIN
	PERFORM count(*) FROM history;
	IF $1 < current_date - 40 THEN RAISE 'not that long ago'; END IF;
	RETURN true;
END $$;
CREATE FUNCTION slow(date) RETURNS boolean STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN true; END $$;
SQL
for my $form (
	'date::timestamp >= A OR total_impression > 0', 'whenever(date) >= A', 'date IS NULL', 'picky(date)',
	'10000 / (date - EARLIEST) >= -10000', 'date::timestamp >= A - total_impression::integer * 0')
{
	my ($asked, @warnings) = asked_by("DROP TABLE IF EXISTS got; CREATE TABLE got AS SELECT $columns FROM pinterest.campaigns_analytics WHERE "
		  . with_days($form));

	is($asked, days_from('TODAY - 29'), "$form: the last 30 days");
	is(scalar @warnings, 1, "$form: a warning");
	like($warnings[0], qr/only days from/, "$form: which days");
	is($node->safe_psql('postgres', with_days(<<SQL)), '0|0', "$form: rows");
CREATE TEMP TABLE r AS SELECT $columns FROM truth.campaigns_analytics WHERE ($form) AND date > TODAY - 30;
SELECT (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE r) AS x), (SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE got) AS y);
SQL
}

# Beside a bound an error of days before it is none; and what raises one does not
# take from what another condition says.
form_ok('date > TODAY - 40 AND picky(date)', 'TODAY - 39');
form_ok('date::timestamp > TODAY - 30 AND picky(date)', 'TODAY - 29');
new_requests();
same_rows_ok($node, with_days("SELECT o.n, a.campaign_id, a.date FROM generate_series(1, 2) AS o(n), LATERAL (SELECT * FROM pinterest.campaigns_analytics WHERE date > TODAY - o.n AND picky(date - 39 * o.n) OFFSET 0) AS a WHERE o.n = 1"),
	with_days("SELECT 1, campaign_id, date FROM truth.campaigns_analytics WHERE date > TODAY - 1"), 'an error of one start alone');
ok(time_out_at(sub {
	my ($timeout) = @_;
	my (undef, undef, $stderr) = $node->psql('postgres', "SET statement_timeout = '$timeout'; SELECT count(*) FROM pinterest.campaigns_analytics WHERE slow(date)");
	return $stderr =~ /canceling statement due to statement timeout/;
}), 'a timeout is no error of the condition');

# ---- time zones ----

for my $zone ('Pacific/Kiritimati', 'America/St_Johns')
{
	my %in = (set => "SET TimeZone = '$zone';", name => $zone);

	form_ok("date::timestamptz >= timestamptz 'A 12:00Z'", $zone =~ /Pacific/ ? 'A + 2' : 'A + 1', undef, %in);
	form_ok("(date::timestamptz AT TIME ZONE 'UTC') >= timestamp 'A 12:00' AND date < B", $zone =~ /Pacific/ ? 'A + 2' : 'A + 1', 'B - 1', %in);
	form_ok("date::timestamp >= A", 'A', undef, %in);
}

# ---- a stream without reports ----

for my $case ([ 'date::timestamp >= C', 'C' ], [ "date_trunc('month', date) = date_trunc('month', B)", "greatest(date_trunc('month', B)::date, TODAY - 90)", "date_trunc('month', B) + interval '1 month - 1 day'" ])
{
	my ($form, $first, $last) = @$case;

	form_ok($form, $first, $last, table => 'user_account_analytics', columns => 'date, data_status, impression', name => "user_account_analytics, $form");
}

# ---- other periods ----

# The rows of a granularity where a condition leaves some of its days.
sub period_ok
{
	my ($period, $form, $first, $last, %truth) = @_;
	my $list = 'campaign_id, ' . ($period eq 'TOTAL' ? '' : 'date, ') . 'spend_in_micro_dollar, total_impression';
	my $name = "$period, $form";
	my ($start, $end) = split / to /, days_from($first, $last);
	my ($asked, @warnings) = asked_by("DROP TABLE IF EXISTS got; CREATE TABLE got AS SELECT $list FROM pinterest.campaigns_analytics WHERE granularity = '$period' AND ("
		  . with_days($form) . ')');

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($asked, "$start to $end", "$name: days");
	is_deeply(\@warnings, [], "$name: no warning");
	truth_table($node, 'campaigns_analytics', name => 'periods', columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION',
		granularity => $period, start => $start, end => $end);
	same_rows_ok($node, 'TABLE got', "SELECT $list FROM truth.periods" . ($period eq 'TOTAL' ? '' : ' WHERE ' . with_days($form)), "$name: rows");
	return;
}
my $end_of_week = "date_trunc('week', B) + interval '6 days'";
period_ok(@$_) for
  [ 'WEEK', 'date::timestamp >= A', "date_trunc('week', A + 6)" ],
  [ 'WEEK', 'date BETWEEN SYMMETRIC B AND A', "date_trunc('week', A + 6)", $end_of_week ],
  [ 'MONTH', "date_trunc('month', date) = date_trunc('month', A)", "date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ],
  [ 'MONTH', "to_char(date, 'YYYY-MM') >= to_char(A, 'YYYY-MM')", "date_trunc('month', A)" ],
  [ 'HOUR', 'date::timestamp >= TODAY - 2', 'TODAY - 2' ],
  [ 'HOUR', 'date = TODAY - 3 OR date = TODAY - 1', 'TODAY - 3', 'TODAY - 1' ],
  [ 'TOTAL', 'date::timestamp >= A', 'A' ],
  [ 'TOTAL', 'date <@ daterange(A, B)', 'A', 'B - 1' ],
  [ 'TOTAL', 'date >= A OR date IS NULL', 'A' ],
  [ 'TOTAL', "to_char(date, 'YYYY-MM') = to_char(A, 'YYYY-MM')", "date_trunc('month', A)", "date_trunc('month', A) + interval '1 month - 1 day'" ];

is($node->safe_psql('postgres', with_days("SELECT count(*) FROM pinterest.campaigns_analytics WHERE granularity = 'TOTAL' AND date >= A AND date IS NOT NULL")),
	0, 'TOTAL: no row has a date');

# Of days with gaps, or that other columns have a say in, there is no total.
for my $form ('date = A OR date = B', "(date, campaign_id) >= (A, '5')", 'date >= A AND date <> B', 'extract(isodow from date) < 3')
{
	like(error_of($node, "SELECT * FROM pinterest.campaigns_analytics WHERE granularity = 'TOTAL' AND (" . with_days($form) . ')'),
		qr/ERROR:  HV00L: a total of stream "campaigns_analytics" is of all days from a first to a last one\nDETAIL:  .+\nHINT:  .+/,
		"TOTAL, $form: an error");
}

# Days and totals side by side.
same_rows_ok($node, with_days("SELECT granularity, date, sum(spend_in_micro_dollar) FROM pinterest.campaigns_analytics WHERE granularity IN ('DAY', 'TOTAL') AND date::timestamp BETWEEN A AND B GROUP BY 1, 2"),
	with_days(<<'SQL'), 'days and their total');
SELECT CASE WHEN GROUPING(date) = 0 THEN 'DAY' ELSE 'TOTAL' END, date, sum(spend_in_micro_dollar)
FROM truth.campaigns_analytics WHERE date BETWEEN A AND B GROUP BY ROLLUP (date)
SQL

# ---- sums ----

for my $case (
	[ "date_trunc('month', date) = date_trunc('month', A)", 'TOTAL' ],
	[ 'date::timestamp >= A AND date <> A', 'TOTAL' ],
	[ 'date >= A AND date IS NOT NULL', 'TOTAL' ],
	[ 'date = A OR date = B', 'DAY' ],
	[ "extract(isodow from date) < 3 AND date::timestamp >= A", 'DAY' ],
	[ "(date, campaign_id) >= (A, '5')", 'DAY' ],
	[ 'date IS NULL', 'DAY' ],
	[ 'date > TODAY - 60 AND picky(date)', 'DAY' ])
{
	my ($form, $granularity) = @$case;
	my $sql = with_days("SELECT campaign_id, sum(total_impression) FROM %s.campaigns_analytics WHERE ad_account_id = (SELECT min(ad_account_id) FROM truth.campaigns_analytics) AND ($form) GROUP BY 1");

	if ($form =~ /picky/)
	{
		like(error_of($node, sprintf($sql, 'pinterest')), qr/not that long ago/, "sums, $form: the query's own error");
		next;
	}
	new_requests();
	my %granularities = map { ($_->{query}{granularity}[0] // $_->{body}{granularity}, 1) } grep { $_->{path} =~ /analytics/ || $_->{method} eq 'POST' }
	  do { $node->safe_psql('postgres', 'CREATE TABLE sums AS ' . sprintf $sql, 'pinterest'); new_requests() };
	is_deeply([ keys %granularities ], [$granularity], "sums, $form: granularity");
	is($node->safe_psql('postgres', "SELECT (SELECT count(*) FROM (TABLE sums EXCEPT ALL " . sprintf($sql, 'truth') . ") AS x), (SELECT count(*) FROM (" .
		  sprintf($sql, 'truth') . " EXCEPT ALL TABLE sums) AS y); DROP TABLE sums"), '0|0', "sums, $form: sums");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
