# Copyright (c) 2026, pinterest_fdw contributors

# Histories of streams that show the owner of an ad account in the place of the
# token's user: those of several accounts are kept apart, and those that know of
# no account go on as before.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 3, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 10);
my $node = pinterest_cluster();
my ($one, $two, $three) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @range = (start => utc_today(-9), end => utc_today());
my $condition = '$$ad_account_id IN (' . "'$two', '$three'" . ')$$';

$node->safe_psql('postgres', 'CREATE SCHEMA warehouse');
for my $account ($one, $two, $three)
{
	truth_table($node, 'boards', name => "boards_$account", ad_account_id => $account);
	truth_table($node, 'user_account_analytics', name => "days_$account", ad_account_id => $account, @range);
}
truth_table($node, 'boards', name => 'boards_own');
truth_table($node, 'user_account_analytics', name => 'days_own', @range);

# The truth of some accounts.
sub boards_of { return join ' UNION ALL ', map { "SELECT text '$_' AS ad_account_id, id, name FROM truth.boards_$_" } @_; }
sub days_of { return join ' UNION ALL ', map { "SELECT text '$_' AS ad_account_id, date, impression FROM truth.days_$_" } @_; }

# The columns of the primary key of a history.
sub key_of
{
	return $node->safe_psql('postgres', <<SQL);
SELECT string_agg(a.attname, ',' ORDER BY array_position(i.indkey::smallint[], a.attnum))
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
 WHERE i.indrelid = 'warehouse.$_[0]'::regclass AND i.indisprimary
SQL
}

sub create
{
	my ($view, $source, $further) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) FROM pinterest_fdw.create_matview('warehouse.$view', '$source'$further)");
}

sub refresh_view { return $node->safe_psql('postgres', "REFRESH MATERIALIZED VIEW warehouse.$_[0]"); }

# ---- two accounts in one history ----

