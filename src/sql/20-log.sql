
--
-- Histories of foreign tables, and the materialized views that show them
--
-- A materialized view made by create_matview() reads sync(), which brings a
-- history table up to date and returns it.  All there is to know stands in the
-- view's definition, so that a dump, a restore and a rename need nothing else.
--
-- sync() runs inside REFRESH as the view's owner, in an operation that allows
-- no temporary table, no SET ROLE and no WITH that writes.  A history may be
-- distributed over several machines: it is only locked, selected from without a
-- join, and written by INSERT ... SELECT ... ON CONFLICT.
--

-- What refreshes and chunks of back-fills did.
CREATE TABLE pinterest_fdw.sync_log (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finished_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
	role name NOT NULL DEFAULT current_user,
	kind text NOT NULL CHECK (kind IN ('refresh', 'backfill')),
	history regclass NOT NULL,
	source regclass NOT NULL,
	filter text,
	columns text[] NOT NULL,
	from_date date,
	to_date date,
	fetched bigint NOT NULL,
	inserted bigint NOT NULL,
	updated bigint NOT NULL,
	unchanged bigint NOT NULL,
	missing bigint NOT NULL,
	requests bigint NOT NULL,
	duration interval NOT NULL,
	final_days date[]
);

CREATE INDEX ON pinterest_fdw.sync_log (history, finished_at);

COMMENT ON TABLE pinterest_fdw.sync_log IS
'Refreshes and chunks of back-fills: history, window, rows, requests, duration, and the days that were final when they were fetched; each role sees its own';

-- Every role writes, sees and removes what it did itself.
ALTER TABLE pinterest_fdw.sync_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pinterest_fdw.sync_log
	USING (role = current_user) WITH CHECK (role = current_user);
GRANT SELECT, INSERT, DELETE ON pinterest_fdw.sync_log TO PUBLIC;

CREATE FUNCTION pinterest_fdw_internal.request_count()
RETURNS bigint
AS 'MODULE_PATHNAME', 'pinterest_fdw_request_count'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw_internal.request_count() IS
'Requests that this session has sent so far, retries included';

-- pg_restore turns row_security off, which is an error where a policy counts.
CREATE FUNCTION pinterest_fdw_internal.log_sync(
	kind text,
	history regclass,
	source regclass,
	filter text,
	columns text[],
	from_date date,
	to_date date,
	counts bigint[],
	requests bigint,
	started timestamp with time zone,
	final_days date[] DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
SET row_security = on
BEGIN ATOMIC
	INSERT INTO pinterest_fdw.sync_log
		(kind, history, source, filter, columns, from_date, to_date,
		 fetched, inserted, updated, unchanged, missing, requests, duration, final_days)
	VALUES (kind, history, source, filter, columns, from_date, to_date,
		counts[1], counts[2], counts[3], counts[4], counts[5],
		requests, clock_timestamp() - started, final_days);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.log_sync(text, regclass, regclass, text, text[], date, date, bigint[], bigint, timestamptz, date[]) IS
'Adds a row to sync_log';

-- Only the caller's own rows count: other roles may have written anything.
CREATE FUNCTION pinterest_fdw_internal.own_log(history regclass, source regclass, filter text, columns text[])
RETURNS SETOF pinterest_fdw.sync_log
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET row_security = on
BEGIN ATOMIC
	SELECT *
	  FROM pinterest_fdw.sync_log l
	 WHERE l.role = current_user
	   AND l.history = own_log.history
	   AND l.source = own_log.source
	   AND l.filter IS NOT DISTINCT FROM own_log.filter
	   AND l.columns @> own_log.columns;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.own_log(regclass, regclass, text, text[]) IS
'What the current role has logged of the same rows and at least these columns';
