# Copyright (c) 2026, pinterest_fdw contributors

# A foreign table that is a partition has the rows of its bound alone, and asks
# for no others: by range, list and hash, of one column and of several, by
# default, below another partition, and whether it is read itself or its parent.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4, '--steady');
my $node = pinterest_cluster();
my ($first, $second, $third) = sort @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 30;
truth_table($node, 'campaigns');
truth_table($node, 'campaigns_analytics', start => $day[25], end => $day[0], columns => 'SPEND_IN_MICRO_DOLLAR');
truth_table($node, 'campaigns_analytics', name => 'totals', start => $day[10], end => $day[0], granularity => 'TOTAL',
	columns => 'SPEND_IN_MICRO_DOLLAR');

my $columns = 'ad_account_id text, campaign_id text, date date, spend_in_micro_dollar bigint, granularity text';
my $metrics = 'ad_account_id, campaign_id, date, spend_in_micro_dollar';
my $entities = 'id text, ad_account_id text, name text, status text, end_time timestamptz';
my $analytics = "SERVER pinterest OPTIONS (stream 'campaigns_analytics')";
my $campaigns = "SERVER pinterest OPTIONS (stream 'campaigns')";

sub sql { return $node->safe_psql('postgres', $_[0]); }

# Runs a query; it has the rows of another one of truth.  Returns the requests
# that are no lists of parents.
sub reads_ok
{
	my ($query, $truth, $name) = @_;
	my @requests = requests_during($node, $query);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	same_rows_ok($node, $query, $truth, $name);
	return grep { $_->{path} =~ m{/analytics$|/campaigns$} } @requests;
}

# The first and last days that requests of metrics ask for.
sub days_of
{
	my %seen = map { ("$_->{query}{start_date}[0] to $_->{query}{end_date}[0]" => 1) } grep { $_->{path} =~ m{/analytics$} } @_;

	return [ sort keys %seen ];
}

# The ad accounts whose path requests are for.
sub accounts_of
{
	my %seen = map { ($_->{path} =~ m{^/ad_accounts/(\d+)/} ? ($1 => 1) : ()) } @_;

	return [ sort keys %seen ];
}

# By days: what the API has of late, beside what was kept of the days before.
sql(<<SQL);
CREATE TABLE daily ($columns) PARTITION BY RANGE (date);
CREATE TABLE daily_past PARTITION OF daily FOR VALUES FROM ('$day[20]') TO ('$day[10]');
INSERT INTO daily_past SELECT $metrics, 'DAY' FROM truth.campaigns_analytics WHERE date >= '$day[20]' AND date < '$day[10]';
CREATE FOREIGN TABLE daily_late PARTITION OF daily FOR VALUES FROM ('$day[10]') TO ('$day[5]') $analytics;
CREATE FOREIGN TABLE daily_now PARTITION OF daily FOR VALUES FROM ('$day[5]') TO (MAXVALUE) $analytics;
SQL
my $late = "$day[10] to $day[6]";
my $now = "$day[5] to $day[0]";
my $truth = "SELECT $metrics FROM truth.campaigns_analytics";
is_deeply(days_of(reads_ok("SELECT $metrics FROM daily WHERE date >= '$day[15]'", "$truth WHERE date >= '$day[15]'",
	'days: each once')), [ $late, $now ], 'days: those of the bounds are asked for');
is_deeply(days_of(reads_ok("SELECT $metrics FROM daily", "$truth WHERE date >= '$day[20]'", 'days: without a condition')),
	[ $late, $now ], 'days: without a condition, likewise');
is_deeply(days_of(reads_ok("SELECT $metrics FROM daily WHERE date < '$day[8]'", "$truth WHERE date >= '$day[20]' AND date < '$day[8]'",
	'days: to one within a bound')), [ "$day[10] to $day[9]" ], 'days: to one within a bound, with no request of the other partition');
is_deeply(days_of(reads_ok("SELECT $metrics FROM daily_late", "$truth WHERE date >= '$day[10]' AND date < '$day[5]'",
	'days: a partition by itself')), [$late], 'days: a partition by itself asks for its own');
is_deeply(days_of(reads_ok("SELECT $metrics FROM daily_late WHERE date >= '$day[7]' AND ad_account_id = '$first'",
	"$truth WHERE date >= '$day[7]' AND date < '$day[5]' AND ad_account_id = '$first'", 'days: a partition and a condition')),
	[ "$day[7] to $day[6]" ], 'days: both narrow the request');
is_deeply([ requests_during($node, "SELECT count(*) FROM daily_late WHERE date >= '$day[5]'") ], [], 'days: outside of the bound nothing is asked for');
is_deeply([ rows($node, "SELECT count(*) FROM daily_late WHERE date >= '$day[5]'") ], [0], 'and nothing found');
is((rows($node, "SELECT count(*) FROM daily WHERE date >= '$day[15]'"))[0],
	(rows($node, "SELECT count(*) FROM truth.campaigns_analytics WHERE date >= '$day[15]'"))[0], 'days: rows are only counted');
