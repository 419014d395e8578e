# Copyright (c) 2026, pinterest_fdw contributors

# Option split_by: the list of an ad account in batches of campaigns or ad
# groups, side by side, has the rows that one chain of pages has.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $page_size = 20;
my $connections = 4;

# At most so many ids in a request: a page of them shared out among the
# connections is 5, and 10 are the least.
my $batch = 10;

simulator('--accounts', 3, '--campaigns', 47, '--ad-groups', 3, '--ads', 3, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", page_size '$page_size', max_connections '$connections'");
my ($first, $second, $empty) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $all_statuses = 'ACTIVE,ARCHIVED,DELETED_DRAFT,DRAFT,PAUSED';

truth_table($node, $_) for qw(ad_accounts campaigns ad_groups ads);
my $session = sql_session($node);
$session->query_safe(<<SQL);
CREATE SCHEMA split;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns, ad_groups, ads) FROM SERVER pinterest INTO split;
ALTER FOREIGN TABLE split.ads OPTIONS (ADD split_by 'campaigns');
ALTER FOREIGN TABLE split.ad_groups OPTIONS (ADD split_by 'campaigns');
CREATE FOREIGN TABLE split.ads_of_groups (id text, ad_account_id text, campaign_id text, name text, status text,
	summary_status text, created_time timestamptz)
	SERVER pinterest OPTIONS (stream 'ads', split_by 'ad_groups');
CREATE FOREIGN TABLE split.numbered (id bigint, ad_account_id text, name text, status text)
	SERVER pinterest OPTIONS (stream 'ads', split_by 'campaign');
CREATE FOREIGN TABLE pinterest.numbered (id bigint, ad_account_id text, name text, status text)
	SERVER pinterest OPTIONS (stream 'ads');
CREATE VIEW truth.numbered AS SELECT id::bigint, ad_account_id, name, status FROM truth.ads;
CREATE VIEW pinterest.ads_of_groups AS TABLE pinterest.ads;
CREATE VIEW truth.ads_of_groups AS TABLE truth.ads;
SQL

sub most_in_flight { return decode_json(sim_get('requests'))->{max_in_flight}; }

# The requests for a stream's list.
sub lists_of
{
	my ($stream, @requests) = @_;

	return grep { $_->{path} =~ m{/$stream$} } @requests;
}

sub first_pages { return grep { !$_->{query}{bookmark} } @_; }

# How many pages so many rows take.
sub pages
{
	my ($rows, $size) = @_;

	return $rows == 0 ? 1 : int(($rows + $size - 1) / $size);
}

# ---- what is asked for ----

# Each stream by each that splits it: the parent is listed completely, whatever
# becomes of its pages, and each of its ids is in one batch of its account.
for my $case (
	[ 'split.ads', 'ads', 'campaigns', 'campaign_id' ],
	[ 'split.ad_groups', 'ad_groups', 'campaigns', 'campaign_id' ],
	[ 'split.ads_of_groups', 'ads', 'ad_groups', 'ad_group_id' ])
{
	my ($table, $stream, $parent, $column) = @$case;
	my @requests = requests_during($node, "SELECT id FROM $table");
	my $expected = 0;

	is_deeply(sent('entity_statuses', grep { $_->{path} ne '/ad_accounts' } @requests), [$all_statuses],
		"$table: all statuses of $parent and $stream");
	for my $account ($first, $second)
	{
		my @asked = grep { $_->{path} eq "/ad_accounts/$account/$stream" } @requests;
		my @ids = map { [ values_of($_, "${column}s") ] } first_pages(@asked);
		my @parents = sort(rows($node, "SELECT id FROM truth.$parent WHERE ad_account_id = '$account'"));
		my %rows = map { split /\|/ } rows($node,
			"SELECT $column, count(*) FROM truth.$stream WHERE ad_account_id = '$account' GROUP BY 1");
		my $pages = 0;

		is_deeply([ sort map { @$_ } @ids ], \@parents, "$table: each of the account's $parent in one batch");
		is(scalar @ids, pages(scalar @parents, $batch), "$table: batches of $batch");
		is((sort { $b <=> $a } map { scalar @$_ } @ids)[0], $batch, "$table: none is larger");
		for my $some (@ids)
		{
			my $count = 0;

			$count += $rows{$_} // 0 for @$some;
			$pages += pages($count, $page_size);
		}
		is(scalar @asked, $pages, "$table: as many requests as the batches have pages");
		cmp_ok($pages, '>', scalar @ids, "$table: some of them more than one");
		$expected += $pages + pages(scalar @parents, $page_size);
	}
	is_deeply(paths_of(grep { $_->{path} =~ /$empty/ } @requests), ["/ad_accounts/$empty/$parent x1"],
		"$table: nothing is asked for where there are no $parent");
	is(scalar @requests, $expected + 2, "$table: the accounts, the $parent, their $stream, and nothing else");
}

