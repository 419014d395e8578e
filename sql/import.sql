--
-- IMPORT FOREIGN SCHEMA; nothing here talks to the API
--
CREATE EXTENSION pinterest_fdw;
CREATE SERVER "my pinterest" FOREIGN DATA WRAPPER pinterest_fdw;
CREATE SCHEMA imported;

-- the foreign tables of the schema and how many columns they have
CREATE FUNCTION imported_tables(OUT name text, OUT columns bigint, OUT options text[])
RETURNS SETOF record LANGUAGE sql AS $$
	SELECT c.relname, count(*), t.ftoptions
	  FROM pg_foreign_table t
	  JOIN pg_class c ON c.oid = t.ftrelid
	  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	 WHERE c.relnamespace = 'imported'::regnamespace
	 GROUP BY c.oid, c.relname, t.ftoptions
	 ORDER BY c.oid
$$;

-- all streams, with the standard metrics
IMPORT FOREIGN SCHEMA pinterest FROM SERVER "my pinterest" INTO imported;
SELECT count(*), sum(columns) AS columns FROM imported_tables();
\d imported.campaigns
\d imported.campaigns_targeting_analytics

-- their columns are those of the catalog, in its order and of its types
SELECT t.name, a.attname, a.atttypid::regtype, k.name, k.type
  FROM imported_tables() t
  JOIN pg_attribute a ON a.attrelid = ('imported.' || t.name)::regclass AND a.attnum > 0
  FULL JOIN (SELECT *, row_number() OVER (PARTITION BY stream ORDER BY "position") AS n
			   FROM pinterest_fdw.columns() WHERE standard) k
	ON k.stream = t.name AND k.n = a.attnum
 WHERE (k.name = a.attname AND k.type = a.atttypid::regtype::text) IS NOT TRUE;

-- a second import meets the tables of the first
IMPORT FOREIGN SCHEMA pinterest FROM SERVER "my pinterest" INTO imported;

SET client_min_messages = warning;
DROP SCHEMA imported CASCADE;
CREATE SCHEMA imported;
RESET client_min_messages;

-- the standard metrics by their name, and all metrics
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (ad_account_analytics, pins_analytics)
	FROM SERVER "my pinterest" INTO imported OPTIONS (metrics 'standard');
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (ads_analytics, ads, user_account_analytics)
	FROM SERVER "my pinterest" INTO imported OPTIONS (metrics 'all');
SELECT * FROM imported_tables();

-- and those that only reports have, but without those that reports lack
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns_analytics, ad_pins_analytics, campaigns)
	FROM SERVER "my pinterest" INTO imported OPTIONS (metrics 'reports');
SELECT * FROM imported_tables();
SELECT k.name, k.report
  FROM pinterest_fdw.columns() k
  LEFT JOIN pg_attribute a ON a.attname = k.name
	   AND a.attrelid = 'imported.campaigns_analytics'::regclass
 WHERE k.stream = 'campaigns_analytics' AND a.attname IS NULL;

-- the rest
IMPORT FOREIGN SCHEMA pinterest EXCEPT (ad_account_analytics, pins_analytics,
	ads_analytics, ads, user_account_analytics, campaigns_analytics, ad_pins_analytics, campaigns)
	FROM SERVER "my pinterest" INTO imported;
SELECT count(*) FROM imported_tables();
SELECT name FROM pinterest_fdw.streams() EXCEPT SELECT name FROM imported_tables();

-- aliases: imported under that name, beside their stream's, and left out by it
CREATE SCHEMA aliased;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaign_analytics, board, boards)
	FROM SERVER "my pinterest" INTO aliased;
SELECT ftrelid::regclass, ftoptions FROM pg_foreign_table
 WHERE ftrelid::regclass::text LIKE 'aliased.%' ORDER BY ftrelid::regclass::text;
SET client_min_messages = warning;
DROP SCHEMA aliased CASCADE;
CREATE SCHEMA aliased;
IMPORT FOREIGN SCHEMA pinterest EXCEPT (campaign_analytics)
	FROM SERVER "my pinterest" INTO aliased;
SELECT name FROM pinterest_fdw.streams() WHERE to_regclass('aliased.' || name) IS NULL;
DROP SCHEMA aliased CASCADE;
RESET client_min_messages;

-- names that are none
IMPORT FOREIGN SCHEMA pinterests FROM SERVER "my pinterest" INTO imported;
\echo :LAST_ERROR_SQLSTATE
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campagns)
	FROM SERVER "my pinterest" INTO imported;
\echo :LAST_ERROR_SQLSTATE
IMPORT FOREIGN SCHEMA pinterest EXCEPT (ads, frobnication)
	FROM SERVER "my pinterest" INTO imported;

-- options that are none
IMPORT FOREIGN SCHEMA pinterest FROM SERVER "my pinterest" INTO imported
	OPTIONS (metric 'all');
\echo :LAST_ERROR_SQLSTATE
IMPORT FOREIGN SCHEMA pinterest FROM SERVER "my pinterest" INTO imported
	OPTIONS (frobnication 'all');
IMPORT FOREIGN SCHEMA pinterest FROM SERVER "my pinterest" INTO imported
	OPTIONS (metrics 'report');
\echo :LAST_ERROR_SQLSTATE

SET client_min_messages = warning;
DROP SCHEMA imported CASCADE;
DROP FUNCTION imported_tables();
DROP EXTENSION pinterest_fdw CASCADE;
DROP SCHEMA pinterest_fdw;
