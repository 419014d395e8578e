# Copyright (c) 2026, pinterest_fdw contributors

# Whose token is sent: views, functions, roles without a mapping, the mapping
# of PUBLIC; and what only a superuser may set.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 3, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster();
my @accounts = rows($node, 'SELECT id FROM pinterest.ad_accounts ORDER BY id');
is(scalar @accounts, 3, 'three accounts');
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE carol LOGIN;
GRANT alice, bob, carol TO CURRENT_USER;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice, bob;
GRANT USAGE ON SCHEMA pinterest, pinterest_fdw TO PUBLIC;
GRANT CREATE ON SCHEMA public TO alice;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO alice, bob, carol;
CREATE USER MAPPING FOR alice SERVER pinterest OPTIONS (access_token 'pina_alice');
CREATE USER MAPPING FOR bob SERVER pinterest OPTIONS (access_token 'pina_bob');
SET ROLE alice;
CREATE VIEW owned AS SELECT id FROM pinterest.ad_accounts;
CREATE VIEW invoked WITH (security_invoker) AS SELECT id FROM pinterest.ad_accounts;
CREATE FUNCTION definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER
	SET search_path = pg_catalog AS 'SELECT count(*) FROM pinterest.ad_accounts';
CREATE FUNCTION invoker() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM pinterest.ad_accounts';
CREATE MATERIALIZED VIEW kept AS SELECT id FROM pinterest.ad_accounts WITH NO DATA;
GRANT SELECT ON owned, invoked, kept TO PUBLIC;
SQL

# alice sees two accounts, bob the third alone
sub tokens
{
	sim_reset();
	sim_config(tokens => {
		pina_alice => { name => 'alice', accounts => [ @accounts[0, 1] ] },
		pina_bob => { name => 'bob', accounts => [ $accounts[2] ] },
		pina_public => { name => 'public', accounts => [ $accounts[1] ] },
		pina_narrow => { name => 'narrow', scopes => [ 'user_accounts:read' ] },
	});
	return;
}

my %sessions = map { $_ => sql_session($node, extra_params => [ '-U', $_ ]) } qw(alice bob carol);
my $superuser = sql_session($node);

