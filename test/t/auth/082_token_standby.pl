# Copyright (c) 2026, pinterest_fdw contributors

# Tokens on a streaming replica: it cannot store any, so that each session has
# its own until the replica is promoted, or the primary's arrive.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

simulator('--accounts', 2, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $primary = pinterest_cluster(name => 'primary', options => ", retries '1'",
	conf => "wal_level = replica\nmax_wal_senders = 5\nhot_standby = on\n");
my $query = 'SELECT id, name FROM pinterest.campaigns ORDER BY id';
my $rows = join "\n", rows($primary, $query);
like($rows, qr/\n/, 'rows');
$primary->backup('base');
my $standby = PinterestTest::Node->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'a standby');

my $first = 'refresh_token refresh#1';
my @forms = map { "refresh_token refresh#$_" } 1 .. 9;
my $alone = qr/^[^\n]*WARNING:  [^\n]*the new access token for server "pinterest" serves this session alone\n[^\n]*DETAIL:  This is a standby/;

# Makes the mapping on the primary, and waits until the standby has it.
sub grant_on_primary
{
	new_grant($primary, config => { rotation => 'stays' }, @_);
	return $primary->wait_for_catchup($standby);
}

# A session of the standby, where there are no temporary functions.
sub session
{
	my $session = $standby->background_psql('postgres', on_error_stop => 0);

	$session->query_safe('\set VERBOSITY verbose');
	return $session;
}

# Runs the query in a session; returns what was said besides its rows.
sub rows_with
{
	my ($session, $name, $forms, $bearers) = @_;

	$session->{stderr} = '';
	is($session->query($query), $rows, "$name: all rows");
	forms_ok($forms, $name);
	is_deeply(bearers(), $bearers, "$name: the tokens") if $bearers;
	my $said = $session->{stderr};
	$session->{stderr} = '';
	unlike($said, qr/pina_|pinr\.|$app_secret/, "$name: no secret is told");
	return $said;
}

# A query that fails; returns the error.
sub error_with
{
	my ($session, $sql) = @_;

	$session->{stderr} = '';
	$session->query($sql);
	my $said = $session->{stderr};
	$session->{stderr} = '';
	return $said;
}

sub mapping_on_primary
{
	return $primary->safe_psql('postgres', "SELECT md5(string_agg(o, ' ' ORDER BY o)) FROM pg_user_mapping, unnest(umoptions) o");
}

# ---- a token that works ----

my ($one, $two) = (session(), session());
grant_on_primary(options => { access_token => 1, access_token_expires_at => in_hours(100) });
is(rows_with($one, 'a token that works', [], ['access#1']), '', 'a token that works: silence');

# ---- one that has ended ----

grant_on_primary(options => { access_token => 1, access_token_expires_at => in_hours(-1) });
my $before = mapping_on_primary();
like(rows_with($one, 'a token that has ended', [ @forms[ 0 .. 0 ] ], ['access#2']), $alone, 'a token that has ended: WARNING');
is(rows_with($one, 'a token that has ended, again', [ @forms[ 0 .. 0 ] ], ['access#2']), '', 'a token that has ended, again: silence');
like(rows_with($two, 'another session', [ $first, $first ], [ 'access#2', 'access#3' ]), $alone, 'another session: WARNING');
is(rows_with($two, 'another session, again', [ $first, $first ]), '', 'another session, again: silence');
is($one->query("SELECT access_token_expires_at > now() + '29 days', last_renewal > now() - interval '1 hour' FROM pinterest_fdw.tokens"), 't|t', 'the session sees the end of its token');

# What a session has for itself is renewed with what it has for itself.
sim_post('oauth', { revoke => 'access_tokens' });
like(rows_with($one, 'after a 401', [ $first, $first, 'refresh_token refresh#2' ], [ map { "access#$_" } 2 .. 4 ]), $alone, 'after a 401: WARNING');
is(rows_with($one, 'after a 401, again', [ $first, $first, 'refresh_token refresh#2' ]), '', 'after a 401, again: silence');
like(error_with($one, "SELECT pinterest_fdw.renew_token('pinterest')"), $alone, 'renew_token()');
forms_ok([ $first, $first, map { "refresh_token refresh#$_" } 2, 4 ], 'renew_token()');
is($one->query("BEGIN; SELECT 1; ROLLBACK"), '1', 'a transaction');
is(mapping_on_primary(), $before, 'nothing has changed on the primary');

