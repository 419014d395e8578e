# Copyright (c) 2026, pinterest_fdw contributors

# Reports of every level: what is ordered for it, its rows, and the ids and
# targeting types of a query that go into the order.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(max);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 2, '--ads', 2, '--boards', 1, '--pins', 3, '--steady');
my $node = pinterest_cluster();
my ($account, $other) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 130;
daily_campaign($node, $_, 131) for $account, $other;
my $metrics = 'spend_in_micro_dollar, total_impression';

fresh();

# Back to an empty log, and to reports that are ready when they are first asked for.
sub fresh
{
	sim_reset(@_);
	sim_config(report_polls => 0);
	return;
}

# The bodies of the orders among some requests, sorted; days and metrics aside.
sub orders
{
	my @bodies = map { my %body = %{ $_->{body} }; \%body } grep { $_->{method} eq 'POST' } @_;

	delete @$_{qw(start_date end_date columns report_format granularity)} for @bodies;
	return [ sort map { JSON::PP->new->canonical->encode($_) } @bodies ];
}

sub order
{
	return JSON::PP->new->canonical->encode({@_});
}

# ---- each level ----

# Stream, level, columns of its key, and what else is ordered.
my @levels = (
	[ 'ad_account_analytics', 'ADVERTISER', [] ],
	[ 'campaigns_analytics', 'CAMPAIGN', ['campaign_id'] ],
	[ 'ad_groups_analytics', 'AD_GROUP', ['ad_group_id'] ],
	[ 'ads_analytics', 'PIN_PROMOTION', ['ad_id'] ],
	[ 'product_groups_analytics', 'PRODUCT_GROUP', ['product_group_id'] ],
	[ 'keywords_analytics', 'KEYWORD', ['keyword_id'], primary_sort => 'BY_ID' ],
	[ 'product_items_analytics', 'PRODUCT_ITEM', ['product_item_id'], primary_sort => 'BY_ID' ],
	[ 'ad_account_targeting_analytics', 'ADVERTISER_TARGETING', [] ],
	[ 'campaigns_targeting_analytics', 'CAMPAIGN_TARGETING', ['campaign_id'] ],
	[ 'ad_groups_targeting_analytics', 'AD_GROUP_TARGETING', ['ad_group_id'] ],
	[ 'ads_targeting_analytics', 'PIN_PROMOTION_TARGETING', ['ad_id'] ],
	[ 'product_groups_targeting_analytics', 'PRODUCT_GROUP_TARGETING', ['product_group_id'] ],
	[ 'product_items_targeting_analytics', 'PRODUCT_ITEM_TARGETING', ['product_item_id'], primary_sort => 'BY_ID' ],
);
my @types = qw(AGE_BUCKET APPTYPE COUNTRY GENDER LOCATION REGION);

