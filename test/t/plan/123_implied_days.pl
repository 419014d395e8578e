# Copyright (c) 2026, pinterest_fdw contributors

# Joins on the date: what is known of the other table's days holds for these too, in
# whatever way PostgreSQL joins, and the rows are those of a local table.

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
my @day = map { utc_today(-$_) } 0 .. 914;
my $earliest = $day[914];
my $stream = 'campaigns_analytics';
daily_campaign($node, $account, 60);
truth_table($node, $stream, start => $day[914], end => $day[0], columns => 'TOTAL_IMPRESSION');
sim_config(report_polls => 0);

# Orders: one of each campaign and day, of 120 days.
$node->safe_psql('postgres', <<SQL);
ALTER DATABASE postgres SET TimeZone = 'UTC';
CREATE TABLE orders AS SELECT campaign_id, date, date::timestamp AS at, 1 AS n
	FROM (SELECT DISTINCT campaign_id FROM truth.$stream) AS c, generate_series(date '$day[119]', date '$day[0]', '1 day') AS d(date);
ALTER TABLE orders ALTER date TYPE date;
CREATE TABLE targets AS SELECT DISTINCT date, 0::bigint AS got FROM orders;
ANALYZE orders, targets;
SQL

# Runs a query in which T is the table.  It asks for these days, "first to last", by
# requests or reports, or all days where the list is empty, when joined by hashing; it
# says so only in the latter case; and its rows are those that it has with the truth,
# in other plans too.
sub joins_ok
{
	my ($name, $query, $days, $before) = @_;
	my $foreign = $query =~ s/\bT\b/pinterest.$stream/gr;
	my $local = $query =~ s/\bT\b/truth.$stream/gr;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;

	$before //= '';
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($code, $rows, $stderr) = $node->psql('postgres', "SET enable_nestloop = off; SET pinterest_fdw.enable_bind_join = off; $before $foreign");
	my (%asked, @asked);
	for my $request (@{ decode_json(sim_get("requests?since=$since"))->{requests} })
	{
		$asked{"$request->{body}{start_date} to $request->{body}{end_date}"} = 1 if $request->{method} eq 'POST';
		$asked{"$request->{query}{start_date}[0] to $request->{query}{end_date}[0]"} = 1 if $request->{path} =~ /analytics$/;
	}
	is($code, 0, "$name: runs") or diag($stderr);
	@asked = sort keys %asked;
	$days ? is_deeply(\@asked, $days, "$name: days") : is($asked[0] =~ s/ .*//r, $earliest, "$name: all days");
	is(scalar(() = $stderr =~ /NOTICE:  all days from $earliest to/g), $days ? 0 : 1, "$name: told");
	is($rows, $node->safe_psql('postgres', "$before $local"), "$name: rows");
	is($node->safe_psql('postgres', "$before SET enable_hashjoin = off; SET enable_mergejoin = off; $foreign"), $rows, "$name: rows of a nested loop or bind join")
	  if $days;
	is($node->safe_psql('postgres', "$before SET enable_nestloop = off; SET enable_hashjoin = off; SET enable_mergejoin = off; $foreign"), $rows,
		"$name: rows of a bind join, where there can be one");
	return;
}

my $sum = 'SELECT count(*), sum(a.total_impression)';
my @last = ("$day[7] to $day[0]");

# ---- conditions on the other table ----

joins_ok('a join', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date) WHERE o.date >= date '$day[7]'", \@last);
joins_ok('a bound that is computed', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date) WHERE o.date >= date '$day[0]' - 7", \@last);
joins_ok('both ends', "$sum FROM orders AS o JOIN T AS a ON a.date = o.date AND a.campaign_id = o.campaign_id
	WHERE o.date BETWEEN '$day[9]' AND '$day[5]'", ["$day[9] to $day[5]"]);
joins_ok('a form of its own', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date)
	WHERE to_char(o.date, 'YYYY-MM-DD') >= '$day[7]'", \@last);
joins_ok('what is known of the day beside the rest', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date)
	WHERE (o.date >= '$day[7]' AND o.n = 1) OR (o.date = '$day[2]' AND o.campaign_id = '1')", \@last);
joins_ok('by way of a third table', "$sum FROM orders AS o JOIN targets AS t ON t.date = o.date JOIN T AS a ON a.date = t.date AND a.campaign_id = o.campaign_id
	WHERE o.date >= '$day[7]'", \@last);
joins_ok('a time', "$sum FROM orders AS o JOIN T AS a ON a.date = o.at AND a.campaign_id = o.campaign_id WHERE o.at >= timestamp '$day[7]'", \@last);
joins_ok('a cast of it', "$sum FROM orders AS o JOIN T AS a ON a.date = o.at::date AND a.campaign_id = o.campaign_id
	WHERE o.at::date >= '$day[7]'", \@last);
joins_ok('a sub-select', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date) WHERE o.date >= (SELECT max(date) - 7 FROM orders)", \@last);
joins_ok('a parameter', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date) WHERE o.date >= current_setting('test.day')::date", \@last,
	"SET test.day = '$day[7]';");
joins_ok('no condition', "$sum FROM targets AS t JOIN T AS a USING (date)", undef);
joins_ok('a condition on another column', "$sum FROM orders AS o JOIN T AS a USING (campaign_id, date) WHERE o.n > 0", undef);

# ---- outer and semi-joins ----

joins_ok('the nullable side', "$sum, count(a.date) FROM orders AS o LEFT JOIN T AS a USING (campaign_id, date) WHERE o.date >= '$day[7]'", \@last);
joins_ok('the preserved side', "$sum, count(o.date) FROM T AS a LEFT JOIN (SELECT * FROM orders WHERE date >= '$day[7]') AS o
	USING (campaign_id, date) WHERE a.date >= '$day[20]'", ["$day[20] to $day[0]"]);
joins_ok('both sides', "$sum, count(o.date) FROM T AS a FULL JOIN (SELECT * FROM orders WHERE date >= '$day[7]') AS o
	ON o.campaign_id = a.campaign_id AND o.date = a.date WHERE coalesce(a.date, o.date) >= '$day[5]' AND a.date >= '$day[20]'", ["$day[20] to $day[0]"]);
joins_ok('IN', "$sum FROM T AS a WHERE a.date IN (SELECT o.date FROM orders AS o WHERE o.date >= '$day[7]')", \@last);
joins_ok('IN of distinct days', "$sum FROM T AS a WHERE a.date IN (SELECT DISTINCT o.date FROM orders AS o WHERE o.date >= '$day[7]' LIMIT 1000)", \@last);
joins_ok('EXISTS', "$sum FROM T AS a WHERE EXISTS (SELECT FROM orders AS o WHERE o.date = a.date AND o.campaign_id = a.campaign_id AND o.date >= '$day[7]')", \@last);
joins_ok('NOT EXISTS', "SELECT count(*) FROM orders AS o WHERE o.date >= '$day[7]' AND NOT EXISTS (SELECT FROM T AS a
	WHERE o.date = a.date AND o.campaign_id = a.campaign_id)", \@last);

# ---- calendars ----

for my $case (
	[ 'a series', "generate_series(date '$day[9]', date '$day[7]', '1 day') AS d", 'd::date' ],
	[ 'a series as it is', "generate_series(timestamp '$day[9]', timestamp '$day[7]', '1 day') AS d", 'd' ],
	[ 'a series that falls', "generate_series(date '$day[7]', date '$day[9]', '-1 day') AS d", 'd::date' ],
	[ 'a series of numbers', 'generate_series(7, 9) AS d', "date '$day[0]' - d" ],
	[ 'VALUES', "(VALUES (date '$day[8]'), ('$day[9]'), ('$day[7]')) AS v(d)", 'v.d' ],
	[ 'VALUES of numbers', '(VALUES (7), (9), (8)) AS v(d)', "date '$day[0]' - v.d" ],
	[ 'a subquery', "(SELECT g::date AS d FROM generate_series(date '$day[9]', date '$day[7]', '1 day') AS g) AS s", 's.d' ],
	[ 'a subquery with an order', "(SELECT g::date AS d FROM generate_series(date '$day[9]', date '$day[7]', '1 day') AS g ORDER BY 1 OFFSET 0) AS s", 's.d' ],
	[ 'a series in a select list', "(SELECT generate_series(date '$day[9]', date '$day[7]', '1 day')::date AS d) AS s", 's.d' ],
	[ 'distinct days of a table', "(SELECT DISTINCT date AS d FROM orders WHERE date BETWEEN '$day[9]' AND '$day[7]') AS s", 's.d' ],
	[ 'a condition on a subquery', "(SELECT date AS d, count(*) FROM orders GROUP BY date) AS s", "s.d AND s.d BETWEEN '$day[9]' AND '$day[7]'" ])
{
	my ($name, $from, $equals) = @$case;

	joins_ok("$name", "$sum FROM $from JOIN T AS a ON a.date = $equals", ["$day[9] to $day[7]"]);
	joins_ok("$name, LEFT JOIN", "$sum FROM $from LEFT JOIN T AS a ON a.date = $equals", ["$day[9] to $day[7]"]) if $equals !~ /AND/;
}
joins_ok('a series with a step that is known at the start', "$sum FROM generate_series((SELECT max(date) - 9 FROM orders), (SELECT max(date) - 7 FROM orders), interval '1 day') AS d
	LEFT JOIN T AS a ON a.date = d::date", ["$day[9] to $day[7]"]);
joins_ok('a series of another table', "$sum FROM targets AS t, generate_series(t.date, t.date + 1, '1 day') AS d JOIN T AS a ON a.date = d::date", undef);

# ---- UPDATE ----

my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1];
$node->safe_psql('postgres', "SET enable_nestloop = off; UPDATE targets AS t SET got = s.n FROM
	(SELECT date, total_impression AS n FROM pinterest.$stream WHERE campaign_id = (SELECT min(campaign_id) FROM truth.$stream)) AS s
	WHERE s.date = t.date AND t.date >= '$day[7]'");
is_deeply([ sort map { "$_->{query}{start_date}[0] to $_->{query}{end_date}[0]" } grep { $_->{path} =~ /analytics$/ }
	@{ decode_json(sim_get("requests?since=$since"))->{requests} } ], \@last, 'UPDATE: days');
is($node->safe_psql('postgres', 'SELECT sum(got) FROM targets'), $node->safe_psql('postgres', "SELECT sum(total_impression)
	FROM truth.$stream WHERE date >= '$day[7]' AND campaign_id = (SELECT min(campaign_id) FROM truth.$stream)"), 'UPDATE: rows');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
