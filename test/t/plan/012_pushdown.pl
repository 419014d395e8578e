# Copyright (c) 2026, pinterest_fdw contributors

# Pushdown: the conditions of a query become parameters, and the rows are
# those that PostgreSQL would find without.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 8, '--ad-groups', 2, '--ads', 2, '--boards', 14, '--pins', 40);
my $node = pinterest_cluster();
my ($first, $second, $empty) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $all_statuses = 'ACTIVE,ARCHIVED,DELETED_DRAFT,DRAFT,PAUSED';
my %columns;

for my $stream (qw(ad_accounts campaigns ad_groups ads boards))
{
	$columns{$stream} = truth_table($node, $stream);
}
truth_table($node, 'pins', include_protected_pins => 'true');
$columns{pins} = 'id, board_id, title, creative_type';
my %parents = (campaigns => '', ad_groups => ',CAMPAIGN_ID', ads => ',CAMPAIGN_ID,AD_GROUP_ID');
for my $level (sort keys %parents)
{
	$columns{"${level}_analytics"} = truth_table($node, "${level}_analytics", start => utc_today(-29),
		end => utc_today(), columns => "SPEND_IN_DOLLAR$parents{$level}");
}

sub ids
{
	my ($stream, $where, $limit) = @_;
	$limit //= 'ALL';
	return rows($node, "SELECT id FROM truth.$stream WHERE $where ORDER BY id::numeric LIMIT $limit");
}

my @campaigns = ids('campaigns', "ad_account_id = '$first'");
my @others = ids('campaigns', "ad_account_id = '$second'");
my @groups = ids('ad_groups', "ad_account_id = '$first'");
my @ads = ids('ads', "ad_account_id = '$first'");
my @boards = ids('boards', 'true');
my @pins = ids('pins', 'true');
$node->safe_psql('postgres', <<SQL);
CREATE TABLE wanted (id text);
INSERT INTO wanted VALUES ('$campaigns[1]'), ('$campaigns[2]'), ('$campaigns[1]'), (NULL);
CREATE TABLE wanted_one AS SELECT '$campaigns[3]'::text AS id;
SQL

# Runs a query with a condition and the same on truth.  The requests that end
# in a path have to have sent these values; undef: there must be no request.
# Returns the requests.
sub clause_ok
{
	my ($stream, $where, $expected, %args) = @_;
	my $list = $args{columns} // $columns{$stream};
	my $rows = $args{rows} // 't';
	my $name = "$stream: " . ($args{name} // $where);
	my @requests = requests_during($node,
		"DROP TABLE IF EXISTS got; CREATE TABLE got AS SELECT $list FROM pinterest.$stream AS t WHERE $where");

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql('postgres', <<SQL), "$rows|0|0", "$name: rows");
CREATE TEMP TABLE r AS SELECT $list FROM truth.$stream AS t WHERE $where;
SELECT (SELECT count(*) > 0 FROM got), (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE r) AS x),
	(SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE got) AS y);
SQL
	return is_deeply(paths_of(@requests), [], "$name: no request") if !defined $expected;
	for my $ending (sort keys %$expected)
	{
		my @those = grep { $_->{path} =~ /$ending$/ } @requests;

		for my $parameter (sort keys %{ $expected->{$ending} })
		{
			my $value = $expected->{$ending}{$parameter};
			my $sent = $parameter eq 'paths' ? paths_of(@those) : sent($parameter, @those);

			is_deeply($sent, ref $value ? [ sort @$value ] : [$value], "$name: $ending: $parameter");
		}
	}
	return @requests;
}

sub list { return join ',', sort @_; }
sub quoted { return join ', ', map { "'$_'" } @_; }

# ---- ids, in every way to write it ----

