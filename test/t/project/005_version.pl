# Copyright (c) 2026, pinterest_fdw contributors

# The version of the control file is that of all that was installed, of
# META.json and of the changelog's newest heading.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../../..";

sub installed
{
	my ($where, $file) = @_;

	chomp(my $folder = `pg_config --$where`);
	return "$folder/$file";
}

my ($version) = slurp_file("$root/pinterest_fdw.control") =~ /^default_version = '(\d+\.\d+)'$/m;
ok($version, 'the control file has a version') or BAIL_OUT('nothing to compare with');

ok(-s installed('sharedir', "extension/pinterest_fdw--$version.sql"), "the script of version $version is installed");
my @libraries = glob installed('pkglibdir', 'pinterest_fdw.{so,dylib}');
my ($library) = grep { -e } @libraries;
my ($agent) = slurp_file($library) =~ m{\0pinterest_fdw/([^\0]*)\0};
is($agent, $version, 'the library tells the API its version');

my $meta = decode_json(slurp_file("$root/META.json"));
is($meta->{version}, "$version.0", 'version in META.json');
is($meta->{provides}{pinterest_fdw}{version}, "$version.0", 'version of the extension in META.json');

my ($newest) = slurp_file("$root/CHANGELOG.md") =~ /^## (\S+)/m;
is($newest, "$version.0", 'newest version in the changelog');

done_testing();
