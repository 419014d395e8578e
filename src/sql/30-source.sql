
--
-- What a foreign table shows, as its history needs to know
--

CREATE FUNCTION pinterest_fdw_internal.period_start(day date, granularity text)
RETURNS date
AS 'MODULE_PATHNAME', 'pinterest_fdw_period_start'
LANGUAGE C IMMUTABLE STRICT;

COMMENT ON FUNCTION pinterest_fdw_internal.period_start(date, text) IS
'The first day of the week or month that a day lies in, or the day itself';

CREATE FUNCTION pinterest_fdw_internal.next_period(day date, granularity text)
RETURNS date
AS 'MODULE_PATHNAME', 'pinterest_fdw_next_period'
LANGUAGE C IMMUTABLE STRICT;

COMMENT ON FUNCTION pinterest_fdw_internal.next_period(date, text) IS
'The first day of the week or month after a day, or the next day';

CREATE FUNCTION pinterest_fdw_internal.period_days(first_day date, last_day date, granularity text)
RETURNS SETOF date
AS 'MODULE_PATHNAME', 'pinterest_fdw_period_days'
LANGUAGE C IMMUTABLE STRICT;

COMMENT ON FUNCTION pinterest_fdw_internal.period_days(date, date, text) IS
'The first days of the periods of a granularity from one to another';

CREATE FUNCTION pinterest_fdw_internal.table_stream(source regclass)
RETURNS text
AS 'MODULE_PATHNAME', 'pinterest_fdw_table_stream'
LANGUAGE C STABLE STRICT;

COMMENT ON FUNCTION pinterest_fdw_internal.table_stream(regclass) IS
'The stream of a foreign table of pinterest_fdw, whichever of its names the option has; null for what is none';

