# Copyright (c) 2026, pinterest_fdw contributors

# A session keeps its connections for its next query: those of the same user
# mapping alone, of the server as it is now, and of queries that succeeded; few
# of them, and none in the way of others.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(max min);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

# With some latency, what may run side by side does, in every query.
my $port = simulator('--accounts', 3, '--campaigns', 12, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 2,
	'--latency', 0.02);
my $node = pinterest_cluster(options => ", page_size '4', max_connections '2', retries '0'");
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $query = 'SELECT id, name FROM pinterest.campaigns';
my $seq = 0;
my %seen;		# connections that served any request so far
my %mine;		# those that may still be open for the session
my ($session, $pid);

new_session();
truth_table($node, 'campaigns');
my $truth = outcome($session, 'SELECT id, name FROM truth.campaigns');

# ---- what connections there are ----

# The sockets of this machine's connections to a port, by inode: the clients'
# ends, that a process may still hold.
sub sockets_to
{
	my ($to) = @_;
	my $hex = sprintf '%04X', $to;
	my @sockets;

	return unless -r '/proc/net/tcp';
	for (split /\n/, slurp_file('/proc/net/tcp'))
	{
		my (undef, undef, $remote, $state, @rest) = split ' ';

		push @sockets, $rest[5] if $remote =~ /:$hex$/ && $state =~ /^0[18]$/;
	}
	return @sockets;
}

# Whether this machine has connections to a URL that the other side has not closed.
sub open_to
{
	my ($url) = @_;
	my $hex = sprintf '%04X', $url =~ /(\d+)$/;

	return -r '/proc/net/tcp' && grep { my (undef, undef, $remote, $state) = split ' '; $remote =~ /:$hex$/ && $state eq '01' }
	  split /\n/, slurp_file('/proc/net/tcp');
}

