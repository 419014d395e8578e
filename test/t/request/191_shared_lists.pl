# Copyright (c) 2026, pinterest_fdw contributors

# Scans of one query share the pages of lists that they need alike.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use Depth;
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 20, '--ad-groups', 1, '--ads', 2, '--boards', 0, '--pins', 0);
my $node = pinterest_cluster();
my ($first, @others) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $count = 1 + @others;
my $busy = $count - 1;		# the last one has no campaigns
my $since = "date '@{[ utc_today(-9) ]}'";

truth_table($node, $_) for qw(ad_accounts campaigns ad_groups ads);
truth_table($node, $_, start => utc_today(-9), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR')
  for qw(ad_account_analytics campaigns_analytics ad_groups_analytics ads_analytics);
sim_config(latency => 0.05);

# Runs a query whose tables are in SCHEMA, and compares its rows with the truth.
sub query_ok
{
	my ($name, $sql, %expected) = @_;
	my $create = 'DROP TABLE IF EXISTS got; ' . ($expected{before} // '') . 'CREATE TABLE got AS ' . $sql =~ s/SCHEMA/pinterest/gr;
	my @requests = $expected{depth} ?
	    asked_within($expected{depth}, sub { sim_config(latency => $_[0]); return requests_during($node, $create) }) :
	    requests_during($node, $create);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(scalar @requests, $expected{requests}, "$name: requests") or diag explain paths_of(@requests);
	is(depth(@requests), $expected{depth}, "$name: depth") if $expected{depth};
	same_rows_ok($node, 'TABLE got', $sql =~ s/SCHEMA/truth/gr, "$name: rows");
	$node->safe_psql('postgres', 'DROP TABLE got');
	return @requests;
}

my $spend = <<SQL;
SELECT c.name, sum(a.spend_in_micro_dollar) FROM SCHEMA.campaigns_analytics AS a
	JOIN SCHEMA.campaigns AS c ON c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id
WHERE a.date >= $since GROUP BY 1
SQL
my $hash = 'SET enable_nestloop = off; SET enable_mergejoin = off; SET pinterest_fdw.enable_bind_join = off;';

# The accounts, the campaigns and the metrics of each.
query_ok('metrics with names', $spend, requests => 1 + $count + $busy, depth => 3, before => $hash);
query_ok('metrics with names, merged', $spend, requests => 1 + $count + $busy,
	before => 'SET enable_nestloop = off; SET enable_hashjoin = off; SET pinterest_fdw.enable_bind_join = off;');
query_ok('three lists', <<SQL, requests => 1 + 3 * $count, before => $hash);
SELECT d.id, g.name AS ad_group, c.name AS campaign FROM SCHEMA.ads AS d
	JOIN SCHEMA.ad_groups AS g ON g.id = d.ad_group_id AND g.ad_account_id = d.ad_account_id
	JOIN SCHEMA.campaigns AS c ON c.id = d.campaign_id AND c.ad_account_id = d.ad_account_id
SQL
query_ok('the list itself, and what hangs on it', <<SQL, requests => 1 + $count, before => $hash);
SELECT c.name, a.date FROM SCHEMA.ad_account_analytics AS a JOIN SCHEMA.ad_accounts AS c ON c.id = a.ad_account_id
WHERE a.date >= $since
SQL
query_ok('UNION ALL', <<SQL, requests => 1 + 4 * $count + 3 * $busy, before => $hash);
SELECT ad_account_id AS id, spend_in_micro_dollar FROM SCHEMA.ad_account_analytics WHERE date >= $since
UNION ALL SELECT campaign_id, spend_in_micro_dollar FROM SCHEMA.campaigns_analytics WHERE date >= $since
UNION ALL SELECT ad_group_id, spend_in_micro_dollar FROM SCHEMA.ad_groups_analytics WHERE date >= $since
UNION ALL SELECT ad_id, spend_in_micro_dollar FROM SCHEMA.ads_analytics WHERE date >= $since
SQL
query_ok('a table twice', 'SELECT a.id FROM SCHEMA.campaigns AS a JOIN SCHEMA.campaigns AS b USING (id)',
	requests => 1 + $count, before => $hash);

# One scan alone keeps nothing; the next query asks again.
query_ok('one table', 'SELECT id FROM SCHEMA.campaigns', requests => 1 + $count) for 1, 2;

# In pages.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD page_size '7')");
my $pages = 2 + (rows($node, 'SELECT sum(ceil(n / 7.0)) FROM
	(SELECT count(*) AS n FROM truth.campaigns GROUP BY ad_account_id) AS x'))[0];
query_ok('pages', $spend, requests => $pages + $busy, before => $hash);
query_ok('pages, a table twice', 'SELECT a.id FROM SCHEMA.campaigns AS a JOIN SCHEMA.campaigns AS b USING (id)',
	requests => $pages, before => $hash);

# No memory for it: as without.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET page_size '250')");
my $large = 200;
sim_reset(accounts => 1, campaigns => $large, ad_groups => 0, ads => 0);
truth_table($node, 'campaigns');
query_ok('within work_mem', 'SELECT a.id FROM SCHEMA.campaigns AS a JOIN SCHEMA.campaigns AS b USING (id)',
	requests => 3, before => "SET work_mem = '64kB'; $hash");
query_ok('with more', 'SELECT a.id FROM SCHEMA.campaigns AS a JOIN SCHEMA.campaigns AS b USING (id)',
	requests => 2, before => "SET work_mem = '64MB'; $hash");

# A scan that has a list under way, and one that needs it, in turn: the one that
# is read first reads one row; the other, below it, is read for each of its rows.
sim_reset(accounts => 3, campaigns => 20, ad_groups => 1, ads => 1);
truth_table($node, $_) for qw(campaigns ad_groups);
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET page_size '5')");
sim_config(latency => 0.02);
my $nested = <<SQL;
SELECT c.id, (SELECT count(*) FROM SCHEMA.campaigns AS d WHERE d.id >= c.id) AS n FROM SCHEMA.campaigns AS c
SQL
my @nested = requests_during($node, $nested =~ s/SCHEMA/pinterest/gr);
my $lists = 2 + (rows($node, 'SELECT sum(ceil(n / 5.0)) FROM
	(SELECT count(*) AS n FROM truth.campaigns GROUP BY ad_account_id) AS x'))[0];
is(scalar @nested, $lists, 'a scan below another, once for each of its rows: requests');
same_rows_ok($node, $nested =~ s/SCHEMA/pinterest/gr, $nested =~ s/SCHEMA/truth/gr,
	'a scan below another, once for each of its rows: rows');

# Faults of the page that is shared: the error of one query, and none of the next.
sim_fault(action => 'status', status => 500, match => '/campaigns$', nth => 2, times => 1, name => 'once');
query_ok('a page that fails once', 'SELECT a.id FROM SCHEMA.campaigns AS a JOIN SCHEMA.campaigns AS b USING (id)',
	requests => $lists + 1, before => $hash);
sim_fault(action => 'status', status => 400, match => '/campaigns$', nth => 2, name => 'always');
like(error_of($node, "$hash $nested" =~ s/SCHEMA/pinterest/gr), qr/could not read stream "campaigns"/, 'a page that always fails');
sim_post('reset', {});
truth_table($node, $_) for qw(campaigns ad_groups);

# Cursors, subtransactions, functions: each query has its own.
my $session = sql_session($node);
my $both = 'SELECT a.id FROM pinterest.campaigns AS a JOIN pinterest.campaigns AS b USING (id)';
my $total = (rows($node, 'SELECT count(*) FROM truth.campaigns'))[0];
$session->query("SET client_min_messages = error; BEGIN; DECLARE one CURSOR FOR $both; DECLARE two CURSOR FOR $both;");
$session->query($_) for 'FETCH 3 FROM one', 'FETCH 2 FROM two';
my @one = split /\n/, $session->query('FETCH ALL FROM one');
$session->query('SAVEPOINT s');
$session->query('CLOSE one');
$session->query('ROLLBACK TO s');
my @two = split /\n/, $session->query('FETCH ALL FROM two');
is(scalar @one, $total - 3, 'two cursors: the rows of one');
is(scalar @two, $total - 2, 'and of the other, after the first was closed and a savepoint rolled back');
$session->query('COMMIT');
$session->query(<<SQL);
CREATE FUNCTION pg_temp.tries(account text) RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE n bigint;
BEGIN
	SELECT count(*) INTO n FROM pinterest.campaigns AS a JOIN pinterest.campaigns AS b USING (id)
	WHERE a.ad_account_id = account AND a.status::int > 0;
	RETURN n;
EXCEPTION WHEN invalid_text_representation THEN
	SELECT count(*) INTO n FROM pinterest.campaigns AS a JOIN pinterest.campaigns AS b USING (id)
	WHERE a.ad_account_id = account AND b.ad_account_id = account;
	RETURN n;
END
\$\$;
SQL
is($session->query('SELECT sum(pg_temp.tries(a.id)) FROM pinterest.ad_accounts AS a, pinterest.ad_accounts AS b WHERE a.id = b.id'),
	$total, 'functions with queries of their own, some of which fail');
$session->quit;

# Two roles with mappings of their own, in one query: nothing is shared.
sim_config(tokens => { pina_other => { accounts => [$first] } });
$node->safe_psql('postgres', <<SQL);
CREATE ROLE other;
GRANT USAGE ON SCHEMA pinterest TO other;
GRANT USAGE ON FOREIGN SERVER pinterest TO other;
GRANT SELECT ON pinterest.ad_accounts TO other;
CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_token 'pina_other');
CREATE VIEW others AS SELECT id FROM pinterest.ad_accounts;
ALTER VIEW others OWNER TO other;
SQL
my @seen = requests_during($node, 'SELECT id FROM others UNION ALL SELECT id FROM pinterest.ad_accounts');
is_deeply([ sort map { $_->{headers}{authorization} } @seen ], [ '*ther', 'default' ],
	'each mapping asks with its own token');
is((rows($node, 'SELECT count(*) FROM others'))[0], 1, 'and sees its own');

# EXPLAIN ANALYZE tells.
my $plan = unwrapped($node->safe_psql('postgres', "$hash EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $both"));
like($plan, qr/Shared Pages: \d+/, 'EXPLAIN ANALYZE tells of shared pages');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