# Runs a query as a role; compares the number of rows and the tokens sent.
sub as_ok
{
	my ($role, $query, $rows, $token, $name) = @_;

	tokens();
	my $got = outcome($sessions{$role} // $superuser, $query);
	is($got->{rows} // $got->{message}, $rows, "$name: rows");
	is_deeply([ map { $_->{headers}{authorization} } sim_requests() ], [$token], "$name: the token");
	return;
}

sub no_mapping_ok
{
	my ($role, $query, $name) = @_;

	tokens();
	my $got = outcome($sessions{$role} // $superuser, $query);
	is($got->{sqlstate}, '42704', "$name: SQLSTATE") or diag(explain($got));
	like($got->{message}, qr/^user mapping not found for user "/, "$name: the error");
	like($got->{hint}, qr/^Create it with CREATE USER MAPPING FOR /, "$name: and what to do");
	is(scalar(my @none = sim_requests()), 0, "$name: no request");
	return;
}

my $direct = 'SELECT id FROM pinterest.ad_accounts';
as_ok('alice', $direct, 2, 'alice', 'alice');
as_ok('bob', $direct, 1, 'bob', 'bob');
as_ok('superuser', $direct, 3, 'default', 'superuser');
no_mapping_ok('carol', $direct, 'carol');

as_ok('bob', 'SELECT id FROM owned', 2, 'alice', 'a view uses the mapping of its owner');
as_ok('carol', 'SELECT id FROM owned', 2, 'alice', 'a view, by a role without mapping');
as_ok('superuser', 'SELECT id FROM owned', 2, 'alice', 'a view, by the superuser');
as_ok('bob', 'SELECT id FROM invoked', 1, 'bob', 'a security_invoker view uses that of the caller');
no_mapping_ok('carol', 'SELECT id FROM invoked', 'a security_invoker view, by a role without mapping');
as_ok('bob', 'SELECT definer() FROM generate_series(1, 1)', 1, 'alice', 'a SECURITY DEFINER function');
is($sessions{bob}->query_safe('SELECT definer()'), '2', 'with the rows of its owner');
as_ok('bob', 'SELECT invoker() FROM generate_series(1, 1)', 1, 'bob', 'an ordinary function');
is($sessions{bob}->query_safe('SELECT invoker()'), '1', 'with the rows of the caller');

tokens();
$superuser->query_safe('REFRESH MATERIALIZED VIEW kept');
is_deeply([ map { $_->{headers}{authorization} } sim_requests() ], ['alice'], 'REFRESH by the superuser uses the mapping of the owner');
is($superuser->query_safe('SELECT count(*) FROM kept'), '2', 'and her rows');

tokens();
$superuser->query_safe('SET ROLE bob');
is($superuser->query_safe('SELECT count(*) FROM pinterest.ad_accounts'), '1', 'after SET ROLE, that of the role');
$superuser->query_safe('RESET ROLE');

# A join of two mappings in one query.
tokens();
my $joined = outcome($sessions{bob}, 'SELECT o.id, i.id AS other FROM owned o, invoked i');
is($joined->{rows}, 2, 'a join of a view with another view');
is_deeply([ sort map { $_->{headers}{authorization} } sim_requests() ], [ 'alice', 'bob' ], 'each with its own token');

# Cached plans know no role.
$superuser->query_safe("PREPARE p AS SELECT count(*) FROM pinterest.ad_accounts");
$superuser->query_safe('SET plan_cache_mode = force_generic_plan');
tokens();
is($superuser->query_safe('EXECUTE p'), '3', 'a prepared plan, superuser');
is($superuser->query_safe('SET ROLE alice; EXECUTE p'), '2', 'a prepared plan, alice');
is($superuser->query_safe('SET ROLE bob; EXECUTE p'), '1', 'a prepared plan, bob');
$superuser->query_safe('RESET ROLE');
is_deeply([ map { $_->{headers}{authorization} } sim_requests() ], [ 'default', 'alice', 'bob' ], 'each with its token');

# PUBLIC comes after one's own.
$node->safe_psql('postgres', "CREATE USER MAPPING FOR PUBLIC SERVER pinterest OPTIONS (access_token 'pina_public')");
as_ok('carol', $direct, 1, 'public', 'the mapping of PUBLIC');
as_ok('alice', $direct, 2, 'alice', 'the own mapping comes first');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR PUBLIC SERVER pinterest');
no_mapping_ok('carol', $direct, 'the mapping of PUBLIC is gone');

# Privileges on the table are PostgreSQL's business, and come first.
$node->safe_psql('postgres', 'REVOKE SELECT ON pinterest.ad_accounts FROM bob');
tokens();
like(outcome($sessions{bob}, $direct)->{message}, qr/^permission denied for foreign table ad_accounts/, 'no privilege');
is(scalar(my @none = sim_requests()), 0, 'no privilege: no request');
$node->safe_psql('postgres', 'GRANT SELECT ON pinterest.ad_accounts TO bob');

# EXPLAIN needs no mapping and sends nothing.
$sessions{carol}->query_safe("EXPLAIN (VERBOSE) $direct");
is(scalar(@none = sim_requests()), 0, 'EXPLAIN sends nothing');

# What a token may not see fails the scan, it does not shorten it.
sub narrow_ok
{
	my ($query, $fault, $name) = @_;

	tokens();
	sim_fault(%$fault) if $fault;
	my $got = outcome($superuser, $query);
	is($got->{sqlstate}, '42501', "$name: an error") or diag(explain($got));
	like($got->{detail}, qr/HTTP status 403, code 7/, "$name: the API's words");
	return;
}

narrow_ok('SELECT id FROM pinterest.campaigns',
	{ action => 'status', status => 403, code => 7, match => "^/ad_accounts/$accounts[1]/campaigns" }, 'one of three accounts');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_bob')");
narrow_ok("SELECT id FROM pinterest.campaigns WHERE ad_account_id IN ('$accounts[0]', '$accounts[2]')", undef,
	'an account of others');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_narrow')");
narrow_ok('SELECT id FROM pinterest.campaigns', undef, 'a scope that the token lacks');
tokens();
is(outcome($superuser, 'SELECT id FROM pinterest.user_account')->{rows}, 1, 'a scope that it has');
sim_config(tokens => { pina_narrow => undef });
is(outcome($superuser, 'SELECT id FROM pinterest.user_account')->{sqlstate}, '28000', 'a token that was revoked');

# Only superusers choose hosts and files.
$node->safe_psql('postgres', <<'SQL');
GRANT USAGE ON FOREIGN DATA WRAPPER pinterest_fdw TO alice;
SET ROLE alice;
CREATE SERVER hers FOREIGN DATA WRAPPER pinterest_fdw;
CREATE USER MAPPING FOR alice SERVER hers OPTIONS (access_token 'pina_alice');
SQL
for my $forbidden (
	[ 'ALTER SERVER hers OPTIONS (ADD base_url \'https://evil.example/v5\')', 'base_url' ],
	[ 'ALTER SERVER hers OPTIONS (ADD base_url \'http://127.0.0.1:1/v5\')', 'base_url' ],
	[ 'ALTER SERVER hers OPTIONS (ADD ca_file \'/tmp/ca.pem\')', 'ca_file' ],
	[ 'ALTER SERVER hers OPTIONS (ADD proxy \'http://127.0.0.1:1\')', 'proxy' ],
	[ 'ALTER USER MAPPING FOR alice SERVER hers OPTIONS (DROP access_token, ADD access_token_file \'/etc/passwd\')', 'access_token_file' ],
	[ 'CREATE SERVER two FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (proxy \'http://127.0.0.1:1\')', 'proxy' ])
{
	my ($sql, $option) = @$forbidden;

	$sessions{alice}->{stderr} = '';
	$sessions{alice}->query($sql);
	like($sessions{alice}->{stderr}, qr/ERROR:  permission denied to set option "$option"/, "not for alice: $sql");
}
$sessions{alice}->{stderr} = '';
$sessions{alice}->query("ALTER SERVER hers OPTIONS (ADD base_url 'https://api-sandbox.pinterest.com/v5', ADD retries '1')");
is($sessions{alice}->{stderr}, '', 'the sandbox, and what is harmless, is for everyone');

# A server that a superuser pointed elsewhere is not hers to point on, and she
# cannot slip in options beside.
$node->safe_psql('postgres', 'ALTER SERVER pinterest OWNER TO alice');
$sessions{alice}->query("ALTER SERVER pinterest OPTIONS (SET base_url 'http://127.0.0.1:1/v5')");
like($sessions{alice}->{stderr}, qr/permission denied to set option "base_url"/, 'nor the base URL of a server that was given to her');
$sessions{alice}->{stderr} = '';

is(join("\n", invalid_requests()), '', 'no invalid request');
$_->quit for values %sessions, $superuser;
$node->stop;
done_testing();
