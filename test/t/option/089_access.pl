# Copyright (c) 2026, pinterest_fdw contributors

# Tokens go to no host but the one that an administrator chose: redirects are
# never followed, http is for loopback alone, whoever owns a server or makes
# one cannot point it elsewhere, and nobody can do without TLS verification.
# And what the other side sends has an end.

use strict;
use warnings;

use FindBin;
use IO::Compress::Gzip ();
use IO::Socket::INET;
use POSIX ();
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", retries '0'");
my $pinterest = 'https://api.pinterest.com/v5';
my $uri = 'http://127.0.0.1:8085/back';
my @app_options = (app_id => $app, app_secret => $app_secret);
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE carol LOGIN;
CREATE ROLE platform;
CREATE ROLE member LOGIN IN ROLE platform;
CREATE ROLE lead ROLE alice;
CREATE DATABASE hers OWNER alice;
GRANT alice, bob, carol TO CURRENT_USER;
GRANT USAGE ON FOREIGN DATA WRAPPER pinterest_fdw TO alice, member;
GRANT USAGE ON FOREIGN SERVER pinterest TO bob;
GRANT USAGE ON SCHEMA pinterest, pinterest_fdw TO PUBLIC;
GRANT CREATE ON SCHEMA public TO alice, member;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO PUBLIC;
SQL
my %session = map { $_ => sql_session($node, extra_params => [ '-U', $_ ]) } qw(postgres alice bob carol member);

# The error of a statement in a role's session; empty if there is none.
sub error_in
{
	my ($role, $sql) = @_;
	my $in = $session{$role};

	$in->query('\set VERBOSITY verbose');
	$in->{stderr} = '';
	$in->query($sql);
	my $said = $in->{stderr};
	$in->{stderr} = '';
	return $said =~ s/^LOCATION:.*\n//mgr;
}

