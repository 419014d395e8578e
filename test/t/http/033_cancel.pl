# Copyright (c) 2026, pinterest_fdw contributors

# Cancel, statement_timeout and termination at any moment of a request: they
# are answered at once, and afterwards all is as if nothing had been asked.
# What they interrupt lasts for longer than a test waits, so that whoever waits
# for its end fails.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

simulator('--accounts', 1, '--campaigns', 12, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(quotas => 1, options => ", page_size '4', retries '20', request_timeout '$for_ever'");
my $session = sql_session($node);
my $killer = $node->background_psql('postgres');
my $query = 'SELECT id, name FROM pinterest.campaigns';
my $truth = outcome($session, $query);
truth_table($node, 'campaigns');
is_deeply($truth, outcome($session, 'SELECT id, name FROM truth.campaigns'), 'all rows');

# A server that takes connections and never says a word.
my $mute = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16) or die "could not listen: $!";
my $mute_port = $mute->sockport;
$node->safe_psql('postgres', <<SQL);
CREATE SERVER mute FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'https://127.0.0.1:$mute_port',
	connect_timeout '$for_ever');
CREATE USER MAPPING FOR CURRENT_USER SERVER mute OPTIONS (access_token 'pina_simulator');
CREATE FOREIGN TABLE mute (id text) SERVER mute OPTIONS (stream 'ad_accounts');
CREATE TABLE kept (id text);
CREATE FUNCTION loop_over() RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE
	c CURSOR FOR $query;
	n bigint := 0;
BEGIN
	FOR r IN c LOOP
		n := n + 1;
		PERFORM pg_notify('row', n::text);
	END LOOP;
	RETURN n;
END
\$\$;
SQL

sub hits
{
	my ($count) = @_;

	return wait_for(sub { $count <= grep { $_->{rule} && defined $_->{status} } sim_requests() });
}

my @moments = (
	[ 'before the headers', { action => 'hang' }, $query, sub { hits(1) } ],
	[ 'after the headers', { action => 'hang', after => 'headers' }, $query, sub { hits(1) } ],
	[ 'in the body', { action => 'hang', after => 'body', nth => 3 }, $query, sub { hits(1) } ],
	[ 'in the list of the parents', { action => 'hang', match => '^/ad_accounts$' }, $query, sub { hits(1) } ],
	[ 'in a wait for the rate limit', { action => 'status', status => 429, code => 8,
			headers => { 'x-ratelimit-reset' => $for_ever } }, $query, sub { hits(1) } ],
	[ 'in a cursor loop', { action => 'hang', after => 'body', nth => 3 }, 'SELECT loop_over()', sub { hits(1) } ],
	[ 'in an INSERT', { action => 'hang', nth => 2 }, 'INSERT INTO kept SELECT id FROM pinterest.campaigns', sub { hits(1) } ],
	[ 'in a TLS handshake', undef, 'SELECT id FROM mute', sub {
			$node->poll_query_until('postgres',
				"SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'SELECT id FROM mute%' AND wait_event_type = 'Extension'")
		} ],
);

for my $moment (@moments)
{
	my ($name, $fault, $sql, $reached) = @$moment;

	for my $how ('pg_cancel_backend', 'pg_terminate_backend', 'statement_timeout')
	{
		interrupt($name, $fault, $sql, $reached, $how);
	}
}

# A pause before another try ends by itself, the longer ones after more tries.  On a
# machine that is too slow for one, the next shows that it is not waited for.
my @pauses = ([ 4, 2 ], [ 5, 4 ], [ 6, 8 ], [ 7, 15 ]);
for my $how ('pg_cancel_backend', 'pg_terminate_backend')
{
	my $is_shorter;

	for my $pause (@pauses)
	{
		my ($tries, $seconds) = @$pause;

		interrupt("in pause $tries before another try", { action => 'status', status => 503 }, $query, sub { hits($tries) }, $how,
			sub { $is_shorter = time < (sim_requests())[-1]{finished} + $seconds });
		last if $is_shorter;
	}
	ok($is_shorter, "$how in a pause before another try: before its end");
}

# What a cancel leaves of materialized views.
sim_reset();
$session->query_safe("CREATE MATERIALIZED VIEW m AS $query");
for my $case ([ "CREATE MATERIALIZED VIEW n AS $query", 'CREATE' ], [ 'REFRESH MATERIALIZED VIEW m', 'REFRESH' ],
	[ "CREATE TABLE t AS $query", 'CREATE TABLE AS' ])
{
	my ($sql, $name) = @$case;

	interrupt("in $name", { action => 'hang', after => 'body', nth => 3 }, $sql, sub { hits(1) }, 'pg_cancel_backend');
}
is_deeply(outcome($session, 'SELECT id, name FROM m'), $truth, 'REFRESH: the old rows are still there');
is($session->query_safe("SELECT to_regclass('n') IS NULL AND to_regclass('t') IS NULL"), 't', 'CREATE: nothing is left');
is($session->query_safe('SELECT count(*) FROM kept'), '0', 'INSERT: nothing is left');
$session->query_safe('CREATE UNIQUE INDEX ON m (id)');
interrupt('in REFRESH CONCURRENTLY', { action => 'hang', nth => 3 }, 'REFRESH MATERIALIZED VIEW CONCURRENTLY m',
	sub { hits(1) }, 'pg_cancel_backend');
