# Copyright (c) 2026, pinterest_fdw contributors

# Every stream of the catalog: its rows against the world's truth, what it asks
# for, its key, rescans and short pages.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

# The requests of a query of all columns, as summary() tells them.
my %requests = map { /^(\S+)\s+(.*)/ } split /\n/, <<'END';
user_account                       /user_account
ad_accounts                        /ad_accounts
campaigns                          /ad_accounts A/campaigns x3
ad_groups                          /ad_accounts A/ad_groups x3
ads                                /ad_accounts A/ads x3
audiences                          /ad_accounts A/audiences x6
keywords                           /ad_accounts x3 A/ad_groups x3 A/campaigns x3 A/keywords x21
customer_lists                     /ad_accounts A/customer_lists x3
conversion_tags                    /ad_accounts A/conversion_tags x3
conversion_tags_page_visit         /ad_accounts A/conversion_tags/page_visit x3
product_group_promotions           /ad_accounts A/ad_groups x3 A/product_group_promotions x12
order_lines                        /ad_accounts A/order_lines x3
ssio_order_lines                   /ad_accounts A/ssio/order_lines x3
lead_forms                         /ad_accounts A/lead_forms x3
leads_subscriptions                /ad_accounts A/leads/subscriptions x5
labels                             /ad_accounts A/labels x3
targeting_templates                /ad_accounts A/targeting_templates x3
templates                          /ad_accounts A/templates x3
promotions                         /ad_accounts A/promotions x3
billing_profiles                   /ad_accounts A/billing_profiles x3
billing_invoices                   /ad_accounts A/billing_invoices x3
ads_credit_discounts               /ad_accounts A/ads_credit/discounts x5
advertiser_defined_events          /ad_accounts A/advertiser_defined_events x3
audience_insights                  /ad_accounts A/audience_insights x9
insights_audiences                 /ad_accounts A/insights/audiences x3
conversion_eqs                     /ad_accounts A/conversion_eqs x6
businesses_employers               /businesses/employers
businesses_members                 /businesses/#/members x2 /user_account
businesses_partners                /businesses/#/partners x2 /user_account
businesses_assets                  /businesses/#/assets x9 /user_account
businesses_invites                 /businesses/#/invites x2 /user_account
boards                             /boards
board_sections                     /boards /boards/#/sections x3
board_pins                         /boards /boards/#/pins x3
board_section_pins                 /boards /boards/#/sections x3 /boards/#/sections/#/pins x8
pins                               /pins x2
pin_media                          /pins x2
followers                          /user_account/followers x2
following                          /user_account/following
following_boards                   /user_account/following/boards
user_interests                     /user_account /users/simulated_brand/interests/follow
websites                           /user_account/websites
linked_businesses                  /user_account/businesses
media                              /media x2
user_account_analytics             /user_account /user_account/analytics
top_pins                           /user_account/analytics/top_pins
top_video_pins                     /user_account/analytics/top_video_pins
pins_analytics                     /pins x2 /pins/#/analytics x10
catalogs                           /catalogs
catalogs_feeds                     /catalogs/feeds
feed_processing_results            /catalogs/feeds /catalogs/feeds/#/processing_results x8
item_issues                        /catalogs/feeds /catalogs/feeds/#/processing_results x8 /catalogs/processing_results/#/item_issues x16
catalogs_product_groups            /catalogs/product_groups
product_group_products             /catalogs/product_groups /catalogs/product_groups/#/products x15
targeting_options                  T x10
interests                          /resources/targeting/interests/# x26 T
ad_account_countries               /resources/ad_account_countries
delivery_metrics                   /resources/delivery_metrics
metrics_ready_state                /resources/metrics_ready_state x7
trends_keywords                    K x8
trends_topics                      /trends/topics/featured x2
trends_product_categories          /trends/product_categories/trending x6
trends_product_categories_details  /trends/product_categories/details x2
terms_related                      /terms/related x2
terms_suggested                    /terms/suggested x2
search_pins                        /search/pins x3
search_boards                      /search/boards x2
ad_account_analytics               /ad_accounts A/analytics x3
campaigns_analytics                /ad_accounts A/campaigns x3 A/campaigns/analytics x2
ad_groups_analytics                /ad_accounts A/ad_groups x3 A/ad_groups/analytics x2
ads_analytics                      /ad_accounts A/ads x3 A/ads/analytics x2
product_groups_analytics           /ad_accounts A/ad_groups x3 A/product_group_promotions x12 A/product_groups/analytics x9
ad_pins_analytics                  /ad_accounts A/ads x3 A/pins/analytics x6
keywords_analytics                 /ad_accounts R x3
product_items_analytics            /ad_accounts R x3
ad_account_targeting_analytics     /ad_accounts A/targeting_analytics x3
campaigns_targeting_analytics      /ad_accounts A/campaigns x3 A/campaigns/targeting_analytics x4
ad_groups_targeting_analytics      /ad_accounts A/ad_groups x3 A/ad_groups/targeting_analytics x2
ads_targeting_analytics            /ad_accounts A/ads x3 A/ads/targeting_analytics x2
product_groups_targeting_analytics /ad_accounts R x9
product_items_targeting_analytics  /ad_accounts R x9
END

simulator('--accounts', 3, '--campaigns', 3, '--ad-groups', 2, '--ads', 2, '--boards', 3, '--pins', 10, '--steady');
sim_config(report_polls => 0);
my $node = pinterest_cluster(conf => 'jit = off');
streams_session($node);

