# Copyright (c) 2026, pinterest_fdw contributors

# Quotas: sessions that share one use it up and do not run into it, headers
# correct what is known of it, a wait can be seen and cancelled, and what
# happens where the day is used up.

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# From 17 on there is shared memory whenever it is wanted.
my ($version) = run_command([ 'postgres', '--version' ]);
my ($major) = $version =~ /(\d+)/;
my $preload = $major < 17 ? "shared_preload_libraries = 'pinterest_fdw'\n" : '';
my $waits_as = $major < 17 ? 'Extension' : 'PinterestRateLimit';

simulator('--accounts', 1, '--campaigns', 6, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 1);
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my $day = utc_today(-5);
my $node = pinterest_cluster(quotas => 1, conf => "${preload}pinterest_fdw.progress_interval = 0\n");
my @windows = (0, 1, 7, 14, 30, 60);
my $servers = 0;
my ($session, $server);

is((rows($node, 'SELECT pinterest_fdw.stat_is_shared()'))[0], 't', 'quotas are shared');
$session = sql_session($node);

# Sessions come to wait, whatever the machine, where a window does not end meanwhile.
my $long = $for_ever;

# ---- a window, and four sessions ----

# Few connections where little is allowed, since until the first answer nobody knows
# better.  Each session wants more than the whole window, so that none ends within it,
# however the window falls to them.
for my $case ([ ads_analytics => 300, '' ], [ ads_analytics => 30, ", max_connections '2'" ], [ safety_net => 10, ", max_connections '2'" ])
{
	my ($category, $calls, $options) = @$case;
	my $what = "$category $calls";

	limits(safety_net => [ 10_000, 1 ], $category => [ $calls, $long ]);
	$server = new_server($options);
	my @sessions = map { sql_session($node) } 1 .. 4;
	my @pids = map { scalar $_->query('SELECT pg_backend_pid()') } @sessions;
	begin_query($_, twice(asks($server, 6, 6, 6))) for @sessions;
	ok(wait_for(sub { !grep { !is_waiting($_) } @pids }), "$what: all sessions wait");
	cmp_ok(refused(), '<=', 1, "$what: no more than one refusal");
	cmp_ok(scalar(my @passed = passed()), '>=', 0.9 * $calls, "$what: the window is used");
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($_)") for @pids;
	like(end_query($_), qr/canceling statement due to user request/, "$what: a session ends") for @sessions;
	$_->quit for @sessions;
}

# More than the usual is used as well.
limits(safety_net => [ 10_000, 1 ], ads_analytics => [ 600, 60 ]);
$server = new_server('');
is(answer(twice(asks($server, 6, 6, 6))), "216\n216", 'a larger quota: all rows');
cmp_ok(waited($server, 'ads_analytics'), '==', 0, 'a larger quota is not waited for at 300');
is(refused(), 0, 'a larger quota: nothing is refused');

# ---- one window after the other ----

# Runs something in windows of some seconds, or of more where the machine does not
# come to use these up; a window of the right length shows that they are used.
sub in_windows
{
	my ($run, @seconds) = @_;

	for my $seconds (@seconds)
	{
		return 1 if $run->($seconds);
		note("in windows of $seconds s: " . refused() . ' refused, passed: ' . join ' ', counted($seconds));
	}
	return 0;
}

