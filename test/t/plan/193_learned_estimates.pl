# Copyright (c) 2026, pinterest_fdw contributors

# Estimates learn from the lists that were read: how many requests EXPLAIN expects
# is held against those that are then sent, for few and many ad accounts, short and
# long lists; who learns from whom, and what nobody may learn from.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 60, '--campaigns', 5, '--ad-groups', 2, '--ads', 2, '--boards', 0, '--pins', 0);
my @accounts = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $since = "date '@{[ utc_today(-6) ]}'";
my $node = pinterest_cluster(conf => "shared_preload_libraries = 'pinterest_fdw'");
my $last_seq = 0;
my %queries = (
	ad_accounts => 'SELECT * FROM pinterest.ad_accounts',
	campaigns => 'SELECT * FROM pinterest.campaigns',
	ads => 'SELECT * FROM pinterest.ads',
	campaigns_analytics => "SELECT date, campaign_id, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE date >= $since",
	ads_analytics => "SELECT date, ad_id, spend_in_micro_dollar FROM pinterest.ads_analytics WHERE date >= $since",
);

# Two tokens of the same world, of few and of many ad accounts.
sub few_and_many
{
	my ($few, $many) = @_;

	sim_config(tokens => {
			pina_few => { name => 'few', accounts => [ @accounts[ 0 .. $few - 1 ] ] },
			pina_many => { name => 'many', accounts => [ @accounts[ 0 .. $many - 1 ] ] } });
	return;
}
few_and_many(3, 60);