my ($c1, $c2, $c3) = @campaigns[ 1 .. 3 ];
for my $case (
	[ "id = '$c1'", $c1 ],
	[ "'$c1' = id", $c1 ],
	[ "id IN ('$c1', '$c2')", list($c1, $c2) ],
	[ "id = ANY (ARRAY['$c1', '$c2', '$c1'])", list($c1, $c2) ],
	[ "id = ANY ('{$c1,NULL,$c2}'::text[])", list($c1, $c2) ],
	[ "id = (SELECT w.id FROM wanted_one AS w)", $c3 ],
	[ "id = ANY (ARRAY(SELECT w.id FROM wanted AS w))", list($c1, $c2) ],
	[ "id = $c1\::bigint::text", $c1 ],
	[ "id = '$c1'::varchar", $c1 ],
	[ "id IN ('$c1', '$c2') AND id IN ('$c2', '$c3')", $c2 ],
	[ "id IN ('$c1', '$c2') AND status = 'PAUSED'", list($c1, $c2) ])
{
	clause_ok('campaigns', $case->[0], { '/campaigns' => { campaign_ids => $case->[1] } });
}
for my $case (
	[ 'ad_groups', "id IN ('$groups[0]', '$groups[3]')", { ad_group_ids => list(@groups[ 0, 3 ]) } ],
	[ 'ad_groups', "campaign_id = '$c1'", { campaign_ids => $c1, ad_group_ids => '' } ],
	[ 'ad_groups', "campaign_id = '$c1' AND id IN (" . quoted(@groups) . ')',
		{ campaign_ids => '', ad_group_ids => list(@groups) } ],
	[ 'ads', "id = '$ads[5]'", { ad_ids => $ads[5] } ],
	[ 'ads', "ad_group_id IN ('$groups[0]', '$groups[1]')", { ad_group_ids => list(@groups[ 0, 1 ]) } ],
	[ 'ads', "campaign_id = '$c1'", { campaign_ids => $c1 } ],
	[ 'ads', "campaign_id = '$c1' AND ad_group_id = '$groups[2]'",
		{ campaign_ids => '', ad_group_ids => $groups[2] } ],
	[ 'ads', "campaign_id = '$c1' AND ad_group_id = '$groups[2]' AND id IN (" . quoted(@ads) . ')',
		{ campaign_ids => '', ad_group_ids => '', ad_ids => list(@ads) } ])
{
	my ($stream, $where, $parameters) = @$case;

	clause_ok($stream, $where, { "/$stream" => $parameters });
}

# ---- the account ----

clause_ok('campaigns', "ad_account_id = '$second'", { '' => { paths => ["/ad_accounts/$second/campaigns x1"] } });
clause_ok('ads', "ad_account_id IN ('$first', '$second') AND campaign_id = '$others[0]'",
	{ '' => { paths => [ map { "/ad_accounts/$_/ads x1" } $first, $second ] }, '/ads' => { campaign_ids => $others[0] } });
clause_ok('campaigns', "ad_account_id = ANY (ARRAY(SELECT a.id FROM truth.ad_accounts AS a WHERE a.currency = 'EUR'))",
	{ '' => { paths => [ map { "/ad_accounts/$_/campaigns x1" } $second, $empty ] } });

# ---- words ----

clause_ok('campaigns', "status = 'PAUSED'", { '/campaigns' => { entity_statuses => 'PAUSED' } });
clause_ok('ad_groups', "status IN ('ARCHIVED', 'DRAFT', 'ARCHIVED')", { '/ad_groups' => { entity_statuses => 'ARCHIVED,DRAFT' } });
clause_ok('ads', "status = ANY ('{ACTIVE,DELETED_DRAFT}')", { '/ads' => { entity_statuses => 'ACTIVE,DELETED_DRAFT' } });
clause_ok('boards', "privacy = '$_'", { '/boards' => { privacy => $_ } }) for qw(PUBLIC PROTECTED SECRET);
clause_ok('boards', "privacy IN ('PUBLIC', 'SECRET')",
	{ '' => { paths => ['/boards x2'] }, '/boards' => { privacy => [qw(PUBLIC SECRET)] } });
