# Copyright (c) 2026, pinterest_fdw contributors

# Results that must not depend on the plan, and queries that must not depend
# on luck.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 2, '--ads', 6, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster();
my @window = (start => utc_today(-914), end => utc_today(), columns => 'SPEND_IN_DOLLAR');
truth_table($node, $_) for qw(campaigns ads);
truth_table($node, $_, @window) for qw(campaigns_analytics ad_account_analytics);
truth_table($node, 'user_account_analytics', start => utc_today(-90), end => utc_today());
sim_config(report_polls => 0);

# Dates that only a join names: all plans read the same days, also those that
# come in reports.
my %joins = (
	'dates of a join' => <<'SQL',
SELECT a.campaign_id, a.date FROM SCHEMA.campaigns_analytics AS a
	JOIN SCHEMA.ad_account_analytics AS b ON a.ad_account_id = b.ad_account_id AND a.date = b.date
WHERE b.date BETWEEN current_date - 92 AND current_date - 88
SQL
	'dates of a join with organic days' => <<'SQL',
SELECT a.date, a.impression, b.ad_account_id FROM SCHEMA.user_account_analytics AS a
	JOIN SCHEMA.ad_account_analytics AS b ON a.date = b.date
WHERE b.date >= current_date - 60
SQL
);
my @plans = (
	[ 'hash join', 'nestloop', 'mergejoin' ],
	[ 'merge join', 'nestloop', 'hashjoin' ],
	[ 'nested loop', 'hashjoin', 'mergejoin', 'material' ]);
for my $plan (@plans)
{
	my ($name, @off) = @$plan;

	same_rows_ok($node, $joins{$_} =~ s/SCHEMA/pinterest/gr, $joins{$_} =~ s/SCHEMA/truth/gr, "$_: $name",
		map { "SET enable_$_ = off;" } @off)
	  for sort keys %joins;
}

# Two queries have the same rows in the same order, and no error.
sub found_ok
{
	my ($left, $right, $name, @before) = @_;
	my (undef, $found, $errors) = $node->psql('postgres', "@before $left", on_error_stop => 1);
	my $expected = $node->safe_psql('postgres', $right);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(join("\n", $found, $errors =~ /^.*ERROR:.*$/mg), $expected, $name);
}

# A first day of minus infinity is a first day, and an element of it none.
sub warnings_of
{
	my ($sql) = @_;

	return scalar(() = error_of($node, $sql) =~ /WARNING/g);
}
my $count = 'SELECT count(*) FROM SCHEMA.campaigns_analytics WHERE';
for my $case (
	[ "date >= '-infinity'", 'true', 1 ],
	[ "date = ANY (ARRAY['-infinity', current_date - 60, current_date - 1]::date[])",
		'date IN (current_date - 60, current_date - 1)', 0 ],
	[ "date <= '2020-01-01'", 'false', 1 ],
	[ "date < 'infinity' AND date >= current_date - 40", 'date >= current_date - 40', 0 ])
{
	my ($condition, $same, $warnings) = @$case;
	my $sql = ($count =~ s/SCHEMA/pinterest/r) . " $condition";

	is_deeply([ rows($node, $sql) ], [ rows($node, ($count =~ s/SCHEMA/truth/r) . " $same") ], "$condition: rows");
	is(warnings_of($sql), $warnings, "$condition: warnings");
}

# Days and settings that only a join names.  A row of granularity TOTAL has no
# day to be joined by.
my ($account) = rows($node, 'SELECT min(ad_account_id) FROM truth.campaigns');
$node->safe_psql('postgres', <<SQL);
CREATE TABLE stored AS SELECT ad_account_id, date, 'DAY'::text AS granularity FROM truth.ad_account_analytics
	WHERE date IN (current_date - 95, current_date - 2);
SQL
for my $plan (@plans)
{
	my ($name, @off) = @$plan;

	found_ok(<<SQL, <<SQL, "days and settings of a join: $name", map { "SET enable_$_ = off;" } @off);
SELECT s.date, s.granularity, a.spend_in_dollar FROM stored AS s JOIN pinterest.ad_account_analytics AS a
	ON a.date = s.date AND a.granularity = s.granularity AND a.ad_account_id = s.ad_account_id
WHERE a.ad_account_id = '$account' ORDER BY 1
SQL
SELECT date, 'DAY', spend_in_dollar FROM truth.ad_account_analytics
WHERE date IN (current_date - 95, current_date - 2) AND ad_account_id = '$account' ORDER BY 1
SQL
}

