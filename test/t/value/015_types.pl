# Copyright (c) 2026, pinterest_fdw contributors

# Types: what the API says arrives as it is, as whatever a column is declared.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 4, '--campaigns', 8, '--ad-groups', 2, '--ads', 2, '--boards', 6, '--pins', 20);
my $node = pinterest_cluster();
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @entities = qw(user_account ad_accounts campaigns ad_groups ads boards pins);

# ---- every field of every entity, as imported ----

for my $stream (@entities)
{
	truth_ok($node, $stream, "$stream: every field",
		$stream eq 'pins' ? (include_protected_pins => 'true', skip => ['pin_metrics']) : ());
}

# ---- the whole item ----

for my $stream (@entities)
{
	my @fields = grep { $_ ne 'pin_metrics' } rows($node, <<SQL);
SELECT column_name FROM information_schema.columns WHERE table_schema = 'truth' AND table_name = '$stream'
	AND data_type IN ('text', 'bigint', 'boolean', 'double precision', 'jsonb')
SQL
	my $items = join ', ', map { "attrs->>'$_' AS $_" } @fields;
	my $columns = join ', ', map { "$_\::text AS $_" } @fields;

	same_rows_ok($node, "SELECT $items FROM pinterest.$stream", "SELECT $columns FROM truth.$stream",
		"$stream: attrs has every field");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pinterest.$stream WHERE jsonb_typeof(attrs) IS DISTINCT FROM 'object'"), 0,
		"$stream: attrs is an object");
}
is($node->safe_psql('postgres', "SELECT count(DISTINCT ext_features) FROM (SELECT attrs->'ext_features' AS ext_features FROM pinterest.ads) s"),
	1, 'a field that the description lacks');

# ---- particular values ----

my %expected = (
	'18 digits' => [ "SELECT bool_or(length(id) = 18), bool_and(id ~ '^[0-9]+\$'), count(DISTINCT id) = count(*) FROM pinterest.campaigns", 't|t|t' ],
	'19 digits' => [ "SELECT count(*) FROM pinterest.pins WHERE length(id) = 19", 10 ],
	'an id that is a number in JSON' => [ "SELECT bool_and(campaign_id = (SELECT c.campaign_id FROM truth.ad_groups AS c WHERE c.id = a.ad_group_id)) FROM pinterest.ad_groups_analytics AS a WHERE ad_account_id = '$second'", 't' ],
	'and of 18 digits' => [ "SELECT min(length(campaign_id)) FROM pinterest.ad_groups_analytics WHERE ad_account_id = '$second'", 18 ],
	'amounts beyond 32 bits' => [ "SELECT max(daily_spend_cap) FROM pinterest.campaigns", '8589934592000000' ],
	'-1 stays' => [ 'SELECT monthly_views FROM pinterest.user_account', -1 ],
	'-1 stays in ad groups' => [ 'SELECT min(lifetime_frequency_cap) FROM pinterest.ad_groups', -1 ],
	'0 stays' => [ "SELECT DISTINCT lifetime_spend_cap, feed_profile_id FROM pinterest.campaigns AS c, pinterest.ad_groups AS g", '0|0' ],
	'empty text is not NULL' => [ "SELECT about = '', website_url IS NULL FROM pinterest.user_account", 't|f' ],
	'NULL is not empty' => [ "SELECT count(*) FILTER (WHERE name = ''), count(*) FILTER (WHERE name IS NULL) FROM pinterest.ads",
		$node->safe_psql('postgres', "SELECT count(*) FILTER (WHERE name = ''), count(*) FILTER (WHERE name IS NULL) FROM truth.ads") ],
	'emoji' => [ "SELECT DISTINCT name FROM pinterest.campaigns WHERE name LIKE 'Spring%' LIMIT 1", 'Spring Sale 🌷' ],
	'a family of emoji' => [ "SELECT DISTINCT length(name) FROM pinterest.ads WHERE name LIKE '%family'", 12 ],
	'Japanese' => [ "SELECT count(*) > 0 FROM pinterest.campaigns WHERE name = '日本語キャンペーン'", 't' ],
	'a line break' => [ "SELECT DISTINCT position(E'\\n' IN name) FROM pinterest.campaigns WHERE name LIKE 'line%'", 9 ],
	'a tab' => [ "SELECT count(*) > 0 FROM pinterest.campaigns WHERE name = E'tab\\tand {braces}, [brackets]'", 't' ],
	'quotes and backslash' => [ "SELECT count(*) > 0 FROM pinterest.campaigns WHERE name = 'He said \"buy\" \\ now'", 't' ],
	'an apostrophe' => [ "SELECT count(*) > 0 FROM pinterest.campaigns WHERE name = 'O''Brien; DROP TABLE ads; --'", 't' ],
	'the word NULL' => [ "SELECT count(*) > 0 FROM pinterest.ad_groups WHERE name = 'NULL'", 't' ],
	'\N' => [ "SELECT count(*) > 0 FROM pinterest.ad_groups WHERE name = '\\N'", 't' ],
	'arrays' => [ "SELECT permissions[1], array_length(permissions, 1) FROM pinterest.ad_accounts WHERE id = '$second'", 'ANALYST|2' ],
	'an empty array' => [ "SELECT count(*) FROM pinterest.ads WHERE rejected_reasons = '{}'",
		$node->safe_psql('postgres', "SELECT count(*) FROM truth.ads WHERE rejected_reasons = '{}'") ],
	'objects' => [ "SELECT DISTINCT targeting_spec->'AGE_BUCKET'->>0 FROM pinterest.ad_groups", '25-34' ],
	'times without a zone are UTC' => [ "SELECT count(*) > 0 FROM pinterest.pins WHERE created_at = '2025-07-09 10:22:11Z'", 't' ],
	'fractions of seconds' => [ "SELECT count(*) > 0 FROM pinterest.pins WHERE date_part('microseconds', created_at)::int % 1000000 <> 0", 't' ],
	'a missing key is NULL' => [ "SELECT count(*) FILTER (WHERE is_performance_plus IS NULL) > 0, count(is_performance_plus) > 0 FROM pinterest.campaigns", 't|t' ],
);
for my $name (sort keys %expected)
{
	my ($sql, $result) = @{ $expected{$name} };

	is($node->safe_psql('postgres', $sql), $result, $name);
}

