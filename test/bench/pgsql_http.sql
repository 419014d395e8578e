-- The loader that one would write with pgsql-http: answers as jsonb, and rows of that.
CREATE EXTENSION IF NOT EXISTS http;
SET search_path = :"world", public;

-- The items of all pages.
CREATE FUNCTION pgsql_http_items(base_url text, path text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
	page jsonb;
	bookmark text;
BEGIN
	LOOP
		page := (http_get(base_url || path || '?page_size=250' || coalesce('&bookmark=' || bookmark, ''))).content;
		RETURN QUERY SELECT jsonb_array_elements(page->'items');
		bookmark := page->>'bookmark';
		EXIT WHEN bookmark IS NULL;
	END LOOP;
END
$$;

-- The ads of all accounts.
CREATE FUNCTION pgsql_http_ads(base_url text, ca_file text) RETURNS SETOF ads_landed LANGUAGE plpgsql AS $$
BEGIN
	PERFORM http_set_curlopt('CURLOPT_CAINFO', ca_file) WHERE ca_file IS NOT NULL;
	RETURN QUERY
		SELECT r.*
		  FROM pgsql_http_items(base_url, '/v5/ad_accounts') account,
			pgsql_http_items(base_url, format('/v5/ad_accounts/%s/ads', account->>'id')) ad,
			jsonb_populate_record(NULL::ads_landed, ad || jsonb_build_object(
				'created_time', to_timestamp((ad->>'created_time')::bigint),
				'updated_time', to_timestamp((ad->>'updated_time')::bigint))) r;
END
$$;

-- The metrics of all campaigns, 250 a request.
CREATE FUNCTION pgsql_http_ana(base_url text, ca_file text, first_day date, last_day date) RETURNS SETOF ana_landed
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM http_set_curlopt('CURLOPT_CAINFO', ca_file) WHERE ca_file IS NOT NULL;
	RETURN QUERY
		WITH campaigns AS MATERIALIZED (
			SELECT account->>'id' AS account, campaign->>'id' AS id, row_number() OVER () - 1 AS number
			  FROM pgsql_http_items(base_url, '/v5/ad_accounts') account,
				pgsql_http_items(base_url, format('/v5/ad_accounts/%s/campaigns', account->>'id')) campaign),
		requests AS MATERIALIZED (
			SELECT base_url || format('/v5/ad_accounts/%s/campaigns/analytics?start_date=%s&end_date=%s&granularity=DAY',
					account, first_day, last_day) ||
				'&columns=SPEND_IN_DOLLAR,CPC_IN_MICRO_DOLLAR,IMPRESSION_1,TOTAL_IMPRESSION,CLICKTHROUGH_1,'
				'TOTAL_CLICKTHROUGH,CTR,ENGAGEMENT_1,TOTAL_ENGAGEMENT,ENGAGEMENT_RATE' ||
				'&campaign_ids=' || string_agg(id, ',') AS url
			  FROM campaigns GROUP BY account, number / 250)
		SELECT r->>'CAMPAIGN_ID', (r->>'DATE')::date, (r->>'SPEND_IN_DOLLAR')::double precision,
			(r->>'CPC_IN_MICRO_DOLLAR')::double precision, (r->>'IMPRESSION_1')::numeric::bigint,
			(r->>'TOTAL_IMPRESSION')::numeric::bigint, (r->>'CLICKTHROUGH_1')::numeric::bigint,
			(r->>'TOTAL_CLICKTHROUGH')::numeric::bigint, (r->>'CTR')::double precision,
			(r->>'ENGAGEMENT_1')::numeric::bigint, (r->>'TOTAL_ENGAGEMENT')::numeric::bigint,
			(r->>'ENGAGEMENT_RATE')::double precision
		  FROM requests, http_get(url) answer, jsonb_array_elements(answer.content::jsonb) r;
END
$$;
