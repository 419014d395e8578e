# Copyright (c) 2026, pinterest_fdw contributors

# Renewals among other sessions and transactions: one token request however
# many ask, and whatever becomes of those who asked, the answer is kept.

use strict;
use warnings;

use FindBin;
use IPC::Run ();
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
# without the launcher no worker but those of the test takes a slot
my $node = pinterest_cluster(options => ", retries '1'", conf => "max_logical_replication_workers = 0\n");
my $query = 'SELECT id, name FROM pinterest.campaigns';
truth_table($node, 'campaigns');
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE keeper NOLOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE carol LOGIN;
GRANT keeper, bob, carol TO CURRENT_USER;
GRANT USAGE ON FOREIGN SERVER pinterest TO keeper, bob;
GRANT USAGE ON SCHEMA pinterest, pinterest_fdw TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO PUBLIC;
CREATE SCHEMA kept AUTHORIZATION keeper;
CREATE TABLE answers (rows bigint);
GRANT INSERT, SELECT ON answers TO PUBLIC;
SQL
my %session = map { $_ => sql_session($node) } qw(one two three);
my $session = $session{one};
my $truth = outcome($session, 'SELECT id, name FROM truth.campaigns');
my $first = 'refresh_token refresh#1';
my $rotated = 'refresh_token refresh#2';

# The token endpoint does not answer before it is released.
sub hold_tokens
{
	return sim_fault(match => '^/oauth/token$', action => 'hold');
}

sub token_requests_sent
{
	my ($count) = @_;

	return wait_for(sub { forms() >= $count });
}

sub wait_for_worker
{
	my ($wait) = @_;

	return $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity
		WHERE backend_type = 'pinterest_fdw token renewal'" . ($wait ? " AND wait_event_type = '$wait'" : ''));
}

sub wait_for_no_worker
{
	return $node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity
		WHERE backend_type IN ('pinterest_fdw token renewal', 'parallel worker')");
}

# Begins a statement in a session; ended() waits for its end.
sub begin_query
{
	my ($in, $sql) = @_;

	$in->{stderr} = '';
	$in->query_until(qr/begun/, "\\echo begun\n$sql;\n");
	return;
}

# What a session has said when all that was begun in it has ended.
sub ended
{
	my ($in) = @_;

	$in->query('SELECT 1');
	my $said = $in->{stderr};
	$in->{stderr} = '';
	return $said;
}

# The query has all its rows in a new session, with what is stored.
sub stored_ok
{
	my ($name, $forms, $role) = @_;
	my $fresh = sql_session($node);

	$fresh->query_safe("SET ROLE $role") if $role;
	is_deeply(outcome($fresh, $query), $truth, "$name: rows in another session");
	is($fresh->{stderr}, '', "$name: silently");
	forms_ok($forms, $name);
	$fresh->quit;
	return;
}

# ---- 20 sessions at once ----

my $script = $node->basedir . '/count.sql';
append_to_file($script, "INSERT INTO answers SELECT count(*) FROM pinterest.campaigns;\n");

# 20 sessions run the query at the same time, and where the token endpoint waits, all
# wait for it together; returns what they said.
sub twenty
{
	my ($out, $err) = ('', '');
	my $waits = "SELECT count(*) = 20 FROM pg_stat_activity WHERE query LIKE 'INSERT INTO answers%' AND wait_event_type IN ('IPC', 'Lock')";

	$node->safe_psql('postgres', 'TRUNCATE answers');
	my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', 20, '-t', 1, '-f', $script, '-h', $node->host, '-p', $node->port, 'postgres' ],
		'<', \undef, '>', \$out, '2>', \$err);
	if (grep { $_->{action} eq 'hold' } @{ decode_json(sim_get('state'))->{faults} })
	{
		$node->poll_query_until('postgres', $waits) or die 'they do not wait';
		sim_post('release');
	}
	$bench->finish;
	return $err;
}

sub twenty_ok
{
	my ($name, $forms) = @_;

	is(twenty() =~ /WARNING|ERROR/ ? 'not silent' : '', '', "20 sessions, $name: silently");
	is($node->safe_psql('postgres', "SELECT count(*) FROM answers WHERE rows = $truth->{rows}"), 20, "20 sessions, $name: all rows");
	forms_ok($forms, "20 sessions, $name");
	return;
}

