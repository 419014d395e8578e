# Copyright (c) 2026, pinterest_fdw contributors

# Every fault of the API and of the network on the way to it, at the first
# page, at the third, in the list of a parent and in an answer of analytics:
# either all rows come or an error does, with the requests that it takes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $retries = 1;

simulator('--accounts', 2, '--campaigns', 12, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(
	options => ", page_size '4', max_connections '3', retries '$retries', request_timeout '$for_ever'");
my ($target, $redirected) = raw_server(sub { "HTTP/1.1 200 OK\r\n\r\n{}" });
my $account = $node->safe_psql('postgres', 'SELECT min(id) FROM pinterest.ad_accounts');
my ($since, $today) = (utc_today(-5), utc_today());
truth_table($node, 'campaigns');
truth_table($node, 'campaigns_analytics', start => $since, end => $today,
	columns => 'CAMPAIGN_NAME,SPEND_IN_MICRO_DOLLAR');

my $columns = 'id, name, status, daily_spend_cap';
my $metrics = 'ad_account_id, campaign_id, date, campaign_name, spend_in_micro_dollar';
my %places = (
	first => {
		match => "^/ad_accounts/$account/campaigns\$",
		query => "SELECT $columns FROM pinterest.campaigns WHERE ad_account_id = '$account'",
		truth => "SELECT $columns FROM truth.campaigns WHERE ad_account_id = '$account'",
		stream => 'campaigns', page => 1, text => 'name', number => 'daily_spend_cap',
	},
	parent => {
		match => '^/ad_accounts$',
		query => "SELECT $columns FROM pinterest.campaigns",
		truth => "SELECT $columns FROM truth.campaigns",
		stream => 'ad_accounts', page => 1, text => 'id', number => 'id',
	},
	analytics => {
		match => '/campaigns/analytics$',
		query => "SELECT $metrics FROM pinterest.campaigns_analytics WHERE date >= '$since'
			AND ad_account_id = '$account'",
		truth => "SELECT $metrics FROM truth.campaigns_analytics WHERE ad_account_id = '$account'",
		stream => 'campaigns_analytics', page => 1, text => 'CAMPAIGN_NAME',
		number => 'SPEND_IN_MICRO_DOLLAR',
	},
);
$places{third} = { %{ $places{first} }, nth => 3, page => 3 };

my $session = sql_session($node);
my $timeout = $for_ever;
for my $name (sort keys %places)
{
	my $place = $places{$name};
	my $truth = outcome($session, $place->{truth});

	sim_reset();
	cmp_ok($truth->{rows}, '>', 5, "$name: there is something to read");
	is_deeply(outcome($session, $place->{query}), $truth, "$name: all rows without a fault");
	$place->{expected} = $truth;
	$place->{requests} = sim_requests();
}

my $broken = { state => 'HV00N', message => qr/the connection to the API failed/,
	detail => qr/^GET \S+ failed \(tried 2 times\): \S/, hint => qr/base_url/, tries => 2 };
my $late = { %$broken, message => qr/the API did not answer in time/, hint => qr/request_timeout/ };
my $down = { state => 'HV00M', message => qr/the API failed on its side/,
	detail => qr/status 503, code 1 \(tried 2 times\): Down\.$/, hint => qr/^Try again later\.$/, tries => 2 };
my $limited = { state => '53400', message => qr/rate limit is used up/,
	detail => qr/status 429, code 8 \(tried 2 times\): Slow down\. The API asks to wait for 0 seconds\.$/, hint => qr/max_connections/, tries => 2 };
my $no_json = { state => '22032', message => qr/the answer is not the expected JSON/,
	detail => qr/byte \d+: / };

# What to break, how, and what comes of it: rows, or an error.
my @faults = (
	[ 'status 400', { action => 'status', status => 400, code => 1, message => 'No.' },
		{ state => 'HV000', message => qr/the API refused the request/, detail => qr/status 400, code 1: No\.$/ } ],
	[ 'status 401, code 2', { action => 'status', status => 401, code => 2, message => 'Failed.' },
		{ state => '28000', message => qr/the access token is invalid or has expired/,
			detail => qr/status 401, code 2: Failed\.$/, hint => qr/ALTER USER MAPPING/ } ],
	[ 'status 401, code 3', { action => 'status', status => 401, code => 3, message => 'Trial.' },
		{ state => '42501', message => qr/the app of the access token has no access/,
			detail => qr/status 401, code 3: Trial\.$/, hint => qr/developers\.pinterest\.com/ } ],
	[ 'status 403', { action => 'status', status => 403, code => 7, message => 'Not yours.' },
		{ state => '42501', message => qr/does not permit/, detail => qr/status 403, code 7: Not yours\.$/,
			hint => qr/scopes/ } ],
	[ 'status 404', { action => 'status', status => 404, code => 50, message => 'Nowhere.' },
		{ state => '42704', message => qr/does not know the object/, detail => qr/status 404, code 50: Nowhere\.$/,
			hint => qr/ids in WHERE/ }, 'third', 'parent' ],
	[ 'status 418', { action => 'status', status => 418, code => 9, message => 'Teapot.' },
		{ state => 'HV000', message => qr/did not accept/, detail => qr/status 418, code 9: Teapot\.$/ } ],

	[ 'status 429 once', { action => 'status', status => 429, code => 8, times => 1,
			headers => { 'x-ratelimit-reset' => 1 } }, { tries => 2 }, 'first', 'parent' ],
	[ 'status 429 for good', { action => 'status', status => 429, code => 8, message => 'Slow down.',
			headers => { 'x-ratelimit-reset' => 0 } }, $limited ],
	[ 'status 429, seconds in the message', { action => 'status', status => 429, code => 8, times => 1,
			message => 'Too many. Retry after 1 seconds.', headers => { 'x-ratelimit-reset' => 800 } },
		{ tries => 2 }, 'third' ],
	[ 'status 400, seconds in the message', { action => 'status', status => 400, code => 1, times => 1,
			message => 'Reports. Retry after 1 seconds.', headers => { 'x-ratelimit-reset' => 800 } },
		{ tries => 2 }, 'analytics' ],
	[ 'status 400, seconds in the message for good', { action => 'status', status => 400, code => 1,
			message => 'Retry after 0 seconds' },
		{ %$limited, message => qr/limit is used up/, detail => qr/status 400, code 1 \(tried 2 times\)/,
			hint => qr/fewer days/ } ],
	[ 'status 500 once', { action => 'status', status => 500, code => 0, times => 1 }, { tries => 2 } ],
	[ 'status 503 for good', { action => 'status', status => 503, code => 1, message => 'Down.' }, $down ],
	[ 'status 400, code 12 once', { action => 'status', status => 400, code => 12, times => 1 }, { tries => 2 }, 'first', 'analytics' ],
	[ 'status 400, code 12 for good', { action => 'status', status => 400, code => 12, message => 'Down.' },
		{ %$down, detail => qr/status 400, code 12 \(tried 2 times\): Down\.$/ }, 'third', 'parent' ],

	[ 'slow', { action => 'slow', chunk => 200, pause => 0.002 }, { tries => 1 } ],
	[ 'hang once', { action => 'hang', times => 1 }, { tries => 2 }, 'first', 'analytics' ],
	[ 'hang after the headers once', { action => 'hang', after => 'headers', times => 1 }, { tries => 2 }, 'third' ],
	[ 'hang in the body once', { action => 'hang', after => 'body', times => 1 }, { tries => 2 }, 'third', 'parent' ],
	[ 'hang for good', { action => 'hang' },
		{ %$late, detail => qr/\(tried 2 times\): no progress for \d+ s while waiting for the answer/ }, 'third' ],
	[ 'hang in the body for good', { action => 'hang', after => 'body' },
		{ %$late, detail => qr/\(tried 2 times\): nothing received for \d+ s after [1-9]\d* bytes/ }, 'first' ],
	[ 'drop once', { action => 'drop', times => 1 }, { tries => 2 } ],
	# where the connection was in use before, libcurl itself tries once more
	[ 'drop for good', { action => 'drop' }, { %$broken, most_tries => 3 } ],
	[ 'drop in the headers once', { action => 'drop', after => 'headers', times => 1 }, { tries => 2 } ],
	[ 'drop in the headers for good', { action => 'drop', after => 'headers' }, $broken, 'third', 'parent' ],
	[ 'truncated body once', { action => 'truncate', times => 1 }, { tries => 2 } ],
	[ 'truncated body for good', { action => 'truncate' }, $broken ],
	[ 'body without its last byte for good', { action => 'truncate', bytes => -1 }, $broken, 'first', 'analytics' ],

	[ 'HTML', { action => 'html' }, { %$no_json, detail => qr/byte 0: .* near "<!DOCTYPE html>/ } ],
	[ 'HTML with status 502 once', { action => 'html', status => 502, times => 1 }, { tries => 2 }, 'third' ],
	[ 'HTML with status 502 for good', { action => 'html', status => 502 },
		{ %$down, detail => qr/HTTP status 502 \(tried 2 times\): <!DOCTYPE html>/ } ],
	[ 'garbage', { action => 'garbage' }, $no_json ],
	[ 'an empty body', { action => 'replace', body => '' }, { %$no_json, detail => qr/the answer is empty/ } ],
	[ 'null', { action => 'replace', body => 'null' }, $no_json ],
	[ 'a number', { action => 'replace', body => '7' }, $no_json ],
	[ 'a document that ends too early', { action => 'replace', body => '{"items": [' }, $no_json, 'first', 'third', 'parent' ],
	[ 'an array that ends too early', { action => 'replace', body => '[{"A": 1}' }, $no_json, 'analytics' ],
	[ 'items that are an object', { action => 'replace', body => '{"items": {}, "bookmark": null}' },
		{ %$no_json, detail => qr/the rows are not where they are expected/ }, 'first', 'third', 'parent' ],
	[ 'an item that is null', { action => 'replace', body => '{"items": [null], "bookmark": null}' }, $no_json,
		'first', 'third', 'parent' ],
	[ 'a row that is null', { action => 'replace', body => '[null]' }, $no_json, 'analytics' ],
	[ 'an error with status 200', { action => 'replace', body => '{"code": 1, "message": "No."}' }, $no_json ],
	[ 'items null', { action => 'replace', body => '{"items": null, "bookmark": null}' },
		{ %$no_json, detail => qr/the rows are not where they are expected/ } ],
	[ 'no items', { action => 'replace', body => '{"bookmark": null}' },
		{ %$no_json, detail => qr/the rows are not where they are expected/ } ],
	[ 'items of no objects', { action => 'replace', body => '{"items": [1, "2"], "bookmark": null}' }, $no_json,
		'first', 'third', 'parent' ],
	[ 'rows of no objects', { action => 'replace', body => '[1, "2"]' }, $no_json, 'analytics' ],
	[ 'text after the end', { action => 'replace', body => '{"items": [], "bookmark": null} x' },
		{ %$no_json, detail => qr/byte 32: there is more after the end/ }, 'first', 'third', 'parent' ],
	[ 'text after the array', { action => 'replace', body => '[] x' },
		{ %$no_json, detail => qr/byte 3: there is more after the end/ }, 'analytics' ],
	[ 'a bookmark that is a number', { action => 'replace', body => '{"items": [], "bookmark": 5}' },
		{ %$no_json, detail => qr/the bookmark is neither a string nor null/ }, 'first', 'third', 'parent' ],
	[ 'numbers beyond 64 bits', { action => 'big_number', field => 'NUMBER' },
		{ state => 'HV004', message => qr/cannot convert value "123456789012345678901234567890" of the API to type bigint/,
			hint => qr/^Declare the column as numeric\.$/, context => qr/^column "\L(daily_spend_cap|spend_in_micro_dollar)" of foreign table "campaigns/m },
		'first', 'third', 'analytics' ],
	[ 'NUL', { action => 'nul', field => 'TEXT' },
		{ state => '22P05', message => qr/contains the character \\u0000/,
			context => qr/^column "(name|campaign_name)" of foreign table "campaigns/m }, 'first', 'third', 'analytics' ],
	[ 'NUL in an id', { action => 'nul', field => 'id' }, { %$no_json, detail => qr/Page 1, row 1, byte 10: the row has no id/ }, 'parent' ],
	[ 'id null', { action => 'set_field', field => 'id', value => undef },
		{ %$no_json, detail => qr/Page 1, row 1, byte 10: the row has no id/ }, 'parent' ],
	[ 'a lone surrogate', { action => 'lone_surrogate', field => 'TEXT', row => 1 }, { %$no_json, detail => qr/row 2, byte \d\d+: / } ],
	[ 'bytes that are no UTF-8', { action => 'invalid_utf8', field => 'TEXT', row => 1 },
		{ state => '22021', message => qr/invalid byte sequence/,
			context => qr/^column "(name|campaign_name)" of foreign table "campaigns/m }, 'first', 'third', 'analytics' ],
	[ '100,000 brackets', { action => 'nesting', field => 'TEXT' }, { %$no_json, detail => qr/the nesting is too deep/ } ],
	[ 'wrong types', { action => 'wrong_types' },
		{ state => 'HV004', message => qr/cannot convert value .* of the API to type /,
			context => qr/^column "\w+" of foreign table "campaigns/m }, 'first', 'third', 'analytics' ],

	[ 'an empty page', { action => 'empty_page', times => 1 }, { tries => 2 }, 'first', 'parent' ],
	[ 'a repeated bookmark', { action => 'repeat_bookmark', all => 1 },
		{ state => 'HV000', message => qr/the API repeats itself/, detail => qr/^Page \d carries the bookmark of an earlier page/,
			tries => 2 }, 'first', 'parent' ],
	[ 'an empty page that leads to itself', { action => 'empty_page' },
		{ state => 'HV000', message => qr/the API repeats itself/, tries => 2 }, 'first', 'parent' ],
	[ 'a redirect', { action => 'redirect', location => "$target/v5/elsewhere" },
		{ state => 'HV00N', message => qr/redirect, which is never followed/, detail => qr/HTTP status 302/, hint => qr/base_url/ } ],
	[ 'a redirect on the same host', { action => 'redirect', location => '/v5/pins' },
		{ state => 'HV00N', message => qr/redirect, which is never followed/ } ],
);

for my $fault (@faults)
{
	my ($name, $rule, $result, @where) = @$fault;

	check_fault("$name, $_", $places{$_}, { %$rule }, $result)
	  for @where ? @where : qw(first third parent analytics);
}
is(scalar(my @arrived = $redirected->()), 0, 'nothing arrived where redirects pointed to');

# What is no error: there is nothing of the kind, or the ad account is gone.
for my $case ([ 409, 4182, qw(first parent analytics) ], [ 404, 50, qw(first analytics) ])
{
	my ($status, $code, @where) = @$case;

	for my $place (@places{@where})
	{
		sim_reset();
		sim_fault(action => 'status', status => $status, code => $code, match => $place->{match});
		is(outcome($session, $place->{query})->{rows}, 0, "$status code $code, $place->{stream}: no rows");
		is(tries_of($place), 1, "$status code $code, $place->{stream}: one request");
	}
}
sim_reset();
sim_fault(action => 'status', status => 409, code => 4000, message => 'Conflict.', match => $places{first}{match});
like(outcome($session, $places{first}{query})->{detail}, qr/status 409, code 4000: Conflict\.$/, '409 of another code is an error');

# Of members that come twice, all items count, and the last bookmark.
sim_reset();
sim_fault(action => 'replace', match => $places{first}{match},
	body => '{"items": [{"id": "1"}], "bookmark": "x", "items": [{"id": "2"}], "bookmark": null}');
is(outcome($session, $places{first}{query})->{rows}, 2, 'two lists of items are both read');
is(tries_of($places{first}), 1, 'of two bookmarks, the last counts');

# The place of a fault is told exactly.
sim_reset();
sim_fault(action => 'replace', match => $places{first}{match}, nth => 3,
	body => '{"items": [{"id": "1"}, {"id": "2"}, {"id": "3", "name": tru}], "bookmark": null}');
my $error = outcome($session, $places{first}{query});
is($error->{message}, 'could not read stream "campaigns": the answer is not the expected JSON', 'the stream is told');
like($error->{detail}, qr/^Page 3, row 3, byte (5[5-9]|60): .* near ".*tru/, 'page, row, byte and text are told');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();

# How often the request was sent that is at fault.
sub tries_of
{
	my ($place) = @_;

	return scalar(grep { $_->{path} =~ $place->{match} } sim_requests()) - (($place->{nth} // 1) - 1);
}

# How long the server may say nothing.

sub set_timeout
{
	my ($seconds) = @_;

	$session->query_safe("ALTER SERVER pinterest OPTIONS (SET request_timeout '$seconds')") if $timeout != $seconds;
	$timeout = $seconds;
	return;
}

# What comes of the query with a fault.  A timeout for what hangs may be too short
# for the other answers of a slow machine, which then show in the requests.
sub outcome_of_fault
{
	my ($place, $rule, $result) = @_;
	my $got;

	for my $seconds ($rule->{action} eq 'hang' ? (1, 10, 100) : $for_ever)
	{
		set_timeout($seconds);
		sim_reset();
		sim_fault(%$rule);
		$got = outcome($session, $place->{query});
		last if $result->{state} ? tries_of($place) == ($result->{tries} // 1) : sim_requests() == $place->{requests} + $result->{tries} - 1;
	}
	return $got;
}

sub check_fault
{
	my ($name, $place, $rule, $result) = @_;

	$rule->{match} = $place->{match};
	$rule->{nth} = $place->{nth} // 1 unless delete $rule->{all};
	$rule->{field} = $rule->{field} eq 'TEXT' ? $place->{text} : $place->{number}
	  if ($rule->{field} // '') =~ /^(TEXT|NUMBER)$/;

	subtest $name => sub {
		my $got = outcome_of_fault($place, $rule, $result);

		if ($result->{state})
		{
			check_error($got, $place, $result);
			# while the first page's rows are read, the second is on its way
			my $ahead = $place == $places{first} ? 2 : 1;
			my ($least, $most) = ($result->{tries} // 1, $result->{most_tries} // $result->{tries} // $ahead);
			my $tries = tries_of($place);
			ok($tries >= $least && $tries <= $most, "requests: $tries of $least to $most");
		}
		else
		{
			is_deeply($got, $place->{expected}, 'all rows');
			is(scalar(my @all = sim_requests()), $place->{requests} + $result->{tries} - 1, 'requests');
		}
	};
	return;
}

sub check_error
{
	my ($got, $place, $result) = @_;

	is($got->{sqlstate}, $result->{state}, 'SQLSTATE') or diag(explain($got));
	like($got->{message}, qr/^could not read stream "$place->{stream}": /, 'the stream is told')
	  unless $result->{context};
	like($got->{message}, $result->{message}, 'message');
	like($got->{detail}, $result->{detail}, 'detail') if $result->{detail};
	like($got->{detail}, qr/^Page $place->{page}\b/, 'page') if $result->{state} eq '22032';
	like($got->{detail}, qr{^GET /v5/\S+ }, 'path') if $got->{detail} =~ /GET/;
	like($got->{hint}, $result->{hint}, 'hint') if $result->{hint};
	like($got->{context}, $result->{context}, 'context') if $result->{context};
	return;
}
