# Copyright (c) 2026, pinterest_fdw contributors

# What a user mapping may hold and who may say so; the functions that connect
# and disconnect users; the view of tokens; and what a dump restores.

use strict;
use warnings;

use FindBin;
use HTTP::Tiny;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", retries '1'");
my $query = 'SELECT id FROM pinterest.campaigns';
my $uri = 'http://127.0.0.1:8085/back?to=here';
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE carol LOGIN;
CREATE ROLE owner LOGIN;
CREATE ROLE admins;
GRANT admins, alice, bob, carol, owner TO CURRENT_USER;
GRANT USAGE ON FOREIGN DATA WRAPPER pinterest_fdw TO alice;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice, bob;
GRANT USAGE ON SCHEMA pinterest, pinterest_fdw TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO PUBLIC;
CREATE SERVER checked FOREIGN DATA WRAPPER pinterest_fdw;
GRANT USAGE ON FOREIGN SERVER checked TO alice;
CREATE FOREIGN DATA WRAPPER other;
CREATE SERVER others FOREIGN DATA WRAPPER other;
CREATE USER MAPPING FOR CURRENT_USER SERVER others;
SQL
my %session = map { $_ => sql_session($node, extra_params => [ '-U', $_ ]) } qw(alice bob carol owner);
my $superuser = $session{postgres} = sql_session($node);

# ---- the validator ----

sub options_of { my %options = @_; return join ', ', map { "\"$_\" '$options{$_}'" } sort keys %options; }

# The error of a statement; without its place in the sources.
sub error_in
{
	my ($role, $sql) = @_;
	my $in = $session{$role};

	$in->{stderr} = '';
	$in->query_safe('\set VERBOSITY verbose');
	$in->query($sql);
	my $said = $in->{stderr};
	$in->{stderr} = '';
	return $said =~ s/LOCATION:.*//sr;
}

my @app = (app_id => '1', app_secret => 's3cr3t');
my %refreshed = (@app, refresh_token => 'pinr.x');

for my $case (
	[ {}, 'the user mapping needs an access token', qr/"access_token"; or "app_id", "app_secret" and "refresh_token"; or "app_id", "app_secret" and "grant"/ ],
	[ { scope => 'ads:read' }, 'the user mapping needs an access token' ],
	[ { access_token_expires_at => '2026-01-01T00:00:00Z' }, 'the user mapping needs an access token' ],
	[ { previous_refresh_token => 'pinr.x' }, 'the user mapping needs an access token' ],
	[ { app_id => 1 }, 'the user mapping lacks option "app_secret"', qr/need "app_id", "app_secret", and "refresh_token" or "grant"/ ],
	[ { app_secret => 'x' }, 'the user mapping lacks option "app_id"' ],
	[ { refresh_token => 'x' }, 'the user mapping lacks option "app_id" and "app_secret"' ],
	[ { grant => 'client_credentials' }, 'the user mapping lacks option "app_id" and "app_secret"' ],
	[ { grant => 'authorization_code', app_id => 1 }, 'the user mapping lacks option "app_secret"' ],
	[ { refresh_token => 'x', app_id => 1 }, 'the user mapping lacks option "app_secret"' ],
	[ { refresh_token => 'x', app_secret => 1 }, 'the user mapping lacks option "app_id"' ],
	[ {@app}, 'the user mapping lacks option "refresh_token", or "grant"', qr/pinterest_fdw\.connect\(\)/ ],
	[ { @app, access_token => 'x' }, 'the user mapping lacks option "refresh_token", or "grant"' ],
	[ { app => 'public' }, 'the user mapping lacks option "refresh_token", or "grant"' ],
	[ { app => 'public', access_token => 'x' }, 'the user mapping lacks option "refresh_token", or "grant"' ])
{
	my ($options, $message, $more) = @$case;
	my $name = 'a mapping with ' . (join(' and ', sort keys %$options) || 'nothing');
	my $list = %$options ? ' OPTIONS (' . options_of(%$options) . ')' : '';
	my $error = error_in('postgres', "CREATE USER MAPPING FOR CURRENT_USER SERVER checked$list");

	like($error, qr/ERROR:  HV002: \Q$message\E\n/, "$name: refused");
	like($error, $more, "$name: how to mend it") if $more;
	unlike($error, qr/s3cr3t/, "$name: no secret");
}

