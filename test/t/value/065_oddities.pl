# Copyright (c) 2026, pinterest_fdw contributors

# What answers of the API have been seen to hold, against its description or
# with a meaning that it does not tell: values that mean "unset", times of all
# kinds, numbers for text and text for numbers, fields that are new or missing.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 6, '--pins', 20);
my $node = pinterest_cluster(conf => 'jit = off', options => ", retries '0'");
streams_session($node);
ask("SET TimeZone = 'Asia/Kolkata'");
my ($first) = @{ decode_json(sim_get('state'))->{ad_account_ids} };

# ---------- as the world has it ----------

for my $case (
	# -1 and 0 are the API's own ways to say nothing; they stay
	[ '-1 of an audience', 'SELECT min(size) FROM pinterest.audiences', '-1' ],
	[ '0 of an audience', 'SELECT count(*) > 0 FROM pinterest.audiences WHERE size = 0', 't' ],
	[ '-1 of an order line', 'SELECT min(paid_budget), count(*) FILTER (WHERE budget = 0) > 0 FROM pinterest.order_lines', '-1|t' ],
	[ '-1 of a discount', 'SELECT min(remaining_discount_in_micro_currency) FROM pinterest.ads_credit_discounts', '-1' ],
	[ '-1 of a trend', "SELECT count(*) > 0 FROM pinterest.trends_keywords WHERE region = 'US' AND pct_growth_wow = -1", 't' ],
	[ '-1 within an object', "SELECT DISTINCT video_counts->>'not_ingested_videos' FROM pinterest.feed_processing_results WHERE video_counts IS NOT NULL", '-1' ],
	[ '0 days of a window', 'SELECT DISTINCT view_window_days FROM pinterest.templates', '0' ],
	[ '0 of the first item', 'SELECT count(*) > 0 FROM pinterest.item_issues WHERE item_number = 0', 't' ],
	[ 'amounts beyond 32 bits', 'SELECT max(budget) FROM pinterest.order_lines', '8589934592000000' ],
	[ 'amounts as floating point', 'SELECT max(discount_in_micro_currency) FROM pinterest.ads_credit_discounts', '7500000000000000' ],
	[ 'whole numbers with a fraction of zero', 'SELECT DISTINCT click_window_days FROM pinterest.templates', '30' ],
	[ 'counts beyond 32 bits', 'SELECT max(size) FROM pinterest.audiences', '12345678901' ],

	# times
	[ 'seconds', "SELECT min(created_timestamp) = '2025-01-01T01:06:41Z' FROM pinterest.audiences", 't' ],
	[ 'seconds as floating point', "SELECT min(start_time) = '2025-01-01Z' FROM pinterest.order_lines", 't' ],
	[ 'milliseconds of subscriptions', "SELECT min(created_time) = '2026-07-09T10:20:33Z' FROM pinterest.leads_subscriptions", 't' ],
	[ 'milliseconds of tags', "SELECT min(last_fired_time) BETWEEN '2026-07-09' AND '2026-07-22' FROM pinterest.conversion_tags", 't' ],
	[ 'milliseconds of businesses', "SELECT max(created_time) = '2026-07-09T10:20:32.993Z' FROM pinterest.businesses_members", 't' ],
	[ 'milliseconds of product groups, where ISO is described', "SELECT bool_and(created_at BETWEEN '2024-07-18' AND '2024-08-30') FROM pinterest.catalogs_product_groups", 't' ],
	[ 'milliseconds within an object', "SELECT bool_and(sent_at BETWEEN '2026-07-01' AND '2026-08-01') FROM pinterest.businesses_invites", 't' ],
	[ 'ISO without a zone is UTC', "SELECT verified_at = '2022-12-14T21:03:01.602Z' FROM pinterest.websites WHERE website = 'shop.example.com'", 't' ],
	[ 'a time that daylight saving leaves out', "SELECT verified_at = '2025-03-30T02:30:00.000001Z' FROM pinterest.websites WHERE website LIKE 'no.%'", 't' ],
	[ 'ISO with a zone', "SELECT count(*) = count(*) FILTER (WHERE created_at BETWEEN '2026-03-14' AND '2026-04-30') FROM pinterest.catalogs", 't' ],
	[ 'a missing time', 'SELECT count(*) FROM pinterest.websites WHERE verified_at IS NULL', '2' ],
	[ 'days', "SELECT min(start_date), max(end_date) IS NOT NULL FROM pinterest.ssio_order_lines", '2025-01-31|t' ],

	# numbers for text, and the other way round
	[ 'a number for text', 'SELECT DISTINCT purchase_order_id FROM pinterest.order_lines WHERE length(purchase_order_id) = 8', '47110815' ],
	[ 'beside text', "SELECT count(*) > 0 FROM pinterest.order_lines WHERE purchase_order_id = 'PO-1,2'", 't' ],
	[ 'a number for an id', 'SELECT DISTINCT user_id FROM pinterest.templates', '784762938748396' ],
	[ 'leading zeros', 'SELECT DISTINCT po_number FROM pinterest.ssio_order_lines', '00471' ],
	[ 'short ids', 'SELECT min(length(id)) FROM pinterest.targeting_templates', '3' ],
	[ 'ids of both lengths', 'SELECT count(DISTINCT length(id)) FROM pinterest.board_sections', '2' ],
	[ 'odd characters in ids', 'SELECT bool_or(pin_order_id ~ $$/\+&$$) FROM pinterest.ssio_order_lines', 't' ],
	[ 'and as a condition', "SELECT count(DISTINCT pin_order_id) FROM pinterest.ssio_order_lines WHERE pin_order_id = '0Q01N0000015hekS/+&'", '1' ],

	# null, missing, empty
	[ 'empty text is not null', "SELECT count(*) FILTER (WHERE name = '') > 0, count(*) FILTER (WHERE name IS NULL) FROM pinterest.audiences", 't|0' ],
	[ 'null is not empty', "SELECT count(*) FILTER (WHERE created_by_company_name = '') > 0, count(*) FILTER (WHERE created_by_company_name IS NULL) > 0 FROM pinterest.audiences", 't|t' ],
	[ 'a missing key is null', 'SELECT count(*) FILTER (WHERE placement_group IS NULL) > 0, count(placement_group) > 0 FROM pinterest.targeting_templates', 't|t' ],
	[ 'and not in attrs', "SELECT bool_or(NOT attrs ? 'placement_group'), bool_or(attrs->'tracking_urls' = 'null') FROM pinterest.targeting_templates", 't|t' ],
	[ 'an empty array is not null', "SELECT count(*) FILTER (WHERE ingestion_sources = '{}') > 0, count(*) FILTER (WHERE ingestion_sources IS NULL) > 0 FROM pinterest.templates", 't|t' ],
	[ 'the word NULL', "SELECT count(*) > 0 FROM pinterest.audiences WHERE name = 'NULL'", 't' ],
	[ 'a mixed-case field', "SELECT count(*) > 0 FROM pinterest.ads_credit_discounts WHERE discount_type = 'COUPON' AND discount_currency = 'USD'", 't' ],
	[ 'a long text of several lines', "SELECT min(length(code_snippet)) > 800, bool_and(code_snippet LIKE E'<!--%\\n%\\\\\\\\n%') FROM pinterest.conversion_tags", 't|t' ],
	[ 'a field that the description lacks', "SELECT count(*) = 9, bool_and(NOT (attrs->>'recommended')::boolean) FROM pinterest.user_interests", 't|t' ])
{
	my ($name, $sql, $expected) = @$case;

	is(ask($sql), $expected, "$name");
}

