
--
-- Histories that are refreshed in units
--
-- A unit is some ad accounts and some days: it is fetched, stored and recorded in
-- one transaction, so that a refresh which breaks off goes on with the next one.
--

-- The configuration of a history of the current role, or an error.
CREATE FUNCTION pinterest_fdw_internal.configuration(history regclass)
RETURNS pinterest_fdw_internal.history_configuration
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found pinterest_fdw_internal.history_configuration;
BEGIN
	SELECT c.* INTO found FROM pinterest_fdw_internal.own_configuration c WHERE c.history = configuration.history;
	IF found.history IS NULL THEN
		RAISE EXCEPTION 'table "%" is no history of role "%"', history, current_user
			USING ERRCODE = 'undefined_object',
				HINT = 'create_history() makes one, which its owner alone refreshes and changes.';
	END IF;
	RETURN found;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.configuration(regclass) IS
'The configuration of a history of the current role, or an error';

-- Whether rows are fetched by ad account: not where it is a setting, by which the
-- token's user acts for an account.
CREATE FUNCTION pinterest_fdw_internal.has_accounts(source regclass, key text[])
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT 'ad_account_id' = ANY (key)
	   AND 'ad_account_id' NOT IN (SELECT t.name FROM pinterest_fdw_internal.table_settings(source) t);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.has_accounts(regclass, text[]) IS
'Whether rows of a foreign table are fetched by ad account';

-- The foreign table that lists the ad accounts of a source, null where none is needed.
CREATE FUNCTION pinterest_fdw_internal.account_table(source regclass, key text[])
RETURNS regclass
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN pinterest_fdw_internal.has_accounts(source, key)
				 AND NOT EXISTS (SELECT FROM pinterest_fdw_internal.table_accounts(source) a WHERE a.name = 'ad_account_id')
				THEN pinterest_fdw_internal.table_beside(source, 'ad_accounts', 'a history') END;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.account_table(regclass, text[]) IS
'The foreign table that lists the ad accounts of another, null where none is needed';