new_grant($node);
hold_tokens();
twenty_ok('first use', [$first]);
new_grant($node, options => { access_token => 1, access_token_expires_at => in_hours(1) });
hold_tokens();
twenty_ok('ahead of the end', [$first]);
new_grant($node, options => { access_token => 1 });
sim_post('oauth', { revoke => 'access_tokens' });
hold_tokens();
twenty_ok('after a 401', [$first]);
new_grant($node, options => { access_token => 1 }, config => { rotation => 'none', token_answer => { same_within => 600 } });
sim_post('oauth', { revoke => 'access_tokens' });
twenty_ok('rotation none', [$first]);

# A renewal that fails fails for all who waited for it.
new_grant($node, options => { app_secret => 'another' });
hold_tokens();
is(() = twenty() =~ /ERROR:  could not renew the access token for server "pinterest"/g, 20, '20 sessions, a failure: errors');
forms_ok([$first], '20 sessions, a failure');
is($node->safe_psql('postgres', 'SELECT count(*) FROM answers'), 0, '20 sessions, a failure: no rows');
new_grant($node, config => { rotation => 'stays' });
is_deeply(outcome($session, $query), $truth, 'a refresh token before');
sim_post('oauth', { revoke => 'access_tokens' });
sim_post('oauth', { refuse => 'refresh_tokens' });
hold_tokens();
is(() = twenty() =~ /ERROR:  could not renew/g, 20, '20 sessions, two refused: errors');
forms_ok([ $first, $rotated, $first ], '20 sessions, two refused');

# ---- transactions ----

for my $case (
	[ 'ROLLBACK', 'BEGIN', 'ROLLBACK' ],
	[ 'READ ONLY', 'BEGIN READ ONLY', 'COMMIT' ],
	[ 'REPEATABLE READ', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM answers', 'COMMIT' ],
	[ 'SERIALIZABLE READ ONLY', 'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY', 'ROLLBACK' ],
	[ 'ROLLBACK TO', 'BEGIN; SAVEPOINT s', 'ROLLBACK TO s; COMMIT' ],
	[ 'a later error', 'BEGIN', 'DO $$ BEGIN RAISE EXCEPTION \'later\'; END $$; ROLLBACK' ])
{
	my ($name, $begin, $end) = @$case;

	for my $how ('first use', '401')
	{
		new_grant($node, options => $how eq '401' ? { access_token => 1 } : {});
		sim_post('oauth', { revoke => 'access_tokens' });
		$session->query_safe($begin);
		is_deeply(outcome($session, $query), $truth, "$name, $how: rows");
		is($session->{stderr}, '', "$name, $how: silently");
		is_deeply(outcome($session, $query), $truth, "$name, $how: rows again in the transaction");
		$session->query($end);
		$session->{stderr} = '';
		stored_ok("$name, $how", [$first]);
	}
}

# ---- materialized views of a role that may not log in ----

new_grant($node, role => 'keeper');
$node->safe_psql('postgres', "SET ROLE keeper; CREATE MATERIALIZED VIEW kept.plain AS $query WITH NO DATA");
$node->safe_psql('postgres', 'REFRESH MATERIALIZED VIEW kept.plain');
is_deeply(outcome($session, 'TABLE kept.plain'), $truth, 'REFRESH: rows');
forms_ok([$first], 'REFRESH');
ok(defined stored($node, 'access_token', 'keeper'), 'REFRESH: stored in the mapping of the owner');
sim_post('oauth', { revoke => 'access_tokens' });
$node->safe_psql('postgres', 'CREATE UNIQUE INDEX ON kept.plain (id); REFRESH MATERIALIZED VIEW CONCURRENTLY kept.plain');
stored_ok('REFRESH CONCURRENTLY', [ $first, $rotated ], 'keeper');

$node->safe_psql('postgres', <<'SQL');
SET ROLE keeper;
SET client_min_messages = error;
SELECT pinterest_fdw.create_matview('kept.daily', 'pinterest.campaigns_analytics', columns => '{spend_in_micro_dollar}');
SQL
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM kept.daily'), '>', 0, 'create_matview()');
sim_post('oauth', { revoke => 'access_tokens' });
$node->safe_psql('postgres', 'SET client_min_messages = error; REFRESH MATERIALIZED VIEW CONCURRENTLY kept.daily');
stored_ok('REFRESH of a view with a history', [ $first, $rotated, 'refresh_token refresh#3' ], 'keeper');

# ---- mappings of others ----

new_grant($node, role => 'PUBLIC');
$session->query_safe('SET ROLE bob');
is_deeply(outcome($session, $query), $truth, 'the mapping of PUBLIC, by another role');
sim_post('oauth', { revoke => 'access_tokens' });
is_deeply(outcome($session, $query), $truth, 'the mapping of PUBLIC, after a 401');
ok(defined stored($node, 'access_token', 'public'), 'the mapping of PUBLIC has the token');
$session->query_safe('RESET ROLE');
stored_ok('the mapping of PUBLIC', [ $first, $rotated ], 'carol');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR PUBLIC SERVER pinterest');

new_grant($node, role => 'carol');
$session->query_safe('SET ROLE carol');
is_deeply(outcome($session, $query), $truth, 'a user without USAGE on the server');
$session->query_safe('RESET ROLE');
stored_ok('a user without USAGE on the server', [$first], 'carol');

# ---- cancel and termination ----

my $pid = $session->query_safe('SELECT pg_backend_pid()');
for my $how ('pg_cancel_backend', 'pg_terminate_backend')
{
	new_grant($node);
	hold_tokens();
	begin_query($session, $query);
	ok(token_requests_sent(1), "$how: the token request is under way, and goes on");
	$node->safe_psql('postgres', "SELECT $how($pid)");
	if ($how eq 'pg_cancel_backend')
	{
		like(ended($session), qr/ERROR:  .*canceling statement due to user request/, "$how: the error");
		sim_post('release');
		is_deeply(outcome($session, $query), $truth, "$how: the next statement waits for the worker");
		ok(wait_for_no_worker(), "$how: no worker is left");
	}
	else
	{
		ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid"), "$how: the session ends");
		sim_post('release');
		ok(wait_for_no_worker(), "$how: the worker ends");
		eval { $session->quit };
		$session = $session{one} = sql_session($node);
	}
	ok(defined stored($node, 'access_token'), "$how: the token is stored nevertheless");
	stored_ok($how, [$first]);
}

# A token endpoint that hangs.
new_grant($node);
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD request_timeout '2')");
sim_fault(match => '^/oauth/token$', action => 'hang');
is(outcome($session, $query)->{sqlstate}, '28000', 'an endpoint that hangs: an error after the timeout');
forms_ok([ $first, $first ], 'an endpoint that hangs');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP request_timeout)');

