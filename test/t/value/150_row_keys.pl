# Copyright (c) 2026, pinterest_fdw contributors

# What tells a row from others: its day, its hour and its ids.  They are read as
# what they mean, from where they stand; a row that does not tell them is an error,
# and never one that a condition loses.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster(conf => 'jit = off', options => ", retries '0'");
streams_session($node);
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $campaign = daily_campaign($node, $account, 3);
my ($day, $before) = (utc_today(-2), utc_today(-3));
my $one = "ad_account_id = '$account' AND campaign_id = '$campaign'";

# What a query reads of an answer with these rows, or its error.
sub read_of
{
	my ($path, $body, $sql) = @_;

	sim_reset();
	sim_config(report_polls => 0);
	sim_fault(action => 'replace', match => $path, body => $body);
	my $said = complaint("CREATE TEMP TABLE got AS $sql");
	my $answer = $said =~ /ERROR/ ? $said : ask('SELECT * FROM got ORDER BY 1');
	ask('DROP TABLE IF EXISTS got');
	return $answer;
}

# ---- hours ----

my $hours = "SELECT (hour AT TIME ZONE 'UTC')::text, date FROM pinterest.campaigns_analytics WHERE $one AND granularity = 'HOUR' AND date = '$day'";

sub hour_of { return read_of('/campaigns/analytics$', "[{\"CAMPAIGN_ID\": $campaign, $_[0]}]", $hours); }

for my $case ([ '5', '05' ], [ '5.0', '05' ], [ '5e0', '05' ], [ '"5"', '05' ], [ '"05"', '05' ], [ '0', '00' ], [ '0.0', '00' ], [ '23', '23' ], [ '"23.0"', '23' ],
	[ "\"${day}T05:00:00\"", '05' ], [ "\"$day 05:00:00+00:00\"", '05' ])
{
	my ($value, $hour) = @$case;

	is(hour_of("\"DATE\": \"$day\", \"HOUR\": $value"), "$day $hour:00:00|$day", "HOUR $value");
}
is(hour_of("\"HOUR\": 7, \"DATE\": \"${day}T00:00:00Z\""), "$day 07:00:00|$day", 'HOUR with a DATE that has a time');
for my $nothing ('', '"HOUR": null, ', '"HOUR": "", ')
{
	is(hour_of("$nothing\"DATE\": \"${day}T19:00:00\""), "$day 19:00:00|$day", "$nothing: DATE tells the hour");
	like(hour_of("$nothing\"DATE\": \"$day\""), qr/ERROR:  22032: .*Page 1, row 1, byte 1: the row has no HOUR/s, "$nothing: nothing tells the hour");
	like(hour_of("$nothing\"DATE\": null"), qr/ERROR:  22032: .*the row has no (HOUR|DATE)/s, "$nothing: nothing tells anything");
}
like(hour_of("\"DATE\": \"$day\", \"HOUR\": $_"), qr/ERROR:  22032: .*HOUR is no hour of a day/s, "HOUR $_") for 24, -1, 5.5, '"five"', '"0x5"', '"5\\u0000"', 'true', '[5]', 1764400000;
like(hour_of('"HOUR": 5'), qr/ERROR:  22032: .*the row has no DATE/s, 'HOUR without a day');

my $all = read_of('/campaigns/analytics$',
	'[' . join(',', map { "{\"CAMPAIGN_ID\": $campaign, \"DATE\": \"$day\", \"HOUR\": $_.0}" } 0 .. 23) . ']', $hours);
is_deeply([ split /\n/, $all ], [ map { sprintf "$day %02d:00:00|$day", $_ } 0 .. 23 ], 'the hours of a day');

# ---- days and ids of requests ----

my $days = "SELECT date, campaign_id, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE $one AND date BETWEEN '$before' AND '$day'";

