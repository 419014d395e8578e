# Copyright (c) 2026, pinterest_fdw contributors

# How the functions of histories are called: a query that could not take the rows
# sends nothing, and queries of the functions' own are not compiled.

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

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster();
$node->safe_psql('postgres', 'CREATE SCHEMA w');

# ---------------------------------------------------------------------------
# Queries that cannot take the rows

matview($node, 'w.daily', 'pinterest.campaigns_analytics', columns => "'{spend_in_micro_dollar}'", with_data => 'false');
matview($node, 'w.entities', 'pinterest.campaigns', columns => "'{name}'", with_data => 'false');
for my $case (
	[ 'w.daily', 'pinterest.campaigns_analytics', $node->safe_psql('postgres', q{SELECT array_agg(attname) FROM pg_attribute WHERE attrelid = 'w.daily_history'::regclass AND attnum > 0}) ],
	[ 'w.entities', 'pinterest.campaigns', '{id,ad_account_id,name}' ])
{
	my ($view, $source, $columns) = @$case;
	my $call = "pinterest_fdw.sync('${view}_history', '$source', '$columns')";

	for my $set ('', 'SET pinterest_fdw.offline = on; ')
	{
		like(error_of($node, "${set}SELECT $call"),
			qr/ERROR:  0A000: sync\(\) cannot be called in a select list\nHINT:  Write SELECT \* FROM pinterest_fdw\.sync\(\.\.\.\) AS t\(\.\.\.\)/, "$set$view: in a select list");
		like(error_of($node, "${set}SELECT * FROM $call AS t(id integer)"), qr/ERROR:  42804: structure of query does not match function result type/, "$set$view: other columns");
	}
}
is(scalar(my @none = sim_requests()), 0, 'no request was sent');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pinterest_fdw.sync('w.entities_history', 'pinterest.campaigns', '{id,ad_account_id,name}') AS t(id text, ad_account_id text, name text)}),
	3, 'in FROM, it returns rows');

# ---------------------------------------------------------------------------
# Queries of the functions' own, which are many and short, are not compiled: a
# filter sees the parameter as they have it.

$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION w.is_not_compiled() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('jit')::boolean THEN
		RAISE EXCEPTION 'jit is on';
	END IF;
	RETURN true;
END
$$;
SQL
my $jit = 'SET jit = on; SET jit_above_cost = 0; SET client_min_messages = error;';
my $columns = "columns => '{spend_in_micro_dollar}', filter => 'w.is_not_compiled()'";
my $first = utc_today(-35);
for my $sql ("SELECT pinterest_fdw.create_matview('w.jit', 'pinterest.campaigns_analytics', $columns)",
	'REFRESH MATERIALIZED VIEW w.jit',
	"CALL pinterest_fdw.backfill('w.jit_history', 'pinterest.campaigns_analytics', '$first', filter => 'w.is_not_compiled()')",
	"SELECT pinterest_fdw.create_matview('w.jit_too', 'pinterest.campaigns', columns => '{name}', filter => 'w.is_not_compiled()')")
{
	is(error_of($node, "$jit $sql"), '', "not compiled: $sql");
}
is($node->safe_psql('postgres', "SELECT min(date) <= '@{[ utc_today(-30) ]}' AND count(*) > 30 FROM w.jit_history"), 't', 'not compiled: the rows are there');
is($node->safe_psql('postgres', "$jit SELECT FROM pinterest_fdw.gaps('w.jit_history', 'pinterest.campaigns_analytics'); SHOW jit") =~ s/^\n+//r, 'on', 'the parameter of the session stays');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
