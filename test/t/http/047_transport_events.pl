# Copyright (c) 2026, pinterest_fdw contributors

# What a server does to single requests and connections, each on its own: every
# code of RST_STREAM at every point, also if it never ends; streams that it does
# not allow; a restart between queries; protocols that it does not have.

use strict;
use warnings;

use FindBin;
use IO::Select;
use IO::Socket::IP;
use JSON::PP;
use Socket qw(SOCK_STREAM);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TransportTest;

my $lacking = transport_lacks();
plan skip_all => $lacking if $lacking;

my @codes = qw(NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED
  FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY
  HTTP_1_1_REQUIRED);

my $ca_file = transport_server();
my $node = transport_node($ca_file, 1);
my $query = q(SELECT id || ':' || md5(name) AS r FROM t);
my $session = transport_session($node);

# Serves a case and turns the foreign server there, with further options.
sub begin
{
	my ($settings, %options) = @_;

	return transport_case($session, { coding => 'gzip', name_bytes => 1200, %$settings },
		retries => 1, request_timeout => 30, %options);
}

# All rows of a case, with so many requests that were tried again (with $or_more,
# or so many more).
sub all_rows_ok
{
	my ($case, $test, $retries, $or_more) = @_;
	my $got = played($session, $query);
	my $truth = case_rows($case);
	my @log = transport_log($case->{name});
	my @requests = requests_in(@log);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ @$got{qw(rows md5 message detail)} ], [ @$truth{qw(rows md5)}, undef, undef ], "$test: all rows")
	  or return;
	waits_ok($test, $got, @log);
	cmp_ok($got->{retries}, '>=', $retries, "$test: retries");
	cmp_ok($got->{retries}, '<=', $retries + ($or_more // 0), "$test: no more retries");
	is($got->{requests}, case_requests($case) + $got->{retries}, "$test: what EXPLAIN counts");
	$or_more ? cmp_ok(scalar @requests, '<=', $got->{requests}, "$test: what arrived")
	  : is(scalar @requests, $got->{requests}, "$test: what arrived");
	return;
}

# ---- RST_STREAM ----

# On requests of three accounts, once; then on each try of one, which ends the
# query after as many as are to be.
for my $code (@codes)
{
	my $once = begin({ accounts => 3, pages => 2, event => [
		{ do => 'rst', code => $code, at => 'start', nth => 2 },
		{ do => 'rst', code => $code, at => 'headers', nth => 3 },
		{ do => 'rst', code => $code, at => 'body', nth => 4 } ] });

	# versions of libcurl that mix HTTP/1.1 up with HTTP/2 are not trusted with the first answers
	all_rows_ok($once, $code, $code eq 'HTTP_1_1_REQUIRED' ? (1, 5) : (3, 0));
	transport_stop($once->{port});
	my $case = begin({ event => { do => 'rst', code => $code, nth => 3, tries => 1000 } });
	my $got = played($session, $query);
	my @tries = grep { $_ eq '/v5/ad_accounts/549755885001/campaigns page1' } requests_in(transport_log($case->{name}));

	if ($code eq 'HTTP_1_1_REQUIRED')
	{
		is($got->{md5}, case_rows($case)->{md5}, "$code for ever: all rows, by HTTP/1.1") or diag(explain($got));
		cmp_ok(scalar @tries, '<=', 3, "$code for ever: few tries");
	}
	else
	{
		is($got->{sqlstate}, 'HV00N', "$code for ever: SQLSTATE") or diag(explain($got));
		like($got->{message}, qr/the connection to the API failed/, "$code for ever: message");
		like($got->{detail}, qr/\(tried 2 times\): \S/, "$code for ever: detail");

		# of a stream that was refused libcurl knows that it may be sent again, and does so a few times
		$code eq 'REFUSED_STREAM' ? cmp_ok(scalar @tries, '<=', 12, "$code for ever: a dozen tries at most")
		  : is(scalar @tries, 2, "$code for ever: two tries");
	}
	transport_stop($case->{port});
}

# A server that wants HTTP/1.1 of many requests at once, or of all: versions of
# libcurl before 8.5 then take a connection of HTTP/1.1 for one that several
# requests can share, and give one request's answer to another.
for my $every (1, 2)
{
	for my $at (qw(start headers body))
	{
		my $test = 'HTTP_1_1_REQUIRED ' . ($every == 1 ? 'of all' : 'of every other one') . ", at $at";
		my $case = begin({ accounts => 20, pages => 2, event => { do => 'rst', code => 'HTTP_1_1_REQUIRED', at => $at, every => $every } },
			retries => 5);
		my $got = played($session, $query);

		is_deeply([ @$got{qw(rows md5 message detail)} ], [ @{ case_rows($case) }{qw(rows md5)}, undef, undef ], "$test: all rows");
		is(($got->{requests} // 0) - ($got->{retries} // 0), scalar(case_requests($case)), "$test: requests but for retries");
		transport_stop($case->{port});
	}
}

# ---- in the middle of a body whose first rows have been read ----

for my $end (
	{ do => 'rst', code => 'INTERNAL_ERROR' }, { do => 'rst', code => 'NO_ERROR' }, { do => 'rst', code => 'REFUSED_STREAM' },
	{ do => 'close', how => 'fin' }, { do => 'close', how => 'notify' }, { do => 'close', how => 'reset' },
	{ do => 'goaway', form => 'abrupt', code => 'ENHANCE_YOUR_CALM' })
{
	for my $coding (qw(identity gzip))
	{
		for my $http ($end->{do} eq 'close' ? (1, 2) : 2)
		{
			my $test = join ' ', "h$http", $coding, map { "$end->{$_}" } sort keys %$end;
			my $case = begin({ http => $http, coding => $coding, rows => 400,
				event => { %$end, do => 'hold', at => 'body', cut => 'half', nth => 2, then => $end->{do} } });

			$session->query_safe('BEGIN; DECLARE c CURSOR FOR ' . $query);
			is($session->query_safe('FETCH 1 FROM c') =~ /^(\S+)$/ && case_rows($case)->{all}{$1}, 1, "$test: a row");
			transport_release($case->{port});
			$session->{stderr} = '';
			$session->query('FETCH ALL FROM c');
			like($session->{stderr}, qr/ERROR:.*the connection to the API failed/, "$test: then an error");
			like($session->{stderr}, qr{DETAIL:.*/campaigns failed}, "$test: that says what failed");
			$session->query('ROLLBACK');
			is(scalar(requests_in(transport_log($case->{name}))), 2, "$test: it is not tried again");
			transport_stop($case->{port});
		}
	}
}

# ---- streams ----

# None for a while; then many.  The request that came before this was known waits.
my $case = begin({ streams => [ 0, 100, 0.2 ], accounts => 20, pages => 2 });
all_rows_ok($case, 'no streams for a while', 0);
transport_stop($case->{port});

$case = begin({ streams => [0] }, request_timeout => 1, retries => 0);
my $got = played($session, $query);
is($got->{sqlstate}, 'HV00N', 'no streams for ever: SQLSTATE') or diag(explain($got));
like($got->{message}, qr/the API did not answer in time/, 'no streams for ever: message');
is(scalar(requests_in(transport_log($case->{name}))), 0, 'no streams for ever: no request was taken');
transport_stop($case->{port});

# GOAWAY, as if nothing had been processed, while twenty slow answers go on.
for my $last (0, 2**31 - 1)
{
	$case = begin({ accounts => 20, pages => 1, rows => 10, shape => { frames => 100, slow => 3 },
		event => { do => 'goaway_after', seconds => 0.3, last => $last } }, retries => 3);
	$got = played($session, $query);
	is_deeply([ @$got{qw(rows md5 message)} ], [ @{ case_rows($case) }{qw(rows md5)}, undef ], "GOAWAY $last while answers go on: all rows")
	  or diag(explain($got));
	is($got->{requests} - $got->{retries}, 21, "GOAWAY $last while answers go on: requests but for retries");
	is(scalar(grep { $_->{what} eq 'goaway' } transport_log($case->{name})), 1, "GOAWAY $last: it was sent");
	transport_stop($case->{port});
}

# ---- large answers, twenty at once ----

$case = begin({ accounts => 20, pages => 1, rows => 700, name_bytes => 13300 });
all_rows_ok($case, 'twenty answers of 7 MB', 0);
transport_stop($case->{port});

# What is compressed reaches the scan faster than it is read, so that transfers
# are paused, some of them when nothing is left to come for them.
for my $n (1 .. 5)
{
	$case = begin({ accounts => 20, pages => 1, rows => 60, name_bytes => 6600 });
	all_rows_ok($case, "twenty answers of 300 kB, $n", 0);
	transport_stop($case->{port});
}

# ---- codings ----

# Other codings and names of them than those of the table, and in small pieces.
for my $coding (qw(gzip deflate deflate-raw gzip-members gzip-named-x both none-by-that-name))
{
	for my $shape ({}, { frames => 3 })
	{
		for my $http (1, 2)
		{
			my $test = join ' ', $coding, "h$http", %$shape ? 'in pieces' : ();

			$case = begin({ http => $http, coding => $coding, shape => $shape, name_bytes => 100, length => JSON::PP::false });
			all_rows_ok($case, $test, 0);
			is_deeply([ keys %{ { map { $_->{coding} => 1 } grep { $_->{what} eq 'request' } transport_log($case->{name}) } } ],
				[$coding], "$test: the coding");
			transport_stop($case->{port});
		}
	}
}

# A compressed body that is cut off or damaged, though the answer says that it is
# complete: once, and for ever.  Deflate without a header has no checksum.
for my $coding (qw(gzip deflate deflate-raw))
{
	my @kinds = ('cut', 'more', $coding eq 'deflate-raw' ? () : 'flip');

	$case = begin({ coding => $coding, accounts => 3, pages => 1,
		event => [ map { { do => 'damage', how => $kinds[$_], nth => $_ + 2 } } 0 .. $#kinds ] });
	all_rows_ok($case, "$coding, damaged once", scalar @kinds);
	transport_stop($case->{port});
	for my $how (@kinds)
	{
		$case = begin({ coding => $coding, event => { do => 'damage', how => $how, nth => 3, tries => 1000 } }, retries => 0);
		$got = played($session, $query);
		is($got->{sqlstate}, 'HV00N', "$coding, $how for ever: SQLSTATE") or diag(explain($got));
		like($got->{detail}, qr/compressed body/, "$coding, $how for ever: detail");
		transport_stop($case->{port});
	}
}

# ---- between queries ----

# A server that was restarted knows neither the connections nor the tickets.
for my $http (1, 2)
{
	for my $tls (qw(1.2 1.3))
	{
		$case = begin({ http => $http, tls => $tls });
		my $test = "restart, h$http, TLS $tls";
		my $requests = case_requests($case);

		all_rows_ok($case, "$test: before", 0);
		transport_restart($case->{port});
		$got = played($session, $query);
		is($got->{md5}, case_rows($case)->{md5}, "$test: all rows") or diag(explain($got));
		is($got->{requests} - $got->{retries}, $requests, "$test: requests but for retries");
		cmp_ok($got->{retries}, '<=', 2, "$test: few resends");
		my @log = transport_log($case->{name});
		is(scalar(requests_in(@log)), 2 * $requests, "$test: what arrived");
		is(scalar(grep { $_->{what} eq 'connect' } @log), 2, "$test: two connections");
		transport_stop($case->{port});
	}
}

# 421 on a connection that was used before: once more, on another one.
for my $http (1, 2)
{
	$case = begin({ http => $http, event => { do => 'status', status => 421, reused => JSON::PP::true, nth => 3 } });
	all_rows_ok($case, "421, h$http", 1);
	my @log = grep { $_->{what} eq 'request' } transport_log($case->{name});
	my ($refused, $again) = @log[ 2, 3 ];
	is($refused->{event}, 'status', "421, h$http: the third request got it");
	is("$again->{path} $again->{query}", "$refused->{path} $refused->{query}", "421, h$http: it was sent again");
	isnt($again->{connection}, $refused->{connection}, "421, h$http: on a new connection");
	transport_stop($case->{port});

	$case = begin({ http => $http, event => { do => 'status', status => 421, nth => 3, tries => 1000 } });
	$got = played($session, $query);
	like($got->{sqlstate} // '', qr/^HV/, "421 for ever, h$http: an error") or diag(explain($got));
	cmp_ok(scalar(grep { /page1$/ } requests_in(transport_log($case->{name}))), '<=', 4, "421 for ever, h$http: few tries");
	transport_stop($case->{port});
}

# ---- TLS that cannot be ----

for my $tls (qw(plain 1.0))
{
	my $test = $tls eq 'plain' ? 'no TLS on the port' : "TLS $tls alone";

	$case = begin({ tls => $tls }, retries => 3);
	$got = played($session, $query);
	is($got->{sqlstate}, 'HV00N', "$test: SQLSTATE") or diag(explain($got));
	like($got->{message}, qr/no safe connection to the API is possible/, "$test: message");
	unlike($got->{detail}, qr/tried/, "$test: once");
	unlike($got->{hint}, qr/network/, "$test: the hint is not at the network");
	ok(wait_for(sub { grep { $_->{what} =~ /^(handshake_failed|close)$/ } transport_log($case->{name}) }), "$test: it was tried");
	is(scalar(grep { $_->{what} =~ /^(handshake_failed|close)$/ } transport_log($case->{name})), 1, "$test: one connection");
	transport_stop($case->{port});
}

# ---- an address that does not answer ----

# localhost is ::1 and 127.0.0.1, of which one is tried first, and the other one
# beside it 0.2 seconds later.  The one that does not serve has a socket whose
# queue is full, so that, as in a network that drops all packets, no connection
# comes about.  Where the timer is lost, which hangs on a part of a millisecond, the
# wait after it lasts for a second or longer.
my ($beside, $played_dead) = (0, 0);

for my $hosts ([ '127.0.0.1', '::1' ], [ '::1', '127.0.0.1' ])
{
  SKIP:
	{
		my ($alive, $dead) = @$hosts;

		skip 'there is no ::1', 13 unless IO::Socket::IP->new(LocalHost => '::1', Listen => 1, Type => SOCK_STREAM);
		$case = begin({ host => $alive, rows => 2 });
		my $full = IO::Socket::IP->new(LocalHost => $dead, LocalPort => $case->{port}, Listen => 1, Type => SOCK_STREAM)
		  or skip "port $case->{port} of $dead is in use", 13;
		my @waiting = map { connecting($dead, $case->{port}) } 1 .. 5;
		skip 'a full queue of connections takes more here', 13 if IO::Select->new($waiting[-1])->can_write(0.2);

		$played_dead++;
		my $late = 0;
		for my $n (1 .. 12)
		{
			$session->query_safe("ALTER SERVER t OPTIONS (SET base_url 'https://localhost:$case->{port}/v5')");
			my $before = () = transport_log($case->{name});
			$got = played($session, $query);
			is_deeply([ @$got{qw(rows md5 message retries)} ], [ @{ case_rows($case) }{qw(rows md5)}, undef, 0 ],
				"$dead does not answer, $n: all rows");
			my @log = transport_log($case->{name});
			$late++ if $got->{without_event} > 1 + int(seconds_owed(@log[ $before .. $#log ])) && $got->{idle_ms} >= 1000;
			$beside += $got->{without_event} > 0;
		}
		# a machine that is slow may be late now and then, a timer that is lost is always
		cmp_ok($late, '<=', 3, "$dead does not answer: the other one is tried in time");
		transport_stop($case->{port});
	}
}
SKIP:
{
	skip 'an address that does not answer was not played', 1 unless $played_dead == 2;
	cmp_ok($beside, '>=', 12, 'one of the two is tried first');
}

# A socket that a connection is asked of.
sub connecting
{
	my ($host, $port) = @_;

	return IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Type => SOCK_STREAM, Blocking => 0);
}

is(transport_complaint(), '', 'the server played all of it');
$session->quit;
$node->stop;
done_testing();
