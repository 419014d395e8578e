# Copyright (c) 2026, pinterest_fdw contributors

# The log of refreshes: whose rows it shows to whom, whatever becomes of the
# roles, and that nobody can keep others from writing it.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 2, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2);
my $node = pinterest_cluster();
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice;
CREATE ROLE bob;
CREATE ROLE keeper SUPERUSER;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice, bob;
GRANT USAGE ON SCHEMA pinterest TO alice, bob;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO alice, bob;
CREATE USER MAPPING FOR PUBLIC SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE SCHEMA a AUTHORIZATION alice;
CREATE SCHEMA b AUTHORIZATION bob;
SQL

sub as
{
	my ($role, $sql) = @_;

	return "SET client_min_messages = error; SET ROLE $role; $sql";
}

# How many rows a role sees, and of which roles.
sub seen
{
	my ($role) = @_;

	return $node->safe_psql('postgres', as($role, q{SELECT count(*), string_agg(DISTINCT role::text, ' ') FROM pinterest_fdw.sync_log}));
}

for my $role (qw(alice bob))
{
	my $schema = substr $role, 0, 1;

	$node->safe_psql('postgres', as($role, "SELECT pinterest_fdw.create_matview('$schema.campaigns', 'pinterest.campaigns')"));
}
is_deeply([ map { seen($_) } qw(alice bob keeper) ], [ '1|alice', '1|bob', '2|alice bob' ], 'each role sees its own rows, a superuser all');
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION public.leak(name) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS $$
BEGIN
	RAISE NOTICE 'leaked %', $1;
	RETURN true;
END
$$;
SQL
my ($code, $stdout, $stderr) = $node->psql('postgres', 'SET ROLE bob; SELECT count(*) FROM pinterest_fdw.sync_log WHERE public.leak(role)');
is_deeply([ $stderr =~ /leaked (\w+)/g ], ['bob'], 'nor does a function in a condition see others');

# ---------------------------------------------------------------------------
# Locks

# What of the log bob may lock is no hindrance to alice.
my @relations = $node->safe_psql('postgres', <<'SQL') =~ /\S+/g;
SELECT d.objid::regclass FROM pg_depend d
 WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND d.objid::regclass::text LIKE '%sync_log%'
   AND d.refclassid = 'pg_extension'::regclass ORDER BY 1
SQL
is(scalar @relations, 5, 'relations of the log: two views for all, the table and its sequence, what rows are removed by')
  or diag("@relations");
my %allowed;
for my $relation (grep { !/_seq$/ } @relations)
{
	for my $mode ('ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE')
	{
		my $error = error_of($node, as('bob', "BEGIN; LOCK TABLE $relation IN $mode MODE"));

		$allowed{"$relation IN $mode"} = 1 if $error eq '';
		like($error, qr/^(?:|psql:.*ERROR:  42501: permission denied for (?:view|table) .*\n)/, "bob locks $relation in $mode mode: " . ($error ? 'refused' : 'allowed'));
	}
}
is_deeply([ grep { / IN (?:ACCESS SHARE|ROW SHARE|ROW EXCLUSIVE)$/ ? !/log IN/ : 1 } grep { !/_removal/ } sort keys %allowed ], [], 'no lock that a writer waits for');
my $locker = sql_session($node);
$locker->query('SET ROLE bob');
$locker->query('BEGIN');
$locker->query("LOCK TABLE $_ MODE") for sort keys %allowed;
is($locker->query('SELECT count(*) FROM pinterest_fdw.sync_log'), '1', 'bob holds what he may');
for my $sql ('REFRESH MATERIALIZED VIEW a.campaigns', "SELECT pinterest_fdw.sync_log_reset('2000-01-01')")
{
	is(error_of($node, as('alice', "SET lock_timeout = '${patience}s'; $sql")), '', "alice goes on: $sql");
}
$locker->query('ROLLBACK');
$locker->quit;
for my $sql ('DELETE FROM pinterest_fdw.sync_log', 'TRUNCATE pinterest_fdw_internal.sync_log', 'TABLE pinterest_fdw_internal.sync_log',
	'SELECT FROM pinterest_fdw.sync_log FOR UPDATE', 'SELECT FROM pinterest_fdw_internal.own_sync_log FOR SHARE')
{
	like(error_of($node, as('bob', $sql)), qr/ERROR:  42501: permission denied for (?:view|table) /, "refused: $sql");
}

# ---------------------------------------------------------------------------
# Roles that come and go

is(seen('alice'), '2|alice', 'her rows');
$node->safe_psql('postgres', 'ALTER ROLE alice RENAME TO alicia; CREATE ROLE alice');
is_deeply([ map { seen($_) } qw(alice alicia keeper) ], [ '0|', '2|alicia', '3|alicia bob' ], 'rows follow a role that is renamed, and not its name');
$node->safe_psql('postgres', as('alice', 'SELECT pinterest_fdw.sync_log_reset()'));
is(seen('alicia'), '2|alicia', 'who has the name now removes none of them');
my $oid = $node->safe_psql('postgres', q{SELECT 'bob'::regrole::oid});
$node->safe_psql('postgres', "DROP OWNED BY bob; DROP ROLE bob; CREATE ROLE \"unknown (OID=$oid)\"; CREATE ROLE bob");
is_deeply([ map { seen($_) } 'bob', "\"unknown (OID=$oid)\"", 'alicia', 'keeper' ],
	[ '0|', '0|', '2|alicia', "3|alicia unknown (OID=$oid)" ], 'rows of a role that was dropped are the owner\'s alone');

# A name that needs quotes.
$node->safe_psql('postgres', q{ALTER ROLE alicia RENAME TO "Al ""I"""; SET client_min_messages = error; REFRESH MATERIALIZED VIEW a.campaigns});
is(seen('"Al ""I"""'), '3|Al "I"', 'a role with a name that needs quotes');

# ---------------------------------------------------------------------------
# Removing

$node->safe_psql('postgres', as('"Al ""I"""', 'SELECT pinterest_fdw.sync_log_reset((SELECT max(finished_at) FROM pinterest_fdw.sync_log))'));
is(seen('"Al ""I"""'), '1|Al "I"', 'what is older than a time is removed');
is(seen('keeper'), "2|Al \"I\" unknown (OID=$oid)", 'and nothing of others');
$node->safe_psql('postgres', as('"Al ""I"""', 'SELECT pinterest_fdw.sync_log_reset()'));
is(seen('keeper'), "1|unknown (OID=$oid)", 'all that one sees is removed');
$node->safe_psql('postgres', as('keeper', 'SELECT pinterest_fdw.sync_log_reset()'));
is(seen('keeper'), '0|', 'by a superuser, all');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
