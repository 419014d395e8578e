# Copyright (c) 2026, pinterest_fdw contributors

# The memory that a scan takes at most is bounded: for many pages, for one large
# answer, for answers side by side, for rows as wide as they come; and it does
# not grow with what there is to read.

use strict;
use warnings;

use FindBin;
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use POSIX ();
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What a scan may take beyond a backend that has run a small one, and what one
# may take more than another that reads less.
my $most_kb = 10 * 1024;
my $noise_kb = 5 * 1024;

plan skip_all => 'needs /proc, and to reset the peak in it'
  unless -w "/proc/$$/clear_refs" && status($$, 'VmHWM');

# Megabytes to read: once, twice and four times as much, and for the warm-up.
my @sizes = (16, 32, 64);
my $warm_up = 0.05;

srand(1);

# ---- the server ----

# Texts of some widths that shrink about as much as those of real answers do.
my @words = qw(summer sale spring garden tents shoes red blue home gift);
my %texts = map { my $width = $_; $width => [ map { text_of($width) } 1 .. 40 ] } 2000, 200_000;

sub text_of { return substr join(' ', map { $words[ rand @words ] } 1 .. $_[0] / 3), 0, $_[0]; }

# Takes what the base_url says, /KIND/MEGABYTES, and answers that much in all,
# to whatever is asked for below it.  Each connection has a process.
my $yesterday = utc_today(-1);
my @batches = map { my $batch = $_; [ map { 1_000_000 + 1000 * $batch + $_ } 1 .. 250 ] } 1 .. 10;
my %answers = (
	pages => sub {
		my ($path, $query, $size) = @_;
		my $pages = int($size * 2) || 1;
		my ($page) = $query =~ /bookmark=(\d+)/;
		my $next = ($page // 1) + 1;

		return list_of(items($size / $pages, 2000), $next > $pages ? undef : $next);
	},
	one_answer => sub { return list_of(items($_[2], 2000)); },
	wide_rows => sub { return list_of(items($_[2], 200_000)); },
	accounts => sub {
		my ($path, $query, $size) = @_;

		return accounts() if $path eq '/ad_accounts';
		return list_of(items($size / 20, 2000));
	},
	# like the former, of bytes that compression makes hundreds of times fewer
	same_bytes => sub {
		my ($path, $query, $size) = @_;
		my $count = int($size / 20 * 2 ** 20 / 2000) || 1;

		return accounts() if $path eq '/ad_accounts';
		return list_of([ map { sprintf '{"id":"%d","name":"%s"}', $_, 'x' x 2000 } 1 .. $count ]);
	},
	analytics => sub {
		my ($path, $query, $size) = @_;
		my @ids = $query =~ /campaign_ids=(\d+)/g;

		return list_of([ map { qq({"id":"$_"}) } @ids ]) if $path !~ /analytics/;
		my $random = 1;
		my @rows = map {
			my $id = $ids[ $_ % @ids ];

			qq({"CAMPAIGN_ID":"$id","DATE":"$yesterday","TOTAL_IMPRESSION":) . ($random = $random * 69069 % 1048573) . ','
			  . join(',', map { qq("COLUMN_$_":) . ($random = $random * 69069 % 1048573) / 100 } 1 .. 20) . '}';
		} 1 .. 800;
		my $rows = int($size / @batches * 2 ** 20 / 500) || 1;
		return '[' . join(',', map { $rows[ $_ % @rows ] } 1 .. $rows) . ']';
	},
);

sub items
{
	my ($megabytes, $width) = @_;
	my $count = int($megabytes * 2 ** 20 / $width) || 1;

	return [ map { sprintf '{"id":"%d","name":"%s"}', $_, $texts{$width}[ $_ % 40 ] } 1 .. $count ];
}

sub accounts { return list_of([ map { qq({"id":"$_"}) } 1 .. 20 ]); }

sub list_of
{
	my ($items, $bookmark) = @_;

	return '{"items":[' . join(',', @$items) . '],"bookmark":' . (defined $bookmark ? "\"$bookmark\"" : 'null') . '}';
}

sub compressed
{
	my ($body) = @_;

	gzip(\$body => \my $small, -Level => 1) or die 'gzip failed';
	return $small;
}

sub serve
{
	my ($client) = @_;
	my $text = '';

	$SIG{PIPE} = 'DEFAULT';
	while (sysread($client, $text, 65536, length $text))
	{
		while ($text =~ s{^GET /(gzip_)?(\w+)/([\d.]+)(/[^\s?]*)\??(\S*) .*?\r\n\r\n}{}s)
		{
			my $body = $answers{$2}->($4, $5, $3);
			$body = compressed($body) if $1;
			my $left = join "\r\n", 'HTTP/1.1 200 OK', 'Content-Type: application/json',
			  ($1 ? 'Content-Encoding: gzip' : ()), 'Content-Length: ' . length $body, '', $body;

			while ($left ne '')
			{
				my $sent = syswrite($client, $left, 65536) // return;
				substr($left, 0, $sent, '');
			}
		}
	}
	return;
}

my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64, ReuseAddr => 1) or die "could not listen: $!";
my $url = 'http://127.0.0.1:' . $listen->sockport;
my $server = fork() // die "could not fork: $!";

if ($server == 0)
{
	setpgrp(0, 0);
	$SIG{CHLD} = 'IGNORE';
	while (1)
	{
		my $client = $listen->accept or next;
		my $child = fork() // die "could not fork: $!";

		next if $child;
		serve($client);
		POSIX::_exit(0);
	}
}
close $listen;

END { kill 'KILL', -$server if $server; }

# ---- what a scan takes ----

sub status
{
	my ($pid, $name) = @_;
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^$name:\s+(\d+) kB/m;

	return $kb;
}

sub reset_peak
{
	my ($pid) = @_;

	open my $file, '>', "/proc/$pid/clear_refs" or die "clear_refs: $!";
	print $file "5\n";
	close $file or die "clear_refs: $!";
	return;
}

my $node = new_node('main');
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pinterest_fdw');

my $ids = join ',', map { "'$_'" } map { @$_ } @batches;
my %queries = (
	pages => [ 'ad_accounts', 'SELECT count(*), sum(length(name)) FROM t WHERE attrs IS NOT NULL' ],
	accounts => [ 'campaigns', 'SELECT count(*), sum(length(name)) FROM t WHERE attrs IS NOT NULL' ],
	analytics => [ 'campaigns_analytics', "SELECT count(*), sum(total_impression) FROM t
		WHERE ad_account_id = '1' AND campaign_id IN ($ids) AND date >= '$yesterday'" ],
);
$queries{$_} = $queries{pages} for qw(one_answer wide_rows);
$queries{same_bytes} = $queries{accounts};

# How many rows a scan brings, a sum over them, and its peak in kB above what the
# session had before.
sub peak
{
	my ($kind, $size) = @_;
	my ($stream, $query) = @{ $queries{ $kind =~ s/^gzip_//r } };
	my $session = sql_session($node);
	my $set_size = 'ALTER SERVER s OPTIONS (SET base_url ' . "'$url/$kind/%s')";

	$session->query_safe('SET client_min_messages = warning');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe(<<SQL);
CREATE SERVER s FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url/$kind/$warm_up', access_tier 'unlimited');
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (access_token 'pina_raw');
IMPORT FOREIGN SCHEMA pinterest LIMIT TO ($stream) FROM SERVER s INTO public;
ALTER FOREIGN TABLE $stream RENAME TO t;
SQL
	$session->query_safe($query) for 1 .. 2;
	$session->query_safe(sprintf $set_size, $size);
	reset_peak($pid);
	my $before = status($pid, 'VmRSS');
	my ($rows, $sum) = split /\|/, $session->query_safe($query);
	my $peak = status($pid, 'VmHWM') - $before;

	$session->query_safe('DROP SERVER s CASCADE');
	$session->quit;
	return ($rows, $sum, $peak);
}

for my $kind (qw(pages one_answer wide_rows accounts analytics gzip_wide_rows gzip_accounts gzip_analytics gzip_same_bytes))
{
	my (@rows, @peaks);

	for my $size (@sizes)
	{
		my ($rows, $sum, $peak) = peak($kind, $size);

		push @rows, $rows;
		push @peaks, $peak;
		cmp_ok($sum, '>', 0, "$kind, $size MB: rows");
		cmp_ok($peak, '<=', $most_kb, "$kind, $size MB: at most $most_kb kB above the backend");
	}
	note("$kind: peak in kB: " . join ', ', map { "$sizes[$_] MB: $peaks[$_]" } 0 .. $#sizes);
	cmp_ok($rows[2], '>', 3.5 * $rows[0], "$kind: four times the rows");
	cmp_ok($peaks[$_], '<=', $peaks[0] + $noise_kb, "$kind: $sizes[$_] MB take no more than $sizes[0]") for 1, 2;
}

$node->stop;
done_testing();
