# What the tests of the transport share: the scripted server, what arrived there,
# and the rows that a case has, computed from nothing but its settings.
#
# Copyright (c) 2026, pinterest_fdw contributors

package TransportTest;

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::MD5 qw(md5_base64 md5_hex);
use Exporter 'import';
use File::Basename qw(basename dirname);
use IPC::Run ();
use JSON::PP;
use PinterestTest;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(transport_lacks transport_server transport_open transport_restart transport_release
  transport_stop transport_complaint transport_log transport_node transport_session transport_case requests_in seconds_owed waits_ok case_rows case_requests played);

my $python = '/usr/bin/python3';
my $program = dirname(dirname(abs_path(__FILE__))) . '/transport';
my ($in, $out, $err) = ('', '', '');
my ($handle, $log, $log_read, @records);

# What keeps the server from running here, or nothing.
sub transport_lacks
{
	return "$python is not there" unless -x $python;
	return 'python3-h2 is not installed' if system("$python -c 'import h2' 2>/dev/null") != 0;
	return 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;
	return;
}

# Starts the server; returns the certificate that it has.
sub transport_server
{
	my $dir = PostgreSQL::Test::Utils::tempdir();

	$log = $PostgreSQL::Test::Utils::log_path . '/transport_' . basename($0, '.pl') . '.log';
	unlink $log;
	system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
		  . " -addext subjectAltName=IP:127.0.0.1,DNS:localhost"
		  . " -keyout $dir/key.pem -out $dir/cert.pem >$dir/openssl.log 2>&1") == 0
	  or die slurp_file("$dir/openssl.log");
	$handle = IPC::Run::start(
		[ $python, $program, '--control', '--cert', "$dir/cert.pem", '--key', "$dir/key.pem", '--log', $log ],
		'<', \$in, '>', \$out, '2>', \$err);
	next_line();
	return "$dir/cert.pem";
}

END
{
	my $status = $?;
	$handle->kill_kill if $handle;
	$? = $status;
}

# The server's next answer.
sub next_line
{
	$handle->pump until $out =~ /\n/ || !$handle->pumpable;
	$out =~ s/^(.*)\n// or die "the transport server ended: $err";
	return $1;
}

sub command
{
	$in .= encode_json({@_}) . "\n";
	return decode_json(next_line());
}

# Serves a case: {port, url} of it.
sub transport_open { return command(open => {@_}); }

# Restarts a port's server; its connections are closed.
sub transport_restart { return command(restart => $_[0]); }

# Lets go on what is held for ever at a port.
sub transport_release { return command(release => $_[0]); }

sub transport_stop { return command(stop => $_[0]); }

# What the server had to complain of itself.
sub transport_complaint
{
	$handle->pump_nb;
	return $err;
}

# What happened in a case so far.
sub transport_log
{
	my ($case) = @_;

	open my $file, '<', $log or die "$log: $!";
	seek $file, $log_read // 0, 0;
	while (my $line = <$file>)
	{
		last if $line !~ /\n\z/;
		push @records, decode_json($line);
		$log_read = tell $file;
	}
	close $file;
	@records = grep { $_->{case} eq $case } @records;
	return @records;
}

# Which requests are among such records, in the order of their arrival, as
# "path bookmark".
sub requests_in
{
	return map { $_->{path} . ($_->{query} =~ /\bbookmark=(\w+)/ ? " $1" : '') } grep { $_->{what} eq 'request' } @_;
}