is(error_of($node, "SELECT $metrics FROM daily_late"), '', 'days: nobody is warned of them');

# The bound is a condition like others in a plan.
my $plan = sql("EXPLAIN (COSTS OFF) SELECT * FROM daily_late");
like($plan, qr/Filter: \(\(date >= '$day[10]'::date\) AND \(date < '$day[5]'::date\)\)/, 'the bound is checked');
like($plan, qr/Pushed: date >= '$day[10]'::date, date < '$day[5]'::date/, 'the bound is pushed down');

# Day by day, from another table.
is_deeply([ rows($node, "SELECT d.n, (SELECT count(*) FROM daily_late f WHERE f.date = '$day[0]'::date - d.n)"
			. ' FROM generate_series(4, 12) d(n) ORDER BY 1') ],
	[ rows($node, "SELECT d.n, (SELECT count(*) FROM truth.campaigns_analytics t WHERE t.date = '$day[0]'::date - d.n AND d.n BETWEEN 6 AND 10)"
			. ' FROM generate_series(4, 12) d(n) ORDER BY 1') ], 'days: each rescan keeps to the bound');

# Sums as totals, of the bound's days.
my $sums = "SELECT campaign_id, sum(spend_in_micro_dollar) FROM";
my @totals = reads_ok("$sums daily_late GROUP BY 1",
	"$sums truth.campaigns_analytics WHERE date >= '$day[10]' AND date < '$day[5]' GROUP BY 1", 'sums of a partition');
is_deeply([ days_of(@totals), sent('granularity', grep { $_->{path} =~ /analytics$/ } @totals) ], [ [$late], ['TOTAL'] ],
	'sums of a partition are totals of its days');
