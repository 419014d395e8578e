\pset format unaligned
\pset tuples_only on
-- What EXPLAIN tells of the requests, none of which it sends: the server is
-- out of reach, and there is no user mapping.
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url 'http://127.0.0.1:9/v5');
CREATE SCHEMA explain_test;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO explain_test;
SET search_path = explain_test;

-- Days are those of the test's run: only their number is compared.
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	days text[];
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		days := regexp_match(line, 'start_date=([0-9-]+)&end_date=([0-9-]+)');
		line := regexp_replace(line, 'start_date=[0-9-]+&end_date=[0-9-]+',
			format('start_date=..&end_date=.. (%s days)', days[2]::date - days[1]::date + 1));
		RETURN NEXT line;
	END LOOP;
END $$;

-- one request, and what is left to PostgreSQL
SELECT plan($$SELECT id, name FROM campaigns
	WHERE ad_account_id = '1' AND status = 'ACTIVE' AND name LIKE 'S%'$$);
-- accounts are listed first
SELECT plan('SELECT id FROM campaigns');
-- accounts, then campaigns, then their analytics; columns is the SELECT list
SELECT plan('SELECT campaign_id, date, spend_in_dollar, ctr FROM campaigns_analytics');
-- ids and their account: nothing is listed
SELECT plan($$SELECT campaign_id, total_impression FROM campaigns_analytics
	WHERE ad_account_id = '1' AND campaign_id IN ('1', '2', '3', '4', '2')
	AND date >= current_date - 7$$);
-- ids of an unknown account: the campaigns are asked for it
SELECT plan($$SELECT date FROM campaigns_analytics WHERE campaign_id = '1'$$);
-- a metric that only WHERE reads is asked for too
SELECT plan($$SELECT date FROM campaigns_analytics WHERE spend_in_dollar > 10
	AND ad_account_id = '1' AND campaign_id = '1'$$);
-- only one kind of id goes into a request for ads
SELECT plan($$SELECT id FROM ads
	WHERE ad_account_id = '1' AND campaign_id = '2' AND ad_group_id = '3'$$);
-- lookups
SELECT plan($$SELECT title FROM pins WHERE id IN ('1', '2')$$);
SELECT plan($$SELECT title FROM pins WHERE board_id = '1' AND creative_type = 'VIDEO'$$);
SELECT plan($$SELECT name FROM boards WHERE privacy = 'SECRET'$$);
-- the account's id costs a request, so it is only asked for when wanted
SELECT plan('SELECT date, impression FROM user_account_analytics');
SELECT plan('SELECT user_account_id, date, impression FROM user_account_analytics');
-- LIMIT
SELECT plan($$SELECT id FROM ads WHERE ad_account_id = '1' LIMIT 10$$);
SELECT plan($$SELECT id FROM ads WHERE ad_account_id = '1' AND name = 'x' LIMIT 10$$);
-- nothing to ask for
SELECT plan($$SELECT id FROM campaigns WHERE id IN ('1', '2') AND id IN ('3')$$);
SELECT plan($$SELECT date FROM campaigns_analytics WHERE date > current_date + 1$$);
-- text ids are sorted here, since the API sorts them as numbers
SELECT plan($$SELECT id FROM campaigns WHERE ad_account_id = '1' ORDER BY id$$);
ALTER FOREIGN TABLE campaigns ALTER COLUMN id TYPE bigint;
SELECT plan($$SELECT id FROM campaigns WHERE ad_account_id = '1' ORDER BY id DESC LIMIT 5$$);
-- an order over several requests is none
SELECT plan('SELECT id FROM campaigns ORDER BY id');
ALTER FOREIGN TABLE campaigns ALTER COLUMN id TYPE text;
-- a few rows outside: their ids are pushed inside
SELECT plan($$SELECT a.date, a.spend_in_dollar FROM (VALUES ('1', '2')) AS v (account, campaign)
	JOIN campaigns_analytics a ON a.ad_account_id = v.account AND a.campaign_id = v.campaign$$);
-- a setting of the table
ALTER FOREIGN TABLE campaigns_analytics OPTIONS (granularity 'TOTAL', click_window_days '7');
SELECT plan($$SELECT campaign_id, spend_in_dollar FROM campaigns_analytics
	WHERE ad_account_id = '1' AND campaign_id = '1' AND date >= current_date - 2$$);
ALTER FOREIGN TABLE campaigns_analytics OPTIONS (DROP granularity, DROP click_window_days);
-- a column that means nothing
ALTER FOREIGN TABLE campaigns ADD COLUMN nmae text;
SELECT plan('SELECT nmae FROM campaigns');
SET client_min_messages = warning;
DROP EXTENSION pinterest_fdw CASCADE;
DROP SCHEMA explain_test CASCADE;
DROP SCHEMA pinterest_fdw;
