# Copyright (c) 2026, pinterest_fdw contributors

# A token shows nowhere: not in messages, not in the log at its most talkative,
# not in plans, EXPLAIN or statistics views, whatever the other side sends.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $token = 'pina_' . 'SECRETsecret0123456789' x 4;
my $core = 'SECRETsecret0123456789';

simulator('--accounts', 1, '--campaigns', 6, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4,
	'--token', $token);
my $node = pinterest_cluster(options => ", page_size '2', retries '0'");

# What sends back what it was sent, in every place where a message may quote it.
sub echo
{
	my ($status, $body) = @_;

	return sub {
		my ($secret) = $_[0] =~ /^Authorization: Bearer (\S+)\r$/mi;
		(my $filled = ref $body ? $body->($secret) : $body) =~ s/TOKEN/$secret/g;
		return "HTTP/1.1 $status\r\nX-Echo: $secret\r\nLocation: http://127.0.0.1:1/?t=$secret\r\n"
		  . 'Content-Length: ' . length($filled) . "\r\n\r\n$filled";
	};
}

my %echoes = (
	message => echo('401 Unauthorized', '{"code": 2, "message": "Bearer TOKEN is bad, TOKEN"}'),
	body => echo('400 Bad Request', '<html>Authorization: Bearer TOKEN</html>'),
	long => echo('400 Bad Request', sub { 'x' x (512 - 40) . $_[0] }),
	cut => echo('400 Bad Request', sub { '{"code": 1, "message": "' . 'x' x (512 - 60) . "$_[0]\"}" }),
	reason => echo('403 TOKEN', '{"code": 7, "message": "No."}'),
	redirect => echo('302 Found', ''),
	near => echo('200 OK', '{"items": [{"id": Bearer TOKEN}], "bookmark": null}'),
	garbage => echo('200 OK', 'TOKEN TOKEN'),
	value => echo('200 OK', '{"items": [{"id": "1", "created_time": "TOKEN"}], "bookmark": null}'),
	member => echo('200 OK', '{"items": "TOKEN", "bookmark": null}'),
	header => sub { "TOKEN HTTP/9\r\n\r\n" },
	retry => echo('429 Slow', '{"code": 8, "message": "TOKEN Retry after 5000 seconds"}'),
);
for my $name (sort keys %echoes)
{
	my ($url) = raw_server($echoes{$name});

	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token '$token');
CREATE FOREIGN TABLE $name (id text, name text, created_time timestamptz) SERVER $name OPTIONS (stream 'ad_accounts');
SQL
}
$node->safe_psql('postgres', <<SQL);
ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token '$token');
CREATE ROLE other LOGIN;
GRANT USAGE ON SCHEMA pinterest TO other;
GRANT SELECT ON pinterest.campaigns TO other;
SQL

# From now on everything is told.
$node->append_conf('postgresql.conf', <<'CONF');
log_min_messages = debug5
log_min_error_statement = debug5
log_error_verbosity = verbose
debug_print_parse = on
debug_print_rewritten = on
debug_print_plan = on
log_statement = all
log_duration = on
log_executor_stats = on
CONF
$node->restart;
my $log_start = -s $node->logfile;

my $session = sql_session($node);
$session->query('\set VERBOSITY verbose');
my $query = 'SELECT id, name FROM pinterest.campaigns';
my $truth = outcome($session, $query);
is($truth->{rows}, 6, 'it works');
is(scalar(grep { $_->{headers}{authorization} eq 'default' } sim_requests()), scalar(my @sent = sim_requests()), 'with the token');