# Larger pages make larger batches: a page of campaigns for all connections.
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET page_size '60')");
my @requests = requests_during($node, "SELECT id FROM split.ads WHERE ad_account_id = '$first'");
is_deeply([ sort { $a <=> $b } map { scalar(my @ids = values_of($_, 'campaign_ids')) } first_pages(lists_of('ads', @requests)) ],
	[ 47 % 15, (15) x int(47 / 15) ], 'pages of 60 for 4 connections: batches of 15');
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET page_size '$page_size')");

# A query's statuses are those of the ads.
@requests = requests_during($node, "SELECT id FROM split.ads WHERE ad_account_id = '$first' AND status IN ('ACTIVE', 'ARCHIVED')");
is_deeply(sent('entity_statuses', lists_of('ads', @requests)), ['ACTIVE,ARCHIVED'], 'status: of the ads');
is_deeply(sent('entity_statuses', lists_of('campaigns', @requests)), [$all_statuses], 'status: all campaigns nevertheless');
is(scalar(grep { $_->{path} eq '/ad_accounts' } @requests), 0, 'the account of the query need not be listed');

# Where the query names ids there is nothing to split.
my ($ad, $group, $campaign) = map { rows($node, "SELECT $_ FROM truth.ads WHERE ad_account_id = '$second' ORDER BY id LIMIT 1") }
  qw(id ad_group_id campaign_id);
for my $condition ("id = '$ad'", "ad_group_id IN ('$group')", "campaign_id = ANY ('{$campaign}')",
	"campaign_id = (SELECT id FROM truth.campaigns WHERE id = '$campaign')")
{
	my $where = "WHERE ad_account_id = '$second' AND $condition";

	@requests = requests_during($node, "SELECT id FROM split.ads $where");
	is_deeply(paths_of(@requests), [ "/ad_accounts/$second/ads x" . @requests ], "$condition: the ads at once");
	same_rows_ok($node, "SELECT id FROM split.ads $where", "SELECT id FROM truth.ads $where", "$condition: rows");
}

# ---- the same rows ----

my $columns = 'id, ad_account_id, campaign_id, name, status, summary_status, created_time';

