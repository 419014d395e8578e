# Copyright (c) 2026, pinterest_fdw contributors

# What a BI tool asks first: some rows of each table.  Where one report may have
# them all, no other is ordered meanwhile.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 8, '--ad-groups', 2, '--ads', 2, '--boards', 8, '--pins', 20, '--steady');
my $node = pinterest_cluster();
my @tables = rows($node, "SELECT relname FROM pg_class WHERE relnamespace = 'pinterest'::regnamespace AND relkind = 'f' ORDER BY 1");
# Those that are read by reports alone.
my @by_report = qw(keywords_analytics product_groups_targeting_analytics product_items_analytics product_items_targeting_analytics);

# Rows, requests and orders of the first rows of a table.
sub preview
{
	my ($table, $limit) = @_;
	my $before = sim_requests();
	my ($code, $out, $err) = $node->psql('postgres', "SELECT count(*) FROM (SELECT * FROM pinterest.$table LIMIT $limit) x");
	my @all = sim_requests();
	my @sent = @all[ $before .. $#all ];

	return { failed => $code != 0, rows => $out, requests => scalar @sent, orders => scalar(grep { $_->{method} eq 'POST' } @sent) };
}

for my $limit (1, 10)
{
	my %previews = map { $_ => preview($_, $limit) } @tables;
	my @ordered = grep { $previews{$_}{orders} } @tables;

	is_deeply(\@ordered, \@by_report, "LIMIT $limit: reports of the tables that have no other rows");
	is_deeply([ map { $previews{$_}{orders} } @ordered ], [ (1) x @by_report ], "LIMIT $limit: one each");
	is_deeply([ map { $previews{$_}{rows} } @ordered ], [ ($limit) x @by_report ], "LIMIT $limit: with the rows");
	note("LIMIT $limit: " . eval { my $n = 0; $n += $_->{requests} for values %previews; $n } . ' requests');
}

# Where one has too few, the next is ordered: each row that there is comes.
for my $table (@by_report)
{
	my ($rows) = rows($node, "SELECT count(*) FROM pinterest.$table");
	my $preview = preview($table, 100000);

	cmp_ok($preview->{orders}, '>', 1, "$table: several reports");
	is($preview->{rows}, $rows, "$table: all rows");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
