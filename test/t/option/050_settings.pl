# Copyright (c) 2026, pinterest_fdw contributors

# Settings as columns: each row carries what it was asked for with, WHERE
# chooses the values, one pass each, and options and the API's defaults count
# where it does not.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($since, $today) = (utc_today(-5), utc_today());
my @names = qw(granularity click_window_days engagement_window_days view_window_days conversion_report_time);
my $metrics = 'spend_in_micro_dollar, total_conversions, checkout_roas';
my $key = 'ad_account_id, campaign_id, date';
my $in = "ad_account_id = '$account' AND date >= '$since'";
my $all = join ', ', @names;

# The truth for the windows that are asked for here, with the settings as
# columns: a table truth.windows of all of them.
my @windows = ([ 7, 30, 1, 'TIME_OF_AD_ACTION' ], [ 30, 30, 1, 'TIME_OF_AD_ACTION' ], [ 14, 30, 1, 'TIME_OF_AD_ACTION' ],
	[ 0, 30, 1, 'TIME_OF_AD_ACTION' ], [ 7, 30, 7, 'TIME_OF_AD_ACTION' ], [ 30, 30, 7, 'TIME_OF_AD_ACTION' ],
	[ 30, 0, 1, 'TIME_OF_AD_ACTION' ], [ 30, 30, 1, 'TIME_OF_CONVERSION' ]);
