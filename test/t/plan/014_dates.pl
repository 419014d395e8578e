# Copyright (c) 2026, pinterest_fdw contributors

# Dates: which days are asked for, in UTC, and what becomes of days that the
# API no longer has.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 950;
daily_campaign($node, $account, 91);
my $tomorrow = utc_today(1);
my $earliest = $day[914];
my $columns = truth_table($node, 'campaigns_analytics', start => $day[914], end => $day[0],
	columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION');
sim_config(report_polls => 0);
truth_table($node, 'user_account_analytics', start => $day[90], end => $day[0]);
truth_table($node, 'pins_analytics', start => $day[90], end => $day[0], include_protected_pins => 'true');

# Runs a query; returns its warnings and the requests for analytics, orders of
# reports among them.
sub run
{
	my ($sql) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my ($code, undef, $stderr) = $node->psql('postgres', $sql, on_error_die => 1);

	return ([ grep { /WARNING/ } split /\n/, $stderr ],
		grep { $_->{path} =~ /analytics$/ || $_->{method} eq 'POST' }
		  @{ decode_json(sim_get("requests?since=$since"))->{requests} });
}

# The days that a request asks for: "first to last", or "report of first to last".
sub days_of
{
	my ($request) = @_;
	my $body = $request->{body};

	return "report of $body->{start_date} to $body->{end_date}" if $request->{method} eq 'POST';
	return "$request->{query}{start_date}[0] to $request->{query}{end_date}[0]";
}

# The reports of the days from one that long ago to another, 186 in each.
sub reports_of
{
	my ($first, $last) = @_;
	my @reports;

	for (my $day = $first; $day >= $last; $day -= 186)
	{
		push @reports, "report of $day[$day] to $day[$day - 185 > $last ? $day - 185 : $last]";
	}
	return @reports;
}

# The days that a condition asks for, in the words of days_of(), several in a
# list; undef for no request.  The rows are those of truth, of the days asked
# for where no condition says.
sub days_ok
{
	my ($where, $days, %args) = @_;
	my $stream = $args{stream} // 'campaigns_analytics';
	my $list = $args{columns} // ($stream eq 'campaigns_analytics' ? $columns : 'date, data_status, impression');
	my $name = $args{name} // $where;
	my $set = $args{set} // '';
	my ($warnings, @requests) = run(<<SQL);
$set DROP TABLE IF EXISTS got;
CREATE TABLE got AS SELECT $list FROM pinterest.$stream WHERE $where;
SQL
	my %seen = map { (days_of($_), 1) } @requests;
	my @days = ref $days ? @$days : $days // ();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ sort keys %seen ], [ sort @days ], "$name: days");
	is(scalar @$warnings, $args{warnings} // 0, "$name: warnings");
	my $asked = join(' OR ', map { /(\S+) to (\S+)/; "date BETWEEN '$1' AND '$2'" } @days) || 'false';
	is($node->safe_psql('postgres', <<SQL), '0|0', "$name: rows");
$set CREATE TEMP TABLE r AS SELECT $list FROM truth.$stream WHERE ($where) AND ($asked);
SELECT (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE r) AS x), (SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE got) AS y);
SQL
	return @$warnings;
}

# ---- bounds ----

