# Copyright (c) 2026, pinterest_fdw contributors

# The scans of one query: their first requests leave together where they are sure to
# run, they get further while one of them waits, and keep to max_connections together.

use strict;
use warnings;

use FindBin;
use List::Util qw(max);
use lib "$FindBin::RealBin/../../lib";
use Depth;
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 40, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4, '--steady');
my $node = pinterest_cluster();
my $days = 'date >= current_date - 7';

sub sql { return $node->safe_psql('postgres', $_[0]); }

# The rows of a query, and the requests for them.
sub asked
{
	my ($sql, $depth, @before) = @_;
	my ($code, $out, $err);
	my @requests = asked_within($depth, sub {
		sim_reset();
		sim_config(latency => $_[0]);
		($code, $out, $err) = $node->psql('postgres', join(';', @before, $sql));
		return sim_requests();
	});

	return { rows => [ sort split /\n/, $out ], requests => scalar @requests, depth => depth(@requests), error => $err,
		max => max(map { under_way($_, @requests) } @requests) };
}

# How many requests had no answer yet when one came, itself included.
sub under_way
{
	my ($one, @requests) = @_;

	return scalar grep { $_->{started} <= $one->{started} && (!defined $_->{answered} || $_->{answered} > $one->{started}) } @requests;
}