clause_ok('pins', "creative_type = 'VIDEO'", { '/pins' => { creative_types => 'VIDEO' } });
clause_ok('pins', "creative_type IN ('IDEA', 'CAROUSEL')", { '/pins' => { creative_types => 'CAROUSEL,IDEA' } });

# A word that the API may know and the catalog does not is PostgreSQL's to judge.
clause_ok('campaigns', "status = 'NEWER_THAN_THIS'", { '/campaigns' => { entity_statuses => $all_statuses } }, rows => 'f');
clause_ok('pins', "creative_type IN ('VIDEO', 'HOLOGRAM')", { '/pins' => { creative_types => '' } });

# ---- boards and Pins by their own paths ----

clause_ok('boards', "id = '$boards[2]'", { '' => { paths => ["/boards/$boards[2] x1"] } });
clause_ok('boards', "id IN ('$boards[0]', '$boards[1]')", { '' => { paths => [ map { "/boards/$_ x1" } @boards[ 0, 1 ] ] } });
clause_ok('boards', 'id IN (' . quoted(@boards[ 0 .. 11 ]) . ')', { '' => { paths => ['/boards x1'] } },
	name => 'a dozen ids are cheaper by the list');
clause_ok('pins', "board_id = '$boards[0]'", { '' => { paths => ["/boards/$boards[0]/pins x1"] } });
clause_ok('pins', "board_id = '$boards[0]' AND creative_type = 'REGULAR'",
	{ '' => { paths => ["/boards/$boards[0]/pins x1"] }, '/pins' => { creative_types => 'REGULAR' } });
clause_ok('pins', "id = '$pins[39]' AND board_id <> '1'", { '' => { paths => ["/pins/$pins[39] x1"] } });
clause_ok('pins', 'id = ANY (ARRAY[' . quoted(@pins[ 3, 4, 3 ]) . '])',
	{ '' => { paths => [ map { "/pins/$_ x1" } @pins[ 3, 4 ] ] } });
clause_ok('boards', "id = '1'", { '' => { paths => ['/boards/1 x1'] } }, rows => 'f', name => 'a board that is none');
clause_ok('pins', "id IN ('1', '$pins[0]')", { '' => { paths => [ '/pins/1 x1', "/pins/$pins[0] x1" ] } },
	name => 'a Pin that is none beside one');
clause_ok('pins', "board_id = '1'", { '' => { paths => ['/boards/1/pins x1'] } }, rows => 'f', name => 'Pins of a board that is none');

# ---- analytics ----

clause_ok('campaigns_analytics', "ad_account_id = '$first' AND campaign_id IN ('$c1', '$c3')",
	{ '' => { paths => ["/ad_accounts/$first/campaigns/analytics x1"] }, 'analytics' => { campaign_ids => list($c1, $c3) } },
	name => 'account and ids: one request');
my @lists = map { "/ad_accounts/$_/campaigns x1" } $first, $second, $empty;
clause_ok('campaigns_analytics', "campaign_id = '$c1'",
	{ '' => { paths => [ '/ad_accounts x1', @lists, "/ad_accounts/$first/campaigns/analytics x1" ] },
		'/campaigns' => { campaign_ids => $c1, entity_statuses => $all_statuses }, 'analytics' => { campaign_ids => $c1 } },
	name => 'an id finds its account by the list');
clause_ok('campaigns_analytics', "campaign_id IN ('$c1', '$others[1]', '$others[4]')",
	{ '' => { paths => [ '/ad_accounts x1', @lists, map { "/ad_accounts/$_/campaigns/analytics x1" } $first, $second ] },
		"$first/campaigns/analytics" => { campaign_ids => $c1 },
		"$second/campaigns/analytics" => { campaign_ids => list(@others[ 1, 4 ]) } },
	name => 'ids of two accounts: to each its own');
