# How many round trips, one after the other, some requests took: what a far API costs
# in time, without a clock.
#
# Copyright (c) 2026, pinterest_fdw contributors

package Depth;

use strict;
use warnings;

use Exporter 'import';
use List::Util qw(max);

our @EXPORT = qw(depth asked_within);

# Of answers, in seconds: the first is enough but where the machine is slow.
my @latencies = (0.1, 0.5, 2, 8);

# The length of the longest chain of requests (of sim_requests() or requests_during())
# of which each arrived only after the answer to the one before had begun to leave.  The
# log tells both, so that it is the order that counts, not how long anything took.  Have
# answers take a while (latency of sim_config()), or of requests that are sent side by
# side one may be answered before the other arrives.
sub depth
{
	my @requests = sort { $a->{started} <=> $b->{started} } @_;
	my @depths;

	for my $n (0 .. $#requests)
	{
		my @before = grep { defined $requests[$_]{answered} && $requests[$_]{answered} < $requests[$n]{started} } 0 .. $n - 1;

		$depths[$n] = 1 + max(0, @depths[@before]);
	}
	return max(0, @depths);
}

# Asks, by a function that is given the latency to set and returns the requests, until
# these take no more than so many round trips: on a slow machine requests that are sent
# side by side may follow each other, while those that have to always do.  Returns the
# last requests.
sub asked_within
{
	my ($depth, $ask) = @_;
	my @requests;

	for my $latency (@latencies)
	{
		@requests = $ask->($latency);
		last if depth(@requests) <= $depth;
	}
	return @requests;
}

1;