CREATE FUNCTION pinterest_fdw_internal.table_settings(
	source regclass,
	OUT name text,
	OUT allowed text[],
	OUT usual text[],
	OUT initial text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_table_settings'
LANGUAGE C STABLE STRICT
ROWS 5;

COMMENT ON FUNCTION pinterest_fdw_internal.table_settings(regclass) IS
'Settings of a foreign table, their values (null for ids of ad accounts), those that count where no condition says otherwise, and the one that does where no option says otherwise either; null where the API gets none';

CREATE FUNCTION pinterest_fdw_internal.table_accounts(
	source regclass,
	OUT name text,
	OUT accounts text[])
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_table_accounts'
LANGUAGE C STABLE STRICT
ROWS 1;

COMMENT ON FUNCTION pinterest_fdw_internal.table_accounts(regclass) IS
'The column by which options restrict the rows of a foreign table to ad accounts, and these; no row where they do not';

CREATE FUNCTION pinterest_fdw_internal.table_dates(
	source regclass,
	granularity text,
	OUT period text,
	OUT today date,
	OUT history_days integer,
	OUT first_kept date,
	OUT first_day date,
	OUT start_date date,
	OUT lookback_days integer)
AS 'MODULE_PATHNAME', 'pinterest_fdw_table_dates'
LANGUAGE C STABLE;

COMMENT ON FUNCTION pinterest_fdw_internal.table_dates(regclass, text) IS
'Days of a foreign table in a granularity (null: the usual one): today, how many days back the API has rows and the first period that is whole (null for a stream without dates), where a first load begins, and the options for that and for the days that a refresh fetches anew';

-- Where a function of schema pinterest_fdw is called, the body is bound to it when
-- it is made: another's of that name, added later, cannot come before it.
CREATE FUNCTION pinterest_fdw_internal.stream_key(stream text)
RETURNS text[]
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT s.key FROM pinterest_fdw.streams() s WHERE s.name = stream;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.stream_key(text) IS
'Columns that identify a row of a stream, settings last; null where none do';

-- Column names, each with a prefix, as a list.
CREATE FUNCTION pinterest_fdw_internal.name_list(names text[], prefix text DEFAULT '', separator text DEFAULT ', ')
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT string_agg(prefix || quote_ident(n.name), separator ORDER BY n.place)
	  FROM unnest(names) WITH ORDINALITY AS n(name, place);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.name_list(text[], text, text) IS
'Quoted column names, each with a prefix, as a list';

--
-- Those of some values of a setting that a filter lets through, null for none.
--
-- The filter is asked about a row that has nothing but the setting: what it
-- says of other columns is unknown then, and does not count.
--
CREATE FUNCTION pinterest_fdw_internal.passing_values(source regclass, filter text, setting text, candidates text[])
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	blank text;
	passed text[];
BEGIN
	SELECT string_agg(
			format(CASE a.attname WHEN setting THEN 'unnest($1)::%s AS %I' ELSE 'NULL::%s AS %I' END,
				   format_type(a.atttypid, a.atttypmod), a.attname), ', ')
	  INTO blank
	  FROM pg_attribute a
	 WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped;
	EXECUTE format(E'SELECT array_agg(%I::text) FROM (SELECT %s) AS s WHERE (%s\n) IS NOT FALSE',
				   setting, blank, coalesce(filter, 'true'))
		INTO passed USING candidates;
	RETURN passed;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.passing_values(regclass, text, text, text[]) IS
'Those of some values of a setting that a filter lets through';

-- The values of a setting that a filter lets through, null where it lets all.
CREATE FUNCTION pinterest_fdw_internal.filtered_values(source regclass, filter text, setting text, allowed text[])
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	passed CONSTANT text[] := pinterest_fdw_internal.passing_values(source, filter, setting, allowed);
BEGIN
	IF passed IS NULL THEN
		RAISE EXCEPTION 'the filter lets no value of "%" through', setting
			USING ERRCODE = 'invalid_parameter_value',
				DETAIL = format('The API knows %s.', array_to_string(allowed, ', '));
	END IF;
	RETURN CASE WHEN passed @> allowed THEN NULL ELSE passed END;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.filtered_values(regclass, text, text, text[]) IS
'The values of a setting that a filter lets through, null for all of them';

-- Whether a filter reads a column of a foreign table.
CREATE FUNCTION pinterest_fdw_internal.filter_reads(source regclass, filter text, name text)
RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pinterest_fdw_internal.check_filter(source, ARRAY(
		SELECT a.attname::text FROM pg_attribute a
		 WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> name), filter);
	RETURN false;
EXCEPTION WHEN undefined_column THEN
	RETURN true;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.filter_reads(regclass, text, text) IS
'Whether a filter reads a column of a foreign table';

--
-- The ad accounts of a setting in the rows that a filter lets through: those of
-- options, which usual are, unless the filter chooses; then an empty array stands
-- for any, and null for none, which is the token's user.  Ids that the filter may
-- let through are the numbers that it has, and one that it does not name.
--
CREATE FUNCTION pinterest_fdw_internal.chosen_accounts(source regclass, filter text, setting text, usual text[])
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF filter IS NULL OR NOT pinterest_fdw_internal.filter_reads(source, filter, setting) THEN
		RETURN usual;
	END IF;
	RETURN CASE WHEN pinterest_fdw_internal.passing_values(source, filter, setting,
						ARRAY(SELECT m[1] FROM regexp_matches(filter, '[0-9]+', 'g') m) || '0'::text) IS NOT NULL
				THEN '{}'::text[] END;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.chosen_accounts(regclass, text, text, text[]) IS
'Ad accounts in the rows that a filter lets through, empty where it names them, null for the token''s user alone';

--
-- The values that the settings of a foreign table have in its rows.  One that is
-- no column of it is of interest where all of them have the catalog's default.
--
CREATE FUNCTION pinterest_fdw_internal.chosen_settings(
	source regclass,
	filter text,
	OUT name text,
	OUT chosen text[],
	OUT initial text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT t.name,
		   CASE WHEN a.attname IS NULL THEN NULL
				WHEN t.allowed IS NULL THEN pinterest_fdw_internal.chosen_accounts(source, filter, t.name, t.usual)
				ELSE coalesce(pinterest_fdw_internal.filtered_values(source, filter, t.name, t.allowed), t.usual) END,
		   t.initial
	  FROM pinterest_fdw_internal.table_settings(source) t
	  LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attname = t.name AND NOT a.attisdropped
	 WHERE a.attname IS NOT NULL OR t.usual IS NOT DISTINCT FROM ARRAY[t.initial] OR t.usual IS NULL;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.chosen_settings(regclass, text) IS
'Settings of a foreign table, and their values in the rows that a filter lets through: null where these are no part of the key, empty where the API gets what the filter names; and the catalog''s default';

--
-- key identifies the rows under the filter, the ad account first, because a
-- history is distributed or partitioned by it.  A setting that is null in each
-- row cannot be a part; nor is one that is older than the setting has: a table or a
-- history without its column goes on with the default.  settings is a condition that holds for these rows and
-- tells them from those that are counted otherwise.
--
CREATE FUNCTION pinterest_fdw_internal.source_facts(
	source regclass,
	filter text,
	history regclass,
	OUT stream text,
	OUT key text[],
	OUT columns text[],
	OUT dated boolean,
	OUT period text,
	OUT today date,
	OUT history_days integer,
	OUT first_kept date,
	OUT first_day date,
	OUT start_date date,
	OUT lookback_days integer,
	OUT settings text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	setting record;
BEGIN
	stream := pinterest_fdw_internal.table_stream(source);
	IF stream IS NULL THEN
		RAISE EXCEPTION '"%" is not a foreign table of pinterest_fdw', source
			USING ERRCODE = 'wrong_object_type';
	END IF;
	key := pinterest_fdw_internal.stream_key(stream);
	IF key IS NULL THEN
		RAISE EXCEPTION 'rows of stream "%" have no key', stream
			USING ERRCODE = 'feature_not_supported',
				DETAIL = 'What is stored cannot be told from what is new.';
	END IF;
	settings := 'true';
	FOR setting IN SELECT * FROM pinterest_fdw_internal.chosen_settings(source, filter)
	LOOP
		IF setting.chosen IS NULL OR (setting.chosen = ARRAY[setting.initial] AND NOT EXISTS (
			SELECT FROM pg_attribute a WHERE a.attrelid = coalesce(history, source) AND a.attname = setting.name AND NOT a.attisdropped))
		THEN
			key := array_remove(key, setting.name);
		ELSIF setting.chosen <> '{}' THEN
			settings := settings || format(' AND %I IN (%s)', setting.name,
				(SELECT string_agg(quote_literal(v), ', ') FROM unnest(setting.chosen) v));
		END IF;
		IF setting.name = 'granularity' THEN
			period := pinterest_fdw_internal.single_period(setting.chosen);
		END IF;
	END LOOP;
	SELECT d.* INTO period, today, history_days, first_kept, first_day, start_date, lookback_days
	  FROM pinterest_fdw_internal.table_dates(source, period) d;
	dated := history_days IS NOT NULL AND 'date' = ANY (key);
	IF period <> 'HOUR' THEN
		key := array_remove(key, 'hour');
	END IF;
	IF 'ad_account_id' = ANY (key) THEN
		key := array_prepend('ad_account_id', array_remove(key, 'ad_account_id'));
	END IF;
	SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO columns
	  FROM pg_attribute a
	 WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped
	   AND (a.attname <> 'hour' OR period = 'HOUR');
	IF NOT columns @> key THEN
		RAISE EXCEPTION 'foreign table "%" lacks columns of the key', source
			USING ERRCODE = 'undefined_column',
				DETAIL = format('The key is (%s).', array_to_string(key, ', ')),
				HINT = CASE WHEN 'ad_account_id' <> ALL (columns) AND 'ad_account_id' = ANY (key)
							THEN 'Add the column ad_account_id, or set option ad_account_id of the table to '''' for the rows of the token''s user.'
							ELSE 'Add them.' END;
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.source_facts(regclass, text, regclass) IS
'Stream, key and columns of a foreign table under a filter for a history (null: a new one), what table_dates() tells, and a condition that tells its rows by their settings';

-- Weeks, months and days are counted on differently, hours have another key.
CREATE FUNCTION pinterest_fdw_internal.single_period(chosen text[])
RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF cardinality(chosen) > 1 THEN
		RAISE EXCEPTION 'the filter lets rows of several granularities through'
			USING ERRCODE = 'feature_not_supported',
				DETAIL = format('They are %s.', array_to_string(chosen, ', ')),
				HINT = 'Make a materialized view for each; they may share one history.';
	END IF;
	IF chosen[1] = 'TOTAL' THEN
		RAISE EXCEPTION 'rows of granularity TOTAL have no date to be stored by'
			USING ERRCODE = 'feature_not_supported',
				HINT = 'Store granularity DAY, WEEK or MONTH.';
	END IF;
	RETURN chosen[1];
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.single_period(text[]) IS
'The one granularity that rows of a history have, or an error';

CREATE FUNCTION pinterest_fdw_internal.column_definitions(source regclass, columns text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT array_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY c.place)
	  FROM unnest(columns) WITH ORDINALITY AS c(name, place)
	  JOIN pg_attribute a ON a.attrelid = source AND a.attname = c.name;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.column_definitions(regclass, text[]) IS
'Columns of a table with their types';
