# Copyright (c) 2026, pinterest_fdw contributors

# A refresh that fails takes back what it has written, but leaves a row in the log.

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

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster(options => ", retries '0'");
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $columns = "columns => '{spend_in_micro_dollar}'";
my %options = (columns => "'{spend_in_micro_dollar}'", filter => "\$\$ad_account_id = '$account'\$\$");
daily_campaign($node, $account, 60);
$node->safe_psql('postgres', 'CREATE SCHEMA w');
matview($node, 'w.daily', 'pinterest.campaigns_analytics', %options);
matview($node, 'w.entities', 'pinterest.campaigns', columns => "'{name}'");
my $failure = [ action => 'status', status => 403, code => 7, message => 'No access here', match => '/campaigns(/analytics)?$' ];

# What the log has of failures, oldest first.
sub failures
{
	return map { decode_json($_) } rows($node, 'SELECT to_jsonb(l) FROM pinterest_fdw.sync_log l WHERE error IS NOT NULL ORDER BY id');
}

# ---------------------------------------------------------------------------
# What a row tells

for my $how ('', 'CONCURRENTLY ')
{
	for my $case ([ 'w.daily', 'pinterest.campaigns_analytics', "ad_account_id = '$account'", 2 ], [ 'w.entities', 'pinterest.campaigns', undef, 2 ])
	{
		my ($view, $source, $filter, $requests) = @$case;
		my $before = failures();

		sim_reset();
		sim_fault(@$failure);
		my $error = error_of($node, "REFRESH MATERIALIZED VIEW $how$view");
		my ($message) = $error =~ /ERROR:  42501: (.*)/;
		my ($detail) = $error =~ /DETAIL:  (.*)/;
		my @rows = failures();
		my $row = $rows[-1];

		is(scalar @rows, $before + 1, "$how$view: a row");
		is($row->{error}, "42501: $message\n$detail", "$how$view: the error");
		like($detail, qr/No access here/, "$how$view: and what the API said of it");
		is_deeply([ @$row{qw(kind history source filter)} ], [ 'refresh', "${view}_history", $source, $filter ], "$how$view: what it was about");
		is_deeply([ @$row{qw(fetched inserted updated unchanged missing from_date to_date)} ], [ 0, 0, 0, 0, 0, undef, undef ], "$how$view: nothing was written");
		is($row->{requests}, scalar(my @sent = sim_requests()), "$how$view: the requests that were sent");
		like($row->{duration}, qr/^00:00:\d\d/, "$how$view: the duration");
		is($row->{role}, 'postgres', "$how$view: the role");
	}
}

# The error is as it was without the log.
sim_reset();
sim_fault(action => 'status', status => 500, match => '/campaigns/analytics$');
like(error_of($node, 'REFRESH MATERIALIZED VIEW w.daily'), qr/ERROR:  HV00M: could not read stream "campaigns_analytics": the API failed on its side\nDETAIL:  GET .*\nHINT:  Try again later\.\nCONTEXT:  .*function pinterest_fdw\.sync/s,
	'an error keeps its detail, hint and context');
sim_reset();
refresh($node, 'w.daily');
is(last_log($node)->{error}, undef, 'a refresh that succeeds has no error');

# ---------------------------------------------------------------------------
# Other ends

my $count = failures();
sim_fault(action => 'hang', match => '/campaigns/analytics$');
my $session = sql_session($node);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_until(qr/begun/, "\\echo begun\nREFRESH MATERIALIZED VIEW w.daily;\n");
ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'a cancel: it hangs');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$session->query('SELECT 1');
like($session->{stderr}, qr/canceling statement due to user request/, 'a cancel: the error');
my @rows = failures();
is(scalar @rows, ++$count, 'a cancel: a row');
is($rows[-1]{error}, '57014: canceling statement due to user request', 'a cancel: the error in the log');
ok(time_out_at(sub {
	my ($timeout) = @_;

	like(error_of($node, "SET statement_timeout = '$timeout'; REFRESH MATERIALIZED VIEW w.daily"), qr/ERROR:  57014/, "a timeout of $timeout");
	return failures() > $count;
}), 'a timeout while rows are fetched');
@rows = failures();
is($rows[-1]{error}, '57014: canceling statement due to statement timeout', 'a timeout: a row');
$count = @rows;
$session->{stderr} = '';
sim_reset();