# A Pin that is none has no rows, whatever was asked for before.
my ($pin) = rows($node, 'SELECT id FROM pinterest.pins');
my $of_pins = 'SELECT x, (SELECT count(*) > 0 FROM pinterest.pins_analytics WHERE pin_id = x) FROM unnest';
for my $open (JSON::PP::false, JSON::PP::true)
{
	sim_config(multi_pin => $open);
	found_ok("$of_pins('{$_}'::text[]) AS x", 'VALUES ' . join(', ', map { "('$_', " . ($_ eq $pin ? 'true' : 'false') . ')' } split /,/),
		"Pins in this order, of which one is none: $_")
	  for "1,$pin", "$pin,1";
	found_ok("$of_pins('{$pin,$pin}'::text[]) AS x", "VALUES ('$pin', true), ('$pin', true)", 'Pins that are there');
}

# A condition that stays here does not make a LIMIT fetch row by row.
my $all = scalar requests_during($node, "SELECT id FROM pinterest.ads WHERE status = 'active'");
is(scalar(requests_during($node, "SELECT id FROM pinterest.ads WHERE status = 'active' LIMIT 1")), $all,
	'LIMIT with a word that the API does not know: no more requests than without');
is(scalar(requests_during($node, 'SELECT id FROM pinterest.ads LIMIT 1')), 2, 'LIMIT alone: accounts and a page');

# An account and an id that do not belong together, in tables of the user's own.
my ($first, $second) = rows($node, 'SELECT DISTINCT ad_account_id FROM truth.campaigns ORDER BY 1');
$node->safe_psql('postgres', <<SQL);
CREATE TABLE m AS SELECT '$first'::text AS acc;
CREATE TABLE o AS SELECT id, '$first'::text AS acc FROM truth.campaigns
	UNION ALL VALUES ('1', '$first'), ('x', '$second'), (NULL, '$first');
SQL
my $nested = <<'SQL';
SELECT o.id, (SELECT string_agg((SELECT count(*)::text FROM SCHEMA.campaigns_analytics AS x
	WHERE x.ad_account_id = m.acc AND x.campaign_id = o.id AND x.date >= current_date - 9), ',') FROM m) FROM o
SQL
my $paired = <<'SQL';
SELECT o.id, a.date FROM o JOIN SCHEMA.campaigns_analytics AS a ON a.ad_account_id = o.acc AND a.campaign_id = o.id
WHERE a.date >= current_date - 9
SQL
for my $plan (@plans)
{
	my ($name, @off) = @$plan;
	my @set = map { "SET enable_$_ = off;" } @off;

	same_rows_ok($node, $nested =~ s/SCHEMA/pinterest/gr, $nested =~ s/SCHEMA/truth/gr, "values of two outer queries: $name", @set);
	same_rows_ok($node, $paired =~ s/SCHEMA/pinterest/gr, $paired =~ s/SCHEMA/truth/gr, "pairs that are none: $name", @set);
}

# A table that has, or had, children.
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE campaigns_child () INHERITS (pinterest.campaigns)
	SERVER pinterest OPTIONS (stream 'campaigns', ad_account_id '$second')
SQL
my $inherited = <<"SQL";
SELECT count(*) FROM pinterest.campaigns AS c JOIN pinterest.campaigns_analytics AS a ON a.campaign_id = c.id
WHERE a.ad_account_id = '$first' AND c.ad_account_id = '$first' AND a.date >= current_date - 9
SQL
my ($expected) = rows($node,
	"SELECT count(*) FROM truth.campaigns_analytics WHERE ad_account_id = '$first' AND date >= current_date - 9");
is_deeply([ rows($node, $inherited) ], [$expected], 'a join with a table that has a child');
$node->safe_psql('postgres', 'DROP FOREIGN TABLE campaigns_child');
is_deeply([ rows($node, $inherited) ], [$expected], 'a join with a table that had a child');

# A row without a date survives the recheck after a concurrent update.
$node->safe_psql('postgres', <<SQL);
CREATE FOREIGN TABLE total (ad_account_id text, campaign_id text, date date, spend_in_dollar float8)
	SERVER pinterest OPTIONS (stream 'campaigns_analytics', granularity 'TOTAL');
CREATE TABLE locked (acc text, n int);
INSERT INTO locked VALUES ('$first', 0);
SQL
my $select = 'SELECT t.campaign_id FROM locked AS l JOIN total AS t ON t.ad_account_id = l.acc '
  . 'WHERE t.date >= current_date - 30 FOR UPDATE OF l';
my @before = sort(rows($node, $select));
my $other = $node->background_psql('postgres');
$other->query_safe('BEGIN; UPDATE locked SET n = n + 1');
my $waiting = $node->background_psql('postgres');
$waiting->query_until(qr/begun/, "\\echo begun\n$select;\n");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
  or die 'the lock was not waited for';
$other->query_safe('COMMIT');
my @after = sort split /\n/, $waiting->query_safe('');
ok(@before > 0, 'TOTAL: rows before');
is_deeply([ grep { /^\d+$/ } @after ], \@before, 'TOTAL: the same rows after a concurrent update');
$_->quit for $other, $waiting;

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
