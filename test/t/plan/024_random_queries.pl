# Copyright (c) 2026, pinterest_fdw contributors

# Random queries over 914 days, with dates in every form, settings, joins, partitions,
# and another server in front, have the rows that local copies have, or say why not.
#
#   RANDOM_SEED=7 RANDOM_COUNT=5000 script/check 024_random_queries
#
# RANDOM_SEED chooses the queries (default 1), RANDOM_COUNT how many (default 150),
# RANDOM_ONLY one of them, by its number.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Utils;
use RandomQueries;
use Test::More;

my $seed = $ENV{RANDOM_SEED} // 1;
my $count = $ENV{RANDOM_COUNT} // 150;
my $days = 914;
my @windows = (0, 1, 7, 14, 30, 60);		# all that the API has; 30 is usual
my $metrics = 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION,TOTAL_CONVERSIONS';
my $columns = 'ad_account_id, campaign_id, date, click_window_days, spend_in_micro_dollar, total_impression, total_conversions';

simulator('--accounts', 4, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--steady');
my $node = pinterest_cluster(import => 'OPTIONS (ADD metrics \'all\')' x 0, conf => <<'CONF');
log_min_messages = notice
log_line_prefix = '%m [%p] %a '
max_connections = 40
CONF
sim_config(report_polls => 0);

# ---- the copies ----

truth_table($node, 'campaigns');
truth_table($node, 'ad_account_analytics', name => 'levels', start => utc_today(-$days), end => utc_today(), columns => $metrics);
for my $window (@windows)
{
	truth_table($node, 'campaigns_analytics', name => "window_$window", start => utc_today(-$days), end => utc_today(),
		columns => $metrics, click_window_days => $window);
}
my $all = join ' UNION ALL ', map { "SELECT *, $_ AS click_window_days FROM truth.window_$_" } @windows;
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA copy;
CREATE TABLE copy.campaigns AS TABLE truth.campaigns;
CREATE TABLE copy.ad_account_analytics AS TABLE truth.levels;
CREATE TABLE copy.campaigns_analytics AS SELECT $columns FROM ($all) AS w;
CREATE VIEW copy.barrier AS SELECT * FROM copy.campaigns_analytics WHERE click_window_days = 30;
CREATE TABLE copy.by_day AS
	SELECT $columns FROM copy.campaigns_analytics WHERE date >= current_date - 20 OR click_window_days = 30;
CREATE VIEW copy.by_account AS TABLE copy.campaigns_analytics;

CREATE SCHEMA local;
CREATE TABLE local.days AS SELECT d::date AS day FROM generate_series(current_date - 60, current_date, '1 day') AS d;
CREATE TABLE local.accounts AS SELECT min(ad_account_id) AS id FROM copy.campaigns UNION SELECT max(ad_account_id) FROM copy.campaigns;
CREATE TABLE local.plan AS SELECT c.id AS campaign_id, d.day, (extract(day FROM d.day) * 3)::int AS budget
	FROM copy.campaigns AS c, local.days AS d WHERE c.id LIKE '%1' OR c.id LIKE '%6' OR c.id LIKE '%3';
ANALYZE;
SQL
my @accounts = rows($node, 'SELECT DISTINCT ad_account_id FROM copy.campaigns ORDER BY 1');
my @campaigns = rows($node, 'SELECT id FROM copy.campaigns ORDER BY 1');

# ---- the foreign tables: direct, and of another server that has them from here ----

my $first = utc_today(-20);
my $definition = join ', ', 'ad_account_id text', 'campaign_id text', 'date date', 'click_window_days integer',
  'spend_in_micro_dollar bigint', 'total_impression bigint', 'total_conversions bigint';
my ($host, $port) = ($node->host, $node->port);
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA direct;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns, ad_account_analytics) FROM SERVER pinterest INTO direct;
CREATE FOREIGN TABLE direct.campaigns_analytics ($definition) SERVER pinterest OPTIONS (stream 'campaigns_analytics');
CREATE VIEW direct.barrier WITH (security_barrier) AS TABLE direct.campaigns_analytics;
CREATE TABLE direct.by_day ($definition) PARTITION BY RANGE (date);
CREATE TABLE direct.by_day_old PARTITION OF direct.by_day FOR VALUES FROM (MINVALUE) TO ('$first');
CREATE FOREIGN TABLE direct.by_day_new PARTITION OF direct.by_day FOR VALUES FROM ('$first') TO (MAXVALUE)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
INSERT INTO direct.by_day_old SELECT $columns FROM copy.by_day WHERE date < '$first' AND click_window_days = 30;
CREATE TABLE direct.by_account ($definition) PARTITION BY LIST (ad_account_id);
CREATE FOREIGN TABLE direct.by_account_1 PARTITION OF direct.by_account FOR VALUES IN ('$accounts[0]')
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');
CREATE FOREIGN TABLE direct.by_account_2 PARTITION OF direct.by_account DEFAULT
	SERVER pinterest OPTIONS (stream 'campaigns_analytics');

