# Copyright (c) 2026, pinterest_fdw contributors

# Every filter of every stream: the rows are those that PostgreSQL would choose,
# and requests carry the values.  And what streams refuse, EXPLAIN and ANALYZE.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 3, '--ad-groups', 2, '--ads', 1, '--boards', 3, '--pins', 10, '--steady');
sim_config(report_polls => 0);
my $node = pinterest_cluster(conf => 'jit = off');
streams_session($node);
my %reported = map { $_ => 1 } lines("SELECT name FROM pinterest_fdw.streams() WHERE endpoints[1] LIKE 'POST%'");

# ---------- filters ----------

# The first values that there are of a column, of those that the API knows.
sub values_in
{
	my ($stream, $column) = @_;
	my $allowed = stream_filters($stream)->{$column}[0]{allowed};
	my $known = $allowed ? "AND $column\::text = ANY ('{$allowed}')" : '';

	return lines("SELECT DISTINCT $column\::text FROM got_$stream WHERE $column IS NOT NULL $known ORDER BY 1 LIMIT 2");
}

# The values of a filter in a request to its endpoint.
sub values_sent
{
	my ($filter, $column, $path, $request) = @_;
	my $parameter = $filter->{parameter};

	return $request->{path} =~ /^$path$/ if $parameter =~ /^\{/;
	return map { @{ $request->{query}{$_} // [] } } split /, /, $parameter if $column =~ /date/;
	return @{ $request->{body}{$parameter} // [] } if $request->{method} eq 'POST';
	return $filter->{batch} > 1 ? values_of($request, $parameter) : @{ $request->{query}{$parameter} // [] };
}

# The paths of a filter's endpoint, with its own value in parentheses.
sub path_of
{
	my ($filter, $column) = @_;

	return quotemeta($filter->{endpoint}) =~ s/\\\{(\w+)\\\}/$1 eq $column ? '([^\/]+)' : '[^\/]+'/ger;
}

# What requests to a filter's endpoint carry for it, each value once, sorted.
sub carried
{
	my ($filter, $column, @requests) = @_;
	my $path = path_of($filter, $column);
	my %sent = map { $_ => 1 } map { values_sent($filter, $column, $path, $_) } grep { $_->{path} =~ /^$path$/ } @requests;

	return join ' ', sort keys %sent;
}

# Whether some request has the value anywhere: what only chooses among the rows
# of the parent narrows that.
sub somewhere
{
	my ($value, @requests) = @_;

	return (grep { "$_->{path}?$_->{raw_query}" =~ /\b\Q$value\E\b/ } @requests) ? $value : ();
}

sub filter_ok
{
	my ($stream, $column, $where, @values) = @_;
	my $clause = @values > 1 ? "$column IN (" . sql_list(@values) . ')' : "$column = " . sql_list(@values);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	latest();
	agree("SELECT * FROM pinterest.$stream WHERE $where AND $clause", "SELECT * FROM got_$stream WHERE $clause", "$stream: $clause");
	my @requests = grep { $_->{status} != 401 } latest();
	my @filters = grep { my $path = path_of($_, $column); grep { $_->{path} =~ /^$path$/ } @requests } @{ stream_filters($stream)->{$column} };
	return if !@filters;		# another endpoint has the rows
	my @wanted = sort($filters[0]{parameter} =~ /^\{/ ? escaped(@values) : @values);
	return if $reported{$stream} && $column eq 'date';
	return is_deeply([ map { somewhere($_, @requests) } @wanted ], \@wanted, "$stream: $clause: requests")
	  if grep { $_->{parameter} eq '' } @filters;
	my %carried = map { $_ => 1 } grep { $_ ne '' } map { carried($_, $column, @requests) } @filters;
	return is(join(' or ', sort keys %carried), join(' ', @wanted), "$stream: $clause: requests");
}

for my $stream (streams())
{
	ask("CREATE TABLE got_$stream AS SELECT * FROM pinterest.$stream WHERE " . conditions($stream));
	for my $column (sort keys %{ stream_filters($stream) })
	{
		my $where = conditions($stream, $column);
		my @values = values_in($stream, $column);
		my ($type) = lines("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'pinterest.$stream'::regclass AND attname = '$column'");

		next if $stream =~ /^top_/ && $column eq 'date';		# it is always null
		cmp_ok(scalar @values, '>', 0, "$stream: there are values of $column");
		filter_ok($stream, $column, $where, @values);
		next if $reported{$stream};		# each query waits for its reports
		filter_ok($stream, $column, $where, $values[0]) if @values > 1;
		agree("SELECT s.* FROM (VALUES (" . join('), (', map { sql_list($_) } @values) . ")) AS v(x),
			LATERAL (SELECT * FROM pinterest.$stream WHERE $where AND $column = v.x::$type OFFSET 0) AS s",
			"SELECT * FROM got_$stream WHERE $column IN (" . sql_list(@values) . ')', "$stream: $column of another table");
	}
}

# ---------- what is refused ----------

# A condition that a stream needs is missing, or tells nothing.
for my $stream (grep { %{ demanded($_) } } streams())
{
	for my $column (sort keys %{ demanded($stream) })
	{
		my $where = conditions($stream, $column);

		latest();
		for my $condition ('true', "$column IS NOT NULL", "$column <> 'US'", "$column LIKE 'U%'", "$column = 'US' OR $column IS NULL")
		{
			like(complaint("SELECT * FROM pinterest.$stream WHERE $where AND ($condition)"),
				qr/ERROR:.*stream "$stream" can only be read for given values of column "$column".*HINT:  Add a condition such as WHERE $column = '/s,
				"$stream: $column: $condition");
		}
		is_deeply([ latest() ], [], "$stream: $column: no request");
	}
	like(complaint("ANALYZE pinterest.$stream"), qr/^[^\n]*WARNING:[^\n]*cannot analyze this foreign table/, "$stream: ANALYZE");
	is_deeply([ latest() ], [], "$stream: ANALYZE: no request");
}

# A value that the API does not know is an error before any request, or no row, with a
# warning unless any text will do.
for my $stream (streams())
{
	latest();
	for my $column (sort keys %{ stream_filters($stream) })
	{
		my ($type) = lines("SELECT type FROM catalog_columns WHERE stream = '$stream' AND name = '$column'");

		next if $type ne 'text' || demanded($stream)->{$column} && !stream_filters($stream)->{$column}[0]{allowed};
		my $sql = "SELECT count(*) FROM pinterest.$stream WHERE " . conditions($stream, $column) . " AND $column = 'nö süch'";
		like(complaint("DO \$\$ BEGIN ASSERT ($sql) = 0; END \$\$"),
			qr/^(?:.*ERROR:.*"$column"[ ]of[ ]stream[ ]"$stream"[ ]cannot[ ]be[ ]"nö[ ]süch".*DETAIL:[ ]+The[ ]API[ ]knows.*
				|.*WARNING:[ ]+01000:[ ]no[ ]row[ ]of[ ]stream[ ]"$stream"[ ]is[ ]known[ ]to[ ]have[ ]$column[ ]"nö[ ]süch".*)?$/sx, "$stream: no such $column");
	}
	is_deeply([ grep { "$_->{path}?$_->{raw_query}" =~ /n%C3%B6/i && $_->{path} !~ m{^/users/|/ssio/} } latest() ],
		[], "$stream: no request for it, but where any text will do");
	for my $setting (sort keys %{ stream_settings($stream) })
	{
		my ($type) = lines("SELECT type FROM catalog_columns WHERE stream = '$stream' AND name = '$setting'");
		my $value = { text => "'nö'", bigint => 99 }->{$type} // next;
		my $shown = $value =~ tr/'//dr;

		like(complaint("SELECT * FROM pinterest.$stream WHERE " . conditions($stream) . " AND $setting = $value"),
			$setting eq 'ad_account_id'
			? qr/WARNING:  01000: no row of stream "$stream" is known to have $setting "$shown"\nDETAIL:  Ids/
			: qr/ERROR:.*"$setting" of stream "$stream" cannot be "$shown".*DETAIL:  The API knows/s, "$stream: no such $setting");
	}
	is_deeply([ latest() ], [], "$stream: settings: no request");
}

# ---------- plans and statistics ----------

for my $stream (streams())
{
	my $plan = ask("EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM pinterest.$stream WHERE " . conditions($stream));

	like($plan, qr/Foreign Scan on pinterest\.$stream.*(Request|Report): /s, "$stream: EXPLAIN");
}
is_deeply([ latest() ], [], 'EXPLAIN sends nothing');

for my $stream (grep { !%{ demanded($_) } } streams())
{
	is(complaint("ANALYZE pinterest.$stream"), '', "$stream: ANALYZE");
	my ($rows, $got) = lines("SELECT reltuples FROM pg_class WHERE oid = 'pinterest.$stream'::regclass UNION ALL SELECT count(*) FROM got_$stream");
	cmp_ok($rows, first_day($stream) ? '>=' : '==', $got, "$stream: its rows");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
