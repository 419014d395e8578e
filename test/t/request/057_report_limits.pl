# Copyright (c) 2026, pinterest_fdw contributors

# Reports end at once when the query does, stream through bounded memory
# however large they are, and leave nothing behind when they fail.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(quotas => 1, options => ", retries '20', request_timeout '$for_ever', report_timeout '$for_ever'", conf => "jit = off\n");
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($from, $until) = (utc_today(-120), utc_today(-100));
my $query = "SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics
	WHERE ad_account_id = '$account' AND date BETWEEN '$from' AND '$until'";
my $session = sql_session($node);
my $killer = $node->background_psql('postgres');
$session->query_safe('SET client_min_messages = warning');
truth_table($node, 'campaigns_analytics', start => $from, end => $until, columns => 'SPEND_IN_MICRO_DOLLAR');
my $truth = outcome($session, 'SELECT campaign_id, date, spend_in_micro_dollar FROM truth.campaigns_analytics');

# ---- the end of a query is not waited for ----

# No request is under way.
sub quiet { return decode_json(sim_get('requests'))->{in_flight} == 0; }

# So many requests that match have an answer, or hang.
sub is_reached
{
	my ($count, $match) = @_;

	return $count <= grep { "$_->{method} $_->{path}" =~ $match && defined $_->{status} } sim_requests();
}

# What is interrupted lasts for longer than a test waits, but for the pauses.
my @moments = (
	[ 'while a report is ordered', {}, { action => 'hang', method => 'POST', match => '/reports$' }, 1, qr{^POST} ],
	[ 'while the API is asked', {}, { action => 'hang', method => 'GET', match => '/reports$' }, 1, qr{^GET .*/reports$} ],
	[ 'in the download', {}, { action => 'hang', after => 'body', match => '^/async' }, 1, qr{^GET /async} ],
	[ 'while the API wants to be left alone', {}, { action => 'status', status => 429, code => 8, message => "Retry after $for_ever seconds", method => 'POST' },
		1, qr{^POST} ],
);
for my $moment (@moments)
{
	end_query($_, @$moment) for 'pg_cancel_backend', 'statement_timeout';
}

# The first and the shortest pauses may end before a slow machine comes to the cancel.
my $is_shorter;
for my $pause ([ 3, 2 ], [ 4, 4 ], [ 5, 8 ], [ 6, 10 ])
{
	my ($questions, $seconds) = @$pause;

	end_query('pg_cancel_backend', "in the pause after question $questions", { report_polls => 1000 }, undef, $questions, qr{^GET .*/reports$},
		sub { $is_shorter = time < (sim_requests())[-1]{finished} + $seconds });
	last if $is_shorter;
}
ok($is_shorter, 'the pause before a question is not waited for');

# Ends the query at a moment, and looks at what is left; ended is called when it
# is over.
sub end_query
{
	my ($how, $name, $config, $fault, $count, $match, $ended) = @_;
	my $what = "$how $name";

	sim_reset();
	sim_config(report_polls => 0, %$config);
	sim_fault(%$fault) if $fault;
	$session->{stderr} = '';
	if ($how eq 'statement_timeout')
	{
		my $is_in_time = time_out_at(sub {
			$session->{stderr} = '';
			$session->query("SET statement_timeout = '$_[0]'; $query");
			$session->query('RESET statement_timeout');
			return is_reached($count, $match);
		});
		ok($is_in_time, "$what: the moment is reached");
	}
	else
	{
		my $pid = $session->query_safe('SELECT pg_backend_pid()');

		$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
		ok(wait_for(sub { is_reached($count, $match) }), "$what: the moment is reached");
		my $requests = () = sim_requests();
		is($killer->query_safe("SELECT pg_cancel_backend($pid)"), 't', "$what: sent");
		is($session->query('SELECT 1'), '1', "$what: the session goes on");
		$ended->() if $ended;
		is(scalar(my @now = sim_requests()), $requests, "$what: no further request");
	}
	like($session->{stderr}, qr/canceling statement due to (user request|statement timeout)/, "$what: the error");
	$session->{stderr} = '';
	ok(wait_for(\&quiet), "$what: no request is left");

	# a wait that the API has asked for counts for later scans, too
	$session->query_safe('SELECT pinterest_fdw.limit_reset()');
	return;
}

sim_reset();
sim_config(report_polls => 0);
is_deeply(outcome($session, $query), $truth, 'all rows afterwards');

# A cursor that is given up while a report is waited for.
sim_reset();
sim_config(report_polls => 1000);
$session->query_safe('BEGIN');
$session->query_safe('DECLARE c CURSOR FOR SELECT date FROM pinterest.campaigns_analytics WHERE date >= current_date - 100');
$session->query_safe('FETCH 1 FROM c');
$session->query_safe('ROLLBACK');
ok(wait_for(\&quiet), 'ROLLBACK does not wait for a report, and nothing is left');