# ---------- a field of the first row with another value ----------

my %table = (
	audiences => [ '/audiences$', "ad_account_id = '$first' AND ownership_type = 'OWNED'" ],
	leads_subscriptions => [ '/leads/subscriptions$', "ad_account_id = '$first'" ],
	catalogs => [ '^/catalogs$', 'true' ],
	businesses_members => [ '/members$', 'NOT is_system_user' ],
	conversion_tags => [ '/conversion_tags$', "ad_account_id = '$first'" ],
	order_lines => [ '/order_lines$', "ad_account_id = '$first'" ],
	labels => [ '/labels$', "ad_account_id = '$first'" ],
	billing_invoices => [ '/billing_invoices$', "ad_account_id = '$first'" ],
	delivery_metrics => [ '/delivery_metrics$', 'true' ],
);

# What the query of a column says: its first value, or an error.
sub with_field
{
	my ($stream, $field, $value, $sql) = @_;
	my ($path, $where) = @{ $table{$stream} };

	sim_fault(action => 'set_field', match => $path, times => 50, field => $field, value => $value);
	my $said = complaint("CREATE TEMP TABLE odd AS SELECT * FROM pinterest.$stream WHERE $where");
	my $answer = $said =~ /ERROR/ ? $said : ask("SELECT $sql FROM odd");
	ask('DROP TABLE IF EXISTS odd; RESET client_min_messages; SET client_min_messages = warning');
	sim_reset();
	return $answer;
}

