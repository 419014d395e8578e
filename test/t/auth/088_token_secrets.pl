# Copyright (c) 2026, pinterest_fdw contributors

# What renews tokens shows nowhere: no app's secret, code, refresh token or
# access token, old or new, is in the server's log at its most talkative, in
# messages, plans, statistics or views, whoever renews and whatever the token
# endpoint sends back.

use strict;
use warnings;

use File::Spec::Functions qw(rel2abs);
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use MIME::Base64 qw(decode_base64 encode_base64 encode_base64url);
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

# Any part of a secret that is this long gives it away.
my $part = 12;

# Secrets with characters that forms, base64 and JSON write in other ways.
$app_secret = 'sEcr3t+Of/The=App&0123456789';
my %raw = (
	refresh_token => 'pinr.RaWrefresh/+=%26kLmNoPqRsTuVwXyZ0123456789',
	previous_refresh_token => 'pinr.RaWprevious/+=aBcDeFgHiJkLmNoP9876543210',
	access_token => 'pina_RaWaccess/+=QwErTyUiOpAsDfGhJk5647382910',
	code => 'RaWcode/+=zXcVbNmAsDfGhJkL1029384756',
	new_access_token => 'pina_RaWnewAccess/+=PoIuYtReWqLkJhGf1357924680',
	new_refresh_token => 'pinr.RaWnewRefresh/+=MnBvCxZlKjHgFdSa8642097531',
	other_secret => 'RaWappSecret/+=&%2FtGbYhNuJmIkOlP1122334455',
);
my %secrets = map { $_ => 1 } values %raw, $app_secret, encode_base64("$app:$app_secret", ''), encode_base64("$app:$raw{other_secret}", '');

my $environment = 'pina_ENVIRONMENT_iOuYtReWq0192837465';
my $in_file = 'pina_INAFILE_mNbVcXzLkJ5647382910';
$secrets{$_} = 1 for $environment, $in_file;
local $ENV{PINTEREST_TEST_TOKEN} = $environment;

simulator('--accounts', 2, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--app-secret', $app_secret);

# What else PostgreSQL has that keeps statements, where it is installed.
my ($libdir) = run_command([ 'pg_config', '--pkglibdir' ]);
my @modules = grep { glob "$libdir/$_.*" } qw(pg_stat_statements auto_explain);
my %has = map { $_ => 1 } @modules;
my $node = pinterest_cluster(options => ", page_size '4', max_connections '2', retries '0'", import => '',
	conf => "max_logical_replication_workers = 0\nshared_preload_libraries = '" . join(', ', @modules, 'pinterest_fdw') . "'\n");
my $query = 'SELECT id, name FROM pinterest.campaigns';
my $uri = 'http://127.0.0.1:8085/back';
my $token_file = rel2abs($node->basedir . '/token');
append_to_file($token_file, "$in_file\n");

# ---- what is looked for ----

# Statements in which a secret stands by itself are those of people: they are
# not logged here, as the manual advises.
my $unlogged = join ' ', map { "-c $_" } qw(log_statement=none log_min_messages=panic log_min_error_statement=panic
	log_min_duration_statement=-1 debug_print_parse=off debug_print_rewritten=off debug_print_plan=off),
  $has{pg_stat_statements} ? 'pg_stat_statements.track=none' : (), $has{auto_explain} ? 'auto_explain.log_min_duration=-1' : ();

sub unlogged
{
	my ($action) = @_;

	local $ENV{PGOPTIONS} = $unlogged;
	return $action->();
}

# Takes note of all secrets that mappings hold now.
sub learn
{
	my @found = unlogged(sub {
		rows($node, q{SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions)
			WHERE option_name IN ('access_token', 'app_secret', 'refresh_token', 'previous_refresh_token')});
	});

	$secrets{$_} = 1 for grep { $_ ne 'pina_simulator' } @found;
	return;
}

# A mapping as new_grant() makes it, whose secrets are known then.
sub given
{
	my %args = @_;

	unlogged(sub { new_grant($node, %args) });
	return learn();
}

