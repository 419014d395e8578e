# Copyright (c) 2026, pinterest_fdw contributors

# 200,000 rows: a refresh that finds nothing new writes nothing, and needs
# little memory.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

simulator('--accounts', 1, '--campaigns', 4700, '--ad-groups', 0, '--ads', 0, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
my $written = q{SELECT pg_stat_force_next_flush();
	SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables WHERE relname = 'daily_history'};
matview($node, 'daily', 'pinterest.campaigns_analytics', columns => "'{spend_in_micro_dollar}'", lookback => 90, start_date => "'@{[ utc_today(-90) ]}'");
my $rows = last_log($node)->{inserted};
cmp_ok($rows, '>=', 200_000, 'rows');
$node->safe_psql('postgres', 'VACUUM ANALYZE daily_history; CHECKPOINT');

my $session = sql_session($node);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
my $before = $session->query_safe($written);
my $wal = $session->query_safe('SELECT pg_current_wal_insert_lsn()');
my $start = time;
$session->query_safe('REFRESH MATERIALIZED VIEW CONCURRENTLY daily');
note(sprintf 'REFRESH CONCURRENTLY of %d unchanged rows: %.1f s', $rows, time - $start);
note('the log says ' . last_log($node)->{duration});
is(log_counts($node), "$rows 0 0 $rows 0", 'all were fetched, none has changed');
is($session->query_safe($written), $before, 'no tuple was written, by the statistics');
my $bytes = $session->query_safe("SELECT pg_current_wal_insert_lsn() - '$wal'");
note("write-ahead log: $bytes bytes");
cmp_ok($bytes, '<', 2_000_000, 'nor locked, by the write-ahead log');

SKIP:
{
	skip 'no /proc', 1 unless -r "/proc/$pid/status";
	my ($anonymous) = slurp_file("/proc/$pid/smaps_rollup") =~ /^Anonymous:\s+(\d+)/m;
	$session->query_safe('REFRESH MATERIALIZED VIEW CONCURRENTLY daily');
	my ($peak) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m;
	note("memory: $peak kB with shared buffers, $anonymous kB of its own afterwards");
	cmp_ok($peak, '<', 400_000, 'memory');
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
done_testing();
