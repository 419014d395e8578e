# Copyright (c) 2026, pinterest_fdw contributors

# Plans: kept ones with other values, EXPLAIN and what it counts.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 8, '--ad-groups', 2, '--ads', 1, '--boards', 4, '--pins', 12);
my $node = pinterest_cluster(quotas => 1);
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
truth_table($node, 'campaigns');
truth_table($node, 'campaigns_analytics', start => utc_today(-29), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR');
my @campaigns = rows($node, "SELECT id FROM truth.campaigns WHERE ad_account_id = '$first' ORDER BY id");

# Executes a prepared statement with each of some lists of values, all in one
# session; returns the rows of each (joined by commas), and the requests.
sub executions
{
	my ($prepare, @values) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my $out = $node->safe_psql('postgres',
		"$prepare;\n" . join '', map { ("EXECUTE p($_);\n\\echo --\n") } @values);

	my @parts = split /^--$/m, $out, -1;
	return ([ map { my $rows = $_; join ',', sort grep { $_ ne '' } split /\n/, $rows } @parts[ 0 .. $#values ] ],
		@{ decode_json(sim_get("requests?since=$since"))->{requests} });
}

# ---- prepared statements past the fifth execution ----

for my $mode (qw(auto force_generic_plan force_custom_plan))
{
	my $set = "SET plan_cache_mode = $mode";
	my ($rows, @requests) = executions(
		"$set; PREPARE p(text) AS SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$first' AND id = \$1",
		(map { "'$campaigns[$_]'" } 0 .. 7), 'NULL', "'none'", "'$campaigns[0]'");
	is_deeply($rows, [ @campaigns[ 0 .. 7 ], '', '', $campaigns[0] ], "$mode: ids: rows");
	is_deeply([ map { values_of($_, 'campaign_ids') } @requests ], [ @campaigns[ 0 .. 7 ], $campaigns[0] ],
		"$mode: ids: each execution its own, none for NULL");

	($rows, @requests) = executions(
		"$set; PREPARE p(text[]) AS SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$first' AND id = ANY (\$1)",
		map { q('{) . join(',', @campaigns[ $_ .. $_ + 1 ]) . "}'" } 0 .. 6);
	is_deeply($rows, [ map { join ',', @campaigns[ $_ .. $_ + 1 ] } 0 .. 6 ], "$mode: arrays: rows");
	is_deeply([ map { join ',', sort(values_of($_, 'campaign_ids')) } @requests ],
		[ map { join ',', @campaigns[ $_ .. $_ + 1 ] } 0 .. 6 ], "$mode: arrays: each execution its own");

	($rows, @requests) = executions(
		"$set; PREPARE p(date, int) AS SELECT sum(spend_in_micro_dollar) FROM pinterest.campaigns_analytics WHERE ad_account_id = '$first' AND date >= \$1 AND date <= \$1 + \$2",
		map { (q(') . utc_today(-20 + $_) . "', $_") } 1 .. 7);
	is_deeply($rows, [ map { $node->safe_psql('postgres', "SELECT sum(spend_in_micro_dollar) FROM truth.campaigns_analytics WHERE ad_account_id = '$first' AND date BETWEEN '@{[ utc_today(-20 + $_) ]}' AND '@{[ utc_today(-20 + 2 * $_) ]}'") } 1 .. 7 ],
		"$mode: dates: sums");
	is_deeply([ map { ("$_->{query}{start_date}[0] $_->{query}{end_date}[0]") } grep { $_->{path} =~ /analytics$/ } @requests ],
		[ map { utc_today(-20 + $_) . ' ' . utc_today(-20 + 2 * $_) } 1 .. 7 ], "$mode: dates: each execution its own");

	($rows, @requests) = executions(
		"$set; PREPARE p(text, text) AS SELECT count(*) FROM pinterest.campaigns WHERE ad_account_id = \$1 AND status = \$2",
		map { ("'$_', 'PAUSED'", "'$_', 'ARCHIVED'", "'$_', 'ACTIVE'") } $first, $second);
	is_deeply($rows, [ map { my $a = $_; map { $node->safe_psql('postgres', "SELECT count(*) FROM truth.campaigns WHERE ad_account_id = '$a' AND status = '$_'") } qw(PAUSED ARCHIVED ACTIVE) } $first, $second ],
		"$mode: accounts and words: counts");
	is_deeply([ map { ("$_->{path} @{[ values_of($_, 'entity_statuses') ]}") } @requests ],
		[ map { my $a = $_; map { ("/ad_accounts/$a/campaigns $_") } qw(PAUSED ARCHIVED ACTIVE) } $first, $second ],
		"$mode: accounts and words: each execution its own");

	# Whether a request has one chain of pages, and so an order, is not the
	# plan's to assume of a parameter.
	$node->safe_psql('postgres', 'CREATE FOREIGN TABLE IF NOT EXISTS numbered (id bigint, ad_account_id text) SERVER pinterest OPTIONS (stream $$campaigns$$)');
	($rows) = executions(
		"$set; PREPARE p(text[], int) AS SELECT string_agg(id::text, ' ') FROM (SELECT id FROM numbered WHERE ad_account_id = ANY (\$1) ORDER BY id LIMIT \$2) AS x",
		"'{$first}', 3", map { ("'{$second,$first}', $_") } 3 .. 9);
	is_deeply($rows, [ map { my ($ids, $n) = @$_; $node->safe_psql('postgres', "SELECT string_agg(id::text, ' ') FROM (SELECT id::bigint FROM truth.campaigns WHERE ad_account_id = ANY ('$ids') ORDER BY 1 LIMIT $n) AS x") }
			[ "{$first}", 3 ], map { [ "{$second,$first}", $_ ] } 3 .. 9 ], "$mode: ORDER BY and LIMIT of parameters");

	# Ids for two requests, the larger id in the first.
	my $ids = join ',', $campaigns[6], 1 .. 300, $campaigns[1];
	($rows) = executions(
		"$set; PREPARE p(bigint[]) AS SELECT string_agg(id::text, ' ') FROM (SELECT id FROM numbered WHERE ad_account_id = '$first' AND id = ANY (\$1) ORDER BY id) AS x",
		"'{$campaigns[2]}'", ("'{$ids}'") x 6);
	is_deeply($rows, [ $campaigns[2], ("$campaigns[1] $campaigns[6]") x 6 ], "$mode: ORDER BY with ids for two requests");
}

# A function keeps its plans as well.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION spend(id text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT coalesce(sum(a.spend_in_micro_dollar), 0) FROM pinterest.campaigns_analytics AS a WHERE a.campaign_id = spend.id);
END $$;
SQL
same_rows_ok($node, 'SELECT c.id, spend(c.id) FROM (SELECT id FROM truth.campaigns) AS c',
	'SELECT c.id, coalesce((SELECT sum(a.spend_in_micro_dollar) FROM truth.campaigns_analytics AS a WHERE a.campaign_id = c.id), 0)::bigint AS spend FROM truth.campaigns AS c',
	'a function, called for each campaign');

# A kept plan sees altered options and columns.
my ($rows, @requests) = executions(<<SQL, "'$first'", "'$first'");
PREPARE q(text) AS SELECT id FROM pinterest.campaigns WHERE ad_account_id = \$1;
EXECUTE q('$first');
ALTER FOREIGN TABLE pinterest.campaigns OPTIONS (ADD page_size '3');
EXECUTE q('$first');
ALTER FOREIGN TABLE pinterest.campaigns OPTIONS (DROP page_size);
PREPARE p(text) AS SELECT id FROM pinterest.campaigns WHERE ad_account_id = \$1
SQL
is_deeply([ map { values_of($_, 'page_size') } @requests ], [ 250, 3, 3, 3, 250, 250 ], 'a kept plan and altered options');

# ---- EXPLAIN ----

my $join = "SELECT c.name, a.spend_in_micro_dollar FROM pinterest.campaigns AS c JOIN pinterest.campaigns_analytics AS a ON a.campaign_id = c.id AND a.ad_account_id = c.ad_account_id";
for my $sql (
	$join, 'SELECT * FROM pinterest.pins_analytics',
	"SELECT * FROM pinterest.campaigns WHERE id = (SELECT max(id) FROM pinterest.ad_groups)",
	"SELECT * FROM pinterest.campaigns_analytics WHERE date >= current_date - 7",
	'SELECT * FROM pinterest.campaigns_analytics WHERE date >= current_date - 700',
	'SELECT id FROM numbered ORDER BY id LIMIT 3', 'SELECT count(*) FROM pinterest.user_account')
{
	is_deeply([ requests_during($node, "EXPLAIN (VERBOSE) $sql") ], [], "EXPLAIN sends nothing: $sql");
}

sub scans
{
	my ($plan) = @_;
	my @children = map { scans($_) } @{ $plan->{Plans} // [] };
	return ($plan->{'Node Type'} eq 'Foreign Scan' ? $plan : (), @children);
}

sub explained
{
	my ($sql, $options) = @_;
	my $json = $node->safe_psql('postgres', "EXPLAIN (FORMAT json$options) $sql");
	return scans(decode_json($json)->[0]{Plan});
}
my ($scan) = explained("SELECT spend_in_dollar FROM pinterest.campaigns_analytics WHERE date >= '" . utc_today(-3) . "'", '');
is(scalar @{ $scan->{Request} }, 1, 'EXPLAIN: one kind of request');
like($scan->{Request}[0], qr{^GET /ad_accounts/\{ad_account_id\}/campaigns/analytics\?}, 'EXPLAIN: the request');
like($scan->{Request}[0], qr{start_date=@{[ utc_today(-3) ]}&end_date=@{[ utc_today() ]}&granularity=DAY&columns=SPEND_IN_DOLLAR}, 'EXPLAIN: with its parameters');
ok(exists $scan->{'Listed First'}, 'EXPLAIN: what is listed first');
like(join(' ', @{ $scan->{Pushed} // [] }), qr/^date >= /, 'EXPLAIN: what was pushed');
cmp_ok($scan->{'Expected Requests'}, '>=', 3, 'EXPLAIN: accounts, campaigns and analytics are expected');
($scan) = explained("SELECT spend_in_dollar FROM pinterest.campaigns_analytics WHERE date BETWEEN '" . utc_today(-120) . "' AND '" . utc_today(-80) . "'", '');
like($scan->{Request}[0], qr{^GET /ad_accounts/\{ad_account_id\}/campaigns/analytics\?.*start_date=@{[ utc_today(-90) ]}&end_date=@{[ utc_today(-80) ]}&},
	'EXPLAIN: a request for the days that it can serve');
like($scan->{Report}[0], qr{^POST /ad_accounts/\{ad_account_id\}/reports .*"start_date": "@{[ utc_today(-120) ]}", "end_date": "@{[ utc_today(-91) ]}"},
	'EXPLAIN: a report of those before');
is_deeply($scan->{"Days by $_->[0]"}, [ utc_today(-$_->[1]) . ' to ' . utc_today(-$_->[2]) ], "EXPLAIN: the days of the $_->[0]")
  for [ 'Request', 90, 80 ], [ 'Report', 120, 91 ];
my $text = unwrapped($node->safe_psql('postgres', 'EXPLAIN SELECT spend_in_dollar FROM pinterest.campaigns_analytics'));
my @listed = $text =~ /Listed First: (GET .*)/g;
is(scalar @listed, 2, 'EXPLAIN: both lists');
like($listed[0], qr{^GET /ad_accounts\?page_size=250}, 'EXPLAIN: the accounts first');
like($listed[1], qr{^GET /ad_accounts/\{ad_account_id\}/campaigns\?.*entity_statuses=ARCHIVED}, 'EXPLAIN: then the campaigns');
($scan) = explained("SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$first' AND id = '$campaigns[0]'", '');
is($scan->{'Expected Requests'}, 1, 'EXPLAIN: one request is expected');
like($scan->{Request}[0], qr{^GET /ad_accounts/$first/campaigns\?campaign_ids=$campaigns[0]&}, 'EXPLAIN: known values');
ok(!exists $scan->{'Listed First'}, 'EXPLAIN: nothing to list');
($scan) = explained('SELECT id FROM pinterest.campaigns WHERE id = (SELECT max(id) FROM truth.campaigns)', '');
like($scan->{Request}[0], qr{campaign_ids=\{id\}}, 'EXPLAIN: a value that only the executor knows');
$text = $node->safe_psql('postgres', "EXPLAIN SELECT id FROM pinterest.campaigns WHERE id = ANY ('{}')");
like($text, qr/Expected Requests: 0/, 'EXPLAIN: nothing to ask');
unlike($text, qr/GET/, 'EXPLAIN: no request where there is none');
my $everything = $node->safe_psql('postgres', "EXPLAIN (ANALYZE, VERBOSE) $join");
unlike($everything, qr/pina_/, 'EXPLAIN: no token');

# EXPLAIN ANALYZE counts what the simulator counts.
sub counters_ok
{
	my ($sql, $name, %args) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my @scans = explained($sql, ', ANALYZE');
	my @sent = @{ decode_json(sim_get("requests?since=$since"))->{requests} };
	my %sum;

	for my $one (@scans)
	{
		$sum{$_} += $one->{$_} for 'Requests', 'Pages', 'Retries', 'Rate-Limit Wait', 'Bytes Received';
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($sum{Requests}, scalar @sent, "EXPLAIN ANALYZE: $name: requests");
	is($sum{Pages}, scalar(grep { $_->{status} == 200 } @sent), "EXPLAIN ANALYZE: $name: pages");
	is($sum{Retries}, $args{retries} // 0, "EXPLAIN ANALYZE: $name: retries");
	my $bytes = 0;
	$bytes += $_->{bytes} for @sent;
	is($sum{'Bytes Received'}, $bytes, "EXPLAIN ANALYZE: $name: bytes received");
	return ($sum{'Rate-Limit Wait'}, @scans);
}
sim_config(page_cap => 3);
counters_ok('SELECT * FROM pinterest.campaigns', 'pages');
sim_config(page_cap => undef);
counters_ok($join, 'a join');
counters_ok("SELECT id FROM pinterest.ads WHERE id = 'none'", 'nothing');
counters_ok('SELECT impression FROM pinterest.pins_analytics', 'Pins');
$node->safe_psql('postgres', "CREATE TABLE three AS SELECT id FROM truth.campaigns WHERE ad_account_id = '$first' LIMIT 3; ANALYZE three");
counters_ok("SELECT t.id, l.n FROM three AS t, LATERAL (SELECT count(*) AS n FROM pinterest.ad_groups AS g WHERE g.campaign_id = t.id AND g.ad_account_id = '$first') AS l", 'rescans');
sim_fault(action => 'status', match => '/campaigns$', status => 503, code => 12, times => 2);
counters_ok('SELECT id FROM pinterest.campaigns', 'retries', retries => 2);
sim_reset();
sim_fault(action => 'status', match => '/boards$', status => 429, code => 8, message => 'Slow down', times => 1, headers => { 'x-ratelimit-reset' => '1' });
my ($wait) = counters_ok('SELECT id FROM pinterest.boards', 'a rate limit', retries => 1);
cmp_ok($wait, '>=', 900, 'EXPLAIN ANALYZE: the wait for the rate limit');

# A generic plan has parameters that nobody gave a value.
SKIP:
{
	skip 'EXPLAIN (GENERIC_PLAN) came with PostgreSQL 16', 2 if $node->pg_version < 16;
	my $explain = 'EXPLAIN (GENERIC_PLAN, COSTS OFF) SELECT id FROM pinterest.campaigns '
	  . 'WHERE ad_account_id = $1 AND id = $2';
	my @requests = requests_during($node, $explain);
	my @plan = rows($node, $explain);

	is_deeply(\@requests, [], 'a generic plan: no request');
	like(unwrapped(join "\n", @plan), qr{GET /ad_accounts/\{ad_account_id\}/campaigns\?campaign_ids=\{id\}&}, 'a generic plan: its request');
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
