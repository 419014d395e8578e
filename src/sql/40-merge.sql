
--
-- Merging fetched rows into a history
--
-- Fetched and stored rows are compared in one query, which hands those that
-- differ to merge_batch() in arrays.  So an unchanged row costs no write, and no
-- statement that writes reads a history.
--

-- The row's type is polymorphic, so that each history has plans of its own.
CREATE FUNCTION pinterest_fdw_internal.stored_rows(row_type anyelement, history regclass, condition text)
RETURNS SETOF anyelement
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT * FROM %s WHERE %s', history, condition);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.stored_rows(anyelement, regclass, text) IS
'The rows of a history that meet a condition';

--
-- Runs statements that take $1, rows to write; $2, the stored rows of the same
-- keys, and those that are missing; $3, the keys of the latter.  repeated is a
-- key that two of the rows to write have, or null.
--
CREATE FUNCTION pinterest_fdw_internal.merge_batch(
	fresh anyarray,
	stored anyarray,
	missing text[],
	repeated text,
	statements text[])
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	statement text;
BEGIN
	IF repeated IS NOT NULL THEN
		RAISE EXCEPTION 'the API returned rows that differ for one key'
			USING ERRCODE = 'cardinality_violation',
				DETAIL = format('The key is %s.', repeated),
				HINT = 'They may have changed between two requests. Try again.';
	END IF;
	FOREACH statement IN ARRAY statements
	LOOP
		EXECUTE statement USING fresh, stored, missing;
	END LOOP;
	RETURN true;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.merge_batch(anyarray, anyarray, text[], text, text[]) IS
'Writes some rows into a history and the tables beside it';

CREATE FUNCTION pinterest_fdw_internal.same_key(key text[])
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT string_agg(format('h.%1$I = s.%1$I', k), ' AND ') FROM unnest(key) k;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.same_key(text[]) IS
'A condition that rows h and s have the same key';

CREATE FUNCTION pinterest_fdw_internal.facts_differ(facts text[])
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN facts = '{}' THEN 'false'
				ELSE format('(%s) IS DISTINCT FROM (%s)',
							pinterest_fdw_internal.name_list(facts, 'h.'), pinterest_fdw_internal.name_list(facts, 's.')) END;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.facts_differ(text[]) IS
'A condition that rows h and s differ in some columns';

-- Columns of a history that are not the stream's but tell of its rows.
CREATE FUNCTION pinterest_fdw_internal.has_own_column(history regclass, columns text[], name text)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT name <> ALL (columns)
	   AND EXISTS (SELECT FROM pg_attribute a
					WHERE a.attrelid = history AND a.attname = name AND NOT a.attisdropped);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.has_own_column(regclass, text[], text) IS
'Whether a history has missing_since, valid_from or _synced_at, and not from the stream';

