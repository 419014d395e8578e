# What the tests of all streams share: one session, the requests of its
# statements, and what has to be said of single streams.
#
# Copyright (c) 2026, pinterest_fdw contributors

package StreamsTest;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use List::Util qw(max);
use PinterestTest;
use Test::More;

our @EXPORT = qw(streams_session truth truth_of ask complaint lines agree latest summary sql_list escaped
  streams stream_key stream_settings stream_filters first_day demanded conditions);

# Looks to truth_table() like a server, without a connection a statement.
{
	package StreamsTest::Node;
	sub new { my ($class, $dir) = @_; return bless { dir => $dir }, $class; }
	sub basedir { return $_[0]{dir}; }
	sub safe_psql { return StreamsTest::ask($_[2]); }
}

# Values without which the API answers nothing.
my @regions = ('US', 'GB+IE');
my %demanded = (
	trends_keywords => { region => \@regions },
	trends_topics => { region => \@regions },
	trends_product_categories => { region => \@regions },
	trends_product_categories_details => {
		region => \@regions, product_category => [ 'ACCESSORIES', 'ACCENT_TABLES', 'RUGS' ]
	},
	terms_related => { term => [ 'planting', 'tents' ] },
	terms_suggested => { term => [ 'ten', 'pla' ] },
	search_pins => { query => ['a'] },
	search_boards => { query => ['a'] },
);

# What the truth is told besides, and what it cannot tell.
my %truth_options = (
	(map { $_ => { include_protected_pins => 'true' } } qw(pins pins_analytics)),
	metrics_ready_state => { start => utc_today(-6), end => utc_today() },
);
my %untold = (
	pins => ['pin_metrics'], board_pins => ['pin_metrics'], product_group_products => ['pin'],
);

my ($session, $truth_node, @streams, %key, %settings, %filters);
my $seen = 0;

# ---------- the session ----------

