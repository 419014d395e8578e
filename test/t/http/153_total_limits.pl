# Copyright (c) 2026, pinterest_fdw contributors

# Responses that never end, though something comes of them all the time: a limit of
# the time that a response takes in all, and one of its bytes as they are sent.  The
# time that its reader takes is none of the server's.

use strict;
use warnings;

use Compress::Zlib ();
use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", retries '0', request_timeout '$for_ever', total_timeout '1'");
my $session = sql_session($node);
$session->query_safe("SET client_min_messages = warning");
my $head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
my $page = '{"items": [{"id": "1", "name": "a"}], "bookmark": null}';

# A table of ad accounts whose server answers so.
my $servers = 0;

sub table_of
{
	my ($answer, %options) = @_;
	my ($url) = raw_server($answer);
	my $name = 's' . ++$servers;
	my $more = join '', map { ", $_ '$options{$_}'" } sort keys %options;

	$session->query_safe(<<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0', request_timeout '$for_ever'$more);
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts');
SQL
	return $name;
}

# An answer that begins so and then goes on with parts for ever, after pauses of so many seconds.
sub endless
{
	my ($begin, $part, $pause) = @_;

	return sub {
		sub {
			my ($send) = @_;

			$send->($begin);
			while ($send->($part))
			{
				select(undef, undef, undef, $pause) if $pause;
			}
		};
	};
}

my $empty_member = Compress::Zlib::memGzip('');
my %endless = (
	'a body' => [ "$head\r\n", ' ' ],
	'rows' => [ "$head\r\n{\"items\": [", '{"id": "1"}, ' ],
	'header lines' => [ $head, "X-More: 1\r\n" ],
	'interim answers' => [ '', "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" ],
	'extensions of a chunk' => [ "${head}Transfer-Encoding: chunked\r\n\r\n5;", 'x' ],
	'trailers' => [ "${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n", "X-More: 1\r\n" ],
	'gzip of nothing' => [ "${head}Content-Encoding: gzip\r\n\r\n", $empty_member ],
	'an error body' => [ "HTTP/1.1 403 No\r\n\r\n", ' ' ],
);

# Little by little: the time in all is the limit.
for my $name (sort keys %endless)
{
	my $got = outcome($session, 'SELECT id FROM ' . table_of(endless(@{ $endless{$name} }, 0.05), total_timeout => 1));

	is($got->{sqlstate}, 'HV00N', "$name without an end: SQLSTATE") or diag(explain($got));
	like($got->{message}, qr/^could not read stream "ad_accounts": the API did not answer in time$/, "$name without an end: message");
	like($got->{detail}, qr{^GET /ad_accounts failed: not complete after 1 s and \d+ bytes of the answer$}, "$name without an end: detail");
	like($got->{hint}, qr/"total_timeout"/, "$name without an end: hint");
}

# As much as the connection takes: the bytes in all are the limit.  What libcurl has a
# limit of its own for, or keeps for itself, may end otherwise, but ends.
for my $name (sort keys %endless)
{
	my ($begin, $part) = @{ $endless{$name} };
	my $got = outcome($session, 'SELECT id FROM ' . table_of(endless($begin, $part x 2000), max_response_size => '1MB', total_timeout => 20));

	like($got->{sqlstate}, $name =~ /body|rows|gzip/ ? ($name =~ /error/ ? qr/^42501$/ : qr/^54000$/) : qr/^(54000|HV00N)$/, "$name, much of it: SQLSTATE") or diag(explain($got));
	next if $got->{sqlstate} ne '54000';
	if ($name =~ /header|interim|trailer/ && $got->{message} =~ /header/)
	{
		like($got->{message}, qr/^could not read stream "ad_accounts": the header of an answer is too large$/, "$name, much of it: header");
		next;
	}
	like($got->{message}, qr/^could not read stream "ad_accounts": an answer is larger than 1024 kB$/, "$name, much of it: message");
	like($got->{hint}, qr/"max_response_size"/, "$name, much of it: hint");
}

# Each try has the whole time.
my $twice = table_of(endless(@{ $endless{'a body'} }, 0.05), total_timeout => 1);
$session->query_safe("ALTER SERVER $twice OPTIONS (SET retries '1')");
like(outcome($session, "SELECT id FROM $twice")->{detail}, qr{failed \(tried 2 times\): not complete after 1 s}, 'tried again');

# A reader that takes its time: the response is held, and the limit with it.  What the
# server itself needs may be more than a short limit on a slow machine.
my $rows = 4000;
my $large = '{"items": [' . join(', ', map { sprintf '{"id": "%d", "name": "%s"}', $_, 'n' x 980 } 1 .. $rows) . '], "bookmark": null}';
my $slow = table_of(sub { "${head}Content-Length: " . length($large) . "\r\n\r\n$large" }, total_timeout => 1);
my $read;
for my $seconds (2, 20, 200)
{
	$session->query_safe("ALTER SERVER $slow OPTIONS (SET total_timeout '$seconds')");
	$session->query_safe("BEGIN; DECLARE c CURSOR FOR SELECT id FROM $slow");
	is($session->query_safe('FETCH 2 FROM c'), "1\n2", "a slow reader, $seconds s: the first rows");
	$session->query_safe("SELECT pg_sleep($seconds + 1)");
	$session->{stderr} = '';
	$read = () = $session->query('FETCH ALL FROM c') =~ /^\d+$/mg;
	$session->{stderr} = '';
	$session->query('ROLLBACK');
	last if $read == $rows - 2;
}
is($read, $rows - 2, 'a slow reader: all rows');

# No limit is one, too, and check() keeps to it.
$session->query_safe("ALTER SERVER $slow OPTIONS (SET total_timeout '0')");
is(outcome($session, "SELECT id FROM $slow")->{rows}, $rows, 'no limit');
my $check = table_of(endless(@{ $endless{'a body'} }, 0.05), total_timeout => 1);
like($session->query_safe("SELECT string_agg(c::text, ' ') FROM pinterest_fdw.check('$check') AS c"), qr/not complete after 1 s/, 'check() says so');

is_deeply([ invalid_requests() ], [], 'no invalid request');
$session->quit;
$node->stop;
done_testing();
