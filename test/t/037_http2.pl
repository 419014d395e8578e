# Copyright (c) 2026, pinterest_fdw contributors

# HTTP/2 where the server offers it: the requests of a scan share a connection,
# side by side, and the next query of the session has it, too.  nginx plays the
# API, with answers that are files.

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use FindBin;
use List::Util qw(max);
use lib "$FindBin::RealBin/../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my ($nginx) = grep { -x } map { "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin';

plan skip_all => 'nginx is not installed' unless $nginx;
plan skip_all => 'nginx has no HTTP/2' if `$nginx -V 2>&1` !~ /http_v2_module/;
plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $accounts = 8;
my $campaigns = 30;
my @accounts = map { 549755885000 + $_ } 1 .. $accounts;

# ---- the server ----

# Each of these is a server on a port of its own; the sizes of answers and this
# rate make a request take some tenths of a second.
my %servers = (
	h2 => { listen => 'ssl http2' },
	h1 => { listen => 'ssl' },
	few_streams => { listen => 'ssl http2', settings => 'http2_max_concurrent_streams 3;' },
	few_requests => { listen => 'ssl http2', settings => 'keepalive_requests 3;' },
	impatient => { listen => 'ssl http2', settings => 'keepalive_timeout 200ms;' },
);
my $pid;

END { kill 'TERM', $pid if $pid; }

# Its files, and its settings; it logs each request when it has ended.
sub start_nginx
{
	my $config = '';

	mkdir "$dir/v5";
	append_to_file("$dir/v5/ad_accounts.json", list_of(map { qq({"id":"$_","name":"account $_"}) } @accounts));
	append_to_file("$dir/v5/campaigns_$_.json", campaigns_of($_)) for @accounts;
	system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
		  . " -keyout $dir/key.pem -out $dir/cert.pem >$dir/openssl.log 2>&1") == 0
	  or die slurp_file("$dir/openssl.log");
	for my $name (sort keys %servers)
	{
		my $port = $servers{$name}{port} = PostgreSQL::Test::Cluster::get_free_port();
		my $settings = $servers{$name}{settings} // '';

		$config .= <<END;
	server {
		listen 127.0.0.1:$port $servers{$name}{listen};
		access_log $dir/$name.log facts;
		$settings
		location = /v5/ad_accounts { alias $dir/v5/ad_accounts.json; }
		location ~ ^/v5/ad_accounts/(\\d+)/campaigns\$ { alias $dir/v5/campaigns_\$1.json; limit_rate 24k; }
		location ~ ^/stuck/ad_accounts { alias $dir/v5/campaigns_$accounts[0].json; limit_rate 100; }
	}
END
	}
	append_to_file("$dir/nginx.conf", <<END);
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 256; }
http {
	default_type application/json;
	log_format facts '\$server_protocol \$connection \$status \$msec \$request_time \$request_uri';
	ssl_certificate $dir/cert.pem;
	ssl_certificate_key $dir/key.pem;
	client_body_temp_path $dir/body;
	proxy_temp_path $dir/proxy;
	fastcgi_temp_path $dir/fastcgi;
	scgi_temp_path $dir/scgi;
	uwsgi_temp_path $dir/uwsgi;
$config}
END
	$pid = fork() // die "could not fork: $!";
	exec $nginx, '-e', "$dir/error.log", '-p', $dir, '-c', "$dir/nginx.conf" if $pid == 0;
	wait_for(sub { -s "$dir/nginx.pid" }) or die 'nginx does not start: ' . slurp_file("$dir/error.log");
	return;
}

sub list_of { return '{"items":[' . join(',', @_) . '],"bookmark":null}'; }

# What the API would say of an account's campaigns, in about 30 kB.
sub campaigns_of
{
	my ($account) = @_;

	return list_of(map { sprintf '{"id":"%s","ad_account_id":"%s","name":"%s"}', $account . $_, $account, 'x' x 950 }
		  100 .. 99 + $campaigns);
}

# ---- what arrives ----

my %told;

