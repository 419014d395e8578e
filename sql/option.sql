--
-- Options of server, user mapping, foreign table and column
--
CREATE EXTENSION pinterest_fdw;
CREATE ROLE regress_pinterest_user;
GRANT USAGE ON FOREIGN DATA WRAPPER pinterest_fdw TO regress_pinterest_user;
\pset format unaligned
\pset tuples_only on

-- Runs a command and takes it back; says what became of it.
CREATE FUNCTION pg_temp.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE command;
	RAISE USING ERRCODE = 'P0TST';
EXCEPTION
	WHEN SQLSTATE 'P0TST' THEN
		RETURN 'ok';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT,
			detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		-- test/t/option/181_words.pl looks at long lists
		hint := regexp_replace(hint, '(in this context are: ).{30,}', '\1[...]');
		RETURN concat_ws(E'\n  ', SQLSTATE || ' ' || message,
			'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''));
END
$$;

CREATE FUNCTION pg_temp.server(options text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.attempt(format(
		'CREATE SERVER s FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (%s)', options))
$$;
CREATE FUNCTION pg_temp.mapping(options text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.attempt(format(
		'CREATE USER MAPPING FOR PUBLIC SERVER pinterest %s', options))
$$;
CREATE FUNCTION pg_temp.foreign_table(options text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.attempt(format(
		'CREATE FOREIGN TABLE t (id text) SERVER pinterest %s', options))
$$;
CREATE FUNCTION pg_temp.foreign_column(options text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.attempt(format(
		'CREATE FOREIGN TABLE t (id text OPTIONS (%s)) SERVER pinterest OPTIONS (stream ''pins'')', options))
$$;

CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw;

--
-- Names
--
SELECT pg_temp.server($$ pagesize '10' $$);
SELECT pg_temp.server($$ access_token 'pina_secret' $$);
SELECT pg_temp.server($$ stream 'ads' $$);
SELECT pg_temp.server($$ granularty 'DAY' $$);
SELECT pg_temp.mapping($$ OPTIONS (acces_token 'pina_secret') $$);
SELECT pg_temp.mapping($$ OPTIONS (base_url 'http://localhost') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (steam 'ads') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', granularty 'DAY') $$);
SELECT pg_temp.mapping($$ OPTIONS (granularity 'DAY') $$);
SELECT pg_temp.foreign_column($$ granularity 'DAY' $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', retries '1') $$);
SELECT pg_temp.foreign_column($$ fields 'title' $$);
SELECT pg_temp.foreign_column($$ column_name 'title' $$);
SELECT pg_temp.foreign_column($$ stream 'title' $$);
SELECT pg_temp.attempt($$ ALTER FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (frobnication '1') $$);
SELECT pg_temp.attempt($$ ALTER FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (page_size '1') $$);

--
-- Numbers
--
SELECT pg_temp.server($$ page_size '1', max_connections '1', connect_timeout '1', request_timeout '1', report_timeout '1', retries '0' $$);
SELECT pg_temp.server($$ page_size '250', max_connections '100', connect_timeout '3600', request_timeout '3600', report_timeout '86400', retries '20' $$);
SELECT pg_temp.server($$ page_size '0' $$);
SELECT pg_temp.server($$ page_size '251' $$);
SELECT pg_temp.server($$ page_size '' $$);
SELECT pg_temp.server($$ page_size ' 1' $$);
SELECT pg_temp.server($$ page_size '-1' $$);
SELECT pg_temp.server($$ page_size '1.0' $$);
SELECT pg_temp.server($$ page_size '4294967297' $$);
SELECT pg_temp.server($$ page_size 'many' $$);
SELECT pg_temp.server($$ max_connections '0' $$);
SELECT pg_temp.server($$ max_connections '101' $$);
SELECT pg_temp.server($$ connect_timeout '0' $$);
SELECT pg_temp.server($$ connect_timeout '3601' $$);
SELECT pg_temp.server($$ request_timeout '0' $$);
SELECT pg_temp.server($$ request_timeout '3601' $$);
SELECT pg_temp.server($$ total_timeout '0' $$);
SELECT pg_temp.server($$ total_timeout '-1' $$);
SELECT pg_temp.server($$ total_timeout '86401' $$);
SELECT pg_temp.server($$ total_timeout '99999999999999999999' $$);
SELECT pg_temp.server($$ report_timeout '0' $$);
SELECT pg_temp.server($$ report_timeout '86401' $$);
SELECT pg_temp.server($$ report_timeout '15min' $$);
SELECT pg_temp.server($$ retries '21' $$);

--
-- Dates and ids
--
SELECT pg_temp.server($$ start_date '2026-02-28' $$);
SELECT pg_temp.server($$ start_date '2024-02-29' $$);
SELECT pg_temp.server($$ start_date '2026-02-29' $$);
SELECT pg_temp.server($$ start_date '2026-13-01' $$);
SELECT pg_temp.server($$ start_date '2026-00-01' $$);
SELECT pg_temp.server($$ start_date '2026-01-00' $$);
SELECT pg_temp.server($$ start_date '0000-01-01' $$);
SELECT pg_temp.server($$ start_date '2026-1-1' $$);
SELECT pg_temp.server($$ start_date '2026-01-011' $$);
SELECT pg_temp.server($$ start_date 'today' $$);
SELECT pg_temp.server($$ start_date '' $$);
SELECT pg_temp.server($$ default_days '1', without_dates 'last_days' $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', default_days '914', without_dates 'all') $$);
SELECT pg_temp.server($$ without_dates 'error' $$);
SELECT pg_temp.server($$ default_days '0' $$);
SELECT pg_temp.server($$ default_days '915' $$);
SELECT pg_temp.server($$ without_dates 'All' $$);
SELECT pg_temp.server($$ without_dates '' $$);
SELECT pg_temp.server($$ ad_account_id '549755885175' $$);
SELECT pg_temp.server($$ ad_account_id '549755885175, 549755885176 ,549755885175' $$);
SELECT pg_temp.server($$ ad_account_id '123456789012345678' $$);
SELECT pg_temp.server($$ ad_account_id '1234567890123456789' $$);
SELECT pg_temp.server($$ ad_account_id '' $$);
SELECT pg_temp.server($$ ad_account_id '1,' $$);
SELECT pg_temp.server($$ ad_account_id ',1' $$);
SELECT pg_temp.server($$ ad_account_id '1 2' $$);
SELECT pg_temp.server($$ ad_account_id '1;2' $$);
SELECT pg_temp.server($$ ad_account_id 'mine' $$);

--
-- Hosts and files
--
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url 'https://api.example.com:8443/v5/' $$);
SELECT pg_temp.server($$ base_url 'https://[2001:db8::1]:8443' $$);
SELECT pg_temp.server($$ base_url 'http://localhost:8080/v5' $$);
SELECT pg_temp.server($$ base_url 'http://LocalHost' $$);
SELECT pg_temp.server($$ base_url 'http://127.0.0.1:8080/v5' $$);
SELECT pg_temp.server($$ base_url 'http://127.255.0.9/v5' $$);
SELECT pg_temp.server($$ base_url 'http://[::1]:8080/v5' $$);
SELECT pg_temp.server($$ base_url 'http://api.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://127.0.0.1.example.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://127.1/v5' $$);
SELECT pg_temp.server($$ base_url 'http://2130706433/v5' $$);
SELECT pg_temp.server($$ base_url 'http://localhost.example.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://[::ffff:127.0.0.1]/v5' $$);
SELECT pg_temp.server($$ base_url 'ftp://api.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url 'https://me@api.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://localhost@example.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://localhost\@example.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://localhost#@example.com/v5' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v5?a=b' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v5#a' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v 5' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com:0/v5' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com:65536/v5' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com:/v5' $$);
SELECT pg_temp.server($$ base_url 'https:///v5' $$);
SELECT pg_temp.server($$ base_url 'https://[::1/v5' $$);
SELECT pg_temp.server($$ base_url 'https://[]/v5' $$);
SELECT pg_temp.server($$ base_url 'api.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url '' $$);
SELECT pg_temp.server($$ ca_file '/etc/ssl/ca.pem' $$);
SELECT pg_temp.server($$ ca_file 'ca.pem' $$);
SELECT pg_temp.server($$ ca_file '' $$);
SELECT pg_temp.server($$ proxy 'http://proxy.example.com:3128' $$);
SELECT pg_temp.server($$ proxy 'socks5h://127.0.0.1:1080/' $$);
SELECT pg_temp.server($$ proxy 'http://me:secret@proxy.example.com:3128' $$);
SELECT pg_temp.server($$ proxy 'ftp://proxy.example.com' $$);
SELECT pg_temp.server($$ proxy 'http://proxy.example.com/path' $$);
SELECT pg_temp.server($$ proxy 'proxy.example.com:3128' $$);
SELECT pg_temp.server($$ proxy '' $$);

--
-- Tokens, of which no message tells anything
--
SELECT pg_temp.mapping($$ OPTIONS (access_token 'pina_AMA6.b-c_d~e+f/g=') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token_file '/etc/pinterest/token') $$);
SELECT pg_temp.mapping($$ $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token 'secret', access_token_file '/etc/pinterest/token') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token '') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token 'secret secret') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token E'secret\n') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token E'secret\x7f') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token 'Bearer secret') $$);
SELECT pg_temp.mapping(format('OPTIONS (access_token %L)', repeat('x', 8192)));
SELECT pg_temp.mapping(format('OPTIONS (access_token %L)', repeat('x', 8193)));
SELECT pg_temp.mapping($$ OPTIONS (access_token_file 'token') $$);
SELECT pg_temp.mapping($$ OPTIONS (access_token_file '') $$);

--
-- Streams and their settings
--
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'campaigns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'campaign_analytics') $$);
SELECT pg_temp.foreign_table($$ $$);
SELECT pg_temp.foreign_table($$ OPTIONS (page_size '10') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (granularity 'DAY') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'campagns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'campain_analytics') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'Campaigns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'frobnication') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream '') $$);
SELECT pg_temp.foreign_table(format('OPTIONS (stream %L)', repeat('ads', 90)));
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', page_size '10', start_date '2026-01-01', ad_account_id '1,2') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', page_size '1000') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', report_timeout '60') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', on_denied 'skip') $$);
SELECT pg_temp.server($$ on_denied 'Skip' $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', report_timeout '0') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', start_date 'yesterday') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', ad_account_id 'mine') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', granularity 'TOTAL', click_window_days '0',
	engagement_window_days '60', view_window_days '7', conversion_report_time 'TIME_OF_CONVERSION') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', granularity 'week') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', granularity 'days') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', granularity 'QUARTER') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', granularity '') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', click_window_days '2') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', view_window_days '-1') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', conversion_report_time 'TIME_OF_ACTION') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', pin_format 'ALL') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', granularity 'DAY') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'user_account_analytics', from_claimed_content 'CLAIMED',
	pin_format 'ADS_VIDEO', app_type 'TABLET', content_type 'PAID', source 'YOUR_PINS') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'user_account_analytics', pin_format 'ORGANIC_VIDEOS') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'user_account_analytics', split_field 'APP_TYPE', app_types 'WEB') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'pins_analytics', granularity 'TOTAL', app_type 'WEB') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'pins_analytics', granularity 'WEEK') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'top_video_pins', sort_by 'VIDEO_START', created_in_last_n_days '30') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'top_pins', sort_by 'VIDEO_START') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_targeting_analytics', attribution_type 'HOUSEHOLD') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', attribution_type 'HOUSEHOLD') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'trends_keywords', gender 'female', include_prediction 'true') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'trends_keywords', include_prediction 'yes') $$);
