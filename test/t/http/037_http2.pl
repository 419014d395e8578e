# Copyright (c) 2026, pinterest_fdw contributors

# HTTP/2 where the server offers it: the requests of a scan share a connection,
# side by side, and the next query of the session has it, too.  nginx stands in
# front of the simulator.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($nginx) = grep { -x } map { "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin';

plan skip_all => 'nginx is not installed' unless $nginx;
plan skip_all => 'nginx has no HTTP/2' if `$nginx -V 2>&1` !~ /http_v2_module/;
plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $most = 5;		# requests at once
my $sim_port = simulator('--accounts', 8, '--campaigns', 30, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };

# ---- the server ----

# Each of these is a server on a port of its own.
my %servers = (
	h2 => { listen => 'ssl http2' },
	h1 => { listen => 'ssl' },
	few_streams => { listen => 'ssl http2', settings => 'http2_max_concurrent_streams 3;' },
	few_requests => { listen => 'ssl http2', settings => 'keepalive_requests 3;' },
	impatient => { listen => 'ssl http2', settings => 'keepalive_timeout 200ms;', retries => 1 },
);
my $pid;

END { kill 'TERM', $pid if $pid; }

# Its files, and its settings; it logs each request when it has ended.
sub start_nginx
{
	my $config = '';

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
		location / { proxy_pass http://127.0.0.1:$sim_port; proxy_http_version 1.1; proxy_read_timeout $for_ever; }
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
	log_format facts '\$server_protocol \$connection \$status';
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

# ---- what arrives ----

my %told;

# The requests that a server has answered with a status since the last call, as many
# as are expected: protocol and connection.  Those that are given up have status 499.
sub arrived
{
	my ($name, $count, $status) = @_;
	$status //= 200;
	my $told = \$told{$name}{$status};
	my @lines;

	wait_for(sub {
		@lines = -e "$dir/$name.log" ? grep { / $status$/ } split /\n/, slurp_file("$dir/$name.log") : ();
		return @lines >= ($$told // 0) + $count;
	});
	my @new = @lines[ ($$told // 0) .. $#lines ];
	$$told = @lines;
	return map { my ($protocol, $connection) = split ' '; { protocol => $protocol, connection => $connection } } @new;
}

sub connections
{
	my %seen = map { $_->{connection} => 1 } @_;
	my @sorted = sort { $a <=> $b } keys %seen;

	return @sorted;
}

# How many are under way at the simulator, and were at once.
sub in_flight { return decode_json(sim_get('requests'))->{in_flight}; }
sub most_at_once { return decode_json(sim_get('requests'))->{max_in_flight}; }

# Holds the answers until so many requests are under way at once.
sub hold
{
	my ($together) = @_;

	sim_reset();
	return sim_fault(action => 'hold', match => '/campaigns$', together => $together);
}

# Whether nginx has a connection to a server's clients that it has not closed.
sub is_open
{
	my ($name) = @_;
	my $hex = sprintf '%04X', $servers{$name}{port};

	return -r '/proc/net/tcp' && grep { my (undef, $local, undef, $state) = split ' '; $local =~ /:$hex$/ && $state eq '01' }
	  split /\n/, slurp_file('/proc/net/tcp');
}

start_nginx();
my $node = pinterest_cluster();
truth_table($node, 'campaigns');
for my $name (sort keys %servers)
{
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'https://127.0.0.1:$servers{$name}{port}/v5',
	ca_file '$dir/cert.pem', max_connections '$most', retries '@{[ $servers{$name}{retries} // 0 ]}', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_simulator');
CREATE FOREIGN TABLE $name (id text, ad_account_id text, name text) SERVER $name OPTIONS (stream 'campaigns');
SQL
}
my $session = sql_session($node);
my $list = join ', ', map { "'$_'" } @accounts;
my $rows = $session->query_safe(query_of('truth.campaigns'));

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
	my @requests = arrived($name, @accounts + ($known ? 0 : 1));
	is(scalar @requests, @accounts + ($known ? 0 : 1), "$test: each request once");
	return @requests;
}

# ---- HTTP/2 ----

hold($most);
my @requests = rows_from('h2', 'HTTP/2');
is_deeply([ grep { $_->{protocol} ne 'HTTP/2.0' } @requests ], [], 'HTTP/2 is negotiated');
is(scalar connections(@requests), 1, 'all requests on one connection');
is(most_at_once(), $most, 'side by side on it, as many as max_connections allows');
my ($connection) = connections(@requests);
@requests = rows_from('h2', 'HTTP/2, the next query');
is_deeply([ connections(@requests) ], [$connection], 'the next query has the same connection');

# Where all requests are known at once, none opens a connection of its own.
new_session();
hold($most);
@requests = rows_from('h2', 'HTTP/2, all at once', 1);
is(scalar connections(@requests), 1, 'all at once: one connection');
is(most_at_once(), $most, 'all at once: side by side');
ok(!grep({ $_->{connection} == $connection } @requests), 'another session, another connection');
($connection) = connections(@requests);

# A transfer that is given up is its stream's end, not the connection's.
sim_reset();
sim_fault(action => 'hang', match => "^/ad_accounts/(?!$accounts[0]/).*/campaigns\$");
$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT id FROM h2');
$session->query_safe('FETCH 1 FROM c');
ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'a cursor that is closed early: others are under way');
$session->query_safe('CLOSE c; COMMIT');
my $given_up = in_flight();
arrived('h2', 2);
sim_reset();
@requests = rows_from('h2', 'after a cursor', 1);
is_deeply([ connections(@requests) ], [$connection], 'after a cursor: the same connection');
is_deeply([ connections(arrived('h2', $given_up, 499)) ], [$connection], 'after a cursor: the others were given up on it');
ok(wait_for(sub { !in_flight() }), 'after a cursor: nothing is under way');

# A cancel ends all of them at once, and what was under way does not come up
# in the next query.
my $backend = $session->query_safe('SELECT pg_backend_pid()');
sim_reset();
sim_fault(action => 'hang', match => '/campaigns$');
$session->query_until(qr/begun/, "\\echo begun\n@{[ query_of('h2', 1) ]};\n");
ok(wait_for(sub { in_flight() == $most }), 'it hangs');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($backend)");
$session->{stderr} = '';
$session->query('SELECT 1');
like($session->{stderr}, qr/canceling statement/, 'cancel: the error');
ok(wait_for(sub { !in_flight() }), 'cancel: the requests end');
$session->{stderr} = '';
is(scalar connections(arrived('h2', $most, 499)), 1, 'cancel: the requests shared a connection');
sim_reset();
@requests = rows_from('h2', 'after a cancel');
is(scalar connections(@requests), 1, 'after a cancel: one connection');

# ---- servers of other kinds ----

hold($most);
@requests = rows_from('h1', 'HTTP/1.1');
is_deeply([ grep { $_->{protocol} ne 'HTTP/1.1' } @requests ], [], 'HTTP/1.1 where there is no other');
my @connections = connections(@requests);
is(scalar @connections, $most, 'HTTP/1.1: as many connections as max_connections');
is(most_at_once(), $most, 'HTTP/1.1: side by side on several');
@requests = rows_from('h1', 'HTTP/1.1, the next query');
is_deeply([ grep { my $c = $_; !grep { $_ == $c } @connections } connections(@requests) ], [], 'HTTP/1.1: the next query opens none');
new_session();
hold($most);
rows_from('h1', 'HTTP/1.1, all at once', 1);
is(most_at_once(), $most, 'HTTP/1.1, all at once: side by side');

# Scans that an Append runs side by side, of servers of both kinds.
my @parts = ([ 'h2', 0 ], [ 'h1', 1 ], [ 'few_streams', 3 ], [ 'h2', 4 ], [ 'h2', 5 ]);
hold(scalar @parts);
rows_ok($node, 'SELECT id FROM (' . join(' UNION ALL ', map { "SELECT id FROM $_->[0] WHERE ad_account_id = '$accounts[$_->[1]]'" } @parts) . ') AS u LIMIT 10000',
	[ rows($node, 'SELECT id FROM truth.campaigns WHERE ad_account_id IN (' . join(', ', map { "'$accounts[$_->[1]]'" } @parts) . ')') ], 'an Append: all rows');
is(most_at_once(), scalar @parts, 'an Append: side by side');
arrived('h2', 3);
arrived($_, 1) for qw(h1 few_streams);

@requests = rows_from('few_streams', 'few streams');
cmp_ok(scalar connections(@requests), '<=', $most, 'few streams: no more connections than max_connections');
for my $n (1 .. 3)
{
	@requests = rows_from('few_requests', "few requests on a connection, query $n");
	cmp_ok(scalar connections(@requests), '>=', @requests / 3, "few requests on a connection, query $n: connections");
}
for my $n (1 .. 3)
{
	rows_from('impatient', "a server that closes first, query $n");
	ok(wait_for(sub { !is_open('impatient') }), "a server that closes first, after query $n");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