# Starts a session of psql on a server, in which the functions below work; it has
# a copy of pinterest_fdw.columns(), since that is long.
sub streams_session
{
	my ($node) = @_;

	$session = sql_session($node);
	$truth_node = StreamsTest::Node->new($node->basedir);
	$session->query(<<'SQL');
CREATE FUNCTION pg_temp.differences(l text, r text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('WITH l AS MATERIALIZED (%s), r AS MATERIALIZED (%s)
		SELECT CASE WHEN count(*) > 0 THEN ''rows'' ELSE ''no rows'' END ||
			(SELECT format('' +%%s'', count(*)) FROM (TABLE l EXCEPT ALL TABLE r) AS x) ||
			(SELECT format('' -%%s'', count(*)) FROM (TABLE r EXCEPT ALL TABLE l) AS y) FROM l', l, r) INTO answer;
	RETURN answer;
END
$$;
CREATE TEMP TABLE catalog_columns AS SELECT * FROM pinterest_fdw.columns();
SET client_min_messages = warning;
\set VERBOSITY verbose
SQL
	read_catalog();
	return;
}

# As truth_table(), but that options are written as they are, not as in a URL.
sub truth
{
	my ($stream, %options) = @_;
	my %in_url = map { $_ => $_ eq 'name' ? $options{$_} : escaped($options{$_}) } keys %options;

	return truth_table($truth_node, $stream, %in_url);
}

# Makes the table of the truth of what conditions() ask for, with further options;
# returns its columns that count.
sub truth_of
{
	my ($stream, %further) = @_;
	my %untold = map { $_ => 1 } @{ $untold{$stream} // [] };
	my %options = map { $_ => join(',', @{ demanded($stream)->{$_} }) } keys %{ demanded($stream) };
	my $key = join ',', stream_key($stream);
	my $metrics = ask(<<SQL);
SELECT string_agg(field, ',' ORDER BY position) FROM catalog_columns
 WHERE stream = '$stream' AND metric AND standard AND name <> ALL ('{$key}')
SQL
	my $types = stream_filters($stream)->{targeting_type};

	$options{columns} = $metrics if $metrics;

	# one of them is asked for only where a query names it
	$options{targeting_types} = $types->[0]{allowed} =~ s/,?LOCAL_ADS_STORE_CODE//r if $types && $metrics;
	%options = (%options, start => first_day($stream), end => utc_today()) if first_day($stream);
	%options = (%options, %{ $truth_options{$stream} // {} }, %further);
	return grep { !$untold{$_} } split /,/, truth($stream, %options);
}

# The output of a statement; an error is shown.
sub ask
{
	my ($sql) = @_;

	$session->{stderr} = '';
	my $answer = $session->query($sql);
	diag("$sql\n$session->{stderr}") if $session->{stderr} =~ /ERROR/;
	return $answer;
}

# What a statement says instead of succeeding.
sub complaint
{
	my ($sql) = @_;

	$session->{stderr} = '';
	$session->query($sql);
	return $session->{stderr} =~ s/^.*QUERY_SEPARATOR.*\n//mgr;
}

sub lines { return split /\n/, ask($_[0]); }

# Neither query has a row that the other lacks, and there are rows.
sub agree
{
	my ($left, $right, $test) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(ask("SELECT pg_temp.differences(\$q\$$left\$q\$, \$q\$$right\$q\$)"), 'rows +0 -0', $test);
}

# The requests since the last call.
sub latest
{
	my @latest = @{ decode_json(sim_get("requests?since=$seen"))->{requests} };

	$seen = max($seen, map { $_->{seq} } @latest);
	return @latest;
}

# The paths of some requests, each with how often it was asked for: A is an ad
# account, # another id, T a kind of target, K a list of keywords, R a report.
# How often the endpoint for many Pins is asked, which is closed, is not certain.
sub summary
{
	my %count;

	for my $request (grep { $_->{method} eq 'POST' || $_->{path} !~ m{/reports$|^/async_|^/pins/analytics$} } @_)
	{
		my $path = $request->{path} =~ s{^/ad_accounts/\d+}{A}r;

		$path =~ s{\d{3,}}{#}g;
		$path =~ s{^/resources/targeting/[A-Z_]+$}{T};
		$path =~ s{^/trends/keywords/.*}{K};
		$path =~ s{^A/reports$}{R};
		$count{$path}++;
	}
	return join ' ', map { $count{$_} > 1 ? "$_ x$count{$_}" : $_ } sort keys %count;
}

# Values as SQL literals.
sub sql_list { return join ', ', map { "'" . s/'/''/gr . "'" } @_; }

# Values as they stand in a URL.
sub escaped { return map { s/([^\w.,-])/sprintf '%%%02X', ord $1/ger } @_; }

# ---------- the catalog ----------

sub read_catalog
{
	@streams = lines('SELECT name FROM pinterest_fdw.streams()');
	%key = map { split /\|/, $_, 2 } lines("SELECT name, coalesce(array_to_string(key, ','), '') FROM pinterest_fdw.streams()");
	for (lines("SELECT stream, name, coalesce(initial, 'NULL') FROM pinterest_fdw.settings()"))
	{
		my ($stream, $name, $initial) = split /\|/;

		$settings{$stream}{$name} = $initial;
	}
	for (lines(<<'SQL'))
SELECT stream, column_name, coalesce(parameter, ''), coalesce(batch, 0), array_to_string(allowed, ','), endpoint
  FROM pinterest_fdw.filters()
SQL
	{
		my ($stream, $column, $parameter, $batch, $allowed, $endpoint) = split /\|/;

		push @{ $filters{$stream}{$column} },
		  { parameter => $parameter, batch => $batch, allowed => $allowed, endpoint => $endpoint };
	}
	return;
}

# The names of all streams; of one stream the columns of its key, the initial
# values of its settings ("NULL" for none), and its filters by column.
sub streams { return @streams; }
sub stream_key { return split /,/, $key{ $_[0] }; }
sub stream_settings { return $settings{ $_[0] } // {}; }
sub stream_filters { return $filters{ $_[0] } // {}; }

# Streams with a row for each day are read from this day on, others have none.
sub first_day
{
	my ($stream) = @_;

	return $stream ne 'metrics_ready_state' && stream_filters($stream)->{date} ? utc_today(-2) : undef;
}

# The values that a stream demands, by column.
sub demanded { return $demanded{ $_[0] } // {}; }

# The conditions to read a stream with, but for those on one column.
sub conditions
{
	my ($stream, $but) = @_;
	my $demanded = demanded($stream);
	my $first_day = first_day($stream);

	return join ' AND ', 'true', ($first_day ? "date >= '$first_day'" : ()),
	  map { "$_ IN (" . sql_list(@{ $demanded->{$_} }) . ')' } grep { $_ ne ($but // '') } sort keys %$demanded;
}

1;
