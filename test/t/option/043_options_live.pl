# Copyright (c) 2026, pinterest_fdw contributors

# Options take effect at once, in sessions and in plans that exist; tokens are
# read from files; and no option leads a token astray.

use strict;
use warnings;

use POSIX ();
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 2, '--campaigns', 10, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(options => ", retries '0'");
my $session = sql_session($node);
my @accounts = rows($node, 'SELECT id FROM pinterest.ad_accounts ORDER BY id');
my $campaigns = 'SELECT id FROM pinterest.campaigns';

sub tokens
{
	sim_reset();
	sim_config(tokens => { map { ("pina_$_" => { name => $_ }) } qw(new file other) });
	return;
}

sub sent_tokens
{
	my %seen = map { $_->{headers}{authorization} => 1 } sim_requests();

	return join ' ', sort keys %seen;
}

# Server, table and mapping, changed while a prepared plan exists.
$session->query_safe("SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT count(*) FROM pinterest.campaigns");
tokens();
is($session->query_safe('EXECUTE p'), '20', 'all campaigns');
is_deeply(sent('page_size', sim_requests()), ['250'], 'page_size: the default');

$session->query_safe("ALTER SERVER pinterest OPTIONS (ADD page_size '7')");
tokens();
is($session->query_safe('EXECUTE p'), '20', 'page_size of the server: all campaigns');
is_deeply(sent('page_size', sim_requests()), ['7'], 'page_size of the server: at once');
$session->query_safe("ALTER FOREIGN TABLE pinterest.campaigns OPTIONS (ADD page_size '5')");
tokens();
is($session->query_safe('EXECUTE p'), '20', 'page_size of the table: all campaigns');
is_deeply(sent('page_size', grep { $_->{path} =~ /campaigns/ } sim_requests()), ['5'], 'page_size of the table: at once');

$session->query_safe("ALTER FOREIGN TABLE pinterest.campaigns OPTIONS (ADD ad_account_id '$accounts[1]')");
tokens();
is($session->query_safe('EXECUTE p'), '10', 'ad_account_id of the table: its campaigns');
is(scalar(grep { $_->{path} =~ m{/$accounts[0]/} } sim_requests()), 0, 'ad_account_id of the table: its requests');
$session->query_safe("ALTER FOREIGN TABLE pinterest.campaigns OPTIONS (DROP ad_account_id)");
$session->query_safe("ALTER SERVER pinterest OPTIONS (ADD ad_account_id '$accounts[0]')");
tokens();
is($session->query_safe('EXECUTE p'), '10', 'ad_account_id of the server: its campaigns');
is(scalar(grep { $_->{path} =~ m{/$accounts[1]/} } sim_requests()), 0, 'ad_account_id of the server: its requests');
$session->query_safe("ALTER SERVER pinterest OPTIONS (DROP ad_account_id)");
tokens();
is($session->query_safe('EXECUTE p'), '20', 'without it: all campaigns again');

$session->query_safe("ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_new')");
tokens();
is($session->query_safe('EXECUTE p'), '20', 'another token');
is(sent_tokens(), 'new', 'another token: at once, in a prepared plan');
tokens();
$session->query_safe($campaigns);
is(sent_tokens(), 'new', 'another token: in a new query');

# From another session, between two executions.
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_other')");
tokens();
is($session->query_safe('EXECUTE p'), '20', 'a token that another session set');
is(sent_tokens(), 'other', 'a token that another session set: at once');

# A cursor keeps what it began with; a transaction that is taken back, too.
tokens();
$session->query_safe("BEGIN; DECLARE c CURSOR FOR SELECT id FROM pinterest.campaigns; FETCH 1 FROM c");
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_new')");
my @rest = split /\n/, $session->query_safe('FETCH ALL FROM c');
is(scalar @rest, 19, 'a cursor that began before');
is(sent_tokens(), 'other', 'with the token it began with');
$session->query_safe('COMMIT');
$session->query_safe("BEGIN; ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_other'); ROLLBACK");
tokens();
$session->query_safe($campaigns);
is(sent_tokens(), 'new', 'a change that was rolled back');

