# Copyright (c) 2026, pinterest_fdw contributors

# Scans that an Append runs side by side: one server for each of ten clients, as
# partitions and in UNION ALL.  Rows come as they arrive, whatever is above the Append,
# and whatever becomes of one of the scans.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(max sum);
use lib "$FindBin::RealBin/../../lib";
use Depth;
use PinterestTest;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 11, '--campaigns', 12, '--ad-groups', 1, '--ads', 2, '--boards', 2, '--pins', 4, '--steady');
my $node = pinterest_cluster(quotas => 1);

# The third account has no campaigns.
my ($none, @clients) = (sub { ($_[2], @_[ 0, 1 ], @_[ 3 .. $#_ ]) })->(@{ decode_json(sim_get('state'))->{ad_account_ids} });
my $first = $clients[0];
my %streams = (campaigns => 'campaigns', spend => 'campaigns_analytics', days => 'ads_analytics');
my $since = utc_today(-6);
my $patient = ", request_timeout '$for_ever'";

# Settings of the simulator: of each client a token that sees its account alone.
sub begin
{
	my (%settings) = @_;

	sim_reset();
	sim_config(tokens => { map { ("pina_$_" => { name => "client$_", accounts => [ $_ ] }) } @clients }, %settings);
	return;
}

sub sql { return $node->safe_psql('postgres', $_[0]); }

begin();
sql(join '', map { my $id = $_; <<SQL } @clients);
CREATE SERVER c$id FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '@{[ sim_url() ]}', access_tier 'unlimited'$patient);
CREATE USER MAPPING FOR CURRENT_USER SERVER c$id OPTIONS (access_token 'pina_$id');
SQL
for my $table (sort keys %streams)
{
	my $columns = $table eq 'campaigns' ? 'id text, ad_account_id text, name text' : 'ad_account_id text, date date, spend_in_micro_dollar bigint';

	sql("CREATE TABLE $table ($columns) PARTITION BY LIST (ad_account_id);"
		  . join '', map { "CREATE FOREIGN TABLE ${table}_$_ PARTITION OF $table FOR VALUES IN ('$_') SERVER c$_ OPTIONS (stream '$streams{$table}');" } @clients);
}

# The truth, of which the account without campaigns has no part.
my $truth = pinterest_truth();

sub pinterest_truth
{
	sim_reset();
	truth_table($node, $_) for qw(campaigns ads);
	truth_table($node, $_, start => $since, end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR') for qw(campaigns_analytics ads_analytics ad_groups_analytics ad_account_analytics);
	return { campaigns => 'SELECT id, ad_account_id, name FROM truth.campaigns',
		map { ($_ => "SELECT ad_account_id, date, spend_in_micro_dollar FROM truth.$streams{$_}") } qw(spend days) };
}

# What a query comes to: its rows, sorted, its error, and its requests, asked within a depth.
sub asked
{
	my ($sql, $depth, @before) = @_;
	my ($code, $out, $err);
	my @requests = asked_within($depth, sub {
		begin(latency => $_[0]);
		($code, $out, $err) = $node->psql('postgres', join(';', @before, $sql));
		return sim_requests();
	});

	return { rows => [ sort split /\n/, $out ], error => $err, requests => scalar @requests, depth => depth(@requests),
		clients => scalar keys %{ { map { ($_->{headers}{authorization} => 1) } @requests } } };
}

# A query takes so many requests and round trips, and has the rows of the truth.
sub asks_ok
{
	my ($sql, $expected, $requests, $depth, $name, @before) = @_;
	my $got = asked($sql, $depth, @before);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($got->{error}, '', "$name: no error");
	is("$got->{requests} / $got->{depth}", "$requests / $depth", "$name: requests / depth");
	my @expected = sort(rows($node, $expected));
	cmp_ok(scalar @expected, '>', 0, "$name: there are rows");
	is_deeply($got->{rows}, \@expected, "$name: the rows");
	return $got;
}

my $n = @clients;
my $off = 'SET enable_async_append = off';

# ---- plans ----

begin();
my $plan = sql('EXPLAIN (COSTS OFF) SELECT id FROM campaigns');
is(scalar(() = $plan =~ /Async Foreign Scan on campaigns_\d+/g), $n, 'EXPLAIN: asynchronous scans');
unlike(sql("$off; EXPLAIN (COSTS OFF) SELECT id FROM campaigns"), qr/Async/, 'EXPLAIN: none where it is off');
unlike(sql('EXPLAIN (COSTS OFF) SELECT id FROM campaigns ORDER BY id'), qr/Merge Append/, 'EXPLAIN: no order of texts');
my ($analyzed) = decode_json(sql('EXPLAIN (ANALYZE, FORMAT json) SELECT id FROM campaigns'))->[0]{Plan};
is_deeply([ map { $_->{'Async Capable'} ? 1 : 0 } @{ $analyzed->{Plans} } ], [ (1) x $n ], 'EXPLAIN ANALYZE: asynchronous scans');
is(sum(map { $_->{'Actual Rows'} } @{ $analyzed->{Plans} }), sql('SELECT count(*) FROM truth.campaigns'), 'EXPLAIN ANALYZE: their rows');
is(sum(map { $_->{Requests} } @{ $analyzed->{Plans} }), $n, 'EXPLAIN ANALYZE: their requests');

# ---- depth ----

asks_ok("SELECT id, ad_account_id, name FROM campaigns_$first", "$truth->{campaigns} WHERE ad_account_id = '$first'", 1, 1, 'one client');
asks_ok('SELECT id, ad_account_id, name FROM campaigns', $truth->{campaigns}, $n, 1, 'ten clients');
asks_ok("SELECT * FROM spend WHERE date >= '$since'", $truth->{spend}, 2 * $n, 2, 'ten clients, lists and metrics');
asks_ok('SELECT ad_account_id, count(*) FROM campaigns GROUP BY 1 ORDER BY 1', 'SELECT ad_account_id, count(*) FROM truth.campaigns GROUP BY 1', $n, 1, 'below an aggregate and a sort');
asks_ok('SELECT id FROM campaigns LIMIT 1000', 'SELECT id FROM truth.campaigns', $n, 1, 'below a LIMIT');
asks_ok('SELECT id FROM campaigns LIMIT 1000', 'SELECT id FROM truth.campaigns', $n, $n, 'below a LIMIT, not asynchronous', $off);
my @two = @clients[ 1, 4 ];
asks_ok("PREPARE p(text[]) AS SELECT id FROM campaigns WHERE ad_account_id = ANY (\$1); EXECUTE p('{@{[ join ',', @two ]}}')",
	"SELECT id FROM truth.campaigns WHERE ad_account_id IN ('$two[0]', '$two[1]')", 2, 1, 'a parameter that prunes', 'SET plan_cache_mode = force_generic_plan');
my $union = join ' UNION ALL ', map { "SELECT ad_account_id, date, spend_in_micro_dollar FROM pinterest.${_}_analytics WHERE date >= '$since' AND ad_account_id IN ('$first', '$two[0]')" } qw(ad_account campaigns ad_groups ads);
asks_ok("SELECT * FROM ($union) AS u", $union =~ s/pinterest\./truth./gr, 4 + 3 * 2 + 2 * 2, 2, 'four tables of metrics');
asks_ok("SELECT * FROM ($union) AS u LIMIT 100000", $union =~ s/pinterest\./truth./gr, 14, 2, 'four tables of metrics below a LIMIT');
cmp_ok(asked("SELECT * FROM ($union) AS u LIMIT 100000", 100, $off)->{depth}, '>', 2, 'four tables of metrics below a LIMIT, not asynchronous');

# ---- rescans ----

my $nested = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off';
my $lists = 'SELECT id FROM pinterest.campaigns WHERE ad_account_id = x UNION ALL SELECT id FROM pinterest.ads WHERE ad_account_id = x';
my $values = "(VALUES ('$first'), ('$two[0]'), ('$first')) AS v(x)";
asks_ok("SELECT x, id FROM $values, LATERAL ($lists) AS u", "SELECT x, id FROM $values, LATERAL (@{[ $lists =~ s/pinterest\./truth./gr ]}) AS u",
	4, 2, 'the inner side of a nested loop', $nested);
asks_ok("SELECT x, (SELECT max(id) FROM ($lists) AS u) FROM $values", "SELECT x, (SELECT max(id) FROM (@{[ $lists =~ s/pinterest\./truth./gr ]}) AS u) FROM $values",
	4, 2, 'a sub-select');
is(asked("SELECT x, id FROM $values, LATERAL ($lists) AS u", 100, $nested, $off)->{depth}, 4, 'the inner side of a nested loop, not asynchronous');

# What is under way when a rescan comes is not waited for.
begin();
sim_fault(action => 'hang', match => '/ads$');
is_deeply([ sort(rows($node, "$nested; SELECT x, count(id) FROM $values, LATERAL (SELECT * FROM ($lists) AS u LIMIT 3) AS u GROUP BY x")) ],
	[ sort("$first|6", "$two[0]|3") ], 'rescans while a scan hangs: the rows');
# The third row has its rows from the first one's list, and may stop before ads are asked for again.
like(join(' ', @{ paths_of(sim_requests()) }), qr{^/ad_accounts/$first/ads x[12] /ad_accounts/$first/campaigns x1 /ad_accounts/$two[0]/ads x1 /ad_accounts/$two[0]/campaigns x1$},
	'rescans while a scan hangs: the requests');
ok(wait_for(\&quiet), 'rescans while a scan hangs: none is left');

# ---- the order of arrival ----

# While one client hangs, the rows of the others come.
my $session = sql_session($node);
my $others = sql("SELECT count(*) FROM truth.campaigns WHERE ad_account_id <> '$first'");

for my $fault ([ 'a client that hangs', { action => 'hang' } ],
	[ 'a client whose body hangs', { action => 'hang', after => 'body' } ],
	[ 'a client that waits for its rate limit', { action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => $for_ever } } ],
	[ 'a client that fails for now', { action => 'status', status => 503 } ])
{
	my ($name, $rule) = @$fault;

	begin();
	sim_fault(%$rule, match => "/$first/campaigns\$");
	sql("ALTER SERVER c$first OPTIONS (ADD retries '20')");
	$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT ad_account_id FROM campaigns');
	my @rows = split /\n/, $session->query_safe("FETCH $others FROM c");
	is(scalar @rows, $others, "$name: the rows of the others");
	is(scalar(grep { $_ eq $first } @rows), 0, "$name: and of no other");
	$session->query_safe('ROLLBACK; SELECT pinterest_fdw.limit_reset()');
	is(scalar(grep { !/\b$first\b/ } map { $_->{path} } sim_requests()), $n - 1, "$name: requests of the others");
	ok(wait_for(\&quiet), "$name: nothing is left");
	sql("ALTER SERVER c$first OPTIONS (DROP retries)");
}

# A client that has many rows in memory does not keep the others from theirs.
begin();
sim_fault(action => 'hold', together => 1000, match => "/$two[0]/campaigns\$");
$session->query_safe("BEGIN; DECLARE c CURSOR FOR SELECT ad_account_id FROM days_$first WHERE date >= '@{[ utc_today(-89) ]}'
	UNION ALL SELECT ad_account_id FROM campaigns_$two[0]");
is(join(' ', list_once(split /\n/, $session->query_safe('FETCH 300 FROM c'))), $first, 'rows in memory');
sim_post('release');
ok(wait_for(sub { grep { $_->{path} =~ /$two[0]/ && defined $_->{finished} } sim_requests() }), 'rows in memory: another client answers');
is(join(' ', list_once(split /\n/, $session->query_safe('FETCH 300 FROM c'))), join(' ', sort($first, $two[0])), 'rows in memory: rows of both');
is(join(' ', list_once(split /\n/, $session->query_safe('FETCH 1 FROM c'))), $first, 'rows in memory: and more');
$session->query_safe('ROLLBACK');

# A LIMIT that others fill cancels what is under way.
begin();
sim_fault(action => 'hang', match => "/$first/campaigns\$");
is(scalar(() = rows($node, 'SELECT id FROM campaigns LIMIT 5')), 5, 'LIMIT: the rows');
is(scalar(() = sim_requests()), $n, 'LIMIT: the requests');
ok(wait_for(\&quiet), 'LIMIT: none is left');

# ---- waits for time ----

for my $fault ([ 'a pause before another try', { action => 'status', status => 503, times => 1 }, 1 ],
	[ 'a rate limit', { action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => 1 }, times => 1 }, 1 ],
	[ 'slow answers', { action => 'slow', chunk => 200, pause => 0.01 }, 0 ],
	[ 'a connection that breaks', { action => 'drop', times => 1 }, 1 ])
{
	my ($name, $rule, $more) = @$fault;

	begin();
	sim_fault(%$rule, match => "/$first/campaigns\$");
	same_rows_ok($node, 'SELECT id, ad_account_id, name FROM campaigns', $truth->{campaigns}, "$name: the rows");
	is(scalar(() = sim_requests()), $n + $more, "$name: the requests");
	sql('SELECT pinterest_fdw.limit_reset()');
}
begin();
sim_fault(action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => 1 }, times => 1, match => "/$first/campaigns\$");
my ($waited) = map { sum(map { $_->{'Rate-Limit Wait'} // 0 } @{ decode_json($_)->[0]{Plan}{Plans} }) } sql('EXPLAIN (ANALYZE, FORMAT json) SELECT id FROM campaigns');
cmp_ok($waited, '>', 0, 'a rate limit: how long it was waited for');
sql('SELECT pinterest_fdw.limit_reset()');

# Reports, which are asked about in turns.
begin(report_polls => 2);
my $days = "date BETWEEN '" . utc_today(-110) . "' AND '" . utc_today(-100) . "'";
truth_table($node, 'campaigns_analytics', name => 'late', start => utc_today(-110), end => utc_today(-100), columns => 'SPEND_IN_MICRO_DOLLAR');
same_rows_ok($node, "SELECT * FROM spend WHERE $days AND ad_account_id IN ('$first', '$two[0]')",
	"SELECT ad_account_id, date, spend_in_micro_dollar FROM truth.late WHERE ad_account_id IN ('$first', '$two[0]')", 'reports');

# ---- errors and cancel ----

begin();
sim_fault(action => 'status', status => 403, code => 29, message => 'No access.', match => "/$first/campaigns\$");
like(error_of($node, 'SELECT id FROM campaigns'), qr/could not read stream "campaigns".*No access/s, 'a client that is refused');
my $closed = PostgreSQL::Test::Cluster::get_free_port();
sql("ALTER SERVER c$two[1] OPTIONS (SET base_url 'http://127.0.0.1:$closed/v5', ADD retries '0')");
begin();
like(error_of($node, 'SELECT id FROM campaigns'), qr/could not read stream "campaigns".*$closed/s, 'a client that is down');
ok(wait_for(\&quiet), 'a client that is down: none is left');
sql("ALTER SERVER c$two[1] OPTIONS (SET base_url '@{[ sim_url() ]}', DROP retries)");

# Limits of time hold while the Append waits.
for my $limit ([ request_timeout => { action => 'hang' }, qr/no progress for 1 s while waiting for the answer/ ],
	[ request_timeout => { action => 'hang', after => 'body' }, qr/nothing received for 1 s after \d+ bytes/ ],
	[ total_timeout => { action => 'slow', chunk => 1, pause => 0.1 }, qr/not complete after 2 s and \d+ bytes/ ])
{
	my ($option, $rule, $error) = @$limit;
	my ($before, $after) = $option eq 'request_timeout' ? ('SET', "SET $option '$for_ever'") : ('ADD', "DROP $option");

	begin();
	sim_fault(%$rule, match => "/$first/campaigns\$");
	sql("ALTER SERVER c$first OPTIONS ($before $option '@{[ $option eq 'request_timeout' ? 1 : 2 ]}', ADD retries '0')");
	like(error_of($node, 'SELECT id FROM campaigns'), $error, "$option: the error");
	sql("ALTER SERVER c$first OPTIONS ($after, DROP retries)");
}

my $pid = $session->query_safe('SELECT pg_backend_pid()');
for my $how (qw(pg_cancel_backend pg_terminate_backend))
{
	begin();
	sim_fault(action => 'hang', match => '/campaigns$');
	$session->{stderr} = '';
	$session->query_until(qr/begun/, "\\echo begun\nSELECT id FROM campaigns;\n");
	ok(wait_for(sub { $n == grep { $_->{rule} } sim_requests() }), "$how: all clients hang");
	ok($node->poll_query_until('postgres', "SELECT wait_event = 'AppendReady' FROM pg_stat_activity WHERE pid = $pid"), "$how: the Append waits");
	is(sql("SELECT $how($pid)"), 't', "$how: sent");
	is($session->query('SELECT 1'), '1', "$how: the session goes on") if $how eq 'pg_cancel_backend';
	like($session->{stderr}, qr/canceling statement due to user request/, "$how: the error") if $how eq 'pg_cancel_backend';
	ok(wait_for(\&quiet), "$how: no request is left");
}
eval { $session->quit };

# ---- rows in use ----

# Rows stay what they are while other scans get further, more than fit what is held of a
# response among them.
begin();
sim_fault(action => 'slow', chunk => 100000, pause => 0.02, match => '/ads/analytics$');
same_rows_ok($node, "SELECT ad_account_id, date, spend_in_micro_dollar FROM days WHERE date >= '$since'", "SELECT * FROM ($truth->{days}) AS t", 'rows in use');

begin(page_cap => 2);
same_rows_ok($node, 'SELECT id, ad_account_id, name FROM campaigns', $truth->{campaigns}, 'small pages');

# Beside scans that are not asynchronous, and beside those of postgres_fdw.
begin();
my ($mine, $sorted, $his) = @clients[ 0, 2, 3 ];
my $parts = "SELECT id, name FROM campaigns_$mine UNION ALL SELECT id, name FROM truth.ads UNION ALL (SELECT id, name FROM campaigns_$sorted ORDER BY name LIMIT 100) UNION ALL SELECT id, name FROM campaigns_$his";
my $all = "SELECT id, name FROM truth.campaigns WHERE ad_account_id IN ('$mine', '$sorted', '$his') UNION ALL SELECT id, name FROM truth.ads";
same_rows_ok($node, $parts, $all, 'beside other scans');
SKIP:
{
	skip 'postgres_fdw is not installed', 2 unless sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'");
	sql(<<SQL);
CREATE EXTENSION postgres_fdw;
CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '@{[ $node->host ]}', port '@{[ $node->port ]}', dbname 'postgres', async_capable 'true', fetch_size '7');
CREATE USER MAPPING FOR CURRENT_USER SERVER here;
CREATE FOREIGN TABLE here (id text, name text) SERVER here OPTIONS (schema_name 'truth', table_name 'ads');
SQL
	my $beside = $parts =~ s/truth\.ads/here/r;
	like(sql("EXPLAIN $beside"), qr/Async Foreign Scan on here/, 'beside postgres_fdw: asynchronous scans');
	same_rows_ok($node, $beside, $all, 'beside postgres_fdw');
}

# Requests of scans of one server keep to max_connections together.
sql("ALTER SERVER pinterest OPTIONS (max_connections '2')");
begin(latency => 0.05);
same_rows_ok($node, $union, $union =~ s/pinterest\./truth./gr, 'max_connections: the rows');
my @narrow = sim_requests();
cmp_ok(max(map { my $one = $_; scalar grep { $_->{started} <= $one->{started} && (!defined $_->{answered} || $_->{answered} > $one->{started}) } @narrow } @narrow), '<=', 2, 'max_connections: of all scans together');
sql("ALTER SERVER pinterest OPTIONS (DROP max_connections)");

# A row that was locked by somebody else is looked at again, beside the same rows.
begin();
sql("CREATE TABLE noted (client text, seen int); INSERT INTO noted VALUES ('$first', 0)");
my ($one, $other) = map { sql_session($node) } 1 .. 2;
$one->query_safe("BEGIN; UPDATE noted SET seen = 1");
$other->query_until(qr/begun/, "\\echo begun\nSELECT seen, count(*) OVER () FROM (SELECT n.seen FROM noted n JOIN campaigns c ON c.ad_account_id = n.client FOR UPDATE OF n) AS x LIMIT 1;\n");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"), 'EvalPlanQual: a lock is waited for');
$one->query_safe('COMMIT');
is($other->query("SELECT 'done'"), "1|" . sql("SELECT count(*) FROM truth.campaigns WHERE ad_account_id = '$first'") . "\ndone", 'EvalPlanQual: the rows');
$_->quit for $one, $other;

# No descriptor is left behind, whatever became of the queries.
begin();
$session = sql_session($node);
$pid = $session->query_safe('SELECT pg_backend_pid()');
sub open_descriptors { my @open = glob "/proc/$pid/fd/*"; return scalar @open; }
my @counts;
for (1 .. 8)
{
	$session->query_safe('SELECT id FROM campaigns LIMIT 3');
	$session->query_safe('SELECT count(*) FROM campaigns');
	$session->query('SELECT 1 / (length(id) - length(id)) FROM campaigns');
	$session->{stderr} = '';
	push @counts, open_descriptors();
}
cmp_ok($counts[-1], '<=', max(@counts[ 0 .. 3 ]), 'descriptors');
cmp_ok($counts[0], '>', 0, 'descriptors: there are some');
$session->quit;

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();

sub list_once
{
	my %seen = map { $_ => 1 } @_;
	my @sorted = sort keys %seen;

	return @sorted;
}

# No request is under way.
sub quiet
{
	return decode_json(sim_get('requests'))->{in_flight} == 0;
}