--
-- Statements that keep what others are about to overwrite or delete: the two
-- states of a row that changed (the new one is JSON's null where it is deleted),
-- and the time for which it was as it was.
--
CREATE FUNCTION pinterest_fdw_internal.keep_statements(
	history regclass,
	columns text[],
	key text[],
	observed timestamp with time zone,
	restated regclass,
	versions regclass,
	on_missing text)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	facts CONSTANT text[] := ARRAY(SELECT c FROM unnest(columns) c WHERE c <> ALL (key));
	changed CONSTANT text := format(
		'unnest($2) AS h LEFT JOIN unnest($1) AS s ON %s WHERE CASE WHEN s.%I IS NULL THEN %L ELSE %s END',
		pinterest_fdw_internal.same_key(key), key[1], on_missing = 'delete', pinterest_fdw_internal.facts_differ(facts));
	others text[];
	statements text[] := '{}';
BEGIN
	IF restated IS NOT NULL THEN
		SELECT array_agg(a.attname::text) INTO others
		  FROM pg_attribute a
		 WHERE a.attrelid = history AND a.attnum > 0 AND a.attname <> ALL (facts);
		statements := statements || format(
			'INSERT INTO %s (%s, observed_at, old_row, new_row)'
			' SELECT %s, %L, to_jsonb(h) - %L::text[], coalesce(to_jsonb(s) - %L::text[], ''null''::jsonb) FROM %s',
			restated, pinterest_fdw_internal.name_list(key), pinterest_fdw_internal.name_list(key, 'h.'), observed, others, others, changed);
	END IF;
	IF versions IS NOT NULL THEN
		statements := statements || format(
			'INSERT INTO %s (%s, valid_from, valid_to) SELECT %s, h.valid_from, %L FROM %s',
			versions, pinterest_fdw_internal.name_list(columns), pinterest_fdw_internal.name_list(columns, 'h.'), observed, changed);
	END IF;
	RETURN statements;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.keep_statements(regclass, text[], text[], timestamptz, regclass, regclass, text) IS
'Statements of merge_batch() that keep what is to be overwritten or deleted';

-- The end of a statement that inserts rows: what becomes of those that are there.
CREATE FUNCTION pinterest_fdw_internal.on_conflict(key text[], columns text[])
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT format(' ORDER BY %s ON CONFLICT (%s) DO ', pinterest_fdw_internal.name_list(key, 's.'), pinterest_fdw_internal.name_list(key))
		|| coalesce('UPDATE SET ' || string_agg(format('%1$I = excluded.%1$I', c), ', '), 'NOTHING')
	  FROM unnest(columns) c
	 WHERE c <> ALL (key);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.on_conflict(text[], text[]) IS
'The end of an INSERT that overwrites some columns of rows of the same key';

-- Statements that write rows, and mark or delete those that are missing, which
-- are among those that meet stored.
CREATE FUNCTION pinterest_fdw_internal.write_statements(
	history regclass,
	columns text[],
	key text[],
	observed timestamp with time zone,
	stored text,
	on_missing text)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	facts CONSTANT text[] := ARRAY(SELECT c FROM unnest(columns) c WHERE c <> ALL (key));
	same_key CONSTANT text := pinterest_fdw_internal.same_key(key);
	targets text[] := columns;
	fresh text := pinterest_fdw_internal.name_list(columns, 's.');
	marks text[] := '{missing_since}';
	marked text := quote_literal(observed);
	pairs text := 'unnest($1) AS s';
	statements text[] := '{}';
BEGIN
	IF on_missing = 'delete' THEN
		statements := statements || format('DELETE FROM %s WHERE %s AND ROW(%s)::text = ANY ($3)',
			history, stored, pinterest_fdw_internal.name_list(key));
	END IF;
	IF pinterest_fdw_internal.has_own_column(history, columns, 'valid_from') THEN
		targets := targets || 'valid_from'::text;
		fresh := fresh || format(', coalesce(CASE WHEN NOT (%s) THEN h.valid_from END, %L)',
			pinterest_fdw_internal.facts_differ(facts), observed);
		pairs := format('unnest($1) AS s LEFT JOIN unnest($2) AS h ON %s', same_key);
	END IF;
	IF pinterest_fdw_internal.has_own_column(history, columns, '_synced_at') THEN
		marks := marks || '_synced_at'::text;
		marked := marked || ', ' || quote_literal(observed);
	END IF;
	IF on_missing = 'mark' THEN
		statements := statements || (format(
			'INSERT INTO %s (%s, %s) SELECT %s, %s FROM unnest($2) AS s LEFT JOIN unnest($1) AS h ON %s WHERE h.%I IS NULL',
			history, pinterest_fdw_internal.name_list(targets), pinterest_fdw_internal.name_list(marks),
			pinterest_fdw_internal.name_list(targets, 's.'), marked, same_key, key[1])
			|| pinterest_fdw_internal.on_conflict(key, marks));
	END IF;
	IF pinterest_fdw_internal.has_own_column(history, columns, 'missing_since') THEN
		targets := targets || 'missing_since'::text;
		fresh := fresh || ', NULL';
	END IF;
	IF '_synced_at' = ANY (marks) THEN
		targets := targets || '_synced_at'::text;
		fresh := fresh || format(', %L', observed);
	END IF;
	RETURN statements || (format('INSERT INTO %s (%s) SELECT %s FROM %s',
		history, pinterest_fdw_internal.name_list(targets), fresh, pairs)
		|| pinterest_fdw_internal.on_conflict(key, targets));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.write_statements(regclass, text[], text[], timestamptz, text, text) IS
'Statements of merge_batch() that bring a history up to date';

--
-- The state of a row of merge_query(): new; changed; back, unchanged but marked
-- as missing; same; missing; or gone, which is of no concern, any more or at all.
--
-- Whether a row that was not fetched is missing is asked of the filter, where no
-- names but those of the history are in reach.
--
CREATE FUNCTION pinterest_fdw_internal.row_state(columns text[], key text[], scope text, on_missing text)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT format(E'CASE WHEN s.%1$I IS NULL AND (%2$s OR (SELECT %3$s FROM (SELECT h.*) AS r) IS NOT TRUE) THEN ''gone'''
				  ' WHEN s.%1$I IS NULL THEN ''missing'' WHEN h.%1$I IS NULL THEN ''new'''
				  ' WHEN %4$s THEN ''changed'' WHEN %2$s THEN ''back'' ELSE ''same'' END',
				  key[1], CASE on_missing WHEN 'mark' THEN 'h.missing_since IS NOT NULL' ELSE 'false' END, scope,
				  pinterest_fdw_internal.facts_differ(ARRAY(SELECT c FROM unnest(columns) c WHERE c <> ALL (key))));
END;

COMMENT ON FUNCTION pinterest_fdw_internal.row_state(text[], text[], text, text) IS
'An expression for how a fetched row s and a stored row h stand to each other';

--
-- What rows that were not fetched may be missing for.  An ad account that the API
-- does not list any more was not asked for, and a scan that broke off has not
-- fetched anything.
--

CREATE FUNCTION pinterest_fdw_internal.watch_fetched(source regclass)
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_watch_fetched'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION pinterest_fdw_internal.watch_fetched(regclass) IS
'Notes what scans of a foreign table fetch from now on, until the transaction ends; null: of none';

CREATE FUNCTION pinterest_fdw_internal.was_fetched(account text, day date)
RETURNS boolean
AS 'MODULE_PATHNAME', 'pinterest_fdw_was_fetched'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION pinterest_fdw_internal.was_fetched(text, date) IS
'Whether scans since watch_fetched() have fetched all rows of an ad account and a day; null for rows without';

-- The ad accounts of some, or that many of them, with numbers.
CREATE FUNCTION pinterest_fdw_internal.account_list(accounts text[], numbers text[])
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT string_agg(coalesce('ad account ' || nullif(a.account, '') || ': ', '') || a.number, ', ' ORDER BY a.place)
				FILTER (WHERE a.place <= 5)
		|| CASE WHEN count(*) > 5 THEN format(' and %s ad accounts more', count(*) - 5) ELSE '' END
	  FROM unnest(accounts, numbers) WITH ORDINALITY AS a(account, number, place);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.account_list(text[], text[]) IS
'Ad accounts with numbers, for a message';

--
-- The ad accounts (empty: rows belong to none) whose rows may be taken for
-- missing, of those that have stored rows which a fetch stands for, lost of which
-- did not come, and unasked of which belong to an account that was not fetched.
-- Where so many are lost that an error of the API is likelier, none are.
--
CREATE FUNCTION pinterest_fdw_internal.accept_losses(
	history regclass,
	on_missing text,
	dated boolean,
	allow_mass_delete boolean,
	accounts text[],
	stored bigint[],
	lost bigint[],
	unasked bigint[])
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	few CONSTANT integer := 20;
	skipped text[];
	numbers text[];
BEGIN
	SELECT array_agg(l.account), array_agg(l.unasked::text) INTO skipped, numbers
	  FROM unnest(accounts, unasked) AS l(account, unasked) WHERE l.unasked > 0;
	IF skipped IS NOT NULL THEN
		RAISE WARNING 'history "%" keeps rows of ad accounts that were not fetched', history
			USING DETAIL = format('Rows that are kept: %s.', pinterest_fdw_internal.account_list(skipped, numbers)),
				HINT = 'What the access token may not see any more is not listed.';
	END IF;
	IF on_missing <> 'delete' OR allow_mass_delete THEN
		RETURN accounts;
	END IF;
	SELECT array_agg(l.account), array_agg(format('%s of %s', l.lost, l.stored)) INTO skipped, numbers
	  FROM (SELECT u.*, NOT dated AND sum(u.lost + u.unasked) OVER () = sum(u.stored) OVER () AS all_lost
			  FROM unnest(accounts, stored, lost, unasked) AS u(account, stored, lost, unasked)) AS l
	 WHERE l.lost > 0 AND (l.all_lost OR (l.lost > few AND l.lost * 2 > l.stored));
	IF skipped IS NOT NULL THEN
		RAISE WARNING 'history "%" keeps rows that the API did not return, as they are too many', history
			USING DETAIL = format('Rows that did not come: %s.', pinterest_fdw_internal.account_list(skipped, numbers)),
				HINT = CASE WHEN EXISTS (SELECT FROM pinterest_fdw_internal.own_configuration c WHERE c.history = accept_losses.history)
					THEN 'If they are gone, CALL pinterest_fdw.refresh() for it with allow_mass_delete => true.'
					WHEN dated THEN 'If they are gone, CALL pinterest_fdw.backfill() for these days with again => true, allow_mass_delete => true.'
					ELSE 'If they are gone, call pinterest_fdw.sync() once as the materialized view does, but with allow_mass_delete => true.' END;
	END IF;
	RETURN ARRAY(SELECT a FROM unnest(accounts) a WHERE (a = ANY (skipped)) IS NOT TRUE);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.accept_losses(regclass, text, boolean, boolean, text[], bigint[], bigint[], bigint[]) IS
'The ad accounts whose rows may be taken for missing where they did not come';

--
-- The query that compares the rows of source that meet condition with those of
-- the history that meet stored, and has what differs written by $1, statements
-- for merge_batch().
--
-- DISTINCT, since the API may show one row on two pages.  Where these differ,
-- both come into one array, which is refused.
--
CREATE FUNCTION pinterest_fdw_internal.merge_query(
	history regclass,
	source regclass,
	columns text[],
	key text[],
	condition text,
	stored text,
	scope text,
	on_missing text,
	dated boolean,
	allow_mass_delete boolean)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	batch_rows CONSTANT integer := 1000;
	row_list text;
	key_list text;
BEGIN
	SELECT string_agg(CASE WHEN a.attname = ANY (columns) THEN format('s.%I', a.attname) ELSE 'NULL' END,
					  ', ' ORDER BY a.attnum)
	  INTO row_list
	  FROM pg_attribute a
	 WHERE a.attrelid = history AND a.attnum > 0 AND NOT a.attisdropped;
	SELECT string_agg(format('coalesce(s.%1$I, h.%1$I)', k), ', ') INTO key_list FROM unnest(key) k;
	RETURN format($query$
		WITH compared AS (
			SELECT c.state,
				   CASE WHEN c.state NOT IN ('same', 'gone') THEN ROW(%1$s)::text END AS key,
				   CASE WHEN c.state IN ('new', 'changed', 'back') THEN ROW(%2$s)::%3$s END AS fresh,
				   CASE WHEN c.state IN ('changed', 'back', 'missing') THEN h END AS stored,
				   %12$s AS account, %13$s AS day
			  FROM (SELECT DISTINCT %4$s FROM %5$s WHERE %6$s) AS s
			  %7$s JOIN pinterest_fdw_internal.stored_rows(NULL::%3$s, %3$L::regclass, %8$L::text) AS h ON %9$s
			 CROSS JOIN LATERAL (SELECT %10$s AS state OFFSET 0) AS c
		), losses AS (
			SELECT coalesce(l.account, '') AS account, count(*) AS stored,
				   count(*) FILTER (WHERE CASE WHEN l.state = 'missing'
						THEN pinterest_fdw_internal.was_fetched(l.account, l.day) END) AS lost,
				   count(*) FILTER (WHERE CASE WHEN l.state = 'missing'
						THEN NOT pinterest_fdw_internal.was_fetched(l.account, NULL) END) AS unasked
			  FROM compared AS l WHERE l.state NOT IN ('new', 'gone') GROUP BY 1
		), batches AS (
			SELECT b.*, dense_rank() OVER w / %11$s AS batch, b.key = lag(b.key) OVER w AS repeated
			  FROM compared AS b
			 WHERE b.key IS NOT NULL
			   AND CASE WHEN b.state = 'missing' THEN
					coalesce(b.account, '') = ANY ((
						SELECT pinterest_fdw_internal.accept_losses(%3$L::regclass, %14$L::text, %15$L::boolean, %16$L::boolean,
							array_agg(l.account), array_agg(l.stored), array_agg(l.lost), array_agg(l.unasked))
						  FROM losses AS l)::text[])
					AND pinterest_fdw_internal.was_fetched(b.account, b.day) ELSE true END
			WINDOW w AS (ORDER BY b.key COLLATE "C")
		), merged AS (
			SELECT count(*) FILTER (WHERE b.state = 'missing') AS missing, pinterest_fdw_internal.merge_batch(
					array_agg(b.fresh) FILTER (WHERE b.state <> 'missing'),
					array_agg(b.stored) FILTER (WHERE b.state <> 'new'),
					array_agg(b.key) FILTER (WHERE b.state = 'missing'),
					min(b.key) FILTER (WHERE b.repeated), $1) AS done
			  FROM batches AS b GROUP BY b.batch
		)
		SELECT ARRAY[count(*) FILTER (WHERE state NOT IN ('missing', 'gone')),
					 count(*) FILTER (WHERE state = 'new'),
					 count(*) FILTER (WHERE state IN ('changed', 'back')),
					 count(*) FILTER (WHERE state = 'same'),
					 (SELECT coalesce(sum(missing), 0)::bigint FROM merged)],
			   (SELECT bool_and(done) FROM merged)
		  FROM compared$query$,
		key_list, row_list, history,
		pinterest_fdw_internal.name_list(key || ARRAY(SELECT c FROM unnest(columns) c WHERE c <> ALL (key))), source, condition,
		CASE on_missing WHEN 'keep' THEN 'LEFT' ELSE 'FULL' END, stored, pinterest_fdw_internal.same_key(key),
		pinterest_fdw_internal.row_state(columns, key, scope, on_missing), batch_rows,
		CASE WHEN 'ad_account_id' = ANY (key) THEN 'h.ad_account_id::text' ELSE 'NULL::text' END,
		CASE WHEN 'date' = ANY (key) THEN 'h.date::date' ELSE 'NULL::date' END,
		on_missing, dated, allow_mass_delete);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.merge_query(regclass, regclass, text[], text[], text, text, text, text, boolean, boolean) IS
'The query that compares fetched and stored rows and has differences written';

--
-- Brings the rows of source that meet condition into a history.  stored is a
-- condition on the history that holds for all rows of their keys; scope tells
-- which rows the fetched ones stand for, where those that are missing count; dated,
-- whether they are of days.  restated and versions are the tables that keep what
-- is overwritten, or null.
--
-- Returns how many rows were fetched, and of these were new, changed and
-- unchanged, and how many are missing.
--
-- A nested loop would be chosen only because nobody knows how many rows there
-- are; hashed aggregates would hold all arrays at once.  With an incremental sort,
-- stored rows could be judged before all others have been fetched.
--
CREATE FUNCTION pinterest_fdw_internal.merge_rows(
	history regclass,
	source regclass,
	columns text[],
	key text[],
	condition text,
	stored text,
	scope text,
	dated boolean,
	on_missing text,
	restated regclass,
	versions regclass,
	allow_mass_delete boolean)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_hashagg = off
SET enable_incremental_sort = off
AS $$
DECLARE
	-- not now(): another refresh may have ended since this transaction began
	observed CONSTANT timestamp with time zone := clock_timestamp();
	counts bigint[];
	done boolean;
BEGIN
	PERFORM pinterest_fdw_internal.watch_fetched(source);
	-- it is one row; in a loop, the context of an error lacks the whole query
	FOR counts, done IN EXECUTE pinterest_fdw_internal.merge_query(history, source, columns, key, condition, stored, scope,
																   on_missing, dated, allow_mass_delete)
		USING pinterest_fdw_internal.keep_statements(history, columns, key, observed, restated, versions, on_missing)
			|| pinterest_fdw_internal.write_statements(history, columns, key, observed, stored, on_missing)
	LOOP
	END LOOP;
	RETURN counts;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.merge_rows(regclass, regclass, text[], text[], text, text, text, boolean, text, regclass, regclass, boolean) IS
'Fetches rows, which it notes from then on, and brings a history up to date; returns rows fetched, new, changed, unchanged, missing';
