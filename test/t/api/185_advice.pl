# Copyright (c) 2026, pinterest_fdw contributors

# Mistakes of a first day: each error says what to do.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 2, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 2);
my $node = pinterest_cluster();
my $session = sql_session($node);
my $boards = 'SELECT id FROM pinterest.boards';

sub error_ok
{
	my ($name, $sql, $sqlstate, $message, $hint) = @_;
	my $got = outcome($session, $sql);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($got->{sqlstate}, $sqlstate, "$name: SQLSTATE") or diag(explain($got));
	like($got->{message}, $message, "$name: message");
	like($got->{hint}, $hint, "$name: hint");
	return;
}

# A base_url that lacks /v5, or has another version.
for my $path ('', '/', '/v4', '/api/v5')
{
	$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '" . sim_url($path) . "')");
	error_ok("base_url ends with '$path'", $boards, 'HV00N', qr/^could not read stream "boards": there is no such path$/,
		qr/^Check server option "base_url": the API's ends with \/v5\.$/);
}
$session->query_safe("ALTER SERVER pinterest OPTIONS (SET base_url '" . sim_url() . "')");

# A token that has ended, or that another host gave.
$session->query_safe(q{ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_of_the_sandbox')});
error_ok('a refused token', $boards, '28000', qr/^could not read stream "boards": the access token is invalid or has expired$/,
	qr/^Set a new one with ALTER USER MAPPING \.\.\. OPTIONS \(SET access_token '\.\.\.'\), or connect anew .*One of the sandbox is for the sandbox's "base_url"\.$/);
$session->query_safe(q{ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_simulator')});

# Columns of types that do not take the values.
$session->query_safe(q{CREATE FOREIGN TABLE typed (id text, name integer, short varchar(2) OPTIONS (field 'name')) SERVER pinterest OPTIONS (stream 'boards')});
my $as_imported = 'as it is imported\.$';
error_ok('a text as a number', 'SELECT name FROM typed', '22P02', qr/^invalid input syntax for type integer: /, qr/^Declare the column with type text, $as_imported/);
error_ok('a text that is too long', 'SELECT short FROM typed', '22001', qr/too long/, qr/^Declare the column with type text, $as_imported/);

# Options beyond their range, and values of no meaning.
for my $case (
	[ 'ALTER SERVER pinterest OPTIONS (ADD page_size \'251\')', qr/HV024: invalid value for option "page_size".*\nHINT:  Valid values are between 1 and 250\./ ],
	[ 'ALTER SERVER pinterest OPTIONS (ADD max_response_size \'8\')', qr/HV024: invalid value for option "max_response_size".*\nHINT:  / ],
	[ 'ALTER FOREIGN TABLE pinterest.boards OPTIONS (ADD start_date \'last week\')', qr/HV024: invalid value for option "start_date".*\nHINT:  Write the date as YYYY-MM-DD\./ ],
	[ 'ALTER FOREIGN TABLE pinterest.followers OPTIONS (ADD granularity \'DAY\')', qr/HV00D: invalid option "granularity" for stream "followers"\nHINT:  The stream has no settings\./ ],
	[ 'CREATE SERVER x FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url \'http://api.pinterest.com/v5\')', qr/HV024: .*\nHINT:  The URL must begin with https:/ ])
{
	my ($sql, $expected) = @$case;

	like(error_of($node, $sql), $expected, $sql);
}

$session->quit;
is(scalar(grep { /^\/v5/ } map { $_->{path} } sim_requests()), 0, 'paths without their version');
$node->stop;
done_testing();