sub refused_ok
{
	my ($role, $sql, $expected, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return like(error_in($role, $sql), $expected, $name // "$role may not: $sql");
}

sub works_ok
{
	my ($role, $sql, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(error_in($role, $sql), '', $name // "$role may: $sql");
}

# A server of the superuser's at some URL, with two tables and a mapping.
my $servers = 0;

sub server_at
{
	my ($url, $mapping, $options) = @_;
	my $name = 'server' . ++$servers;

	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0'@{[ $options // '' ]});
CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts');
CREATE FOREIGN TABLE ${name}_metrics (ad_account_id text, date date, spend_in_micro_dollar bigint) SERVER $name OPTIONS (stream 'ad_account_analytics');
SQL
	token_mapping($node, $mapping // { access_token => 'pina_raw' }, 'CURRENT_USER', $name);
	return $name;
}

sub http
{
	my ($status, $body, @headers) = @_;

	return join("\r\n", "HTTP/1.1 $status", 'Connection: close', 'Content-Length: ' . length $body, @headers, '', $body);
}

# ---- redirects ----

my ($elsewhere, $arrived) = raw_server(sub { http('200 OK', '{"access_token": "pina_stolen", "items": [], "bookmark": null, "token": "t", "report_status": "FINISHED"}') });
my $day = utc_today(-120);

# Redirects from what a pattern matches, answers well to all else.
sub redirector
{
	my ($pattern, $status, $location) = @_;

	return raw_server(sub {
		my ($text) = @_;
		my ($request) = $text =~ /^(\S+ \S+)/;
		my ($host) = $text =~ /^Host: (\S+)\r$/mi;

		return http("$status Moved", '{"code": 2, "message": "Moved."}', "Location: $location", "Refresh: 0;url=$location") if $request =~ $pattern;
		return http('200 OK', '{"access_token": "pina_new", "expires_in": 2592000}') if $request =~ m{/oauth/token};
		return http('200 OK', '{"report_status": "FINISHED", "token": "t"}') if $request =~ /^POST/;
		return http('200 OK', qq({"report_status": "FINISHED", "url": "http://$host/file"})) if $request =~ m{/reports\?};
		return http('200 OK', '{"items": [{"id": "1"}], "bookmark": null, "username": "me"}');
	});
}

my $redirected = qr/redirect, which is never followed/;
my %steps = (
	API => [ qr{/ad_accounts\?}, 'SELECT id FROM %s', $redirected ],
	'the order of a report' => [ qr{^POST \S+/reports}, "SELECT date FROM %s_metrics WHERE ad_account_id = '1' AND date = '$day'", $redirected ],
	'the state of a report' => [ qr{^GET \S+/reports\?}, "SELECT date FROM %s_metrics WHERE ad_account_id = '1' AND date = '$day'", $redirected ],
	'the host of a report' => [ qr{^GET /file}, "SELECT date FROM %s_metrics WHERE ad_account_id = '1' AND date = '$day'", qr/HTTP status 3\d\d/ ],
	'renew_token()' => [ qr{/oauth/token}, "SELECT pinterest_fdw.renew_token('%s')", $redirected ],
	'connect()' => [ qr{/oauth/token}, "SELECT pinterest_fdw.connect('%s', 'code', '$uri')", $redirected ],
	'check()' => [ qr{/user_account}, "DO \$\$ DECLARE c record; BEGIN FOR c IN SELECT * FROM pinterest_fdw.check('%s') LOOP RAISE NOTICE '%%', c; END LOOP; END \$\$", $redirected ],
);
for my $step (sort keys %steps)
{
	my ($pattern, $sql, $expected) = @{ $steps{$step} };

	for my $case ([ 301, "$elsewhere/v5/x" ], [ 302, "$elsewhere/v5/x" ], [ 303, "$elsewhere/v5/x" ], [ 307, "$elsewhere/v5/x" ], [ 308, "$elsewhere/v5/x" ],
		[ 302, '/v5/elsewhere' ], [ 302, '//' . substr $elsewhere, 5 ], [ 302, 'file:///etc/passwd' ])
	{
		my ($status, $location) = @$case;
		my ($url, $requests) = redirector($pattern, $status, $location);
		my $name = server_at("$url/v5", { @app_options, refresh_token => 'pinr.raw', access_token => 'pina_raw' });
		my $what = "$step, $status to " . ($location =~ s/127[^\/]*/HOST/r);

		refused_ok('postgres', sprintf($sql, $name), $expected, "$what: refused");
		my @hits = grep { (/^(\S+ \S+)/)[0] =~ $pattern } $requests->();
		# a report's link is asked for anew before it is given up
		cmp_ok(scalar(@hits), '<=', $step eq 'the host of a report' ? 3 : 1, "$what: not sent again");
		cmp_ok(scalar(@hits), '>', 0, "$what: sent");
		is(scalar(grep { m{^\S+ /v5/elsewhere} } $requests->()), 0, "$what: not followed");
		ok(!grep({ /^GET \/file/ && /^Authorization:/mi } $requests->()), "$what: the host of a report gets no token");
	}
}
is(scalar(my @followed = $arrived->()), 0, 'nothing arrived where redirects pointed to');

# ---- http, and which URLs are one ----

for my $url ('http://example.com/v5', 'http://api.pinterest.com/v5', 'http://127.0.0.1.example.com/v5', 'http://localhost.example.com/v5',
	'http://10.0.0.1/v5', 'http://0.0.0.0/v5', 'http://[::]/v5', 'http://[::ffff:127.0.0.1]/v5', 'http://2130706433/v5', 'http://0x7f.0.0.1/v5', 'http://127.1/v5',
	'http://127.0.0.1@example.com/v5', 'https://user:password@api.pinterest.com/v5', 'http://127.0.0.1:80@example.com/v5', 'http://127.0.0.1#@example.com/v5',
	'http://127.0.0.1?@example.com/v5', 'http://127.0.0.1\@example.com/v5', 'http://127.0.0.1%2f@example.com/v5', "http://127.0.0.1\n.example.com/v5",
	'HTTP://example.com/v5', 'ftp://127.0.0.1/v5', 'file:///etc/passwd', 'gopher://127.0.0.1/', '//api.pinterest.com/v5', 'api.pinterest.com/v5', '')
{
	my $shown = $url =~ s/\n/\\n/r;

	refused_ok('postgres', "CREATE SERVER bad FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url')", qr/ERROR:  HV024: invalid value for option "base_url"/, "base_url '$shown'");
	refused_ok('postgres', "ALTER SERVER pinterest OPTIONS (SET base_url '$url')", qr/ERROR:  HV024: invalid value for option "base_url"/, "ALTER, base_url '$shown'");
}
for my $url ('http://127.0.0.1:1/v5', 'http://127.9.9.9/v5', 'http://[::1]:1/v5', 'http://localhost/v5', 'https://example.com/v5')
{
	works_ok('postgres', "CREATE SERVER good FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url'); DROP SERVER good", "base_url '$url'");
}

# Options as they should never have come into the catalog are refused when used.
$node->safe_psql('postgres', "SET allow_system_table_mods = on; UPDATE pg_foreign_server SET srvoptions = '{base_url=http://192.0.2.1/v5}' WHERE srvname = 'server1'");
refused_ok('postgres', 'SELECT id FROM server1', qr/ERROR:  HV024: invalid value for option "base_url"/, 'http in the catalog, a scan');
refused_ok('postgres', "SELECT pinterest_fdw.renew_token('server1')", qr/ERROR:  (?:HV024|28000): /, 'http in the catalog, renew_token()');
refused_ok('postgres', "SELECT pinterest_fdw.connect('server1', 'code', '$uri')", qr/ERROR:  HV024: invalid value for option "base_url"/, 'http in the catalog, connect()');
like($session{postgres}->query_safe("SELECT c FROM pinterest_fdw.check('server1') AS c WHERE status = 'error'"),
	qr/^\("server options",error,"invalid value for option ""base_url""/, 'http in the catalog, check()');

# ---- TLS is verified, always ----

for my $option (qw(sslverify ssl_verify ssl_verifypeer ssl_verifyhost verify verify_peer verify_host tls_verify tlsverify insecure allow_insecure sslmode
	check_certificate cert key ca_path proxy_insecure redirects follow_redirects max_redirects headers user_agent cookie netrc resolve connect_to))
{
	for my $value ('off', '0', 'false')
	{
		refused_ok('postgres', "CREATE SERVER bad FOREIGN DATA WRAPPER pinterest_fdw OPTIONS ($option '$value')", qr/ERROR:  HV00D: invalid option "$option"/, "no option $option '$value'");
	}
	refused_ok('postgres', "ALTER SERVER pinterest OPTIONS (ADD $option 'off')", qr/ERROR:  HV00D: invalid option "$option"/, "ALTER: no option $option");
	refused_ok('postgres', "CREATE USER MAPPING FOR bob SERVER pinterest OPTIONS (access_token 'x', $option 'off')", qr/ERROR:  HV00D: invalid option "$option"/, "a mapping: no option $option");
	refused_ok('postgres', "CREATE FOREIGN TABLE bad () SERVER pinterest OPTIONS (stream 'ad_accounts', $option 'off')", qr/ERROR:  HV00D: invalid option "$option"/, "a table: no option $option");
	refused_ok('postgres', "ALTER FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (ADD $option 'off')", qr/ERROR:  HV00D: invalid option "$option"/, "the wrapper: no option $option");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_settings WHERE name LIKE 'pinterest_fdw.%' AND name ~ 'verif|tls|ssl|redirect|insecure'}), '0', 'nor a setting');

# ---- what administrators may ----

my %administered = (
	base_url => [ 'SERVER', "'http://127.0.0.1:1/v5'", "'https://example.com/v5'", "'https://api.pinterest.com.example.com/v5'", "'https://api.pinterest.com/v5/../x'",
		"'https://api.pinterest.com:444/v5'", "'https://API.pinterest.com/v5'", "'https://api.pinterest.com/v5x'", "'https://api.pinterest.com'" ],
	ca_file => [ 'SERVER', "'/tmp/ca.pem'" ],
	proxy => [ 'SERVER', "'http://127.0.0.1:1'", "'https://example.com'", "'socks5h://example.com:1080'" ],
	access_token_file => [ 'MAPPING', "'/etc/passwd'" ],
	token_env => [ 'MAPPING', "'HOME'" ],
);

sub statements_of
{
	my ($role, $option, $value) = @_;

	return ("CREATE USER MAPPING FOR $role SERVER owned_$role OPTIONS ($option $value)", "CREATE USER MAPPING FOR PUBLIC SERVER owned_$role OPTIONS ($option $value)",
		"ALTER USER MAPPING FOR bob SERVER owned_$role OPTIONS (DROP access_token, ADD $option $value)") if $administered{$option}[0] eq 'MAPPING';
	return ("CREATE SERVER new_$role FOREIGN DATA WRAPPER pinterest_fdw OPTIONS ($option $value)", "ALTER SERVER owned_$role OPTIONS (ADD $option $value)",
		"ALTER SERVER owned_$role OPTIONS ($option $value, retries '1')", "ALTER SERVER owned_$role VERSION '1' OPTIONS (ADD $option $value)");
}

for my $role (qw(alice member))
{
	works_ok($role, "CREATE SERVER owned_$role FOREIGN DATA WRAPPER pinterest_fdw");
	works_ok($role, "CREATE USER MAPPING FOR bob SERVER owned_$role OPTIONS (access_token 'pina_bob')", "$role makes bob's mapping");
}

# Tries all of them; none works.
sub nothing_ok
{
	my ($role, $name) = @_;

	for my $option (sort keys %administered)
	{
		my ($what, @values) = @{ $administered{$option} };

		for my $sql (map { statements_of($role, $option, $_) } @values)
		{
			refused_ok($role, $sql, qr/ERROR:  42501: permission denied to set option "$option"\n/, "$name: $sql");
		}
	}
	return;
}

nothing_ok('alice', 'no administrators');
nothing_ok('member', 'no administrators');
$node->append_conf('postgresql.conf', "pinterest_fdw.admin_role = 'platform'\n");
$node->reload;
$_->quit for values %session;
%session = map { $_ => sql_session($node, extra_params => [ '-U', $_ ]) } keys %session;
nothing_ok('alice', 'not a member');
for my $option (sort keys %administered)
{
	my ($what, @values) = @{ $administered{$option} };

	for my $sql (map { statements_of('member', $option, $_) } @values)
	{
		works_ok('member', "BEGIN; $sql; ROLLBACK", "a member: $sql");
	}
}
works_ok('member', "SET ROLE platform; RESET ROLE", 'a member is one');
refused_ok('member', 'SET pinterest_fdw.admin_role = member', qr/ERROR:  42501: permission denied to set parameter/, 'a member does not choose the administrators');
refused_ok('member', 'ALTER SERVER owned_member OPTIONS (ADD base_url \'http://example.com/v5\')', qr/ERROR:  HV024: /, 'nor plain http');
$node->append_conf('postgresql.conf', "pinterest_fdw.admin_role = ''\n");
$node->reload;

# ---- who names them ----

my $forbidden = "CREATE SERVER slipped FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'http://127.0.0.1:1/v5')";
my $may_not = qr/permission denied|unrecognized configuration parameter|invalid configuration parameter|must be (?:superuser|owner)/;

# Runs statements in a fresh session, whose library is not loaded yet; the
# forbidden one in the end has to fail.
sub placeholder_ok
{
	my ($before, $name, %args) = @_;

	local $ENV{PGOPTIONS} = $args{options} // '';
	my ($code, $stdout, $stderr) = $node->psql($args{dbname} // 'postgres', "$before;\n$forbidden;", on_error_stop => 0, extra_params => [ '-U', 'alice' ]);

	like($stderr, qr/ERROR:  permission denied to set option "base_url"/, "$name: refused");
	is($node->safe_psql($args{dbname} // 'postgres', "SELECT count(*) FROM pg_foreign_server WHERE srvname = 'slipped'"), '0', "$name: there is no such server");
	return;
}

my $set = 'pinterest_fdw.admin_role';
placeholder_ok('SELECT 1', 'nothing set');
placeholder_ok("SET $set = alice", 'SET');
placeholder_ok("SET SESSION $set TO 'lead'", 'SET, a role of hers');
placeholder_ok("SELECT set_config('$set', 'alice', false)", 'set_config()');
placeholder_ok("BEGIN; SET LOCAL $set = alice; LOAD 'pinterest_fdw'; $forbidden; COMMIT", 'SET LOCAL, LOAD');
placeholder_ok("BEGIN; SET LOCAL $set = alice; $forbidden; COMMIT", 'SET LOCAL');
placeholder_ok("SET $set = alice; BEGIN; SAVEPOINT a; SET LOCAL $set = 'lead'; SAVEPOINT b; SELECT set_config('$set', 'alice', true); $forbidden; ROLLBACK TO a; COMMIT", 'several levels');
placeholder_ok("BEGIN; SET $set = alice; $forbidden; ROLLBACK", 'SET, rolled back');
placeholder_ok("CREATE FUNCTION pg_temp.slip() RETURNS void LANGUAGE plpgsql SET $set = 'alice' AS \$\$BEGIN EXECUTE '" . ($forbidden =~ s/'/''/gr) . "'; END\$\$; SELECT pg_temp.slip()", 'a function with SET');
placeholder_ok("ALTER ROLE alice SET $set = alice", 'ALTER ROLE');
placeholder_ok('SELECT 1', 'after ALTER ROLE');
placeholder_ok("ALTER ROLE alice IN DATABASE postgres SET $set = alice", 'ALTER ROLE IN DATABASE');
placeholder_ok('SELECT 1', 'after ALTER ROLE IN DATABASE');
placeholder_ok("ALTER SYSTEM SET $set = alice", 'ALTER SYSTEM');
placeholder_ok("ALTER DATABASE postgres SET $set = alice", 'ALTER DATABASE');
placeholder_ok('SELECT 1', 'an option of the connection', options => "-c $set=alice");
placeholder_ok("RESET $set; SET $set FROM CURRENT; DISCARD ALL", 'an option of the connection, RESET', options => "-c $set=alice");
placeholder_ok("GRANT SET ON PARAMETER $set TO alice; SET $set = alice", 'GRANT SET');
placeholder_ok('SELECT 1', 'in the end');
$node->safe_psql('hers', 'CREATE EXTENSION pinterest_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER pinterest_fdw TO alice');
placeholder_ok("ALTER DATABASE hers SET $set = alice", 'in a database of hers', dbname => 'hers');
placeholder_ok('SELECT 1', 'in a database of hers, afterwards', dbname => 'hers');
is($node->safe_psql('postgres', "SELECT count(*) >= 0 AND current_setting('$set') = '' FROM pinterest_fdw.tokens"), 't', 'there are no administrators still');

# ---- the owner of a server ----

# What they were given stays what it was, with bob's mapping and PUBLIC's.
my ($given_url, $given_requests) = raw_server(sub { http('200 OK', '{"items": [], "bookmark": null, "username": "me"}') });
my ($evil, $evil_requests) = raw_server(sub { http('200 OK', '{"items": [], "bookmark": null, "access_token": "pina_evil"}') });
my $given = server_at("$given_url/v5");
token_mapping($node, { access_token => 'pina_victim' }, 'bob', $given);
token_mapping($node, { @app_options, refresh_token => 'pinr.public' }, 'PUBLIC', $given);
$node->safe_psql('postgres', "ALTER SERVER $given OWNER TO alice; GRANT USAGE ON FOREIGN SERVER $given TO bob; GRANT SELECT ON $given TO bob");
my $denied = qr/ERROR:  42501: (?:permission denied to set option "(?:base_url|ca_file|proxy)"|permission denied|must be owner)/;
for my $sql ("ALTER SERVER $given OPTIONS (SET base_url '$evil/v5')", "ALTER SERVER $given OPTIONS (SET base_url 'https://example.com/v5')",
	"ALTER SERVER $given OPTIONS (DROP base_url, ADD ca_file '/tmp/x')", "ALTER SERVER $given OPTIONS (ADD proxy '$evil')", "ALTER SERVER $given OPTIONS (ADD ca_file '/tmp/ca.pem')",
	"ALTER SERVER $given OPTIONS (SET retries '1')", "ALTER SERVER $given OPTIONS (DROP base_url, ADD proxy '$evil')",
	"DO \$\$ BEGIN EXECUTE 'ALTER SERVER $given OPTIONS (SET base_url ''$evil/v5'')'; END \$\$",
	"ALTER FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (ADD base_url '$evil/v5')", 'ALTER FOREIGN DATA WRAPPER pinterest_fdw NO VALIDATOR', 'ALTER FOREIGN DATA WRAPPER pinterest_fdw OWNER TO alice',
	'ALTER FOREIGN DATA WRAPPER pinterest_fdw RENAME TO mine', 'CREATE FOREIGN DATA WRAPPER mine HANDLER pinterest_fdw.pinterest_fdw_handler',
	"UPDATE pg_foreign_server SET srvoptions = '{base_url=$evil/v5}' WHERE srvname = '$given'")
{
	refused_ok('alice', $sql, $denied, "the owner may not: " . ($sql =~ s/127[^\/']*/HOST/gr));
}
for my $sql ("ALTER SERVER $given OPTIONS (ADD base_url '$evil/v5')", "ALTER SERVER $given OPTIONS (DROP base_url, ADD base_url '$evil/v5')",
	"ALTER SERVER $given OPTIONS (ADD \"BASE_URL\" '$evil/v5')", "ALTER SERVER $given OPTIONS (ADD \"base_url \" '$evil/v5')", "ALTER SERVER $given OPTIONS (ADD url '$evil/v5')",
	"CREATE USER MAPPING FOR alice SERVER $given OPTIONS (access_token 'x', base_url '$evil/v5')", "ALTER USER MAPPING FOR bob SERVER $given OPTIONS (ADD base_url '$evil/v5')",
	"ALTER USER MAPPING FOR bob SERVER $given OPTIONS (ADD proxy '$evil')", "CREATE FOREIGN TABLE slipped () SERVER $given OPTIONS (stream 'ad_accounts', base_url '$evil/v5')",
	"CREATE FOREIGN TABLE slipped (id text OPTIONS (base_url '$evil/v5')) SERVER $given OPTIONS (stream 'ad_accounts')",
	"CREATE FOREIGN TABLE slipped (id text) SERVER $given OPTIONS (stream '../../evil')", "IMPORT FOREIGN SCHEMA pinterest FROM SERVER $given INTO public OPTIONS (base_url '$evil/v5')")
{
	refused_ok('alice', $sql, qr/ERROR:  (?:42501|HV00D|HV024|42710)/, "the owner cannot: " . ($sql =~ s/127[^\/']*/HOST/gr));
}

# Names lead nowhere else.
works_ok('alice', "ALTER SERVER $given RENAME TO renamed; CREATE SERVER $given FOREIGN DATA WRAPPER pinterest_fdw", 'she renames it, and makes another of that name');
works_ok('bob', "SELECT id FROM $given", 'bob reads the table');
is(scalar(grep { /Bearer pina_victim/ } $given_requests->()), 1, 'his token went where it should');
is($node->safe_psql('postgres', "SELECT base_url FROM (SELECT (SELECT option_value FROM pg_options_to_table(srvoptions) WHERE option_name = 'base_url') AS base_url
	FROM pg_foreign_server WHERE srvname = 'renamed') AS s"), "$given_url/v5", 'the host is as it was given');
refused_ok('bob', "ALTER SERVER renamed OPTIONS (DROP base_url)", qr/ERROR:  42501: must be owner/, 'others do not even alter it');

# What she may do leads to Pinterest alone.
works_ok('alice', "BEGIN; ALTER SERVER renamed OPTIONS ($_); ROLLBACK", "the owner may: $_")
  for 'DROP base_url', "SET base_url '$pinterest'", "SET base_url '$pinterest/'", 'SET base_url \'https://api-sandbox.pinterest.com/v5\'';
works_ok('alice', "BEGIN; ALTER SERVER $given OPTIONS (ADD $_); ROLLBACK", "the owner may: $_") for "retries '1'", "max_response_size '2MB'", "access_tier 'trial'";

# Secrets of mappings on her server are not hers to read, but PostgreSQL's rule
# for PUBLIC's.
is($session{alice}->query_safe("SELECT count(*) FROM pg_user_mappings WHERE srvname = 'renamed' AND usename = 'bob' AND umoptions IS NOT NULL"), '0', 'she does not see his token');
is($session{alice}->query_safe("SELECT count(*) FROM pinterest_fdw.tokens WHERE server = 'renamed' AND \"user\" = 'bob'"), '0', 'nor its state');
is($session{bob}->query_safe("SELECT count(*) FROM pg_user_mappings WHERE srvname = 'renamed' AND usename IS DISTINCT FROM 'bob' AND umoptions IS NOT NULL"), '0', 'nor does he see PUBLIC\'s app');
is(scalar(my @none = $evil_requests->()), 0, 'nothing arrived where she pointed to');

# ---- functions ----

sim_reset();
new_grant($node, role => 'PUBLIC', options => { access_token => 1 });
my @calls = ("SELECT pinterest_fdw.authorize_url('pinterest', '$uri')", "SELECT pinterest_fdw.connect('pinterest', 'code', '$uri')", "SELECT pinterest_fdw.renew_token('pinterest')",
	"SELECT pinterest_fdw.disconnect('pinterest')");
my $its_check = "SELECT subject, detail FROM pinterest_fdw.check('pinterest') WHERE status = 'error'";
my $no_usage = 'server|permission denied for foreign server pinterest';
my $reaching = $node->safe_psql('postgres', q{SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc
	WHERE pronamespace = 'pinterest_fdw'::regnamespace AND 'server' = ANY (proargnames[1:pronargs])});
is($reaching, 'authorize_url check connect disconnect renew_token', 'the functions that take a server');
for my $sql (@calls)
{
	refused_ok('carol', $sql, qr/ERROR:  42501: permission denied for foreign server pinterest/, "without USAGE: $sql");
}
is($session{carol}->query_safe($its_check), $no_usage, 'without USAGE: check() says so');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'pinterest_fdw'::regnamespace AND prosecdef}), '0', 'no function acts for its owner');
is(scalar(@none = sim_requests()), 0, 'nothing was sent');

# With USAGE: what PUBLIC's mapping has serves scans and check(), no more.
my %public = (renew_token => qr/ERROR:  42501: permission denied for the user mapping of PUBLIC/, disconnect => qr/ERROR:  42704: user "bob" has no user mapping of their own/);
for my $function (sort keys %public)
{
	refused_ok('bob', "SELECT pinterest_fdw.$function('pinterest')", $public{$function}, "$function() of PUBLIC's");
}
is(scalar(@none = sim_requests()), 0, 'nothing was sent');
works_ok('bob', "SELECT * FROM pinterest_fdw.check('pinterest')", 'check() with PUBLIC\'s mapping');
is_deeply(bearers(), ['access#1'], 'check(): with PUBLIC\'s token');

# Each with their own, whatever others have.
sim_reset();
sim_config(tokens => { map { ("pina_$_" => { name => $_ }) } qw(bob postgres) });
token_mapping($node, { access_token => 'pina_bob' }, 'bob');
token_mapping($node, { access_token => 'pina_postgres' });
works_ok('bob', "SELECT * FROM pinterest_fdw.check('pinterest')", 'check() with his own');
is_deeply(bearers(), ['bob'], 'check(): his own token');
works_ok('bob', "SELECT pinterest_fdw.disconnect('pinterest')", 'disconnect() his own');
is($node->safe_psql('postgres', "SELECT string_agg(coalesce(usename, 'public'), ' ' ORDER BY usename) FROM pg_user_mappings WHERE srvname = 'pinterest'"), 'postgres public', 'the others are left');
token_mapping($node, { access_token => 'pina_bob' }, 'bob');

# A function that acts for its owner has the owner's mapping, and one that acts
# for the caller has the caller's.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION checked() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT count(*) FROM pinterest_fdw.check(''pinterest'')';
CREATE VIEW checks AS SELECT * FROM pinterest_fdw.check('pinterest');
GRANT SELECT ON checks TO PUBLIC;
SQL
for my $case ([ 'SELECT checked()', 'postgres' ], [ 'SELECT count(*) FROM checks', 'bob' ])
{
	sim_reset();
	sim_config(tokens => { map { ("pina_$_" => { name => $_ }) } qw(bob postgres) });
	works_ok('bob', $case->[0]);
	is_deeply(bearers(), [ $case->[1] ], "$case->[0]: the token of $case->[1]");
}
sim_reset();
is($session{carol}->query_safe("SELECT subject, detail FROM checks WHERE status = 'error'"), $no_usage, 'a view lends no USAGE');
$node->safe_psql('postgres', 'REVOKE USAGE ON FOREIGN SERVER pinterest FROM bob');
refused_ok('bob', $_, qr/ERROR:  42501: permission denied for foreign server pinterest/, "USAGE was revoked: $_") for @calls;
is($session{bob}->query_safe($its_check), $no_usage, 'USAGE was revoked: check()');
is(scalar(@none = sim_requests()), 0, 'nothing was sent');

# ---- the size of answers ----

my $mb = 1024 * 1024;

# A token endpoint, or an API beside one that works, that answers this.
sub answering
{
	my ($place, $answer) = @_;
	my ($url, $requests) = raw_server(sub {
		return $answer if $_[0] =~ m{^\S+ \S+/\Q$place\E[ ?]};
		return http('200 OK', '{"access_token": "pina_new", "expires_in": 2592000}') if $_[0] =~ m{/oauth/token };
		return http('200 OK', '{"items": [], "bookmark": null, "username": "me"}');
	});

	return (server_at("$url/v5", { @app_options, refresh_token => 'pinr.raw' }), $requests);
}

sub gzipped
{
	my ($body) = @_;
	my $small;

	IO::Compress::Gzip::gzip(\$body, \$small, -Level => 9) or die 'gzip';
	return http('200 OK', $small, 'Content-Encoding: gzip');
}

# Kilobytes that the session has ever had at once, where the system tells.
sub memory
{
	my $pid = $session{postgres}->query_safe('SELECT pg_backend_pid()');

	return -r "/proc/$pid/status" ? (slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m)[0] : 0;
}

my $long = 'x' x (2 * $mb);
my $deep = ('[' x 100_000) . (']' x 100_000);
my @answers = (
	[ 'a large answer', http('200 OK', '{"access_token": "pina_new", "username": "me", "items": [], "x": "' . $long . '"}') ],
	[ 'a large token', http('200 OK', '{"access_token": "pina_' . 'x' x 20_000 . '", "username": 1, "items": 1}') ],
	[ 'a large answer that is small on its way', gzipped('{"access_token": "pina_new", "username": "me", "items": [], "x": "' . 'x' x (64 * $mb) . '"}') ],
	[ 'a large answer in chunks', "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" . (sprintf("%x\r\n%s\r\n", 65536, 'x' x 65536) x 64) . "0\r\n\r\n" ],
	[ 'an answer without an end', "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" . ' ' x (8 * $mb) ],
	[ 'a large error', http('400 Bad Request', '{"code": 1, "message": "' . $long . '"}') ],
	[ 'a large header', "HTTP/1.1 200 OK\r\nX-Long: $long\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}" ],
	[ 'many headers', "HTTP/1.1 400 No\r\n" . "X-More: more\r\n" x 50_000 . "Content-Length: 2\r\nConnection: close\r\n\r\n{}" ],
	[ 'deep nesting', http('200 OK', "{\"access_token\": \"pina_new\", \"username\": \"me\", \"items\": $deep}") ],
	[ 'nesting alone', http('200 OK', '[' x 1_000_000) ],
	[ 'a deeply nested error', http('400 Bad Request', "{\"code\": 1, \"message\": $deep}") ],
	[ 'objects in objects', http('200 OK', '{"access_token":' x 60_000 . '1' . '}' x 60_000) ],
);
my $before = memory();
for my $case (@answers)
{
	my ($what, $answer) = @$case;
	my ($name) = answering('oauth/token', $answer);

	refused_ok('postgres', "SELECT pinterest_fdw.renew_token('$name')", qr/ERROR:  28000: could not renew the access token/, "$what: renew_token()");
	is(error_in('postgres', "SELECT last_error || '' FROM pinterest_fdw.tokens WHERE server = '$name'"), '', "$what: the mapping is well");
	cmp_ok($session{postgres}->query_safe("SELECT length(last_error) FROM pinterest_fdw.tokens WHERE server = '$name'"), '<', 1500, "$what: the error kept is short");
	refused_ok('postgres', "SELECT pinterest_fdw.connect('$name', 'code', '$uri')", qr/ERROR:  28000: could not connect to Pinterest/, "$what: connect()");
	refused_ok('postgres', "SELECT id FROM $name", qr/ERROR:  28000: could not renew the access token/, "$what: a scan");

	for my $place ('user_account', 'ad_accounts')
	{
		my ($checked) = answering($place, $answer);
		my @rows = split /\n/, $session{postgres}->query_safe("SELECT row_to_json(c) FROM pinterest_fdw.check('$checked') AS c WHERE subject IN ('host', 'access token', 'ad account')");

		is(scalar(@rows), 3, "$what: check(), $place: its rows") or diag(join "\n", map { substr $_, 0, 300 } @rows);
		ok(scalar(grep { !/"status":"ok"/ } @rows), "$what: check(), $place: tells it") or diag(join "\n", map { substr $_, 0, 300 } @rows);
		cmp_ok(length $_, '<', 2000, "$what: check(), $place: is short") for @rows;
	}
}
my $grown = memory() - $before;
cmp_ok($grown, '<', 64 * 1024, 'the session has not grown much');

# An answer that never ends, byte by byte, keeps nobody for long: the worker
# that waits for it can be neither cancelled nor shut down.
new_grant($node);
sim_fault(match => '/oauth/token$', action => 'slow', chunk => 1, pause => 1);
refused_ok('postgres', "SELECT pinterest_fdw.renew_token('pinterest')", qr/ERROR:  28000: could not renew/, 'an answer byte by byte: given up');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pinterest_fdw token renewal'"), '0', 'an answer byte by byte: no worker is left');

# ---- the end ----

is(join("\n", invalid_requests()), '', 'no invalid request');
$_->quit for values %session;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed');
$node->stop;
done_testing();
