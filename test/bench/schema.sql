-- A world's foreign tables, the tables that their rows land in, and the same rows from the
-- server's own CSV (truth). Variables of psql: world (a schema and a foreign server),
-- base_url, for TLS ca_file, programs that print the CSV, and for a world with all tables
-- there are metrics (those of the import).
CREATE EXTENSION IF NOT EXISTS pinterest_fdw;
DROP SERVER IF EXISTS :"world" CASCADE;
DROP SCHEMA IF EXISTS :"world" CASCADE;
CREATE SERVER :"world" FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url :'base_url', access_tier 'unlimited', max_connections :'connections');
\if :{?ca_file}
ALTER SERVER :"world" OPTIONS (ADD ca_file :'ca_file');
\endif
CREATE USER MAPPING FOR CURRENT_USER SERVER :"world" OPTIONS (access_token 'pina_bench');
CREATE SCHEMA :"world";
SET search_path = :"world";
\if :{?metrics}
IMPORT FOREIGN SCHEMA pinterest FROM SERVER :"world" INTO :"world" OPTIONS (metrics :'metrics');
\else
IMPORT FOREIGN SCHEMA pinterest
	LIMIT TO (campaigns, ad_groups, ads, campaigns_analytics, ad_groups_analytics, ads_analytics)
	FROM SERVER :"world" INTO :"world";
\endif

-- A column that the stream does not have.
CREATE FOREIGN TABLE misspelt (spend_in_dolar double precision)
	SERVER :"world" OPTIONS (stream 'campaigns_targeting_analytics');

-- The API sorts ids as numbers.
CREATE FOREIGN TABLE ads_by_number (id numeric, ad_account_id text, name text)
	SERVER :"world" OPTIONS (stream 'ads');

CREATE UNLOGGED TABLE ads_landed AS
SELECT id, ad_account_id, campaign_id, ad_group_id, pin_id, name, status, summary_status,
	review_status, rejected_reasons, rejection_labels, creative_type, customizable_cta_type,
	grid_click_type, destination_url, android_deep_link, ios_deep_link,
	carousel_destination_urls, carousel_android_deep_links, carousel_ios_deep_links,
	collection_items_destination_url_template, click_tracking_url, view_tracking_url,
	tracking_urls, lead_form_id, quiz_pin_data, disclosure_type, disclosure_url,
	is_pin_deleted, is_removable, type, created_time, updated_time
  FROM ads WITH NO DATA;

CREATE UNLOGGED TABLE ana_landed AS
SELECT campaign_id, date, spend_in_dollar, cpc_in_micro_dollar, impression_1, total_impression,
	clickthrough_1, total_clickthrough, ctr, engagement_1, total_engagement, engagement_rate
  FROM campaigns_analytics WITH NO DATA;

CREATE UNLOGGED TABLE ads_truth (LIKE ads_landed);
CREATE UNLOGGED TABLE ana_truth (LIKE ana_landed);
\o /dev/null
COPY ads_truth FROM PROGRAM :'ads_csv' (FORMAT csv);
COPY ana_truth FROM PROGRAM :'ana_csv' (FORMAT csv);
\o

-- The same rows with their columns the other way round: to read them as the foreign table's is
-- to form each anew.
SELECT format('CREATE UNLOGGED TABLE %s_reordered AS SELECT %s FROM %1$s_truth', name,
		string_agg(quote_ident(attname), ', ' ORDER BY attnum DESC))
  FROM unnest('{ads,ana}'::text[]) name
  JOIN pg_attribute ON attrelid = (name || '_truth')::regclass AND attnum > 0
 GROUP BY name \gexec
VACUUM (ANALYZE) ads_truth, ana_truth, ads_reordered, ana_reordered;

-- Tells whether two tables have the same rows, whatever their order.
CREATE FUNCTION checksum(rows regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' '' || sum(hashtextextended(t::text, 0)) FROM %s t', rows)
		INTO result;
	RETURN result;
END
$$;
