
--
-- Making materialized views
--

CREATE FUNCTION pinterest_fdw_internal.standard_columns(stream text, columns text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT array_agg(c.name ORDER BY c.place)
	  FROM unnest(columns) WITH ORDINALITY AS c(name, place)
	 WHERE c.name NOT IN (SELECT k.name FROM pinterest_fdw.columns() k
						   WHERE k.stream = standard_columns.stream AND NOT k.standard);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.standard_columns(text, text[]) IS
'Columns of a foreign table but for the metrics that are not standard';

-- The columns to store: those asked for, and the key, in the order of the source.
CREATE FUNCTION pinterest_fdw_internal.stored_columns(source regclass, columns text[], facts record)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted CONSTANT text[] := facts.key || coalesce(columns, pinterest_fdw_internal.standard_columns(facts.stream, facts.columns));
	absent text;
	json text;
BEGIN
	SELECT c INTO absent FROM unnest(wanted) c WHERE c <> ALL (facts.columns) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of foreign table "%" cannot be stored', absent, source
			USING ERRCODE = 'undefined_column',
				DETAIL = 'It does not exist, or belongs to rows of another granularity.';
	END IF;
	SELECT a.attname INTO json
	  FROM pg_attribute a
	 WHERE a.attrelid = source AND a.attname = ANY (wanted) AND a.atttypid = 'json'::regtype LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of foreign table "%" has type json, whose values cannot be compared', json, source
			USING ERRCODE = 'datatype_mismatch', HINT = 'Declare it as jsonb.';
	END IF;
	RETURN ARRAY(SELECT k FROM unnest(facts.columns) k WHERE k = ANY (wanted));
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.stored_columns(regclass, text[], record) IS
'The columns that a history is to have of a foreign table';

-- Raises an error unless all that the filter reads is stored.
CREATE FUNCTION pinterest_fdw_internal.check_filter(source regclass, columns text[], filter text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format(E'SELECT FROM (SELECT %s FROM (SELECT NULL::%s) AS s(s)) AS s WHERE (%s\n) LIMIT 0',
				   pinterest_fdw_internal.name_list(columns, '(s).'), source, coalesce(filter, 'true'));
EXCEPTION WHEN undefined_column THEN
	RAISE EXCEPTION 'the filter reads a column that is not stored'
		USING ERRCODE = 'undefined_column', DETAIL = SQLERRM, HINT = 'Name it in columns, too.';
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.check_filter(regclass, text[], text) IS
'Raises an error unless all that a filter reads is stored';

--
-- A relation's name in full.  One without a schema is that of the first schema
-- of the path that has it, or a new one in the first schema.
--
CREATE FUNCTION pinterest_fdw_internal.full_name(name text, suffix text, path name[])
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	parts text[] := parse_ident(name);
	relation text;
	space text;
BEGIN
	relation := parts[cardinality(parts)] || suffix;
	IF cardinality(parts) > 2 OR octet_length(relation) > 63 THEN
		RAISE EXCEPTION 'invalid name "%"', array_to_string(parts, '.') || suffix
			USING ERRCODE = 'invalid_name', DETAIL = 'A name has a schema or none, and up to 63 bytes.';
	END IF;
	IF cardinality(parts) = 2 THEN
		RETURN format('%I.%I', parts[1], relation);
	END IF;
	SELECT p.space INTO space
	  FROM unnest(path) WITH ORDINALITY AS p(space, place)
	 ORDER BY to_regclass(format('%I.%I', p.space, relation)) IS NULL, p.place LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no schema has been selected to create in' USING ERRCODE = 'invalid_schema_name';
	END IF;
	RETURN format('%I.%I', space, relation);
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.full_name(text, text, name[]) IS
'A name with a suffix, its schema and quotes';

-- The statement that makes a table, or those that add what it lacks.
CREATE FUNCTION pinterest_fdw_internal.table_statements(relation text, columns text[], definitions text[], key text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN to_regclass(relation) IS NULL
				THEN ARRAY[format('CREATE TABLE %s (%s, PRIMARY KEY (%s))', relation,
								  array_to_string(definitions, ', '), pinterest_fdw_internal.name_list(key))]
				ELSE ARRAY(SELECT format('ALTER TABLE %s ADD COLUMN %s', relation, d.definition)
							 FROM unnest(columns, definitions) WITH ORDINALITY AS d(name, definition, place)
							WHERE NOT EXISTS (SELECT FROM pg_attribute a
											   WHERE a.attrelid = to_regclass(relation)
												 AND a.attname = d.name AND NOT a.attisdropped)
							ORDER BY d.place) END;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.table_statements(text, text[], text[], text[]) IS
'The statements after which a table has some columns';

CREATE FUNCTION pinterest_fdw_internal.history_statements(
	relation text,
	source regclass,
	columns text[],
	key text[],
	on_missing text,
	track_changes boolean,
	synced_at boolean)
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pinterest_fdw_internal.table_statements(relation, columns || own.names,
		pinterest_fdw_internal.column_definitions(source, columns) || own.definitions, key)
	  FROM (SELECT array_agg(o.name) AS names, array_agg(o.name || o.type) AS definitions
			  FROM (VALUES ('missing_since', ' timestamp with time zone', on_missing = 'mark'),
						   ('valid_from', ' timestamp with time zone NOT NULL DEFAULT now()', track_changes),
						   ('_synced_at', ' timestamp with time zone NOT NULL DEFAULT now()', synced_at)) AS o(name, type, wanted)
			 WHERE o.wanted) AS own;
END;

COMMENT ON FUNCTION pinterest_fdw_internal.history_statements(text, regclass, text[], text[], text, boolean, boolean) IS
'The statements that make a history, or complete it';

CREATE FUNCTION pinterest_fdw_internal.restated_statements(relation text, source regclass, key text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pinterest_fdw_internal.table_statements(relation, key || '{observed_at,old_row,new_row}'::text[],
		pinterest_fdw_internal.column_definitions(source, key)
			|| '{observed_at timestamp with time zone NOT NULL,old_row jsonb NOT NULL,new_row jsonb NOT NULL}'::text[],
		key || '{observed_at}'::text[]);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.restated_statements(text, regclass, text[]) IS
'The statements that make the table of restatements of a history';

CREATE FUNCTION pinterest_fdw_internal.versions_statements(relation text, source regclass, columns text[], key text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pinterest_fdw_internal.table_statements(relation, columns || '{valid_from,valid_to}'::text[],
		pinterest_fdw_internal.column_definitions(source, columns)
			|| '{valid_from timestamp with time zone NOT NULL,valid_to timestamp with time zone NOT NULL}'::text[],
		key || '{valid_from}'::text[]);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.versions_statements(text, regclass, text[], text[]) IS
'The statements that make the table of former versions of a history, or complete it';

-- The call of sync() in a materialized view, without what is the default.
CREATE FUNCTION pinterest_fdw_internal.sync_call(
	history text,
	source regclass,
	columns text[],
	lookback integer,
	start_date date,
	filter text,
	on_missing text,
	restated text,
	versions text,
	settle boolean,
	allow_mass_delete boolean)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT concat_ws(', ',
		format('pinterest_fdw.sync(%L::regclass, %L::regclass, %L::text[]', history, source, columns),
		'lookback => ' || lookback,
		'start_date => ' || quote_literal(start_date) || '::date',
		'filter => ' || quote_literal(filter) || '::text',
		'on_missing => ' || quote_literal(on_missing) || '::text',
		'restated => ' || quote_literal(restated) || '::regclass',
		'versions => ' || quote_literal(versions) || '::regclass',
		CASE WHEN settle THEN 'settle => true' END,
		CASE WHEN allow_mass_delete THEN 'allow_mass_delete => true' END) || ')';
END;

COMMENT ON FUNCTION pinterest_fdw_internal.sync_call(text, regclass, text[], integer, date, text, text, text, text, boolean, boolean) IS
'The call of sync() in the definition of a materialized view';

-- Raises an error for a table whose owner is not to be trusted, if it is there.
CREATE FUNCTION pinterest_fdw_internal.check_owner(relation text)
RETURNS void
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT pinterest_fdw_internal.is_trusted(to_regclass(relation)) THEN
		RAISE EXCEPTION 'table "%" exists and belongs to another role', relation
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = 'Its triggers would run with the rights of who refreshes.',
				HINT = 'Make the history as the owner of the table, or choose another name for it.';
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.check_owner(text) IS
'Raises an error for a table whose owner is not to be trusted';

--
-- The tables of a history: their names, and the statements that make or complete
-- them.  path is the caller's.
--
CREATE FUNCTION pinterest_fdw_internal.history_tables(
	path name[],
	relation text,
	source regclass,
	stored text[],
	facts record,
	primary_key text[],
	on_missing text,
	track_changes boolean,
	restatements boolean,
	synced_at boolean,
	OUT history text,
	OUT restated text,
	OUT versions text,
	OUT statements text[])
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	history := relation;
	restated := CASE WHEN restatements THEN pinterest_fdw_internal.full_name(history, '_restated', path) END;
	versions := CASE WHEN track_changes THEN pinterest_fdw_internal.full_name(history, '_versions', path) END;
	PERFORM pinterest_fdw_internal.check_owner(n) FROM unnest(ARRAY[history, restated, versions]) n;
	IF to_regclass(history) IS NOT NULL THEN
		PERFORM pinterest_fdw_internal.check_history(history::regclass, source, stored, facts.key);
	END IF;
	statements := pinterest_fdw_internal.history_statements(history, source, stored, primary_key, on_missing, track_changes, synced_at)
		|| CASE WHEN restatements THEN pinterest_fdw_internal.restated_statements(restated, source, facts.key) END
		|| CASE WHEN track_changes THEN pinterest_fdw_internal.versions_statements(versions, source, stored, facts.key) END;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.history_tables(name[], text, regclass, text[], record, text[], text, boolean, boolean, boolean) IS
'The tables of a history, and the statements that make or complete them';

--
-- The statements of create_matview(), whose arguments these are; path is the
-- caller's.
--
CREATE FUNCTION pinterest_fdw_internal.matview_statements(
	path name[],
	matview text,
	source regclass,
	columns text[],
	lookback integer,
	start_date date,
	filter text,
	history text,
	on_missing text,
	track_changes boolean,
	restatements boolean,
	settle boolean,
	with_data boolean,
	allow_mass_delete boolean)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO'
AS $$
DECLARE
	view_name CONSTANT text := pinterest_fdw_internal.full_name(matview, '', path);
	history_name CONSTANT text := pinterest_fdw_internal.full_name(
		coalesce(history, matview), CASE WHEN history IS NULL THEN '_history' ELSE '' END, path);
	facts CONSTANT record := pinterest_fdw_internal.source_facts(source, filter, to_regclass(history_name));
	stored CONSTANT text[] := pinterest_fdw_internal.stored_columns(source, columns, facts);
	tables record;
	shown text[] := pinterest_fdw_internal.column_definitions(source, stored);
BEGIN
	PERFORM pinterest_fdw_internal.check_arguments(facts, source, lookback, start_date, on_missing, track_changes, settle);
	PERFORM pinterest_fdw_internal.check_filter(source, stored, filter);
	tables := pinterest_fdw_internal.history_tables(path, history_name, source, stored, facts, facts.key, on_missing, track_changes,
													restatements, false);
	IF on_missing = 'mark' THEN
		shown := shown || 'missing_since timestamp with time zone'::text;
	END IF;
	RETURN tables.statements || ARRAY[
			format(E'CREATE MATERIALIZED VIEW %s AS\n SELECT *\n   FROM %s\n     AS t(%s)%s', view_name,
				pinterest_fdw_internal.sync_call(history_name, source, stored, lookback, start_date, filter, on_missing,
												 tables.restated, tables.versions, settle, allow_mass_delete),
				array_to_string(shown, ', '), CASE WHEN with_data THEN '' ELSE E'\n  WITH NO DATA' END),
			format('CREATE UNIQUE INDEX ON %s (%s)', view_name, pinterest_fdw_internal.name_list(facts.key))];
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.matview_statements(name[], text, regclass, text[], integer, date, text, text, text, boolean, boolean, boolean, boolean, boolean) IS
'The statements of create_matview()';

-- Whether a relation is a history of create_history() and the current role's.
CREATE FUNCTION pinterest_fdw_internal.is_history(relation regclass)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM pinterest_fdw_internal.own_configuration c WHERE c.history = relation);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.is_history(regclass) IS
'Whether a relation is a history of create_history() and the current role''s';

-- Raises an error for arguments of create_matview() that mean nothing where the history is there.
CREATE FUNCTION pinterest_fdw_internal.check_selection(
	lookback integer,
	start_date date,
	history text,
	on_missing text,
	track_changes boolean,
	restatements boolean,
	settle boolean)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF num_nonnulls(lookback, start_date, history, on_missing) > 0 OR track_changes OR restatements OR settle THEN
		RAISE EXCEPTION 'a materialized view over a history takes only columns, filter and with_data'
			USING ERRCODE = 'feature_not_supported', HINT = 'alter_history() changes how the history is refreshed.';
	END IF;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.check_selection(integer, date, text, text, boolean, boolean, boolean) IS
'Raises an error for arguments of create_matview() that do not go with a history of create_history()';

-- The statements of create_matview() over a history: columns, by default all, and its key.
CREATE FUNCTION pinterest_fdw_internal.selection_statements(
	path name[],
	matview text,
	history regclass,
	columns text[],
	filter text,
	with_data boolean)
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT ARRAY[
		format(E'CREATE MATERIALIZED VIEW %s AS\n SELECT %s\n   FROM %s%s%s', v.name,
			   pinterest_fdw_internal.name_list(CASE WHEN columns IS NULL THEN k.columns ELSE k.key || ARRAY(
					SELECT c FROM unnest(columns) c WHERE c <> ALL (k.key)) END),
			   history, E'\n  WHERE ' || filter, CASE WHEN with_data THEN '' ELSE E'\n  WITH NO DATA' END),
		format('CREATE UNIQUE INDEX ON %s (%s)', v.name, pinterest_fdw_internal.name_list(k.key))]
	  FROM (SELECT pinterest_fdw_internal.full_name(matview, '', path)) AS v(name),
		   (SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::smallint[], a.attnum)) FILTER (WHERE a.attnum = ANY (i.indkey)),
				   array_agg(a.attname::text ORDER BY a.attnum)
			  FROM pg_index i
			  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
			 WHERE i.indrelid = history AND i.indisprimary) AS k(key, columns);
END;

COMMENT ON FUNCTION pinterest_fdw_internal.selection_statements(name[], text, regclass, text[], text, boolean) IS
'The statements of create_matview() over a history of create_history()';

-- Types are named without a schema, so these run where PostgreSQL's come first.
CREATE FUNCTION pinterest_fdw_internal.run_statements(statements text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	statement text;
BEGIN
	FOREACH statement IN ARRAY statements
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;

COMMENT ON FUNCTION pinterest_fdw_internal.run_statements(text[]) IS
'Runs statements one after the other';

--
-- Names without a schema are found by the caller's search_path, which it does not
-- set.  The statements have all names in full.
--
CREATE FUNCTION pinterest_fdw.create_matview(
	matview text,
	source regclass,
	columns text[] DEFAULT NULL,
	lookback integer DEFAULT NULL,
	start_date date DEFAULT NULL,
	filter text DEFAULT NULL,
	history text DEFAULT NULL,
	on_missing text DEFAULT NULL,
	track_changes boolean DEFAULT false,
	restatements boolean DEFAULT false,
	settle boolean DEFAULT false,
	with_data boolean DEFAULT true,
	dry_run boolean DEFAULT false,
	allow_mass_delete boolean DEFAULT false)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
SET jit = off
AS $$
DECLARE
	path CONSTANT pg_catalog.name[] := pg_catalog.current_schemas(false);
	statements pg_catalog.text[];
BEGIN
	IF pinterest_fdw_internal.is_history(source) THEN
		PERFORM pinterest_fdw_internal.check_selection(lookback, start_date, history, on_missing, track_changes, restatements, settle);
		statements := pinterest_fdw_internal.selection_statements(path, matview, source, columns, filter, with_data);
	ELSE
		statements := pinterest_fdw_internal.matview_statements(
			path, matview, source, columns, lookback, start_date, filter, history,
			on_missing, track_changes, restatements, settle, with_data, allow_mass_delete);
	END IF;
	IF NOT dry_run THEN
		PERFORM pinterest_fdw_internal.run_statements(statements);
	END IF;
	RETURN QUERY SELECT pg_catalog.concat(s, ';') FROM pg_catalog.unnest(statements) s;
END
$$;

COMMENT ON FUNCTION pinterest_fdw.create_matview(text, regclass, text[], integer, date, text, text, text, boolean, boolean, boolean, boolean, boolean, boolean) IS
'Makes a materialized view over a foreign table whose REFRESH fetches only what may have changed and keeps all the rest in a history table, or one over a history of create_history(), which selects from it; returns the statements, and only that with dry_run';