# Other roles have rows of their own: those of the view's owner, whoever refreshes.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice;
GRANT ALL ON SCHEMA w TO alice;
GRANT USAGE ON SCHEMA pinterest TO alice;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO alice;
ALTER MATERIALIZED VIEW w.daily OWNER TO alice;
ALTER TABLE w.daily_history OWNER TO alice;
SQL
like(error_of($node, 'REFRESH MATERIALIZED VIEW w.daily'), qr/ERROR:  42704: user mapping not found/, 'no mapping');
is($node->safe_psql('postgres', q{SET ROLE alice; SELECT role, split_part(error, ':', 1) FROM pinterest_fdw.sync_log}), 'alice|42704', 'no mapping: the row is that of the owner');
$node->safe_psql('postgres', 'ALTER TABLE w.daily_history OWNER TO postgres; ALTER MATERIALIZED VIEW w.daily OWNER TO postgres');
$count = failures();

# A history that was only to be made is not there to have a row.
sim_fault(@$failure);
like(error_of($node, "SELECT pinterest_fdw.create_matview('w.other', 'pinterest.campaigns_analytics', $columns)"), qr/ERROR:  42501/, 'create_matview()');
is(scalar(@rows = failures()), $count, 'create_matview(): no row');

# Caught, it is no less of a failure.
$node->safe_psql('postgres', 'DO $$ BEGIN REFRESH MATERIALIZED VIEW w.daily; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$');
is(scalar(@rows = failures()), ++$count, 'an error that is caught: a row');

# ---------------------------------------------------------------------------
# A chunk of a back-fill

sim_reset();
sim_fault(action => 'status', status => 500, match => '/campaigns/analytics$', nth => 2);
my $fill = "CALL pinterest_fdw.backfill('w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-49) ]}', '@{[ utc_today(-10) ]}', 20)";
like(error_of($node, $fill), qr/ERROR:  HV00M/, 'a back-fill');
@rows = failures();
is(scalar @rows, ++$count, 'a back-fill: a row');
is_deeply([ $rows[-1]{kind}, $rows[-1]{error} =~ /^(\w+):/ ], [ 'backfill', 'HV00M' ], 'a back-fill: the row');
sim_reset();
$node->safe_psql('postgres', "SET client_min_messages = error; $fill");
is(window(grep { $_->{path} =~ /analytics/ } sim_requests()), utc_today(-29) . ' ' . utc_today(-10), 'a back-fill: what failed is not taken for loaded');

# ---------------------------------------------------------------------------
# Failures that no request is part of