# Times: any of these is the first moment of 2025, in any column.
for my $value (1735689600, '1735689600', 1735689600.0, 1735689600000, '1735689600000', '2025-01-01', '2025-01-01T00:00:00', '2025-01-01 00:00:00',
	'2025-01-01T00:00:00Z', '2025-01-01T00:00:00.000000+00:00', '2025-01-01T05:30:00+05:30', '2024-12-31T16:00:00-0800', '2025-01-01T00:00')
{
	is(with_field('audiences', 'created_timestamp', $value, "bool_or(created_timestamp = '2025-01-01Z')"), 't', "audiences.created_timestamp: $value");
}
for my $case ([ 'leads_subscriptions', 'created_time', 'created_time' ], [ 'catalogs', 'created_at', 'created_at' ],
	[ 'businesses_members', 'created_time', 'created_time' ], [ 'conversion_tags', 'last_fired_time_ms', 'last_fired_time' ])
{
	my ($stream, $field, $column) = @$case;

	is(with_field($stream, $field, $_, "bool_or($column = '2025-01-01Z')"), 't', "$stream.$field: $_") for 1735689600, 1735689600000, '2025-01-01T00:00:00';
	is(with_field($stream, $field, undef, "bool_or($column IS NULL)"), 't', "$stream.$field: null");
	like(with_field($stream, $field, 'never', '1'), qr/ERROR.*cannot convert value "never".*column "$column"/s, "$stream.$field: no time is an error that names the column");
}
is(with_field('audiences', 'created_timestamp', 0, "bool_or(created_timestamp = '1970-01-01Z')"), 't', 'a time of 0');
is(with_field('audiences', 'created_timestamp', 1735689600.5, "bool_or(created_timestamp = '2025-01-01 00:00:00.5Z')"), 't', 'half a second');
is(with_field('audiences', 'created_timestamp', 1735689600123, "bool_or(created_timestamp = '2025-01-01 00:00:00.123Z')"), 't', 'milliseconds are kept');
is(with_field('billing_invoices', 'invoice_due_date', '2025-02-28T23:59:59Z', "bool_or(invoice_due_date = '2025-02-28')"), 't', 'a day with a time');
like(with_field('billing_invoices', 'invoice_due_date', '2025-02-29', '1'), qr/ERROR.*cannot convert value "2025-02-29".*column "invoice_due_date"/s, 'no such day');

# Text: a scalar of any kind, digit by digit.
for my $case ([ 12345, '12345' ], [ JSON::PP::true, 'true' ], [ 1.5, '1.5' ], [ '', '' ], [ "a\tb\nc\\", "a\tb\nc\\" ], [ "\x{1F337}", "\x{f0}\x{9f}\x{8c}\x{b7}" ])
{
	is(with_field('audiences', 'description', $case->[0], 'bool_or(description = ' . sql_list($case->[1]) . ')'), 't', "audiences.description: $case->[1]");
}
sim_fault(action => 'big_number', match => '/audiences$', times => 9, field => 'id');
ask("CREATE TEMP TABLE big AS SELECT id FROM pinterest.audiences WHERE ad_account_id = '$first'");
is(ask('SELECT count(*) > 0 FROM big WHERE length(id) > 20'), 't', 'a number of many digits as an id');
sim_reset();

