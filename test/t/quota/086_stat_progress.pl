# Copyright (c) 2026, pinterest_fdw contributors

# Statistics say what the log of the requests says; running scans are seen by
# those who may, for as long as they run; and what notices tell.

use strict;
use warnings;

use JSON::PP;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# From 17 on there is shared memory whenever it is wanted.
my ($version) = run_command([ 'postgres', '--version' ]);
my ($major) = $version =~ /(\d+)/;
my $preload = $major < 17 ? "shared_preload_libraries = 'pinterest_fdw'\n" : '';

simulator('--accounts', 2, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 4);
sim_config(tokens => { map { ("pina_$_" => { name => $_ }) } qw(alice public) });
my $node = pinterest_cluster(quotas => 1, conf => $preload, options => ", max_connections '1', retries '3'");
my $campaigns = 'SELECT id FROM pinterest.campaigns';
my @accounts = sort @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $day = utc_today(-5);

$node->safe_psql('postgres', <<SQL);
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE carol LOGIN IN ROLE pg_read_all_stats;
CREATE ROLE dave LOGIN;
CREATE SERVER shared FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '@{[ sim_url() ]}', retries '0');
CREATE USER MAPPING FOR PUBLIC SERVER shared OPTIONS (access_token 'pina_public');
CREATE USER MAPPING FOR alice SERVER pinterest OPTIONS (access_token 'pina_alice');
CREATE SCHEMA shared;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (ad_accounts, campaigns) FROM SERVER shared INTO shared;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice;
GRANT USAGE ON FOREIGN SERVER shared TO alice, bob;
GRANT USAGE ON SCHEMA pinterest, shared TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest, shared TO PUBLIC;
CREATE DATABASE other;
SQL
$node->safe_psql('other', 'CREATE EXTENSION pinterest_fdw');

# ---- counts ----

is_deeply([ rows($node, 'SELECT * FROM pinterest_fdw.stat') ], [], 'nothing yet');

# Several categories, with failures in between, in sessions that end.
sim_fault(action => 'status', status => 503, code => 1, match => '/campaigns$', times => 1);
sim_fault(action => 'status', status => 429, code => 8, match => '/campaigns$', nth => 3, times => 1, headers => { 'x-ratelimit-reset' => 1 });
sim_fault(action => 'status', status => 502, match => '^/boards$', times => 1);
my $begun = time;
$node->safe_psql('postgres', "$campaigns; SELECT id FROM pinterest.boards");
my $took = time - $begun;
$node->safe_psql('postgres', 'SELECT id FROM pinterest.boards WHERE false');
$node->safe_psql('postgres', "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id = '$accounts[0]' AND date >= '$day'");
my $analytics = (rows($node, "SELECT count(*) FROM pinterest.ad_account_analytics WHERE ad_account_id = '$accounts[0]' AND date >= '$day'"))[0];
my ($rows, %log);
for my $request (sim_requests())
{
	my $category = category($request);

	$log{$category}{requests}++;
	$log{$category}{bytes} += $request->{bytes};
	$log{$category}{rate_limited} += $request->{status} == 429;
}
is_deeply(statistics('pinterest', 'postgres'), {
	ads_read => { %{ $log{ads_read} }, retries => 2, rows => 2 + 10 },
	ads_analytics => { %{ $log{ads_analytics} }, retries => 0, rows => 2 * $analytics },
	org_read => { %{ $log{org_read} }, retries => 1, rows => 3 },
}, 'requests, bytes and refusals are those of the log');
is($log{ads_read}{rate_limited}, 1, 'a refusal was among them');
cmp_ok($log{$_}{bytes}, '>', 0, "$_: bytes") for sort keys %log;
my %waited = map { split /\|/ } rows($node, 'SELECT category, seconds_waited FROM pinterest_fdw.stat');
cmp_ok($waited{ads_read}, '>', 0.9, 'the wait was counted');
cmp_ok($waited{ads_read}, '<=', $took, 'and no more than it');
cmp_ok($waited{org_read} + $waited{ads_analytics}, '==', 0, 'nothing else was waited for');
is((rows($node, 'SELECT count(*) FROM pinterest_fdw.stat WHERE last_error IS NULL AND last_error_at IS NULL'))[0], 3, 'what was tried again is no error');