for my $case (
	[ "\"date\": \"$day\", \"campaign_id\": \"1\"", "(DATE|CAMPAIGN_ID)" ], [ "\"CAMPAIGN_ID\": $campaign", 'DATE' ], [ "\"CAMPAIGN_ID\": $campaign, \"DATE\": null", 'DATE' ],
	[ "\"CAMPAIGN_ID\": $campaign, \"DATE\": \"\"", 'DATE' ], [ "\"DATE\": \"$day\"", 'CAMPAIGN_ID' ], [ "\"DATE\": \"$day\", \"CAMPAIGN_ID\": null", 'CAMPAIGN_ID' ],
	[ "\"DATE\": \"$day\", \"campaign_id\": $campaign", 'CAMPAIGN_ID' ], [ '', '(DATE|CAMPAIGN_ID)' ])
{
	my ($row, $lacks) = @$case;
	my $good = "{\"DATE\": \"$before\", \"CAMPAIGN_ID\": \"$campaign\", \"SPEND_IN_MICRO_DOLLAR\": 5}";

	like(read_of('/campaigns/analytics$', "[$good, {$row}]", $days), qr/ERROR:  22032: .*Page 1, row 2, byte \d+: the row (?:has no $lacks|does not tell whose it is) near/s, "a row {$row}");
	is(read_of('/campaigns/analytics$', "[$good]", $days), "$before|$campaign|5", 'and without it');
}
is(read_of('/campaigns/analytics$', "[{\"CAMPAIGN_ID\": $campaign}]", "SELECT date, campaign_id FROM pinterest.campaigns_analytics WHERE $one AND granularity = 'TOTAL' AND date BETWEEN '$before' AND '$day'"),
	"|$campaign", 'a total has no day');
like(read_of('/campaigns/targeting_analytics$', "{\"data\": [{\"targeting_type\": \"GENDER\", \"targeting_value\": \"female\", \"metrics\": {\"CAMPAIGN_ID\": $campaign}}]}",
		"SELECT date FROM pinterest.campaigns_targeting_analytics WHERE $one AND targeting_type = 'GENDER' AND date = '$day'"),
	qr/ERROR:  22032: .*the row has no metrics\.DATE/s, 'a row by targeting');
is(read_of('/campaigns/targeting_analytics$', "{\"data\": [{\"targeting_type\": \"GENDER\", \"targeting_value\": null, \"metrics\": {\"CAMPAIGN_ID\": $campaign, \"DATE\": \"$day\"}}]}",
		"SELECT date, targeting_value IS NULL FROM pinterest.campaigns_targeting_analytics WHERE $one AND targeting_type = 'GENDER' AND date = '$day'"),
	"$day|t", 'a part without a name is one');
like(read_of('^/user_account/analytics$', '{"all": {"daily_metrics": [{"data_status": "READY", "metrics": {}}]}}',
		"SELECT date FROM pinterest.user_account_analytics WHERE date = '$day'"),
	qr/ERROR:  22032: .*the row has no date/s, 'a row of the user account');

# Ids that come as numbers of any form are what they mean, digit by digit.
for my $case ([ "$campaign.0", $campaign ], [ "$campaign.000", $campaign ], [ substr($campaign, 0, 1) . '.' . substr($campaign, 1) . 'e' . (length($campaign) - 1), $campaign ])
{
	is(read_of('/campaigns/analytics$', "[{\"CAMPAIGN_ID\": $case->[0], \"DATE\": \"$day\"}]", "SELECT campaign_id FROM pinterest.campaigns_analytics WHERE $one AND date = '$day'"),
		$case->[1], "an id $case->[0]");
	sim_reset();
	sim_fault(action => 'replace', match => '/campaigns$', body => "{\"items\": [{\"id\": $case->[0]}], \"bookmark\": null}");
	agree("SELECT campaign_id, date FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date = '$day'",
		"SELECT campaign_id, date FROM truth.daily WHERE campaign_id = '$campaign' AND date = '$day'", "an id $case->[0] in a list");
}
is(read_of('^/ad_accounts/\\d+/analytics$', '[{"DATE": "' . $day . '", "SPEND_IN_MICRO_DOLLAR": 1234567890123456789.0}]',
		"SELECT spend_in_micro_dollar FROM pinterest.ad_account_analytics WHERE ad_account_id = '$account' AND date = '$day'"), '1234567890123456789', 'a count of many digits is not rounded');
like(read_of('^/ad_accounts/\\d+/analytics$', '[{"DATE": "' . $day . '", "SPEND_IN_MICRO_DOLLAR": 1.234567890123456789e18}]',
		"SELECT spend_in_micro_dollar FROM pinterest.ad_account_analytics WHERE ad_account_id = '$account' AND date = '$day'"),
	qr/ERROR:  HV004: .*HINT:  Declare the column as double precision or numeric/s, 'and one with an exponent is an error');

# Lists: what a request names, its rows have to tell; what nobody asked for may be missing.
like(read_of('/campaigns$', '{"items": [{"name": "x"}], "bookmark": null}', "SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$account' AND id = '$campaign'"),
	qr/ERROR:  22032: .*the row has no id/s, 'a campaign that was asked for and has no id');