# For how many seconds the server owed something, of records in their order: while
# requests were there and their answers not sent, or a connection was not ready.
sub seconds_owed
{
	my (%owed, $since, $sum);

	for my $record (@_)
	{
		my ($what, $connection) = ($record->{what}, $record->{connection} // '');
		my $request = "$connection " . ($record->{stream} // '');

		$sum += $record->{time} - $since if defined $since && (%owed || $what eq 'connect');
		$since = $record->{time};
		$owed{$request} = 1 if $what eq 'request' || $what eq 'held_back';
		delete $owed{$request} if $what =~ /^(answered|rst|reset_by_client)$/;
		delete @owed{ grep { /^$connection / } keys %owed } if $what =~ /^(close|gone)$/;
		%owed = () if $what eq 'restart';
	}
	return $sum // 0;
}

# What has come was told of by an event, as in a plain run, and not found by a wait
# that ended by time; nor did waits end by time for nothing.  Explained are pauses
# before requests that are tried again; a server that is slow, for which waits last
# between a tenth of a second, where only the end of a stream is missing, and one;
# and a few by libcurl's timers, where a connection got ready just then, and by ends
# of streams that libcurl does not see (before 8.1).
sub waits_ok
{
	my ($test, $got, @log) = @_;
	my $allowed = 2 * ($got->{retries} // 0) + 2;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	cmp_ok($got->{missed}, '<=', $allowed, "$test: waits that missed what had come, of $got->{waits}");
	cmp_ok($got->{without_event}, '<=', $allowed + int(10 * seconds_owed(@log)), "$test: waits without an event");
	return;
}

# ---- what a case has ----

my $block = join '', map { md5_base64("filler $_") } 0 .. 5999;
my $shift = 13331;
$block .= $block;

sub accounts_in { return map { 549755885000 + $_ } 1 .. $_[0]{accounts}; }

# The rows of a case, each "id:md5 of its name", and what they come to.
my %rows;

sub case_rows
{
	my ($case) = @_;
	my $key = join ' ', @$case{qw(accounts pages rows name_bytes filler)};

	return $rows{$key} //= do
	{
		my @names = map {
			md5_hex($case->{filler} eq 'same' ? 'x' x $case->{name_bytes}
				: substr($block, $_ * $shift % (length($block) / 2), $case->{name_bytes}))
		} 0 .. $case->{pages} * $case->{rows} - 1;
		my @all;

		for my $account (accounts_in($case))
		{
			push @all, map { sprintf '%s%03d%06d:%s', $account, $_ / $case->{rows}, $_ % $case->{rows}, $names[$_] } 0 .. $#names;
		}
		@all = sort @all;
		{ rows => scalar @all, md5 => md5_hex(join ',', @all), all => { map { $_ => 1 } @all } };
	};
}

# The requests that all rows of a case take, each once, as requests_in() has them.
sub case_requests
{
	my ($case) = @_;
	my @pages = ('', map { " page$_" } 1 .. $case->{pages} - 1);

	my @requests = sort('/v5/ad_accounts', map { my $account = $_; map { "/v5/ad_accounts/$account/campaigns$_" } @pages } accounts_in($case));

	return @requests;
}

# ---- what a query comes to ----

# A cluster with the foreign server that cases turn to, and the table that is read.
sub transport_node
{
	my ($ca_file, $retries) = @_;
	my $node = new_node('main');

	$node->start;
	$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER t FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url 'http://127.0.0.1:1/v5',
	ca_file '$ca_file', max_connections '20', retries '$retries', request_timeout '30', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER t OPTIONS (access_token 'pina_of_transport');
CREATE FOREIGN TABLE t (id text, ad_account_id text, name text) SERVER t OPTIONS (stream 'campaigns');
SQL
	return $node;
}

# A session in which played() works.
sub transport_session
{
	my ($node) = @_;
	my $session = sql_session($node);

	$session->query_safe(<<'SQL');
CREATE FUNCTION pg_temp.played(source text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	plan json; scan json; n bigint; sum text; rows json;
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) CREATE TEMP TABLE got ON COMMIT DROP AS ' || source INTO plan;
	scan := plan->0->'Plan';
	IF scan->'Requests' IS NULL THEN
		scan := scan->'Plans'->0;
	END IF;
	SELECT count(*), md5(string_agg(r, ',' ORDER BY r)), CASE WHEN count(*) <= 10 THEN json_agg(r) END
		INTO n, sum, rows FROM got;
	RETURN json_build_object('rows', n, 'md5', sum, 'list', rows,
		'requests', scan->'Requests', 'retries', scan->'Retries');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN json_build_object('sqlstate', state, 'message', message, 'detail', detail, 'hint', hint);
END
$$;
SQL
	return $session;
}

# Serves a case and turns server t there, with further options; returns all of its
# settings, and its name in the log and its port.
my $count = 0;

sub transport_case
{
	my ($session, $settings, %options) = @_;
	my %case = (accounts => 1, pages => 4, rows => 5, name_bytes => 100, filler => 'mixed', %$settings, name => 'case ' . ++$count);
	my $port = transport_open(%case);

	$session->{stderr} = '';
	$session->query_safe("ALTER SERVER t OPTIONS ("
		  . join(', ', "SET base_url '$port->{url}'", map { "SET $_ '$options{$_}'" } sort keys %options) . ')');
	return { %case, %$port };
}

# Runs a query of id and md5 in the session, with EXPLAIN ANALYZE: {rows, md5,
# requests, retries}, and {list} of few rows; or {sqlstate, message, detail,
# hint} of its error.  With either {waits}, those of them {without_event} that
# ended by time, {idle_ms}, which is how long these lasted, and {missed}: of
# these, how many found that something had come that no event had told of.
sub played
{
	my ($session, $query) = @_;

	$session->{stderr} = '';
	my $answer = $session->query("SET client_min_messages = debug1;
		SELECT pg_temp.played(\$query\$$query\$query\$); RESET client_min_messages");
	my ($json) = $answer =~ /^(\{.*\})$/m;
	die "no outcome: $answer $session->{stderr}" unless defined $json;
	my ($waits, $without_event, $idle_ms, $missed) =
	  $session->{stderr} =~ /HTTP: (\d+) waits, (\d+) of them ended without an event, (\d+) ms idle, (\d+) missed/;

	$session->{stderr} = '';
	return { %{ decode_json($json) }, waits => $waits, without_event => $without_event, idle_ms => $idle_ms, missed => $missed };
}

1;
