# Copyright (c) 2026, pinterest_fdw contributors

# What is special about catalogs and business access: an account without a
# catalog, secrets that no table shows, and lists that hide parts of themselves.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 2, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 20);
my $node = pinterest_cluster(conf => 'jit = off', options => ", retries '0'");
streams_session($node);
my @catalogs = qw(catalogs catalogs_feeds feed_processing_results item_issues catalogs_product_groups product_group_products);
my @businesses = qw(businesses_employers businesses_members businesses_partners businesses_assets businesses_invites);
my (%columns, @requests);

$columns{$_} = truth($_) for @catalogs, @businesses, 'leads_subscriptions';
$columns{product_group_products} =~ s/,?\bpin\b//;

sub asks
{
	my ($stream, $where, $summary, $test) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$test //= $where;
	latest();
	agree("SELECT $columns{$stream} FROM pinterest.$stream WHERE $where",
		"SELECT $columns{$stream} FROM truth.$stream WHERE $where", "$stream: $test");
	my @requests = latest();
	is(summary(@requests), $summary, "$stream: $test: requests");
	return @requests;
}

sub value { return (lines("SELECT x FROM ($_[0]) AS q(x) WHERE x IS NOT NULL ORDER BY x LIMIT 1"))[0]; }

# ---------- catalogs, feeds, product groups ----------

my $catalog = value('SELECT catalog_id FROM truth.catalogs_feeds');
my $feed = value('SELECT feed_id FROM truth.feed_processing_results');
my $result = value('SELECT processing_result_id FROM truth.item_issues');
my $group = value('SELECT product_group_id FROM truth.product_group_products');

@requests = asks('catalogs_feeds', "catalog_id = '$catalog'", '/catalogs/feeds');
is_deeply(sent('catalog_id', @requests), [$catalog], 'catalogs_feeds: the catalog is sent');
asks('feed_processing_results', "feed_id = '$feed'", '/catalogs/feeds/#/processing_results');
asks('item_issues', "processing_result_id = '$result'", '/catalogs/processing_results/#/item_issues');
asks('item_issues', "processing_result_id = '$result' AND item_number = 0", '/catalogs/processing_results/#/item_issues', 'the first item has the number 0');
asks('product_group_products', "product_group_id = '$group'", '/catalogs/product_groups/#/products x2');
my @groups = lines('SELECT id FROM truth.catalogs_product_groups ORDER BY id');
@requests = asks('catalogs_product_groups', 'id IN (' . sql_list(@groups[ 0 .. 2 ]) . ')', '/catalogs/product_groups');
is_deeply(sent('id', @requests), [ join ',', sort @groups[ 0 .. 2 ] ], 'catalogs_product_groups: ids in one request');
my ($by_feed, $its_catalog) = split /\|/, (lines('SELECT feed_id, catalog_id FROM truth.catalogs_product_groups WHERE feed_id IS NOT NULL ORDER BY 1'))[0];
@requests = asks('catalogs_product_groups', "feed_id = '$by_feed' AND catalog_id = '$its_catalog'", '/catalogs/product_groups');
is_deeply([ map { @{ sent($_, @requests) } } qw(feed_id catalog_id) ], [ $by_feed, $its_catalog ], 'catalogs_product_groups: feed and catalog are sent');
for my $unknown (
	[ 'feed_processing_results', 'feed_id' ], [ 'item_issues', 'processing_result_id' ], [ 'product_group_products', 'product_group_id' ],
	[ 'catalogs_product_groups', 'id' ])
{
	is(ask("SELECT count(*) FROM pinterest.$unknown->[0] WHERE $unknown->[1] = '123456789'"), 0, "$unknown->[0]: an unknown $unknown->[1] has no rows");
}
is(ask("SELECT count(*) FROM pinterest.product_group_products WHERE (pin->>'id') IS DISTINCT FROM pin_id OR (attrs->'metadata'->>'price')::float8 IS DISTINCT FROM price"),
	0, 'product_group_products: columns of what is within');
my $quiet = "SELECT product_group_id, pin_id, title FROM pinterest.product_group_products";
latest();
ask($quiet);
is_deeply(sent('pin_metrics', grep { $_->{path} =~ /products$/ } latest()), [''], 'product_group_products: pin_metrics are not asked for unread');
ask($quiet =~ s/title/pin_metrics/r);
is_deeply(sent('pin_metrics', grep { $_->{path} =~ /products$/ } latest()), ['true'], 'product_group_products: only where they are read');

