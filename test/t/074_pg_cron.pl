# Copyright (c) 2026, pinterest_fdw contributors

# A materialized view that a real cron worker refreshes on schedule.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $share = `pg_config --sharedir`);
plan skip_all => 'pg_cron is not installed for this version of PostgreSQL'
  unless -e "$share/extension/pg_cron.control";

simulator('--accounts', 1, '--campaigns', 2, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2);
my $node = pinterest_cluster(conf => <<'CONF');
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
CONF
$node->safe_psql('postgres', 'CREATE EXTENSION pg_cron; CREATE SCHEMA warehouse');
matview($node, 'warehouse.daily', 'pinterest.campaigns_analytics', columns => "'{spend_in_micro_dollar}'");
my $before = $node->safe_psql('postgres', 'SELECT sum(spend_in_micro_dollar) FROM warehouse.daily');
my $logged = $node->safe_psql('postgres', 'SELECT count(*) FROM pinterest_fdw.sync_log');

# What the API restates shows once cron has refreshed, at the next full minute.
sim_config(restate => { days => 3, factor => 1.5 });
$node->safe_psql('postgres', q{SELECT cron.schedule('daily', '* * * * *', 'REFRESH MATERIALIZED VIEW CONCURRENTLY warehouse.daily')});
ok(wait_for(sub { $node->safe_psql('postgres', 'SELECT count(*) FROM pinterest_fdw.sync_log') > $logged }), 'cron refreshes');
$node->safe_psql('postgres', q{SELECT cron.unschedule('daily')});
ok(wait_for(sub { $node->safe_psql('postgres', q{SELECT count(*) FROM cron.job_run_details WHERE status = 'succeeded'}) > 0 }), 'its job succeeded');
isnt($node->safe_psql('postgres', 'SELECT sum(spend_in_micro_dollar) FROM warehouse.daily'), $before, 'what was restated shows');
is($node->safe_psql('postgres', q{SELECT count(*) FROM cron.job_run_details WHERE status = 'failed'}), 0, 'no run failed');
is_deeply([ invalid_requests() ], [], 'no invalid request');
$node->stop;
done_testing();
