# Copyright (c) 2026, pinterest_fdw contributors

# Scans for which nothing names a first day: what is read, what is said of it, and
# what option and setting without_dates make of them.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use MatviewTest;
use PinterestTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 1, '--pins', 2, '--steady');
my $node = pinterest_cluster();
my ($account) = @{ decode_json(sim_get('state'))->{ad_account_ids} };
my @day = map { utc_today(-$_) } 0 .. 914;
my $stream = 'campaigns_analytics';
my $table = "pinterest.$stream";
my $columns = 'campaign_id, date, total_impression';
daily_campaign($node, $account, 60);
truth_table($node, $stream, start => $day[914], end => $day[0], columns => 'TOTAL_IMPRESSION');
sim_config(report_polls => 0);
$node->safe_psql('postgres', <<SQL);
ALTER DATABASE postgres SET TimeZone = 'UTC';
CREATE VIEW steps AS SELECT $columns, lag(total_impression) OVER (PARTITION BY campaign_id ORDER BY date) AS before FROM $table;
CREATE ROLE bi LOGIN SUPERUSER;
ALTER ROLE bi SET pinterest_fdw.without_dates = 'error';
CREATE USER MAPPING FOR bi SERVER pinterest OPTIONS (access_token 'pina_simulator');
SQL

# What a statement comes to: {rows, error, said: its notices and warnings of days,
# asked: the days of the requests for analytics, by request or in reports}.
sub run
{
	my ($sql, %args) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;
	my ($code, $rows, $stderr) = $node->psql('postgres', $sql, extra_params => $args{as} ? [ '-U', $args{as} ] : []);
	my %asked;

	for my $request (@{ decode_json(sim_get("requests?since=$since"))->{requests} })
	{
		$asked{"$request->{body}{start_date} to $request->{body}{end_date}"} = 1 if $request->{method} eq 'POST';
		$asked{"$request->{query}{start_date}[0] to $request->{query}{end_date}[0]"} = 1 if $request->{path} =~ /analytics$/;
	}
	return {
		rows => $rows,
		error => $code ? $stderr : '',
		said => [ grep { !/come in reports/ } $stderr =~ /^.*?((?:NOTICE|WARNING):  .*)$/mg ],
		asked => [ sort keys %asked ]
	};
}

# The days of the requests and reports that read all days from one so long ago.
sub days_since
{
	my @asked = ("$day[90] to $day[0]");

	for (my $first = $_[0]; $first > 90; $first -= 186)
	{
		my $last = $first - 185 > 91 ? $first - 185 : 91;
		push @asked, "$day[$first] to $day[$last]";
	}
	return [ sort @asked ];
}

sub all_days { return days_since(914); }

sub only { return "NOTICE:  only days from $day[$_[0]] to $day[$_[1] // 0] of stream \"$stream\" are read"; }

sub truth_of
{
	my ($query, $days) = @_;

	return $node->safe_psql('postgres', $query =~ s/\bFROM T\b/FROM (SELECT $columns FROM truth.$stream WHERE $days) AS t/r);
}

# ---- forms whose conditions do not reach the scan ----

