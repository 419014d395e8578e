# Copyright (c) 2026, pinterest_fdw contributors

# Every metric at every level, against what the world says.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 2, '--ads', 1, '--boards', 3, '--pins', 9);
my $node = pinterest_cluster(import => "OPTIONS (metrics 'all')");
my $facts = decode_json(PostgreSQL::Test::Utils::slurp_file("$FindBin::RealBin/../../api_facts.json"));
my @metrics = sort(ref $facts->{ReportingColumnSync} eq 'HASH' ? keys %{ $facts->{ReportingColumnSync} } :
	map { ref $_ ? $_->{name} : $_ } @{ $facts->{ReportingColumnSync} });
my %levels = (
	ad_account_analytics => ['AD_ACCOUNT_ID'],
	campaigns_analytics => [qw(AD_ACCOUNT_ID CAMPAIGN_ID)],
	ad_groups_analytics => [qw(AD_ACCOUNT_ID AD_GROUP_ID)],
	ads_analytics => [qw(AD_ACCOUNT_ID AD_ID)],
);

# What a table has besides: when, and by which settings.
my @others = qw(DATE HOUR GRANULARITY CLICK_WINDOW_DAYS ENGAGEMENT_WINDOW_DAYS VIEW_WINDOW_DAYS CONVERSION_REPORT_TIME
  REPORTING_TIMEZONE);

is(scalar @metrics, 185, 'there are 185 metrics');
for my $stream (sort keys %levels)
{
	my %own = map { $_ => 1 } @{ $levels{$stream} };
	my $others = join ',', grep { !$own{$_} } @metrics;
	my $columns = truth_table($node, $stream, start => utc_today(-29), end => utc_today(), columns => $others);
	my %columns = map { $_ => 1 } split /,/, $columns;
	my @missing = grep { !$columns{ lc $_ } } @metrics;

	# One scan of all columns; then each is compared on its own, so that a
	# failure names its metric.
	my @requests = requests_during($node, "CREATE TABLE got_$stream AS SELECT * FROM pinterest.$stream");
	my ($requested) = sent('columns', grep { $_->{path} =~ /analytics$/ } @requests);

	is_deeply(\@missing, [], "$stream: truth has all metrics");
	is(join(',', sort(map { uc } rows($node, <<SQL))), join(',', sort @metrics, @others), "$stream: so has the table");
SELECT attname FROM pg_attribute WHERE attrelid = 'pinterest.$stream'::regclass AND attnum > 0
SQL
	is($requested->[0], $others, "$stream: all but the row's own ids are asked for");
	same_rows_ok($node, "SELECT $columns FROM got_$stream", "SELECT $columns FROM truth.$stream", "$stream: all rows of all columns");

	my %type = map { split /\|/ } rows($node, <<SQL);
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'pinterest.$stream'::regclass AND attnum > 0
SQL
	my $sums = join ' UNION ALL ', map {
		my $column = lc $_;
		my $sum = $type{$column} eq 'bigint' ? "sum($column)" :
		  $type{$column} eq 'double precision' ? "sum($column\::numeric)" :
		  $type{$column} eq 'boolean' ? "count(*) FILTER (WHERE $column)::numeric" : "sum(hashtext($column))::numeric";
		"SELECT '$column' AS name, $sum AS total, count($column) AS filled FROM SCHEMA"
	} @metrics;
	my %got = map { /^(\w+)\|(.*)/ } rows($node, $sums =~ s/SCHEMA/got_$stream/gr);
	my %truth = map { /^(\w+)\|(.*)/ } rows($node, $sums =~ s/SCHEMA/truth.$stream/gr);
	is(scalar keys %truth, 185, "$stream: 185 sums");
	is($got{$_}, $truth{$_}, "$stream: sum of $_") for map { lc } @metrics;
}

# That the sums compare something: most metrics have values.
my ($with_values) = rows($node, <<'SQL');
SELECT count(*) FROM (SELECT key FROM got_ads_analytics AS t, jsonb_each(to_jsonb(t)) WHERE value <> 'null' GROUP BY key) AS x
SQL
cmp_ok($with_values, '>', 150, 'most metrics have values');
cmp_ok((rows($node, 'SELECT max(spend_in_micro_dollar) FROM got_ad_account_analytics'))[0], '>', 2**32, 'amounts beyond 32 bits');

# Restated days are read anew.
truth_table($node, 'campaigns_analytics', name => 'before', start => utc_today(-29), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR');
sim_config(restate => { days => 3, factor => 1.5 });
truth_table($node, 'campaigns_analytics', name => 'after', start => utc_today(-29), end => utc_today(), columns => 'SPEND_IN_MICRO_DOLLAR');
same_rows_ok($node, 'SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics',
	'SELECT campaign_id, date, spend_in_micro_dollar FROM truth.after', 'restated metrics');
isnt($node->safe_psql('postgres', 'SELECT sum(spend_in_micro_dollar) FROM truth.before'),
	$node->safe_psql('postgres', 'SELECT sum(spend_in_micro_dollar) FROM truth.after'), 'which differ from those before');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
