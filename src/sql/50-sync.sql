
--
-- Refreshing a history
--

--
-- The first day that a refresh fetches: of what may have changed, and of what
-- was missed since the last one.  What the API has dropped is warned of, unless
-- nobody asked for it: where a first load begins by default is a guess.
--
CREATE FUNCTION pinterest_fdw_internal.sync_start(
	history regclass,
	facts record,
	last_day date,
	lookback integer,
	start_date date)
RETURNS date
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted date := pinterest_fdw_internal.period_start(least(facts.today - lookback, last_day), facts.period);
	-- the last stored period may be incomplete, but is there
	lacking date := pinterest_fdw_internal.next_period(last_day, facts.period);
BEGIN
	IF last_day IS NULL THEN
		wanted := pinterest_fdw_internal.period_start(coalesce(start_date, facts.first_day), facts.period);
		lacking := pinterest_fdw_internal.period_start(start_date, facts.period);
	END IF;
	IF lacking < facts.first_kept THEN
		RAISE WARNING 'history "%" lacks the days from % to %, which cannot be fetched any more', history, lacking, facts.first_kept - 1
			USING DETAIL = format('The API keeps the last %s days.', facts.history_days);
	END IF;
	RETURN greatest(wanted, facts.first_kept);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.sync_start(regclass, record, date, integer, date) IS
'The first day that a refresh fetches';

-- Triggers, defaults and types of a table run code of its owner, with the rights
-- of whoever uses it.  So nothing is used of those who have other rights than the
-- current role unless it was asked for by its name; that superusers have all
-- rights tells nothing.
CREATE FUNCTION pinterest_fdw_internal.is_trusted(relation regclass)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT o.rolsuper OR o.oid = me.oid OR (NOT me.rolsuper AND pg_has_role(o.oid, 'USAGE'))
	  FROM pg_class c
	  JOIN pg_roles o ON o.oid = c.relowner
	  JOIN pg_roles me ON me.rolname = current_user
	 WHERE c.oid = relation;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.is_trusted(regclass) IS
'Whether a relation belongs to the current role, to one that it has the rights of, or to a superuser';

-- A foreign table of another stream on a foreign table's server, for a feature that needs one.
CREATE FUNCTION pinterest_fdw_internal.table_beside(source regclass, stream text, feature text)
RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found regclass;
BEGIN
	SELECT r.ftrelid INTO found
	  FROM pg_foreign_table f
	  JOIN pg_foreign_table r ON r.ftserver = f.ftserver
	 WHERE f.ftrelid = source
	   AND pinterest_fdw_internal.table_stream(r.ftrelid) = stream
	   AND has_table_privilege(r.ftrelid, 'SELECT')
	   AND (pinterest_fdw_internal.is_trusted(r.ftrelid)
			OR (SELECT count(DISTINCT c.relowner) = 1 FROM pg_class c WHERE c.oid IN (source, r.ftrelid)))
	 ORDER BY r.ftrelid LIMIT 1;
	IF found IS NULL THEN
		RAISE EXCEPTION '% needs a foreign table of stream "%" on the same server', feature, stream
			USING ERRCODE = 'undefined_table',
				DETAIL = 'Those of other roles do not count.',
				HINT = format('IMPORT FOREIGN SCHEMA pinterest LIMIT TO (%I) makes one.', stream);
	END IF;
	RETURN found;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.table_beside(regclass, text, text) IS
'A foreign table of a stream on the server of another';

-- The foreign table that tells which days are final.
CREATE FUNCTION pinterest_fdw_internal.ready_table(source regclass)
RETURNS regclass
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pinterest_fdw_internal.table_beside(source, 'metrics_ready_state', 'settle');
END;

COMMENT ON FUNCTION pinterest_fdw_internal.ready_table(regclass) IS
'The foreign table of metrics_ready_state beside another';

