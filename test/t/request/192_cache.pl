# Copyright (c) 2026, pinterest_fdw contributors

# Server option cache_ttl: what a session keeps of responses, for whom and how long.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 3, '--campaigns', 20, '--ad-groups', 1, '--ads', 2, '--boards', 0, '--pins', 0);
my $node = pinterest_cluster();
my ($first) = @{ decode_json(sim_get('state'))->{ad_account_ids} };

truth_table($node, $_) for qw(ad_accounts campaigns ad_groups);
truth_table($node, 'campaigns_analytics', start => utc_today(-9), end => utc_today(), columns => 'SPEND_IN_DOLLAR');
my $session = sql_session($node);
$session->query('SET client_min_messages = error');

# How many requests a query takes in the session, whose rows have to be those of truth.
sub requests_of
{
	my ($name, $sql, $of) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my $got = outcome($of // $session, $sql);
	my @requests = @{ decode_json(sim_get("requests?since=$since"))->{requests} };

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply($got, outcome($of // $session, $sql =~ s/\bpinterest\./truth./gr), "$name: rows");
	return scalar @requests;
}

sub option { return $node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS ($_[0])"); }

my $spend = "SELECT campaign_id, date, spend_in_dollar FROM pinterest.campaigns_analytics WHERE date >= date '@{[ utc_today(-9) ]}'";
my $lists = 4;		# the accounts, and campaigns of each
my $all = $lists + 2;	# and metrics of those with campaigns

# Off by default.
is(requests_of('by default', $spend), $all, 'by default, each query asks') for 1, 2;

# All.
option("ADD cache_ttl '1h'");
is(requests_of('the first', $spend), $all, 'with cache_ttl, the first query asks');
is(requests_of('the second', $spend), 0, 'the second does not');
is(requests_of('other days', $spend =~ s/@{[ utc_today(-9) ]}/@{[ utc_today(-8) ]}/r), 2, 'other days take metrics alone');
is(requests_of('the list itself', 'SELECT id, name FROM pinterest.campaigns'), 0, 'nor does the list itself');
is(requests_of('another list', 'SELECT id FROM pinterest.ad_groups'), 3, 'of another list the accounts are known');
my $plan = unwrapped($session->query("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $spend"));
like($plan, qr/^ *Requests: 0$/m, 'EXPLAIN ANALYZE: no requests');
like($plan, qr/^ *Cached Pages: $all$/m, 'EXPLAIN ANALYZE: hits');
like($plan, qr/^ *Bytes Received: 0$/m, 'EXPLAIN ANALYZE: no bytes');

# A report that was ordered.
truth_table($node, 'campaigns_analytics', name => 'early', start => utc_today(-200), end => utc_today(-199), columns => 'SPEND_IN_DOLLAR');
my $early = "SELECT campaign_id, date, spend_in_dollar FROM pinterest.early WHERE date <= date '@{[ utc_today(-199) ]}'
	AND date >= date '@{[ utc_today(-200) ]}' AND ad_account_id = '$first'";
$node->safe_psql('postgres', 'CREATE VIEW pinterest.early AS SELECT * FROM pinterest.campaigns_analytics');
cmp_ok(requests_of('a report', $early), '>=', 3, 'a report is ordered');
is(requests_of('a report', $early), 0, 'and none the second time');

# Hits are no requests for statistics and quotas.
sub counted { return $session->query(q{SELECT sum(requests) FROM pinterest_fdw.stat}); }
my $counted = counted();
requests_of('counted', $spend);
is(counted(), $counted, 'stat counts no hits');
my $rows = $session->query(q{SELECT sum(rows) FROM pinterest_fdw.stat});
requests_of('counted', $spend);
is($session->query(q{SELECT sum(rows) FROM pinterest_fdw.stat}), $rows, 'and no rows of these');
is($session->query("SET pinterest_fdw.max_requests = $all; SELECT count(*) >= 0 FROM ($spend) AS x; RESET pinterest_fdw.max_requests"), 't',
	'nor does max_requests');

# A session of its own, a role of its own.
my $other_session = sql_session($node);
is(requests_of('another session', $spend, $other_session), $all, 'another session asks');
$other_session->quit;
sim_config(tokens => { pina_other => { accounts => [$first] } });
$node->safe_psql('postgres', <<SQL);
CREATE ROLE other;
GRANT USAGE ON SCHEMA pinterest TO other;
GRANT USAGE ON FOREIGN SERVER pinterest TO other;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO other;
CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_token 'pina_other');
SQL
is($session->query('SELECT count(*) FROM pinterest.ad_accounts'), 3, 'the session sees its accounts');
is($session->query('SET ROLE other; SELECT count(*) FROM pinterest.ad_accounts'), 1, 'another role of it its own');
is($session->query('SELECT count(*) FROM pinterest.ad_accounts'), 1, 'also from what is kept');
is($session->query('RESET ROLE; SELECT count(*) FROM pinterest.ad_accounts'), 3, 'and the first again');

# Another token of the same mapping, that only a file tells.
my $file = $node->basedir . '/token';
my $write = sub { open my $out, '>', $file or die $!; print $out $_[0]; close $out; };
$write->('pina_other');
$node->safe_psql('postgres', <<SQL);
ALTER USER MAPPING FOR other SERVER pinterest OPTIONS (DROP access_token, ADD access_token_file '$file');
SQL
is($session->query('SET ROLE other; SELECT count(*) FROM pinterest.ad_accounts'), 1, 'a token in a file');
$write->('pina_simulator');
is($session->query('SELECT count(*) FROM pinterest.ad_accounts'), 3, 'a new token there does not get what the old one got');
$write->('pina_gone');
like($session->query('SELECT pg_temp.outcome($$SELECT * FROM pinterest.ad_accounts$$); RESET ROLE'), qr/access token is invalid/,
	'and one that is none gets nothing');

# What drops it.
requests_of('before the reset', $spend);
$session->query('SELECT pinterest_fdw.cache_reset()');
is(requests_of('after the reset', $spend), $all, 'cache_reset()');
option("ADD retries '4'");
is(requests_of('an altered server', $spend), $all, 'ALTER SERVER');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR postgres SERVER pinterest OPTIONS (SET access_token 'pina_simulator')");
is(requests_of('an altered mapping', $spend), $all, 'ALTER USER MAPPING');
is(requests_of('an altered mapping', $spend), 0, 'and once more');

# Lists alone.
option("ADD cache 'lists'");
is(requests_of('lists', $spend), $all, 'lists: the first query asks');
is(requests_of('lists', $spend), $all - $lists, 'lists: the second asks for metrics');
is(requests_of('lists', 'SELECT id, name FROM pinterest.campaigns'), 3, 'lists: a table itself is read anew, but not what it hangs on');

# For how long: responses are over once cache_ttl has passed.
option("SET cache_ttl '1s', SET cache 'all'");
requests_of('one second', $spend);
ok(wait_for(sub { requests_of('until it is over', $spend) == $all }), 'what is over is asked for again');

# How much.
option("SET cache_ttl '1h', ADD cache_size '64kB'");
sim_config(page_cap => undef);
requests_of('room', $spend) for 1, 2;
my $memory = sub {
	my ($bytes) = $session->query(q{SELECT coalesce(sum(total_bytes), 0) FROM pg_backend_memory_contexts
		WHERE name = 'pinterest_fdw cached response'});
	return $bytes;
};
cmp_ok($memory->(), '<=', 64 * 1024, 'cache_size bounds what is kept');
option("SET cache_size '1GB'");
requests_of('more room', $spend);
is(requests_of('more room', $spend), 0, 'more room');

# What fails is not kept.
option("SET cache_size '2GB'");
sim_fault(action => 'replace', match => '/campaigns$', body => '{"items": [', times => 6, name => 'broken');
my $error = outcome($session, $spend);
ok($error->{sqlstate}, 'a broken response fails') or diag explain $error;
sim_post('reset', {});
requests_of('after a broken one', $spend);
sim_config(enforce_limits => JSON::PP::false);

# A refresh of a history is never fed from what is kept, nor does it keep anything.
$node->safe_psql('postgres', 'CREATE SCHEMA warehouse');
$session->query(q{SELECT pinterest_fdw.create_matview('warehouse.daily', 'pinterest.campaigns_analytics', lookback => 9)});
requests_of('before the refresh', $spend);
is(requests_of('before the refresh', $spend), 0, 'all is kept');
sim_config(restate => { days => 9, factor => 2 });
my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1];
$session->query('REFRESH MATERIALIZED VIEW warehouse.daily');
my @refresh = @{ decode_json(sim_get("requests?since=$since"))->{requests} };
is(scalar(grep { $_->{path} =~ m{/campaigns$|/ad_accounts$} } @refresh), $lists, 'a refresh asks for the lists');
is(scalar(grep { $_->{path} =~ m{/analytics$} } @refresh), $all - $lists, 'and for the metrics');
truth_table($node, 'campaigns_analytics', start => utc_today(-9), end => utc_today(), columns => 'SPEND_IN_DOLLAR');
same_rows_ok($node, "SELECT campaign_id, date, spend_in_dollar FROM warehouse.daily WHERE date >= date '@{[ utc_today(-9) ]}'
	AND spend_in_dollar IS NOT NULL",
	'SELECT campaign_id, date, spend_in_dollar FROM truth.campaigns_analytics WHERE spend_in_dollar IS NOT NULL',
	'a refresh has the restated days');

# Bad values.
for my $case ([ "ADD cache 'some'", qr/invalid value for option "cache"/ ],
	[ "SET cache_ttl 'soon'", qr/invalid value for option "cache_ttl".*between 0 s and 86400 s/s ],
	[ "SET cache_size '1kB'", qr/invalid value for option "cache_size"/ ])
{
	my ($code, $out, $stderr) = $node->psql('postgres', 'ALTER SERVER pinterest OPTIONS (' . $case->[0] =~ s/ADD cache '/SET cache '/r . ')');

	like($stderr, $case->[1], "$case->[0]: refused");
}

$session->quit;
is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