$node->safe_psql('postgres', "ALTER DATABASE postgres SET TimeZone = 'UTC'");
days_ok('true', "$day[29] to $day[0]", name => 'the last 30 days by default');
days_ok("date >= '$day[7]'", "$day[7] to $day[0]");
days_ok("date > '$day[7]'", "$day[6] to $day[0]");
days_ok("date <= '$day[3]'", "$day[32] to $day[3]", name => 'only an upper bound: 30 days up to it');
days_ok("date < '$day[3]'", "$day[33] to $day[4]", name => 'only an upper bound, without it');
days_ok("date = '$day[5]'", "$day[5] to $day[5]");
days_ok("'$day[9]' <= date AND '$day[5]' > date", "$day[9] to $day[6]", name => 'the column on the right');
days_ok("date BETWEEN '$day[20]' AND '$day[10]'", "$day[20] to $day[10]");
days_ok("date IN ('$day[5]', '$day[9]', '$day[7]')", "$day[9] to $day[5]", name => 'a list of days');
days_ok("date = ANY (ARRAY['$day[5]', NULL, '$day[6]']::date[])", "$day[6] to $day[5]", name => 'an array of days');
days_ok('date >= current_date - 7', "$day[7] to $day[0]");
days_ok("date >= current_date - interval '1 week' AND date < current_date", "$day[7] to $day[1]");
days_ok("date >= (SELECT max(t.date) - 2 FROM truth.user_account_analytics AS t)", "$day[2] to $day[0]", name => 'a sub-select');
days_ok("date >= '$day[9]' AND date >= '$day[4]' AND date <= '$day[2]'", "$day[4] to $day[2]", name => 'the narrowest bounds');
days_ok("date >= '$day[7]'::timestamp", "$day[7] to $day[0]");
days_ok("date > '$day[7] 12:00'::timestamptz", "$day[6] to $day[0]");
days_ok("date < '$day[7] 12:00'::timestamptz AND date > '$day[9]'", "$day[8] to $day[7]");
days_ok("date >= now() - interval '7 days'", "$day[6] to $day[0]", name => 'the last 7 days from now');
days_ok("date >= '$day[10]' AND date <> '$day[4]'", "$day[10] to $day[0]");
days_ok("date >= '-infinity' AND date > '$day[2]'", "$day[1] to $day[0]");
days_ok("date < 'infinity' AND date > '$day[2]'", "$day[1] to $day[0]");
days_ok("date > '$day[8]' AND date < '$tomorrow'::date + 100", "$day[7] to $day[0]", name => 'an upper bound in the future');
days_ok("date >= '$day[90]'", "$day[90] to $day[0]", name => 'all days that a request can ask for');
days_ok("date <= '$day[61]'", "$day[90] to $day[61]", name => 'only an upper bound, 30 days that a request can ask for');

# ---- further back than a request can ask for: in reports ----

days_ok("date >= '$day[91]'", [ "report of $day[91] to $day[91]", "$day[90] to $day[0]" ], name => 'a day more than requests have');
days_ok("date <= '$day[70]'", [ "report of $day[99] to $day[91]", "$day[90] to $day[70]" ],
	name => 'only an upper bound: 30 days, some of them in a report');
days_ok("date BETWEEN '$day[120]' AND '$day[91]'", "report of $day[120] to $day[91]", name => 'a report alone');
days_ok("date = '$day[276]'", "report of $day[276] to $day[276]", name => 'a day of a report');
days_ok("date BETWEEN '$day[276]' AND '$day[91]'", "report of $day[276] to $day[91]", name => '186 days are one report');
days_ok("date BETWEEN '$day[277]' AND '$day[91]'", [ reports_of(277, 91) ], name => '187 days are two');
days_ok("date >= '$day[914]'", [ reports_of(914, 91), "$day[90] to $day[0]" ], name => 'all 914 days');
days_ok("date <= '$day[900]'", "report of $day[914] to $day[900]", name => 'only an upper bound, near the end of the reach');

# They take time, which a query says at once; one that needs none does not.
for my $case ([ 91, "days from $day[276] to $day[91] come in reports" ], [ 90, "days from $day[276] to $day[91] come in reports" ], [ 0, undef ])
{
	my ($last, $said) = @$case;
	my $first = defined $said ? 276 : 90;
	my (undef, undef, $stderr) = $node->psql('postgres',
		"SELECT count(total_impression) FROM pinterest.campaigns_analytics WHERE date BETWEEN '$day[$first]' AND '$day[$last]'");
	my @notices = $stderr =~ /NOTICE:\s+(.*)/g;

	is(scalar @notices, defined $said ? 1 : 0, "days $first to $last: notices");
	like($notices[0], qr/campaigns_analytics.*$said/, "days $first to $last: which days") if defined $said;
}

# ---- nothing to ask ----

