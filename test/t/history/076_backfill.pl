# Copyright (c) 2026, pinterest_fdw contributors

# backfill(): long ranges in chunks that are committed one by one.

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

simulator('--accounts', 2, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster(options => ", retries '0'");
my ($account, $other) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $today = utc_today();
my $columns = "'{spend_in_micro_dollar,total_clickthrough}'";
my $facts = 'ad_account_id, campaign_id, date, spend_in_micro_dollar, total_clickthrough';
daily_campaign($node, $_, 100) for $account, $other;
$node->safe_psql('postgres', 'CREATE SCHEMA w');

# A history without a row.
sub history
{
	my ($name, %args) = @_;

	return matview($node, "w.$name", 'pinterest.campaigns_analytics', columns => $columns, history => "'w.$name\_history'", with_data => 'false', %args);
}

# CALL backfill(); returns its notices and warnings.
sub backfill
{
	my ($arguments, %args) = @_;
	my ($code, $stdout, $stderr) = $node->psql('postgres', ($args{before} // '') . "CALL pinterest_fdw.backfill($arguments)");

	die $stderr if $code && !$args{fails};
	return [ grep { !/reports/ } $stderr =~ /^.*?((?:NOTICE|WARNING|ERROR):  .*)$/mg ];
}

# The chunks of a history so far.
sub chunks
{
	my ($history) = @_;

	return [ rows($node, "SELECT from_date || ' ' || to_date FROM pinterest_fdw.sync_log WHERE kind = 'backfill' AND error IS NULL AND history = '$history'::regclass ORDER BY id") ];
}

# ---------------------------------------------------------------------------
# A range

history('daily');
my $since = utc_today(-99);
truth_table($node, 'campaigns_analytics', start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_CLICKTHROUGH');
my $lines = backfill("'w.daily_history', 'pinterest.campaigns_analytics', '$since'");
same_rows_ok($node, "SELECT $facts FROM w.daily_history", "SELECT $facts FROM truth.campaigns_analytics", 'a range: all rows');
my @ranges = map { utc_today($_->[0]) . ' ' . utc_today($_->[1]) } [ -99, -70 ], [ -69, -40 ], [ -39, -10 ], [ -9, 0 ];
is_deeply(chunks('w.daily_history'), \@ranges, 'a range: chunks of 30 days');
is(scalar @$lines, 4, 'a range: a notice for each');
like($lines->[1], qr/^NOTICE:  days from @{[ utc_today(-69) ]} to @{[ utc_today(-40) ]}: \d+ rows, \d+ requests; 60 of 100 days done, about 00:00:0\d left$/, 'a range: the notice');
like($lines->[3], qr/100 of 100 days done, about 00:00:00 left$/, 'a range: the last notice');
is_deeply([ rows($node, q{SELECT 'NOTICE:  days from ' || from_date || ' to ' || to_date || ': ' || fetched || ' rows, ' || requests || ' requests' FROM pinterest_fdw.sync_log ORDER BY id}) ],
	[ map { /^(.*?);/ } @$lines ], 'a range: what notices say is in the log');
$node->safe_psql('postgres', 'REFRESH MATERIALIZED VIEW w.daily');
is(last_log($node)->{from_date} . ' ' . last_log($node)->{inserted}, utc_today(-7) . ' 0', 'then a refresh fetches its window');

# Once more: only the day that was not over.
sim_reset();
is(scalar @{ backfill("'w.daily_history', 'pinterest.campaigns_analytics', '$since'") }, 1, 'once more: one chunk');
is(window(grep { $_->{path} =~ /analytics/ } sim_requests()), "$today $today", 'once more: today');
sim_reset();
is_deeply(backfill("'w.daily_history', 'pinterest.campaigns_analytics', '$since', '@{[ utc_today(-1) ]}'"), [], 'once more, until yesterday: nothing');
is(scalar(my @none = sim_requests()), 0, 'once more, until yesterday: no request');

# Only what is new: other days, other chunks.
backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-105) ]}', '@{[ utc_today(-50) ]}', chunk_days => 4");
is_deeply([ @{ chunks('w.daily_history') }[5 .. 6] ], [ utc_today(-105) . ' ' . utc_today(-102), utc_today(-101) . ' ' . utc_today(-100) ], 'earlier days: what is left of them');
is(scalar @{ chunks('w.daily_history') }, 7, 'earlier days: and no more');

# again => true
restate(60, 1.5);
backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-60) ]}', '@{[ utc_today(-31) ]}', again => true");
is(last_log($node)->{updated} > 50, 1, 'again: what was restated since');
is(scalar @{ chunks('w.daily_history') }, 8, 'again: one chunk');
is_deeply(backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-60) ]}', '@{[ utc_today(-31) ]}'"), [], 'and then no more');

# A new column is a reason to load, and so is another filter.
$node->safe_psql('postgres', 'ALTER TABLE w.daily_history ADD COLUMN paid_impression bigint');
backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-60) ]}', '@{[ utc_today(-31) ]}'");
is($node->safe_psql('postgres', "SELECT count(paid_impression) > 0 FROM w.daily_history WHERE date = '@{[ utc_today(-60) ]}'"), 't', 'a new column gets values');
backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-60) ]}', '@{[ utc_today(-31) ]}', filter => 'click_window_days = 7'");
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT click_window_days::text, ' ') FROM w.daily_history"), '30 7', 'another filter');