for my $case (
	[ { app => 'public', app_id => 1, grant => 'authorization_code' }, 'app', 'app_id' ],
	[ { app => 'public', app_secret => 1, grant => 'authorization_code' }, 'app', 'app_secret' ],
	[ { access_token => 'x', access_token_file => '/x' }, 'access_token', 'access_token_file' ],
	[ { access_token => 'x', token_env => 'X' }, 'access_token', 'token_env' ],
	[ { access_token_file => '/x', token_env => 'X' }, 'access_token_file', 'token_env' ],
	[ { %refreshed, access_token_file => '/x' }, 'app_id', 'access_token_file' ],
	[ { %refreshed, token_env => 'X' }, 'app_id', 'token_env' ],
	[ { %refreshed, grant => 'client_credentials' }, 'refresh_token', 'grant' ])
{
	my ($options, @both) = @$case;

	like(error_in('postgres', 'CREATE USER MAPPING FOR CURRENT_USER SERVER checked OPTIONS (' . options_of(%$options) . ')'),
		qr/ERROR:  HV00D: options "$both[0]" and "$both[1]" exclude each other\n/, "exclusive: @both");
}

for my $case ([ access_token => 'a b' ], [ access_token => '' ], [ app_id => 'a:b' ], [ app_id => '' ], [ app_secret => "s3cr3t\n" ], [ app_secret => '' ],
	[ refresh_token => "pinr.\xc3\xa4" ], [ refresh_token => '' ], [ previous_refresh_token => 'a b' ], [ app => 'mine' ], [ grant => 'refresh_token' ],
	[ grant => 'password' ], [ scope => 'ads:read;x' ], [ scope => '' ], [ access_token_expires_at => 'tomorrow' ], [ access_token_expires_at => '' ],
	[ access_token_expires_at => '2026-01-01T00:00:00' ], [ access_token_expires_at => '2026-01-01 00:00:00Z' ],
	[ refresh_token_expires_at => '2026-02-29T00:00:00Z' ], [ refresh_token_expires_at => '2026-13-01T00:00:00Z' ],
	[ renewed_at => '2026-01-01T24:00:00Z' ], [ renewed_at => '2026-01-01T00:60:00Z' ], [ renewal_failed_at => '2026-01-01T00:00:00+01' ],
	[ renewal_failed_at => '2026-01-01T00:00:00.5Z' ], [ renewal_failed_at => '2026-01-01T00:00:00.-00005Z' ])
{
	my ($option, $value) = @$case;
	my $error = error_in('postgres', 'CREATE USER MAPPING FOR CURRENT_USER SERVER checked OPTIONS (' . options_of(%refreshed, $option => $value) . ')');

	like($error, qr/ERROR:  HV024: invalid value for option "$option"/, "$option '$value' is refused");
	unlike($error, $option =~ /token$|secret/ ? qr/\Q$value\E"|s3cr3t|pinr/ : qr/s3cr3t|pinr/, "$option: no secret") if $value ne '';
}

for my $options ({ access_token => 'x' }, { access_token => 'x', access_token_expires_at => '2026-12-31T23:59:59.123456Z' }, {%refreshed},
	{ %refreshed, access_token => 'x', scope => 'ads:read, pins:read' }, { @app, grant => 'client_credentials' },
	{ @app, grant => 'authorization_code' }, { %refreshed, grant => 'authorization_code' }, { app => 'public', grant => 'authorization_code' },
	{ app => 'public', refresh_token => 'x' }, { token_env => 'X' }, { access_token_file => '/x' }, { %refreshed, renewal_error => '' })
{
	my $list = options_of(%$options);

	is(error_in('postgres', "CREATE USER MAPPING FOR CURRENT_USER SERVER checked OPTIONS ($list); DROP USER MAPPING FOR CURRENT_USER SERVER checked"),
		'', 'accepted: ' . join(', ', sort keys %$options));
}

# ALTER leaves no half of a set either.
token_mapping($node, {%refreshed}, 'CURRENT_USER', 'checked');
for my $case ([ 'DROP app_secret', 'lacks option "app_secret"' ], [ 'DROP app_id', 'lacks option "app_id"' ],
	[ 'DROP refresh_token', 'lacks option "refresh_token", or "grant"' ], [ 'DROP app_id, DROP app_secret', 'lacks option "app_id" and "app_secret"' ],
	[ 'DROP app_id, DROP app_secret, DROP refresh_token', 'needs an access token' ], [ 'ADD "grant" \'client_credentials\'', 'exclude each other' ],
	[ 'ADD token_env \'X\'', 'exclude each other' ], [ 'SET app_secret \'\'', 'invalid value for option "app_secret"' ])
{
	my ($change, $message) = @$case;

	like(error_in('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER checked OPTIONS ($change)"), qr/ERROR:  HV0..: [^\n]*\Q$message\E/, "ALTER: $change");
}
for my $change ('ADD access_token \'x\'', 'DROP access_token', 'ADD "grant" \'authorization_code\'', 'DROP refresh_token',
	'SET "grant" \'client_credentials\'', 'DROP app_id, DROP app_secret, DROP "grant", ADD access_token \'x\'')
{
	is(error_in('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER checked OPTIONS ($change)"), '', "ALTER: $change");
}

# ---- who may set what ----

my $file = 'CREATE USER MAPPING FOR alice SERVER checked OPTIONS (access_token_file \'/etc/passwd\')';
my $variable = 'CREATE USER MAPPING FOR alice SERVER checked OPTIONS (token_env \'HOME\')';
my $host = 'CREATE SERVER hers FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url \'http://127.0.0.1:1/v5\')';
my $proxy = 'CREATE SERVER hers FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (proxy \'http://127.0.0.1:1\')';

sub denied_ok
{
	my ($name) = @_;

	for my $case ([ $file, 'access_token_file' ], [ $variable, 'token_env' ], [ $host, 'base_url' ], [ $proxy, 'proxy' ])
	{
		like(error_in('alice', $case->[0]), qr/ERROR:  42501: permission denied to set option "$case->[1]"/, "$name: $case->[1]");
	}
	return;
}

denied_ok('no administrators');
like(error_in('alice', 'SET pinterest_fdw.admin_role = alice'), qr/ERROR:  42501: permission denied to set parameter/, 'no one makes themselves an administrator');
my ($code, $out, $err) = $node->psql('postgres', "SET pinterest_fdw.admin_role = alice; $variable", extra_params => [ '-U', 'alice' ]);
like($err, qr/permission denied to set option "token_env"/, 'not before the library is loaded either');
($code, $out, $err) = do { local $ENV{PGOPTIONS} = '-c pinterest_fdw.admin_role=alice'; $node->psql('postgres', $variable, extra_params => [ '-U', 'alice' ]) };
like($err, qr/permission denied/, 'nor as an option of the connection');
for my $role ('admins', 'nobody', '')
{
	$node->append_conf('postgresql.conf', "pinterest_fdw.admin_role = '$role'\n");
	$node->reload;
	ok($node->poll_query_until('postgres', "SELECT count(*) >= 0 AND current_setting('pinterest_fdw.admin_role') = '$role' FROM pinterest_fdw.tokens"), "administrators: '$role'");
	$session{alice}->quit;
	$session{alice} = sql_session($node, extra_params => [ '-U', 'alice' ]);
	denied_ok("administrators '$role', no member");
	next if $role ne 'admins';
	$node->safe_psql('postgres', 'GRANT admins TO alice');
	is(error_in('alice', "$_; " . (/USER/ ? 'DROP USER MAPPING FOR alice SERVER checked' : 'DROP SERVER hers')), '', "a member: $_") for $file, $variable, $host, $proxy;
	is(error_in('alice', $variable), '', 'a member makes a mapping');
	$node->safe_psql('postgres', 'REVOKE admins FROM alice');
	like(error_in('alice', 'ALTER USER MAPPING FOR alice SERVER checked OPTIONS (ADD scope \'ads:read\')'), qr/permission denied to set option "token_env"/,
		'who is no member any more may not keep it with changes');
	is(error_in('alice', 'DROP USER MAPPING FOR alice SERVER checked'), '', 'but drop it');
}

# ---- connect() ----

my %secret_free = map { $_ => 1 } qw(access_token app grant access_token_expires_at refresh_token refresh_token_expires_at granted_scope renewed_at);
my $from_public = "SELECT pinterest_fdw.connect('pinterest', '%s', '$uri')";

sub new_code { return issue('code', redirect_uri => $uri, @_); }

sub options_stored
{
	my ($role) = @_;

	return join ' ', rows($node, "SELECT option_name FROM pg_user_mappings, pg_options_to_table(umoptions)
		WHERE srvname = 'pinterest' AND usename = '$role' ORDER BY 1");
}

# Runs a statement as a role; it has to work, and to say nothing.
sub works_ok
{
	my ($role, $sql, $name) = @_;

	return is(error_in($role, $sql), '', $name);
}

sub exchanged { return [ map { join ' ', map { $_ // '' } @{ $_->{body} }{qw(grant_type code redirect_uri continuous_refresh)} }
	  grep { $_->{path} eq '/oauth/token' } sim_requests() ]; }

sim_reset();
like(error_in('bob', sprintf $from_public, 'x'), qr/ERROR:  42704: user mapping not found for /, 'connect() without any mapping');
token_mapping($node, { access_token => 'pina_x' }, 'PUBLIC');
like(error_in('bob', sprintf $from_public, 'x'), qr/ERROR:  55000: the user mapping for server "pinterest" names no app\n/, 'connect() without an app');
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'authorization_code' }, 'PUBLIC');
like(error_in('bob', $query), qr/ERROR:  28000: the user mapping for server "pinterest" is not connected to Pinterest yet\nHINT:  .*pinterest_fdw\.connect\(\)/, 'not connected yet');
my $given = new_code();
like(error_in('carol', sprintf $from_public, $given), qr/ERROR:  42501: permission denied for foreign server pinterest/, 'connect() without USAGE');
like(error_in('bob', "BEGIN READ ONLY; " . sprintf($from_public, $given)), qr/ERROR:  25006: cannot execute pinterest_fdw\.connect\(\) in a read-only transaction/, 'connect() in a READ ONLY transaction');
$session{bob}->query('ROLLBACK');
for my $nulls ("NULL, 'x', 'x'", "'pinterest', NULL, 'x'", "'pinterest', 'x', NULL")
{
	like(error_in('bob', "SELECT pinterest_fdw.connect($nulls)"), qr/ERROR:  22004: \w+ must not be null/, "connect($nulls)");
}
is_deeply([ sim_requests() ], [], 'nothing of this is sent');

works_ok('bob', sprintf($from_public, $given), 'connect() with the app of PUBLIC');
is_deeply(exchanged(), ["authorization_code code#1 $uri true"], 'connect(): the request');
is(options_stored('bob'), join(' ', sort keys %secret_free), 'connect(): his mapping has no app\'s secret');
is($node->safe_psql('postgres', "SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE usename = 'bob' AND option_name = 'app'"), 'public', 'connect(): but whose app it is');
is(outcome($session{bob}, $query)->{rows}, 6, 'connect(): rows');
is_deeply(bearers(), ['access#1'], 'connect(): with his token');
sim_post('oauth', { revoke => 'access_tokens' });
is(outcome($session{bob}, $query)->{rows}, 6, 'connect(): renewed with the app of PUBLIC');
forms_ok([ 'authorization_code code#1', 'refresh_token refresh#1' ], 'connect(): renewed');
sim_config(apps => { $app => 'changed' });
set_options($node, { app_secret => 'changed' }, 'PUBLIC');
sim_post('oauth', { revoke => 'access_tokens' });
is(outcome($session{bob}, $query)->{rows}, 6, 'connect(): a secret that is changed in one place');
sim_config(apps => { $app => $app_secret });
set_options($node, { app_secret => $app_secret }, 'PUBLIC');

# What Pinterest refuses.
for my $case ([ 'a wrong code', 'wrong', $uri ], [ 'the code again', $given, $uri ], [ 'a wrong redirect URI', new_code(), 'http://127.0.0.1/' ],
	[ 'a code that is over', new_code(expires_in => 0), $uri ])
{
	my ($name, $text, $where) = @$case;
	my $before = stored($node, 'access_token', 'bob');
	my $error = error_in('bob', "SELECT pinterest_fdw.connect('pinterest', '$text', '$where')");

	like($error, qr/ERROR:  28000: could not connect to Pinterest: the API refused the code, its redirect URI or the app's secret\nDETAIL:  .*HTTP status 401, code 2.*HINT:  A code serves once/s, "$name: the error");
	unlike($error, qr/\Q$text\E|$app_secret/, "$name: no secret");
	ok(stored($node, 'access_token', 'bob') eq $before, "$name: the mapping is as it was");
}

# With an app of one's own.
sim_reset();
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'authorization_code' });
like(error_in('postgres', $query), qr/not connected to Pinterest yet/, 'an app of one\'s own, not connected');
works_ok('postgres', sprintf($from_public, new_code()), 'connect() with an app of one\'s own');
is(options_stored('postgres'), join(' ', sort('app_id', 'app_secret', grep { $_ ne 'app' } keys %secret_free)), 'an app of one\'s own: the mapping');
is(outcome($superuser, $query)->{rows}, 6, 'an app of one\'s own: rows');
is(token_state($node, 'kind, refresh_token_expires_at IS NOT NULL, last_renewal IS NOT NULL'), 'refresh_token|t|t', 'an app of one\'s own: the state');
$superuser->query_safe('BEGIN');
my $before = stored($node, 'access_token');
works_ok('postgres', sprintf($from_public, new_code()), 'connect() again');
$superuser->query_safe('ROLLBACK');
ok(stored($node, 'access_token') eq $before, 'connect() goes with its transaction');
works_ok('postgres', sprintf($from_public, new_code()), 'connect() once more');
ok(stored($node, 'access_token') ne $before, 'and takes the place of what was there');
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'client_credentials' });
works_ok('postgres', sprintf($from_public, new_code()), 'connect() in the place of client credentials');
is(token_state($node, 'kind'), 'refresh_token', 'in the place of client credentials');

# ---- authorize_url() ----

sub url_of
{
	my ($role, $arguments) = @_;
	my $url = $session{$role}->query_safe("SELECT pinterest_fdw.authorize_url($arguments)");
	my ($page, $parameters) = split /\?/, $url, 2;
	my %value = map { my ($name, $value) = split /=/; $value =~ s/%([0-9A-F]{2})/chr hex $1/ge; $name => $value } split /&/, $parameters;

	return ($url, $page, \%value);
}

$session{$_}->{stderr} = '' for keys %session;
sim_reset();
my ($url, $page, $value) = url_of('bob', "'pinterest', '$uri'");
is($page, sim_url('/oauth/'), 'authorize_url(): the page');
is_deeply([ sort keys %$value ], [qw(client_id redirect_uri response_type scope state)], 'authorize_url(): the parameters');
is_deeply([ @$value{qw(client_id redirect_uri response_type)} ], [ $app, $uri, 'code' ], 'authorize_url(): their values');
like($value->{state}, qr/^[0-9a-f]{32}$/, 'authorize_url(): a random state');
isnt((url_of('bob', "'pinterest', '$uri'"))[2]{state}, $value->{state}, 'authorize_url(): another each time');
is(join(',', sort split /,/, $value->{scope}), $node->safe_psql('postgres', "SELECT string_agg(DISTINCT s COLLATE \"C\", ',' ORDER BY s COLLATE \"C\") FROM pinterest_fdw.streams(), unnest(scope) s"),
	'authorize_url(): all scopes that streams need');
(undef, undef, $value) = url_of('bob', "'pinterest', '$uri', '{ads:read,pins:read}', 'my state & more'");
is_deeply([ @$value{qw(scope state)} ], [ 'ads:read,pins:read', 'my state & more' ], 'authorize_url(): scopes and state');
(undef, undef, $value) = url_of('bob', "server => 'pinterest', redirect_uri => '$uri', state => 's'");
is($value->{state}, 's', 'authorize_url(): by name');
is_deeply([ sim_requests() ], [], 'authorize_url() sends nothing');
for my $case ([ "'pinterest', '$uri', '{}'", '22023', 'there is no scope to ask for' ], [ "'pinterest', '$uri', '{NULL}'", '22023', 'invalid scope: ""' ],
	[ "'pinterest', '$uri', '{ads:read&x}'", '22023', 'invalid scope: "ads:read&x"' ], [ "'pinterest', NULL", '22004', 'redirect_uri must not be null' ],
	[ "NULL, '$uri'", '22004', 'server must not be null' ])
{
	my ($arguments, $state, $message) = @$case;

	like(error_in('bob', "SELECT pinterest_fdw.authorize_url($arguments)"), qr/ERROR:  $state: \Q$message\E\n/, "authorize_url($arguments)");
}
for my $host ('https://api.pinterest.com/v5', 'https://api-sandbox.pinterest.com/v5')
{
	$node->safe_psql('postgres', "CREATE SERVER theirs FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$host');
		CREATE USER MAPPING FOR CURRENT_USER SERVER theirs OPTIONS (app_id '1', app_secret 'x', \"grant\" 'authorization_code')");
	is((url_of('postgres', "'theirs', '$uri'"))[1], 'https://www.pinterest.com/oauth/', "authorize_url(): the page of $host");
	$node->safe_psql('postgres', 'DROP SERVER theirs CASCADE');
}

# The whole way of a person.
($url) = url_of('bob', "'pinterest', '$uri', NULL, 'mine'");
my $answer = HTTP::Tiny->new(max_redirect => 0, proxy => undef, http_proxy => undef)->get($url);
my ($answered) = ($answer->{headers}{location} // '') =~ /^\Q$uri\E&code=([^&]+)&state=mine$/;
ok(defined $answered, 'the page sends the person back with a code') or diag("status $answer->{status}");
$answered =~ s/%([0-9A-F]{2})/chr hex $1/ge;
works_ok('bob', sprintf($from_public, $answered), 'connect() with that code');
is(outcome($session{bob}, $query)->{rows}, 6, 'connect() with that code: rows');

# ---- renew_token() ----

my $renew = "SELECT pinterest_fdw.renew_token('pinterest')";
works_ok('bob', $renew, 'renew_token() of one\'s own mapping');
new_grant($node, role => 'PUBLIC');
like(error_in('alice', $renew), qr/ERROR:  42501: permission denied for the user mapping of PUBLIC\n/, 'renew_token() of PUBLIC\'s, by another');
forms_ok([], 'renew_token() of PUBLIC\'s, by another');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OWNER TO owner; DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
works_ok('owner', $renew, 'renew_token() of PUBLIC\'s, by the server\'s owner');
works_ok('postgres', $renew, 'renew_token() of PUBLIC\'s, by a superuser');
forms_ok([ 'refresh_token refresh#1', 'refresh_token refresh#2' ], 'renew_token() of PUBLIC\'s');
sim_reset();
token_mapping($node, { access_token => 'pina_simulator' });
like(error_in('postgres', $renew), qr/ERROR:  55000: the user mapping for server "pinterest" has nothing to renew its access token with\n/, 'renew_token() without an app');
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'authorization_code' });
like(error_in('postgres', $renew), qr/ERROR:  55000: .*nothing to renew/, 'renew_token() before connect()');
forms_ok([], 'renew_token() without what it takes');

# ---- disconnect() ----

my $disconnect = "SELECT pinterest_fdw.disconnect('pinterest')";
sim_reset();
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'authorization_code' });
works_ok('postgres', sprintf($from_public, new_code()), 'connected');
like(error_in('postgres', "BEGIN READ ONLY; $disconnect"), qr/ERROR:  25006: cannot execute pinterest_fdw\.disconnect\(\)/, 'disconnect() in a READ ONLY transaction');
$superuser->query('ROLLBACK');
works_ok('postgres', "BEGIN; $disconnect; ROLLBACK", 'disconnect(), rolled back');
ok(defined stored($node, 'access_token'), 'disconnect(), rolled back: the tokens are there');
works_ok('postgres', $disconnect, 'disconnect() from an app of one\'s own');
is(options_stored('postgres'), 'app_id app_secret grant', 'disconnect(): the app stays');
like(error_in('postgres', $query), qr/not connected to Pinterest yet/, 'disconnect(): not connected');
works_ok('postgres', sprintf($from_public, new_code()), 'connected again');
is(outcome($superuser, $query)->{rows}, 6, 'connected again: rows');
new_grant($node, options => { access_token => 1 });
works_ok('postgres', $disconnect, 'disconnect() from a refresh token that was set');
is(options_stored('postgres'), 'app_id app_secret grant', 'disconnect() from a refresh token that was set: the app stays');
works_ok('bob', $disconnect, 'disconnect() from PUBLIC\'s app');
is(options_stored('bob'), '', 'disconnect() from PUBLIC\'s app: no mapping is left');
ok(defined stored($node, 'app_secret', 'public'), 'disconnect() from PUBLIC\'s app: that is left alone');
like(error_in('bob', $disconnect), qr/ERROR:  42704: user "bob" has no user mapping of their own for server "pinterest"\n/, 'disconnect() twice');
token_mapping($node, { access_token => 'pina_simulator' }, 'bob');
works_ok('bob', $disconnect, 'disconnect() from an access token');
is(options_stored('bob'), '', 'disconnect() from an access token: no mapping is left');

# ---- functions on other servers ----

for my $call ("authorize_url('%s', '$uri')", "connect('%s', 'code', '$uri')", "renew_token('%s')", "disconnect('%s')")
{
	my ($name) = $call =~ /^(\w+)/;

	like(error_in('postgres', sprintf "SELECT pinterest_fdw.$call", 'others'), qr/ERROR:  42809: server "others" is not a server of pinterest_fdw\n/, "$name() on another wrapper's server");
	like(error_in('postgres', sprintf "SELECT pinterest_fdw.$call", 'none'), qr/ERROR:  42704: server "none" does not exist\n/, "$name() on no server");
	like(error_in('carol', sprintf "SELECT pinterest_fdw.$call", 'pinterest'), qr/ERROR:  42501: permission denied for foreign server pinterest\n/, "$name() without USAGE");
	like(error_in('postgres', (sprintf "SELECT pinterest_fdw.$call", 'x') =~ s/'x'/NULL/r), qr/ERROR:  22004: server must not be null\n/, "$name() on null");
}

# ---- the view ----

new_grant($node, role => 'PUBLIC');
token_mapping($node, { app_id => $app, app_secret => $app_secret, refresh_token => 'pinr.bob', previous_refresh_token => 'pinr.before', access_token => 'pina_bob',
		access_token_expires_at => in_hours(500), renewal_error => 'an error' }, 'bob');
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'client_credentials' }, 'alice');
token_mapping($node, { access_token => 'pina_simulator' });
token_mapping($node, { token_env => 'NONE' }, 'carol');
$node->safe_psql('postgres', 'DROP SERVER checked CASCADE');
my $all = 'SELECT * FROM pinterest_fdw.tokens';
my $users = 'SELECT string_agg("user"::text || \':\' || kind, \' \' ORDER BY "user"::text COLLATE "C") FROM pinterest_fdw.tokens';
$_->{stderr} = '' for values %session;
is($session{postgres}->query_safe($users), 'alice:client_credentials bob:refresh_token carol:token_env postgres:access_token public:refresh_token', 'tokens: a superuser sees all');
is($session{bob}->query_safe($users), 'bob:refresh_token', 'tokens: his own alone');
is($session{carol}->query_safe($users), 'carol:token_env', 'tokens: without USAGE, too');
is($session{owner}->query_safe($users), 'public:refresh_token', 'tokens: PUBLIC\'s is the server\'s owner\'s');
is($session{bob}->query_safe('SELECT count(*) FROM pinterest_fdw_internal.token_states()'), '1', 'token_states(): likewise');
is($session{bob}->query_safe('SELECT server, last_error, access_token_expires_at > now() FROM pinterest_fdw.tokens'), 'pinterest|an error|t', 'tokens: what it tells');
unlike($session{postgres}->query_safe($all), qr/pina_|pinr\.|$app_secret/, 'tokens: never a secret');
my $columns = $node->safe_psql('postgres', q{SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'pinterest_fdw.tokens'::regclass AND attnum > 0});
is($columns, 'server user kind access_token_expires_at refresh_token_expires_at last_renewal last_error last_error_at granted_scope', 'tokens: the columns');

