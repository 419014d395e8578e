# Copyright (c) 2026, pinterest_fdw contributors

# Nothing grows: neither memory nor open files over a thousand failing and a
# thousand succeeding queries in one session, nor memory with the result.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs /proc' unless -r '/proc/self/status' && -d '/proc/self/fd';

simulator('--accounts', 1, '--campaigns', 6, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", page_size '2', max_connections '2', retries '0'",
	conf => "log_min_messages = panic\njit = off\n");
my $query = 'SELECT id, length(name), attrs IS NOT NULL FROM pinterest.campaigns';

sub status
{
	my ($pid, $name) = @_;
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^$name:\s+(\d+) kB/m;

	return $kb;
}

# What a session holds: kB of memory contexts, kB of RSS, open files.
sub held
{
	my ($session, $pid) = @_;
	my $contexts = $session->query_safe('SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts');
	my @open = glob "/proc/$pid/fd/*";

	return (contexts => int $contexts, rss => status($pid, 'VmRSS'), files => scalar @open);
}

sub flat_ok
{
	my ($before, $after, $name) = @_;

	note("$name: $_ from $before->{$_} to $after->{$_}") for qw(contexts rss files);
	cmp_ok($after->{contexts}, '<=', $before->{contexts} + 256, "$name: memory contexts");
	cmp_ok($after->{rss}, '<=', $before->{rss} + 4096, "$name: RSS");
	cmp_ok($after->{files}, '<=', $before->{files}, "$name: open files");
	return;
}

# Runs a query many times and returns how many lines it printed and what errors.
sub run_often
{
	my ($session, $sql, $times) = @_;

	$session->{stderr} = '';
	my $lines = () = $session->query("$sql;\n" x $times) =~ /\n/g;
	my $errors = () = $session->{stderr} =~ /ERROR:/g;
	$session->{stderr} = '';
	return ($lines + 1, $errors);
}

# What fails in all kinds of places: at once, in the middle of the answer, when
# rows are out already, when a value does not fit.
my @faults = (
	{ action => 'status', status => 403, code => 7, query => '^(?!.*bookmark)' },
	{ action => 'status', status => 500, code => 7 },
	{ action => 'truncate' },
	{ action => 'drop' },
	{ action => 'garbage' },
	{ action => 'nul', field => 'name' },
	{ action => 'lone_surrogate', field => 'name' },
	{ action => 'nesting', field => 'name' },
);

my $session = sql_session($node);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
my $truth = outcome($session, $query);
$session->query_safe('\set VERBOSITY terse');

is($truth->{rows}, 6, 'a small world');
my ($rows) = run_often($session, $query, 100);
is($rows, 600, 'queries to warm up');
my %before = held($session, $pid);
($rows) = run_often($session, $query, 500) for 1 .. 2;
is($rows, 3000, 'a thousand queries succeed');
flat_ok(\%before, { held($session, $pid) }, 'a thousand succeeding queries');

fail_often(5);
%before = held($session, $pid);
my $errors = fail_often(63) + fail_often(62);
is($errors, 1000, 'a thousand queries fail');
flat_ok(\%before, { held($session, $pid) }, 'a thousand failing queries');

# The same with the errors caught, in one transaction.
my $caught = <<"SQL";
DO \$\$ DECLARE n int := 0; BEGIN
FOR i IN 1 .. 300 LOOP
	BEGIN PERFORM count(*) FROM pinterest.campaigns; EXCEPTION WHEN OTHERS THEN n := n + 1; END;
END LOOP;
IF n <> 300 THEN RAISE 'only % errors', n; END IF;
END \$\$
SQL
sim_reset();
sim_fault(action => 'html', match => '^/ad_accounts$');
$session->query_safe($caught);
%before = held($session, $pid);
$session->query_safe($caught);
flat_ok(\%before, { held($session, $pid) }, 'errors that are caught');

# Rescans in one query.
sim_reset();
my $rescans = "SELECT count(c.id) FROM generate_series(1, %d) AS g,
	LATERAL (SELECT id FROM pinterest.campaigns WHERE ad_account_id IS NOT NULL AND g > 0 OFFSET 0) AS c";
is($session->query_safe(sprintf $rescans, 100), 600, 'rescans to warm up');
%before = held($session, $pid);
is($session->query_safe(sprintf $rescans, 500), 3000, 'five hundred rescans');
flat_ok(\%before, { held($session, $pid) }, 'rescans');
is_deeply(outcome($session, $query), $truth, 'the session still reads all rows');

# Cancelled queries leave no connection behind: a cursor that was given up.
sim_reset();
%before = held($session, $pid);
$session->query_safe(join ";\n", ("BEGIN; DECLARE c CURSOR FOR $query; FETCH 1 FROM c; ROLLBACK") x 100);
flat_ok(\%before, { held($session, $pid) }, 'cursors that are given up');
$session->quit;

# Memory does not grow with the result.  Each page has 250 rows of 2 kB.
sub items
{
	my ($first, $count) = @_;

	return join ',', map { sprintf '{"id":"%d","name":"%s"}', $_, 'x' x 2000 } $first .. $first + $count - 1;
}

sub answer
{
	my ($body) = @_;

	return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
}

my $one_page = items(1, 250);
my ($pages_url) = raw_server(sub {
	my ($text) = @_;
	my ($of) = $text =~ m{^GET /(\d+)/};
	my ($page) = $text =~ /bookmark=(\d+)/;
	my $next = ($page // 1) + 1;
	return answer("{\"items\":[$one_page],\"bookmark\":" . ($next > $of ? 'null' : "\"$next\"") . '}');
});
my ($answer_url) = raw_server(sub {
	my ($text) = @_;
	my ($of) = $text =~ m{^GET /(\d+)/};
	return answer('{"items":[' . join(',', ($one_page) x $of) . '],"bookmark":null}');
});

for my $case ([ 'many pages', $pages_url ], [ 'one answer', $answer_url ])
{
	my ($name, $url) = @$case;
	my %peak;

	for my $pages (16, 32, 64)
	{
		my $scan = sql_session($node);
		$scan->query_safe('SET client_min_messages = warning');
		my $backend = $scan->query_safe('SELECT pg_backend_pid()');

		$scan->query_safe(<<SQL);
CREATE SERVER s FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url/$pages', max_connections '4', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE big (id text, name text, attrs jsonb) SERVER s OPTIONS (stream 'ad_accounts');
SQL
		is($scan->query_safe('SELECT count(*), sum(length(name)) FROM big WHERE attrs IS NOT NULL'),
			250 * $pages . '|' . 250 * 2000 * $pages, "$name: $pages times half a megabyte");
		$peak{$pages} = status($backend, 'VmHWM');
		$scan->query_safe('DROP SERVER s CASCADE');
		$scan->quit;
	}
	note("$name: peak of memory in kB: " . join ', ', map { "$_: $peak{$_}" } sort keys %peak);
	cmp_ok($peak{32}, '<', $peak{16} + 6 * 1024, "$name: twice the rows need no more memory");
	cmp_ok($peak{64}, '<', $peak{16} + 6 * 1024, "$name: nor do four times the rows");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();

# Lets each fault make so many queries fail; returns how many did.
sub fail_often
{
	my ($times) = @_;
	my $failed = 0;

	for my $fault (@faults)
	{
		sim_reset();
		sim_fault(match => '/campaigns$', query => 'bookmark=', %$fault);
		my ($lines, $errors) = run_often($session, $query, $times);
		$failed += $errors;
	}
	return $failed;
}
