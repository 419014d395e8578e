# Copyright (c) 2026, pinterest_fdw contributors

# Histories that are refreshed in units: what they hold, what they ask for, and
# what becomes of them when something fails.

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

simulator('--accounts', 3, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4, '--steady');
my $node = pinterest_cluster(options => ", retries '0'", conf => 'restart_after_crash = on');
my @accounts = sort @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($today, $since) = (utc_today(), utc_today(-99));
my $facts = 'ad_account_id, campaign_id, date, spend_in_micro_dollar, total_clickthrough';
$node->safe_psql('postgres', 'CREATE SCHEMA w');
sim_config(report_polls => 0);

# Calls create_history(); further arguments are SQL expressions.  Returns the statements.
sub history
{
	my ($name, $source, %args) = @_;
	my $list = join '', map { ", $_ => $args{$_}" } sort keys %args;

	return $node->safe_psql('postgres', "SELECT pinterest_fdw.create_history('$name', '$source'$list)");
}

# Runs a statement; returns its messages, those of levels WARNING and ERROR with details.
sub messages
{
	my ($sql) = @_;
	my ($code, $stdout, $stderr) = $node->psql('postgres', $sql);

	return $stderr;
}

# CALL refresh(); dies if that fails.
sub refreshed
{
	my ($arguments) = @_;

	$node->safe_psql('postgres', "SET client_min_messages = error; CALL pinterest_fdw.refresh($arguments)");
	return;
}


