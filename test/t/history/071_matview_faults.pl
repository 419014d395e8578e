# Copyright (c) 2026, pinterest_fdw contributors

# Whatever interrupts a refresh leaves the materialized view and its history as
# they were; those who read them are never kept waiting.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster(options => ", retries '0'");
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $columns = "'{spend_in_micro_dollar,total_clickthrough}'";
my $refresh = 'REFRESH MATERIALIZED VIEW w.daily';
my $concurrently = 'REFRESH MATERIALIZED VIEW CONCURRENTLY w.daily';
daily_campaign($node, $account, 30);
$node->safe_psql('postgres', 'CREATE SCHEMA w');
matview($node, 'w.daily', 'pinterest.campaigns_analytics', columns => $columns, restatements => 'true');
my $content = "SELECT (SELECT md5(string_agg(t::text, ' ' ORDER BY t)) FROM %s t)";
my $state = 'SELECT ' . join(', ', map { "(SELECT count(*) || md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM $_ t)" }
	qw(w.daily w.daily_history w.daily_history_restated), '(SELECT * FROM pinterest_fdw.sync_log WHERE error IS NULL)');
my $session = sql_session($node);
my $killer = sql_session($node);

# A statement fails as expected, and all is as before.
sub unharmed_ok
{
	my ($sql, $error, $name) = @_;
	my $before = $node->safe_psql('postgres', $state);

	restate(5, 1.5);
	like(error_of($node, $sql), $error, "$name: the error");
	is($node->safe_psql('postgres', $state), $before, "$name: all is as before");
	return;
}

for my $sql ($refresh, $concurrently)
{
	for my $case (
		[ { action => 'status', status => 500, match => '/campaigns/analytics$', nth => 2 }, qr/ERROR:  HV00M/, 'the API fails' ],
		[ { action => 'status', status => 401, code => 2, match => '/campaigns/analytics$', nth => 2 }, qr/ERROR:  28000/, 'the token expires' ],
		[ { action => 'truncate', bytes => 300, match => '/campaigns/analytics$', nth => 2 }, qr/ERROR:  HV00N/, 'the connection breaks' ],
		[ { action => 'garbage', match => '/campaigns/analytics$' }, qr/ERROR:  22032/, 'no JSON' ])
	{
		my ($fault, $error, $name) = @$case;

		sim_reset();
		sim_fault(%$fault);
		unharmed_ok($sql, $error, "$sql: $name");
	}
}
sim_reset();
restate(5, 3);
refresh($node, 'w.daily');
cmp_ok(last_log($node)->{updated}, '>', 0, 'the refresh after these brings what was restated');

# ---------------------------------------------------------------------------
# Cancelled while rows come in

sub interrupted_ok
{
	my ($sql, $how) = @_;
	my $before = $node->safe_psql('postgres', $state);
	my $victim = $how eq 'pg_terminate_backend' ? sql_session($node) : $session;
	$victim->{stderr} = '';
	my $pid = $victim->query_safe('SELECT pg_backend_pid()');

	sim_reset();
	restate(5, 1.5);
	sim_fault(action => 'hang', after => 'body', match => '/campaigns/analytics$', nth => 2);
	$victim->{stderr} = '';
	$victim->query_until(qr/begun/, "\\echo begun\n$sql;\n");
	ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), "$how, $sql: it hangs");
	$killer->query_safe("SELECT $how($pid)");
	if ($victim == $session)
	{
		$victim->query('SELECT 1');
		like($victim->{stderr}, qr/canceling statement due to user request/, "$how, $sql: the error");
	}
	ok(wait_for(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE pid = $pid AND relation = 'w.daily'::regclass") eq '0' }),
		"$how, $sql: it ends");
	is($node->safe_psql('postgres', $state), $before, "$how, $sql: all is as before");
	eval { $victim->quit } if $victim != $session;
	return;
}

interrupted_ok($refresh, 'pg_cancel_backend');
interrupted_ok($concurrently, 'pg_cancel_backend');
interrupted_ok($concurrently, 'pg_terminate_backend');
sim_reset();
sim_fault(action => 'hang', match => '/campaigns/analytics$');
unharmed_ok("SET statement_timeout = '500ms'; $concurrently", qr/ERROR:  57014/, 'statement_timeout');

# ---------------------------------------------------------------------------
# A view that cannot be made is not there

sim_reset();
sim_fault(action => 'status', status => 500, match => '/campaigns/analytics$', nth => 2);
like(error_of($node, "SELECT pinterest_fdw.create_matview('w.other', 'pinterest.campaigns_analytics', columns => $columns)"), qr/ERROR:  HV00M/, 'create_matview fails');
is($node->safe_psql('postgres', "SELECT to_regclass('w.other') IS NULL AND to_regclass('w.other_history') IS NULL"), 't', 'and nothing is left of it');
sim_reset();