clause_ok('campaigns_analytics', "ad_account_id IN ('$first', '$second') AND campaign_id IN ('$c1', '$others[1]')",
	{ '' => { paths => [ (map { "/ad_accounts/$_/campaigns x1" } $first, $second),
				map { "/ad_accounts/$_/campaigns/analytics x1" } $first, $second ] },
		"$first/campaigns/analytics" => { campaign_ids => $c1 } },
	name => 'ids and accounts: to each its own');
clause_ok('ads_analytics', "ad_account_id = '$first' AND ad_group_id = '$groups[0]'",
	{ '' => { paths => [ "/ad_accounts/$first/ads x1", "/ad_accounts/$first/ads/analytics x1" ] },
		'/ads' => { ad_group_ids => $groups[0] },
		'analytics' => { ad_ids => list(ids('ads', "ad_group_id = '$groups[0]'")) } }, name => 'the ads of an ad group');
clause_ok('ads_analytics', "ad_account_id = '$first' AND campaign_id = '$c1'",
	{ '/ads' => { campaign_ids => $c1 },
		'analytics' => { ad_ids => list(ids('ads', "campaign_id = '$c1'")) } }, name => 'the ads of a campaign');
clause_ok('ad_groups_analytics', "campaign_id IN ('$c1', '$c3')",
	{ '/ad_groups' => { campaign_ids => list($c1, $c3) },
		'analytics' => { ad_group_ids => list(ids('ad_groups', "campaign_id IN ('$c1', '$c3')")) } },
	name => 'the ad groups of campaigns');

# An id that is of no account: no analytics at all.
clause_ok('campaigns_analytics', "campaign_id = '1'", { 'analytics' => { paths => [] } }, rows => 'f', name => 'an unknown id');

# ---- nothing to ask ----

for my $where (
	'id = NULL', 'id = ANY (NULL::text[])', "id = ANY ('{}'::text[])", "id = ANY ('{NULL}'::text[])",
	"id = '$c1' AND id = '$c2'", "id IN ('$c1', '$c2') AND id = '$c3'", 'id = (SELECT w.id FROM wanted_one AS w WHERE false)',
	'id = ANY (ARRAY(SELECT w.id FROM wanted_one AS w WHERE false))', "status = 'PAUSED' AND status = 'ACTIVE'",
	"status IN ('PAUSED', 'DRAFT') AND status = 'ACTIVE'", "ad_account_id = NULL", "ad_account_id = '$first' AND ad_account_id = '$second'",
	'false', "id = ''", "id = 'no number'", "id = '1&page_size=1'", "id = '../ads'", "id = '$c1 '")
{
	clause_ok('campaigns', $where, undef, rows => 'f');
}
for my $stream (qw(boards pins))
{
	clause_ok($stream, $_, undef, rows => 'f') for 'id = NULL', "id = '../user_account'", "id = '1?x=1'", "id = ''";
}

# ---- what is not pushed ----

for my $where (
	"id = '$c1' OR name = ''", "id <> '$c1'", "id > '$c1'", "id LIKE '$c1'", "id || '' = '$c1'", "id = name",
	"id = left('$c1' || random()::text, " . length($c1) . ')', "id = '$c1' IS TRUE", "NOT (id = '$c1')")
{
	my @requests = requests_during($node, "SELECT id, name FROM pinterest.campaigns WHERE $where");

	is_deeply(sent('campaign_ids', @requests), [''], "not pushed: $where");
	same_rows_ok($node, "SELECT count(*) FROM pinterest.campaigns WHERE $where",
		"SELECT count(*) FROM truth.campaigns WHERE $where", "the same rows: $where");
}

# A column with another collation is compared by its rules, not the API's.
$node->safe_psql('postgres', <<SQL);
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FOREIGN TABLE any_case (id text, ad_account_id text, status text COLLATE any_case)
	SERVER pinterest OPTIONS (stream 'campaigns');
SQL
my @requests = requests_during($node, "SELECT id FROM any_case WHERE status = 'paused'");
is_deeply(sent('entity_statuses', grep { $_->{path} =~ /campaigns$/ } @requests), [$all_statuses],
	'a nondeterministic collation is not pushed');