# Whatever the session's TimeZone, a time is the same moment.
for my $zone ('Pacific/Kiritimati', 'Etc/GMT+12')
{
	is($node->safe_psql('postgres', "SET TimeZone = '$zone'; SELECT count(*) FROM (SELECT id, created_at FROM pinterest.pins EXCEPT SELECT id, created_at FROM truth.pins) AS x"),
		0, "$zone: the same moments");
	is($node->safe_psql('postgres', "SET TimeZone = '$zone'; SELECT count(*) FROM (SELECT id, created_time FROM pinterest.campaigns EXCEPT SELECT id, created_time FROM truth.campaigns) AS x"),
		0, "$zone: the same moments of campaigns");
}

# ---- other declared types ----

$node->safe_psql('postgres', <<SQL);
CREATE DOMAIN positive AS bigint CHECK (VALUE >= 0);
CREATE TYPE status AS ENUM ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DRAFT', 'DELETED_DRAFT');
CREATE FOREIGN TABLE declared (id bigint, ad_account_id numeric, name varchar, status status, daily_spend_cap numeric,
	lifetime_spend_cap positive, created_time bigint, start_time timestamp, end_time date, updated_time text, tracking_urls json,
	is_performance_plus text, attrs json) SERVER pinterest OPTIONS (stream 'campaigns');
CREATE FOREIGN TABLE short (id text, name varchar(3), status "char") SERVER pinterest OPTIONS (stream 'campaigns');
CREATE FOREIGN TABLE pins_declared (id numeric, created_at bigint, title text COLLATE "C", media text, is_owner boolean)
	SERVER pinterest OPTIONS (stream 'pins');
CREATE FOREIGN TABLE metrics_declared (campaign_id bigint, date text, spend_in_micro_dollar numeric(20, 0), spend_in_dollar real,
	total_impression double precision, ctr numeric, campaign_name text, campaign_daily_spend_cap numeric)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
CREATE FOREIGN TABLE accounts_declared (id text, permissions varchar[], owner text, created_time timestamptz(0))
	SERVER pinterest OPTIONS (stream 'ad_accounts');
SQL
same_rows_ok($node,
	"SELECT id, ad_account_id, name::text, status::text, daily_spend_cap, lifetime_spend_cap::bigint, created_time, start_time, end_time, tracking_urls::jsonb, is_performance_plus, attrs->>'name' AS n FROM declared",
	"SELECT id::bigint, ad_account_id::numeric, name, status, daily_spend_cap::numeric, lifetime_spend_cap, date_part('epoch', created_time)::bigint AS created_time, start_time AT TIME ZONE 'UTC' AS start_time, (end_time AT TIME ZONE 'UTC')::date AS end_time, tracking_urls, is_performance_plus::text, name AS n FROM truth.campaigns",
	'campaigns by other types');