-- Those of some days, in order, whose metrics are final.
CREATE FUNCTION pinterest_fdw_internal.ready_days(source regclass, days date[])
RETURNS date[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ready date[];
BEGIN
	EXECUTE format('SELECT array_agg(date ORDER BY date) FROM %s WHERE date BETWEEN $1 AND $2 AND date = ANY ($3)'
				   ' AND conversion_metrics_ready AND non_conversion_metrics_ready', pinterest_fdw_internal.ready_table(source))
		INTO ready USING days[1], days[cardinality(days)], days;
	RETURN ready;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.ready_days(regclass, date[]) IS
'Which of some days are final, by metrics_ready_state';

-- Runs of successive days.
CREATE FUNCTION pinterest_fdw_internal.day_runs(days date[], OUT first_day date, OUT last_day date)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT lower(r), upper(r) - 1
	  FROM (SELECT range_agg(daterange(d, d, '[]')) AS all_days FROM unnest(days) d) AS a, unnest(a.all_days) r
	 ORDER BY 1;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.day_runs(date[]) IS
'Days as runs of successive ones';

-- A condition that the rows of a foreign table meet which a fetch stands for: the
-- filter, the bound of a partition, outside which nothing comes, and the only ad
-- accounts that there are by options.
CREATE FUNCTION pinterest_fdw_internal.fetch_scope(source regclass, filter text, key text[])
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT format(E'(%s\n)', coalesce(filter, 'true')) || coalesce(' AND (' || pg_get_partition_constraintdef(source) || ')', '')
		|| coalesce((SELECT format(' AND %I IN (%s)', a.name, (SELECT string_agg(quote_literal(u), ', ') FROM unnest(a.accounts) u))
					   FROM pinterest_fdw_internal.table_accounts(source) a WHERE a.name = ANY (key)), '');
END;

COMMENT ON FUNCTION pinterest_fdw_internal.fetch_scope(regclass, text, text[]) IS
'A condition that a foreign table''s rows meet under a filter';

--
-- Fetches a part of a source into a history: all of it, or some ad accounts, or
-- the days from first_day to last_day.  facts is what source_facts() tells of the
-- filter.  Ad accounts that are named are fetched, or it is an error.
--
CREATE FUNCTION pinterest_fdw_internal.merge_part(
	history regclass,
	source regclass,
	columns text[],
	facts record,
	filter text,
	accounts text[],
	first_day date,
	last_day date,
	on_missing text,
	restated regclass,
	versions regclass,
	allow_mass_delete boolean)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part CONSTANT text := concat(
		'ad_account_id IN (' || (SELECT string_agg(quote_literal(a), ', ') FROM unnest(accounts) a) || ') AND ',
		'date BETWEEN ' || quote_literal(first_day) || ' AND ' || quote_literal(last_day) || ' AND ');
	counts bigint[];
	absent text;
BEGIN
	counts := pinterest_fdw_internal.merge_rows(history, source, columns, facts.key,
		condition => part || format(E'(%s\n)', coalesce(filter, 'true')),
		stored => part || facts.settings,
		scope => pinterest_fdw_internal.fetch_scope(source, filter, facts.key),
		dated => facts.dated,
		on_missing => on_missing,
		restated => restated,
		versions => versions,
		allow_mass_delete => allow_mass_delete);
	SELECT string_agg(a, ', ') INTO absent FROM unnest(accounts) a WHERE NOT pinterest_fdw_internal.was_fetched(a, NULL);
	PERFORM pinterest_fdw_internal.watch_fetched(NULL);
	IF absent IS NOT NULL THEN
		RAISE EXCEPTION 'the API left out rows of ad accounts' USING ERRCODE = 'insufficient_privilege',
			DETAIL = format('They are %s.', absent);
	END IF;
	RETURN counts;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.merge_part(regclass, regclass, text[], record, text, text[], date, date, text, regclass, regclass, boolean) IS
'Fetches a part of a source into a history; returns what merge_rows() does';

-- Raises an error unless a history can hold a stream's rows of this key.
CREATE FUNCTION pinterest_fdw_internal.check_history(history regclass, source regclass, columns text[], key text[])
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	primary_key text[];
	wrong record;
BEGIN
	SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::smallint[], a.attnum)) INTO primary_key
	  FROM pg_index i
	  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	 WHERE i.indrelid = history AND i.indisprimary;
	IF primary_key IS NULL OR NOT (primary_key @> key AND primary_key <@ key) THEN
		RAISE EXCEPTION 'history "%" needs the primary key (%)', history, pinterest_fdw_internal.name_list(key)
			USING ERRCODE = 'invalid_table_definition',
				DETAIL = coalesce('It has (' || pinterest_fdw_internal.name_list(primary_key) || ').', 'It has none.'),
				HINT = 'The order does not matter. Rows that filter or options give another key need another history.';
	END IF;
	IF NOT columns @> key THEN
		RAISE EXCEPTION 'the columns lack some of the key'
			USING ERRCODE = 'undefined_column', DETAIL = format('The key is (%s).', pinterest_fdw_internal.name_list(key));
	END IF;
	SELECT f.attname AS name, format_type(f.atttypid, f.atttypmod) AS type INTO wrong
	  FROM pg_attribute f
	  JOIN pg_attribute h ON h.attrelid = history AND h.attname = f.attname AND NOT h.attisdropped
	 WHERE f.attrelid = source AND f.attname = ANY (columns)
	   AND (f.atttypid, f.atttypmod) <> (h.atttypid, h.atttypmod) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of history "%" has another type than that of foreign table "%"', wrong.name, history, source
			USING ERRCODE = 'datatype_mismatch', DETAIL = format('The foreign table has type %s.', wrong.type);
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.check_history(regclass, regclass, text[], text[]) IS
'Raises an error unless a history can hold the rows of a foreign table';