# A token that lives for an hour is not renewed at every scan.
grant_on_primary(config => { access_seconds => 3600 });
like(rows_with($one, "an hour's token", [$first], ['access#1']), $alone, "an hour's token: WARNING");
is(rows_with($one, "an hour's token, again", [$first], ['access#1']), '', "an hour's token, again: silence");

# ---- the primary's tokens count more ----

grant_on_primary(options => { access_token => 1, access_token_expires_at => in_hours(-1) });
like(rows_with($one, 'before the primary renews', [$first]), $alone, 'before the primary renews: WARNING');
is(join("\n", rows($primary, $query)), $rows, 'the primary renews');
forms_ok([ $first, $first ], 'the primary renews');
$primary->wait_for_catchup($standby);
is(rows_with($one, 'the primary has renewed', [ $first, $first ], [ 'access#2', 'access#3' ]), '', 'the primary has renewed: silence');
is(rows_with($two, 'the primary has renewed, another session', [ $first, $first ]), '', 'the primary has renewed, another session: silence');
sim_post('oauth', { revoke => 'access#2' });
is(rows_with($one, 'its own token is not used any more', [ $first, $first ]), '', 'its own token is not used any more: silence');

# ---- failures ----

grant_on_primary();
sim_post('oauth', { refuse => 'refresh_tokens' });
like(error_with($one, $query), qr/ERROR:  28000: could not renew the access token for server "pinterest"\nDETAIL:  Reason: the API refused the refresh token/, 'a refused refresh token');
forms_ok([$first], 'a refused refresh token');
grant_on_primary(options => { access_token => 1, access_token_expires_at => in_hours(1) });
sim_fault(action => 'status', status => 500, match => '^/oauth/token$');
like(rows_with($one, 'a failure ahead', [ $first, $first ], ['access#1']), qr/WARNING:  [^\n]*ahead of its end/, 'a failure ahead: WARNING');
is(rows_with($one, 'a failure ahead, next scan', [ $first, $first ], ['access#1']), '', 'a failure ahead, next scan: not tried again at once');

# ---- what writes ----

my $code = issue('code', redirect_uri => 'http://127.0.0.1/');
like(error_with($one, "SELECT pinterest_fdw.connect('pinterest', '$code', 'http://127.0.0.1/')"),
	qr/ERROR:  25006: cannot execute pinterest_fdw\.connect\(\) in a read-only transaction/, 'connect()');
like(error_with($one, "SELECT pinterest_fdw.disconnect('pinterest')"),
	qr/ERROR:  25006: cannot execute pinterest_fdw\.disconnect\(\) in a read-only transaction/, 'disconnect()');
forms_ok([ $first, $first ], 'neither asks the API');
like($one->query("SELECT pinterest_fdw.authorize_url('pinterest', 'http://127.0.0.1/')"), qr/client_id=$app/, 'authorize_url() works');

# ---- promotion ----

grant_on_primary(options => { access_token => 1, access_token_expires_at => in_hours(-1) }, config => { rotation => 'dies' });
$two->quit;
like(rows_with($one, 'before the promotion', [$first], ['access#2']), $alone, 'before the promotion: WARNING');
$primary->stop('fast');
$standby->promote;
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 'f', 'promoted');
is(rows_with($one, 'after the promotion', [$first], ['access#2']), '', 'after the promotion: silence');
is(token_state($standby, "access_token_expires_at > now() + '29 days', last_renewal IS NOT NULL"), 't|t', 'after the promotion: stored');
$two = session();
is(rows_with($two, 'after the promotion, another session', [$first], ['access#2']), '', 'after the promotion, another session: silence');
sim_post('oauth', { revoke => 'access_tokens' });
is(rows_with($two, 'after the promotion, a 401', [ $first, 'refresh_token refresh#2' ], [ 'access#2', 'access#3' ]), '', 'after the promotion, a 401: silence');
is(rows_with($one, 'after that, the first session', [ $first, 'refresh_token refresh#2' ], [ 'access#2', 'access#3' ]), '', 'after that, the first session: silence');

is(join("\n", invalid_requests()), '', 'no invalid request');
$_->quit for $one, $two;
unlike(slurp_file($_->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed: ' . $_->name) for $primary, $standby;
$standby->stop;
done_testing();