reads_ok("$sums daily GROUP BY 1", "$sums truth.campaigns_analytics WHERE date >= '$day[20]' GROUP BY 1", 'sums of the parent');
sql("CREATE FOREIGN TABLE since ($columns) $analytics; CREATE TABLE since_all ($columns) PARTITION BY RANGE (date);
	ALTER TABLE since_all ATTACH PARTITION since FOR VALUES FROM ('$day[10]') TO (MAXVALUE)");
reads_ok("SELECT ad_account_id, campaign_id, spend_in_micro_dollar FROM since WHERE granularity = 'TOTAL'",
	'SELECT ad_account_id, campaign_id, spend_in_micro_dollar FROM truth.totals', 'totals of a partition');

# ANALYZE samples the rows of the bound.
my @requests = requests_during($node, 'ANALYZE daily_late');
is_deeply(days_of(@requests), [$late], 'ANALYZE asks for what is within the bound');
is_deeply([ rows($node, "SELECT reltuples FROM pg_class WHERE relname = 'daily_late'") ],
	[ rows($node, "SELECT count(*) FROM truth.campaigns_analytics WHERE date >= '$day[10]' AND date < '$day[5]'") ], 'ANALYZE counts it');
sql('ANALYZE daily');
is_deeply([ rows($node, "SELECT (SELECT min(d) FROM unnest(most_common_vals::text::date[]) d) FROM pg_stats WHERE tablename = 'daily' AND attname = 'date' AND inherited") ],
	[ $day[20] ], 'ANALYZE of the parent');

# By ad account, in two tables, and one of all others.
sql(<<SQL);
CREATE TABLE by_account ($columns) PARTITION BY LIST (ad_account_id);
CREATE FOREIGN TABLE of_first PARTITION OF by_account FOR VALUES IN ('$first') $analytics;
CREATE FOREIGN TABLE of_others PARTITION OF by_account FOR VALUES IN ('$second', '$third') $analytics;
SQL
my @both = reads_ok("SELECT $metrics FROM by_account WHERE date >= '$day[3]'", "$truth WHERE date >= '$day[3]'", 'accounts: each row once');
is_deeply(accounts_of(@both), [ $first, $second, $third ], 'accounts: all are asked for');
is(scalar(my @lists = grep { $_->{path} =~ m{/$first/campaigns$} } @both), 1, 'accounts: each by its own partition alone');
is_deeply(accounts_of(reads_ok("SELECT $metrics FROM of_first WHERE date >= '$day[3]'",
	"$truth WHERE date >= '$day[3]' AND ad_account_id = '$first'", 'accounts: a partition by itself')), [$first], 'accounts: of one, no other is asked for');
sql(<<SQL);
CREATE TABLE entities ($entities) PARTITION BY LIST (ad_account_id);
CREATE FOREIGN TABLE entities_first PARTITION OF entities FOR VALUES IN ('$first') $campaigns;
CREATE FOREIGN TABLE entities_rest PARTITION OF entities DEFAULT $campaigns;
SQL
reads_ok('SELECT id, name FROM entities', 'SELECT id, name FROM truth.campaigns', 'default: each row once');
reads_ok('SELECT id, name FROM entities_rest', "SELECT id, name FROM truth.campaigns WHERE ad_account_id <> '$first'", 'default: what no other has');
my @limited = requests_during($node, 'SELECT id FROM entities_first LIMIT 2');
is_deeply([ accounts_of(@limited), sent('page_size', @limited) ], [ [$first], [2] ], 'LIMIT counts rows within the bound');
sql('ANALYZE entities_rest');
is_deeply([ rows($node, "SELECT reltuples FROM pg_class WHERE relname = 'entities_rest'") ],
	[ rows($node, "SELECT count(*) FROM truth.campaigns WHERE ad_account_id <> '$first'") ], 'ANALYZE counts what is within a bound that no request can say');
is_deeply([ rows($node, "SELECT DISTINCT unnest(most_common_vals::text::text[]) FROM pg_stats WHERE tablename = 'entities_rest' AND attname = 'ad_account_id' ORDER BY 1") ],
	[ rows($node, "SELECT DISTINCT ad_account_id FROM truth.campaigns WHERE ad_account_id <> '$first' ORDER BY 1") ], 'and samples that alone');

# By hash, and by ranges of several columns.
sql(<<SQL);
CREATE TABLE hashed ($columns) PARTITION BY HASH (campaign_id);
CREATE FOREIGN TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0) $analytics;
CREATE FOREIGN TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1) $analytics;
CREATE TABLE ranges ($columns) PARTITION BY RANGE (ad_account_id, date);
CREATE FOREIGN TABLE ranges_low PARTITION OF ranges FOR VALUES FROM (MINVALUE, MINVALUE) TO ('$first', '$day[2]') $analytics;
CREATE FOREIGN TABLE ranges_high PARTITION OF ranges FOR VALUES FROM ('$first', '$day[2]') TO ('$second', '$day[4]') $analytics;
CREATE FOREIGN TABLE ranges_rest PARTITION OF ranges DEFAULT $analytics;
SQL
reads_ok("SELECT $metrics FROM hashed WHERE date >= '$day[3]'", "$truth WHERE date >= '$day[3]'", 'hash: each row once');
reads_ok("SELECT $metrics FROM ranges WHERE date >= '$day[6]'", "$truth WHERE date >= '$day[6]'", 'ranges of two columns: each row once');
reads_ok("SELECT $metrics FROM ranges_high WHERE date >= '$day[6]'",
	"$truth WHERE date >= '$day[6]' AND (ad_account_id, date) >= ('$first', '$day[2]'::date) AND (ad_account_id, date) < ('$second', '$day[4]'::date)",
	'ranges of two columns: one');
reads_ok("SELECT $metrics FROM ranges_rest WHERE date >= '$day[6]'", "$truth WHERE date >= '$day[6]' AND (ad_account_id, date) >= ('$second', '$day[4]'::date)",
	'ranges of two columns: the rest');

# A total of days that others have too would count these twice: those beside a
# default are of the days that it has, if they follow each other, or refused.
sql(<<SQL);
CREATE FOREIGN TABLE since_rest PARTITION OF since_all DEFAULT $analytics;
CREATE TABLE between ($columns) PARTITION BY RANGE (date);
CREATE FOREIGN TABLE between_days PARTITION OF between FOR VALUES FROM ('$day[10]') TO ('$day[5]') $analytics;
CREATE FOREIGN TABLE between_rest PARTITION OF between DEFAULT $analytics;
SQL
my $of_days = 'ad_account_id, campaign_id, sum(spend_in_micro_dollar)';
for my $table (qw(since_all ranges))
{
	is_deeply([ sort(rows($node, "SELECT $of_days FROM $table WHERE granularity = 'TOTAL' AND date >= '$day[20]' GROUP BY 1, 2")) ],
		[ sort(rows($node, "SELECT $of_days FROM truth.campaigns_analytics WHERE date >= '$day[20]' GROUP BY 1, 2")) ], "$table: totals beside a default");
}
is_deeply(days_of(requests_during($node, "SELECT count(*) FROM since_all WHERE granularity = 'TOTAL' AND date >= '$day[20]'")),
	[ "$day[20] to $day[11]", "$day[10] to $day[0]" ], 'totals beside a default: each of its own days');
like(error_of($node, "SELECT sum(spend_in_micro_dollar) FROM between WHERE granularity = 'TOTAL' AND date >= '$day[20]'"),
	qr/ERROR: .*a total of stream "campaigns_analytics" is of all days from a first to a last one/, 'totals of what lies around other days');
