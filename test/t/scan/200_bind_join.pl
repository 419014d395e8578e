# Copyright (c) 2026, pinterest_fdw contributors

# Bind joins: the keys of the other side are asked for in batches, side by side, and
# the rows are those that any join would have.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use Depth;
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 40, '--ad-groups', 2, '--ads', 3, '--boards', 4, '--pins', 12);
my $node = pinterest_cluster();
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $since = "date '@{[ utc_today(-6) ]}'";
truth_table($node, $_) for qw(ad_accounts campaigns ad_groups ads);
truth_table($node, "${_}_analytics", start => utc_today(-6), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR')
  for qw(campaigns ad_groups ads);
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA local;
CREATE TABLE local.ids AS SELECT id, row_number() OVER (ORDER BY id)::int AS n FROM truth.ads ORDER BY random() LIMIT 30;
INSERT INTO local.ids SELECT id, n + 100 FROM local.ids WHERE n <= 5;			-- twice
INSERT INTO local.ids VALUES (NULL, 200), ('77', 201), ('no id', 202), ('', 203);
CREATE TABLE local.pairs AS SELECT ad_account_id, id, current_date - 4 AS first, current_date - 2 AS last FROM truth.campaigns WHERE right(id, 1) IN ('1', '2');
INSERT INTO local.pairs SELECT (SELECT max(ad_account_id) FROM truth.campaigns), id, current_date - 3, NULL FROM truth.campaigns ORDER BY id LIMIT 2;
CREATE TABLE local.all_ads AS SELECT id, ad_account_id, row_number() OVER (ORDER BY id)::int AS n FROM truth.ads;
CREATE TABLE local.wide AS SELECT id, ad_account_id, n, i, repeat('x', 100) AS filler FROM local.all_ads CROSS JOIN generate_series(1, 3) AS i;
INSERT INTO local.wide SELECT NULL, ad_account_id, n, 0, repeat('y', 100) FROM local.wide WHERE n <= 40;
CREATE TABLE local.days AS SELECT current_date - n AS day, 'x' || n AS word FROM generate_series(1, 3) AS n;
ANALYZE;
SQL

# What leaves no other kind of join, and what leaves no bind join.
my $forced = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off;';
my $tiny = "$forced SET work_mem = '64kB'; SET hash_mem_multiplier = 1;";
my $off = 'SET pinterest_fdw.enable_bind_join = off;';

sub analytics { return grep { $_->{path} =~ /analytics$/ } @_; }

sub plan_of
{
	my ($settings, $sql) = @_;

	return scalar $node->safe_psql('postgres', "$settings EXPLAIN (COSTS OFF) $sql");
}

# ---- few ids of a local table ----

my $few = "SELECT i.n, a.date, a.spend_in_micro_dollar FROM local.ids i JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id WHERE a.date >= $since";
my $foreign = $few =~ s/SCHEMA/pinterest/r;
my @requests = asked_within(3, sub {
	sim_config(latency => $_[0]);
	return requests_during($node, "DROP TABLE IF EXISTS got; CREATE TABLE got AS $foreign");
});
like(plan_of('', $foreign), qr/Custom Scan \(Pinterest Bind Join\)/, 'ids of a local table are bound');
is(scalar(analytics(@requests)), 2, 'each account with such ids is asked once for them');
cmp_ok(scalar @requests, '<=', 7, 'accounts, ids in each account, and metrics');
cmp_ok(depth(@requests), '<=', 3, 'three round trips');
same_rows_ok($node, 'TABLE got', $few =~ s/SCHEMA/truth/r, 'ids of a local table: rows');
sim_config(latency => 0);
unlike(plan_of($off, $foreign), qr/Bind/, 'not with enable_bind_join off');

# ---- many keys ----

# Goal of a scan by keys: each account once for every 250 ids.
my $many = "SELECT i.n, a.spend_in_micro_dollar FROM local.all_ads i JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.ad_account_id = i.ad_account_id WHERE a.date = $since";
@requests = requests_during($node, 'DROP TABLE got; CREATE TABLE got AS ' . $many =~ s/SCHEMA/pinterest/r);
cmp_ok(scalar(analytics(@requests)), '<=', 4, 'all ads: batches of their ids');
same_rows_ok($node, 'TABLE got', $many =~ s/SCHEMA/truth/r, 'all ads: rows');

# What the plan takes for few keys turns out to be more than the table has.
$node->safe_psql('postgres', "CREATE FUNCTION local.more() RETURNS SETOF text ROWS 1 STABLE LANGUAGE sql AS 'SELECT id FROM local.all_ads UNION ALL SELECT n::text FROM generate_series(1, 20000) AS n'");
my $more = 'SELECT m.id, a.name FROM local.more() AS m(id) JOIN SCHEMA.ads a ON a.id = m.id';
like(plan_of('', $more =~ s/SCHEMA/pinterest/r), qr/Pinterest Bind/, 'a function that returns more rows than it says: bound');
@requests = requests_during($node, 'DROP TABLE got; CREATE TABLE got AS ' . $more =~ s/SCHEMA/pinterest/r);
same_rows_ok($node, 'TABLE got', $more =~ s/SCHEMA/truth/r, 'more keys than were expected: rows');
is(scalar(grep { values_of($_, 'ad_ids') } @requests), 0, 'more keys than were expected: the lists are read');
cmp_ok(scalar @requests, '<=', 10, 'more keys than were expected: in few requests');
like($node->safe_psql('postgres', "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " . $more =~ s/SCHEMA/pinterest/r),
	qr/Keys Read: 20\d\d\d\n\s+Rounds: 1\n\s+Whole Table: true/, 'EXPLAIN tells so');

# ---- first rows ----

my $first = "SELECT i.n, a.name FROM local.all_ads i LEFT JOIN SCHEMA.ads a ON a.id = i.id";
@requests = requests_during($node, "$forced CREATE TABLE first AS " . $first =~ s/SCHEMA/pinterest/r . ' LIMIT 3');
my %asked = map { $_ => 1 } map { values_of($_, 'ad_ids') } @requests;
is(scalar(keys %asked), 250, 'with a LIMIT not all keys are sent at first');
is($node->safe_psql('postgres', "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM ($first) x WHERE x IS NOT DISTINCT FROM first)) FROM first" =~ s/SCHEMA/truth/r),
	'3|3', 'and the rows are among all rows');

# Every second id is nobody's, so that the first keys have too few rows.
$node->safe_psql('postgres', 'DROP TABLE first; CREATE TABLE local.half AS SELECT id, n FROM local.all_ads UNION ALL SELECT (n + 1000)::text, n FROM local.all_ads ORDER BY 2; ANALYZE local.half');
$first = 'SELECT i.n, a.name FROM local.half i JOIN SCHEMA.ads a ON a.id = i.id';
$node->safe_psql('postgres', "$forced CREATE TABLE first AS " . $first =~ s/SCHEMA/pinterest/r . ' LIMIT 150');
is($node->safe_psql('postgres', "SELECT count(DISTINCT n), count(*) FILTER (WHERE EXISTS (SELECT FROM ($first) x WHERE x IS NOT DISTINCT FROM first)) FROM first" =~ s/SCHEMA/truth/r),
	'150|150', 'likewise those of two rounds');
like($node->safe_psql('postgres', "$forced EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " . $first =~ s/SCHEMA/pinterest/r . ' LIMIT 150'),
	qr/Keys Read: 7\d\d\n\s+Rounds: 2\n/, 'which EXPLAIN tells');
$node->safe_psql('postgres', 'DROP TABLE first');

# ---- every kind of join, by whatever means ----

my %queries = (
	'inner join' => $few,
	'left join' => "SELECT i.n, a.date, a.spend_in_micro_dollar FROM local.ids i LEFT JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date >= $since",
	'left join with a clause of the left side' => "SELECT i.n, a.date FROM local.ids i LEFT JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date >= $since AND i.n % 2 = 0",
	'left join with a clause of both sides' => "SELECT i.n, a.date FROM local.ids i LEFT JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date >= $since AND a.spend_in_micro_dollar % 40 > i.n",
	'left join with a filter above' => "SELECT i.n, a.date FROM local.ids i LEFT JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date >= $since WHERE a.date IS NULL OR i.n > 10",
	'right join' => "SELECT i.n, a.date FROM SCHEMA.ads_analytics a RIGHT JOIN local.ids i ON a.ad_id = i.id AND a.date >= $since",
	'full join' => "SELECT i.n, a.name FROM local.ids i FULL JOIN SCHEMA.ads a ON a.id = i.id",
	'semi join' => "SELECT i.n FROM local.ids i WHERE EXISTS (SELECT FROM SCHEMA.ads_analytics a WHERE a.ad_id = i.id AND a.date >= $since)",
	'semi join with a clause of both sides' => "SELECT i.n FROM local.ids i WHERE EXISTS (SELECT FROM SCHEMA.ads_analytics a WHERE a.ad_id = i.id AND a.date >= $since AND a.spend_in_micro_dollar % 40 > i.n % 20)",
	'anti join' => "SELECT i.n FROM local.ids i WHERE NOT EXISTS (SELECT FROM SCHEMA.ads_analytics a WHERE a.ad_id = i.id AND a.date >= $since)",
	'anti join with a clause of both sides' => "SELECT i.n FROM local.ids i WHERE NOT EXISTS (SELECT FROM SCHEMA.ads_analytics a WHERE a.ad_id = i.id AND a.date >= $since AND a.spend_in_micro_dollar % 40 > i.n)",
	'anti join by a left join' => "SELECT i.n, a.name FROM local.ids i LEFT JOIN SCHEMA.ads a ON a.id = i.id WHERE a.id IS NULL",
	'in a list of ids' => "SELECT a.ad_id, a.date FROM SCHEMA.ads_analytics a WHERE a.date >= $since AND a.ad_id IN (SELECT id FROM local.ids)",
	'not in a list of ids' => "SELECT id FROM SCHEMA.ads WHERE id NOT IN (SELECT id FROM local.ids WHERE id IS NOT NULL)",
	'account and id' => "SELECT p.id, a.date, a.spend_in_micro_dollar FROM local.pairs p JOIN SCHEMA.campaigns_analytics a ON a.campaign_id = p.id AND a.ad_account_id = p.ad_account_id WHERE a.date >= $since",
	'account and id, left' => "SELECT p.ad_account_id, p.id, a.date FROM local.pairs p LEFT JOIN SCHEMA.campaigns_analytics a ON a.campaign_id = p.id AND a.ad_account_id = p.ad_account_id AND a.date >= $since",
	'a range of days' => "SELECT p.id, a.date FROM local.pairs p JOIN SCHEMA.campaigns_analytics a ON a.campaign_id = p.id AND a.ad_account_id = p.ad_account_id AND a.date BETWEEN p.first AND p.last",
	'days and ids' => "SELECT i.n, d.word, a.spend_in_micro_dollar FROM local.ids i CROSS JOIN local.days d JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date = d.day",
	'days and ids, left' => "SELECT i.n, d.word, a.spend_in_micro_dollar FROM (SELECT * FROM local.ids CROSS JOIN local.days) x(id, n, day, word) JOIN local.ids i USING (n) JOIN local.days d USING (day) LEFT JOIN SCHEMA.ads_analytics a ON a.ad_id = x.id AND a.date = x.day",
	'two foreign tables' => "SELECT c.name, g.name AS g FROM SCHEMA.campaigns c JOIN SCHEMA.ad_groups g ON g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id WHERE c.status = 'PAUSED'",
	'three tables' => "SELECT c.name, g.name AS g, a.date FROM SCHEMA.campaigns c LEFT JOIN SCHEMA.ad_groups g ON g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id LEFT JOIN SCHEMA.ad_groups_analytics a ON a.ad_group_id = g.id AND a.ad_account_id = g.ad_account_id AND a.date >= $since WHERE c.status = 'PAUSED'",
	'left joins in one another' => "SELECT i.n, a.name, g.name AS g, coalesce(g.status, 'none') AS s FROM local.ids i LEFT JOIN (SCHEMA.ads a LEFT JOIN SCHEMA.ad_groups g ON g.id = a.ad_group_id AND g.status = 'ACTIVE') ON a.id = i.id",
	'a sub-select of the nullable side' => "SELECT i.n, x.word FROM local.ids i LEFT JOIN (SELECT id, 'w' || name AS word FROM SCHEMA.ads) x ON x.id = i.id",
	'a constant of the nullable side' => "SELECT i.n, x.one FROM local.ids i LEFT JOIN (SELECT id, 1 AS one FROM SCHEMA.ads) x ON x.id = i.id",
	'a CTE' => "WITH x AS MATERIALIZED (SELECT DISTINCT id FROM local.ids WHERE n > 3) SELECT x.id, a.name FROM x JOIN SCHEMA.ads a USING (id)",
	'aggregates' => "SELECT i.id, sum(a.spend_in_micro_dollar) FROM local.ids i JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id WHERE a.date >= $since GROUP BY 1",
	'run again for each row' => "SELECT d.word, (SELECT count(a.id) FROM local.ids i LEFT JOIN SCHEMA.ads a ON a.id = i.id WHERE i.n > length(d.word) * 7 + d.day - current_date) FROM local.days d",
	'LATERAL' => "SELECT d.word, l.n FROM local.days d, LATERAL (SELECT count(*) AS n FROM local.ids i JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id WHERE a.date = d.day AND i.n <> 7) l",
	'parameters of an outer query' => "SELECT d.word, ARRAY(SELECT i.n FROM local.ids i JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date >= d.day AND a.date < current_date ORDER BY 1) FROM local.days d",
	'a volatile clause' => "SELECT i.n, a.name FROM local.ids i JOIN SCHEMA.ads a ON a.id = i.id AND random() >= 0",
	'a sub-select in a clause' => "SELECT i.n, a.name FROM local.ids i LEFT JOIN SCHEMA.ads a ON a.id = i.id AND (SELECT count(*) FROM local.days WHERE word <> a.name) > 2",
	'hardly any outer rows' => "SELECT i.n, a.name FROM local.ids i LEFT JOIN SCHEMA.ads a ON a.id = i.id WHERE i.n = (SELECT min(n) FROM local.ids)",
	'many rows' => "SELECT w.n, w.filler, a.name FROM local.wide w JOIN SCHEMA.ads a ON a.id = w.id",
	'many rows, left' => "SELECT w.n, w.filler, a.name FROM local.wide w LEFT JOIN SCHEMA.ads a ON a.id = w.id AND w.i % 2 = 0",
	'many rows, semi' => "SELECT w.n, w.filler FROM local.wide w WHERE EXISTS (SELECT FROM SCHEMA.ads a WHERE a.id = w.id AND length(a.name) % 2 = w.n % 2)",
	'many rows, anti' => "SELECT w.n, w.filler FROM local.wide w WHERE NOT EXISTS (SELECT FROM SCHEMA.ads a WHERE a.id = w.id AND length(a.name) % 2 = w.n % 2)",
	'many rows with accounts' => "SELECT w.n, w.filler, a.name FROM local.wide w LEFT JOIN SCHEMA.ads a ON a.id = w.id AND a.ad_account_id = w.ad_account_id",
	'keys that are all null' => "SELECT i.n, a.name FROM local.ids i LEFT JOIN SCHEMA.ads a ON a.id = i.id WHERE i.id IS NULL",
);
my %bound = map { $_ => 1 } grep { !/^full|^not in|^a CTE/ } keys %queries;
for my $name (sort keys %queries)
{
	my $sql = $queries{$name};
	my $foreign = $sql =~ s/SCHEMA/pinterest/gr;
	my $truth = $sql =~ s/SCHEMA/truth/gr;

	like(plan_of($forced, $foreign), qr/Pinterest Bind/, "$name: bound") if $bound{$name};
	for my $mode ([ 'forced', $forced ], [ 'tiny work_mem', $tiny ], [ 'as chosen', '' ], [ 'off', $off ])
	{
		$node->safe_psql('postgres', "DROP TABLE IF EXISTS got; $mode->[1] CREATE TABLE got AS $foreign");
		same_rows_ok($node, 'TABLE got', $truth, "$name: rows, $mode->[0]");
	}
}

# ---- as users run them ----

# A plan for any parameters, whose values the executor knows; rows fetched one by one,
# forwards and backwards; a query within a function.
my $ids = 'SELECT i.n, a.date FROM local.ids i LEFT JOIN SCHEMA.ads_analytics a ON a.ad_id = i.id AND a.date >= $1 WHERE i.n > $2';
$node->safe_psql('postgres', "DROP TABLE IF EXISTS got; $forced SET plan_cache_mode = force_generic_plan; PREPARE p(date, int) AS @{[ $ids =~ s/SCHEMA/pinterest/r ]};
	CREATE TABLE got AS EXECUTE p($since, 5); CREATE TABLE again AS EXECUTE p($since + 3, 9)");
same_rows_ok($node, 'TABLE got UNION ALL TABLE again', join(' UNION ALL ', map { $ids =~ s/SCHEMA/truth/r =~ s/\$1/$_->[0]/r =~ s/\$2/$_->[1]/r } [ $since, 5 ], [ "$since + 3", 9 ]),
	'a generic plan: rows');
my $cursor = 'SELECT i.n, a.name FROM local.all_ads i JOIN SCHEMA.ads a ON a.id = i.id';
my @fetched = rows($node, "$forced BEGIN; DECLARE c SCROLL CURSOR FOR @{[ $cursor =~ s/SCHEMA/pinterest/r ]};
	FETCH 3 FROM c; FETCH BACKWARD 2 FROM c; FETCH 2 FROM c; COMMIT");
is_deeply([ @fetched[ 3 .. 6 ] ], [ @fetched[ 1, 0, 1, 2 ] ], 'a cursor that goes back and forth');
is(scalar(grep { my $row = $_; grep { $_ eq $row } @fetched[ 0 .. 2 ] } rows($node, $cursor =~ s/SCHEMA/truth/r)), 3, 'its rows');
unlike(plan_of($forced, 'SELECT i.n FROM local.ids i JOIN pinterest.ads a ON a.id = i.id FOR UPDATE OF i'), qr/Bind/, 'rows that are locked: not bound');
unlike(plan_of($forced, 'UPDATE local.ids i SET n = 0 FROM pinterest.ads a WHERE a.id = i.id'), qr/Bind/, 'rows that are changed: not bound');

# Rows that another role may not see are not told to the API.
$node->safe_psql('postgres', <<SQL);
CREATE ROLE reader;
GRANT USAGE ON SCHEMA local, pinterest TO reader;
GRANT USAGE ON FOREIGN SERVER pinterest TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA local, pinterest TO reader;
CREATE USER MAPPING FOR reader SERVER pinterest OPTIONS (access_token 'pina_simulator');
ALTER TABLE local.ids ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON local.ids TO reader USING (n <= 3);
SQL
@requests = requests_during($node, "SET ROLE reader; $forced " . $foreign);
%asked = map { $_ => 1 } map { values_of($_, 'ad_ids') } @requests;
is_deeply([ sort keys %asked ], [ rows($node, 'SELECT DISTINCT id COLLATE "C" FROM local.ids WHERE n <= 3 ORDER BY 1') ], 'a policy: ids of rows that the role sees');

# What goes wrong ends the query.
sim_fault(action => 'status', match => '/ads/analytics$', status => 403, code => 29, message => 'no');
like(error_of($node, "$forced $foreign"), qr/ERROR:  42501: /, 'a refused request: an error');
sim_reset();

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
