# Copyright (c) 2026, pinterest_fdw contributors

# Ids and an ad account that is not theirs: such rows do not exist, which the
# API would answer with an error if it were asked for them.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use Test::More;

simulator('--accounts', 2, '--campaigns', 8, '--ad-groups', 1, '--ads', 1, '--boards', 0, '--pins', 0);
my $node = pinterest_cluster();
my ($first, $second) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
truth_table($node, 'campaigns');
truth_table($node, 'campaigns_analytics', start => utc_today(-29), end => utc_today(),
	columns => 'SPEND_IN_DOLLAR');
my ($foreign) = rows($node, "SELECT id FROM truth.campaigns WHERE ad_account_id = '$second' LIMIT 1");

for my $case (
	[ 'a campaign of another account', <<SQL ],
SELECT a.campaign_id, a.date, a.spend_in_dollar FROM pinterest.campaigns_analytics AS a
WHERE a.ad_account_id = '$first' AND a.campaign_id = '$foreign'
SQL
	[ 'a join by id alone, the account on one side', <<SQL ],
SELECT a.campaign_id, a.date, a.spend_in_dollar FROM pinterest.campaigns AS c
	JOIN pinterest.campaigns_analytics AS a ON a.campaign_id = c.id
WHERE a.ad_account_id = '$first' AND c.name LIKE 'Spring%'
SQL
	[ 'a semi-join by id alone', <<SQL ],
SELECT a.campaign_id, a.date, a.spend_in_dollar FROM pinterest.campaigns_analytics AS a
WHERE a.ad_account_id = '$first'
	AND a.campaign_id IN (SELECT c.id FROM pinterest.campaigns AS c WHERE c.name LIKE 'Spring%')
SQL
	)
{
	my ($name, $sql) = @$case;
	my ($code, $stdout, $stderr) = $node->psql('postgres', $sql);

	unlike($stderr, qr/WARNING|ERROR/, "$name: no error");
	rows_ok($node, $sql =~ s/pinterest\./truth./gr, [ split /\n/, $stdout ], "$name: rows");
}

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
