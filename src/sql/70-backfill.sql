
--
-- Loading long ranges, and looking for what is not there
--

CREATE FUNCTION pinterest_fdw_internal.in_transaction_block()
RETURNS boolean
AS 'MODULE_PATHNAME', 'pinterest_fdw_in_transaction_block'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION pinterest_fdw_internal.in_transaction_block() IS
'Whether the session is inside BEGIN ... COMMIT';

CREATE FUNCTION pinterest_fdw_internal.day_count(days datemultirange)
RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(days) r;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.day_count(datemultirange) IS
'How many days there are';

--
-- The days that back-fills have loaded, or of them only those that the one which
-- began at begun has.  A day that was not over when an earlier one loaded it is
-- not among them.
--
CREATE FUNCTION pinterest_fdw_internal.loaded_days(
	history regclass,
	source regclass,
	filter text,
	columns text[],
	begun timestamp with time zone,
	earlier boolean)
RETURNS datemultirange
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT coalesce(range_agg(daterange(l.from_date,
				CASE WHEN l.finished_at >= begun THEN l.to_date + 1
					 ELSE least(l.to_date + 1, (l.finished_at AT TIME ZONE 'utc')::date) END)), '{}')
	  FROM pinterest_fdw_internal.own_log(history, source, filter, columns) l
	 WHERE l.kind = 'backfill' AND (earlier OR l.finished_at >= begun);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.loaded_days(regclass, regclass, text, text[], timestamptz, boolean) IS
'The days that back-fills have loaded';

-- The days that a back-fill can load.
CREATE FUNCTION pinterest_fdw_internal.backfill_days(
	source regclass,
	from_date date,
	to_date date,
	chunk_days integer,
	filter text)
RETURNS daterange
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
SET jit = off
AS $$
DECLARE
	facts CONSTANT record := pinterest_fdw_internal.source_facts(source, filter, NULL);
	last_day CONSTANT date := least(to_date, facts.today);
	first_day CONSTANT date := pinterest_fdw_internal.period_start(from_date, facts.period);
BEGIN
	IF pinterest_fdw_internal.in_transaction_block() THEN
		RAISE EXCEPTION 'backfill() cannot run inside a transaction block'
			USING ERRCODE = 'active_sql_transaction', DETAIL = 'It commits after each chunk.';
	END IF;
	IF NOT facts.dated THEN
		RAISE EXCEPTION 'stream "%" has no dates to fill back', facts.stream USING ERRCODE = 'feature_not_supported';
	END IF;
	IF chunk_days < 1 OR first_day IS NULL OR first_day > last_day THEN
		RAISE EXCEPTION 'there are no days to load' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF first_day < facts.first_kept THEN
		RAISE WARNING 'days from % to % cannot be loaded', first_day, least(facts.first_kept - 1, last_day)
			USING DETAIL = format('The API keeps the last %s days.', facts.history_days);
	END IF;
	RETURN daterange(least(greatest(first_day, facts.first_kept), last_day + 1), last_day + 1);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.backfill_days(regclass, date, date, integer, text) IS
'The days that a back-fill can load';

-- The last day of a chunk, which is of whole periods and has so many days, or one period.
CREATE FUNCTION pinterest_fdw_internal.chunk_end(first_day date, last_day date, chunk_days integer, period text)
RETURNS date
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT least(last_day + 1, greatest(pinterest_fdw_internal.period_start(first_day + chunk_days, period),
										pinterest_fdw_internal.next_period(first_day, period))) - 1;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.chunk_end(date, date, integer, text) IS
'The last day of a chunk that begins with a period';

-- Loads the first of the days that are left, and logs it.  Returns what there is
-- to tell of it, or null if no day was left.
CREATE FUNCTION pinterest_fdw_internal.backfill_chunk(
	history regclass,
	source regclass,
	days daterange,
	chunk_days integer,
	filter text,
	again boolean,
	begun timestamp with time zone,
	on_missing text,
	restated regclass,
	allow_mass_delete boolean)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
SET jit = off
AS $$
DECLARE
	facts CONSTANT record := pinterest_fdw_internal.source_facts(source, filter, history);
	requests bigint := pinterest_fdw_internal.request_count();
	columns text[];
	started timestamp with time zone := clock_timestamp();
	due daterange;
	first_day date;
	last_day date;
	counts bigint[];
	left_days bigint;
	loaded_days bigint;
	detail text;