same_rows_ok($node, "SELECT id FROM any_case WHERE status = 'paused'",
	"SELECT id FROM truth.campaigns WHERE status = 'PAUSED'", 'and finds its rows');

# ---- ids declared as numbers ----

$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE numbered (id bigint, ad_account_id bigint, name text) SERVER pinterest OPTIONS (stream 'campaigns');
CREATE FOREIGN TABLE numbered_analytics (campaign_id bigint, ad_account_id bigint, date date, spend_in_dollar float8)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
for my $case (
	[ "id = $others[2] AND ad_account_id = $second", $others[2] ],
	[ "id IN ($others[2], $others[3]) AND ad_account_id = $second", list(@others[ 2, 3 ]) ],
	[ "id = ANY ('{$others[1]}'::bigint[]) AND ad_account_id = $second", $others[1] ])
{
	@requests = requests_during($node, "SELECT id FROM numbered WHERE $case->[0]");
	is_deeply(paths_of(@requests), ["/ad_accounts/$second/campaigns x1"], "bigint: $case->[0]: account");
	is_deeply(sent('campaign_ids', @requests), [ $case->[1] ], "bigint: $case->[0]: ids");
	same_rows_ok($node, "SELECT id, ad_account_id, name FROM numbered WHERE $case->[0]",
		"SELECT * FROM (SELECT id::bigint, ad_account_id::bigint, name FROM truth.campaigns) AS t WHERE $case->[0]",
		"bigint: $case->[0]: rows");
}
is_deeply([ requests_during($node, 'SELECT id FROM numbered WHERE id = 1 AND id = 2') ], [], 'bigint: contradiction');
same_rows_ok($node, "SELECT campaign_id, date, spend_in_dollar FROM numbered_analytics WHERE campaign_id = $others[0]",
	"SELECT campaign_id::bigint, date, spend_in_dollar FROM truth.campaigns_analytics WHERE campaign_id = '$others[0]'",
	'bigint: analytics of one id');

# ---- many ids: batches of 250, each id once ----

sim_reset(accounts => 2, campaigns => 700, ad_groups => 0, ads => 0);
truth_table($node, 'campaigns');
@campaigns = ids('campaigns', "ad_account_id = '$second'", 600);
$node->safe_psql('postgres', "CREATE TABLE many AS SELECT id FROM truth.campaigns WHERE id IN (" . quoted(@campaigns) . ')');
for my $case (
	[ 'campaigns', 'id', '/campaigns' ],
	[ 'campaigns_analytics', 'campaign_id', '/campaigns/analytics' ])
{
	my ($stream, $id, @paths) = @$case;

	for my $right ('ANY (ARRAY[' . quoted(@campaigns, @campaigns[ 0 .. 99 ]) . '])',
		'ANY (ARRAY(SELECT id FROM many UNION ALL SELECT id FROM many))')
	{
		@requests = requests_during($node,
			"SELECT $id FROM pinterest.$stream WHERE ad_account_id = '$second' AND $id = $right");
		is_deeply(paths_of(@requests), [ map { "/ad_accounts/$second$_ x3" } @paths ],
			"$stream: 600 ids are 3 requests");
		for my $path (@paths)
		{
			my @kind = grep { $_->{path} =~ /\Q$path\E$/ } @requests;
			my @sizes = map { scalar values_of($_, 'campaign_ids') } @kind;

			is_deeply([ sort { $a <=> $b } @sizes ], [ 100, 250, 250 ], "$stream: of 250 ids at most");
			is_deeply([ sort map { values_of($_, 'campaign_ids') } @kind ], [ sort @campaigns ],
				"$stream: each id once");
		}
	}
}
same_rows_ok($node, 'SELECT c.id FROM pinterest.campaigns AS c WHERE c.id = ANY (ARRAY(SELECT m.id FROM many AS m))',
	'TABLE many', '600 ids: their rows');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