# An app of PUBLIC's that is PUBLIC's leads nowhere.
token_mapping($node, { app => 'public', grant => 'authorization_code' }, 'PUBLIC');
is($session{owner}->query($users), 'public:refresh_token', 'PUBLIC\'s own app: tokens');
like(error_in('owner', $query), qr/ERROR:  28000: .*not connected to Pinterest yet/, 'PUBLIC\'s own app: a scan');
like(error_in('owner', "SELECT pinterest_fdw.authorize_url('pinterest', '$uri')"), qr/ERROR:  55000: .*names no app/, 'PUBLIC\'s own app: authorize_url()');

# ---- dump and restore ----

new_grant($node, role => 'PUBLIC', options => { grant => 'authorization_code' });
sim_config(rotation => 'stays');
token_mapping($node, { app => 'public', refresh_token => issue('refresh_token') }, 'bob');
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'authorization_code', scope => 'ads:read', access_token => issue('access_token', expires_in => 0),
		access_token_expires_at => in_hours(-1), refresh_token => issue('refresh_token'), refresh_token_expires_at => in_hours(1000),
		previous_refresh_token => 'pinr.before', granted_scope => 'ads:read,pins:read', renewed_at => '2026-01-01T10:00:00.000001Z',
		renewal_failed_at => '2026-01-02T10:00:00.999999Z', renewal_error => "it''s \"quoted\" \\ and\nbroken" });
