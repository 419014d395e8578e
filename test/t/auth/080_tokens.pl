# Copyright (c) 2026, pinterest_fdw contributors

# Access tokens that renew themselves: when, with what, at most once per scan,
# and what happens where the API gives none.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenTest;

local $ENV{PINTEREST_TEST_TOKEN} = 'pina_of_environment';
simulator('--accounts', 2, '--campaigns', 10, '--ad-groups', 2, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", page_size '4', max_connections '4', retries '1'");
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $query = 'SELECT id, name FROM pinterest.campaigns';
truth_table($node, 'campaigns');
my $session = sql_session($node);
my $truth = outcome($session, 'SELECT id, name FROM truth.campaigns');
is(outcome($session, $query)->{md5}, $truth->{md5}, 'an access token that does not renew itself');
my $no_secret = qr/^(?!.*(?:pina_|pinr\.|$app_secret))/s;

# Runs the query; compares rows, token requests and the tokens of the others.
# Returns what was said besides.
sub rows_with
{
	my ($name, $forms, $bearers) = @_;
	my ($got, $said) = messages_of($session, $query);

	is_deeply($got, $truth, "$name: all rows");
	forms_ok($forms, $name);
	is_deeply(bearers(), $bearers, "$name: the tokens") if $bearers;
	return $said;
}

