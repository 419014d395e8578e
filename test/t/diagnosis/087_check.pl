# Copyright (c) 2026, pinterest_fdw contributors

# pinterest_fdw.check() in good and in bad times, and script/connect with the
# test as the browser.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use Encode qw(decode);
use IO::Socket::INET;
use IPC::Run ();
use JSON::PP;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $secret = 'simulator-app-secret';

simulator('--accounts', 3, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(quotas => 1, import => 'OPTIONS (metrics \'standard\')',
	conf => "shared_preload_libraries = 'pinterest_fdw'\n");

# The rows of a check: subject, status, detail, hint.
sub checked
{
	my ($server, %args) = @_;
	my $json = $node->safe_psql($args{dbname} // 'postgres',
		"SET timezone = 'UTC'; SELECT row_to_json(c) FROM pinterest_fdw.check('$server') AS c");

	return map { decode_json($_) } split /\n/, $json;
}

# Those of one kind, as "status: detail".
sub told
{
	my ($name, @rows) = @_;

	return join "\n", map { "$_->{status}: $_->{detail}" } grep { $_->{subject} eq $name } @rows;
}

sub server_with
{
	my ($name, $mapping, $options) = @_;

	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '@{[ sim_url() ]}'@{[ $options // '' ]});
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS ($mapping);
SQL
}

# All is well.
my @rows = checked('pinterest');
my (%seen, @order);
$seen{ $_->{subject} }++ or push @order, $_->{subject} for @rows;
is_deeply(\@order, [ 'versions', 'TLS', 'asynchronous DNS', 'HTTP/2', 'shared quotas', 'catalog', 'host', 'access token',
		'scopes', 'clock', 'ad account', map { "quota $_" } qw(ads_read ads_analytics org_read org_analytics catalogs_read trends_read) ],
	'what is checked, in this order');
is_deeply([ grep { $_->{status} ne 'ok' } @rows ], [ grep { $_->{subject} eq 'scopes' } @rows ],
	'all is well; only the scopes of a token made by hand are not known');
like(told('versions', @rows), qr/^ok: pinterest_fdw 1\.0, PostgreSQL \d.*, libcurl \d+\.\d+.*, jansson 2\.\d+/, 'versions');
like(told('TLS', @rows), qr{^ok: \w+.*/\d}, 'TLS');
like(told('host', @rows), qr/^ok: 127\.0\.0\.1:\d+ answered in \d+ ms\.$/, 'the host');
is(told('access token', @rows), 'ok: Valid until an unknown time, of user "simulated_brand".', 'whose token it is');
like(told('scopes', @rows), qr/^unknown: .*\bads:read\b.*\bpins:read\b/, 'scopes');
is(told('clock', @rows), "ok: The API's clock agrees with this server's.", 'the clock');
is_deeply([ split /\n/, told('ad account', @rows) ],
	[ map { 'ok: ' . decode('UTF-8', $_) } rows($node, q{SELECT format('%s "%s": %s, %s', id, name,
		array_to_string(permissions, ', '), currency) FROM pinterest.ad_accounts}) ], 'the ad accounts');
like(told('quota ads_read', @rows), qr/^ok: \d+ of 1000 left until \d\d:\d\d:\d\d$/, 'a quota that was used');
is(told('quota trends_read', @rows), 'ok: unused so far', 'and one that was not');
is($seen{'ad account'}, 3, 'three accounts');

# Requests: two, and one for each further page.
sim_reset();
checked('pinterest');
is_deeply([ sim_paths() ], [ '/ad_accounts x1', '/user_account x1' ], 'two requests');
$node->safe_psql('postgres', q{ALTER SERVER pinterest OPTIONS (page_size '2')});
sim_reset();
is((my @lines = split /\n/, told('ad account', checked('pinterest'))), 3, 'accounts of both pages');
is_deeply([ sim_paths() ], [ '/ad_accounts x2', '/user_account x1' ], 'one more request for the second page');
sim_reset();
sim_fault(action => 'repeat_bookmark', match => '/ad_accounts$');
checked('pinterest');
is_deeply([ sim_paths() ], [ '/ad_accounts x2', '/user_account x1' ], 'a bookmark that comes again ends the list');
sim_reset(accounts => 103);
@lines = split /\n/, told('ad account', checked('pinterest'));
is(scalar @lines, 101, 'at most a hundred accounts');
is($lines[100], 'ok: and 3 more', 'and how many there are besides');
sim_reset(accounts => 3);
sim_config(tokens => { pina_nothing => { name => 'nothing', accounts => [] } });
server_with('nothing', q{access_token 'pina_nothing'});
like(told('ad account', checked('nothing')), qr/^warning: The token's user sees none\.$/, 'no account');
is(told('scopes', checked('nothing')), 'ok: No foreign table of this server needs one.', 'no table, no scope');

# Tokens.
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR CURRENT_USER SERVER nothing OPTIONS (SET access_token 'pina_WRONGwrong')});
@rows = checked('nothing');
like(told('host', @rows), qr/^ok/, 'a refused token: the host is well');
like(told('access token', @rows), qr/^error: the access token is invalid or has expired: .*401, code 2/, 'the token is not');
like((map { $_->{hint} } grep { $_->{subject} eq 'access token' } @rows)[0], qr/SET access_token/, 'and what to do');
like(told('ad account', @rows), qr/^unknown: Not asked/, 'accounts are not asked for');
unlike(encode_json(\@rows), qr/WRONGwrong/, 'no token is shown');
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR CURRENT_USER SERVER nothing OPTIONS (DROP access_token, ADD access_token_file '/nonexistent/token')});
@rows = checked('nothing');
like(told('access token', @rows), qr{^error: could not stat access token file "/nonexistent/token"}, 'a file that is not there');
like(told('host', @rows), qr/^ok/, 'the host is asked without a token');
server_with('unconnected', qq{app_id '1234567', app_secret '$secret', "grant" 'authorization_code'});
@rows = checked('unconnected');
like(told('access token', @rows), qr/^error: .* is not connected to Pinterest yet$/, 'a mapping before it is connected');

