--
-- The functions that users see
--
-- Schema pinterest_fdw holds what a user calls and what definitions of users'
-- name: sync() stands in each materialized view of create_matview(), the handler
-- in each wrapper made of it.  Names and arguments are a promise then: a dump
-- that is restored has the calls of the version that it was made with.  All else
-- is in pinterest_fdw_internal, where it may change; a function that shows up
-- below is for the manual.
--
CREATE EXTENSION pinterest_fdw;
\pset format unaligned
\pset tuples_only
\df pinterest_fdw.*

-- nothing is anywhere else
SELECT DISTINCT p.pronamespace::regnamespace::text
  FROM pg_depend d
  JOIN pg_proc p ON p.oid = d.objid
 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
   AND d.classid = 'pg_proc'::regclass
   AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pinterest_fdw')
 ORDER BY 1;

-- a caller's search path counts only for the names that the caller gives, and
-- backfill() could not commit otherwise
SELECT p.oid::regproc
  FROM pg_proc p
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace::regnamespace::text IN ('pinterest_fdw', 'pinterest_fdw_internal')
   AND l.lanname <> 'c'
   AND (p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp']) IS NOT TRUE
 ORDER BY p.proname;

-- functions run with their caller's rights, and nobody adds to them
CREATE ROLE regress_pinterest_caller;
SELECT n.nspname, has_schema_privilege('regress_pinterest_caller', n.oid, 'USAGE') AS usage,
	   has_schema_privilege('regress_pinterest_caller', n.oid, 'CREATE') AS "create"
  FROM pg_namespace n WHERE n.nspname LIKE 'pinterest\_fdw%' ORDER BY n.nspname;
SELECT p.oid::regprocedure
  FROM pg_proc p
 WHERE p.pronamespace::regnamespace::text IN ('pinterest_fdw', 'pinterest_fdw_internal')
   AND p.prosecdef;

-- another's schema of that name is not made use of
DROP EXTENSION pinterest_fdw;
CREATE SCHEMA pinterest_fdw_internal AUTHORIZATION regress_pinterest_caller;
\set SHOW_CONTEXT never
CREATE EXTENSION pinterest_fdw;
SELECT count(*) FROM pg_extension WHERE extname = 'pinterest_fdw';

DROP SCHEMA pinterest_fdw, pinterest_fdw_internal;

-- who owned schema pinterest_fdw before can add functions to it, which are not
-- called in the place of those that functions are made of
CREATE SCHEMA pinterest_fdw AUTHORIZATION regress_pinterest_caller;
CREATE EXTENSION pinterest_fdw;
CREATE SERVER regress_pinterest FOREIGN DATA WRAPPER pinterest_fdw;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (labels, pins_analytics) FROM SERVER regress_pinterest INTO public;
SET ROLE regress_pinterest_caller;
CREATE FUNCTION pinterest_fdw.trap() RETURNS integer
LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT p.proname, pg_get_function_arguments(p.oid) AS arguments
		  FROM pg_proc p
		 WHERE p.pronamespace = 'pinterest_fdw_internal'::regnamespace
		   AND pg_get_function_arguments(p.oid) !~ 'OUT |any|record'
		 UNION ALL
		SELECT name, 'trapped integer DEFAULT pinterest_fdw.trap()'
		  FROM unnest('{streams,columns,filters,settings}'::text[]) name
	LOOP
		EXECUTE format('CREATE FUNCTION pinterest_fdw.%I(%s) RETURNS integer LANGUAGE plpgsql'
					   ' AS $f$ BEGIN RETURN pinterest_fdw.trap(); END $f$', f.proname, f.arguments);
	END LOOP;
END $$;
RESET ROLE;
SELECT count(*) > 10 FROM pg_proc p WHERE p.pronamespace = 'pinterest_fdw'::regnamespace AND p.prosrc LIKE '%trap()%';
SELECT count(*) FROM pinterest_fdw.create_matview('public.v', 'labels', track_changes => true, on_missing => 'mark', with_data => false);
SELECT count(*) FROM pinterest_fdw.create_matview('public.d', 'pins_analytics', restatements => true, with_data => false);
SELECT count(*) FROM pinterest_fdw.gaps('d_history', 'pins_analytics');
SELECT pinterest_fdw.comment_tables('public');
SELECT count(*) FROM pinterest_fdw.stat;

SET client_min_messages = warning;
DROP MATERIALIZED VIEW v, d;
DROP TABLE v_history, v_history_versions, d_history, d_history_restated;
DROP EXTENSION pinterest_fdw CASCADE;
DROP SCHEMA pinterest_fdw CASCADE;
DROP ROLE regress_pinterest_caller;