# A report: the file's download is no request to the API.
sim_reset();
sim_config(report_polls => 0);
reset_statistics();
$node->safe_psql('postgres', "SET client_min_messages = warning;
	SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id = '$accounts[0]' AND date = '" . utc_today(-200) . "'");
my @sent = sim_requests();
my $bytes = 0;
$bytes += $_->{bytes} for @sent;
my $got = statistics('pinterest', 'postgres');
is($got->{ads_analytics}{requests}, scalar(grep { $_->{host} eq 'api' } @sent), 'a report: its requests');
is($got->{ads_analytics}{bytes}, $bytes, 'a report: all bytes');
is($got->{ads_analytics}{retries}, 0, 'a report: asking whether it is ready is no retry');

# Errors.
reset_statistics();
my @failures = (
	[ { action => 'status', status => 403, code => 7, message => 'No, pina_simulator!' }, qr/does not permit/ ],
	[ { action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => 80_000 } }, qr/./ ],
	[ { action => 'status', status => 500, code => 1 }, qr/./ ],
	[ { action => 'drop' }, qr/./ ],
	[ { action => 'garbage' }, qr/./ ],
	[ { action => 'replace', body => '{"items":[' . ' ' x 2_000_000 . ']}' }, qr/too large/ ],
);
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET retries '0', ADD max_response_size '1MB')");
for my $failure (@failures)
{
	my ($fault, $problem) = @$failure;
	my $what = join ' ', map { $fault->{$_} // () } qw(action status);

	# a wait that the API has asked for counts for later scans, too
	$node->safe_psql('postgres', 'SELECT pinterest_fdw.limit_reset()');
	sim_reset();
	reset_statistics();
	sim_fault(%$fault);
	my $begun = time;
	my $error = error_of($node, 'SELECT id FROM pinterest.ad_accounts');
	my ($requests, $said, $at) = split /\|/, (rows($node,
		'SELECT requests, last_error, extract(epoch FROM last_error_at) FROM pinterest_fdw.stat'))[0] // '';
	is($requests, 1, "$what: the request counts");
	like($said, $problem, "$what: the error is kept");
	like($error, qr/: \Q$said\E\n/, "$what: as it was raised") if $fault->{action} ne 'replace';
	unlike($said // '', qr/pina_|simulator/, "$what: no secret in it");
	ok($begun <= $at && $at <= time, "$what: and when");
}
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET retries '3', DROP max_response_size)");

# So is what was refused before it was sent.
sim_reset();
reset_statistics();
like(error_of($node, "SET pinterest_fdw.max_requests = 2; $campaigns"), qr/ERROR:  53400: /, 'a budget: an error');
is((rows($node, 'SELECT requests FROM pinterest_fdw.stat'))[0], 1, 'a budget: what was sent counts');
like((rows($node, 'SELECT last_error FROM pinterest_fdw.stat'))[0], qr/more requests than/, 'a budget: the error is kept');

# A success does not forget it.
sim_reset();
sim_fault(action => 'status', status => 403, code => 7, times => 1);
error_of($node, 'SELECT id FROM pinterest.ad_accounts');
$node->safe_psql('postgres', 'SELECT id FROM pinterest.ad_accounts');
is((rows($node, 'SELECT last_error IS NOT NULL FROM pinterest_fdw.stat'))[0], 't', 'an error stays until there is another');

# ---- whose they are, and who sees them ----

sim_reset();
sim_config(tokens => { map { ("pina_$_" => { name => $_ }) } qw(alice public) });
reset_statistics();
$node->safe_psql('postgres', 'SET ROLE alice; SELECT id FROM pinterest.ad_accounts; SELECT id FROM pinterest.boards');
$node->safe_psql('postgres', "SET ROLE $_; SELECT id FROM shared.ad_accounts") for qw(alice bob);
$node->safe_psql('postgres', 'SELECT id FROM pinterest.ad_accounts');
my $alice = "pinterest|alice|ads_read|1\npinterest|alice|org_read|1";
my $public = 'shared|public|ads_read|2';
my $postgres = 'pinterest|postgres|ads_read|1';
my %seen = (
	postgres => [ $alice, $postgres, $public ],
	carol => [ $alice, $postgres, $public ],
	alice => [ $alice, $public ],
	bob => [$public],
	dave => [],
);
is(seen_by($_), join("\n", @{ $seen{$_} }), "$_ sees what is to be seen") for sort keys %seen;
is($node->safe_psql('other', 'SELECT count(*) FROM pinterest_fdw.stat'), '0', 'another database sees nothing');

# A reset is of what one's own mappings did.
my $since = (rows($node, q(SELECT stats_since FROM pinterest_fdw.stat WHERE "user" = 'alice')))[0];
$node->safe_psql('postgres', "SET ROLE $_; SELECT pinterest_fdw.stat_reset()") for qw(bob dave);
is(seen_by('postgres'), join("\n", @{ $seen{postgres} }), 'who has no mapping resets nothing');
$node->safe_psql('other', 'SELECT pinterest_fdw.stat_reset()');
is(seen_by('postgres'), join("\n", @{ $seen{postgres} }), 'neither does another database');
$node->safe_psql('postgres', 'SET ROLE carol; SELECT pinterest_fdw.stat_reset()');
is(seen_by('postgres'), join("\n", @{ $seen{postgres} }), 'nor a role that may read all');
$node->safe_psql('postgres', 'SET ROLE alice; SELECT pinterest_fdw.stat_reset()');
is(seen_by('postgres'), "$postgres\n$public", 'a reset of alice: hers alone');
$node->safe_psql('postgres', 'SET ROLE alice; SELECT id FROM pinterest.ad_accounts');
is(seen_by('postgres'), "pinterest|alice|ads_read|1\n$postgres\n$public", 'hers are counted anew');
is((rows($node, qq(SELECT stats_since > '$since' FROM pinterest_fdw.stat WHERE "user" = 'alice')))[0], 't', 'since the reset');

# A mapping that is gone is not shown, nor is what comes in its place.
$node->safe_psql('postgres', 'DROP USER MAPPING FOR alice SERVER pinterest');
is(seen_by('postgres'), "$postgres\n$public", 'a dropped mapping');
$node->safe_psql('postgres', "CREATE USER MAPPING FOR alice SERVER pinterest OPTIONS (access_token 'pina_alice')");
is(seen_by('postgres'), "$postgres\n$public", 'a new one begins with nothing');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR PUBLIC SERVER shared');
is(seen_by('bob'), '', 'a dropped mapping of PUBLIC');
$node->safe_psql('postgres', "CREATE USER MAPPING FOR PUBLIC SERVER shared OPTIONS (access_token 'pina_public');
	ALTER ROLE alice RENAME TO alicia; SET ROLE alicia; SELECT id FROM pinterest.ad_accounts");
is(seen_by('postgres'), "pinterest|alicia|ads_read|1\n$postgres", 'names are those of today');
$node->safe_psql('postgres', 'ALTER ROLE alicia RENAME TO alice; SELECT pinterest_fdw.stat_reset()');
is(seen_by('postgres'), '', 'a reset of a superuser: all');
$node->safe_psql('postgres', $campaigns);
like(seen_by('postgres'), qr/^pinterest\|postgres\|ads_read\|3$/, 'which goes on counting');

# ---- scans that run ----

my $runner = sql_session($node);
my $pid = $runner->query('SELECT pg_backend_pid()');
my %moments = (
	'requesting' => [ { action => 'hang', match => '/campaigns$', nth => 2 }, $campaigns, 'campaigns', 3, 5 ],
	'waiting for the rate limit' => [ { action => 'status', status => 429, code => 8, match => '/campaigns$', nth => 2,
			headers => { 'x-ratelimit-reset' => 600 } }, $campaigns, 'campaigns', 3, 5 ],
	'waiting for a report' => [ undef, "SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id = '$accounts[0]' AND date = '"
			. utc_today(-190) . "'", 'ad_account_analytics', undef, 0 ],
);
for my $phase (sort keys %moments)
{
	my ($fault, $sql, $stream, $requests, $rows) = @{ $moments{$phase} };

	for my $how (qw(pg_cancel_backend pg_terminate_backend))
	{
		my $what = "$phase, $how";
		my $victim = $how eq 'pg_cancel_backend' ? $runner : sql_session($node);
		my $its_pid = $victim->query('SELECT pg_backend_pid()');

		sim_reset();
		sim_config(report_polls => 10_000);
		sim_fault(%$fault) if $fault;
		new_mapping();
		my $begun = time;
		begin_query($victim, "SET pinterest_fdw.progress_interval = 0; SET client_min_messages = warning; $sql");
		ok(wait_for(sub { (progress()->{phase} // '') eq $phase && progress()->{rows} == $rows }), "$what: the phase");
		my $seen = progress();
		is_deeply([ @$seen{qw(pid server table stream rows)} ], [ $its_pid, 'pinterest', "pinterest.$stream", $stream, $rows ], "$what: whose, and what");
		is($seen->{requests}, $requests, "$what: requests") if $requests;
		cmp_ok($seen->{requests_expected}, '>=', $seen->{requests}, "$what: expected requests");
		ok($begun <= $seen->{started} && $seen->{started} <= time, "$what: since when");
		cmp_ok(progress()->{seconds_waited}, '==', 0, "$what: no wait") if $phase ne 'waiting for the rate limit';
		ok(wait_for(sub { progress()->{seconds_waited} > 0 }), "$what: the wait is told while it lasts") if $phase eq 'waiting for the rate limit';
		$node->safe_psql('postgres', "SELECT $how($its_pid)");
		ok(wait_for(sub { !defined progress() }), "$what: nothing is left of it");
		if ($victim == $runner) { $runner->query("\\echo"); $runner->{stderr} = ''; }
		else { eval { $victim->quit }; }
	}
}

# Nothing is left of what ends well, or fails, or is given up.
sim_reset();
new_mapping();
$runner->query("SET client_min_messages = warning; $campaigns");
is(progress(), undef, 'the end of a scan');
$runner->query('BEGIN');
$runner->query("DECLARE c CURSOR FOR $campaigns");
is(scalar(split /\n/, $runner->query('FETCH 8 FROM c')), 8, 'a cursor: rows of both accounts');
my $open = progress();
is($open->{requests}, 3, 'a cursor is seen as long as it is open');
cmp_ok($open->{rows}, '>=', 5, 'with the rows of the first account at least');
cmp_ok($open->{rows}, '<=', 8, 'and no more than it gave');
$runner->query('CLOSE c');
is(progress(), undef, 'a closed cursor');
$runner->query("DECLARE c CURSOR FOR $campaigns");
$runner->query('FETCH 1 FROM c; SAVEPOINT s; DECLARE d CURSOR FOR SELECT id FROM pinterest.ad_accounts; FETCH 1 FROM d');
is(scalar(all_progress()), 2, 'two cursors');
$runner->query('ROLLBACK TO s');
is(progress()->{stream}, 'campaigns', 'one after a rollback to before the other');
$runner->query('ROLLBACK');
is(progress(), undef, 'none after a rollback');
sim_fault(action => 'status', status => 403, code => 7, match => '/campaigns$');
$runner->query('BEGIN');
is(outcome($runner, $campaigns)->{sqlstate}, '42501', 'an error that is caught');
is(progress(), undef, 'a failed scan, in its transaction');
$runner->query('COMMIT');

# Two scans of a query are two.
sim_reset();
sim_fault(action => 'hang', match => '/campaigns$', nth => 2);
begin_query($runner, "SELECT id FROM (SELECT id FROM pinterest.ad_accounts OFFSET 0) AS a CROSS JOIN LATERAL
	(SELECT id AS campaign FROM pinterest.campaigns WHERE ad_account_id = a.id OFFSET 0) AS c");
ok(wait_for(sub { 2 == all_progress() }), 'both scans of a join');
is_deeply([ sort map { $_->{stream} } all_progress() ], [ 'ad_accounts', 'campaigns' ], 'each with its stream');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
ok(wait_for(sub { !defined progress() }), 'both are gone');
$runner->query("\\echo");
$runner->{stderr} = '';
$runner->quit;

# More scans than there are places for.
sim_reset();
$runner = sql_session($node);
$runner->query('BEGIN');
$runner->query("DO \$\$ BEGIN FOR i IN 1 .. 270 LOOP
	EXECUTE format('DECLARE c%s CURSOR FOR SELECT id FROM pinterest.ad_accounts WHERE \$q\$ %s \$q\$ <> id', i, i); END LOOP; END \$\$");
my $fetches = join '', map { "FETCH 1 FROM c$_;\n" } 1 .. 270;
is(scalar(split /\n/, $runner->query($fetches)), 270, 'as many scans as there are');
is(scalar(all_progress()), 256, 'no more than 256 are seen');
$runner->query('CLOSE c1');
$node->safe_psql('postgres', $campaigns);
is(scalar(all_progress()), 255, 'a place that was given back');
$runner->query('COMMIT');
is(scalar(all_progress()), 0, 'and all of them');
$runner->quit;

# ---- who sees them ----

sim_config(tokens => { map { ("pina_$_" => { name => $_ }) } qw(alice public) });
sim_fault(action => 'hang', match => '/campaigns$', nth => 1);
$runner = sql_session($node);
$runner->query('SET ROLE alice');
begin_query($runner, $campaigns);
ok(wait_for(sub { defined progress() }), 'a scan of alice');
for my $case ([ postgres => 1 ], [ carol => 1 ], [ alice => 1 ], [ bob => 0 ], [ dave => 0 ])
{
	my ($role, $count) = @$case;

	is($node->safe_psql('postgres', "SET ROLE $role; SELECT count(*) FROM pinterest_fdw.progress"), $count, "seen by $role: $count");
}
$node->safe_psql('postgres', 'GRANT alice TO bob');
is($node->safe_psql('postgres', 'SET ROLE bob; SELECT count(*) FROM pinterest_fdw.progress'), '1', 'seen by a member of her role');
is($node->safe_psql('other', 'SELECT count(*) FROM pinterest_fdw.progress'), '0', 'not from another database');
$pid = progress()->{pid};
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok(wait_for(sub { !defined progress() }), 'gone');
eval { $runner->quit };

# ---- notices ----

$runner = sql_session($node);
is($runner->query("LOAD 'pinterest_fdw'; SELECT boot_val, unit FROM pg_settings WHERE name = 'pinterest_fdw.progress_interval'"), '10000|ms', 'every ten seconds by default');
sim_reset();
sim_config(latency => 0.4);
for my $case ([ '100ms', 1 ], [ '0', 0 ], [ '1h', 0 ])
{
	my ($interval, $some) = @$case;

	$runner->query("SET pinterest_fdw.progress_interval = '$interval'");
	my @notices = notices($campaigns);
	is(scalar(@notices) > 0 ? 1 : 0, $some, "$interval: notices") or diag("@notices");
	next if !$some;
	my ($last_requests, $last_rows) = (0, 0);

	for my $notice (@notices)
	{
		like($notice, qr/^stream "campaigns": \d+ of about \d+ requests?, \d+ rows? after \d+ s$/, 'its text');
		my ($requests, $expected, $rows) = $notice =~ /: (\d+) of about (\d+) requests?, (\d+) row/;
		cmp_ok($requests, '<=', $expected, 'no more than expected');
		cmp_ok($requests, '>=', $last_requests, 'requests grow');
		cmp_ok($rows, '>=', $last_rows, 'rows grow');
		($last_requests, $last_rows) = ($requests, $rows);
	}
	cmp_ok($last_requests, '<=', 3, 'as many as there are');
	cmp_ok($last_rows, '<=', 10, 'rows likewise');
}
$runner->query("SET pinterest_fdw.progress_interval = '100ms'");
my $from_second = { match => '/campaigns$', nth => 2 };
ok(told_before_its_end($campaigns, { action => 'hang', %$from_second }, qr/: 3 of about \d+ requests, 5 rows after \d+ s$/), 'what is known while nothing comes');
ok(told_before_its_end($campaigns, { action => 'status', status => 429, code => 8, headers => { 'x-ratelimit-reset' => $for_ever }, %$from_second },
	qr/5 rows after \d+ s, waited [1-9]\d* s for the rate limit$/), 'and the wait');
ok(told_before_its_end("SELECT date FROM pinterest.ad_account_analytics WHERE ad_account_id = '$accounts[0]' AND date = '" . utc_today(-180) . "'", undef,
	qr/^stream "ad_account_analytics": \d+ of about \d+ requests, 0 rows after \d+ s, waiting for a report$/), 'and a report');
for my $value ('-1', 'soon', '1 fortnight')
{
	$runner->{stderr} = '';
	$runner->query("SET pinterest_fdw.progress_interval = '$value'");
	like($runner->{stderr}, qr/ERROR:.*progress_interval/, "progress_interval '$value' is refused");
	$runner->{stderr} = '';
}
$runner->quit;

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();

sub category
{
	my ($request) = @_;

	return $request->{path} =~ /analytics|reports/ ? 'ads_analytics' : $request->{path} =~ /boards/ ? 'org_read' : 'ads_read';
}

# What is counted for a mapping: by category.
sub statistics
{
	my ($server, $user) = @_;
	my %by;

	for my $row (rows($node, <<SQL))
SELECT category, requests, bytes, rate_limited, retries, rows FROM pinterest_fdw.stat WHERE server = '$server' AND "user" = '$user'
SQL
	{
		my ($category, @values) = split /\|/, $row;
		@{ $by{$category} }{qw(requests bytes rate_limited retries rows)} = map { $_ + 0 } @values;
	}
	return \%by;
}

# Another mapping, of whose quotas nothing is known.
sub new_mapping
{
	return $node->safe_psql('postgres', <<SQL);
DROP USER MAPPING FOR CURRENT_USER SERVER pinterest;
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
SQL
}

sub reset_statistics { return $node->safe_psql('postgres', 'SELECT pinterest_fdw.stat_reset()'); }

sub seen_by
{
	my ($role) = @_;

	return $node->safe_psql('postgres', <<SQL);
SET ROLE $role;
SELECT server, "user", category, requests FROM pinterest_fdw.stat ORDER BY server, "user", category
SQL
}

# All scans that run, as hashes.
sub all_progress
{
	return map { decode_json($_) } rows($node, <<'SQL');
SELECT row_to_json(p) FROM (SELECT *, extract(epoch FROM started_at) AS started FROM pinterest_fdw.progress) AS p
SQL
}

# The first of them; undef: none.
sub progress { return (all_progress())[0]; }

sub begin_query
{
	my ($in, $sql) = @_;

	$in->{stderr} = '';
	$in->query_until(qr/begun/, "\\echo begun\n$sql;\n");
	return;
}

# Whether the last notice of a query that does not end, be it for a fault or since a
# report is never ready, says this, however long it takes.
sub told_before_its_end
{
	my ($sql, $fault, $expected) = @_;

	return time_out_at(sub {
		sim_reset();
		sim_config(report_polls => 100_000);
		sim_fault(%$fault) if $fault;
		$runner->query("SELECT pinterest_fdw.limit_reset(); SET statement_timeout = '$_[0]'");
		my @notices = grep { /requests/ } notices($sql);
		$runner->query('RESET statement_timeout');
		return ($notices[-1] // '') =~ $expected;
	});
}

# The notices of a query.
sub notices
{
	my ($sql) = @_;

	$runner->{stderr} = '';
	$runner->query($sql);
	my @notices = $runner->{stderr} =~ /NOTICE:  (.*)$/mg;
	$runner->{stderr} = '';
	return @notices;
}