# The requests that a server has answered since the last call, as many as are
# expected: protocol, connection, status, times of begin and end.
sub arrived
{
	my ($name, $count) = @_;
	my @lines;

	wait_for(sub {
		@lines = -e "$dir/$name.log" ? split /\n/, slurp_file("$dir/$name.log") : ();
		return @lines >= ($told{$name} // 0) + $count;
	});
	my @new = @lines[ ($told{$name} // 0) .. $#lines ];
	$told{$name} = @lines;
	return map {
		my ($protocol, $connection, $status, $end, $took, $uri) = split ' ';

		{ protocol => $protocol, connection => $connection, status => $status, begin => $end - $took, end => $end, uri => $uri };
	} @new;
}

sub connections
{
	my %seen = map { $_->{connection} => 1 } @_;
	my @sorted = sort { $a <=> $b } keys %seen;

	return @sorted;
}

# How many were under way at once, on any connection.
sub most_at_once
{
	my (@requests) = @_;

	return max(map { my $at = $_->{begin}; scalar grep { $_->{begin} <= $at && $at < $_->{end} } @requests } @requests);
}

start_nginx();
my $node = new_node('main');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pinterest_fdw');
for my $name (sort keys %servers)
{
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'https://127.0.0.1:$servers{$name}{port}/v5',
	ca_file '$dir/cert.pem', max_connections '5', retries '0', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_of_nginx');
CREATE FOREIGN TABLE $name (id text, ad_account_id text, name text) SERVER $name OPTIONS (stream 'campaigns');
SQL
}
my $session = sql_session($node);
my $ids = md5_hex(join ',', sort(map { my $account = $_; map { $account . $_ } 100 .. 99 + $campaigns } @accounts));
my $rows = $accounts * $campaigns . "|$ids|" . $accounts * $campaigns * 950;
my $list = join ', ', map { "'$_'" } @accounts;

# All rows of a server, of accounts that are listed first, or known.
sub query_of
{
	my ($name, $known) = @_;

	return "SELECT count(*), md5(string_agg(id, ',' ORDER BY id)), sum(length(name)) FROM $name"
	  . ($known ? " WHERE ad_account_id IN ($list)" : '');
}

# Another session in the first one's place, without connections.
sub new_session
{
	$session->quit;
	$session = sql_session($node);
	return;
}

# Runs the query on a server; all rows come, and nothing but rows.  Returns the
# requests.
sub rows_from
{
	my ($name, $test, $known) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session->{stderr} = '';
	is($session->query(query_of($name, $known)), $rows, "$test: all rows");
	unlike($session->{stderr}, qr/ERROR|WARNING/, "$test: no complaint");
	my @requests = arrived($name, $accounts + ($known ? 0 : 1));
	is(scalar @requests, $accounts + ($known ? 0 : 1), "$test: each request once");
	return @requests;
}

# ---- HTTP/2 ----

my @requests = rows_from('h2', 'HTTP/2');
is_deeply([ grep { $_->{protocol} ne 'HTTP/2.0' } @requests ], [], 'HTTP/2 is negotiated');
is(scalar connections(@requests), 1, 'all requests on one connection');
cmp_ok(most_at_once(@requests), '>=', 4, 'side by side on it');
cmp_ok(most_at_once(@requests), '<=', 5, 'as many as max_connections allows');
my ($connection) = connections(@requests);
@requests = rows_from('h2', 'HTTP/2, the next query');
is_deeply([ connections(@requests) ], [$connection], 'the next query has the same connection');

# Where all requests are known at once, none opens a connection of its own.
new_session();
@requests = rows_from('h2', 'HTTP/2, all at once', 1);
is(scalar connections(@requests), 1, 'all at once: one connection');
cmp_ok(most_at_once(@requests), '>=', 4, 'all at once: side by side');
ok(!grep({ $_->{connection} == $connection } @requests), 'another session, another connection');
($connection) = connections(@requests);

# A transfer that is given up is its stream's end, not the connection's.
my $start = time;
$session->query_safe(join ';', 'BEGIN', 'DECLARE c CURSOR FOR SELECT id FROM h2', 'FETCH 1 FROM c', 'CLOSE c', 'COMMIT');
cmp_ok(time - $start, '<', 2, 'a cursor that is closed early');
arrived('h2', 2);
@requests = rows_from('h2', 'after a cursor', 1);
is_deeply([ connections(@requests) ], [$connection], 'after a cursor: the same connection');

# A cancel ends all of them at once, and what was under way does not come up
# in the next query.
my $backend = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe("ALTER SERVER h2 OPTIONS (SET base_url 'https://127.0.0.1:$servers{h2}{port}/stuck')");
$session->query_until(qr/begun/, "\\echo begun\n@{[ query_of('h2', 1) ]};\n");
ok($node->poll_query_until('postgres', "SELECT wait_event_type = 'Extension' FROM pg_stat_activity WHERE pid = $backend"), 'it hangs');
select undef, undef, undef, 0.3;
$start = time;
$node->safe_psql('postgres', "SELECT pg_cancel_backend($backend)");
$session->{stderr} = '';
$session->query('SELECT 1');
like($session->{stderr}, qr/canceling statement/, 'cancel: the error');
cmp_ok(time - $start, '<', 1.5, 'cancel: at once');
$session->{stderr} = '';
is(scalar connections(grep { $_->{uri} =~ /stuck/ } arrived('h2', 5)), 1, 'cancel: the requests shared a connection');
$session->query_safe("ALTER SERVER h2 OPTIONS (SET base_url 'https://127.0.0.1:$servers{h2}{port}/v5')");
@requests = rows_from('h2', 'after a cancel');
is(scalar connections(@requests), 1, 'after a cancel: one connection');

# ---- servers of other kinds ----

@requests = rows_from('h1', 'HTTP/1.1');
is_deeply([ grep { $_->{protocol} ne 'HTTP/1.1' } @requests ], [], 'HTTP/1.1 where there is no other');
my @connections = connections(@requests);
cmp_ok(scalar @connections, '<=', 5, 'HTTP/1.1: no more connections than max_connections');
cmp_ok(most_at_once(@requests), '>=', 4, 'HTTP/1.1: side by side on several');
@requests = rows_from('h1', 'HTTP/1.1, the next query');
is_deeply([ grep { my $c = $_; !grep { $_ == $c } @connections } connections(@requests) ], [], 'HTTP/1.1: the next query opens none');
new_session();
@requests = rows_from('h1', 'HTTP/1.1, all at once', 1);
cmp_ok(most_at_once(@requests), '>=', 4, 'HTTP/1.1, all at once: side by side');

@requests = rows_from('few_streams', 'few streams');
cmp_ok(scalar connections(@requests), '<=', 5, 'few streams: no more connections than max_connections');
for my $n (1 .. 3)
{
	@requests = rows_from('few_requests', "few requests on a connection, query $n");
	cmp_ok(scalar connections(@requests), '<=', 5, "few requests on a connection, query $n: connections");
}
for my $n (1 .. 3)
{
	@requests = rows_from('impatient', "a server that closes first, query $n");
	select undef, undef, undef, 0.6;
}

$session->quit;
$node->stop;
done_testing();
