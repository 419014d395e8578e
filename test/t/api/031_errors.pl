# Copyright (c) 2026, pinterest_fdw contributors

# What errors tell: values that do not fit name their column and table, what
# others wrote is cut and on one line, and a wait too long is not waited for.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster(quotas => 1, options => ", retries '1'");
$node->safe_psql('postgres', <<'SQL');
CREATE DOMAIN positive AS bigint CHECK (VALUE > 0);
CREATE FOREIGN TABLE own (id integer, "Name" varchar(5) OPTIONS (field 'name'),
	daily_spend_cap positive, status name, tracking_urls text)
	SERVER pinterest OPTIONS (stream 'campaigns');
SQL
my $session = sql_session($node);

# A field's value, and what becomes of it in a column.
my @values = (
	[ 'campaigns', 'daily_spend_cap', 1.5, 'HV004', qr/cannot convert value "1\.5" of the API to type bigint/,
		qr/double precision or numeric/ ],
	[ 'campaigns', 'daily_spend_cap', 'much', 'HV004', qr/value "much" of the API to type bigint/ ],
	[ 'campaigns', 'daily_spend_cap', [1], 'HV004', qr/value "\[1\]" of the API to type bigint/ ],
	[ 'campaigns', 'daily_spend_cap', '99999999999999999999', 'HV004', qr/to type bigint/ ],
	[ 'campaigns', 'start_time', 'yesterday', 'HV004', qr/value "yesterday" of the API to type timestamp with time zone/ ],
	[ 'campaigns', 'is_automated_campaign', 'maybe', 'HV004', qr/value "maybe" of the API to type boolean/ ],
	[ 'campaigns', 'is_automated_campaign', { a => 1 }, 'HV004', qr/value "\{.*\}" of the API to type boolean/ ],
	[ 'campaigns', 'name', "a\0b", '22P05', qr/\\u0000/ ],
	[ 'campaigns', 'tracking_urls', { a => "a\0b" }, '22P05', qr/unsupported Unicode escape/ ],
	[ 'campaigns', 'daily_spend_cap', 'x' x 1000, 'HV004', qr/^cannot convert value "x{64}" of/ ],
	[ 'own', 'name', 'too long', '22001', qr/value too long/ ],
	[ 'own', 'id', '5000000000', '22003', qr/out of range for type integer/ ],
	[ 'own', 'daily_spend_cap', -5, '23514', qr/positive_check/ ],
);
for my $value (@values)
{
	my ($table, $field, $json, $state, $message, $hint) = @$value;
	my $column = $field eq 'name' && $table eq 'own' ? 'Name' : $field;
	my $relation = $table eq 'own' ? 'own' : "pinterest.$table";

	sim_reset();
	sim_fault(action => 'set_field', field => $field, value => $json, row => 2, match => '/campaigns$');
	my $got = outcome($session, qq{SELECT "$column" FROM $relation});
	is($got->{sqlstate}, $state, "$column of $table: SQLSTATE");
	like($got->{message}, $message, "$column of $table: message");
	like($got->{context}, qr/^column "$column" of foreign table "$table"$/m, "$column of $table: context");
	like($got->{hint}, $hint, "$column of $table: hint") if $hint;

	# a column that is not asked for does not matter
	like(outcome($session, "SELECT status FROM $relation")->{rows}, qr/^[1-9]/, "$column of $table: not read");
}

# The part of an answer that is shown is cut, and on one line.
sub detail_of
{
	my (%fault) = @_;

	sim_reset();
	sim_fault(%fault, match => '^/ad_accounts$');
	return outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{detail};
}

sub excerpt_ok
{
	my ($detail, $prefix, $character, $name) = @_;
	my ($excerpt) = $detail =~ /$prefix($character*)/;

	utf8::encode($excerpt);
	cmp_ok(length $excerpt, '<=', 512, "$name: not too long");
	cmp_ok(length $excerpt, '>', 500, "$name: nearly so");
	return;
}

excerpt_ok(detail_of(action => 'status', status => 400, code => 1, message => 'x' x 5000),
	qr/code 1: /, 'x', 'message of the API');
excerpt_ok(detail_of(action => 'status', status => 400, code => 1, message => '€' x 2000),
	qr/code 1: /, '€', 'message of three-byte characters');
excerpt_ok(detail_of(action => 'replace', status => 404, body => 'y' x 5000), qr/status 404: /, 'y', 'body');
excerpt_ok(detail_of(action => 'replace', status => 404, body => 'y' . '€' x 5000), qr/status 404: y/, '€',
	'body of three-byte characters');
