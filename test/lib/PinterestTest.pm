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
use HTTP::Tiny;
use IO::Socket::INET;
use IPC::Run ();
use JSON::PP;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(simulator sim_get sim_post sim_reset sim_config sim_fault
  sim_requests sim_paths sim_truth sim_url invalid_requests
  pinterest_cluster connect_sql rows rows_ok same_rows_ok requests_of error_of
  sql_session outcome wait_for raw_server);

my $root = dirname(dirname(dirname(abs_path(__FILE__))));
my $http = HTTP::Tiny->new(timeout => 60);
my ($sim_handle, $sim_port);
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
		my $timer = IPC::Run::timeout(60));
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

sub sim_get
{
	my ($path) = @_;
	my $answer = $http->get(sim_url("/__sim/$path"));

	die "$path: $answer->{status} $answer->{content}" unless $answer->{success};
	return $answer->{content};
}

sub sim_post
{
	my ($path, $body) = @_;
	my $answer = $http->post(sim_url("/__sim/$path"), { content => encode_json($body // {}) });

	die "$path: $answer->{status} $answer->{content}" unless $answer->{success};
	return $answer->{content};
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

# What the simulator calls invalid; every test file ends by seeing none.
sub invalid_requests
{
	return map { "$_->{path}?$_->{raw_query}: $_->{reason}" }
	  grep { !$_->{valid} } sim_requests();
}

# A running server with extension, server, mapping and imported schema; the
# arguments are initdb's, in extra.  Options of the foreign server follow.
sub pinterest_cluster
{
	my (%args) = @_;
	my $node = PostgreSQL::Test::Cluster->new($args{name} // 'main');
	my $options = $args{options} // '';
	my $import = $args{import} // '';

	$node->init(extra => $args{extra} // [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', "fsync = off\n" . ($args{conf} // ''));
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
# neither has a row that the other lacks, and there is at least one.
sub same_rows_ok
{
	my ($node, $left, $right, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $node->safe_psql('postgres', <<SQL);
CREATE TEMP TABLE l AS $left;
CREATE TEMP TABLE r AS $right;
SELECT (SELECT count(*) > 0 FROM l),
	(SELECT count(*) FROM (TABLE l EXCEPT ALL TABLE r) AS x),
	(SELECT count(*) FROM (TABLE r EXCEPT ALL TABLE l) AS y);
SQL
	return is($result, 't|0|0', $name);
}

# Runs a query against an empty log; returns the requests it made.
sub requests_of
{
	my ($node, $sql) = @_;

	sim_post('reset', {});
	$node->safe_psql('postgres', $sql);
	return sim_requests();
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
CREATE FUNCTION pg_temp.outcome(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	n bigint; s text; state text; message text; detail text; hint text; context text;
BEGIN
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
	my $answer = $session->query("SELECT pg_temp.outcome(\$query\$$query\$query\$)");
	my ($json) = $answer =~ /^(\{.*\})$/m;

	die "no outcome: $answer $session->{stderr}" unless defined $json;
	return JSON::PP->new->decode($json);
}

# Waits until a condition holds; false after a minute and a half.
sub wait_for
{
	my ($condition) = @_;

	for (1 .. 1800)
	{
		return 1 if $condition->();
		select(undef, undef, undef, 0.05);
	}
	return 0;
}

# A server that sends what it is told to: answer is called for each request
# with its text and its number, from 1, and returns the bytes to send, after
# which the connection is closed.  Returns its URL and a function that returns
# the texts of the requests so far.
sub raw_server
{
	my ($answer) = @_;
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
			my $text = '';

			while ($text !~ /\r\n\r\n/)
			{
				sysread($client, $text, 8192, length $text) or last;
			}
			next if $text eq '';
			append_to_file($log, "$text\0");
			print $client $answer->($text, ++$count);
			close $client;
		}
		POSIX::_exit(0);
	}
	push @raw_servers, $pid;
	my $url = 'http://127.0.0.1:' . $listen->sockport;
	close $listen;
	return ($url, sub { return -e $log ? split /\0/, slurp_file($log) : () });
}

1;
