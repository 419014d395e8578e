# Copyright (c) 2026, pinterest_fdw contributors

# A history equals the API for what a refresh has fetched: rows that the API no
# longer returns go, of the ad accounts and days that were fetched in full, and
# unless so many are gone that an error of the API is likelier.

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

simulator('--accounts', 2, '--campaigns', 8, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster(options => ", retries '0'");
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $today = utc_today();
my $metrics = 'spend_in_micro_dollar, total_impression';
my $columns = "'{spend_in_micro_dollar,total_impression}'";
my $entity = 'ad_account_id, campaign_id, date';
$node->safe_psql('postgres', 'CREATE SCHEMA w');

# The truth from a day on, as the API has it now, as a table of that name.
sub truth_now
{
	my ($name, $stream, $first_day, %args) = @_;

	truth_table($node, $stream, name => $name, start => $first_day, end => $today,
		columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION', %args);
	return "truth.$name";
}

# How many rows a table has.
sub count_of
{
	my ($table, $where) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) FROM $table WHERE " . ($where // 'true'));
}

# A refresh, or another statement, and the warnings of it, with their details and hints.
sub words_of
{
	my ($sql) = @_;
	my ($code, $stdout, $stderr) = $node->psql('postgres', "SET client_min_messages = warning; $sql");

	die $stderr if $code;
	$stderr =~ s/^psql:<stdin>:\d+: //gm;
	return $stderr eq '' ? '' : "$stderr\n";
}

# From now on, an endpoint answers for an ad account that there is nothing.
sub nothing_of
{
	my ($account, $what, $body) = @_;

	return sim_fault(action => 'replace', match => "/ad_accounts/$account/$what\$", body => $body // '[]');
}

# ---------------------------------------------------------------------------
# Refreshes over days that are restated and lose rows each time

# One history is partitioned by ad account; of the rows of a targeting type, others
# have metrics after each restatement anyway.
my ($table) = split /;\n/, matview($node, 'w.campaigns', 'pinterest.campaigns_analytics', columns => $columns, dry_run => 'true');
$node->safe_psql('postgres', "$table PARTITION BY LIST (ad_account_id);
	CREATE TABLE w.campaigns_1 PARTITION OF w.campaigns_history FOR VALUES IN ('$first');
	CREATE TABLE w.campaigns_rest PARTITION OF w.campaigns_history DEFAULT");
for my $case ([ 'campaigns', 'campaigns_analytics', $entity, 20 ],
	[ 'targeting', 'campaigns_targeting_analytics', "$entity, targeting_type, targeting_value", 0, filter => "'targeting_type = ''GENDER'''" ])
{
	my ($name, $stream, $key, $vanish, @filter) = @$case;
	my $list = "$key, $metrics";
	my %truth = @filter ? (targeting_types => 'GENDER') : ();

	sim_reset();
	matview($node, "w.$name", "pinterest.$stream", columns => $columns, restatements => 'true', @filter);
	my $expected = truth_now('expected', $stream, utc_today(-29), %truth);
	same_rows_ok($node, "SELECT $list FROM w.$name", "SELECT $list FROM $expected", "$name: the first load");
	for my $round (1 .. 4)
	{
		my $removed = 0;

		# of the 20 days that change, 8 are fetched
		sim_config(restate => { days => 20, factor => 1.1, vanish => $vanish });
		$node->safe_psql('postgres', "CREATE TABLE before AS TABLE w.${name}_history");
		refresh($node, "w.$name");
		my $now = truth_now('now', $stream, utc_today(-7), %truth);
		my $old = "SELECT $list FROM before WHERE date < '@{[ utc_today(-7) ]}'";
		same_rows_ok($node, "SELECT $list FROM w.${name}_history", "$old UNION ALL SELECT $list FROM $now", "$name, $round: the history");
		same_rows_ok($node, "SELECT $list FROM w.$name", "$old UNION ALL SELECT $list FROM $now", "$name, $round: the view");
		my $lost = "SELECT $key FROM before WHERE date >= '@{[ utc_today(-7) ]}' EXCEPT SELECT $key FROM $now";
		$removed = $node->safe_psql('postgres', "SELECT count(*) FROM ($lost) l");
		cmp_ok($removed, '>', 0, "$name, $round: rows vanished");
		is(last_log($node)->{missing}, $removed, "$name, $round: the log");
		same_rows_ok($node, "SELECT $key, old_row FROM w.${name}_history_restated WHERE new_row = 'null'
				AND observed_at = (SELECT max(observed_at) FROM w.${name}_history_restated)",
			"SELECT $key, jsonb_build_object('spend_in_micro_dollar', spend_in_micro_dollar, 'total_impression', total_impression) FROM before
				WHERE ($key) IN ($lost)", "$name, $round: rows that vanished are kept as restated");
		$node->safe_psql('postgres', 'DROP TABLE before');
	}
	$node->safe_psql('postgres', "DROP MATERIALIZED VIEW w.$name");
}

# ---------------------------------------------------------------------------
# Which rows a refresh stands for

my $settings = "'DAY', 30, 30, 1, 'TIME_OF_AD_ACTION', 'PINTEREST_TIME_ZONE'";
my $narrow = "ad_account_id = '$first'";
my %options = (columns => $columns, filter => "\$\$$narrow\$\$");

sim_reset();
matview($node, 'w.scope', 'pinterest.campaigns_analytics', %options);

# Puts rows into the history, keys without their metrics.
sub add
{
	return $node->safe_psql('postgres', 'INSERT INTO w.scope_history VALUES ' . join(', ', map { "($_, 12, 3)" } @_));
}

add("'$first', 'gone', '$today', $settings", "'$first', 'gone', '@{[ utc_today(-7) ]}', $settings",
	"'$first', 'day', '@{[ utc_today(-8) ]}', $settings", "'$first', 'day', '@{[ utc_today(-1000) ]}', $settings", "'$first', 'day', '@{[ utc_today(1) ]}', $settings",
	"'$second', 'filter', '$today', $settings",
	"'$first', 'window', '$today', 'DAY', 7, 30, 1, 'TIME_OF_AD_ACTION', 'PINTEREST_TIME_ZONE'", "'$first', 'time', '$today', 'DAY', 30, 30, 1, 'TIME_OF_CONVERSION', 'PINTEREST_TIME_ZONE'",
	"'$first', 'period', '$today', 'WEEK', 30, 30, 1, 'TIME_OF_AD_ACTION', 'PINTEREST_TIME_ZONE'");
is(words_of('REFRESH MATERIALIZED VIEW w.scope'), '', 'scope: no warning');
rows_ok($node, q{SELECT DISTINCT campaign_id FROM w.scope_history WHERE campaign_id !~ '\d'}, [qw(day filter period time window)],
	'scope: days, accounts and settings that were not asked for keep their rows');
is(count_of('w.scope_history', q{campaign_id = 'day'}), 3, 'scope: days on either side');
is(last_log($node)->{missing}, 2, 'scope: the log');

# As far as the API goes back, by requests and by reports, and not further.
$node->safe_psql('postgres', q{DELETE FROM w.scope_history WHERE campaign_id = 'day'});
add(map { "'$first', 'old', '@{[ utc_today($_) ]}', $settings" } -1000, -915, -914, -91, -90, -8);
$node->safe_psql('postgres', "ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD lookback_days '914')");
is(words_of('REFRESH MATERIALIZED VIEW w.scope'), '', 'what the API has dropped: no warning');
rows_ok($node, q{SELECT date FROM w.scope_history WHERE campaign_id = 'old'}, [ utc_today(-1000), utc_today(-915) ], 'what the API has dropped stays');
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (DROP lookback_days)');

# A refresh that fails half-way removes nothing.
add("'$first', 'gone', '$today', $settings");
sim_fault(action => 'status', status => 500, match => '/campaigns/analytics$');
like(error_of($node, 'REFRESH MATERIALIZED VIEW w.scope'), qr/ERROR:  HV00M/, 'a refresh that fails');
is(count_of('w.scope_history', q{campaign_id = 'gone'}), 1, 'a refresh that fails removes nothing');
sim_reset();

# Weeks
$node->safe_psql('postgres', "DELETE FROM w.scope_history WHERE campaign_id = 'period';
	INSERT INTO w.scope_history SELECT '$first', 'period', date_trunc('week', date '$today' - n * 7), 'WEEK', 30, 30, 1, 'TIME_OF_AD_ACTION', 'PINTEREST_TIME_ZONE', 1, 1 FROM generate_series(0, 9) n");
matview($node, 'w.weekly', 'pinterest.campaigns_analytics', columns => $columns, history => "'w.scope_history'", filter => "\$\$$narrow AND granularity = 'WEEK'\$\$");
is(count_of('w.scope_history', q{campaign_id = 'period'}), 8, 'weeks: those of the lookback go');
$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW w.scope, w.weekly; DROP TABLE w.scope_history');

# A foreign table that is a partition has rows within its bound only.
$node->safe_psql('postgres', <<SQL);
CREATE TABLE w.all_days (ad_account_id text, campaign_id text, date date, granularity text, click_window_days bigint, engagement_window_days bigint,
	view_window_days bigint, conversion_report_time text, reporting_timezone text, spend_in_micro_dollar bigint, total_impression bigint) PARTITION BY RANGE (date);
CREATE FOREIGN TABLE w.last_days PARTITION OF w.all_days FOR VALUES FROM ('@{[ utc_today(-3) ]}') TO ('@{[ utc_today(+9) ]}')
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
matview($node, 'w.part', 'w.last_days', %options, columns => "'{spend_in_micro_dollar,total_impression}'");
$node->safe_psql('postgres', "INSERT INTO w.part_history SELECT '$first', 'gone', date '$today' - n, $settings, 1, 1 FROM generate_series(0, 9) n");
is(words_of('REFRESH MATERIALIZED VIEW w.part'), '', 'a partition: no warning');
rows_ok($node, q{SELECT date FROM w.part_history WHERE campaign_id = 'gone'}, [ map { utc_today(-$_) } 4 .. 9 ], 'a partition: only rows within its bound go');
$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW w.part');

# ---------------------------------------------------------------------------
# What users can choose, and calls that say nothing of it

matview($node, 'w.marked', 'pinterest.campaigns_analytics', columns => $columns, on_missing => "'mark'");
sim_config(restate => { days => 20, factor => 1.1, vanish => 20 });
refresh($node, 'w.marked');
my $now = truth_now('now', 'campaigns_analytics', utc_today(-7));
cmp_ok(last_log($node)->{missing}, '>', 0, 'mark: the log');
is(count_of('w.marked', 'missing_since IS NOT NULL'), last_log($node)->{missing}, 'mark: rows that are gone are marked');
same_rows_ok($node, "SELECT $entity, $metrics FROM w.marked WHERE missing_since IS NULL AND date >= '@{[ utc_today(-7) ]}'", "SELECT $entity, $metrics FROM $now",
	'mark: the others are right');
sim_config(restate => { days => 20, factor => 1.1, vanish => 0 });
refresh($node, 'w.marked');
is(count_of('w.marked', 'missing_since IS NOT NULL'), 0, 'mark: rows that come back are not marked');
my $all = count_of('w.marked_history');

# As an earlier version wrote it: nothing of on_missing.
my $call = "pinterest_fdw.sync('w.marked_history'::regclass, 'pinterest.campaigns_analytics'::regclass,
	'{ad_account_id,campaign_id,date,granularity,click_window_days,engagement_window_days,view_window_days,conversion_report_time,reporting_timezone,spend_in_micro_dollar,total_impression}'::text[]%s)
	AS t(ad_account_id text, campaign_id text, date date, granularity text, click_window_days bigint, engagement_window_days bigint, view_window_days bigint,
		conversion_report_time text, reporting_timezone text, spend_in_micro_dollar bigint, total_impression bigint)";
$node->safe_psql('postgres', sprintf "CREATE MATERIALIZED VIEW w.former AS SELECT * FROM $call WITH NO DATA", ', lookback => 20');
$node->safe_psql('postgres', sprintf "CREATE MATERIALIZED VIEW w.kept AS SELECT * FROM $call WITH NO DATA", q{, lookback => 20, on_missing => 'keep'});
sim_config(restate => { days => 20, factor => 1.1, vanish => 20 });
refresh($node, 'w.kept', '');
is(count_of('w.kept'), $all, 'keep: all stay');
refresh($node, 'w.former', '');
$now = truth_now('now', 'campaigns_analytics', utc_today(-20));
same_rows_ok($node, "SELECT $entity, $metrics FROM w.former WHERE date >= '@{[ utc_today(-20) ]}'", "SELECT $entity, $metrics FROM $now", 'a call that says nothing: they go');
like(matview($node, 'w.other', 'pinterest.campaigns_analytics', dry_run => 'true', columns => $columns, on_missing => "'keep'", allow_mass_delete => 'true'),
	qr/on_missing => 'keep'::text, allow_mass_delete => true\)/, 'what is chosen stands in the definition');
unlike(matview($node, 'w.other', 'pinterest.campaigns_analytics', dry_run => 'true', columns => $columns), qr/on_missing|allow_mass_delete/, 'and nothing else');

# A back-fill does as the views of its history.
$node->safe_psql('postgres', "INSERT INTO w.marked_history VALUES ('$first', 'gone', '@{[ utc_today(-25) ]}', $settings, 1, 1)");
my $fill = "CALL pinterest_fdw.backfill('w.marked_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-29) ]}', '@{[ utc_today(-20) ]}', again => true";
words_of("$fill)");
is(count_of('w.marked_history', q{campaign_id = 'gone' AND missing_since IS NOT NULL}), 1, 'a back-fill marks where rows are marked');
$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW w.marked, w.kept, w.former; ALTER TABLE w.marked_history DROP COLUMN missing_since');
words_of("$fill, on_missing => 'keep')");
is(count_of('w.marked_history', q{campaign_id = 'gone'}), 1, 'a back-fill that is told to keep keeps');
words_of("$fill)");
is(count_of('w.marked_history', q{campaign_id = 'gone'}), 0, 'a back-fill removes what is gone');
is(last_log($node)->{missing}, 1, 'a back-fill: the log');
like(error_of($node, "$fill, on_missing => 'drop')"), qr/ERROR:  22023: on_missing cannot be 'drop'/, 'a back-fill: a wrong word');

# ---------------------------------------------------------------------------
# Too many at once

sim_reset();
matview($node, 'w.daily', 'pinterest.campaigns_analytics', columns => $columns, restatements => 'true');
my $recent = "date >= '@{[ utc_today(-7) ]}'";
my ($many, $others) = map { count_of('w.daily_history', "$recent AND ad_account_id = '$_'") } $first, $second;
cmp_ok($many, '>', 20, 'the window of an ad account has more than 20 rows');
my $everything = 'SELECT md5(string_agg(h::text, E\'\n\' ORDER BY h::text)) FROM w.daily_history h';
my $before = $node->safe_psql('postgres', $everything);
my $warning = "WARNING:  history \"w.daily_history\" keeps rows that the API did not return, as they are too many
DETAIL:  Rows that did not come: ad account $first: %s.
HINT:  If they are gone, CALL pinterest_fdw.backfill() for these days with again => true, allow_mass_delete => true.
";

nothing_of($first, 'campaigns/analytics');
is(words_of('REFRESH MATERIALIZED VIEW w.daily'), sprintf($warning, "$many of $many"), 'too many: the warning');
is($node->safe_psql('postgres', $everything), $before, 'too many: none is removed');
is(last_log($node)->{missing}, 0, 'too many: the log');

# Each ad account is judged by itself.
$node->safe_psql('postgres', "INSERT INTO w.daily_history VALUES ('$second', 'gone', '$today', $settings, 1, 1)");
is(words_of('REFRESH MATERIALIZED VIEW w.daily'), sprintf($warning, "$many of $many"), 'too many of one account: the warning');
is($node->safe_psql('postgres', $everything), $before, 'too many of one account: what the other has lost goes');
is(last_log($node)->{missing}, 1, 'too many of one account: the log');

# With the user's word, they go.
$fill = "CALL pinterest_fdw.backfill('w.daily_history', 'pinterest.campaigns_analytics', '@{[ utc_today(-7) ]}', again => true, restated => 'w.daily_history_restated'";
is(words_of("$fill)"), sprintf($warning, "$many of $many"), 'a back-fill does not remove them either');
is($node->safe_psql('postgres', $everything), $before, 'a back-fill: none is removed');
is(words_of("$fill, allow_mass_delete => true)"), '', 'allow_mass_delete: no warning');
is(count_of('w.daily_history', "$recent AND ad_account_id = '$first'"), 0, 'allow_mass_delete: they are removed');
is(count_of('w.daily_history', "$recent AND ad_account_id = '$second'"), $others, 'allow_mass_delete: and no others');
is(count_of('w.daily_history_restated', q{new_row = 'null'}), $many + 1, 'allow_mass_delete: they are kept as restated');
sim_reset();
refresh($node, 'w.daily');
is($node->safe_psql('postgres', $everything), $before, 'and they come back when the API has them');

# Half of them, or 20, are not too many.
my $gone = "INSERT INTO w.daily_history SELECT '$first', 'gone' || n, '$today', $settings, 1, 1 FROM generate_series(1, %d) n";
$node->safe_psql('postgres', sprintf $gone, $many);
is(words_of('REFRESH MATERIALIZED VIEW w.daily'), '', 'half of them: no warning');
is($node->safe_psql('postgres', $everything), $before, 'half of them: they go');
$node->safe_psql('postgres', sprintf $gone, $many + 1);
is(words_of('REFRESH MATERIALIZED VIEW w.daily'), sprintf($warning, ($many + 1) . ' of ' . (2 * $many + 1)), 'one more: a warning');
is(count_of('w.daily_history', q{campaign_id LIKE 'gone%'}), $many + 1, 'one more: they stay');
$node->safe_psql('postgres', q{DELETE FROM w.daily_history WHERE campaign_id LIKE 'gone%'; CREATE TABLE w.few (LIKE w.daily_history INCLUDING ALL)});
$node->safe_psql('postgres', sprintf $gone =~ s/w.daily_history/w.few/r, 20);
nothing_of($first, 'campaigns/analytics');
matview($node, 'w.of_few', 'pinterest.campaigns_analytics', columns => $columns, history => "'w.few'", filter => "\$\$$narrow\$\$");
is(count_of('w.few'), 0, 'all of them, but 20: they go');

# ---------------------------------------------------------------------------
# Ad accounts that are not listed any more

sim_reset();
refresh($node, 'w.daily');
$node->safe_psql('postgres', "INSERT INTO w.daily_history VALUES ('$second', 'gone', '$today', $settings, 1, 1), ('$first', 'gone', '$today', $settings, 1, 1)");
$others++;
sim_config(tokens => { pina_simulator => { name => 'default', accounts => [$first] } });
is(words_of('REFRESH MATERIALIZED VIEW w.daily'), <<"END", 'one that is not listed: the warning');
WARNING:  history "w.daily_history" keeps rows of ad accounts that were not fetched
DETAIL:  Rows that are kept: ad account $second: $others.
HINT:  What the access token may not see any more is not listed.
END
rows_ok($node, q{SELECT ad_account_id FROM w.daily_history WHERE campaign_id = 'gone'}, [$second], 'one that is not listed loses nothing, the other does');
sim_config(tokens => { pina_simulator => { name => 'default', accounts => [] } });
$before = $node->safe_psql('postgres', $everything);
for my $statement ('REFRESH MATERIALIZED VIEW w.daily', "$fill, allow_mass_delete => true)")
{
	my $words = words_of($statement);

	like($words, qr/\AWARNING:  history "w.daily_history" keeps rows of ad accounts that were not fetched\n/, "none is listed, $statement: the warning");
	like($words, qr/ad account $_->[0]: $_->[1]\b/, "none is listed, $statement: the number of rows") for [ $first, $many ], [ $second, $others ];
	is($node->safe_psql('postgres', $everything), $before, "none is listed, $statement: nothing is removed");
}

# Of a stream without ad accounts, all rows are the user's own.
sim_reset();
matview($node, 'w.pins', 'pinterest.pins_analytics', columns => "'{impression}'");
$node->safe_psql('postgres', "INSERT INTO w.pins_history SELECT * FROM jsonb_populate_recordset(NULL::w.pins_history,
	(SELECT jsonb_agg(to_jsonb(h) || '{\"pin_id\": \"gone\"}') FROM w.pins_history h WHERE pin_id = (SELECT min(pin_id) FROM w.pins_history)))");
is(words_of('REFRESH MATERIALIZED VIEW w.pins'), '', 'no ad accounts: no warning');
is(last_log($node)->{missing}, 8, 'no ad accounts: the log');
is(count_of('w.pins_history', "pin_id = 'gone' AND $recent"), 0, 'no ad accounts: what is gone goes');
is(count_of('w.pins_history', "pin_id = 'gone'"), 22, 'no ad accounts: within the lookback');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
