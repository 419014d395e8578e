# Copyright (c) 2026, pinterest_fdw contributors

# Which failures pass by themselves, and how long to wait for that, by what a
# response tells: seconds, dates, times since 1970, by the other side's clock.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(quotas => 1, options => ", retries '0'");
my $session = sql_session($node);
$session->query_safe("SET client_min_messages = warning");
my $table = 'SELECT id, name FROM pinterest.boards';
my $truth = outcome($session, $table);
cmp_ok($truth->{rows}, '>', 0, 'there is something to read');

# ---- how long ----

# The response's clock: any time will do.
my $then = 784111777;
my %date = map { ($_->[0] => $_) } [ 0, 'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994' ],
	[ 2, 'Sun, 06 Nov 1994 08:49:39 GMT', 'Sunday, 06-Nov-94 08:49:39 GMT', 'Sun Nov  6 08:49:39 1994' ],
	[ 90, 'Sun, 06 Nov 1994 08:51:07 GMT', 'Sunday, 06-Nov-94 08:51:07 GMT', 'Sun Nov  6 08:51:07 1994' ];
my $late = 'Sun, 06 Nov 1994 08:47:37 GMT';
my $next_year = 'Mon, 06 Nov 1995 08:49:37 GMT';

# With 0 retries the error tells what was asked for; undef: nothing.
my @waits = (
	# status, headers, seconds
	map({ my $status = $_; (
		[ $status, { 'retry-after' => '20' }, 20 ], [ $status, { 'retry-after' => '0' }, 0 ],
		map({ my $form = $_; map { [ $status, { 'retry-after' => $date{$_}[$form] }, $_ ] } 0, 2, 90 } 1 .. 3),
		[ $status, { 'retry-after' => $late }, undef ], [ $status, { 'retry-after' => $next_year }, undef ],
		[ $status, { 'retry-after' => 'soon' }, undef ], [ $status, { 'retry-after' => '' }, undef ], [ $status, { 'retry-after' => '-5' }, undef ],
		[ $status, { 'retry-after' => '1.5' }, 1 ], [ $status, { 'retry-after' => '172800' }, 172800 ], [ $status, { 'retry-after' => $then + 3 }, 3 ],
		[ $status, { 'retry-after' => '99999999999999999999' }, undef ],
		[ $status, {}, undef ]) } 429, 503),
	[ 429, { 'x-ratelimit-reset' => '7' }, 7 ], [ 429, { 'x-ratelimit-reset' => $then + 2 }, 2 ], [ 429, { 'x-ratelimit-reset' => ($then + 2) . '500' }, 2 ],
	[ 429, { 'x-ratelimit-reset' => $then - 1 }, 0 ], [ 429, { 'x-ratelimit-reset' => $then - 3600 }, undef ],
	[ 429, { 'x-ratelimit-reset' => $then + 90000 }, undef ], [ 429, { 'x-ratelimit-reset' => '86400' }, 86400 ],
	[ 429, { 'x-ratelimit-reset' => '2000000' }, undef ], [ 429, { 'x-ratelimit-reset' => 'soon' }, undef ],
	[ 429, { 'x-ratelimit-reset' => '50', 'retry-after' => '3' }, 3 ], [ 429, { 'x-ratelimit-reset' => '50', 'retry-after' => 'soon' }, 50 ],
	[ 503, { 'x-ratelimit-reset' => '7' }, undef ], [ 503, { 'x-ratelimit-reset' => $then + 2 }, undef ], [ 503, { 'x-ratelimit-reset' => '50', 'retry-after' => '3' }, 3 ]);
for my $wait (@waits)
{
	my ($status, $headers, $seconds) = @$wait;
	my $what = "status $status, " . join(', ', map { "$_: $headers->{$_}" } sort keys %$headers);
	my $told = defined $seconds ? " The API asks to wait for $seconds seconds." : $status == 429 ? ' The API asks to wait for 60 seconds.' : '';

	$session->query_safe('SELECT pinterest_fdw.limit_reset()');
	sim_reset();
	sim_fault(action => 'status', status => $status, code => 8, message => 'No.', headers => { date => $date{0}[1], 'x-ratelimit-reset' => undef, %$headers });
	like(outcome($session, $table)->{detail}, qr/status $status, code 8: No\.\Q$told\E$/, $what);
}
for my $case ([ 'Slow down. Retry after 4 seconds.', 4 ], [ 'Retry after 4 seconds', 4 ], [ 'Retry after a while', 9 ])
{
	$session->query_safe('SELECT pinterest_fdw.limit_reset()');
	sim_reset();
	sim_fault(action => 'status', status => 400, code => 1, message => $case->[0], headers => { 'retry-after' => 9 });
	like(outcome($session, $table)->{detail}, qr/The API asks to wait for $case->[1] seconds\.$/, $case->[0]);
}

# Without a date of the response it is our clock that counts.
my ($url) = raw_server(sub { "HTTP/1.1 429 Wait\r\nContent-Length: 0\r\nX-RateLimit-Reset: " . (time + 3000) . "\r\n\r\n" });
$session->query_safe(<<SQL);
CREATE SERVER undated FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER undated OPTIONS (access_token 'pina_raw');
CREATE FOREIGN TABLE undated (id text) SERVER undated OPTIONS (stream 'boards');
SQL
my ($asked) = outcome($session, 'SELECT id FROM undated')->{detail} =~ /The API asks to wait for (\d+) seconds/;
cmp_ok($asked, '<=', 3000, 'a reset that is a time, without a date: seconds');
cmp_ok($asked, '>', 1000, 'and no less than that');