# No mapping, and a mapping again.
$session->query_safe('DROP USER MAPPING FOR CURRENT_USER SERVER pinterest');
tokens();
$session->query('EXECUTE p');
like($session->{stderr}, qr/user mapping not found/, 'the mapping is gone');
$session->{stderr} = '';
is(scalar(my @none = sim_requests()), 0, 'no request');

# Files with a token.
my $file = $node->basedir . '/token';
sub write_token
{
	my ($text) = @_;

	unlink $file;
	append_to_file($file, $text);
	return;
}

write_token("pina_file\n");
$session->query_safe("CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token_file '$file')");
for my $good ([ "pina_file\n", 'file', 'a line' ], [ 'pina_other', 'other', 'without its end' ],
	[ "  pina_new \r\n\n", 'new', 'with white space' ])
{
	my ($text, $token, $name) = @$good;

	write_token($text);
	tokens();
	is($session->query_safe('EXECUTE p'), '20', "a file: $name");
	is(sent_tokens(), $token, "a file: $name, its token");
}
for my $bad ([ '', 'empty' ], [ "\n \n", 'blank' ], [ "pina_a pina_b\n", 'two words' ], [ "pina_\xc3\xa9\n", 'not ASCII' ],
	[ "pina_a\0b\n", 'NUL' ], [ "pina_a\r\nX-Evil: 1\n", 'a header' ], [ 'p' x 20_000, 'too long' ])
{
	my ($text, $name) = @$bad;

	write_token($text);
	tokens();
	my $got = outcome($session, $campaigns);
	is($got->{sqlstate}, '28000', "a file, $name: SQLSTATE") or diag(explain($got));
	like($got->{message}, qr/^access token file "\Q$file\E" does not contain an access token$/, "a file, $name: message");
	unlike(join(' ', map { $_ // '' } values %$got), qr/pina_/, "a file, $name: it is not quoted");
	is(scalar(@none = sim_requests()), 0, "a file, $name: no request");
}
unlink $file;
my $got = outcome($session, $campaigns);
is($got->{sqlstate}, '58P01', 'a file that is not there');
like($got->{message}, qr/"\Q$file\E": No such file/, 'is told');
mkdir $file;
is(outcome($session, $campaigns)->{sqlstate}, '42809', 'a folder');
rmdir $file;
POSIX::mkfifo($file, 0600) or die "could not make a pipe: $!";
is(outcome($session, $campaigns)->{sqlstate}, '42809', 'a pipe is not waited for');
unlink $file;
SKIP:
{
	write_token("pina_file\n");
	chmod 0, $file;
	skip 'this user may read everything', 2 if -r $file && $> == 0;
	$got = outcome($session, $campaigns);
	is($got->{sqlstate}, '42501', 'a file that may not be read');
	like($got->{message}, qr/"\Q$file\E": Permission denied/, 'is told');
	unlink $file;
}

# Both, or none.
for my $sql ("ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (ADD access_token 'pina_x')",
	'ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (DROP access_token_file)')
{
	$session->{stderr} = '';
	$session->query($sql);
	like($session->{stderr}, qr/ERROR:  (options .* exclude each other|the user mapping needs an access token)/, 'one of the two');
	$session->{stderr} = '';
}
$session->query_safe("ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (DROP access_token_file, ADD access_token 'pina_new')");
tokens();
$session->query_safe($campaigns);
is(sent_tokens(), 'new', 'from a file back to an option');

# Hosts that a token must not go to, and those that it may.
for my $url ('http://example.com/v5', 'http://127.0.0.1.example.com/v5', 'http://127.1@example.com/', 'http://10.0.0.1',
	'ftp://127.0.0.1/v5', 'file:///etc/passwd', 'https://user:pw@127.0.0.1/', 'http://localhost.evil.com', 'http://[::2]/v5',
	'http://0.0.0.0/', 'http://2130706433/', 'http://127.0.0.1:99999/', 'http://127.0.0.1/v5?x=y', 'http://127.0.0.1/v5#a',
	"http://127.0.0.1/v5\nX: y", 'http://127.0.0.1\\@example.com/', '')
{
	$session->{stderr} = '';
	$session->query("ALTER SERVER pinterest OPTIONS (SET base_url '$url')");
	like($session->{stderr}, qr/ERROR:  invalid value for option "base_url"/, "refused: $url");
	unlike($session->{stderr}, qr/pw@/, 'without a password') if $url =~ /pw/;
	$session->{stderr} = '';
}
my ($raw_url, $arrived) = raw_server(sub { "HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{\"items\":[],\"bookmark\":null}\n" });
for my $url ($raw_url, "$raw_url/", "$raw_url/v5//", $raw_url =~ s/127\.0\.0\.1/localhost/r)
{
	my $before = () = $arrived->();

	$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '$url')");
	is(outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{rows}, 0, "$url works");
	my @now = $arrived->();
	is(@now - $before, 1, "$url: one request");
	like($now[-1], qr{^GET (/v5)?/ad_accounts\?}, "$url: no slash too many");
	like($now[-1], qr{\r\nAuthorization: Bearer pina_new\r\n}, "$url: with the token");
}

# A proxy gets the requests, and the environment's does not.
my ($proxy, $through) = raw_server(sub { "HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{\"items\":[],\"bookmark\":null}\n" });
$session->query_safe("ALTER SERVER pinterest OPTIONS (ADD proxy '$proxy', SET base_url '@{[ sim_url() ]}')");
tokens();
is(outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{rows}, 0, 'a proxy answers');
is(scalar(@none = sim_requests()), 0, 'in the place of the host');
like(($through->())[0], qr{^GET http://127\.0\.0\.1:\d+/v5/ad_accounts}, 'it was asked');
$session->query_safe('ALTER SERVER pinterest OPTIONS (DROP proxy)');
is(outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{rows}, 2, 'without it the host answers');
$session->quit;
{
	local $ENV{http_proxy} = $proxy;
	local $ENV{HTTP_PROXY} = $proxy;
	local $ENV{all_proxy} = $proxy;
	local $ENV{no_proxy};
	delete $ENV{no_proxy};
	$node->restart;
}
tokens();
$session = sql_session($node);
my $count = () = $through->();
is(outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{rows}, 2, 'a proxy of the environment is not used');
is(scalar(my @through = $through->()), $count, 'nothing arrived there');

# Files of the user that runs the server change nothing.
my $home = PostgreSQL::Test::Utils::tempdir();
append_to_file("$home/.netrc", "machine 127.0.0.1 login evil password evil\ndefault login evil password evil\n");
append_to_file("$home/.curlrc", "proxy = $proxy\n");
$session->quit;
{
	local $ENV{HOME} = $home;
	$node->restart;
}
tokens();
$session = sql_session($node);
is(outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{rows}, 2, 'with a .netrc at home');
is(sent_tokens(), 'new', 'the token is still the mapping\'s');

# What pg_dump makes of it can be restored, and the extension's own objects are
# not in it.
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
my $text = slurp_file($dump);
like($text, qr/CREATE EXTENSION IF NOT EXISTS pinterest_fdw/, 'the extension is dumped');
like($text, qr/CREATE FOREIGN TABLE pinterest\.campaigns/, 'so are the tables');
unlike($text, qr/CREATE FUNCTION pinterest_fdw\.|CREATE FOREIGN DATA WRAPPER/, 'but nothing that the extension owns');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'the dump can be restored');
tokens();
is($node->safe_psql('restored', 'SELECT count(*) FROM pinterest.campaigns'), '20', 'and works');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