same_rows_ok($node, 'SELECT id, created_at, title, media::jsonb, is_owner FROM pins_declared',
	"SELECT id::numeric, floor(date_part('epoch', created_at))::bigint AS created_at, title, media, is_owner FROM truth.pins", 'Pins by other types');
truth_table($node, 'campaigns_analytics', start => utc_today(-29), end => utc_today(),
	columns => 'SPEND_IN_MICRO_DOLLAR,SPEND_IN_DOLLAR,TOTAL_IMPRESSION,CTR,CAMPAIGN_NAME');
same_rows_ok($node, 'SELECT campaign_id, date, spend_in_micro_dollar, spend_in_dollar, total_impression, ctr::float8, campaign_name FROM metrics_declared',
	'SELECT campaign_id::bigint, date::text, spend_in_micro_dollar::numeric(20, 0), spend_in_dollar::real, total_impression::float8, ctr, campaign_name FROM truth.campaigns_analytics',
	'metrics by other types');
same_rows_ok($node, 'SELECT id, permissions::text[], owner::jsonb, created_time FROM accounts_declared',
	'SELECT id, permissions, owner, created_time FROM truth.ad_accounts', 'ad accounts by other types');
is($node->safe_psql('postgres', "SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SELECT count(*) FROM declared WHERE start_time IS NULL"), 0,
	'whatever DateStyle and TimeZone are');

# Times keep their zone on the way through an input function.
$node->safe_psql('postgres', <<SQL);
CREATE DOMAIN moment AS timestamptz;
CREATE FOREIGN TABLE moments (id text, created_time moment, updated_time timestamptz(3), start_time timestamp(0), end_time timestamp)
	SERVER pinterest OPTIONS (stream 'campaigns');
SQL
for my $zone ('Asia/Tokyo', 'America/New_York', 'UTC')
{
	is($node->safe_psql('postgres', <<SQL), 't|0', "$zone: the same moments by other types");
SET TimeZone = '$zone';
SELECT count(*) > 0, count(*) FILTER (WHERE m.created_time <> t.created_time OR m.updated_time <> t.updated_time
		OR m.start_time <> t.start_time AT TIME ZONE 'UTC' OR m.end_time <> t.end_time AT TIME ZONE 'UTC')
  FROM moments m JOIN truth.campaigns t USING (id);
SQL
}

# A count may pass through a float at the API, whatever its column is declared as.
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE counts (campaign_id text, date date, impression_1 integer, impression_2 smallint, total_impression bigint)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics', ad_account_id '$first');
SQL
for my $case ([ '[1000.0, 12.0, 3.0]', '1000|12|3' ], [ '["-1000.0", -12, "3"]', '-1000|-12|3' ],
	[ '[2147483647.0, -32768.0, 1e3]', '2147483647|-32768|1000' ], [ '[2147483648, 1, 1]', qr/ERROR.*integer.*column "impression_1"/s ],
	[ '[1, 32768, 1]', qr/ERROR.*smallint.*column "impression_2"/s ], [ '[1.5, 1, 1]', qr/ERROR.*integer.*column "impression_1"/s ])
{
	my ($numbers, $expected) = @$case;
	my ($one, $two, $all) = $numbers =~ /([^][, ]+)/g;
	my $query = 'SELECT impression_1, impression_2, total_impression FROM counts';

	sim_fault(action => 'replace', match => '/campaigns/analytics$', body =>
		sprintf '[{"CAMPAIGN_ID": "7", "DATE": "%s", "IMPRESSION_1": %s, "IMPRESSION_2": %s, "TOTAL_IMPRESSION": %s}]', utc_today(), $one, $two, $all);
	if (ref $expected) { like(error_of($node, $query), $expected, "counts $numbers: refused"); }
	else { is($node->safe_psql('postgres', $query), $expected, "counts $numbers"); }
	sim_reset();
}

