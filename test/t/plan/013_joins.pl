# Copyright (c) 2026, pinterest_fdw contributors

# Joins: ids that an outer table has become parameters where that costs fewer
# requests, and the rows are the same by whatever plan.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 1000, '--ad-groups', 0, '--ads', 0, '--boards', 4, '--pins', 12);
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my %week = (start => utc_today(-6), end => utc_today());
truth_table($node, 'campaigns');
truth_table($node, 'campaigns_analytics', %week, columns => 'SPEND_IN_MICRO_DOLLAR');

sub analytics { return grep { $_->{path} =~ /analytics$/ } @_; }

# ---- 1,000 campaigns are four requests ----

my $join = <<SQL;
SELECT c.id, c.name, a.date, a.spend_in_micro_dollar FROM SCHEMA.campaigns AS c
	JOIN SCHEMA.campaigns_analytics AS a ON a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id
WHERE a.date >= date '@{[ utc_today(-6) ]}'
SQL
for my $case (
	[ 'a join', $join ],
	[ 'a left join', <<SQL ],
SELECT c.id, c.name, a.date, a.spend_in_micro_dollar FROM SCHEMA.campaigns AS c
	LEFT JOIN SCHEMA.campaigns_analytics AS a ON a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id
		AND a.date >= date '@{[ utc_today(-6) ]}'
SQL
	[ 'sums', <<SQL ],
SELECT c.status, count(DISTINCT c.id), sum(a.spend_in_micro_dollar) FROM SCHEMA.campaigns_analytics AS a
	JOIN SCHEMA.campaigns AS c ON c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id
WHERE a.date >= date '@{[ utc_today(-6) ]}' GROUP BY c.status
SQL
	)
{
	my ($name, $sql) = @$case;
	my @requests = requests_during($node, "CREATE TABLE got AS " . $sql =~ s/SCHEMA/pinterest/gr);

	is(scalar analytics(@requests), 4, "1,000 campaigns: $name: four analytics requests");
	is_deeply([ sort map { scalar values_of($_, 'campaign_ids') } analytics(@requests) ], [ (250) x 4 ],
		"1,000 campaigns: $name: of 250 ids");
	same_rows_ok($node, 'TABLE got', $sql =~ s/SCHEMA/truth/gr, "1,000 campaigns: $name: rows");
	$node->safe_psql('postgres', 'DROP TABLE got');
}
$node->safe_psql('postgres', 'ANALYZE pinterest.campaigns');
is(scalar analytics(requests_during($node, $join =~ s/SCHEMA/pinterest/gr)), 4,
	'1,000 campaigns: four requests after ANALYZE, too');

# ---- a small outer side ----

sim_reset(accounts => 3, campaigns => 8, ad_groups => 2, ads => 2, boards => 8, pins => 20);
my ($first, $second, $empty) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
truth_table($node, $_) for qw(user_account ad_accounts campaigns ad_groups ads boards);
truth_table($node, 'pins', include_protected_pins => 'true');
truth_table($node, "${_}_analytics", %week, columns => 'SPEND_IN_MICRO_DOLLAR')
  for qw(ad_account campaigns ad_groups ads);
truth_table($node, 'user_account_analytics', %week);
truth_table($node, 'pins_analytics', %week, include_protected_pins => 'true');
my ($c1) = rows($node, "SELECT campaign_id FROM truth.campaigns_analytics WHERE ad_account_id = '$first' GROUP BY 1 ORDER BY 1 LIMIT 1");
my $since = "date '@{[ utc_today(-6) ]}'";
$node->safe_psql('postgres', <<SQL);
CREATE TABLE chosen AS SELECT DISTINCT ad_account_id, campaign_id FROM truth.campaigns_analytics
	WHERE campaign_id = '$c1';
ANALYZE chosen;
SQL
my ($on_account) = "a.campaign_id = x.campaign_id AND a.ad_account_id = x.ad_account_id";

