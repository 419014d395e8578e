# Copyright (c) 2026, pinterest_fdw contributors

# jsonb is written without jsonb_in(): whatever the document, the value is the
# one that jsonb_in() makes of the same text, in as many bytes.  Only members
# that a later one of their name replaces are not looked at.

use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $documents = 600;

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2);
my $node = pinterest_cluster();
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE documents (id text, doc jsonb OPTIONS (field 'doc'), raw text OPTIONS (field 'raw'), inside jsonb OPTIONS (field 'doc.a'), attrs jsonb)
	SERVER pinterest OPTIONS (stream 'campaigns');
CREATE FOREIGN TABLE texts (id text, attrs text) SERVER pinterest OPTIONS (stream 'campaigns');
SQL

# ---- random documents, as text, since a Perl object has no two members of one name ----

my $random = 20261122;

sub any
{
	my ($below) = @_;

	$random = ($random * 1103515245 + 12345) % 2147483648;
	return int($random / 65536) % $below;
}

sub one_of { return $_[ any(scalar @_) ]; }

my @words = ('', 'a', 'b', 'aa', 'ab', 'id', 'url', 'é', '日本語', 'click', 'impression', 'Zelt für zwei',
	'audience_verification', 'x' x 130, "\x{1F600}");
my @escapes = ('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u00e9', '\\u20AC', '\\ud83d\\ude00', '\\u0001', '\\u0061');
my @numbers = ('0', '-0', '1', '-1', '10000', '99999999', '123456789012345678', '-9223372036854775808',
	'123456789012345678901234567890', '0.5', '1.50', '-0.001', '1e3', '1E-7', '12.5e+20', '0.1234567890123456789', '0.0');

sub string { return '"' . join('', map { any(4) ? one_of(@words) : one_of(@escapes) } 1 .. any(4)) . '"'; }

sub space { return one_of('', '', '', ' ', "\n\t"); }

sub scalar_text { return one_of('null', 'true', 'false', one_of(@numbers), one_of(@numbers), string(), string(), string()); }

sub document
{
	my ($depth) = @_;
	my $kind = any(3);
	my $count = any(20) == 0 ? any(90) : any(7);

	return scalar_text() if $depth == 0 || $kind == 2;
	return '[' . join(',', map { space() . document($depth - 1) . space() } 1 .. $count) . space() . ']' if $kind == 0;
	return '{' . join(',', map { space() . string() . space() . ':' . space() . document($depth - 1) . space() } 1 .. $count) . space() . '}';
}

my @special = ('{}', '[]', '""', '[[[[]]]]', '{"a":{"a":{"a":{}}}}', '{"a":1,"a":2,"b":3,"a":[4]}', '[' x 60 . ']' x 60,
	'{' . join(',', map { "\"k$_\":$_" } reverse 1 .. 200) . '}', '[' . join(',', 1 .. 100) . ']',
	'{"a":null,"b":[true,1,"x",{"a":"\\u0041"}]}', '[' . join(',', ('[1]') x 300_000) . ']');

# numbers of children around those at which an entry tells more, or another sort begins
for my $count (1, 2, 15 .. 17, 31 .. 34, 63 .. 66)
{
	push @special, '[' . join(',', map { qq("$_") } 1 .. $count) . ']';
	push @special, '{' . join(',', map { my $key = $_ * 37 % 101; qq("$key":[$_]) } 1 .. $count) . '}';
}
my @texts = (@special, map { document(1 + any(4)) } 1 .. $documents);

# ---- the same in the answer, and as a string of it ----

my @items = map { sprintf '{"id":"%d","doc":%s,"raw":%s}', $_ + 1, $texts[$_], JSON::PP->new->allow_nonref->encode($texts[$_]) } 0 .. $#texts;

sub serve
{
	sim_reset();
	sim_fault(action => 'replace', match => '/campaigns$', body => encode_utf8('{"items":[' . join(',', @_) . '],"bookmark":null}'));
	return;
}

