# Copyright (c) 2026, pinterest_fdw contributors

# Fan-out: what a query leaves open is listed first, completely and once.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 8, '--ad-groups', 2, '--ads', 1, '--boards', 6, '--pins', 12);
my $node = pinterest_cluster();
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($first, $second, $empty) = @accounts;
my $all_statuses = 'ACTIVE,ARCHIVED,DELETED_DRAFT,DRAFT,PAUSED';
my %days = (start => utc_today(-29), end => utc_today());

# The entity lists, account by account.
my %entities = (campaigns => 'campaign', ad_groups => 'ad_group', ads => 'ad');
for my $stream (sort keys %entities)
{
	my @requests = requests_during($node, "SELECT id FROM pinterest.$stream");

	is_deeply(paths_of(@requests),
		[ sort '/ad_accounts x1', map { "/ad_accounts/$_/$stream x1" } @accounts ],
		"$stream: the accounts, then each account's list");
	is_deeply(sent('entity_statuses', grep { $_->{path} ne '/ad_accounts' } @requests),
		[$all_statuses], "$stream: of all five statuses");
	truth_ok($node, $stream, "$stream: all rows");
	is(join(',', rows($node, "SELECT DISTINCT status FROM pinterest.$stream ORDER BY 1")),
		$all_statuses, "$stream: archived ones and drafts too");
	is_deeply([ rows($node, "SELECT count(*) FROM pinterest.$stream WHERE ad_account_id = '$empty'") ],
		[0], "$stream: none of the empty account");
}

# Analytics: accounts, entities, then one request for the entities of each
# account, none for an account without.
for my $stream (sort keys %entities)
{
	my @requests = requests_during($node, "SELECT spend_in_dollar FROM pinterest.${stream}_analytics");
	my @analytics = grep { $_->{path} =~ /analytics$/ } @requests;

	is_deeply(paths_of(@requests),
		[ sort '/ad_accounts x1', (map { "/ad_accounts/$_/$stream x1" } @accounts),
			(map { "/ad_accounts/$_/$stream/analytics x1" } $first, $second) ],
		"${stream}_analytics: accounts, $stream, analytics");
	is_deeply(sent('entity_statuses', grep { $_->{path} =~ /$stream$/ } @requests),
		[$all_statuses], "${stream}_analytics: for all five statuses");
	for my $request (@analytics)
	{
		my ($account) = $request->{path} =~ m{/ad_accounts/(\d+)/};

		is_deeply([ sort(values_of($request, "$entities{$stream}_ids")) ],
			[ sort(rows($node, "SELECT id FROM truth.$stream WHERE ad_account_id = '$account'")) ],
			"${stream}_analytics: each of the account's $stream once");
		is_deeply([ values_of($request, 'granularity') ], ['DAY'], 'by day');
	}
	truth_ok($node, "${stream}_analytics", "${stream}_analytics: all rows", %days,
		columns => 'SPEND_IN_DOLLAR,TOTAL_IMPRESSION,CAMPAIGN_NAME');
}

my @requests = requests_during($node, 'SELECT spend_in_dollar FROM pinterest.ad_account_analytics');
is_deeply(paths_of(@requests),
	[ sort '/ad_accounts x1', map { "/ad_accounts/$_/analytics x1" } @accounts ],
	'ad_account_analytics: the accounts, then each of them');
truth_ok($node, 'ad_account_analytics', 'ad_account_analytics: all rows', %days,
	columns => 'SPEND_IN_DOLLAR,TOTAL_IMPRESSION');

# Pins, those on protected boards too, one by one.
@requests = requests_during($node, 'SELECT impression FROM pinterest.pins_analytics');
is(scalar(grep { $_->{path} eq '/pins' } @requests), 2, 'pins_analytics: the Pins, and the empty page at their end');
is_deeply(sent('include_protected_pins', grep { $_->{path} eq '/pins' } @requests), ['true'],
	'pins_analytics: those of protected boards too');
is(scalar(grep { $_->{path} =~ m{^/pins/\d+/analytics$} } @requests), 12,
	'pins_analytics: a request for each Pin');
is(scalar(grep { $_->{path} eq '/pins/analytics' } @requests), 1, 'pins_analytics: after one for all, which is not open to the app');
truth_ok($node, 'pins_analytics', 'pins_analytics: all rows', %days, include_protected_pins => 'true');
sim_config(multi_pin => JSON::PP::true);
@requests = requests_during($node, 'SELECT impression FROM pinterest.pins_analytics');
is_deeply(paths_of(@requests), [ '/pins x2', '/pins/analytics x1' ], 'pins_analytics: one request for all Pins where it is');
truth_ok($node, 'pins_analytics', 'pins_analytics: all rows of one request', %days, include_protected_pins => 'true',
	multi_pin => 'true');