# A value that a declared type cannot hold is an error that names the column.
for my $case (
	[ 'SELECT name FROM short', qr/value too long.*column "name" of foreign table "short"/s ],
	[ 'CREATE FOREIGN TABLE wrong (id integer, name text) SERVER pinterest OPTIONS (stream $$pins$$); SELECT id FROM wrong',
		qr/ERROR.*integer.*column "id" of foreign table "wrong"/s ],
	[ 'CREATE FOREIGN TABLE wrong (id text, title uuid) SERVER pinterest OPTIONS (stream $$pins$$); SELECT title FROM wrong',
		qr/ERROR.*uuid.*column "title" of foreign table "wrong"/s ],
	[ 'CREATE FOREIGN TABLE wrong (id text, monthly_views positive) SERVER pinterest OPTIONS (stream $$user_account$$); SELECT monthly_views FROM wrong',
		qr/ERROR.*violates check constraint.*column "monthly_views" of foreign table "wrong"/s ],
	[ 'CREATE FOREIGN TABLE wrong (title bigint, id text) SERVER pinterest OPTIONS (stream $$pins$$); SELECT title FROM wrong',
		qr/ERROR.*bigint.*column "title" of foreign table "wrong"/s ])
{
	my ($sql, $message) = @$case;

	like(error_of($node, "DROP FOREIGN TABLE IF EXISTS wrong; $sql"), $message, "refused: $sql");
}

# Columns that are not read are not converted either.
is($node->safe_psql('postgres', 'SELECT count(*) > 0, count(id) > 0 FROM short'), 't|t', 'what is not read cannot be wrong');

# Dropped and added columns keep the others in their places.
$node->safe_psql('postgres', <<SQL);
ALTER FOREIGN TABLE declared DROP COLUMN name;
ALTER FOREIGN TABLE declared ADD COLUMN objective_type text;
SQL
same_rows_ok($node, 'SELECT id, status::text, objective_type FROM declared', 'SELECT id::bigint, status, objective_type FROM truth.campaigns',
	'dropped and added columns');

# ---- values that the simulator seldom has ----

sub field_ok
{
	my ($stream, $path, $field, $value, $sql, $expected) = @_;

	sim_fault(action => 'set_field', match => $path, field => $field, value => $value);
	is($node->safe_psql('postgres', $sql), $expected, "$stream.$field: " . encode_json([$value]));
	return sim_reset();
}
field_ok('campaigns', '/campaigns$', 'created_time', 0, "SET TimeZone = 'UTC'; SELECT DISTINCT created_time FROM pinterest.campaigns WHERE ad_account_id = '$first' AND created_time < '2000-01-01'", '1970-01-01 00:00:00+00');
field_ok('campaigns', '/campaigns$', 'daily_spend_cap', '9223372036854775807', "SELECT max(daily_spend_cap) FROM pinterest.campaigns", '9223372036854775807');
field_ok('campaigns', '/campaigns$', 'daily_spend_cap', -1, "SELECT min(daily_spend_cap) FROM pinterest.campaigns", '-1');
field_ok('campaigns', '/campaigns$', 'name', 12345, "SELECT count(*) > 0 FROM pinterest.campaigns WHERE name = '12345'", 't');
field_ok('campaigns', '/campaigns$', 'is_automated_campaign', JSON::PP::true, 'SELECT bool_or(is_automated_campaign) FROM pinterest.campaigns', 't');
field_ok('ad_groups', '/ad_groups$', 'bid_multiplier', 1, 'SELECT count(*) > 0 FROM pinterest.ad_groups WHERE bid_multiplier = 1', 't');
field_ok('boards', '/boards$', 'created_at', '2024-02-29T23:59:59.123456+02:00', "SELECT count(*) > 0 FROM pinterest.boards WHERE created_at = '2024-02-29 21:59:59.123456Z'", 't');
field_ok('boards', '/boards$', 'created_at', '2024-02-29T24:00:00Z', "SELECT count(*) > 0 FROM pinterest.boards WHERE created_at = '2024-03-01 00:00:00Z'", 't');
field_ok('boards', '/boards$', 'created_at', '2024-02-29T12:00:00-15:59', "SELECT count(*) > 0 FROM pinterest.boards WHERE created_at = '2024-03-01 03:59:00Z'", 't');
for my $time (qw(2024-02-29T24:00:01Z 2024-02-29T24:59:00Z 2024-02-29T24:00:00.5Z 2024-02-29T25:00:00Z 2024-02-29T12:00:00+16:00 2024-02-29T12:00:00+01:60))
{
	sim_fault(action => 'set_field', match => '/boards$', field => 'created_at', value => $time);
	like(error_of($node, 'SELECT created_at FROM pinterest.boards'), qr/ERROR:  HV004: cannot convert value "\Q$time\E" of the API to type timestamp with time zone/,
		"boards.created_at: $time is no time");
	sim_reset();
}
field_ok('ad_accounts', '/ad_accounts$', 'permissions', [ 'a,b', 'c"d', undef, 'NULL', '' ],
	"SELECT permissions::text FROM pinterest.ad_accounts WHERE 'a,b' = ANY (permissions) LIMIT 1", '{"a,b","c\"d",NULL,"NULL",""}');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
