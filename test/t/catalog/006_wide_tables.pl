# Copyright (c) 2026, pinterest_fdw contributors

# Tables with all columns of their streams, some 600 of them: each column is found by
# its name and by its field, and what a session keeps to find them is made once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest qw(error_of new_node same_rows_ok sql_session unwrapped);
use Test::More;

my $node = new_node('wide');
$node->start;
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'http://127.0.0.1:1/v5');
CREATE SCHEMA wide;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO wide OPTIONS (metrics 'reports');
SQL
my $tables = "pg_class c WHERE c.relnamespace = 'wide'::regnamespace AND c.relkind = 'f'";
my $columns = "pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'wide'::regnamespace AND c.relkind = 'f' AND a.attnum > 0";

# ---- comments ----

my $expected = $node->safe_psql('postgres', "SELECT (SELECT count(*) FROM $tables) + (SELECT count(*) FROM $columns)");
cmp_ok($expected, '>', 8000, 'a schema with thousands of columns');
is($node->safe_psql('postgres', "SELECT pinterest_fdw.comment_tables('wide')"), $expected, 'each table and column is commented');
same_rows_ok($node, "SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM $columns",
	"SELECT stream, name, comment FROM pinterest_fdw.columns() WHERE (stream, name) IN (SELECT c.relname, a.attname FROM $columns)",
	'by the comment of its own');

# ---- columns by name and by field ----

# The metrics that reading all of a table names, in their order.
sub metrics_of
{
	my ($table) = @_;
	my $plan = unwrapped($node->safe_psql('postgres', "EXPLAIN SELECT * FROM $table WHERE targeting_type = 'GENDER'"));
	my ($metrics) = $plan =~ /"columns": \[(.*?)\]/;

	return [ $metrics =~ /"(\w+)"/g ];
}

# Creates a table with so many columns for each field of the stream, by names of their own.
sub create_renamed
{
	my ($table, $copies) = @_;

	return $node->safe_psql('postgres', <<SQL);
SELECT format('CREATE FOREIGN TABLE $table (targeting_type text, %s) SERVER pinterest OPTIONS (stream %L)',
	string_agg(format('c%s %s OPTIONS (field %L)', attnum + copy * 1000, atttypid::regtype, k.field), ', ' ORDER BY copy, attnum), k.stream)
  FROM pg_attribute a
  JOIN pinterest_fdw.columns() k ON k.name = a.attname
 CROSS JOIN generate_series(1, $copies) copy
 WHERE a.attrelid = 'wide.campaigns_targeting_analytics'::regclass AND attnum > 0
   AND k.stream = 'campaigns_targeting_analytics' AND k.field IS NOT NULL
 GROUP BY k.stream
\\gexec
SQL
}

my $metrics = metrics_of('wide.campaigns_targeting_analytics');
cmp_ok(scalar @$metrics, '>', 550, 'some 600 metrics of one table');
create_renamed('renamed', 1);
is_deeply(metrics_of('renamed'), $metrics, 'the same by their fields');
create_renamed('repeated', 2);
is_deeply(metrics_of('repeated'), $metrics, 'two columns for each: each is named once');
$node->safe_psql('postgres', "CREATE FOREIGN TABLE misspelt (spend_in_dolar numeric) SERVER pinterest OPTIONS (stream 'campaigns_targeting_analytics')");
like(error_of($node, 'SELECT * FROM misspelt'),
	qr/ERROR:  HV005: column "spend_in_dolar" .*\nHINT:  Perhaps you meant "spend_in_dollar"/, 'an unknown column: the closest of all');

# ---- what a session keeps ----

my $session = sql_session($node);
my $query = "DO \$\$BEGIN
	PERFORM count(*) FROM pinterest_fdw.columns();
	EXECUTE 'EXPLAIN SELECT * FROM wide.campaigns_targeting_analytics';
END\$\$";
my $kept = "SELECT used_bytes FROM pg_backend_memory_contexts WHERE name = 'TopMemoryContext'";
$session->query_safe($query);
$session->query_safe($kept);
my $before = $session->query_safe($kept);
$session->query_safe($query) for 1 .. 5;
is($session->query_safe($kept), $before, 'what columns are found by is made once in a session');
$session->quit;

done_testing();