CREATE EXTENSION postgres_fdw;
CREATE SERVER gateway FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER gateway OPTIONS (user 'postgres');
CREATE SCHEMA gateway;
CREATE SCHEMA strict;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (campaigns, ad_account_analytics) FROM SERVER pinterest INTO strict;
ALTER FOREIGN TABLE strict.ad_account_analytics OPTIONS (ADD without_dates 'error');
CREATE FOREIGN TABLE strict.campaigns_analytics ($definition) SERVER pinterest OPTIONS (stream 'campaigns_analytics', without_dates 'error');
CREATE VIEW strict.barrier AS TABLE strict.campaigns_analytics;
CREATE VIEW strict.by_account AS TABLE strict.campaigns_analytics;
CREATE VIEW strict.by_day AS SELECT * FROM strict.campaigns_analytics WHERE date >= '$first'
	UNION ALL TABLE direct.by_day_old;
IMPORT FOREIGN SCHEMA strict FROM SERVER gateway INTO gateway;
SQL

# ---- the queries ----

same_choices($seed);
my @queries = map { random_query(accounts => \@accounts, campaigns => \@campaigns) } 1 .. $count;

# Runs all queries over a schema; returns the sorted rows of each.
sub answers
{
	my ($text) = @_;
	my $script = '';

	for my $n (0 .. $#queries)
	{
		next if defined $ENV{RANDOM_ONLY} && $n != $ENV{RANDOM_ONLY};
		my $query = $queries[$n];

		$script .= "\\echo ## $n\nRESET ALL;\nSET application_name = 'query $n';\n"
		  . join('', map { "SET $_;\n" } @{ $query->{settings} }) . $text->($query) . ";\n";
	}
	my (undef, $out) = $node->psql('postgres', $script, on_error_stop => 0, extra_params => ['-At'], timeout => $patience * 10);
	my @answers;
	while ($out =~ /^## (\d+)\n((?:(?!## ).*\n?)*)/mg)
	{
		my ($n, $rows) = ($1, $2);
		$answers[$n] = join "\n", sort split /\n/, $rows;
	}
	return @answers;
}

my $log_from = -s $node->logfile;
my @found = answers(sub { $_[0]{foreign} =~ s/SCHEMA/$_[0]{schema}/gr });
my $log = slurp_file($node->logfile, $log_from);
my @expected = answers(sub { $_[0]{copy} =~ s/SCHEMA/copy/gr });

# What was said of each query: errors, and that rows are left out or are of several
# settings.  That some come late, in reports, is not of interest here.  The other server's
# notices reach nobody, so its tables refuse what would need one.
my $refused = qr/no condition names the first day|a condition on the date cannot be/;
my (@errors, @words);
while ($log =~ /^\S+ \S+ \S+ \[\d+\] query (\d+) (ERROR|WARNING|NOTICE):  (.*)/mg)
{
	my ($n, $level, $message) = ($1, $2, $3);

	if ($level eq 'ERROR' && $message =~ $refused)
	{
		push @{ $words[$n] }, "$level: $message";
		next;
	}
	push @{ $errors[$n] }, $message if $level eq 'ERROR';
	push @{ $words[$n] }, "$level: $message" if $level ne 'ERROR' && $message !~ / come in reports/;
}

# ---- what came of them ----

my %sums = map { $_ => 0 } qw(equal said silent failed rows);
my %said;
for my $n (0 .. $#queries)
{
	next if defined $ENV{RANDOM_ONLY} && $n != $ENV{RANDOM_ONLY};
	my $query = $queries[$n];
	my $form = $query->{shape} . ($query->{form} ? " ($query->{form})" : '');
	my $outcome =
	    $errors[$n] ? 'failed'
	  : $found[$n] eq $expected[$n] ? 'equal'
	  : $words[$n] ? 'said'
	  : 'silent';

	$sums{$outcome}++;
	$sums{rows}++ if $expected[$n] ne '';
	$said{$form}++ if $outcome eq 'said';
	next if $outcome eq 'equal' || ($outcome eq 'said' && !defined $ENV{RANDOM_ONLY});
	diag(join "\n", "query $n, $form: $outcome", @{ $query->{settings} }, $query->{foreign}, 'the copy: ' . $query->{copy},
		@{ $errors[$n] // [] }, @{ $words[$n] // [] }, 'found: ' . substr($found[$n], 0, 300), 'expected: ' . substr($expected[$n], 0, 300));
}
(defined $ENV{RANDOM_SEED} ? \&diag : \&note)->("answers with a word: $said{$_} x $_") for sort keys %said;
(defined $ENV{RANDOM_SEED} ? \&diag : \&note)->("$count queries of seed $seed: $sums{equal} equal, $sums{said} with a word that rows are left out");
is($sums{silent}, 0, 'no answer lacks rows, or has others, without a word');
is($sums{failed}, 0, 'no query fails');
cmp_ok($sums{rows}, '>', $count / 2, 'most have rows') unless defined $ENV{RANDOM_ONLY};
is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
