# Copyright (c) 2026, pinterest_fdw contributors

# EXPLAIN shows what a pushed condition takes from elsewhere in the query as the
# plan's own lines do, wherever in a plan the foreign scan stands.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 2, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2);
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE ids (id text, day date);
INSERT INTO ids SELECT i, current_date - i FROM generate_series(1, 3) i;
ANALYZE ids;
SQL

# The foreign scans of a plan.
sub foreign_scans
{
	my ($plan) = @_;

	return (($plan->{'Node Type'} eq 'Foreign Scan' ? $plan : ()), map { foreign_scans($_) } @{ $plan->{Plans} // [] });
}

# What the last of the foreign scans pushes.
sub pushed
{
	my ($sql, @settings) = @_;
	my $json = $node->safe_psql('postgres', join ';', @settings, "EXPLAIN (FORMAT JSON) $sql");
	my @scans = foreign_scans(decode_json($json)->[0]{Plan});

	return $scans[-1]{Pushed};
}

my $groups = "FROM pinterest.ad_groups g WHERE g.ad_account_id = '$account' AND g.campaign_id";
my $own = "ad_account_id = '$account'::text";
for my $case (
	[ "SELECT * FROM ids AS t, LATERAL (SELECT count(*) $groups = t.id) c", 't.id', 'below a nested loop' ],
	[ "SELECT * FROM (VALUES ('1'), ('2')) t(id), LATERAL (SELECT count(*) $groups = t.id) c", '"*VALUES*".column1', 'beside values' ],
	[ "SELECT (SELECT count(*) $groups = t.id) FROM ids AS t", 't.id', 'in a select list' ],
	[ "SELECT FROM ids AS t WHERE (SELECT count(*) $groups = t.id) > 0", 't.id', 'in a condition' ],
	[ "SELECT (SELECT sum((SELECT count(*) $groups = t.id || v::text)) FROM generate_series(1, 2) v) FROM ids AS t",
		'(t.id || (v.v)::text)', 'in a subquery of a subquery' ],
	[ "SELECT FROM ids AS t ORDER BY (SELECT count(*) $groups = t.id)", 't.id', 'in an order' ],
	[ "SELECT (SELECT count(*) FROM (SELECT id $groups = t.id UNION ALL SELECT id $groups = t.id || '1') u) FROM ids AS t",
		"(t.id || '1'::text)", 'in a union' ],
	[ "SELECT FROM ids AS t, LATERAL (SELECT id $groups = t.id OFFSET 0) u", 't.id', 'in a subquery with OFFSET' ],
	[ "SELECT (WITH w AS MATERIALIZED (SELECT id $groups = t.id) SELECT count(*) FROM w) FROM ids AS t", 't.id', 'in a CTE' ],
	[ "SELECT FROM ids AS t JOIN ids AS u ON t.id = u.id AND (SELECT count(*) $groups = t.id || u.id) > t.id::int", '(t.id || u.id)', 'in a join condition' ],
	[ "SELECT * FROM (VALUES ((SELECT count(*) $groups = (SELECT max(id) FROM ids) || '1'))) v", qr/^\(.*InitPlan.*\)$|^\(\$0 \|\| '1'::text\)$/, 'in values' ],
	[ "UPDATE ids AS t SET id = (SELECT max(id) $groups = t.id)", 't.id', 'in an UPDATE' ])
{
	my ($sql, $value, $name) = @$case;
	my ($first, $second) = sort @{ pushed($sql) };
	my $shown = $second =~ s/^campaign_id = //r;

	is($first, $own, "$name: what is constant");
	ref $value ? like($shown, $value, "$name: a value from outside") : is($shown, $value, "$name: a value from outside");
}

# A parameter of a client keeps its number, in a generic plan.
is_deeply([ sort @{ pushed("EXECUTE p ('1')", "PREPARE p AS SELECT count(*) $groups = \$1", 'SET plan_cache_mode = force_generic_plan') } ],
	[ $own, 'campaign_id = $1' ], 'a parameter of a client');

# The rows are what they are where parameters have names.
is($node->safe_psql('postgres', "SELECT count(*) FROM pinterest.campaigns c, LATERAL (SELECT id $groups = c.id) g"),
	$node->safe_psql('postgres', "SELECT count(*) FROM pinterest.ad_groups WHERE ad_account_id = '$account'"), 'rows of a lateral join');

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
