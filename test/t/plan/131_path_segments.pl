# Copyright (c) 2026, pinterest_fdw contributors

# A value that stands in a path stays one segment of it: what servers on the way
# would take for another directory is no row's, and leads to no request.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

my @strays = ('', '.', '..', '%2e', '%2E%2E', '.%2e', '%252e%252E', '../pins', 'a/../../boards', 'a%2F..', 'a%252f..', '..\\pins', '/', '/pins');
my @names = ('été_boutique', 'tent.maker', '...', '%', '%zz', '%00', '%2', 'a%20b', '100%25');

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 3, '--pins', 10);
my $node = pinterest_cluster();
streams_session($node);

# ---- conditions ----

# Of each variable of a path, in whichever stream.
my $tried = 0;
for my $stream (streams())
{
	my $filters = stream_filters($stream);

	for my $column (grep { my $name = $_; grep { $_->{parameter} eq "{$name}" } @{ $filters->{$name} } } sort keys %$filters)
	{
		my $table = "pinterest.$stream WHERE " . conditions($stream, $column) . " AND $column";

		next if $filters->{$column}[0]{allowed};    # one of some words
		$tried++;
		latest();
		is(ask("SELECT count(*) FROM $table = '$_'"), 0, "$stream: $column = '$_'") for @strays;
		is(ask("SELECT count(*) FROM $table = ANY (ARRAY[" . sql_list(@strays) . '])'), 0, "$stream: $column IN (...)");
		is(ask("SELECT count(*) FROM (VALUES " . join(', ', map { "('$_')" } @strays) . ") AS v(x), LATERAL (SELECT FROM $table = v.x OFFSET 0) AS t"),
			0, "$stream: $column of another table");
		is_deeply([ map { $_->{path} } latest() ], [], "$stream: $column: no request");
	}
}
cmp_ok($tried, '>', 20, 'variables of paths');

# Values that only look alike are asked for.
my $interests = 'pinterest.user_interests WHERE username';
for my $name (@names)
{
	latest();
	ask("SELECT FROM $interests = '$name'");
	my ($escaped) = escaped($name =~ s/é/\xc3\xa9/gr);
	is_deeply([ map { lc $_->{path} } latest() ], [ lc "/users/$escaped/interests/follow" ], "username = '$name'");
}
latest();
is(ask("SELECT count(DISTINCT username) FROM $interests IN ('..', 'simulated_brand', '%2e%2e')"), 1, 'one name among others');
is_deeply([ map { $_->{path} } latest() ], ['/users/simulated_brand/interests/follow'], 'one name among others: its request');

# ---- what a parent lists ----

for my $stray (@strays)
{
	sim_fault(action => 'set_field', match => '^/user_account$', field => 'username', value => $stray, times => 1);
	latest();
	like(complaint('SELECT * FROM pinterest.user_interests'), qr/ERROR: .*\n?.*the row has no id/, "the parent lists '$stray'");
	is_deeply([ map { $_->{path} } latest() ], ['/user_account'], "the parent lists '$stray': no request");
}
sim_fault(action => 'set_field', match => '^/boards$', field => 'id', row => 1, value => '..', times => 1);
like(complaint('SELECT * FROM pinterest.board_sections'), qr/ERROR: .*\n?.*the row has no id/, 'a parent that lists ids');

is_deeply([ grep { !/ % / } invalid_requests() ], [], 'no invalid request');
done_testing();
