# Copyright (c) 2026, pinterest_fdw contributors

# Independent requests run side by side, as many as max_connections allows and
# never more, on connections that are kept; and answers come compressed.

use strict;
use warnings;

use JSON::PP;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 12, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", max_connections '4'");
my $session = sql_session($node);
my $since = utc_today(-5);

sub most_in_flight { return decode_json(sim_get('requests'))->{max_in_flight}; }

sub connections
{
	my %seen = map { $_->{connection} => 1 } @_;

	return scalar keys %seen;
}

sub set_connections
{
	$session->query_safe("ALTER SERVER pinterest OPTIONS (SET max_connections '$_[0]')");
	return;
}

# Runs a query with some latency, which lets those show that are too many at once;
# the answers to paths that match are held until so many are under way together.
# Returns its outcome and the requests.
sub run_slowly
{
	my ($query, $match, $together) = @_;

	sim_reset();
	sim_config(latency => 0.02);
	sim_fault(action => 'hold', match => $match, together => $together) if $match;
	my $got = outcome($session, $query);
	return ($got, sim_requests());
}

# Accounts side by side.
truth_table($node, 'campaigns');
my $campaigns = 'SELECT id, name FROM pinterest.campaigns';
my $truth = outcome($session, 'SELECT id, name FROM truth.campaigns');
for my $most (1, 2, 5, 10)
{
	set_connections($most);
	my ($got, @requests) = run_slowly($campaigns, '/campaigns$', $most);
	is_deeply($got, $truth, "$most connections: all rows");
	is(scalar @requests, 13, "$most connections: a request per account, and the list of them");
	is(most_in_flight(), $most, "$most connections: so many requests at once");
	is(connections(@requests), $most, "$most connections: and so many connections");
}
set_connections(100);
my ($got, @requests) = run_slowly($campaigns, '/campaigns$', 12);
is_deeply($got, $truth, '100 connections: all rows');
is(most_in_flight(), 12, '100 connections: all accounts at once');

# Two scans in one query have their own connections each.
set_connections(3);
($got, @requests) = run_slowly("SELECT c.id FROM pinterest.campaigns c JOIN pinterest.ad_groups g ON g.campaign_id = c.id");
cmp_ok(most_in_flight(), '<=', 6, 'two scans');

# Batches of ids side by side; pages one after the other, on one connection.
sim_reset(accounts => 1, campaigns => 1100);
truth_table($node, 'campaigns');
truth_table($node, 'campaigns_analytics', start => $since, end => utc_today(), columns => 'SPEND_IN_DOLLAR');
my $analytics = "SELECT ad_account_id, campaign_id, date, spend_in_dollar FROM pinterest.campaigns_analytics
	WHERE date >= '$since'";
my $all_analytics = outcome($session, 'SELECT ad_account_id, campaign_id, date, spend_in_dollar FROM truth.campaigns_analytics');
for my $most (1, 2, 4)
{
	set_connections($most);
	($got, @requests) = run_slowly($analytics, '/analytics$', $most > 1 ? 2 : 1);
	is_deeply($got, $all_analytics, "batches, $most connections: all rows");
	is(scalar(grep { $_->{path} =~ /analytics/ } @requests), 5, "batches, $most connections: requests");
	cmp_ok(most_in_flight(), '<=', $most, "batches, $most connections: no more at once");
	cmp_ok(most_in_flight(), '>=', $most > 1 ? 2 : 1, "batches, $most connections: some at once");
}
my $ids = $node->safe_psql('postgres', "SELECT string_agg(quote_literal(id), ',') FROM truth.campaigns");
my ($account) = $node->safe_psql('postgres', 'SELECT min(ad_account_id) FROM truth.campaigns');
set_connections(4);
($got, @requests) = run_slowly("$analytics AND ad_account_id = '$account' AND campaign_id IN ($ids)", '/analytics$', 4);
is_deeply($got, $all_analytics, 'known ids: all rows');
is_deeply(paths_of(@requests), ["/ad_accounts/$account/campaigns/analytics x5"], 'known ids: five batches');
is(most_in_flight(), 4, 'known ids: four at once');

set_connections(10);
$truth = outcome($session, 'SELECT id, name FROM truth.campaigns');
($got, @requests) = run_slowly("$campaigns WHERE ad_account_id = '$account'");
is_deeply($got, $truth, 'pages: all rows');
is(scalar @requests, 5, 'pages: five');
is(most_in_flight(), 1, 'pages: one at a time, as each names the next');
is(connections(@requests), 1, 'pages: on one connection');

# The next page is under way while this one is read, and only the next.
sim_reset();
$session->query_safe('BEGIN');
$session->query_safe("DECLARE c CURSOR FOR $campaigns WHERE ad_account_id = '$account'");
$session->query_safe('FETCH 150 FROM c');
ok(wait_for(sub { 2 <= grep { defined $_->{finished} } sim_requests() }), 'the second page arrives while the first is read');
$session->query_safe('FETCH 50 FROM c');
is(scalar(@requests = sim_requests()), 2, 'and no third');
$session->query_safe('COMMIT');

# With few places, what is read ahead is bounded.
set_connections(2);
sim_reset();
$session->query_safe('BEGIN');
$session->query_safe("DECLARE c CURSOR FOR $campaigns");
$session->query_safe('FETCH 100 FROM c');
$session->query_safe('FETCH 100 FROM c');
cmp_ok(scalar(@requests = sim_requests()), '<=', 4, 'two hundred rows of a cursor: the accounts, two pages, and perhaps one');
$session->query_safe('COMMIT');

# Rescans keep their connection.
set_connections(1);
($got, @requests) = run_slowly("SELECT c.id FROM generate_series(1, 4) AS g,
	LATERAL (SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$account' AND g > 0 LIMIT 3) AS c");
is($got->{rows}, 12, 'rescans: rows');
cmp_ok(scalar @requests, '>=', 1, 'rescans: requests');
is(connections(@requests), 1, 'rescans: one connection');

# Answers come compressed.
sim_reset();
my $plan = decode_json($session->query_safe("EXPLAIN (ANALYZE, FORMAT JSON) SELECT attrs FROM pinterest.campaigns"))->[0]{Plan};
my $bytes = 0;
for my $request (sim_requests())
{
	like($request->{headers}{'accept-encoding'}, qr/gzip/, "$request->{path}: compression is asked for");
	$bytes += $request->{bytes};
}
is($plan->{'Bytes Received'}, $bytes, 'bytes are counted as they came');
my $plain = $session->query_safe('SELECT sum(length(attrs::text)) FROM pinterest.campaigns');
cmp_ok($bytes, '<', $plain / 3, 'and are few');

# What else a request carries, and what it does not.
my ($request) = sim_requests();
is($request->{method}, 'GET', 'GET');
is($request->{headers}{authorization}, 'default', 'the token');
like($request->{headers}{'user-agent'}, qr{^pinterest_fdw/\d}, 'who asks');
ok(!exists $request->{headers}{$_}, "no $_") for qw(cookie referer content-length);

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
