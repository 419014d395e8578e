# Copyright (c) 2026, pinterest_fdw contributors

# How often a request is tried, how the API's limits are waited for, and what
# may be tried again once rows of an answer have been handed on.

use strict;
use warnings;

use JSON::PP;
use Compress::Zlib ();
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 2, '--campaigns', 12, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(quotas => 1, options => ", page_size '4', max_connections '2', retries '0'");
my $session = sql_session($node);
my $campaigns = 'SELECT id, name FROM pinterest.campaigns';
my $truth = outcome($session, $campaigns);
truth_table($node, 'campaigns');
is_deeply($truth, outcome($session, 'SELECT id, name FROM truth.campaigns'), 'all rows');

# Option retries, for good and up to the last one.
for my $retries (0, 1, 2)
{
	$session->query_safe("ALTER SERVER pinterest OPTIONS (SET retries '$retries')");
	for my $fault ({ action => 'status', status => 503, code => 1 },
		{ action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => 0 } },
		{ action => 'truncate' })
	{
		my $what = "$fault->{action} " . ($fault->{status} // '') . ", retries $retries";
		my $tried = $retries ? '(tried ' . ($retries + 1) . ' times)' : '';

		sim_reset();
		sim_fault(%$fault, match => '^/ad_accounts$');
		my $got = outcome($session, $campaigns);
		like($got->{sqlstate}, qr/^(HV00M|53400|HV00N)$/, "$what: an error");
		like($got->{detail}, qr/\Q$tried\E: /, "$what: how often is told");
		unlike($got->{detail}, qr/tried/, "$what: only once") if !$retries;
		is(scalar(my @sent = sim_requests()), $retries + 1, "$what: requests");

		sim_reset();
		sim_fault(%$fault, match => '^/ad_accounts$', times => $retries) if $retries;
		is_deeply(outcome($session, $campaigns), $truth, "$what: the last one brings all rows");
	}
}

# Each page has tries of its own.
sim_reset();
sim_fault(action => 'status', status => 500, match => '/campaigns$', nth => 1, times => 1);
sim_fault(action => 'status', status => 502, match => '/campaigns$', nth => 4, times => 1);
sim_fault(action => 'status', status => 503, match => '/campaigns$', nth => 7, times => 1);
is_deeply(outcome($session, $campaigns), $truth, 'pages that fail once each');
is(scalar(grep { $_->{rule} } sim_requests()), 3, 'three failed');

# EXPLAIN ANALYZE tells.  One connection, so that nothing is on its way when the API
# refuses.
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET max_connections '1')");
sim_reset();
sim_fault(action => 'status', status => 429, code => 8, match => '/campaigns$', times => 1,
	headers => { 'x-ratelimit-reset' => 1 });
sim_fault(action => 'status', status => 500, match => '^/ad_accounts$', times => 1);
my $plan = decode_json($session->query_safe("EXPLAIN (ANALYZE, FORMAT JSON) $campaigns"))->[0]{Plan};
my @sent = sim_requests();
is($plan->{Requests}, scalar(@sent), 'EXPLAIN: requests');
is($plan->{Retries}, 2, 'EXPLAIN: retries');
is($plan->{Pages}, @sent - 2, 'EXPLAIN: pages');
cmp_ok($plan->{'Rate-Limit Wait'}, '>', 0, 'EXPLAIN: rate limit wait');
cmp_ok($plan->{'Bytes Received'}, '>', 0, 'EXPLAIN: bytes');

# While the API wants a wait, no request leaves.
my ($limited) = grep { $_->{status} == 429 } @sent;
my @after = grep { $_->{started} > $limited->{started} } @sent;
cmp_ok(scalar @after, '>', 2, 'requests after the wait');
is(scalar(grep { $_->{started} < $limited->{started} + 1 } @after), 0, 'none before its end');
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET max_connections '2')");