for my $case (@levels)
{
	my ($stream, $level, $ids, %more) = @$case;
	my $targeted = $stream =~ /targeting/;
	my $from = $stream =~ /product_items/ ? 92 : 93;
	my $range = "date BETWEEN '$day[$from]' AND '$day[88]'" . ($targeted ? ' AND targeting_type IN (' . join(', ', map { "'$_'" } @types) . ')' : '');
	my $list = join ', ', 'ad_account_id', @$ids, 'date', $targeted ? ('targeting_type', 'targeting_value') : (), $metrics;
	my @expected = map { { level => $level, %more, ($targeted ? (targeting_types => $_) : ()) } } $targeted ? ([ @types[ 0 .. 4 ] ], [ $types[5] ]) : (undef);

	truth_table($node, $stream, name => 'level', columns => uc($metrics =~ s/ //gr), start => $day[$from], end => $day[88],
		$targeted ? (targeting_types => join ',', @types) : ());
	is_deeply(orders(requests_during($node, "CREATE TABLE got_$level AS SELECT $list FROM pinterest.$stream WHERE $range")),
		[ sort map { (order(%$_)) x 2 } @expected ], "$stream: orders of two accounts");
	same_rows_ok($node, "TABLE got_$level", "SELECT $list FROM truth.level", "$stream: rows");
}

# What is not divided by types would hide what they hide.
my @all = grep { $_->{method} eq 'POST' } requests_during($node,
	"SELECT count(*) FROM pinterest.campaigns_targeting_analytics WHERE ad_account_id = '$account' AND date = '$day[95]'");
cmp_ok(max(map { scalar @{ $_->{body}{targeting_types} } } @all), '<=', 5, 'all targeting types: at most five a report');
is(scalar(keys %{ { map { $_ => 1 } map { @{ $_->{body}{targeting_types} } } @all } }), scalar(map { @{ $_->{body}{targeting_types} } } @all),
	'all targeting types: each once');
like($node->safe_psql('postgres', "SELECT string_agg(DISTINCT attribution_type, ' ') FROM pinterest.campaigns_targeting_analytics
		WHERE ad_account_id = '$account' AND date = '$day[95]' AND targeting_type = 'GENDER' AND attribution_type IN ('HOUSEHOLD', 'INDIVIDUAL')"),
	qr/^HOUSEHOLD INDIVIDUAL$/, 'attribution types');
is_deeply([ sort map { @{ $_->{body}{attribution_types} // [] } } grep { $_->{method} eq 'POST' } sim_requests() ], [ 'HOUSEHOLD', 'INDIVIDUAL' ],
	'each in a report of its own, as a list');

# Product items: shorter reports, and a shorter past.
my (undef, undef, $said) = $node->psql('postgres', "SELECT count(*) FROM pinterest.product_items_analytics
	WHERE ad_account_id = '$account' AND date >= '$day[120]' AND ad_group_id IS NOT NULL", on_error_die => 1);
is_deeply([ sort map { "$_->{start_date} to $_->{end_date}" } map { $_->{body} } grep { $_->{method} eq 'POST' && $_->{body}{end_date} gt $day[85] } sim_requests() ],
	[ map { "$day[$_] to $day[$_ - 30]" } 92, 61, 30 ], 'product items: 31 days a report');
like($said, qr/WARNING:  stream "product_items_analytics" has no data before \Q$day[92]\E/, 'product items: 92 days in all');
for my $unit (qw(week month))
{
	my $first = $node->safe_psql('postgres', "SELECT date_trunc('$unit', date '$day[80]' + interval '1 $unit' - interval '1 day')::date");

	truth_table($node, 'product_items_analytics', name => $unit, granularity => uc $unit, columns => uc($metrics =~ s/ //gr), start => $first, end => $day[0]);
	same_rows_ok($node, "SELECT product_item_id, date, $metrics FROM pinterest.product_items_analytics WHERE granularity = '\U$unit\E' AND date >= '$day[80]'",
		"SELECT product_item_id, date, $metrics FROM truth.$unit", "product items by $unit: none is cut");
}
like(error_of($node, "SELECT FROM pinterest.product_items_analytics WHERE granularity = 'TOTAL' AND date >= '$day[31]'"),
	qr/ERROR:  HV00L: a total of stream "product_items_analytics" cannot span more than 31 days/, 'product items: a total of 31 days at most');

# ---- ids ----

fresh();
my $date = "date BETWEEN '$day[110]' AND '$day[100]'";
truth_table($node, $_, columns => uc($metrics =~ s/ //gr), start => $day[110], end => $day[100])
  for qw(campaigns_analytics ads_analytics product_groups_analytics keywords_analytics);
my ($ad, $group, $campaign) = split /\|/, $node->safe_psql('postgres', "SELECT id, ad_group_id, campaign_id FROM pinterest.ads
	WHERE id IN (SELECT ad_id FROM truth.ads_analytics WHERE ad_account_id = '$account') AND ad_group_id IN (SELECT parent_id FROM pinterest.keywords)
		AND campaign_id IN (SELECT campaign_id FROM truth.campaigns_analytics) LIMIT 1");
my ($product_group) = rows($node, "SELECT min(product_group_id) FROM truth.product_groups_analytics WHERE ad_account_id = '$account'");
my ($foreign) = rows($node, "SELECT min(campaign_id) FROM truth.campaigns_analytics WHERE ad_account_id = '$other'");

for my $case (
	[ 'campaigns_analytics', 'CAMPAIGN', "campaign_id = '$campaign'", campaign_ids => [$campaign] ],
	[ 'campaigns_analytics', 'CAMPAIGN', "campaign_id = '$campaign' AND ad_account_id = '$account'", campaign_ids => [$campaign] ],
	[ 'ad_groups_analytics', 'AD_GROUP', "campaign_id = '$campaign'", campaign_ids => [$campaign] ],
	[ 'ad_groups_analytics', 'AD_GROUP', "ad_group_id = '$group' AND campaign_id = '$campaign'", ad_group_ids => [$group] ],
	[ 'ads_analytics', 'PIN_PROMOTION', "ad_id = '$ad'", ad_ids => [$ad] ],
	[ 'ads_analytics', 'PIN_PROMOTION', "ad_group_id = '$group'", ad_group_ids => [$group] ],
	[ 'ads_analytics', 'PIN_PROMOTION', "campaign_id = '$campaign'", campaign_ids => [$campaign] ],
	[ 'product_groups_analytics', 'PRODUCT_GROUP', "product_group_id = '$product_group'", product_group_ids => [$product_group] ],
	[ 'keywords_analytics', 'KEYWORD', "campaign_id = '$campaign'", campaign_ids => [$campaign], primary_sort => 'BY_ID' ],
	[ 'keywords_analytics', 'KEYWORD', "ad_group_id = '$group'", ad_group_ids => [$group], primary_sort => 'BY_ID' ],
	[ 'ads_targeting_analytics', 'PIN_PROMOTION_TARGETING', "ad_id = '$ad' AND targeting_type = 'GENDER'", ad_ids => [$ad], targeting_types => ['GENDER'] ])
{
	my ($stream, $level, $where, %members) = @$case;
	my $ids = join ', ', grep { $where =~ /\b$_\b/ } qw(ad_account_id campaign_id ad_group_id ad_id product_group_id);

	is_deeply(orders(requests_during($node, <<SQL)), [ order(level => $level, %members) ], "$stream, $where: the order");
DROP TABLE IF EXISTS part, whole;
CREATE TABLE part AS SELECT $ids, $metrics FROM pinterest.$stream WHERE $date AND $where;
SQL
	$node->safe_psql('postgres', "CREATE TABLE whole AS SELECT * FROM pinterest.$stream WHERE $date"
		  . ($where =~ /(targeting_type = \S+)/ ? " AND $1" : ''));
	same_rows_ok($node, 'TABLE part', "SELECT $ids, $metrics FROM whole WHERE $where", "$stream, $where: rows of them and no others");
}

# Ids are ordered in the ad account that they belong to.
is_deeply([ sort map { "$_->{path} $_->{body}{campaign_ids}[0]" } grep { $_->{method} eq 'POST' } requests_during($node,
			"SELECT FROM pinterest.campaigns_analytics WHERE $date AND campaign_id IN ('$campaign', '$foreign', '1')") ],
	[ sort map { "/ad_accounts/$_->[0]/reports $_->[1]" } [ $account, $campaign ], [ $other, $foreign ] ], 'ids of two accounts');
is_deeply(orders(requests_during($node, "SELECT FROM pinterest.campaigns_analytics WHERE $date AND campaign_id = '1'")), [], 'an id that there is not: no order');

my $session = sql_session($node);
$session->query_safe('SET client_min_messages = warning');

# Product items are listed nowhere, so that nothing tells whose they are.
truth_table($node, 'product_items_analytics', columns => uc($metrics =~ s/ //gr), start => $day[60], end => $day[50]);
$node->safe_psql('postgres', 'CREATE TABLE items AS SELECT min(product_item_id) AS id FROM truth.product_items_analytics GROUP BY ad_account_id UNION SELECT \'1\'');
for my $where ('product_item_id IN (SELECT id FROM items)', 'product_item_id = ANY (ARRAY(SELECT id FROM items))', "product_item_id = (SELECT max(id) FROM items)")
{
	is_deeply(outcome($session, "SELECT product_item_id, date, $metrics FROM pinterest.product_items_analytics WHERE date BETWEEN '$day[60]' AND '$day[50]' AND $where"),
		outcome($session, "SELECT product_item_id, date, $metrics FROM truth.product_items_analytics WHERE $where"), "items of any account: $where");
}

# Ids of a join, whatever the plan: the rows are those of the truth, and a nested loop orders no more than it needs.
my $join = "SELECT c.name, a.campaign_id, a.date, a.spend_in_micro_dollar FROM pinterest.campaigns AS c
	JOIN %s.campaigns_analytics AS a ON a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id WHERE c.id = '$campaign' AND a.$date";
my $expected = outcome($session, sprintf $join, 'truth');
cmp_ok($expected->{rows}, '>', 1, 'rows to join');
for my $off ('enable_material', 'enable_nestloop', 'enable_hashjoin', 'enable_mergejoin')
{
	$session->query_safe("SET $off = off");
	is_deeply(outcome($session, sprintf $join, 'pinterest'), $expected, "ids of a join without $off");
	$session->query_safe("RESET $off");
}
$node->safe_psql('postgres', "CREATE TABLE wanted (id text); INSERT INTO wanted VALUES ('$campaign'); ANALYZE wanted");
is_deeply(orders(requests_during($node, "SELECT FROM pinterest.campaigns_analytics WHERE $date AND campaign_id = ANY (ARRAY(SELECT id FROM wanted))")),
	[ order(level => 'CAMPAIGN', campaign_ids => [$campaign]) ], 'ids of a sub-select');
is_deeply(orders(requests_during($node, "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
		SELECT FROM wanted JOIN pinterest.campaigns_analytics AS a ON a.campaign_id = wanted.id WHERE a.$date")),
	[ order(level => 'CAMPAIGN', campaign_ids => [$campaign]) ], 'ids of a nested loop');
$session->quit;

# More ids than an order takes.
fresh(campaigns => 510, ad_groups => 1, ads => 1, accounts => 1);
my @many = grep { $_->{method} eq 'POST' } requests_during($node, "CREATE TABLE many AS SELECT campaign_id, date FROM pinterest.campaigns_analytics
	WHERE date = '$day[100]' AND campaign_id = ANY (ARRAY(SELECT id FROM pinterest.campaigns))");
cmp_ok(max(map { scalar @{ $_->{body}{campaign_ids} } } @many), '<=', 500, '510 ids: at most 500 an order');
is(scalar(map { @{ $_->{body}{campaign_ids} } } @many), 510, '510 ids: each is ordered once');
same_rows_ok($node, 'TABLE many', "SELECT campaign_id, date FROM pinterest.campaigns_analytics WHERE date = '$day[100]'", '510 ids: rows');

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
