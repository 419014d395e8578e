# Copyright (c) 2026, pinterest_fdw contributors

# Business access: streams that show the owner of an ad account in the place of
# the token's user.  Whose rows come, which requests name the account, and how it
# is chosen: by conditions, by options of table and server, by joins.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 10);
my $node = pinterest_cluster(conf => 'jit = off');
my ($one, $two, $three) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $everybody = join ',', '-', sort $one, $two, $three;

streams_session($node);
ask(<<SQL);
CREATE SCHEMA optional;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO optional;
CREATE SCHEMA former;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO former;
SQL

my @streams = grep { exists stream_settings($_)->{ad_account_id} } streams();
my %told;

is(scalar(@streams), 22, 'streams with the setting');

# The accounts that requests named, "-" for none, but for those for the list of accounts.
sub accounts_of
{
	my %named;

	push @{ $named{ join '+', @{ $_->{query}{ad_account_id} // ['-'] } } }, $_ for grep { $_->{path} ne '/ad_accounts' } @_;
	return \%named;
}

# The truth of some accounts, '' for the token's user.
sub truth_rows
{
	my ($stream, $label, @accounts) = @_;

	return join ' UNION ALL ', map {
		my $account = $_ eq '' ? 'NULL' : "'$_'";
		'SELECT ' . ($label ? "$account\::text AS ad_account_id, " : '') . "$told{$stream} FROM truth.${stream}_" . ($_ || 'own')
	} @accounts;
}

# A query has the rows of these accounts and no others, asked for in one pass each:
# the parents' lists too.
sub accounts_ok
{
	my ($stream, $condition, $accounts, $name, %args) = @_;
	my $label = $args{schema} && $args{schema} eq 'former' ? '' : 'ad_account_id, ';
	my $from = ($args{schema} // 'pinterest') . ".$stream";
	my $own = $args{requests};

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	latest();
	agree("SELECT $label$told{$stream} FROM $from WHERE " . conditions($stream) . " AND $condition",
		truth_rows($stream, $label, @$accounts), "$stream: $name: rows");
	my $named = accounts_of(latest());
	is_deeply({ map { $_ => summary(@{ $named->{$_} }) } keys %$named },
		{ map { ($_ eq '' ? '-' : $_) => $own } @$accounts }, "$stream: $name: requests");
	return;
}

for my $stream (@streams)
{
	$told{$stream} = join ', ', truth_of($stream, name => "${stream}_own");
	truth_of($stream, name => "${stream}_$_", ad_account_id => $_) for $one, $two, $three;
	latest();
	ask("SELECT $told{$stream} FROM pinterest.$stream WHERE " . conditions($stream));
	my @requests = (requests => summary(latest()));

	accounts_ok($stream, 'true', [''], 'nothing chosen', @requests);
	accounts_ok($stream, 'ad_account_id IS NULL', [''], 'IS NULL', @requests);
	accounts_ok($stream, "ad_account_id = '$two'", [$two], '=', @requests);
	accounts_ok($stream, "ad_account_id IN ('$two', '$three')", [ $two, $three ], 'IN', @requests);
	accounts_ok($stream, "(ad_account_id = '$two' OR ad_account_id IS NULL)", [ '', $two ], 'one or none', @requests);

	# the table's option, also where the table lacks the column
	for my $schema (qw(optional former))
	{
		ask("ALTER FOREIGN TABLE former.$stream DROP COLUMN ad_account_id") if $schema eq 'former';
		ask("ALTER FOREIGN TABLE $schema.$stream OPTIONS (ADD ad_account_id '$two')");
		accounts_ok($stream, 'true', [$two], "$schema: an option of the table", schema => $schema, @requests);
		ask("ALTER FOREIGN TABLE $schema.$stream OPTIONS (SET ad_account_id '$three, $two')");
		accounts_ok($stream, 'true', [ $two, $three ], "$schema: two in an option", schema => $schema, @requests);
	}
	accounts_ok($stream, "ad_account_id = '$one'", [$one], 'a condition before an option', schema => 'optional', @requests);
	accounts_ok($stream, 'ad_account_id IS NULL', [''], 'IS NULL before an option', schema => 'optional', @requests);
}

# The server's option counts where the table has none, and '' takes it back.
ask("ALTER SERVER pinterest OPTIONS (ADD ad_account_id '$two,$three')");
for my $stream (@streams)
{
	latest();
	ask("SELECT $told{$stream} FROM pinterest.$stream WHERE ad_account_id IS NULL AND " . conditions($stream));
	my @requests = (requests => summary(latest()));

	accounts_ok($stream, 'true', [ $two, $three ], "the server's option", @requests);
	accounts_ok($stream, 'ad_account_id IS NULL', [''], "IS NULL before the server's option", @requests);
	accounts_ok($stream, "ad_account_id = '$one'", [$one], "a condition before the server's option", @requests);
	ask("ALTER FOREIGN TABLE optional.$stream OPTIONS (SET ad_account_id '')");
	accounts_ok($stream, 'true', [''], "an empty option before the server's", schema => 'optional', @requests);
}
latest();
is(ask('SELECT count(*) > 0 FROM pinterest.followers'), 't', 'a stream that knows no accounts');
is_deeply([ keys %{ accounts_of(latest()) } ], ['-'], "the server's option is not sent for it");
ask('ALTER SERVER pinterest OPTIONS (DROP ad_account_id)');

# The user account is asked for where its id is wanted, for the same account.
latest();
is(ask("SELECT DISTINCT ad_account_id || ' ' || (user_account_id = u.id)::text FROM pinterest.user_account_analytics JOIN truth.user_account_$two AS u ON true
	WHERE ad_account_id = '$two'"), "$two true", 'user_account_analytics: whose account');
is_deeply({ map { $_ => 1 } map { "@{ $_->{query}{ad_account_id} } $_->{path}" } latest() },
	{ "$two /user_account" => 1, "$two /user_account/analytics" => 1 }, 'user_account_analytics: whose account: requests');

# ---- conditions that no request can say: all there are, once each ----

for my $stream (qw(boards board_pins item_issues pins_analytics user_account_analytics top_pins search_pins))
{
	for my $case ([ "ad_account_id <> '$one'", $two, $three ], [ 'ad_account_id IS NOT NULL', $one, $two, $three ],
		[ "ad_account_id IS DISTINCT FROM '$one'", '', $two, $three ])
	{
		my ($condition, @accounts) = @$case;

		latest();
		agree("SELECT ad_account_id, $told{$stream} FROM pinterest.$stream WHERE $condition AND " . conditions($stream),
			truth_rows($stream, 1, @accounts), "$stream: $condition");
		my @requests = latest();
		my $named = accounts_of(@requests);
		is(join(',', sort keys %$named), $everybody, "$stream: $condition: all accounts, and none");
		is(scalar(grep { $_->{path} eq '/ad_accounts' } @requests), 1, "$stream: $condition: the list of accounts");
	}
}

# ---- joins: those that are named, and no others ----

for my $stream (qw(boards board_pins pins_analytics top_pins targeting_options search_boards))
{
	my $where = conditions($stream);
	my $columns = join ', ', map { "t.$_" } 'ad_account_id', split /, /, $told{$stream};

	for my $join ("(VALUES ('$two'), ('$three')) AS a(id)",
		"(SELECT id FROM pinterest.ad_accounts WHERE id || '' <> '$one') AS a")
	{
		latest();
		agree("SELECT $columns FROM $join JOIN pinterest.$stream AS t ON t.ad_account_id = a.id WHERE $where",
			truth_rows($stream, 1, $two, $three), "$stream: joined with $join");
		is(join(',', sort keys %{ accounts_of(latest()) }), join(',', sort $two, $three), "$stream: joined with $join: requests");
	}
	latest();
	agree("SELECT $columns FROM pinterest.$stream AS t WHERE $where
			AND t.ad_account_id IN (SELECT id FROM pinterest.ad_accounts WHERE id || '' = '$two')",
		truth_rows($stream, 1, $two), "$stream: IN (SELECT ...)");
	is(join(',', keys %{ accounts_of(latest()) }), $two, "$stream: IN (SELECT ...): requests");
	latest();
	agree("SELECT $columns FROM pinterest.$stream AS t WHERE $where
			AND t.ad_account_id = ANY (ARRAY(SELECT id FROM pinterest.ad_accounts WHERE id || '' <> '$one'))",
		truth_rows($stream, 1, $two, $three), "$stream: = ANY (ARRAY(SELECT ...))");
	is(join(',', sort keys %{ accounts_of(latest()) }), join(',', sort $two, $three), "$stream: = ANY (ARRAY(SELECT ...)): requests");
}
agree("SELECT a.id, count(b.id) FROM pinterest.ad_accounts AS a LEFT JOIN pinterest.boards AS b ON b.ad_account_id = a.id GROUP BY 1",
	join(' UNION ALL ', map { "SELECT text '$_' AS id, count(*) FROM truth.boards_$_" } $one, $two, $three), 'LEFT JOIN');
agree("SELECT b.ad_account_id, p.id FROM pinterest.boards AS b JOIN pinterest.board_pins AS p ON p.board_id = b.id
		AND p.ad_account_id = b.ad_account_id WHERE b.ad_account_id = '$two'",
	"SELECT text '$two' AS ad_account_id, id FROM truth.board_pins_$two", 'boards joined with their Pins');

# A parameter of a prepared statement, with a generic plan.
ask('SET plan_cache_mode = force_generic_plan');
ask('PREPARE of_account(text) AS SELECT ad_account_id, id FROM pinterest.boards WHERE ad_account_id = $1');
ask('PREPARE of_account_or_none(text) AS SELECT count(*) FROM pinterest.boards WHERE ad_account_id = $1 OR ad_account_id IS NULL');
latest();
is_deeply([ sort(lines("EXECUTE of_account('$two')")) ], [ sort(lines("SELECT '$two|' || id FROM truth.boards_$two")) ], 'a parameter');
is(ask('EXECUTE of_account(NULL)'), '', 'a parameter that is null: no row');
is(join(',', keys %{ accounts_of(latest()) }), $two, 'a parameter that is null: no request');
is(ask("EXECUTE of_account_or_none('$two')"), 6, 'a parameter, or none');
is(ask('EXECUTE of_account_or_none(NULL)'), 3, 'a parameter that is null, or none');
is(join(',', sort keys %{ accounts_of(latest()) }), "-,$two", 'a parameter, or none: requests');

# ---- settings without a default are null where nothing was sent, too ----

for my $case ([ 'created_in_last_n_days IS NULL', '-' ], [ 'created_in_last_n_days = 30', '30' ],
	[ 'created_in_last_n_days IS DISTINCT FROM 31', '-,30' ], [ 'created_in_last_n_days = 30 OR created_in_last_n_days IS NULL', '-,30' ])
{
	my ($condition, $values) = @$case;

	latest();
	agree("SELECT pin_id FROM pinterest.top_pins WHERE ($condition) AND created_in_last_n_days IS NULL AND " . conditions('top_pins'),
		'SELECT pin_id FROM truth.top_pins_own', "$condition: rows without it") if $values =~ /-/;
	latest();
	ask("SELECT FROM pinterest.top_pins WHERE ($condition) AND " . conditions('top_pins'));
	is(join(',', sort map { join '+', @{ $_->{query}{created_in_last_n_days} // ['-'] } } latest()), $values, "$condition: requests");
}

# ---- accounts that the token may not act for ----

sim_config(tokens => { pina_simulator => { accounts => [$two] } });
like(complaint("SELECT * FROM pinterest.boards WHERE ad_account_id = '$three'"), qr/ERROR: .*\n.*Not authorized to access ad account $three/,
	'an account that is closed to the token');
is(ask("SELECT count(*) FROM pinterest.boards WHERE ad_account_id = '$two'"), 3, 'one that is open to it');
is(ask('SELECT count(*) FROM pinterest.boards'), 3, 'none');

# ---- options that a stream cannot use ----

my %knows = map { $_ => 1 } @streams;
my @refused;
for my $stream (streams())
{
	my $said = complaint("ALTER FOREIGN TABLE former.$stream OPTIONS (" . ($knows{$stream} ? 'SET' : 'ADD') . " ad_account_id '1')");

	push @refused, $stream if $said =~ /HV00D: invalid option "ad_account_id" for stream "$stream"\nDETAIL:  The API takes no ad account/;
}
is_deeply(\@refused, [ grep { !$knows{$_} && $_ ne 'ad_accounts' && !stream_filters($_)->{ad_account_id} } streams() ],
	'the option is refused where the API takes no ad account');
cmp_ok(scalar(@refused), '>', 10, 'there are such streams');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