sim_reset();
$count = failures();
$node->safe_psql('postgres', 'ALTER TABLE w.entities_history DROP CONSTRAINT entities_history_pkey');
like(error_of($node, 'REFRESH MATERIALIZED VIEW w.entities'), qr/ERROR:  42P16: history "w\.entities_history" needs the primary key/, 'a history that was changed');
@rows = failures();
is(scalar @rows, ++$count, 'a history that was changed: a row');
is_deeply([ $rows[-1]{requests}, $rows[-1]{error} =~ /^(\w+):/ ], [ 0, '42P16' ], 'a history that was changed: the row');
$node->safe_psql('postgres', <<'SQL');
ALTER TABLE w.entities_history ADD CONSTRAINT entities_history_pkey PRIMARY KEY (ad_account_id, id);
CREATE FUNCTION w.assert(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN ASSERT false, 'never so'; END $$;
SQL
like(error_of($node, q{SELECT * FROM pinterest_fdw.sync('w.entities_history', 'pinterest.campaigns', '{ad_account_id,id,name}', filter => 'w.assert(name)')
	AS t(ad_account_id text, id text, name text)}), qr/ERROR:  P0004: never so/, 'an assertion');
@rows = failures();
is(scalar @rows, ++$count, 'an assertion: a row');
is_deeply([ @{ $rows[-1] }{qw(filter error)} ], [ 'w.assert(name)', 'P0004: never so' ], 'an assertion: the row');
like(error_of($node, "SELECT pinterest_fdw.sync('w.entities_history', 'pinterest.campaigns', '{ad_account_id,id,name}')"), qr/ERROR:  0A000: sync\(\) cannot be called in a select list/, 'a wrong call');
@rows = failures();
is(scalar @rows, ++$count, 'a wrong call: a row');
is($rows[-1]{error}, '0A000: sync() cannot be called in a select list', 'a wrong call: the row');
$node->safe_psql('postgres', 'ALTER TABLE w.daily_history RENAME COLUMN spend_in_micro_dollar TO spend; ALTER TABLE w.daily_history ADD COLUMN spend_in_micro_dollar text');
like(error_of($node, $fill), qr/ERROR:  42804: column "spend_in_micro_dollar" of history/, 'a back-fill of a history that was changed');
@rows = failures();
is(scalar @rows, ++$count, 'a back-fill of a history that was changed: a row');
is_deeply([ @{ $rows[-1] }{qw(kind requests)}, $rows[-1]{error} =~ /^(\w+):/ ], [ 'backfill', 0, '42804' ], 'a back-fill of a history that was changed: the row');
$node->safe_psql('postgres', 'ALTER TABLE w.daily_history DROP COLUMN spend_in_micro_dollar; ALTER TABLE w.daily_history RENAME COLUMN spend TO spend_in_micro_dollar');

# What only reads writes nothing, not even that.
for my $case ([ 'transaction_read_only = on', qr/ERROR:  25006: cannot bring history/ ], [ 'pinterest_fdw.offline = on', qr/ERROR:  42804: / ])
{
	my ($setting, $expected) = @$case;

	like(error_of($node, "BEGIN; SET LOCAL $setting; SELECT * FROM pinterest_fdw.sync('w.entities_history', 'pinterest.campaigns', '{ad_account_id,id,name}') AS t(a text, i text, n bigint)"),
		$expected, "$setting: an error");
	is(scalar(@rows = failures()), $count, "$setting: no row");
}

# ---------------------------------------------------------------------------
# Secrets

sim_fault(action => 'status', status => 403, code => 7, message => 'Not with pina_simulator', match => '/campaigns$');
error_of($node, 'REFRESH MATERIALIZED VIEW w.entities');
@rows = failures();
is(scalar @rows, ++$count, 'a token in an answer: a row');
like($rows[-1]{error}, qr/Not with \*{14}/, 'a token in an answer: it is blotted out');
unlike($rows[-1]{error}, qr/pina_simulator/, 'a token in an answer: it is nowhere');

# ---------------------------------------------------------------------------
# Others' doings

# What a database's owner sets for all its sessions.
sim_reset();
sim_fault(@$failure);
my %set = (role => 'alice', default_transaction_read_only => 'on', search_path => 'w');
$node->safe_psql('postgres', join '; ', map { "ALTER DATABASE postgres SET $_ = $set{$_}" } sort keys %set);
like(error_of($node, 'SET ROLE postgres; SET default_transaction_read_only = off; REFRESH MATERIALIZED VIEW w.entities'), qr/ERROR:  42501: could not read stream "campaigns"/, 'settings of the database');
$node->safe_psql('postgres', join '; ', 'SET ROLE postgres', 'SET default_transaction_read_only = off', map { "ALTER DATABASE postgres RESET $_" } sort keys %set);
is(scalar(@rows = failures()), ++$count, 'settings of the database: a row');

# Who has the log may have code run when it is written, with no more rights than are had already.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE keeper;
CREATE TABLE w.written_by (role name);
GRANT INSERT ON w.written_by TO PUBLIC;
GRANT USAGE ON SCHEMA w TO PUBLIC;
CREATE FUNCTION w.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO w.written_by VALUES (current_user); RETURN NEW; END $$;
ALTER TABLE pinterest_fdw_internal.sync_log OWNER TO keeper;
CREATE TRIGGER tell BEFORE INSERT ON pinterest_fdw_internal.sync_log FOR EACH ROW EXECUTE FUNCTION w.tell();
SQL
sim_reset();
sim_fault(@$failure);
error_of($node, 'REFRESH MATERIALIZED VIEW w.entities');
is($node->safe_psql('postgres', 'SELECT role FROM w.written_by'), 'keeper', 'the log is written as its owner');
$node->safe_psql('postgres', 'DROP TRIGGER tell ON pinterest_fdw_internal.sync_log; ALTER TABLE pinterest_fdw_internal.sync_log OWNER TO postgres');
is(scalar(@rows = failures()), ++$count, 'the log is written as its owner: a row');

# ---------------------------------------------------------------------------
# What cannot be logged is said, and the error is the refresh's own

$node->safe_psql('postgres', 'ALTER TABLE pinterest_fdw_internal.sync_log ADD CONSTRAINT never CHECK (error IS NULL) NOT VALID');
sim_reset();
sim_fault(@$failure);
my $unlogged = error_of($node, 'REFRESH MATERIALIZED VIEW w.entities');
$node->safe_psql('postgres', 'ALTER TABLE pinterest_fdw_internal.sync_log DROP CONSTRAINT never');
like($unlogged, qr/WARNING:  55000: could not log the failure in pinterest_fdw\.sync_log\nDETAIL:  Reason: the background worker ended before it had done so\nHINT:  See the server log\./,
	'a worker that fails: the warning');
like($unlogged, qr/ERROR:  42501: could not read stream "campaigns"/, 'a worker that fails: the error');
is(scalar(@rows = failures()), $count, 'a worker that fails: no row');
sim_reset();

# ---------------------------------------------------------------------------
# No worker

my $lonely = pinterest_cluster(name => 'lonely', options => ", retries '0'", conf => 'max_worker_processes = 0');
$lonely->safe_psql('postgres', 'CREATE SCHEMA w');
matview($lonely, 'w.daily', 'pinterest.campaigns_analytics', %options);
sim_fault(@$failure);
my $error = error_of($lonely, 'REFRESH MATERIALIZED VIEW w.daily');
like($error, qr/WARNING:  53000: could not log the failure in pinterest_fdw\.sync_log\nDETAIL:  Reason: no background worker could be started\nHINT:  Raise "max_worker_processes"\./,
	'no worker: the warning');
like($error, qr/ERROR:  42501: could not read stream "campaigns"/, 'no worker: the error');

# Nor shared memory, which are files in a folder here that nothing can be added to.
$lonely->append_conf('postgresql.conf', "max_worker_processes = 8\ndynamic_shared_memory_type = mmap\n");
$lonely->restart;
my $memory = $lonely->data_dir . '/pg_dynshmem';
chmod 0500, $memory or die "$memory: $!";
sim_reset();
sim_fault(@$failure);
$error = error_of($lonely, 'REFRESH MATERIALIZED VIEW w.daily');
chmod 0700, $memory or die "$memory: $!";
like($error, qr/WARNING:  42501: could not log the failure in pinterest_fdw\.sync_log\nDETAIL:  Reason: could not open shared memory segment .*\nHINT:  See the server log\./,
	'no shared memory: the warning');
like($error, qr/ERROR:  42501: could not read stream "campaigns"/, 'no shared memory: the error');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
done_testing();