sub join_ok
{
	my ($name, $sql, $paths, $ids) = @_;
	my @requests = requests_during($node, 'CREATE TABLE got AS ' . $sql =~ s/SCHEMA/pinterest/gr);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(paths_of(@requests), [ sort @$paths ], "$name: requests") if $paths;
	is_deeply(sent('campaign_ids', analytics(@requests)), $ids, "$name: ids") if $ids;
	same_rows_ok($node, 'TABLE got', $sql =~ s/SCHEMA/truth/gr, "$name: rows");
	$node->safe_psql('postgres', 'DROP TABLE got');
	return @requests;
}
my $one = ["/ad_accounts/$first/campaigns/analytics x1"];

join_ok('a local table of one row', <<SQL, $one, [$c1]);
SELECT a.* FROM (SELECT campaign_id, ad_account_id, date, spend_in_micro_dollar FROM SCHEMA.campaigns_analytics) AS a
	JOIN chosen AS x ON $on_account WHERE a.date >= $since
SQL
join_ok('a foreign outer side of one row', <<SQL, [ "/ad_accounts/$first/campaigns x1", @$one ], [$c1]);
SELECT c.name, a.date, a.spend_in_micro_dollar FROM SCHEMA.campaigns AS c
	JOIN SCHEMA.campaigns_analytics AS a ON a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id
WHERE c.ad_account_id = '$first' AND c.id = '$c1' AND a.date >= $since
SQL
join_ok('LATERAL', <<SQL, $one, [$c1]);
SELECT x.campaign_id, l.n, l.s FROM chosen AS x, LATERAL (
	SELECT count(*) AS n, sum(a.spend_in_micro_dollar) AS s FROM SCHEMA.campaigns_analytics AS a
	WHERE a.ad_account_id = x.ad_account_id AND a.campaign_id = x.campaign_id AND a.date >= $since) AS l
SQL
join_ok('LATERAL with dates of the outer side', <<SQL, $one, [$c1]);
SELECT x.campaign_id, l.n, l.s FROM (SELECT *, date '@{[ utc_today(-3) ]}' AS day FROM chosen) AS x, LATERAL (
	SELECT count(*) AS n, sum(a.spend_in_micro_dollar) AS s FROM SCHEMA.campaigns_analytics AS a
	WHERE a.ad_account_id = x.ad_account_id AND a.campaign_id = x.campaign_id AND a.date BETWEEN x.day - 2 AND x.day) AS l
SQL
join_ok('a scalar sub-select per row', <<SQL, $one, [$c1]);
SELECT x.campaign_id, (SELECT max(a.date) FROM SCHEMA.campaigns_analytics AS a
	WHERE a.ad_account_id = x.ad_account_id AND a.campaign_id = x.campaign_id AND a.date >= $since) FROM chosen AS x
SQL
join_ok('a semi-join', <<SQL);
SELECT c.id, c.status FROM SCHEMA.campaigns AS c WHERE c.id IN (SELECT x.campaign_id FROM chosen AS x)
SQL
join_ok('EXISTS', <<SQL);
SELECT c.id FROM SCHEMA.campaigns AS c WHERE EXISTS (SELECT FROM SCHEMA.ad_groups AS g
	WHERE g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id AND g.status = 'ARCHIVED')
SQL
join_ok('an anti-join', <<SQL);
SELECT c.id FROM SCHEMA.campaigns AS c WHERE NOT EXISTS (SELECT FROM SCHEMA.ad_groups AS g WHERE g.campaign_id = c.id)
SQL
join_ok('a full join', <<SQL);
SELECT g.id AS g, c.id AS c FROM SCHEMA.campaigns AS c FULL JOIN SCHEMA.ad_groups AS g ON g.campaign_id = c.id AND g.status = 'PAUSED'
SQL
join_ok('a table with itself', <<SQL);
SELECT a.id AS a, b.id AS b FROM SCHEMA.campaigns AS a JOIN SCHEMA.campaigns AS b ON a.objective_type = b.objective_type AND a.id < b.id
SQL
join_ok('UNION ALL', <<SQL, [ '/ad_accounts x1', map { ("/ad_accounts/$_/ad_groups x1", "/ad_accounts/$_/campaigns x1") } $first, $second, $empty ]);
SELECT id, name FROM SCHEMA.campaigns WHERE status = 'ACTIVE' UNION ALL SELECT id, name FROM SCHEMA.ad_groups WHERE status = 'PAUSED'
SQL
join_ok('a condition on a UNION ALL', <<SQL, ["/ad_accounts/$first/ad_groups x1", "/ad_accounts/$first/campaigns x1"]);
SELECT * FROM (SELECT ad_account_id, id, name FROM SCHEMA.campaigns UNION ALL SELECT ad_account_id, id, name FROM SCHEMA.ad_groups) AS u
WHERE ad_account_id = '$first'
SQL
join_ok('three tables', <<SQL);
SELECT c.name AS c, g.name AS g, sum(a.spend_in_micro_dollar) AS s FROM SCHEMA.campaigns AS c
	JOIN SCHEMA.ad_groups AS g ON g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id
	JOIN SCHEMA.ad_groups_analytics AS a ON a.ad_group_id = g.id AND a.ad_account_id = g.ad_account_id
