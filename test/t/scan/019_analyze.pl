# Copyright (c) 2026, pinterest_fdw contributors

# ANALYZE reads a table as a query of all its columns would, and the planner
# knows its rows from then on.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 8, '--ad-groups', 2, '--ads', 2, '--boards', 5, '--pins', 20);
my $node = pinterest_cluster();
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my %days = (start => utc_today(-29), end => utc_today());
truth_table($node, $_, %days) for qw(user_account ad_accounts campaigns ad_groups ads boards user_account_analytics);
truth_table($node, $_, %days, include_protected_pins => 'true') for qw(pins pins_analytics);
truth_table($node, "${_}_analytics", %days, columns => 'SPEND_IN_DOLLAR') for qw(ad_account campaigns ad_groups ads);

for my $stream (qw(user_account ad_accounts campaigns ad_groups ads boards pins user_account_analytics ad_account_analytics
	campaigns_analytics ad_groups_analytics ads_analytics pins_analytics))
{
	my ($rows) = rows($node, "SELECT count(*) FROM truth.$stream");
	my @requests = requests_during($node, "ANALYZE pinterest.$stream");
	my @scan = requests_during($node, "SELECT * FROM pinterest.$stream");

	is($node->safe_psql('postgres', "SELECT reltuples FROM pg_class WHERE oid = 'pinterest.$stream'::regclass"), $rows,
		"$stream: reltuples");
	is_deeply([ sort map { "$_->{path}?$_->{raw_query}" } @requests ], [ sort map { "$_->{path}?$_->{raw_query}" } @scan ],
		"$stream: the requests of a query of all columns");
	my ($estimate) = $node->safe_psql('postgres', "EXPLAIN SELECT * FROM pinterest.$stream") =~ /rows=(\d+)/;
	cmp_ok($estimate, '<=', $rows || 1, "$stream: the planner knows");
}
is($node->safe_psql('postgres', "SELECT n_distinct, null_frac FROM pg_stats WHERE schemaname = 'pinterest' AND tablename = 'campaigns' AND attname = 'id'"),
	'-1|0', 'ids are unique');
is($node->safe_psql('postgres', "SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(most_common_vals::text::text[]) AS x) FROM pg_stats WHERE schemaname = 'pinterest' AND tablename = 'campaigns' AND attname = 'ad_account_id'"),
	'{' . join(',', sort @accounts) . '}', 'the accounts are common values');
cmp_ok((rows($node, "SELECT null_frac FROM pg_stats WHERE schemaname = 'pinterest' AND tablename = 'campaigns' AND attname = 'end_time'"))[0],
	'>', 0, 'nulls are counted');
cmp_ok((rows($node, "SELECT count(*) FROM pg_stats WHERE schemaname = 'pinterest' AND tablename = 'campaigns_analytics'"))[0],
	'>', 30, 'metrics have statistics');

# The estimates help: a status that few have, few rows.
my ($paused) = $node->safe_psql('postgres', "EXPLAIN SELECT * FROM pinterest.campaigns WHERE status = 'PAUSED'") =~ /rows=(\d+)/;
is($paused, $node->safe_psql('postgres', "SELECT count(*) FROM truth.campaigns WHERE status = 'PAUSED'"), 'a status: its rows');

# A sample of some rows of many, and of some columns.
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE pinterest.pins_analytics ALTER COLUMN date SET STATISTICS 1');
my @requests = requests_during($node, 'SET default_statistics_target = 1; ANALYZE pinterest.pins_analytics');
is($node->safe_psql('postgres', "SELECT reltuples FROM pg_class WHERE oid = 'pinterest.pins_analytics'::regclass"),
	$node->safe_psql('postgres', 'SELECT count(*) FROM truth.pins_analytics'), 'a sample: all rows are counted');
$node->safe_psql('postgres', 'ANALYZE pinterest.campaigns (status)');
is($node->safe_psql('postgres', "SELECT reltuples FROM pg_class WHERE oid = 'pinterest.campaigns'::regclass"), 16, 'ANALYZE of a column');

# Neither VACUUM nor ANALYZE of everything asks for anything unasked.
is_deeply([ requests_during($node, 'VACUUM') ], [], 'VACUUM sends nothing');
is_deeply([ requests_during($node, 'ANALYZE') ], [], 'ANALYZE of the whole database sends nothing');

# A broken answer leaves the statistics as they were.
sim_fault(action => 'status', match => '/campaigns$', status => 403, code => 29, message => 'no');
like(error_of($node, 'ANALYZE pinterest.campaigns'), qr/ERROR/, 'an error is one of ANALYZE, too');
is($node->safe_psql('postgres', "SELECT reltuples FROM pg_class WHERE oid = 'pinterest.campaigns'::regclass"), 16, 'the statistics stay');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