# Numbers.
for my $case ([ '12', 12 ], [ 12.0, 12 ], [ '-1', -1 ], [ 9007199254740993, '9007199254740993' ], [ undef, 'NULL' ])
{
	my ($value, $expected) = @$case;

	is(with_field('audiences', 'size', $value, "bool_or(size IS NOT DISTINCT FROM $expected)"), 't', 'audiences.size: ' . ($value // 'null'));
}
like(with_field('audiences', 'size', 12.5, '1'), qr/ERROR.*cannot convert value "12.5".*HINT:  Declare the column as double precision.*column "size"/s, 'a fraction is not cut off');
like(with_field('audiences', 'size', 'many', '1'), qr/ERROR.*cannot convert value "many".*column "size"/s, 'no number');
is(with_field('audiences', 'is_nca', $_, "bool_or(is_nca)"), 't', "audiences.is_nca: $_") for 'true', JSON::PP::true;
like(with_field('audiences', 'rule', 'text', "bool_or(rule = '\"text\"')"), qr/^t$/, 'an object that is none');

# Fields that nobody knows yet.
is(with_field('audiences', 'brand_new', { a => [ 1, undef ] }, "bool_or(attrs->'brand_new' = '{\"a\": [1, null]}')"), 't', 'a new field is in attrs');
ask("CREATE FOREIGN TABLE more (id text, ad_account_id text, fresh jsonb OPTIONS (field 'brand_new'), deep text OPTIONS (field 'brand_new.a.b'),
	older text OPTIONS (field 'name')) SERVER pinterest OPTIONS (stream 'audiences')");
sim_fault(action => 'set_field', match => '/audiences$', times => 9, field => 'brand_new', value => { a => { b => 7 } });
is(ask("SELECT fresh, deep FROM more WHERE ad_account_id = '$first' AND fresh IS NOT NULL LIMIT 1"), '{"a": {"b": 7}}|7', 'and a column of its own');
is(ask("SELECT count(*) FILTER (WHERE fresh IS NULL AND deep IS NULL) > 0 FROM more WHERE ad_account_id = '$first'"), 't', 'null where it is missing');
sim_reset();

# ---------- answers of another shape ----------

# With these conditions a stream makes one request: others, that are given up
# because of an error, would stand in the log unfinished.
my %one_request = (
	(map { $_ => 'true' } qw(linked_businesses top_pins pin_media user_account_analytics ad_account_countries)),
	(map { $_ => "term = 'tents'" } qw(terms_related terms_suggested)),
	audiences => "ad_account_id = '$first' AND ownership_type = 'OWNED'",
	labels => "ad_account_id = '$first'",
	conversion_eqs => "ad_account_id = '$first' AND lookback_period = '1d'",
	targeting_options => "targeting_type = 'GENDER'",
	trends_keywords => "region = 'US' AND trend_type = 'growing'",
	trends_topics => "region = 'US'",
	ad_account_targeting_analytics => "ad_account_id = '$first'",
);
for my $case (
	# no rows
	[ 'audiences', '/audiences$', '{"bookmark": null, "items": []}', '0' ],
	[ 'labels', '/labels$', '{"items": [{"errors": [], "labels": []}, {"labels": null}, {}, {"errors": null}], "bookmark": null}', '0' ],
	[ 'terms_related', '/terms/related$', '{"related_terms_list": [{"term": "tents", "related_terms": null}, {"term": "tents"}]}', '0' ],
	[ 'terms_related', '/terms/related$', '{"related_term_count": 0, "related_terms_list": []}', '0' ],
	[ 'terms_suggested', '/terms/suggested$', '[]', '0' ],
	[ 'targeting_options', '/targeting/GENDER$', '[]', '0' ],
	[ 'targeting_options', '/targeting/GENDER$', '[{}]', '0' ],
	[ 'trends_topics', '/topics/featured$', '[{"interest": "ART"}, {"interest": "BEAUTY", "trends": []}]', '0' ],
	[ 'top_pins', '/top_pins$', '{"date_availability": {}, "pins": [], "sort_by": "IMPRESSION"}', '0' ],
	[ 'pin_media', '^/pins$', '{"items": [{"id": "1", "media": null}, {"id": "2"}, {"id": "3", "media": {"images": null}}, {"id": "4", "media": {"images": {}}}]}', '0' ],
	[ 'conversion_eqs', '/conversion_eqs$', '[]', '0' ],

	# some rows
	[ 'audiences', '/audiences$', '{"items": [{"items": [{"id": "no"}], "bookmark": "no", "id": "1"}], "bookmark": null}', '1' ],
	[ 'audiences', '/audiences$', '{"bookmark": null, "unknown": {"items": [{"id": "no"}]}, "items": [{"id": "1"}, {}]}', '2' ],
	[ 'audiences', '/audiences$', '{"items": [{"id": "1"}]}', '1' ],
	[ 'audiences', '/audiences$', ' { "items" : [ { "id" : 1 } , { "id" : "2" } ] , "bookmark" : "" } ', '2' ],
	[ 'labels', '/labels$', '{"items": [{"labels": [{"id": "1"}, {"id": "2"}], "errors": [{"id": "no"}]}, {"labels": [{"id": "3"}]}]}', '3' ],
	[ 'labels', '/labels$', '{"items": [{"id": "1", "value": "a"}, {"id": "2", "errors": [], "labels": null}, {"id": "no", "labels": [{"id": "3"}]}, {"errors": []}]}', '3' ],
	[ 'targeting_options', '/targeting/GENDER$', '[{"female": "F", "": "none", "x": null, "y": 5}]', '4' ],
	[ 'terms_suggested', '/terms/suggested$', '["a", "", null, 5]', '4' ],
	[ 'linked_businesses', '/businesses$', '[{"username": "a"}, {}]', '2' ],
	[ 'pin_media', '^/pins$', '{"items": [{"id": "1", "media": {"images": {"a": {"width": 1}, "b": {}, "c": null}}, "title": "x"}]}', '3' ])
{
	my ($stream, $path, $body, $rows) = @$case;

	sim_fault(action => 'replace', match => $path, times => 9, body => $body);
	my $got = ask("SELECT count(*) FROM (SELECT * FROM pinterest.$stream WHERE $one_request{$stream} OFFSET 0) AS x");
	is($got, $rows, "$stream: $rows rows of $body");
	sim_reset();
}

# Not an answer of this endpoint: an error, never rows that are missing in silence.
for my $case (
	[ 'audiences', '/audiences$', '{}' ], [ 'audiences', '/audiences$', '[]' ], [ 'audiences', '/audiences$', '{"items": {}}' ],
	[ 'audiences', '/audiences$', '{"items": [1]}' ], [ 'audiences', '/audiences$', '{"items": [[]]}' ], [ 'audiences', '/audiences$', '"items"' ],
	[ 'labels', '/labels$', '{"items": [{"labels": {"id": "1"}}]}' ], [ 'linked_businesses', '/businesses$', '{"items": []}' ],
	[ 'linked_businesses', '/businesses$', '{}' ], [ 'targeting_options', '/targeting/GENDER$', '{}' ], [ 'targeting_options', '/targeting/GENDER$', '["female"]' ],
	[ 'user_account_analytics', '^/user_account/analytics$', '[]' ],
	[ 'user_account_analytics', '^/user_account/analytics$', '{"all": []}' ],
	[ 'user_account_analytics', '^/user_account/analytics$', '{"all": {"daily_metrics": {}}}' ],
	[ 'terms_related', '/terms/related$', '{"terms": []}' ],
	[ 'terms_related', '/terms/related$', '{"related_terms_list": [{"related_terms": "x"}]}' ], [ 'terms_suggested', '/terms/suggested$', '{"items": ["a"]}' ],
	[ 'trends_keywords', '/trends/keywords/', '{"items": []}' ], [ 'trends_keywords', '/trends/keywords/', '[]' ],
	[ 'top_pins', '/top_pins$', '[]' ], [ 'top_pins', '/top_pins$', '{"sort_by": "IMPRESSION"}' ], [ 'conversion_eqs', '/conversion_eqs$', '{"items": []}' ],
	[ 'ad_account_countries', '/ad_account_countries$', '[]' ], [ 'ad_account_targeting_analytics', '/targeting_analytics$', '[]' ],
	[ 'ad_account_targeting_analytics', '/targeting_analytics$', '{}' ])
{
	my ($stream, $path, $body) = @$case;

	sim_fault(action => 'replace', match => $path, times => 9, body => $body);
	like(complaint("SELECT * FROM pinterest.$stream WHERE $one_request{$stream}"), qr/ERROR/, "$stream: $body is an error");
	sim_reset();
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