for my $case ([ ads_analytics => 30, 3, 15, 75 ], [ safety_net => 10, 1, 5, 25 ])
{
	my ($category, $calls, @seconds) = @$case;
	my $what = "$category $calls in $seconds[0] s";
	my $is_used = in_windows(sub {
		my ($seconds) = @_;

		limits($category => [ $calls, $seconds ]);
		$server = new_server(", max_connections '2'");
		my @sessions = map { sql_session($node) } 1 .. 4;
		begin_query($_, asks($server, 6, 4, 1)) for @sessions;
		is(end_query($_), '24', "$what: a session has all rows") for @sessions;
		$_->quit for @sessions;
		my @counts = counted($seconds);
		return refused() <= 1 && !grep { $_ < 0.9 * $calls } @counts[ 0 .. $#counts - 1 ];
	}, @seconds);
	ok($is_used, "$what: each window is used, and no more than one request refused");
}

# ---- others with the same token ----

for my $theirs (20, 30)
{
	my $what = "another client took $theirs of 30";
	my $is_used = in_windows(sub {
		my ($seconds) = @_;

		limits(ads_analytics => [ 30, $seconds ]);
		$server = new_server(", max_connections '1'");
		other_client() for 1 .. $theirs;
		is($session->query(asks($server, 6, 3, 1)), '18', "$what: all rows");
		return join(' ', refused(), counted($seconds)) eq ($theirs == 20 ? '0 30 8' : '1 30 18');
	}, 3, 15, 75);
	ok($is_used, "$what: the rest is used, and the next window");
}
my $is_known = in_windows(sub {
	my ($seconds) = @_;

	limits(ads_analytics => [ 30, $seconds ]);
	sim_config(latency => 0.02);
	$server = new_server(", max_connections '1'");
	begin_query($session, asks($server, 6, 6, 1));
	wait_for(sub { 5 <= scalar(my @now = sim_requests()) });
	other_client() for 1 .. 10;
	is(end_query($session), '36', 'another client in between: all rows');
	return refused() <= 1;
}, 3, 15, 75);
ok($is_known, 'another client in between: at most one refusal');

# ---- headers ----

# The answer of a page, the one after it, if any, and headers.  Its row is the time at
# which it was asked for.
sub timed_page
{
	my ($next, @headers) = @_;
	my $body = sprintf '{"items":[{"id":"%.3f"}],"bookmark":%s}', time, $next ? "\"b$next\"" : 'null';

	return join("\r\n", 'HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: ' . length $body,
		@headers, '', $body);
}

# A server with such pages, to be asked for ad accounts.
sub server_at
{
	my ($url, $options) = @_;
	my $name = 's' . ++$servers;

	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0'$options);
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_raw');
CREATE SCHEMA $name;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (ad_accounts) FROM SERVER $name INTO $name;
SQL
	return $name;
}

# A server of so many pages; the headers of each.  A wait that is not due lasts for
# longer than the test.
sub timed_pages
{
	my ($pages, @headers) = @_;
	my ($url) = raw_server(sub {
		my ($request, $count) = @_;
		return timed_page($count < $pages ? $count : 0, 'Connection: close', @{ $headers[$count - 1] // [] });
	});

	return server_at($url, '');
}

sub pauses
{
	my ($name) = @_;
	my @times = sort { $a <=> $b } split /\n/, $session->query("SELECT id FROM $name.ad_accounts");

	# in milliseconds, as waits are counted
	return map { sprintf '%.3f', $times[$_] - $times[ $_ - 1 ] } 1 .. $#times;
}

sub news
{
	my ($limit, $remaining, $reset) = @_;

	return [ map { defined $_->[1] ? "x-ratelimit-$_->[0]: $_->[1]" : () } [ limit => $limit ],
		[ remaining => $remaining ], [ reset => $reset ] ];
}

my $policies = qq(100;w=1;name="safety_net_app_id_user_id", 1000;w=$long;name="ads_read_app_id_user_id");
my $paged = timed_pages(3, news("1000, $policies", 0, 2));
my @pauses = pauses($paged);
is(scalar @pauses, 2, 'nothing remains: all pages, not long after the reset');
cmp_ok($pauses[0], '>', 1.9, 'nothing remains: the next page is asked for after the reset');
cmp_ok(waited($paged, 'ads_read'), '<=', $pauses[0], 'nothing remains: the page after it at once');
$paged = timed_pages(4, news("1000, $policies", 2, 2), (undef) x 3);
@pauses = pauses($paged);
cmp_ok($pauses[0] + $pauses[1] + $pauses[2], '>', 1.9, 'two remain: and no third');
cmp_ok(waited($paged, 'ads_read'), '<=', $pauses[2], 'two remain: they are used');
is(scalar(@pauses = pauses(timed_pages(3, news(qq(100, 100;w=1;name="safety_net", 1000;w=$long;name="ads_read"), 0, 1)))), 2,
	'nothing remains of this second: that is all');

my @garbage = (
	[ '', '', '' ], [ 'many', 'few', 'soon' ], [ -1, -1, -1 ], [ 0, 0, 0 ], [ undef, 0, $long ],
	[ '1000', undef, $long ], [ '1000', '', $long ], [ '1000', -5, $long ],
	[ '9' x 40, '9' x 40, '9' x 40 ], [ '1000', 'x0', '9' x 12 ],
	[ qq(1000, 0;w=$long;name="ads_read") ], [ qq(1000, -3;w=$long;name="ads_read") ], [ '1000, 1;w=0;name="ads_read"' ],
	[ '1000, 1;w=99999999999;name="ads_read"' ], [ "1000, 1;w=$long;name=" ], [ qq(1000, 1;w=$long;name=") ],
	[ qq(1000, 1;w=$long;name="ads) . '_x' x 3000 . '"' ], [ ',;,;=,"",;w=' ], [ qq(1000, 1;w=$long;name="ads_reader") ],
	[ qq(1000, 1;w=$long;name="org_read") ], [ "1000, \xff\xfe;w=\xff;name=\"\xff\"" ], [ '1e3', '1e0', '1e9' ], [ '"', '"', '"' ],
);
for my $garbage (@garbage)
{
	my $what = join(' / ', map { defined $_ ? length $_ > 50 ? substr($_, 0, 50) . '...' : $_ : 'none' } @$garbage);

	is(scalar(@pauses = pauses(timed_pages(3, (news(@$garbage)) x 3))), 2, "headers $what: all pages, without a wait");
}

# ---- a wait ----

$session->quit;
$session = sql_session($node);
limits(ads_analytics => [ 5, $long ]);
$server = new_server(", max_connections '1'");
for my $how (qw(pg_cancel_backend pg_terminate_backend statement_timeout))
{
	my $victim = sql_session($node);
	my $pid = $victim->query('SELECT pg_backend_pid()');

	my $is_waiting = $how eq 'statement_timeout' ? time_out_at(sub { comes_to_wait($victim, $pid, @_) }) : comes_to_wait($victim, $pid);
	ok($is_waiting, "$how: a wait event");
	is($session->query("SELECT count(*) FROM $server.campaigns"), '6', "$how: another category is not held");
	cmp_ok(waited($server, 'ads_read'), '==', 0, "$how: not at all");
	$session->query("SELECT $how($pid)") if $how =~ /^pg/;
	if ($how eq 'pg_terminate_backend')
	{
		ok(wait_for(sub { $session->query("SELECT count(*) FROM pg_stat_activity WHERE pid = $pid") eq '0' }), "$how: ended");
		is($session->query('SELECT count(*) FROM pinterest_fdw.progress'), '0', "$how: nothing of it is left");
		eval { $victim->quit };
		next;
	}
	$victim->query('SELECT 1');
	like($victim->{stderr}, qr/canceling statement due to/, "$how: the error");
	is(scalar(() = grep { $_->{path} =~ /analytics/ } sim_requests()), 5, "$how: no request beyond the quota");
	$victim->{stderr} = '';
	$victim->quit;
}
is(refused(), 0, 'waits: nothing is refused');

# What ended while it waited holds nobody up.
limits(ads_analytics => [ 5, 3 ]);
is($session->query(asks(new_server(", max_connections '1'"), 6, 1, 1)), '6', 'after the waits: all rows');

# ---- a day's quota ----

limits(universal => [ 5, 86400 ]);
sim_config(tier => 'trial');
$server = new_server(", max_connections '1', access_tier 'trial'");
my $error = error_of($node, asks($server, 6, 6, 1));
like($error, qr/ERROR:  53400: could not read stream "ad_account_analytics": the API's quota is used up/, 'trial: an error');
like($error, qr/DETAIL:  The quota is of 5 requests in 86400 seconds, and there is none left before 20\d\d-/, 'trial: which says until when');
like($error, qr/HINT:  .*standard access.*"access_tier"/, 'trial: and what to do');
is(scalar(my @sent = sim_requests()), 5, 'trial: the quota is used');
is(refused(), 0, 'trial: and not exceeded');
for my $table ('ad_account_analytics WHERE ad_account_id = ' . "'$account' AND date = '$day'", 'campaigns', 'boards')
{
	like(error_of($node, "SELECT count(*) FROM $server.$table"), qr/ERROR:  53400: .*used up/, "trial: nothing is left for other sessions: $table");
}
is(scalar(@sent = sim_requests()), 5, 'trial: no further request');

# With the usual tier, the API says it.
$server = new_server(", max_connections '1'");
like(error_of($node, asks($server, 6, 6, 1)), qr/ERROR:  53400: /, 'trial, taken for standard: an error');
is(refused(), 1, 'trial, taken for standard: a refusal');

# As built in: 1,000 a day, of which the headers here tell nothing.
sim_reset();
my $trial = timed_pages(1003);
$node->safe_psql('postgres', "ALTER SERVER $trial OPTIONS (ADD access_tier 'trial')");
$error = error_of($node, "SELECT count(*) FROM $trial.ad_accounts");
like($error, qr/DETAIL:  The quota is of 1000 requests in 86400 seconds/, 'trial: 1,000 a day');
like($node->safe_psql('postgres', "SELECT requests FROM pinterest_fdw.stat WHERE server = '$trial'"), qr/^1000$/, 'trial: all are used');

# What libcurl sends again by itself, as a kept connection is closed in place of an
# answer, is a request, too.
my ($closing, $arrived) = raw_server(sub { $_[1] == 2 ? '' : timed_page($_[1]) }, keeps => 1);
$trial = server_at($closing, ", access_tier 'trial', max_connections '1'");
like(error_of($node, "SELECT count(*) FROM $trial.ad_accounts"), qr/DETAIL:  The quota is of 1000 requests/, 'trial, one is sent twice: an error');
is(scalar(my @texts = $arrived->()), 1000, 'trial, one is sent twice: the quota is used, and not exceeded');
is($node->safe_psql('postgres', "SELECT requests, retries FROM pinterest_fdw.stat WHERE server = '$trial'"), '1000|1', 'trial, one is sent twice: the statistics');

# A short day is waited for.
my $is_waited_for = in_windows(sub {
	limits(universal => [ 5, $_[0] ]);
	sim_config(tier => 'trial');
	$server = new_server(", max_connections '1', access_tier 'trial'");
	is($session->query(asks($server, 6, 2, 1)), '12', 'trial: what is soon over is waited for');
	return refused() == 0;
}, 2, 10, 50);
ok($is_waited_for, 'trial: and nothing is refused');

# Unlimited: counted, never held.
sim_reset();
sim_config(limits => { ads_analytics => [ 10, 60 ] });
$server = new_server(", access_tier 'unlimited'");
is($session->query(asks($server, 6, 6, 1)), '36', 'unlimited: all rows');
is((rows($node, "SELECT requests || ' ' || seconds_waited FROM pinterest_fdw.stat WHERE server = '$server'"))[0], '36 0', 'unlimited: counted');
like(error_of($node, "ALTER SERVER $server OPTIONS (SET access_tier 'gold')"), qr/ERROR:.*access_tier.*\n.*standard/s, 'there are but three tiers');

# ---- many mappings ----

# One that has used up its day before others come.
limits(universal => [ 2, 86400 ]);
sim_config(tier => 'trial');
$server = new_server(", max_connections '1', access_tier 'trial'");
is($node->safe_psql('postgres', "SELECT count(*) FROM $server.campaigns"), '6', 'a day of two requests');
like(error_of($node, "SELECT count(*) FROM $server.boards"), qr/ERROR:  53400: .*used up/, 'is used up');
sim_reset();
$session->quit;
my $url = sim_url();
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA many;
DO \$\$
BEGIN
	FOR i IN 1 .. 300 LOOP
		EXECUTE format('CREATE SERVER many%s FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url ''$url'')', i);
		EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER many%s OPTIONS (access_token ''pina_simulator'')', i);
		EXECUTE format('CREATE FOREIGN TABLE many.t%s (id text) SERVER many%s OPTIONS (stream ''ad_accounts'')', i, i);
	END LOOP;
END
\$\$;
CREATE FUNCTION many.read(first integer, last integer) RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE
	n bigint;
	total bigint := 0;
BEGIN
	FOR i IN first .. last LOOP
		EXECUTE format('SELECT count(*) FROM many.t%s', i) INTO n;
		total := total + n;
	END LOOP;
	RETURN total;
END
\$\$;
SQL
# A scan whose slot goes to others while it runs.
$session = sql_session($node);
$session->query("BEGIN; DECLARE c CURSOR FOR SELECT id FROM many.t1");
$session->query('FETCH 0 FROM c');
is((rows($node, 'SELECT many.read(1, 300)'))[0], '300', '300 mappings are read');
cmp_ok((rows($node, 'SELECT count(*) FROM pinterest_fdw.stat'))[0], '<=', 256, 'no more than 256 are kept');
is((rows($node, "SELECT requests FROM pinterest_fdw.stat WHERE server = 'many300'"))[0], '1', 'the last is among them');
is((rows($node, "SELECT count(*) FROM pinterest_fdw.stat WHERE server = 'many2'"))[0], '0', 'the first is not');
is($session->query('FETCH ALL FROM c'), $account, 'a scan whose mapping was forgotten goes on');
$session->query('COMMIT');
is((rows($node, 'SELECT many.read(1, 300)'))[0], '300', 'and all once more');
is($node->safe_psql('postgres', "SELECT count(*) FROM $server.boards"), '1', 'whose day was used up begins anew, as it was forgotten');
is_deeply([ rows($node, "SELECT category, requests, last_error FROM pinterest_fdw.stat WHERE server = '$server'") ], ['org_read|1|'], 'in its statistics, too');
$session->quit;

# ---- sessions that share nothing ----

SKIP:
{
	skip 'sessions always share memory', 6 if $major >= 17;

	$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
	$node->restart;
	is((rows($node, 'SELECT pinterest_fdw.stat_is_shared()'))[0], 'f', 'quotas are not shared');
	my $is_kept_to = in_windows(sub {
		$session->quit if $session->{run}->pumpable;
		$session = sql_session($node);
		limits(ads_analytics => [ 20, $_[0] ]);
		$server = new_server(", max_connections '1'");
		is($session->query(asks($server, 6, 6, 1)), '36', 'alone: all rows');
		return refused() == 0;
	}, 3, 15, 75);
	ok($is_kept_to, 'alone: nothing is refused');
	is((rows($node, 'SELECT count(*) FROM pinterest_fdw.stat'))[0], '0', 'alone: others see nothing of it');
	my @sessions = map { sql_session($node) } 1 .. 2;
	begin_query($_, asks($server, 6, 4, 1)) for @sessions;
	is(end_query($_), '24', 'two that know nothing of each other: all rows') for @sessions;
	$_->quit for $session, @sessions;
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();

# A server with a mapping and tables of its own, of whose quotas nothing is
# known; returns its name, which is the schema's as well.
sub new_server
{
	my ($options) = @_;
	my $name = 's' . ++$servers;

	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '@{[ sim_url() ]}'$options);
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_token 'pina_simulator');
CREATE SCHEMA $name;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO (ad_account_analytics, campaigns, boards) FROM SERVER $name INTO $name;
SQL
	return $name;
}

# Forgets all requests and enforces limits.
sub limits
{
	my (%limits) = @_;

	sim_reset();
	return sim_config(enforce_limits => JSON::PP::true, limits => \%limits);
}

# A query that takes that many requests of category ads_analytics, the product
# of its arguments (6 at most each), and counts the rows: one for each.
sub asks
{
	my ($schema, @counts) = @_;
	my @names = qw(click_window_days engagement_window_days view_window_days);
	my $where = join ' AND ', map { "$names[$_] IN (" . join(', ', @windows[ 0 .. $counts[$_] - 1 ]) . ')' } 0 .. 2;

	return "SELECT count(*) FROM $schema.ad_account_analytics WHERE ad_account_id = '$account' AND date = '$day' AND $where";
}

sub twice { return "$_[0] UNION ALL $_[0]"; }

sub answer { return $node->safe_psql('postgres', $_[0]); }

sub begin_query
{
	my ($in, $sql) = @_;

	$in->{stderr} = '';
	$in->query_until(qr/begun/, "\\echo begun\n$sql;\n");
	return;
}

# The rows of what begin_query() began, and what was said.
sub end_query
{
	my ($in) = @_;
	my $out = $in->query("\\echo");

	$out =~ s/\n*$//;
	return $out . $in->{stderr};
}

# How many requests were refused, those of other clients aside.
sub refused
{
	return scalar grep { $_->{status} == 429 && $_->{headers}{'user-agent'} =~ /^pinterest_fdw/ } sim_requests();
}

# When requests that were let through arrived.
sub passed
{
	return sort { $a <=> $b } map { $_->{started} } grep { $_->{status} != 429 } sim_requests();
}

# How many were let through in each of the API's windows, which begin with the
# first request after the last one.
sub counted
{
	my ($seconds) = @_;
	my ($begun, @counts);

	for my $time (passed())
	{
		if (!defined $begun || $time >= $begun + $seconds)
		{
			$begun = $time;
			push @counts, 0;
		}
		$counts[-1]++;
	}
	return @counts;
}

# The status of a request of another client that has the same token.
sub other_client
{
	my $client = HTTP::Tiny->new(no_proxy => ['127.0.0.1']);

	return $client->get(sim_url("/v5/ad_accounts/$account/analytics?start_date=$day&end_date=$day&granularity=DAY&columns=SPEND_IN_DOLLAR"),
		{ headers => { Authorization => 'Bearer pina_simulator' } })->{status};
}

# Lets a session wait for the rate limit, with this statement_timeout; returns
# whether it came to it.
sub comes_to_wait
{
	my ($in, $pid, $timeout) = @_;
	my $is_waiting;

	$in->query("SET statement_timeout = '" . ($timeout // 0) . "'");
	begin_query($in, asks($server, 6, 1, 1));

	# until then the session is idle after another query
	wait_for(sub {
		($is_waiting = is_waiting($pid))
		  || $session->query("SELECT count(*) FROM pg_stat_activity WHERE pid = $pid AND state = 'idle' AND query ~ 'analytics'");
	});
	return $is_waiting;
}

# Whether a session waits for the rate limit.
sub is_waiting
{
	my ($pid) = @_;

	return $session->query(<<SQL) eq 't';
SELECT count(*) = 1 FROM pg_stat_activity JOIN pinterest_fdw.progress USING (pid)
WHERE pid = $pid AND wait_event_type = 'Extension' AND wait_event = '$waits_as' AND phase = 'waiting for the rate limit'
SQL
}

sub waited
{
	my ($name, $category) = @_;

	return $session->query("SELECT seconds_waited FROM pinterest_fdw.stat WHERE server = '$name' AND category = '$category'");
}