# ---- what comes of it ----

# The same request leaves after the wait, and no other before its end.
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET retries '2', ADD max_connections '1')");
for my $case ([ 503, { 'retry-after' => 2 } ], [ 500, { 'retry-after' => 2 } ], [ 429, { 'retry-after' => 2 } ], [ 429, { 'x-ratelimit-reset' => $then + 2, date => $date{0}[1] } ],
	[ 429, { 'retry-after' => $date{2}[3], date => $date{0}[1] } ])
{
	my ($status, $headers) = @$case;
	my $what = "status $status, " . join(', ', map { "$_: $headers->{$_}" } sort keys %$headers);

	$session->query_safe('SELECT pinterest_fdw.limit_reset()');
	sim_reset();
	sim_fault(action => 'status', status => $status, code => 8, times => 1, match => '^/boards$', headers => $headers);
	is_deeply(outcome($session, $table), $truth, "$what: all rows");
	my @sent = sim_requests();
	my ($refused) = grep { $_->{status} == $status } @sent;
	is(scalar(@sent), 2, "$what: one request more");
	is(scalar(grep { $_->{started} > $refused->{started} && $_->{started} < $refused->{started} + 2 } @sent), 0, "$what: none before the end");
}

# A wait that is too long is an error at once, and what cannot be holds nobody.
for my $case ([ 503, { 'retry-after' => 901 }, 'HV00M' ], [ 429, { 'retry-after' => 901 }, '53400' ], [ 429, { 'x-ratelimit-reset' => 901 }, '53400' ])
{
	my ($status, $headers, $state) = @$case;

	$session->query_safe('SELECT pinterest_fdw.limit_reset()');
	sim_reset();
	sim_fault(action => 'status', status => $status, code => 8, headers => $headers);
	my $got = outcome($session, $table);
	is($got->{sqlstate}, $state, "status $status, 901 seconds: SQLSTATE");
	like($got->{detail}, qr/status $status, code 8: .* asks to wait for 901 seconds\.$/, "status $status, 901 seconds: detail");
	is(scalar(my @sent = sim_requests()), 1, "status $status, 901 seconds: one request");
}
$session->query_safe('SELECT pinterest_fdw.limit_reset()');
sim_reset();
sim_fault(action => 'status', status => 429, code => 8, times => 1, headers => { 'x-ratelimit-reset' => $then, date => $date{0}[1] });
is_deeply(outcome($session, $table), $truth, 'a reset that is now');
is_deeply(outcome($session, $table), $truth, 'and the session is not held');

# The host of reports may ask, too.
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $report = "SELECT campaign_id, date FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date BETWEEN '" . utc_today(-120) . "' AND '" . utc_today(-110) . "'";
sim_reset();
sim_config(report_polls => 0);
my $all = outcome($session, $report);
cmp_ok($all->{rows}, '>', 0, 'a report');
sim_fault(action => 'status', status => 503, code => 1, times => 1, match => '^/async', headers => { 'retry-after' => 2 });
is_deeply(outcome($session, $report), $all, 'a host of reports that asks to wait: all rows');
my @sent = sim_requests();
my ($refused) = grep { $_->{status} == 503 } @sent;
is(scalar(grep { $_->{started} > $refused->{started} && $_->{started} < $refused->{started} + 2 } @sent), 0, 'and no request before the end');

# ---- which pass ----

$session->query_safe("ALTER SERVER pinterest OPTIONS (SET retries '1')");
for my $status (408, 425, 500, 502, 503, 504, 520, 529)
{
	sim_reset();
	sim_fault(action => 'status', status => $status, code => 1, times => 1, match => '^/boards$');
	is_deeply(outcome($session, $table), $truth, "status $status passes");
	is(scalar(@sent = sim_requests()), 2, "status $status: two requests");
}
for my $case ([ 400, 'HV000', qr/refused the request$/ ], [ 402, 'HV000', qr/did not accept the request$/ ], [ 405, 'HV000', qr/did not accept/ ], [ 410, 'HV000', qr/did not accept/ ],
	[ 451, 'HV000', qr/did not accept/ ], [ 501, 'HV000', qr/does not offer this$/ ], [ 505, 'HV00N', qr/does not speak the API's HTTP$/ ],
	[ 508, 'HV00N', qr/goes in a circle$/ ], [ 511, 'HV00N', qr/wants a login$/ ])
{
	my ($status, $state, $message) = @$case;

	sim_reset();
	sim_fault(action => 'status', status => $status, code => 1, match => '^/boards$', headers => { 'retry-after' => 0 });
	my $got = outcome($session, $table);
	is($got->{sqlstate}, $state, "status $status: SQLSTATE");
	like($got->{message}, $message, "status $status: message");
	unlike($got->{detail}, qr/wait/, "status $status: no wait");
	is(scalar(@sent = sim_requests()), 1, "status $status never passes");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
$session->quit;
$node->stop;
done_testing();
