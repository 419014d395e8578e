--
-- The catalog of streams, and comments made from it
--
CREATE EXTENSION pinterest_fdw;
\pset format unaligned
\pset null -

SELECT name, aliases, key FROM pinterest_fdw.streams();
SELECT name, parent, scope, category, history_days, comment
  FROM pinterest_fdw.streams();

-- endpoints, and the conditions that go to them: column, parameter, values a request
SELECT s.name, e.endpoint, count(*) AS routes, f.filters
  FROM pinterest_fdw.streams() WITH ORDINALITY AS s
 CROSS JOIN unnest(s.endpoints) WITH ORDINALITY AS e (endpoint, n)
  LEFT JOIN LATERAL (
		SELECT string_agg(concat_ws(' ', column_name, parameter, batch), ', '
						  ORDER BY column_name COLLATE "C") AS filters
		  FROM (SELECT DISTINCT column_name, parameter, batch
				  FROM pinterest_fdw.filters()
				 WHERE stream = s.name
				   AND endpoint = substring(e.endpoint, '/[^? ]*')) f
	   ) f ON true
 GROUP BY s.ordinality, s.name, e.endpoint, f.filters
 ORDER BY s.ordinality, min(e.n);

SELECT operators FROM pinterest_fdw.filters() GROUP BY operators ORDER BY operators COLLATE "C";

-- the values that the API knows
SELECT parameter, CASE WHEN cardinality(allowed) < 30 THEN allowed::text
					   ELSE cardinality(allowed) || ' values' END AS allowed
  FROM pinterest_fdw.filters() WHERE allowed IS NOT NULL GROUP BY parameter, filters.allowed
 ORDER BY parameter COLLATE "C", filters.allowed::text COLLATE "C";
SELECT count(DISTINCT stream) AS streams, name, parameter, allowed, initial
  FROM pinterest_fdw.settings() GROUP BY name, parameter, allowed, initial
 ORDER BY name COLLATE "C", allowed::text COLLATE "C";

SELECT s.name, count(*) AS columns, count(*) FILTER (WHERE c.metric) AS metrics,
	   count(*) FILTER (WHERE c.standard) AS standard,
	   count(*) FILTER (WHERE c.report) AS reports,
	   count(*) FILTER (WHERE c.additive) AS additive, max(c."position")
  FROM pinterest_fdw.streams() WITH ORDINALITY AS s
  JOIN pinterest_fdw.columns() c ON c.stream = s.name
 GROUP BY s.name, s.ordinality ORDER BY s.ordinality;

-- two streams in full
SELECT "position", name, field, type, metric, standard, additive, parameter, comment
  FROM pinterest_fdw.columns() WHERE stream = 'pins_analytics';
SELECT "position", name, field, type, parameter, comment
  FROM pinterest_fdw.columns() WHERE stream = 'pins';

-- metrics that an import leaves out have a column all the same
SELECT name, type, report, comment FROM pinterest_fdw.columns()
 WHERE stream = 'campaigns_analytics' AND metric AND NOT standard
 ORDER BY name COLLATE "C" LIMIT 5;

-- everyone may read the catalog
CREATE ROLE regress_pinterest_reader;
SET ROLE regress_pinterest_reader;
SELECT count(*) FROM pinterest_fdw.streams();
RESET ROLE;

--
-- Comments
--
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw;
CREATE SCHEMA "Pin's";
CREATE FOREIGN TABLE "Pin's"."Board's" (
	id text,
	"the name" text OPTIONS (field 'name'),
	name text OPTIONS (field 'nothing the catalog has'),
	privacy text,
	dropped text,
	nothing_the_catalog_has text
) SERVER pinterest OPTIONS (stream 'boards');
ALTER FOREIGN TABLE "Pin's"."Board's" DROP COLUMN dropped;
CREATE FOREIGN TABLE "Pin's".by_alias (ctr float8, campaign_id text)
	SERVER pinterest OPTIONS (stream 'campaign_analytics');
CREATE FOREIGN TABLE "Pin's".commented (id text, username text)
	SERVER pinterest OPTIONS (stream 'user_account');
COMMENT ON FOREIGN TABLE "Pin's".commented IS 'mine';
COMMENT ON COLUMN "Pin's".commented.username IS 'mine, too';

-- other tables of the schema are left alone
CREATE FOREIGN DATA WRAPPER other;
CREATE SERVER other FOREIGN DATA WRAPPER other;
CREATE FOREIGN TABLE "Pin's".other (id text) SERVER other OPTIONS (stream 'ads');
CREATE TABLE "Pin's".ads (id text);

-- the search path does not matter
CREATE TEMP TABLE pg_class (oid oid);
SET search_path = pg_temp, "Pin's";
SELECT pinterest_fdw.comment_tables('"Pin''s"');
RESET search_path;
DROP TABLE pg_temp.pg_class;

SELECT c.relname, a.attname, d.description
  FROM pg_description d
  JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND a.attnum > 0
 WHERE c.relnamespace = '"Pin''s"'::regnamespace
 ORDER BY c.relname COLLATE "C", a.attnum NULLS FIRST;

-- nothing is left to comment on
SELECT pinterest_fdw.comment_tables('"Pin''s"');
SELECT pinterest_fdw.comment_tables('pg_catalog');
SELECT pinterest_fdw.comment_tables(NULL);

-- only who owns a table may comment on it
\set SHOW_CONTEXT never
GRANT USAGE ON SCHEMA "Pin's" TO regress_pinterest_reader;
CREATE FOREIGN TABLE "Pin's".new (id text) SERVER pinterest OPTIONS (stream 'ads');
SET ROLE regress_pinterest_reader;
SELECT pinterest_fdw.comment_tables(oid::regnamespace)
  FROM pg_namespace WHERE nspname = 'Pin''s';
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA "Pin's" CASCADE;
DROP FOREIGN DATA WRAPPER other CASCADE;
DROP EXTENSION pinterest_fdw CASCADE;
DROP SCHEMA pinterest_fdw;
DROP ROLE regress_pinterest_reader;