# What holds for each document; null is NULL.  Sizes are those of values that
# were not copied yet, hence the OFFSET.
my @holds = (
	'doc IS NOT DISTINCT FROM good', 'doc::text IS NOT DISTINCT FROM good::text',
	'pg_column_size(doc) IS NOT DISTINCT FROM pg_column_size(good)',
	q{jsonb_typeof(good) IS DISTINCT FROM 'object' OR (SELECT coalesce(bool_and(doc->key = value), true) FROM jsonb_each(good))},
	q{inside IS NOT DISTINCT FROM CASE jsonb_typeof(good) WHEN 'object' THEN nullif(good->'a', 'null') END},
	q{attrs->'doc' = raw::jsonb},
);
my $columns = join ', ', map { "$holds[$_] AS h$_" } 0 .. $#holds;
my $counts = join ', ', map { "count(*) FILTER (WHERE h$_)" } 0 .. $#holds;

serve(@items);
is(join('|', rows($node, "SELECT count(*), $counts FROM (SELECT $columns"
			. " FROM (SELECT *, nullif(raw::jsonb, 'null') AS good FROM documents) AS d OFFSET 0) AS x")),
	join('|', (scalar @texts) x (1 + @holds)), 'all documents are those of jsonb_in()');
is(join('|', rows($node, <<'SQL')), join('|', (scalar @texts) x 2), 'and so are whole items');
SELECT count(*) FILTER (WHERE d.attrs = t.attrs), count(*) FILTER (WHERE d.size = t.size)
	FROM (SELECT id, attrs, pg_column_size(attrs) AS size FROM documents OFFSET 0) AS d
	JOIN (SELECT id, attrs::jsonb, pg_column_size(attrs::jsonb) AS size FROM texts OFFSET 0) AS t USING (id)
SQL
is(join('|', rows($node, "SELECT count(DISTINCT jsonb_typeof(doc)) FROM documents")), 5, 'of all kinds but null, which is NULL');

# ---- members of the same name, of which the last one counts ----

my $session = sql_session($node);
serve('{"id":"1","doc":{"a":"\\u0000","b":1e200000,"a":1,"b":2},"raw":""}');
is(join('|', rows($node, 'SELECT doc FROM documents')), '{"a": 1, "b": 2}', 'the others are not looked at');

# ---- memory ----

SKIP:
{
	my $backend = $session->query_safe('SELECT pg_backend_pid()');
	my $peak = sub { return (slurp_file("/proc/$backend/status") =~ /^VmHWM:\s+(\d+)/m)[0]; };

	skip 'needs /proc', 2 unless -r "/proc/$backend/status";
	serve('{"id":"1","doc":[[1]],"raw":""}');
	$session->query_safe('SELECT doc FROM documents');
	my $before = $peak->();

	# arrays of 12 bytes: what each took to be read is free before the next
	serve('{"id":"1","doc":[' . join(',', ('[1]') x 200_000) . '],"raw":""}');
	is($session->query_safe('SELECT jsonb_array_length(doc) FROM documents'), 200_000, 'an array of many arrays');
	cmp_ok($peak->() - $before, '<', 60 * 1024, 'an array of many arrays: memory');
}

# ---- what jsonb cannot hold ----

for my $doc ('"a\\u0000b"', '{"a":["x\\u0000"]}')
{
	serve(qq({"id":"1","doc":$doc,"raw":""}));
	my $error = outcome($session, 'SELECT doc FROM documents');

	is($error->{sqlstate}, '22P05', "$doc: an error");
	like($error->{context}, qr/column "doc" of foreign table "documents"/, "$doc: that names the column");
}
serve('{"id":"1","doc":[1,1e200000],"raw":""}');
is(outcome($session, 'SELECT doc FROM documents')->{sqlstate}, '22003', 'a number beyond numeric: an error');
serve('{"id":"1","doc":[1,1e200000],"raw":"ok"}');
is(join('|', rows($node, 'SELECT raw FROM documents')), 'ok', 'that only who wants it sees');
done_testing();
