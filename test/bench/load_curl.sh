#!/usr/bin/env bash
# The loader that one would write in a shell: curl, jq and COPY.
#
# usage: load_curl.sh ads|ana BASE_URL SCHEMA [FIRST_DAY LAST_DAY]
#
# Loads into SCHEMA.ads_landed or SCHEMA.ana_landed of the database that PGHOST and so on name.
# Whom to trust tells CURL_CA_BUNDLE, as to curl itself.
set -euo pipefail
what=$1 base=$2 schema=$3 first=${4:-} last=${5:-}
metrics=SPEND_IN_DOLLAR,CPC_IN_MICRO_DOLLAR,IMPRESSION_1,TOTAL_IMPRESSION,CLICKTHROUGH_1,TOTAL_CLICKTHROUGH,CTR,ENGAGEMENT_1,TOTAL_ENGAGEMENT,ENGAGEMENT_RATE
page=$(mktemp)
trap 'rm -f "$page"' EXIT

get() { curl -sSf --compressed -H 'Authorization: Bearer pina_bench' "$base$1"; }

# each_page PATH COMMAND...: runs the command after each page was put into $page.
each_page() {
	local path=$1 bookmark=''
	shift
	while [ "$bookmark" != null ]; do
		get "$path?page_size=250${bookmark:+&bookmark=$bookmark}" >"$page"
		"$@"
		bookmark=$(jq -r '.bookmark | if . then @uri else "null" end' "$page")
	done
}

ads_rows() {
	jq -r '
		def value: if . == null then null
			elif type == "array" then "{" + (map(tojson) | join(",")) + "}"
			elif type == "object" then tojson else . end;
		.items[] | .created_time |= todate | .updated_time |= todate | [.[] | value] | @csv' "$page"
}

# ana_rows ACCOUNT: of the campaigns of a page.
ana_rows() {
	local ids
	ids=$(jq -r '[.items[].id] | join(",")' "$page")
	get "/ad_accounts/$1/campaigns/analytics?campaign_ids=$ids&start_date=$first&end_date=$last&granularity=DAY&columns=$metrics" |
		jq -r --arg metrics "$metrics" '
			($metrics | split(",")) as $names
			| .[] | . as $row | [.CAMPAIGN_ID, .DATE, ($names[] | $row[.])] | @csv'
}

get '/ad_accounts?page_size=250' | jq -r '.items[].id' |
	while read -r account; do
		if [ "$what" = ads ]; then
			each_page "/ad_accounts/$account/ads" ads_rows
		else
			each_page "/ad_accounts/$account/campaigns" ana_rows "$account"
		fi
	done |
	psql -X -q -c "COPY $schema.${what}_landed FROM STDIN (FORMAT csv)"