# Runs the query, which fails for want of a token; returns the error.
sub refused_with
{
	my ($name, $forms) = @_;
	my ($got, $said) = messages_of($session, $query);

	is($got->{sqlstate}, '28000', "$name: SQLSTATE") or diag(explain($got));
	forms_ok($forms, $name);
	like(join(' ', $said, map { $_ // '' } values %$got), $no_secret, "$name: no secret is told");
	return $got;
}

# ---- first use ----

new_grant($node);
is(token_state($node, 'kind, access_token_expires_at IS NULL, last_renewal IS NULL'), 'refresh_token|t|t', 'before the first use');
is(rows_with('first use', ['refresh_token refresh#1'], ['access#1']), '', 'first use says nothing');
my ($request) = grep { $_->{path} eq '/oauth/token' } sim_requests();
is_deeply([ @$request{qw(method raw_query)}, $request->{headers}{authorization} ], [ 'POST', '', "Basic $app" ], 'the app is told as Basic authentication');
is_deeply([ sort keys %{ $request->{body} } ], [qw(grant_type refresh_token)], 'and no field but these');
is(token_state($node, <<'SQL'), 't|t|t|t|t', 'what pinterest_fdw.tokens tells then');
	access_token_expires_at BETWEEN now() + '719 hours' AND now() + '720 hours',
	refresh_token_expires_at BETWEEN now() + '1439 hours' AND now() + '1440 hours',
	last_renewal BETWEEN now() - interval '1 minute' AND now(), last_error IS NULL AND last_error_at IS NULL,
	granted_scope LIKE 'ads:read,%'
SQL
rows_with('second use', ['refresh_token refresh#1'], ['access#1']);
is($node->safe_psql('postgres', 'SELECT count(*) FROM pinterest.campaigns'), $truth->{rows}, 'another session');
forms_ok(['refresh_token refresh#1'], 'another session');
is($node->safe_psql('postgres', "SELECT t BETWEEN now() + '719 hours' AND now() + '721 hours' FROM pinterest_fdw.renew_token('pinterest') AS t"),
	't', 'renew_token() tells the end');
forms_ok([ 'refresh_token refresh#1', 'refresh_token refresh#2' ], 'renew_token()');
rows_with('after renew_token(), in a session with the old one', [ 'refresh_token refresh#1', 'refresh_token refresh#2' ], [ 'access#1', 'access#2' ]);

# ---- ahead of the end ----

for my $case ([ 48, 0 ], [ 25, 0 ], [ 23, 1 ], [ 1, 1 ], [ -1, 1 ], [ -10000, 1 ])
{
	my ($hours, $is_due) = @$case;

	new_grant($node, options => { access_token => 1, access_token_expires_at => in_hours($hours) });
	is(rows_with("$hours hours to the end", [ $is_due ? 'refresh_token refresh#1' : () ], [ $is_due ? 'access#2' : 'access#1' ]), '', 'silently');
}
new_grant($node, options => { access_token => 1 });
rows_with('an end that is not known', [], ['access#1']);

# Tokens that live for an hour are renewed halfway to their end.
new_grant($node, config => { access_seconds => 3600 });
rows_with("an hour's token: use $_", ['refresh_token refresh#1'], ['access#1']) for 1 .. 3;
set_options($node, { renewed_at => in_hours(-20 / 60), access_token_expires_at => in_hours(40 / 60) });
rows_with("an hour's token: before half of it", ['refresh_token refresh#1'], ['access#1']);
set_options($node, { renewed_at => in_hours(-31 / 60), access_token_expires_at => in_hours(29 / 60) });
rows_with("an hour's token: after half of it", [ map { "refresh_token refresh#$_" } 1, 2 ], [ 'access#1', 'access#2' ]);
rows_with("an hour's token: and then no more", [ map { "refresh_token refresh#$_" } 1, 2 ], [ 'access#1', 'access#2' ]);

# ---- 401 ----

new_grant($node, options => { access_token => 1 });
sim_post('oauth', { revoke => 'access_tokens' });
is(rows_with('a token that was revoked', ['refresh_token refresh#1'], [ 'access#1', 'access#2' ]), '', 'a token that was revoked: silently');
new_grant($node, options => { access_token => 1, access_token_expires_at => in_hours(2000) });
sim_post('oauth', { revoke => 'access_tokens' });
rows_with('its end may be far', ['refresh_token refresh#1'], [ 'access#1', 'access#2' ]);

# Expiry in the middle: of pages, of a parent's pages, of pages on several
# connections, of reports.  Wherever it comes, no row is lost or doubled.
my $days = "ad_account_id = '$account' AND date BETWEEN '" . utc_today(-130) . "' AND '" . utc_today(-120) . "'";
for my $sql ($query, 'SELECT id, name FROM pinterest.ad_groups', 'SELECT id, name FROM pinterest.ads',
	"SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE $days")
{
	my ($table) = $sql =~ /pinterest\.(\w+)/;

	for my $connections (1, 4)
	{
		$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET max_connections '$connections')");
		new_grant($node, options => { access_token => 1 });
		my $expected = outcome($session, $sql);
		my $requests = () = grep { $_->{host} eq 'api' } sim_requests();
		cmp_ok($expected->{rows} // 0, '>', 0, "$table, $connections connections: $requests requests") or diag(explain($expected));
		for my $after (1 .. ($requests > 8 ? 8 : $requests))
		{
			my $name = "$table, $connections connections, expiry after $after requests";

			new_grant($node, options => { access_token => 1 });
			sim_post('oauth', { revoke_after => $after });
			is_deeply(outcome($session, $sql), $expected, "$name: all rows");
			forms_ok([ $after < $requests ? 'refresh_token refresh#1' : () ], $name);
			is_deeply(bearers(), [ 'access#1', $after < $requests ? 'access#2' : () ], "$name: the tokens");
		}
	}
}

# A token that is refused again ends the scan, and one that may not is no reason.
new_grant($node, options => { access_token => 1 });
sim_fault(action => 'status', status => 401, code => 2, match => '/campaigns$');
my $error = refused_with('refused again', ['refresh_token refresh#1']);
like($error->{message}, qr/the access token is invalid or has expired/, 'refused again: the message');
is_deeply(bearers(), [ 'access#1', 'access#2' ], 'refused again: both tokens were tried');
new_grant($node);
sim_fault(action => 'status', status => 401, code => 2, match => '/campaigns$');
refused_with('renewed ahead and refused', ['refresh_token refresh#1']);
for my $code (3, 7, 29)
{
	new_grant($node, options => { access_token => 1 });
	sim_fault(action => 'status', status => 401, code => $code, match => '/campaigns$');
	is(outcome($session, $query)->{sqlstate}, '42501', "code $code: the error");
	forms_ok([], "code $code");
}

# ---- rotation ----

for my $case ([ dies => 1, 2, 3 ], [ stays => 1, 2, 3 ], [ none => 1, 1, 1 ])
{
	my ($rotation, @refresh) = @$case;

	new_grant($node, config => { rotation => $rotation });
	for my $use (0 .. 2)
	{
		rows_with("rotation $rotation, use $use", [ map { "refresh_token refresh#$_" } @refresh[ 0 .. $use ] ],
			[ map { "access#$_" } 1 .. $use + 1 ]);
		sim_post('oauth', { revoke => 'access_tokens' });
	}
}

# An answer that was lost: the old refresh token serves again where it lives.
new_grant($node, config => { rotation => 'stays' });
sim_fault(action => 'drop', match => '^/oauth/token$', times => 1);
is(rows_with('a lost answer', [ ('refresh_token refresh#1') x 2 ], ['access#2']), '', 'a lost answer: silently');
new_grant($node, config => { rotation => 'dies' });
sim_fault(action => 'drop', match => '^/oauth/token$', times => 1);
refused_with('a lost answer that held the only refresh token', [ ('refresh_token refresh#1') x 2 ]);

# The refresh token before is tried where the new one is refused, and is the one
# behind the next, since it has just worked.
for my $rotation ('stays', 'none')
{
	my $name = "the token before, rotation $rotation";
	my ($one, $two);

	new_grant($node, config => { rotation => 'stays' });
	$one = stored($node, 'refresh_token');
	rows_with("$name: first", ['refresh_token refresh#1']);
	$two = stored($node, 'refresh_token');
	ok($two ne $one && stored($node, 'previous_refresh_token') eq $one, "$name: what is stored first");
	sim_post('oauth', { revoke => 'access_tokens' });
	sim_post('oauth', { refuse => 'refresh#2' });
	sim_config(rotation => $rotation);
	is(rows_with($name, [ map { "refresh_token refresh#$_" } 1, 2, 1 ], [ 'access#1', 'access#2' ]), '', "$name: silently");
	if ($rotation eq 'none')
	{
		ok(stored($node, 'refresh_token') eq $one, "$name: it is the refresh token again");
		is(stored($node, 'previous_refresh_token'), undef, "$name: with none behind it");
		next;
	}
	ok(!grep({ stored($node, 'refresh_token') eq $_ } $one, $two), "$name: another refresh token is stored");
	ok(stored($node, 'previous_refresh_token') eq $one, "$name: and behind it the one that served");
	sim_post('oauth', { revoke => 'access_tokens' });
	rows_with('the token after that', [ map { "refresh_token refresh#$_" } 1, 2, 1, 3 ], [ 'access#1', 'access#2', 'access#3' ]);
	sim_post('oauth', { refuse => 'refresh_tokens' });
	sim_post('oauth', { revoke => 'access_tokens' });
	is(scalar(forms()), 4, 'so far');
	is(outcome($session, $query)->{sqlstate}, '28000', 'both refused: the error');
	is(scalar(forms()), 6, 'both refused: both were tried, each once');
}

# ---- no token is to be had ----

new_grant($node);
sim_post('oauth', { refuse => 'refresh_tokens' });
$error = refused_with('a refused refresh token', ['refresh_token refresh#1']);
is($error->{message}, 'could not renew the access token for server "pinterest"', 'a refused refresh token: the message');
like($error->{detail}, qr/^Reason: the API refused the refresh token or the app's secret: .*HTTP status 401, code 2/s, 'a refused refresh token: the detail');
like($error->{hint}, qr/pinterest_fdw\.connect\(\)/, 'a refused refresh token: the hint');
is_deeply(bearers(), [], 'a refused refresh token: no other request');
is(token_state($node, "last_error LIKE 'the API refused the refresh token or the app''s secret: %', now() - last_error_at < '1 minute', last_renewal IS NULL"),
	't|t|t', 'a refused refresh token: pinterest_fdw.tokens');
like(token_state($node, 'last_error'), $no_secret, 'a refused refresh token: without a secret');
set_options($node, { refresh_token => issue('refresh_token') });
rows_with('after another was set', [ map { "refresh_token refresh#$_" } 1, 2 ], ['access#1']);
is(token_state($node, 'last_error IS NULL AND last_error_at IS NULL'), 't', 'and the error is forgotten');

new_grant($node, options => { app_secret => 'another' });
$error = refused_with('a wrong secret', ['refresh_token refresh#1']);
like($error->{detail}, qr/the app's secret/, 'a wrong secret: the detail');
set_options($node, { app_secret => $app_secret });
rows_with('after the secret was set', [ ('refresh_token refresh#1') x 2 ], ['access#1']);

for my $case ([ 'without access token', { action => 'replace', body => '{"refresh_token":"pinr.replaced"}' } ],
	[ 'that is no JSON', { action => 'garbage' } ], [ 'that is a page', { action => 'html' } ],
	[ 'whose access token has a line break', { action => 'set_field', field => 'access_token', value => "pina_a\r\nb" } ],
	[ 'whose access token is a number', { action => 'set_field', field => 'access_token', value => 1 } ])
{
	my ($name, $fault) = @$case;

	new_grant($node);
	sim_fault(match => '^/oauth/token$', %$fault);
	$error = outcome($session, $query);
	is($error->{sqlstate}, '28000', "an answer $name: SQLSTATE");
	like($error->{detail}, qr/the API's answer has no access token/, "an answer $name: the detail");
	is_deeply(bearers(), [], "an answer $name: no other request");
}

# A failure that may pass is tried once more.
for my $case ([ 500, 0 ], [ 503, 0 ], [ 429, 8 ])
{
	my ($status, $code) = @$case;

	new_grant($node, config => { rotation => 'stays' });
	sim_fault(action => 'status', status => $status, code => $code, match => '^/oauth/token$', times => 1);
	is(rows_with("status $status once", [ ('refresh_token refresh#1') x 2 ]), '', "status $status once: silently");
}
new_grant($node);
sim_fault(action => 'status', status => 500, match => '^/oauth/token$');
$error = refused_with('status 500 for good', [ ('refresh_token refresh#1') x 2 ]);
like($error->{detail}, qr/^Reason: the API failed on its side: .*HTTP status 500/s, 'status 500 for good: the detail');

# Ahead of the end a failure does no harm, and is not asked for again at once.
my $failed = [ ('refresh_token refresh#1') x 2 ];
new_grant($node, options => { access_token => 1, access_token_expires_at => in_hours(1) }, config => { rotation => 'stays' });
sim_fault(action => 'status', status => 500, match => '^/oauth/token$', times => 4);
my $said = rows_with('a failure ahead', $failed, ['access#1']);
like($said, qr/WARNING:  could not renew the access token for server "pinterest" ahead of its end/, 'a failure ahead: WARNING');
like($said, qr/DETAIL:  Reason: .*HTTP status 500/s, 'a failure ahead: the detail');
like($said, $no_secret, 'a failure ahead: no secret');
is(rows_with('a failure ahead, next scan', $failed, ['access#1']), '', 'a failure ahead: silence then');
set_options($node, { renewal_failed_at => in_hours(-6 / 60) });
like(rows_with('a failure ahead, minutes later', [ (@$failed) x 2 ], ['access#1']), qr/WARNING/, 'a failure ahead: told again');
set_options($node, { renewal_failed_at => in_hours(-6 / 60) });
is(rows_with('the API is well again', [ @$failed, @$failed, 'refresh_token refresh#1' ], [ 'access#1', 'access#6' ]), '', 'the API is well again: silence');
is(token_state($node, 'last_error IS NULL'), 't', 'the API is well again: no error is left');
new_grant($node, options => { access_token => 1, access_token_expires_at => in_hours(1) }, config => { rotation => 'stays' });
sim_fault(action => 'status', status => 500, match => '^/oauth/token$', times => 2);
like(rows_with('a failure ahead', $failed), qr/WARNING/, 'a failure ahead, once more');
sim_post('oauth', { revoke => 'access_tokens' });
rows_with('a 401 does not wait', [ @$failed, 'refresh_token refresh#1' ], [ 'access#1', 'access#4' ]);

# ---- answers ----

new_grant($node, config => { token_answer => { numeric_strings => JSON::PP::true } });
rows_with('numbers as texts', ['refresh_token refresh#1'], ['access#1']);
is(token_state($node, "access_token_expires_at > now() + '29 days', refresh_token_expires_at > now() + '59 days'"), 't|t', 'numbers as texts: the ends');
for my $case ([ ['expires_in'], 't|f|f' ], [ ['scope'], 'f|f|t' ], [ [qw(refresh_token_expires_in refresh_token_expires_at)], 'f|t|f' ],
	[ ['refresh_token_expires_in'], 'f|f|f' ], [ ['refresh_token_expires_at'], 'f|f|f' ],
	[ [qw(token_type response_type)], 'f|f|f' ])
{
	my ($omit, $nulls) = @$case;

	new_grant($node, config => { token_answer => { omit => $omit } });
	rows_with("without @$omit, use $_", ['refresh_token refresh#1'], ['access#1']) for 1, 2;
	is(token_state($node, 'access_token_expires_at IS NULL, refresh_token_expires_at IS NULL, granted_scope IS NULL'), $nulls, "without @$omit: what is known");
}
new_grant($node, config => { rotation => 'stays', token_answer => { omit => ['refresh_token'] } });
rows_with('without refresh_token, first', ['refresh_token refresh#1'], ['access#1']);
sim_post('oauth', { revoke => 'access_tokens' });
rows_with('without refresh_token, then', [ ('refresh_token refresh#1') x 2 ], [ 'access#1', 'access#2' ]);

# The same access token again, with and without another refresh token.
for my $rotation ('none', 'stays', 'dies')
{
	new_grant($node, config => { rotation => $rotation, token_answer => { same_within => 600 } });
	rows_with("the same token again, rotation $rotation", ['refresh_token refresh#1'], ['access#1']);
	is(outcome($session, "SELECT pinterest_fdw.renew_token('pinterest')")->{rows}, 1, "the same token again, rotation $rotation: renew_token()");
	set_options($node, { access_token_expires_at => in_hours(1), renewed_at => in_hours(-1000) });
	is(rows_with("the same token ahead, rotation $rotation",
			[ map { 'refresh_token refresh#' . ($rotation eq 'none' ? 1 : $_) } 1 .. 3 ], ['access#1']), '', "the same token ahead, rotation $rotation: silently");
}

# The clock of the API does not matter.
for my $offset (-100000, 100000)
{
	new_grant($node, config => { clock_offset => $offset, access_seconds => 90000 });
	rows_with("a clock that is $offset seconds off, use $_", ['refresh_token refresh#1'], ['access#1']) for 1, 2;
	is(token_state($node, "access_token_expires_at BETWEEN now() + '24 hours' AND now() + '26 hours',
		refresh_token_expires_at BETWEEN now() + '1416 hours' AND now() + '1440 hours'"), 't|t', "a clock that is $offset seconds off: the ends");
}

# ---- client credentials ----

sim_reset();
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'client_credentials' });
my $scope = 'ads:read,boards:read,catalogs:read,pins:read,user_accounts:read';
rows_with("client credentials, use $_", ["client_credentials $scope"], ['access#1']) for 1, 2;
is(token_state($node, "kind, granted_scope, refresh_token_expires_at IS NULL"), "client_credentials|$scope|t", 'client credentials: the state');
sim_post('oauth', { revoke => 'access_tokens' });
rows_with('client credentials, renewed', [ ("client_credentials $scope") x 2 ], [ 'access#1', 'access#2' ]);
set_options($node, { access_token_expires_at => in_hours(1), renewed_at => in_hours(-1000) });
rows_with('client credentials, ahead', [ ("client_credentials $scope") x 3 ], [ map { "access#$_" } 1 .. 3 ]);
sim_reset();
token_mapping($node, { app_id => $app, app_secret => $app_secret, grant => 'client_credentials', scope => 'ads:read' });
rows_with('client credentials with a scope', ['client_credentials ads:read'], ['access#1']);
sim_reset();
token_mapping($node, { app_id => $app, app_secret => 'another', grant => 'client_credentials', scope => 'ads:read' });
$error = refused_with('client credentials, wrong secret', ['client_credentials ads:read']);
like($error->{detail}, qr/the API refused the app's id, secret or scope/, 'client credentials, wrong secret: the detail');

# ---- files and variables ----

# The rest of a cursor's rows after a change; its first page is there already.
sub rest_after
{
	my ($change) = @_;

	$session->{stderr} = '';
	$session->query_safe("BEGIN; DECLARE c CURSOR FOR SELECT id FROM pinterest.campaigns");
	my @ids = split /\n/, $session->query_safe('FETCH 1 FROM c');
	$change->();
	$session->{stderr} = '';
	push @ids, split /\n/, $session->query('FETCH ALL FROM c') // '';
	my $said = $session->{stderr};
	$session->{stderr} = '';
	$session->query_safe('ROLLBACK');
	return ($said, [ sort @ids ]);
}

my @ids = sort(rows($node, 'SELECT id FROM truth.campaigns'));
my $file = $node->basedir . '/token';
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (SET max_connections '1')");
for my $kind ('access_token_file', 'access_token')
{
	my $put = sub {
		$kind eq 'access_token' ? set_options($node, { access_token => $_[0] }) :
		  do { unlink $file; append_to_file($file, "$_[0]\n") };
	};
	sim_reset();
	sim_config(tokens => { pina_a => { name => 'a' }, pina_b => { name => 'b' } });
	$put->('pina_a') if $kind eq 'access_token_file';
	token_mapping($node, { $kind => $kind eq 'access_token' ? 'pina_a' : $file });
	my ($text, $got) = rest_after(sub { sim_config(tokens => { pina_a => { name => 'a', expires_in => 0 } }); $put->('pina_b') });
	is_deeply($got, \@ids, "$kind: read again after a 401") or diag($text);
	is_deeply(bearers(), [ 'a', 'b' ], "$kind: both tokens");
	forms_ok([], $kind);
	($text, $got) = rest_after(sub { sim_config(tokens => { pina_b => { name => 'b', expires_in => 0 } }) });
	like($text, qr/ERROR:  .*the access token is invalid or has expired/, "$kind: the same again is refused");
	is((() = grep { ($_->{status} // 0) == 401 } sim_requests()), 2, "$kind: and not sent again");
}
sim_reset();
sim_config(tokens => { pina_of_environment => { name => 'environment' } });
token_mapping($node, { token_env => 'PINTEREST_TEST_TOKEN' });
rows_with('token_env', [], ['environment']);
is(token_state($node, 'kind'), 'token_env', 'token_env: the state');
sim_config(tokens => { pina_of_environment => undef });
refused_with('token_env, revoked', []);

# ---- the end of the refresh token ----

for my $case ([ 24 * 8, '' ], [ 24 * 6 + 1, 'ends in 6 days' ], [ -1, 'has ended' ])
{
	my ($hours, $words) = @$case;
	my $own = sql_session($node);

	new_grant($node, options => { access_token => 1, refresh_token_expires_at => in_hours($hours) });
	outcome($own, $query);
	$words eq '' ? is($own->{stderr}, '', "$hours hours: no warning") :
	  like($own->{stderr}, qr/WARNING:  the refresh token for server "pinterest" $words\n.*HINT:  .*pinterest_fdw\.connect\(\)/s, "$hours hours: the warning");
	outcome($own, $query);
	is($own->{stderr}, '', "$hours hours: once per session");
	$own->quit;
}
new_grant($node, options => { refresh_token_expires_at => in_hours(24) });
unlike(rows_with('renewed meanwhile', ['refresh_token refresh#1']), qr/WARNING/, 'renewed meanwhile: no warning');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed');
$node->stop;
done_testing();