# T is the table, S the view over it.
my %forms = (
	'no condition' => 'SELECT count(*), min(date) FROM T',
	'a condition above a materialized CTE' => "WITH x AS MATERIALIZED (SELECT $columns FROM T)
		SELECT count(*), min(date) FROM x WHERE date >= date '$day[45]'",
	'a condition above a window function' => "SELECT count(*), min(date) FROM (SELECT date,
		lag(total_impression) OVER (PARTITION BY campaign_id ORDER BY date) FROM T) AS s WHERE date >= date '$day[45]'",
	'a condition above LIMIT' => "SELECT count(*) FROM (SELECT date FROM T LIMIT 100000) AS s WHERE date >= date '$day[45]'",
	'FILTER' => "SELECT count(*) FILTER (WHERE date >= date '$day[45]') FROM T",
	'CASE' => "SELECT sum(CASE WHEN date < date '$day[10]' THEN total_impression END) FROM T",
	'the first day' => 'SELECT min(date) FROM T',
	'a group by month' => "SELECT date_trunc('month', date), sum(total_impression) FROM T GROUP BY 1 ORDER BY 1",
	'HAVING' => "SELECT campaign_id, count(*) FROM T GROUP BY 1 HAVING min(date) >= date '$day[914]' ORDER BY 1",
	'the nullable side of an outer join' => "SELECT count(*) FROM (VALUES (1)) AS v LEFT JOIN (SELECT date, 1 AS one
		FROM T) AS s ON s.one = v.column1 WHERE coalesce(s.date, date '$day[0]') >= date '$day[45]'",
);
for my $form (sort keys %forms)
{
	my $query = $forms{$form};
	my $foreign = $query =~ s/\bFROM T\b/FROM $table/r;
	my $got = run($foreign);

	is($got->{rows}, truth_of($query, "date BETWEEN '$day[29]' AND '$day[0]'"), "$form: the rows of 30 days");
	is_deeply($got->{said}, [ only(29) ], "$form: one notice");
	is_deeply($got->{asked}, ["$day[29] to $day[0]"], "$form: the days asked for");

	$got = run("SET pinterest_fdw.without_dates = 'all'; $foreign");
	is($got->{rows}, truth_of($query, 'true'), "$form, all: the rows of all days");
	is_deeply($got->{said}, [], "$form, all: no notice");
	is_deeply($got->{asked}, all_days(), "$form, all: the days asked for");

	$got = run("SET pinterest_fdw.without_dates = 'error'; $foreign");
	like($got->{error}, qr/ERROR:  no condition names the first day of stream "$stream" to be read\n.*DETAIL:.*\n.*HINT:  Compare.*date >= '$day[29]'/,
		"$form, error: the error");
	is_deeply($got->{asked}, [], "$form, error: nothing is asked for");
}
like(error_of($node, "SET pinterest_fdw.without_dates = 'error'; SELECT date FROM $table"), qr/ERROR:  HV002:/, 'SQLSTATE of the error');

my $got = run("SELECT count(*) FROM steps WHERE date >= now() - interval '45 days'");
is($got->{rows}, truth_of('SELECT count(*) FROM T', "date BETWEEN '$day[29]' AND '$day[0]'"), 'a view: the rows of 30 days');
is_deeply($got->{said}, [ only(29) ], 'a view: one notice');
like(run("SELECT count(*) FROM steps WHERE date >= now() - interval '45 days'", as => 'bi')->{error},
	qr/no condition names the first day/, 'a view: an error for a role whose setting says so');

# A gateway: its users see no notice of ours, but an error.
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION postgres_fdw;
CREATE SERVER gateway FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '@{[ $node->host ]}', port '@{[ $node->port ]}', dbname 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER gateway OPTIONS (user 'bi');
CREATE SCHEMA gateway;
IMPORT FOREIGN SCHEMA pinterest LIMIT TO ($stream) FROM SERVER gateway INTO gateway;
SQL
for my $case ([ "date >= date '$day[45]'", 0 ], [ "date >= (SELECT date '$day[45]')", 0 ], [ 'date >= current_date - 45', 1 ])
{
	my ($where, $fails) = @$case;
	my $got = run("SELECT count(date) FROM gateway.$stream WHERE $where");

	$fails ? like($got->{error}, qr/no condition names the first day.*HINT:/s, "gateway, $where: the error") :
	  is($got->{rows}, truth_of('SELECT count(*) FROM T', "date >= '$day[45]'"), "gateway, $where: the rows");
}

# ---- what is said, and when ----

sub said_ok
{
	my ($sql, $said, $name) = @_;
	my $got = run($sql);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($got->{error}, '', "$name: no error");
	return is_deeply($got->{said}, $said, "$name: said");
}
my $misses = "WARNING:  only days from $day[29] to $day[0] of stream \"$stream\" are read";
my $odd = "(date >= '$day[40]' OR total_impression < 0)";	# no request can say it

