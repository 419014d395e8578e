# Copyright (c) 2026, pinterest_fdw contributors

# Ids that a query names together with their ad account are asked for at once; only
# where the API refuses that, or does not say whose the rows are, are they looked up.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use Depth;
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 8, '--ad-groups', 2, '--ads', 2, '--boards', 0, '--pins', 0);
my $node = pinterest_cluster();
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my %ids = (campaigns => 'campaign_id', ad_groups => 'ad_group_id', ads => 'ad_id');

for my $level (sort keys %ids)
{
	truth_table($node, $level);
	truth_table($node, "${level}_analytics", start => utc_today(-29), end => utc_today(),
		columns => 'SPEND_IN_DOLLAR');
}
truth_table($node, 'campaigns_targeting_analytics', start => utc_today(-29), end => utc_today(),
	columns => 'SPEND_IN_DOLLAR', targeting_types => 'GENDER');

# The ids of an account that have rows.
sub ids_of
{
	my ($level, $account, $count) = @_;

	return rows($node, "SELECT DISTINCT $ids{$level} FROM truth.${level}_analytics
		WHERE ad_account_id = '$account' ORDER BY 1 LIMIT $count");
}

# Runs a query, with settings before, compares its rows with truth and its requests
# with what is expected: status and path of each, in the order of their arrival.
sub reads_ok
{
	my ($name, $sql, $depth, @expected) = @_;
	my @requests = asked_within($depth, sub { sim_config(latency => $_[0]); return requests_during($node, $sql) });
	my @paths = map { "$_->{status} " . ($_->{path} =~ s{^/ad_accounts/}{}r) } @requests;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(\@paths, \@expected, "$name: requests");
	is(depth(@requests), $depth, "$name: depth");
	rows_ok($node, $sql, [ rows($node, $sql =~ s/\bpinterest\./truth./gr) ], "$name: rows");
	return @requests;
}

sub list { return join ', ', map { "'$_'" } @_; }

for my $level (sort keys %ids)
{
	my ($id) = ids_of($level, $first, 1);
	my ($request) = reads_ok("$level, id and account",
		"SELECT $ids{$level}, date, spend_in_dollar FROM pinterest.${level}_analytics
		WHERE ad_account_id = '$first' AND $ids{$level} = '$id'",
		1, "200 $first/$level/analytics");

	is_deeply([ values_of($request, 'columns') ], [ 'SPEND_IN_DOLLAR', 'AD_ACCOUNT_ID' ],
		"$level: it is asked whose the rows are");
}

my @own = ids_of('campaigns', $first, 3);
my @foreign = ids_of('campaigns', $second, 2);
my $select = 'SELECT campaign_id, date, spend_in_dollar FROM pinterest.campaigns_analytics';
my $of_first = "WHERE ad_account_id = '$first' AND campaign_id";

reads_ok('several ids', "$select $of_first IN (@{[ list(@own) ]})", 1, "200 $first/campaigns/analytics");
reads_ok('a row of which only the account is known',
	"SELECT count(*) FROM pinterest.campaigns_analytics $of_first = '$own[0]'", 1, "200 $first/campaigns/analytics");

my ($targeting) = reads_ok('targeting', "SELECT targeting_value, spend_in_dollar
	FROM pinterest.campaigns_targeting_analytics $of_first = '$own[0]' AND targeting_type = 'GENDER'",
	1, "200 $first/campaigns/targeting_analytics");
is_deeply([ values_of($targeting, 'columns') ], [qw(CAMPAIGN_ID SPEND_IN_DOLLAR AD_ACCOUNT_ID)],
	'targeting: it is asked whose the rows are');

# Refused, in each of the ways that the API may have.
for my $status (400, 403, 404)
{
	my @refused = ("$status $first/campaigns/analytics", "200 $first/campaigns");

	sim_config(foreign_ids => $status);
	reads_ok("$status, all ids foreign", "$select $of_first = '$foreign[0]'", 2, @refused);
	reads_ok("$status, some ids foreign", "$select $of_first IN (@{[ list($own[0], @foreign, $own[1]) ]})",
		3, @refused, "200 $first/campaigns/analytics");
	reads_ok("$status, an id of nobody", "$select $of_first IN ('1', '$own[0]')",
		3, @refused, "200 $first/campaigns/analytics");
}
sim_config(foreign_ids => 400);

# Where max_requests leaves no room for a refusal, ids are looked up first.
my @tight = requests_during($node, "SET pinterest_fdw.max_requests = 2; $select $of_first IN ('$own[0]', '$foreign[0]')");
is_deeply([ map { "$_->{status} $_->{path}" } @tight ],
	[ map { "200 /ad_accounts/$first/campaigns$_" } '', '/analytics' ], 'max_requests is kept to');

# Two granularities, and hours in parts, share the lookup.
my $hours = "$select WHERE ad_account_id = '$first' AND granularity = 'HOUR' AND date >= '@{[ utc_today(-7) ]}'
	AND campaign_id";
my @parts = requests_during($node, "$hours IN ('$own[0]', '$foreign[0]')");
my @lookups = grep { $_->{path} =~ m{/campaigns$} } @parts;
is(scalar @lookups, 1, 'parts of the days share the lookup');
is(scalar(grep { $_->{status} == 200 } @parts) - 1, scalar(grep { $_->{status} == 400 } @parts),
	'and each is asked for again');
rows_ok($node, "$hours IN ('$own[0]', '$foreign[0]')", [ rows($node, "$hours = '$own[0]'") ], 'their rows, each once');

# A scan that was refused once looks ids up first from then on: a join by id alone.
my $join = "SELECT a.campaign_id, a.date, a.spend_in_dollar
	FROM unnest(ARRAY[@{[ list(@foreign, @own) ]}]) AS u(id), LATERAL
		(SELECT * FROM pinterest.campaigns_analytics WHERE ad_account_id = '$first' AND campaign_id = u.id OFFSET 0) AS a";
my @joined = requests_during($node, "$join");
is(scalar(grep { $_->{status} == 400 } @joined), 1, 'a scan is refused once') or diag explain [ map { $_->{path} } @joined ];
rows_ok($node, $join, [ rows($node, $join =~ s/\bpinterest\./truth./r) ], 'and has all rows');

# Answered for ids that are not the account's.
sim_config(foreign_ids => 'rows');
reads_ok('rows of a foreign id', "$select $of_first = '$foreign[0]'", 1, "200 $first/campaigns/analytics");
reads_ok('rows of own and foreign ids', "$select $of_first IN (@{[ list($own[0], @foreign, $own[1]) ]})",
	1, "200 $first/campaigns/analytics");
rows_ok($node, "SELECT count(*) FROM pinterest.campaigns_analytics $of_first = '$foreign[0]'", [ 0 ],
	'none are counted either');
sim_config(foreign_ids => 400);

# Rows that do not tell whose they are: all, the first of an id, one after others of its id.
sim_config(latency => 0);
my $two = "$select $of_first IN (@{[ list(@own[0, 1]) ]})";
my @all = sort(rows($node, $two));

for my $case ([ 'no row tells', sub { 1 }, 1 ], [ 'the first does not', sub { $_[0] == 1 }, 1 ],
	[ 'a later one does not', sub { $_[0] == 2 }, 0 ])
{
	my ($name, $takes, $lookups) = @$case;
	my ($url, $log) = server_without_owners($takes);
	my $got = $node->safe_psql('postgres', <<SQL);
SET client_min_messages = error;
BEGIN;
ALTER SERVER pinterest OPTIONS (SET base_url '$url/v5');
$two;
ROLLBACK;
SQL

	is_deeply([ sort(split /\n/, $got) ], \@all, "$name: rows");
	is(scalar(grep { m{^GET \S+/campaigns\?} } $log->()), $lookups, "$name: lookups");
}

# A server that passes requests on to the simulator, and takes AD_ACCOUNT_ID away from
# the rows of whose numbers a function says so.
sub server_without_owners
{
	my ($takes) = @_;

	return raw_server(sub {
		my ($request) = @_;
		my ($path) = $request =~ m{^GET (\S+)};
		my $socket = IO::Socket::INET->new(PeerAddr => sim_url('') =~ s{^http://}{}r) or return '';
		my $n = 0;

		print $socket "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
		  "Authorization: Bearer pina_simulator\r\n\r\n";
		my $answer = do { local $/; <$socket> } // '';
		my (undef, $body) = split /\r\n\r\n/, $answer, 2;
		$body =~ s/(,?)"AD_ACCOUNT_ID":\d+(,?)/$takes->(++$n) ? $1 && $2 : $&/ge if $path =~ m{analytics};
		return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . length($body)
		  . "\r\nConnection: close\r\n\r\n$body";
	});
}

# What fails otherwise fails as before.
sim_fault(action => 'status', status => 500, match => 'campaigns/analytics$', name => 'down');
like(error_of($node, "ALTER SERVER pinterest OPTIONS (ADD retries '0'); $select $of_first = '$own[0]'"),
	qr/ERROR:  \w+: could not read stream "campaigns_analytics": the API failed on its side/, 'an outage is an error');
is((grep { $_->{path} =~ m{/campaigns$} && $_->{rule} } sim_requests()), 0, 'and no reason to look ids up');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
