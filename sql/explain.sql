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

SET timezone = 'UTC';

-- Days are those of the test's run, so they are told by their distance from it.
CREATE FUNCTION relative(line text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	day text;
	distance integer;
BEGIN
	FOR day IN SELECT DISTINCT m[1] FROM regexp_matches(line, '\d{4}-\d\d-\d\d', 'g') m LOOP
		distance := day::date - (now() AT TIME ZONE 'UTC')::date;
		line := replace(line, day, 'today' || coalesce(to_char(nullif(distance, 0), 'FMSG999'), ''));
	END LOOP;
	RETURN line;
END $$;

-- a line of a plan each, and what is wrapped below one with it
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	whole text;
	label text;
	message text;
	detail text;
	hint text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ ('^ {' || length(label) || '}\S') THEN
			whole := whole || CASE WHEN whole ~ ',$' AND whole !~ ': GET ' THEN ' ' ELSE '' END || ltrim(line);
			CONTINUE;
		END IF;
		RETURN QUERY SELECT relative(whole) WHERE whole IS NOT NULL;
		whole := line;
		label := substring(line, '^ *[A-Z][A-Za-z ]*: ');
	END LOOP;
	RETURN NEXT relative(whole);
EXCEPTION
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT,
			detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		RETURN NEXT relative(concat_ws(E'\n  ', SQLSTATE || ' ' || message,
			'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, '')));
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
-- a list in batches: not where ids are known, nor for the first rows alone
CREATE FOREIGN TABLE split_ads (id bigint, campaign_id text, ad_account_id text, status text)
	SERVER pinterest OPTIONS (stream 'ads', split_by 'campaigns');
SELECT plan($$SELECT id FROM split_ads WHERE status = 'ACTIVE'$$);
SELECT plan($$SELECT id FROM split_ads WHERE ad_account_id = '1' ORDER BY id$$);
SELECT plan($$SELECT id FROM split_ads WHERE ad_account_id = '1' ORDER BY id LIMIT 10$$);
SELECT plan($$SELECT id FROM split_ads WHERE ad_account_id = '1' LIMIT 10$$);
SELECT plan($$SELECT id FROM split_ads WHERE ad_account_id = '1' AND campaign_id IN ('2', '3') ORDER BY id$$);
ALTER FOREIGN TABLE split_ads OPTIONS (SET split_by 'ad_groups');
SELECT plan($$SELECT id FROM split_ads WHERE ad_account_id = '1'$$);
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

--
-- Settings, which are columns
--
SELECT plan($$SELECT spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND granularity = 'TOTAL' AND date >= current_date - 6$$);
-- one pass each
SELECT plan($$SELECT granularity, date, spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND granularity IN ('DAY', 'TOTAL') AND date >= current_date - 6$$);
SELECT plan($$SELECT click_window_days, date, total_conversions FROM ad_account_analytics
	WHERE ad_account_id = '1' AND click_window_days IN (7, 30) AND date >= current_date - 6$$);
-- the API's default is sent only where it is shown
SELECT plan($$SELECT date, view_window_days FROM ad_account_analytics WHERE ad_account_id = '1'$$);
-- a condition counts before the table's option, and that before the server's
ALTER SERVER pinterest OPTIONS (ADD click_window_days '60', ADD granularity 'HOUR');
ALTER FOREIGN TABLE ad_account_analytics OPTIONS (ADD granularity 'TOTAL');
SELECT plan($$SELECT spend_in_dollar FROM ad_account_analytics WHERE ad_account_id = '1'$$);
SELECT plan($$SELECT spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND granularity = 'DAY' AND click_window_days = 1$$);
ALTER FOREIGN TABLE ad_account_analytics OPTIONS (DROP granularity);
ALTER SERVER pinterest OPTIONS (DROP click_window_days, DROP granularity);
-- there are no other values
SELECT plan($$SELECT date FROM ad_account_analytics WHERE granularity = 'WEEKS'$$);
SELECT plan($$SELECT date FROM ad_account_analytics WHERE granularity IN ('DAY', 'QUARTER')$$);
SELECT plan($$SELECT date FROM ad_account_analytics WHERE click_window_days = 2$$);
-- hours, of a few days a request
SELECT plan($$SELECT hour, spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND granularity = 'HOUR' AND date >= current_date - 7$$);
-- a setting that chooses the part of the answer, and one that is sent
SELECT plan($$SELECT impression FROM pins_analytics
	WHERE pin_id = '1' AND granularity = 'TOTAL' AND app_type IN ('WEB', 'MOBILE')$$);

--
-- Requests and reports
--
-- days that requests reach, and earlier ones
SELECT plan($$SELECT date, spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND date >= current_date - 100$$);
-- earlier ones alone, in two reports
SELECT plan($$SELECT date, spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND date BETWEEN current_date - 400 AND current_date - 200$$);
-- days that nothing reaches are left out
SELECT plan($$SELECT date, spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND date BETWEEN current_date - 2000 AND current_date - 900$$);
SELECT plan($$SELECT product_item_id, date, spend_in_dollar FROM product_items_analytics
	WHERE ad_account_id = '1' AND product_item_id = '7' AND date >= current_date - 200$$);
-- a metric that only reports have: for an account nothing else is listed
ALTER FOREIGN TABLE campaigns_analytics ADD COLUMN searches bigint OPTIONS (field 'TOTAL_SEARCH');
SELECT plan($$SELECT campaign_id, date, searches FROM campaigns_analytics
	WHERE ad_account_id = '1' AND date >= current_date - 6$$);
SELECT plan($$SELECT campaign_id, date, searches FROM campaigns_analytics
	WHERE campaign_id = '2' AND date >= current_date - 6$$);
-- and one that they lack
ALTER FOREIGN TABLE campaigns_analytics ADD COLUMN quiz_pin_result_open bigint;
SELECT plan($$SELECT date, quiz_pin_result_open FROM campaigns_analytics
	WHERE ad_account_id = '1' AND campaign_id = '2' AND date >= current_date - 100$$);
SELECT plan('SELECT searches, quiz_pin_result_open FROM campaigns_analytics');
-- a total is that of one request or one report
SELECT plan($$SELECT spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND granularity = 'TOTAL' AND date >= current_date - 100$$);
SELECT plan($$SELECT spend_in_dollar FROM ad_account_analytics
	WHERE ad_account_id = '1' AND granularity = 'TOTAL' AND date >= current_date - 300$$);
-- a level that only reports have
SELECT plan($$SELECT keyword_id, date, spend_in_dollar FROM keywords_analytics
	WHERE ad_account_id = '1' AND date >= current_date - 6$$);
-- parts of an audience: some, and all that there are
SELECT plan($$SELECT targeting_value, date, spend_in_dollar FROM ad_account_targeting_analytics
	WHERE ad_account_id = '1' AND targeting_type IN ('GENDER', 'AGE_BUCKET') AND date >= current_date - 6$$);
SELECT plan($$SELECT targeting_value, date, spend_in_dollar FROM ad_account_targeting_analytics
	WHERE ad_account_id = '1' AND date = current_date - 100$$);
-- the sandbox has no reports
CREATE SERVER sandbox FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url 'https://api-sandbox.pinterest.com/v5');
CREATE FOREIGN TABLE sandbox_analytics (date date, spend_in_dollar float8, total_search bigint)
	SERVER sandbox OPTIONS (stream 'ad_account_analytics', ad_account_id '1');
SELECT plan('SELECT spend_in_dollar FROM sandbox_analytics WHERE date >= current_date - 100');
SELECT plan('SELECT total_search FROM sandbox_analytics');

--
-- Rows that are only counted
--
SELECT plan('SELECT count(*) FROM campaigns');
SELECT plan('SELECT 1 FROM pins');
SELECT plan('SELECT count(*) FROM campaigns_analytics');
-- columns that tell what was asked for are no fields
SELECT plan($$SELECT ad_account_id FROM campaigns WHERE ad_account_id = '1'$$);
-- a condition that PostgreSQL checks reads a field
SELECT plan($$SELECT count(*) FROM campaigns WHERE ad_account_id = '1' AND status = 'ACTIVE'$$);
-- and so does the question whether a row counts
SELECT plan($$SELECT count(*) FROM keywords WHERE ad_account_id = '1' AND ad_group_id = '2'$$);
SELECT plan('SELECT count(*) FROM ad_accounts');
ALTER FOREIGN TABLE ad_accounts OPTIONS (ADD ad_account_id '1,2');
SELECT plan('SELECT count(*) FROM ad_accounts');
ALTER FOREIGN TABLE ad_accounts OPTIONS (DROP ad_account_id);
-- nothing is asked for
SELECT plan($$SELECT count(*) FROM campaigns WHERE ad_account_id = ANY ('{}')$$);

--
-- Values that the query has to name
--
SELECT plan('SELECT keyword FROM trends_keywords');
SELECT plan($$SELECT keyword FROM trends_keywords WHERE region LIKE 'U%'$$);
SELECT plan('SELECT suggested_term FROM terms_suggested');
SELECT plan($$SELECT suggested_term FROM terms_suggested WHERE term = 'garden chairs'$$);
-- one that can only be one of a list
SELECT plan($$SELECT keyword FROM trends_keywords WHERE region = 'us'$$);
-- the trends' kinds are all asked for
SELECT plan($$SELECT keyword FROM trends_keywords WHERE region = 'US'$$);
SELECT plan($$SELECT keyword FROM trends_keywords
	WHERE region IN ('US', 'CA') AND trend_type = 'growing' AND interest = 'art'$$);
-- of what need not be named, other values are left to PostgreSQL
SELECT plan($$SELECT id FROM campaigns WHERE ad_account_id = '1' AND status = 'RUNNING'$$);

--
-- Keywords of ad groups, of campaigns, and of the ad account itself
--
SELECT plan('SELECT id FROM keywords');
SELECT plan($$SELECT id FROM keywords WHERE ad_account_id = '1' AND ad_group_id = '2'$$);
SELECT plan($$SELECT id FROM keywords
	WHERE ad_account_id = '1' AND campaign_id = '2' AND match_type = 'EXACT'$$);

--
-- Whose rows: the owner's of an ad account in the place of the token's user's
--
SELECT plan('SELECT id FROM board_pins');
SELECT plan('SELECT id FROM board_pins WHERE ad_account_id IS NULL');
SELECT plan($$SELECT id FROM board_pins WHERE ad_account_id = '1'$$);
SELECT plan($$SELECT id FROM board_pins WHERE ad_account_id IN ('1', '2') AND board_id = '3'$$);
SELECT plan($$SELECT id FROM board_pins WHERE (ad_account_id IN ('1', '2') OR ad_account_id IS NULL) AND board_id = '3'$$);
-- a row of the token's user and those of five ad accounts
SELECT plan($$SELECT id FROM board_pins WHERE ad_account_id <> '1'$$);
SELECT plan($$SELECT pin_id FROM top_pins WHERE ad_account_id IS NOT NULL AND date = current_date$$);
-- by options
ALTER SERVER pinterest OPTIONS (ADD ad_account_id '1,2');
SELECT plan('SELECT id FROM pins');
SELECT plan('SELECT id FROM pins WHERE ad_account_id IS NULL');
ALTER FOREIGN TABLE pins OPTIONS (ADD ad_account_id '3');
SELECT plan('SELECT id FROM pins');
ALTER FOREIGN TABLE pins OPTIONS (SET ad_account_id '');
SELECT plan('SELECT id FROM pins');
-- a stream that knows of no account
SELECT plan('SELECT username FROM followers');
ALTER FOREIGN TABLE followers OPTIONS (ADD ad_account_id '1');
ALTER SERVER pinterest OPTIONS (DROP ad_account_id);
-- a setting without a default
SELECT plan('SELECT name FROM delivery_metrics WHERE report_type IS NULL');

SET client_min_messages = warning;
DROP EXTENSION pinterest_fdw CASCADE;
DROP SCHEMA explain_test CASCADE;
DROP SCHEMA pinterest_fdw;