# ---------------------------------------------------------------------------
# Transactions

is($node->safe_psql('postgres', <<SQL), "t\nt", 'after a failure, a transaction goes on');
BEGIN;
SAVEPOINT s;
\\set ON_ERROR_STOP off
UPDATE w.daily_history SET date = NULL;
\\set ON_ERROR_STOP on
ROLLBACK TO s;
$refresh;
SELECT count(*) > 0 FROM w.daily;
COMMIT;
SELECT (SELECT count(*) FROM w.daily) = (SELECT count(*) FROM w.daily_history);
SQL
for my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	$node->safe_psql('postgres', 'DELETE FROM w.daily_history');
	$node->safe_psql('postgres', "SET client_min_messages = error; BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM w.daily; $refresh; COMMIT");
	cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM w.daily'), '>', 50, "$level: rows that the refresh brought are shown");
}
sim_reset();
unharmed_ok("BEGIN READ ONLY; $refresh", qr/ERROR:  25006: cannot execute REFRESH MATERIALIZED VIEW in a read-only transaction/, 'READ ONLY');
my $definition = $node->safe_psql('postgres', q{SELECT pg_get_viewdef('w.daily')});
unharmed_ok("BEGIN READ ONLY; $definition", qr/ERROR:  25006: cannot bring history "w.daily_history" up to date.*HINT:  With pinterest_fdw.offline on/s, 'READ ONLY, sync()');
is(scalar(my @none = sim_requests()), 0, 'READ ONLY: no request');
cmp_ok($node->safe_psql('postgres', "SET pinterest_fdw.offline = on; BEGIN READ ONLY; SELECT count(*) FROM ($definition) v" =~ s/;\) v/) v/r), '>', 50,
	'READ ONLY, offline: it is read');
is(scalar(@none = sim_requests()), 0, 'offline: no request');

# ---------------------------------------------------------------------------
# No mapping

$node->safe_psql('postgres', 'DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
unharmed_ok($refresh, qr/ERROR:  42704: user mapping not found for/, 'owner without mapping');
is(scalar(@none = sim_requests()), 0, 'owner without mapping: no request');
$node->safe_psql('postgres', "CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator')");

# ---------------------------------------------------------------------------
# Readers

sim_reset();
restate(5, 2);
my $sum = 'SELECT sum(spend_in_micro_dollar) FROM %s';
my $old = $node->safe_psql('postgres', sprintf $sum, 'w.daily');
sim_fault(action => 'hold', match => '/campaigns/analytics$');
$session->{stderr} = '';
$session->query_until(qr/begun/, "\\echo begun\n$concurrently;\n");
ok(wait_for(sub { grep { $_->{path} =~ /analytics/ } sim_requests() }), 'a refresh waits for the API');
for my $relation ('w.daily', 'w.daily_history')
{
	is($node->safe_psql('postgres', "SET lock_timeout = '100ms'; " . sprintf $sum, $relation), $old, "$relation is read meanwhile");
}
like(error_of($node, "SET lock_timeout = '100ms'; UPDATE w.daily_history SET total_clickthrough = 0"), qr/ERROR:  55P03/, 'the history cannot be written meanwhile');
cmp_ok(decode_json(sim_get('requests'))->{in_flight}, '>', 0, 'all that while the refresh was waiting');
sim_post('release');
$session->query('SELECT 1');
is($session->{stderr}, '', 'the refresh succeeds');
isnt($node->safe_psql('postgres', sprintf $sum, 'w.daily'), $old, 'and brings what was restated');
sim_reset();

# ---------------------------------------------------------------------------
# The API says things twice

my $row = '{"CAMPAIGN_ID": "%s", "DATE": "' . utc_today() . '", "SPEND_IN_MICRO_DOLLAR": %d, "TOTAL_CLICKTHROUGH": 1}';
my ($campaign) = rows($node, "SELECT DISTINCT campaign_id FROM w.daily WHERE ad_account_id = '$account'");
my $path = "/ad_accounts/$account/campaigns/analytics\$";
sim_fault(action => 'replace', match => $path, times => 1, body => '[' . join(', ', (sprintf $row, $campaign, 77) x 2) . ']');
refresh($node, 'w.daily');
rows_ok($node, "SELECT spend_in_micro_dollar FROM w.daily WHERE ad_account_id = '$account' AND date = '@{[ utc_today() ]}' AND campaign_id = '$campaign'",
	['77'], 'a row that comes twice is one');
sim_fault(action => 'replace', match => $path, times => 1, body => '[' . join(', ', map { sprintf $row, $campaign, $_ } 78, 79) . ']');
unharmed_ok($refresh, qr/ERROR:  21000: the API returned rows that differ for one key.*The key is \($account,$campaign,/s, 'two rows of one key');
sim_reset();

is(join("\n", invalid_requests()), '', 'no invalid request');
$_->quit for $session, $killer;
done_testing();
