
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

-- The role that a log row is of: an OID, since a name may change hands.
CREATE FUNCTION pinterest_fdw_internal.own_role()
RETURNS oid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.own_role() IS
'The current role';

--
-- What refreshes and chunks of back-fills did.  Nobody has any privilege on the
-- table itself, or could lock it, and with it all refreshes: roles come to it by
-- the views below, which have its owner's rights and show the reader's rows.
--
CREATE TABLE pinterest_fdw_internal.sync_log (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finished_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
	role oid NOT NULL DEFAULT pinterest_fdw_internal.own_role(),
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
	final_days date[],
	error text,
	ad_accounts text[]
);

CREATE INDEX ON pinterest_fdw_internal.sync_log (history, finished_at);

COMMENT ON TABLE pinterest_fdw_internal.sync_log IS
'The rows of view pinterest_fdw.sync_log';

-- Rows of roles that were dropped remain, for the owner of the log alone.
CREATE VIEW pinterest_fdw.sync_log WITH (security_barrier) AS
	SELECT l.id, l.finished_at, pg_get_userbyid(l.role) AS role, l.kind, l.history, l.source, l.filter, l.columns,
		   l.from_date, l.to_date, l.fetched, l.inserted, l.updated, l.unchanged, l.missing, l.requests, l.duration, l.final_days,
		   l.error, l.ad_accounts
	  FROM pinterest_fdw_internal.sync_log l
	 WHERE l.role = (SELECT pinterest_fdw_internal.own_role())
		OR (SELECT pg_has_role(c.relowner, 'USAGE')
			  FROM pg_class c WHERE c.oid = 'pinterest_fdw_internal.sync_log'::regclass);

COMMENT ON VIEW pinterest_fdw.sync_log IS
'Refreshes and chunks of back-fills: history, window, rows, requests, duration, the days that were final when they were fetched, the error of those that failed, and the ad accounts of a unit (null: all); each role sees its own, the owner of the extension all';

GRANT SELECT ON pinterest_fdw.sync_log TO PUBLIC;

-- A right to DELETE would be one to lock: so there is something to insert into.
CREATE VIEW pinterest_fdw_internal.sync_log_removal AS
	SELECT NULL::timestamp with time zone AS before;

CREATE RULE remove AS ON INSERT TO pinterest_fdw_internal.sync_log_removal DO INSTEAD
	DELETE FROM pinterest_fdw_internal.sync_log l
	 WHERE l.id IN (SELECT v.id FROM pinterest_fdw.sync_log v WHERE v.finished_at < NEW.before);

COMMENT ON VIEW pinterest_fdw_internal.sync_log_removal IS
'Rows of the log that are older than what is inserted here go';

GRANT INSERT ON pinterest_fdw_internal.sync_log_removal TO PUBLIC;

CREATE FUNCTION pinterest_fdw.sync_log_reset(before timestamp with time zone DEFAULT 'infinity')
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	INSERT INTO pinterest_fdw_internal.sync_log_removal VALUES (before);
END;

COMMENT ON FUNCTION pinterest_fdw.sync_log_reset(timestamptz) IS
'Removes what the caller sees of sync_log, or of that what is older than a time';

-- What the current role did itself, to be read and added to.
CREATE VIEW pinterest_fdw_internal.own_sync_log WITH (security_barrier) AS
	SELECT l.finished_at, l.kind, l.history, l.source, l.filter, l.columns, l.from_date, l.to_date,
		   l.fetched, l.inserted, l.updated, l.unchanged, l.missing, l.requests, l.duration, l.final_days, l.ad_accounts, l.error
	  FROM pinterest_fdw_internal.sync_log l
	 WHERE l.role = (SELECT pinterest_fdw_internal.own_role()) AND l.error IS NULL;

COMMENT ON VIEW pinterest_fdw_internal.own_sync_log IS
'The rows of sync_log that are the current role''s, and no failures';

GRANT SELECT, INSERT ON pinterest_fdw_internal.own_sync_log TO PUBLIC;

CREATE FUNCTION pinterest_fdw_internal.request_count()
RETURNS bigint
AS 'MODULE_PATHNAME', 'pinterest_fdw_request_count'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw_internal.request_count() IS
'Requests that this session has sent so far, retries included';

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
	final_days date[] DEFAULT NULL,
	ad_accounts text[] DEFAULT NULL,
	error text DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	INSERT INTO pinterest_fdw_internal.own_sync_log
		(kind, history, source, filter, columns, from_date, to_date,
		 fetched, inserted, updated, unchanged, missing, requests, duration, final_days, ad_accounts, error)
	VALUES (kind, history, source, filter, columns, from_date, to_date,
		counts[1], counts[2], counts[3], counts[4], counts[5],
		requests, clock_timestamp() - started, final_days, ad_accounts, error);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.log_sync(text, regclass, regclass, text, text[], date, date, bigint[], bigint, timestamptz, date[], text[], text) IS