# Errors of all kinds, from the simulator and from the echoes.
my $told = '';
for my $fault ({ action => 'status', status => 401, code => 2 }, { action => 'html' }, { action => 'drop' },
	{ action => 'truncate' }, { action => 'garbage' }, { action => 'redirect', location => 'http://127.0.0.1:1/' },
	{ action => 'nul', field => 'name', match => '/campaigns$' }, { action => 'repeat_bookmark' })
{
	sim_reset();
	sim_fault(%$fault);
	my $got = outcome($session, $query);
	ok($got->{sqlstate}, "$fault->{action}: an error");
	$told .= join "\n", values %$got;
}
for my $name (sort keys %echoes)
{
	my $got = outcome($session, "SELECT id, created_time FROM $name");
	my $text = join "\n", map { $_ // '' } values %$got;

	ok($got->{sqlstate}, "echo, $name: an error");
	unlike($text, qr/pina_|\Q$core\E|SECRETsec/, "echo, $name: no token in it");
	$session->{stderr} = '';
	$session->query("SELECT id, created_time FROM $name");
	$told .= $session->{stderr};
	like($session->{stderr}, qr/ERROR/, "echo, $name: told to the client");
	$session->{stderr} = '';
}

# Plans.
sim_reset();
for my $options ('VERBOSE', 'ANALYZE, VERBOSE', 'ANALYZE, VERBOSE, FORMAT JSON', 'VERBOSE, SETTINGS')
{
	my $plan = $session->query("EXPLAIN ($options) $query WHERE status = 'ACTIVE'");

	like($plan, qr{/campaigns}, "EXPLAIN ($options)");
	$told .= $plan;
}
$told .= $session->query("ANALYZE VERBOSE pinterest.campaigns") . $session->{stderr};
$session->{stderr} = '';

# While a request runs, and to others.
sim_reset();
sim_fault(action => 'hang', match => '/campaigns$');
$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
ok(wait_for(sub { scalar grep { $_->{rule} } sim_requests() }), 'a request is under way');
my $seen = $node->safe_psql('postgres', 'SELECT a::text FROM pg_stat_activity a');
like($seen, qr/pinterest\.campaigns/, 'pg_stat_activity shows the query');
$told .= $seen;
$told .= $node->safe_psql('postgres', 'SELECT m::text FROM pg_backend_memory_contexts m');
my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE query LIKE '$query%'");
my $log_size = -s $node->logfile;
$node->safe_psql('postgres', "SELECT pg_log_backend_memory_contexts($pid)");
ok(wait_for(sub { slurp_file($node->logfile, $log_size) =~ /logging memory contexts of PID $pid/ }), 'its memory is in the log');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
is($session->query('SELECT 1'), '1', 'cancelled');
$told .= $session->{stderr};
$session->{stderr} = '';
for my $view ('pg_user_mappings', 'information_schema.user_mapping_options', 'pg_foreign_server',
	'pg_foreign_table', 'information_schema.foreign_server_options')
{
	$told .= $node->safe_psql('postgres', "SELECT v::text FROM $view v", extra_params => [ '-U', 'other' ]);
}

# Environment and command line of the backend, as others of the machine see them.
$told .= slurp_file("/proc/$pid/cmdline") . slurp_file("/proc/$pid/environ") if -r "/proc/$pid/environ";

# Options that are wrong do not repeat the token.
for my $sql ("CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_tokn '%s')",
	"CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_token '%s x')",
	"CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_token_file '%s')")
{
	$session->query('SET log_statement = none; SET log_min_error_statement = panic; SET log_min_messages = panic');
	$session->query('\set VERBOSITY default');
	$session->{stderr} = '';
	$session->query(sprintf $sql, $token);
	like($session->{stderr}, qr/ERROR/, 'refused');
	unlike((split /\nLINE/, $session->{stderr})[0], qr/\Q$core\E/, 'without the token');
	$session->{stderr} = '';
}

cmp_ok(length $told, '>', 5000, 'much was told');
is(join("\n", grep { /SECRETsec/ } split /\n/, $told), '', 'the token is nowhere in it');
my $log = slurp_file($node->logfile, $log_start);
ok($log =~ /DEBUG:  .*StartTransaction/, 'the log is talkative');
ok($log =~ /FOREIGNSCAN/i, 'and has plans');
my @leaks = grep { /SECRETsec/ } split /\n/, $log;
is(join("\n", map { substr $_, 0, 300 } @leaks), '', 'the token is nowhere in the log');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
