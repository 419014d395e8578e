# Copyright (c) 2026, pinterest_fdw contributors

# Reports: which days they serve, what is ordered, how the file comes, and that
# together with the endpoint for recent days each row is there once.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(max min);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 1000;
daily_campaign($node, $account, 915);
my $table = 'pinterest.campaigns_analytics';
my $in = "ad_account_id = '$account'";
my $metrics = 'spend_in_micro_dollar, total_impression';
my $columns = truth_table($node, 'campaigns_analytics', start => $day[914], end => $day[0], columns => uc($metrics =~ s/ //gr));

fresh();

# Back to an empty log, and to reports that are ready when they are first asked for.
sub fresh
{
	sim_reset();
	sim_config(report_polls => 0, @_);
	return;
}

# Runs a query; returns what it said besides rows, and the requests.
sub run_query
{
	my ($sql) = @_;
	my $since = max(0, map { $_->{seq} } sim_requests());
	my (undef, undef, $stderr) = $node->psql('postgres', $sql, on_error_die => 1);

	return ($stderr, @{ decode_json(sim_get("requests?since=$since"))->{requests} });
}

# The orders among some requests, their bodies in the order of their days.
sub orders
{
	return sort { $a->{start_date} cmp $b->{start_date} } map { $_->{body} } grep { $_->{method} eq 'POST' } @_;
}

# The days of some requests, and by which way they come: "report 2026-01-01 to 2026-02-01".
sub days
{
	return [ sort map { $_->{method} eq 'POST' ? "report $_->{body}{start_date} to $_->{body}{end_date}" :
			"request $_->{query}{start_date}[0] to $_->{query}{end_date}[0]" }
		  grep { $_->{method} eq 'POST' || $_->{path} =~ /analytics$/ } @_ ];
}

# The day that many days later.
sub plus
{
	my ($date, $days) = @_;

	return $node->safe_psql('postgres', "SELECT date '$date' + $days");
}

# ---- 200 days ----

my $where = "$in AND date >= '$day[200]'";
my ($said, @requests) = run_query("SELECT $columns FROM $table WHERE $where");
is_deeply(days(@requests), [ "report $day[200] to $day[91]", "request $day[90] to $day[0]" ], '200 days: no day twice, none missing');
same_rows_ok($node, "SELECT $columns FROM $table WHERE $where", "SELECT $columns FROM truth.campaigns_analytics WHERE date >= '$day[200]'", '200 days: rows');
is_deeply([ orders(@requests) ], [ { start_date => $day[200], end_date => $day[91], level => 'CAMPAIGN', granularity => 'DAY',
			columns => [qw(CAMPAIGN_ID SPEND_IN_MICRO_DOLLAR TOTAL_IMPRESSION)], report_format => 'JSON' } ], 'the order is that, and nothing else');
my ($first, $last) = @day[ 200, 91 ];
like($said, qr/NOTICE:  stream "campaigns_analytics": days from $first to $last come in reports/, 'a notice says so');
is(() = $said =~ /NOTICE|WARNING/g, 1, 'and that is all');

my @report = grep { $_->{path} =~ m{/reports$} || $_->{host} eq 'download' } @requests;
is_deeply([ map { "$_->{method} $_->{host}" } @report ], [ 'POST api', 'GET api', 'GET download' ], 'ordered, asked for, downloaded');
like($report[0]{headers}{'content-type'}, qr{^application/json}, 'the order is JSON');
is($report[0]{raw_query}, '', 'its parameters are in the body alone');
is_deeply([ map { $_->{headers}{authorization} } @report ], [ 'default', 'default', undef ], 'the token goes to the API and to no other host');
is_deeply([ grep { /cookie|referer/ } keys %{ $report[2]{headers} } ], [], 'nothing else of the API\'s goes there');
is_deeply([ keys %{ $report[1]{query} } ], ['token'], 'the report is asked for by its token');

# What the query reads is what is ordered.
for my $case ([ 'count(*)', ['CAMPAIGN_ID'] ], [ 'date, campaign_name', ['CAMPAIGN_NAME'] ], [ 'campaign_id, ctr, campaign_id AS again', [qw(CAMPAIGN_ID CTR)] ])
{
	is_deeply([ map { $_->{columns} } orders(requests_during($node, "SELECT $case->[0] FROM $table WHERE $in AND date = '$day[100]'")) ],
		[ $case->[1] ], "columns of SELECT $case->[0]");
}
my ($order) = orders(requests_during($node, "SELECT * FROM $table WHERE $in AND date = '$day[100]'"));
is_deeply({ map { $_ => $order->{$_} } grep { /window|time|granularity/ } keys %$order }, { granularity => 'DAY', click_window_days => 30,
		engagement_window_days => 30, view_window_days => 1, conversion_report_time => 'TIME_OF_AD_ACTION' }, 'settings that are read are sent');
is(scalar(@{ $order->{columns} }), 43, 'SELECT * orders all metrics of the table');
my @orders = orders(requests_during($node, "SELECT count(*) FROM $table WHERE $in AND date = '$day[100]' AND click_window_days IN (0, 7)
	AND conversion_report_time = 'TIME_OF_CONVERSION'"));
is_deeply([ sort map { "$_->{click_window_days} $_->{conversion_report_time}" } @orders ], [ map { "$_ TIME_OF_CONVERSION" } 0, 7 ],
	'settings of WHERE: a report each');
truth_table($node, 'campaigns_analytics', name => 'of_7', start => $day[120], end => $day[80], columns => 'TOTAL_CONVERSIONS', click_window_days => 7);
same_rows_ok($node, "SELECT campaign_id, date, click_window_days, total_conversions FROM $table WHERE $in AND date BETWEEN '$day[120]' AND '$day[80]' AND click_window_days = 7",
	"SELECT campaign_id, date, bigint '7' AS click_window_days, total_conversions FROM truth.of_7", 'and reports count as the endpoint does');

# ---- chunks, side by side ----

fresh(report_polls => 1);
sim_fault(action => 'hold', method => 'POST', match => '/reports$', together => 5);
($said, @requests) = run_query("CREATE TABLE got AS SELECT $columns FROM $table WHERE $in AND date >= '$day[1000]'");
same_rows_ok($node, 'TABLE got', "SELECT $columns FROM truth.campaigns_analytics", 'all there is: rows, into a table');
is_deeply(days(@requests), [ 'report ' . $day[914] . " to $day[729]", "report $day[728] to $day[543]", "report $day[542] to $day[357]",
		"report $day[356] to $day[171]", "report $day[170] to $day[91]", "request $day[90] to $day[0]" ], 'chunks of 186 days, from the first day there is');
my @warnings = $said =~ /WARNING:  (.*)/g;
is_deeply(\@warnings, [qq{stream "campaigns_analytics" has no data before $day[914]}], 'one warning names it');
is(() = $said =~ /NOTICE/g, 1, 'one notice for all reports');
is(scalar(grep { ($_->{rule} // '') eq 'hold' } @requests), 5, 'they are ordered side by side');
my %asked = map { $_->{query}{token}[0] => $_->{seq} } reverse grep { $_->{method} eq 'GET' && $_->{path} =~ m{/reports$} } @requests;
is(scalar(keys %asked), 5, 'each is asked about');
cmp_ok(max(values %asked), '<', min(map { $_->{seq} } grep { $_->{host} eq 'download' } @requests), 'and all are waited for at the same time');

# Days that are all too long ago are warned of, too.
($said, @requests) = run_query("SELECT FROM $table WHERE $in AND date BETWEEN '$day[960]' AND '$day[950]'");
is_deeply(days(@requests), [], 'days before all: nothing to ask for');
like($said, qr/WARNING:  .*"campaigns_analytics"/, 'days before all: a warning');

# ---- weeks and months ----

fresh();
for my $granularity (qw(WEEK MONTH))
{
	my $unit = lc $granularity;
	($first) = rows($node, "SELECT date_trunc('$unit', date '$day[400]' + interval '1 $unit' - interval '1 day')::date");
	my $list = "campaign_id, date, $metrics";

	truth_table($node, 'campaigns_analytics', name => $unit, granularity => $granularity, start => $first, end => $day[0],
		columns => uc($metrics =~ s/ //gr));
	@requests = requests_during($node, "CREATE TABLE $unit AS SELECT $list FROM $table WHERE $in AND granularity = '$granularity' AND date >= '$day[400]'");
	same_rows_ok($node, "SELECT $list FROM $unit", "SELECT $list FROM truth.$unit", "${unit}s, over both borders: rows");
	my @ranges = map { [/(\S+) to (\S+)/] } sort { ($a =~ /(\S+) to/)[0] cmp($b =~ /(\S+) to/)[0] } @{ days(@requests) };
	cmp_ok(scalar @ranges, '>=', 3, "${unit}s: two reports and a request at least");
	is($ranges[0][0], $first, "${unit}s: from the first whole one");
	for my $n (1 .. $#ranges)
	{
		is($ranges[$n][0], plus($ranges[ $n - 1 ][1], 1), "${unit}s: nothing between $ranges[$n - 1][1] and $ranges[$n][0]");
		is($node->safe_psql('postgres', "SELECT date_trunc('$unit', date '$ranges[$n][0]')::date"), $ranges[$n][0], "${unit}s: none is cut at $ranges[$n][0]");
	}
	is($ranges[-1][1], $day[0], "${unit}s: up to today");
	is(scalar(grep { $_->[1] gt plus($_->[0], 185) } @ranges), 0, "${unit}s: no more than 186 days each");
}

# ---- totals ----

for my $case ([ 90, 0, 'request' ], [ 89, 10, 'request' ], [ 91, 0, 'report' ], [ 185, 0, 'report' ], [ 914, 729, 'report' ], [ 120, 120, 'report' ])
{
	my ($start, $end, $way) = @$case;
	my $range = "date BETWEEN '$day[$start]' AND '$day[$end]'";
	my $query = "SELECT campaign_id, date, $metrics FROM $table WHERE $in AND granularity = 'TOTAL' AND $range";

	truth_table($node, 'campaigns_analytics', name => 'total', granularity => 'TOTAL', start => $day[$start], end => $day[$end], columns => uc($metrics =~ s/ //gr));
	is_deeply(days(requests_during($node, "CREATE TABLE total_$start AS $query")), ["$way $day[$start] to $day[$end]"], "total of days $start to $end: one $way");
	same_rows_ok($node, "TABLE total_$start", "SELECT campaign_id, NULL::date AS date, $metrics FROM truth.total", "total of days $start to $end: rows");
}
sim_reset();
for my $range ("date >= '$day[186]'", "date BETWEEN '$day[914]' AND '$day[728]'", "date >= '$day[950]'")
{
	my $error = error_of($node, "SELECT FROM $table WHERE $in AND granularity = 'TOTAL' AND $range");

	like($error, qr/ERROR:  HV00L: a total of stream "campaigns_analytics" cannot span more than 186 days\nDETAIL:  .*\d to \d.*\nHINT:  .*MONTH/, "total, $range: an error");
	is(scalar(my @none = sim_requests()), 0, "total, $range: before any request");
}

# ---- what only reports have ----

fresh();
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA full_;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns_analytics) FROM SERVER pinterest INTO full_ OPTIONS (metrics 'reports');
CREATE FOREIGN TABLE own (ad_account_id text, campaign_id text, date date, hour timestamptz, granularity text, spend_in_micro_dollar bigint,
	carts bigint OPTIONS (field 'TOTAL_ADD_TO_CART'), state text OPTIONS (field 'CAMPAIGN_STATUS'), quiz_pin_result_open bigint)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
SQL
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM pg_attribute WHERE attrelid = 'full_.campaigns_analytics'::regclass AND attnum > 0"), '>', 600,
	'metrics \'reports\': more than 600 columns');
@orders = orders(@requests = requests_during($node, "SELECT * FROM full_.campaigns_analytics WHERE $in AND date = '$day[2]'"));
is(scalar @orders, 1, 'all of them: one report');
cmp_ok(scalar(@{ $orders[0]{columns} }), '>', 590, 'and all of them are ordered');
truth_table($node, 'campaigns_analytics', name => 'only', foreign => 'full_.campaigns_analytics', start => $day[100], end => $day[0], columns => 'TOTAL_ADD_TO_CART,CAMPAIGN_STATUS');
same_rows_ok($node, "SELECT campaign_id, date, carts, state FROM own WHERE $in AND date >= '$day[100]'",
	'SELECT campaign_id, date, total_add_to_cart AS carts, campaign_status AS state FROM truth.only', 'columns of the user\'s own: rows');
is_deeply(days(requests_during($node, "SELECT carts FROM own WHERE $in AND date >= '$day[10]'")), ["report $day[10] to $day[0]"], 'recent days come in a report, too');
is_deeply(days(requests_during($node, "SELECT date FROM own WHERE $in AND date >= '$day[10]'")), ["request $day[10] to $day[0]"], 'but not where they are not read');
is_deeply(days(requests_during($node, "SELECT quiz_pin_result_open FROM own WHERE $in AND date >= '$day[100]'")), ["request $day[90] to $day[0]"],
	'what reports lack comes for 90 days');
like(error_of($node, "SELECT carts, quiz_pin_result_open FROM own WHERE $in"), qr/ERROR:  \w+: metrics .*carts|total_add_to_cart.* cannot be read together/, 'not both in one query');

# Hours come in a report where a column of reports is read, else never.
truth_table($node, 'campaigns_analytics', name => 'hours', foreign => 'full_.campaigns_analytics', granularity => 'HOUR', start => $day[8], end => $day[0], columns => 'TOTAL_ADD_TO_CART');
is_deeply(days(requests_during($node, "SELECT hour FROM own WHERE $in AND granularity = 'HOUR' AND date >= '$day[8]'")),
	[ "request $day[8] to $day[5]", "request $day[4] to $day[1]", "request $day[0] to $day[0]" ], 'hours: by requests');
@requests = requests_during($node, "CREATE TABLE hours AS SELECT campaign_id, hour, carts FROM own WHERE $in AND granularity = 'HOUR' AND date >= '$day[8]'");
is_deeply(days(@requests), [ map { "report $day[$_ + 2] to $day[$_]" } 6, 3, 0 ], 'hours in reports: three days each');
same_rows_ok($node, 'TABLE hours', 'SELECT campaign_id, hour, total_add_to_cart AS carts FROM truth.hours', 'hours in reports: rows');

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