# No catalog: no rows and no error; other conflicts are errors.
sim_config(catalogs => JSON::PP::false);
for my $stream (@catalogs)
{
	is(complaint("DO \$\$ BEGIN ASSERT NOT EXISTS (SELECT FROM pinterest.$stream); END \$\$"), '', "$stream: none without a catalog");
}
is(complaint("ANALYZE pinterest.catalogs"), '', 'catalogs: ANALYZE without a catalog');
is(ask("SELECT count(*) FROM pinterest.feed_processing_results WHERE feed_id = '$feed'"), 0, 'feed_processing_results: of a feed, without a catalog');
sim_reset();
sim_fault(action => 'status', match => '^/catalogs/feeds$', status => 409, code => 4183, message => 'Another conflict');
like(complaint('SELECT * FROM pinterest.catalogs_feeds'), qr/ERROR.*Another conflict/s, 'another conflict is an error');
sim_reset();

# ---------- secrets ----------

my ($account) = lines('SELECT ad_account_id FROM truth.leads_subscriptions ORDER BY 1');
my $secrets = qr/feed-password|feeduser|secret-key/;
for my $case ([ 'catalogs_feeds', 'credentials' ], [ 'leads_subscriptions', 'cryptographic_key' ])
{
	my ($stream, $field) = @$case;
	my %names = map { $_ => 1 } lines("SELECT name FROM catalog_columns WHERE stream = '$stream'");
	my ($text) = ask("SELECT string_agg(t::text, ' ') FROM pinterest.$stream AS t");

	ok(!$names{$field} && !$names{attrs}, "$stream: neither $field nor attrs");
	unlike($text, $secrets, "$stream: no secret in its rows");
	like($text, qr/https/, "$stream: but what is around it");
	for my $column (
		"$field text", "$field jsonb", "attrs jsonb", "attrs text",
		"x text OPTIONS (field '$field')", "x jsonb OPTIONS (field '$field')", "x text OPTIONS (field '$field.password')", "x text OPTIONS (field 'attrs')")
	{
		my $said = complaint("DROP FOREIGN TABLE IF EXISTS secret; CREATE FOREIGN TABLE secret (id text, $column) SERVER pinterest OPTIONS (stream '$stream'); SELECT * FROM secret");
		my $rows = $said =~ /ERROR/ ? '' : ask('SELECT * FROM secret');

		unlike("$said $rows", $secrets, "$stream: $column shows none");
		like($said, qr/ERROR/, "$stream: $column is refused") if $column =~ /\b$field/;
	}
	ask('DROP FOREIGN TABLE IF EXISTS secret; CREATE FOREIGN TABLE secret (id text) SERVER pinterest OPTIONS (stream $$' . $stream . '$$)');
	like(complaint("ALTER FOREIGN TABLE secret ADD COLUMN x text OPTIONS (field '$field'); SELECT * FROM secret"), qr/ERROR/, "$stream: nor as a column of later");
	ask('DROP FOREIGN TABLE IF EXISTS secret');

	# Errors of a row and of an answer tell no more.  One request at a time:
	# another, given up because of the error, would stand in the log unfinished.
	my $one = $stream eq 'leads_subscriptions' ? "ad_account_id = '$account'" : 'true';
	my ($path) = ask("SELECT endpoints[1] FROM pinterest_fdw.streams() WHERE name = '$stream'") =~ m{([^/]+)$};
	for my $fault (
		{ action => 'set_field', field => 'status', value => { password => 'x' } }, { action => 'set_field', field => ($stream eq 'catalogs_feeds' ? 'created_at' : 'created_time'), value => 'never' },
		{ action => 'wrong_types' }, { action => 'truncate', bytes => 700 }, { action => 'invalid_utf8', field => 'id' }, { action => 'nul', field => 'id' })
	{
		sim_fault(match => "/$path\$", times => 20, %$fault);
		unlike(complaint("SET client_min_messages = debug5; SELECT * FROM pinterest.$stream WHERE $one; SET client_min_messages = warning"), $secrets, "$stream: $fault->{action}: no secret in what is said");
		sim_reset();
	}
}
unlike(ask('SELECT string_agg(t::text, $$ $$) FROM pinterest.catalogs AS t'), $secrets, 'catalogs: none either');

# ---------- members, partners, assets, invites ----------

my $own = ask('SELECT id FROM pinterest.user_account');
my ($member, $other) = lines('SELECT id FROM truth.businesses_members WHERE NOT is_system_user ORDER BY id');