create('boards', 'pinterest.boards', ", filter => $condition");
is(key_of('boards_history'), 'ad_account_id,id', 'the account is part of the key');
same_rows_ok($node, 'SELECT ad_account_id, id, name FROM warehouse.boards', boards_of($two, $three), 'entities of two accounts');
$node->safe_psql('postgres', "UPDATE warehouse.boards_history SET name = 'old' WHERE ad_account_id = '$two';
	DELETE FROM warehouse.boards_history WHERE ad_account_id = '$three'");
refresh_view('boards');
same_rows_ok($node, 'SELECT ad_account_id, id, name FROM warehouse.boards', boards_of($two, $three), 'refreshed');

create('days', 'pinterest.user_account_analytics', ", start_date => '" . utc_today(-9) . "', filter => $condition");
like(key_of('days_history'), qr/^ad_account_id,.*date/, 'the account is part of the key of days');
same_rows_ok($node, 'SELECT ad_account_id, date, impression FROM warehouse.days', days_of($two, $three), 'days of two accounts');
refresh_view('days');
same_rows_ok($node, 'SELECT ad_account_id, date, impression FROM warehouse.days', days_of($two, $three), 'days refreshed');

# The ids of two accounts may be alike.
sim_fault(action => 'set_field', match => '^/boards$', field => 'id', row => 1, value => '77');
create('alike', 'pinterest.boards', ", columns => '{name}', filter => $condition");
is($node->safe_psql('postgres', "SELECT count(DISTINCT ad_account_id), count(*) FROM warehouse.alike WHERE id = '77'"), '2|2', 'ids that are alike');
sim_reset();

# ---- one account of an option; the token's user ----

$node->safe_psql('postgres', "CREATE SCHEMA client;
	IMPORT FOREIGN SCHEMA pinterest LIMIT TO (boards, user_account_analytics) FROM SERVER pinterest INTO client;
	ALTER FOREIGN TABLE client.boards OPTIONS (ADD ad_account_id '$one');
	ALTER FOREIGN TABLE client.user_account_analytics OPTIONS (ADD ad_account_id '$one,$two')");
create('client', 'client.boards', '');
is(key_of('client_history'), 'ad_account_id,id', 'one account of an option is part of the key');
same_rows_ok($node, 'SELECT ad_account_id, id, name FROM warehouse.client', boards_of($one), 'one account of an option');
create('clients_days', 'client.user_account_analytics', ", start_date => '" . utc_today(-9) . "'");
refresh_view('clients_days');
same_rows_ok($node, 'SELECT ad_account_id, date, impression FROM warehouse.clients_days', days_of($one, $two), 'two accounts of an option');

create('own', 'pinterest.boards', '');
is(key_of('own_history'), 'id', "the token's user is none");
create('only_own', 'client.boards', ', filter => $$ad_account_id IS NULL$$');
is(key_of('only_own_history'), 'id', "the token's user by a filter");
refresh_view($_) for 'own', 'only_own';
for my $view ('own', 'only_own')
{
	same_rows_ok($node, "SELECT ad_account_id, id, name FROM warehouse.$view",
		'SELECT NULL::text AS ad_account_id, id, name FROM truth.boards_own', "$view: the rows of the token's user");
}

# All there are, whatever they are.
create('others', 'pinterest.boards', ", filter => \$\$ad_account_id <> '$one'\$\$");
is(key_of('others_history'), 'ad_account_id,id', 'any account is part of the key');
same_rows_ok($node, 'SELECT ad_account_id, id, name FROM warehouse.others', boards_of($two, $three), 'any account');

# ---- those of tables without the column ----

$node->safe_psql('postgres', "CREATE SCHEMA former;
	IMPORT FOREIGN SCHEMA pinterest LIMIT TO (boards, user_account_analytics) FROM SERVER pinterest INTO former;
	ALTER FOREIGN TABLE former.boards DROP COLUMN ad_account_id;
	ALTER FOREIGN TABLE former.user_account_analytics DROP COLUMN ad_account_id");
create('former', 'former.boards', '');
create('former_days', 'former.user_account_analytics', ", start_date => '" . utc_today(-9) . "'");
unlike(key_of($_), qr/ad_account_id/, "$_: no account") for 'former_history', 'former_days_history';
$node->safe_psql('postgres', 'TRUNCATE warehouse.former_history');
refresh_view($_) for 'former', 'former_days';
same_rows_ok($node, 'SELECT id, name FROM warehouse.former', 'SELECT id, name FROM truth.boards_own', 'former: refreshed');
same_rows_ok($node, 'SELECT date, impression FROM warehouse.former_days', 'SELECT date, impression FROM truth.days_own', 'former days: refreshed');

# They go on when the table gets the column.
$node->safe_psql('postgres', "ALTER FOREIGN TABLE former.boards ADD COLUMN ad_account_id text;
	UPDATE warehouse.former_history SET name = 'old'");
refresh_view('former');
same_rows_ok($node, 'SELECT id, name FROM warehouse.former', 'SELECT id, name FROM truth.boards_own', 'former: refreshed with the column');

# Rows of an account do not get among those of the token's user.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD ad_account_id '$one')");
like(error_of($node, 'REFRESH MATERIALIZED VIEW warehouse.former'), qr/ERROR:  42P16: history "warehouse.former_history" needs the primary key \(ad_account_id, id\)/,
	"the server's option: another key");
like(error_of($node, 'REFRESH MATERIALIZED VIEW warehouse.former_days'),
	qr/ERROR: .*lacks columns of the key\nDETAIL: .*ad_account_id.*\nHINT:  Add the column ad_account_id, or set option ad_account_id of the table to ''/,
	"the server's option: the table lacks the column");
$node->safe_psql('postgres', "ALTER FOREIGN TABLE former.$_ OPTIONS (ADD ad_account_id '')") for 'boards', 'user_account_analytics';
refresh_view($_) for 'former', 'former_days';
same_rows_ok($node, 'SELECT id, name FROM warehouse.former', 'SELECT id, name FROM truth.boards_own', "the table's empty option takes it back");

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