days_ok($_, undef)
  for "date > '$day[0]'", "date = '$tomorrow'", "date >= '$day[4]' AND date < '$day[4]'",
  "date > '$day[4]' AND date < '$day[3]'", "date = '$day[4]' AND date = '$day[5]'", 'date >= NULL',
  "date IN ('$day[4]') AND date >= '$day[3]'", "date = ANY ('{}'::date[])", "date = ANY ('{NULL}'::date[])",
  "date = 'infinity'", "date > 'infinity'", "date < '-infinity'", "date >= (SELECT NULL::date)";

# ---- further back than the API keeps ----

my @said = days_ok("date >= '$day[930]'", [ reports_of(914, 91), "$day[90] to $day[0]" ], name => 'beyond the reach', warnings => 1);
like($said[0], qr/campaigns_analytics.*$earliest/, 'the warning names the first day served');
days_ok("date BETWEEN '$day[915]' AND '$day[880]'", "report of $day[914] to $day[880]", name => 'a day beyond', warnings => 1);
@said = days_ok("date BETWEEN '$day[930]' AND '$day[920]'", undef, name => 'all of it beyond', warnings => 1);
like($said[0], qr/campaigns_analytics.*$earliest/, 'that warning names the first day there is');
days_ok("date = '$day[925]'", undef, name => 'one day, beyond', warnings => 1);
days_ok("date <= '$day[895]' AND date > '-infinity'", "report of $day[914] to $day[895]",
	name => 'all days up to one', warnings => 1);

# Organic streams have no reports.
@said = days_ok("date >= '$day[100]'", "$day[90] to $day[0]", stream => $_, name => "$_: beyond the reach", warnings => 1)
  for 'user_account_analytics';
like($said[0], qr/user_account_analytics.*$day[90]/, 'it names the stream');
days_ok("date BETWEEN '$day[91]' AND '$day[80]'", "$day[90] to $day[80]", stream => 'user_account_analytics',
	name => 'user_account_analytics: a day beyond', warnings => 1);
@said = days_ok("date BETWEEN '$day[120]' AND '$day[100]'", undef, stream => 'user_account_analytics',
	name => 'user_account_analytics: all of it beyond', warnings => 1);
like($said[0], qr/user_account_analytics.*$day[90]/, 'that warning names the first day there is, too');
days_ok("date <= '$day[70]'", "$day[90] to $day[70]", stream => 'user_account_analytics',
	name => 'user_account_analytics: only an upper bound, near the end of the reach');
days_ok("date >= '$day[100]'", "$day[90] to $day[0]", stream => 'pins_analytics', columns => 'pin_id, date, impression',
	name => 'pins_analytics: one warning for all Pins', warnings => 1);

# One warning per scan, however often it is started; and the first start that
# reaches too far says so.
for my $case (
	[ 'campaigns_analytics', 'spend_in_micro_dollar', " AND a.ad_account_id = '$account'", 900, 915, 916, 917 ],
	[ 'user_account_analytics', 'impression', '', 80, 100, 101, 102 ])
{
	my ($stream, $metric, $of_account, $within, @beyond) = @$case;

	for my $rescans ([ 'each rescan', @beyond ], [ 'a later rescan', 3, 5, @beyond[ 0, 1 ] ])
	{
		my ($name, @ago) = @$rescans;
		my $ago = join ', ', @ago;
		my ($warnings, @requests) = run(<<SQL);
SELECT o.n, l.s FROM unnest(ARRAY[$ago]) AS o(n), LATERAL (SELECT sum(a.$metric) AS s
	FROM pinterest.$stream AS a WHERE a.date BETWEEN date '$day[0]' - o.n AND date '$day[0]' - least(o.n, $within)$of_account) AS l
SQL
		is(scalar @$warnings, 1, "$stream: $name reaches too far: one warning");
		is(scalar @requests, scalar @ago, "$stream: $name reaches too far: all are served");
	}
}

# A scan that finds nothing at first warns none the less of what it reads later.
my ($warnings) = run(<<SQL);
SELECT o.n, l.s FROM unnest(ARRAY[120, 100]) AS o(n), LATERAL (SELECT sum(a.impression) AS s
	FROM pinterest.user_account_analytics AS a WHERE a.date BETWEEN date '$day[0]' - o.n AND date '$day[0]' - o.n + 20) AS l
