# What the TAP tests share: a server with the extension, the local Pinterest
# beside it, and the requests that arrived there.
#
# Copyright (c) 2026, pinterest_fdw contributors

package PinterestTest;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Spec::Functions qw(catfile);
use IO::Socket::INET;
use IPC::Run ();
use JSON::PP;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(simulator sim_get sim_post sim_reset sim_config sim_fault
  sim_requests sim_paths sim_truth sim_url invalid_requests
  $patience $for_ever new_node pinterest_cluster unwrapped rows rows_ok same_rows_ok error_of
  sql_session outcome wait_for time_out_at raw_server
  requests_during paths_of values_of sent truth_table truth_ok daily_campaign utc_today);

# How long anything may take before a test gives up, in seconds: no more than a guard
# against waiting for ever, so that it bears with the slowest machine.  A test of what
# is not waited for lets it last for longer than this.
our $patience = $ENV{PG_TEST_TIMEOUT_DEFAULT} || 800;
our $for_ever = $patience + 90;
$PostgreSQL::Test::Utils::timeout_default = $patience;
$ENV{PGCTLTIMEOUT} //= $patience;

# The superuser of all servers here, whoever runs the tests.
$ENV{PGUSER} = 'postgres';

my $root = dirname(dirname(dirname(abs_path(__FILE__))));
my ($sim_handle, $sim_port);
my @invalid;		# the invalid requests of logs that were reset
my @raw_servers;
my ($in, $out, $err) = ('', '', '');