for my $n (0 .. $#windows)
{
	my ($click, $engagement, $view, $time) = @{ $windows[$n] };

	truth_table($node, 'campaigns_analytics', name => "window_$n", start => $since, end => $today,
		columns => uc($metrics =~ s/ //gr), click_window_days => $click, engagement_window_days => $engagement,
		view_window_days => $view, conversion_report_time => $time);
}
$node->safe_psql('postgres', 'CREATE VIEW truth.windows AS ' . join ' UNION ALL ', map {
	my ($click, $engagement, $view, $time) = @{ $windows[$_] };
	"SELECT $key, $metrics, text 'DAY' AS granularity, bigint '$click' AS click_window_days,
		bigint '$engagement' AS engagement_window_days, bigint '$view' AS view_window_days,
		text '$time' AS conversion_report_time FROM truth.window_$_"
} 0 .. $#windows);
is($node->safe_psql('postgres', 'SELECT count(DISTINCT t) > 1 FROM (SELECT sum(total_conversions) AS t FROM truth.windows GROUP BY '
			. join(', ', @names) . ') s'), 't', 'windows differ in what they count');

# What some requests for analytics sent of the settings, one text each: "DAY 7"
# for granularity DAY and a click window of 7 days.
sub passes
{
	return [ sort map {
		my $request = $_;
		join ' ', map { values_of($request, $_) } @names
	} grep { $_->{path} =~ m{/campaigns/analytics$} } @_ ];
}

# A condition asks for these passes, and its rows are those of truth in the
# defaults of the other settings.
sub setting_ok
{
	my ($where, $passes, $name, %args) = @_;
	my $columns = $args{columns} // "$key, $all, $metrics";
	my $defaults = $args{defaults} // default_of($where);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(passes(requests_during($node, "SELECT $columns FROM pinterest.campaigns_analytics WHERE $in AND $where")),
		[ sort @$passes ], "$name: passes");
	return same_rows_ok($node, "SELECT $columns FROM pinterest.campaigns_analytics WHERE $in AND $where",
		"SELECT $columns FROM truth.windows WHERE ($where) AND $defaults", "$name: rows");
}

# The API's defaults for the settings that a condition does not name.
sub default_of
{
	my ($where) = @_;
	my %default = (click_window_days => 30, engagement_window_days => 30, view_window_days => 1,
		conversion_report_time => "'TIME_OF_AD_ACTION'");

	return join ' AND ', 'true', map { "$_ = $default{$_}" } grep { $where !~ /$_/ } sort keys %default;
}

# ---- what is sent ----

setting_ok('true', ['DAY 30 30 1 TIME_OF_AD_ACTION'], 'all settings read: all are sent');
setting_ok('true', ['DAY'], 'none read: the defaults are left to the API', columns => "$key, $metrics");
setting_ok('true', ['DAY'], 'granularity alone is always sent', columns => "$key, granularity, $metrics");
setting_ok('true', ['DAY 30'], 'one read: that one is sent', columns => "$key, click_window_days, $metrics");
setting_ok('true', ['DAY TIME_OF_AD_ACTION'], 'another read', columns => "$key, conversion_report_time, $metrics");
is_deeply(passes(requests_during($node, "SELECT a FROM pinterest.campaigns_analytics a WHERE $in")),
	['DAY 30 30 1 TIME_OF_AD_ACTION'], 'a whole row reads all');
is_deeply(passes(requests_during($node, "SELECT count(*) FROM pinterest.campaigns_analytics WHERE $in")),
	['DAY'], 'count(*) reads none');

# ---- conditions ----

my %plain = (columns => "$key, $metrics, click_window_days");
setting_ok('click_window_days = 7', ['DAY 7'], '=', %plain);
setting_ok('7 = click_window_days', ['DAY 7'], '=, the column on the right', %plain);
setting_ok('click_window_days = 0', ['DAY 0'], '0 is a window', %plain);
setting_ok('click_window_days IN (7, 30)', [ 'DAY 7', 'DAY 30' ], 'IN: one pass each', %plain);
setting_ok('click_window_days IN (7, 30, 7, NULL)', [ 'DAY 7', 'DAY 30' ], 'a value twice is asked for once', %plain);
setting_ok("click_window_days = ANY ('{7,14}')", [ 'DAY 7', 'DAY 14' ], 'an array', %plain);
setting_ok('click_window_days IN (7, 14, 30) AND click_window_days IN (30, 0, 14)', [ 'DAY 14', 'DAY 30' ],
	'two conditions: what both allow', %plain);
setting_ok('click_window_days = (SELECT 7)', ['DAY 7'], 'a sub-select', %plain);
setting_ok('click_window_days = ANY (ARRAY(SELECT 7 UNION SELECT 0))', [ 'DAY 7', 'DAY 0' ], 'an array of a sub-select', %plain);
setting_ok("click_window_days = current_setting('server_version_num')::int * 0 + 7", ['DAY 7'], 'an expression', %plain);
setting_ok('click_window_days IN (7, 30) AND view_window_days IN (1, 7)',
	[ 'DAY 7 1', 'DAY 7 7', 'DAY 30 1', 'DAY 30 7' ], 'two settings: all combinations', columns => "$key, $metrics, view_window_days, click_window_days");
setting_ok('engagement_window_days = 0', ['DAY 0'], 'the window of engagements', columns => "$key, $metrics, engagement_window_days");
setting_ok("conversion_report_time IN ('TIME_OF_CONVERSION', 'TIME_OF_AD_ACTION')",
	[ 'DAY TIME_OF_AD_ACTION', 'DAY TIME_OF_CONVERSION' ], 'the time that conversions count at', columns => "$key, $metrics, conversion_report_time");
setting_ok('click_window_days = 7', ['DAY 7'], 'a setting in WHERE alone', columns => "$key, $metrics");

# Conditions that the API cannot be told leave out no value that they allow.
for my $where ('(click_window_days = 7 OR click_window_days = 30)', 'click_window_days BETWEEN 7 AND 14', 'click_window_days + 0 = 7')
{
	same_rows_ok($node, "SELECT $key, $metrics, click_window_days FROM pinterest.campaigns_analytics WHERE $in AND $where",
		"SELECT $key, $metrics, click_window_days FROM truth.windows WHERE $where AND " . default_of($where), $where);
}

# Several windows in one query, side by side.
same_rows_ok($node, <<SQL, <<TRUTH, 'two windows compared');
SELECT campaign_id, date, a.total_conversions AS of_7, b.total_conversions AS of_30
FROM pinterest.campaigns_analytics AS a JOIN pinterest.campaigns_analytics AS b USING (ad_account_id, campaign_id, date)
WHERE a.click_window_days = 7 AND b.click_window_days = 30 AND a.ad_account_id = '$account' AND date >= '$since' AND b.date >= '$since'
SQL
SELECT campaign_id, date, a.total_conversions AS of_7, b.total_conversions AS of_30
FROM truth.window_0 AS a JOIN truth.window_1 AS b USING (ad_account_id, campaign_id, date)
TRUTH
same_rows_ok($node, <<SQL, <<TRUTH, 'two windows in columns of one scan');
SELECT campaign_id, sum(total_conversions) FILTER (WHERE click_window_days = 7) AS of_7,
	sum(total_conversions) FILTER (WHERE click_window_days = 30) AS of_30
FROM pinterest.campaigns_analytics WHERE $in AND click_window_days IN (7, 30) GROUP BY 1
SQL
SELECT campaign_id, sum(a.total_conversions) AS of_7, sum(b.total_conversions) AS of_30
FROM truth.window_0 AS a JOIN truth.window_1 AS b USING (ad_account_id, campaign_id, date) GROUP BY 1
TRUTH
same_rows_ok($node, "SELECT count(*) AS n, count(DISTINCT (campaign_id, date, click_window_days)) AS keys
		FROM pinterest.campaigns_analytics WHERE $in AND click_window_days IN (7, 30)",
	'SELECT 2 * count(*) AS n, 2 * count(*) AS keys FROM truth.window_0',
	'the setting tells the rows of two passes apart');

# ---- what cannot be ----

for my $case ([ 'click_window_days = 8', '8' ], [ 'click_window_days = -1', '-1' ], [ 'click_window_days IN (7, 8)', '8' ],
	[ 'view_window_days = 2', '2' ], [ 'engagement_window_days = 61', '61' ], [ "granularity = 'day'", 'day' ],
	[ "granularity = ' DAY'", ' DAY' ], [ "granularity = ''", '' ], [ "granularity IN ('DAY', 'YEAR')", 'YEAR' ],
	[ "conversion_report_time = 'time_of_conversion'", 'time_of_conversion' ], [ 'click_window_days = (SELECT 9)', '9' ])
{
	my ($where, $value) = @$case;
	my ($column) = $where =~ /^(\w+)/;

	sim_reset();
	my $error = error_of($node, "SELECT $key, $metrics FROM pinterest.campaigns_analytics WHERE $in AND $where");
	like($error, qr/ERROR:  22023: column "$column" of stream "campaigns_analytics" cannot be "\Q$value\E"/, "$where: an error");
	like($error, qr/DETAIL:  The API knows .*(DAY|7|TIME_OF_CONVERSION)/, "$where: it tells what can be");
	is(scalar(my @sent = sim_requests()), 0, "$where: before any request");
}
like(error_of($node, "SELECT FROM pinterest.campaigns_analytics WHERE granularity = 'day'"), qr/HINT:  .*'DAY'/, 'letters of the wrong case have a hint');

for my $where ('click_window_days = 7 AND click_window_days = 30', 'click_window_days = NULL', "click_window_days = ANY ('{}')",
	"click_window_days = ANY ('{NULL}')", 'click_window_days = (SELECT 7 WHERE false)')
{
	is(scalar(my @sent = requests_during($node, "SELECT $metrics FROM pinterest.campaigns_analytics WHERE $in AND $where")), 0,
		"$where: nothing to ask for");
}

# ---- parameters ----

for my $mode (qw(force_generic_plan force_custom_plan))
{
	my @got = rows($node, <<SQL);
SET plan_cache_mode = $mode;
PREPARE one(bigint) AS SELECT DISTINCT click_window_days FROM pinterest.campaigns_analytics WHERE $in AND click_window_days = \$1;
PREPARE many(bigint[], text) AS SELECT DISTINCT click_window_days, conversion_report_time FROM pinterest.campaigns_analytics
	WHERE $in AND click_window_days = ANY (\$1) AND conversion_report_time = \$2 ORDER BY 1;
EXECUTE one(7);
EXECUTE one(60);
EXECUTE one(NULL);
EXECUTE many('{30,7}', 'TIME_OF_CONVERSION');
SQL
	is_deeply(\@got, [ 7, 60, '7|TIME_OF_CONVERSION', '30|TIME_OF_CONVERSION' ], "$mode: parameters");
	like(error_of($node, "SET plan_cache_mode = $mode; PREPARE one(bigint) AS SELECT FROM pinterest.campaigns_analytics
			WHERE click_window_days = \$1; EXECUTE one(7); EXECUTE one(70)"),
		qr/ERROR:  22023: .*cannot be "70"/, "$mode: a parameter that cannot be");
}
is_deeply(passes(requests_during($node, <<SQL)), [ map { "TOTAL $_" } 0, 14, 7 ], 'in a function, and for each row of another table');
CREATE FUNCTION conversions(days bigint) RETURNS numeric LANGUAGE plpgsql AS \$\$ BEGIN
	RETURN (SELECT sum(total_conversions) FROM pinterest.campaigns_analytics WHERE $in AND click_window_days = days);
END \$\$;
SELECT conversions(7);
SELECT w, (SELECT sum(total_conversions) FROM pinterest.campaigns_analytics WHERE $in AND click_window_days = w) FROM (VALUES (14), (0)) v(w);
SQL

# ---- joins ----

# The rows of a join are those of truth, however it is planned.
$node->safe_psql('postgres', <<SQL);
CREATE TABLE choice (days bigint);
INSERT INTO choice VALUES (7), (0);
CREATE TABLE choice_and_more AS VALUES (bigint '7'), (9);
ALTER TABLE choice_and_more RENAME column1 TO days;
ANALYZE choice, choice_and_more;
CREATE VIEW truth.clicks AS SELECT * FROM truth.windows WHERE @{[ default_of('click_window_days') ]};
SQL
my $some = 'a.click_window_days, a.campaign_id, a.date, a.total_conversions';
my @joins = (
	[ 'a join', "SELECT c.days, $some FROM choice AS c JOIN TABLE AS a ON a.click_window_days = c.days WHERE IN" ],
	[ 'the other way round', "SELECT $some FROM TABLE AS a JOIN choice AS c ON c.days = a.click_window_days AND c.days > 0 WHERE IN" ],
	[ 'an outer join', "SELECT c.days, $some FROM choice AS c LEFT JOIN TABLE AS a ON a.click_window_days = c.days AND IN" ],
	[ 'IN', "SELECT $some FROM TABLE AS a WHERE a.click_window_days IN (SELECT days FROM choice) AND IN" ],
	[ 'EXISTS', "SELECT $some FROM TABLE AS a WHERE EXISTS (SELECT FROM choice AS c WHERE c.days = a.click_window_days) AND IN" ],
	[ 'LATERAL', "SELECT c.days, s.n FROM choice AS c, LATERAL (SELECT sum(a.total_conversions) AS n FROM TABLE AS a
			WHERE a.click_window_days = c.days AND IN) AS s" ],
	[ 'a condition besides', "SELECT $some FROM choice AS c JOIN TABLE AS a ON a.click_window_days = c.days WHERE a.click_window_days = 7 AND IN" ],
	[ 'a value that no window has', "SELECT $some FROM choice_and_more AS c JOIN TABLE AS a ON a.click_window_days = c.days WHERE IN" ],
);
my $session = sql_session($node);
for my $join (@joins)
{
	my ($name, $sql) = @$join;
	my $truth = outcome($session, $sql =~ s/TABLE AS/truth.clicks AS/r =~ s/\bIN$|\bIN(?=\) AS s)/true/r);
	my $query = $sql =~ s/TABLE AS/pinterest.campaigns_analytics AS/r =~ s/\bIN$|\bIN(?=\) AS s)/a.ad_account_id = '$account' AND a.date >= '$since'/r;

	for my $off ('', 'enable_nestloop', 'enable_hashjoin, enable_mergejoin', 'enable_nestloop, enable_hashjoin')
	{
		my @switches = split /, /, $off;

		$session->query_safe("SET $_ = off") for @switches;
		is_deeply(outcome($session, $query), $truth, "$name without " . ($off || 'a change'));
		$session->query_safe("RESET $_") for @switches;
	}
}
$session->quit;

# ---- options ----

my $one = "$key, $metrics, click_window_days";
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD click_window_days '14', ADD conversion_report_time 'time_of_ad_action')");
setting_ok('true', ['DAY 14 TIME_OF_AD_ACTION'], "the server's", columns => $one, defaults => default_of('click_window_days') . ' AND click_window_days = 14');
setting_ok('true', ['DAY 14 TIME_OF_AD_ACTION'], 'it is sent even where it is not read', columns => "$key, $metrics",
	defaults => default_of('click_window_days') . ' AND click_window_days = 14');
