# Copyright (c) 2026, pinterest_fdw contributors

# TLS: a certificate that ca_file vouches for is good, all others are refused
# before anything is sent.

use strict;
use warnings;

use JSON::PP;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $dir = PostgreSQL::Test::Utils::tempdir();

sub openssl
{
	system("openssl @_ >$dir/openssl.log 2>&1") == 0
	  or die "openssl @_: " . slurp_file("$dir/openssl.log");
	return;
}

# An authority and a certificate by it, for one host name or address.
sub authority
{
	my ($name) = @_;

	openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$name -keyout $dir/$name.key -out $dir/$name.pem");
	return;
}

sub certificate
{
	my ($name, $authority, $host) = @_;

	append_to_file("$dir/$name.ext", "subjectAltName=$host\n");
	openssl("req -newkey rsa:2048 -nodes -subj /CN=$name -keyout $dir/$name.key -out $dir/$name.csr");
	openssl("x509 -req -in $dir/$name.csr -CA $dir/$authority.pem -CAkey $dir/$authority.key -CAcreateserial"
		  . " -days 2 -extfile $dir/$name.ext -out $dir/$name.pem");
	return;
}

authority('authority');
authority('stranger');
certificate('good', 'authority', 'IP:127.0.0.1,DNS:localhost');
certificate('other_host', 'authority', 'DNS:example.com');

# Two simulators with TLS, whose logs are files.
sub tls_simulator
{
	my ($name) = @_;

	# the log of control calls is out of reach: this library speaks no TLS
	return simulator('--accounts', 2, '--campaigns', 12, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4,
		'--tls-cert', "$dir/$name.pem", '--tls-key', "$dir/$name.key", '--log', "$dir/$name.log");
}

sub logged
{
	my ($name) = @_;

	return -e "$dir/$name.log" ? map { decode_json($_) } split /\n/, slurp_file("$dir/$name.log") : ();
}

my $node = new_node('main');
$node->start;
my $good = tls_simulator('good');
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url 'https://127.0.0.1:$good/v5', page_size '5', retries '3', ca_file '$dir/authority.pem');
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE SCHEMA pinterest;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO pinterest;
SQL
my $session = sql_session($node);
my $query = 'SELECT id, name FROM pinterest.campaigns';

is(outcome($session, $query)->{rows}, 24, 'with ca_file: all rows');
ok(wait_for(sub { logged('good') == 7 }), 'with ca_file: requests') or diag(scalar(my @l = logged('good')));
is(join(' ', map { $_->{reason} } grep { !$_->{valid} } logged('good')), '', 'no invalid request');
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url 'https://localhost:$good/v5')");
is(outcome($session, $query)->{rows}, 24, 'by name: all rows');
ok(wait_for(sub { logged('good') == 14 }), 'by name: requests');

# What makes a connection unsafe is an error at once; nothing arrives.
sub refused_ok
{
	my ($change, $name, $detail) = @_;
	my $before = () = logged('good');

	$session->query_safe("ALTER SERVER pinterest OPTIONS ($change)") if $change;
	my $got = outcome($session, $query);
	is($got->{sqlstate}, 'HV00N', "$name: SQLSTATE") or diag(explain($got));
	like($got->{message}, qr/^could not read stream "ad_accounts": no safe connection to the API is possible$/, "$name: message");
	like($got->{detail}, qr{^GET /v5/ad_accounts failed: $detail}, "$name: once, and why");
	like($got->{hint}, qr/"ca_file"/, "$name: hint");
	is(scalar(my @now = logged('good')), $before, "$name: nothing arrived");
	return;
}

refused_ok('DROP ca_file', 'without ca_file', qr/.*certificate/i);
refused_ok("ADD ca_file '$dir/stranger.pem'", 'with the wrong authority', qr/.*certificate/i);
refused_ok("SET ca_file '$dir/nothing.pem'", 'with a file that is not there', qr/.*(CAfile|file|certificate)/i);
append_to_file("$dir/empty.pem", '');
refused_ok("SET ca_file '$dir/empty.pem'", 'with an empty file', qr/\S/i);
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET ca_file '$dir/authority.pem')");
is(outcome($session, $query)->{rows}, 24, 'with the right one again: all rows');

# Plain HTTP on a TLS port, and TLS on a plain port.
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url 'http://127.0.0.1:$good/v5', SET retries '1')");
is(outcome($session, $query)->{sqlstate}, 'HV00N', 'no TLS where it is wanted');
$session->query_safe("ALTER SERVER pinterest OPTIONS (ADD connect_timeout '1')");
my ($plain, $arrived) = raw_server(sub { "HTTP/1.1 200 OK\r\n\r\n" });
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '@{[ $plain =~ s/^http/https/r ]}')");
is(outcome($session, $query)->{sqlstate}, 'HV00N', 'TLS where it is not known');
is(scalar(grep { /pina_/ } $arrived->()), 0, 'the token did not go there in the clear');
$session->query_safe('ALTER SERVER pinterest OPTIONS (DROP connect_timeout)');

# Another host's certificate.
my $other = tls_simulator('other_host');
refused_ok("SET base_url 'https://127.0.0.1:$other/v5'", 'a certificate of another host', qr/.*(subject|host|match)/i);
is(scalar(my @none = logged('other_host')), 0, 'nothing arrived there');

$session->quit;
$node->stop;
done_testing();
