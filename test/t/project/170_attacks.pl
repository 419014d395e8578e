# Copyright (c) 2026, pinterest_fdw contributors

# The owner of a database, who is no superuser, tries to have code run by a
# superuser who uses the extension there: by objects that come before those that
# are meant, made before CREATE EXTENSION and after, in every schema that is
# theirs, first of all in one that the search path of the database begins with.
#
# Every object of theirs is a trap: it raises an error where it runs.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = new_node('attacked');
$node->append_conf('postgresql.conf', "track_functions = 'all'");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE intruder LOGIN; CREATE DATABASE theirs OWNER intruder');

sub as_intruder
{
	my ($sql) = @_;

	return $node->safe_psql('theirs', $sql, extra_params => [ '-U', 'intruder' ]);
}

# The error of what a superuser does in the intruder's database, empty if it works.
sub tried
{
	my ($sql) = @_;
	my ($code, $stdout, $stderr) = $node->psql('theirs', "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);

	return $code ? $stderr : '';
}

sub works
{
	my ($sql, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(tried($sql), '', $name);
}

# ---------------------------------------------------------------------------
# Traps: whatever has a name that the extension's script uses

my ($script) = glob "$FindBin::RealBin/../../../src/pinterest_fdw--*.sql";
my %words = map { $_ => 1 } slurp_file($script) =~ /\b([a-z_][a-z0-9_]*)\b/g;
my $words = "'{" . join(',', sort keys %words) . "}'::text[]";

as_intruder(<<'SQL');
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION evil.trap() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'trapped: % runs what % made', current_user, 'intruder';
END
$$;
-- Makes what can be made, and tells how much that was.
CREATE FUNCTION evil.make(statements text[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	made integer := 0;
BEGIN
	FOREACH statement IN ARRAY statements
	LOOP
		BEGIN
			EXECUTE statement;
			made := made + 1;
		EXCEPTION WHEN OTHERS THEN
			NULL;
		END;
	END LOOP;
	RETURN made;
END
$$;
-- A function of that name that takes the same, and some that take texts.
CREATE FUNCTION evil.overloads(schema text, name text, arguments text, result text) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', schema, name, v.arguments, v.result,
							'BEGIN PERFORM evil.trap(); RETURN NULL; END'))
	  FROM (SELECT arguments, result
			 UNION ALL
			SELECT array_to_string(array_fill('text'::text, ARRAY[n]), ', '), 'text' FROM generate_series(1, 8) n) v(arguments, result)
$$;
SQL

# Of all that a schema of theirs may have; returns how many were made.
sub make_traps
{
	my ($schema) = @_;

	return as_intruder(<<SQL);
SET search_path = pg_catalog, pg_temp;
SELECT evil.make(array_agg(s)) FROM (
	SELECT unnest(evil.overloads('$schema', p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid))) AS s
	  FROM pg_proc p WHERE p.proname = ANY ($words)
	 UNION ALL
	SELECT format('CREATE FUNCTION $schema.trap_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS \$f\$ BEGIN PERFORM evil.trap(); RETURN NULL; END \$f\$',
				  o.oid, format_type(o.oprleft, NULL), format_type(o.oprright, NULL), format_type(o.oprresult, NULL))
	  FROM pg_operator o WHERE o.oprkind = 'b' AND o.oprnamespace = 'pg_catalog'::regnamespace
	 UNION ALL
	SELECT format('CREATE OPERATOR $schema.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = $schema.trap_%s)',
				  o.oprname, format_type(o.oprleft, NULL), format_type(o.oprright, NULL), o.oid)
	  FROM pg_operator o WHERE o.oprkind = 'b' AND o.oprnamespace = 'pg_catalog'::regnamespace
	 UNION ALL
	SELECT format('CREATE DOMAIN $schema.%I AS %s CHECK (evil.trap())', t.typname, format_type(t.oid, NULL))
	  FROM pg_type t
	 WHERE t.typtype IN ('b', 'r', 'm') AND t.typelem = 0 AND t.typnamespace = 'pg_catalog'::regnamespace AND t.typname = ANY ($words)
	 UNION ALL
	SELECT format('CREATE VIEW $schema.%1\$I AS SELECT * FROM pg_catalog.%1\$I WHERE evil.trap()', c.relname)
	  FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relname = ANY ($words)) AS t(s)
SQL
}

for my $schema (qw(evil public))
{
	cmp_ok(make_traps($schema), '>', 1500, "before CREATE EXTENSION: traps in schema $schema");
}
as_intruder(q{ALTER DATABASE theirs SET search_path = evil, public, pg_catalog});
for my $trap ([ 'SELECT length(text \'a\')', 'a function' ], [ 'SELECT 1 = 1', 'an operator' ], [ 'SELECT \'a\'::text', 'a type' ],
	[ 'SELECT FROM pg_class', 'a relation' ])
{
	like(tried($trap->[0]), qr/trapped: postgres runs what intruder made/, "$trap->[1] would be trapped");
}

# ---------------------------------------------------------------------------
# Before: schemas of the extension's names

for my $case (
	[ 'CREATE SCHEMA pinterest_fdw', qr/42501: role "intruder" can create objects in schema "pinterest_fdw"/ ],
	[ 'CREATE SCHEMA pinterest_fdw; REVOKE ALL ON SCHEMA pinterest_fdw FROM intruder', qr/42501: role "intruder" can create objects/ ],
	[ 'CREATE SCHEMA pinterest_fdw_internal', qr/42P06: schema "pinterest_fdw_internal" already exists/ ])
{
	my ($sql, $message) = @$case;

	as_intruder($sql);
	like(tried('CREATE EXTENSION pinterest_fdw'), $message, "refused after $sql");
	as_intruder('DROP SCHEMA IF EXISTS pinterest_fdw, pinterest_fdw_internal');
}
works('CREATE EXTENSION pinterest_fdw', 'CREATE EXTENSION among the traps');

# ---------------------------------------------------------------------------
# After

is(make_traps($_), 0, "after CREATE EXTENSION: no trap in schema $_") for qw(pinterest_fdw pinterest_fdw_internal);
cmp_ok(make_traps($_), '>', 100, "after CREATE EXTENSION: more traps in schema $_") for qw(evil public);
for my $sql (
	'ALTER SCHEMA pinterest_fdw OWNER TO intruder', 'GRANT CREATE ON SCHEMA pinterest_fdw TO intruder',
	'CREATE TABLE pinterest_fdw.t ()', 'CREATE TYPE pinterest_fdw_internal.t AS ()', 'ALTER SCHEMA pinterest_fdw RENAME TO x',
	'DROP EXTENSION pinterest_fdw', 'DROP SCHEMA pinterest_fdw CASCADE', 'ALTER VIEW pinterest_fdw.stat SET SCHEMA evil',
	'CREATE OR REPLACE VIEW pinterest_fdw.stat AS SELECT 1', 'ALTER FUNCTION pinterest_fdw.stat_reset() SET search_path = evil',
	'CREATE CAST (date AS text) WITH FUNCTION evil.trap() AS IMPLICIT', 'CREATE RULE r AS ON INSERT TO pinterest_fdw_internal.sync_log DO NOTHING',
	'CREATE TRIGGER t BEFORE INSERT ON pinterest_fdw_internal.sync_log EXECUTE FUNCTION evil.trap()')
{
	my ($code, $stdout, $stderr) = $node->psql('theirs', "SET search_path = pg_catalog; $sql", extra_params => [ '-U', 'intruder' ]);

	like($stderr, qr/ERROR:  (?:permission denied|must be owner|must be able to|no privileges were granted|must own|type .* does not)/, "refused: $sql")
		if $code;
	like($stderr, qr/no privileges were granted/, "without effect: $sql") if !$code;
}

# What the superuser does then.  Their own words name all by schema and type, as
# nothing else is safe on such a search path.
works(<<SQL, 'server, mapping, import');
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '@{[ sim_url() ]}', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE SCHEMA pinterest;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO pinterest;
CREATE SCHEMA w;
SQL
is($node->safe_psql('theirs', <<'SQL'), '', 'imported columns have types of PostgreSQL');
SET search_path = pg_catalog;
SELECT DISTINCT a.atttypid::regtype FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid IN (SELECT ftrelid FROM pg_foreign_table) AND t.typnamespace <> 'pg_catalog'::regnamespace
SQL

# The call of a function whose arguments are [value, type].
sub call
{
	my ($function, @arguments) = @_;

	return "pinterest_fdw.$function(" . join(', ', map { ($_->[2] ? "$_->[2] => " : '') . "'$_->[0]'::pg_catalog.$_->[1]" } @arguments) . ')';
}

sub matview_call
{
	my ($name, $source, @more) = @_;

	return 'SELECT * FROM ' . call('create_matview', [ "w.$name", 'text', 'matview' ], [ "pinterest.$source", 'regclass', 'source' ], @more);
}

my @dated = map { [ "w.daily$_", 'regclass' ] } '_history';
my $from = utc_today(-40);
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
for my $statement (
	matview_call('campaigns', 'campaigns', [ 'mark', 'text', 'on_missing' ], [ 'true', 'bool', 'track_changes' ], [ 'true', 'bool', 'restatements' ]),
	matview_call('some', 'campaigns', [ 'delete', 'text', 'on_missing' ],
		[ 'status OPERATOR(pg_catalog.=) ANY (ARRAY[text \'ACTIVE\'])' =~ s/'/''/gr, 'text', 'filter' ]),
	matview_call('owned', 'boards', [ "ad_account_id OPERATOR(pg_catalog.=) text '$account'" =~ s/'/''/gr, 'text', 'filter' ]),
	matview_call('daily', 'campaigns_analytics', [ 'true', 'bool', 'restatements' ]),
	matview_call('settled', 'ad_groups_analytics', [ 'true', 'bool', 'settle' ], [ 'true', 'bool', 'dry_run' ]),
	matview_call('settled', 'ad_groups_analytics', [ 'true', 'bool', 'settle' ]),
	# more rows that the API does not know than a refresh takes for gone
	"INSERT INTO w.some_history (ad_account_id, id, status) SELECT '$account'::pg_catalog.text, n::pg_catalog.text, 'ACTIVE'::pg_catalog.text"
	  . ' FROM pg_catalog.generate_series(1::pg_catalog.int4, 30::pg_catalog.int4) AS g(n)',
	(map { "REFRESH MATERIALIZED VIEW CONCURRENTLY w.$_" } qw(campaigns some daily settled)),
	'CALL ' . call('backfill', @dated, [ 'pinterest.campaigns_analytics', 'regclass' ], [ $from, 'date' ]),
	# histories that are refreshed in units
	'SELECT ' . call('create_history', [ 'w.days', 'text', 'history' ], [ 'pinterest.ad_groups_analytics', 'regclass', 'source' ], [ 'true', 'bool', 'settle' ],
		[ 'true', 'bool', 'restatements' ], [ 'true', 'bool', 'synced_at' ], [ '{spend_in_micro_dollar}', '_text', 'columns' ]),
	'SELECT ' . call('create_history', [ 'w.entities', 'text', 'history' ], [ 'pinterest.campaigns', 'regclass', 'source' ], [ 'mark', 'text', 'on_missing' ],
		[ 'true', 'bool', 'track_changes' ], [ '{name,status}', '_text', 'columns' ],
		[ 'status OPERATOR(pg_catalog.=) ANY (ARRAY[text \'ACTIVE\'])' =~ s/'/''/gr, 'text', 'filter' ]),
	'CALL pinterest_fdw.refresh()', 'CALL ' . call('refresh', [ 'w.days', 'regclass' ], [ 'true', 'bool', 'wait' ]),
	(map { 'SELECT ' . call('alter_history', [ "w.$_->[0]", 'regclass' ], [ "{$_->[1]}", '_text', 'add_columns' ]) } [ 'days', 'total_impression' ], [ 'entities', 'daily_spend_cap' ]),
	'CALL ' . call('backfill', [ 'w.days', 'regclass' ], [ $from, 'date' ]),
	'SELECT * FROM ' . call('create_matview', [ 'w.over', 'text', 'matview' ], [ 'w.days', 'regclass', 'source' ]),
	'SELECT ' . call('drop_history', [ 'w.days', 'regclass' ]),
	'SELECT * FROM ' . call('gaps', @dated, [ 'pinterest.campaigns_analytics', 'regclass' ]),
	'SELECT ' . call('comment_tables', [ 'pinterest', 'regnamespace' ]),
	(map { "SELECT * FROM pinterest_fdw.$_()" } qw(streams columns filters settings stat_reset limit_reset cache_reset stat_is_shared)),
	(map { "SELECT * FROM pinterest_fdw.$_" } qw(stat progress tokens sync_log histories)),
	'SELECT * FROM ' . call('check', [ 'pinterest', 'name' ]),
	'SELECT * FROM pinterest.campaigns_analytics WHERE date OPERATOR(pg_catalog.>=) (pg_catalog.now() OPERATOR(pg_catalog.-) \'7 days\'::pg_catalog.interval)',
	'EXPLAIN SELECT * FROM pinterest.campaigns WHERE status OPERATOR(pg_catalog.=) \'ACTIVE\'::pg_catalog.text',
	'ANALYZE pinterest.campaigns',
	'SELECT ' . call('sync_log_reset', [ 'now', 'timestamptz' ]))
{
	works("SET client_min_messages = error; $statement", $statement);
}

# A refresh that fails, which a background worker logs.
sim_fault(action => 'status', status => 403, code => 7, message => 'No access here', match => '/campaigns$');
like(tried('REFRESH MATERIALIZED VIEW w.campaigns'), qr/ERROR:  42501: could not read stream/, 'a refresh that fails');
is($node->safe_psql('theirs', 'SELECT pg_catalog.count(error) FROM pinterest_fdw.sync_log'), 1, 'and is logged');
like(tried('CALL pinterest_fdw.refresh()'), qr/ERROR:  42501: could not bring all up to date/, 'a unit that fails');
sim_reset();

# Each function that is written in SQL has run; those in C run no SQL.
is($node->safe_psql('theirs', <<'SQL'), '', 'no function of the extension was left out');
SET search_path = pg_catalog;
SELECT p.oid::regprocedure
  FROM pg_proc p
  JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_stat_user_functions s ON s.funcid = p.oid
 WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pinterest_fdw')
   AND l.lanname <> 'c' AND s.calls IS NULL
SQL
my @sources = glob "$FindBin::RealBin/../../../src/*/*.c";
is_deeply([ grep { slurp_file($_) =~ /\bSPI_|\braw_parser|\bpg_parse_query/ } @sources ], [], 'no code in C runs SQL');

# ---------------------------------------------------------------------------
# What is theirs and is found by its name is not made use of

$node->safe_psql('theirs', <<'SQL');
SET search_path = pg_catalog;
GRANT USAGE ON FOREIGN SERVER pinterest TO intruder;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO intruder;
GRANT USAGE ON SCHEMA pinterest TO intruder;
SQL
as_intruder(<<'SQL');
SET search_path = pg_catalog;
CREATE FUNCTION evil.trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap(); RETURN NEW; END $$;
CREATE TABLE public.mine_history AS SELECT * FROM pinterest.campaigns WITH NO DATA;
ALTER TABLE public.mine_history ADD PRIMARY KEY (ad_account_id, id);
CREATE TRIGGER t BEFORE INSERT ON public.mine_history FOR EACH ROW EXECUTE FUNCTION evil.trigger();
CREATE TABLE public.other_history_restated (LIKE public.mine_history INCLUDING ALL);
CREATE TABLE public.third_history_versions (LIKE public.mine_history INCLUDING ALL);
SQL
for my $case ([ 'mine', 'mine_history' ], [ 'other', 'other_history_restated' ], [ 'third', 'third_history_versions' ])
{
	my ($name, $table) = @$case;

	like(tried(matview_call($name, 'campaigns', [ 'true', 'bool', 'restatements' ], [ 'true', 'bool', 'track_changes' ]) =~ s/'w\./'public./r),
		qr/^psql:.*ERROR:  42501: table "public\.$table" exists and belongs to another role\nDETAIL:  Its triggers would run.*\nHINT:  Make the/,
		"a table of theirs: $table");
}
$node->safe_psql('theirs', 'DROP FOREIGN TABLE pinterest.metrics_ready_state');
as_intruder(q{SET search_path = pg_catalog; IMPORT FOREIGN SCHEMA pinterest LIMIT TO (metrics_ready_state) FROM SERVER pinterest INTO evil;
	ALTER FOREIGN TABLE evil.metrics_ready_state ALTER COLUMN date TYPE evil.date});
like(tried('REFRESH MATERIALIZED VIEW w.settled'), qr/ERROR:  42P01: settle needs a foreign table of stream "metrics_ready_state" on the same server\nDETAIL:  Those of other roles/,
	'a foreign table of theirs');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