said_ok("SELECT date FROM $table WHERE date >= '$day[5]'", [], 'a first day');
said_ok("SELECT date FROM $table WHERE date <= '$day[5]'", [ only(34, 5) ], 'a last day alone');
said_ok("SELECT date FROM $table WHERE $odd", [$misses], 'a condition that no request can say');
said_ok("SELECT date FROM $table WHERE $odd AND date >= '$day[50]'", [], 'such a condition beside a first day');
said_ok("SELECT date FROM $table UNION ALL SELECT date FROM $table", [ only(29), only(29) ], 'two scans');
said_ok("SELECT l.n FROM generate_series(2, 4) AS g(n), LATERAL (SELECT count(*) AS n FROM $table AS a WHERE a.date <= date '$day[0]' - g.n) AS l",
	[ only(31, 2) ], 'a scan that is started thrice');
said_ok("SELECT date FROM $table LIMIT 0", [], 'a scan that reads nothing');
said_ok("SELECT date FROM $table WHERE (SELECT false)", [], 'a scan that never starts');
said_ok("SELECT date FROM $table WHERE campaign_id = NULL", [], 'a scan that no row can qualify for');
said_ok("EXPLAIN SELECT date FROM $table", [], 'EXPLAIN');
said_ok("ANALYZE $table", [], 'ANALYZE');
said_ok('SELECT id FROM pinterest.campaigns', [], 'a stream without dates');
my $by_hash = 'SET enable_nestloop = off; SET pinterest_fdw.enable_bind_join = off;';
$node->safe_psql('postgres', "CREATE TABLE visits AS SELECT campaign_id, date FROM truth.$stream WHERE date >= '$day[3]'; ANALYZE visits");
said_ok("$by_hash SELECT * FROM visits AS v JOIN $table AS a USING (campaign_id, date)",
	["NOTICE:  all days from $day[914] to $day[0] of stream \"$stream\" are read"], 'days that another table names');
said_ok("$by_hash SET pinterest_fdw.without_dates = '$_'; SELECT * FROM visits AS v JOIN $table AS a USING (campaign_id, date)",
	$_ eq 'all' ? [] : ["NOTICE:  all days from $day[914] to $day[0] of stream \"$stream\" are read"], "days that another table names, $_") for 'all', 'error';
said_ok('SET enable_nestloop = off; SET enable_hashjoin = off; SET enable_mergejoin = off; ' .
	"SELECT * FROM visits AS v JOIN $table AS a USING (campaign_id, date)", [], 'days that another table names, which are read first');

# ---- option start_date ----

$node->safe_psql('postgres', "ALTER SERVER pinterest OPTIONS (ADD start_date '$day[40]', ADD without_dates 'error')");
$got = run("SELECT count(*) FROM $table");
is($got->{rows}, truth_of('SELECT count(*) FROM T', "date >= '$day[40]'"), 'start_date: the rows');
is_deeply([ $got->{said}, $got->{error} ], [ [], '' ], 'start_date names a first day: no word');
like(run("SELECT count(*) FROM $table WHERE $odd")->{error}, qr/no condition names the first day.*DETAIL:  A condition on the date cannot be passed/s,
	'but a condition that no request can say is an error');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (SET without_dates \'all\')');
is_deeply(run("SELECT count(*) FROM $table")->{asked}, ["$day[40] to $day[0]"], 'start_date counts before without_dates');
$node->safe_psql('postgres', 'ALTER SERVER pinterest OPTIONS (DROP start_date)');

# ---- options and the setting ----