# The requests that EXPLAIN expects of the first foreign scan of the last of some
# statements, which are run in one session, as a role.
sub expected
{
	my ($sql, %args) = @_;
	my @before = @{ $args{before} // [] };
	my $role = $args{role} ? "SET ROLE $args{role};" : '';
	my $text = ($args{node} // $node)->safe_psql('postgres', join ";\n", $role, @before, "EXPLAIN $sql");

	return (unwrapped($text) =~ /Expected Requests: (\d+)/)[0];
}

# How many requests were sent since the last call.
sub count_new
{
	my @new = @{ decode_json(sim_get("requests?since=$last_seq"))->{requests} };

	$last_seq = $new[-1]{seq} if @new;
	return scalar @new;
}

# Those that are then sent.
sub sent_for
{
	my ($sql, %args) = @_;
	my $role = $args{role} ? "SET ROLE $args{role};" : '';

	count_new();
	($args{node} // $node)->safe_psql('postgres', "$role CREATE TEMP TABLE got AS $sql");
	return count_new();
}

sub within_two
{
	my ($expected, $sent) = @_;

	return $expected <= 2 * $sent && $sent <= 2 * $expected;
}

sub known_ok
{
	my ($sql, $name, %args) = @_;
	my $expected = expected($sql, %args);
	my $sent = sent_for($sql, %args);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(within_two($expected, $sent), "$name: $expected requests are expected, $sent are sent");
}

# A role for each token, and one more for the token of many.
sub create_roles
{
	my ($on) = @_;

	$on->safe_psql('postgres', <<SQL);
CREATE ROLE few LOGIN;
CREATE ROLE many LOGIN;
CREATE ROLE other LOGIN;
GRANT USAGE ON SCHEMA pinterest TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA pinterest TO PUBLIC;
CREATE USER MAPPING FOR few SERVER pinterest OPTIONS (access_token 'pina_few');
CREATE USER MAPPING FOR many SERVER pinterest OPTIONS (access_token 'pina_many');
CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_token 'pina_many');
SQL
	return;
}
create_roles($node);

# ---- few and many accounts, before and after their lists were read ----

my %cold = map { $_ => expected($queries{$_}, role => 'other') } sort keys %queries;
my $off = 0;

for my $role (qw(few many))
{
	for my $table (qw(ad_accounts campaigns ads))
	{
		$off += !within_two($cold{$table}, sent_for($queries{$table}, role => $role));
	}
	known_ok($queries{$_}, "$role, $_", role => $role) for sort keys %queries;
}
cmp_ok($off, '>=', 2, 'without lists that were read, guesses are far off');
is_deeply({ map { $_ => expected($queries{$_}, role => 'other') } keys %queries }, \%cold,
	'another mapping with the same token learns nothing');

# The rows that are expected follow, as do the accounts of a column.
my ($rows) = $node->safe_psql('postgres', "SET ROLE many; EXPLAIN $queries{ad_accounts}") =~ /rows=(\d+)/;
is($rows, 60, 'rows of a list that was read');
($rows) = $node->safe_psql('postgres', 'SET ROLE many; EXPLAIN SELECT DISTINCT ad_account_id FROM pinterest.campaigns') =~ /rows=(\d+)/;
is($rows, 60, 'ad accounts of campaigns');

# Pages of few rows: each list has many.
$node->safe_psql('postgres', q(ALTER SERVER pinterest OPTIONS (ADD page_size '2')));
known_ok($queries{$_}, "few, pages of two rows, by what is known of long ones, $_", role => 'few') for qw(ads campaigns ads_analytics);
known_ok($queries{$_}, "few, pages of two rows, $_", role => 'few') for qw(ads campaigns ads_analytics);
cmp_ok(expected($queries{ads}, role => 'few'), '>', 10, 'few, pages of two rows: they are many');
$node->safe_psql('postgres', q(ALTER SERVER pinterest OPTIONS (DROP page_size)));

# ---- what is no whole list teaches nothing ----

my %known = map { $_ => expected($queries{$_}, role => 'few') } keys %queries;
my ($campaign) = rows($node, "SET ROLE few; SELECT id FROM pinterest.campaigns WHERE ad_account_id = '$accounts[0]' LIMIT 1");
for my $narrow (
	q(SELECT * FROM pinterest.campaigns WHERE status = 'ARCHIVED'),
	q(SELECT * FROM pinterest.ads WHERE status = 'ARCHIVED'),
	"SELECT * FROM pinterest.ads WHERE campaign_id = '$campaign'",
	"SELECT * FROM pinterest.campaigns WHERE id = '$campaign'",
	'SELECT * FROM pinterest.ads LIMIT 1',
	"SELECT date, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE date >= $since AND campaign_id = '$campaign'")
{
	cmp_ok(sent_for($narrow, role => 'few'), '>', 0, "requests: $narrow");
	is_deeply({ map { $_ => expected($queries{$_}, role => 'few') } keys %queries }, \%known, "teaches nothing: $narrow");
}

# One list of many changes little; a world that has grown is known once it was read.
sent_for("SELECT * FROM pinterest.campaigns WHERE ad_account_id = '$accounts[0]'", role => 'many') for 1 .. 3;
known_ok($queries{campaigns_analytics}, 'many, after lists of one of them', role => 'many');
few_and_many(40, 60);
sent_for($queries{ad_accounts}, role => 'few');
known_ok($queries{$_}, "few that have become 40, $_", role => 'few') for qw(ads campaigns campaigns_analytics);
few_and_many(3, 60);

# ---- batches of ids that split a list ----

$node->safe_psql('postgres', <<'SQL');
CREATE FOREIGN TABLE split_ads (ad_account_id text, campaign_id text, id text) SERVER pinterest
	OPTIONS (stream 'ads', split_by 'campaigns', page_size '10');
GRANT SELECT ON split_ads TO PUBLIC;
SQL
my $split = 'SELECT * FROM split_ads';
cmp_ok(expected($split, role => 'other'), '>', 2 * sent_for($split, role => 'few'), 'batches of campaigns, never read: a guess');
sent_for($split, role => 'other');
known_ok($split, 'batches of campaigns', role => 'other');
known_ok($queries{$_}, "$_, after batches", role => 'other') for qw(ads ads_analytics);

# ---- one mapping for several roles ----

$node->safe_psql('postgres', <<'SQL');
DROP USER MAPPING FOR few SERVER pinterest;
DROP USER MAPPING FOR other SERVER pinterest;
CREATE USER MAPPING FOR PUBLIC SERVER pinterest OPTIONS (access_token 'pina_few');
SQL
is(expected($queries{campaigns}, role => 'few'), $cold{campaigns}, 'a new mapping begins without');
sent_for($queries{campaigns}, role => 'other');
known_ok($queries{campaigns}, 'roles with the mapping of PUBLIC learn from each other', role => 'few');
is(expected($queries{campaigns}, role => 'few'), expected($queries{campaigns}, role => 'other'), 'and expect the same');
cmp_ok(expected($queries{campaigns}, role => 'many'), '>', 50, 'a mapping of its own counts first');

# A view counts for its owner, a role without a mapping for nobody.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE nobody LOGIN;
GRANT CREATE ON SCHEMA public TO many;
SET ROLE many;
CREATE VIEW of_many AS SELECT * FROM pinterest.campaigns;
GRANT SELECT ON of_many TO PUBLIC;
RESET ROLE;
DROP USER MAPPING FOR PUBLIC SERVER pinterest;
SQL
cmp_ok(expected('SELECT * FROM of_many', role => 'nobody'), '>', 50, 'a view: as its owner');
is(expected($queries{campaigns}, role => 'nobody'), $cold{campaigns}, 'nobody: a guess');

# ---- ANALYZE, for all mappings, and after a restart ----

$node->safe_psql('postgres', <<'SQL');
ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token 'pina_many');
CREATE USER MAPPING FOR other SERVER pinterest OPTIONS (access_token 'pina_many');
SQL
$node->safe_psql('postgres', 'ANALYZE pinterest.ad_accounts, pinterest.campaigns, pinterest.ads');
known_ok($queries{$_}, "ANALYZE, the mapping that it has used, $_") for sort keys %queries;
$node->restart;
for my $table (sort keys %queries)
{
	my $expected = expected($queries{$table}, role => 'other');
	my $sent = sent_for($queries{$table});

	ok(within_two($expected, $sent), "ANALYZE, another mapping, after a restart, $table: $expected requests are expected, $sent are sent");
}

# Statistics that are restored count as well: functions do that from 18 on, pg_class
# is written to by hand before.
my $version = $node->safe_psql('postgres', 'SHOW server_version_num');
$node->safe_psql('postgres', $version >= 180000 ?
	  q(SELECT pg_restore_relation_stats('schemaname', 'pinterest', 'relname', 'ad_accounts', 'reltuples', 80::real)) :
	  q(UPDATE pg_class SET reltuples = 80 WHERE oid = 'pinterest.ad_accounts'::regclass));
is(expected($queries{campaigns}, role => 'other'), 81, 'restored statistics of ad accounts');
$node->safe_psql('postgres', q(ALTER FOREIGN TABLE pinterest.ad_accounts OPTIONS (ADD ad_account_id '1')));
is(expected($queries{campaigns}, role => 'other'), $cold{campaigns}, 'not those of a table that shows some of them alone');

# ---- sessions by themselves ----

my $alone = pinterest_cluster(name => 'alone');
create_roles($alone);
my $shared = $alone->safe_psql('postgres', 'SELECT pinterest_fdw.stat_is_shared()') eq 't';
is(expected($queries{campaigns}, role => 'many', node => $alone), $cold{campaigns}, 'without shared_preload_libraries: a guess');
cmp_ok(expected($queries{campaigns}, role => 'many', node => $alone, before => ["CREATE TEMP TABLE got AS $queries{campaigns}"]), '>', 50,
	'without shared_preload_libraries: a session that has read');
if ($shared)
{
	cmp_ok(expected($queries{campaigns}, role => 'many', node => $alone), '>', 50, 'without shared_preload_libraries: another session shares');
}
else
{
	is(expected($queries{campaigns}, role => 'many', node => $alone), $cold{campaigns}, 'without shared_preload_libraries: another session guesses');
}

is(join("\n", invalid_requests()), '', 'no invalid request');
done_testing();
