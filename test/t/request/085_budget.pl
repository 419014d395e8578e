# Copyright (c) 2026, pinterest_fdw contributors

# How many requests a scan may send and how large an answer may be: what is
# refused, when, and what the error says.

use strict;
use warnings;

use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 12, '--campaigns', 10, '--ad-groups', 1, '--ads', 1, '--boards', 6, '--pins', 20);
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $account = $accounts[0];
my $node = pinterest_cluster(options => ", max_connections '2'");
my $session = sql_session($node);
my $setting = '"pinterest_fdw.max_requests"';
my $day = utc_today(-5);
my $named = join ', ', map { "'$_'" } @accounts;
my @pins = rows($node, 'SELECT id FROM pinterest.pins ORDER BY id LIMIT 9');
my $pins = join ', ', map { "'$_'" } @pins;

# ---- known from the start ----

my $windows = '(0, 1, 7, 14, 30)';
my %known = (
	'accounts' => [ "SELECT id FROM pinterest.campaigns WHERE ad_account_id IN ($named)", 12, 'Name fewer values of column "ad_account_id"' ],
	'ids' => [ "SELECT id FROM pinterest.pins WHERE id IN ($pins)", 9, 'Name fewer values of column "id"' ],
	'ids that are looked up first' => [ "SELECT campaign_id FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account'
			AND date = '$day' AND campaign_id IN (" . join(', ', map { "'$_'" } 1 .. 600) . ')', 3, 'Name fewer values of column "campaign_id"' ],
	'days' => [ "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id = '$account' AND granularity = 'HOUR' AND date >= '"
			. utc_today(-6) . "'", 2, 'Ask for fewer days in column "date"' ],
	'settings' => [ "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id = '$account' AND date = '$day'
			AND click_window_days IN $windows AND view_window_days IN (0, 1)", 10, 'Name fewer values of column "click_window_days"' ],
	'accounts and settings' => [ "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id IN ($named) AND date = '$day'
			AND click_window_days IN $windows", 60, 'Name fewer values of column "ad_account_id"' ],
	'accounts and days' => [ "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id IN ('$accounts[0]', '$accounts[1]')
			AND granularity = 'HOUR' AND date >= '" . utc_today(-6) . "'", 4, 'Ask for fewer days in column "date"' ],
);
for my $what (sort keys %known)
{
	my ($sql, $needed, $hint) = @{ $known{$what} };

	my $got = refused($needed - 1, $sql);
	like($got->{message}, qr/^could not read stream "\w+": it takes more than @{[ $needed - 1 ]} requests?$/, "$what: refused");
	is($got->{sqlstate}, '53400', "$what: SQLSTATE");
	is($got->{detail}, "At least $needed are needed, of which 0 were sent.", "$what: how many");
	is($got->{hint}, "$hint, or raise $setting.", "$what: what lowers it");
	is(scalar(my @sent = sim_requests()), 0, "$what: nothing was sent");
	is(scalar(@sent = asked_for($needed, $sql)), $needed, "$what: exactly as many as allowed");
}

# By default, 10,000.
is($session->query('RESET pinterest_fdw.max_requests; SHOW pinterest_fdw.max_requests'), '10000', 'the default');
my $all = '(0, 1, 7, 14, 30, 60)';
my $got = refused(undef, "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id IN ($named)
	AND date = '$day' AND click_window_days IN $all AND engagement_window_days IN $all AND view_window_days IN $all
	AND conversion_report_time IN ('TIME_OF_AD_ACTION', 'TIME_OF_CONVERSION') AND granularity IN ('DAY', 'TOTAL')");
is($got->{detail}, 'At least 10368 are needed, of which 0 were sent.', 'the default stops 12 * 6 * 6 * 6 * 2 * 2');
is(scalar(my @sent = sim_requests()), 0, 'before the first request');

# ---- known later ----

my $campaigns = 'SELECT id FROM pinterest.campaigns';
is(scalar(@sent = asked_for(13, $campaigns)), 13, 'listed accounts: exactly as many as allowed');
for my $allowed (1, 5, 12)
{
	$got = refused($allowed, $campaigns);
	is($got->{message}, "could not read stream \"campaigns\": it takes more than $allowed request" . ($allowed == 1 ? '' : 's'), "listed accounts, $allowed: refused");
	is($got->{detail}, 'At least 13 are needed, of which 1 was sent.', "listed accounts, $allowed: how many");
	is($got->{hint}, "Name values of column \"ad_account_id\" in WHERE, or raise $setting.", "listed accounts, $allowed: what lowers it");
	is_deeply(paths_of(sim_requests()), ['/ad_accounts x1'], "listed accounts, $allowed: stopped as soon as it is known");
}

# Two levels of lists: each says no more than what it knows.
$got = refused(14, "SELECT id FROM pinterest.board_section_pins");
like($got->{hint}, qr/^Name values of column "(board_id|section_id)" in WHERE, or/, 'lists of lists: what lowers it');
cmp_ok(scalar(@sent = sim_requests()), '<', 14, 'lists of lists: stopped before it is used up');

# Pages become known one by one.
server_options("ADD page_size '2'");
my $paged = "$campaigns WHERE ad_account_id = '$account'";
is(scalar(@sent = asked_for(5, $paged)), 5, 'pages: exactly as many as allowed');
$got = refused(3, $paged);
is($got->{detail}, 'At least 4 are needed, of which 3 were sent.', 'pages: how many');
is(scalar(@sent = sim_requests()), 3, 'pages: what is allowed is sent');
like($got->{hint}, qr/^Narrow the query by a condition .*, or raise $setting\.$/, 'pages: what lowers it');

# A cursor gets what could be read.
budget(2);
$session->query_safe("BEGIN; DECLARE c CURSOR FOR $paged");
is(scalar(split /\n/, $session->query_safe('FETCH 2 FROM c')), 2, 'a cursor: the rows of the first page');
$session->{stderr} = '';
$session->query('FETCH ALL FROM c');
like($session->{stderr}, qr/it takes more than 2 requests/, 'a cursor: an error later');
$session->{stderr} = '';
$session->query_safe('ROLLBACK');

# A LIMIT may do with less than what would be needed without.
is(scalar(@sent = asked_for(1, "$paged LIMIT 2")), 1, 'LIMIT: the page after the last is not counted');
is(scalar(@sent = asked_for(2, "$paged LIMIT 4")), 2, 'LIMIT: likewise');
for my $sql ("$campaigns LIMIT 2", "$campaigns WHERE ad_account_id IN ($named) LIMIT 2")
{
	is(scalar(@sent = asked_for(3, $sql)) ? 'read' : 'refused', 'read', 'LIMIT: accounts that are not asked are not counted');
	cmp_ok(scalar @sent, '<=', 3, 'LIMIT: and not asked');
}
$got = refused(1, "$paged LIMIT 4");
is($got->{sqlstate}, '53400', 'LIMIT: refused where it takes more');
is(scalar(@sent = sim_requests()), 1, 'LIMIT: when it does');
server_options('DROP page_size');

# ---- what counts, and where ----

my $ids = "SELECT id FROM pinterest.pins WHERE id IN ($pins)";

sim_reset();
sim_fault(action => 'status', status => 503, code => 1, times => 2);
sim_fault(action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => 0 }, nth => 5, times => 1);
budget(9);
is(outcome($session, $ids)->{rows}, 9, 'retries do not count');
is(scalar(@sent = sim_requests()), 12, 'although they are sent');

sim_reset();
sim_fault(action => 'status', status => 503, code => 1, times => 2);
server_options("ADD page_size '2'");
budget(1);
$got = outcome($session, $paged);
is($got->{detail}, 'At least 2 are needed, of which 1 was sent.', 'retries are not told, either');
server_options('DROP page_size');

# Rescans are one scan, two tables are two.
my $twice = "SELECT c.id FROM generate_series(1, 3) AS g, LATERAL ($campaigns WHERE ad_account_id = '$account' AND g > 0 OFFSET 0) AS c";
is(scalar(@sent = asked_for(3, $twice)), 3, 'rescans: exactly as many as allowed');
$got = refused(2, $twice);
is($got->{detail}, 'At least 3 are needed, of which 2 were sent.', 'rescans: they count together');
is(scalar(@sent = asked_for(9, "$ids UNION ALL $ids")), 18, 'two scans: each may send as many');

# A report takes several requests.
my $report = "SET client_min_messages = warning; SELECT date FROM pinterest.ad_account_analytics
	WHERE ad_account_id = '$account' AND date = '" . utc_today(-200) . "';";
sim_reset();
sim_config(report_polls => 0);
budget(0);
$session->query_safe($report);
my $requests = () = sim_requests();
cmp_ok($requests, '>=', 3, 'a report: requests');
sim_reset();
sim_config(report_polls => 0);
budget($requests);
is($session->query_safe("$report SELECT 'read'") =~ /read/, 1, 'a report: exactly as many as allowed');

# ---- where it is set ----

budget(0);
is(scalar(@sent = asked_for(0, $ids)), 9, '0: no limit');
server_options("ADD max_requests '8'");
for my $allowed (0, 9, 100)
{
	$got = refused($allowed, $ids);
	is($got->{message}, 'could not read stream "pins": it takes more than 8 requests', "the server's option goes before setting $allowed");
	like($got->{hint}, qr/, or raise server option "max_requests"\.$/, 'and is what is to be raised');
	is(scalar(@sent = sim_requests()), 0, 'nothing is sent');
}
server_options("SET max_requests '9'");
is(scalar(@sent = asked_for(1, $ids)), 9, 'an option larger than the setting');
server_options("SET max_requests '0'");
is(scalar(@sent = asked_for(1, $ids)), 9, 'option 0: no limit');
server_options('DROP max_requests');
$got = refused(8, $ids);
is($got->{sqlstate}, '53400', 'without the option the setting counts again');
for my $value ('-1', '', 'many', '1.5', '100000001', '99999999999', '10 kB')
{
	like(error_of($node, "ALTER SERVER pinterest OPTIONS (ADD max_requests '$value')"), qr/ERROR:.*"max_requests"/, "option max_requests '$value' is refused");
}
for my $value ('-1', 'many', '99999999999')
{
	like(error_of($node, "LOAD 'pinterest_fdw'; SET pinterest_fdw.max_requests = '$value'"), qr/ERROR:/, "setting max_requests '$value' is refused");
}

# ---- EXPLAIN ----

sim_reset();
budget(1);
for my $case ([ $known{ids}[0], 9 ], [ $known{accounts}[0], 12 ], [ $known{days}[0], 2 ], [ $known{settings}[0], 10 ], [ $campaigns, undef ])
{
	my ($sql, $expected) = @$case;

	for my $how ('', 'VERBOSE, ', 'SETTINGS, ')
	{
		my $plan = decode_json($session->query_safe("EXPLAIN (${how}FORMAT JSON) $sql"))->[0]{Plan};
		is($plan->{'Expected Requests'}, $expected, "EXPLAIN ($how): $sql") if $expected;
		cmp_ok($plan->{'Expected Requests'}, '>', 1, "EXPLAIN ($how): more than the budget") if !$expected;
	}
}
is(scalar(@sent = sim_requests()), 0, 'EXPLAIN sends nothing');
$got = outcome_of("EXPLAIN ANALYZE $ids");
like($got, qr/it takes more than 1 request$/m, 'EXPLAIN ANALYZE is refused as well');
is(scalar(@sent = sim_requests()), 0, 'and sends nothing');

# Neither is a scan that never runs.
is($session->query_safe("SELECT count(*) FROM ($ids LIMIT 0) AS s"), '0', 'LIMIT 0');
is($session->query_safe("SELECT count(*) FROM pinterest.pins WHERE id IN ($pins) AND false"), '0', 'WHERE false');
is(scalar(@sent = sim_requests()), 0, 'send nothing');

# ---- large answers ----

my $mb = 1024 * 1024;

# A page of so many bytes.
sub page
{
	my ($bytes) = @_;
	my $row = '{"id":"1","name":"' . 'n' x 980 . '"},';
	my $rows = $row x int(($bytes - 100) / 1001);
	my $start = '{"items":[' . substr($rows, 0, -1) . ']';

	return $start . ' ' x ($bytes - length($start) - length(',"bookmark":null}')) . ',"bookmark":null}';
}

sub http
{
	my ($body, @headers) = @_;

	return join("\r\n", 'HTTP/1.1 ' . ($headers[0] && $headers[0] =~ /^\d/ ? shift @headers : '200 OK'),
		'Content-Type: application/json', 'Content-Length: ' . length $body, @headers, '', $body);
}

sub gzipped
{
	my ($body) = @_;

	gzip(\$body => \my $packed) or die 'gzip';
	return http($packed, 'Content-Encoding: gzip');
}

my @children;

END
{
	my $status = $?;
	kill 'KILL', @children if @children;
	$? = $status;
}

# A server that counts the bytes that it gets rid of; returns its URL, its
# process, and a function that returns the first answer's count.
sub counting_server
{
	my ($answer) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16) or die "could not listen: $!";
	my $log = PostgreSQL::Test::Utils::tempdir() . '/bytes';
	my $pid = fork() // die "could not fork: $!";

	if ($pid == 0)
	{
		$SIG{PIPE} = 'IGNORE';
		while (my $client = $listen->accept)
		{
			my ($text, $sent) = ('', 0);

			while ($text !~ /\r\n\r\n/) { sysread($client, $text, 8192, length $text) or last; }
			while ($sent < length $answer)
			{
				my $written = syswrite($client, $answer, 65536, $sent) or last;
				$sent += $written;
			}
			close $client;
			append_to_file($log, "$sent\n");
		}
		POSIX::_exit(0);
	}
	push @children, $pid;
	my $url = 'http://127.0.0.1:' . $listen->sockport;
	close $listen;
	return ($url, $pid, sub { wait_for(sub { -s $log }); return (split /\n/, slurp_file($log))[0]; });
}

# Ends one of these.
sub end_server
{
	my ($pid) = @_;

	kill 'KILL', $pid;
	waitpid $pid, 0;
	@children = grep { $_ != $pid } @children;
	return;
}

my $size = 0;

# What a server's answer comes to.
sub answered
{
	my ($url, $options) = @_;
	my $name = 'size' . ++$size;

	$session->query_safe(<<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '1'$options);
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts');
SQL
	return outcome($session, "SELECT id, name FROM $name");
}

my $limit = ", max_response_size '1MB'";
for my $case ([ 'exactly as large', page($mb), 1 ], [ 'a byte larger', page($mb + 1), 0 ], [ 'much larger', page(8 * $mb), 0 ])
{
	my ($what, $body, $passes) = @$case;

	for my $how (\&http, \&gzipped)
	{
		my ($url, $arrived) = raw_server(sub { $how->($body) });
		my $answer = answered($url, $limit);

		cmp_ok($answer->{rows} // 0, '>', 1000, "$what: passes") if $passes;
		is(scalar(my @asked = $arrived->()), 1, "$what: not tried again");
		next if $passes;
		is($answer->{sqlstate}, '54000', "$what: an error");
		is($answer->{message}, 'could not read stream "ad_accounts": an answer is larger than 1024 kB', "$what: the message");
		like($answer->{hint}, qr/"max_response_size"/, "$what: what to do");
	}
}
my ($url) = raw_server(sub { http(page(2 * $mb)) });
cmp_ok(answered($url, '')->{rows}, '>', 2000, 'by default more passes');
cmp_ok(answered($url, ", max_response_size '3MB'")->{rows}, '>', 2000, 'and with a larger option');

# Each answer has the whole size to itself.
budget(0);
my $many = page($mb - 1000);
($url) = raw_server(sub { my $body = $many; $body =~ s/null\}$/"b$_[1]"}/ if $_[1] < 4; http($body) });
cmp_ok(answered($url, $limit)->{rows}, '>', 4000, 'four answers that are together larger');

# The connection is closed before all has come.
my ($counted_url, $pid, $count) = counting_server(http(page(64 * $mb)));
is(answered($counted_url, $limit)->{sqlstate}, '54000', 'a very large answer: an error');
cmp_ok($count->(), '<', 16 * $mb, 'a very large answer: most of it never came');
end_server($pid);

# What is small on its way is bounded by what it comes to.
my $bomb = gzipped(page(256 * $mb));
cmp_ok(length $bomb, '<', 2 * $mb, 'an answer that compresses well');
my $memory = memory();
($url, my $bombed) = raw_server(sub { $bomb });
is(answered($url, $limit)->{sqlstate}, '54000', 'an answer that compresses well: an error');
is(scalar(@sent = $bombed->()), 1, 'an answer that compresses well: not tried again');
cmp_ok(memory() - $memory, '<', 32 * 1024, 'an answer that compresses well: the session did not grow') if defined $memory;

# Errors are read no further than they can be told.
($counted_url, $pid, $count) = counting_server(http('{"code":7,"message":"' . 'x' x (64 * $mb) . '"}', '403 Forbidden'));
like(answered($counted_url, $limit)->{sqlstate}, qr/^(54000|42501)$/, 'a very large error: an error');
cmp_ok($count->(), '<', 16 * $mb, 'a very large error: most of it never came');
end_server($pid);

for my $value ('-1', '', '0', '1', '1023', '1023kB', '17GB', 'x', '1 XB', '1MB2')
{
	like(error_of($node, "ALTER SERVER pinterest OPTIONS (ADD max_response_size '$value')"), qr/ERROR:.*"max_response_size"/, "option max_response_size '$value' is refused");
}
for my $value ('1024', '1MB', '1024 kB', '16GB')
{
	$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD max_response_size '$value'); ALTER SERVER pinterest OPTIONS (DROP max_response_size)");
	pass("option max_response_size '$value' is taken");
}

sim_reset();
budget(0);
is(scalar(@sent = asked_for(0, $ids)), 9, 'the session works on');
is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();

# Sets how many requests a scan may send; undef: as it is.
sub budget
{
	my ($allowed) = @_;

	$session->query_safe("SET pinterest_fdw.max_requests = $allowed") if defined $allowed;
	return;
}

# What a query comes to that takes more requests than allowed.
sub refused
{
	my ($allowed, $sql) = @_;

	sim_reset();
	budget($allowed);
	return outcome($session, $sql);
}

# The requests of a query that may send so many.
sub asked_for
{
	my ($allowed, $sql) = @_;
	my $got = refused($allowed, $sql);

	diag("$sql: $got->{message} $got->{detail}") if !defined $got->{rows};
	return defined $got->{rows} ? sim_requests() : ();
}

sub server_options
{
	return $session->query_safe("ALTER SERVER pinterest OPTIONS ($_[0])");
}

# What a statement says in the session.
sub outcome_of
{
	my ($sql) = @_;

	$session->{stderr} = '';
	$session->query($sql);
	my $said = $session->{stderr};
	$session->{stderr} = '';
	return $said;
}

# The most memory that the session has had, in kB; undef: not known here.
sub memory
{
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	my $file = "/proc/$pid/status";

	return -r $file && slurp_file($file) =~ /^VmHWM:\s+(\d+) kB/m ? $1 : undef;
}
