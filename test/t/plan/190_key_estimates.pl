# Copyright (c) 2026, pinterest_fdw contributors

# Joins of several tables before any ANALYZE: the planner knows which columns are
# keys, so that it asks for batches of ids, or lists, and not once for each row.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(min);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 150, '--ad-groups', 2, '--ads', 3, '--boards', 0, '--pins', 0);
my $node = pinterest_cluster();
my ($first) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $since = "date '@{[ utc_today(-6) ]}'";
my @tables = qw(ad_accounts campaigns ad_groups ads);
truth_table($node, $_) for @tables;
truth_table($node, "${_}_analytics", start => utc_today(-6), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR') for qw(ad_account campaigns ad_groups ads);

my @cases = (
	[ 'metrics, campaigns and accounts', <<SQL ],
SELECT acc.name, c.name AS campaign, sum(a.spend_in_micro_dollar) AS spend
  FROM SCHEMA.campaigns_analytics a
  JOIN SCHEMA.campaigns c ON c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id
  JOIN SCHEMA.ad_accounts acc ON acc.id = a.ad_account_id
 WHERE a.date >= $since GROUP BY 1, 2
SQL
	[ 'the same, the account by the campaign', <<SQL ],
SELECT acc.name, c.name AS campaign, sum(a.spend_in_micro_dollar) AS spend
  FROM SCHEMA.ad_accounts acc
  JOIN SCHEMA.campaigns c ON c.ad_account_id = acc.id
  JOIN SCHEMA.campaigns_analytics a ON a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id
 WHERE a.date >= $since GROUP BY 1, 2
SQL
	[ 'ads up to campaigns', <<SQL ],
SELECT c.name, g.name AS ad_group, x.name AS ad, sum(a.spend_in_micro_dollar) AS spend
  FROM SCHEMA.ads_analytics a
  JOIN SCHEMA.ads x ON x.id = a.ad_id AND x.ad_account_id = a.ad_account_id
  JOIN SCHEMA.ad_groups g ON g.id = x.ad_group_id AND g.ad_account_id = x.ad_account_id
  JOIN SCHEMA.campaigns c ON c.id = g.campaign_id AND c.ad_account_id = g.ad_account_id
 WHERE a.date >= $since GROUP BY 1, 2, 3
SQL
	[ 'ads up to campaigns, by ids alone', <<SQL ],
SELECT c.name, g.name AS ad_group, x.name AS ad, sum(a.spend_in_micro_dollar) AS spend
  FROM SCHEMA.ads_analytics a
  JOIN SCHEMA.ads x ON x.id = a.ad_id
  JOIN SCHEMA.ad_groups g ON g.id = x.ad_group_id
  JOIN SCHEMA.campaigns c ON c.id = g.campaign_id
 WHERE a.date >= $since GROUP BY 1, 2, 3
SQL
	[ 'a star of five', <<SQL ],
SELECT acc.name, c.name AS campaign, sum(a.spend_in_micro_dollar) AS spend, count(DISTINCT g.id) AS groups, count(DISTINCT x.id) AS ads
  FROM SCHEMA.campaigns_analytics a
  JOIN SCHEMA.campaigns c ON c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id
  JOIN SCHEMA.ad_groups g ON g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id
  JOIN SCHEMA.ads x ON x.ad_group_id = g.id AND x.ad_account_id = g.ad_account_id
  JOIN SCHEMA.ad_accounts acc ON acc.id = c.ad_account_id
 WHERE a.date >= $since GROUP BY 1, 2
SQL
	[ 'left joins', <<SQL ],
SELECT c.id, g.id AS ad_group, sum(a.spend_in_micro_dollar) AS spend
  FROM SCHEMA.campaigns c
  LEFT JOIN SCHEMA.ad_groups g ON g.campaign_id = c.id AND g.ad_account_id = c.ad_account_id
  LEFT JOIN SCHEMA.ad_groups_analytics a ON a.ad_group_id = g.id AND a.ad_account_id = g.ad_account_id AND a.date >= $since
 GROUP BY 1, 2
SQL
	[ 'campaigns without metrics', <<SQL ],
SELECT c.id FROM SCHEMA.campaigns c
 WHERE NOT EXISTS (SELECT FROM SCHEMA.campaigns_analytics a
	WHERE a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id AND a.date >= $since)
SQL
	[ 'accounts but one', <<SQL ],
SELECT c.name, sum(a.spend_in_micro_dollar) AS spend FROM SCHEMA.campaigns_analytics a JOIN SCHEMA.campaigns c ON c.id = a.campaign_id
 WHERE a.date >= $since AND a.ad_account_id <> '$first' GROUP BY 1
SQL
	[ 'campaigns that are paused, of accounts but one', <<SQL ],
SELECT a.campaign_id, count(*) AS n FROM SCHEMA.campaigns_analytics a
 WHERE a.date >= $since AND a.ad_account_id <> '$first' AND a.campaign_id <> '1'
	AND EXISTS (SELECT FROM SCHEMA.campaigns c WHERE c.id = a.campaign_id AND c.ad_account_id = a.ad_account_id AND c.status = 'PAUSED') GROUP BY 1
SQL
	[ 'metrics of accounts', <<SQL ],
SELECT acc.name, a.date, a.spend_in_micro_dollar FROM SCHEMA.ad_accounts acc
  JOIN SCHEMA.ad_account_analytics a ON a.ad_account_id = acc.id WHERE a.date >= $since
SQL
);

my $bind = 'pinterest_fdw.enable_bind_join';
my %others = (
	'hash joins' => [ 'enable_nestloop', 'enable_mergejoin', $bind ],
	'bind joins' => [ 'enable_nestloop', 'enable_mergejoin', 'enable_hashjoin' ],
	'hash or bind joins' => [ 'enable_nestloop', 'enable_mergejoin' ],
	'merge or bind joins' => [ 'enable_nestloop', 'enable_hashjoin' ],
);
for my $case (@cases)
{
	my ($name, $sql) = @$case;
	my $foreign = $sql =~ s/SCHEMA/pinterest/gr;
	my @chosen = requests_during($node, "CREATE TABLE got AS $foreign");
	my $least = @chosen;

	same_rows_ok($node, 'TABLE got', $sql =~ s/SCHEMA/truth/gr, "$name: rows");
	for my $how (sort keys %others)
	{
		my $off = join '', map { "SET $_ = off; " } @{ $others{$how} };
		my $count = scalar requests_during($node, "DROP TABLE got; ${off}CREATE TABLE got AS $foreign");

		note("$name: " . @chosen . " requests; by $how $count");
		$least = min($least, $count);
		same_rows_ok($node, 'TABLE got', $sql =~ s/SCHEMA/truth/gr, "$name: rows by $how");
	}
	cmp_ok(scalar @chosen, '<=', 2 * $least, "$name: at most twice the requests of other joins");
	$node->safe_psql('postgres', 'DROP TABLE got');
}

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