-- The ad accounts that a filter may let through, which the API lists, or options do;
-- '' alone stands for rows that are not fetched by ad account.
CREATE FUNCTION pinterest_fdw_internal.source_accounts(source regclass, key text[], filter text)
RETURNS text[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	list CONSTANT regclass := pinterest_fdw_internal.account_table(source, key);
	listed text[];
BEGIN
	IF NOT pinterest_fdw_internal.has_accounts(source, key) THEN
		RETURN '{""}';
	END IF;
	SELECT a.accounts INTO listed FROM pinterest_fdw_internal.table_accounts(source) a WHERE a.name = 'ad_account_id';
	IF list IS NOT NULL THEN
		EXECUTE format('SELECT array_agg(id) FROM %s', list) INTO listed;
	END IF;
	RETURN coalesce(pinterest_fdw_internal.passing_values(
		source, pinterest_fdw_internal.fetch_scope(source, filter, key), 'ad_account_id', listed), '{}');
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.source_accounts(regclass, text[], text) IS
'The ad accounts whose rows a history is to have';

-- Notes ad accounts that are new to a history; where it has rows of them, until which day.
CREATE FUNCTION pinterest_fdw_internal.add_accounts(history regclass, facts record, filter text, accounts text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	fresh text;
	since date;
	until date;
BEGIN
	FOR fresh IN
		SELECT a FROM unnest(accounts) a
		EXCEPT SELECT k.account FROM pinterest_fdw_internal.own_account k WHERE k.history = add_accounts.history
	LOOP
		IF facts.dated THEN
			EXECUTE format(E'SELECT min(date), max(date) FROM %s WHERE (%s\n) AND %s AND %s', history, coalesce(filter, 'true'),
						   facts.settings, CASE fresh WHEN '' THEN 'true' ELSE 'ad_account_id = ' || quote_literal(fresh) END)
				INTO since, until;
		END IF;
		INSERT INTO pinterest_fdw_internal.own_account (history, account, since, whole_since, until)
		VALUES (history, fresh, since, since, until);
	END LOOP;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.add_accounts(regclass, record, text, text[]) IS
'Notes ad accounts that are new to a history';

-- Of the days that a refresh fetches anew, those that are final: those that the API
-- called so before, and those that it does now.  Asked before they are fetched, so
-- that what is fetched is final.
CREATE FUNCTION pinterest_fdw_internal.ready_lookback(
	configuration pinterest_fdw_internal.history_configuration,
	facts record)
RETURNS date[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first_day CONSTANT date := facts.today - coalesce(configuration.lookback, facts.lookback_days);
BEGIN
	IF NOT configuration.settle THEN
		RETURN '{}';
	END IF;
	RETURN ARRAY(SELECT d FROM unnest(configuration.ready_days) d WHERE d >= first_day
				 UNION
				 SELECT unnest(pinterest_fdw_internal.ready_days(configuration.source,
					pinterest_fdw_internal.days_but(first_day, facts.today, configuration.ready_days))));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.ready_lookback(pinterest_fdw_internal.history_configuration, record) IS
'The days of the lookback that are final';

--
-- Locks a history and finds out what there is to do: for which ad accounts, and
-- since when.  A refresh that broke off on the same day is gone on with.  Where
-- that fails, stopped_by says why; that another session refreshes is an error
-- unless it is one of several histories.
--
CREATE FUNCTION pinterest_fdw_internal.begin_units(
	history regclass,
	kind text,
	wait boolean,
	several boolean,
	OUT accounts text[],
	OUT begun timestamp with time zone,
	OUT stopped_by text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
SET jit = off
AS $$
DECLARE
	config pinterest_fdw_internal.history_configuration := pinterest_fdw_internal.configuration(history);
	requests_before CONSTANT bigint := pinterest_fdw_internal.request_count();
	started CONSTANT timestamp with time zone := clock_timestamp();
	facts record;
	detail text;
BEGIN
	IF NOT pinterest_fdw_internal.lock_history(history, wait) THEN
		stopped_by := format('55P03: history "%s" is being refreshed by another session', history);
		IF NOT several THEN
			RAISE EXCEPTION '%', substr(stopped_by, 8)
				USING ERRCODE = 'lock_not_available', HINT = 'With wait => true, it is waited for.';
		END IF;
		RETURN;
	END IF;
	-- as the other one has left it
	config := pinterest_fdw_internal.configuration(history);
	begun := clock_timestamp();
	BEGIN
		facts := pinterest_fdw_internal.source_facts(config.source, config.filter, history);
		PERFORM pinterest_fdw_internal.check_arguments(facts, config.source, config.lookback, config.start_date, config.on_missing,
													   config.versions IS NOT NULL, config.settle);
		PERFORM pinterest_fdw_internal.check_history(history, config.source, config.columns, facts.key);
		IF kind = 'backfill' AND NOT facts.dated THEN
			RAISE EXCEPTION 'stream "%" has no dates to fill back', facts.stream USING ERRCODE = 'feature_not_supported';
		END IF;
		accounts := pinterest_fdw_internal.source_accounts(config.source, facts.key, config.filter);
		PERFORM pinterest_fdw_internal.add_accounts(history, facts, config.filter, accounts);
		IF kind = 'refresh' THEN
			IF config.ended_at IS NULL AND config.last_day = facts.today THEN
				begun := config.begun_at;
				UPDATE pinterest_fdw_internal.own_account AS a SET failed_round = NULL, alone = NULL
				 WHERE a.history = config.history AND (a.failed_round = begun OR a.alone = begun);
			END IF;
			UPDATE pinterest_fdw_internal.own_configuration AS c
			   SET begun_at = begun, ended_at = NULL, last_day = facts.today,
				   ready_days = pinterest_fdw_internal.ready_lookback(config, facts)
			 WHERE c.history = config.history;
		END IF;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		accounts := NULL;
		stopped_by := pinterest_fdw_internal.error_text(SQLSTATE, SQLERRM, detail);
		PERFORM pinterest_fdw_internal.log_sync(kind, history, config.source, config.filter, config.columns, NULL, NULL,
			'{0,0,0,0,0}', pinterest_fdw_internal.request_count() - requests_before, started, error => stopped_by);
	END;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.begin_units(regclass, text, boolean, boolean) IS
'Locks a history, and finds out for which ad accounts it is to be brought up to date';

--
-- The next unit of a refresh: ad accounts that are as far as each other, of which
-- none is to be tried by itself, and as many days as a request may ask for.
--
CREATE FUNCTION pinterest_fdw_internal.next_refresh_unit(
	config pinterest_fdw_internal.history_configuration,
	facts record,
	candidates text[],
	begun timestamp with time zone,
	OUT accounts text[],
	OUT first_day date,
	OUT last_day date,
	OUT final_days date[])
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most_accounts CONSTANT integer := 20;
	most_days CONSTANT integer := 90;
	unit record;
BEGIN
	WITH pending AS (
		SELECT a.account, a.until, a.final_days, a.alone IS NOT DISTINCT FROM begun AS alone,
			   CASE WHEN a.round = begun THEN a.fetched_to END AS fetched_to
		  FROM pinterest_fdw_internal.own_account a
		 WHERE a.history = config.history AND a.account = ANY (candidates) AND a.failed_round IS DISTINCT FROM begun
		   AND (a.round IS DISTINCT FROM begun OR a.fetched_to < config.last_day)
	), first AS (
		SELECT p.* FROM pending p ORDER BY p.alone, p.account LIMIT 1
	)
	SELECT array_agg(m.account) AS accounts, min(m.until) AS until, min(m.fetched_to) AS fetched_to, min(m.final_days) AS final_days
	  INTO unit
	  FROM (SELECT p.*
			  FROM pending p, first f
			 WHERE CASE WHEN f.alone THEN p.account = f.account
						ELSE NOT p.alone AND (p.until, p.fetched_to, p.final_days) IS NOT DISTINCT FROM (f.until, f.fetched_to, f.final_days) END
			 ORDER BY p.account LIMIT most_accounts) AS m;
	accounts := unit.accounts;
	IF NOT facts.dated OR accounts IS NULL THEN
		RETURN;
	END IF;
	final_days := unit.final_days;
	first_day := coalesce(unit.fetched_to + 1, pinterest_fdw_internal.sync_start(config.history, facts, unit.until,
		coalesce(config.lookback, facts.lookback_days), coalesce(config.start_date, facts.start_date)));
	last_day := pinterest_fdw_internal.chunk_end(first_day, config.last_day, most_days, facts.period);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.next_refresh_unit(pinterest_fdw_internal.history_configuration, record, text[], timestamptz) IS
'The next ad accounts and days of a refresh, null accounts where none are left';

-- The next unit of a back-fill: the latest month of which some ad accounts lack values of columns.
CREATE FUNCTION pinterest_fdw_internal.next_backfill_unit(
	config pinterest_fdw_internal.history_configuration,
	facts record,
	candidates text[],
	begun timestamp with time zone,
	from_date date,
	OUT accounts text[],
	OUT first_day date,
	OUT last_day date)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most_accounts CONSTANT integer := 20;
	unit record;
BEGIN
	WITH pending AS (
		SELECT * FROM (
			SELECT a.account, a.alone IS NOT DISTINCT FROM begun AS alone, coalesce(a.whole_since, facts.today + 1) AS loaded,
				   pinterest_fdw_internal.period_start(
						greatest(coalesce(from_date, config.start_date, a.since, facts.first_day), facts.first_kept), facts.period) AS target
			  FROM pinterest_fdw_internal.own_account a
			 WHERE a.history = config.history AND a.account = ANY (candidates) AND a.failed_round IS DISTINCT FROM begun) AS p
		 WHERE p.loaded > p.target
	), first AS (
		SELECT p.* FROM pending p ORDER BY p.alone, p.loaded DESC, p.account LIMIT 1
	)
	SELECT array_agg(m.account) AS accounts, min(m.loaded) AS loaded, min(m.target) AS target
	  INTO unit
	  FROM (SELECT p.*
			  FROM pending p, first f
			 WHERE CASE WHEN f.alone THEN p.account = f.account
						ELSE NOT p.alone AND (p.loaded, p.target) = (f.loaded, f.target) END
			 ORDER BY p.account LIMIT most_accounts) AS m;
	accounts := unit.accounts;
	last_day := unit.loaded - 1;
	first_day := greatest(unit.target, pinterest_fdw_internal.period_start(date_trunc('month', last_day::timestamp)::date, facts.period));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.next_backfill_unit(pinterest_fdw_internal.history_configuration, record, text[], timestamptz, date) IS
'The next ad accounts and days of a back-fill, null accounts where none are left';

-- Records that a unit was stored.
CREATE FUNCTION pinterest_fdw_internal.record_unit(
	config pinterest_fdw_internal.history_configuration,
	kind text,
	accounts text[],
	first_day date,
	last_day date,
	begun timestamp with time zone,
	final date[])
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	UPDATE pinterest_fdw_internal.own_account AS a
	   SET since = least(a.since, first_day), whole_since = least(a.whole_since, first_day), until = greatest(a.until, last_day),
		   round = CASE kind WHEN 'refresh' THEN begun ELSE a.round END,
		   fetched_to = CASE kind WHEN 'refresh' THEN coalesce(last_day, config.last_day) ELSE a.fetched_to END,
		   final_days = coalesce(final, a.final_days), synced_at = clock_timestamp(), error = NULL
	 WHERE a.history = config.history AND a.account = ANY (accounts);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.record_unit(pinterest_fdw_internal.history_configuration, text, text[], date, date, timestamptz, date[]) IS
'Records that a unit was stored';

--
-- Records that a unit failed: several ad accounts are tried one by one then.
-- Returns whether that is all that failed: not what the token may do at all, and
-- not one ad account after the other.
--
CREATE FUNCTION pinterest_fdw_internal.record_failure(
	config pinterest_fdw_internal.history_configuration,
	accounts text[],
	begun timestamp with time zone,
	error text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- the access token, the quota, resources of the server
	concerns_all CONSTANT boolean := left(error, 2) IN ('28', '53');
	-- denied or gone
	concerns_one CONSTANT boolean := left(error, 5) IN ('42501', '42704');
	most_in_a_row CONSTANT integer := 5;
BEGIN
	IF concerns_all THEN
		RETURN false;
	END IF;
	IF cardinality(accounts) > 1 THEN
		UPDATE pinterest_fdw_internal.own_account AS a SET alone = begun
		 WHERE a.history = config.history AND a.account = ANY (accounts);
		RETURN true;
	END IF;
	UPDATE pinterest_fdw_internal.own_account AS a
	   SET failed_round = begun, failed_at = clock_timestamp(), error = record_failure.error
	 WHERE a.history = config.history AND a.account = ANY (accounts);
	RETURN concerns_one OR (
		SELECT count(*) < most_in_a_row FROM pinterest_fdw_internal.own_account a
		 WHERE a.history = config.history AND a.failed_round = begun
		   AND a.failed_at > coalesce((SELECT max(s.synced_at) FROM pinterest_fdw_internal.own_account s
										WHERE s.history = config.history), '-infinity'));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.record_failure(pinterest_fdw_internal.history_configuration, text[], timestamptz, text) IS
'Records that a unit failed; returns whether others may succeed';

-- Some ad accounts and days, for a message.
CREATE FUNCTION pinterest_fdw_internal.unit_name(history regclass, accounts text[], first_day date, last_day date)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT format('history "%s"', history)
		|| CASE WHEN accounts = '{""}' THEN ''
				WHEN cardinality(accounts) = 1 THEN ', ad account ' || accounts[1]
				ELSE format(', %s ad accounts', cardinality(accounts)) END
		|| CASE WHEN last_day IS NULL THEN '' ELSE format(', days from %s to %s', first_day, last_day) END;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.unit_name(regclass, text[], date, date) IS
'Some ad accounts and days of a history, for a message';

--
-- Fetches, stores and records the next unit.  Returns what there is to tell of it,
-- or null if none was left, or all the rest has no chance; then stopped_by is the
-- error.
--
CREATE FUNCTION pinterest_fdw_internal.run_unit(
	history regclass,
	kind text,
	candidates text[],
	begun timestamp with time zone,
	from_date date,
	allow_mass_delete boolean,
	OUT progress text,
	OUT stopped_by text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
SET jit = off
AS $$
DECLARE
	requests bigint := pinterest_fdw_internal.request_count();
	started timestamp with time zone := clock_timestamp();
	config pinterest_fdw_internal.history_configuration;
	facts record;
	accounts text[];
	first_day date;
	last_day date;
	final date[];
	due date[];
	missing text;
	counts bigint[];
	detail text;
BEGIN
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', history);
	config := pinterest_fdw_internal.configuration(history);
	BEGIN
		facts := pinterest_fdw_internal.source_facts(config.source, config.filter, history);
		IF kind = 'refresh' THEN
			SELECT u.* INTO accounts, first_day, last_day, final
			  FROM pinterest_fdw_internal.next_refresh_unit(config, facts, candidates, begun) u;
		ELSE
			SELECT u.* INTO accounts, first_day, last_day
			  FROM pinterest_fdw_internal.next_backfill_unit(config, facts, candidates, begun, from_date) u;
		END IF;
		IF accounts IS NULL THEN
			RETURN;
		END IF;
		missing := coalesce(config.on_missing, pinterest_fdw_internal.default_on_missing(facts.dated));
		IF facts.dated THEN
			-- a day that was final when it was fetched is not due
			due := pinterest_fdw_internal.days_but(first_day, last_day, coalesce(final, '{}'));
			counts := pinterest_fdw_internal.merge_days(history, config.source, config.columns, facts, config.filter,
				nullif(accounts, '{""}'), due, missing, config.restated, allow_mass_delete);
			final := ARRAY(SELECT d FROM unnest(final || due) d WHERE d = ANY (config.ready_days) ORDER BY d);
		ELSE
			counts := pinterest_fdw_internal.merge_part(history, config.source, config.columns, facts, config.filter,
				nullif(accounts, '{""}'), NULL, NULL, missing, config.restated, config.versions, allow_mass_delete);
		END IF;
		requests := pinterest_fdw_internal.request_count() - requests;
		PERFORM pinterest_fdw_internal.record_unit(config, kind, accounts, first_day, last_day, begun,
			CASE kind WHEN 'refresh' THEN final END);
		PERFORM pinterest_fdw_internal.log_sync(kind, history, config.source, config.filter, config.columns, first_day, last_day,
			counts, requests, started, NULL, accounts);
		progress := format('%s: %s rows, %s requests', pinterest_fdw_internal.unit_name(history, accounts, first_day, last_day),
						   counts[1], requests);
	EXCEPTION
		WHEN query_canceled OR assert_failure THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			PERFORM pinterest_fdw_internal.log_failure(kind, history, config.source, config.filter, config.columns,
				pinterest_fdw_internal.request_count() - requests, started, SQLSTATE, SQLERRM, detail);
			RAISE;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			stopped_by := pinterest_fdw_internal.error_text(SQLSTATE, SQLERRM, detail);
	END;
	IF stopped_by IS NULL THEN
		RETURN;
	END IF;
	PERFORM pinterest_fdw_internal.log_sync(kind, history, config.source, config.filter, config.columns, first_day, last_day,
		'{0,0,0,0,0}', pinterest_fdw_internal.request_count() - requests, started, NULL, accounts, stopped_by);
	IF accounts IS NOT NULL AND pinterest_fdw_internal.record_failure(config, accounts, begun, stopped_by) THEN
		progress := format('%s: %s%s', pinterest_fdw_internal.unit_name(history, accounts, first_day, last_day),
						   split_part(stopped_by, E'\n', 1),
						   CASE WHEN cardinality(accounts) > 1 THEN '; they are tried one by one' ELSE '' END);
		stopped_by := NULL;
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.run_unit(regclass, text, text[], timestamptz, date, boolean) IS
'Fetches, stores and records the next unit of a history';

--
-- Ends a refresh or back-fill of a history, and gives back its lock.  Returns what
-- failed, each with its error.
--
CREATE FUNCTION pinterest_fdw_internal.end_units(
	history regclass,
	kind text,
	begun timestamp with time zone,
	stopped_by text)
RETURNS text[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	failures text[];
BEGIN
	SELECT coalesce(array_agg(format('%s: %s', pinterest_fdw_internal.unit_name(a.history, ARRAY[a.account], NULL, NULL), a.error)
					 ORDER BY a.account), '{}')
	  INTO failures
	  FROM pinterest_fdw_internal.own_account a
	 WHERE a.history = end_units.history AND a.failed_round = begun;
	failures := array_remove(failures || CASE WHEN stopped_by IS NOT NULL THEN format('history "%s": %s', history, stopped_by) END, NULL);
	UPDATE pinterest_fdw_internal.own_configuration AS c
	   SET ended_at = CASE WHEN kind = 'refresh' AND stopped_by IS NULL THEN clock_timestamp() ELSE c.ended_at END,
		   succeeded_at = CASE WHEN kind = 'refresh' AND failures = '{}' THEN clock_timestamp() ELSE c.succeeded_at END,
		   failed_at = CASE WHEN failures = '{}' THEN c.failed_at ELSE clock_timestamp() END,
		   error = failures[1]
	 WHERE c.history = end_units.history AND begun IS NOT NULL;
	PERFORM pinterest_fdw_internal.announce(kind, history, cardinality(failures));
	PERFORM pinterest_fdw_internal.unlock_history();
	RETURN failures;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.end_units(regclass, text, timestamptz, text) IS
'Ends a refresh or back-fill of a history; returns what failed';

-- Raises an error, or a warning, for what failed.
CREATE FUNCTION pinterest_fdw_internal.report_failures(failures text[], on_error text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most CONSTANT integer := 10;
	message CONSTANT text := CASE cardinality(failures) WHEN 1 THEN 'could not bring all up to date'
		ELSE format('could not bring all up to date: %s failures', cardinality(failures)) END;
	details CONSTANT text := array_to_string(failures[:most], E'\n')
		|| CASE WHEN cardinality(failures) > most THEN format(E'\nand %s more', cardinality(failures) - most) ELSE '' END;
	hint CONSTANT text := 'All else is stored. The next call tries again.';
BEGIN
	IF failures = '{}' THEN
		RETURN;
	END IF;
	IF on_error = 'warn' THEN
		RAISE WARNING '%', message USING DETAIL = details, HINT = hint;
	ELSE
		RAISE EXCEPTION '%', message
			USING ERRCODE = substring(failures[1] FROM ': ([0-9A-Z]{5}): '), DETAIL = details, HINT = hint;
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.report_failures(text[], text) IS
'Raises an error or a warning for what failed';

-- The histories to bring up to date, entities before their days; an error where that cannot be.
CREATE FUNCTION pinterest_fdw_internal.chosen_histories(procedure text, history regclass, on_error text)
RETURNS regclass[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF pinterest_fdw_internal.in_transaction_block() THEN
		RAISE EXCEPTION '%() cannot run inside a transaction block', procedure
			USING ERRCODE = 'active_sql_transaction', DETAIL = 'It commits after each unit.';
	END IF;
	IF (on_error IN ('error', 'warn')) IS NOT TRUE THEN
		RAISE EXCEPTION 'on_error cannot be %', quote_nullable(on_error)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Valid values are error and warn.';
	END IF;
	RETURN CASE WHEN history IS NOT NULL THEN ARRAY[history] ELSE ARRAY(
		SELECT c.history FROM pinterest_fdw_internal.own_configuration c
		 ORDER BY (SELECT s.history_days IS NOT NULL FROM pinterest_fdw.streams() s
					WHERE s.name = pinterest_fdw_internal.table_stream(c.source)), c.history::text) END;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.chosen_histories(text, regclass, text) IS
'A history, or all of the current role''s';

--
-- These have no SET clause, with which they could not commit.
--
CREATE PROCEDURE pinterest_fdw.refresh(
	history regclass DEFAULT NULL,
	wait boolean DEFAULT false,
	on_error text DEFAULT 'error',
	allow_mass_delete boolean DEFAULT false)
LANGUAGE plpgsql
AS $$
DECLARE
	histories CONSTANT pg_catalog.regclass[] := pinterest_fdw_internal.chosen_histories('refresh', history, on_error);
	failures pg_catalog.text[] := '{}';
	one pg_catalog.regclass;
	accounts pg_catalog.text[];
	begun pg_catalog.timestamptz;
	progress pg_catalog.text;
	stopped_by pg_catalog.text;
BEGIN
	FOREACH one IN ARRAY histories
	LOOP
		SELECT b.accounts, b.begun, b.stopped_by INTO accounts, begun, stopped_by
		  FROM pinterest_fdw_internal.begin_units(one, 'refresh', wait, history IS NULL) AS b;
		COMMIT;
		WHILE stopped_by IS NULL
		LOOP
			SELECT u.progress, u.stopped_by INTO progress, stopped_by
			  FROM pinterest_fdw_internal.run_unit(one, 'refresh', accounts, begun, NULL, allow_mass_delete) AS u;
			COMMIT;
			EXIT WHEN progress IS NULL;
			RAISE NOTICE '%', progress;
		END LOOP;
		failures := pg_catalog.array_cat(failures, pinterest_fdw_internal.end_units(one, 'refresh', begun, stopped_by));
		COMMIT;
	END LOOP;
	PERFORM pinterest_fdw_internal.report_failures(failures, on_error);
END
$$;

COMMENT ON PROCEDURE pinterest_fdw.refresh(regclass, boolean, text, boolean) IS
'Brings a history, or all of the caller''s, up to date in units that are committed one by one; called again, it goes on where it stopped';

CREATE PROCEDURE pinterest_fdw.backfill(history regclass, from_date date DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
	histories CONSTANT pg_catalog.regclass[] := pinterest_fdw_internal.chosen_histories('backfill', history, 'error');
	failures pg_catalog.text[];
	accounts pg_catalog.text[];
	begun pg_catalog.timestamptz;
	progress pg_catalog.text;
	stopped_by pg_catalog.text;
BEGIN
	SELECT b.accounts, b.begun, b.stopped_by INTO accounts, begun, stopped_by
	  FROM pinterest_fdw_internal.begin_units(histories[1], 'backfill', false, false) AS b;
	COMMIT;
	WHILE stopped_by IS NULL
	LOOP
		SELECT u.progress, u.stopped_by INTO progress, stopped_by
		  FROM pinterest_fdw_internal.run_unit(history, 'backfill', accounts, begun, from_date, false) AS u;
		COMMIT;
		EXIT WHEN progress IS NULL;
		RAISE NOTICE '%', progress;
	END LOOP;
	failures := pinterest_fdw_internal.end_units(history, 'backfill', begun, stopped_by);
	COMMIT;
	PERFORM pinterest_fdw_internal.report_failures(failures, 'error');
END
$$;

COMMENT ON PROCEDURE pinterest_fdw.backfill(regclass, date) IS
'Loads the past of a history of create_history(), month by month, the latest first; called again, it goes on where it stopped';

--
-- Making, changing and forgetting histories
--

-- The key with ad account and day first, by which a unit finds its rows.
CREATE FUNCTION pinterest_fdw_internal.primary_key(key text[])
RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT array_agg(k.name ORDER BY k.name <> 'ad_account_id', k.name <> 'date', k.place)
	  FROM unnest(key) WITH ORDINALITY AS k(name, place);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.primary_key(text[]) IS
'The columns of a key in the order in which units find their rows';

-- The statements that comment a table and columns as the catalog of streams does.
CREATE FUNCTION pinterest_fdw_internal.comment_statements(relation text, source regclass, columns text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT coalesce(array_agg(CASE k.column_number
							  WHEN 0 THEN format('COMMENT ON TABLE %s IS %L', relation, k.comment)
							  ELSE format('COMMENT ON COLUMN %s.%I IS %L', relation, a.attname, k.comment) END
							  ORDER BY k.column_number), '{}')
	  FROM pinterest_fdw_internal.table_comments(source) k
	  LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attnum = k.column_number AND a.attnum > 0
	 WHERE a.attname = ANY (columns) OR (k.column_number = 0 AND to_regclass(relation) IS NULL);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.comment_statements(text, regclass, text[]) IS
'The statements that comment a new table, and columns';

-- Raises an error for a table of another role.
CREATE FUNCTION pinterest_fdw_internal.check_own(relation text)
RETURNS void
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT pinterest_fdw_internal.is_own(to_regclass(relation)) THEN
		RAISE EXCEPTION 'must be owner of table "%"', relation
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = 'Who owns the table of a history refreshes it.', HINT = 'SET ROLE to its owner.';
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.check_own(text) IS
'Raises an error for a table that exists and is not the current role''s own';

--
-- What a history of create_history() is to be, whose arguments these are, and the
-- statements that make its tables; path is the caller's.
--
CREATE FUNCTION pinterest_fdw_internal.history_definition(
	path name[],
	name text,
	source regclass,
	columns text[],
	lookback integer,
	start_date date,
	filter text,
	on_missing text,
	track_changes boolean,
	restatements boolean,
	settle boolean,
	synced_at boolean,
	OUT history text,
	OUT stored text[],
	OUT restated text,
	OUT versions text,
	OUT statements text[])
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
AS $$
DECLARE
	facts CONSTANT record := pinterest_fdw_internal.source_facts(source, filter,
		to_regclass(pinterest_fdw_internal.full_name(name, '', path)));
BEGIN
	history := pinterest_fdw_internal.full_name(name, '', path);
	stored := pinterest_fdw_internal.stored_columns(source, columns, facts);
	PERFORM pinterest_fdw_internal.check_own(history);
	PERFORM pinterest_fdw_internal.check_arguments(facts, source, lookback, start_date, on_missing, track_changes, settle);
	PERFORM pinterest_fdw_internal.check_filter(source, stored, filter);
	PERFORM pinterest_fdw_internal.account_table(source, facts.key);
	SELECT t.restated, t.versions, t.statements INTO restated, versions, statements
	  FROM pinterest_fdw_internal.history_tables(path, history, source, stored, facts, pinterest_fdw_internal.primary_key(facts.key),
												 on_missing, track_changes, restatements, synced_at) t;
	statements := statements || pinterest_fdw_internal.comment_statements(history, source, ARRAY(
		SELECT c FROM unnest(stored) c
		 WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass(history) AND a.attname = c AND NOT a.attisdropped)));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.history_definition(name[], text, regclass, text[], integer, date, text, text, boolean, boolean, boolean, boolean) IS
'What a history is to be, and the statements that make its tables';

CREATE FUNCTION pinterest_fdw_internal.configure(
	history regclass,
	source regclass,
	columns text[],
	lookback integer,
	start_date date,
	filter text,
	on_missing text,
	restated regclass,
	versions regclass,
	settle boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM pinterest_fdw_internal.own_configuration c WHERE c.history = configure.history) THEN
		RAISE EXCEPTION 'history "%" exists already', history
			USING ERRCODE = 'duplicate_object', HINT = 'alter_history() changes it.';
	END IF;
	INSERT INTO pinterest_fdw_internal.own_configuration
		(history, source, columns, lookback, start_date, filter, on_missing, restated, versions, settle)
	VALUES (history, source, columns, lookback, start_date, filter, on_missing, restated, versions, settle);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.configure(regclass, regclass, text[], integer, date, text, text, regclass, regclass, boolean) IS
'Keeps the configuration of a new history';

--
-- A name without a schema is found by the caller's search_path, which it does not
-- set.  The statements have all names in full.
--
CREATE FUNCTION pinterest_fdw.create_history(
	history text,
	source regclass,
	columns text[] DEFAULT NULL,
	lookback integer DEFAULT NULL,
	start_date date DEFAULT NULL,
	filter text DEFAULT NULL,
	on_missing text DEFAULT NULL,
	track_changes boolean DEFAULT false,
	restatements boolean DEFAULT false,
	settle boolean DEFAULT false,
	synced_at boolean DEFAULT false,
	dry_run boolean DEFAULT false)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
SET jit = off
AS $$
DECLARE
	definition CONSTANT record := pinterest_fdw_internal.history_definition(
		pg_catalog.current_schemas(false), history, source, columns, lookback, start_date, filter,
		on_missing, track_changes, restatements, settle, synced_at);
BEGIN
	IF NOT dry_run THEN
		PERFORM pinterest_fdw_internal.run_statements(definition.statements);
		PERFORM pinterest_fdw_internal.configure(definition.history::pg_catalog.regclass, source, definition.stored, lookback, start_date,
			filter, on_missing, definition.restated::pg_catalog.regclass, definition.versions::pg_catalog.regclass, settle);
	END IF;
	RETURN QUERY SELECT pg_catalog.concat(s, ';') FROM pg_catalog.unnest(definition.statements) s;
END
$$;

COMMENT ON FUNCTION pinterest_fdw.create_history(text, regclass, text[], integer, date, text, text, boolean, boolean, boolean, boolean, boolean) IS
'Makes a table that CALL pinterest_fdw.refresh() keeps up to date from a foreign table, or makes one that is there such a table; returns the statements, and only that with dry_run';

--
-- What is null stays.  New columns, or another filter, leave what has been loaded
-- incomplete: the next refresh fetches the lookback whole, and a back-fill the rest.
--
CREATE FUNCTION pinterest_fdw.alter_history(
	history regclass,
	lookback integer DEFAULT NULL,
	add_columns text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	start_date date DEFAULT NULL,
	on_missing text DEFAULT NULL,
	settle boolean DEFAULT NULL)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
	config pinterest_fdw_internal.history_configuration := pinterest_fdw_internal.configuration(history);
	definition record;
	statements text[];
BEGIN
	-- a unit that is being fetched is stored as the history was
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', history);
	config := pinterest_fdw_internal.configuration(history);
	definition := pinterest_fdw_internal.history_definition(
		'{}', (SELECT format('%I.%I', n.nspname, c.relname)
				 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = history),
		config.source, config.columns || add_columns, coalesce(alter_history.lookback, config.lookback),
		coalesce(alter_history.start_date, config.start_date), coalesce(alter_history.filter, config.filter),
		coalesce(alter_history.on_missing, config.on_missing), false, false, coalesce(alter_history.settle, config.settle), false);
	-- by its own name, which it keeps when the history is renamed
	statements := definition.statements || CASE WHEN config.versions IS NOT NULL THEN pinterest_fdw_internal.versions_statements(
		config.versions::text, config.source, definition.stored,
		(pinterest_fdw_internal.source_facts(config.source, coalesce(alter_history.filter, config.filter), history)).key) END;
	PERFORM pinterest_fdw_internal.run_statements(statements);
	UPDATE pinterest_fdw_internal.own_configuration AS c
	   SET columns = definition.stored, lookback = coalesce(alter_history.lookback, c.lookback),
		   start_date = coalesce(alter_history.start_date, c.start_date), filter = coalesce(alter_history.filter, c.filter),
		   on_missing = coalesce(alter_history.on_missing, c.on_missing), settle = coalesce(alter_history.settle, c.settle)
	 WHERE c.history = alter_history.history;
	IF NOT config.columns @> definition.stored OR alter_history.filter <> coalesce(config.filter, 'true') THEN
		UPDATE pinterest_fdw_internal.own_account AS a SET whole_since = NULL, final_days = '{}', round = NULL
		 WHERE a.history = alter_history.history;
	END IF;
	RETURN QUERY SELECT concat(s, ';') FROM unnest(statements) s;
END
$$;

COMMENT ON FUNCTION pinterest_fdw.alter_history(regclass, integer, text[], text, date, text, boolean) IS
'Changes what a history of create_history() is told; the next refresh fills new columns for the lookback, backfill() for the days before; returns the statements';

CREATE FUNCTION pinterest_fdw.drop_history(history regclass)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pinterest_fdw_internal.configuration(history);
	INSERT INTO pinterest_fdw_internal.configuration_removal VALUES (history);
END
$$;

COMMENT ON FUNCTION pinterest_fdw.drop_history(regclass) IS
'Forgets what a history of create_history() was told; its table stays';
