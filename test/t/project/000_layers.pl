# Copyright (c) 2026, pinterest_fdw contributors

# script/layers, on small trees: what it says of those in order, of uses against
# the order, of files that use each other, and of names that it does not know.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path);
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $layers = "$FindBin::RealBin/../../../script/layers";

# A tree that is in order, and in each test some files otherwise.
my %good = (
	'src/low/word.h' => "extern int word(void);\nextern const int words[];\n",
	'src/low/word.c' => "#include \"postgres.h\"\n#include \"word.h\"\nint word(void) { return 1; }\n",
	'src/low/words.c' => "#include \"low/word.h\"\nconst int words[] = { 1 };\n",
	'src/high/sentence.h' => "#include \"../low/word.h\"\nextern int sentence(void);\n",
	'src/high/sentence.c' => "#include \"high/sentence.h\"\nint sentence(void) { return word() + words[0]; }\n",
	'src/book.c' => "#include \"high/sentence.h\"\nint book(void) { return sentence() + word(); }\n",
	'src/sql/10-book.sql' => "SELECT 1;\n",
	'test/t/low/001_word.pl' => "1;\n",
	'test/t/project/002_book.pl' => "1;\n",
	'lib/postgres.h' => '');

# Builds the tree and returns what the script prints, and its status.
sub verdict
{
	my (%files) = @_;
	my $tree = PostgreSQL::Test::Utils::tempdir();
	my $built = !delete $files{unbuilt};

	%files = (Makefile => "EXTENSION = book\nFOLDERS = low \\\n\thigh\n", %good, %files);
	for my $path (sort keys %files)
	{
		make_path(dirname("$tree/$path"));
		append_to_file("$tree/$path", $files{$path});
	}
	for my $source ($built ? grep { /\.c$/ } keys %files : ())
	{
		system_or_bail('cc', '-c', "-I$tree/src", "-I$tree/lib", '-o', "$tree/$source" =~ s/c$/o/r, "$tree/$source");
	}
	my ($out, $err) = run_command([ $layers, $tree ]);
	return ($out . $err, $? >> 8);
}

# verdict_is NAME, TEXT, FILE => CONTENT...: the violations, each line of them.
sub verdict_is
{
	my ($name, $expected, %files) = @_;
	my ($text, $status) = verdict(%files);

	is($text, $expected, $name);
	is($status, 1, "$name: fails");
	return;
}

is_deeply([ verdict() ], [ '6 files in 2 folders, in order', 0 ], 'a tree in order');

verdict_is('a call',
	'src/low/words.c uses sentence() of src/high/sentence.c: low comes before high',
	'src/low/words.c' => "extern int sentence(void);\nint words[1];\nint say(void) { return sentence(); }\n",
	'src/high/sentence.c' => "int sentence(void) { return 1; }\n");

verdict_is('a table of functions, and a variable',
	'src/low/words.c uses mood, sentence() of src/high/sentence.c: low comes before high',
	'src/low/words.c' => <<~'END',
		extern int sentence(void), mood;
		int words[1];
		int (*const table[])(void) = { sentence };
		int *const moods[] = { &mood };
		END
	'src/high/sentence.c' => "int mood;\nint sentence(void) { return 1; }\n");

verdict_is('an include, of a source and of a header',
	"src/low/tone.h includes src/high/mood.h: low comes before high\n"
	  . 'src/low/word.c includes src/high/mood.h: low comes before high',
	'src/high/mood.h' => '',
	'src/low/tone.h' => "#include \"../high/mood.h\"\n",
	'src/low/word.c' => "  #  include \"high/mood.h\"\nint word(void) { return 1; }\n");

verdict_is('the file on top is used',
	'src/high/sentence.c uses book() of src/book.c: high comes before book.c',
	'src/high/sentence.c' => "extern int book(void);\nint sentence(void) { return book(); }\n");

verdict_is('circles within a folder, each the shortest',
	"a circle of files:\n"
	  . "  src/low/a.c uses b(), table of src/low/b.c\n"
	  . "  src/low/b.c uses a() of src/low/a.c\n"
	  . "a circle of files:\n"
	  . "  src/low/c.c uses d() of src/low/d.c\n"
	  . "  src/low/d.c uses a() of src/low/a.c\n"
	  . '  src/low/a.c uses c() of src/low/c.c',
	'src/low/a.c' => "extern int b(void), c(void), table[];\nint a(void) { return b() + c() + table[0]; }\n",
	'src/low/b.c' => "extern int a(void);\nint table[1];\nint b(void) { return a(); }\n",
	'src/low/c.c' => "extern int d(void);\nint c(void) { return d(); }\n",
	'src/low/d.c' => "extern int a(void);\nint d(void) { return a(); }\n");

verdict_is('a circle of headers',
	"a circle of files:\n"
	  . "  src/low/tone.h includes src/low/voice.h\n"
	  . '  src/low/voice.h includes src/low/tone.h',
	'src/low/tone.h' => "#include \"voice.h\"\n",
	'src/low/voice.h' => "#include \"tone.h\"\n");

verdict_is('files in no folder',
	"src/loose.h is in no folder of FOLDERS\n"
	  . "src/low/deep/deep.c is in no folder of FOLDERS\n"
	  . 'src/new/new.c is in no folder of FOLDERS',
	'src/loose.h' => '',
	'src/low/deep/deep.c' => "int deep;\n",
	'src/new/new.c' => "int new;\n");

verdict_is('a folder without files',
	'src/middle is missing or empty',
	Makefile => "EXTENSION = book\nFOLDERS = low middle high\n");

verdict_is('tests of no folder', 'test/t/middle has the name of no folder of src/',
	'test/t/middle/003_middle.pl' => "1;\n");

verdict_is('a tree that was not built', 'layers: src/book.c has not been built', unbuilt => 1);
verdict_is('no order', 'layers: the Makefile does not set FOLDERS', Makefile => "EXTENSION = book\n");

done_testing();
