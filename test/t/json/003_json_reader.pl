# Copyright (c) 2026, pinterest_fdw contributors

# The JSON reader beside jansson, without a server: what the fuzzer found worth
# keeping (test/fuzz/corpus) has to be read alike by both, however the reader
# looks at bytes: as on this machine, one by one, and without SSE2.

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../../..";
my @inputs = glob "$FindBin::RealBin/../../fuzz/corpus/*";
cmp_ok(scalar @inputs, '>', 50, 'there is a corpus');

# what the make that runs the tests was told is not for this one
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
for my $vectors ('', 0, 1)
{
	my $name = $vectors eq '' ? 'as built' : "JSON_VECTORS=$vectors";
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my @make = (
		'make', '-s', '-C', $root, 'fuzz-replay', "FUZZ_DIR=$folder",
		"JSON_VECTORS=$vectors", 'PG_CONFIG=pg_config');

	command_ok(\@make, "$name: builds");
	my ($out, $err) = run_command([ "$folder/replay", @inputs ]);
	my ($last) = (split /\n/, $out)[-1];
	is($err, '', "$name: the parsers agree") or diag("at $last");
	is($last, $inputs[-1], "$name: on all inputs");
}
done_testing();
