# Copyright (c) 2026, pinterest_fdw contributors

# pg_cron refreshes materialized views on schedule, and keeps the errors.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $share = `pg_config --sharedir`);
plan skip_all => 'pg_cron is not installed' unless -f "$share/extension/pg_cron.control";

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(conf => <<'CONF');
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
CONF
my %options = (columns => "'{spend_in_micro_dollar,total_clickthrough}'");
$node->safe_psql('postgres', 'CREATE EXTENSION pg_cron; CREATE SCHEMA w');
matview($node, 'w.daily', 'pinterest.campaigns_analytics', %options);
$node->safe_psql('postgres', q{CREATE SERVER away FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'http://127.0.0.1:1/v5', retries '0');
	CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (access_token 'pina_simulator');
	CREATE SCHEMA away; IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns_analytics) FROM SERVER away INTO away});
matview($node, 'w.away', 'away.campaigns_analytics', %options, with_data => 'false');

restate(5, 1.5);
my $jobs = 'SELECT j.jobname, d.status FROM cron.job j JOIN cron.job_run_details d USING (jobid) WHERE d.end_time IS NOT NULL';
$node->safe_psql('postgres', <<'SQL');
SELECT cron.schedule('daily', '* * * * *', 'REFRESH MATERIALIZED VIEW CONCURRENTLY w.daily');
SELECT cron.schedule('away', '* * * * *', 'REFRESH MATERIALIZED VIEW w.away');
SQL
ok(wait_for(sub { 2 <= (() = rows($node, "SELECT DISTINCT jobname FROM ($jobs) j")) }), 'both ran');
is_deeply([ rows($node, "SELECT DISTINCT jobname, status FROM ($jobs) j ORDER BY 1") ], [ 'away|failed', 'daily|succeeded' ], 'one succeeded');
is_deeply([ rows($node, q{SELECT DISTINCT history, split_part(error, ':', 1), updated > 0 FROM pinterest_fdw.sync_log
	WHERE finished_at > (SELECT min(start_time) FROM cron.job_run_details) ORDER BY 1}) ],
	[ 'w.daily_history||t', 'w.away_history|HV00N|f' ], 'and brought what was restated, while the log has the failure of the other');
same_rows_ok($node, "SELECT campaign_id, date, spend_in_micro_dollar FROM w.daily WHERE date >= '@{[ utc_today(-7) ]}'",
	"SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE date >= '@{[ utc_today(-7) ]}'", 'the view has it');
like($node->safe_psql('postgres', q{SELECT d.return_message FROM cron.job_run_details d JOIN cron.job j USING (jobid) WHERE j.jobname = 'away' LIMIT 1}),
	qr/could not read stream "ad_accounts": the connection to the API failed/, 'the other one tells why not');
$node->safe_psql('postgres', 'SELECT cron.unschedule(jobid) FROM cron.job');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
