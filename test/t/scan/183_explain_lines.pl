# Copyright (c) 2026, pinterest_fdw contributors

# Lines that EXPLAIN writes as text fit a terminal, for every stream, and lose
# nothing: the formats for programs have the same in one piece.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../../lib";
use JSON::PP;
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
streams_session($node);
my @lists = ('Listed First', 'Request', 'Report', 'Days by Request', 'Days by Report');

# The foreign scans of a plan that FORMAT JSON shows.
sub scans
{
	my ($plan) = @_;

	return ($plan->{'Node Type'} eq 'Foreign Scan' ? $plan : (), map { scans($_) } @{ $plan->{Plans} // [] });
}

# The values of a property that lines of text show, each in one piece.
sub shown
{
	my ($text, $label) = @_;

	return [ unwrapped($text) =~ /^ *\Q$label\E: (.*)$/mg ];
}

sub fits_ok
{
	my ($name, $sql) = @_;
	my $text = ask("EXPLAIN (COSTS OFF) $sql");
	my ($scan) = scans(decode_json(ask("EXPLAIN (FORMAT JSON) $sql"))->[0]{Plan});
	my @long = grep { length > 99 && !/^ *(?:Filter|Output): / } split /\n/, $text;

	local $Test::Builder::Level = $Test::Builder::Level + 1;

	# a value that has no place to break is as long as it is
	is_deeply([ grep { /^ *(?:[A-Z][\w ]*: )?[^ ]*[?&, ](?=.)/ && !/ ANY \(/ } @long ], [], "$name: no line beyond 100 columns");
	is_deeply(shown($text, $_), $scan->{$_} // [], "$name: $_") for @lists;
	is_deeply(shown($text, 'Pushed'), $scan->{Pushed} ? [ join ', ', @{ $scan->{Pushed} } ] : [], "$name: Pushed");
	return $text;
}

for my $stream (streams())
{
	fits_ok($stream, "SELECT * FROM pinterest.$stream WHERE " . conditions($stream));
}
my $old = utc_today(-200);
my $text = fits_ok('a report', "SELECT * FROM pinterest.campaigns_analytics WHERE date >= '$old' AND ad_account_id = '1' AND campaign_id IN ('1', '2')");
cmp_ok(scalar(my @lines = $text =~ /^ {11}\S/mg), '>', 5, 'a report: many lines below its first') or diag($text);
$text = fits_ok('lists', 'SELECT name FROM pinterest.ads');
like($text, qr/^  Request: GET \/ad_accounts\/\{ad_account_id\}\/ads\?entity_statuses=ACTIVE&entity_statuses=PAUSED\n {11}&entity_statuses=ARCHIVED/m, 'lists: broken before a parameter');
$text = fits_ok('many conditions', "SELECT name FROM pinterest.ads WHERE ad_account_id IN ('549755885175', '549755885176') AND campaign_id = '626747963026' AND status = 'ACTIVE' AND id > '0'");
like($text, qr/^  Pushed: .*,\n {10}\S/m, 'many conditions: broken between two');

# However deep the scan stands in the plan.
$text = ask("EXPLAIN (COSTS OFF) SELECT * FROM (SELECT max(n) FROM (SELECT count(*) AS n FROM (SELECT DISTINCT name FROM pinterest.ads ORDER BY 1 LIMIT 5) AS a) AS b) AS c");
like($text, qr/^( {10,})Request: GET .*\n\1 {9}\?entity_statuses=ACTIVE/m, 'deep in a plan: below the value') or diag($text);

# Sums.
$text = fits_ok('sums', q{SELECT campaign_id, sum(total_impression), sum(total_clickthrough), sum(spend_in_micro_dollar), sum(total_engagement),
	sum(impression_1), sum(clickthrough_1) FROM pinterest.campaigns_analytics WHERE date >= current_date - 9 AND ad_account_id = '1' GROUP BY 1});
like(unwrapped($text), qr/^ *Aggregate: sum\(\w+\), .* over days, read with granularity TOTAL$/m, 'sums: in one piece again') or diag($text);

$node->stop;
done_testing();
