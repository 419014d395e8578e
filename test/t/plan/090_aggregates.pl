# Copyright (c) 2026, pinterest_fdw contributors

# Sums of days that the API adds up: random queries with totals and without, and
# against the truth; which queries are answered so, and what is asked for them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $queries = 280;
my @seeds = (1, 2, 3, 4);

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 2, '--ads', 2, '--boards', 1, '--pins', 6);
my $node = pinterest_cluster(import => "OPTIONS (metrics 'all')");
my @day = map { utc_today(-$_) } 0 .. 120;

# The ids of each table; metrics that add up, and those that do not, or not in any
# order with the same result.
my %ids = (
	ad_account => ['ad_account_id'],
	campaigns => [ 'ad_account_id', 'campaign_id' ],
	ad_groups => [ 'ad_account_id', 'ad_group_id', 'campaign_id' ],
	ads => [ 'ad_account_id', 'ad_id', 'ad_group_id', 'campaign_id' ],
	product_groups => [ 'ad_account_id', 'product_group_id' ],
	ad_pins => [ 'ad_account_id', 'campaign_id', 'pin_id' ]);
my @additive = qw(spend_in_micro_dollar impression_1 total_impression clickthrough_2 total_clickthrough
  outbound_click_1 total_checkout_value_in_micro_dollar total_video_p100_complete);
my @other = qw(spend_in_dollar total_impression_user ctr total_web_sessions);

for my $level (sort keys %ids)
{
	my @known = $level eq 'ad_pins' ? @{ $ids{$level} } : ('ad_account_id', ($ids{$level}[1]) x ($level ne 'ad_account'));
	my %known = map { $_ => 1 } @known;
	my @columns = ((grep { !$known{$_} } @{ $ids{$level} }), @additive, @other);

	truth_table($node, "${level}_analytics", start => $day[100], end => $day[0], columns => uc join(',', @columns));
}
truth_table($node, 'campaigns');
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA stored;
CREATE TABLE stored.campaigns AS SELECT id, ad_account_id, name FROM truth.campaigns;
ANALYZE stored.campaigns;