# How many connections to a port a process has open.
sub open_of
{
	my ($process, $to) = @_;
	my %mine = map { (readlink($_) // '') =~ /^socket:\[(\d+)\]/ ? ($1 => 1) : () } glob "/proc/$process/fd/*";

	return scalar grep { $mine{$_} } sockets_to($to // $port);
}

# So many connections are open, neither of the session's process nor at the
# other side are there more.
sub open_ok
{
	my ($count, $name) = @_;
	my $got;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
  SKIP:
	{
		skip 'needs /proc', 2 unless -r '/proc/net/tcp' && -d "/proc/$pid/fd";
		is(open_of($pid), $count, "$name: $count connections are open");
		ok(wait_for(sub { served() <= $count }), "$name: the other side has no more");
	}
	return;
}

# How many connections the simulator has not closed; those of control calls are
# gone when it looks, but for a moment.
sub served
{
	my $hex = sprintf '%04X', $port;

	return scalar grep { my (undef, $local, undef, $state) = split ' '; $local =~ /:$hex$/ && $state =~ /^0[18]$/ }
	  split /\n/, slurp_file('/proc/net/tcp');
}

# ---- which are used ----

# The connections of the requests since the last call.
sub latest_connections
{
	my @requests = @{ decode_json(sim_get("requests?since=$seq"))->{requests} };

	$seq = max($seq, map { $_->{seq} } @requests);
	return sort { $a <=> $b } keys %{ { map { $_->{connection} => 1 } grep { $_->{host} eq 'api' } @requests } };
}

sub forget_log
{
	my (%world) = @_;

	sim_reset(%world);
	latest_connections();
	return;
}

# Runs SQL; its requests use none but connections that the session has.
sub reused_ok
{
	my ($name, $sql, %args) = @_;
	my $got = run($sql, %args);
	my @used = latest_connections();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply($got, $truth, "$name: all rows") if ref $got;
	cmp_ok(scalar @used, '>=', 1, "$name: requests");
	is_deeply([ grep { !$mine{$_} } @used ], [], "$name: on connections of the queries before");
	$seen{$_} = 1 for @used;
	return @used;
}

# Runs SQL; its requests use none of the connections that were used before.
sub fresh_ok
{
	my ($name, $sql, %args) = @_;
	my $got = run($sql, %args);
	my @used = latest_connections();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply($got, $truth, "$name: all rows") if ref $got;
	cmp_ok(scalar @used, '>=', 1, "$name: requests");
	is_deeply([ grep { $seen{$_} } @used ], [], "$name: on new connections");
	%mine = () unless $args{session} || $args{keep};
	$seen{$_} = 1 for @used;
	$mine{$_} = 1 for $args{session} ? () : @used;
	return @used;
}

# The outcome of a query, or nothing of another statement, which succeeds.
sub run
{
	my ($sql, %args) = @_;
	my $in = $args{session} // $session;

	return outcome($in, $sql) if $sql eq $query;
	$in->query_safe($sql);
	return;
}

# ---- all kinds of queries ----

my @used = fresh_ok('the first query', $query);
is(scalar @used, 2, 'max_connections of them');
open_ok(2, 'after the first query');
reused_ok('the same again', $query);
reused_ok($_->[0], $_->[1]) for
	[ 'another table', 'SELECT count(*) FROM pinterest.ad_groups' ],
	[ 'metrics', 'SELECT count(*) FROM pinterest.campaigns_analytics' ],
	[ 'an order', 'SELECT id FROM pinterest.campaigns ORDER BY id DESC' ],
	[ 'rescans', "SELECT count(c.id) FROM generate_series(1, 4) AS g,
		LATERAL (SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$account' AND g > 0 OFFSET 0) AS c" ],
	[ 'EXPLAIN ANALYZE', "EXPLAIN ANALYZE $query" ],
	[ 'ANALYZE', 'ANALYZE pinterest.campaigns' ],
	[ 'a materialized view', "CREATE MATERIALIZED VIEW m AS $query" ],
	[ 'its REFRESH', 'REFRESH MATERIALIZED VIEW m' ],
	[ 'COPY', 'COPY (SELECT id FROM pinterest.campaigns) TO STDOUT' ],
	[ 'a cursor', "BEGIN; DECLARE c CURSOR FOR $query; FETCH 3 FROM c; MOVE ALL IN c; CLOSE c; COMMIT" ],
	[ 'a cursor WITH HOLD', "BEGIN; DECLARE h CURSOR WITH HOLD FOR $query; COMMIT; FETCH ALL FROM h; CLOSE h" ],
	[ 'a loop of PL/pgSQL', "DO \$\$ DECLARE r record; BEGIN FOR r IN $query LOOP NULL; END LOOP; END \$\$" ],
	[ 'a prepared statement', "PREPARE p AS $query; EXECUTE p; EXECUTE p" ],
	[ 'a LIMIT', 'SELECT id FROM pinterest.campaigns LIMIT 5' ],
	[ 'a transaction that is rolled back', "BEGIN; $query; ROLLBACK" ],
	[ 'a savepoint that is rolled back', "BEGIN; SAVEPOINT s; $query; ROLLBACK TO s; $query; COMMIT" ],
	[ 'and all rows still', $query ];
$session->query('SELECT 1 / 0');
reused_ok('an error that no scan saw', $query);
open_ok(2, 'after all of these');

# EXPLAIN needs none, so it takes none from others.
$session->query_safe("EXPLAIN $query");
is_deeply([ latest_connections() ], [], 'EXPLAIN sends nothing');
reused_ok('after EXPLAIN', $query);

# Two scans at once have a client each, both of which stay.
my $join = 'SELECT count(*) FROM pinterest.campaigns AS c JOIN pinterest.ad_groups AS g ON g.campaign_id = c.id';
$session->query_safe("SET enable_nestloop = off; $join");
@used = latest_connections();
cmp_ok(scalar @used, '<=', 4, 'a join: connections of two scans');
cmp_ok(scalar(grep { $mine{$_} } @used), '>=', 1, 'a join: some of the query before');
$mine{$_} = $seen{$_} = 1 for @used;
reused_ok('the join again', $join);
reused_ok('one table after it', $query);
open_ok(scalar(keys %mine), 'after the join');

# ---- what is asked for ahead ----

# The next page is under way before the first row of this one is told, however
# few rows a page has, and then no further one.
forget_log();
$session->query_safe("BEGIN; DECLARE c CURSOR FOR $query WHERE ad_account_id = '$account'; FETCH 1 FROM c");
ok(wait_for(sub { 2 == sim_requests() }), 'the second page is asked for when the first row is there')
  or diag(scalar(my @all = sim_requests()) . ' requests');
$session->query_safe('FETCH 3 FROM c');
is(scalar(my @two = sim_requests()), 2, 'and no third before the first has been read');
$session->query_safe('FETCH 1 FROM c');
ok(wait_for(sub { 3 == sim_requests() }), 'the third when the second is read');
$session->query_safe('COMMIT');
latest_connections();

# All rows of a page come while the next is on its way.
forget_log();
sim_fault(action => 'hold', match => '/campaigns$', query => 'bookmark=');
$session->query_safe("BEGIN; DECLARE c CURSOR FOR SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$account'");
is(scalar(split /\n/, $session->query_safe('FETCH 4 FROM c')), 4, 'the rows of a page do not wait for the next');
sim_post('release');
is(scalar(split /\n/, $session->query_safe('FETCH ALL FROM c')), 8, 'the rows of the others');
is(scalar(my @pages = sim_requests()), 3, 'three pages');
$session->query_safe('COMMIT');
latest_connections();

# What is known from the start leaves at once, also without any connection yet.
forget_log();
new_session();
sim_fault(action => 'hold', match => '/campaigns$', together => 2);
my $accounts = join ', ', map { "'$_'" } @{ decode_json(sim_get('state'))->{ad_account_ids} };
$session->query_safe("SELECT count(*) FROM pinterest.campaigns WHERE ad_account_id IN ($accounts)");
is(decode_json(sim_get('requests'))->{max_in_flight}, 2, 'requests of a query without connections leave side by side');
latest_connections();

# Days that single requests cannot serve are asked for side by side.
forget_log();
sim_config(report_polls => 0);
sim_fault(action => 'hold', method => 'POST', match => '/reports$', together => 2);
$session->query_safe("SELECT count(*) FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date >= '@{[ utc_today(-500) ]}'");
my @orders = grep { $_->{method} eq 'POST' } sim_requests();
cmp_ok(scalar @orders, '>=', 2, 'reports of several ranges of days');
cmp_ok(min(map { $_->{finished} } @orders[0, 1]), '>', max(map { $_->{started} } @orders[0, 1]), 'are ordered side by side');
forget_log();

# ---- what is given up ----

# The transfer of a page that nobody wants any more ends with its connection;
# what it would have brought does not come up in the next query.
new_session();
for my $end ('CLOSE c; COMMIT', 'COMMIT')
{
	new_session();
	sim_fault(action => 'hang', match => '/campaigns$', nth => 2);
	$session->query_safe("BEGIN; DECLARE c CURSOR FOR $query WHERE ad_account_id = '$account'; FETCH 1 FROM c");
	ok(wait_for(sub { 2 <= sim_requests() }), "$end: a second page is under way");
	$session->query_safe($end);
	open_ok(0, "$end: a transfer that is given up");
	forget_log();
	fresh_ok("$end: the next query", $query);
}

# An open cursor at a ROLLBACK ends like an error.
new_session();
$session->query_safe("BEGIN; DECLARE c CURSOR FOR $query; FETCH 1 FROM c; ROLLBACK");
open_ok(0, 'ROLLBACK with an open cursor');
latest_connections();
fresh_ok('after ROLLBACK with an open cursor', $query);

# ---- whose they are ----

my $other = sql_session($node);
fresh_ok('another session', $query, session => $other);
reused_ok('the first session again', $query);
$other->quit;

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE b;
GRANT USAGE ON SCHEMA pinterest, truth TO b;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest, truth TO b;
GRANT USAGE ON FOREIGN SERVER pinterest TO b;
CREATE USER MAPPING FOR b SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE VIEW of_b AS SELECT id, name FROM pinterest.campaigns;
ALTER VIEW of_b OWNER TO b;
SQL
my $as_b = "SET ROLE b; $query; RESET ROLE";
fresh_ok('another role', $as_b, keep => 1);
my @of_b = run_connections($as_b);
reused_ok('that role again', $as_b);
is_deeply([ grep { my $c = $_; grep { $c == $_ } @of_b } run_connections($query) ], [], 'the first role uses none of them');
is_deeply([ run_connections('SELECT * FROM of_b') ], \@of_b, 'but where its view says who asks');
my @own = run_connections($query);
$session->query_safe("DROP USER MAPPING FOR b SERVER pinterest;
	CREATE USER MAPPING FOR b SERVER pinterest OPTIONS (access_token 'pina_simulator')");
fresh_ok('a new mapping of the same role', $as_b, keep => 1);
is_deeply([ run_connections($query) ], \@own, 'another role\'s mapping does not matter');
open_ok(4, 'two mappings');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR b SERVER pinterest; DROP VIEW of_b');

# ---- what changes ----

my $raw_rows = '{"items":[],"bookmark":null}';
my ($elsewhere, $arrived) = raw_server(sub { "HTTP/1.1 200 OK\r\nContent-Length: " . length($raw_rows) . "\r\n\r\n$raw_rows" });
my @changes = (
	map({ "ALTER SERVER pinterest OPTIONS ($_)" }
		"ADD connect_timeout '7'", "ADD request_timeout '8'", "SET page_size '5'", "SET page_size '4'",
		"SET retries '1'", "SET retries '0'", "ADD max_response_size '32MB'", "SET max_connections '3'", "SET max_connections '2'"),
	'ALTER SERVER pinterest OWNER TO b; ALTER SERVER pinterest OWNER TO CURRENT_USER',
	map({ "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS ($_)" }
		"SET access_token 'pina_other'", "SET access_token 'pina_simulator'"),
	"DROP USER MAPPING FOR CURRENT_USER SERVER pinterest;
		CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator')");
sim_config(tokens => { pina_other => { name => 'other' } });
new_session();
run_connections($query);
for my $change (@changes)
{
	# here, and from elsewhere
	for my $in ($session, $node)
	{
		next if $in == $node && $change !~ /SET|OWNER/;
		$in == $node ? $node->safe_psql('postgres', $change) : $session->query_safe($change);
		fresh_ok(($in == $node ? 'elsewhere: ' : '') . ($change =~ s/\s+/ /gr), $query);
	}
}
open_ok(2, 'after all changes');
$session->query_safe("BEGIN; ALTER SERVER pinterest OPTIONS (SET page_size '5')");
fresh_ok('ALTER in a transaction', $query);
$session->query_safe('ROLLBACK');
fresh_ok('and rolled back', $query);

# Another host, and a proxy, are where the requests go from then on.
my $before = () = sim_requests();
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '$elsewhere')");
is($session->query_safe('SELECT count(*) FROM pinterest.campaigns'), '0', 'base_url: nothing elsewhere');
is(scalar(my @there = $arrived->()), 1, 'base_url: a request there');
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '@{[ sim_url() ]}', ADD proxy '$elsewhere')");
is($session->query_safe('SELECT count(*) FROM pinterest.campaigns'), '0', 'proxy: what the proxy says');
is(scalar(@there = $arrived->()), 2, 'proxy: a request there');
is(scalar(my @here = sim_requests()), $before, 'and none here');
open_ok(0, 'base_url and proxy');
$session->query_safe('ALTER SERVER pinterest OPTIONS (DROP proxy)');
fresh_ok('without proxy', $query);
forget_log();

# A token that was renewed, and by then another process has changed the mapping.
new_grant($node, options => { access_token => 1 });
latest_connections();
fresh_ok('a mapping that renews itself', $query);
reused_ok('as long as nothing is renewed', $query);
$node->safe_psql('postgres', "SELECT pinterest_fdw.renew_token('pinterest')");
fresh_ok('after a renewal elsewhere', $query);
sim_post('oauth', { revoke => 'access_tokens' });
is_deeply(outcome($session, $query), $truth, 'a renewal within a query');
is_deeply(bearers(), [ 'access#1', 'access#2', 'access#3' ], 'the tokens');
latest_connections();
fresh_ok('after the renewal', $query);
token_mapping($node, { access_token => 'pina_simulator' });
forget_log();

# ---- what fails ----

my $killer = $node->background_psql('postgres');
my %failures = (
	'an error of the API' => sub {
		sim_fault(action => 'status', status => 403, code => 7, match => '/campaigns$', nth => 2);
		fails($query, qr/does not permit/);
	},
	'a broken answer' => sub {
		sim_fault(action => 'garbage', match => '/campaigns$', nth => 2);
		fails($query, qr/JSON/);
	},
	'an error in the query' => sub {
		fails("SELECT 1 / (length(id) - length(id)) FROM pinterest.campaigns", qr/division by zero/);
	},
	'one scan of two' => sub {
		sim_fault(action => 'status', status => 403, code => 7, match => '/ad_groups$');
		fails($join, qr/does not permit/);
	},
	'a cancel' => sub {
		sim_fault(action => 'hang', match => '/campaigns$', nth => 3);
		$session->{stderr} = '';
		$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
		ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'a cancel: it hangs');
		$killer->query_safe("SELECT pg_cancel_backend($pid)");
		$session->query('SELECT 1');
		like($session->{stderr}, qr/canceling statement due to user request/, 'a cancel: the error');
	},
	statement_timeout => sub {
		sim_fault(action => 'hang', after => 'body', match => '/campaigns$', nth => 2);
		fails("SET statement_timeout = '500ms'; $query", qr/statement timeout/);
		$session->query_safe('RESET statement_timeout');
	},
	'an exception that is caught' => sub {
		sim_fault(action => 'status', status => 403, code => 7, match => '/campaigns$', nth => 2);
		$session->query_safe("DO \$\$ BEGIN PERFORM count(*) FROM pinterest.campaigns; RAISE 'no error';
			EXCEPTION WHEN insufficient_privilege THEN NULL; END \$\$");
	},
	'an exception in a loop' => sub {
		$session->query_safe("DO \$\$ DECLARE r record; BEGIN
			FOR r IN $query LOOP RAISE division_by_zero; END LOOP;
			EXCEPTION WHEN division_by_zero THEN NULL; END \$\$");
	},
);

sub fails
{
	my ($sql, $message) = @_;

	$session->{stderr} = '';
	$session->query($sql);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($session->{stderr}, $message, 'it fails');
	$session->{stderr} = '';
	return;
}

for my $name (sort keys %failures)
{
	forget_log();
	new_session();
	run_connections($query);
	$failures{$name}->();
	ok(wait_for(sub { decode_json(sim_get('requests'))->{in_flight} == 0 }), "$name: nothing is under way");
	open_ok(0, $name);
	forget_log();
	fresh_ok("after $name", $query);
	reused_ok("after $name, the next", $query);
}
$killer->quit;

# A cursor goes on after a savepoint that is rolled back, and so do its connections.
forget_log();
new_session();
my $of_account = "SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$account'";
$session->query_safe("BEGIN; DECLARE c CURSOR FOR $of_account; FETCH 1 FROM c; SAVEPOINT s; FETCH 1 FROM c");
ok(wait_for(sub { 2 == grep { defined $_->{finished} } sim_requests() }), 'two pages');
my @cursors = latest_connections();
is(scalar @cursors, 1, 'a cursor\'s connection');
fails('SELECT 1 / (length(id) - length(id)) FROM pinterest.ad_groups', qr/division by zero/);
latest_connections();
$session->query_safe('ROLLBACK TO s');
open_ok(1, 'a savepoint that is rolled back');
is(scalar(split /\n/, $session->query_safe('FETCH ALL FROM c')), 10, 'the other rows');
$session->query_safe('COMMIT');
is_deeply([ latest_connections() ], \@cursors, 'come on the same connection');
is_deeply([ run_connections($of_account) ], \@cursors, 'which the next query has');

# Within the transaction that caught it, too.
forget_log();
sim_fault(action => 'status', status => 403, code => 7, match => '/campaigns$', times => 1);
$session->query_safe("DO \$\$ BEGIN PERFORM count(*) FROM pinterest.campaigns; RAISE 'no error';
	EXCEPTION WHEN insufficient_privilege THEN PERFORM count(*) FROM pinterest.campaigns; END \$\$");
my @requests = sort { $a->{seq} <=> $b->{seq} } sim_requests();
my ($first, $second) = map { $_->{seq} } grep { $_->{path} eq '/ad_accounts' } @requests;
my %failed = map { $_->{connection} => 1 } grep { $_->{seq} < $second } @requests;
is_deeply([ grep { $failed{ $_->{connection} } } grep { $_->{seq} >= $second } @requests ], [],
	'an error that is caught: the next query in the block has new connections');
forget_log();
new_session();

# ---- a server that closes first ----

# It closes each connection after its answer, without saying so.
my ($closing, $asked) = raw_server(sub { "HTTP/1.1 200 OK\r\nContent-Length: " . length($raw_rows) . "\r\n\r\n$raw_rows" });
$node->safe_psql('postgres', <<SQL);
CREATE SERVER closing FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$closing', retries '0', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER closing OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE closing (id text) SERVER closing OPTIONS (stream 'ad_accounts');
SQL
for my $n (1 .. 4)
{
	# newer versions of libcurl do not look before they send, and send again
	my ($requests, $retries) = counted('SELECT * FROM closing');
	is($requests - $retries, 1, "the other side has closed: one request is counted for query $n, besides resends");
	cmp_ok($retries, '<=', $n > 1, "the other side has closed: one resend at most for query $n");
	is(scalar(my @texts = $asked->()), $n, "the other side has closed: a request for query $n");
	ok(wait_for(sub { !open_to($closing) }), "the other side has closed: the session can know, after query $n");
}

# It closes just when the next request is there: that is sent once more, on a
# connection of its own, though nothing may be tried again.
run_connections($query);
sim_fault(action => 'drop', match => '^/ad_accounts$', times => 1);
is_deeply(outcome($session, $query), $truth, 'a connection that is closed in between: all rows');
is(scalar(grep { $_->{path} eq '/ad_accounts' } sim_requests()), 3, 'a connection that is closed in between: one request more');

# All of them are counted: by EXPLAIN, in the statistics, and for the quota.
forget_log();
run_connections($query);
$session->query_safe('SELECT pinterest_fdw.stat_reset(), pinterest_fdw.limit_reset()');
my $sent_before = sim_requests();
sim_fault(action => 'drop', match => '/campaigns$', times => 1);
my @counted = counted($query);
my $arrived_since = sim_requests() - $sent_before;
is_deeply(\@counted, [ $arrived_since, 1 ], 'a connection that is closed in between: EXPLAIN counts both tries, and a retry');
is($session->query_safe('SELECT sum(requests), sum(retries) FROM pinterest_fdw.stat'), "$arrived_since|1",
	'a connection that is closed in between: the statistics count them');
forget_log();

# ---- how many are kept ----

# Six scans at once leave the connections of four behind.
my $six = join ' UNION ALL ', map { "SELECT count(*) FROM pinterest.$_" } qw(ad_accounts boards pins catalogs media followers);
new_session();
run_connections($six);
open_ok(4, 'six scans, each with one connection');
run_connections($six) for 1 .. 3;
open_ok(4, 'six scans again');

# Where six share a list, the five that have no connection leave that of the sixth.
new_session();
run_connections('SELECT count(*) FROM ' . join ', ', map { "(SELECT id FROM pinterest.ad_accounts) AS a$_" } 1 .. 6);
open_ok(1, 'six scans that share a list');

# Servers by the dozen do not use up what PostgreSQL lets a process open.
$session->quit;
undef $session;
$node->append_conf('postgresql.conf', 'max_files_per_process = 100');
$node->restart;
new_session();
forget_log(accounts => 12);
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET max_connections '12')");
for my $n (1 .. 8)
{
	$session->query_safe(<<SQL);
CREATE SERVER s$n FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url '@{[ sim_url() ]}', max_connections '12', retries '0', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER s$n OPTIONS (access_token 'pina_simulator');
CREATE FOREIGN TABLE t$n (id text) SERVER s$n OPTIONS (stream 'campaigns');
SQL
}
sim_config(latency => 0.2);
for my $n (1 .. 8, 1 .. 8)
{
	my $got = outcome($session, "SELECT id FROM t$n");
	is($got->{message}, undef, "server $n of 8, with few files: no error");
}
my @files = glob "/proc/$pid/fd/*";
cmp_ok(scalar @files, '<', 100, 'few files are open') if -d "/proc/$pid/fd";

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();

# The requests and retries that EXPLAIN ANALYZE counts in the session.
sub counted
{
	my ($sql) = @_;
	my $plan = decode_json($session->query_safe("EXPLAIN (ANALYZE, FORMAT json) $sql"))->[0]{Plan};

	return @$plan{qw(Requests Retries)};
}

# Another session in the first one's place.
sub new_session
{
	$session->quit if $session;
	$session = sql_session($node);
	$session->query_safe('SET client_min_messages = warning');
	$pid = $session->query_safe('SELECT pg_backend_pid()');
	%mine = ();
	return;
}

# Runs SQL in the session; returns the connections that it used, which it has.
sub run_connections
{
	my ($sql) = @_;

	run($sql);
	my @now = latest_connections();
	$mine{$_} = $seen{$_} = 1 for @now;
	return @now;
}