sub given_options
{
	my @args = @_;

	unlogged(sub { set_options($node, @args) });
	return learn();
}

# A code of the simulator, in a table from where functions take it: as a
# literal it would be in the log because the statement is.
sub given_code
{
	my ($text) = @_;

	$text //= issue('code', redirect_uri => $uri);
	$secrets{$text} = 1;
	unlogged(sub { $node->safe_psql('postgres', "TRUNCATE codes; INSERT INTO codes VALUES ('$text')") });
	return;
}

# A text, and what it is when it is read as something that hides secrets.
sub readings
{
	my ($text) = @_;
	my $percent = $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger;

	return ($text, $percent, $percent =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger,
		$text =~ s/\\u00([0-9A-Fa-f]{2})/chr hex $1/ger =~ s/\\(.)/$1/gr,

		# constants in a plan's tree
		$text =~ s/\[ ((?:-?\d+ )+)\]/join '', map { chr($_ & 255) } split ' ', $1/ger,

		# base64 in either alphabet, which may start anywhere
		join "\n", map { my $run = tr{-_}{+/}r; map { decode_base64(substr $run, $_) } 0 .. 3 } $text =~ m{([A-Za-z0-9+/_-]{$part,})}g);
}

# The parts of secrets as one expression.
sub parts_of_secrets
{
	my %parts;

	for my $secret (keys %secrets)
	{
		$parts{ substr $secret, $_, $part } = 1 for 0 .. length($secret) - $part;
	}
	my $any = join '|', map { quotemeta } sort keys %parts;

	return qr/$any/;
}

