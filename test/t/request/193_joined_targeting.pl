# Copyright (c) 2026, pinterest_fdw contributors

# Parts by several targeting types together, which reports alone tell, and a
# targeting type that is asked for only by name.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
my $since = utc_today(-3);
my $columns = 'campaign_id, date, targeting_type, targeting_value, spend_in_micro_dollar';
my %days = (start => $since, end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR');

# What was asked for: "GET GENDER", "POST GENDER,COUNTRY together".
sub asked
{
	my (@requests) = @_;
	my @asked;

	for my $request (@requests)
	{
		push @asked, 'GET ' . join(',', sort(values_of($request, 'targeting_types'))) if $request->{path} =~ /targeting_analytics$/;
		push @asked, 'POST ' . join(',', @{ $request->{body}{targeting_types} }) . ($request->{body}{combine_targeting_types} ? ' together' : '')
		  if $request->{method} eq 'POST';
	}
	return join '; ', sort @asked;
}

my $number = 0;

# The rows of some types, and the requests for them.
sub types_ok
{
	my ($types, $asked) = @_;
	my $name = 'truth_' . ++$number;
	my $where = "date >= '$since' AND targeting_type IN (" . join(', ', map { "'$_'" } split /,/, $types) . ')';

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	truth_table($node, 'campaigns_targeting_analytics', name => $name, %days, targeting_types => $types);
	is(asked(requests_during($node, "SELECT $columns FROM pinterest.campaigns_targeting_analytics WHERE $where")), $asked, "$types: requests");
	same_rows_ok($node, "SELECT $columns FROM pinterest.campaigns_targeting_analytics WHERE $where", "SELECT $columns FROM truth.$name", "$types: rows");
	return cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM truth.$name"), '>', 0, "$types: there are some");
}

types_ok('GENDER', 'GET GENDER');
types_ok('GENDER_AND_COUNTRY', 'POST GENDER,COUNTRY together');
like($node->safe_psql('postgres', 'SELECT string_agg(DISTINCT targeting_value, chr(32)) FROM truth.truth_2'), qr/female&US/, 'a part is told by both');
types_ok('COUNTRY_AND_GENDER_AND_APPTYPE', 'POST COUNTRY,GENDER,APPTYPE together');
types_ok('GENDER,COUNTRY,GENDER_AND_COUNTRY', 'POST GENDER,COUNTRY; POST GENDER,COUNTRY together');

# What is a type of its own is no such thing.
types_ok('AGE_BUCKET_AND_GENDER', 'GET AGE_BUCKET_AND_GENDER');

# A type that requests do not know, and that is left out where none is named.
types_ok('LOCAL_ADS_STORE_CODE', 'POST LOCAL_ADS_STORE_CODE');
unlike(asked(requests_during($node, "SELECT count(*) FROM pinterest.product_groups_targeting_analytics WHERE date >= '$since'")), qr/LOCAL_ADS|together/,
	'a type that is only asked for by name');

# The catalog tells it.
is($node->safe_psql('postgres', "SELECT count(*) FROM pinterest_fdw.filters() WHERE column_name = 'targeting_type' AND 'LOCAL_ADS_STORE_CODE' = ANY (allowed)"),
	$node->safe_psql('postgres', "SELECT count(*) FROM pinterest_fdw.filters() WHERE column_name = 'targeting_type' AND endpoint LIKE '%/reports'"), 'filters()');

is_deeply([ invalid_requests() ], [], 'no invalid request');
$node->stop;
done_testing();
