# Copyright (c) 2026, pinterest_fdw contributors

# What stands before JSON, and around it: a byte order mark is passed over wherever
# JSON is read, a content coding that is not known is named where the body is no JSON.

use strict;
use warnings;

use Compress::Zlib ();
use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", retries '0'");
my $session = sql_session($node);
$session->query_safe("SET client_min_messages = warning");
my $bom = "\xEF\xBB\xBF";
my $page = '{"items": [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}], "bookmark": null}';
my $error = '{"code": 7.0, "message": "not for you"}';
my $servers = 0;

sub http
{
	my ($body, @headers) = @_;

	return join("\r\n", 'HTTP/1.1 200 OK', 'Content-Length: ' . length $body, @headers, '', $body);
}

# A body in chunks of one byte.
sub in_bytes
{
	my ($body) = @_;

	return join("\r\n", 'HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', map({ (1, $_) } split //, $body), 0, '', '');
}

# What comes of the table ad_accounts where the API answers so.
sub answered
{
	my ($answer) = @_;
	my ($url) = raw_server(sub { $answer });
	my $name = 's' . ++$servers;

	$session->query_safe(<<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts');
SQL
	return outcome($session, "SELECT id, name FROM $name");
}

my $rows = outcome($session, "SELECT * FROM (VALUES ('1', 'a'), ('2', 'b')) AS v");

# ---- marks ----

for my $case ([ 'as it is', http($bom . $page) ], [ 'byte by byte', in_bytes($bom . $page) ], [ 'with space after it', http("$bom \r\n\t$page") ],
	[ 'in gzip', http(Compress::Zlib::memGzip($bom . $page), 'Content-Encoding: gzip') ], [ 'none', http($page) ])
{
	is_deeply(answered($case->[1]), $rows, "a byte order mark: $case->[0]");
}
for my $case ([ 'cut off', substr($bom, 0, 2) . $page, qr/byte 2: a byte order mark is cut off/ ], [ 'cut off and alone', substr($bom, 0, 1), qr/the text ends too early/ ],
	[ 'alone', $bom, qr/the answer is empty/ ], [ 'twice', $bom . $bom . $page, qr/byte 3: the answer is not a JSON object or array/ ],
	[ 'after a space', " $bom$page", qr/byte 1: the answer is not a JSON object or array/ ], [ 'behind', $page . $bom, qr/there is more after the end/ ])
{
	my ($name, $body, $detail) = @$case;
	my $got = answered(http($body));

	is($got->{sqlstate}, '22032', "a byte order mark, $name: SQLSTATE") or diag(explain($got));
	like($got->{detail} // '', $detail, "a byte order mark, $name: detail");
}
for my $body ($bom . $error, $error)
{
	my $got = answered(http($body) =~ s/200 OK/403 Forbidden/r);

	is($got->{sqlstate}, '42501', 'an error body: SQLSTATE');
	like($got->{detail}, qr/status 403, code 7: not for you$/, 'an error body: code and message are read');
}

# A report: what the API says of it, and the file.
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $day = utc_today(-120);
my $report = "SELECT campaign_id, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date = '$day'";

sim_config(report_polls => 0);
sim_fault(action => 'replace', match => '^/async', body => "\x{FEFF}{\"7\": [{\"DATE\": \"$day\", \"CAMPAIGN_ID\": 7, \"SPEND_IN_MICRO_DOLLAR\": 5}]}");
is_deeply(outcome($session, $report), outcome($session, "SELECT '7', 5"), 'a report with a byte order mark');
sim_reset();
sim_fault(action => 'replace', match => '/reports$', method => 'POST', body => "\x{FEFF}{\"report_status\": \"IN_PROGRESS\"}");
like(outcome($session, $report)->{detail}, qr/the answer has no token/, 'and what the API says of one');

# Tokens: numbers in any form, and an answer with a mark.
my $lifetime = 30 * 24 * 3600;
for my $case ([ $lifetime, 'a number' ], [ "$lifetime.0", 'a number with a fraction of zero' ], [ "\"$lifetime\"", 'a text' ], [ '2.592e6', 'a number with an exponent' ],
	[ "\"$lifetime.0\"", 'a text with a fraction of zero' ])
{
	my ($expires, $what) = @$case;
	my ($url) = raw_server(sub { http($bom . ($_[0] =~ /^POST/ ? "{\"access_token\": \"pina_new\", \"token_type\": \"bearer\", \"expires_in\": $expires}" : $page)) });
	my $name = 's' . ++$servers;

	$session->query_safe(<<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (app_id '1', app_secret 'raw-secret', "grant" 'client_credentials');
CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts');
SQL
	is_deeply(outcome($session, "SELECT id, name FROM $name"), $rows, "expires_in is $what: rows");
	is($session->query_safe("SELECT access_token_expires_at BETWEEN now() + interval '30 days' - interval '1 hour' AND now() + interval '30 days'
		FROM pinterest_fdw.tokens WHERE server = '$name'"), 't', "expires_in is $what: the token's end");
}

# ---- codings ----

for my $coding ('br', 'gzip, br', 'br, gzip', 'UTF-8', 'GZIP,x-odd;q=1')
{
	my ($unknown) = grep { $_ !~ /gzip/i } $coding =~ /[\w-]+/g;
	my $body = $coding =~ /gzip/i ? Compress::Zlib::memGzip($page) : $page;
	my $none = $coding =~ /gzip/i ? Compress::Zlib::memGzip('no JSON') : 'no JSON';
	my $got = answered(http($none, "Content-Encoding: $coding"));

	is_deeply(answered(http($body, "Content-Encoding: $coding")), $rows, "coding $coding of what is JSON");
	is($got->{sqlstate}, '22032', "coding $coding of what is none: SQLSTATE") or diag(explain($got));
	is($got->{hint}, "The answer has the content coding \"$unknown\", which is not known.", "coding $coding of what is none: hint");
}
is(answered(http('no JSON', "Content-Encoding: $_"))->{hint}, '', "coding $_ is known") for 'identity', 'aws-chunked', 'Identity, AWS-chunked', '';
is(answered(http('no JSON', 'Content-Encoding: ' . 'x' x 100))->{hint}, 'The answer has the content coding "' . 'x' x 31 . '", which is not known.', 'a long name');
is(answered("HTTP/1.1 103 Early Hints\r\nContent-Encoding: br\r\n\r\n" . http('no JSON'))->{hint}, '', 'of an interim answer');

is_deeply([ invalid_requests() ], [], 'no invalid request');
$session->quit;
$node->stop;
done_testing();