SQL
is(scalar @$warnings, 1, 'nothing in reach at first: one warning');

# EXPLAIN asks for nothing, so it has nothing to warn of.
($warnings) = run("EXPLAIN SELECT * FROM pinterest.campaigns_analytics WHERE date >= '$day[930]'");
is_deeply($warnings, [], 'EXPLAIN does not warn');

# ---- option start_date ----

$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD start_date '$day[50]')");
days_ok('true', "$day[50] to $day[0]", name => 'start_date of the server');
days_ok("date <= '$day[10]'", "$day[50] to $day[10]", name => 'start_date and an upper bound');
days_ok("date >= '$day[60]'", "$day[60] to $day[0]", name => 'a condition goes before start_date');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD start_date '$day[3]')");
days_ok('true', "$day[3] to $day[0]", name => 'start_date of the table');
$node->safe_psql('postgres', <<SQL);
ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (SET start_date '2001-02-03');
ALTER SERVER pinterest OPTIONS (DROP start_date);
SQL
days_ok('true', [ reports_of(914, 91), "$day[90] to $day[0]" ], name => 'a start_date beyond the reach is all there is', warnings => 1);
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (DROP start_date)');

# ---- both ends of the world ----

for my $zone ('Pacific/Kiritimati', 'Etc/GMT+12', 'America/St_Johns')
{
	my %in = (set => "SET TimeZone = '$zone';");

	days_ok('true', "$day[29] to $day[0]", %in, name => "$zone: by default, UTC's last 30 days");
	days_ok("date BETWEEN '$day[9]' AND '$day[2]'", "$day[9] to $day[2]", %in, name => "$zone: literals");
	days_ok("date = '$day[0]'", "$day[0] to $day[0]", %in, name => "$zone: UTC's today");
	days_ok("date > '$day[0]'", undef, %in, name => "$zone: UTC's tomorrow");
	days_ok("date >= '$day[5]'::timestamp", "$day[5] to $day[0]", %in, name => "$zone: timestamps");
	for my $stream ('user_account_analytics')
	{
		days_ok("date >= '$day[9]'", "$day[9] to $day[0]", %in, stream => $stream, name => "$zone: $stream");
	}
	my ($zone_warnings, @requests) = run(
		"SET TimeZone = '$zone'; SELECT * FROM pinterest.campaigns_analytics WHERE date >= '$day[8] 12:00Z'::timestamptz AND date < '$day[4] 12:00Z'");
	cmp_ok(scalar @requests, '==', 1, "$zone: moments");
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS got');
	my $moments = "date >= '$day[8] 12:00Z'::timestamptz AND date < '$day[4] 12:00Z'::timestamptz";
	my $result = $node->safe_psql('postgres', <<SQL);
SET TimeZone = '$zone';
CREATE TEMP TABLE l AS SELECT $columns FROM pinterest.campaigns_analytics WHERE $moments;
CREATE TEMP TABLE r AS SELECT $columns FROM truth.campaigns_analytics WHERE $moments;
SELECT (SELECT count(*) > 0 FROM l), (SELECT count(*) FROM (TABLE l EXCEPT ALL TABLE r) AS x), (SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE l) AS y);
SQL
	is($result, 't|0|0', "$zone: moments compare as in PostgreSQL");
}

# ---- other periods ----

for my $period (qw(HOUR WEEK MONTH TOTAL))
{
	my $date = $period eq 'TOTAL' ? '' : 'date date, ';

	$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE by_$period (ad_account_id text, campaign_id text, date date, spend_in_micro_dollar bigint, total_impression bigint)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics', granularity '$period');
SQL
}