for my $query (
	'SELECT COLUMNS FROM SCHEMA.ads',
	'SELECT COLUMNS FROM SCHEMA.ad_groups',
	'SELECT COLUMNS FROM SCHEMA.ads_of_groups',
	"SELECT COLUMNS FROM SCHEMA.ads WHERE ad_account_id = '$second'",
	"SELECT COLUMNS FROM SCHEMA.ads WHERE ad_account_id IN ('$first', '$second') AND status = 'ARCHIVED'",
	"SELECT COLUMNS FROM SCHEMA.ads WHERE status <> 'ACTIVE' AND name IS NOT NULL",
	"SELECT COLUMNS FROM SCHEMA.ad_groups WHERE status IN ('PAUSED', 'ACTIVE') AND ad_account_id = '$first'",
	"SELECT COLUMNS FROM SCHEMA.ads_of_groups WHERE status IN ('PAUSED', 'DRAFT')",
	'SELECT id, row_number() OVER (ORDER BY id) FROM SCHEMA.numbered',
	"SELECT id, row_number() OVER () FROM (SELECT id FROM SCHEMA.numbered WHERE ad_account_id = '$first' ORDER BY id LIMIT 33) AS s",
	"SELECT id, row_number() OVER () FROM (SELECT id FROM SCHEMA.numbered WHERE ad_account_id = '$first' ORDER BY id DESC) AS s",
	'SELECT id FROM SCHEMA.ads ORDER BY id DESC LIMIT 30 OFFSET 5',
	'SELECT count(*) FROM SCHEMA.ads',
	"SELECT count(*) FROM SCHEMA.ads WHERE ad_account_id = '$first' LIMIT 1",
	'SELECT ad_account_id, status, count(*) FROM SCHEMA.ads GROUP BY 1, 2',
	'SELECT c.name, g.id AS ad_group_id, a.id FROM SCHEMA.ads AS a JOIN SCHEMA.ad_groups AS g ON g.id = a.ad_group_id
		AND g.ad_account_id = a.ad_account_id JOIN SCHEMA.campaigns AS c ON c.id = g.campaign_id',
	"SELECT c.id AS campaign_id, a.id FROM SCHEMA.campaigns AS c LEFT JOIN SCHEMA.ads AS a ON a.campaign_id = c.id
		AND a.ad_account_id = c.ad_account_id AND a.status = 'PAUSED'",
	"SELECT c.id, (SELECT max(a.id) FROM SCHEMA.ads AS a WHERE a.ad_account_id = c.ad_account_id AND a.campaign_id = c.id)
		FROM SCHEMA.campaigns AS c WHERE c.ad_account_id = '$second'")
{
	my ($split, $usual, $truth) = map { $query =~ s/SCHEMA/$_/gr =~ s/COLUMNS/$columns/r } qw(split pinterest truth);

	same_rows_ok($node, $split, $usual, "with the option and without: $query");
	same_rows_ok($node, $split, $truth, "and the truth: $query");
}
truth_ok($node, $_, "split.$_: all columns", foreign => "split.$_", name => "all_$_") for qw(ads ad_groups);

# Without conditions a join reads the ads in batches, or its plan would have
# asked for each campaign.
my $join = "SELECT count(*) FROM split.ads AS a JOIN truth.campaigns AS c ON c.id = a.campaign_id";
@requests = requests_during($node, "SET enable_nestloop = off; SET pinterest_fdw.enable_bind_join = off; $join");
is(scalar(first_pages(lists_of('ads', @requests))), 10, 'a hash join reads batches');
@requests = requests_during($node, "SET enable_hashjoin = off; SET enable_mergejoin = off; $join WHERE c.id = '$campaign'");
is_deeply([ lists_of('campaigns', @requests) ], [], 'a nested loop asks for the campaign');

# ---- order and LIMIT ----

my $of_first = "FROM split.numbered WHERE ad_account_id = '$first'";

@requests = requests_during($node, "SELECT id $of_first ORDER BY id DESC LIMIT 5");
is_deeply([ paths_of(@requests), sent('order', @requests) ], [ ["/ad_accounts/$first/ads x1"], ['DESCENDING'] ],
	'ORDER BY id LIMIT: one request, in order');
@requests = requests_during($node, "SELECT id $of_first LIMIT 5");
is_deeply([ paths_of(@requests), sent('page_size', @requests) ], [ ["/ad_accounts/$first/ads x1"], ['5'] ],
	'LIMIT: one request');
@requests = requests_during($node, "BEGIN; DECLARE c CURSOR FOR SELECT id $of_first ORDER BY id; FETCH 5 FROM c; COMMIT");
is_deeply(sent('order', @requests), ['ASCENDING'], 'a sorted cursor: the API sorts');
my @in_order = rows($node, "SELECT id FROM truth.numbered WHERE ad_account_id = '$first' ORDER BY id");
is_deeply([ rows($node, "BEGIN; DECLARE c CURSOR FOR SELECT id $of_first ORDER BY id; FETCH ALL FROM c; COMMIT") ],
	\@in_order, 'a sorted cursor: rows in order');
is_deeply([ rows($node, "SET plan_cache_mode = force_generic_plan; PREPARE p(text, int) AS SELECT id FROM split.numbered
	WHERE ad_account_id = \$1 ORDER BY id LIMIT \$2; EXECUTE p('$first', 50)") ], [ @in_order[ 0 .. 49 ] ],
	'a LIMIT that the plan does not know: rows in order');
@requests = requests_during($node, "SELECT id $of_first ORDER BY id");
# (a page that the statement before had asked for ahead may arrive now, and is no batch)
is_deeply(sent('order', grep { $_->{query}{campaign_ids} } @requests), [''], 'ORDER BY id: batches have no order');
is(scalar(first_pages(lists_of('ads', @requests))), 5, 'ORDER BY id: but there are batches');
@requests = requests_during($node, "SELECT id $of_first AND status = 'ACTIVE' ORDER BY name LIMIT 5");
is(scalar(first_pages(lists_of('ads', @requests))), 5, 'ORDER BY name LIMIT: all rows are wanted, in batches');

# ---- EXPLAIN ----

# as nobody for whom lists were read
$node->safe_psql('postgres', 'CREATE ROLE nobody; GRANT USAGE ON SCHEMA split TO nobody; GRANT SELECT ON split.ads TO nobody');
is(unwrapped($node->safe_psql('postgres', "SET ROLE nobody; EXPLAIN (COSTS OFF) SELECT name FROM split.ads WHERE status = 'PAUSED'")), <<TEXT =~ s/\n\z//r,
Foreign Scan on ads
  Filter: (status = 'PAUSED'::text)
  Listed First: GET /ad_accounts?page_size=20
  Listed First: GET /ad_accounts/{ad_account_id}/campaigns?entity_statuses=ACTIVE&entity_statuses=PAUSED&entity_statuses=ARCHIVED&entity_statuses=DRAFT&entity_statuses=DELETED_DRAFT&page_size=20
  Request: GET /ad_accounts/{ad_account_id}/ads?campaign_ids={campaign_id}&entity_statuses=PAUSED&page_size=20
  Expected Requests: 41
  Pushed: status = 'PAUSED'::text
TEXT
	'EXPLAIN: accounts, campaigns, ads; 1 + 5 * 3 + 5 * 5 requests for typical accounts');

# ---- side by side ----

sim_reset();
sim_config(latency => 0.02);
sim_fault(action => 'hold', match => '/ads$', together => $connections);
my $ads = "SELECT id, name FROM split.ads WHERE ad_account_id = '$first'";
my $truth = outcome($session, $ads =~ s/split/truth/r);
is_deeply(outcome($session, $ads), $truth, 'side by side: all rows');
is(most_in_flight(), $connections, 'side by side: as many requests at once as there may be');
sim_reset();
sim_config(latency => 0.02);
is_deeply(outcome($session, $ads =~ s/split/pinterest/r), $truth, 'a chain of pages: all rows');
is(most_in_flight(), 1, 'a chain of pages: one request at a time');

# The parent is listed on while batches are read, before these run out.
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET max_connections '2')");
sim_reset();
sim_config(latency => 0.1);
is_deeply(outcome($session, $ads), $truth, 'two connections: all rows');
@requests = sim_requests();
my ($second_page) = grep { $requests[$_]{path} =~ /campaigns$/ && $requests[$_]{query}{bookmark} } 0 .. $#requests;
cmp_ok(scalar(lists_of('ads', @requests[ 0 .. $second_page ])), '<=', 4,
	'the second page of campaigns does not wait until all of the first have been read');
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET max_connections '$connections')");

# A row is its own batch's, whatever else a request brings.
my ($own, $other) = rows($node, "SELECT min(id) FROM truth.campaigns WHERE ad_account_id = '$first' UNION ALL SELECT max(id) FROM truth.campaigns WHERE ad_account_id = '$first'");
sim_reset();
sim_fault(action => 'replace', match => '/ads$', body => encode_json({ bookmark => undef, items => [
	map { { id => "of $_", campaign_id => $_, ad_account_id => $first } } $own, $other, '1' ] }));
rows_ok($node, "SELECT id, campaign_id FROM split.ads WHERE ad_account_id = '$first'", [ "of $own|$own", "of $other|$other" ],
	'a row that several batches bring counts once, and only where it was asked for');
is($node->safe_psql('postgres', "SELECT count(*) FROM split.ads WHERE ad_account_id = '$first'"), 2, 'also where nothing is read of it');

# ---- errors ----

# An error of any batch or page of the parent is the scan's.
for my $case ([ ads => 3 ], [ ads => 1 ], [ campaigns => 2 ])
{
	my ($stream, $nth) = @$case;

	sim_reset();
	sim_fault(action => 'status', status => 403, code => 7, match => "/$stream\$", nth => $nth);
	my $got = outcome($session, $ads);
	is($got->{sqlstate}, '42501', "request $nth for $stream is refused: the scan fails");
	like($got->{message}, qr/stream "$stream"/, 'and says whose list it was');
}
sim_reset();
sim_fault(action => 'status', status => 503, match => '/ads$', nth => 3, times => 1);
is_deeply(outcome($session, $ads), $truth, 'a batch that fails in passing: all rows');

# Batches that were queued count against a budget before they are sent.
sim_reset();
$session->query_safe("SET pinterest_fdw.max_requests = 7");
is(outcome($session, $ads)->{sqlstate}, '53400', 'too many batches for the budget');
cmp_ok(scalar(@requests = sim_requests()), '<=', 7, 'no request beyond it');
$session->query_safe("RESET pinterest_fdw.max_requests");

# ---- the option ----

# It adds nothing to what the catalog tells of endpoints and filters.
is($node->safe_psql('postgres', <<SQL), 'ad_groups|1|4|4' . "\n" . 'ads|1|5|5', 'the catalog has each endpoint and filter once');
SELECT s.name, cardinality(s.endpoints), count(*), count(DISTINCT f.column_name)
  FROM pinterest_fdw.streams() AS s JOIN pinterest_fdw.filters() AS f ON f.stream = s.name
 WHERE s.name IN ('ad_groups', 'ads') GROUP BY 1, 2 ORDER BY 1
SQL

# A dump keeps it.
my ($dump) = run_command([ 'pg_dump', '--schema-only', '--table=split.numbered', $node->connstr('postgres') ]);
like($dump, qr/split_by 'campaign'/, 'a dump has the option');
$session->query_safe('DROP FOREIGN TABLE split.numbered');
$node->safe_psql('postgres', $dump);
is(scalar(first_pages(lists_of('ads', requests_during($node, "SELECT id $of_first")))), 5, 'and what is restored splits');

# It counts from the next query on, in the same session.
$session->query_safe("ALTER FOREIGN TABLE split.ads OPTIONS (SET split_by 'ad_groups')");
sim_reset();
is_deeply(outcome($session, $ads), $truth, 'another stream to split by: all rows');
is_deeply([ lists_of('campaigns', sim_requests()) ], [], 'another stream to split by: not the old one');
$session->query_safe("ALTER FOREIGN TABLE split.ads OPTIONS (DROP split_by)");
sim_reset();
is_deeply(outcome($session, $ads), $truth, 'no longer split: all rows');
is_deeply(paths_of(sim_requests()), [ "/ad_accounts/$first/ads x" . scalar(my @pages = sim_requests()) ], 'no longer split: one chain');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