# Starts the local Pinterest (with further command-line arguments) and returns
# its port.  It ends with this process.
sub simulator
{
	my (@args) = @_;

	$sim_handle = IPC::Run::start(
		[ 'python3', catfile($root, 'test', 'simulator'), '--port', 0, '--until-eof', @args ],
		'<', \$in, '>', \$out, '2>', \$err,
		my $timer = IPC::Run::timeout($patience));
	$sim_handle->pump until $out =~ m{listening on https?://[^:]+:(\d+)};
	($sim_port) = $out =~ m{listening on https?://[^:]+:(\d+)};
	$timer->reset;
	return $sim_port;
}

END
{
	my $status = $?;
	$sim_handle->kill_kill if $sim_handle;
	kill 'KILL', @raw_servers if @raw_servers;
	$? = $status;
}

sub sim_url
{
	return "http://127.0.0.1:$sim_port" . ($_[0] // '/v5');
}

# A control call to the simulator.  It leaves in one piece, since the answer to
# one in two would wait for a delayed acknowledgement.
sub control
{
	my ($method, $path, $body) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $sim_port, Timeout => $patience)
	  or die "$path: $!";

	print $socket join("\r\n", "$method /__sim/$path HTTP/1.1", 'Host: localhost', 'Connection: close',
		'Content-Length: ' . length $body, '', $body);
	my $answer = do { local $/; <$socket> };
	die "$path: $answer" unless $answer =~ s{^HTTP/1\.1 200 .*?\r\n\r\n}{}s;
	return $answer;
}

sub sim_get { return control('GET', $_[0], ''); }

sub sim_post
{
	my ($path, $body) = @_;

	# A reset clears the log, but not what was wrong in it.
	push @invalid, invalid_in_log() if $path eq 'reset';
	return control('POST', $path, encode_json($body // {}));
}

# Forgets log, faults and settings; with arguments, builds another world.
sub sim_reset { return sim_post('reset', {@_}); }

sub sim_config { return sim_post('config', {@_}); }

# Adds a fault rule.
sub sim_fault { return sim_post('faults', {@_}); }

# The requests since the last reset, in the order of their arrival.
sub sim_requests { return @{ decode_json(sim_get('requests'))->{requests} }; }

# Their paths, sorted, each with how often it was asked for: "/a x1".
sub sim_paths
{
	my %count;

	$count{ $_->{path} }++ for sim_requests();
	return map { "$_ x$count{$_}" } sort keys %count;
}

# A table of the world as the simulator computes it on its own, as CSV.
sub sim_truth
{
	my ($name, %args) = @_;
	my $query = join '&', map { "$_=$args{$_}" } sort keys %args;

	return sim_get("table/$name.csv" . ($query ne '' ? "?$query" : ''));
}

# What the simulator called invalid since it was started, whatever was reset;
# every test file ends by seeing none.
sub invalid_requests { return (@invalid, invalid_in_log()); }

sub invalid_in_log
{
	return map { "$_->{path}?$_->{raw_query}: $_->{reason}" }
	  grep { defined $_->{valid} && !$_->{valid} } sim_requests();
}

# The servers of the tests.
{
	package PinterestTest::Node;
	use parent -norequire, 'PostgreSQL::Test::Cluster';
	use Fcntl qw(:flock);

	# As usual, but that initdb runs once for all tests, of which others copy what
	# it made; that all have one superuser and encoding; and that no query tells how
	# far it is because it takes long.
	sub init
	{
		my ($self, %params) = @_;
		my $run = \&PostgreSQL::Test::Utils::system_or_bail;

		no warnings 'redefine';
		local *PostgreSQL::Test::Utils::system_or_bail = sub {
			my @command = @_;
			return $run->(@command) if $command[0] ne 'initdb';
			return $run->('cp', '-RPp', $self->template($run, @command), $self->data_dir);
		};
		$self->SUPER::init(%params, extra => [ '--username=postgres', '--encoding=UTF8', '--locale=C' ]);
		$self->append_conf('postgresql.conf', 'pinterest_fdw.progress_interval = 0');
		return;
	}

	# The folder that an initdb made, of this test or of one before.
	sub template
	{
		my ($self, $run, @command) = @_;
		my $folder = "$PostgreSQL::Test::Utils::tmp_check/template";

		open my $lock, '>', "$folder.lock" or die "$folder.lock: $!";
		flock $lock, LOCK_EX or die "$folder.lock: $!";
		return $folder if -d $folder;
		$run->(map { $_ eq $self->data_dir ? "$folder.part" : $_ } @command);
		rename "$folder.part", $folder or die "$folder: $!";
		return $folder;
	}

	# A session of psql, in which each query may take its time.
	sub background_psql
	{
		my ($self, @args) = @_;
		my $session = $self->SUPER::background_psql(@args);

		$session->set_query_timer_restart;
		return $session;
	}
}

# A server that is not started yet.
sub new_node
{
	my ($name) = @_;
	my $node = PinterestTest::Node->new($name);

	$node->init;
	return $node;
}

# A running server with extension, server, mapping and imported schema.  Options
# of the foreign server follow; quotas are kept to, and waited for, only with quotas.
sub pinterest_cluster
{
	my (%args) = @_;
	my $node = new_node($args{name} // 'main');
	my $options = ($args{options} // '') . ($args{quotas} ? '' : ", access_tier 'unlimited'");
	my $import = $args{import} // '';

	$node->append_conf('postgresql.conf', $args{conf} // '');
	$node->start;
	$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw
	OPTIONS (base_url '@{[ sim_url() ]}'$options);
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest
	OPTIONS (access_token 'pina_simulator');
CREATE SCHEMA pinterest;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO pinterest $import;
SQL
	return $node;
}

# A plan as text whose wrapped properties are one line each again.
sub unwrapped
{
	my ($plan) = @_;
	my (@lines, $column);

	for my $line (split /\n/, $plan)
	{
		if (defined $column && $line =~ /^ {$column}(?!->)\S/)
		{
			$lines[-1] .= ($lines[-1] =~ /,$/ && $lines[-1] !~ /: GET / ? ' ' : '') . substr $line, $column;
			next;
		}
		push @lines, $line;
		$column = $line =~ /^( *[A-Z][\w ]*: )/ ? length $1 : undef;
	}
	return join "\n", @lines;
}

# The rows of a query as lines, columns separated by "|".
sub rows
{
	my ($node, $sql) = @_;

	return split /\n/, $node->safe_psql('postgres', $sql);
}

# Runs a query and compares its rows, sorted, with the expected ones.
sub rows_ok
{
	my ($node, $sql, $expected, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply([ sort(rows($node, $sql)) ], [ sort @$expected ], $name);
}

# Runs two queries (or a query and a reference to truth) over one set of rows:
# neither has a row that the other lacks, and there is at least one.  Further
# arguments are statements to run before.
sub same_rows_ok
{
	my ($node, $left, $right, $name, @before) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $node->safe_psql('postgres', <<SQL);
@before
CREATE TEMP TABLE l AS $left;
CREATE TEMP TABLE r AS $right;
SELECT (SELECT count(*) > 0 FROM l),
	(SELECT count(*) FROM (TABLE l EXCEPT ALL TABLE r) AS x),
	(SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE l) AS y);
SQL
	return is($result, 't|0|0', $name);
}

# The error that a query raises: SQLSTATE, message, detail and hint.
sub error_of
{
	my ($node, $sql, %args) = @_;
	my ($code, $stdout, $stderr) = $node->psql('postgres',
		"\\set VERBOSITY verbose\n$sql", on_error_stop => 1, %args);

	return $stderr;
}

# A psql in the background, for what has to happen in one session; its errors
# do not end it.  outcome() works in it.
sub sql_session
{
	my ($node, %args) = @_;
	my $session = $node->background_psql($args{dbname} // 'postgres',
		on_error_stop => 0, extra_params => $args{extra_params} // []);

	$session->query(<<'SQL');
SET client_encoding = 'UTF8';
CREATE FUNCTION pg_temp.outcome(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	n bigint; s text; state text; message text; detail text; hint text; context text;
BEGIN
	IF current_setting('client_min_messages') <> 'error' THEN
		PERFORM set_config('client_min_messages', 'warning', true);
	END IF;
	EXECUTE format('SELECT count(*), md5(string_agg(q::text, E''\n'' ORDER BY q::text)) FROM (%s) q', query)
		INTO n, s;
	RETURN json_build_object('rows', n, 'md5', s);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN json_build_object('sqlstate', state, 'message', message, 'detail', detail,
		'hint', hint, 'context', context);
END
$$;
SQL
	return $session;
}

# What a query comes to in a session of sql_session(): {rows, md5} of its rows,
# in any order, or {sqlstate, message, detail, hint, context} of its error.
sub outcome
{
	my ($session, $query) = @_;
	$session->{stderr} = '';
	my $answer = $session->query("SELECT pg_temp.outcome(\$query\$$query\$query\$)");
	my ($json) = $answer =~ /^(\{.*\})$/m;

	die "no outcome: $answer $session->{stderr}" unless defined $json;
	return decode_json($json);
}

# Waits until a condition holds; false if it takes too long.
sub wait_for
{
	my ($condition) = @_;
	my $end = time + $patience;

	until ($condition->())
	{
		return 0 if time > $end;
		select(undef, undef, undef, 0.02);
	}
	return 1;
}

# Lets statement_timeout end a statement at a moment that may come late on a slow
# machine: run, called with ever longer timeouts, returns whether it came to it.
sub time_out_at
{
	my ($run) = @_;

	for (my $ms = 300; $ms < 1000 * $patience; $ms *= 3)
	{
		return 1 if $run->("${ms}ms");
	}
	return 0;
}

# A server that sends what it is told to: answer is called for each request
# with its text and its number, from 1, and returns the bytes to send, after
# which the connection is closed; with keeps it is only where there are none.
# It may return a function in place of bytes: that sends them itself, by a
# function that it is given, which returns false once nobody takes them.
# Returns its URL and a function that returns the texts of the requests so far.
sub raw_server
{
	my ($answer, %args) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16, ReuseAddr => 1)
	  or die "could not listen: $!";
	my $log = PostgreSQL::Test::Utils::tempdir() . '/requests';
	my $pid = fork() // die "could not fork: $!";

	if ($pid == 0)
	{
		my $count = 0;

		$SIG{PIPE} = 'IGNORE';
		while (my $client = $listen->accept)
		{
			my ($text, $sent);

			do
			{
				$text = '';
				while ($text !~ /\r\n\r\n/)
				{
					sysread($client, $text, 8192, length $text) or last;
				}
				append_to_file($log, "$text\0") if $text ne '';
				$sent = $text eq '' ? '' : $answer->($text, ++$count);
				ref $sent ? $sent->(sub { return syswrite($client, $_[0]) }) : print $client $sent;
			} while ($args{keeps} && $sent ne '');
			close $client;
		}
		POSIX::_exit(0);
	}
	push @raw_servers, $pid;
	my $url = 'http://127.0.0.1:' . $listen->sockport;
	close $listen;
	return ($url, sub { return -e $log ? split /\0/, slurp_file($log) : () });
}

# Runs a query and returns the requests it made; log, faults and settings stay.
sub requests_during
{
	my ($node, $sql) = @_;
	my $since = (sort { $a <=> $b } map { $_->{seq} } sim_requests())[-1] // 0;

	$node->safe_psql('postgres', $sql);
	return @{ decode_json(sim_get("requests?since=$since"))->{requests} };
}

# The paths of some requests, sorted, each with its number: "/a x1".
sub paths_of
{
	my %count;

	$count{ $_->{path} }++ for @_;
	return [ map { "$_ x$count{$_}" } sort keys %count ];
}

# A parameter's values in a request, those joined by commas taken apart.
sub values_of
{
	my ($request, $name) = @_;

	return map { split /,/ } @{ $request->{query}{$name} // [] };
}

# What some requests sent for a parameter, sorted, each distinct value (lists
# sorted and joined by commas) once.
sub sent
{
	my ($name, @requests) = @_;
	my %seen = map { join(',', sort(values_of($_, $name))) => 1 } @requests;

	return [ sort keys %seen ];
}

# Today in UTC, or that many days later, as YYYY-MM-DD.
sub utc_today
{
	my ($days) = @_;
	my @time = gmtime(time + ($days // 0) * 86400);

	return sprintf '%04d-%02d-%02d', $time[5] + 1900, $time[4] + 1, $time[3];
}

# Makes the table truth.NAME of what the simulator says that a stream holds;
# its columns have the types of the foreign table's columns of these names.
# Returns the names, joined by commas.
sub truth_table
{
	my ($node, $stream, %args) = @_;
	my $name = delete $args{name} // $stream;
	my $foreign = delete $args{foreign} // "pinterest.$stream";
	my $csv = sim_truth($stream, %args);
	my $file = $node->basedir . "/truth_$name.csv";
	my ($header) = $csv =~ /^([^\n]*)/;
	my $raw = join ', ', map { "$_ text" } split /,/, $header;

	open my $out, '>:raw', $file or die "$file: $!";
	print $out $csv;
	close $out;
	my $select = $node->safe_psql('postgres', <<SQL);
SELECT string_agg(format(CASE format_type(a.atttypid, a.atttypmod)
	WHEN 'timestamp with time zone' THEN
		'CASE WHEN %1\$I ~ ''^\\d+\$'' THEN to_timestamp(%1\$I::bigint) ELSE %1\$I::timestamptz END AS %1\$I'
	WHEN 'text[]' THEN
		'CASE WHEN %1\$I IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(%1\$I::jsonb)) END AS %1\$I'
	WHEN 'bigint' THEN '%1\$I::numeric::bigint AS %1\$I'
	ELSE '%1\$I::%2\$s AS %1\$I' END, n.name, coalesce(format_type(a.atttypid, a.atttypmod), 'text')), ', ' ORDER BY n.place)
FROM unnest('{$header}'::text[]) WITH ORDINALITY AS n(name, place)
	LEFT JOIN pg_attribute AS a ON a.attrelid = '$foreign'::regclass AND a.attname = n.name
SQL
	$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA IF NOT EXISTS truth;
DROP TABLE IF EXISTS truth.$name;
CREATE TABLE truth.raw ($raw);
COPY truth.raw FROM '$file' WITH (FORMAT csv, HEADER, ENCODING 'UTF8');
CREATE TABLE truth.$name AS SELECT $select FROM truth.raw;
DROP TABLE truth.raw;
SQL
	return $header;
}

# A campaign of an ad account that delivered on each of the last days and is still
# at it: what is said of single days needs a world that has one, a steady one.
sub daily_campaign
{
	my ($node, $account, $days) = @_;

	truth_table($node, 'campaigns_analytics', name => 'daily', start => utc_today(1 - $days), end => utc_today(),
		columns => 'SPEND_IN_MICRO_DOLLAR');
	my ($campaign) = rows($node, "SELECT campaign_id FROM truth.daily WHERE ad_account_id = '$account'
		GROUP BY 1 HAVING count(*) = $days ORDER BY 1");
	die "no campaign of ad account $account delivered on each of the last $days days" unless defined $campaign;
	return $campaign;
}

# Compares a foreign table with the truth, in all columns that truth has but
# those of skip.
sub truth_ok
{
	my ($node, $stream, $test, %args) = @_;
	my $foreign = $args{foreign} // "pinterest.$stream";
	my $name = $args{name} // $stream;
	my %skip = map { $_ => 1 } @{ delete $args{skip} // [] };
	my $columns = join ', ', grep { !$skip{$_} } split /,/, truth_table($node, $stream, %args);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return same_rows_ok($node, "SELECT $columns FROM $foreign",
		"SELECT $columns FROM truth.$name", $test);
}

1;