# What a history is expected to hold: the truth of some days.
sub truth
{
	my ($first, $last) = @_;

	truth_table($node, 'campaigns_analytics', start => $first, end => $last, columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_CLICKTHROUGH');
	return "SELECT $facts FROM truth.campaigns_analytics";
}

# The ad account and the days of each request for metrics since the last reset, sorted.
sub fetched
{
	return [ sort map {
		my ($account) = $_->{path} =~ m{^/ad_accounts/(\d+)/};
		my $dates = $_->{body} && $_->{body}{start_date} ? "$_->{body}{start_date} $_->{body}{end_date}" : window($_);
		"$account $dates";
	} grep { $_->{path} =~ m{/analytics$} || ($_->{path} =~ m{/reports$} && $_->{method} eq 'POST') } sim_requests() ];
}

sub value { return (rows($node, $_[0]))[0]; }

my %daily = (columns => "'{spend_in_micro_dollar,total_clickthrough}'", start_date => "'$since'");
my @dated_accounts = rows($node, "SELECT DISTINCT ad_account_id FROM pinterest.campaigns ORDER BY 1");

# ---------------------------------------------------------------------------
# A first load, and what is made for it

sim_reset();
my $made = history('w.daily', 'pinterest.campaigns_analytics', %daily);
is(value(q{SELECT string_agg(a.attname, ' ' ORDER BY array_position(i.indkey::smallint[], a.attnum)) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	WHERE i.indrelid = 'w.daily'::regclass AND i.indisprimary}),
	'ad_account_id date campaign_id granularity click_window_days engagement_window_days view_window_days conversion_report_time reporting_timezone', 'the primary key, by which a unit finds its rows');
is(value("SELECT col_description('w.daily'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'w.daily'::regclass AND attname = 'total_clickthrough'"),
	'Paid and earned clicks on the Pin', 'comments of columns');
is(value("SELECT obj_description('w.daily'::regclass, 'pg_class')"), 'Metrics of campaigns, by day or another period', 'and of the table');
is(scalar(my @none = sim_requests()), 0, 'nothing was fetched yet');
like($made, qr/^CREATE TABLE w\.daily /, 'the statements are returned');

sim_reset();
sim_config(report_polls => 0);
my $told = messages("CALL pinterest_fdw.refresh('w.daily')");
is(join("\n", $told =~ /NOTICE:  (history .*)/g), join("\n", map { "history \"w.daily\", 3 ad accounts, days from $_" }
	"$since to @{[ utc_today(-10) ]}: " . value("SELECT count(*) FROM w.daily WHERE date <= '@{[ utc_today(-10) ]}'") . ' rows, 14 requests',
	"@{[ utc_today(-9) ]} to $today: " . value("SELECT count(*) FROM w.daily WHERE date > '@{[ utc_today(-10) ]}'") . ' rows, 5 requests'), 'a first load tells of its units');
same_rows_ok($node, "SELECT $facts FROM w.daily", truth($since, $today), 'a first load: all rows');
is_deeply([ rows($node, 'SELECT from_date, to_date, cardinality(ad_accounts), fetched = inserted FROM pinterest_fdw.sync_log ORDER BY id') ],
	[ "$since|@{[ utc_today(-10) ]}|3|t", "@{[ utc_today(-9) ]}|$today|3|t" ], 'each unit is in the log');

# ---------------------------------------------------------------------------
# What is refreshed

sim_reset();
refreshed("'w.daily'");
is_deeply(fetched(), [ map { "$_ @{[ utc_today(-7) ]} $today" } @dated_accounts ], 'a refresh fetches the lookback');
is(log_counts($node), value("SELECT count(*) FROM w.daily WHERE date >= '@{[ utc_today(-7) ]}'") =~ s/(.*)/$1 0 0 $1 0/r, 'and writes nothing where nothing has changed');
sim_config(restate => { days => 5, factor => 1.5, vanish => 30 });
refreshed("'w.daily'");
same_rows_ok($node, "SELECT $facts FROM w.daily", truth($since, $today), 'restated days: what has changed, and nothing that has gone');
cmp_ok(last_log($node)->{updated}, '>', 0, 'restated days: some changed');
cmp_ok(last_log($node)->{missing}, '>', 0, 'restated days: some have gone');
is(value('SELECT last_success IS NOT NULL, last_failure, error, newest_day, days_missing, accounts, accounts_failed, first_day FROM pinterest_fdw.histories'),
	"t|||$today|0|3|0|$since", 'the view of histories');

# An ad account that is new is loaded from the start, the others are not again.
$node->safe_psql('postgres', "DELETE FROM pinterest_fdw_internal.history_account WHERE account = '$dated_accounts[0]'; DELETE FROM w.daily WHERE ad_account_id = '$dated_accounts[0]'");
sim_reset();
sim_config(report_polls => 0);
refreshed("'w.daily'");
is_deeply([ grep { !/^$dated_accounts[0] / } @{ fetched() } ], [ map { "$_ @{[ utc_today(-7) ]} $today" } @dated_accounts[1 .. $#dated_accounts] ], 'a new ad account: the others have their lookback');
same_rows_ok($node, "SELECT $facts FROM w.daily", truth($since, $today), 'a new ad account: all its days');

# ---------------------------------------------------------------------------
# One ad account that is denied

sim_reset();
restate(3, 2);
sim_fault(action => 'status', status => 403, code => 7, message => 'No access here', match => "/ad_accounts/$dated_accounts[0]/campaigns");
my $error = error_of($node, "CALL pinterest_fdw.refresh('w.daily')");
like($error, qr/NOTICE:  00000: history "w\.daily", 3 ad accounts, days from \S+ to \S+: 42501: could not read .*; they are tried one by one/, 'a denied ad account: what is told') or diag($error);
like($error, qr/ERROR:  42501: could not bring all up to date\nDETAIL:  history "w\.daily", ad account $dated_accounts[0]: 42501: could not read stream .*\n.*No access here.*\nHINT:  All else is stored\. The next call tries again\./,
	'a denied ad account: the error names it');
my $others = "ad_account_id <> '$dated_accounts[0]'";
same_rows_ok($node, "SELECT $facts FROM w.daily WHERE $others", truth($since, $today) . " WHERE $others", 'a denied ad account: the others are stored');
is(value("SELECT count(*) FROM (SELECT $facts FROM w.daily WHERE NOT ($others) EXCEPT SELECT $facts FROM truth.campaigns_analytics) x") > 0, 1, 'a denied ad account: its rows are as they were');
is(value("SELECT split_part(error, ':', 1), ad_accounts FROM pinterest_fdw.sync_log WHERE error IS NOT NULL ORDER BY id DESC LIMIT 1"), "42501|{$dated_accounts[0]}", 'a denied ad account: the log');
is(value('SELECT last_failure > last_success, accounts_failed FROM pinterest_fdw.histories'), 't|1', 'a denied ad account: the view of histories');
my ($code, undef, $warned) = $node->psql('postgres', "CALL pinterest_fdw.refresh('w.daily', on_error => 'warn')");
is($code, 0, 'on_error warn: no error');
like($warned, qr/WARNING:  could not bring all up to date\nDETAIL:  history "w\.daily", ad account $dated_accounts[0]: 42501/, 'on_error warn: a warning');
sim_reset();
restate(3, 2);
refreshed("'w.daily'");
same_rows_ok($node, "SELECT $facts FROM w.daily", truth($since, $today), 'a denied ad account: once it is let in again, all rows');
is(value('SELECT error, accounts_failed FROM pinterest_fdw.histories'), '|0', 'and no failure is left');

# The option that leaves its rows out does not make them missing, nor loaded.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD on_denied 'skip')");
sim_fault(action => 'status', status => 403, code => 7, message => 'No access here', match => "/ad_accounts/$dated_accounts[0]/campaigns");
like(error_of($node, "CALL pinterest_fdw.refresh('w.daily')"), qr/ERROR:  42501: could not bring all up to date\nDETAIL:  history "w\.daily", ad account $dated_accounts[0]: 42501: the API left out rows of ad accounts/, 'on_denied skip: an error as well');
same_rows_ok($node, "SELECT $facts FROM w.daily", "SELECT $facts FROM truth.campaigns_analytics", 'on_denied skip: no row is lost');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP on_denied)');

# A token that is refused is no matter of one ad account.
sim_reset();
sim_fault(action => 'status', status => 401, code => 2, message => 'Authentication failed.', match => '/campaigns');
like(error_of($node, "CALL pinterest_fdw.refresh('w.daily')"), qr/ERROR:  28000: could not bring all up to date\nDETAIL:  history "w\.daily": 28000: /, 'a token that is refused: the error');
is(scalar(grep { $_->{path} =~ /analytics/ } sim_requests()), 0, 'a token that is refused: no account is tried by itself');
cmp_ok(scalar(my @few = sim_requests()), '<=', 5, 'a token that is refused: nor anything else');
sim_reset();
refreshed("'w.daily'");

# ---------------------------------------------------------------------------
# Two at once

sim_fault(action => 'hold', match => '/campaigns/analytics$', together => 100, name => 'held');
my $logged = value('SELECT count(*) FROM pinterest_fdw.sync_log');
my $first = sql_session($node);
$first->query_until(qr/begun/, "\\echo begun\nCALL pinterest_fdw.refresh('w.daily');\n");
ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'two at once: the first one has begun');
like(error_of($node, "CALL pinterest_fdw.refresh('w.daily')"), qr/ERROR:  55P03: history "w\.daily" is being refreshed by another session\nHINT:  With wait => true, it is waited for\./, 'two at once: the second says so');
my $second = sql_session($node);
my $pid = $second->query_safe('SELECT pg_backend_pid()');
$second->query_until(qr/begun/, "\\echo begun\nCALL pinterest_fdw.refresh('w.daily', wait => true);\n");
ok(wait_for(sub { value("SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid") eq 'Lock' }), 'wait => true: the second waits');
sim_post('release');
$first->query('SELECT 1');
$second->query('SELECT 1');
is(value('SELECT count(*) FROM pinterest_fdw.sync_log'), $logged + 2, 'wait => true: both did their work');
unlike($_->{stderr}, qr/ERROR/, 'wait => true: without an error') for $first, $second;
is(value(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), 0, 'no lock is left');

# A session that goes on after an error has no lock.
sim_reset();
sim_fault(action => 'hang', match => '/campaigns/analytics$', nth => 1, times => 1);
$first->{stderr} = '';
$pid = $first->query_safe('SELECT pg_backend_pid()');
$first->query_until(qr/begun/, "\\echo begun\nCALL pinterest_fdw.refresh('w.daily');\n");
ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'a cancel: it hangs');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$first->query('SELECT 1');
like($first->{stderr}, qr/canceling statement due to user request/, 'a cancel: the error');
is(value(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), 0, 'a cancel: no lock is left');
is(value("SELECT error FROM pinterest_fdw.sync_log ORDER BY id DESC LIMIT 1"), '57014: canceling statement due to user request', 'a cancel: the log');
$_->quit for $first, $second;
refreshed("'w.daily'");

# ---------------------------------------------------------------------------
# What breaks off is gone on with

history('w.killed', 'pinterest.campaigns_analytics', %daily);
sim_reset();
sim_config(report_polls => 0);
sim_fault(action => 'hang', match => '/campaigns/analytics$', query => "end_date=$today");
my $victim = sql_session($node);
$pid = $victim->query_safe('SELECT pg_backend_pid()');
$victim->query_until(qr/begun/, "\\echo begun\nCALL pinterest_fdw.refresh('w.killed');\n");
ok(wait_for(sub { grep { $_->{rule} } sim_requests() }), 'kill -9: the second unit hangs');
kill 'KILL', $pid;
ok(wait_for(sub { $node->psql('postgres', 'SELECT 1') == 0 }), 'kill -9: the server is there again');
eval { $victim->quit; };
my @before = @{ fetched() };
same_rows_ok($node, "SELECT $facts FROM w.killed", truth($since, utc_today(-10)), 'kill -9: what was done is stored');
sim_reset();
refreshed("'w.killed'");
is_deeply(fetched(), [ map { "$_ @{[ utc_today(-9) ]} $today" } @dated_accounts ], 'kill -9: only what was not done is fetched');
same_rows_ok($node, "SELECT $facts FROM w.killed", truth($since, $today), 'kill -9: all rows in the end');
sim_reset();
refreshed("'w.killed'");
is_deeply(fetched(), [ map { "$_ @{[ utc_today(-7) ]} $today" } @dated_accounts ], 'and the next one is a refresh like others');
$node->safe_psql('postgres', "SELECT pinterest_fdw.drop_history('w.killed'); DROP TABLE w.killed");

# ---------------------------------------------------------------------------
# Changes

sim_reset();
sim_config(report_polls => 0);
like($node->safe_psql('postgres', "SELECT pinterest_fdw.alter_history('w.daily', lookback => 3, add_columns => '{paid_impression}')"),
	qr/^ALTER TABLE w\.daily ADD COLUMN paid_impression bigint;\nCOMMENT ON COLUMN w\.daily\.paid_impression IS /, 'alter_history(): the statements');
refreshed("'w.daily'");
is_deeply(fetched(), [ map { "$_ @{[ utc_today(-3) ]} $today" } @dated_accounts ], 'alter_history(): the new lookback');
truth_table($node, 'campaigns_analytics', start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_CLICKTHROUGH,PAID_IMPRESSION');
my $more = "SELECT $facts, paid_impression FROM w.daily";
my $true = "SELECT $facts, paid_impression FROM truth.campaigns_analytics";
my $recent = "WHERE date >= '@{[ utc_today(-3) ]}'";
same_rows_ok($node, "$more $recent", "$true $recent", 'alter_history(): the lookback has values of the new column');
is(value("SELECT count(paid_impression) FROM w.daily WHERE date < '@{[ utc_today(-3) ]}'"), 0, 'alter_history(): earlier days do not');
$told = messages("CALL pinterest_fdw.backfill('w.daily')");
unlike($told, qr/ERROR/, 'backfill() of a history');
same_rows_ok($node, $more, $true, 'backfill(): all days have them');
my @units = rows($node, q{SELECT from_date || ' ' || to_date FROM pinterest_fdw.sync_log WHERE kind = 'backfill' ORDER BY id});
is((split / /, $units[0])[1], utc_today(-4), 'backfill(): the latest first');
is((split / /, $units[-1])[0], $since, 'backfill(): until the start');
is(scalar(grep { !/^\S+-01 / } @units[0 .. $#units - 1]), 0, 'backfill(): by month');
sim_reset();
is(messages("CALL pinterest_fdw.backfill('w.daily')"), '', 'backfill() once more: nothing is left');
is_deeply(fetched(), [], 'backfill() once more: no request for metrics');
my $longer = utc_today(-110);
sim_config(report_polls => 0);
unlike(messages("CALL pinterest_fdw.backfill('w.daily', '$longer')"), qr/ERROR/, 'backfill() from another day');
truth_table($node, 'campaigns_analytics', start => $longer, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_CLICKTHROUGH,PAID_IMPRESSION');
same_rows_ok($node, $more, $true, 'backfill() from another day: all rows');

# ---------------------------------------------------------------------------
# Entities, and all histories of a role

history('w.campaigns', 'pinterest.campaigns', columns => "'{name,status}'", on_missing => "'mark'", track_changes => 'true', synced_at => 'true');
history('w.boards', 'pinterest.boards', columns => "'{name}'");
sim_reset();
refreshed('');
truth_table($node, $_) for qw(campaigns boards);
same_rows_ok($node, 'SELECT id, ad_account_id, name, status FROM w.campaigns', 'SELECT id, ad_account_id, name, status FROM truth.campaigns', 'all of mine: entities');
same_rows_ok($node, 'SELECT id, name FROM w.boards', 'SELECT id, name FROM truth.boards', 'all of mine: what belongs to no ad account');
my @order = map { $_->{path} =~ m{/campaigns/analytics$} ? 'days' : $_->{path} =~ m{/boards$} ? 'boards' : () } sim_requests();
is(join(' ', grep { $_ } @order[0, -1]), 'boards days', 'all of mine: entities before days');
my $synced = 'SELECT md5(string_agg(id || _synced_at, chr(10) ORDER BY id)) FROM w.campaigns';
my $stamps = value($synced);
refreshed("'w.campaigns'");
is(value($synced), $stamps, '_synced_at: of rows that have not changed, it stays');
sim_fault(action => 'set_field', match => "/ad_accounts/$dated_accounts[0]/campaigns\$", field => 'name', value => 'another', row => 0);
refreshed("'w.campaigns'");
is(value(q{SELECT count(*), count(*) FILTER (WHERE name = 'another'), bool_and(valid_from = _synced_at) FROM w.campaigns WHERE _synced_at > (SELECT min(_synced_at) FROM w.campaigns)
	AND _synced_at > (SELECT max(finished_at - duration) FROM pinterest_fdw.sync_log)}), '1|1|t', '_synced_at: of one that has, it is the time of the refresh');
is(value('SELECT count(*) FROM w.campaigns_versions'), 1, 'track_changes: the former version is kept');
sim_reset();
sim_fault(action => 'set_field', match => "/ad_accounts/$dated_accounts[0]/campaigns\$", field => 'id', value => '4711', row => 0);
refreshed("'w.campaigns'");
is(value('SELECT count(*) FROM w.campaigns WHERE missing_since = _synced_at'), 1, 'on_missing mark: what is gone is marked');
sim_reset();
refreshed("'w.campaigns'");

# A new column of versions, whose table keeps its name.
$node->safe_psql('postgres', 'ALTER TABLE w.campaigns RENAME TO entities');
is($node->safe_psql('postgres', "SELECT pinterest_fdw.alter_history('w.entities', add_columns => '{daily_spend_cap}')") =~ s/ IS '.*'//r, join("\n",
	'ALTER TABLE w.entities ADD COLUMN daily_spend_cap bigint;', 'COMMENT ON COLUMN w.entities.daily_spend_cap;', 'ALTER TABLE w.campaigns_versions ADD COLUMN daily_spend_cap bigint;'),
	'alter_history() of entities');
refreshed("'w.entities'");
same_rows_ok($node, 'SELECT id, daily_spend_cap FROM w.entities WHERE missing_since IS NULL', 'SELECT id, daily_spend_cap FROM truth.campaigns', 'alter_history() of entities: the new column has values');

# restatements and settle
history('w.settled', 'pinterest.campaigns_analytics', %daily, start_date => "'@{[ utc_today(-9) ]}'", settle => 'true', restatements => 'true');
refreshed("'w.settled'");
my @final = rows($node, "SELECT date FROM pinterest.metrics_ready_state WHERE date BETWEEN '@{[ utc_today(-7) ]}' AND '$today' AND conversion_metrics_ready AND non_conversion_metrics_ready");
cmp_ok(scalar @final, '>', 0, 'settle: some days are final');
sim_reset();
restate(9, 3);
refreshed("'w.settled'");
is(value("SELECT min(date) FROM w.settled_restated"), value("SELECT min(d)::date FROM generate_series('@{[ utc_today(-7) ]}'::date, '$today', '1 day') d WHERE d <> ALL ('{@{[ join ',', @final ]}}'::date[])"),
	'settle: days that were final are not fetched again, others are restated');

# ---------------------------------------------------------------------------
# A materialized view over a history

sim_reset();
matview($node, 'w.spend', 'w.daily', columns => "'{spend_in_micro_dollar}'", filter => "\$\$date >= '@{[ utc_today(-20) ]}'\$\$");
same_rows_ok($node, 'SELECT ad_account_id, campaign_id, date, spend_in_micro_dollar FROM w.spend', "SELECT ad_account_id, campaign_id, date, spend_in_micro_dollar FROM w.daily WHERE date >= '@{[ utc_today(-20) ]}'", 'a materialized view over a history');
$node->safe_psql('postgres', 'REFRESH MATERIALIZED VIEW CONCURRENTLY w.spend');
is(scalar(@none = sim_requests()), 0, 'a materialized view over a history: nothing is fetched');
like(error_of($node, "SELECT pinterest_fdw.create_matview('w.no', 'w.daily', lookback => 3)"), qr/ERROR:  0A000: a materialized view over a history takes only columns, filter and with_data/, 'a materialized view over a history: not with a lookback');

# ---------------------------------------------------------------------------
# Notifications

my $listener = sql_session($node);
$listener->query('LISTEN pinterest_fdw');
refreshed("'w.boards'");
my ($payload) = $listener->query('SELECT 1') =~ /payload "(.*)" received/;
is_deeply([ @{ decode_json($payload) }{qw(kind history failures)} ], [ 'refresh', 'w.boards', 0 ], 'a notification');
matview($node, 'w.boards_view', 'pinterest.boards', columns => "'{name}'");
refresh($node, 'w.boards_view');
($payload) = reverse $listener->query('SELECT 1') =~ /payload "(.*?)" received/g;
is_deeply([ @{ decode_json($payload) }{qw(kind history failures)} ], [ 'refresh', 'w.boards_view_history', 0 ], 'a notification of a materialized view');
sim_fault(action => 'status', status => 403, code => 7, message => 'No', match => '/boards$');
$node->psql('postgres', 'REFRESH MATERIALIZED VIEW w.boards_view');
($payload) = reverse $listener->query('SELECT 1') =~ /payload "(.*?)" received/g;
is_deeply([ @{ decode_json($payload) }{qw(kind history failures)} ], [ 'refresh', 'w.boards_view_history', 1 ], 'a notification of one that failed');
$listener->quit;
sim_reset();

# ---------------------------------------------------------------------------
# Forgotten, and taken up again

my $kept = value('SELECT count(*) FROM w.daily');
$node->safe_psql('postgres', "SELECT pinterest_fdw.drop_history('w.daily')");
is(value('SELECT count(*) FROM w.daily'), $kept, 'drop_history() keeps the table');
is(value("SELECT count(*) FROM pinterest_fdw.histories WHERE history = 'w.daily'::regclass"), 0, 'drop_history(): it is no history any more');
is(value("SELECT count(*) FROM pinterest_fdw_internal.history_account WHERE history = 'w.daily'::regclass"), 0, 'drop_history(): nothing is left of it');
for my $call ("CALL pinterest_fdw.refresh('w.daily')", "CALL pinterest_fdw.backfill('w.daily')", "SELECT pinterest_fdw.drop_history('w.daily')", "SELECT pinterest_fdw.alter_history('w.daily', 3)")
{
	like(error_of($node, $call), qr/ERROR:  42704: table "w\.daily" is no history of role "postgres"/, "$call: an error");
}
history('w.daily', 'pinterest.campaigns_analytics', %daily);
refreshed("'w.daily'");
# an ad account without rows is new
is_deeply([ grep { my ($account) = /^(\d+)/; grep { $_ eq $account } @dated_accounts } @{ fetched() } ], [ map { "$_ @{[ utc_today(-7) ]} $today" } @dated_accounts ],
	'a table that has rows is gone on with');

# Errors
for my $case (
	[ "SELECT pinterest_fdw.create_history('w.daily', 'pinterest.campaigns_analytics')", '42710: history "w.daily" exists already' ],
	[ "SELECT pinterest_fdw.create_history('w.x', 'pg_class')", '42809: "pg_class" is not a foreign table of pinterest_fdw' ],
	[ "SELECT pinterest_fdw.create_history('w.x', 'pinterest.campaigns_analytics', columns => '{nothing}')", '42703: column "nothing" of foreign table' ],
	[ "SELECT pinterest_fdw.create_history('w.x', 'pinterest.campaigns_analytics', on_missing => 'x')", q{22023: on_missing cannot be 'x'} ],
	[ "CALL pinterest_fdw.refresh('w.daily', on_error => 'x')", q{22023: on_error cannot be 'x'} ],
	[ "BEGIN; CALL pinterest_fdw.refresh('w.daily')", '25001: refresh\(\) cannot run inside a transaction block' ],
	[ "BEGIN; CALL pinterest_fdw.backfill('w.daily')", '25001: backfill\(\) cannot run inside a transaction block' ],
	[ "CALL pinterest_fdw.backfill('w.boards')", '0A000: could not bring all up to date\nDETAIL:  history "w.boards": 0A000: stream "boards" has no dates to fill back' ])
{
	my ($sql, $expected) = @$case;

	like(error_of($node, $sql), qr/ERROR:  $expected/, "an error: $sql");
}
is(value('SELECT count(*) FROM pg_class WHERE relnamespace = \'w\'::regnamespace AND relname = \'x\''), 0, 'and nothing was made');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