# A real limit: few calls in a window, then another window.  The refusals are
# met only where the quotas are not kept, as they are by default.
sim_reset();
$session->query_safe("ALTER SERVER pinterest OPTIONS (ADD access_tier 'unlimited')");
sim_config(enforce_limits => JSON::PP::true, limits => { ads_read => [ 5, 2 ] });
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET retries '5')");
is_deeply(outcome($session, $campaigns), $truth, 'all rows under an enforced limit');
my @refused = grep { $_->{status} == 429 } sim_requests();
cmp_ok(scalar @refused, '>=', 1, 'the limit was met');
cmp_ok(scalar @refused, '<=', 6, 'and not hammered on');
sim_reset();
$session->query_safe("ALTER SERVER pinterest OPTIONS (DROP access_tier)");

# Answers that are larger than what is kept before rows are handed on.
sub page
{
	my ($count) = @_;

	return '{"items":[' . join(',', map { sprintf '{"id":"%d","name":"%s"}', $_, 'n' x 980 } 1 .. $count)
	  . '],"bookmark":null}';
}

sub http
{
	my ($body, $length, @headers) = @_;

	return join("\r\n", 'HTTP/1.1 200 OK', 'Content-Type: application/json',
		(defined $length ? "Content-Length: $length" : ()), @headers, '', $body);
}

sub gzipped { return Compress::Zlib::memGzip($_[0]); }

my $large = page(3000);
my %answers = (
	late => sub { http(substr($large, 0, 2_000_000), length $large) },
	soon => sub { $_[1] == 1 ? http(substr($large, 0, 300_000), length $large) : http($large, length $large) },
	endless => sub { http(substr($large, 0, 2_000_000)) },
	short => sub { http(substr(page(20), 0, 9000)) },
	between => sub { http(substr(page(20), 0, length('{"items":[') + length('{"id":"1","name":""}') + 980)) },
	chunked => sub { $_[1] == 1 ? http("10\r\n{\"items\":[{\"id\":\r\n", undef, 'Transfer-Encoding: chunked')
		  : http(page(20), length page(20)) },
	unchunked => sub { http(page(20)) },
	interim => sub { "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" . http(page(20), length page(20)) },
	no_http => sub { "220 mail.example ESMTP\r\n" },
	silent => sub { '' },
	no_content => sub { "HTTP/1.1 204 No Content\r\n\r\n" },
	compressed => sub { http('not gzip', 8, 'Content-Encoding: gzip') },
	unfinished_gzip => sub { http(substr(gzipped(page(20)), 0, -8), undef, 'Content-Encoding: gzip') },
	no_gzip => sub { http('', 0, 'Content-Encoding: gzip') },
	bytes_after_gzip => sub { http(gzipped(page(20)) . 'x', undef, 'Content-Encoding: gzip') },
	two_members => sub { http(gzipped('{"items":[') . gzipped(substr(page(20), length '{"items":[')), undef, 'Content-Encoding: gzip') },
	gzip_of_gzip => sub { http(gzipped(gzipped(page(20))), undef, 'Content-Encoding: gzip, x-gzip') },
	gzip_in_two_lines => sub { http(gzipped(gzipped(page(20))), undef, 'Content-Encoding: gzip', 'content-encoding:GZIP') },
	deflate_of_gzip => sub { http(Compress::Zlib::compress(gzipped(page(20))), undef, 'Content-Encoding: gzip, deflate') },
	chunks_of_storage => sub { http(gzipped(page(20)), undef, 'Content-Encoding: gzip, aws-chunked') },
	no_encoding => sub { http(page(20), length page(20), 'Content-Encoding: UTF-8') },
	empty_encoding => sub { http(page(20), length page(20), 'Content-Encoding: ') },
	too_many_encodings => sub { http(page(20), length page(20), 'Content-Encoding: ' . join(',', ('gzip') x 5)) },
	unknown_encoding => sub { http('zzz', 3, 'Content-Encoding: zzz') },
	error_in_gzip => sub { http(gzipped('{"code":7,"message":"not for you"}'), undef, 'Content-Encoding: gzip') =~ s/200 OK/403 Forbidden/r },
	error_without_body => sub { "HTTP/1.1 403 Forbidden\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n" },
	huge_header => sub { http(page(20), length page(20), 'X-Long: ' . 'x' x 50_000) },
);

