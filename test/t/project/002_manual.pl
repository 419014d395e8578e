# Copyright (c) 2026, pinterest_fdw contributors

# README.md and docs/: every link leads somewhere, every file that is named exists, the
# table of tables is the catalog's, and every block of SQL does, page by page in the order
# in which README.md links them, what the page shows for it.
#
# With MANUAL_UPDATE=1, as script/manual runs it, table and outputs are written anew.

use strict;
use warnings;

use FindBin;
use IPC::Run ();
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use Manual;
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $update = $ENV{MANUAL_UPDATE};
my @pages = manual_pages();

# ---- links and names ----

my @lost;
my %anchors;
foreach my $file (manual_files())
{
	my $folder = $file =~ m{^(.*/)} ? $1 : '';

	foreach my $link (links(read_manual($file)))
	{
		my ($path, $anchor) = $link->{target} =~ /^([^#]*)(?:#(.*))?$/;
		next if $path =~ m{^https://};
		my $target = $path eq '' ? $file : $folder . $path;
		1 while $target =~ s{(^|/)[^/]+/\.\.(?:/|$)}{$1};
		my $is_there = -e "$manual_root/$target";
		if ($is_there && defined $anchor)
		{
			$anchors{$target} //= { map { $_ => 1 } headings(read_manual($target)) };
			$is_there = $anchors{$target}{$anchor};
		}
		push @lost, "$file:$link->{line}: $link->{target}" unless $is_there;
	}
}
is_deeply(\@lost, [], 'every link leads to a file or heading that is there');

my @unlinked = grep { my $page = $_; !grep { $_ eq $page } @pages } grep { m{^docs/} } manual_files();
is_deeply(\@unlinked, [], 'README.md links every page');
cmp_ok(scalar(@pages), '>', 10, 'there are pages');
cmp_ok(scalar(my @lines = split /^/, read_manual('README.md')), '<=', 250, 'README.md is no longer than that');

my @missing;
foreach my $file (grep { $_ ne 'CHANGELOG.md' && !m{^(?:src|test)/} } manual_files())
{
	foreach my $name (read_manual($file) =~ m{(?<![\w/.])((?:src|script|test|sql|expected|docs)/[\w./\-]*\w)}g)
	{
		push @missing, "$file: $name" unless -e "$manual_root/$name";
	}
}
is_deeply(\@missing, [], 'every file of the project that a page names is there');

my ($folders) = slurp_file("$manual_root/Makefile") =~ /^FOLDERS = (.*)$/m;
my ($picture) = read_manual('docs/architecture.md') =~ /^```\n(.*?)^```/ms;
is(join(' ', $picture =~ /^ ([a-z]+)  /mg), $folders, 'docs/architecture.md shows the folders of src/ in their order');

# A message of docs/errors.md is one of the sources, where "..." stands for what is put in,
# or one of these of PostgreSQL.
my $of_postgresql = qr/^(?:character|has no equivalent in encoding)$/;
my $sources = join '', map { slurp_file($_) } split /\n/, qx(find '$manual_root/src' -name '*.[ch]' -o -name '*.sql');
$sources =~ s/"\s*\n\s*"//g;
$sources =~ s/\\(["\\])/$1/g;
my @unknown;
my $messages = 0;
foreach my $message (read_manual('docs/errors.md') =~ /^\| `\w+` \| (.*?) \|/gm)
{
	$messages++;
	push @unknown, grep { length && !/$of_postgresql/ && index($sources, $_) < 0 } map { s/^ +| +$//gr } split /\Q...\E/, $message;
}
is_deeply(\@unknown, [], 'docs/errors.md has the messages of the sources');
cmp_ok($messages, '>', 40, 'and many');

# ---- SQL ----

live_on_manual_day();
simulator();

my $node = new_node('main');
$node->append_conf('postgresql.conf', "timezone = 'UTC'\npinterest_fdw.progress_interval = '10s'");
$node->start;

# What the simulator goes by stands for what a reader would write.
sub as_run
{
	my ($sql) = @_;

	$sql =~ s/'pina_\.\.\.'/'pina_simulator'/g;
	$sql =~ s/(app_secret) '\.\.\.'/$1 'simulator-app-secret'/g;
	$sql =~ s/'the code [^']*'/"'" . new_code() . "'"/ge;
	$sql =~ s/^(CREATE SERVER (\w+) [^;]*;)/"$1\nALTER SERVER $2 OPTIONS (ADD base_url '" . sim_url() . "');"/gme;
	return $sql;
}

sub new_code
{
	return decode_json(sim_post('oauth', { issue => 'code', redirect_uri => 'http://localhost:8085/' }))->{text};
}

# A psql whose output and messages are read as one, as on a terminal.
{
	my ($psql, $in, $out, $count);

	sub new_session
	{
		end_session();
		local $ENV{PGCLIENTENCODING} = 'UTF8';
		$psql = IPC::Run::start([ 'psql', '-X', '-q', '-P', 'pager=off', '-d', $node->connstr('postgres') ],
			'<', \$in, '>&', \$out, my $timer = IPC::Run::timeout($patience));
		$count = 0;
		return;
	}

	sub run_sql
	{
		my ($sql) = @_;
		my $end = 'the end of step ' . ++$count;

		$out = '';
		$in = "$sql\n\\echo $end\n";
		$psql->pump until $out =~ /^\Q$end\E\n/m;
		$out =~ s/^\Q$end\E\n//m;
		$out =~ s/[ \t]+$//gm;
		$out =~ s/\n+\z/\n/;
		return $out;
	}

	sub end_session
	{
		$in = '';
		$psql->finish if $psql;
		$psql = undef;
		return;
	}
}

# An order of a page for its test.
sub obey
{
	my ($order) = @_;

	if ($order =~ /^sql (.*)$/s)
	{
		my $output = run_sql(as_run($1));
		die "$order: $output" if $output =~ /^ERROR:/m;
	}
	elsif ($order =~ /^simulator (\w+) (\{.*\})$/s) { sim_post($1, decode_json($2)); }
	elsif ($order eq 'new session') { new_session(); }
	else { die "no order: $order"; }
	return;
}

my ($count, $shown) = (0, 0);
foreach my $page (@pages)
{
	my $text = read_manual($page);
	my @outputs;

	new_session();
	foreach my $block (blocks($text))
	{
		obey($_) foreach @{ $block->{orders} };
		my $output = run_sql(as_run($block->{sql}));
		my $place = "$page:$block->{line}: " . ($block->{sql} =~ /^(.{1,60})/)[0];

		$count++;
		if (!defined $block->{output})
		{
			unlike($output, qr/^(?:ERROR|FATAL|PANIC|WARNING):/m, "$place: runs");
			next;
		}
		$shown++;
		if ($update)
		{
			push @outputs, [ $block->{output}, presentable($output) ] unless is_shown($output, $block->{output}{text});
			next;
		}
		ok(is_shown($output, $block->{output}{text}), "$place: shows what the page shows")
		  or diag("the page:\n$block->{output}{text}\nit is:\n$output");
	}
	foreach my $output (reverse @outputs)
	{
		my ($old, $new) = @$output;
		substr($text, $old->{from}, $old->{to} - $old->{from}) = $new;
	}
	write_manual($page, $text) if @outputs;
}
end_session();
cmp_ok($count, '>', 50, 'there are blocks of SQL');
cmp_ok($shown, '>', 30, 'and outputs of them');

# ---- what the pages list ----

my @parameters = rows($node, "LOAD 'pinterest_fdw'; SELECT name FROM pg_settings WHERE name LIKE 'pinterest\\_fdw.%' ORDER BY name");
is_deeply([ sort(read_manual('docs/options.md') =~ /^\| `(pinterest_fdw\.\w+)` \|/gm) ],
	\@parameters, 'docs/options.md lists the parameters that there are');

# the options that a section lists, by what the validator says of each
my %made = (
	'Server' => q{CREATE SERVER made FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (%s '')},
	'User mapping' => q{CREATE USER MAPPING FOR reader SERVER pinterest OPTIONS (%s '')},
	'Foreign table' => q{CREATE FOREIGN TABLE made (id text) SERVER pinterest OPTIONS (%s '')});
foreach my $section (sort keys %made)
{
	my ($text) = read_manual('docs/options.md') =~ /^## \Q$section\E\n(.*?)^## /ms;
	my @options = map { /`(\w+)(?: '\w+')?`/g } $text =~ /^\| (`.*?) \|/gm;
	my @invalid = grep { error_of($node, sprintf $made{$section}, $_) =~ /invalid option "$_"$/m } @options;
	cmp_ok(scalar(@options), '>', 5, "docs/options.md, $section: there are options");
	is_deeply(\@invalid, [], "docs/options.md, $section: they exist");
}

my @named = read_manual('docs/functions.md') =~ /^\| (?:view |table )?`(?:pinterest_fdw\.)?(\w+)[(`]/gm;
my @there = rows($node, q{SELECT proname FROM pg_proc WHERE pronamespace = 'pinterest_fdw'::regnamespace
	UNION SELECT relname FROM pg_class WHERE relnamespace = 'pinterest_fdw'::regnamespace AND relkind IN ('r', 'v')});
is_deeply([ sort @named ], [ sort grep { !/^pinterest_fdw_(?:handler|validator)$/ } @there ], 'docs/functions.md lists what there is');
cmp_ok(scalar(@named), '>', 15, 'and much');

# ---- the table of tables ----

my $table = join "\n", rows($node, tables_query());
my $tables = read_manual('docs/tables.md');
my $current = tables_page($tables, $table);
ok(defined $current, 'docs/tables.md has a place for the table');
write_manual('docs/tables.md', $current) if $update && defined $current;
ok($current eq $tables || $update, 'the table is that of the catalog') or diag('script/manual writes it anew');

is_deeply([ invalid_requests() ], [], 'no request was one that the API would refuse');
$node->stop;
done_testing();