reads_ok("SELECT campaign_id, sum(spend_in_micro_dollar) FROM between WHERE date >= '$day[20]' GROUP BY 1",
	"SELECT campaign_id, sum(spend_in_micro_dollar) FROM truth.campaigns_analytics WHERE date >= '$day[20]' GROUP BY 1", 'sums of what lies around other days');

# Below another partition: both bounds count.
sql(<<SQL);
CREATE TABLE nested ($columns) PARTITION BY LIST (ad_account_id);
CREATE TABLE nested_second PARTITION OF nested FOR VALUES IN ('$second') PARTITION BY RANGE (date);
CREATE FOREIGN TABLE nested_leaf PARTITION OF nested_second FOR VALUES FROM ('$day[4]') TO ('$day[1]') $analytics;
SQL
my $leaf = "$truth WHERE ad_account_id = '$second' AND date >= '$day[4]' AND date < '$day[1]'";
for my $table (qw(nested nested_second nested_leaf))
{
	my @asked = reads_ok("SELECT $metrics FROM $table", $leaf, "$table: both bounds");
	is_deeply([ accounts_of(@asked), days_of(@asked) ], [ [$second], [ "$day[4] to $day[2]" ] ], "$table: both narrow the requests");
}

# Without a value in the key, a row is none of a range's.
sql(<<SQL);
CREATE TABLE ended ($entities) PARTITION BY RANGE (end_time);
CREATE FOREIGN TABLE ended_once PARTITION OF ended FOR VALUES FROM (MINVALUE) TO (MAXVALUE) $campaigns;
CREATE FOREIGN TABLE ended_never PARTITION OF ended DEFAULT $campaigns;
SQL
reads_ok('SELECT id, end_time FROM ended_once', 'SELECT id, end_time FROM truth.campaigns WHERE end_time IS NOT NULL', 'null: not in a range');
reads_ok('SELECT id, end_time FROM ended_never', 'SELECT id, end_time FROM truth.campaigns WHERE end_time IS NULL', 'null: in the default');
reads_ok('SELECT id, end_time FROM ended', 'SELECT id, end_time FROM truth.campaigns', 'null: each row once');

# Columns stand elsewhere in the partition, and one of the parent's was dropped.
sql(<<SQL);
CREATE TABLE moved (gone integer, $columns) PARTITION BY RANGE (date);
ALTER TABLE moved DROP COLUMN gone;
CREATE FOREIGN TABLE moved_part (granularity text, date date, spend_in_micro_dollar bigint, campaign_id text, ad_account_id text) $analytics;
ALTER TABLE moved ATTACH PARTITION moved_part FOR VALUES FROM ('$day[4]') TO ('$day[1]');
SQL
is_deeply(days_of(reads_ok("SELECT $metrics FROM moved", "$truth WHERE date >= '$day[4]' AND date < '$day[1]'", 'columns in another order')),
	[ "$day[4] to $day[2]" ], 'columns in another order: the days');

# Plans that were made before follow what is attached and detached, also above.
my $session = sql_session($node);
$session->query_safe('SET plan_cache_mode = force_generic_plan');
$session->query_safe("CREATE FOREIGN TABLE late ($columns) $analytics");
$session->query_safe("PREPARE late AS SELECT count(*) FROM late WHERE date >= '$day[6]' AND date < \$1");
my $count = sub { return $session->query_safe("EXECUTE late ('$day[0]')") };
my $expected = sub { return sql("SELECT count(*) FROM truth.campaigns_analytics WHERE date >= '$day[6]' AND date < '$day[0]' AND $_[0]") };
is($count->(), $expected->('true'), 'a prepared query of a table by itself');
$session->query_safe("CREATE TABLE late_days ($columns) PARTITION BY RANGE (date)");
$session->query_safe("ALTER TABLE late_days ATTACH PARTITION late FOR VALUES FROM ('$day[4]') TO (MAXVALUE)");
is($count->(), $expected->("date >= '$day[4]'"), 'attached');
$session->query_safe("CREATE TABLE late_all ($columns) PARTITION BY LIST (ad_account_id)");
$session->query_safe("ALTER TABLE late_all ATTACH PARTITION late_days FOR VALUES IN ('$first')");
is($count->(), $expected->("date >= '$day[4]' AND ad_account_id = '$first'"), 'attached with the partition above it');
$session->query_safe('ALTER TABLE late_all DETACH PARTITION late_days');
is($count->(), $expected->("date >= '$day[4]'"), 'detached with it');
$session->query_safe('ALTER TABLE late_days DETACH PARTITION late');
is($count->(), $expected->('true'), 'detached');
$session->quit;

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