-- Adds up what merge_part() returned.
CREATE FUNCTION pinterest_fdw_internal.add_counts(counts bigint[], more bigint[])
RETURNS bigint[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT array_agg(a + b) FROM unnest(counts, more) AS u(a, b);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.add_counts(bigint[], bigint[]) IS
'Adds up what merge_part() returned';

-- Days from one to another but for some.
CREATE FUNCTION pinterest_fdw_internal.days_but(first_day date, last_day date, others date[])
RETURNS date[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT coalesce(array_agg(d::date ORDER BY d), '{}')
	  FROM generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') d
	 WHERE d::date <> ALL (others);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.days_but(date, date, date[]) IS
'Days from one to another but for some';

-- Fetches days of a source, or of some of its ad accounts, into a history.
CREATE FUNCTION pinterest_fdw_internal.merge_days(
	history regclass,
	source regclass,
	columns text[],
	facts record,
	filter text,
	accounts text[],
	days date[],
	on_missing text,
	restated regclass,
	allow_mass_delete boolean)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	run record;
	counts bigint[] := '{0,0,0,0,0}';
BEGIN
	FOR run IN SELECT r.* FROM pinterest_fdw_internal.day_runs(days) r
	LOOP
		counts := pinterest_fdw_internal.add_counts(counts, pinterest_fdw_internal.merge_part(
			history, source, columns, facts, filter, accounts, run.first_day, run.last_day, on_missing, restated, NULL,
			allow_mass_delete));
	END LOOP;
	RETURN counts;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.merge_days(regclass, regclass, text[], record, text, text[], date[], text, regclass, boolean) IS
'Fetches days into a history; returns what merge_part() does';

-- Fetches what a history of days is due, and logs it.
CREATE FUNCTION pinterest_fdw_internal.sync_days(
	history regclass,
	source regclass,
	columns text[],
	facts record,
	lookback integer,
	start_date date,
	filter text,
	on_missing text,
	restated regclass,
	settle boolean,
	allow_mass_delete boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	started CONSTANT timestamp with time zone := clock_timestamp();
	requests_before CONSTANT bigint := pinterest_fdw_internal.request_count();
	last_day date;
	first_day date;
	due date[];
	final date[];
	counts bigint[];
BEGIN
	EXECUTE format(E'SELECT max(date) FROM %s WHERE (%s\n) AND %s', history, coalesce(filter, 'true'), facts.settings)
		INTO last_day;
	first_day := pinterest_fdw_internal.sync_start(history, facts, last_day,
		coalesce(lookback, facts.lookback_days), coalesce(start_date, facts.start_date));
	-- a day that was final when it was fetched is not due
	due := pinterest_fdw_internal.days_but(first_day, facts.today, ARRAY(
		SELECT unnest(l.final_days) FROM pinterest_fdw_internal.own_log(history, source, filter, columns) l WHERE settle));
	IF settle THEN
		-- asked before the days are fetched, so that what is fetched is final
		final := pinterest_fdw_internal.ready_days(source, due);
	END IF;
	counts := pinterest_fdw_internal.merge_days(history, source, columns, facts, filter, NULL, due, on_missing, restated,
												allow_mass_delete);
	PERFORM pinterest_fdw_internal.log_sync('refresh', history, source, filter, columns, first_day, facts.today,
		counts, pinterest_fdw_internal.request_count() - requests_before, started, final);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.sync_days(regclass, regclass, text[], record, integer, date, text, text, regclass, boolean, boolean) IS
'Fetches the days that are due into a history, and logs it';

-- Fetches all rows of a stream without days, and logs it.
CREATE FUNCTION pinterest_fdw_internal.sync_all(
	history regclass,
	source regclass,
	columns text[],
	facts record,
	filter text,
	on_missing text,
	restated regclass,
	versions regclass,
	allow_mass_delete boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	started CONSTANT timestamp with time zone := clock_timestamp();
	requests_before CONSTANT bigint := pinterest_fdw_internal.request_count();
	counts bigint[];
BEGIN
	counts := pinterest_fdw_internal.merge_part(history, source, columns, facts, filter, NULL, NULL, NULL, on_missing, restated,
											   versions, allow_mass_delete);
	PERFORM pinterest_fdw_internal.log_sync('refresh', history, source, filter, columns, NULL, NULL,
		counts, pinterest_fdw_internal.request_count() - requests_before, started);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.sync_all(regclass, regclass, text[], record, text, text, regclass, regclass, boolean) IS
'Fetches all rows of a stream without days into a history, and logs it';

--
-- What becomes of rows that a fetch no longer brings, where nobody said so.  Days
-- would be counted twice if they stayed, once under what they were restated to;
-- an entity that is gone is still what days are of.
--
CREATE FUNCTION pinterest_fdw_internal.default_on_missing(dated boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN dated THEN 'delete' ELSE 'keep' END;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.default_on_missing(boolean) IS
'What on_missing is by default, for days and for rows without';

-- Raises an error for arguments that do not go together, or with the stream.
CREATE FUNCTION pinterest_fdw_internal.check_arguments(
	facts record,
	source regclass,
	lookback integer,
	start_date date,
	on_missing text,
	track_changes boolean,
	settle boolean)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF on_missing NOT IN ('keep', 'mark', 'delete') THEN
		RAISE EXCEPTION 'on_missing cannot be %', quote_literal(on_missing)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Valid values are keep, mark and delete.';
	END IF;
	IF lookback < 0 THEN
		RAISE EXCEPTION 'lookback cannot be negative' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF facts.dated AND track_changes THEN
		RAISE EXCEPTION 'track_changes is not for streams with dates'
			USING ERRCODE = 'feature_not_supported', HINT = 'restatements keeps how their rows change.';
	END IF;
	IF NOT facts.dated AND (lookback IS NOT NULL OR start_date IS NOT NULL) THEN
		RAISE EXCEPTION 'lookback and start_date are only for streams with dates'
			USING ERRCODE = 'feature_not_supported',
				DETAIL = format('A refresh fetches all rows of stream "%s".', facts.stream);
	END IF;
	IF settle AND (NOT facts.dated OR facts.period NOT IN ('DAY', 'HOUR')) THEN
		RAISE EXCEPTION 'settle is only for rows of days and hours' USING ERRCODE = 'feature_not_supported';
	END IF;
	IF settle THEN
		PERFORM pinterest_fdw_internal.ready_table(source);
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.check_arguments(record, regclass, integer, date, text, boolean, boolean) IS
'Raises an error for arguments of create_matview() and sync() that do not go together';

--
-- What a materialized view of create_matview() selects from: brings the history
-- up to date and returns it.
--
-- It and what else users call here runs many short queries, each of which would
-- be compiled first where jit_above_cost is low.
--
CREATE FUNCTION pinterest_fdw.sync(
	history regclass,
	source regclass,
	columns text[],
	lookback integer DEFAULT NULL,
	start_date date DEFAULT NULL,
	filter text DEFAULT NULL,
	on_missing text DEFAULT NULL,
	restated regclass DEFAULT NULL,
	versions regclass DEFAULT NULL,
	settle boolean DEFAULT false,
	allow_mass_delete boolean DEFAULT false)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
SET jit = off
AS $$
DECLARE
	facts CONSTANT record := pinterest_fdw_internal.source_facts(source, filter, history);
	missing CONSTANT text := coalesce(on_missing, pinterest_fdw_internal.default_on_missing(facts.dated));
	offline CONSTANT boolean := coalesce(current_setting('pinterest_fdw.offline', true), 'off')::boolean;
	-- other views may have rows of their own there
	shown CONSTANT text := format(E'SELECT %s FROM %s WHERE (%s\n) AND %s',
		pinterest_fdw_internal.name_list(CASE missing WHEN 'mark' THEN columns || 'missing_since'::text ELSE columns END),
		history, coalesce(filter, 'true'), facts.settings);
	started CONSTANT timestamp with time zone := clock_timestamp();
	requests_before CONSTANT bigint := pinterest_fdw_internal.request_count();
	detail text;
BEGIN
	IF NOT offline AND current_setting('transaction_read_only')::boolean THEN
		RAISE EXCEPTION 'cannot bring history "%" up to date in a read-only transaction', history
			USING ERRCODE = 'read_only_sql_transaction',
				HINT = 'With pinterest_fdw.offline on, it is only read.';
	END IF;
	BEGIN
		IF NOT offline THEN
			PERFORM pinterest_fdw_internal.check_arguments(facts, source, lookback, start_date, on_missing, versions IS NOT NULL, settle);
			PERFORM pinterest_fdw_internal.check_history(history, source, columns, facts.key);
		END IF;
		-- nothing is fetched for a query that could not take the rows
		BEGIN
			RETURN QUERY EXECUTE shown || ' LIMIT 0';
		EXCEPTION WHEN feature_not_supported THEN
			RAISE EXCEPTION 'sync() cannot be called in a select list'
				USING ERRCODE = 'feature_not_supported',
					HINT = 'Write SELECT * FROM pinterest_fdw.sync(...) AS t(...), with names and types of the columns.';
		END;
		IF NOT offline THEN
			-- readers go on; another refresh waits, so that neither meets rows half done
			EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', history);
			IF facts.dated THEN
				PERFORM pinterest_fdw_internal.sync_days(history, source, columns, facts, lookback, start_date, filter,
														 missing, restated, settle, allow_mass_delete);
			ELSE
				PERFORM pinterest_fdw_internal.sync_all(history, source, columns, facts, filter, missing, restated, versions,
														allow_mass_delete);
			END IF;
			PERFORM pinterest_fdw_internal.announce('refresh', history, 0);
		END IF;
		RETURN QUERY EXECUTE shown;
	EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
		IF NOT offline THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			PERFORM pinterest_fdw_internal.log_failure('refresh', history, source, filter, columns,
				pinterest_fdw_internal.request_count() - requests_before, started, SQLSTATE, SQLERRM, detail);
		END IF;
		RAISE;
	END;
END
$$;

COMMENT ON FUNCTION pinterest_fdw.sync(regclass, regclass, text[], integer, date, text, text, regclass, regclass, boolean, boolean) IS
'Fetches what may have changed into a history and returns the rows of the history that the filter lets through, which with pinterest_fdw.offline on is all it does; what the materialized views of create_matview() select from';
