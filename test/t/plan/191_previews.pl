# Copyright (c) 2026, pinterest_fdw contributors

# What a BI tool asks first: some rows of each table.  They come from the first parents
# that have any, and where one report may have them all, no other is ordered meanwhile.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(sum);
use lib "$FindBin::RealBin/../../lib";
use Depth;
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 8, '--ad-groups', 2, '--ads', 2, '--boards', 8, '--pins', 20, '--steady');
my $node = pinterest_cluster();
my @tables = rows($node, "SELECT relname FROM pg_class WHERE relnamespace = 'pinterest'::regnamespace AND relkind = 'f' ORDER BY 1");
# Those that are read by reports alone.
my @by_report = qw(keywords_analytics product_groups_targeting_analytics product_items_analytics product_items_targeting_analytics);

my $latency = 0;

# Rows, requests and orders of the first rows of a table.
sub preview
{
	my ($table, $limit) = @_;
	sim_reset();
	sim_config(latency => $latency);
	my ($code, $out, $err) = $node->psql('postgres', "SELECT count(*) FROM (SELECT * FROM pinterest.$table LIMIT $limit) x");
	my @sent = sim_requests();

	return { failed => $code != 0, rows => $out, requests => scalar @sent, depth => depth(@sent), orders => scalar(grep { $_->{method} eq 'POST' } @sent) };
}

for my $limit (1, 10)
{
	my %previews = map { $_ => preview($_, $limit) } @tables;
	my @ordered = grep { $previews{$_}{orders} } @tables;

	is_deeply(\@ordered, \@by_report, "LIMIT $limit: reports of the tables that have no other rows");
	is_deeply([ map { $previews{$_}{orders} } @ordered ], [ (1) x @by_report ], "LIMIT $limit: one each");
	is_deeply([ map { $previews{$_}{rows} } @ordered ], [ ($limit) x @by_report ], "LIMIT $limit: with the rows");
	note("LIMIT $limit: " . sum(map { $_->{requests} } values %previews) . ' requests');
	next if $limit > 1;
	delete @previews{@by_report};
	cmp_ok(sum(map { $_->{requests} } values %previews), '<', 150, 'LIMIT 1: few requests for all other tables');

	# One of each: the way down to the first rows.
	my %levels = (campaigns => 2, campaigns_analytics => 3, board_pins => 2, item_issues => 3, keywords => 3, audience_insights => 2, product_groups_analytics => 4);
	is_deeply({ map { $_ => $previews{$_}{requests} } keys %levels }, \%levels, 'LIMIT 1: one parent at a time');
}

# Where one has too few, the next is ordered, and other parents are asked: each row that
# there is comes.
for my $table (@by_report, qw(ads ads_analytics audience_insights board_section_pins businesses_members keywords pin_media pins_analytics user_account_analytics))
{
	my $whole = preview($table, 'ALL');
	my $preview = preview($table, 100000);

	is($preview->{rows}, $whole->{rows}, "$table: all rows");
	cmp_ok($preview->{orders}, '>', 1, "$table: several reports") if grep { $_ eq $table } @by_report;
	cmp_ok($preview->{requests}, '<=', $whole->{requests}, "$table: no more requests than for all");
}

# Parents that have few rows, or none, are asked for more and more at once.
my $sparse;
for (0.1, 1, 4)
{
	$latency = $_;
	$sparse = preview('keywords', 20);
	last if $sparse->{depth} <= $sparse->{requests} / 2;
}
is($sparse->{rows}, 20, 'sparse rows: all that are wanted');
cmp_ok($sparse->{requests}, '>=', 20, 'sparse rows: many requests');
cmp_ok($sparse->{depth}, '<=', $sparse->{requests} / 2, 'sparse rows: side by side');
$latency = 0;

# Days that only reports have are ordered, account by account.
my $old = preview("ads_analytics WHERE date BETWEEN current_date - 200 AND current_date - 190", 5);
is($old->{rows}, 5, 'days of reports: rows');
is($old->{orders}, 1, 'days of reports: one order');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