is(read_of('/campaigns$', '{"items": [{"name": "x"}], "bookmark": null}', "SELECT id IS NULL, name FROM pinterest.campaigns WHERE ad_account_id = '$account'"),
	't|x', 'a campaign of a list');
ask("CREATE FOREIGN TABLE own (id text, name text) SERVER pinterest OPTIONS (stream 'ad_accounts', ad_account_id '$account')");
like(read_of('^/ad_accounts$', '{"items": [{"name": "x"}], "bookmark": null}', 'SELECT name FROM own'), qr/ERROR:  22032: .*the row has no id/s,
	'an ad account that option ad_account_id cannot be compared with');

# ---- reports ----

my ($from, $until) = (utc_today(-120), utc_today(-118));
my $range = "date BETWEEN '$from' AND '$until'";
my $report = "SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND $range";

for my $case (
	[ "{\"1\": {\"$from\": {\"SPEND_IN_MICRO_DOLLAR\": 5}}}", qr/the row has no DATE/ ],
	[ '{"1": {}}', qr/the row has no DATE/ ],
	[ '{"1": [{}]}', qr/the row has no DATE/ ],
	[ "{\"$from\": [{\"CAMPAIGN_ID\": 1}, {\"CAMPAIGN_ID\": \"2\", \"SPEND_IN_MICRO_DOLLAR\": 7}]}", "1|$from|\n2|$from|7" ],
	[ "{\"$from\": {\"CAMPAIGN_ID\": 1}}", "1|$from|" ],
	[ "{\"626747963026\": [{\"DATE\": \"$from\", \"SPEND_IN_MICRO_DOLLAR\": 5}]}", "626747963026|$from|5" ],
	[ "{\"1\": [{\"DATE\": \"$from\", \"CAMPAIGN_ID\": 2}]}", "2|$from|" ],
	[ "{\"ONE\": [{\"DATE\": \"$from\"}]}", qr/the row has no CAMPAIGN_ID/ ],
	[ "[{\"DATE\": \"$from\"}]", qr/the row has no CAMPAIGN_ID/ ],
	[ "{\"$from\": [{\"SPEND_IN_MICRO_DOLLAR\": 5}]}", qr/the row has no CAMPAIGN_ID/ ],
	[ '{"20260601": [{"CAMPAIGN_ID": 1}]}', qr/the row has no DATE/ ])
{
	my ($body, $expected) = @$case;
	my $got = read_of('^/async', $body, $report);

	ref $expected ? like($got, qr/ERROR:  22032: .*$expected/s, "a report $body") : is($got, $expected, "a report $body");
}

# Each level, in files in which only the name of an array tells the id, or the day.
sim_reset();
for my $case ([ 'campaigns', 'campaign_id' ], [ 'ad_groups', 'ad_group_id' ], [ 'ads', 'ad_id' ], [ 'product_groups', 'product_group_id' ],
	[ 'campaigns_targeting', 'campaign_id' ], [ 'ad_groups_targeting', 'ad_group_id' ], [ 'ads_targeting', 'ad_id' ])
{
	my ($kind, $id) = @$case;
	my $stream = "${kind}_analytics";
	my $targeting = $kind =~ /targeting/;
	my $columns = join ', ', $id, 'date', ($targeting ? ('targeting_type', 'targeting_value') : ()), 'spend_in_micro_dollar';
	my $gender = $targeting ? " AND targeting_type = 'GENDER'" : '';

	truth($stream, start => $from, end => $until, columns => 'SPEND_IN_MICRO_DOLLAR', $targeting ? (targeting_types => 'GENDER') : ());
	for my $layout ('bare BY_ID', 'bare BY_DATE')
	{
		sim_reset();
		sim_config(report_polls => 0, report_layout => $layout);
		agree("SELECT $columns FROM pinterest.$stream WHERE ad_account_id = '$account' AND $range$gender",
			"SELECT $columns FROM truth.$stream", "$stream: layout $layout");
	}
}
sim_config(report_layout => 'bare BY_DATE');
agree("SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND granularity = 'TOTAL' AND $range",
	'SELECT campaign_id, NULL::date, sum(spend_in_micro_dollar)::bigint FROM truth.campaigns_analytics GROUP BY 1', 'totals have no day, wherever they stand');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
