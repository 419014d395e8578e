# Copyright (c) 2026, pinterest_fdw contributors

# Reports in queries of all kinds: plans, rescans, limits, prepared statements
# and copies; what the file may look like; and how long a report may take.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(max);
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 5, '--ad-groups', 2, '--ads', 1, '--boards', 1, '--pins', 1, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 230;
daily_campaign($node, $account, 231);
my ($first, $last_report, $first_request, $today) = @day[ 230, 91, 90, 0 ];
my $table = 'pinterest.campaigns_analytics';
my $in = "ad_account_id = '$account'";
my $columns = truth_table($node, 'campaigns_analytics', start => $day[230], end => $day[0], columns => 'SPEND_IN_MICRO_DOLLAR,TOTAL_IMPRESSION,CAMPAIGN_NAME');
my $range = "date BETWEEN '$day[120]' AND '$day[100]'";
my $query = "SELECT $columns FROM $table WHERE $in AND $range";
my $truth = "SELECT $columns FROM truth.campaigns_analytics WHERE $range";
my $notice = "NOTICE:  stream \"campaigns_analytics\": days from $day[120] to $day[100] come in reports";

fresh();

# Back to an empty log, and to reports that are ready when they are first asked for.
sub fresh
{
	sim_reset();
	sim_config(report_polls => 0, @_);
	return;
}

# Runs statements; returns what is said besides rows, and the requests.
sub run_sql
{
	my ($sql) = @_;
	my $since = max(0, map { $_->{seq} } sim_requests());
	my ($code, $stdout, $stderr) = $node->psql('postgres', $sql, on_error_die => 1);

	return ($stderr, @{ decode_json(sim_get("requests?since=$since"))->{requests} });
}

# The requests that reports took: "POST 1, GET 2, download 1".
sub steps
{
	my %count = (POST => 0, GET => 0, download => 0);

	$count{ $_->{host} eq 'download' ? 'download' : $_->{method} }++
	  for grep { $_->{host} eq 'download' || $_->{path} =~ m{/reports$} } @_;
	return join ', ', map { "$_ $count{$_}" } qw(POST GET download);
}

# ---- plans ----