-- a column that no more than narrows rows is no setting
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'trends_keywords', region 'US') $$);

-- a server's settings are those of all streams
SELECT pg_temp.server($$ granularity 'WEEK', click_window_days '7', engagement_window_days '1',
	view_window_days '0', conversion_report_time 'TIME_OF_CONVERSION', attribution_type 'INDIVIDUAL',
	app_type 'MOBILE', split_field 'SOURCE', sort_by 'SAVE', include_demographics 'false' $$);
SELECT pg_temp.server($$ granularity 'total' $$);
SELECT pg_temp.server($$ granularity 'DAYS' $$);
SELECT pg_temp.server($$ granularity '' $$);
SELECT pg_temp.server($$ click_window_days '2' $$);
-- one that any of them has will do
SELECT pg_temp.server($$ sort_by 'VIDEO_START', gender 'MALE' $$);
SELECT pg_temp.server($$ gender 'unknown' $$);
SELECT pg_temp.server($$ gender 'other' $$);
SELECT pg_temp.server($$ region 'US' $$);
CREATE SERVER windows FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (click_window_days '7');
SELECT pg_temp.attempt($$ ALTER SERVER windows OPTIONS (SET click_window_days '14') $$);
SELECT pg_temp.attempt($$ ALTER SERVER windows OPTIONS (SET click_window_days '15') $$);
SELECT pg_temp.attempt($$ ALTER SERVER windows OPTIONS (DROP click_window_days) $$);

