# Copyright (c) 2026, pinterest_fdw contributors

# What was sent counts, whatever became of it: requests that a closed cursor, a
# rollback, a timeout, a cancel or an error of something else leaves behind stand
# in pinterest_fdw.stat as in the log of the server, with the rows that were read of
# them.  What never left does not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use IO::Socket::INET;
use JSON::PP;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 4, '--campaigns', 12, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(quotas => 1, conf => "shared_preload_libraries = 'pinterest_fdw'\n",
	options => ", page_size '4', retries '0', max_connections '3'");
my $campaigns = 'SELECT id FROM pinterest.campaigns';
truth_table($node, 'campaigns');

# The first list with rows is answered, whichever comes first.
my $lists = '/(?:' . join('|', rows($node, 'SELECT DISTINCT ad_account_id FROM truth.campaigns')) . ')/campaigns$';
my @lists = ({ action => 'hang', match => $lists, nth => 2 },
	{ action => 'hang', after => 'headers', match => $lists, nth => 2 },
	{ action => 'hang', after => 'body', match => $lists, nth => 2 });
my $all_rows = 4 + (rows($node, 'SELECT count(*) FROM truth.campaigns'))[0];
my $session = sql_session($node);
my $pid = $session->query('SELECT pg_backend_pid()');

sub counted { return $node->safe_psql('postgres', 'SELECT coalesce(sum(requests), 0) FROM pinterest_fdw.stat'); }

sub logged { return scalar grep { $_->{host} eq 'api' } sim_requests(); }

sub held { return scalar grep { $_->{rule} && defined $_->{status} } sim_requests(); }

# Begins to count at nothing, with answers that do not come.
sub begin
{
	my (@faults) = @_;

	sim_reset();
	$node->safe_psql('postgres', 'SELECT pinterest_fdw.stat_reset(), pinterest_fdw.limit_reset()');
	sim_fault(%$_) for @faults;
}

# Both counts are the same, and not less than a number.
sub same_counts
{
	my ($name, $least) = @_;
	my $counted = counted();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	wait_for(sub { logged() >= $counted });
	is($counted, logged(), "$name: as many as the server has seen");
	cmp_ok($counted, '>=', $least, "$name: at least $least");
}

# The rows that were read: of the list of ad accounts, and of one page.
sub rows_read { return $node->safe_psql('postgres', 'SELECT coalesce(sum(rows), 0) FROM pinterest_fdw.stat'); }

# Begins a query that does not end, and waits until answers are missing.
sub begin_query
{
	my ($in, $sql) = @_;

	$in->{stderr} = '';
	$in->query_until(qr/begun/, "\\echo begun\n$sql;\n");
	ok(wait_for(sub { held() > 0 }), 'an answer is missing');
}

for my $fault (@lists)
{
	my $when = 'no answer after ' . ($fault->{after} // 'none');

	# A cursor that is closed, by all ways.
	for my $end ('CLOSE c', 'ROLLBACK TO s', 'ROLLBACK', 'COMMIT', 'DO $$ BEGIN PERFORM 1 / 0; END $$')
	{
		begin($fault);
		$session->query("BEGIN; SAVEPOINT s; DECLARE c CURSOR FOR $campaigns");
		$session->query('FETCH 1 FROM c');
		ok(wait_for(sub { held() > 0 }), "$when, $end: a request is under way");
		$session->query($end);
		same_counts("$when, $end", 3);
		$session->query('ROLLBACK');
		same_counts("$when, $end: once", 3);
		is(rows_read(), 4 + 1, "$when, $end: the rows that were read");
	}

	# A LIMIT that other pages are no longer needed for.
	begin($fault);
	$session->query("$campaigns LIMIT 1");
	same_counts("$when, LIMIT", 2);
	is(rows_read(), 4 + 1, "$when, LIMIT: the rows that were read");

	# What ends a query from outside.
	begin($fault);
	begin_query($session, $campaigns);
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	$session->query("\\echo");
	same_counts("$when, a cancel", 3);

	my $victim = sql_session($node);
	my $its_pid = $victim->query('SELECT pg_backend_pid()');
	begin($fault);
	begin_query($victim, $campaigns);
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($its_pid)");
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $its_pid");
	eval { $victim->quit };
	same_counts("$when, a shutdown", 3);
}
ok(time_out_at(sub {
	begin($lists[0]);
	$session->query("SET statement_timeout = '$_[0]'");
	$session->query($campaigns);
	$session->query('RESET statement_timeout');
	return held() > 0;
}), 'a timeout');
same_counts('a timeout', 3);

# One refusal, while others are under way.
begin({ action => 'hold', match => '/campaigns$', nth => 2, times => 1 }, { action => 'status', status => 403, code => 7, match => '/campaigns$', nth => 2 });
is(outcome($session, $campaigns)->{sqlstate}, '42501', 'a refusal');
same_counts('a refusal', 3);

# An error of the query itself, between rows.
begin($lists[0]);
$session->query("SELECT 1 / (length(id) - length(id)) FROM pinterest.campaigns");
like($session->{stderr}, qr/division by zero/, 'an error of the query');
$session->{stderr} = '';
same_counts('an error of the query', 2);
is(rows_read(), 4 + 1, 'an error of the query: the rows that were read');
begin();
$session->query($campaigns);
is(rows_read(), $all_rows, 'all rows that were read');

# So do the requests of a diagnosis.
ok(time_out_at(sub {
	begin({ action => 'hang', match => '/ad_accounts$' });
	$session->query("SET statement_timeout = '$_[0]'");
	$session->query(q{SELECT * FROM pinterest_fdw.check('pinterest')});
	$session->query('RESET statement_timeout');
	return held() > 0;
}), 'a diagnosis that is canceled');
same_counts('a diagnosis', 2);

# A report whose download is abandoned: the download is no request to the API.
sim_config(report_polls => 0);
begin({ action => 'hang', match => '^/async_reporting' });
begin_query($session, "SET client_min_messages = warning; SELECT date FROM pinterest.ad_account_analytics WHERE date = '" . utc_today(-200) . "'");
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$session->query("\\echo");
$session->{stderr} = '';
same_counts('a report', 2);

# What no connection was found for was not sent, and takes no quota.
my $closed = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my $port = $closed->sockport;
close $closed;
$node->safe_psql('postgres', <<SQL);
CREATE SERVER closed FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'http://127.0.0.1:$port', retries '1');
CREATE USER MAPPING FOR CURRENT_USER SERVER closed OPTIONS (access_token 'pina_simulator');
CREATE FOREIGN TABLE closed (id text) SERVER closed OPTIONS (stream 'ad_accounts');
SQL
begin();
is(outcome($session, 'SELECT id FROM closed')->{sqlstate}, 'HV00N', 'no connection');
is((rows($node, q{SELECT requests, retries, last_error IS NOT NULL FROM pinterest_fdw.stat WHERE server = 'closed'}))[0],
	'0|1|t', 'no connection: nothing was sent, and the error is kept');
like((rows($node, q{SELECT detail FROM pinterest_fdw.check('closed') WHERE subject = 'quota ads_read'}))[0],
	qr/^1000 of 1000 left until/, 'no connection: no quota is used');

# Of one connection, whose page is still being read.
begin();
$node->safe_psql('postgres', q{ALTER SERVER pinterest OPTIONS (SET max_connections '1')});
$session->query("BEGIN; DECLARE c CURSOR FOR $campaigns");
$session->query('FETCH 1 FROM c');
$session->query('COMMIT');
same_counts('one connection', 2);

$session->quit;
is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
