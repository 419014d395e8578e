# Copyright (c) 2026, pinterest_fdw contributors

# Every transport that a server may speak, with each thing that it may do to it:
# all rows come, each request arrives once or as often as what happened explains,
# and nothing waits for a time to pass that an event could end.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use Pairwise;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use TransportTest;

my $lacking = transport_lacks();
plan skip_all => $lacking if $lacking;

# ---- the table ----

# Bytes of an answer: rows of a page, bytes of a row's name where they are
# compressed and where not, and pages of one account and of each of twenty.
my %sizes = (
	tiny => { rows => 5, name_bytes => [ 200, 200 ], pages => [ 4, 2 ] },
	small => { rows => 5, name_bytes => [ 1200, 900 ], pages => [ 4, 2 ] },
	large => { rows => 60, name_bytes => [ 6600, 4900 ], pages => [ 3, 1 ] },
	huge => { rows => 700, name_bytes => [ 13300, 10000 ], pages => [ 2, 1 ], many => { rows => 200 } },
	bomb => { rows => 4000, name_bytes => [ 8000, 8000 ], pages => [ 2, 1 ], filler => 'same', many => { rows => 400 } },
);

# The codes of RFC 9113.
my @codes = qw(NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED
  FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY
  HTTP_1_1_REQUIRED);

# What happens.  http: 2 is what it needs.  event: what the server plays, on a
# few requests; each: it is played on single requests, which are tried again,
# and on no other.  all: it ends other answers, too, so that none of them may have
# brought rows before.  turns: settings that take turns, from case to case.
my %events = (
	plain => {},
	limit => {},
	cancel => { event => { do => 'hold', at => 'body', cut => 'half', nth => 2 } },
	close_start => { all => 1, event => { do => 'close', at => 'start', most => 1 }, turns => { how => [qw(fin notify reset)] } },
	close_body => { all => 1, event => { do => 'close', at => 'body', most => 1 }, turns => { how => [qw(fin notify reset)] } },
	close_after => { all => 1, event => { do => 'close', at => 'after', most => 1 }, turns => { how => [qw(fin notify)] } },
	goaway_graceful => { http => 2, event => { do => 'goaway', form => 'graceful', most => 2 } },
	goaway_last => { http => 2, event => { do => 'goaway', form => 'last', most => 2 } },
	goaway_zero => { http => 2, all => 1, event => { do => 'goaway', form => 'zero', at => 'body', most => 1 } },
	goaway_abrupt => { http => 2, all => 1, event => { do => 'goaway', form => 'abrupt', at => 'body', most => 1 },
		turns => { code => [qw(ENHANCE_YOUR_CALM INTERNAL_ERROR NO_ERROR)] } },
	rst_start => { http => 2, each => 1, event => { do => 'rst', at => 'start' }, turns => { code => \@codes } },
	rst_headers => { http => 2, each => 1, event => { do => 'rst', at => 'headers' }, turns => { code => \@codes } },
	rst_body => { http => 2, each => 1, event => { do => 'rst', at => 'body' }, turns => { code => \@codes } },
	restart => { all => 1, event => { do => 'restart', at => 'start', most => 1 } },
	paused => { load => 'twenty', event => { do => 'hold', at => 'body', cut => 'half', nth => 2, answers => 15 } },
	headers => { shape => { header_bytes => 54000 } },
	dribble => { shape => { dribble => 5, interim => JSON::PP::true, trailers => JSON::PP::true } },
	frames => { small => 1, shape => { frames => 100, padding => JSON::PP::true, empty => JSON::PP::true, late_end => JSON::PP::true } },
	streams_0 => { http => 2, streams => [ 0, 100, 0.3 ] },
	streams_1 => { http => 2, streams => [1] },
);

my @parameters = (
	[ http => [ 1, 2 ] ],
	[ coding => [qw(identity gzip deflate deflate-raw)] ],
	[ tls => [qw(none 1.2 1.3)] ],
	[ size => [qw(tiny small large huge bomb)] ],
	[ load => [qw(one twenty)] ],
	[ event => [ sort keys %events ] ],
);

