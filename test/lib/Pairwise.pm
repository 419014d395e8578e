# Tables of cases in which every two values that can meet do.
#
# Copyright (c) 2026, pinterest_fdw contributors

package Pairwise;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(pairwise pairs_of all_pairs);

# So many rows are tried for each one that is chosen.
my $tries = 40;

# A random number below a limit, from a generator of its own: the table is the
# same everywhere, always.
my $state;

sub below
{
	my ($limit) = @_;

	$state = ($state * 1103515245 + 12345) % 2**31;
	return int($state / 2**31 * $limit);
}

# Every combination of values (a list of [ name, values ]) that is allowed, each
# a hash.
sub combinations
{
	my ($parameters, $allowed) = @_;
	my @rows = ({});

	for my $parameter (@$parameters)
	{
		my ($name, $values) = @$parameter;

		@rows = map { my $row = $_; map { { %$row, $name => $_ } } @$values } @rows;
	}
	return grep { $allowed->($_) } @rows;
}

# The pairs of values in a row.
sub pairs_of
{
	my ($row) = @_;
	my @names = sort keys %$row;
	my @pairs;

	for my $i (0 .. $#names)
	{
		push @pairs, map { "$names[$i]=$row->{$names[$i]} $names[$_]=$row->{$names[$_]}" } $i + 1 .. $#names;
	}
	return @pairs;
}

# The pairs that any allowed combination has.
sub all_pairs
{
	my ($parameters, $allowed) = @_;
	my %pairs = map { map { $_ => 1 } pairs_of($_) } combinations($parameters, $allowed);

	return sort keys %pairs;
}

# Rows with every pair of values that an allowed combination has: again and
# again the best of some that have the first pair which is still missing.
sub pairwise
{
	my ($parameters, $allowed, $seed) = @_;
	my (%having, %missing, @chosen);

	$state = $seed;
	for my $row (combinations($parameters, $allowed))
	{
		push @{ $having{$_} }, $row for pairs_of($row);
	}
	my @order = sort keys %having;
	%missing = map { $_ => 1 } @order;
	for my $pair (@order)
	{
		next unless $missing{$pair};
		my ($best, $most) = (undef, 0);

		for (1 .. $tries)
		{
			my $row = $having{$pair}[ below(scalar @{ $having{$pair} }) ];
			my $count = grep { $missing{$_} } pairs_of($row);

			($best, $most) = ($row, $count) if $count > $most;
		}
		push @chosen, $best;
		delete @missing{ pairs_of($best) };
	}
	return @chosen;
}

1;