WHERE a.date >= $since AND c.status = 'ACTIVE' GROUP BY 1, 2
SQL

# ---- rescans of every stream: a nested loop finds what a hash join does ----

my %key = (
	user_account => [ 'user_account', 'id', 'username' ],
	ad_accounts => [ 'ad_accounts', 'id', 'name' ],
	campaigns => [ 'campaigns', 'id', 'name' ],
	ad_groups => [ 'ad_groups', 'campaign_id', 'id' ],
	ads => [ 'ads', 'ad_group_id', 'id' ],
	boards => [ 'boards', 'id', 'name' ],
	pins => [ 'pins', 'board_id', 'id' ],
	ad_account_analytics => [ 'ad_accounts', 'ad_account_id', 'date, i.spend_in_micro_dollar' ],
	campaigns_analytics => [ 'campaigns', 'campaign_id', 'date, i.spend_in_micro_dollar' ],
	ad_groups_analytics => [ 'ad_groups', 'ad_group_id', 'date, i.spend_in_micro_dollar' ],
	ads_analytics => [ 'ads', 'ad_id', 'date, i.spend_in_micro_dollar' ],
	pins_analytics => [ 'pins', 'pin_id', 'date, i.impression' ],
	user_account_analytics => [ 'user_account', 'user_account_id', 'date, i.impression' ],
);
my %outer_key = (ad_groups => 'campaigns', ads => 'ad_groups', pins => 'boards');
for my $stream (sort keys %key)
{
	my ($outer, $id, $columns) = @{ $key{$stream} };
	$outer = $outer_key{$stream} // $outer;
	my $dates = $stream =~ /analytics$/ ? " AND i.date >= $since" : '';
	my $truth = $stream eq 'user_account_analytics' ? '(SELECT u.id AS user_account_id, t.* FROM truth.user_account AS u, truth.user_account_analytics AS t)' :
		"truth.$stream";

	# Rows twice, and one that joins nothing; an account or a Pin that is none
	# would be an error.
	my $few = "SELECT id FROM truth.$outer ORDER BY id LIMIT 2";
	my $some = "($few) UNION ALL ($few)";
	$some .= " UNION ALL SELECT '1'" if $stream !~ /^(ad_account|pins)_analytics/;

	for my $parameterized (0, 1)
	{
		my $on = $parameterized ? "i.$id = o.id" : "i.$id || '' = o.id";
		my $sql = "SELECT o.id AS o, i.$columns FROM (SELECT id FROM outer_rows) AS o JOIN INNER AS i ON $on$dates";
		my $how = $parameterized ? 'by its key' : 'as a whole';

		$node->safe_psql('postgres', "DROP TABLE IF EXISTS outer_rows; CREATE TABLE outer_rows AS $some; ANALYZE outer_rows");
		my @requests = requests_during($node, <<SQL);
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off;
SET join_collapse_limit = 1; SET pinterest_fdw.enable_bind_join = off;
DROP TABLE IF EXISTS got; CREATE TABLE got AS @{[ $sql =~ s/JOIN INNER/LEFT JOIN pinterest.$stream/r ]};
SQL
		my ($outer_rows) = rows($node, 'SELECT count(*) FROM outer_rows');

		cmp_ok(scalar @requests, '>=', $outer_rows, "$stream: a nested loop scans it again, $how");
		same_rows_ok($node, 'TABLE got', $sql =~ s/JOIN INNER/LEFT JOIN $truth/r, "$stream: the same rows, $how");
	}
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