# Whether values can meet: HTTP/2 is negotiated by TLS, what does not compress is
# no bomb, and small frames are for small answers.
sub allowed
{
	my ($row) = @_;
	my $event = $events{ $row->{event} };

	return ($row->{http} == 1 || $row->{tls} ne 'none')
	  && ($row->{size} ne 'bomb' || $row->{coding} ne 'identity')
	  && $row->{http} >= ($event->{http} // 1)
	  && (!$event->{load} || $event->{load} eq $row->{load})
	  && (!$event->{small} || $row->{size} eq 'tiny' || $row->{size} eq 'small' || ($row->{size} eq 'large' && $row->{load} eq 'one'));
}

# What the server is told of a case.
my %turn;

sub settings_of
{
	my ($row) = @_;
	my ($size, $event) = ($sizes{ $row->{size} }, $events{ $row->{event} });
	my $many = $row->{load} eq 'twenty';
	my %played = %{ $event->{event} // {} };

	for my $name (sort keys %{ $event->{turns} // {} })
	{
		my $values = $event->{turns}{$name};

		$played{$name} = $values->[ $turn{"$name @$values"}++ % @$values ];
	}
	return {
		http => $row->{http}, tls => $row->{tls},
		coding => $row->{coding},
		accounts => $many ? 20 : 1,
		pages => $size->{pages}[$many],
		rows => ($many && $size->{many} ? $size->{many}{rows} : $size->{rows}),
		name_bytes => $size->{name_bytes}[ $row->{coding} eq 'identity' ],
		filler => $size->{filler} // 'mixed',
		shape => $event->{shape} // {},
		streams => $event->{streams},
		event => %played ? \%played : undef,
		quiet => $event->{all} && $many ? JSON::PP::true : JSON::PP::false,
	};
}

# ---- the server and the session ----

# OpenSSL's keys go to no file that the environment names.
my $keys = PostgreSQL::Test::Utils::tempdir() . '/keys';
$ENV{SSLKEYLOGFILE} = $keys;
my $ca_file = transport_server();
my $node = transport_node($ca_file, 3);
my $session = transport_session($node);
my $killer = sql_session($node);
my $backend = $session->query_safe('SELECT pg_backend_pid()');
my $query = q(SELECT id || ':' || md5(name) AS r FROM t);

# ---- what is asserted ----

# All rows came, and of the requests each: once, or as often as what was played
# explains, which EXPLAIN counts alike.
sub rows_ok_in
{
	my ($test, $settings, $row, $got, @log) = @_;
	my $truth = case_rows($settings);
	my @expected = case_requests($settings);
	my @requests = requests_in(@log);
	my %distinct = map { $_ => 1 } @requests;
	my $event = $events{ $row->{event} };
	my $played = grep { $_->{event} } grep { $_->{what} eq 'request' } @log;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply({ map { $_ => $got->{$_} } qw(rows md5 message detail) },
		{ rows => $truth->{rows}, md5 => $truth->{md5}, message => undef, detail => undef }, "$test: all rows")
	  or return;
	is_deeply([ sort keys %distinct ], \@expected, "$test: its requests");
	is($got->{requests} - $got->{retries}, scalar @expected, "$test: requests that EXPLAIN counts, but for retries");
	cmp_ok(scalar @requests, '<=', $got->{requests}, "$test: none arrived that was not counted");
	# What ends other answers than its own hits all that are under way.  Besides, newer
	# libcurls notice only when they send that a connection is closed, and the first
	# answers by HTTP/1.1 of those that mix it up with HTTP/2 are not trusted.
	if (!$played || $event->{each} && ($settings->{event}{code} // '') ne 'HTTP_1_1_REQUIRED')
	{
		is($got->{retries}, $event->{each} ? $played : 0, "$test: retries that what happened explains");
		is(scalar @requests, $got->{requests}, "$test: all that were counted arrived");
	}
	else
	{
		cmp_ok($got->{retries}, '<=', ($row->{load} eq 'one' ? 2 : 40) * $played, "$test: retries that what happened explains");
	}
	cmp_ok($played, '>=', 1, "$test: it was played") if $settings->{event};
	return;
}

# The server used the transport that the case is about.
sub transport_ok
{
	my ($test, $settings, @log) = @_;
	my @connects = grep { $_->{what} eq 'connect' } @log;
	my ($offered) = map { $_->{accept_encoding} } grep { $_->{what} eq 'request' } @log;
	my %codings = map { $_->{coding} => 1 } grep { $_->{what} eq 'request' } @log;
	my $first = $connects[0];
	my $alpn = $settings->{tls} eq 'none' ? undef : $settings->{http} == 2 ? 'h2' : 'http/1.1';

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ @$first{qw(tls alpn)} ], [ $settings->{tls} eq 'none' ? undef : "TLSv$settings->{tls}", $alpn ], "$test: the protocols");
	is_deeply([ keys %codings ], [ $settings->{coding} ], "$test: the coding");
	is_deeply([ sort(split /, */, $offered) ], [qw(deflate gzip)], "$test: the codings that it could be");
	is(join(' ', map { $_->{error} } grep { $_->{what} eq 'violation' } @log), '', "$test: nothing that HTTP/2 forbids");
	return;
}

my @table;

sub run_case
{
	my ($row) = @_;
	my $settings = transport_case($session, settings_of($row));
	my $name = $settings->{name};
	my $what = join ' ', map { $_ // () } @{ $settings->{event} // {} }{qw(how code)};
	my $test = join ' ', ($row->{http} == 2 ? 'h2' : 'h1'), @$row{qw(tls)}, $settings->{coding}, @$row{qw(size load event)}, $what || ();
	my $start = time;
	my $got;

	if ($row->{event} eq 'cancel')
	{
		$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
		ok(wait_for(sub { grep { $_->{what} eq 'hold' } transport_log($name) }), "$test: it hangs");
		$killer->query_safe("SELECT pg_cancel_backend($backend)");
		$session->query('SELECT 1');
		like($session->{stderr}, qr/canceling statement due to user request/, "$test: the error");
		$got = played($session, $query);
		my $truth = case_rows($settings);
		is_deeply([ @$got{qw(rows md5 message retries)} ], [ @$truth{qw(rows md5)}, undef, 0 ], "$test: all rows after it");
	}
	elsif ($row->{event} eq 'limit')
	{
		$got = played($session, "$query LIMIT 3");
		my $truth = case_rows($settings);
		is($got->{rows}, 3, "$test: three rows") or diag(explain($got));
		is_deeply([ grep { !$truth->{all}{$_} } @{ $got->{list} // [] } ], [], "$test: that there are");
	}
	else
	{
		$got = played($session, $query);
		rows_ok_in($test, $settings, $row, $got, transport_log($name));
	}
	waits_ok($test, $got, transport_log($name));
	push @table, sprintf '%-60s %6.2f s  %s', $test, time - $start,
	  $got->{message} ? "$got->{sqlstate} $got->{message}: $got->{detail}"
	  : "$got->{rows} rows, $got->{requests} requests, $got->{retries} retries, $got->{waits} waits, $got->{without_event} without event";
	note($table[-1]);
	transport_ok($test, $settings, transport_log($name));
	transport_stop($settings->{port});
	return;
}

my @rows = pairwise(\@parameters, \&allowed, 1);
my %covered = map { map { $_ => 1 } pairs_of($_) } @rows;
is_deeply([ sort keys %covered ], [ all_pairs(\@parameters, \&allowed) ], 'every two values that can meet do');
@rows = grep { my $row = $_; join(' ', map { "$_=$row->{$_}" } sort keys %$row) =~ /$ENV{CASES}/ } @rows if $ENV{CASES};
run_case($_) for @rows;
diag(join "\n", '', @table) if $ENV{CASES};

ok(!-e $keys, 'the keys of TLS are in no file');

is(transport_complaint(), '', 'the server played all of it');
$killer->quit;
$session->quit;
$node->stop;
done_testing();
