# Copyright (c) 2026, pinterest_fdw contributors

# What a refresh leaves out because the API refuses it is not missing: a history
# keeps its rows, while those of others go where the API has them no more.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 8, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 12, '--steady');
my $node = pinterest_cluster(options => ", on_denied 'skip'");
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($since, $today) = (utc_today(-7), utc_today());
my @refused = (action => 'status', status => 403, code => 2625, message => 'Your account is disapproved.');
truth_table($node, 'campaigns');
truth_table($node, 'board_pins', include_protected_pins => 'true');
my ($lost) = rows($node, "SELECT id FROM truth.campaigns WHERE ad_account_id = '$first'");

# Refreshes; returns the warnings, with their details.
sub words_of
{
	my ($code, $stdout, $stderr) = $node->psql('postgres', "SET client_min_messages = warning; REFRESH MATERIALIZED VIEW CONCURRENTLY $_[0]");

	die $stderr if $code;
	return $stderr;
}

# Entities: one campaign of the first account has gone, the second account is refused.
for my $case ([ 'current', 'delete', '' ], [ 'marked', 'mark', 'WHERE missing_since IS NULL' ])
{
	my ($name, $on_missing, $there) = @$case;

	sim_reset();
	matview($node, $name, 'pinterest.campaigns', columns => "'{name,status}'", on_missing => "'$on_missing'");
	same_rows_ok($node, "SELECT id, ad_account_id, name FROM $name", 'SELECT id, ad_account_id, name FROM truth.campaigns', "$name: the first load");
	sim_fault(@refused, match => "/ad_accounts/$second/campaigns\$");
	sim_fault(action => 'set_field', match => "/ad_accounts/$first/campaigns\$", field => 'id', value => '4711', row => 0);
	like(words_of($name), qr/rows of stream "campaigns" are left out: .*\n.*ad_account_id $second\./, "$name: it is said what is left out");
	same_rows_ok($node, "SELECT id FROM $name $there", "SELECT id FROM truth.campaigns WHERE id <> '$lost' UNION ALL SELECT '4711'",
		"$name: what is refused is not missing, what is gone is");
}

# Days: of the first account some vanish, the second account is refused, of which the
# history has so few rows that a refresh would let them all go.
sim_reset();
my $few = daily_campaign($node, $second, 30);
my $metrics = 'ad_account_id, campaign_id, date, spend_in_micro_dollar';
matview($node, 'days', 'pinterest.campaigns_analytics', columns => "'{spend_in_micro_dollar}'",
	filter => "'ad_account_id = ''$first'' OR campaign_id = ''$few'''");
