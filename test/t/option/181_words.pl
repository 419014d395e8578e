# Copyright (c) 2026, pinterest_fdw contributors

# What is misspelt or misplaced is answered with what there is instead: names of
# options, columns, streams and the remote schema.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 2, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 2);
my $node = pinterest_cluster();

# The statements that set an option of an object.
my %objects = (
	server => 'ALTER SERVER pinterest OPTIONS (ADD %s)',
	'user mapping' => 'ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (ADD %s)',
	'table with settings' => 'ALTER FOREIGN TABLE pinterest.campaigns_analytics OPTIONS (ADD %s)',
	'table without settings' => 'ALTER FOREIGN TABLE pinterest.boards OPTIONS (ADD %s)',
	column => 'ALTER FOREIGN TABLE pinterest.boards ALTER COLUMN name OPTIONS (ADD %s)',
);

# An unknown option that is close to none lists them all: each name that is listed
# is an option, and each that an option of its kind needs to be found is listed.
my %some = (
	server => [qw(base_url page_size max_connections proxy ad_account_id)],
	'user mapping' => [qw(access_token access_token_file app_id refresh_token scope)],
	'table with settings' => [qw(stream ad_account_id page_size granularity click_window_days)],
	'table without settings' => [qw(stream page_size)],
	column => [qw(field)],
);
for my $object (sort keys %objects)
{
	for my $name (qw(user host table_name frobnication))
	{
		my $error = error_of($node, sprintf($objects{$object}, "$name 'x'"));
		my ($hint) = $error =~ /ERROR:  HV00D: invalid option "$name"\nHINT:  Valid options in this context are: (.*)\.\n/;

		ok(defined $hint, "$object, $name: lists what there is") or diag($error);
		next unless defined $hint;
		my $more = $hint =~ s/, and the settings that pinterest_fdw\.settings\(\) lists$//;
		is($more, $object eq 'server' ? 1 : '', "$object, $name: settings of streams besides, for a server");
		my %listed = map { $_ => 1 } split /, /, $hint;
		is_deeply([ grep { !$listed{$_} } @{ $some{$object} } ], [], "$object, $name: those that are used most");
		next unless $name eq 'user';
		for my $option (sort keys %listed)
		{
			unlike(error_of($node, sprintf($objects{$object}, "$option ''")), qr/HV00D/, "$object: $option is one");
		}
	}
}
like(error_of($node, sprintf($objects{'user mapping'}, "token 'x'")), qr/HV00D: .*\nHINT:  Valid options in this context are: access_token, /, 'a token of another name');
like(error_of($node, sprintf($objects{'user mapping'}, "acces_token 'x'")), qr/HINT:  Perhaps you meant the option "access_token"\./, 'a misspelt one: the closest');
like(error_of($node, sprintf($objects{server}, "access_token 'x'")), qr/HINT:  It is an option of a user mapping\./, 'a misplaced one: its place');
like(error_of($node, "CREATE FOREIGN TABLE x (id text) SERVER pinterest OPTIONS (table_name 'boards')"),
	qr/HINT:  Valid options in this context are: .*\bstream\b/, 'a table without a stream');

# Columns of other names than their fields.
$node->safe_psql('postgres', <<'SQL');
ALTER FOREIGN TABLE pinterest.boards RENAME description TO about;
ALTER FOREIGN TABLE pinterest.boards RENAME pin_count TO pins_count;
ALTER FOREIGN TABLE pinterest.campaigns_analytics RENAME spend_in_micro_dollar TO "Spend";
SQL
for my $case (
	[ 'boards', 'about', 'description', qr/A column with a name of its own takes (ALTER .*); pinterest_fdw\.columns\(\) lists the fields\./ ],
	[ 'boards', 'pins_count', 'pin_count', qr/Perhaps you meant "pin_count"; to show it under this name, use (ALTER .*)\./ ],
	[ 'campaigns_analytics', '"Spend"', 'SPEND_IN_MICRO_DOLLAR', qr/A column with a name of its own takes (ALTER .*); pinterest_fdw\.columns\(\) lists the fields\./ ])
{
	my ($table, $column, $field, $expected) = @$case;
	my $error = error_of($node, "SELECT $column FROM pinterest.$table");
	my ($statement) = $error =~ /ERROR:  HV005: .*\nHINT:  $expected\n/;

	ok(defined $statement, "$column of $table: what to do") or diag($error);
	$statement =~ s/'\.\.\.'/'$field'/;
	$node->safe_psql('postgres', "SET search_path = pinterest; $statement");
	$node->safe_psql('postgres', "SELECT $column FROM pinterest.$table");
	pass("$column of $table: and that helps");
}

# Streams and the remote schema.
for my $case (
	[ 'IMPORT FOREIGN SCHEMA public FROM SERVER pinterest INTO public', qr/HV00Q: remote schema "public" does not exist\nHINT:  The streams are in remote schema "pinterest"\./ ],
	[ 'IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campagns) FROM SERVER pinterest INTO public', qr/HV00R: .*\nHINT:  Perhaps you meant the stream "campaigns"\./ ],
	[ 'IMPORT FOREIGN SCHEMA pinterest LIMIT TO (orders) FROM SERVER pinterest INTO public', qr/HV00R: .*\nHINT:  The streams are listed by pinterest_fdw\.streams\(\)\./ ],
	[ q{CREATE FOREIGN TABLE x (id text) SERVER pinterest OPTIONS (stream 'campain')}, qr/HV024: .*\nHINT:  Perhaps you meant the stream "campaigns"\./ ],
	[ q{CREATE FOREIGN TABLE x (id text) SERVER pinterest OPTIONS (stream 'orders')}, qr/HV024: .*\nHINT:  The streams are listed by pinterest_fdw\.streams\(\)\./ ],
	[ q{CREATE FOREIGN TABLE x (id text) SERVER pinterest}, qr/HV002: .*\nHINT:  The streams are listed by pinterest_fdw\.streams\(\)\./ ])
{
	my ($sql, $expected) = @$case;

	like(error_of($node, $sql), $expected, $sql);
}

# A stream by an alias.
$node->safe_psql('postgres', 'IMPORT FOREIGN SCHEMA pinterest LIMIT TO (board) FROM SERVER pinterest INTO public');
rows_ok($node, 'SELECT id, about FROM pinterest.boards', [ rows($node, 'SELECT id, description FROM board') ], 'a table that is named by an alias');

# What is known and has no effect on a stream is said, and kept: a dump may hold it.
my %dated = (lookback_days => 3, start_date => '2026-01-01', default_days => 5, without_dates => 'all');
for my $case (
	[ 'boards', [ sort(keys %dated), 'report_timeout' ] ], [ 'campaigns', [ sort(keys %dated), 'report_timeout' ] ],
	[ 'campaigns_analytics', [] ], [ 'user_account_analytics', ['report_timeout'] ])
{
	my ($stream, $useless) = @$case;
	my $options = join ', ', map { "$_ '$dated{$_}'" } sort keys %dated;
	my ($code, $out, $err) = $node->psql('postgres', "CREATE FOREIGN TABLE t_$stream () SERVER pinterest OPTIONS (stream '$stream', $options, report_timeout '60')");

	is($code, 0, "$stream: options without effect are no error");
	is_deeply([ $err =~ /WARNING:  option "(\w+)" has no effect on stream "$stream"/g ], $useless, "$stream: and are said");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