@requests = asks('businesses_members', "business_id = '$own' AND id IN ('$member', '$other')", '/businesses/#/members x2');
is_deeply(sent('member_ids', @requests), [ join ',', sort $member, $other ], 'businesses_members: ids are sent');
is_deeply(sent('fetch_system_users', @requests), [ 'false', 'true' ], 'businesses_members: people, and system users');
@requests = asks('businesses_members', "business_id = '$own' AND is_system_user", '/businesses/#/members');
is_deeply(sent('fetch_system_users', @requests), ['true'], 'businesses_members: system users alone');
asks('businesses_members', "business_id = '$own' AND NOT is_system_user", '/businesses/#/members');
my @many = map { 401791336903426391 + $_ } 1 .. 50;
latest();
ask("SELECT * FROM pinterest.businesses_members WHERE business_id = '$own' AND NOT is_system_user AND id = ANY ('{" . join(',', $member, @many) . "}')");
@requests = latest();
is_deeply([ sort { $a <=> $b } map { scalar values_of($_, 'member_ids') } @requests ], [ 5, 23, 23 ], 'businesses_members: 23 ids a request');
is_deeply([ grep { length($_->{query}{member_ids}[0]) > 500 } @requests ], [], 'businesses_members: of at most 500 characters');
for my $stream (qw(businesses_members businesses_partners))
{
	latest();
	ask("SELECT id FROM pinterest.$stream WHERE business_id = '$own'");
	is_deeply(sent('assets_summary', latest()), [''], "$stream: no summary unread");
	ask("SELECT assets_summary FROM pinterest.$stream WHERE business_id = '$own'");
	is_deeply(sent('assets_summary', latest()), ['true'], "$stream: a summary where it is read");
}
@requests = asks('businesses_partners', "business_id = '$own'", '/businesses/#/partners x2');
is_deeply(sent('partner_type', @requests), [ 'EXTERNAL', 'INTERNAL' ], 'businesses_partners: in both directions');
asks('businesses_partners', "business_id = '$own' AND partner_type = 'EXTERNAL'", '/businesses/#/partners');
is(ask('SELECT count(*) FROM (SELECT id FROM pinterest.businesses_partners GROUP BY id HAVING count(*) = 2) AS x'), 2, 'businesses_partners: some are of both types');
@requests = asks('businesses_assets', "business_id = '$own' AND asset_type IN ('ASSET_GROUP', 'CONSUMER')", '/businesses/#/assets x3');
is(join(',', lines('SELECT DISTINCT asset_type FROM pinterest.businesses_assets ORDER BY 1')), 'AD_ACCOUNT,ASSET_GROUP,CATALOG,PROFILE', 'businesses_assets: of every type');
is(ask("SELECT count(*) FROM pinterest.businesses_assets WHERE (asset_group_info IS NULL) = (asset_type = 'ASSET_GROUP')"), 0, 'businesses_assets: details of groups');
@requests = asks('businesses_invites', "business_id = '$own'", '/businesses/#/invites x2');
is_deeply(sent('is_member', @requests), [ 'false', 'true' ], 'businesses_invites: to membership, and to partnership');
is_deeply([ map { @{ sent($_, @requests) } } qw(invite_status invite_type) ], [ '', '' ], 'businesses_invites: of any status and type');
@requests = asks('businesses_invites', "business_id = '$own' AND is_member AND invite_status IN ('PENDING', 'EXPIRED')", '/businesses/#/invites');
is_deeply(sent('invite_status', @requests), ['EXPIRED,PENDING'], 'businesses_invites: statuses that the API knows are sent');
@requests = asks('businesses_invites', "business_id = '$own' AND is_member AND invite_status IN ('PENDING', 'ACCEPTED')", '/businesses/#/invites');
is_deeply(sent('invite_status', @requests), [''], 'businesses_invites: others are not');
is(ask("SELECT count(*) FROM pinterest.businesses_invites WHERE sent_at > '2026-01-01' AND sent_at < '2027-01-01' AND invite_expiration > sent_at + interval '29 days'"),
	ask('SELECT count(*) FROM truth.businesses_invites'), 'businesses_invites: milliseconds are times');

# A business that does not show itself is an error, not an empty table.
my ($employer) = lines('SELECT id FROM pinterest.businesses_employers ORDER BY id');
my %part = (
	businesses_members => 'is_system_user', businesses_partners => "partner_type = 'INTERNAL'",
	businesses_assets => "asset_type = 'PROFILE'", businesses_invites => 'is_member',
);
for my $stream (sort keys %part)
{
	like(complaint("SELECT * FROM pinterest.$stream WHERE business_id = '$employer' AND $part{$stream}"),
		qr/ERROR.*(permit|authorized)/si, "$stream: of an employer");
	like(complaint("SELECT * FROM pinterest.$stream WHERE $part{$stream} AND business_id IN (SELECT id FROM pinterest.businesses_employers WHERE id = '$employer')"),
		qr/ERROR.*(permit|authorized)/si, "$stream: also where another table names it");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