BEGIN
	SELECT coalesce(array_agg(c), '{}') INTO columns
	  FROM unnest(facts.columns) c
	  JOIN pg_attribute a ON a.attrelid = history AND a.attname = c AND NOT a.attisdropped;
	BEGIN
		PERFORM pinterest_fdw_internal.check_arguments(facts, source, NULL, NULL, on_missing, false, false);
		PERFORM pinterest_fdw_internal.check_history(history, source, columns, facts.key);
		EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', history);
		started := clock_timestamp();
		SELECT r INTO due
		  FROM unnest(datemultirange(days) - pinterest_fdw_internal.loaded_days(history, source, filter, columns, begun, NOT again)) r
		 ORDER BY r LIMIT 1;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
		first_day := pinterest_fdw_internal.period_start(lower(due), facts.period);
		last_day := pinterest_fdw_internal.chunk_end(first_day, upper(due) - 1, chunk_days, facts.period);
		counts := pinterest_fdw_internal.merge_part(history, source, columns, facts, filter, NULL, first_day, last_day,
			coalesce(on_missing, CASE WHEN pinterest_fdw_internal.has_own_column(history, columns, 'missing_since') THEN 'mark' END,
					 pinterest_fdw_internal.default_on_missing(true)),
			restated, NULL, allow_mass_delete);
	EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		PERFORM pinterest_fdw_internal.log_failure('backfill', history, source, filter, columns,
			pinterest_fdw_internal.request_count() - requests, started, SQLSTATE, SQLERRM, detail);
		RAISE;
	END;
	requests := pinterest_fdw_internal.request_count() - requests;
	PERFORM pinterest_fdw_internal.log_sync('backfill', history, source, filter, columns, first_day, last_day, counts, requests, started);

	left_days := pinterest_fdw_internal.day_count(
		datemultirange(days) - pinterest_fdw_internal.loaded_days(history, source, filter, columns, begun, NOT again));
	loaded_days := pinterest_fdw_internal.day_count(pinterest_fdw_internal.loaded_days(history, source, filter, columns, begun, false));
	RETURN format('days from %s to %s: %s rows, %s requests; %s of %s days done, about %s left',
		first_day, last_day, counts[1], requests, upper(days) - lower(days) - left_days, upper(days) - lower(days),
		to_char(make_interval(secs => extract(epoch FROM clock_timestamp() - begun)::float8 / loaded_days * left_days), 'HH24:MI:SS'));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.backfill_chunk(regclass, regclass, daterange, integer, text, boolean, timestamptz, text, regclass, boolean) IS
'Loads some days into a history';

-- It has no SET clause, with which it could not commit.
CREATE PROCEDURE pinterest_fdw.backfill(
	history regclass,
	source regclass,
	from_date date,
	to_date date DEFAULT NULL,
	chunk_days integer DEFAULT 30,
	filter text DEFAULT NULL,
	again boolean DEFAULT false,
	on_missing text DEFAULT NULL,
	restated regclass DEFAULT NULL,
	allow_mass_delete boolean DEFAULT false)
LANGUAGE plpgsql
AS $$
DECLARE
	begun CONSTANT timestamp with time zone := pg_catalog.clock_timestamp();
	days CONSTANT pg_catalog.daterange := pinterest_fdw_internal.backfill_days(source, from_date, to_date, chunk_days, filter);
	progress pg_catalog.text;
BEGIN
	LOOP
		progress := pinterest_fdw_internal.backfill_chunk(history, source, days, chunk_days, filter, again, begun,
														on_missing, restated, allow_mass_delete);
		EXIT WHEN progress IS NULL;
		COMMIT;
		RAISE NOTICE '%', progress;
	END LOOP;
END
$$;

COMMENT ON PROCEDURE pinterest_fdw.backfill(regclass, regclass, date, date, integer, text, boolean, text, regclass, boolean) IS
'Loads a range of days into a history in chunks that are committed one by one; called again, it goes on where it stopped';

--
-- Days without a row between an account's first and last, for each set of
-- settings that the history holds.
--
CREATE FUNCTION pinterest_fdw.gaps(
	history regclass,
	source regclass,
	OUT ad_account_id text,
	OUT day date)
RETURNS SETOF record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
	facts CONSTANT record := pinterest_fdw_internal.source_facts(source, NULL, history);
	series text[];
BEGIN
	IF NOT facts.dated THEN
		RAISE EXCEPTION 'stream "%" has no dates', facts.stream USING ERRCODE = 'feature_not_supported';
	END IF;
	SELECT coalesce(array_agg(a.attname::text), '{}') INTO series
	  FROM pg_attribute a
	 WHERE a.attrelid = history AND NOT a.attisdropped
	   AND (a.attname = 'ad_account_id'
			OR a.attname IN (SELECT t.name FROM pinterest_fdw_internal.table_settings(source) t));
	RETURN QUERY EXECUTE format($query$
		WITH stored AS MATERIALIZED (
			SELECT DISTINCT date, ROW(%1$s)::text AS series, %2$s AS account, %3$s AS period FROM %4$s
		), spans AS (
			SELECT series, account, period, min(date) AS first, max(date) AS last
			  FROM stored GROUP BY series, account, period
		)
		SELECT DISTINCT p.account, d
		  FROM spans AS p
		 CROSS JOIN LATERAL pinterest_fdw_internal.period_days(p.first, p.last, p.period) AS d
		 WHERE NOT EXISTS (SELECT FROM stored AS s WHERE s.series = p.series AND s.date = d)
		 ORDER BY 1, 2$query$,
		pinterest_fdw_internal.name_list(series),
		CASE WHEN 'ad_account_id' = ANY (series) THEN 'ad_account_id' ELSE 'NULL::text' END,
		CASE WHEN 'granularity' = ANY (series) THEN 'granularity' ELSE quote_literal(facts.period) END,
		history);
END
$$;

COMMENT ON FUNCTION pinterest_fdw.gaps(regclass, regclass) IS
'Days, per ad account, of which a history has no row although they lie between its first and its last';