unlike(detail_of(action => 'replace', status => 404, body => "a\nb\r\n\x{7f}\tc"), qr/[\n\r\t\x{7f}]/, 'one line');
unlike(detail_of(action => 'status', status => 400, code => 1, message => "a\nb\rc\td\x{1b}[0m"), qr/[\n\r\t\x{1b}]/,
	'one line of a message');
my $near = detail_of(action => 'replace', body => '{"items": [{"id": tru' . 'z' x 5000 . '}]}');
utf8::encode($near);
cmp_ok(length $near, '<=', 700, 'what is near the place is cut');
like($near, qr/^Page 1, row 1, byte \d+: .* near ".*tru/, 'and shows it');

# A body that has no code, a code that is no number, a message that is no text.
like(detail_of(action => 'replace', status => 400, body => '{"message": "No code."}'),
	qr/^GET \/v5\/ad_accounts was answered with HTTP status 400: No code\.$/, 'no code');
like(detail_of(action => 'replace', status => 400, body => '{"code": "x", "message": 5}'),
	qr/HTTP status 400: \{"code": "x"/, 'unfit code and message');
like(detail_of(action => 'replace', status => 400, body => ''), qr/HTTP status 400: ?$/, 'empty body');
like(detail_of(action => 'replace', status => 400, body => '{"code": 99999999999999999999, "message": "Big."}'),
	qr/HTTP status 400.*Big/, 'a code beyond 64 bits');

# Unknown codes and statuses fall to the status's rule; 401 by code.
my @statuses = (
	[ 401, 1, '28000' ], [ 401, 7, '42501' ], [ 401, 29, '42501' ], [ 401, 4711, '28000' ], [ 403, 29, '42501' ],
	[ 405, 5, 'HV000' ], [ 413, 1, 'HV000' ], [ 301, 0, 'HV00N' ], [ 307, 0, 'HV00N' ],
	[ 500, 12, 'HV00M' ], [ 501, 1, 'HV000' ], [ 504, 1, 'HV00M' ],
);
for my $status (@statuses)
{
	my ($http, $code, $state) = @$status;

	sim_reset();
	sim_fault(action => 'status', status => $http, code => $code);
	is(outcome($session, 'SELECT id FROM pinterest.ad_accounts')->{sqlstate}, $state, "status $http, code $code");
	is(scalar(my @sent = sim_requests()), $http >= 500 && $http != 501 ? 2 : 1, "status $http, code $code: requests");
}

# A day's quota is not waited for.
for my $fault ({ headers => { 'x-ratelimit-reset' => 86400 } }, { message => 'Retry after 3600 seconds' })
{
	sim_reset();
	sim_fault(action => 'status', status => 429, code => 8, %$fault);
	my $got = outcome($session, 'SELECT id FROM pinterest.ad_accounts');
	is($got->{sqlstate}, '53400', 'a long wait is an error at once');
	like($got->{detail}, qr/asks to wait for (86400|3600) seconds/, 'that tells how long it is');
	is(scalar(my @sent = sim_requests()), 1, 'after one request');

	# The next scan knows, and does not ask, until it is told to forget.
	$got = outcome($session, 'SELECT id FROM pinterest.ad_accounts');
	is($got->{sqlstate}, '53400', 'nor by the next scan');
	like($got->{detail}, qr/^The API has asked to wait until /, 'which tells until when');
	is(scalar(@sent = sim_requests()), 1, 'without a request');
	outcome($session, 'SELECT pinterest_fdw.limit_reset()');
}

# What is not open to the app is an error where there is no other way.
for my $case ([ 3, '^/pins/\\d+/analytics$', qr/the app of the access token has no access/ ],
	[ 7, '^/pins/analytics$', qr/may not see this object/ ])
{
	my ($code, $match, $message) = @$case;

	sim_reset();
	sim_fault(action => 'status', status => 401, code => $code, match => $match);
	my $got = outcome($session, 'SELECT impression FROM pinterest.pins_analytics');
	is($got->{sqlstate}, '42501', "$match: status 401, code $code");
	like($got->{message}, $message, "$match: message");
}

# A lookup of what is not there is no row, not an error.
sim_reset();
is(outcome($session, "SELECT id FROM pinterest.boards WHERE id = '1'")->{rows}, 0, 'a board that is not there');
is(outcome($session, "SELECT id FROM pinterest.ad_accounts WHERE id = '1'")->{rows}, 0, 'an account that is not there')
  or diag(explain([sim_requests()]));
is(outcome($session, "SELECT impression FROM pinterest.pins_analytics WHERE pin_id = '1'")->{rows}, 0, 'metrics of a Pin that is not there');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
