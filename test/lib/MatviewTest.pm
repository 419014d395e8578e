# What the tests of materialized views with a history share.
#
# Copyright (c) 2026, pinterest_fdw contributors

package MatviewTest;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use PinterestTest;

our @EXPORT = qw(matview refresh window last_log log_counts restate warnings_of);

# Makes a materialized view; further arguments are SQL expressions.  Returns the
# statements.
sub matview
{
	my ($node, $matview, $source, %args) = @_;
	my $list = join '', map { ", $_ => $args{$_}" } sort keys %args;

	return $node->safe_psql('postgres', "SET client_min_messages = error;
		SELECT pinterest_fdw.create_matview('$matview', '$source'$list)");
}

# Refreshes, and returns the requests that this took.
sub refresh
{
	my ($node, $matview, $how) = @_;

	return requests_during($node, 'SET client_min_messages = error;
		REFRESH MATERIALIZED VIEW ' . ($how // 'CONCURRENTLY') . " $matview");
}

# The first and the last day that some requests ask metrics for.
sub window
{
	my @first = sort map { values_of($_, 'start_date') } @_;
	my @last = sort map { values_of($_, 'end_date') } @_;

	return @first ? "$first[0] $last[-1]" : 'none';
}

# The last row of the log.
sub last_log
{
	my ($node) = @_;

	return decode_json($node->safe_psql('postgres',
		'SELECT to_jsonb(l) FROM pinterest_fdw.sync_log l ORDER BY id DESC LIMIT 1'));
}

# What the last refresh did: rows fetched, inserted, updated, unchanged, missing.
sub log_counts
{
	my $log = last_log(@_);

	return join ' ', @$log{qw(fetched inserted updated unchanged missing)};
}

# From now on, all metrics of the last days are others.
sub restate
{
	my ($days, $factor) = @_;

	return sim_config(restate => { days => $days, factor => $factor });
}

# The warnings of a statement, without their details.
sub warnings_of
{
	my ($node, $sql) = @_;
	my ($code, $stdout, $stderr) = $node->psql('postgres', $sql);

	die $stderr if $code;
	return [ $stderr =~ /^.*WARNING:  (.*)$/mg ];
}

1;