# Client credentials, with fewer scopes than the tables want.
server_with('client', qq{app_id '1234567', app_secret '$secret', "grant" 'client_credentials', scope 'ads:read,user_accounts:read'});
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA client;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (ad_accounts, campaigns, user_account) FROM SERVER client INTO client;
SQL
sim_reset();
@rows = checked('client');
like(told('background workers', @rows), qr/^ok: max_worker_processes is \d+\.$/, 'workers, where tokens are renewed');
like(told('access token', @rows), qr/^ok: Valid until 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\+00, of user /, 'a token is got and its end known');
like(told('scopes', @rows), qr/^ok: All/, 'the scopes suffice');
is((grep { $_ eq '/oauth/token x1' } sim_paths()), 1, 'one request for a token');
$node->safe_psql('postgres', 'IMPORT FOREIGN SCHEMA pinterest LIMIT TO (boards, pins, board_pins, board_sections, catalogs) FROM SERVER client INTO client');
@rows = checked('client');
is_deeply([ sort split /\n/, told('scopes', @rows) ], [
	'warning: boards:read is not granted; needed by client.boards, client.board_sections, client.board_pins and 1 more.',
	'warning: catalogs:read is not granted; needed by client.catalogs.',
	'warning: pins:read is not granted; needed by client.board_pins, client.pins.' ], 'which scopes lack, and who needs them');

# A token that is refused is replaced, as a scan would do.
sim_post('oauth', { revoke => 'access_tokens' });
like(told('access token', checked('client')), qr/^ok/, 'a token that was revoked is renewed');
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR CURRENT_USER SERVER client OPTIONS (SET app_secret 'wrong-SECRET')});
sim_post('oauth', { revoke => 'access_tokens' });
@rows = checked('client');
like(told('access token', @rows), qr/^error: could not renew the access token for server "client": /, 'a renewal that fails is a row');
like(told('host', @rows), qr/^ok/, 'beside others');
unlike(encode_json(\@rows), qr/wrong-SECRET/, 'without the secret');

