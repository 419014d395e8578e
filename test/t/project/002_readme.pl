# Copyright (c) 2026, pinterest_fdw contributors

# README's table of streams is the one that the catalog gives.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../../..";
my $node = new_node('readme');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pinterest_fdw');

my ($query, $errors) = run_command([ "$root/script/readme-streams", '--sql' ]);
is($errors, '', 'script/readme-streams has the query');
my ($table) = slurp_file("$root/README.md") =~ /^<!-- streams -->\n(.*?)^<!-- \/streams -->$/ms;
ok(defined $table, 'README.md has a place for the table');
is_deeply([ grep { $_ ne '' } split /\n/, $table // '' ],
	[ split /\n/, $node->safe_psql('postgres', $query) ], 'the table is that of the catalog')
  or diag('script/readme-streams writes it anew');

$node->stop;
done_testing();