my ($said, @requests) = run_sql("EXPLAIN SELECT $columns FROM $table WHERE $in AND date >= '$day[230]'");
is("$said" . scalar(@requests), '0', 'EXPLAIN says and sends nothing');
my $plan = unwrapped($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) SELECT campaign_id, spend_in_micro_dollar FROM $table WHERE $in AND date >= '$day[230]'"));
like($plan, qr[^ *Request: GET /ad_accounts/\{ad_account_id\}/campaigns/analytics\?.*start_date=$first_request&end_date=$today&]m, 'EXPLAIN shows the request');
like($plan, qr[^ *Report: POST /ad_accounts/$account/reports \{"start_date": "$first", .*"level": "CAMPAIGN", .*"columns": \["CAMPAIGN_ID", "SPEND_IN_MICRO_DOLLAR"\]]m, 'and the order');
like($plan, qr[^ *Days by Request: $first_request to $today\n]m, 'and which days come by the one');
like($plan, qr[^ *Days by Report: $first to $last_report\n]m, 'and which by the other');
unlike(join("\n", rows($node, "EXPLAIN SELECT $columns FROM $table WHERE $in")), qr/Report/, 'recent days take none');
my $json = decode_json(join "\n", rows($node, "EXPLAIN (FORMAT JSON) SELECT $columns FROM $table WHERE $in AND campaign_id IN ('1', '2') AND date >= '$day[230]'"));
my $scan = $json->[0]{Plan};
is_deeply([ $scan->{'Days by Request'}, $scan->{'Days by Report'} ], [ ["$day[90] to $day[0]"], ["$day[230] to $day[91]"] ], 'the same as JSON');
like($scan->{Report}[0], qr/"campaign_ids": \["\{campaign_id\}"\]/, 'with the ids in it');

$plan = join "\n", rows($node, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $query");
@requests = grep { $_->{path} !~ /__sim/ } sim_requests();
like($plan, qr/^ *Requests: ${\ scalar @requests}$/m, 'EXPLAIN ANALYZE counts all requests');
is(steps(@requests), 'POST 1, GET 1, download 1', 'those of the report among them');
like($plan, qr/^ *Retries: 0$/m, 'which are no retries');
my ($bytes) = $plan =~ /^ *Bytes Received: (\d+)$/m;
my $received = 0;
$received += $_->{bytes} for @requests;
is($bytes, $received, 'and the bytes of all');

# ---- scans ----

fresh();
($said, @requests) = run_sql("CREATE TABLE got AS $query");
like($said, qr/^psql\S* \Q$notice\E/, 'a notice');
is(steps(@requests), 'POST 1, GET 1, download 1', 'a report takes three requests');
same_rows_ok($node, 'TABLE got', $truth, 'CREATE TABLE AS');

# The API has made the same report before, and says so at once.
($said, @requests) = run_sql($query);
is(steps(@requests), 'POST 1, GET 1, download 1', 'a report that is finished when it is ordered');
my ($post, $get) = grep { $_->{path} =~ m{/reports$} } @requests;
cmp_ok($get->{started} - $post->{finished}, '<', 0.4, 'is not waited for');

($said, @requests) = run_sql("SELECT d, s.n FROM (VALUES (date '$day[110]'), ('$day[111]'), ('$day[110]')) AS v(d),
	LATERAL (SELECT sum(spend_in_micro_dollar) AS n FROM $table WHERE $in AND date BETWEEN v.d - 10 AND v.d OFFSET 0) AS s");
is(steps(@requests), 'POST 3, GET 3, download 3', 'a report for each rescan');
is(() = $said =~ /NOTICE/g, 1, 'but one notice');
same_rows_ok($node, "SELECT d, s.n FROM (VALUES (date '$day[110]'), ('$day[111]')) AS v(d),
		LATERAL (SELECT sum(spend_in_micro_dollar) AS n FROM $table WHERE $in AND date BETWEEN v.d - 10 AND v.d OFFSET 0) AS s",
	"SELECT d, s.n FROM (VALUES (date '$day[110]'), ('$day[111]')) AS v(d),
		LATERAL (SELECT sum(spend_in_micro_dollar) AS n FROM truth.campaigns_analytics WHERE date BETWEEN v.d - 10 AND v.d) AS s", 'rescans: rows');

for my $mode (qw(force_generic_plan force_custom_plan))
{
	is_deeply([ rows($node, <<SQL) ], [ rows($node, <<TRUTH) ], "$mode: a prepared statement whose days come by both ways");
SET client_min_messages = warning; SET plan_cache_mode = $mode;
PREPARE p(date, date) AS SELECT count(*), min(date), max(date), sum(spend_in_micro_dollar) FROM $table WHERE $in AND date BETWEEN \$1 AND \$2;
EXECUTE p('$day[10]', '$day[5]');
EXECUTE p('$day[120]', '$day[100]');
EXECUTE p('$day[95]', '$day[85]');
SQL
SELECT count(*), min(date), max(date), sum(spend_in_micro_dollar) FROM truth.campaigns_analytics,
	(VALUES (1, date '$day[10]', date '$day[5]'), (2, '$day[120]', '$day[100]'), (3, '$day[95]', '$day[85]')) AS v(n, first, last)
WHERE date BETWEEN first AND last GROUP BY n ORDER BY n
TRUTH
}

is(scalar(rows($node, "SELECT date FROM $table WHERE $in AND date BETWEEN '$day[120]' AND '$day[80]' LIMIT 1")), 1, 'LIMIT 1');
is(scalar(rows($node, "SELECT date FROM $table WHERE $in AND $range ORDER BY date LIMIT 3")), 3, 'ORDER BY and LIMIT');
is_deeply([ rows($node, "SET client_min_messages = warning; BEGIN; DECLARE c CURSOR FOR $query; FETCH 2 FROM c; CLOSE c; COMMIT") ]->[1] ne '', 1, 'a cursor that is given up');
($said, @requests) = run_sql("SELECT FROM $table WHERE $in AND $range LIMIT 0");
is("$said" . steps(@requests), 'POST 0, GET 0, download 0', 'LIMIT 0 orders nothing');

# A day that a join names is read whether or not the plan passes it on.
$node->safe_psql('postgres', "CREATE TABLE days AS SELECT date '$day[130]' AS d UNION VALUES (date '$day[60]'); ANALYZE days");
for my $off ('enable_nestloop', 'enable_hashjoin, enable_mergejoin')
{
	same_rows_ok($node, "SELECT $columns FROM $table AS a JOIN days ON a.date = d WHERE $in",
		"SELECT $columns FROM truth.campaigns_analytics JOIN days ON date = d", "days of a join without $off", map { "SET $_ = off;" } split /, /, $off);
}

# ---- files ----

for my $layout (qw(BY_ID BY_DATE array))
{
	fresh(report_layout => $layout);
	same_rows_ok($node, $query, $truth, "layout $layout");
	same_rows_ok($node, "SELECT campaign_id, spend_in_micro_dollar FROM $table WHERE $in AND granularity = 'TOTAL' AND $range",
		'SELECT campaign_id, sum(spend_in_micro_dollar)::bigint AS spend_in_micro_dollar FROM truth.campaigns_analytics
		WHERE ' . "$range GROUP BY 1", "layout $layout: a total");
}
for my $empty ('{}', '[]', '{"626747962992": []}', " \n{ } \n")
{
	fresh();
	sim_fault(action => 'replace', body => $empty, match => '^/async');
	is($node->safe_psql('postgres', "SELECT count(*) FROM $table WHERE $in AND $range"), '0', 'an empty report: ' . $empty =~ s/\s+/ /gr);
}
fresh();
sim_fault(action => 'replace', match => '^/async', body => <<JSON);
{"7": [{"NEW": {"a": [1, {"b": null}]}, "SPEND_IN_MICRO_DOLLAR": "12", "DATE": "$day[101]", "CAMPAIGN_ID": 7},
	{"CAMPAIGN_ID": "7", "DATE": "$day[100]"}, {"TOTAL_IMPRESSION": 3.0, "DATE": "$day[102]", "CAMPAIGN_ID": 7, "CAMPAIGN_NAME": null}], "8": []}
JSON
is_deeply([ rows($node, "SELECT campaign_id, date, spend_in_micro_dollar, total_impression, campaign_name FROM $table WHERE $in AND $range ORDER BY date") ],
	[ "7|$day[102]||3|", "7|$day[101]|12||", "7|$day[100]|||" ], 'members in any order, unknown, missing and of other types');

# The id of a keyword stands where the row does; any other name there is none.
for my $layout (qw(BY_DATE array))
{
	fresh(report_layout => $layout);
	like(error_of($node, "SELECT keyword_id FROM pinterest.keywords_analytics WHERE $in AND $range"), qr/ERROR: /, "a keyword's report $layout, where its rows have no id");
}

# ---- a report that takes its time ----

fresh(report_polls => 2);
my $log = -s $node->logfile;
($said, @requests) = run_sql("SET log_min_messages = debug1; $query");
is(steps(@requests), 'POST 1, GET 3, download 1', 'asked for until it is ready');
my @gets = map { $_->{started} } grep { $_->{path} =~ m{/reports$} } @requests;
cmp_ok($gets[$_ + 1] - $gets[$_], '>', (0.45, 0.9, 1.8)[$_], 'pause ' . ($_ + 1)) for 0 .. 2;
my @told = slurp_file($node->logfile, $log) =~ /DEBUG:  (report of stream .*)/g;
is_deeply(\@told, [ ('report of stream "campaigns_analytics" is IN_PROGRESS') x 3, 'report of stream "campaigns_analytics" is FINISHED' ], 'DEBUG1 for each answer');
like($said, qr/^psql\S* \Q$notice\E/, 'and one notice');

# Other days are read while a report is waited for, which here is never ready.
fresh(report_polls => 1000);
my $session = sql_session($node);
$session->query_safe("SET client_min_messages = warning");
$session->query_safe('BEGIN');
$session->query_safe("DECLARE c CURSOR FOR SELECT date FROM $table WHERE $in AND date >= '$day[100]'");
my @first = sort split /\n/, $session->query_safe('FETCH 50 FROM c');
is(scalar @first, 50, 'rows of recent days do not wait for a report');
cmp_ok($first[0], 'ge', $day[90], 'and come first');
$session->query_safe('ROLLBACK');
$session->quit;

# ---- no reports in the sandbox ----

my ($proxy, $proxied) = raw_server(sub { "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" });
$node->safe_psql('postgres', <<SQL);
CREATE SERVER sandbox FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'https://api-sandbox.pinterest.com/v5', proxy '$proxy', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER sandbox OPTIONS (access_token 'pina_sandbox');
CREATE FOREIGN TABLE sandboxed (ad_account_id text, campaign_id text, date date, ctr float8, total_add_to_cart bigint)
	SERVER sandbox OPTIONS (stream 'campaigns_analytics');
SQL
$plan = unwrapped($node->safe_psql('postgres', "EXPLAIN SELECT ctr FROM sandboxed WHERE $in AND date >= '$day[200]'"));
like($plan, qr/Request: GET .*start_date=$first_request/, 'sandbox: the days that there are');
unlike($plan, qr/Report/, 'sandbox: no report');
my $error = error_of($node, "SELECT ctr FROM sandboxed WHERE $in AND date >= '$day[200]'");
like($error, qr/WARNING:  01000: stream "campaigns_analytics" has no data before $first_request/, 'sandbox: a warning');
like($error, qr/ERROR:  HV00N: /, 'which goes before the first request');
is(scalar(my @arrived = $proxied->()), 1, 'and that is sent');
like(error_of($node, "SELECT total_add_to_cart FROM sandboxed WHERE $in"), qr/ERROR:  HV00L: .*"campaigns_analytics": the sandbox has no reports/, 'sandbox: nothing that only reports have');
is(scalar(@arrived = $proxied->()), 1, 'without a request');

is(join("\n", invalid_requests()), '', 'no invalid request');
$node->stop;
done_testing();
