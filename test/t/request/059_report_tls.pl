# Copyright (c) 2026, pinterest_fdw contributors

# Reports over TLS: the host of the files has to prove who it is, too, and
# where the API is https, so is the link.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $log = "$dir/requests.log";

system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=local -addext subjectAltName=IP:127.0.0.1"
	  . " -keyout $dir/key.pem -out $dir/cert.pem >$dir/openssl.log 2>&1") == 0
  or die slurp_file("$dir/openssl.log");
chmod 0644, "$dir/cert.pem";
simulator('--accounts', 1, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1,
	'--tls-cert', "$dir/cert.pem", '--tls-key', "$dir/key.pem", '--log', $log);
my $base = sim_url() =~ s/^http:/https:/r;

# A control call; Perl alone speaks no TLS.
sub control
{
	my ($name, $value) = @_;
	my $script = 'import ssl, sys, urllib.request as r; '
	  . 'r.urlopen(r.Request(sys.argv[1], data=sys.argv[2].encode()), context=ssl.create_default_context(cafile=sys.argv[3])).read()';

	system('python3', '-c', $script, $base =~ s{/v5$}{/__sim/$name}r, encode_json($value), "$dir/cert.pem") == 0 or die "control: $name";
	return;
}

# What has come so far: a request is logged when its answer has been sent.
sub requests
{
	return map { decode_json($_) } slurp_file($log) =~ /^(.*)\n/gm;
}

my $node = new_node('main');
$node->start;
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$base', ca_file '$dir/cert.pem', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE FOREIGN TABLE days (ad_account_id text, campaign_id text, date date, ctr float8) SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
my $query = "SELECT count(*) > 0 FROM days WHERE date BETWEEN '@{[ utc_today(-120) ]}' AND '@{[ utc_today(-100) ]}'";

control(config => { report_polls => 0 });
is($node->safe_psql('postgres', $query), 't', 'a report over TLS');
my $download;
wait_for(sub { ($download) = grep { $_->{host} eq 'download' } requests() });
is($download->{status}, 200, 'its file is downloaded');
is($download->{headers}{authorization}, undef, 'without the token');

# Not in the clear, not even from this host: the API itself is elsewhere.
my ($clear, $arrived) = raw_server(sub { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" });
control(faults => { action => 'replace', match => '/reports$', method => 'GET', body => encode_json({ report_status => 'FINISHED', url => "$clear/file" }) });
like(error_of($node, $query), qr/ERROR:  HV00N: .*the address of the report is not safe\nDETAIL:  .*https:/, 'a link without TLS');
is(scalar(my @none = $arrived->()), 0, 'is not followed');

# Nor from a host that the authority does not vouch for.
control(reset => {});
my $port = sim_url() =~ s/^.*:(\d+).*$/$1/r;
control(faults => { action => 'replace', match => '/reports$', method => 'GET',
		body => encode_json({ report_status => 'FINISHED', url => "https://localhost:$port/file" }) });
like(error_of($node, $query), qr/ERROR:  HV00N: .*could not be downloaded\nDETAIL:  The download failed: \S/, 'a host that cannot prove its name');

is(join("\n", map { $_->{reason} } grep { !$_->{valid} } requests()), '', 'no invalid request');
$node->stop;
done_testing();