# A refresh token near its end.
my $refresh = decode_json(sim_post('oauth', { issue => 'refresh_token' }))->{text};
my $soon = $node->safe_psql('postgres', q{SELECT to_char(now() AT TIME ZONE 'UTC' + interval '6 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')});
server_with('ending', qq{app_id '1234567', app_secret '$secret', refresh_token '$refresh', access_token 'pina_simulator', refresh_token_expires_at '$soon'});
like(told('refresh token', checked('ending')), qr/^warning: Valid until 20/, 'a refresh token that ends in six days');
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR CURRENT_USER SERVER ending OPTIONS (SET refresh_token_expires_at '2020-01-01T00:00:00Z')});
like(told('refresh token', checked('ending')), qr/^error: It has ended at 2020-01-01/, 'one that has ended');

# Faults of the API, of the network and of the clock.
my %clocks = (10 => 'ok', 60 => 'warning', -60 => 'warning', 4000 => 'error', -4000 => 'error');
for my $offset (sort { $a <=> $b } keys %clocks)
{
	sim_reset();
	sim_config(clock_offset => $offset);
	my $word = $offset > 0 ? 'ahead of' : 'behind';
	my $told = told('clock', checked('pinterest'));

	like($told, qr/^$clocks{$offset}: The API's clock is \d+ seconds $word this server's\.$/, "a clock that differs by $offset s");
	cmp_ok(abs(($told =~ /(\d+) seconds/)[0] - abs $offset), '<=', 2, 'by as much');
}
for my $fault ({ action => 'html' }, { action => 'garbage' })
{
	sim_reset();
	sim_fault(%$fault);
	@rows = checked('pinterest');
	like(told('access token', @rows), qr/^unknown: .*something else/, "$fault->{action}: is no user account");
	like(told('ad account', @rows), qr/^error: .*not answered with the expected JSON: Byte \d+/, "$fault->{action}: no accounts either");
}
sim_reset();
sim_fault(action => 'status', status => 403, code => 7, message => 'No.', match => '/ad_accounts$');
@rows = checked('pinterest');
like(told('access token', @rows), qr/^ok/, 'accounts may be refused alone');
like(told('ad account', @rows), qr/^error: .*403, code 7.*No\./, 'which is said');
sim_reset();
sim_fault(action => 'status', status => 403, code => 7, message => 'No.', match => '/user_account$');
@rows = checked('pinterest');
like(told('access token', @rows), qr/^warning: It does not tell whose it is/, 'so may the user');
like(told('ad account', @rows), qr/^ok/, 'and accounts are still listed');
sim_reset();
sim_fault(action => 'status', status => 429, code => 8, message => 'Slow.', match => '/ad_accounts$', headers => { 'x-ratelimit-reset' => '30' });
@rows = checked('pinterest');
like(told('quota ads_read', @rows), qr/^warning: 0 of 1000 left until /, 'a quota that is used up');
sim_reset();
@rows = checked('pinterest');
like(told('ad account', @rows), qr/^unknown: Nothing was asked: the API's quota is used up until \d\d:\d\d:\d\d\.$/, 'is not asked for more');
is_deeply([ sim_paths() ], ['/user_account x1'], 'indeed');

my $closed = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my $port = $closed->sockport;
close $closed;
$node->safe_psql('postgres', "ALTER SERVER nothing OPTIONS (SET base_url 'http://127.0.0.1:$port')");
@rows = checked('nothing');
like(told('host', @rows), qr/^error: 127\.0\.0\.1:$port: the connection to the API failed: .*connect/i, 'a host that is not there');
is(told('clock', @rows), 'unknown: The API has not told its time.', 'tells no time');

my ($url) = raw_server(sub {
	my ($token) = $_[0] =~ /^Authorization: Bearer (\S+)\r$/mi;
	my $body = qq({"username": "$token", "items": [{"id": "$token", "name": "a\\nb"}]});
	return "HTTP/1.1 200 OK\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
});
$node->safe_psql('postgres', <<SQL);
CREATE SERVER echo FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url');
CREATE USER MAPPING FOR CURRENT_USER SERVER echo OPTIONS (access_token 'pina_ECHOecho');
SQL
@rows = checked('echo');
is(told('ad account', @rows), 'ok: ************* "a b": ?, ?', 'what an API sends back, and leaves out');
unlike(encode_json(\@rows), qr/ECHOecho/, 'no token that comes back');

# A refused token counts as in a scan: the API does not count the request, so that its
# headers tell nothing of the quota.
my @counted = qw(requests retries rate_limited bytes last_error);
my $its_columns = join ', ', @counted;

# What is counted of requests for the user of a server: the numbers, and the error.
sub counted
{
	my ($server) = @_;
	my %row;

	@row{@counted} = split /\|/, (rows($node, "SELECT $its_columns FROM pinterest_fdw.stat WHERE server = '$server' AND category = 'org_read'"))[0], -1;
	return \%row;
}

sub scan_user
{
	my ($server) = @_;

	return ($node->psql('postgres', "SELECT username FROM $server.user_account"))[0] == 0 ? 'rows' : 'an error';
}

sub user_table
{
	my ($server) = @_;

	return $node->safe_psql('postgres', "CREATE SCHEMA $server; IMPORT FOREIGN SCHEMA pinterest LIMIT TO (user_account) FROM SERVER $server INTO $server");
}

my $no = '{"code": 2, "message": "Authentication failed."}';
my ($refusing) = raw_server(sub {
	return join "\r\n", 'HTTP/1.1 401 Unauthorized', 'Content-Length: ' . length $no,
		'x-ratelimit-limit: 1000, 1000;w=60;name="org_read_app_id_user_id"', 'x-ratelimit-remaining: 3', 'x-ratelimit-reset: 60', '', $no;
});
for my $name (qw(refused_scan refused_check))
{
	$node->safe_psql('postgres', "CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$refusing');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_refused')");
	user_table($name);
}
like(told('quota org_read', checked('refused_check')), qr/^ok: 999 of 1000 left/, 'a refused token: what the headers say is not the quota');
is(scan_user('refused_scan'), 'an error', 'a refused token: a scan');
is_deeply(counted('refused_check'), { requests => 1, retries => 0, rate_limited => 0, bytes => length $no,
		last_error => 'the access token is invalid or has expired' }, 'a refused token: what is counted');
is_deeply(counted('refused_scan'), counted('refused_check'), 'a refused token: the same as in a scan');
like(told('quota org_read', checked('refused_scan')), qr/^ok: 998 of 1000 left/, 'a refused token: a scan believes no header either');

server_with('renewing', qq{app_id '1234567', app_secret '$secret', "grant" 'client_credentials', scope 'user_accounts:read'});
user_table('renewing');
is(scan_user('renewing'), 'rows', 'a first token');
for my $who (qw(scan check))
{
	sim_post('oauth', { revoke => 'access_tokens' });
	$node->safe_psql('postgres', 'SELECT pinterest_fdw.stat_reset()');
	if ($who eq 'scan') { is(scan_user('renewing'), 'rows', 'a token that is replaced: rows'); }
	else { like(told('access token', checked('renewing')), qr/^ok/, 'a token that is replaced: is well'); }
	is_deeply([ @{ counted('renewing') }{qw(requests retries last_error)} ], [ 2, 1, '' ], "a token that is replaced: a $who: two requests, no error");
}

# Trial access, read-only transactions, cancels, rights.
$node->safe_psql('postgres', q{ALTER SERVER client OPTIONS (ADD access_tier 'trial')});
like(told('quota of the day', checked('client')), qr/^ok: /, 'one quota for trial access');
like($node->safe_psql('postgres', q{BEGIN READ ONLY; SELECT string_agg(status, ' ') FROM pinterest_fdw.check('pinterest'); COMMIT}),
	qr/ok/, 'in a read-only transaction');
sim_reset();
sim_fault(action => 'hang', after => 'none');
like(error_of($node, q{SET statement_timeout = '1s'; SELECT * FROM pinterest_fdw.check('pinterest')}),
	qr/57014/, 'a cancel is no finding');
sim_reset();
$node->safe_psql('postgres', q{CREATE ROLE stranger LOGIN; GRANT USAGE ON SCHEMA pinterest_fdw TO stranger; CREATE DATABASE other});

# Fields and words that the catalog does not know: neither is an error, both are
# rows' values, and the session that has read them tells their names.
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
sim_fault(action => 'set_field', match => '/campaigns$', times => 1, field => 'brand_new', value => { a => 'SECRET' });
sim_fault(action => 'set_field', match => '/campaigns$', times => 9, field => 'status', value => 'BRAND_NEW', row => 1);
my $told = q{SELECT status || ': ' || detail FROM pinterest_fdw.check('pinterest') WHERE subject = 'catalog'};
is($node->safe_psql('postgres', <<SQL), <<TOLD =~ s/\n$//r, 'what the catalog does not know is told by name');
SELECT count(*), count(attrs->'brand_new'->>'a') FROM pinterest.campaigns WHERE ad_account_id = '$account';
SELECT count(*) FILTER (WHERE status = 'BRAND_NEW') FROM pinterest.campaigns WHERE ad_account_id = '$account';
SELECT count(*) FILTER (WHERE attrs ? 'is_automated_campaign') > 0 FROM pinterest.ad_groups WHERE ad_account_id = '$account';
$told;
SQL
@{[ $node->safe_psql('postgres', "SELECT count(*) FROM pinterest.campaigns WHERE ad_account_id = '$account'") ]}|1
2
t
warning: Responses that this session has read have more than it: campaigns.brand_new (1), campaigns.status = BRAND_NEW (2).
TOLD
is($node->safe_psql('postgres', "CREATE FOREIGN TABLE newer (id text, brand text OPTIONS (field 'brand_new.a')) SERVER pinterest OPTIONS (stream 'campaigns');
	SELECT count(*) > 0 FROM newer; SELECT count(*) > 0 FROM pinterest.campaigns; $told"),
	"t\nt\nok: It has all fields and words of the responses that this session has read.", 'another session has seen none');
sim_reset();

# What lacks is a row, too, after what does not depend on it, and nothing is sent.
sub lacks
{
	my ($server, %args) = @_;
	my @rows = rows($node, ($args{role} ? "SET ROLE $args{role}; " : '')
		. "SELECT subject, status, detail, hint FROM pinterest_fdw.check($server)");

	is_deeply([ map { /^([^|]*)/ } @rows[0 .. $#rows - 1] ], [ 'versions', 'TLS', 'asynchronous DNS', 'HTTP/2', 'shared quotas', 'catalog' ],
		"check($server): what does not depend on the server");
	return $rows[-1];
}

$node->safe_psql('postgres', q{CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
	CREATE SERVER "Its Own" FOREIGN DATA WRAPPER pinterest_fdw});
my $servers = 'The servers of pinterest_fdw are ' . (rows($node, q{SELECT string_agg(srvname, ', ' ORDER BY srvname::text COLLATE "C") FROM pg_foreign_server WHERE srvname <> 'elsewhere'}))[0] . '.';
is(lacks(q{'pinterest'}, role => 'stranger'), 'server|error|permission denied for foreign server pinterest|'
	. 'Ask its owner for GRANT USAGE ON FOREIGN SERVER pinterest TO stranger.', 'USAGE is needed');
$node->safe_psql('postgres', q{GRANT USAGE ON FOREIGN SERVER pinterest TO stranger});
is(lacks(q{'pinterest'}, role => 'stranger'), 'user mapping|error|user mapping not found for user "stranger", server "pinterest"|'
	. q{Create it with CREATE USER MAPPING FOR stranger SERVER pinterest OPTIONS (access_token '...'), or with an app's options and pinterest_fdw.connect().},
	'and a user mapping');
like(lacks(q{'Its Own'}), qr/\|Create it with CREATE USER MAPPING FOR postgres SERVER "Its Own" OPTIONS/, 'names are quoted where they have to be');
is(lacks(q{'nowhere'}), qq{server|error|server "nowhere" does not exist|$servers}, 'and a server');
is(lacks(q{'pinterst'}), 'server|error|server "pinterst" does not exist|Perhaps you meant the server "pinterest".', 'with its name');
is(lacks(q{'elsewhere'}), qq{server|error|server "elsewhere" is not a server of pinterest_fdw|$servers}, 'of this wrapper');
is(lacks('NULL'), qq{server|error|server must not be null|$servers}, 'not null');
is_deeply([ sim_requests() ], [], 'nothing was sent');
$node->safe_psql('other', q{CREATE EXTENSION pinterest_fdw});
is($node->safe_psql('other', q{SELECT hint FROM pinterest_fdw.check('pinterest') WHERE subject = 'server'}),
	'Create one with CREATE SERVER ... FOREIGN DATA WRAPPER pinterest_fdw.', 'where there is no server at all');

# Queries and functions raise the same.
my $mapping_hint = qr/42704: user mapping not found for user "stranger", server "pinterest"\nHINT:  Create it with CREATE USER MAPPING FOR stranger SERVER pinterest/;
$node->safe_psql('postgres', 'GRANT USAGE ON SCHEMA pinterest TO stranger; GRANT SELECT ON pinterest.ad_accounts TO stranger');
like(error_of($node, $_, extra_params => [ '-U', 'stranger' ]), $mapping_hint, "no user mapping: $_")
  for 'SELECT id FROM pinterest.ad_accounts', q{SELECT pinterest_fdw.renew_token('pinterest')};
like(error_of($node, q{SELECT pinterest_fdw.renew_token('pinterst')}), qr/42704: .*\nHINT:  Perhaps you meant the server "pinterest"\./, 'no server: a function');

# script/connect: it runs in the background, the test is the browser.
sub free_port
{
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);

	return $socket->sockport;
}

# A GET: status, header Location, body.
sub browse
{
	my ($link) = @_;
	my ($host, $path) = $link =~ m{^http://([^/]+)(/.*)$} or die $link;
	my $socket = IO::Socket::INET->new(PeerAddr => $host =~ s/^localhost/127.0.0.1/r, Timeout => 30) or die "$link: $!";

	print $socket "GET $path HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n";
	my $answer = do { local $/; <$socket> };
	my ($status) = $answer =~ m{^HTTP/1\.[01] (\d+)};
	my ($location) = $answer =~ /^Location: (\S+)\r$/mi;
	return ($status, $location, $answer);
}

# Starts script/connect, which has printed its link then.
sub start_connect
{
	my (@args) = @_;
	my %run = (in => '', out => '', err => '');
	my $script = "$FindBin::RealBin/../../../script/connect";

	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{DISPLAY};
	delete $ENV{DISPLAY};
	$run{port} = free_port();
	$run{handle} = IPC::Run::start([ $script, '-d', 'postgres', '--port', $run{port}, @args ],
		'<', \$run{in}, '>', \$run{out}, '2>', \$run{err}, IPC::Run::timeout(120));
	$run{handle}->pump until $run{err} =~ /Waiting/ || !$run{handle}->pumpable;
	($run{link}) = $run{err} =~ m{^  (http://\S+)$}m;
	return \%run;
}

sub end_connect
{
	my ($run) = @_;

	$run->{handle}->finish;
	return $run->{handle}->result(0);
}

server_with('own', q{access_token 'none'});
$node->safe_psql('postgres', 'DROP USER MAPPING FOR CURRENT_USER SERVER own');
$node->append_conf('postgresql.conf', "log_statement = 'all'\nlog_min_error_statement = 'debug5'\nlog_min_duration_statement = 0\n");
$node->reload;
my $log_start = -s $node->logfile;
sim_reset();
my $run;
{
	local $ENV{PINTEREST_APP_ID} = '1234567';
	local $ENV{PINTEREST_APP_SECRET} = $secret;
	$run = start_connect('own', '--scopes', 'ads:read,user_accounts:read');
}
like($run->{link}, qr{^\Q@{[ sim_url('/oauth/') ]}\E\?client_id=1234567&redirect_uri=http%3A%2F%2Flocalhost%3A$run->{port}%2F&response_type=code&scope=ads%3Aread%2Cuser_accounts%3Aread&state=[\w-]{20,}$},
	'connect: the link');
is((browse("http://localhost:$run->{port}/?code=forged&state=guessed"))[0], 400, 'connect: a wrong state is refused');
is((browse("http://localhost:$run->{port}/favicon.ico"))[0], 404, 'connect: other paths are not there');
my ($status, $back) = browse($run->{link});
is($status, 302, 'connect: the page sends the browser back');
my ($code) = $back =~ /[?&]code=([^&]+)/;
$code =~ s/%([0-9A-F]{2})/chr hex $1/ge;
my ($arrived, undef, $page) = browse($back);
is($arrived, 200, 'connect: to us');
like($page, qr/You can close this window/, 'connect: a plain page');
ok(end_connect($run) == 0, 'connect: success') or diag($run->{err});
like($run->{err}, qr/^Connected\.$/m, 'connect: is said');
like($run->{out}, qr/access token\s*\| ok\s*\| Valid until 20/, 'connect: and checked');
is($node->safe_psql('postgres', q{SELECT kind, granted_scope FROM pinterest_fdw.tokens WHERE server = 'own'}),
	'refresh_token|ads:read,user_accounts:read', 'connect: the tokens are stored');
is_deeply([ map { "$_->{status} $_->{body}{grant_type}" } grep { $_->{path} eq '/oauth/token' } sim_requests() ],
	['200 authorization_code'], 'connect: with one request');
my $log = slurp_file($node->logfile, $log_start);
unlike("$log$run->{out}$run->{err}", qr/\Q$secret\E|\Q$code\E|pin[ar]_/, 'connect: no secret in the log nor on the screen');

# Once there is an app, nobody is asked for it.
sim_config(deny => JSON::PP::true);
$run = start_connect('own');
(undef, $back) = browse($run->{link});
like($back, qr/error=access_denied/, 'connect: the user refuses');
like((browse($back))[2], qr/Access was denied/, 'connect: which the page says');
isnt(end_connect($run), 0, 'connect: no success');
like($run->{err}, qr/connect: Access was denied on Pinterest's page\./, 'connect: says so');

# A user without an app of their own, by PUBLIC's.
sim_reset();
$node->safe_psql('postgres', <<SQL);
DROP USER MAPPING FOR CURRENT_USER SERVER own;
CREATE USER MAPPING FOR PUBLIC SERVER own OPTIONS (app_id '1234567', app_secret '$secret', "grant" 'authorization_code');
GRANT USAGE ON FOREIGN SERVER own TO stranger;
SQL
$run = start_connect('own', '-U', 'stranger');
(undef, $back) = browse($run->{link});
browse($back);
is(end_connect($run), 0, 'connect: by the app of PUBLIC');
unlike($run->{err}, qr/^Note/m, 'connect: no secret was asked for');
like($node->safe_psql('postgres', q{SELECT string_agg(split_part(o, '=', 1), ' ' ORDER BY o) FROM pg_user_mappings,
	unnest(umoptions) AS o WHERE srvname = 'own' AND usename = 'stranger'}), qr/\baccess_token\b.*\bapp\b(?!_)/, 'connect: stores tokens, and no app');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR PUBLIC SERVER own; DROP USER MAPPING FOR stranger SERVER own');

# One with an app, but without the rights to keep it out of the log.
{
	local $ENV{PINTEREST_APP_ID} = '1234567';
	local $ENV{PINTEREST_APP_SECRET} = $secret;
	$run = start_connect('own', '-U', 'stranger');
}
(undef, $back) = browse($run->{link});
browse($back);
is(end_connect($run), 0, 'connect: no superuser');
like($run->{err}, qr/^Note: only a superuser can keep statements out/m, 'connect: says that the log may have the secret');

for my $case ([ qr/there is no server "nowhere"/, 'nowhere' ], [ qr/has a token of another kind/, 'pinterest' ],
	[ qr/there is no terminal to ask for the app/, 'own' ], [ qr/usage:/ ], [ qr/--port takes a number/, 'own', '--port', 'x' ])
{
	my ($expected, @args) = @$case;

	$node->safe_psql('postgres', 'SET client_min_messages = warning; DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER own');
	$run = start_connect(@args);
	isnt(end_connect($run), 0, "connect @args: fails");
	like($run->{err}, $expected, "connect @args: and says why");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