is_deeply(outcome($session, 'SELECT id, name FROM m'), $truth, 'REFRESH CONCURRENTLY: likewise');
sim_reset();
$session->query_safe('REFRESH MATERIALIZED VIEW m');
is_deeply(outcome($session, 'SELECT id, name FROM m'), $truth, 'REFRESH works afterwards');

# A failing REFRESH leaves the old rows as well.
sim_fault(action => 'status', status => 403, code => 7, nth => 2);
$session->query('REFRESH MATERIALIZED VIEW m');
like($session->{stderr}, qr/does not permit/, 'REFRESH fails');
is_deeply(outcome($session, 'SELECT id, name FROM m'), $truth, 'and the old rows are still there');

# A cursor that hangs can be closed by the end of its transaction.
sim_reset();
sim_fault(action => 'hang', match => '/campaigns$', nth => 2);
$session->query_safe('BEGIN');
$session->query_safe('DECLARE c CURSOR FOR SELECT id FROM pinterest.campaigns');
is(scalar(split /\n/, $session->query_safe('FETCH 3 FROM c')), 3, 'rows before the hang');
$session->query_safe('ROLLBACK');
ok(wait_for(\&quiet), 'ROLLBACK does not wait, and the connection is closed');

# A shutdown does not wait either.
sim_reset();
sim_fault(action => 'hang');
begin_query($session, $query);
ok(hits(1), 'a hang');
$node->stop('fast');
ok(wait_for(\&quiet), 'a fast shutdown does not wait');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();

# No request is under way.
sub quiet
{
	return decode_json(sim_get('requests'))->{in_flight} == 0;
}

sub begin_query
{
	my ($in, $sql) = @_;

	$in->{stderr} = '';
	$in->query_until(qr/begun/, "\\echo begun\n$sql;\n");
	return;
}

# Lets a query come to a moment, ends it, and looks at what is left; ended is
# called when it is over.
sub interrupt
{
	my ($name, $fault, $sql, $reached, $how, $ended) = @_;
	my $ends = $how eq 'pg_terminate_backend';
	my $victim = $ends ? sql_session($node) : $session;
	my $pid = $victim->query_safe('SELECT pg_backend_pid()');
	my $what = "$how $name";

	sim_reset();
	sim_fault(match => '/campaigns$', %$fault) if $fault;
	if ($how eq 'statement_timeout')
	{
		my $is_reached = time_out_at(sub {
			$victim->query_safe("SET statement_timeout = '$_[0]'");
			$victim->{stderr} = '';
			$victim->query($sql);
			return !$fault || grep { $_->{rule} } sim_requests();
		});
		ok($is_reached, "$what: the moment was reached");
		like($victim->{stderr}, qr/canceling statement due to statement timeout/, "$what: the error");
		$victim->{stderr} = '';
		$victim->query_safe('RESET statement_timeout');
	}
	else
	{
		begin_query($victim, $sql);
		ok($reached->(), "$what: the moment is reached");
		my $requests = () = sim_requests();
		is($killer->query_safe("SELECT $how($pid)"), 't', "$what: sent");
		if ($ends)
		{
			$killer->query_safe("DO \$\$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid) LOOP
				PERFORM pg_sleep(0.005), pg_stat_clear_snapshot(); END LOOP; END \$\$");
		}
		else
		{
			is($victim->query('SELECT 1'), '1', "$what: the session goes on");
		}
		$ended->() if $ended;
		is(scalar(my @now = sim_requests()), $requests, "$what: no further request");
		if ($ends)
		{
			eval { $victim->quit };
		}
		else
		{
			like($victim->{stderr}, qr/canceling statement due to user request/, "$what: the error");
			unlike($victim->{stderr}, qr/pinterest|campaigns|API/, "$what: and no other") if $sql !~ /loop_over|mute/;
		}
	}
	ok(wait_for(\&quiet), "$what: no request is left");
	sim_reset();

	# a wait that the API has asked for counts for later scans, too
	outcome($session, 'SELECT pinterest_fdw.limit_reset()');
	is_deeply(outcome($session, $query), $truth, "$what: all rows afterwards");
	return;
}