# ---- a mapping that is being changed ----

my $change = "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (ADD granted_scope 'ads:read')";
new_grant($node);
$session{two}->query_safe('BEGIN');
$session{two}->query_safe($change);
my $error = outcome($session, $query);
is($error->{sqlstate}, '28000', 'changed by an open transaction: SQLSTATE');
like($error->{detail}, qr/An open transaction that has changed the user mapping/, 'changed by an open transaction: the detail');
forms_ok([], 'changed by an open transaction');
$session{two}->query_safe('ROLLBACK');
stored_ok('after that transaction', [$first]);

new_grant($node);
$session->{stderr} = '';
$session->query_safe('BEGIN');
$session->query_safe($change);
$error = outcome($session, $query);
is($error->{sqlstate}, '55000', 'changed by the own transaction: SQLSTATE');
is($error->{message}, 'could not renew the access token for server "pinterest"', 'changed by the own transaction: the message');
like($error->{hint}, qr/^Commit/, 'changed by the own transaction: the hint');
forms_ok([], 'changed by the own transaction');
$session->query_safe('COMMIT');
stored_ok('after the own transaction', [$first]);

# That is no reason to fail while the token works.
new_grant($node, options => { access_token => 1, access_token_expires_at => in_hours(1) });
$session->query_safe('BEGIN');
$session->query_safe($change);
is_deeply(outcome($session, $query), $truth, 'changed by the own transaction, ahead of the end: rows');
like($session->{stderr}, qr/WARNING:  could not renew the access token/, 'changed by the own transaction, ahead of the end: WARNING');
forms_ok([], 'changed by the own transaction, ahead of the end');
$session->{stderr} = '';
$session->query_safe('ROLLBACK');