$node->safe_psql('postgres', 'CREATE TABLE before AS TABLE days_history');
sim_config(restate => { days => 20, factor => 1.1, vanish => 20 });
sim_fault(@refused, match => "/ad_accounts/$second/campaigns/analytics\$");
like(words_of('days'), qr/rows of stream "campaigns_analytics" are left out: .*\n.*ad_account_id $second\./, 'days: it is said what is left out');
truth_table($node, 'campaigns_analytics', name => 'now', start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR');
same_rows_ok($node, "SELECT $metrics FROM days",
	"SELECT $metrics FROM before WHERE ad_account_id = '$second' OR date < '$since'
		UNION ALL SELECT $metrics FROM truth.now WHERE ad_account_id = '$first'", 'days: those of the account that is refused are as before');
cmp_ok((rows($node, "SELECT count(*) FROM before b WHERE ad_account_id = '$first' AND NOT EXISTS (SELECT FROM days d
	WHERE (d.campaign_id, d.date) = (b.campaign_id, b.date))"))[0], '>', 0, 'days: others have vanished');

# Pins belong to no ad account: while a board is left out, none counts as missing.
sim_reset();
matview($node, 'on_boards', 'pinterest.board_pins', columns => "'{board_id,title}'", on_missing => "'delete'");
my ($board, $other) = rows($node, 'SELECT board_id FROM truth.board_pins GROUP BY 1 ORDER BY count(*), 1 LIMIT 2');
sim_fault(@refused, match => "^/boards/$board/pins\$");
sim_fault(action => 'replace', body => '{"items": [], "bookmark": null}', match => "^/boards/$other/pins\$");
like(words_of('on_boards'), qr/rows of stream "board_pins" are left out: .*\n.*board_id $board\./, 'boards: it is said what is left out');
same_rows_ok($node, 'SELECT id, board_id FROM on_boards', 'SELECT id, board_id FROM truth.board_pins', 'boards: nothing is missing');
sim_reset();
sim_fault(action => 'replace', body => '{"items": [], "bookmark": null}', match => "^/boards/$other/pins\$");
is(words_of('on_boards'), '', 'boards: nothing is left out');
same_rows_ok($node, 'SELECT id, board_id FROM on_boards', "SELECT id, board_id FROM truth.board_pins WHERE board_id <> '$other'",
	'boards: what is gone is');

# An account that is gone between the list of accounts and its own campaigns is no
# row of a scan, and a history keeps what it has of it, be it asked for alone or not.
for my $case ([ 'both', '' ], [ 'one', "ad_account_id = '$second'" ])
{
	my ($name, $filter) = @$case;

	sim_reset();
	matview($node, "gone_$name", 'pinterest.campaigns', columns => "'{name}'", on_missing => "'delete'", $filter ? (filter => "\$\$$filter\$\$") : ());
	sim_fault(action => 'status', status => 404, code => 7, message => 'Ad account not found.', match => "/ad_accounts/$second/campaigns\$");
	like(words_of("gone_$name"), qr/history "public\.gone_${name}_history" keeps rows of ad accounts that were not fetched\n.* ad account $second: 8\./,
		"gone, $name: it is said what is kept");
	same_rows_ok($node, "SELECT id FROM gone_$name", 'SELECT id FROM truth.campaigns' . ($filter ? " WHERE $filter" : ''), "gone, $name: nothing is missing");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pinterest.campaigns WHERE ad_account_id = '$second'"), 0, "gone, $name: a scan has no row of it");
}

# Tables that each have an ad account of their own, by an option, share a history: none
# is of the others' concern, nor misses their rows.
sim_reset();
$node->safe_psql('postgres', 'CREATE SCHEMA shared');
for my $case (
	{ stream => 'ad_accounts', columns => 'id, name' },
	{ stream => 'campaigns', columns => 'id, name', gone => 'id' },
	{ stream => 'campaigns_analytics', columns => 'campaign_id, date, spend_in_micro_dollar', gone => 'campaign_id',
		first_day => $since, truth => { start => $since, end => $today, columns => 'SPEND_IN_MICRO_DOLLAR' } })
{
	my ($stream, $columns) = @$case{qw(stream columns)};
	my ($metric) = $columns =~ /(\w+)$/;
	my %of = (one => $first, two => $second);
	my $history = "shared.${stream}_history";
	my $truth = "SELECT $columns FROM truth.shared";

	truth_table($node, $stream, name => 'shared', %{ $case->{truth} // {} });
	for my $name (sort keys %of)
	{
		$node->safe_psql('postgres', "IMPORT FOREIGN SCHEMA pinterest LIMIT TO ($stream) FROM SERVER pinterest INTO shared;
			ALTER FOREIGN TABLE shared.$stream RENAME TO ${name}_$stream;
			ALTER FOREIGN TABLE shared.${name}_$stream OPTIONS (ADD ad_account_id '$of{$name}')");
		matview($node, "shared.m_${name}_$stream", "shared.${name}_$stream", columns => "'{$metric}'", history => "'$history'",
			on_missing => "'delete'", $case->{first_day} ? (start_date => "'$case->{first_day}'") : ());
	}
	is(words_of("shared.m_${_}_$stream"), '', "shared, $stream: $_ does not miss another's account") for sort keys %of;
	same_rows_ok($node, "SELECT $columns FROM $history", $truth, "shared, $stream: the rows of both");
	next unless $case->{gone};
	$node->safe_psql('postgres', "INSERT INTO $history SELECT (jsonb_populate_record(h, '{\"$case->{gone}\": \"4711\"}')).*
		FROM $history h ORDER BY ad_account_id = '$_' DESC LIMIT 1") for values %of;
	refresh($node, "shared.m_one_$stream");
	same_rows_ok($node, "SELECT $columns FROM $history WHERE ad_account_id = '$first' OR $case->{gone} = '4711'",
		"$truth WHERE ad_account_id = '$first' UNION ALL SELECT $columns FROM $history WHERE ad_account_id = '$second' AND $case->{gone} = '4711'",
		"shared, $stream: of its own, what is gone is");
	is((rows($node, "SELECT count(*) FROM $history WHERE $case->{gone} = '4711'"))[0], 1, "shared, $stream: of others, nothing is");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
