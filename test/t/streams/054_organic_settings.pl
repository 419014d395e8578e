# Copyright (c) 2026, pinterest_fdw contributors

# Settings of organic analytics: apps, sources and formats, the parts that a
# day is split into, the total of a Pin's days, and the best Pins by a metric.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 12);
my $node = pinterest_cluster();
my ($since, $until) = (utc_today(-12), utc_today(-4));
my $days = "date BETWEEN '$since' AND '$until'";
my %range = (start => $since, end => $until);
my $counts = 'impression, save, outbound_click';

# What some requests sent for some parameters: "APP_TYPE - ALL".
sub passes
{
	my ($parameters, @requests) = @_;

	return [ sort map {
		my $request = $_;
		join ' ', map { $request->{query}{$_} ? "@{ $request->{query}{$_} }" : '-' } @$parameters
	} grep { $_->{status} == 200 && $_->{path} =~ /analytics/ } @requests ];
}

# A query sends these values and has the rows of another over truth.
sub setting_ok
{
	my ($parameters, $query, $passes, $truth, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(passes($parameters, requests_during($node, $query)), [ sort @$passes ], "$name: passes");
	return same_rows_ok($node, $query, $truth, "$name: rows");
}

# ---- the user account, split ----

my $user = 'pinterest.user_account_analytics';
my %parts = (APP_TYPE => 3, OWNED_CONTENT => 2, SOURCE => 2, PIN_FORMAT => 4);
my $metrics = 'engagement, engagement_rate, pin_click, save_rate';
for my $split (sort keys %parts)
{
	truth_table($node, 'user_account_analytics', name => lc $split, split_field => $split, %range);
	setting_ok(['split_field'], "SELECT date, data_status, split_field, split_value, $counts, $metrics FROM $user WHERE $days AND split_field = '$split'",
		[$split], "SELECT date, data_status, text '$split' AS split_field, split_value, $counts, $metrics FROM truth.$split", "split by $split");
	is($node->safe_psql('postgres', "SELECT count(DISTINCT split_value) FROM $user WHERE $days AND split_field = '$split'"),
		$parts{$split} + 1, "split by $split: the parts and all of them");
}
truth_table($node, 'user_account_analytics', name => 'unsplit', %range);
setting_ok(['split_field'], "SELECT date, split_field, split_value, $counts FROM $user WHERE $days", ['NO_SPLIT'],
	"SELECT date, text 'NO_SPLIT' AS split_field, text 'all' AS split_value, $counts FROM truth.unsplit", 'no split');
setting_ok(['split_field'], "SELECT date, split_value, $counts FROM $user WHERE $days", ['-'],
	"SELECT date, text 'all' AS split_value, $counts FROM truth.unsplit", 'no split, and it is not read');
setting_ok([ 'split_field', 'app_types' ], "SELECT split_field, split_value, $counts FROM $user WHERE $days AND split_field IN ('SOURCE', 'NO_SPLIT')",
	[ 'SOURCE -', 'NO_SPLIT -' ], "SELECT text 'SOURCE' AS split_field, split_value, $counts FROM truth.source
	UNION ALL SELECT 'NO_SPLIT', 'all', $counts FROM truth.unsplit", 'two splits in one query');
setting_ok(['split_field'], "SELECT date, $counts FROM $user WHERE $days AND split_field = 'APP_TYPE' AND split_value = 'mobile'",
	['APP_TYPE'], "SELECT date, $counts FROM truth.app_type WHERE split_value = 'mobile'", 'a part alone');
is($node->safe_psql('postgres', "SELECT bool_and(impression = (metrics->>'IMPRESSION')::bigint) FROM $user WHERE $days AND split_field = 'SOURCE'"), 't',
	'metrics as a whole are those of the part');

# ---- what narrows the metrics ----

for my $case ([ 'app_type', 'app_types', 'WEB' ], [ 'source', 'source', 'YOUR_PINS' ], [ 'content_type', 'content_type', 'ORGANIC' ],
	[ 'pin_format', 'pin_format', 'ORGANIC_VIDEO' ], [ 'from_claimed_content', 'from_claimed_content', 'CLAIMED' ])
{
	my ($column, $parameter, $value) = @$case;

	truth_table($node, 'user_account_analytics', name => 'narrowed', $column => $value, %range);
	setting_ok([$parameter], "SELECT date, $column, $counts FROM $user WHERE $days AND $column = '$value'", [$value],
		"SELECT date, text '$value' AS $column, $counts FROM truth.narrowed", "$column = '$value'");
	cmp_ok($node->safe_psql('postgres', 'SELECT sum(impression) FROM truth.narrowed'), '<',
		$node->safe_psql('postgres', 'SELECT sum(impression) FROM truth.unsplit'), "$column = '$value': it does narrow");
	like(error_of($node, "SELECT FROM $user WHERE $column = '\L$value\E'"), qr/ERROR:  22023: column "$column" .*\n.*The API knows .*\n.*'$value'/,
		"$column: letters of the wrong case");
}

# ---- the total of a Pin's days ----

for my $multi ('', 'true')
{
	my $pins = 'pinterest.pins_analytics';
	my $by = $multi ? 'several Pins a request' : 'one Pin a request';
	my %how = (%range, include_protected_pins => 'true', $multi ? (multi_pin => 'true') : ());
	my $pin_metrics = "$counts, save_rate, user_follow, profile_visit";

	sim_config(multi_pin => $multi ? JSON::PP::true : JSON::PP::false);
	truth_table($node, 'pins_analytics', name => 'of_day', columns => uc($pin_metrics =~ s/ //gr), %how);
	truth_table($node, 'pins_analytics', name => 'of_total', granularity => 'TOTAL',
		columns => uc("$pin_metrics,total_comments,total_reactions" =~ s/ //gr), %how);
	same_rows_ok($node, "SELECT pin_id, date, granularity, data_status, $pin_metrics FROM $pins WHERE $days",
		"SELECT pin_id, date, text 'DAY' AS granularity, data_status, $pin_metrics FROM truth.of_day", "$by: days");
	same_rows_ok($node, "SELECT pin_id, date, granularity, data_status, metrics, $pin_metrics, total_comments, total_reactions
			FROM $pins WHERE $days AND granularity = 'TOTAL'",
		"SELECT pin_id, NULL::date AS date, text 'TOTAL' AS granularity, NULL::text AS data_status, NULL::jsonb AS metrics, $pin_metrics,
			total_comments, total_reactions FROM truth.of_total", "$by: the total, with the numbers of a Pin's life");
	same_rows_ok($node, "SELECT pin_id, total_comments FROM $pins WHERE $days AND granularity = 'TOTAL'",
		'SELECT pin_id, total_comments FROM truth.of_total', "$by: numbers of a Pin's life alone");
	same_rows_ok($node, "SELECT granularity, pin_id, date, impression FROM $pins WHERE $days AND granularity IN ('DAY', 'TOTAL')",
		"SELECT text 'DAY' AS granularity, pin_id, date, impression FROM truth.of_day UNION ALL SELECT 'TOTAL', pin_id, NULL, impression FROM truth.of_total",
		"$by: days and total");

	truth_table($node, 'pins_analytics', name => 'of_web', app_type => 'WEB', columns => 'IMPRESSION,SAVE', %how);
	same_rows_ok($node, "SELECT pin_id, date, app_type, impression, save FROM $pins WHERE $days AND app_type = 'WEB'",
		"SELECT pin_id, date, text 'WEB' AS app_type, impression, save FROM truth.of_web", "$by: on the web");
	is_deeply(sent('app_types', grep { $_->{path} =~ /analytics/ && $_->{status} == 200 } requests_during($node,
				"SELECT impression FROM $pins WHERE $days AND app_type IN ('WEB', 'TABLET')")), [ 'TABLET', 'WEB' ], "$by: one pass each");
}
sim_config(multi_pin => JSON::PP::false);
for my $granularity ('WEEK', 'total')
{
	like(error_of($node, "SELECT FROM pinterest.pins_analytics WHERE granularity = '$granularity'"),
		qr/ERROR:  22023: column "granularity" of stream "pins_analytics" cannot be "$granularity"\nDETAIL:  The API knows DAY, TOTAL\./,
		"a Pin has no granularity $granularity");
}

# ---- the best Pins ----

for my $case ([ 'top_pins', 'IMPRESSION', 'SAVE' ], [ 'top_video_pins', 'VIDEO_MRC_VIEW', 'VIDEO_START' ])
{
	my ($stream, $usual, $other) = @$case;
	my $table = "pinterest.$stream";

	truth_table($node, $stream, name => 'usual', %range);
	truth_table($node, $stream, name => 'other', sort_by => $other, %range);
	setting_ok(['sort_by'], "SELECT sort_by, pin_id, date, impression FROM $table WHERE $days", [$usual],
		'SELECT sort_by, pin_id, NULL::date AS date, impression FROM truth.usual', "$stream: by the usual metric");
	setting_ok(['sort_by'], "SELECT sort_by, pin_id, impression FROM $table WHERE $days AND sort_by IN ('$usual', '$other')", [ $usual, $other ],
		'SELECT sort_by, pin_id, impression FROM truth.usual UNION ALL SELECT sort_by, pin_id, impression FROM truth.other', "$stream: by two metrics");
	setting_ok(['created_in_last_n_days'], "SELECT pin_id, created_in_last_n_days FROM $table WHERE $days", ['-'],
		'SELECT pin_id, NULL::bigint AS created_in_last_n_days FROM truth.usual', "$stream: a setting without a default is null");
}

# The server's option counts for the streams that know its value.
$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD granularity 'WEEK', ADD app_type 'WEB')");
is($node->safe_psql('postgres', "SELECT DISTINCT granularity || ' ' || app_type FROM pinterest.pins_analytics WHERE $days"), 'DAY WEB',
	'a granularity that Pins do not know is meant for others');

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
