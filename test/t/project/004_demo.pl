# Copyright (c) 2026, pinterest_fdw contributors

# script/demo, which is the first that people see: through TLS and HTTP/2 as
# without them, and reports through both.  README.md shows what it prints.

use strict;
use warnings;

use FindBin;
use IO::Socket::INET;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use Manual;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $demo = "$FindBin::RealBin/../../../script/demo";
my $has_front = system('bash', '-c', ". '$FindBin::RealBin/../../../script/lib.sh' && has_front") == 0;

# it builds the extension, which is to run, not to run fast
$ENV{COPT} = '-O0';

# Runs the demo on the day of the manual; returns its server's options, its rows, its messages, and all it printed.
sub demo
{
	my (@args) = @_;
	my ($output, $messages);

	local %ENV = %ENV;
	live_on_manual_day();
	IPC::Run::run([ $demo, @args ], '<', \undef, '>', \$output, '2>', \$messages);
	is($?, 0, "demo @args: it ends well") or diag($messages);
	my ($options) = $output =~ /^CREATE SERVER pinterest .* OPTIONS \((.*)\);$/m;
	my ($rows) = $output =~ /(^-- The campaigns .*)^-- The same/ms;
	return ($options, $rows, $messages, $output);
}

sub listens { return defined IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_[0]); }

my ($plain, $plain_rows, undef, $plain_output) = demo('--plain');
like($plain, qr{^base_url 'http://127\.0\.0\.1:\d+/v5'$}, 'plain: without TLS');
like($plain_rows, qr/\(10 rows\).*\n\(\d+ rows\)\n/s, 'plain: the rows of two queries');

my ($printed) = read_manual('README.md') =~ /^<!-- demo -->\n```\n(.*?)^```$/ms;
ok(is_shown($plain_output, $printed), 'it prints what README.md shows')
  or diag("README.md:\n$printed\nthe demo:\n$plain_output");

SKIP:
{
	skip 'there is no nginx 1.20, or no openssl', 9 unless $has_front;

	my ($options, $rows, $messages) = demo();
	like($options, qr{^base_url 'https://127\.0\.0\.1:\d+/v5', ca_file '.*'$}, 'by default: TLS');
	unlike($messages, qr/without TLS/, 'by default: it is had');
	is($rows, $plain_rows, 'by default: the same rows');
	my ($port, $ca_file) = $options =~ /:(\d+).*ca_file '(.*)'/;
	ok(!-e $ca_file, 'nothing of it stays: files');
	ok(!listens($port), 'nothing of it stays: nginx');

	# ---- what the demo's psql may ask for ----

	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $node = new_node('main');

	my $api = simulator('--front', "$dir/front", '--log', "$dir/log", '--accounts', 1, '--campaigns', 4, '--ad-groups', 1, '--ads', 1);
	$node->start;
	$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url 'https://127.0.0.1:$api/v5', ca_file '$dir/front/cert.pem', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE FOREIGN TABLE days (ad_account_id text, campaign_id text, date date, ctr float8)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
	is($node->safe_psql('postgres', "SELECT count(*) > 0, min(date) >= '@{[ utc_today(-120) ]}', max(date) <= '@{[ utc_today(-100) ]}'"
			  . " FROM days WHERE date BETWEEN '@{[ utc_today(-120) ]}' AND '@{[ utc_today(-100) ]}'"),
		't|t|t', 'days of a report through nginx');
	my @requests;
	wait_for(sub {
		@requests = map { decode_json($_) } slurp_file("$dir/log") =~ /^(.*)\n/gm;
		grep { $_->{host} eq 'download' } @requests;
	});
	is_deeply([ grep { !$_->{valid} } @requests ], [], 'reports: no request is refused');
	is_deeply([ map { "$_->{status} " . ($_->{headers}{authorization} // 'no token') } grep { $_->{host} eq 'download' } @requests ],
		['200 no token'], 'reports: the file comes by its link');
	$node->stop;
}

done_testing();