# Periods
history('monthly', filter => "'granularity = ''MONTH'''");
backfill("'w.monthly_history', 'pinterest.campaigns_analytics', '$since', filter => 'granularity = ''MONTH''', chunk_days => 31");
is_deeply([ map { /^(\S+)/ } @{ chunks('w.monthly_history') } ],
	[ rows($node, "SELECT d::date FROM generate_series(date_trunc('month', date '$since'), '$today', '1 month') d") ], 'months: chunks are whole ones');

# The limits of the API
$lines = backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-1000) ]}', '@{[ utc_today(-900) ]}', chunk_days => 1000");
is($lines->[0], 'WARNING:  days from ' . utc_today(-1000) . ' to ' . utc_today(-915) . ' cannot be loaded', 'days that the API dropped: the warning');
is(chunks('w.daily_history')->[-1], utc_today(-914) . ' ' . utc_today(-900), 'days that the API dropped: the rest');
is_deeply(backfill("'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-1000) ]}', '@{[ utc_today(-950) ]}'"),
	[ 'WARNING:  days from ' . utc_today(-1000) . ' to ' . utc_today(-950) . ' cannot be loaded' ], 'days that the API dropped: all of them');

# ---------------------------------------------------------------------------
# Interrupted

history('broken');
sim_reset();
sim_fault(action => 'status', status => 500, match => '/campaigns/analytics$', nth => 5);
my $arguments = "'w.broken_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-79) ]}', '@{[ utc_today(-20) ]}', 20";
$lines = backfill($arguments, fails => 1);
like($lines->[-1], qr/^ERROR:  could not read stream "campaigns_analytics"/, 'an error');
is_deeply(chunks('w.broken_history'), [ map { utc_today($_->[0]) . ' ' . utc_today($_->[1]) } [ -79, -60 ], [ -59, -40 ] ], 'an error: two chunks were committed');
is($node->safe_psql('postgres', "SELECT max(date) < '@{[ utc_today(-39) ]}' FROM w.broken_history"), 't', 'an error: and nothing else');
sim_reset();
backfill($arguments);
is(window(grep { $_->{path} =~ /analytics/ } sim_requests()), utc_today(-39) . ' ' . utc_today(-20), 'an error: it goes on where it stopped');
same_rows_ok($node, "SELECT $facts FROM w.broken_history", "SELECT $facts FROM truth.campaigns_analytics
	WHERE date BETWEEN '@{[ utc_today(-79) ]}' AND '@{[ utc_today(-20) ]}'", 'an error: all rows in the end');

history('cancelled');
sim_fault(action => 'hang', match => '/campaigns/analytics$', nth => 3);
my $session = sql_session($node);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_until(qr/begun/, "\\echo begun\nCALL pinterest_fdw.backfill('w.cancelled_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-60) ]}', '@{[ utc_today(-21) ]}', 20);\n");
ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'a cancel: it hangs');
is($node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)"), 't', 'a cancel: sent');
$session->query('SELECT 1');
like($session->{stderr}, qr/canceling statement due to user request/, 'a cancel: the error');
is_deeply(chunks('w.cancelled_history'), [ utc_today(-60) . ' ' . utc_today(-41) ], 'a cancel: one chunk was committed');
sim_reset();
backfill("'w.cancelled_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-60) ]}', '@{[ utc_today(-21) ]}', 20");
is_deeply(chunks('w.cancelled_history'), [ map { utc_today($_->[0]) . ' ' . utc_today($_->[1]) } [ -60, -41 ], [ -40, -21 ] ], 'a cancel: it goes on where it stopped');
$session->{stderr} = '';

# ---------------------------------------------------------------------------
# Transactions and other errors

sim_reset();
for my $case (
	[ 'BEGIN; ', "'w.daily_history', 'pinterest.campaigns_analytics', '$since'", '25001: backfill\(\) cannot run inside a transaction block' ],
	[ '', "'w.daily_history', 'pinterest.campaigns', '$since'", '0A000: stream "campaigns" has no dates to fill back' ],
	[ '', "'w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(1) ]}'", '22023: there are no days to load' ],
	[ '', "'w.daily_history', 'pinterest.campaigns_analytics', '$since', chunk_days => 0", '22023: there are no days to load' ],
	[ '', "'w.daily_history', 'pinterest.campaigns_analytics', NULL", '22023: there are no days to load' ],
	[ '', "'w.daily_history', 'pinterest.ads_analytics', '$since'", '42P16: history "w.daily_history" needs the primary key' ],
	[ '', "'pg_class', 'pinterest.ads_analytics', '$since'", '42P16: history "pg_class" needs the primary key' ],
	[ '', "'w.daily_history', 'pinterest.campaigns_analytics', '$since', filter => 'nothing'", '42703: column "nothing" does not exist' ])
{
	my ($before, $arguments, $error) = @$case;

	like(error_of($node, "${before}CALL pinterest_fdw.backfill($arguments)"), qr/ERROR:  $error/, "an error: $before$arguments");
}
like(error_of($node, "DO \$\$ BEGIN PERFORM 1; CALL pinterest_fdw.backfill('w.daily_history', 'pinterest.campaigns_analytics', '$since', '@{[ utc_today(-90) ]}', again => true); END \$\$"),
	qr/NOTICE:.*10 of 10 days done/, 'in a DO block');
is(scalar(grep { $_->{path} =~ m{/reports$} } sim_requests()) > 0, 1, 'it went to the API');
like(error_of($node, "SET default_transaction_isolation = 'serializable'; CALL pinterest_fdw.backfill('w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-30) ]}', again => true)"),
	qr/31 of 31 days done/, 'in serializable transactions');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
done_testing();
