# Copyright (c) 2026, pinterest_fdw contributors

# LIMIT makes requests smaller, never the result; ORDER BY is left to the API
# where it sorts as PostgreSQL does.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 3, '--ads', 3, '--boards', 4, '--pins', 30);
my $node = pinterest_cluster();
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
truth_table($node, $_) for qw(campaigns ad_groups ads);
truth_table($node, 'pins', include_protected_pins => 'true');
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE numbered (id bigint, ad_account_id text, name text, status text) SERVER pinterest OPTIONS (stream 'ads');
CREATE FOREIGN TABLE numeric_ids (id numeric, ad_account_id text, name text) SERVER pinterest OPTIONS (stream 'ad_groups');
SQL
my $of_first = "ad_account_id = '$first'";

# ---- LIMIT ----

my ($total) = rows($node, "SELECT count(*) FROM truth.ads WHERE $of_first");
cmp_ok($total, '>', 20, 'there are more ads than the limit');
my @requests = requests_during($node, "SELECT * FROM pinterest.ads WHERE $of_first LIMIT 10");
is_deeply(paths_of(@requests), ["/ad_accounts/$first/ads x1"], 'LIMIT 10 on the ads of an account: one request');
is_deeply(sent('page_size', @requests), ['10'], 'LIMIT 10: a page of 10');
is(scalar(rows($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 10")), 10, 'LIMIT 10: ten rows');
@requests = requests_during($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 4 OFFSET 3");
is_deeply(sent('page_size', @requests), ['7'], 'OFFSET counts');
is(scalar @requests, 1, 'LIMIT and OFFSET: one request');
is(scalar(rows($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 4 OFFSET 3")), 4, 'LIMIT and OFFSET: four rows');
is(scalar(rows($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 1000")), $total, 'a LIMIT beyond: all rows');
is_deeply(sent('page_size', requests_during($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 1000")), ['250'],
	'a LIMIT beyond: the largest page');
is_deeply([ requests_during($node, "SELECT id FROM pinterest.ads LIMIT 0") ], [], 'LIMIT 0: no request');

# Pages that are shorter than asked for do not cut the result.
sim_config(page_cap => 4);
is(scalar(rows($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 10")), 10, 'short pages: ten rows');
is(scalar requests_during($node, "SELECT id FROM pinterest.ads WHERE $of_first LIMIT 10"), 3, 'short pages: three of four');
sim_config(page_cap => undef);
is(scalar(rows($node, 'SELECT id FROM pinterest.ads LIMIT ' . ($total + 3))), $total + 3, 'a LIMIT across accounts');

# A condition that only PostgreSQL checks, grouping, sorting and joins read on.
my ($last) = rows($node, "SELECT id FROM truth.ads WHERE $of_first ORDER BY id::numeric DESC LIMIT 1");
is($node->safe_psql('postgres', "SELECT id FROM pinterest.ads WHERE $of_first AND id || '' = '$last' LIMIT 1"), $last,
	'a local filter: the last row is found');
for my $sql (
	"SELECT id FROM SCHEMA.ads WHERE $of_first AND status <> 'ACTIVE' ORDER BY id LIMIT 7",
	"SELECT name, count(*) FROM SCHEMA.ads WHERE $of_first GROUP BY name ORDER BY 2 DESC, 1 LIMIT 3",
	"SELECT DISTINCT status FROM SCHEMA.ads WHERE $of_first ORDER BY 1 LIMIT 3",
	"SELECT id FROM SCHEMA.ads WHERE $of_first ORDER BY created_time DESC LIMIT 3",
	"SELECT count(*) FROM SCHEMA.ads WHERE $of_first LIMIT 1",
	"SELECT id FROM (SELECT id FROM SCHEMA.ads WHERE $of_first UNION ALL SELECT id FROM SCHEMA.ad_groups WHERE $of_first) AS u ORDER BY id LIMIT 9",
	"SELECT a.id FROM SCHEMA.ads AS a JOIN SCHEMA.ad_groups AS g ON g.id = a.ad_group_id WHERE a.$of_first AND g.status = 'PAUSED' ORDER BY a.id LIMIT 2",
	"SELECT c.id, (SELECT g.id FROM SCHEMA.ad_groups AS g WHERE g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id ORDER BY g.id DESC LIMIT 1) FROM SCHEMA.campaigns AS c ORDER BY c.id",
	"SELECT id, row_number() OVER (ORDER BY id DESC) FROM SCHEMA.ads WHERE $of_first ORDER BY id LIMIT 2",
	"SELECT id FROM SCHEMA.ads WHERE $of_first ORDER BY id FETCH FIRST 2 ROWS WITH TIES",
	"SELECT id FROM SCHEMA.ads WHERE id IN ('$last', '$last') LIMIT 5",
	"SELECT id FROM SCHEMA.pins WHERE creative_type = 'VIDEO' AND title IS NOT NULL ORDER BY id LIMIT 3")
{
	is_deeply([ rows($node, $sql =~ s/SCHEMA/pinterest/gr) ], [ rows($node, $sql =~ s/SCHEMA/truth/gr) ], $sql);
}
is(scalar(rows($node, 'SELECT id FROM pinterest.pins LIMIT 3')), 3, 'LIMIT on Pins');
is_deeply(sent('page_size', requests_during($node, 'SELECT id FROM pinterest.pins LIMIT 3')), ['3'], 'LIMIT on Pins: a page of 3');

# A cursor reads as far as it is told to.
sim_config(page_cap => 2);
@requests = requests_during($node, <<SQL);
BEGIN; DECLARE c CURSOR FOR SELECT id FROM pinterest.ads WHERE $of_first; FETCH 2 FROM c; CLOSE c; COMMIT;
SQL
cmp_ok(scalar @requests, '<', $total / 2, 'a cursor that is closed early does not read to the end');
sim_config(page_cap => undef);

# ---- ORDER BY ----

for my $case ([ 'id', 'ASCENDING' ], [ 'id ASC', 'ASCENDING' ], [ 'id DESC', 'DESCENDING' ], [ 'id DESC, name', 'DESCENDING' ])
{
	my ($order, $sent) = @$case;

	for my $table ([ 'numbered', 'ads' ], [ 'numeric_ids', 'ad_groups' ])
	{
		my ($numbers, $stream) = @$table;

		for my $limit ('', ' LIMIT 5')
		{
			@requests = requests_during($node, "SELECT id, name FROM $numbers WHERE $of_first ORDER BY $order$limit");
			is_deeply(sent('order', @requests), [$sent], "$numbers ORDER BY $order$limit: the API sorts");
			is(scalar @requests, 1, "$numbers ORDER BY $order$limit: one request");
			is_deeply([ rows($node, "SELECT id FROM $numbers WHERE $of_first ORDER BY $order$limit") ],
				[ rows($node, "SELECT id FROM truth.$stream WHERE $of_first ORDER BY " . $order =~ s/^id/id::bigint/r . $limit) ],
				"$numbers ORDER BY $order$limit: rows in order");
		}
	}
}
is_deeply(sent('page_size', requests_during($node, "SELECT id FROM numbered WHERE $of_first ORDER BY id DESC LIMIT 5")), ['5'],
	'ORDER BY and LIMIT: a page of 5');
unlike($node->safe_psql('postgres', "EXPLAIN SELECT id FROM numbered WHERE $of_first ORDER BY id DESC"), qr/Sort/, 'and no sort');

# In pages the order goes on.
sim_config(page_cap => 3);
is_deeply([ rows($node, "SELECT id FROM numbered WHERE $of_first ORDER BY id DESC") ],
	[ rows($node, "SELECT id FROM truth.ads WHERE $of_first ORDER BY id::bigint DESC") ], 'ORDER BY over pages');
sim_config(page_cap => undef);

# Several requests bring several orders: then PostgreSQL sorts; as for text,
# whose order is not that of numbers.
for my $case (
	[ 'SELECT id FROM numbered ORDER BY id', 'SELECT id::bigint FROM truth.ads ORDER BY 1', 'of two accounts' ],
	[ "SELECT id FROM pinterest.ads WHERE $of_first ORDER BY id", "SELECT id FROM truth.ads WHERE $of_first ORDER BY 1", 'as text' ],
	[ 'SELECT id FROM pinterest.ads ORDER BY id DESC LIMIT 9', 'SELECT id FROM truth.ads ORDER BY 1 DESC LIMIT 9', 'as text of two accounts' ],
	[ "SELECT id FROM numbered WHERE $of_first ORDER BY name NULLS FIRST, id", "SELECT id FROM truth.ads WHERE $of_first ORDER BY name NULLS FIRST, id::bigint", 'by a name first' ],
	[ "SELECT id FROM numbered WHERE $of_first ORDER BY -id LIMIT 3", "SELECT id FROM truth.ads WHERE $of_first ORDER BY -id::bigint LIMIT 3", 'by an expression' ])
{
	my ($sql, $truth, $name) = @$case;

	is_deeply(sent('order', requests_during($node, $sql)), [''], "ORDER BY $name: not the API's");
	is_deeply([ rows($node, $sql) ], [ rows($node, $truth) ], "ORDER BY $name: rows in order");
}

# A merge join reads both sides in order.
is($node->safe_psql('postgres', <<SQL), $total, 'a merge join by number');
SET enable_hashjoin = off; SET enable_nestloop = off;
SELECT count(*) FROM numbered AS a JOIN numbered AS b USING (id) WHERE a.$of_first AND b.$of_first
SQL

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
