# Copyright (c) 2026, pinterest_fdw contributors

# What is left of histories without the extension, and how their views come back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(import => 'OPTIONS (metrics \'standard\')');
my $make = q{SELECT pinterest_fdw.create_matview('warehouse.spend', 'pinterest.campaigns_analytics', columns => '{spend_in_micro_dollar}', lookback => 3, history => 'warehouse.spend_history')};
my $rows = 'SELECT ad_account_id, campaign_id, date, spend_in_micro_dollar FROM warehouse.spend';
my $kept = 'SELECT md5(string_agg(h::text, chr(10) ORDER BY h::text)) FROM (SELECT campaign_id, date, spend_in_micro_dollar FROM warehouse.spend_history) AS h';

# A day that the API does not have any more is in the history alone.
$node->safe_psql('postgres', "CREATE SCHEMA warehouse; SELECT set_config('pinterest_fdw.progress_interval', '0', false); $make");
$node->safe_psql('postgres', <<'SQL');
CREATE TEMP TABLE old AS SELECT * FROM warehouse.spend_history LIMIT 1;
UPDATE old SET date = '2020-01-01';
INSERT INTO warehouse.spend_history SELECT * FROM old;
REFRESH MATERIALIZED VIEW warehouse.spend;
SQL
my @before = rows($node, "$rows ORDER BY 1, 2, 3");
my ($stored) = rows($node, $kept);
is(scalar(grep { /\|2020-01-01\|/ } @before), 1, 'the view has a day of the history alone');

# The view tells how it was made.
my $definition = $node->safe_psql('postgres', q{SELECT pg_get_viewdef('warehouse.spend'::regclass)});
like($definition, qr/pinterest_fdw\.sync\('warehouse\.spend_history'::regclass, 'pinterest\.campaigns_analytics'::regclass/, 'its definition names history and source');

$node->safe_psql('postgres', 'DROP EXTENSION pinterest_fdw CASCADE');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relkind IN ('m', 'f')}), '0', 'views and foreign tables go with the extension');
is((rows($node, $kept))[0], $stored, 'the rows stay in the history');

$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '@{[ sim_url() ]}', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO pinterest OPTIONS (metrics 'standard');
SQL
$node->safe_psql('postgres', $make);
is_deeply([ rows($node, "$rows ORDER BY 1, 2, 3") ], \@before, 'the view is back, with all rows');

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