my @some = rows($node, 'SELECT id FROM pinterest.pins ORDER BY id LIMIT 5');
@requests = requests_during($node, 'SELECT impression FROM pinterest.pins_analytics WHERE pin_id IN ('
	  . join(', ', map { "'$_'" } @some) . ')');
is_deeply([ map { join ',', sort(values_of($_, 'pin_ids')) } grep { $_->{path} eq '/pins/analytics' } @requests ],
	[ join ',', @some ], 'pins_analytics: one request for some Pins');
sim_config(multi_pin => JSON::PP::false);
@requests = requests_during($node,
	"SELECT app_type, impression FROM pinterest.pins_analytics WHERE app_type IN ('WEB', 'MOBILE', 'TABLET')");
is(scalar(grep { $_->{path} eq '/pins/analytics' } @requests), 1, 'pins_analytics: what is not open is asked for once');
is(scalar(grep { $_->{path} =~ m{^/pins/\d+/analytics$} } @requests), 36, 'pins_analytics: of each Pin in three ways');

# What is not listed has no parent.
for my $single (
	[ 'user_account', 'id', '/user_account' ],
	[ 'user_account_analytics', 'impression', '/user_account/analytics' ],
	[ 'ad_accounts', 'id', '/ad_accounts' ],
	[ 'boards', 'id', '/boards' ])
{
	my ($stream, $column, $path) = @$single;

	is_deeply(paths_of(requests_during($node, "SELECT $column FROM pinterest.$stream")), ["$path x1"],
		"$stream: one request");
}
truth_ok($node, 'user_account', 'user_account: its row');
truth_ok($node, 'boards', 'boards: all rows');
truth_ok($node, 'user_account_analytics', 'user_account_analytics: all rows', %days);

# A narrower query lists less.
@requests = requests_during($node,
	"SELECT spend_in_dollar FROM pinterest.campaigns_analytics WHERE ad_account_id = '$second'");
is_deeply(paths_of(@requests),
	[ "/ad_accounts/$second/campaigns x1", "/ad_accounts/$second/campaigns/analytics x1" ],
	'one account given: no list of accounts');
@requests = requests_during($node,
	"SELECT spend_in_dollar FROM pinterest.campaigns_analytics WHERE ad_account_id = '$empty'");
is_deeply(paths_of(@requests), ["/ad_accounts/$empty/campaigns x1"],
	'an account without campaigns: no request for analytics');

# Options ad_account_id of server and table.
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE of_second (ad_account_id text, campaign_id text, date date, spend_in_dollar float8)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics', ad_account_id '$second');
CREATE FOREIGN TABLE accounts_of_two (id text, name text)
	SERVER pinterest OPTIONS (stream 'ad_accounts', ad_account_id '$first,$empty');
SQL
@requests = requests_during($node, 'TABLE of_second');
is_deeply(paths_of(@requests),
	[ "/ad_accounts/$second/campaigns x1", "/ad_accounts/$second/campaigns/analytics x1" ],
	'ad_account_id of a table: no other account, and no list of them');
same_rows_ok($node, 'TABLE of_second',
	"SELECT ad_account_id, campaign_id, date, spend_in_dollar FROM truth.campaigns_analytics WHERE ad_account_id = '$second'",
	'ad_account_id of a table: its rows');
rows_ok($node, 'SELECT id FROM accounts_of_two', [ $first, $empty ], 'ad_accounts: those of the option alone');
is_deeply([ requests_during($node, "SELECT * FROM of_second WHERE ad_account_id = '$first'") ], [],
	'another account than the option says: no request');
@requests = requests_during($node, "SELECT * FROM of_second WHERE ad_account_id IN ('$first', '$second')");
is_deeply(paths_of(grep { $_->{path} =~ /analytics/ } @requests),
	["/ad_accounts/$second/campaigns/analytics x1"], 'of those in the query, those of the option');

$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD ad_account_id '$first, $empty')");
@requests = requests_during($node, 'SELECT id FROM pinterest.ad_groups');
is_deeply(paths_of(@requests), [ sort map { "/ad_accounts/$_/ad_groups x1" } $first, $empty ],
	'ad_account_id of the server: these two alone');
same_rows_ok($node, 'SELECT id FROM pinterest.ad_groups',
	"SELECT id FROM truth.ad_groups WHERE ad_account_id IN ('$first', '$empty')",
	'ad_account_id of the server: their rows');
rows_ok($node, 'SELECT id FROM pinterest.ad_accounts', [ $first, $empty ], 'ad_account_id of the server: these accounts');
is_deeply(paths_of(requests_during($node, 'TABLE of_second')),
	[ "/ad_accounts/$second/campaigns x1", "/ad_accounts/$second/campaigns/analytics x1" ],
	"a table's option goes before the server's");
same_rows_ok($node, 'SELECT id FROM pinterest.boards WHERE ad_account_id IS NULL', 'SELECT id FROM truth.boards',
	"the user's own boards are there nevertheless");
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP ad_account_id)');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