# Conditions that hold where a column of the table differs from its field of
# attrs; of a time or an array, only whether it is null.
sub field_differs
{
	my ($name, $field, $type) = @_;
	my $path = $field =~ tr/./,/r;

	return "($name IS NULL) <> (coalesce(attrs #> '{$path}', 'null') = 'null')" if $type =~ /time|\[\]/;
	return "coalesce($name, 'null') <> coalesce(attrs #> '{$path}', 'null')" if $type eq 'jsonb';
	return "$name IS DISTINCT FROM (attrs #>> '{$path}')::$type";
}

# The columns that truth does not tell: settings have their initial values, and
# other fields are those of the item.
sub further_columns_ok
{
	my ($stream, @told) = @_;
	my %told = map { $_ => 1 } @told;
	my $settings = stream_settings($stream);
	my @fields = lines(<<SQL);
SELECT name, field, type FROM catalog_columns AS c
 WHERE stream = '$stream' AND field IS NOT NULL
   AND EXISTS (SELECT FROM catalog_columns AS a WHERE a.stream = c.stream AND a.name = 'attrs' AND a.field IS NULL)
SQL
	my @wrong = (
		(map { "$_ IS DISTINCT FROM " . ($settings->{$_} eq 'NULL' ? 'NULL' : "'$settings->{$_}'") } grep { !$told{$_} } sort keys %$settings),
		map { field_differs(@$_) } grep { !$told{ $_->[0] } } map { [ split /\|/ ] } @fields);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(ask("SELECT count(*) FROM got_$stream WHERE " . join(' OR ', 'false', @wrong)), 0, "$stream: further columns");
}

# No two rows have the same key, and only what a setting chooses may be null in it.
sub key_ok
{
	my ($stream) = @_;
	my @key = stream_key($stream);
	my $null = join ' OR ', 'false', map { "$_ IS NULL" } grep { !exists stream_settings($stream)->{$_} && $_ ne 'hour' } @key;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(ask("SELECT count(*) - count(DISTINCT ROW(" . join(', ', @key) . ")), count(*) FILTER (WHERE $null) FROM got_$stream"),
		'0|0', "$stream: its key identifies a row");
}

# The first rows by id, which some endpoints can sort by, of all ad accounts and
# of one.
sub order_ok
{
	my ($stream) = @_;
	my $where = conditions($stream);
	my ($account) = ask("SELECT 1 FROM catalog_columns WHERE stream = '$stream' AND name = 'ad_account_id'") ?
	  lines("SELECT min(ad_account_id) FROM got_$stream") : undef;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	for my $clause ('', $account ? " AND ad_account_id = '$account'" : ())
	{
		is(ask("SELECT array_agg(id) FROM (SELECT id FROM pinterest.$stream WHERE $where$clause ORDER BY $_ LIMIT 3) AS x"),
			ask("SELECT array_agg(id) FROM (SELECT id FROM got_$stream WHERE true$clause ORDER BY $_ LIMIT 3) AS x"), "$stream: by $_$clause")
		  for 'id', 'id DESC';
	}
	return;
}

# A summary's counts times two.
sub doubled
{
	return join ' ', map { s/ x(\d+)$| *$/' x' . 2 * ($1 || 1)/er } $_[0] =~ m{(\S+(?: x\d+)?)}g;
}

is_deeply([ sort keys %requests ], [ sort(streams()) ], 'no stream is left out');
for my $stream (streams())
{
	my @told = truth_of($stream);
	my $told = join ', ', @told;
	my $all = "SELECT * FROM pinterest.$stream WHERE " . conditions($stream);

	latest();
	ask("CREATE TABLE got_$stream AS $all");
	my @requests = latest();
	is(summary(@requests), $requests{$stream}, "$stream: requests");
	is_deeply([ grep { $_ ne '250' } map { @{ $_->{query}{page_size} // [] } } @requests ], [], "$stream: long pages");
	agree("SELECT $told FROM got_$stream", "SELECT $told FROM truth.$stream", "$stream: rows");
	diag("table $stream " . ask("SELECT count(*) || ' ' || md5(string_agg(t::text, ' ' ORDER BY t::text COLLATE \"C\")) FROM got_$stream AS t"))
	  if $ENV{TABLE_DIGESTS};		# for a machine of another kind to compare
	further_columns_ok($stream, @told);
	key_ok($stream) if stream_key($stream);

	# twice, and parts of it; LIMIT comes last, for it may leave requests behind
	agree("SELECT s.* FROM (VALUES (1), (2)) AS v(n), LATERAL ($all AND v.n > 0 OFFSET 0) AS s",
		"SELECT s.* FROM got_$stream AS s, generate_series(1, 2)", "$stream: rescan");
	is(summary(latest()), doubled($requests{$stream}), "$stream: rescan: requests");
	is(ask($all =~ s/\*/count(*)/r), ask("SELECT count(*) FROM got_$stream"), "$stream: count(*)");
	is(ask("SELECT count(*) FROM (SELECT * FROM ($all LIMIT 1) AS x INTERSECT SELECT * FROM got_$stream) AS y"), 1, "$stream: LIMIT 1");
	order_ok($stream) if grep { $_ eq 'id' } stream_key($stream);
}

# Short pages: the same rows.  Of the results of a feed the first page is all
# that the API has.
sim_config(page_cap => 2);
agree("SELECT * FROM pinterest.$_ WHERE " . conditions($_), "SELECT * FROM got_$_", "$_: short pages")
  for grep { !/^(feed_processing_results|item_issues)$/ } streams();

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