# A query takes so many requests and round trips, and has the rows that it has where its
# tables are read one by one, into local ones.
sub asks_ok
{
	my ($sql, $requests, $depth, $name, @before) = @_;
	my $got = asked($sql, $depth, @before);
	my $copies = join '', map { "CREATE TEMP TABLE $_ AS SELECT * FROM pinterest.$_" . (/_analytics$/ ? " WHERE $days" : '') . ";\n" } do { my %seen; grep { !$seen{$_}++ } $sql =~ /pinterest\.(\w+)/g };
	my @truth = sort(rows($node, "SET client_min_messages = error;\n$copies" . $sql =~ s/pinterest\.//gr));

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is("$got->{requests} / $got->{depth}", "$requests / $depth", "$name: requests / depth");
	cmp_ok(scalar @truth, '>', 0, "$name: there are rows");
	is_deeply($got->{rows}, \@truth, "$name: the rows");
}

my $hash = 'SET enable_nestloop = off';
asks_ok("SELECT c.name, round(sum(a.spend_in_dollar)::numeric, 2) FROM pinterest.campaigns_analytics a JOIN pinterest.campaigns c ON c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id WHERE a.$days GROUP BY 1",
	6, 3, 'spend by campaign', $hash);
asks_ok('SELECT d.id, g.name, c.name FROM pinterest.ads d JOIN pinterest.ad_groups g ON g.id = d.ad_group_id JOIN pinterest.campaigns c ON c.id = g.campaign_id',
	10, 2, 'names above ads', $hash);
asks_ok('SELECT id FROM pinterest.campaigns UNION ALL SELECT id FROM pinterest.ads', 7, 2, 'two lists');
asks_ok('SELECT count(*) FROM pinterest.campaigns c JOIN pinterest.ads d ON c.id = d.campaign_id', 7, 2, 'a merge join', $hash, 'SET enable_hashjoin = off');
asks_ok(join(' UNION ALL ', map { "SELECT ad_account_id, date, spend_in_dollar FROM pinterest.${_}_analytics WHERE $days" } qw(ad_account campaigns ad_groups ads)),
	19, 3, 'four tables of metrics');
asks_ok("SELECT b.name, a.date, a.spend_in_dollar FROM pinterest.ad_account_analytics a JOIN pinterest.ad_accounts b ON b.id = a.ad_account_id WHERE a.$days",
	4, 2, 'metrics of each account, with its name');

# Where a scan may never run nothing is sent for it.
sub sends_ok
{
	my ($sql, $expected, $name, @before) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $got = asked($sql, 100, @before);
	is($got->{error}, '', "$name: no error");
	is_deeply([ sim_paths() ], $expected, "$name: what is sent");
}

my $nested = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET pinterest_fdw.enable_bind_join = off';
sends_ok('EXPLAIN SELECT id FROM pinterest.ad_accounts', [], 'EXPLAIN');
sends_ok('SELECT id FROM pinterest.ad_accounts LIMIT 0', [], 'LIMIT 0');
sends_ok('PREPARE p(int) AS SELECT id FROM pinterest.ad_accounts LIMIT $1; EXECUTE p(0)', [], 'LIMIT 0 by a parameter', 'SET plan_cache_mode = force_generic_plan');
sends_ok('PREPARE p(int) AS SELECT id FROM pinterest.ad_accounts WHERE $1 > 0; EXECUTE p(0)', [], 'a false condition', 'SET plan_cache_mode = force_generic_plan');
sends_ok('SELECT n FROM generate_series(1, 0) n, pinterest.ad_accounts', [], 'the inner side of a nested loop', $nested);
sends_ok('SELECT CASE WHEN n = 2 THEN (SELECT count(*) FROM pinterest.ad_accounts WHERE n > 0) END FROM generate_series(1, 1) n', [], 'a subplan');
sends_ok('WITH a AS MATERIALIZED (SELECT id FROM pinterest.ad_accounts) SELECT CASE WHEN n = 2 THEN (SELECT count(*) FROM a WHERE n > 0) END FROM generate_series(1, 1) n', [], 'a CTE');
sends_ok('(SELECT id FROM pinterest.ad_accounts UNION ALL SELECT id FROM pinterest.boards) LIMIT 1', ['/ad_accounts x1'], 'LIMIT above several scans',
	'SET enable_async_append = off');
sends_ok('DO $do$ BEGIN PERFORM FROM pinterest.ad_accounts WHERE false; END $do$', [], 'no rows can qualify');
sends_ok("SELECT id FROM pinterest.campaigns WHERE ad_account_id = (SELECT 'x' WHERE false)", [], 'a condition of a sub-select');

# A cursor that is not read, and one that is closed early.
sends_ok('BEGIN; DECLARE c CURSOR FOR SELECT id FROM pinterest.ad_accounts; COMMIT', [], 'a cursor that is not read');
sends_ok('BEGIN; DECLARE c CURSOR FOR SELECT id FROM pinterest.ad_accounts; FETCH 1 FROM c; DECLARE d CURSOR FOR SELECT id FROM pinterest.boards; FETCH 1 FROM d; CLOSE c; COMMIT',
	[ '/ad_accounts x1', '/boards x1' ], 'cursors');

# Requests of all scans keep to max_connections together, and those of one wait for no
# other that nobody reads.
sql("ALTER SERVER pinterest OPTIONS (max_connections '2')");
my $narrow = asked('SELECT c.id, d.id FROM pinterest.campaigns c JOIN pinterest.ads d ON c.id = d.campaign_id JOIN pinterest.ad_groups g ON g.id = d.ad_group_id', 100, $hash);
is($narrow->{error}, '', 'max_connections: no error');
cmp_ok($narrow->{max}, '<=', 2, 'max_connections: of all scans together');
sql("ALTER SERVER pinterest OPTIONS (DROP max_connections)");
is_deeply(asked('SELECT c.id, d.id FROM pinterest.campaigns c JOIN pinterest.ads d ON c.id = d.campaign_id JOIN pinterest.ad_groups g ON g.id = d.ad_group_id', 100, $hash)->{rows},
	$narrow->{rows}, 'max_connections: the same rows');

# A row that is in use stays what it is while others are waited for, though more of its
# page comes in: the outer rows fill more than what is held of a response.
sim_reset();
my $outer = "SELECT count(*), md5(string_agg(a::text || c.name, '' ORDER BY a.ad_id, a.date)) FROM pinterest.ads_analytics a JOIN pinterest.campaigns c ON c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id";
my ($plan) = join "\n", rows($node, "$nested; EXPLAIN (COSTS OFF) $outer");
like($plan, qr/Nested Loop/, 'rows in use: a nested loop');
sim_reset();
sim_fault(action => 'slow', chunk => 200000, pause => 0.05, match => '/ads/analytics$');
my ($one) = rows($node, "$nested; SET enable_memoize = on; SET client_min_messages = error; $outer");
my ($other) = rows($node, "$hash; SET client_min_messages = error; $outer");
is($one, $other, 'rows in use: as they are by a hash join');
cmp_ok((split /\|/, $one)[0], '>', 500, 'rows in use: many');

# An error of one scan ends the query, and leaves the session as it was.
sim_reset();
sim_fault(action => 'status', status => 403, code => 29, message => 'No access.', match => '/ad_groups$');
my ($code, $out, $err) = $node->psql('postgres',
	"$hash; SELECT count(*) FROM pinterest.ad_groups g JOIN pinterest.campaigns c ON c.id = g.campaign_id;\nSELECT count(*) > 0 FROM pinterest.campaigns", on_error_stop => 0);
like($err, qr/could not read stream "ad_groups"/, 'an error of one scan');
is($out, 't', 'and the session goes on');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