# Rows, or SQLSTATE and detail; and requests.
my @expected = (
	[ 'late', 'HV00N', qr{^GET /ad_accounts failed: }, 1, 'cut after rows were handed on: an error' ],
	[ 'soon', 3000, undef, 2, 'cut before: another try' ],
	[ 'endless', '22032', qr/the text ends too early/, 1, 'cut without a length after rows were handed on' ],
	[ 'short', '22032', qr/the text ends too early/, 1, 'cut without a length' ],
	[ 'between', '22032', qr/the text ends too early/, 1, 'cut without a length between two rows' ],
	[ 'chunked', 20, undef, 2, 'cut in a chunk: another try' ],
	[ 'unchunked', 20, undef, 1, 'whole without a length' ],
	[ 'interim', 20, undef, 1, 'after an interim answer' ],
	[ 'no_http', 'HV00N', qr/failed: \S/, 1, 'what is no HTTP' ],
	[ 'silent', 'HV00N', qr/failed \(tried 3 times\)/, 3, 'no answer' ],
	[ 'no_content', '22032', qr/the answer is empty/, 1, 'status 204' ],
	[ 'compressed', 'HV00N', qr/failed \(tried 3 times\)/, 3, 'a body that does not decompress' ],
	[ 'unfinished_gzip', 'HV00N', qr/failed \(tried 3 times\): the compressed body .* incomplete/, 3, 'gzip without its end' ],
	[ 'no_gzip', 'HV00N', qr/failed \(tried 3 times\): the compressed body .* incomplete/, 3, 'gzip without a byte' ],
	[ 'bytes_after_gzip', 'HV00N', qr/failed \(tried 3 times\): the compressed body .* damaged/, 3, 'bytes after gzip' ],
	[ 'two_members', 20, undef, 1, 'gzip of two members' ],
	[ 'gzip_of_gzip', 20, undef, 1, 'gzip in gzip' ],
	[ 'gzip_in_two_lines', 20, undef, 1, 'gzip in gzip, in two lines of the header' ],
	[ 'deflate_of_gzip', 20, undef, 1, 'gzip in deflate' ],
	[ 'chunks_of_storage', 20, undef, 1, 'aws-chunked, which is none' ],
	[ 'no_encoding', 20, undef, 1, 'an encoding that is none' ],
	[ 'empty_encoding', 20, undef, 1, 'an encoding without a name' ],
	[ 'too_many_encodings', 'HV00N', qr/failed \(tried 3 times\)/, 3, 'five encodings' ],
	[ 'unknown_encoding', '22032', qr/the answer is not a JSON object or array/, 1, 'an unknown encoding of what is no JSON' ],
	[ 'error_in_gzip', '42501', qr/status 403, code 7: not for you/, 1, 'an error in gzip' ],
	[ 'error_without_body', '42501', qr/status 403/, 1, 'an error without a body, said to be gzip' ],
	[ 'huge_header', 20, undef, 1, 'a long header' ],
);
for my $expected (@expected)
{
	my ($name, $result, $detail, $requests, $what) = @$expected;
	my ($url, $arrived) = raw_server($answers{$name});

	$session->query_safe(<<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '2');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts');
SQL
	my $got = outcome($session, "SELECT id, name FROM $name");
	is($got->{rows} // $got->{sqlstate}, $result, $what) or diag(explain($got));
	like($got->{detail}, $detail, "$what: detail") if $detail;
	is(scalar(my @requests = $arrived->()), $requests, "$what: requests");
}

# The same through a cursor that stops early: what is not read does not matter.
$session->query_safe('BEGIN');
$session->query_safe('DECLARE c CURSOR FOR SELECT id FROM late');
is($session->query_safe('FETCH 2 FROM c'), "1\n2", 'the first rows of an answer that will break');
is($session->query_safe('CLOSE c; COMMIT; SELECT 1'), '1', 'closed in time');

# No server at all.
my ($url) = raw_server(sub { '' });
(my $nobody = $url) =~ s/\d+$/1/;
$session->query_safe("ALTER SERVER silent OPTIONS (SET base_url '$nobody', SET retries '1')");
my $got = outcome($session, 'SELECT id FROM silent');
is($got->{sqlstate}, 'HV00N', 'a port where nobody listens');
like($got->{detail}, qr{^GET /ad_accounts failed \(tried 2 times\): .*(connect|refused)}i, 'told as such');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
