# Copyright (c) 2026, pinterest_fdw contributors

# Materialized views with a history: whose rights and whose token count, and
# what a dump restores.

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

simulator('--accounts', 2, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster();
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
daily_campaign($node, $_, 61) for $first, $second;
my $columns = "'{spend_in_micro_dollar,total_clickthrough}'";
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
GRANT alice, bob TO CURRENT_USER;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice, bob;
GRANT USAGE ON SCHEMA pinterest TO alice, bob;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO alice;
CREATE USER MAPPING FOR alice SERVER pinterest OPTIONS (access_token 'pina_alice');
CREATE USER MAPPING FOR bob SERVER pinterest OPTIONS (access_token 'pina_bob');
CREATE SCHEMA hers AUTHORIZATION alice;
GRANT USAGE ON SCHEMA hers TO bob;
SQL

sub tokens
{
	sim_reset();
	return sim_config(tokens => { pina_alice => { name => 'alice' }, pina_bob => { name => 'bob' } });
}

sub as
{
	my ($role, $sql) = @_;

	return "SET ROLE $role; SET client_min_messages = error; $sql";
}

sub sent_tokens
{
	my %seen = map { $_->{headers}{authorization} => 1 } sim_requests();

	return join ' ', sort keys %seen;
}

# ---------------------------------------------------------------------------
# A role without any privilege of note owns a view

tokens();
$node->safe_psql('postgres', as('alice', "SELECT pinterest_fdw.create_matview('hers.daily', 'pinterest.campaigns_analytics', columns => $columns)"));
cmp_ok($node->safe_psql('postgres', as('alice', 'SELECT count(*) FROM hers.daily')), '>', 20, 'an unprivileged role makes a view');
tokens();
$node->safe_psql('postgres', 'REFRESH MATERIALIZED VIEW CONCURRENTLY hers.daily');
is(sent_tokens(), 'alice', 'refreshed by a superuser: the token of the owner');
is(last_log($node)->{role}, 'alice', 'refreshed by a superuser: the log is the owner\'s');
tokens();
$node->safe_psql('postgres', as('alice', "CALL pinterest_fdw.backfill('hers.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-40) ]}', chunk_days => 30)"));
is(sent_tokens(), 'alice', 'a back-fill: her token');
is($node->safe_psql('postgres', as('alice', 'SELECT count(*) FROM pinterest_fdw.sync_log')), '4', 'she sees what she did');

my $definition = $node->safe_psql('postgres', q{SELECT pg_get_viewdef('hers.daily')});
for my $case (
	[ 'SELECT count(*) FROM hers.daily', 'permission denied for materialized view daily', 'reading' ],
	[ 'REFRESH MATERIALIZED VIEW hers.daily', $node->pg_version < 17 ? 'must be owner of materialized view daily' : 'permission denied for materialized view daily', 'refreshing' ],
	[ "CALL pinterest_fdw.backfill('hers.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-40) ]}')",
		'permission denied for table daily_history', 'back-filling' ],
	[ "SELECT pinterest_fdw.create_matview('hers.his', 'pinterest.campaigns_analytics')", 'permission denied for schema hers', 'making' ],
	[ $definition, 'permission denied for table daily_history', 'calling sync()' ],
	[ "SET pinterest_fdw.offline = on; $definition", 'permission denied for table daily_history', 'calling sync() offline' ],
	[ "INSERT INTO pinterest_fdw.sync_log (kind, history, source, columns, fetched, inserted, updated, unchanged, missing, requests, duration)
		VALUES ('refresh', 'hers.daily_history', 'pinterest.campaigns_analytics', '{}', 0, 0, 0, 0, 0, 0, '1s')",
		'permission denied for view sync_log', 'adding to the log' ],
	[ 'UPDATE pinterest_fdw.sync_log SET fetched = 0', 'permission denied for view sync_log', 'changing the log' ])
{
	my ($sql, $message, $name) = @$case;

	tokens();
	like(error_of($node, as('bob', $sql)), qr/ERROR:  42501: $message/, "another role: $name");
	is(sent_tokens(), '', "another role: $name: no request");
}
is($node->safe_psql('postgres', as('bob', q{SELECT string_agg(concat_ws(' ', role, kind, left(error, 5)), ', ' ORDER BY id) FROM pinterest_fdw.sync_log})),
	'bob backfill 42501, bob refresh 42501', 'another role sees its own failures, and nothing of her log');
$node->safe_psql('postgres', as('bob', 'SELECT pinterest_fdw.sync_log_reset()'));
is($node->safe_psql('postgres', 'SELECT count(*) FROM pinterest_fdw.sync_log'), '4', 'nor can it remove any');
$node->safe_psql('postgres', as('alice', 'GRANT SELECT ON hers.daily TO bob'));
cmp_ok($node->safe_psql('postgres', as('bob', 'SELECT count(*) FROM hers.daily')), '>', 20, 'a view that is granted is read');

SKIP:
{
	skip 'MAINTAIN came with PostgreSQL 17', 2 if $node->pg_version < 17;
	tokens();
	$node->safe_psql('postgres', as('alice', 'GRANT MAINTAIN ON hers.daily TO bob'));
	$node->safe_psql('postgres', as('bob', 'REFRESH MATERIALIZED VIEW CONCURRENTLY hers.daily'));
	is(sent_tokens(), 'alice', 'a role with MAINTAIN refreshes with the token of the owner');
	is(last_log($node)->{role}, 'alice', 'and it is the owner\'s log');
}

# What another role logs of a history does not count.
tokens();
$node->safe_psql('postgres', "SET client_min_messages = error;
	SELECT pinterest_fdw.create_matview('public.daily', 'pinterest.campaigns_analytics', columns => $columns, settle => true)");
$node->safe_psql('postgres', as('bob', <<SQL));
INSERT INTO pinterest_fdw_internal.own_sync_log (kind, history, source, columns, from_date, to_date, fetched, inserted, updated, unchanged, missing, requests, duration, final_days)
SELECT kind, 'public.daily_history', 'pinterest.campaigns_analytics', (SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = 'public.daily_history'::regclass),
	'@{[ utc_today(-100) ]}', '@{[ utc_today() ]}', 0, 0, 0, 0, 0, 0, '1s', ARRAY(SELECT d::date FROM generate_series(current_date - 10, current_date + 1, '1 day') d)
FROM (VALUES ('refresh'), ('backfill')) v(kind)
SQL
tokens();
refresh($node, 'public.daily');
is(window(sim_requests()), utc_today(-2) . ' ' . utc_today(), 'forged final days do not count');
$node->safe_psql('postgres', "SET client_min_messages = error;
	CALL pinterest_fdw.backfill('public.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-40) ]}')");
is(last_log($node)->{kind} . ' ' . last_log($node)->{to_date}, 'backfill ' . utc_today(), 'forged back-fills do not count');

# A new owner needs the history and a mapping.
$node->safe_psql('postgres', 'CREATE ROLE carol; GRANT USAGE, CREATE ON SCHEMA hers TO carol; ALTER MATERIALIZED VIEW hers.daily OWNER TO carol');
like(error_of($node, 'REFRESH MATERIALIZED VIEW hers.daily'), qr/ERROR:  42501: permission denied for table daily_history/, 'a new owner without the history');
$node->safe_psql('postgres', 'ALTER MATERIALIZED VIEW hers.daily OWNER TO alice');

# Filters know no schema but PostgreSQL's, when they are refreshed and so before.
$node->safe_psql('postgres', "CREATE FUNCTION public.mine(text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT \$1 = ''$first'''");
like(error_of($node, "SELECT pinterest_fdw.create_matview('public.m', 'pinterest.campaigns_analytics', filter => 'mine(ad_account_id)')"),
	qr/ERROR:  42883: function mine\(text\) does not exist/, 'a filter with a function, unqualified');
matview($node, 'public.m', 'pinterest.campaigns_analytics', columns => $columns, filter => "'public.mine(ad_account_id)'");
refresh($node, 'public.m');
is($node->safe_psql('postgres', 'SELECT DISTINCT ad_account_id FROM public.m'), $first, 'a filter with a function, qualified');
$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW public.m, public.daily; DROP TABLE public.daily_history, public.m_history');

# ---------------------------------------------------------------------------
# Dump and restore

tokens();
$node->safe_psql('postgres', "SET client_min_messages = error;
	SELECT pinterest_fdw.create_matview('\"Entities x\"', 'pinterest.campaigns', on_missing => 'mark', track_changes => true);
	SELECT pinterest_fdw.create_matview('daily', 'pinterest.campaigns_analytics', columns => $columns, start_date => '@{[ utc_today(-60) ]}',
		restatements => true, filter => 'ad_account_id = ''$first''');
	SELECT pinterest_fdw.create_matview('daily_2', 'pinterest.campaigns_analytics', columns => $columns, history => 'daily_history',
		filter => 'ad_account_id = ''$second''');");
restate(3, 1.5);
refresh($node, $_) for qw(daily daily_2 daily hers.daily);
my $dump = $node->basedir . '/dump';
command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
command_ok([ 'pg_dump', '-f', "$dump.sql", $node->connstr('postgres') ], 'pg_dump, plain');
unlike(slurp_file("$dump.sql"), qr/sync_log/, 'the log is no part of a dump');
unlike(slurp_file("$dump.sql") =~ s/^.*pinterest_fdw_internal\.history_(?:configuration|account)\b.*\n|^-- Data for Name: history_.*\n//mgr, qr/pinterest_fdw_internal/,
	'nothing that is stored names what is internal, but for the configuration of histories');

my @relations = ('public.daily', 'public.daily_2', 'public.daily_history', 'public.daily_history_restated', 'public."Entities x"',
	'public."Entities x_history"', 'public."Entities x_history_versions"', 'hers.daily', 'hers.daily_history');

sub contents
{
	my ($database) = @_;

	return { map { $_ => $node->safe_psql($database, "SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM $_ t") } @relations };
}

my $before = contents('postgres');

# Restores into a new database, and looks what is there.
sub restored_ok
{
	my ($name, $options, @command) = @_;
	my $database = 'restored_' . ($name =~ s/\W+/_/gr);
	local $ENV{PGOPTIONS} = $options;

	tokens();
	restate(3, 1.5);
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	command_ok([ map { s/DATABASE/$node->connstr($database)/re } @command ], "$name: it is restored");
	my $requests = () = sim_requests();
	is_deeply(contents($database), $before, "$name: all is there");
	is($node->safe_psql($database, q{SELECT count(*) FROM pg_index WHERE indrelid IN ('daily'::regclass, '"Entities x"'::regclass) AND indisvalid}), '2',
		"$name: the indexes");
	return ($database, $requests);
}

# The foreign server and the mappings are part of it.
my $offline = '-c pinterest_fdw.offline=on';
my ($database, $requests) = restored_ok('online', '', 'pg_restore', '--exit-on-error', '-d', 'DATABASE', $dump);
cmp_ok($requests, '>', 0, 'online: the views are refreshed with the API');
for my $case ([ 'offline', 'pg_restore', '--exit-on-error', '-d', 'DATABASE', $dump ],
	[ 'offline, in parallel', 'pg_restore', '--exit-on-error', '-j', '2', '-d', 'DATABASE', $dump ],
	[ 'offline, single transaction', 'pg_restore', '--single-transaction', '-d', 'DATABASE', $dump ],
	[ 'offline, plain', 'psql', '-qXv', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', 'DATABASE', '-f', "$dump.sql" ])
{
	my ($name, @command) = @$case;

	($database, $requests) = restored_ok($name, $offline, @command);
	is($requests, 0, "$name: no request");
}
($database, $requests) = restored_ok('online, single transaction', '', 'pg_restore', '--single-transaction', '-d', 'DATABASE', $dump);
cmp_ok($requests, '>', 0, 'online, single transaction: requests');

# What is restored goes on as before.
tokens();
restate(3, 2);
$node->safe_psql($database, 'SET client_min_messages = error; REFRESH MATERIALIZED VIEW CONCURRENTLY daily');
is(window(sim_requests()), utc_today(-7) . ' ' . utc_today(), 'a restored view fetches its window');
is($node->safe_psql($database, "SELECT count(*) FROM daily WHERE date < '@{[ utc_today(-7) ]}'"),
	$node->safe_psql('postgres', "SELECT count(*) FROM daily WHERE date < '@{[ utc_today(-7) ]}'"), 'and keeps the rest');
cmp_ok($node->safe_psql($database, 'SELECT count(*) FROM daily_history_restated'), '>',
	$node->safe_psql('postgres', 'SELECT count(*) FROM daily_history_restated'), 'and what was restated');

# Out of reach, only what was asked for offline is complete.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET base_url 'http://127.0.0.1:1/v5', ADD retries '0')");
command_ok([ 'pg_dump', '-Fc', '-f', "$dump.away", $node->connstr('postgres') ], 'a dump while the API is out of reach');
restored_ok('out of reach', $offline, 'pg_restore', '--exit-on-error', '-d', 'DATABASE', "$dump.away");

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
