# Copyright (c) 2026, pinterest_fdw contributors

# Neither the access token nor what a report's own token and signed link are
# shows anywhere: not in messages, not in the log at its most talkative, not in
# plans, whatever the API and the host of the file send back.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $token = 'pina_' . 'SECRETsecret0123456789' x 4;

simulator('--accounts', 1, '--campaigns', 4, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1, '--token', $token);
my $node = pinterest_cluster(options => ", retries '0'");
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $date = utc_today(-100);
my $query = "SELECT campaign_id, date, spend_in_micro_dollar FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date = '$date'";

# A report's token and the signature of its link, of servers of our own.
my $ticket = 'TICKETticket9876543210==' x 2;
my $signature = 'SIGNEDsigned5566778899' x 3;

# What goes back to a request: for each step of a report an answer, in which
# BEARER, TICKET and LINK stand for the secrets, and REQUEST for what was asked.
sub reporter
{
	my (%answers) = @_;

	return sub {
		my ($text) = @_;
		my ($host) = $text =~ /^Host: (\S+)\r$/mi;
		my ($bearer) = $text =~ /^Authorization: Bearer (\S+)\r$/mi;
		my $step = $text =~ /^POST/ ? 'order' : $text =~ m{^GET \S*/reports\?} ? 'status' : 'file';
		my ($status, $body) = @{ $answers{$step} // usual($step) };
		my ($request) = $text =~ /^(\S+ \S+)/;
		my %fill = (REQUEST => $request, BEARER => $bearer // 'none', TICKET => $ticket, LINK => "http://$host/file?X-Amz-Signature=$signature");

		$body =~ s/(BEARER|TICKET|LINK|REQUEST)/$fill{$1}/g;
		return "HTTP/1.1 $status\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	};
}

sub usual
{
	my ($step) = @_;

	return [ '200 OK', '{"report_status": "FINISHED", "token": "TICKET"}' ] if $step eq 'order';
	return [ '200 OK', '{"report_status": "FINISHED", "url": "LINK"}' ] if $step eq 'status';
	return [ '200 OK', '{}' ];
}

my %reporters = (
	usual => {},
	order_refused => { order => [ '400 Bad Request', '{"code": 1, "message": "Not with BEARER."}' ] },
	order_no_json => { order => [ '200 OK', '{"token": "TICKET" "report_status": 1}' ] },
	order_half => { order => [ '200 OK', '{"token": "TICKET", "report_status": ' ] },
	order_no_token => { order => [ '200 OK', '{"tokens": ["TICKET"]}' ] },
	status_refused => { status => [ '400 Bad Request', '{"code": 1, "message": "No report TICKET."}' ] },
	status_quoted => { status => [ '404 Not Found', 'No REQUEST' ] },
	status_no_json => { status => [ '200 OK', '{"report_status": "FINISHED" "url": "LINK"}' ] },
	status_odd => { status => [ '200 OK', '{"report_status": "LINK", "url": "LINK"}' ] },
	status_unsafe => { status => [ '200 OK', '{"report_status": "FINISHED", "url": "ftp:LINK"}' ] },
	file_refused => { file => [ '403 Forbidden', '<Error><Code>SignatureDoesNotMatch</Code><Message>LINK</Message></Error>' ] },
	file_failing => { file => [ '500 Oh', '{"code": 1, "message": "Cannot serve LINK"}' ] },
	file_quoted => { file => [ '404 Not Found', 'No REQUEST' ] },
	file_no_json => { file => [ '200 OK', 'LINK' ] },
	file_moved => { file => [ '302 Found', 'moved from LINK' ] },
);
for my $name (sort keys %reporters)
{
	my ($url) = raw_server(reporter(%{ $reporters{$name} }));

	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token '$token');
CREATE FOREIGN TABLE $name (ad_account_id text, date date, ctr float8) SERVER $name OPTIONS (stream 'ad_account_analytics');
SQL
}
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (SET access_token '$token')");

# From now on everything is told.
$node->append_conf('postgresql.conf', <<'CONF');
log_min_messages = debug5
log_min_error_statement = debug5
log_error_verbosity = verbose
debug_print_plan = on
log_statement = all
CONF
$node->restart;
my $log_start = -s $node->logfile;
my $session = sql_session($node);
$session->query('SET client_min_messages = debug5');

# Of the simulator's reports, the secrets are those of the requests.
sim_config(report_polls => 1);
$session->{stderr} = '';
$session->query($query);
my $told = $session->{stderr};
like($told, qr/report of stream "campaigns_analytics" is IN_PROGRESS/, 'DEBUG1 tells how far a report is');
my @requests = sim_requests();
my ($its_token) = map { $_->{query}{token}[0] // () } @requests;
my ($its_signature) = map { $_->{query}{'X-Amz-Signature'}[0] // () } @requests;
ok(length $its_token > 100 && length $its_signature > 30, 'a token and a signature');
$told .= $session->query("EXPLAIN (ANALYZE, VERBOSE) $query");
like($told, qr/Report: POST/, 'a plan');
sim_reset();
sim_config(report_polls => 0, report_fail => [ 'FAILED', 'FAILED' ]);
$session->query($query =~ s/\Q$date\E/@{[ utc_today(-101) ]}/r);
sim_config(link_seconds => 0);
$session->query($query =~ s/\Q$date\E/@{[ utc_today(-102) ]}/r);
$told .= $session->{stderr};
like($told, qr/did not make the report/, 'an error');
$told .= $node->safe_psql('postgres', 'SELECT a::text FROM pg_stat_activity AS a');
my @secrets = (substr($token, 5, 22), $its_token, $its_signature, map { ($_->{query}{token}[0] // (), $_->{query}{'X-Amz-Signature'}[0] // ()) } sim_requests());
is(join("\n", grep { index($told, $_) >= 0 } @secrets), '', 'no secret is told');

# Errors that would like to quote them.
$session->query('SET client_min_messages = notice');
for my $name (sort keys %reporters)
{
	$session->{stderr} = '';
	my $got = $session->query("SELECT count(*) FROM $name WHERE ad_account_id = '1' AND date = '$date'");
	my $said = $session->{stderr};

	if ($name eq 'usual') { is($got, '0', 'without a fault, an empty report'); }
	else { like($said, qr/ERROR: /, "$name: an error"); }
	for my $secret ([ 'access token', qr/SECRETsec/ ], [ 'token of the report', qr/TICKETtic/ ], [ 'signature of the link', qr/SIGNEDsig/ ])
	{
		unlike($said, $secret->[1], "$name: no $secret->[0]");
	}
}
my $log = slurp_file($node->logfile, $log_start);
like($log, qr/DEBUG:  .*StartTransaction/, 'the log is talkative');
is(join("\n", grep { index($log, $_) >= 0 } @secrets), '', 'no secret is in the log');
my @leaks = grep { /SECRETsec|TICKETtic|SIGNEDsig/ } split /\n/, $log;
is(join("\n", map { substr $_, 0, 200 } @leaks), '', 'nor one of those');

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();