# Dropped before the worker comes to it.
new_grant($node);
$session{two}->query_safe('BEGIN');
$session{two}->query_safe('DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
begin_query($session, $query);
ok(wait_for_worker('Lock'), 'dropped meanwhile: the worker waits');
$session{two}->query_safe('COMMIT');
like(ended($session), qr/ERROR:  .*could not renew the access token.*dropped meanwhile/s, 'dropped meanwhile: the error');
forms_ok([], 'dropped meanwhile');

# Dropped while the worker waits for the API: one of the two is told.
new_grant($node);
hold_tokens();
begin_query($session, $query);
ok(token_requests_sent(1), 'dropped during the request: under way');
begin_query($session{two}, 'DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'DROP USER%' AND wait_event_type = 'Lock'"), 'dropped during the request: DROP waits');
sim_post('release');
like(ended($session{two}), qr/^$|tuple concurrently updated/, 'dropped during the request: dropped');
unlike(ended($session), qr/crash|terminated/, 'dropped during the request: the session lives');
ok(wait_for_no_worker(), 'dropped during the request: no worker is left');

# ---- no slot for a worker ----

$node->safe_psql('postgres', 'CREATE TABLE many AS SELECT g FROM generate_series(1, 20000) g; ANALYZE many');
$node->append_conf('postgresql.conf', "max_worker_processes = 1\n");
restart();

# Restarts the server, and all sessions.
sub restart
{
	for (values %session) { eval { $_->quit } }
	$node->restart;
	%session = map { $_ => sql_session($node) } keys %session;
	$session = $session{one};
	return;
}

# Lets a parallel query have the only slot.
sub take_slot
{
	$session{three}->query_safe($_) for 'SET parallel_setup_cost = 0', 'SET parallel_tuple_cost = 0',
	  'SET min_parallel_table_scan_size = 0', 'SET max_parallel_workers_per_gather = 1';
	begin_query($session{three}, 'SELECT count(pg_sleep(0.1)) FROM many');
	return ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), 'the slot is taken');
}

sub free_slot
{
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.1)%' AND pid <> pg_backend_pid()
		AND backend_type = 'client backend'");
	ended($session{three});
	return wait_for_no_worker();
}

my $alone = qr/^[^\n]*WARNING:  the new access token for server "pinterest" serves this session alone\nDETAIL:  .*max_worker_processes/;