# While a report is waited for, the backend says so and uses no time.
SKIP:
{
	skip 'needs /proc', 2 unless -r '/proc/self/stat';
	my $pid = $session->query_safe('SELECT pg_backend_pid()');

	sim_reset();
	sim_config(report_polls => 1000);
	$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
	ok(wait_for(sub { is_reached(2, qr{^GET .*/reports$}) }), 'a report is waited for');
	my $ticks = ticks($pid);
	is($killer->query_safe("SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid"), 'Extension', 'it waits');
	select undef, undef, undef, 0.5;
	cmp_ok(ticks($pid) - $ticks, '<=', 5, 'and does nothing else');
	$killer->query_safe("SELECT pg_cancel_backend($pid)");
	$session->query('SELECT 1');
	$session->{stderr} = '';
}
$session->quit;
$killer->quit;

# ---- large reports, failing reports ----

large_and_failing() if -r '/proc/self/status' && -d '/proc/self/fd';

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();

# The time that a process has used, in ticks.
sub ticks
{
	my ($pid) = @_;
	my @fields = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //r;

	return $fields[11] + $fields[12];
}

sub status
{
	my ($pid, $name) = @_;
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^$name:\s+(\d+) kB/m;

	return $kb;
}

sub answer
{
	my ($body, $length) = @_;

	return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . ($length // length $body) . "\r\n\r\n$body";
}

sub large_and_failing
{
	# Half a megabyte of rows, each 2 kB.
	my $rows = join ',', map { sprintf '{"DATE":"%s","CAMPAIGN_ID":%d,"CAMPAIGN_NAME":"%s"}', $from, $_, 'x' x 2000 } 1 .. 250;

	# An API whose ad account N has a report of N half megabytes, finished when
	# it is ordered; of account 1000 + N it breaks off, of account 2000 it is no JSON.
	my ($url, $texts) = raw_server(sub {
		my ($text) = @_;
		my ($host) = $text =~ /^Host: (\S+)\r$/mi;
		my ($number) = $text =~ m{^\S+ \S*?/(\d+)};

		return answer('{"report_status":"FINISHED","token":"t"}') if $text =~ /^POST/;
		return answer("{\"report_status\":\"FINISHED\",\"url\":\"http://$host/file/$number?Signature=s\"}") if $text =~ m{^GET \S*/reports\?};
		return answer('no JSON') if $number == 2000;
		my $body = '{' . join(',', map { "\"$_\":[$rows]" } 1 .. $number % 1000);
		return $number > 1000 ? answer($body, 2 * length $body) : answer("$body}");
	});
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER large FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0', max_connections '4', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER large OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE large (ad_account_id text, campaign_id text, date date, campaign_name text, total_add_to_cart bigint)
	SERVER large OPTIONS (stream 'campaigns_analytics');
SQL
	my $of = "FROM large WHERE date = '$from' AND total_add_to_cart IS NULL AND ad_account_id";
	my %peak;
	for my $halves (16, 32, 64)
	{
		my $scan = sql_session($node);

		$scan->query_safe('SET client_min_messages = warning');
		my $backend = $scan->query_safe('SELECT pg_backend_pid()');
		is($scan->query_safe("SELECT count(*), sum(length(campaign_name)) $of = '$halves'"), 250 * $halves . '|' . 250 * 2000 * $halves,
			"a report of $halves half megabytes");
		$peak{$halves} = status($backend, 'VmHWM');
		$scan->quit;
	}
	note('peak of memory in kB: ' . join ', ', map { "$_: $peak{$_}" } sort keys %peak);
	cmp_ok($peak{32}, '<', $peak{16} + 4 * 1024, 'a report twice as large needs no more memory');
	cmp_ok($peak{64}, '<', $peak{16} + 4 * 1024, 'nor does one four times as large');

	my $scan = sql_session($node);
	$scan->query_safe('SET client_min_messages = error');
	my $pid = $scan->query_safe('SELECT pg_backend_pid()');
	my $broken = outcome($scan, "SELECT campaign_name $of = '1008'");
	is($broken->{sqlstate}, 'HV00N', 'a large report that breaks off: an error');
	like($broken->{message}, qr/could not be downloaded/, 'which says so');
	my $downloads = () = map { m{^GET /file/1008} } $texts->();
	is($downloads, 1, 'rows that were handed on are not read again');

	# Nothing grows.
	my $fail = <<SQL;
DO \$\$ DECLARE n int := 0; BEGIN
FOR i IN 1 .. 100 LOOP
	BEGIN PERFORM campaign_name $of = CASE i % 3 WHEN 0 THEN '2000' WHEN 1 THEN '1001' ELSE '1002' END; EXCEPTION WHEN OTHERS THEN n := n + 1; END;
END LOOP;
IF n <> 100 THEN RAISE 'only % errors', n; END IF;
END \$\$
SQL
	my @held;
	for my $round (1 .. 3)
	{
		$scan->query_safe($fail);
		my $contexts = $scan->query_safe('SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts');
		my @open = glob "/proc/$pid/fd/*";
		push @held, { contexts => int $contexts, rss => status($pid, 'VmRSS'), files => scalar @open };
	}
	note('failing reports: ' . join '; ', map { "contexts $_->{contexts} kB, RSS $_->{rss} kB, $_->{files} files" } @held);
	cmp_ok($held[2]{contexts}, '<=', $held[0]{contexts} + 256, '200 failing reports: memory contexts');
	cmp_ok($held[2]{rss}, '<=', $held[0]{rss} + 4096, '200 failing reports: RSS');
	cmp_ok($held[2]{files}, '<=', $held[0]{files}, '200 failing reports: open files');
	$scan->quit;
	return;
}
