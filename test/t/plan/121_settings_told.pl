# Copyright (c) 2026, pinterest_fdw contributors

# Settings that have other values than a query may mean: conditions that PostgreSQL
# keeps from the scan, and conditions that read all values.  And a start_date that
# reaches further back than the API.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($since, $today) = (utc_today(-3), utc_today());
my $stream = 'campaigns_analytics';
my $table = "pinterest.$stream";
my $windows = '0, 1, 7, 14, 30, 60';

# Rows of all windows, as the simulator counts them.
for my $window (split /, /, $windows)
{
	truth_table($node, $stream, name => "window_$window", start => $since, end => $today,
		columns => 'TOTAL_CONVERSIONS', click_window_days => $window);
}
$node->safe_psql('postgres', 'CREATE VIEW truth.windows AS ' . join ' UNION ALL ',
	map { "SELECT campaign_id, date, bigint '$_' AS click_window_days, 'DAY' AS granularity, total_conversions FROM truth.window_$_" }
	  split /, /, $windows);

# What is said of a query, and the windows that were asked for.
sub run
{
	my ($sql) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my ($code, $rows, $stderr) = $node->psql('postgres', $sql);
	my %asked = map { ($_->{query}{click_window_days}[0] // '30', 1) }
	  grep { $_->{path} =~ /analytics$/ } @{ decode_json(sim_get("requests?since=$since"))->{requests} };

	die $stderr if $code;
	return ($rows, [ $stderr =~ /^.*?((?:NOTICE|WARNING):  .*)$/mg ], [ sort { $a <=> $b } keys %asked ]);
}

sub alone { return "NOTICE:  stream \"$stream\" is read for $_[0] alone"; }

# Runs a query in which T is the table; its rows are those of truth for the windows
# that are asked for.
sub told_ok
{
	my ($query, $said, $asked, $name) = @_;
	my ($rows, @got) = run($query =~ s/\bT\b/$table/gr);
	my $truth = $query =~ s/\bT\b/truth_asked/gr;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(\@got, [ $said, $asked ], "$name: said, and asked for");
	return is($rows, $node->safe_psql('postgres', "CREATE TEMP VIEW truth_asked AS SELECT * FROM truth.windows
		WHERE click_window_days IN (@{[ join ', ', @$asked ]}); $truth"), "$name: rows");
}

my $sums = 'SELECT count(*), sum(total_conversions)';
my $inner = "SELECT *, row_number() OVER (PARTITION BY campaign_id ORDER BY date) AS n FROM T WHERE date >= '$since'";

# ---- conditions that do not reach the scan ----

for my $case (
	[ 'above a window function', "$sums FROM ($inner) AS x WHERE click_window_days = 7" ],
	[ 'in a list', "$sums FROM ($inner) AS x WHERE click_window_days IN (7, 14)" ],
	[ 'above a materialized CTE', "WITH x AS MATERIALIZED (SELECT * FROM T WHERE date >= '$since') $sums FROM x WHERE click_window_days = 7" ],
	[ 'above a CTE of a CTE', "WITH x AS MATERIALIZED (SELECT * FROM T WHERE date >= '$since'),
		y AS MATERIALIZED (SELECT click_window_days AS w, total_conversions FROM x) $sums FROM y WHERE w = 7" ],
	[ 'of a level further up', "$sums FROM (SELECT * FROM ($inner) AS x WHERE n > 0) AS y WHERE click_window_days = 7" ],
	[ 'in a sub-select', "SELECT (SELECT count(*) FROM ($inner) AS x WHERE click_window_days = 7)" ],
	[ 'FILTER', "SELECT sum(total_conversions) FILTER (WHERE click_window_days = 7) FROM T WHERE date >= '$since'" ],
	[ 'CASE', "SELECT sum(CASE click_window_days WHEN 7 THEN total_conversions END) FROM T WHERE date >= '$since'" ],
	[ 'searched CASE', "SELECT sum(CASE WHEN click_window_days = 7 THEN total_conversions END) FROM T WHERE date >= '$since'" ])
{
	my ($name, $query) = @$case;

	told_ok($query, [ alone('click_window_days 30') ], [30], $name);
}
told_ok("$sums FROM ($inner) AS x WHERE click_window_days = 7 AND granularity = 'DAY'",
	[ alone('granularity DAY'), alone('click_window_days 30') ], [30], 'two settings');
my (undef, $said) = run("SELECT * FROM (SELECT *, row_number() OVER () FROM pinterest.ad_account_targeting_analytics
	WHERE date >= '$since' AND targeting_type = 'GENDER') AS x WHERE attribution_type = 'HOUSEHOLD'");
is_deeply($said, ['NOTICE:  stream "ad_account_targeting_analytics" is read for attribution_type null alone'], 'one without a default');

# ---- where nothing needs to be said ----

for my $case (
	[ 'no condition', "$sums FROM T WHERE date >= '$since'", 30 ],
	[ 'settings that are shown', "SELECT click_window_days, granularity, count(*) FROM T WHERE date >= '$since' GROUP BY 1, 2 ORDER BY 1, 2", 30 ],
	[ 'a condition that reaches the scan', "$sums FROM T WHERE date >= '$since' AND click_window_days = 7", 7 ],
	[ 'several values by name', "$sums FROM T WHERE date >= '$since' AND click_window_days IN (7, 30)", 7, 30 ],
	[ 'a condition that reaches it through a subquery', "$sums FROM (SELECT * FROM T WHERE date >= '$since' OFFSET 0) AS x, (SELECT 7 AS w) AS y
		WHERE total_conversions > 0", 30 ],
	[ 'a partition of the window', "$sums FROM (SELECT *, row_number() OVER (PARTITION BY click_window_days) FROM T WHERE date >= '$since') AS x
		WHERE click_window_days = 7", 7 ],
	[ 'a condition on both sides', "$sums FROM (SELECT *, row_number() OVER () AS n FROM T WHERE date >= '$since' AND click_window_days = 7) AS x
		WHERE click_window_days = 7", 7 ],
	[ 'a comparison of two columns', "$sums FROM (SELECT *, row_number() OVER () AS n FROM T WHERE date >= '$since') AS x WHERE click_window_days <> n", 30 ])
{
	my ($name, $query, @asked) = @$case;

	told_ok($query, [], \@asked, $name);
}
(undef, $said) = run("EXPLAIN $sums FROM (SELECT *, row_number() OVER () FROM $table WHERE date >= '$since') AS x WHERE click_window_days = 7");
is_deeply($said, [], 'EXPLAIN');
(undef, $said) = run("SELECT (SELECT count(*) FROM (SELECT *, row_number() OVER () FROM $table AS a WHERE a.date = g.day) AS x
	WHERE click_window_days = 7) FROM (VALUES (date '$since'), (date '$today')) AS g(day)");
is_deeply($said, [ alone('click_window_days 30') ], 'a scan that is started twice');

# ---- conditions that read all values ----

my $each = ["NOTICE:  stream \"$stream\" is read for each click_window_days: $windows"];
for my $where ('click_window_days > 7', 'click_window_days <> 7', '(click_window_days = 7 OR campaign_id IS NULL)',
	'click_window_days + 0 = 7', 'NOT click_window_days IN (7, 14)')
{
	told_ok("$sums FROM T WHERE date >= '$since' AND $where", $each, [ split /, /, $windows ], $where);
}
(undef, $said) = run("SELECT count(*) FROM $table WHERE date >= '$since' AND granularity <> 'DAY'");
is_deeply($said, ["NOTICE:  stream \"$stream\" is read for each granularity: TOTAL, DAY, HOUR, WEEK, MONTH"], q{granularity <> 'DAY'});

# ---- start_date ----

for my $case ([ 'user_account_analytics', 90 ], [ $stream, 914 ])
{
	my ($of, $days) = @$case;
	my $first = utc_today(-$days);

	$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.$of OPTIONS (ADD start_date '@{[ utc_today(-$days - 1) ]}')");
	(undef, $said) = run("SELECT count(*) FROM pinterest.$of");
	is_deeply([ grep { !/come in reports/ } @$said ], ["WARNING:  stream \"$of\" has no data before $first"], "$of: a start_date before the API's first day");
	(undef, $said) = run("SELECT count(*) FROM pinterest.$of WHERE date >= '$since'");
	is_deeply($said, [], "$of: with a condition it does not matter");
	$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.$of OPTIONS (SET start_date '$first')");
	(undef, $said) = run("SELECT count(*) FROM pinterest.$of");
	is_deeply([ grep { !/come in reports/ } @$said ], [], "$of: a start_date that is the API's first day");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
