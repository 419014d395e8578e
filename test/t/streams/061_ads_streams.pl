# Copyright (c) 2026, pinterest_fdw contributors

# What is special about the streams below ad accounts: which requests bring
# which part of them, ids in batches, ranges of days, and targeting.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(sum);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 4, '--ad-groups', 2, '--ads', 2, '--boards', 2, '--pins', 10, '--steady');
my $node = pinterest_cluster(conf => 'jit = off');
streams_session($node);
my ($first, $second, $empty) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @days = (start => utc_today(-2), end => utc_today());
my $since = "date >= '" . utc_today(-2) . "'";
my %columns;

for my $stream (qw(keywords audiences product_group_promotions labels billing_profiles billing_invoices campaigns ad_groups ads))
{
	$columns{$stream} = truth($stream);
}

# The requests of a query that has the rows of the truth.
sub requests_of
{
	my ($stream, $where, $test) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	latest();
	agree("SELECT $columns{$stream} FROM pinterest.$stream WHERE $where",
		"SELECT $columns{$stream} FROM truth.$stream WHERE $where", "$stream: $test");
	return latest();
}

sub asks
{
	my ($stream, $where, $summary, $test) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @requests = requests_of($stream, $where, $test // $where);
	is(summary(@requests), $summary, "$stream: " . ($test // $where) . ': requests');
	return @requests;
}

# One value of a query over truth.
sub value { return (lines("SELECT x FROM ($_[0]) AS q(x) ORDER BY x LIMIT 1"))[0]; }

# ---------- keywords: of ad groups, of campaigns, of the account itself ----------

my $group = value("SELECT ad_group_id FROM truth.keywords WHERE ad_group_id IS NOT NULL AND ad_account_id = '$first'");
my $campaign = value("SELECT campaign_id FROM truth.keywords WHERE ad_group_id IS NULL AND campaign_id IS NOT NULL AND ad_account_id = '$first'");
my @requests;

is(join(' ', lines("SELECT DISTINCT parent_type || ' ' || (ad_group_id IS NULL)::text || ' ' || (campaign_id IS NULL)::text FROM pinterest.keywords ORDER BY 1")),
	'ADVERTISER true true AD_GROUP false false CAMPAIGN true false', 'keywords: all three kinds');
is(ask('SELECT count(*) - count(DISTINCT id) FROM pinterest.keywords'), 0, 'keywords: each once');

@requests = asks('keywords', "ad_group_id = '$group' AND ad_account_id = '$first'", 'A/ad_groups A/keywords', 'of an ad group');
is_deeply([ sent('ad_group_ids', $requests[0]), sent('ad_group_id', $requests[1]) ], [ [$group], [$group] ], 'keywords: of that one');
asks('keywords', "ad_group_id = '$group'", '/ad_accounts A/ad_groups x3 A/keywords', 'of an ad group, whichever account');
@requests = asks('keywords', "campaign_id = '$campaign' AND ad_account_id = '$first'", 'A/ad_groups A/keywords x3', 'of a campaign');
is_deeply(sent('campaign_ids', grep { $_->{path} =~ /groups$/ } @requests), [$campaign], 'keywords: the campaign narrows its ad groups');
is_deeply(sent('campaign_id', grep { $_->{path} =~ /keywords$/ } @requests), [ '', $campaign ], 'keywords: a request for the campaign itself');
@requests = asks('keywords', "ad_account_id = '$first' AND match_type IN ('BROAD', 'EXACT')", 'A/ad_groups A/campaigns A/keywords x13', 'by match types');
is_deeply(sent('match_types', grep { $_->{path} =~ /keywords$/ } @requests), ['BROAD,EXACT'], 'keywords: in every request');
requests_of('keywords', $_, $_)
  for "parent_id = '$group'", "parent_type = 'CAMPAIGN'", 'ad_group_id IS NULL', 'campaign_id IS NULL', 'match_type IS NULL',
  "ad_group_id IN ('$group') OR campaign_id = '$campaign'", "NOT archived";
is(ask("SELECT count(*) FROM pinterest.keywords WHERE ad_account_id = '$second' AND ad_group_id = '$group'"), 0, 'keywords: not of another account');
is(ask("SELECT count(*) FROM pinterest.keywords WHERE ad_account_id = '$second' AND campaign_id = '$campaign'"), 0, 'keywords: nor its campaigns');
is(ask("SELECT count(*) FROM pinterest.product_group_promotions WHERE ad_account_id = '$second' AND id IN (SELECT id FROM truth.product_group_promotions WHERE ad_account_id = '$first')"),
	0, 'product_group_promotions: not of another account');
is(ask("SELECT count(*) FROM pinterest.keywords WHERE ad_account_id = '$empty'"), 0, 'keywords: none of the empty account');

# ---------- audiences: the account's own, and those of others ----------

asks('audiences', "ad_account_id = '$first'", 'A/audiences x2', 'of an account');
for my $type (qw(OWNED RECEIVED))
{
	@requests = asks('audiences', "ad_account_id = '$first' AND ownership_type = '$type'", 'A/audiences', $type);
	is_deeply(sent('ownership_type', @requests), [$type], "audiences: $type is asked for");
}
is(ask("SELECT DISTINCT ownership_type FROM pinterest.audiences WHERE owner_ad_account_id IS DISTINCT FROM ad_account_id"), 'RECEIVED',
	'audiences: those of others are RECEIVED');

# ---------- product groups: by ad group, by id ----------

my @groups = lines("SELECT id FROM truth.product_group_promotions WHERE ad_account_id = '$first' ORDER BY id");
my $holder = value("SELECT ad_group_id FROM truth.product_group_promotions WHERE ad_account_id = '$first'");

@requests = asks('product_group_promotions', "ad_account_id = '$first' AND id IN (" . sql_list(@groups[ 0, 1 ]) . ')', 'A/product_group_promotions', 'by id');
is_deeply([ sent('product_group_promotion_ids', @requests), sent('ad_group_id', @requests) ], [ [ join ',', @groups[ 0, 1 ] ], [''] ],
	'product_group_promotions: ids in one request, no ad group');
is_deeply(sent('entity_statuses', @requests), ['ACTIVE,ARCHIVED,DELETED_DRAFT,DRAFT,PAUSED'], 'product_group_promotions: of all statuses');
asks('product_group_promotions', "id = '$groups[0]'", '/ad_accounts A/product_group_promotions x3', 'by id, whichever account');
@requests = asks('product_group_promotions', "ad_account_id = '$first' AND ad_group_id = '$holder'", 'A/product_group_promotions', 'of an ad group');
is_deeply(sent('ad_group_id', @requests), [$holder], 'product_group_promotions: of that one');
requests_of('product_group_promotions', "ad_account_id = '$first' AND ad_group_id = '$holder' AND id = ANY ('{" . join(',', @groups) . "}')", 'by both');
requests_of('product_group_promotions', "status IN ('ACTIVE', 'ARCHIVED') AND included", 'by status');

# ---------- labels: one for each of its campaigns ----------

my ($label, $labelled) = split /\|/, (lines(<<SQL))[0];
SELECT id, min(parent_id) FROM truth.labels WHERE ad_account_id = '$first' AND status = 'ACTIVE'
 GROUP BY id HAVING count(*) > 1 ORDER BY id
SQL

@requests = asks('labels', "ad_account_id = '$first' AND id = '$label'", 'A/labels', 'by id');
is_deeply(sent('label_ids', @requests), [$label], 'labels: the id is sent');
is_deeply(sent('entity_statuses', @requests), ['ACTIVE,ARCHIVED'], 'labels: of both statuses');
@requests = asks('labels', "ad_account_id = '$first' AND id = '$label' AND parent_id = '$labelled' AND label_type IN ('BRAND', 'CUSTOM') AND status = 'ACTIVE'",
	'A/labels', 'by all that there is');
is_deeply([ map { @{ sent($_, @requests) } } qw(label_ids campaign_ids label_types entity_statuses) ],
	[ $label, $labelled, 'BRAND,CUSTOM', 'ACTIVE' ], 'labels: all of it is sent');

# Before 5.28 an item of the list held several.
sim_config(flat_labels => JSON::PP::false);
requests_of('labels', "ad_account_id = '$first'", 'labels within items');
sim_config(flat_labels => JSON::PP::true);

# The API need not tell the campaigns any more.
sim_config(label_parents => JSON::PP::false);
same_rows_ok($node, "SELECT id, parent_id, value, label_type, status FROM pinterest.labels WHERE ad_account_id = '$first'",
	"SELECT DISTINCT id, NULL::text, value, label_type, status FROM truth.labels WHERE ad_account_id = '$first'", 'labels without campaigns');
sim_config(label_parents => JSON::PP::true);

# ---------- billing ----------

@requests = asks('billing_profiles', "ad_account_id = '$first'", 'A/billing_profiles', 'of an account');
is_deeply(sent('is_active', @requests), ['false'], 'billing_profiles: those that are not active too');
is(ask("SELECT count(DISTINCT status) FROM pinterest.billing_profiles"), 4, 'billing_profiles: of every status');

# Days are optional: neither end, one, or both.
my ($early, $late) = lines("SELECT DISTINCT invoice_due_date FROM truth.billing_invoices ORDER BY 1 OFFSET 1 LIMIT 2");
for my $case (
	[ 'true', '', '' ],
	[ "invoice_due_date >= '$early'", $early, '' ],
	[ "invoice_due_date > '$early'", utc_day($early, 1), '' ],
	[ "invoice_due_date <= '$late'", '', $late ],
	[ "invoice_due_date < '$late'", '', utc_day($late, -1) ],
	[ "invoice_due_date = '$late'", $late, $late ],
	[ "invoice_due_date BETWEEN '$early' AND '$late'", $early, $late ],
	[ "invoice_due_date IN ('$early', '$late')", $early, $late ],
	[ "invoice_due_date >= '$early' AND status = 'CLOSED' AND document_type = 'CREDIT_MEMO'", $early, '' ])
{
	my ($where, $start, $end) = @$case;

	@requests = asks('billing_invoices', "ad_account_id = '$first' AND $where", 'A/billing_invoices', $where);
	is_deeply([ map { @{ sent($_, @requests) } } qw(start_due_date end_due_date) ], [ $start, $end ], "billing_invoices: $where: days");
}
latest();
is(ask("SELECT count(*) FROM pinterest.billing_invoices WHERE invoice_due_date > '$late' AND invoice_due_date < '$early'"), 0, 'billing_invoices: no day');
is_deeply([ latest() ], [], 'billing_invoices: no request for no day');

sub utc_day { return value("SELECT ('$_[0]'::date + $_[1])::text"); }

# ---------- targeting: all types, or those that a query names ----------

my @campaign_types = split /,/, stream_filters('campaigns_targeting_analytics')->{targeting_type}[0]{allowed};
my %many = (ad_account => 13, campaigns => 15, ad_groups => 14, ads => 14);

for my $level (sort keys %many)
{
	my $stream = "${level}_targeting_analytics";
	my @types = split /,/, stream_filters($stream)->{targeting_type}[0]{allowed};
	my %settled = (@days, columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION', targeting_types => join ',', @types);

	$columns{$stream} = truth($stream, %settled);
	is(scalar @types, $many{$level}, "$stream: $many{$level} types");
	@requests = grep { $_->{path} =~ /targeting_analytics$/ } requests_of($stream, "$since AND ad_account_id = '$first'", 'all types');
	is_deeply([ grep { values_of($_, 'targeting_types') > ($level eq 'ad_account' ? 15 : 14) } @requests ], [], "$stream: not more than a request takes");
	is_deeply([ sort map { values_of($_, 'targeting_types') } @requests ], [ sort @types ], "$stream: each type once");
	@requests = grep { $_->{path} =~ /targeting_analytics$/ } requests_of($stream, "$since AND ad_account_id = '$first' AND targeting_type IN ('GENDER', 'LOCATION')", 'two types');
	is_deeply(sent('targeting_types', @requests), ['GENDER,LOCATION'], "$stream: two types are pushed");
	requests_of($stream, "$since AND targeting_type = 'LOCATION' AND targeting_value = '500'", 'a number as text');
}
is(ask("SELECT string_agg(DISTINCT targeting_value, ',' ORDER BY targeting_value) FROM pinterest.campaigns_targeting_analytics WHERE $since AND targeting_type IN ('LOCATION', 'AUDIENCE_INCLUDE')"),
	'254261234567,2542620639259,500,807', 'numbers are text');
is(ask("SELECT count(DISTINCT targeting_value) FROM pinterest.campaigns_targeting_analytics WHERE $since AND targeting_type IN ('PINNER_INTEREST', 'KEYWORD')"),
	5, 'any text, an empty one too');
like(unwrapped(ask("EXPLAIN (COSTS OFF) SELECT * FROM pinterest.campaigns_targeting_analytics WHERE $since AND targeting_type IN ('GENDER', 'LOCATION')")),
	qr/targeting_types=GENDER,LOCATION.*Pushed: .*targeting_type = ANY/s, 'targeting types in EXPLAIN');

# ---------- product items: an id says nothing of its account ----------

sim_config(report_polls => 0);
$columns{product_items_analytics} = truth('product_items_analytics', @days, columns => 'SPEND_IN_MICRO_DOLLAR');
my $item = value("SELECT product_item_id FROM truth.product_items_analytics WHERE ad_account_id = '$first'");
requests_of('product_items_analytics', "$since AND ad_account_id = '$first' AND product_item_id = '$item'", 'one of an account');
requests_of('product_items_analytics', "$since AND product_item_id = '$item'", 'one, whichever account');

# ---------- Pins of ads: batches of 100 for each campaign, each Pin once ----------

sim_reset(accounts => 2, campaigns => 2, ad_groups => 4, ads => 40, pins => 150);
truth('ads');
$columns{ad_pins_analytics} = truth('ad_pins_analytics', @days, columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION');
my %pins = map { split /\|/ } lines('SELECT campaign_id, count(DISTINCT pin_id) FROM truth.ads WHERE pin_id IS NOT NULL GROUP BY 1');
cmp_ok(ask('SELECT max(n) FROM (SELECT count(*) AS n FROM truth.ads GROUP BY campaign_id, pin_id) AS x'), '>', 1, 'a Pin is in several ads');
@requests = grep { $_->{path} =~ m{/pins/analytics$} } requests_of('ad_pins_analytics', $since, 'all');
my %asked;
for my $request (@requests)
{
	my @ids = values_of($request, 'pin_ids');

	cmp_ok(scalar @ids, '<=', 100, 'ad_pins_analytics: not more than 100 Pins');
	push @{ $asked{ $request->{query}{campaign_id}[0] } }, @ids;
}
is_deeply([ map { scalar @{ $_->{query}{campaign_id} } } @requests ], [ map { 1 } @requests ], 'ad_pins_analytics: one campaign a request');
is_deeply({ map { my %once = map { $_ => 1 } @{ $asked{$_} }; $_ => scalar keys %once } keys %asked }, \%pins, 'ad_pins_analytics: all Pins of a campaign');
is(scalar(map { @$_ } values %asked), sum(values %pins), 'ad_pins_analytics: each once');
is(scalar @requests, sum(map { int(($_ + 99) / 100) } values %pins), 'ad_pins_analytics: in as few requests as can be');
cmp_ok(scalar @requests, '>', scalar keys %pins, 'ad_pins_analytics: several for a campaign');
my ($busy) = sort keys %pins;
my ($pin) = sort @{ $asked{$busy} };
@requests = grep { $_->{path} =~ m{/pins/analytics$} } requests_of('ad_pins_analytics', "$since AND campaign_id = '$busy' AND pin_id = '$pin'", 'a Pin of a campaign');
is_deeply([ sent('campaign_id', @requests), sent('pin_ids', @requests), scalar @requests ], [ [$busy], [$pin], 1 ], 'ad_pins_analytics: one request for it');
requests_of('ad_pins_analytics', "$since AND pin_id = '$pin'", 'a Pin of any campaign');

# ---------- many ids: batches of 250 ----------

sim_reset(accounts => 1, campaigns => 100, ad_groups => 4, ads => 0);
truth('product_group_promotions');
@groups = lines('SELECT id FROM truth.product_group_promotions');
cmp_ok(scalar @groups, '>', 250, 'there are many product groups');
@requests = requests_of('product_group_promotions', "ad_account_id = '$first' AND id = ANY ('{" . join(',', @groups, @groups[ 0 .. 9 ]) . "}')", 'many ids');
is_deeply([ sort { $a <=> $b } map { scalar values_of($_, 'product_group_promotion_ids') } @requests ], [ @groups - 250, 250 ], 'product_group_promotions: in two batches');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