-- whether EXPLAIN tells that totals are read
CREATE FUNCTION is_rewritten(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Aggregate: sum\(' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- the rows of a query that are missing, or too many, in comparison with other rows
CREATE FUNCTION differences(query text, others text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	count bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE %2$s) UNION ALL (TABLE %2$s EXCEPT ALL TABLE %1$s)) AS d', query, others)
		INTO count;
	RETURN count;
END $$;

-- a query with totals and without, and its rows by the truth (NULL: it knows none)
CREATE FUNCTION compared(query text, truth text, OUT rewritten boolean, OUT returned bigint, OUT daily bigint, OUT wrong bigint)
LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL pinterest_fdw.aggregate_pushdown = on;
	rewritten := is_rewritten(query);
	EXECUTE 'CREATE TEMP TABLE totals AS ' || query;
	SET LOCAL pinterest_fdw.aggregate_pushdown = off;
	EXECUTE 'CREATE TEMP TABLE days AS ' || query;
	SELECT count(*) INTO returned FROM totals;
	daily := differences('totals', 'days');
	IF truth IS NOT NULL THEN
		EXECUTE 'CREATE TEMP TABLE known AS ' || truth;
		wrong := differences('totals', 'known');
		DROP TABLE known;
	END IF;
	DROP TABLE totals, days;
END $$;
SQL

# ---- random queries ----

# Parts of queries: [SQL, whether totals can answer, whether the truth can].
my @dates = (
	[ "a.date >= '$day[20]'", 1, 1 ],
	[ "a.date BETWEEN '$day[40]' AND '$day[8]'", 1, 1 ],
	[ "a.date = '$day[3]'", 1, 1 ],
	[ "a.date < '$day[5]' AND a.date > '$day[60]'", 1, 1 ],
	[ "a.date >= '$day[50] 12:00'::timestamp AND a.date < '$day[2] 00:00'::timestamp", 1, 1 ],
	[ "a.date >= '$day[30] 03:00Z'::timestamptz", 1, 1 ],
	[ "a.date >= (SELECT date '$day[33]')", 1, 1 ],
	[ "a.date >= '$day[90]'", 1, 1 ],
	[ "a.date >= '$day[9]' AND a.date < '$day[12]'", 0, 1 ],
	[ "a.date IN ('$day[7]', '$day[4]')", 0, 1 ],
	[ "a.date >= '$day[20]' AND extract(dow FROM a.date) < 4", 0, 1 ],
	[ "a.date >= '$day[20]' AND a.date <> '$day[10]'", 0, 1 ],
	[ "(a.date <= '$day[15]' OR a.campaign_id IS NULL) AND a.date >= '$day[25]'", 0, 1, 'campaign_id' ],
	[ 'true', 1, 0 ]);
my @filters = (
	[ 'true', 1, 1 ], [ 'true', 1, 1 ], [ 'true', 1, 1 ],
	[ "a.ad_account_id = (SELECT min(ad_account_id) FROM stored.campaigns)", 1, 1 ],
	[ "a.ad_account_id <> (SELECT min(ad_account_id) FROM stored.campaigns)", 1, 1 ],
	[ "right(a.ad_account_id, 1) < '6'", 1, 1 ],
	[ 'a.campaign_id IN (SELECT id FROM stored.campaigns ORDER BY id LIMIT 5)', 1, 1, 'campaign_id' ],
	[ 'a.campaign_id = ANY (ARRAY(SELECT id FROM stored.campaigns ORDER BY id DESC LIMIT 4))', 1, 1, 'campaign_id' ],
	[ "a.campaign_id = '1'", 1, 1, 'campaign_id' ],
	[ "a.campaign_id LIKE '%3'", 1, 1, 'campaign_id' ],
	[ 'a.click_window_days = 7', 1, 0 ],
	[ 'a.view_window_days IN (0, 7)', 1, 0 ],
	[ "a.granularity = 'DAY'", 0, 0 ],
	[ 'a.granularity IS NOT NULL', 0, 0 ],
	[ 'a.impression_1 > 100', 0, 1 ],
	[ 'random() >= 0', 0, 1 ]);
my @sums = map { [ "sum(a.$_)", 1, 1 ] } @additive;
my @aggregates = (
	@sums, @sums, @sums,
	[ 'sum(a.impression_1) - sum(a.clickthrough_2)', 1, 1 ],
	[ 'round(sum(a.spend_in_micro_dollar) / nullif(sum(a.total_impression), 0), 3)', 1, 1 ],
	[ "sum(a.impression_1) FILTER (WHERE a.ad_account_id > '5')", 1, 1 ],
	[ "sum(a.impression_1) FILTER (WHERE a.date > '$day[10]')", 0, 1 ],
	[ 'sum(sum(a.impression_1)) OVER ()', 1, 1 ],
	[ 'sum(DISTINCT a.impression_1)', 0, 1 ],
	[ 'sum(a.impression_1 ORDER BY a.date)', 0, 1 ],
	[ 'sum(a.impression_1 + 1)', 0, 1 ],
	[ 'sum(a.impression_1::numeric)', 0, 1 ],
	[ 'round(sum(a.spend_in_dollar)::numeric, 4)', 0, 1 ],
	[ 'sum(a.total_impression_user)', 0, 1 ],
	[ 'sum(a.total_web_sessions)', 0, 1 ],
	[ 'round(avg(a.ctr)::numeric, 6)', 0, 1 ],
	[ 'count(*)', 0, 1 ],
	[ 'count(a.impression_1)', 0, 1 ],
	[ 'max(a.impression_1)', 0, 1 ],
	[ 'min(a.date)', 0, 1 ],
	[ 'bool_and(a.ad_account_id IS NOT NULL)', 0, 1 ]);
my @having = (
	([ 'true', 1, 1 ]) x 6,
	[ 'sum(a.total_impression) > 5000', 1, 1 ],
	[ 'sum(a.total_impression) IS NOT NULL', 1, 1 ],
	[ 'count(*) > 3', 0, 1 ]);

# One of a list, of those that need no column that the table lacks; seldom one
# that totals cannot answer, for a query has many parts.
sub pick
{
	my ($level, @parts) = @_;
	my %has = map { $_ => 1 } @{ $ids{$level} };

	@parts = grep { !defined $_->[3] || $has{ $_->[3] } } @parts;
	@parts = grep { $_->[1] } @parts if rand() < 0.85;
	return $parts[ rand @parts ];
}

# GROUP BY: some ids, in some way, and seldom what tells days apart.
sub grouping
{
	my ($level) = @_;
	my @by = map { "a.$_" } grep { rand() < 0.5 } @{ $ids{$level} };
	my $kind = rand;

	return ([ '', 1, 1 ]) if $kind < 0.1;
	return ([ join(', ', @by, 'a.date'), 0, 1 ]) if $kind < 0.15;
	return ([ join(', ', @by, "date_trunc('month', a.date)"), 0, 1 ]) if $kind < 0.2;
	return ([ 'left(a.ad_account_id, 3)', 1, 1 ]) if $kind < 0.25;
	return ([ '', 1, 1 ]) unless @by;
	return ([ 'ROLLUP (' . join(', ', @by) . ')', 1, 1, join(', ', @by) ]) if $kind < 0.35;
	return ([ join(', ', @by), 1, 1 ]);
}

# A query, whether totals can answer it, and whether the truth can tell its rows.
sub random_query
{
	my $level = (sort keys %ids)[ rand keys %ids ];
	my ($by) = grouping($level);
	my $having = pick($level, @having);
	my @values = map { pick($level, @aggregates) } 1 .. 1 + rand 3;
	my @where = (pick($level, @dates), map { pick($level, @filters) } 1 .. 2);
	my $joined = (grep { $_ eq 'campaign_id' } @{ $ids{$level} }) && rand() < 0.25;
	my $from = "SCHEMA.${level}_analytics AS a";
	my $n = 0;

	$from .= (rand() < 0.5 ? ' LEFT' : '') . ' JOIN stored.campaigns AS c ON c.ad_account_id = a.ad_account_id AND c.id = a.campaign_id'
	  if $joined;
	push @values, [ 'min(c.name)', 0, 1 ] if $joined && rand() < 0.1;
	my $sql = 'SELECT ' . join(', ', ($by->[3] // $by->[0]) || (), map { $_->[0] . ' AS v' . ++$n } @values);
	$sql .= " FROM $from WHERE " . join(' AND ', map { $_->[0] } @where);
	$sql .= " GROUP BY $by->[0]" if $by->[0];
	$sql .= " HAVING $having->[0]";
	my @parts = ($by, $having, @where, @values);
	return ($sql, !(grep { !$_->[1] } @parts), !(grep { !$_->[2] } @parts));
}

for my $seed (@seeds)
{
	my (@wrong, %count);

	srand $seed;
	for (1 .. $queries / @seeds)
	{
		my ($sql, $able, $is_known) = random_query();
		my $foreign = $sql =~ s/SCHEMA/pinterest/gr;
		my $truth = $is_known ? '$q$' . ($sql =~ s/SCHEMA/truth/gr) . '$q$' : 'NULL';
		my ($rewritten, $found, $daily, $differing) = split /\|/,
		  $node->safe_psql('postgres', "SET TimeZone = 'UTC'; SET client_min_messages = error; SELECT * FROM compared(\$q\$$foreign\$q\$, $truth)"), -1;

		$count{$rewritten}++;
		$count{rows} += $found;
		push @wrong, "rewritten: $rewritten, from days: $daily, from truth: $differing: $foreign"
		  if $rewritten ne ($able ? 't' : 'f') || $daily > 0 || $differing;
	}
	is_deeply(\@wrong, [], "seed $seed: the same with totals, with days and by the truth");
	cmp_ok($count{$_} // 0, '>=', 10, "seed $seed: enough ($_)") for qw(t f rows);
}

# ---- what is asked for ----

my ($account) = rows($node, 'SELECT min(ad_account_id) FROM truth.campaigns');
my @campaigns = rows($node, "SELECT id FROM truth.campaigns WHERE ad_account_id = '$account' ORDER BY 1");
my $of_account = "FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account'";
my $monthly = "SELECT campaign_id, sum(impression_1) AS n $of_account AND date BETWEEN '$day[40]' AND '$day[11]' GROUP BY 1";

# The plan of a query, as text.
sub plan_of
{
	my ($sql, @before) = @_;

	return unwrapped($node->safe_psql('postgres', "@before EXPLAIN (COSTS OFF) $sql"));
}

# The analytics among some requests: "TOTAL 2026-11-01 to 2026-11-05 IMPRESSION_1".
sub asked
{
	return [ map { my $query = $_->{query}; "$query->{granularity}[0] $query->{start_date}[0] to $query->{end_date}[0] $query->{columns}[0]" }
		  grep { $_->{path} =~ m{/analytics$} } @_ ];
}

is_deeply(asked(requests_during($node, $monthly)), ["TOTAL $day[40] to $day[11] IMPRESSION_1"], 'one request for totals');
is_deeply(asked(requests_during($node, "SET pinterest_fdw.aggregate_pushdown = off; $monthly")),
	["DAY $day[40] to $day[11] IMPRESSION_1"], 'switched off: for days');
is(scalar(rows($node, "SELECT * FROM ($monthly) AS s")), scalar(rows($node, <<SQL)), 'a group for each campaign that delivered');
SELECT DISTINCT campaign_id FROM truth.campaigns_analytics
WHERE ad_account_id = '$account' AND date BETWEEN '$day[40]' AND '$day[11]'
SQL

my $plan = plan_of("SELECT campaign_id, sum(impression_1), sum(spend_in_micro_dollar) $of_account AND date >= '$day[9]' GROUP BY 1");
like($plan, qr/Aggregate: sum\(spend_in_micro_dollar\), sum\(impression_1\) over days, read with granularity TOTAL/, 'EXPLAIN: the sums');
like($plan, qr/Request: .*granularity=TOTAL/, 'EXPLAIN: the request');
like($plan, qr/Pushed: .*date >= '$day[9]'/, 'EXPLAIN: the condition on the date');
unlike($plan, qr/Filter: .*date/, 'EXPLAIN: which PostgreSQL does not check');
like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF, FORMAT json) $monthly"), qr/"Aggregate": "sum\(impression_1\) over days/, 'EXPLAIN as JSON');
unlike(plan_of($monthly, 'SET pinterest_fdw.aggregate_pushdown = off;'), qr/Aggregate: sum|TOTAL/, 'EXPLAIN: switched off');
my $rows = qr/Foreign Scan on campaigns_analytics.*? rows=(\d+)/;
my ($few) = $node->safe_psql('postgres', "EXPLAIN $monthly") =~ $rows;
my ($many) = $node->safe_psql('postgres', "SET pinterest_fdw.aggregate_pushdown = off; EXPLAIN $monthly") =~ $rows;
cmp_ok($few * 10, '<', $many, 'fewer rows are expected');
my @counted = requests_during($node, "SELECT count(*) $of_account AND date >= '$day[9]'");
is_deeply(asked(@counted), ["DAY $day[9] to $day[0] CAMPAIGN_ID"], 'count(*) counts days');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pinterest.campaigns'),
	$node->safe_psql('postgres', 'SELECT count(*) FROM truth.campaigns'), 'count(*) of entities');

# ---- queries that totals cannot answer, or can although it does not look so ----

# Whether EXPLAIN says that totals are read.
sub rewritten
{
	my ($sql, @before) = @_;

	return plan_of($sql, @before) =~ /read with granularity TOTAL/ ? 1 : 0;
}

$node->safe_psql('postgres', <<SQL);
CREATE VIEW daily AS SELECT ad_account_id, campaign_id, date, impression_1 AS shown FROM pinterest.campaigns_analytics;
CREATE VIEW daily_of_account WITH (security_barrier) AS SELECT * FROM pinterest.campaigns_analytics
	WHERE ad_account_id = '$account';
CREATE VIEW recent AS $monthly;
CREATE FOREIGN TABLE weekly (campaign_id text, date date, impression_1 bigint)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics', granularity 'WEEK', ad_account_id '$account');
CREATE FOREIGN TABLE narrow (campaign_id text, date date, n integer OPTIONS (field 'IMPRESSION_1'), wide numeric OPTIONS (field 'IMPRESSION_2'), own bigint OPTIONS (field 'IMPRESSION_1'))
	SERVER pinterest OPTIONS (stream 'campaigns_analytics', ad_account_id '$account');
CREATE TABLE part (campaign_id text, date date, impression_1 bigint);
CREATE FOREIGN TABLE part_far () INHERITS (part) SERVER pinterest OPTIONS (stream 'campaigns_analytics');
CREATE TABLE calendar AS SELECT date '$day[20]' + i AS date FROM generate_series(0, 20) AS i;
SQL
my $since = "date >= '$day[20]'";
my $by_targeting = "SELECT sum(impression_1) FROM pinterest.campaigns_targeting_analytics WHERE $since AND targeting_type = 'GENDER'";
for my $case (
	[ "SELECT sum(impression_1) $of_account AND date >= '$day[120]'", 0, 'days that only a report has' ],
	[ "SELECT sum(impression_1) FROM pinterest.ad_pins_analytics WHERE date >= '$day[120]'", 0, 'days that nothing has' ],
	[ "SELECT sum(impression_1) FROM pinterest.keywords_analytics WHERE $since", 0, 'a table of reports' ],
	[ $by_targeting, 0, 'a part of an entity' ],
	[ "SELECT sum(impression_1) FROM weekly WHERE $since", 0, 'a table of weeks' ],
	[ "SELECT sum(n) FROM narrow WHERE $since", 0, 'a metric in a narrower type' ],
	[ "SELECT sum(wide) FROM narrow WHERE $since", 0, 'a metric in a wider type' ],
	[ "SELECT sum(own) FROM narrow WHERE $since", 1, 'a metric by another name' ],
	[ "SELECT sum(impression_1) FROM part WHERE $since", 0, 'a child table' ],
	[ "SELECT sum(campaign_daily_spend_cap) $of_account AND $since", 0, 'a cap' ],
	[ "SELECT sum(video_15sec_unique_views_1) $of_account AND $since", 0, 'people' ],
	[ "SELECT campaign_name, sum(impression_1) $of_account AND $since GROUP BY 1", 0, 'a name, which may change' ],
	[ "SELECT sum(impression_1) $of_account AND hour IS NULL", 0, 'the hour' ],
	[ "SELECT sum(impression_1), random() $of_account AND $since", 0, 'a volatile function' ],
	[ "SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a, LATERAL (SELECT a.date + 1 AS d OFFSET 0) AS s", 0, 'LATERAL' ],
	[ "SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a JOIN calendar AS c ON c.date = a.date WHERE a.$since", 0, 'a join by the date' ],
	[ "SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a, calendar AS c WHERE a.date >= c.date AND a.$since", 0, 'a join by a range of dates' ],
	[ "SELECT sum(a.impression_1) FROM calendar AS c LEFT JOIN pinterest.campaigns_analytics AS a ON a.impression_1 > 7 AND a.$since", 0, 'a join with a metric' ],
	[ "SELECT c.name, count(a.impression_1) FROM pinterest.campaigns_analytics AS a JOIN stored.campaigns AS c ON c.id = a.campaign_id WHERE a.$since GROUP BY 1", 0, 'a count' ],
	[ "SELECT sum(a.impression_1) AS x, sum(b.impression_1) AS y FROM pinterest.campaigns_analytics AS a JOIN pinterest.campaigns_analytics AS b USING (campaign_id) WHERE a.$since AND b.$since", 0, 'sums of two tables' ],
	[ "SELECT sum(impression_1) FROM (SELECT * FROM pinterest.campaigns_analytics WHERE $since LIMIT 10) AS s", 0, 'a LIMIT below' ],
	[ "SELECT sum(impression_1) FROM (SELECT DISTINCT campaign_id, impression_1 FROM pinterest.campaigns_analytics WHERE $since) AS s", 0, 'DISTINCT below' ],
	[ "WITH d AS MATERIALIZED (SELECT * FROM pinterest.campaigns_analytics WHERE $since) SELECT sum(impression_1) FROM d", 0, 'a materialized CTE' ],
	[ "WITH d AS (SELECT * FROM pinterest.campaigns_analytics WHERE $since) SELECT sum(impression_1) FROM d", 1, 'a CTE' ],
	[ "SELECT sum(shown) FROM daily WHERE $since", 1, 'a view of days' ],
	[ "SELECT c.name, r.n FROM recent AS r JOIN stored.campaigns AS c ON c.id = r.campaign_id", 1, 'a view of sums' ],
	[ "SELECT c.name, (SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a WHERE a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id AND a.$since) FROM stored.campaigns AS c", 1, 'a correlated sub-select' ],
	[ "SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a WHERE a.$since AND (SELECT count(*) FROM stored.campaigns AS c WHERE c.id <= a.campaign_id) > 2", 0, 'a sub-select for each row' ],
	[ "SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a WHERE a.$since AND a.campaign_id NOT IN (SELECT c.id FROM stored.campaigns AS c WHERE c.name LIKE 'S%')", 1, 'NOT IN' ],
	[ "SELECT sum(a.impression_1) FROM calendar AS c LEFT JOIN pinterest.campaigns_analytics AS a ON a.$since", 1, 'a join by nothing' ],
	[ "SELECT sum(a.impression_1) FROM pinterest.campaigns_analytics AS a JOIN pinterest.campaigns_analytics AS b USING (campaign_id) WHERE a.$since AND b.$since", 1, 'sums of one of two tables' ],
	[ "SELECT sum(impression_1) FROM daily_of_account WHERE $since", 0, 'a security barrier below the sum' ])
{
	my ($sql, $expected, $name) = @$case;

	is(rewritten($sql), $expected, "$name: " . ($expected ? 'totals' : 'days'));
	is($node->safe_psql('postgres', "SET client_min_messages = error; SELECT daily FROM compared(\$q\$$sql\$q\$, NULL)"), 0, "$name: the same sums")
	  unless $name =~ /volatile|a table of reports/;
}

# columns() marks the metrics whose days add up to the total, and no other sums are rewritten.
my $metrics = "pinterest_fdw.columns() WHERE stream = 'campaigns_analytics' AND metric AND NOT report";
my @marked = rows($node, "SELECT name FROM $metrics AND additive");
cmp_ok(scalar @marked, '>', 60, 'there are many metrics that add up');
is($node->safe_psql('postgres', <<SQL), '', 'the metrics that add up are those of which totals are read');
SELECT name FROM $metrics AND type IN ('bigint', 'double precision')
	AND additive IS DISTINCT FROM is_rewritten(format(\$q\$SELECT sum(%I) $of_account AND $since\$q\$, name))
SQL
my $sums = join ', ', map { "sum($_)" } @marked;
my $totals = join ', ', @marked;
is_deeply([ rows($node, "SET pinterest_fdw.aggregate_pushdown = off; SELECT campaign_id, $sums $of_account AND $since GROUP BY 1 ORDER BY 1") ],
	[ rows($node, "SELECT campaign_id, $totals $of_account AND $since AND granularity = 'TOTAL' ORDER BY 1") ],
	'the days of metrics that add up are the total');

is(rewritten("SELECT sum(impression_1) $of_account AND campaign_id = ANY ('{$campaigns[0],$campaigns[1]}') AND $since"), 1,
	'a list of ids: totals');

# ---- what only a running query knows ----

my $prepared = "PREPARE p(date, date) AS SELECT sum(impression_1) $of_account AND date BETWEEN \$1 AND \$2;";
my %ranges = (
	'in reach' => [ $day[40], $day[11] ],
	'out of reach, so that days are read' => [ $day[95], $day[80] ],
	'no days' => [ $day[11], $day[40] ]);
for my $name (sort keys %ranges)
{
	my ($first, $last) = @{ $ranges{$name} };

	for my $mode (qw(force_generic_plan force_custom_plan))
	{
		is($node->safe_psql('postgres', "SET client_min_messages = error; SET plan_cache_mode = $mode; $prepared EXECUTE p('$first', '$last')"),
			$node->safe_psql('postgres', "SELECT sum(impression_1) FROM truth.campaigns_analytics WHERE ad_account_id = '$account' AND date BETWEEN '$first' AND '$last'"),
			"$mode, $name");
	}
}
my @generic = requests_during($node, "SET plan_cache_mode = force_generic_plan; $prepared EXECUTE p('$day[40]', '$day[11]'); EXECUTE p('$day[30]', '$day[2]')");
is_deeply(asked(@generic), [ "TOTAL $day[40] to $day[11] IMPRESSION_1", "TOTAL $day[30] to $day[2] IMPRESSION_1" ], 'a generic plan: totals of both');
@generic = requests_during($node, "SET client_min_messages = error; SET plan_cache_mode = force_generic_plan; $prepared EXECUTE p('$day[95]', '$day[80]')");
is_deeply([ map { /^DAY (\S+ to \S+)/ ? $1 : $_ } @{ asked(@generic) } ], ["$day[90] to $day[80]"], 'a generic plan: days where a report has the first ones');
is($node->safe_psql('postgres', "SET plan_cache_mode = force_generic_plan; $prepared EXECUTE p(NULL, '$day[11]')"), '', 'NULL: no sum');

# Days that were not asked for do not count, should the API send them.
my ($campaign) = @campaigns;
sim_fault(action => 'replace', match => 'campaigns/analytics$', times => 1, content_type => 'application/json',
	body => qq([{"CAMPAIGN_ID": "$campaign", "DATE": "$day[80]", "IMPRESSION_1": 3}, {"CAMPAIGN_ID": "$campaign", "DATE": "$day[79]", "IMPRESSION_1": 4}]));
my $known = "SELECT coalesce(sum(impression_1), 0) FROM truth.campaigns_analytics WHERE ad_account_id = '$account' AND date BETWEEN '$day[95]' AND '$day[91]'";
is($node->safe_psql('postgres', "SET client_min_messages = error; SET plan_cache_mode = force_generic_plan; $prepared EXECUTE p('$day[95]', '$day[80]')"),
	$node->safe_psql('postgres', $known) + 3, 'days besides those asked for are left out');

# Rescans ask for the totals of each day.
is_deeply([ rows($node, "SELECT d, (SELECT sum(impression_1) $of_account AND date >= d) FROM unnest(ARRAY['$day[9]', '$day[95]', '$day[2]']::date[]) AS d") ],
	[ rows($node, "SELECT d, (SELECT sum(impression_1) FROM truth.campaigns_analytics WHERE ad_account_id = '$account' AND date >= d) FROM unnest(ARRAY['$day[9]', '$day[95]', '$day[2]']::date[]) AS d") ],
	'rescans with other days, some out of reach');

# A materialized view, and options that change between plan and execution.
$node->safe_psql('postgres', "CREATE MATERIALIZED VIEW summed AS $monthly");
is_deeply([ sort(rows($node, 'TABLE summed')) ], [ sort(rows($node, $monthly)) ], 'a materialized view');
is_deeply(asked(requests_during($node, 'REFRESH MATERIALIZED VIEW summed')), ["TOTAL $day[40] to $day[11] IMPRESSION_1"], 'its refresh reads totals');
my @altered = requests_during($node, <<SQL);
SET plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT sum(own) FROM narrow WHERE $since;
EXECUTE q;
ALTER FOREIGN TABLE narrow OPTIONS (ADD granularity 'WEEK');
EXECUTE q;
SQL
is_deeply([ map { /^(\w+)/ } @{ asked(@altered) } ], [ 'TOTAL', 'WEEK' ], 'an option changes the plan');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