is_deeply(run("SELECT count(*) FROM $table")->{asked}, all_days(), 'all, by the server');
is_deeply(run("ANALYZE $table")->{asked}, ["$day[29] to $day[0]"], 'a sample for ANALYZE needs no more than the last days');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE $table OPTIONS (ADD without_dates 'last_days', ADD default_days '3')");
$got = run("SELECT count(*) FROM $table");
is_deeply([ $got->{asked}, $got->{said} ], [ ["$day[2] to $day[0]"], [ only(2) ] ], 'the last days, by the table');
is($got->{rows}, truth_of('SELECT count(*) FROM T', "date >= '$day[2]'"), 'default_days: the rows');
is_deeply(run("SET pinterest_fdw.without_dates = 'all'; SELECT count(*) FROM $table")->{asked}, all_days(), 'all, by the setting');
is_deeply(run("SET pinterest_fdw.without_dates = 'all'; RESET pinterest_fdw.without_dates; SELECT count(*) FROM $table")->{asked},
	["$day[2] to $day[0]"], 'a setting that is taken back');
is_deeply(run("SET pinterest_fdw.without_dates = 'all'; SET pinterest_fdw.without_dates = ''; SELECT count(*) FROM $table")->{asked},
	["$day[2] to $day[0]"], 'an empty setting');
is_deeply(run("SET plan_cache_mode = force_generic_plan; PREPARE q AS SELECT count(*) FROM $table; EXECUTE q;
	SET pinterest_fdw.without_dates = 'all'; EXECUTE q")->{asked}, [ sort "$day[2] to $day[0]", @{ all_days() } ],
	'a cached plan goes by the setting of its execution');
like(run("SELECT 1 FROM $table LIMIT 0; SET pinterest_fdw.without_dates = 'never'")->{error},
	qr/invalid value for parameter "pinterest_fdw.without_dates": "never"\n.*HINT:  Available values: last_days, all, error\./, 'other words');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE $table OPTIONS (SET without_dates 'error', SET default_days '914')");
like(run("SELECT count(*) FROM $table")->{error}, qr/no condition names the first day/, 'an error, by the table');
is_deeply(run("ANALYZE $table")->{error}, '', 'ANALYZE works all the same');
like(run("EXPLAIN SELECT count(*) FROM $table")->{error}, qr/no condition names the first day/, 'EXPLAIN raises it too');
is(run("SET plan_cache_mode = force_generic_plan; PREPARE q(date) AS SELECT count(*) FROM $table WHERE date >= (SELECT \$1);
	EXPLAIN EXECUTE q('$day[3]')")->{error}, '', 'EXPLAIN where the day is known later');
is(run("SELECT count(*) FROM $table WHERE date >= '$day[3]'")->{rows}, truth_of('SELECT count(*) FROM T', "date >= '$day[3]'"), 'with a first day it is read');
is_deeply(run("SET pinterest_fdw.without_dates = 'last_days'; SELECT count(*) FROM $table")->{asked}, days_since(913), 'default_days 914');

# ---- histories ----

$node->safe_psql('postgres', <<SQL);
ALTER FOREIGN TABLE $table OPTIONS (DROP without_dates, SET default_days '12');
ALTER SERVER pinterest OPTIONS (SET without_dates 'error');
SQL
my $statement = "SELECT pinterest_fdw.create_matview('daily', '$table', columns => '{total_impression}')";
$got = run($statement, as => 'bi');
is_deeply([ @$got{qw(error said)} ], [ '', [] ], 'create_matview() is quiet');
is_deeply($got->{asked}, ["$day[11] to $day[0]"], 'a history begins with default_days');
is_deeply(run("REFRESH MATERIALIZED VIEW $_", as => 'bi'), { rows => '', error => '', said => [], asked => ["$day[7] to $day[0]"] },
	"REFRESH $_ is quiet") for 'daily', 'CONCURRENTLY daily';
is(run("SET client_min_messages = warning; CALL pinterest_fdw.backfill('daily_history', '$table', '$day[40]')", as => 'bi')->{error}, '', 'backfill() works');
same_rows_ok($node, "SELECT $columns FROM daily_history", "SELECT $columns FROM truth.$stream WHERE date >= '$day[40]'", 'the history');
is_deeply(run('SELECT count(*) FROM daily WHERE date IS NOT NULL', as => 'bi')->{said}, [], 'its view is read without a word');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