sub period_ok
{
	my ($period, $where, $name, %truth) = @_;
	my $list = $period eq 'TOTAL' ? 'campaign_id, spend_in_micro_dollar, total_impression' :
		'campaign_id, date, spend_in_micro_dollar, total_impression';
	my ($said, @requests) = run("DROP TABLE IF EXISTS got; CREATE TABLE got AS SELECT $list FROM by_$period WHERE $where");
	my $of_truth = $period eq 'TOTAL' ? 'true' : $where;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	truth_table($node, 'campaigns_analytics', name => 'periods', foreign => "by_$period",
		columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION', granularity => $period, %truth);
	my %granularities = map { ($_->{method} eq 'POST' ? $_->{body}{granularity} : $_->{query}{granularity}[0], 1) } @requests;
	is_deeply([ keys %granularities ], [$period], "$name: granularity");
	same_rows_ok($node, 'TABLE got', "SELECT $list FROM truth.periods WHERE $of_truth", "$name: rows");
	is(scalar @$said, 0, "$name: no warning");
	return map { days_of($_) } @requests;
}
my ($monday, $first_of_month) = rows($node,
	"SELECT unnest(ARRAY[date_trunc('week', date '$day[29]')::date, date_trunc('month', date '$day[29]')::date])");
is_deeply([ period_ok('WEEK', 'true', 'weeks', start => $monday, end => $day[0]) ], ["$monday to $day[0]"],
	'weeks: whole ones');
is_deeply([ period_ok('MONTH', 'true', 'months', start => $first_of_month, end => $day[0]) ],
	["$first_of_month to $day[0]"], 'months: whole ones');
is_deeply([ period_ok('TOTAL', 'true', 'total', start => $day[29], end => $day[0]) ], ["$day[29] to $day[0]"],
	'total: of the last 30 days');
is_deeply([ period_ok('TOTAL', "date BETWEEN '$day[12]' AND '$day[5]'", 'total of days', start => $day[12], end => $day[5]) ],
	["$day[12] to $day[5]"], 'total: the days are those of the condition');
for my $case ([ 'WEEK', 'week', 'weeks' ], [ 'MONTH', 'month', 'months' ])
{
	my ($period, $unit, $name) = @$case;
	my ($first, $split) = rows($node, <<SQL);
SELECT (date_trunc('$unit', date - 1) + interval '1 $unit')::date FROM unnest(ARRAY['$day[150]', '$day[90]']::date[]) AS date
SQL
	my ($before) = rows($node, "SELECT date '$split' - 1");
	is_deeply([ sort(period_ok($period, "date >= '$day[150]'", "$name in reports", start => $first, end => $day[0])) ],
		[ "$split to $day[0]", "report of $first to $before" ], "$name in reports: none is cut in two");
}
is_deeply([ period_ok('TOTAL', "date >= '$day[120]'", 'total of a report', start => $day[120], end => $day[0]) ],
	["report of $day[120] to $day[0]"], 'total of a report: of one, which has all days');
is_deeply([ sort(period_ok('HOUR', 'true', 'hours', start => $day[8], end => $day[0])) ],
	[ "$day[8] to $day[5]", "$day[4] to $day[1]", "$day[0] to $day[0]" ], 'hours: of the days there are, 4 a request');
is_deeply([ period_ok('HOUR', "date = '$day[6]'", 'hours of a day', start => $day[8], end => $day[0]) ],
	["$day[6] to $day[6]"], 'hours: of a day');
my ($next_monday, $sunday) = rows($node, <<SQL);
SELECT unnest(ARRAY[date_trunc('week', date '$day[25]' + 6)::date, least(date_trunc('week', date '$day[10]')::date + 6, date '$day[0]')])
SQL
is_deeply([ period_ok('WEEK', "date BETWEEN '$day[25]' AND '$day[10]'", 'weeks of a range', start => $next_monday, end => $day[0]) ],
	["$next_monday to $sunday"], 'weeks: those that begin in the range, to their ends');
($warnings) = run("SELECT * FROM by_HOUR WHERE date >= '$day[20]'");
is(scalar @$warnings, 1, 'hours: beyond their reach, one warning');
like($warnings->[0], qr/$day[8]/, 'hours: it names the first day served');
($warnings) = run("SELECT granularity FROM pinterest.campaigns_analytics WHERE date >= '$day[20]' AND granularity IN ('HOUR', 'DAY')");
is(scalar @$warnings, 1, 'hours and days: one warning');
like($warnings->[0], qr/$day[8]/, 'hours and days: it names the first day of those that are cut');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