setting_ok('click_window_days = 0', ['DAY 0 TIME_OF_AD_ACTION'], 'a condition goes before it', columns => $one);
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD click_window_days '7')");
setting_ok('true', ['DAY 7 TIME_OF_AD_ACTION'], "the table's goes before the server's", columns => $one,
	defaults => default_of('click_window_days') . ' AND click_window_days = 7');
setting_ok('click_window_days IN (30, 14)', [ map { "DAY $_ TIME_OF_AD_ACTION" } 14, 30 ], 'a condition goes before both', columns => $one);
is_deeply([ rows($node, "SELECT DISTINCT click_window_days FROM pinterest.ad_account_analytics") ], [14], 'another table has the server\'s');

# What pg_dump writes makes the same server and table again.
my $dump = run_pg_dump($node);
like($dump, qr/click_window_days '14'/, 'pg_dump has the option of the server');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->safe_psql('copy', "$dump\nALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_simulator')");
is_deeply(passes(requests_during_in('copy', "SELECT $one FROM pinterest.campaigns_analytics WHERE $in")), ['DAY 7 TIME_OF_AD_ACTION'],
	'the copy has the settings, too');
$node->safe_psql('postgres', <<SQL);
ALTER SERVER pinterest OPTIONS (DROP click_window_days, DROP conversion_report_time);
ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (DROP click_window_days);
SQL
setting_ok('true', ['DAY 30'], 'without options, the API\'s default', columns => $one);

for my $case ([ "ALTER SERVER pinterest OPTIONS (ADD click_window_days '8')", qr/invalid value for option "click_window_days": "8"/ ],
	[ "ALTER SERVER pinterest OPTIONS (ADD granularity 'YEAR')", qr/invalid value for option "granularity": "YEAR"/ ],
	[ "ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD view_window_days '')", qr/invalid value for option "view_window_days": ""/ ],
	[ "ALTER FOREIGN TABLE pinterest.pins_analytics OPTIONS (ADD granularity 'WEEK')", qr/invalid value for option "granularity": "WEEK"/ ],
	[ "ALTER FOREIGN TABLE pinterest.campaigns OPTIONS (ADD granularity 'DAY')", qr/invalid option "granularity" for stream "campaigns"/ ])
{
	like(error_of($node, $case->[0]), $case->[1], "refused: $case->[0]");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();

sub run_pg_dump
{
	my ($from) = @_;
	my ($sql) = run_command([ 'pg_dump', '-s', '--exclude-schema=truth', '-d', $from->connstr('postgres') ]);

	return $sql;
}

sub requests_during_in
{
	my ($database, $sql) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;

	$node->safe_psql($database, $sql);
	return @{ decode_json(sim_get("requests?since=$since"))->{requests} };
}
