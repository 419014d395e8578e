# Copyright (c) 2026, pinterest_fdw contributors

# One object of many, for every kind of stream that asks for them one by one:
# where the API has it no more it has no rows; where the API refuses it the scan
# fails and says how to go on, or leaves it out and says so.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 4, '--ad-groups', 2, '--ads', 1, '--boards', 14, '--pins', 60, '--steady');
my $node = pinterest_cluster(options => ", page_size '4', retries '2'");
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($since, $today, $long_ago) = (utc_today(-4), utc_today(), utc_today(-120));
my %days = (start => $since, end => $today);
sim_config(report_polls => 0);

truth_table($node, $_) for qw(campaigns ads boards item_issues feed_processing_results);
truth_table($node, $_, include_protected_pins => 'true') for qw(pins board_pins);
truth_table($node, "${_}_analytics", %days, columns => 'SPEND_IN_MICRO_DOLLAR') for qw(campaigns ads);
truth_table($node, 'campaigns_analytics', name => 'reported', start => $long_ago, end => utc_today(-110),
	columns => 'SPEND_IN_MICRO_DOLLAR');
truth_table($node, 'campaigns_targeting_analytics', %days, columns => 'SPEND_IN_MICRO_DOLLAR', targeting_types => 'GENDER');
truth_table($node, 'pins_analytics', %days, include_protected_pins => 'true');
truth_table($node, 'pins_analytics', name => 'many_pins', %days, include_protected_pins => 'true', multi_pin => 'true');

sub sql { return $node->safe_psql('postgres', $_[0]); }
sub value { return (rows($node, $_[0]))[0]; }

# A board with more than a page of Pins, a Pin with metrics, a result with issues.
my $board = value('SELECT board_id FROM truth.board_pins GROUP BY 1 HAVING count(*) > 8 ORDER BY count(*) DESC, 1 LIMIT 1');
my $pin = value('SELECT pin_id FROM truth.many_pins ORDER BY 1 LIMIT 1');
my $result = value('SELECT min(processing_result_id) FROM truth.item_issues');
my $feed = value("SELECT feed_id FROM truth.feed_processing_results WHERE id = '$result'");

my $spend = 'ad_account_id, campaign_id, date, spend_in_micro_dollar';
my $by_account = { variable => 'ad_account_id', value => $first };
my @cases = (
	{ %$by_account, name => 'a list', path => "^/ad_accounts/$first/campaigns\$", columns => 'id, ad_account_id, name',
		table => 'campaigns' },
	{ %$by_account, name => 'a list of another level', path => "^/ad_accounts/$first/ads\$", columns => 'id, ad_account_id, name',
		table => 'ads' },
	{ %$by_account, name => 'the list of a parent', path => "^/ad_accounts/$first/campaigns\$", columns => $spend,
		table => 'campaigns_analytics', where => "date >= '$since'", listed => 'campaigns' },
	{ %$by_account, name => 'metrics', path => "^/ad_accounts/$first/ads/analytics\$",
		columns => 'ad_account_id, ad_id, date, spend_in_micro_dollar', table => 'ads_analytics', where => "date >= '$since'" },
	{ %$by_account, name => 'metrics by targeting', path => "^/ad_accounts/$first/campaigns/targeting_analytics\$",
		columns => "$spend, targeting_value", table => 'campaigns_targeting_analytics',
		where => "date >= '$since' AND targeting_type = 'GENDER'" },
	{ %$by_account, name => 'a report', path => "^/ad_accounts/$first/reports\$", columns => $spend,
		table => 'campaigns_analytics', where => "date BETWEEN '$long_ago' AND '@{[ utc_today(-110) ]}'", truth => 'reported' },
	{ name => 'Pins of a board', path => "^/boards/$board/pins\$", columns => 'id, board_id, title', table => 'board_pins',
		variable => 'board_id', value => $board },
	{ name => 'metrics of a Pin', path => "^/pins/$pin/analytics\$", columns => 'pin_id, date, impression', table => 'pins_analytics',
		where => "date >= '$since'", variable => 'pin_id', value => $pin },
	{ name => 'metrics of many Pins', path => '^/pins/analytics$', query => $pin, columns => 'pin_id, date, impression',
		table => 'pins_analytics', where => "date >= '$since'", truth => 'many_pins', variable => 'pin_id', value => $pin, multi_pin => 1 },
	{ name => 'issues of a result', path => "^/catalogs/processing_results/$result/item_issues\$",
		columns => 'processing_result_id, item_number, item_id', table => 'item_issues', variable => 'processing_result_id', value => $result },
);