-- what a list can be split by depends on the stream
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', split_by 'campaigns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ad', split_by 'adgroups') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ad_groups', split_by 'campaigns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ad_groups', split_by 'ad_groups') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', split_by 'boards') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', split_by 'campains') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads', split_by '') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'campaigns', split_by 'campaigns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (stream 'ads_analytics', split_by 'campaigns') $$);
SELECT pg_temp.foreign_table($$ OPTIONS (split_by 'campaigns') $$);
SELECT pg_temp.server($$ split_by 'campaigns' $$);

SELECT pg_temp.foreign_column($$ field 'media.media_type' $$);
SELECT pg_temp.foreign_column($$ field '' $$);

-- an ALTER is judged by what it leaves
CREATE FOREIGN TABLE t (id text) SERVER pinterest
	OPTIONS (stream 'ads_analytics', granularity 'DAY');
SELECT pg_temp.attempt($$ ALTER FOREIGN TABLE t OPTIONS (DROP stream) $$);
SELECT pg_temp.attempt($$ ALTER FOREIGN TABLE t OPTIONS (SET stream 'ads') $$);
SELECT pg_temp.attempt($$ ALTER FOREIGN TABLE t OPTIONS (SET stream 'ads', DROP granularity) $$);
SELECT pg_temp.attempt($$ ALTER FOREIGN TABLE t OPTIONS (SET granularity 'HOUR') $$);
CREATE FOREIGN TABLE t2 (id text) SERVER pinterest OPTIONS (stream 'ads', split_by 'ad_groups');
SELECT pg_temp.attempt($$ ALTER FOREIGN TABLE t2 OPTIONS (SET stream 'ad_groups') $$);
SELECT pg_temp.attempt($$ ALTER FOREIGN TABLE t2 OPTIONS (SET stream 'ad_groups', SET split_by 'campaigns') $$);
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'secret');
SELECT pg_temp.attempt($$ ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest
	OPTIONS (DROP access_token) $$);
