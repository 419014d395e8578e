# Copyright (c) 2026, pinterest_fdw contributors

# Every fault on the way to a report, when it is ordered, asked for and
# downloaded: either all rows come or an error does, after the requests that
# it takes, and a report is never half read.

use strict;
use warnings;

use FindBin;
use HTTP::Tiny;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my $node = pinterest_cluster(options => ", retries '1', request_timeout '$for_ever'");
my ($redirected, $arrived) = raw_server(sub { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" });
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my ($from, $until) = (utc_today(-120), utc_today(-100));
my $columns = truth_table($node, 'campaigns_analytics', start => $from, end => $until, columns => 'CAMPAIGN_NAME,SPEND_IN_MICRO_DOLLAR');
my $query = "SELECT $columns FROM pinterest.campaigns_analytics WHERE ad_account_id = '$account' AND date BETWEEN '$from' AND '$until'";
my $session = sql_session($node);
$session->query_safe('SET client_min_messages = warning');
my $truth = outcome($session, "SELECT $columns FROM truth.campaigns_analytics");
cmp_ok($truth->{rows}, '>', 10, 'there is something to read');

# The order that the query sends, to have the report made before it is asked for.
sim_config(report_polls => 0);
is_deeply(outcome($session, $query), $truth, 'all rows without a fault');
my ($order) = grep { $_->{method} eq 'POST' } sim_requests();

# Which requests a fault is about.
my %phase = (
	order => { match => '/reports$', method => 'POST' },
	status => { match => '/reports$', method => 'GET' },
	file => { match => '^/async_reporting' },
);

# How reports are told to go wrong (undef: the API has made this one before, so
# that nobody has to wait for it), which faults there are besides, and what
# comes of it: steps are orders, questions and downloads.
my $undelivered = { state => 'HV00N', message => qr/: a report could not be downloaded$/, detail => qr/status \d+|The download failed: \S/, hint => qr/another host/ };
my $none = { state => 'HV00M', message => qr/: the API did not make the report$/, hint => qr/again later.*fewer days/ };
my $unlinked = { %$none, detail => qr/^It was ordered twice, and is FINISHED without a link\.$/, steps => '2 2 0' };
my $down = { state => 'HV00M', message => qr/: the API failed on its side$/, file => $undelivered,
	detail => qr{^(POST|GET) /\S+ was answered with HTTP status 503, code 1 \(tried 2 times\): Down\.$} };
my $broken = { state => 'HV00N', message => qr/: the connection to the API failed$/, detail => qr{^(POST|GET) /\S+ failed \(tried 2 times\): \S}, file => $undelivered };
my $no_json = { state => '22032', message => qr/: the answer is not the expected JSON$/ };
my $unsafe = { state => 'HV00N', message => qr/: the address of the report is not safe$/, steps => '1 1 0' };
my $limited = { state => '53400', message => qr/limit is used up$/, detail => qr/\(tried 2 times\): .*Retry after 0 seconds.*The API asks to wait for 0 seconds\.$/ };
my @cases = (
	[ 'nothing', undef, undef, { steps => '1 1 1' } ],
	[ 'EXPIRED once', { report_fail => ['EXPIRED'] }, undef, { steps => '2 2 1' } ],
	[ 'FAILED once', { report_fail => ['FAILED'] }, undef, { steps => '2 2 1' } ],
	[ 'EXPIRED, then FAILED', { report_fail => [ 'EXPIRED', 'FAILED' ] }, undef, { %$none, detail => qr/twice.*FAILED/, steps => '2 2 0' } ],
	[ 'FAILED, then EXPIRED', { report_fail => [ 'FAILED', 'EXPIRED' ] }, undef, { %$none, detail => qr/twice.*EXPIRED/, steps => '2 2 0' } ],
	[ 'CANCELLED, then DOES_NOT_EXIST', { report_fail => [ 'CANCELLED', 'DOES_NOT_EXIST' ] }, undef,
		{ %$none, detail => qr/twice.*DOES_NOT_EXIST/, steps => '2 2 0' } ],
	[ 'a link that expired once', { link_seconds => [0] }, undef, { steps => '1 2 2' } ],
	[ 'links that expired twice', { link_seconds => [ 0, 0 ] }, undef, { steps => '1 3 3' } ],
	[ 'links that expire at once', { link_seconds => 0 }, undef, { %$undelivered, steps => '1 3 3' } ],
	[ 'no reports for this app', { reports_enabled => JSON::PP::false }, undef, { state => '42501', message => qr/does not permit/,
			detail => qr{^POST /v5/ad_accounts/$account/reports .*status 403, code 29}, steps => '1 0 0' } ],

	[ 'a wait', undef, { action => 'status', status => 429, code => 8, times => 1, message => 'Slow. Retry after 1 seconds.' }, { steps => '2 1 1' }, 'order' ],
	[ 'a wait', undef, { action => 'status', status => 429, code => 8, times => 1, headers => { 'x-ratelimit-reset' => 1 } }, { steps => '1 2 1' }, 'status' ],
	[ 'a wait for good', undef, { action => 'status', status => 400, code => 1, message => 'Too many. Retry after 0 seconds' }, $limited, 'order', 'status' ],
	[ 'code 12 once', undef, { action => 'status', status => 400, code => 12, times => 1 }, { steps => '2 1 1' }, 'order' ],
	[ 'status 503 once', undef, { action => 'status', status => 503, code => 1, times => 1 }, { extra => 1 }, 'order', 'status', 'file' ],
	[ 'status 503 for good', undef, { action => 'status', status => 503, code => 1, message => 'Down.' }, $down, 'order', 'status', 'file' ],
	[ 'status 400', undef, { action => 'status', status => 400, code => 1, message => 'No.' }, { state => 'HV000', message => qr/refused the request$/ }, 'order', 'status' ],
	[ 'that there is nothing', undef, { action => 'status', status => 409, code => 4182, message => 'None.' },
		{ %$undelivered, steps => '1 3 3' }, 'file' ],
	[ 'drop once', undef, { action => 'drop', times => 1 }, { extra => 1 }, 'order', 'status', 'file' ],
	[ 'truncated once', undef, { action => 'truncate', times => 1 }, { extra => 1 }, 'order', 'status', 'file' ],
	[ 'truncated for good', undef, { action => 'truncate' }, $broken, 'order', 'status', 'file' ],
	[ 'hang once', undef, { action => 'hang', after => 'body', times => 1 }, { extra => 1, steps => '1 2 2' }, 'file' ],
	[ 'a redirect', undef, { action => 'redirect', location => "$redirected/elsewhere" },
		{ state => 'HV00N', message => qr/redirect, which is never followed$/, file => $undelivered }, 'order', 'status', 'file' ],

	[ 'HTML', undef, { action => 'html' }, $no_json, 'order', 'status', 'file' ],
	[ 'garbage', undef, { action => 'garbage' }, $no_json, 'order', 'status', 'file' ],
	[ 'an empty body', undef, { action => 'replace', body => '' }, $no_json, 'order', 'status', 'file' ],
	[ 'null', undef, { action => 'replace', body => 'null' }, $no_json, 'order', 'status', 'file' ],
	[ 'a document that ends too early', undef, { action => 'replace', body => '{"a": [{"DATE": ' }, $no_json, 'order', 'status', 'file' ],
	[ 'text after the end', undef, { action => 'replace', body => '{} x' }, $no_json, 'order', 'status', 'file' ],
	[ 'an error with status 200', undef, { action => 'replace', body => '{"code": 1, "message": "No."}' }, $no_json, 'order', 'file' ],
	[ 'rows that are none', undef, { action => 'replace', body => '{"1": [7]}' }, $no_json, 'file' ],
	[ 'no token', undef, { action => 'replace', body => '{"report_status": "IN_PROGRESS"}' }, { %$no_json, detail => qr/no token/, steps => '1 0 0' }, 'order' ],
	[ 'a status that is new', undef, { action => 'replace', times => 1, body => '{"report_status": "SLEEPING"}' }, { steps => '2 2 1' }, 'status' ],
	[ 'FINISHED without a link, once', undef, { action => 'replace', times => 1, body => '{"report_status": "FINISHED", "url": null}' }, { steps => '2 2 1' }, 'status' ],
	[ 'FINISHED without a link, for good', undef, { action => 'replace', body => '{"report_status": "FINISHED", "url": null}' }, $unlinked, 'status' ],
	[ 'FINISHED without a word of a link', undef, { action => 'replace', body => '{"report_status": "FINISHED", "size": 2}' }, $unlinked, 'status' ],

	[ 'http to another host', undef, link_to('http://example.com/file?X-Amz-Signature=HUSH'), { %$unsafe, detail => qr{https://} }, 'status' ],
	[ 'http to what looks like this host', undef, link_to('http://127.0.0.1.example.com/HUSH'), $unsafe, 'status' ],
	[ 'http with a user', undef, link_to('http://127.0.0.1@example.com/HUSH'), $unsafe, 'status' ],
	[ 'a file of the server', undef, link_to('file:///etc/passwd?HUSH'), $unsafe, 'status' ],
	[ 'ftp', undef, link_to('ftp://127.0.0.1/HUSH'), $unsafe, 'status' ],
	[ 'no URL', undef, link_to('HUSH'), $unsafe, 'status' ],
	[ 'an empty link', undef, link_to(''), $unlinked, 'status' ],
);

for my $case (@cases)
{
	my ($name, $config, $fault, $result, @where) = @$case;

	for my $where (@where ? @where : '')
	{
		check_case($where ? "$name, $where" : $name, $config, $fault ? { %$fault, %{ $phase{$where} } } : undef,
			{ %$result, %{ $result->{$where} // {} } });
	}
}
is(scalar(my @elsewhere = $arrived->()), 0, 'nothing arrived where redirects pointed to');

# What failed once is asked for anew by the next query, in the same session.
sim_reset();
sim_config(report_polls => 0);
is_deeply(outcome($session, $query), $truth, 'after all that, all rows');

# One report of several that fails is the query's end.
sim_reset();
sim_config(report_polls => 0, report_fail => [ 'FINISHED', 'FAILED', 'FAILED' ]);
my $early = utc_today(-400);
my $failed = outcome($session, $query =~ s/\Q$from\E/$early/r);
like($failed->{message} // '', qr/did not make the report$/, 'a report of several that fails');

# ---- how long ----

$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD report_timeout '1')");
sim_reset();
sim_config(report_polls => 1000);
my $start = time;
my $late = outcome($session, $query);
cmp_ok(time - $start, '>', 0.95, 'report_timeout: not before');
is($late->{sqlstate}, 'HV00M', 'report_timeout: SQLSTATE');
like($late->{message}, qr/^could not read stream "campaigns_analytics": a report is not ready after 1 second/, 'report_timeout: message');
like($late->{hint}, qr/report_timeout/, 'report_timeout: hint');
is(steps(), '1 2 0', 'report_timeout: asked for a last time at the end');
sim_config(report_polls => 0);
is_deeply(outcome($session, $query)->{sqlstate} // 'HV00M', 'HV00M', 'the same report is still not ready');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP report_timeout)');
for my $value ('0', '-1', '1.5', 'x', '86401')
{
	like(error_of($node, "ALTER SERVER pinterest OPTIONS (ADD report_timeout '$value')"), qr/ERROR:  \w+: invalid value for option "report_timeout": "\Q$value\E"/,
		"report_timeout '$value'");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$session->quit;
$node->stop;
done_testing();

# An answer that says that a report is finished, and where.
sub link_to
{
	my ($url) = @_;

	return { action => 'replace', body => encode_json({ report_status => 'FINISHED', url => $url, size => 1 }) };
}

# How many requests there were to order a report, to ask for it and to download it.
sub steps
{
	my ($since) = @_;
	my @requests = grep { $_->{seq} > ($since // 0) } sim_requests();
	my @reports = grep { $_->{path} =~ m{/reports$} } @requests;

	return join ' ', scalar(grep { $_->{method} eq 'POST' } @reports), scalar(grep { $_->{method} eq 'GET' } @reports),
	  scalar(grep { $_->{host} eq 'download' } @requests);
}

# Orders the query's report and asks for it, which finishes it; returns the number of the last request.
sub make_report
{
	my $url = sim_url("/v5$order->{path}");
	my %headers = (Authorization => 'Bearer pina_simulator', 'Content-Type' => 'application/json');
	my $answer = HTTP::Tiny->new->post($url, { headers => \%headers, content => encode_json($order->{body}) });
	my $token = decode_json($answer->{content})->{token} =~ s/=/%3D/gr;

	delete $headers{'Content-Type'};
	$answer = HTTP::Tiny->new->get("$url?token=$token", { headers => \%headers });
	is(decode_json($answer->{content})->{report_status}, 'FINISHED', 'the report is there');
	return (sim_requests())[-1]{seq};
}

# How long the server may say nothing.
sub set_timeout { return $session->query_safe("ALTER SERVER pinterest OPTIONS (SET request_timeout '$_[0]')"); }

sub check_case
{
	my ($name, $config, $fault, $result) = @_;

	subtest $name => sub {
		my ($before, $got);

		# a timeout for what hangs may be too short for other answers of a slow machine
		my $hangs = $fault && $fault->{action} eq 'hang';
		for my $seconds ($hangs ? (1, 10, 100) : $for_ever)
		{
			set_timeout($seconds) if $hangs;
			sim_reset();
			sim_config(report_polls => 0, %{ $config // {} });
			$before = $config ? 0 : make_report();
			sim_fault(%$fault) if $fault;
			$got = outcome($session, $query);
			last if steps($before) eq ($result->{steps} // '');
		}
		set_timeout($for_ever) if $hangs;
		if ($result->{state})
		{
			is($got->{sqlstate}, $result->{state}, 'SQLSTATE') or diag(explain($got));
			like($got->{message} // '', qr/^could not read stream "campaigns_analytics": /, 'the stream is told');
			like($got->{message} // '', $result->{message}, 'message');
			like($got->{detail} // '', $result->{detail}, 'detail') if $result->{detail};
			like($got->{hint} // '', $result->{hint}, 'hint') if $result->{hint};
			unlike(encode_json($got), qr/HUSH|Signature|token=/, 'and no secret') or diag(explain($got));
		}
		else
		{
			is_deeply($got, $truth, 'all rows') or diag(explain($got));
		}
		is(steps($before), $result->{steps}, 'requests') if $result->{steps};
		is(scalar(my @hit = grep { $_->{rule} } sim_requests()), 1, 'the fault once') if $result->{extra};
	};
	return;
}