my $mappings = "SELECT coalesce(usename, 'public'), md5(array_to_string(ARRAY(SELECT unnest(umoptions) ORDER BY 1), E'\\n')) FROM pg_user_mappings WHERE srvname = 'pinterest' ORDER BY 1";
my $dump = $node->basedir . '/dump.sql';
command_ok([ 'pg_dump', '-f', $dump, '-h', $node->host, '-p', $node->port, 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE template0');
command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-h', $node->host, '-p', $node->port, 'copy' ], 'restored through the validator');
is($node->safe_psql('copy', $mappings), $node->safe_psql('postgres', $mappings), 'all options are as they were');
is($node->safe_psql('copy', "SELECT count(*) FROM pinterest.campaigns"), '6', 'the restored mapping renews its token');
is($node->safe_psql('copy', "SET ROLE bob; SELECT count(*) FROM pinterest.campaigns"), '6', 'and so does one with the app of PUBLIC');
is($node->safe_psql('copy', "SELECT last_error IS NULL, access_token_expires_at > now() FROM pinterest_fdw.tokens WHERE \"user\" = current_user"), 't|t', 'and stores it in the copy');

is(join("\n", invalid_requests()), '', 'no invalid request');
$_->quit for values %session;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed');
$node->stop;
done_testing();
