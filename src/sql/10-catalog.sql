/* src/sql/10-catalog.sql */

-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION pinterest_fdw" to load this file. \quit

-- No name without a schema means anything but what is PostgreSQL's own.
SET LOCAL search_path = pg_catalog, pg_temp;

--
-- The schema may have been there: a dump makes it before the extension.  But who
-- can make objects in it, or has done so, could have them called in the place
-- of ours by whoever uses the extension, with that one's rights.
--
DO $$
DECLARE
	other text;
BEGIN
	SELECT coalesce('role "' || r.rolname || '"', 'any role') INTO other
	  FROM pg_namespace n
	 CROSS JOIN LATERAL (SELECT n.nspowner
						  UNION
						 SELECT a.grantee FROM aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE') AS c(oid)
	  LEFT JOIN pg_roles r ON r.oid = c.oid
	 WHERE n.nspname = 'pinterest_fdw' AND r.rolsuper IS NOT TRUE
	 ORDER BY r.rolname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% can create objects in schema "pinterest_fdw"', other
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = 'They could run in the place of the extension''s, with the rights of whoever uses it.',
				HINT = 'Drop or rename the schema: CREATE EXTENSION makes one.';
	END IF;
	IF EXISTS (SELECT FROM pg_depend d
				WHERE d.refclassid = 'pg_namespace'::regclass
				  AND d.refobjid = 'pinterest_fdw'::regnamespace
				  AND d.classid <> 'pg_extension'::regclass) THEN
		RAISE EXCEPTION 'schema "pinterest_fdw" is not empty'
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'What it holds could run in the place of the extension''s objects.',
				HINT = 'Drop or rename the schema: CREATE EXTENSION makes one.';
	END IF;
END
$$;

-- What the schema holds is for all; the API is guarded by user mappings.
GRANT USAGE ON SCHEMA pinterest_fdw TO PUBLIC;

--
-- What those functions are made of.  They run with the rights of their caller,
-- who therefore needs USAGE here too.  Another's schema of this name would let
-- its owner change what they do, so that CREATE has to fail if there is one.
--
CREATE SCHEMA pinterest_fdw_internal;
GRANT USAGE ON SCHEMA pinterest_fdw_internal TO PUBLIC;

COMMENT ON SCHEMA pinterest_fdw_internal IS
'What the functions and views of schema pinterest_fdw are made of: not to be called by others, and free to change';

--
-- The foreign-data wrapper
--
CREATE FUNCTION pinterest_fdw.pinterest_fdw_handler()
RETURNS fdw_handler
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION pinterest_fdw.pinterest_fdw_handler() IS
'Handler of foreign-data wrapper pinterest_fdw';

CREATE FUNCTION pinterest_fdw.pinterest_fdw_validator(text[], oid)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION pinterest_fdw.pinterest_fdw_validator(text[], oid) IS
'Checks options of foreign-data wrapper pinterest_fdw';

CREATE FOREIGN DATA WRAPPER pinterest_fdw
	HANDLER pinterest_fdw.pinterest_fdw_handler
	VALIDATOR pinterest_fdw.pinterest_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER pinterest_fdw IS
'Pinterest API, version 5';

--
-- The catalog of streams, as rows
--
CREATE FUNCTION pinterest_fdw.streams(
	OUT name text,
	OUT aliases text[],
	OUT endpoints text[],
	OUT key text[],
	OUT parent text,
	OUT scope text[],
	OUT category text,
	OUT history_days integer,
	OUT comment text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_streams'
LANGUAGE C STABLE STRICT PARALLEL SAFE
ROWS 80;

COMMENT ON FUNCTION pinterest_fdw.streams() IS
'Streams, in the order of import: other names, endpoints below the base URL, columns that identify a row (settings last), stream that lists what a query leaves open, scopes the access token needs, rate limit category, days that data reaches back';

CREATE FUNCTION pinterest_fdw.columns(
	OUT stream text,
	OUT "position" integer,
	OUT name text,
	OUT field text,
	OUT type text,
	OUT metric boolean,
	OUT standard boolean,
	OUT report boolean,
	OUT additive boolean,
	OUT parameter text,
	OUT comment text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_columns'
LANGUAGE C STABLE STRICT PARALLEL SAFE
ROWS 10000;

COMMENT ON FUNCTION pinterest_fdw.columns() IS
'Columns of each stream: JSON field or API name of the metric (null for what the request says), type, whether it is a metric, whether an import with metrics ''standard'' has it, whether only reports have it, whether its values of days are known to add up to that of their period (null for what is no metric), parameter that asks for it';

CREATE FUNCTION pinterest_fdw.filters(
	OUT stream text,
	OUT column_name text,
	OUT operators text,
	OUT parameter text,
	OUT batch integer,
	OUT allowed text[],
	OUT endpoint text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_filters'
LANGUAGE C STABLE STRICT PARALLEL SAFE
ROWS 300;

COMMENT ON FUNCTION pinterest_fdw.filters() IS
'Conditions that requests carry: column, operators, parameter or {variable} of the path (null for one that only chooses from the parent), values a request takes, values the API knows (null: any), endpoint';

CREATE FUNCTION pinterest_fdw.settings(
	OUT stream text,
	OUT name text,
	OUT parameter text,
	OUT allowed text[],
	OUT initial text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_settings'
LANGUAGE C STABLE STRICT PARALLEL SAFE
ROWS 150;

COMMENT ON FUNCTION pinterest_fdw.settings() IS
'Columns that choose how the API counts, which are options of table and server too: parameter (null: none is sent), values, and what counts where neither a condition nor an option says otherwise (null: nothing is sent)';

--
-- Comments on foreign tables
--
CREATE FUNCTION pinterest_fdw_internal.table_comments(
	relation regclass,
	OUT column_number smallint,
	OUT comment text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_table_comments'
LANGUAGE C STABLE STRICT
ROWS 50;

COMMENT ON FUNCTION pinterest_fdw_internal.table_comments(regclass) IS
'What the catalog of streams says of a foreign table of pinterest_fdw (0) and its columns';

CREATE FUNCTION pinterest_fdw.comment_tables(schema regnamespace)
RETURNS integer
LANGUAGE plpgsql STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	statement text;
	comments integer := 0;
BEGIN
	FOR statement IN
		SELECT CASE k.column_number
			   WHEN 0 THEN format('COMMENT ON FOREIGN TABLE %s IS %L', c.oid::regclass, k.comment)
			   ELSE format('COMMENT ON COLUMN %s.%I IS %L', c.oid::regclass, a.attname, k.comment) END
		  FROM pg_class c
		 CROSS JOIN pinterest_fdw_internal.table_comments(c.oid) k
		  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.column_number AND a.attnum > 0
		  LEFT JOIN pg_description d
			ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = k.column_number
		 WHERE c.relnamespace = comment_tables.schema AND c.relkind = 'f' AND d.objoid IS NULL
		 ORDER BY c.oid, k.column_number
	LOOP
		EXECUTE statement;
		comments := comments + 1;
	END LOOP;
	RETURN comments;
END
$$;

COMMENT ON FUNCTION pinterest_fdw.comment_tables(regnamespace) IS
'Comments the schema''s foreign tables and their columns after the catalog of streams, where they have no comment; returns the number of comments made';
