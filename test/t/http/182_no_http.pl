# Copyright (c) 2026, pinterest_fdw contributors

# Answers that are none, or larger in their header or bookmark than anything takes,
# are said as what they are, with the stream and after one request.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
my $session = sql_session($node);
my $no_http = qr/^could not read stream "boards": what answered does not speak HTTP$/;
my $large = qr/^could not read stream "boards": the header of an answer is too large$/;
my $long = qr/^could not read stream "boards": the URL of a request is too long$/;
my $check_hosts = qr/host and port of server options "base_url" and "proxy"\.$/;
my $ok = "HTTP/1.1 200 OK\r\n";
my $body = '{"items": [], "bookmark": null}';
my $end = 'Content-Length: ' . length($body) . "\r\n\r\n$body";
my $bookmark = 'b' x 9_000_000;
my $bookmarked = qq({"items": [{"id": "1"}], "bookmark": "$bookmark"});

my %cases = (
	'no status line' => [ "220 mail.example.com ESMTP\r\n", 'HV00N', $no_http, qr/HTTP\/0\.9/, $check_hosts ],
	'HTML alone' => [ '<html>Hello</html>', 'HV00N', $no_http, qr/HTTP\/0\.9/, $check_hosts ],
	'a version that is none' => [ "HTTP/7.3 200 OK\r\n$end", 'HV00N', $no_http, qr/HTTP/, $check_hosts ],
	'a header line of 1 MB' => [ $ok . 'X-Long: ' . 'x' x 1_000_000 . "\r\n$end", '54000', $large, qr/a line of the header has more than 100 kB/, $check_hosts ],
	'a header of 1 MB' => [ $ok . ('X-Line: ' . 'x' x 990 . "\r\n") x 1000 . $end, '54000', $large, qr/all of it more than 300 kB/, $check_hosts ],
	'a status line of 1 MB' => [ 'HTTP/1.1 200 ' . 'x' x 1_000_000 . "\r\n$end", '54000', $large, qr/100 kB/, $check_hosts ],
	'a bookmark of 9 MB' => [ $ok . 'Content-Length: ' . length($bookmarked) . "\r\n\r\n$bookmarked", '54000', $long,
		qr/^It has 90000\d\d bytes, as the bookmark of page 1 has 9000000\.$/, qr/^Run the query again\.$/ ],
);
my $number = 0;
for my $name (sort keys %cases)
{
	my ($answer, $sqlstate, $message, $detail, $hint) = @{ $cases{$name} };
	my ($url, $requests) = raw_server(sub { $answer });
	my $server = 'server' . ++$number;

	$session->query_safe("CREATE SERVER $server FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url/v5');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (access_token 'pina_raw');
		CREATE FOREIGN TABLE $server (id text) SERVER $server OPTIONS (stream 'boards')");
	my $got = outcome($session, "SELECT id FROM $server");
	is($got->{sqlstate}, $sqlstate, "$name: SQLSTATE") or diag(explain($got));
	like($got->{message}, $message, "$name: message");
	like($got->{detail}, $detail, "$name: detail");
	like($got->{hint}, $hint, "$name: hint");
	is(scalar(my @sent = $requests->()), 1, "$name: one request");
	like($got->{message}, qr/: \Q$_\E$/, "$name: kept in the statistics")
	  for split /\n/, $session->query("SELECT last_error FROM pinterest_fdw.stat WHERE server = '$server'");
	next if $name =~ /bookmark/;
	like(join("\n", rows($node, "SELECT status, detail, hint FROM pinterest_fdw.check('$server') WHERE subject = 'host'")),
		qr/^error\|127\.0\.0\.1:\d+: (?:what answered does not speak HTTP|the header of an answer is too large): .*\|Check the network/, "$name: check()");
}

# A header that is large, and not too large.
my ($url) = raw_server(sub { $ok . ('X-Line: ' . 'x' x 990 . "\r\n") x 200 . $end });
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '$url/v5')");
is(outcome($session, 'SELECT id FROM pinterest.boards')->{rows}, 0, 'a header of 200 kB is read');

# The query may ask for too much, too.
my $got = outcome($session, q{SELECT username FROM pinterest.user_interests WHERE username = repeat('x', 2000000)});
is($got->{sqlstate}, '54000', 'a value of 2 MB: SQLSTATE') or diag(explain($got));
like($got->{message}, qr/^could not read stream "user_interests": the URL of a request is too long$/, 'a value of 2 MB: message');
like($got->{detail}, qr/^It has 2000\d\d\d bytes\.$/, 'a value of 2 MB: detail');
like($got->{hint}, qr/^Name fewer or shorter values in WHERE\.$/, 'a value of 2 MB: hint');

$session->quit;
$node->stop;
done_testing();