'Adds a row to sync_log';

-- Tells who listens that a refresh or back-fill has ended.  Any role may listen: so no more than this.
CREATE FUNCTION pinterest_fdw_internal.announce(kind text, history regclass, failures integer)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pg_notify('pinterest_fdw',
		json_build_object('kind', kind, 'history', history::text, 'failures', failures, 'at', clock_timestamp())::text);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.announce(text, regclass, integer) IS
'Notifies channel pinterest_fdw that a refresh or back-fill of a history has ended';

-- What hand_over_failure()'s background worker runs. A history that the failed transaction had
-- made is gone with it, and has no row.
CREATE FUNCTION pinterest_fdw_internal.add_failure(
	role oid,
	kind text,
	history regclass,
	source regclass,
	filter text,
	columns text,
	requests bigint,
	started timestamp with time zone,
	error text)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	INSERT INTO pinterest_fdw_internal.sync_log (role, kind, history, source, filter, columns, fetched, inserted, updated,
												 unchanged, missing, requests, duration, error)
	SELECT add_failure.role, add_failure.kind, add_failure.history, add_failure.source, add_failure.filter,
		   add_failure.columns::text[], 0, 0, 0, 0, 0, add_failure.requests, clock_timestamp() - add_failure.started,
		   add_failure.error
	 WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = add_failure.history);
	SELECT pinterest_fdw_internal.announce(add_failure.kind, add_failure.history, 1);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.add_failure(oid, text, regclass, regclass, text, text, bigint, timestamptz, text) IS
'Adds a row for a refresh that failed to sync_log';

REVOKE ALL ON FUNCTION pinterest_fdw_internal.add_failure(oid, text, regclass, regclass, text, text, bigint, timestamptz, text) FROM PUBLIC;

-- What a failed refresh writes goes with its transaction, but for this.
CREATE FUNCTION pinterest_fdw_internal.hand_over_failure(
	kind text,
	history regclass,
	source regclass,
	filter text,
	columns text,
	requests bigint,
	started timestamp with time zone,
	error text)
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_hand_over_failure'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION pinterest_fdw_internal.hand_over_failure(text, regclass, regclass, text, text, bigint, timestamptz, text) IS
'Adds a row for a refresh that failed to sync_log, in a transaction of its own';

-- An error as the log shows it.
CREATE FUNCTION pinterest_fdw_internal.error_text(code text, message text, detail text)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT concat_ws(E'\n', code || ': ' || message, nullif(detail, ''));
END;

COMMENT ON FUNCTION pinterest_fdw_internal.error_text(text, text, text) IS
'SQLSTATE, message and in another line the detail of an error';

-- For an EXCEPTION clause, whose error is raised again afterwards whatever comes of this.
CREATE FUNCTION pinterest_fdw_internal.log_failure(
	kind text,
	history regclass,
	source regclass,
	filter text,
	columns text[],
	requests bigint,
	started timestamp with time zone,
	code text,
	message text,
	detail text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	hint text;
BEGIN
	PERFORM pinterest_fdw_internal.hand_over_failure(kind, history, source, filter, columns::text, requests, started,
		pinterest_fdw_internal.error_text(code, message, detail))
	  WHERE history IS NOT NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RAISE WARNING 'could not log the failure in pinterest_fdw.sync_log'
		USING ERRCODE = SQLSTATE, DETAIL = 'Reason: ' || SQLERRM, HINT = coalesce(nullif(hint, ''), 'See the server log.');
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.log_failure(text, regclass, regclass, text, text[], bigint, timestamptz, text, text, text) IS
'Adds a row for a refresh that failed to sync_log, with SQLSTATE, message and in another line the detail, or warns that it could not';

-- Only the caller's own rows count: other roles may have written anything.
CREATE FUNCTION pinterest_fdw_internal.own_log(history regclass, source regclass, filter text, columns text[])
RETURNS SETOF pinterest_fdw_internal.own_sync_log
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT *
	  FROM pinterest_fdw_internal.own_sync_log l
	 WHERE l.history = own_log.history AND l.ad_accounts IS NULL
	   AND l.source = own_log.source
	   AND l.filter IS NOT DISTINCT FROM own_log.filter
	   AND l.columns @> own_log.columns;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.own_log(regclass, regclass, text, text[]) IS
'What the current role has logged of the same rows and at least these columns';