SELECT pg_temp.attempt($$ ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest
	OPTIONS (ADD access_token_file '/etc/pinterest/token') $$);
SELECT pg_temp.attempt($$ ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest
	OPTIONS (DROP access_token, ADD access_token_file '/etc/pinterest/token') $$);

--
-- What only superusers may do
--
GRANT USAGE ON FOREIGN SERVER pinterest TO regress_pinterest_user;
SET ROLE regress_pinterest_user;
SELECT pg_temp.server($$ page_size '10', max_connections '2', connect_timeout '5', request_timeout '5',
	report_timeout '60', retries '1', start_date '2026-01-01', ad_account_id '1', granularity 'WEEK' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v5/' $$);
SELECT pg_temp.server($$ base_url 'https://api-sandbox.pinterest.com/v5' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com/v6' $$);
SELECT pg_temp.server($$ base_url 'https://api.pinterest.com.example.com/v5' $$);
SELECT pg_temp.server($$ base_url 'http://localhost:8080/v5' $$);
SELECT pg_temp.server($$ ca_file '/etc/ssl/ca.pem' $$);
SELECT pg_temp.server($$ proxy 'http://proxy.example.com:3128' $$);
SELECT pg_temp.attempt($$ CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'secret') $$);
SELECT pg_temp.attempt($$ CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token_file '/etc/passwd') $$);
RESET ROLE;

SET client_min_messages = warning;
DROP EXTENSION pinterest_fdw CASCADE;
DROP SCHEMA pinterest_fdw;
DROP ROLE regress_pinterest_user;