# Renews without a worker (by one token request, or by these); the session has the
# token for itself then.
sub in_memory
{
	my ($name, $forms) = @_;

	take_slot();
	is_deeply(outcome($session, $query), $truth, "$name: rows");
	like($session->{stderr}, $alone, "$name: WARNING");
	unlike($session->{stderr}, qr/pina_|pinr\.|$app_secret/, "$name: no secret");
	is_deeply(outcome($session, $query), $truth, "$name: rows again");
	is($session->{stderr}, '', "$name: silently");
	forms_ok($forms // [$first], $name);
	is(stored($node, 'access_token'), undef, "$name: nothing is stored");
	return;
}

new_grant($node);
in_memory('without a slot');
sim_post('oauth', { revoke => 'access_tokens' });
is_deeply(outcome($session, $query), $truth, 'without a slot, a 401: rows');
like($session->{stderr}, $alone, 'without a slot, a 401: WARNING');
forms_ok([ $first, $rotated ], 'without a slot, a 401: the refresh token of the memory');
ok(free_slot(), 'the slot is free');
is_deeply(outcome($session, $query), $truth, 'handed over: rows');
is($session->{stderr}, '', 'handed over: silently');
ok(defined stored($node, 'access_token'), 'handed over: stored');
is(token_state($node, "access_token_expires_at > now() + '29 days', refresh_token_expires_at > now() + '59 days', last_renewal IS NOT NULL"), 't|t|t',
	'handed over: the ends');
stored_ok('handed over', [ $first, $rotated ]);
sim_post('oauth', { revoke => 'access_tokens' });
stored_ok('the refresh token was handed over, too', [ $first, $rotated, 'refresh_token refresh#3' ]);

# Behind the refresh token of the memory is the one that has served, not the one
# that was refused.
new_grant($node, config => { rotation => 'stays' });
my $served = stored($node, 'refresh_token');
my $refused = issue('refresh_token');
set_options($node, { refresh_token => $refused, previous_refresh_token => $served });
sim_post('oauth', { refuse => 'refresh#2' });
in_memory('the token before', [ $rotated, $first ]);
sim_post('oauth', { revoke => 'access_tokens' });
sim_post('oauth', { refuse => 'refresh#3' });
is_deeply(outcome($session, $query), $truth, 'the token before, once more: rows');
forms_ok([ $rotated, $first, 'refresh_token refresh#3', $first ], 'the token before, once more');
$session->{stderr} = '';
ok(free_slot(), 'the slot is free');
is_deeply(outcome($session, $query), $truth, 'the token before, handed over: rows');
ok(!grep({ stored($node, 'refresh_token') eq $_ } $served, $refused), 'the token before, handed over: another refresh token');
ok(stored($node, 'previous_refresh_token') eq $served, 'the token before, handed over: behind it the one that served');

# What is set meanwhile counts more than the memory.
new_grant($node);
in_memory('before a change');
set_options($node, { access_token => issue('access_token') });
ok(free_slot(), 'the slot is free');
is_deeply(outcome($session, $query), $truth, 'a change meanwhile: rows');
is(bearers()->[-1], 'access#2', 'a change meanwhile: its token');
is($session->{stderr}, '', 'a change meanwhile: silently');
forms_ok([$first], 'a change meanwhile');

new_grant($node);
in_memory('before DROP');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
is(outcome($session, $query)->{sqlstate}, '42704', 'dropped with tokens in memory');
ok(free_slot(), 'the slot is free');
new_grant($node);
is_deeply(outcome($session, $query), $truth, 'another mapping: rows');
forms_ok([$first], 'another mapping');

# Dropped between a cursor's begin and its first row, and while the worker waits for
# the transaction that drops it: the session goes on with its token, which nobody stores.
my $fetch_all = <<'SQL';
TRUNCATE answers;
DO $$
DECLARE
	c refcursor := 'c';
	r record;
BEGIN
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND;
		INSERT INTO answers VALUES (1);
	END LOOP;
END $$
SQL
my $mappings = "SELECT count(*) FROM pg_user_mappings WHERE srvname = 'pinterest' AND usename = current_user";
for my $case ([ 'dropped before it is handed over', 0 ], [ 'dropped while it is handed over', 1 ])
{
	my ($name, $during) = @$case;

	new_grant($node);
	in_memory($name);
	$session->query_safe("BEGIN; DECLARE c CURSOR FOR $query");
	ok(free_slot(), 'the slot is free');
	$session{two}->query_safe('BEGIN; DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
	$session{two}->query_safe('COMMIT') if !$during;
	begin_query($session, "$fetch_all; COMMIT");
	if ($during)
	{
		ok(wait_for_worker('Lock'), "$name: the worker waits");
		$session{two}->query_safe('COMMIT');
	}
	is(ended($session), '', "$name: silently");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM answers'), $truth->{rows}, "$name: all rows");
	is_deeply(bearers(), ['access#1'], "$name: the token of the memory");
	forms_ok([$first], $name);
	ok(wait_for_no_worker(), "$name: no worker is left");
	is($node->safe_psql('postgres', $mappings), 0, "$name: nothing is stored");
	is(outcome($session, $query)->{sqlstate}, '42704', "$name: the next query");
}

# No slots at all; renew_token() in a transaction that is rolled back.
$node->append_conf('postgresql.conf', "max_worker_processes = 0\n");
restart();
new_grant($node);
$session->query_safe('BEGIN');
$session->query("SELECT pinterest_fdw.renew_token('pinterest')");
like($session->{stderr}, $alone, 'no slots at all: WARNING');
$session->{stderr} = '';
$session->query_safe('ROLLBACK');
is_deeply(outcome($session, $query), $truth, 'no slots at all: rows');
forms_ok([$first], 'no slots at all');
$node->append_conf('postgresql.conf', "max_worker_processes = 8\n");

# ---- shutdown ----

restart();
new_grant($node);
sim_fault(match => '^/oauth/token$', action => 'slow', chunk => 100000, pause => 3);
begin_query($session, $query);
ok(token_requests_sent(1), 'shutdown: the token request is under way');
$node->stop('fast');
$node->start;
ok(defined stored($node, 'access_token'), 'a fast shutdown lets the worker store the tokens first');
stored_ok('after the restart', [$first]);

is(join("\n", invalid_requests()), '', 'no invalid request');
my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed');
$node->stop;
done_testing();
