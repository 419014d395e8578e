# Copyright (c) 2026, pinterest_fdw contributors

# Results that must not depend on the plan, and queries that must not depend
# on luck.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 6, '--ad-groups', 2, '--ads', 6, '--boards', 0, '--pins', 0);
my $node = pinterest_cluster();
my @window = (start => utc_today(-90), end => utc_today(), columns => 'SPEND_IN_DOLLAR');
truth_table($node, $_) for qw(campaigns ads);
truth_table($node, $_, @window) for qw(campaigns_analytics ad_account_analytics);

# Dates that only a join names: all plans read the same days.
my $join = <<'SQL';
SELECT a.campaign_id, a.date FROM SCHEMA.campaigns_analytics AS a
	JOIN SCHEMA.ad_account_analytics AS b ON a.ad_account_id = b.ad_account_id AND a.date = b.date
WHERE b.date >= current_date - 60
SQL
my $truth = $join =~ s/SCHEMA/truth/gr;
my @plans = (
	[ 'hash join', 'nestloop', 'mergejoin' ],
	[ 'merge join', 'nestloop', 'hashjoin' ],
	[ 'nested loop', 'hashjoin', 'mergejoin', 'material' ]);
for my $plan (@plans)
{
	my ($name, @off) = @$plan;

	same_rows_ok($node, $join =~ s/SCHEMA/pinterest/gr, $truth, "dates of a join: $name",
		map { "SET enable_$_ = off;" } @off);
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
