
--
-- The configuration of histories
--
-- A history that create_history() makes is a table that its owner reads directly,
-- and keeps its configuration here.  It belongs to whom the table belongs to, so
-- that a dump, a restore by another role and REASSIGN OWNED need nothing else.
-- A filter runs with the rights of who refreshes: so nobody but the owner does.
--
-- Dumps name these tables and their columns, which is a promise.
--
CREATE TABLE pinterest_fdw_internal.history_configuration (
	history regclass PRIMARY KEY,
	source regclass NOT NULL,
	columns text[] NOT NULL,
	lookback integer,
	start_date date,
	filter text,
	on_missing text,
	restated regclass,
	versions regclass,
	settle boolean NOT NULL,
	begun_at timestamp with time zone,
	last_day date,
	ended_at timestamp with time zone,
	succeeded_at timestamp with time zone,
	failed_at timestamp with time zone,
	error text,
	ready_days date[] NOT NULL DEFAULT '{}'
);

COMMENT ON TABLE pinterest_fdw_internal.history_configuration IS
'Histories of create_history(): what they were told, and how the last refresh went, which fetches until last_day and has broken off or is running where ended_at is null; ready_days are those of the lookback that the API called final';

--
-- What has been loaded of an ad account ('' where rows belong to none): since the
-- first day with whatever columns, since whole_since with all of them, until the
-- last one.  fetched_to is how far the refresh of round got, failed_round one that
-- failed; alone, one whose unit failed, so that this account is tried by itself.
--
CREATE TABLE pinterest_fdw_internal.history_account (
	history regclass,
	account text,
	since date,
	whole_since date,
	until date,
	final_days date[] NOT NULL DEFAULT '{}',
	round timestamp with time zone,
	fetched_to date,
	synced_at timestamp with time zone,
	alone timestamp with time zone,
	failed_round timestamp with time zone,
	failed_at timestamp with time zone,
	error text,
	PRIMARY KEY (history, account)
);

COMMENT ON TABLE pinterest_fdw_internal.history_account IS
'How far the ad accounts of histories have been loaded';

-- What refers to a table that is gone would be a number in a dump, and mean another one afterwards.
SELECT pg_extension_config_dump('pinterest_fdw_internal.history_configuration', $$
	WHERE (SELECT bool_and(EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) r))
			 FROM pg_catalog.unnest(ARRAY[history, source, restated, versions]::pg_catalog.oid[]) r WHERE r IS NOT NULL)$$);
SELECT pg_extension_config_dump('pinterest_fdw_internal.history_account', $$
	WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) history)$$);

CREATE FUNCTION pinterest_fdw_internal.is_own(relation regclass)
RETURNS boolean
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM pg_class c WHERE c.oid = relation AND c.relowner = pinterest_fdw_internal.own_role());
END;

COMMENT ON FUNCTION pinterest_fdw_internal.is_own(regclass) IS
'Whether a relation belongs to the current role itself';

--
-- Roles come to the tables by these views.  A right to UPDATE a whole view would
-- be one to lock the table behind it: that for columns is none.
--
CREATE VIEW pinterest_fdw_internal.own_configuration WITH (security_barrier, check_option = cascaded) AS
	SELECT c.* FROM pinterest_fdw_internal.history_configuration c WHERE pinterest_fdw_internal.is_own(c.history);

COMMENT ON VIEW pinterest_fdw_internal.own_configuration IS
'The configuration of the current role''s histories';

GRANT SELECT, INSERT, UPDATE (source, columns, lookback, start_date, filter, on_missing, restated, versions, settle, begun_at,
							  last_day, ended_at, succeeded_at, failed_at, error, ready_days)
   ON pinterest_fdw_internal.own_configuration TO PUBLIC;

CREATE VIEW pinterest_fdw_internal.own_account WITH (security_barrier, check_option = cascaded) AS
	SELECT a.* FROM pinterest_fdw_internal.history_account a
	 WHERE a.history::oid IN (SELECT c.oid FROM pg_class c WHERE c.relowner = (SELECT pinterest_fdw_internal.own_role()));

COMMENT ON VIEW pinterest_fdw_internal.own_account IS
'How far the ad accounts of the current role''s histories have been loaded';

GRANT SELECT, INSERT, UPDATE (since, whole_since, until, final_days, round, fetched_to, synced_at, alone, failed_round, failed_at, error)
   ON pinterest_fdw_internal.own_account TO PUBLIC;

CREATE VIEW pinterest_fdw_internal.configuration_removal AS
	SELECT NULL::regclass AS history;

CREATE RULE remove AS ON INSERT TO pinterest_fdw_internal.configuration_removal DO INSTEAD (
	DELETE FROM pinterest_fdw_internal.history_account a
	 WHERE a.history = NEW.history AND pinterest_fdw_internal.is_own(a.history);
	DELETE FROM pinterest_fdw_internal.history_configuration c
	 WHERE c.history = NEW.history AND pinterest_fdw_internal.is_own(c.history));

COMMENT ON VIEW pinterest_fdw_internal.configuration_removal IS
'The configuration of a history that is inserted here goes';

GRANT INSERT ON pinterest_fdw_internal.configuration_removal TO PUBLIC;

CREATE VIEW pinterest_fdw.histories WITH (security_barrier) AS
	SELECT c.history, pg_get_userbyid(r.relowner) AS owner, c.source, c.filter, c.columns, c.lookback,
		   c.succeeded_at AS last_success, c.failed_at AS last_failure, c.error,
		   now() - c.succeeded_at AS age, d.first_day, d.newest_day, d.days_missing, d.next_due, d.accounts, d.accounts_failed,
		   (SELECT l.fetched FROM pinterest_fdw_internal.sync_log l
			 WHERE l.history = c.history AND l.role = r.relowner AND l.error IS NULL
			 ORDER BY l.finished_at DESC LIMIT 1) AS last_rows
	  FROM pinterest_fdw_internal.history_configuration c
	  JOIN pg_class r ON r.oid = c.history
	 CROSS JOIN LATERAL (
		SELECT min(a.since) AS first_day, min(a.until) AS newest_day,
			   greatest((now() AT TIME ZONE 'utc')::date - min(a.until), 0) AS days_missing,
			   (min(a.until) + 1)::timestamp AT TIME ZONE 'utc' AS next_due,
			   count(*) AS accounts, count(*) FILTER (WHERE a.error IS NOT NULL) AS accounts_failed
		  FROM pinterest_fdw_internal.history_account a WHERE a.history = c.history) AS d
	 WHERE pinterest_fdw_internal.is_own(c.history) OR pg_has_role('pg_monitor', 'USAGE');

COMMENT ON VIEW pinterest_fdw.histories IS
'Histories of create_history(): last success and failure, the newest day that all ad accounts are loaded until, days since then, when there is another one, rows of the last unit; each role sees its own, those of pg_monitor all';

GRANT SELECT ON pinterest_fdw.histories TO PUBLIC;

CREATE FUNCTION pinterest_fdw_internal.lock_history(history regclass, wait boolean)
RETURNS boolean
AS 'MODULE_PATHNAME', 'pinterest_fdw_lock_history'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION pinterest_fdw_internal.lock_history(regclass, boolean) IS
'Locks a history of the current role against other refreshes, until unlock_history(), an error or the end of the session; false: another session has it, and it was not to be waited for';

CREATE FUNCTION pinterest_fdw_internal.unlock_history()
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_unlock_history'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION pinterest_fdw_internal.unlock_history() IS
'Gives back what lock_history() has locked';
