# Copyright (c) 2026, pinterest_fdw contributors

# Histories that are refreshed in units: whose they are, who may do what, and
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
my ($today, $since) = (utc_today(), utc_today(-40));
my $facts = 'ad_account_id, campaign_id, date, spend_in_micro_dollar';
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE watcher LOGIN;
GRANT pg_monitor TO watcher;
GRANT alice, bob TO CURRENT_USER;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice, bob;
GRANT USAGE ON SCHEMA pinterest TO alice, bob;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO alice, bob;
CREATE USER MAPPING FOR alice SERVER pinterest OPTIONS (access_token 'pina_alice');
CREATE USER MAPPING FOR bob SERVER pinterest OPTIONS (access_token 'pina_bob');
CREATE SCHEMA hers AUTHORIZATION alice;
GRANT USAGE, CREATE ON SCHEMA hers TO bob;
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

sub value { return (rows($node, $_[0]))[0]; }

# ---------------------------------------------------------------------------
# A role without any privilege of note has a history

tokens();
$node->safe_psql('postgres', as('alice', "SELECT pinterest_fdw.create_history('hers.daily', 'pinterest.campaigns_analytics', columns => '{spend_in_micro_dollar}', start_date => '$since', restatements => true)"));
$node->safe_psql('postgres', as('alice', "CALL pinterest_fdw.refresh('hers.daily')"));
truth_table($node, 'campaigns_analytics', start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR');
same_rows_ok($node, "SELECT $facts FROM hers.daily", "SELECT $facts FROM truth.campaigns_analytics", 'an unprivileged role has a history');
is(sent_tokens(), 'alice', 'by her token');
$node->safe_psql('postgres', as('bob', "SELECT pinterest_fdw.create_history('hers.his', 'pinterest.boards', columns => '{name}')"));

my $grants = 'GRANT ALL ON hers.daily, hers.daily_restated TO bob';
$node->safe_psql('postgres', as('alice', $grants));
for my $role (qw(bob postgres))
{
	for my $case (
		[ "CALL pinterest_fdw.refresh('hers.daily')", qr/42704: table "hers\.daily" is no history of role "$role"/, 'refreshing' ],
		[ "CALL pinterest_fdw.backfill('hers.daily')", qr/42704: table "hers\.daily" is no history of role "$role"/, 'filling back' ],
		[ "SELECT pinterest_fdw.alter_history('hers.daily', lookback => 1)", qr/42704: table "hers\.daily" is no history of role "$role"/, 'changing' ],
		[ "SELECT pinterest_fdw.drop_history('hers.daily')", qr/42704: table "hers\.daily" is no history of role "$role"/, 'forgetting' ],
		[ "SELECT pinterest_fdw.create_history('hers.daily', 'pinterest.campaigns_analytics')", qr/42501: must be owner of table "hers\.daily"/, 'taking over' ],
		[ "SELECT pinterest_fdw_internal.lock_history('hers.daily', false)", qr/42501: only the owner of a history can lock it/, 'locking' ],
		[ "INSERT INTO pinterest_fdw_internal.own_configuration (history, source, columns, settle) VALUES ('hers.daily_restated', 'pinterest.campaigns_analytics', '{}', false)",
			qr/44000: new row violates check option for view "own_configuration"/, 'a configuration' ],
		[ "INSERT INTO pinterest_fdw_internal.own_account (history, account) VALUES ('hers.daily', 'x')", qr/44000: new row violates check option for view "own_account"/, 'an ad account' ])
	{
		my ($sql, $error, $name) = @$case;

		tokens();
		like(error_of($node, as($role, $sql)), qr/ERROR:  $error/, "$role: $name");
		is(sent_tokens(), '', "$role: $name: no request");
	}
}
for my $sql (
	'SELECT * FROM pinterest_fdw_internal.history_configuration', 'UPDATE pinterest_fdw_internal.history_account SET since = NULL',
	'BEGIN; LOCK pinterest_fdw_internal.history_configuration IN ACCESS SHARE MODE', 'BEGIN; LOCK pinterest_fdw_internal.own_configuration IN EXCLUSIVE MODE',
	'BEGIN; LOCK pinterest_fdw_internal.own_account IN EXCLUSIVE MODE', 'DELETE FROM pinterest_fdw_internal.own_account',
	'UPDATE pinterest_fdw_internal.own_configuration SET history = \'hers.daily\'', 'BEGIN; LOCK pinterest_fdw_internal.configuration_removal IN EXCLUSIVE MODE')
{
	like(error_of($node, as('bob', $sql)), qr/ERROR:  42501: permission denied/, "bob: $sql");
}
$node->safe_psql('postgres', as('bob', <<'SQL'));
INSERT INTO pinterest_fdw_internal.configuration_removal VALUES ('hers.daily');
UPDATE pinterest_fdw_internal.own_configuration SET error = 'forged';
UPDATE pinterest_fdw_internal.own_account SET until = '2020-01-01';
SQL
is(value('SELECT string_agg(history::text, \' \') FROM pinterest_fdw_internal.history_configuration WHERE error IS NULL'), 'hers.daily', 'what another role writes does not reach her history');
is(value("SELECT min(until) FROM pinterest_fdw_internal.history_account WHERE history = 'hers.daily'::regclass"), $today, 'nor what is known of it');
my $seen = q{SELECT coalesce(string_agg(history::text || ' ' || owner, ', ' ORDER BY history::text), '') FROM pinterest_fdw.histories};
is($node->safe_psql('postgres', as('alice', $seen)), 'hers.daily alice', 'she sees her history');
is($node->safe_psql('postgres', as('bob', $seen)), 'hers.his bob', 'another role sees its own');
is($node->safe_psql('postgres', as('watcher', $seen)), 'hers.daily alice, hers.his bob', 'a role of pg_monitor sees all');

# All of mine are only mine.
tokens();
$node->safe_psql('postgres', as('bob', 'CALL pinterest_fdw.refresh()'));
is(sent_tokens(), 'bob', 'all of mine: his token');
is(scalar(grep { $_->{path} =~ /campaigns/ } sim_requests()), 0, 'all of mine: nothing of others');

# A table that belongs to somebody else has no history any more, but for that role.
$node->safe_psql('postgres', 'ALTER TABLE hers.his OWNER TO alice');
like(error_of($node, as('bob', "CALL pinterest_fdw.refresh('hers.his')")), qr/ERROR:  42704: table "hers\.his" is no history of role "bob"/, 'a new owner: the former one refreshes no more');
$node->safe_psql('postgres', as('alice', "SELECT pinterest_fdw.drop_history('hers.his')"));

# ---------------------------------------------------------------------------
# Dump and restore

tokens();
restate(3, 1.5);
$node->safe_psql('postgres', as('alice', "CALL pinterest_fdw.refresh('hers.daily')"));
cmp_ok(value('SELECT count(*) FROM hers.daily_restated'), '>', 0, 'restatements');
# what refers to a table that is gone is no part of it
$node->safe_psql('postgres', as('alice', "SELECT pinterest_fdw.create_history('hers.gone', 'pinterest.boards', columns => '{name}')"));
$node->safe_psql('postgres', 'DROP TABLE hers.gone; ALTER TABLE hers.daily RENAME TO "renamed Daily"');
my $dump = $node->basedir . '/dump';
command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
my $contents = 'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM hers."renamed Daily" t';
my $before = value($contents);
my $state = 'SELECT account, since, whole_since, until FROM pinterest_fdw_internal.history_account WHERE history = \'hers."renamed Daily"\'::regclass ORDER BY 1';
my @state = rows($node, $state);
for my $case ([ 'restored', '--exit-on-error' ], [ 'restored_at_once', '--single-transaction' ], [ 'restored_in_parallel', '--exit-on-error', '-j2' ])
{
	my ($database, @options) = @$case;

	# objects have other numbers there
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql($database, 'CREATE TABLE public.before (a serial)');
	command_ok([ 'pg_restore', @options, '-d', $node->connstr($database), $dump ], "$database: it is restored");
	is($node->safe_psql($database, $contents), $before, "$database: the rows");
	is($node->safe_psql($database, $state), join("\n", @state), "$database: how far they are loaded");
	is($node->safe_psql($database, 'SELECT history, owner, source FROM pinterest_fdw.histories'), 'hers."renamed Daily"|alice|pinterest.campaigns_analytics', "$database: the configuration");
	tokens();
	restate(3, 2);
	$node->safe_psql($database, as('alice', 'CALL pinterest_fdw.refresh()'));
	is(sent_tokens(), 'alice', "$database: a refresh, by her token");
	is(window(grep { $_->{path} =~ /analytics/ } sim_requests()), utc_today(-7) . " $today", "$database: which fetches its window");
	is($node->safe_psql($database, "SELECT count(DISTINCT observed_at) FROM hers.daily_restated"), '2', "$database: and keeps what was restated");
}
truth_table($node, 'campaigns_analytics', start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR');
$node->safe_psql('postgres', as('alice', 'CALL pinterest_fdw.refresh()'));
same_rows_ok($node, "SELECT $facts FROM hers.\"renamed Daily\"", "SELECT $facts FROM truth.campaigns_analytics", 'a history that was renamed is refreshed');

# Without the extension the table stays, and can be taken up again.
$node->safe_psql('postgres', 'DROP EXTENSION pinterest_fdw CASCADE');
is(value($contents) =~ s/\|.*//r, $before =~ s/\|.*//r, 'the table outlives the extension');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
