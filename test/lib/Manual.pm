# README.md and the pages of docs/ as the tests read them: links, headings, and blocks of
# SQL with the output that is shown for them.
#
# A block of SQL may be preceded by orders for the test, in comments that a reader of the
# page does not see, each with one of these words:
#
#	<!-- test: sql STATEMENT; ... -->			runs it, unseen
#	<!-- test: simulator CALL {"json": ...} -->	is a call of the simulator's control
#	<!-- test: new session -->					begins another session of psql
#
# Copyright (c) 2026, pinterest_fdw contributors

package Manual;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;

our @EXPORT = qw($manual_root $manual_day live_on_manual_day manual_files manual_pages read_manual write_manual
  links headings blocks tables_query tables_page is_shown presentable);

our $manual_root = dirname(dirname(dirname(abs_path(__FILE__))));

# The outputs that the pages show are those of noon of this day.
our $manual_day = '2026-11-21';

# What is started from here on lives on that day; whoever started this test may have moved
# the clock as well, which does not count.
sub live_on_manual_day
{
	my $dir = PostgreSQL::Test::Utils::tempdir();

	system_or_bail('cc', '-std=gnu11', '-O2', '-shared', '-fPIC', '-o', "$dir/clock.so", "$manual_root/test/clock.c", '-ldl');
	chomp(my $noon = qx(date -u -d ${manual_day}T12:00 +%s));
	$ENV{CLOCK_DISTANCE} = $noon - (time - ($ENV{CLOCK_DISTANCE} // 0));
	$ENV{LD_PRELOAD} = "$dir/clock.so";
	return;
}

sub read_manual { return slurp_file("$manual_root/$_[0]"); }

sub write_manual
{
	my ($page, $text) = @_;

	open my $file, '>', "$manual_root/$page" or die "$page: $!";
	print $file $text;
	close $file or die "$page: $!";
	return;
}

# All files of the project in Markdown.
sub manual_files
{
	return sort map { substr $_, length "$manual_root/" } grep { -e }
	  glob "$manual_root/*.md $manual_root/docs/*.md $manual_root/src/README.md $manual_root/src/*/README.md"
	  . " $manual_root/test/*/README.md $manual_root/.github/*.md $manual_root/.github/*/*.md";
}

# What a user reads, in the order of README.md's links, in which the SQL runs.
sub manual_pages
{
	my %seen;

	return ('README.md', grep { !$seen{$_}++ } map { $_->{target} =~ m{^(docs/[^#/]+\.md)} ? $1 : () } links(read_manual('README.md')));
}

# The text without blocks of code; lines stay in their places.
sub prose
{
	my ($text) = @_;

	$text =~ s/^(```.*?^```)$/"\n" x ($1 =~ tr{\n}{})/gmse;
	$text =~ s/^(?:\t| {4}).*$//gm;
	return $text;
}

# Each link: line and target.
sub links
{
	my $text = prose($_[0]);
	my @links;

	$text =~ s/`[^`\n]*`//g;
	while ($text =~ /\]\(([^()\s]*(?:\([^()]*\))?[^()\s]*)\)/g)
	{
		push @links, { target => $1, line => 1 + (substr($text, 0, $-[0]) =~ tr/\n//) };
	}
	return @links;
}

# The anchors that GitHub makes of a page's headings.
sub headings
{
	my ($text) = @_;
	my %count;
	my @anchors;

	foreach my $heading (prose($text) =~ /^#+ +(.*?)\s*$/gm)
	{
		my $anchor = lc $heading;
		$anchor =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
		$anchor =~ s/[^\w\- ]//g;
		$anchor =~ tr/ /-/;
		push @anchors, $count{$anchor}++ ? "$anchor-" . ($count{$anchor} - 1) : $anchor;
	}
	return @anchors;
}

# The blocks of SQL of a page, each {line, sql, orders, output}, where output has {text,
# from, to}, places in the page's text, or is undefined if none is shown.
sub blocks
{
	my ($text) = @_;
	my (@blocks, @orders);

	while ($text =~ /^(?:<!-- test: (?<order>.*?) -->|```(?<language>\w*)\n(?<code>.*?)^```)$/gms)
	{
		my ($order, $language, $code) = @+{qw(order language code)};
		my ($from, $end) = ($-[0], $+[0]);

		if (defined $order)
		{
			push @orders, $order;
		}
		elsif ($language eq 'sql')
		{
			push @blocks, { sql => $code, line => 1 + (substr($text, 0, $from) =~ tr/\n//), orders => [@orders], end => $end };
			@orders = ();
		}
		elsif ($language eq '' && @blocks && substr($text, $blocks[-1]{end}, $from - $blocks[-1]{end}) =~ /^\s*$/)
		{
			$from += length "```\n";
			$blocks[-1]{output} = { text => $code, from => $from, to => $from + length $code };
		}
	}
	return @blocks;
}

# An output as a page shows it: a plan without its frame and its lists of statuses, and
# long lines of it wrapped.
sub presentable
{
	my ($output) = @_;

	return $output unless $output =~ s/^ +QUERY PLAN\n-+\n(.*?)^\(\d+ rows?\)\n/$1/ms;
	$output =~ s/(entity_statuses=)\w+(?:&entity_statuses=\w+)+/$1\[...]/g;
	return join '', map { wrapped($_) } split /^/, $output;
}

sub wrapped
{
	my ($line) = @_;
	my ($label) = $line =~ /^(\s*(?:-> +)?[\w ]+: )/;
	my $lines = '';

	return $line unless defined $label;
	my $indent = ' ' x length $label;
	while (length $line > 119 && $line =~ /^(.{@{[ 1 + length $label ]},117}(?=[?&])|.{@{[ 1 + length $label ]},117}[ ,])(?!.{0,30}$)(.+)/s)
	{
		my ($head, $rest) = ($1, $2);

		$lines .= $head =~ s/ $//r . "\n";
		$line = $indent . $rest;
	}
	return $lines . $line;
}

# An output without what differs from machine to machine, from run to run and between
# versions of PostgreSQL, and without white space, as pages wrap long lines.
sub comparable
{
	my ($text) = @_;

	$text =~ s/^ +QUERY PLAN\n-+\n(.*?)^\(\d+ rows?\)\n/$1/ms;
	$text =~ s/\b\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d)?/TIME/g;
	$text =~ s{(?:http://127\.0\.0\.1:\d+|https://www\.pinterest\.com)/oauth/}{OAUTH};
	$text =~ s/^NOTICE:  stream "ads": \d+ of about \d+ requests, \d+ rows after \d+ s\n/SOFAR\n/gm;
	$text =~ s/(?:SOFAR\n)+/SOFAR\n/g;
	$text =~ s/127\.0\.0\.1:\d+/HOST/g;
	$text =~ s/\b\d+(?:\.\d+)? ms\b/N ms/g;
	$text =~ s/^ *(?:Planning:|Buffers: .*)\n//gm;
	$text =~ s/Bytes Received: \d+/Bytes Received: N/g;
	$text =~ s/(actual rows=\d+)\.00\b/$1/g;
	$text =~ s/InitPlan (?:[a-z]+_)?(\d+)(?: \(returns \$\d+\))?/InitPlan $1/g;
	$text =~ s/\(InitPlan (\d+)\)\.col1/'$' . ($1 - 1)/ge;
	$text =~ s/\((\$\d+)\)/$1/g;
	$text =~ s/-+/-/g;
	$text =~ s/\s+//g;
	return $text;
}

# Whether an output is what a page shows, where "[...]" stands for anything.
sub is_shown
{
	my ($output, $shown) = @_;
	my $pattern = join '.*', map { quotemeta } split /\Q[...]\E/, comparable($shown), -1;

	return comparable($output) =~ /^$pattern$/s;
}

# ---- the table of tables ----

# The table of docs/tables.md in Markdown, a line a row.
sub tables_query
{
	return <<'SQL';
WITH cell AS (
	SELECT stream.*,
		   (SELECT string_agg('`' || alias || '`', ', ' ORDER BY ordinality)
			  FROM unnest(aliases) WITH ORDINALITY AS a (alias)) AS alias_list,
		   (SELECT string_agg('`' || scope || '`', ', ' ORDER BY ordinality)
			  FROM unnest(scope) WITH ORDINALITY AS s (scope)) AS scope_list,
		   -- the settings, which are the same for many, as one word at the end
		   (SELECT string_agg('`' || k.name || '`', ', ' ORDER BY k.ordinality)
					   FILTER (WHERE t.name IS NULL)
				   || CASE WHEN count(t.name) > 0 THEN ', settings' ELSE '' END
			  FROM unnest(key) WITH ORDINALITY AS k (name)
			  LEFT JOIN pinterest_fdw.settings() AS t
				ON t.stream = stream.name AND t.name = k.name) AS key_list,
		   -- each endpoint once, without constant parameters
		   (SELECT string_agg(text, '<br>' ORDER BY place)
			  FROM (SELECT CASE WHEN endpoint ~ '^POST'
								THEN 'reports, `' || substring(endpoint, 'level=(\w+)') || '`'
								ELSE '`' || substring(endpoint, '[^?]+') || '`' END AS text,
						   min(ordinality) AS place
					  FROM unnest(endpoints) WITH ORDINALITY AS e (endpoint)
					 GROUP BY 1) e) AS endpoint_list
	  FROM pinterest_fdw.streams() WITH ORDINALITY AS stream
), line AS (
	SELECT ordinality AS n,
		   array['`' || name || '`', comment, key_list, '`' || parent || '`', scope_list,
				 '`' || category || '`', history_days::text, endpoint_list, alias_list] AS cells
	  FROM cell
	 UNION ALL
	VALUES (-1, array['table', 'rows', 'key', 'listed by', 'scopes', 'rate limit', 'days',
					  'endpoints', 'other names']),
		   (0, array_fill('---'::text, array[9]))
)
SELECT '| ' || array_to_string(cells, ' | ', '') || ' |' FROM line ORDER BY n;
SQL
}

# The page with the table in its place, which two comments mark; undefined if there is none.
sub tables_page
{
	my ($page, $table) = @_;

	return $page =~ s/^(<!-- streams -->)\n.*?^(<!-- \/streams -->)$/$1\n\n$table\n\n$2/ms ? $page : undef;
}

1;
