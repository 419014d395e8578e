# Copyright (c) 2026, pinterest_fdw contributors

# What everybody is told: targets, metrics, trends of regions, terms, and the
# searches; free text and regions with a plus arrive as they were written.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 6, '--pins', 40);
my $node = pinterest_cluster(conf => 'jit = off');
streams_session($node);
my (%columns, @requests);

# Makes the table of the truth, and notes its columns.
sub told
{
	my ($stream, @options) = @_;

	return $columns{$stream} = truth($stream, @options);
}

# The requests of a query that has the rows of the truth.
sub requests_of
{
	my ($stream, $where, $test, $truth) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	latest();
	agree("SELECT $columns{$stream} FROM pinterest.$stream WHERE $where",
		"SELECT $columns{$stream} FROM truth.$stream WHERE " . ($truth // 'true'), "$stream: " . ($test // $where));
	return latest();
}

sub asks
{
	my ($stream, $where, $summary, $truth) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @requests = requests_of($stream, $where, undef, $truth);
	is(summary(@requests), $summary, "$stream: $where: requests");
	return @requests;
}

# ---------- targets and interests ----------

told($_) for qw(targeting_options interests);
asks('targeting_options', "targeting_type IN ('LOCATION', 'KEYWORD')", 'T x2', "targeting_type IN ('LOCATION', 'KEYWORD')");
is(ask("SELECT count(*) FROM pinterest.targeting_options WHERE targeting_type IN ('KEYWORD', 'AUDIENCE_INCLUDE')"), 0, 'targeting_options: types without options');
is(join('|', map { $_ // '' } lines("SELECT id, name IS NULL, name = '' FROM pinterest.targeting_options WHERE targeting_type = 'LOCATION' AND coalesce(name, '') = '' ORDER BY id")),
	'554017|f|t|807|t|', 'targeting_options: names that are null or empty');
my ($child) = lines('SELECT child_interests[1] FROM truth.interests WHERE level = 1 AND child_interests[1] IS NOT NULL ORDER BY id');
asks('interests', "id = '$child'", '/resources/targeting/interests/#', "id = '$child'");
asks('interests', "id IN ('$child', '123456789', 'x')", '/resources/targeting/interests/# x2', "id = '$child'");
requests_of('interests', 'level = 3', undef, 'level = 3');
@requests = requests_of('interests', "id IN (SELECT id FROM pinterest.targeting_options WHERE targeting_type = 'INTEREST' AND name = '')", 'by another stream', "name = ''");
is(ask("SELECT count(*) FROM pinterest.interests AS i JOIN pinterest.interests AS c ON c.id = ANY (i.child_interests) WHERE i.level = 1"),
	ask('SELECT sum(cardinality(child_interests)) FROM truth.interests WHERE level = 1'), 'interests: children are interests');

# ---------- regions ----------

# 53 keywords are trends in the US, of which a request tells 50; none in the last region.
for my $region ('US', 'GB+IE', 'IT+ES+PT+GR+MT')
{
	told('trends_keywords', region => $region);
	@requests = asks('trends_keywords', "region = '$region'", 'K x4');
	is_deeply([ sort map { $_->{path} } @requests ], [ map { '/trends/keywords/' . join('', escaped($region)) . "/top/$_" } qw(growing monthly seasonal yearly) ],
		"trends_keywords: $region stands in the path");
}
is(ask("SELECT max(n) FROM (SELECT count(*) AS n FROM pinterest.trends_keywords WHERE region = 'US' GROUP BY trend_type) AS x"), 50, 'trends_keywords: 50 a list');
is(ask("SELECT count(*) FROM pinterest.trends_keywords WHERE region = 'NL+BE+LU'"), 0, 'trends_keywords: a region without trends');
told('trends_keywords', region => 'GB+IE', trend_type => 'monthly');
@requests = asks('trends_keywords', "region = 'GB+IE' AND trend_type = 'monthly'", 'K');
for my $stream (qw(trends_topics trends_product_categories))
{
	told($stream, region => 'GB+IE');
	@requests = requests_of($stream, "region = 'GB+IE'");
	is_deeply(sent('region', @requests), ['GB+IE'], "$stream: a plus is a plus");
	like($requests[0]{raw_query}, qr/region=GB%2BIE/, "$stream: and escaped");
}
told('trends_topics', region => 'US');
my ($interest) = lines('SELECT interest FROM truth.trends_topics ORDER BY 1');
@requests = asks('trends_topics', "region = 'US' AND interest = '$interest'", '/trends/topics/featured', "interest = '$interest'");
is_deeply(sent('interest', @requests), [$interest], 'trends_topics: the interest is sent');
my %topics = map { $_ => 1 } lines('SELECT DISTINCT interest FROM truth.trends_topics');
my ($silent) = grep { !$topics{$_} } split /,/, stream_filters('trends_topics')->{interest}[0]{allowed};
is(ask("SELECT count(*) FROM pinterest.trends_topics WHERE region = 'US' AND interest = '$silent'"), 0, 'trends_topics: an interest without topics has no row');

# Regions that another query names.
$node->safe_psql('postgres', "CREATE TABLE regions AS SELECT * FROM (VALUES ('US'), ('CA')) AS v(code)");
told('trends_topics', region => 'US,CA');
for my $query (
	'FROM pinterest.trends_topics WHERE region = ANY (ARRAY(SELECT code FROM regions))',
	'FROM pinterest.trends_topics WHERE region IN (SELECT code FROM regions)',
	'FROM regions JOIN pinterest.trends_topics ON region = code',
	'FROM regions, LATERAL (SELECT * FROM pinterest.trends_topics WHERE region = code OFFSET 0) AS t')
{
	agree("SELECT $columns{trends_topics} $query", "SELECT $columns{trends_topics} FROM truth.trends_topics", $query);
}
ask("PREPARE topics (text) AS SELECT count(*) FROM pinterest.trends_topics WHERE region = \$1; SET plan_cache_mode = force_generic_plan");
is(ask("EXECUTE topics ('CA')"), ask("SELECT count(*) FROM truth.trends_topics WHERE region = 'CA'"), 'a region as a parameter');
latest();
like(complaint("EXECUTE topics ('XX')"), qr/ERROR.*"region" of stream "trends_topics" cannot be "XX"/s, 'which is checked, too');
is(ask('EXECUTE topics (NULL)'), 0, 'and no region has no rows');
is_deeply([ latest() ], [], 'without a request');

# ---------- what narrows trends ----------

told('trends_keywords', region => 'US', include_demographics => 'true');
@requests = requests_of('trends_keywords', "region = 'US' AND include_demographics");
is_deeply(sent('include_demographics', @requests), ['true'], 'trends_keywords: what few apps may ask for');
cmp_ok(ask("SELECT count(demographics) FROM truth.trends_keywords"), '>', 0, 'trends_keywords: demographics');

# A setting of before 5.28, which the API refuses now, changes nothing any more.
@requests = requests_of('trends_keywords', "region = 'US' AND include_prediction AND include_demographics");
ok(!(grep { exists $_->{query}{include_prediction} } @requests), 'trends_keywords: predictions are not asked for');
told('trends_keywords', region => 'US', gender => 'female', age => '65+', interest => 'art');
told('trends_keywords', region => 'US', gender => 'female');
@requests = requests_of('trends_keywords', "region = 'US' AND gender = 'female'");
is_deeply(sent('genders', @requests), ['female'], 'trends_keywords: by gender');
is(ask("SELECT count(DISTINCT age) FROM pinterest.trends_keywords WHERE region = 'US' AND age IN ('65+', '18-24')"), 2, 'trends_keywords: two ages, each on its own');
told('trends_product_categories', region => 'US', vertical => 'BEAUTY', age => '65+');
@requests = requests_of('trends_product_categories', "region = 'US' AND vertical = 'BEAUTY' AND age = '65+'");
is_deeply([ map { @{ sent($_, @requests) } } qw(verticals ages engagement_type) ], [ 'BEAUTY', '65+', 'ENGAGEMENT', 'OUTBOUND_CLICK', 'SAVE' ],
	'trends_product_categories: narrowed, by each kind of engagement');

# Details: 20 categories a request; some have none.
my @categories = (split /,/, stream_filters('trends_product_categories_details')->{product_category}[0]{allowed})[ 0 .. 44 ];
told('trends_product_categories_details', region => 'CA', product_category => join ',', @categories);
@requests = asks('trends_product_categories_details', "region = 'CA' AND product_category IN (" . sql_list(@categories) . ')', '/trends/product_categories/details x3');
is_deeply([ sort { $a <=> $b } map { scalar values_of($_, 'product_categories') } @requests ], [ 5, 20, 20 ], 'trends_product_categories_details: 20 categories a request');
cmp_ok(ask('SELECT count(*) FROM truth.trends_product_categories_details'), '<', 45, 'trends_product_categories_details: some have none');
told('trends_product_categories_details', region => 'US', product_category => 'RUGS', lookback_window => 90, engagement_type => 'SAVE');
@requests = requests_of('trends_product_categories_details', "region = 'US' AND product_category = 'RUGS' AND lookback_window = 90 AND engagement_type = 'SAVE'");
is_deeply([ map { @{ sent($_, @requests) } } qw(lookback_window engagement_type) ], [ 90, 'SAVE' ], 'trends_product_categories_details: settings are sent');

# ---------- free text ----------

my @texts = (
	'a "quoted" one', "O'Brien", '100% & more', 'c=d#e?f/g', 'a+b', "\x{c3}\x{a9}t\x{c3}\x{a9} \x{f0}\x{9f}\x{8c}\x{b7}",
	' spaces ', "tab\tand\nline", 'back\slash', '{term}');
for my $stream (qw(terms_related terms_suggested))
{
	my $parameter = $stream eq 'terms_related' ? 'terms' : 'term';

	for my $text (@texts)
	{
		told($stream, term => $text);
		latest();
		is(ask("SELECT count(*) FROM ((SELECT $columns{$stream} FROM pinterest.$stream WHERE term = " . sql_list($text) . " EXCEPT ALL TABLE truth.$stream)
			UNION ALL (TABLE truth.$stream EXCEPT ALL SELECT $columns{$stream} FROM pinterest.$stream WHERE term = " . sql_list($text) . ')) AS x'), 0, "$stream: $text");
		is_deeply([ map { utf8::encode(my $sent = $_); $sent } map { @{ $_->{query}{$parameter} } } latest() ], [ $text, $text ], "$stream: $text: arrives so");
	}
	latest();
	is(ask("SELECT count(*) FROM pinterest.$stream WHERE term = ''"), 0, "$stream: an empty text has no rows");
	is_deeply([ latest() ], [], "$stream: and no request");
	@requests = do { ask("SELECT * FROM pinterest.$stream WHERE term IN ('x', 'y', 'x')"); latest() };
	is_deeply([ sort map { @{ $_->{query}{$parameter} } } @requests ], [ 'x', 'y' ], "$stream: a request a term");
}
is(ask("SELECT count(*) FROM pinterest.terms_suggested WHERE term = 'ten'"), ask("SELECT least(10, count(*)) FROM pinterest.terms_suggested WHERE term = 'ten'"), 'terms_suggested: 10 at most');

# A comma would part two terms.
told('terms_related', term => 'tents');
latest();
ask("SELECT * FROM pinterest.terms_related WHERE term = 'a,b'");
is_deeply([ invalid_requests() ], [], 'terms_related: a term with a comma is no invalid request');

# ---------- searches ----------

my ($pin, $other) = lines('SELECT id FROM pinterest.pins ORDER BY id LIMIT 2');
for my $query ('a', "$pin,$other", 'A "quoted"', "\x{c3}\x{a9}", 'no such words & 100%', 'zelt')
{
	for my $stream (qw(search_pins search_boards))
	{
		told($stream, query => $query);
		my $columns = $columns{$stream} =~ s/,?pin_metrics//r;
		latest();
		is(ask("SELECT count(*) FROM ((SELECT $columns FROM pinterest.$stream WHERE query = " . sql_list($query) . " EXCEPT ALL SELECT $columns FROM truth.$stream)
			UNION ALL (SELECT $columns FROM truth.$stream EXCEPT ALL SELECT $columns FROM pinterest.$stream WHERE query = " . sql_list($query) . ')) AS x'), 0, "$stream: $query");
		is_deeply([ grep { $_ ne $query } map { utf8::encode(my $sent = $_); $sent } map { @{ $_->{query}{query} } } latest() ], [], "$stream: $query: arrives so");
	}
}
is(ask("SELECT count(*) FROM pinterest.search_pins WHERE query = '$pin,$other'"), 2, 'search_pins: by ids');
latest();
ask("SELECT count(*) FROM pinterest.search_pins WHERE query = 'a'");
@requests = latest();
cmp_ok(scalar @requests, '>', 2, 'search_pins: several pages');
is_deeply(sent('page_size', @requests), [''], 'search_pins: whose length the API decides');
my %found = map { split /\|/ } lines("SELECT query, count(*) FROM pinterest.search_pins WHERE query IN ('a', 'pin') GROUP BY 1");
is_deeply(\%found, { map { $_ => ask("SELECT count(*) FROM pinterest.search_pins WHERE query = '$_'") } keys %found }, 'search_pins: two searches, each on its own');

# ---------- metrics ----------

told('metrics_ready_state', start => utc_today(-6), end => utc_today());
asks('metrics_ready_state', 'true', '/resources/metrics_ready_state x7');
my ($day, $later) = (utc_today(-40), utc_today(-38));
told('metrics_ready_state', start => $day, end => $later);
@requests = asks('metrics_ready_state', "date BETWEEN '$day' AND '$later'", '/resources/metrics_ready_state x3');
is_deeply(sent('date', @requests), [ map { utc_today($_) } -40, -39, -38 ], 'metrics_ready_state: a request a day');
like(complaint("SELECT count(*) FROM pinterest.metrics_ready_state WHERE date IN ('2001-01-01', '$day')"), qr/WARNING.*914/s, 'metrics_ready_state: no day beyond 914');
told('delivery_metrics');
asks('delivery_metrics', 'true', '/resources/delivery_metrics');
for my $type (qw(SYNC ASYNC))
{
	told('delivery_metrics', report_type => $type);
	@requests = asks('delivery_metrics', "report_type = '$type'", '/resources/delivery_metrics');
	is_deeply(sent('report_type', @requests), [$type], "delivery_metrics: $type is sent");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
