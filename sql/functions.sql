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
-- backfill() and refresh() could not commit otherwise
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

-- another's schema of either name is not made use of, and one that is in place is
-- for what the extension makes alone
DROP EXTENSION pinterest_fdw;
DROP SCHEMA pinterest_fdw;
\set SHOW_CONTEXT never
CREATE SCHEMA pinterest_fdw_internal AUTHORIZATION regress_pinterest_caller;
CREATE EXTENSION pinterest_fdw;
DROP SCHEMA pinterest_fdw_internal;
CREATE SCHEMA pinterest_fdw AUTHORIZATION regress_pinterest_caller;
REVOKE ALL ON SCHEMA pinterest_fdw FROM regress_pinterest_caller;
CREATE EXTENSION pinterest_fdw;
ALTER SCHEMA pinterest_fdw OWNER TO CURRENT_USER;
GRANT CREATE ON SCHEMA pinterest_fdw TO regress_pinterest_caller;
CREATE EXTENSION pinterest_fdw;
REVOKE ALL ON SCHEMA pinterest_fdw FROM regress_pinterest_caller;
GRANT CREATE ON SCHEMA pinterest_fdw TO PUBLIC;
CREATE EXTENSION pinterest_fdw;
REVOKE ALL ON SCHEMA pinterest_fdw FROM PUBLIC;
CREATE TABLE pinterest_fdw.left_behind ();
CREATE EXTENSION pinterest_fdw;
DROP TABLE pinterest_fdw.left_behind;
CREATE EXTENSION pinterest_fdw;
SELECT count(*) FROM pg_extension WHERE extname = 'pinterest_fdw';
DROP EXTENSION pinterest_fdw;
DROP SCHEMA pinterest_fdw;
DROP ROLE regress_pinterest_caller;