# Gone and refused, as the API has been seen to say.
my %refused = (ad_account_id => [ 403, 2625, 'Your account is disapproved.' ], board_id => [ 401, 7, 'Not authorized.' ],
	pin_id => [ 403, 403, 'Not authorized to access board or Pin.' ], processing_result_id => [ 401, 29, 'Not permitted.' ]);
my %gone = (ad_account_id => [ 404, 50, 'Gone.' ], board_id => [ 404, 404, 'Board not found.' ], pin_id => [ 404, 50, 'Pin not found.' ],
	processing_result_id => [ 404, 4184, 'Sorry! We could not find your processing result.' ]);

# Forgets all, and has the API answer the case's object so.
sub answer
{
	my ($case, $status, $code, $message) = @_;

	sim_reset();
	sim_config(report_polls => 0, $case->{multi_pin} ? (multi_pin => JSON::PP::true) : ());
	sim_fault(action => 'status', status => $status, code => $code, message => $message, match => $case->{path},
		query => $case->{query} // '');
	return;
}

# Runs a query; returns the lines that it writes beside rows.
sub messages_of
{
	my ($query) = @_;
	my ($code, $stdout, $stderr) = $node->psql('postgres', $query);

	return [ grep { !/^psql:.*NOTICE|^NOTICE/ } split /\n/, $stderr ];
}

for my $case (@cases)
{
	my $name = "$case->{table}, $case->{name}";
	my $query = "SELECT $case->{columns} FROM pinterest.$case->{table} WHERE @{[ $case->{where} // 'true' ]}";
	my $truth = 'SELECT ' . $case->{columns} . ' FROM truth.' . ($case->{truth} // $case->{table});
	my $others = "$truth WHERE $case->{variable} <> '$case->{value}'";
	my $listed = $case->{listed} // $case->{table};

	# without a fault
	sim_reset();
	sim_config(report_polls => 0, $case->{multi_pin} ? (multi_pin => JSON::PP::true) : ());
	same_rows_ok($node, $query, $truth, "$name: all rows");
	cmp_ok(value("SELECT count(*) FROM ($others) o") // 0, '>', 0, "$name: others have rows");

	# gone
	answer($case, @{ $gone{ $case->{variable} } });
	same_rows_ok($node, $query, $others, "$name: what is gone has no rows");
	answer($case, @{ $gone{ $case->{variable} } });
	is_deeply(messages_of($query), [], "$name: and nothing is said of it");

	# refused
	my ($status, $code, $message) = @{ $refused{ $case->{variable} } };
	answer($case, $status, $code, $message);
	my $error = error_of($node, $query);
	like($error, qr/ERROR:  (?:42501): could not read stream "$listed": .* \($case->{variable} $case->{value}\)$/m, "$name: the error names it");
	like($error, qr/^DETAIL:  .* HTTP status $status, code $code: \Q$message\E$/m, "$name: what the API said");
	like($error, $case->{variable} eq 'ad_account_id' ?
		qr/^HINT:  .* in WHERE or in option "ad_account_id", or set option "on_denied" to 'skip'\.$/m :
		qr/^HINT:  .* in WHERE, or set option "on_denied" to 'skip'\.$/m, "$name: the ways round it");

	# left out
	sql("ALTER SERVER pinterest OPTIONS (ADD on_denied 'skip')");
	answer($case, $status, $code, $message);
	same_rows_ok($node, $query, $others, "$name: the rows of others");
	answer($case, $status, $code, $message);
	my $said = messages_of($query);
	is(scalar(grep { /WARNING/ } @$said), 1, "$name: one warning");
	like(join("\n", @$said), qr/^(?:psql:.*)?WARNING:  rows of stream "$case->{table}" are left out: .*\nDETAIL:  They belong to $case->{variable} $case->{value}\. (?:GET|POST) .* HTTP status $status, code $code: /m,
		"$name: which names it, and why");
	sql('ALTER SERVER pinterest OPTIONS (DROP on_denied)');
}

# An ad account that a request acts for, and what it asks of it.
sim_reset();
sql("ALTER SERVER pinterest OPTIONS (ADD on_denied 'skip')");
for my $case (
	[ 'boards', '^/boards$', 'id, name' ], [ 'pins', '^/pins$', 'id, title' ], [ 'board_pins', '^/boards$', 'id, board_id' ],
	[ 'board_pins', "^/boards/\\d+/pins\$", 'id, board_id', 'board_id' ], [ 'catalogs', '^/catalogs$', 'id, name' ],
	[ 'user_account_analytics', '^/user_account/analytics$', 'date, impression' ], [ 'pins_analytics', '^/pins$', 'pin_id, date, impression' ],
	[ 'pins_analytics', "^/pins/\\d+/analytics\$", 'pin_id, date, impression', 'pin_id' ])
{
	my ($stream, $path, $columns, $below) = @$case;
	my $days = $stream =~ /analytics$/ ? " AND date >= '$since'" : '';
	my $query = "SELECT ad_account_id, $columns FROM pinterest.$stream WHERE ad_account_id IN ('$first', '$second')$days";

	truth_table($node, $stream, name => 'of_owner', ad_account_id => $first, $days ? %days : (),
		$stream =~ /pins/ ? (include_protected_pins => 'true') : ());
	sim_fault(action => 'status', status => 403, code => 2625, message => 'Your account is disapproved.', match => $path,
		query => "ad_account_id=$second(&|\$)");
	same_rows_ok($node, $query, "SELECT text '$first' AS ad_account_id, $columns FROM truth.of_owner", "$stream, $path: of the account that is not refused");
	my $words = join "\n", @{ messages_of($query) };
	my $named = "ad_account_id $second" . ($below ? ", $below \\d+" : '');
	like($words, qr/WARNING:  rows of stream "$stream" are left out: .*\nDETAIL:  They belong to $named(?:, $named)*(?: and \d+ more)?\. /, "$stream, $path: which account");
	is(() = $words =~ /WARNING/g, 1, "$stream, $path: one warning");
	unlike($words, qr/ad_account_id $first\b/, "$stream, $path: and not the other");
	my $alone = $query =~ s/'$first', //r;
	is_deeply([ rows($node, $alone) ], [], "$stream, $path: of that account alone, no row and no error");
	sim_reset();
}
sql('ALTER SERVER pinterest OPTIONS (DROP on_denied)');

# Of ids that the query names, and of those that another table lists.
for my $multi_pin (JSON::PP::false, JSON::PP::true)
{
	my ($other, $third) = rows($node, "SELECT DISTINCT pin_id FROM truth.many_pins WHERE pin_id <> '$pin' ORDER BY 1 LIMIT 2");
	my $truth = "SELECT pin_id, date, impression FROM truth." . ($multi_pin ? 'many_pins' : 'pins_analytics');
	my $name = $multi_pin ? 'many Pins a request' : 'one Pin a request';

	sim_reset();
	sim_config(multi_pin => $multi_pin);
	same_rows_ok($node, "SELECT pin_id, date, impression FROM pinterest.pins_analytics
		WHERE date >= '$since' AND pin_id IN ('$other', '4711', '$third', '4712')", "$truth WHERE pin_id IN ('$other', '$third')",
		"$name: ids of a query, some of which are no Pin's");
	is(value("SELECT count(*) FROM pinterest.pins_analytics WHERE pin_id = '4711'"), 0, "$name: no Pin at all");
	answer({ path => $multi_pin ? '^/pins/analytics$' : "^/pins/$pin/analytics\$", query => $multi_pin ? $pin : '', multi_pin => $multi_pin },
		@{ $gone{pin_id} });
	same_rows_ok($node, "SELECT a.pin_id, a.date, a.impression FROM pinterest.pins p JOIN pinterest.pins_analytics a ON a.pin_id = p.id
		WHERE a.date >= '$since'", "$truth WHERE pin_id <> '$pin'", "$name: a join");
	sql("CREATE SCHEMA IF NOT EXISTS w; SELECT pinterest_fdw.create_matview('w.pins_$multi_pin', 'pinterest.pins_analytics', '{impression}', start_date => '$since')");
	same_rows_ok($node, "SELECT pin_id, date, impression FROM w.pins_$multi_pin", "$truth WHERE pin_id <> '$pin'", "$name: a materialized view");
}

# Looking for the one of many ids takes few requests, each id is asked for once
# with success.
answer({ path => '^/pins/analytics$', query => $pin, multi_pin => 1 }, @{ $gone{pin_id} });
sql("SELECT count(impression) FROM pinterest.pins_analytics WHERE date >= '$since'");
my @asked = grep { $_->{path} eq '/pins/analytics' } sim_requests();
my @answered = map { values_of($_, 'pin_ids') } grep { $_->{status} == 200 } @asked;
is_deeply([ sort @answered ], [ rows($node, "SELECT id FROM truth.pins WHERE id <> '$pin' ORDER BY id COLLATE \"C\"") ], 'each id once');
cmp_ok(scalar(@asked), '<=', 14, 'in a few requests');

# More Pins than the API lists.
my $limit = 'Pagination beyond 100000 pins is not allowed.';
my $beyond = sub {
	sim_reset();
	sim_fault(action => 'status', status => 400, code => 1, message => $limit, match => $_[0], query => 'bookmark=');
};
$beyond->("^/boards/$board/pins\$");
my $error = error_of($node, 'SELECT id FROM pinterest.board_pins');
like($error, qr/ERROR:  54000: could not read stream "board_pins": there are more Pins than the API lists \(board_id $board\)$/m, 'too many Pins: the board');
like($error, qr/^DETAIL:  GET .* code 1: \Q$limit\E$/m, 'too many Pins: what the API said');
like($error, qr/^HINT:  .*creative_type.*its sections \(stream "board_section_pins"\)\. .*"on_denied" to 'skip'/m, 'too many Pins: the ways round it');
sql("ALTER FOREIGN TABLE pinterest.board_pins OPTIONS (ADD on_denied 'skip')");
$beyond->("^/boards/$board/pins\$");
my @listed = rows($node, "SELECT board_id = '$board', count(*) FROM pinterest.board_pins GROUP BY 1 ORDER BY 1");
my ($page) = $listed[1] =~ /^t\|(\d+)$/;
is($listed[0], 'f|' . value("SELECT count(*) FROM truth.board_pins WHERE board_id <> '$board'"), 'too many Pins: all of other boards');
ok($page > 0 && $page <= 4, 'too many Pins: those that are listed of the board');
like(join("\n", @{ messages_of('SELECT id FROM pinterest.board_pins') }), qr/WARNING:  rows of stream "board_pins" are left out: there are more Pins than the API lists\nDETAIL:  They belong to board_id $board\./,
	'too many Pins: the warning');
sql('ALTER FOREIGN TABLE pinterest.board_pins OPTIONS (DROP on_denied)');
$beyond->('^/pins$');
$error = error_of($node, 'SELECT id FROM pinterest.pins');
like($error, qr/ERROR:  54000: could not read stream "pins": there are more Pins than the API lists$/m, 'too many Pins of the user');
like($error, qr/^HINT:  .*board by board.*\.$/m, 'too many Pins of the user: the way round it');

# What the API does not offer for a kind of result is not tried again, and no error.
answer({ path => "^/catalogs/processing_results/$result/item_issues\$" }, 501, 4181, 'Not implemented at the moment.');
my $issues = 'processing_result_id, item_number, item_id';
is_deeply(messages_of("SELECT $issues FROM pinterest.item_issues"), [], 'not implemented: no error');
is(scalar(grep { $_->{path} =~ m{/$result/} } sim_requests()), 1, 'not implemented: not tried again');
same_rows_ok($node, "SELECT $issues FROM pinterest.item_issues", "SELECT $issues FROM truth.item_issues WHERE processing_result_id <> '$result'",
	'not implemented: the rows of others');

# Gone in the middle of its list, an object is an error: rows of it were read.
sim_reset();
sim_fault(action => 'status', status => 404, code => 40, message => 'Board not found.', match => "^/boards/$board/pins\$", query => 'bookmark=');
like(error_of($node, 'SELECT id FROM pinterest.board_pins'), qr/ERROR:  42704: .* does not know the object$/m, 'gone while it is read');

# What is about no object is refused as a whole.
sql("ALTER SERVER pinterest OPTIONS (ADD on_denied 'skip')");
answer({ path => '^/ad_accounts$' }, 403, 7, 'No scope.');
$error = error_of($node, 'SELECT id FROM pinterest.campaigns');
like($error, qr/ERROR:  42501: could not read stream "ad_accounts": the access token does not permit this request$/m, 'the list of parents');
unlike($error, qr/on_denied/, 'there is no way round it');

# An ad account that a list is read for, which stands in no path.
sim_reset();
sim_fault(action => 'status', status => 403, code => 29, message => 'No access to this account.', match => '^/boards$', query => "ad_account_id=$second");
my $acting = "SELECT id, ad_account_id FROM pinterest.boards WHERE ad_account_id = ANY ('{$first,$second}')";
my $said = join("\n", @{ messages_of($acting) });
like($said, qr/WARNING:  rows of stream "boards" are left out: .*\nDETAIL:  They belong to ad_account_id $second\. GET/, 'an account that is acted for: it is named');
is(value("SELECT string_agg(DISTINCT ad_account_id, ' ') FROM ($acting) x"), $first, 'an account that is acted for: the rows of the other');
cmp_ok(value("SELECT count(*) FROM ($acting) x"), '>', 0, 'an account that is acted for: there are some');
sql("ALTER SERVER pinterest OPTIONS (DROP on_denied)");
like(error_of($node, $acting), qr/ERROR:  42501: could not read stream "boards": .* \(ad_account_id $second\)\n.*HINT:  .*on_denied/s, 'an account that is acted for: the error names it');
sql("ALTER SERVER pinterest OPTIONS (ADD on_denied 'skip')");
sim_reset();

# A warning names ten and counts the others.
answer({ path => '^/pins/\\d+/analytics$' }, 403, 7, 'Not authorized.');
my $pins = value('SELECT count(*) FROM truth.pins');
$said = join("\n", @{ messages_of("SELECT impression FROM pinterest.pins_analytics WHERE date >= '$since'") });
like($said, qr/^DETAIL:  They belong to pin_id \d+(?:, pin_id \d+){9} and @{[ $pins - 10 ]} more\. GET/m, 'ten are named');
is(() = $said =~ /WARNING/g, 1, 'in one warning');

# One object for each rescan: the first at once, the others at the end.
answer({ path => '^/ad_accounts/\\d+/campaigns$' }, 403, 7, 'Not authorized.');
$said = join("\n", @{ messages_of("SELECT a.id, (SELECT count(*) FROM pinterest.campaigns c WHERE c.ad_account_id = a.id)
	FROM (VALUES ('$first'), ('$second'), ('$first')) a(id)") });
like($said, qr/They belong to ad_account_id $first\. .*They belong to ad_account_id $second\. /s, 'rescans: each is named once');
is(() = $said =~ /WARNING/g, 2, 'rescans: at the first and at the end');

# A scan that ends early says what it has left out so far; so does ANALYZE.
answer({ path => "^/ad_accounts/$first/campaigns\$" }, 403, 7, 'Not authorized.');
like(join("\n", @{ messages_of('BEGIN; DECLARE c CURSOR FOR SELECT name FROM pinterest.campaigns; FETCH ALL FROM c; CLOSE c; COMMIT') }),
	qr/They belong to ad_account_id $first\./, 'a cursor');
like(join("\n", @{ messages_of('ANALYZE pinterest.campaigns') }), qr/They belong to ad_account_id $first\./, 'ANALYZE');

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