# Compares with nothing what a text has of the secrets, without telling it: of
# each the line's number, and the line with the secret blotted out.
sub no_secret_in
{
	my ($text, $name) = @_;
	my $parts = parts_of_secrets();
	my (@leaks, %seen);

	# plans come again and again
	$text = join "\n", grep { !$seen{ s/^\d{4}-\S+ \S+ \S+ \[\d+\] //r }++ } split /\n/, $text;
	for my $reading (readings($text))
	{
		next unless $reading =~ $parts;
		my @lines = split /\n/, $reading;

		push @leaks, map { "line $_: " . substr($lines[$_] =~ s/$parts\S*/<SECRET>/gr =~ s/[^ -~]/?/gr, 0, 400) }
		  grep { $lines[$_] =~ $parts } 0 .. $#lines;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(join("\n", @leaks[ 0 .. ($#leaks > 9 ? 9 : $#leaks) ]), '', $name);
}

# The search finds what it is there to find.
for my $hidden ($raw{code}, substr($raw{code}, 5), $raw{code} =~ s{([^a-z])}{sprintf '%%%02x', ord $1}ger,
	encode_base64("xy$raw{code}z", ''), encode_base64url("$app:$raw{other_secret}"), $raw{code} =~ s{/}{\\/}gr,
	$raw{code} =~ s/(.)/sprintf '\\u%04x', ord $1/ger, '[ ' . join(' ', 64, 0, 0, 0, unpack 'C*', $raw{code}) . ' ]')
{
	my $parts = parts_of_secrets();

	ok(scalar(grep { $_ =~ $parts } readings("before $hidden after")), 'the search finds a secret');
}

# ---- everything is told ----

$node->safe_psql('postgres', <<SQL);
@{[ $has{pg_stat_statements} ? 'CREATE EXTENSION pg_stat_statements;' : '' ]}
CREATE ROLE alice LOGIN;
CREATE ROLE other LOGIN;
CREATE ROLE reader LOGIN IN ROLE pg_monitor;
GRANT USAGE ON FOREIGN SERVER pinterest TO alice;
GRANT USAGE ON SCHEMA pinterest TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO PUBLIC;
CREATE TABLE codes (code text);
CREATE TABLE many AS SELECT g FROM generate_series(1, 20000) AS g;
ANALYZE many;
CREATE MATERIALIZED VIEW kept AS $query WITH NO DATA;
CREATE FUNCTION connect_as_told(server name) RETURNS void LANGUAGE plpgsql AS \$\$
DECLARE
	secret text;
BEGIN
	SELECT code INTO secret FROM codes;
	PERFORM pinterest_fdw.connect(server, secret, '$uri');
END
\$\$;
SQL
$node->append_conf('postgresql.conf', <<CONF);
log_min_messages = debug5
log_min_error_statement = debug5
log_error_verbosity = verbose
log_min_duration_statement = 0
log_statement = all
log_duration = on
log_connections = on
log_lock_waits = on
log_executor_stats = on
log_planner_stats = on
log_parser_stats = on
log_parameter_max_length = -1
log_parameter_max_length_on_error = -1
debug_print_parse = on
debug_pretty_print = off
debug_print_rewritten = on
debug_print_plan = on
@{[ $has{pg_stat_statements} ? "pg_stat_statements.track = all\npg_stat_statements.track_utility = on" : '' ]}
@{[ $has{auto_explain} ? join "\n", map { "auto_explain.$_" } 'log_min_duration = 0', 'log_analyze = on', 'log_verbose = on',
	'log_settings = on', 'log_nested_statements = on', 'log_buffers = on' : '' ]}
CONF
$node->restart;
$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()') if $has{pg_stat_statements};
my $log_start = -s $node->logfile;
my $told = '';		# all that sessions were told
my ($session, $beside);

sub new_sessions
{
	$_->quit for grep { defined } $session, $beside;
	($session, $beside) = map { sql_session($node) } 1 .. 2;
	$_->query_safe('\set VERBOSITY verbose') for $session, $beside;
	$session->query('SET client_min_messages = debug5');
	return;
}

# Runs statements in the session and returns what they told, messages first.
sub hear
{
	my ($sql) = @_;

	$session->{stderr} = '';
	my $rows = $session->query($sql);
	my $said = $session->{stderr} . "\n$rows\n";
	$session->{stderr} = '';
	$told .= $said;
	learn();
	return $said;
}

# The same without what a session is told because the log is.
sub terse
{
	my ($said) = @_;

	$said =~ s/^psql:[^\n]*(?:DEBUG|LOG):  .*?\nLOCATION:[^\n]*\n//msg;
	return $said =~ s/^LOCATION:[^\n]*\n//mgr;
}

sub told_ok
{
	my ($sql, $expected, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return like(terse(hear($sql)), $expected, $name);
}

# What views show, to the superuser and to others.
sub look_around
{
	my ($name) = @_;
	my @views = qw(pg_stat_activity pg_locks pg_prepared_statements pg_settings pinterest_fdw.tokens pinterest_fdw.stat pinterest_fdw.progress);

	for my $role ('postgres', 'reader', 'other', 'alice')
	{
		$told .= $node->safe_psql('postgres', join(';', map { "SELECT v::text FROM $_ AS v" } @views, $has{pg_stat_statements} ? 'pg_stat_statements' : (),
				$role eq 'postgres' ? 'pg_backend_memory_contexts' : 'pg_user_mappings'),
			extra_params => [ '-U', $role ]) . "\n";
	}
	return pass("$name: views were read");
}

new_sessions();
my $rows = qr/^\d+\|/m;
my $denied = qr/ERROR:  28000: /;

# ---- renewals ----

given();
told_ok($query, $rows, 'first use');
look_around('first use');
sim_post('oauth', { revoke => 'access_tokens' });
told_ok($query, $rows, 'a token that was revoked');
given_options({ access_token_expires_at => in_hours(1) });
told_ok($query, $rows, 'ahead of the end');
told_ok("SELECT pinterest_fdw.renew_token('pinterest')", qr/^\d{4}-/m, 'renew_token()');
told_ok("BEGIN; SELECT pinterest_fdw.renew_token('pinterest'); ROLLBACK", qr/^\d{4}-/m, 'renew_token(), rolled back');
sim_post('oauth', { revoke => 'access_tokens' });
told_ok("BEGIN READ ONLY; $query; COMMIT", $rows, 'READ ONLY');
sim_post('oauth', { revoke => 'access_tokens' });
told_ok('REFRESH MATERIALIZED VIEW kept; SELECT * FROM kept', $rows, 'REFRESH');
sim_post('oauth', { revoke => 'access_tokens' });
told_ok("DO \$\$ BEGIN PERFORM id FROM pinterest.campaigns; RAISE NOTICE 'done'; END \$\$", qr/NOTICE:  00000: done/, 'from PL/pgSQL');
sim_post('oauth', { revoke => 'access_tokens' });
for my $options ('ANALYZE, VERBOSE, SETTINGS', 'VERBOSE', 'ANALYZE, VERBOSE, FORMAT JSON', 'VERBOSE, FORMAT XML')
{
	told_ok("EXPLAIN ($options) $query WHERE status = 'ACTIVE'", qr{/campaigns}, "EXPLAIN ($options)");
}
told_ok("SELECT * FROM pinterest_fdw.check('pinterest')", qr/access token\|ok\|/, 'check()');
told_ok("ANALYZE VERBOSE pinterest.campaigns", qr/INFO:/, 'ANALYZE');

given(config => { token_answer => { numeric_strings => \1 } }, options => { grant => 'authorization_code' });
told_ok($query, $rows, 'numbers as texts');
given(config => { rotation => 'stays' });
told_ok($query, $rows, 'a refresh token that stays');
unlogged(sub { sim_reset(); token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'client_credentials' }) });
told_ok($query, $rows, 'client credentials');
told_ok("SELECT pinterest_fdw.renew_token('pinterest')", qr/^\d{4}-/m, 'client credentials, renewed');

# By others, with the mapping of PUBLIC.
given(role => 'PUBLIC');
$told .= $node->safe_psql('postgres', $query, extra_params => [ '-U', 'alice' ]);
learn();
look_around('the mapping of PUBLIC');
unlogged(sub { $node->safe_psql('postgres', 'DROP USER MAPPING FOR PUBLIC SERVER pinterest') });

# ---- refusals ----

sub refused_ok
{
	my ($name, $expected) = @_;

	told_ok($query, $expected // $denied, "$name: an error");
	told_ok("SELECT pinterest_fdw.renew_token('pinterest')", $expected // $denied, "$name: renew_token()");
	told_ok("SELECT * FROM pinterest_fdw.check('pinterest')", qr/access token\|(?!ok)/, "$name: check()");
	told_ok("SELECT * FROM pinterest_fdw.tokens", qr/pinterest\|postgres/, "$name: tokens");
	return;
}

given();
sim_post('oauth', { refuse => 'refresh_tokens' });
refused_ok('a refused refresh token');
given(options => { previous_refresh_token => $raw{previous_refresh_token} });
sim_post('oauth', { refuse => 'refresh_tokens' });
refused_ok('both refresh tokens refused');
given();
sim_config(apps => { $app => 'another secret' });
refused_ok('a wrong secret');
given();
sim_fault(action => 'drop', match => '/oauth/token$');
refused_ok('no answer');
given();
sim_fault(action => 'garbage', match => '/oauth/token$');
refused_ok('garbage');
given(options => { access_token => 1, access_token_expires_at => in_hours(1) });
sim_fault(action => 'status', status => 400, code => 1, match => '/oauth/token$');
told_ok($query, qr/WARNING:  01000: could not renew .*^\d+\|/ms, 'a renewal ahead that fails');
look_around('refusals');

# An uncommitted change in the way of the worker, which gives up.
given();
unlogged(sub { $beside->quit; $beside = sql_session($node) });
$beside->query_safe("BEGIN; ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (ADD scope 'ads:read')");
told_ok($query, $denied, 'a change in the way');
$beside->query_safe('ROLLBACK');

# ---- while it happens ----

given();
sim_fault(action => 'hang', match => '/oauth/token$', times => 1);
$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
ok(wait_for(sub { scalar grep { $_->{path} eq '/oauth/token' } sim_requests() }), 'a worker waits for the API');
my ($worker) = rows($node, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pinterest_fdw token renewal'");
like($worker, qr/^\d+$/, 'the worker is seen');
look_around('while a worker waits');
my ($client) = rows($node, "SELECT pid FROM pg_stat_activity WHERE query LIKE '$query%' AND pid <> pg_backend_pid()");
my $log_size = -s $node->logfile;
$node->safe_psql('postgres', "SELECT pg_log_backend_memory_contexts(pid) FROM unnest('{$client,$worker}'::int[]) AS pid");
for my $pid ($client, $worker)
{
	ok(wait_for(sub { slurp_file($node->logfile, $log_size) =~ /logging memory contexts of PID $pid/ }), 'the memory of each is in the log');
}
-r "/proc/$_/cmdline" and $told .= slurp_file("/proc/$_/cmdline") . "\n" for $client, $worker;
$node->safe_psql('postgres', "SELECT pg_cancel_backend($client)");
is($session->query('SELECT 1'), '1', 'the query is cancelled');
$told .= $session->{stderr};
$node->safe_psql('postgres', "SELECT pg_terminate_backend($worker)");
sim_reset();
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'pinterest_fdw token renewal'"), 'the worker has ended');

# ---- connect() and disconnect() ----

sub not_connected
{
	unlogged(sub { sim_reset(); token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'authorization_code' }) });
	return;
}

my $connect = "SELECT pinterest_fdw.connect('pinterest', code, '$uri') FROM codes";
for my $sql ($connect, "SELECT connect_as_told('pinterest')")
{
	my ($name) = $sql =~ /(connect\w*)/;

	not_connected();
	given_code();
	told_ok($sql, qr/^\s*$/, "$name()");
	told_ok($query, $rows, "$name(): rows");
	told_ok($sql, $denied, "$name(): the code again");
	given_code($raw{code});
	told_ok($sql, $denied, "$name(): a wrong code");
	given_code("$raw{code}\nand more");
	told_ok($sql, qr/ERROR: /, "$name(): no code at all");
	sim_config(apps => { $app => 'another secret' });
	given_code();
	told_ok($sql, $denied, "$name(): a wrong secret");
	told_ok("BEGIN READ ONLY; $sql; ROLLBACK", qr/ERROR:  25006: /, "$name(): READ ONLY");
}
not_connected();
given_code();
told_ok($connect, qr/^\s*$/, 'connected');
told_ok("SELECT pinterest_fdw.disconnect('pinterest')", qr/^\s*$/, 'disconnect()');
told_ok($query, qr/ERROR:  28000: .*not connected to Pinterest yet/, 'disconnected');
told_ok("SELECT pinterest_fdw.authorize_url('pinterest', '$uri', NULL, 'state')", qr/client_id=$app/, 'authorize_url()');

# A code as a parameter of the protocol, of which the log is told to show none.
not_connected();
my $code = issue('code', redirect_uri => $uri);
$secrets{$code} = 1;
my $script = $node->basedir . '/connect.sql';
append_to_file($script, "SELECT pinterest_fdw.connect('pinterest', :code, '$uri');\n");
{
	local $ENV{PGOPTIONS} = '-c log_parameter_max_length=0 -c log_parameter_max_length_on_error=0';

	for my $expected (0, 2)
	{
		my ($stdout, $stderr) = ('', '');

		$node->run_log([ 'pgbench', '-n', '-t', 1, '-M', 'extended', '-f', $script, '-D', "code=$code", 'postgres' ], '>', \$stdout, '2>', \$stderr);
		is($? >> 8, $expected, 'connect() with a parameter' . ($expected ? ', the code again' : ''));
		$told .= "$stdout\n$stderr\n";
	}
}
learn();

# ---- files and variables ----

for my $source ([ access_token_file => $token_file ], [ token_env => 'PINTEREST_TEST_TOKEN' ])
{
	sim_reset();
	unlogged(sub { token_mapping($node, {@$source}) });
	told_ok($query, $denied, "$source->[0]: refused");
	told_ok("SELECT * FROM pinterest_fdw.check('pinterest')", qr/access token\|error/, "$source->[0]: check()");
	told_ok('SELECT * FROM pinterest_fdw.tokens', qr/\|$source->[0]\|/, "$source->[0]: tokens");
}

# ---- an endpoint that sends back what it was sent ----

my %hidden = (
	as_it_came => sub { $_[0] },
	decoded => sub {
		my ($text) = @_;

		my ($header, $form) = split /\r\n\r\n/, $text;

		$header =~ s/(Basic )(\S+)/$1 . decode_base64($2)/e;
		return "$header\n" . ($form // '') =~ s/%([0-9A-F]{2})/chr hex $1/ger;
	},
	percent => sub { join '&', map { s/([^a-z])/sprintf '%%%02x', ord $1/ger } values_sent($_[0]) },
	percent_twice => sub { $_[0] =~ s/%/%25/gr },
	base64 => sub { join ' ', map { encode_base64($_, '') } values_sent($_[0]), $_[0] },
	base64url => sub { join ' ', map { encode_base64url($_) } values_sent($_[0]) },
	slashes => sub { $_[0] =~ s{/}{\\/}gr },
	escapes => sub { join ' ', map { s/(.)/sprintf '\\u%04x', ord $1/ger } values_sent($_[0]) },
	remembered => \&remembered,
	cut => sub { 'x' x 490 . join ' ', values_sent($_[0]) },
);
my %status = (200 => 'OK', 400 => 'Bad Request', 401 => 'Unauthorized', 500 => 'Internal Server Error');

# All token requests to one path, and this one.
sub remembered
{
	my ($text) = @_;
	my ($path) = $text =~ m{^\w+ (/[^/]+)};
	our %memory;

	$memory{$path} .= "\n$text" if $text =~ /^POST/;
	return join ' ', values_sent(($memory{$path} // '') . "\n$text");
}

# What a request carries, as texts.
sub values_sent
{
	my ($text) = @_;
	my @values = map { decode_base64($_) } $text =~ /^Authorization: Basic (\S+)\r$/mig;

	push @values, map { s/^\d+://r } @values;
	push @values, $text =~ /^Authorization: \w+ (\S+)\r$/mig;
	push @values, map { s/%([0-9A-F]{2})/chr hex $1/ger } $text =~ /(?:refresh_token|code)=([^&\s]+)/g;
	my %seen;
	return grep { !$seen{$_}++ } @values;
}

sub json_text { my ($text) = @_; return '"' . $text =~ s/(["\\])/\\$1/gr =~ s/([\0-\x1f\x7f-\xff])/sprintf '\\u%04x', ord $1/ger . '"'; }

# The path tells how to answer: /HOW.STATUS.FORM.TARGET/v5/..., where TARGET is
# what gets the echo; the rest is answered well.
sub answer
{
	my ($text) = @_;
	my ($how, $status, $form, $target) = $text =~ m{^\w+ /(\w+)\.(\d+)\.(\w+)\.(\w+)/} or return '';
	my $is_token = $text =~ m{^\S+ \S+/oauth/token };
	my $good = '{"response_type": "authorization_code", "access_token": ' . json_text($raw{new_access_token}) . ', "token_type": "bearer", "expires_in": 2592000, '
	  . '"refresh_token": ' . json_text($raw{new_refresh_token}) . ', "refresh_token_expires_in": 5184000, "scope": "ads:read"}';
	my $echo = $hidden{$how}->($text);
	my $body;

	if (!$is_token && $target eq 'token') { ($status, $body) = (200, '{"items": [], "bookmark": null, "username": "me"}'); }
	elsif ($is_token && $target eq 'api') { ($status, $body) = (200, $good); }
	elsif ($form eq 'message') { $body = '{"code": 2, "message": ' . json_text($echo) . ($target eq 'api' ? ', "username": ' . json_text($echo) : '') . '}'; }
	elsif ($form eq 'coding') { return "HTTP/1.1 200 OK\r\nContent-Encoding: " . (values_sent($text))[-1] . "\r\nContent-Length: 7\r\nConnection: close\r\n\r\nno JSON"; }
	elsif ($form eq 'scope') { $body = $good =~ s/"ads:read"/json_text($echo)/er; }
	else { $body = $echo; }
	return "HTTP/1.1 $status $status{$status}\r\nX-Echo: " . ($echo =~ s/\s+/ /gr) . "\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
}

my ($echo_url, $echoed) = raw_server(\&answer);

# Server and table to be answered so, with a mapping that has all secrets.
my $echoes = 0;

sub echo_server
{
	my ($path, %options) = @_;
	my $name = 'echo' . ++$echoes;

	unlogged(sub {
		$node->safe_psql('postgres', "CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$echo_url/$path/v5', retries '0');
			CREATE FOREIGN TABLE $name (id text, name text) SERVER $name OPTIONS (stream 'ad_accounts')");
		token_mapping($node, { app_id => $app, app_secret => $raw{other_secret}, %options }, 'CURRENT_USER', $name);
	});
	return $name;
}

# Lets a server be asked for tokens in all ways.
sub ask_all
{
	my ($name, $path) = @_;
	my $before = () = $echoed->();
	my $said = hear("SELECT id FROM $name") . hear("SELECT pinterest_fdw.renew_token('$name')")
	  . hear("SELECT * FROM pinterest_fdw.check('$name')") . hear("SELECT * FROM pinterest_fdw.tokens WHERE server = '$name'")
	  . hear("SELECT pinterest_fdw.connect('$name', code, '$uri') FROM codes");

	cmp_ok(scalar(my @all = $echoed->()), '>', $before, "$path: was asked");
	return no_secret_in(terse($said), "$path: no secret is told");
}

given_code($raw{code});
my @ways = map { my $how = $_; map { "$how.$_.message.token" } 400, 401 } sort keys %hidden;
push @ways, map { my $how = $_; map { "$how.$_.body.token" } 200, 401 } sort keys %hidden;
push @ways, map { "$_.500.body.token" } qw(as_it_came base64);
push @ways, map { "$_.200.scope.token" } qw(as_it_came decoded base64);
push @ways, map { "as_it_came.200.coding.$_" } qw(token api);
push @ways, map { ("$_.401.message.api", "$_.400.body.api", "$_.200.message.api") } qw(as_it_came remembered);
for my $path (@ways)
{
	ask_all(echo_server($path, map { $_ => $raw{$_} } qw(refresh_token previous_refresh_token access_token)), $path);
}
my $name = echo_server('as_it_came.401.message.token', grant => 'client_credentials');
ask_all($name, 'client credentials');

# Tokens of a file that were refused, which the API sends back after the last one.
my @refused = map { "pina_REFUSED$_" . 'kJhGfDsAqWeRtY0192837465' } 1 .. 3;
my ($refusing_url, $asked) = raw_server(sub {
	my ($text, $count) = @_;
	my $body = '{"code": 2, "message": "' . join(' ', @refused) . '"}';

	if ($count < @refused)
	{
		open my $file, '>', $token_file or die "$token_file: $!";
		print $file $refused[$count];
		close $file;
	}
	my $status = $count < @refused ? '401 Unauthorized' : '400 Bad Request';
	return "HTTP/1.1 $status\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
});
$secrets{$_} = 1 for @refused;
unlink $token_file;
append_to_file($token_file, $refused[0]);
unlogged(sub {
	$node->safe_psql('postgres', "CREATE SERVER refusing FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$refusing_url/v5', retries '0');
		CREATE FOREIGN TABLE refusing (id text, name text) SERVER refusing OPTIONS (stream 'ad_accounts')");
	token_mapping($node, { access_token_file => $token_file }, 'CURRENT_USER', 'refusing');
});
told_ok('SELECT id FROM refusing', qr/HTTP status 400, code 2 \(tried 3 times\): \*+ \*+ \*+$/m, 'tokens that were refused before');
is(join(' ', map { /^Authorization: Bearer (\S+)\r$/mi } $asked->()), join(' ', @refused), 'one after the other');

my $everything = join "\n", map { values_sent($_) } $echoed->();
ok(index($everything, $raw{$_}) >= 0, "the endpoint saw: $_") for sort keys %raw;
look_around('echoes');

# ---- by the session itself ----

# The only slot of a worker is taken by a parallel query.  PostgreSQL itself
# logs its whole environment when it starts, at DEBUG3.
delete $ENV{PINTEREST_TEST_TOKEN};
$node->append_conf('postgresql.conf', "max_worker_processes = 1\n");
$_->quit for $session, $beside;
($session, $beside) = ();
$node->restart;
new_sessions();
$beside->query_safe($_) for 'SET parallel_setup_cost = 0', 'SET parallel_tuple_cost = 0', 'SET min_parallel_table_scan_size = 0', 'SET max_parallel_workers_per_gather = 1';
given();
$beside->query_until(qr/begun/, "\\echo begun\nSELECT count(pg_sleep(0.1)) FROM many;\n");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), 'the slot is taken');
told_ok($query, qr/WARNING:  01000: the new access token for server "pinterest" serves this session alone.*^\d+\|/ms, 'in memory');
told_ok("SELECT pinterest_fdw.renew_token('pinterest')", qr/WARNING:  01000: .*alone/, 'in memory, renew_token()');
told_ok("SELECT * FROM pinterest_fdw.check('pinterest')", qr/access token\|ok/, 'in memory, check()');
told_ok("SELECT pinterest_fdw.renew_token('echo1')", $denied, 'in memory, an echo');
told_ok('SELECT * FROM pinterest_fdw.tokens', qr/pinterest\|postgres/, 'in memory, tokens');
told_ok('SELECT m::text FROM pg_backend_memory_contexts AS m', qr/pinterest_fdw tokens/, 'in memory, contexts');
look_around('in memory');
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.1)%' AND pid <> pg_backend_pid() AND backend_type = 'client backend'});
$beside->query('SELECT 1');
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), 'the slot is free');
told_ok($query, $rows, 'handed over');
ok(unlogged(sub { defined stored($node, 'access_token') }), 'handed over: stored');

# ---- what was told ----

if ($has{pg_stat_statements})
{
	my $statements = $node->safe_psql('postgres', 'SELECT query FROM pg_stat_statements');

	like($statements, qr/renew_token/, 'pg_stat_statements has what was run');
	unlike($statements, qr/(?:CREATE|ALTER|DROP) USER MAPPING/, 'and no change of a mapping');
	no_secret_in($statements, 'no secret is in pg_stat_statements');
}
$_->quit for $session, $beside;
$node->stop;
my $log = slurp_file($node->logfile, $log_start);
cmp_ok(scalar(keys %secrets), '>', 30, 'there were ' . keys(%secrets) . ' secrets');
like($log, $_->[0], "the log is talkative: $_->[1]")
  for [ qr/DEBUG:  .*StartTransaction/, 'debug5' ], [ qr/FOREIGNSCAN/i, 'plans' ], [ qr/! system usage stats/i, 'statistics' ],
  [ qr/LOG:  .*could not renew an access token: .*\n.*DETAIL:  .*POST \S+/, 'the worker' ], [ qr/PL\/pgSQL function connect_as_told/, 'contexts' ],
  [ qr/memory context/i, 'memory contexts' ], $has{auto_explain} ? [ qr/duration: .*plan:\n/, 'auto_explain' ] : ();
cmp_ok(length $told, '>', 20000, 'much was told to the sessions');
no_secret_in($told, 'no secret was told to a session');
no_secret_in($log, 'no secret is in the log');
unlike($log, qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
