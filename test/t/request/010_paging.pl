# Copyright (c) 2026, pinterest_fdw contributors

# Pages: every list is read to its end, whatever its pages look like.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 4, '--campaigns', 8, '--ad-groups', 1, '--ads', 2, '--boards', 7, '--pins', 30);
my $node = pinterest_cluster();
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $board = '914862415104000000';

# One page for all: 250 is what is asked for.
for my $stream (qw(ad_accounts campaigns ad_groups ads boards pins))
{
	my @requests = requests_during($node, "SELECT id FROM pinterest.$stream");

	is_deeply(sent('page_size', @requests), ['250'], "$stream: pages of 250");
	is_deeply([ grep { exists $_->{query}{bookmark} } grep { $_->{path} ne '/pins' } @requests ],
		[], "$stream: no bookmark where the page is the last");
}

# Many short pages, each but the last with a bookmark.
sub pages_ok
{
	my ($sql, $path, $pages, $test) = @_;
	my @requests = grep { $_->{path} eq $path } requests_during($node, $sql);
	my %bookmarks = map { $_->{query}{bookmark}[0] => 1 } grep { $_->{query}{bookmark} } @requests;
	my %others;

	for my $request (@requests)
	{
		my %query = %{ $request->{query} };
		delete $query{bookmark};
		$others{ join '&', map { "$_=@{ $query{$_} }" } sort keys %query } = 1;
	}
	is(scalar @requests, $pages, "$test: $pages pages");
	is(scalar keys %bookmarks, $pages - 1, "$test: each page but the first by another bookmark");
	is(scalar keys %others, 1, "$test: all else stays the same from page to page");
	my @marks = map { $_->{raw_query} =~ /bookmark=([^&]*)/ } @requests;
	is_deeply([ grep { !/^[A-Za-z0-9_.~%-]+$/ } @marks ], [], "$test: bookmarks are escaped");
	like(join(' ', @marks), qr/%3D.*%3D/i, "$test: they have characters to escape");
	return;
}

sim_config(page_cap => 1);
pages_ok('SELECT id FROM pinterest.ad_accounts', '/ad_accounts', 4, 'ad_accounts');
truth_ok($node, 'ad_accounts', 'ad_accounts: rows of all pages');
sim_config(page_cap => 3);
pages_ok("SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$accounts[0]'",
	"/ad_accounts/$accounts[0]/campaigns", 3, 'campaigns');
truth_ok($node, 'campaigns', 'campaigns: rows of all pages');
sim_config(page_cap => 2);
pages_ok("SELECT id FROM pinterest.ad_groups WHERE ad_account_id = '$accounts[0]'",
	"/ad_accounts/$accounts[0]/ad_groups", 4, 'ad_groups');
truth_ok($node, 'ad_groups', 'ad_groups: rows of all pages');
sim_config(page_cap => 4);
pages_ok("SELECT id FROM pinterest.ads WHERE ad_account_id = '$accounts[0]'",
	"/ad_accounts/$accounts[0]/ads", 3, 'ads');
truth_ok($node, 'ads', 'ads: rows of all pages');
sim_config(page_cap => 2);
pages_ok('SELECT id FROM pinterest.boards', '/boards', 4, 'boards');
truth_ok($node, 'boards', 'boards: rows of all pages');

# 30 Pins are four pages and an empty one, which ends the list.
sim_config(page_cap => 8);
pages_ok('SELECT id FROM pinterest.pins', '/pins', 5, 'pins');
truth_ok($node, 'pins', 'pins: rows of all pages', include_protected_pins => 'true',
	skip => ['pin_metrics']);
my ($on_board) = rows($node, "SELECT count(*) FROM truth.pins WHERE board_id = '$board'");
cmp_ok($on_board, '>', 2, 'a board has Pins for three pages');
sim_config(page_cap => 1);
pages_ok("SELECT id FROM pinterest.pins WHERE board_id = '$board'", "/boards/$board/pins",
	$on_board, 'Pins of a board');
same_rows_ok($node, "SELECT id, title FROM pinterest.pins WHERE board_id = '$board'",
	"SELECT id, title FROM truth.pins WHERE board_id = '$board'", 'Pins of a board: rows of all pages');

# The streams that list one of these first page through it, too.
sim_config(page_cap => 2);
truth_ok($node, 'campaigns_analytics', 'campaigns_analytics: the campaigns of all pages',
	start => utc_today(-29), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR');
truth_ok($node, 'pins_analytics', 'pins_analytics: the Pins of all pages',
	start => utc_today(-29), end => utc_today(), include_protected_pins => 'true');
sim_config(page_cap => undef);

# Option page_size, of the server and of a table.
$node->safe_psql('postgres', <<SQL);
ALTER SERVER pinterest OPTIONS (ADD page_size '5');
CREATE FOREIGN TABLE small_pages (id text, ad_account_id text) SERVER pinterest
	OPTIONS (stream 'campaigns', page_size '2');
SQL
my @requests = requests_during($node,
	"SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$accounts[1]'");
is_deeply(sent('page_size', @requests), ['5'], 'page_size of the server');
is(scalar @requests, 2, 'eight rows in pages of five');
@requests = requests_during($node, "SELECT id FROM small_pages WHERE ad_account_id = '$accounts[1]'");
is_deeply(sent('page_size', @requests), ['2'], 'page_size of the table goes before');
is(scalar @requests, 4, 'eight rows in pages of two');
same_rows_ok($node, 'TABLE small_pages', 'SELECT id, ad_account_id FROM truth.campaigns',
	'the same rows in pages of two');
@requests = requests_during($node, 'SELECT id FROM pinterest.boards');
is_deeply(sent('page_size', @requests), ['5'], 'of other lists too');
truth_ok($node, 'boards', 'boards in pages of five');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP page_size)');

# An empty page with a bookmark is not the end: in the first place, in the
# middle and where the parent is listed.
sim_reset();
sim_config(page_cap => 3);
my $one_account = "SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$accounts[0]'";
my @bookmarks = map { $_->{query}{bookmark}[0] } requests_during($node, $one_account);
sim_fault(action => 'empty_page', match => "/$accounts[0]/campaigns\$", nth => 1, times => 1, name => 'empty');
@requests = requests_during($node, "CREATE TABLE first_empty AS $one_account");
is_deeply([ map { $_->{rule} // '-' } @requests ], [ 'empty', '-', '-', '-' ], 'an empty page, and three more');
same_rows_ok($node, 'TABLE first_empty',
	"SELECT id FROM truth.campaigns WHERE ad_account_id = '$accounts[0]'", 'no row is lost');
sim_fault(action => 'replace', match => "/$accounts[0]/campaigns\$", nth => 2, times => 1, name => 'empty',
	body => encode_json({ items => [], bookmark => $bookmarks[2] }));
@requests = requests_during($node, "CREATE TABLE second_empty AS $one_account");
is_deeply([ map { $_->{rule} // '-' } @requests ], [ '-', 'empty', '-' ], 'an empty page in the middle');
is_deeply([ map { $_->{query}{bookmark}[0] } @requests ], \@bookmarks, 'its bookmark is followed');
is_deeply([ rows($node, 'SELECT count(*) FROM second_empty') ], [5], 'with the rows before and after it');
sim_reset();
sim_fault(action => 'empty_page', match => '^/ad_accounts$', nth => 1, times => 1);
same_rows_ok($node, 'SELECT id FROM pinterest.campaigns', 'SELECT id FROM truth.campaigns',
	'an empty page of the accounts: no campaign is lost');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
