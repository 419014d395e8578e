# Copyright (c) 2026, pinterest_fdw contributors

# Databases of other encodings: what they can hold arrives, what they cannot
# is an error that names column and table.

use strict;
use warnings;
use utf8;

use JSON::PP;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

simulator('--accounts', 1, '--campaigns', 3, '--ad-groups', 1, '--ads', 1, '--boards', 2, '--pins', 4);
my $node = pinterest_cluster();
my %sessions = (UTF8 => sql_session($node));
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $url = sim_url();

	$node->safe_psql('postgres', "CREATE DATABASE \L$encoding\E ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql(lc $encoding, <<SQL);
CREATE EXTENSION pinterest_fdw;
CREATE SERVER pinterest FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '$url', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER pinterest OPTIONS (access_token 'pina_simulator');
CREATE SCHEMA pinterest;
IMPORT FOREIGN SCHEMA pinterest FROM SERVER pinterest INTO pinterest;
CREATE FOREIGN TABLE own (id text, name varchar OPTIONS (field 'name'), status name) SERVER pinterest OPTIONS (stream 'campaigns');
SQL
	$sessions{$encoding} = sql_session($node, dbname => lc $encoding);
}
is($sessions{$_}->query_safe('SHOW server_encoding'), $_, "a database in $_") for sort keys %sessions;

# Asks for a column while the only campaign has that value in that field.
sub with_value
{
	my ($encoding, $field, $value, $query) = @_;

	sim_reset();
	sim_fault(action => 'replace', match => '/campaigns$',
		body => JSON::PP->new->encode({ items => [ { id => '1', status => 'ACTIVE', $field => $value } ], bookmark => undef }));
	return outcome($sessions{$encoding}, $query);
}

my $latin = "Müßiggang à Genève, ñandú © ½";
my $wide = "日本語 \x{1F600}";
sub hex_of
{
	my ($encoding, $expression, $relation) = @_;

	return $sessions{$encoding}->query_safe(
		"SELECT encode(convert_to($expression, '" . ($encoding eq 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8') . "'), 'hex') FROM $relation");
}

sub bytes_of
{
	my ($text) = @_;

	utf8::encode($text);
	return unpack 'H*', $text;
}

for my $encoding ('UTF8', 'LATIN1', 'SQL_ASCII')
{
	with_value($encoding, 'name', $latin, 'SELECT name FROM pinterest.campaigns');
	is(hex_of($encoding, 'name', 'pinterest.campaigns'), bytes_of($latin), "$encoding: Latin text");
	is(hex_of($encoding, "attrs ->> 'name'", 'pinterest.campaigns'), bytes_of($latin), "$encoding: Latin text in attrs");
}
for my $encoding ('UTF8', 'SQL_ASCII')
{
	with_value($encoding, 'name', $wide, 'SELECT name FROM pinterest.campaigns');
	is(hex_of($encoding, 'name', 'pinterest.campaigns'), bytes_of($wide), "$encoding: any text");
}
with_value('LATIN1', 'name', 'é' x 10, 'SELECT name FROM pinterest.campaigns');
is($sessions{LATIN1}->query_safe('SELECT octet_length(name) FROM pinterest.campaigns'), 10, 'LATIN1: one byte a character');

# What does not fit.
for my $case ([ 'pinterest.campaigns', 'name', 'campaigns' ], [ 'pinterest.campaigns', 'attrs', 'campaigns' ],
	[ 'own', 'name', 'own' ])
{
	my ($relation, $column, $table) = @$case;

	for my $text ($wide, "\x{20AC}", "a\x{2028}b")
	{
		my $got = with_value('LATIN1', 'name', $text, "SELECT $column FROM $relation");
		is($got->{sqlstate}, '22P05', "LATIN1, $column of $table: an error") or diag(explain($got));
		like($got->{message}, qr/has no equivalent in encoding "LATIN1"/, "LATIN1, $column of $table: the error");
		like($got->{context}, qr/^column "$column" of foreign table "$table"$/m, "LATIN1, $column of $table: the context");
	}
}
my $got = with_value('LATIN1', 'name', $wide, 'SELECT id, status FROM pinterest.campaigns');
is($got->{rows}, 1, 'LATIN1: a column that is not asked for does not matter');
$got = with_value('LATIN1', 'tracking_urls', { impression => [$wide] }, 'SELECT tracking_urls FROM pinterest.campaigns');
is($got->{sqlstate}, '22P05', 'LATIN1: likewise inside an object');

# Escapes mean the same as characters.
sim_reset();
sim_fault(action => 'replace', match => '/campaigns$',
	body => '{"items": [{"id": "1", "name": "\u00e9\u00df", "status": "ACTIVE"}], "bookmark": null}');
is(hex_of($_, 'name', 'pinterest.campaigns'), bytes_of("\x{e9}\x{df}"), "$_: escapes")
  for sort keys %sessions;
is(hex_of($_, "attrs ->> 'name'", 'pinterest.campaigns'), bytes_of("\x{e9}\x{df}"), "$_: escapes in attrs")
  for 'LATIN1', 'UTF8';
# jsonb of PostgreSQL itself has no such escapes in SQL_ASCII
$got = outcome($sessions{SQL_ASCII}, 'SELECT attrs FROM pinterest.campaigns');
like($got->{context}, qr/^column "attrs" of foreign table "campaigns"$/m, 'SQL_ASCII: escapes in attrs are an error');
sim_reset();
sim_fault(action => 'replace', match => '/campaigns$',
	body => '{"items": [{"id": "1", "name": "\ud83d\ude00", "status": "ACTIVE"}], "bookmark": null}');
is(hex_of('UTF8', 'name', 'pinterest.campaigns'), bytes_of("\x{1F600}"), 'UTF8: a surrogate pair');
is(outcome($sessions{LATIN1}, 'SELECT name FROM pinterest.campaigns')->{sqlstate}, '22P05', 'LATIN1: a surrogate pair');
is(outcome($sessions{LATIN1}, 'SELECT attrs FROM pinterest.campaigns')->{context} =~ /^column "attrs" of foreign table "campaigns"$/m,
	1, 'LATIN1: a surrogate pair in attrs');

# The words of the API, in the encoding of the server.
for my $encoding (sort keys %sessions)
{
	sim_reset();
	sim_fault(action => 'status', status => 400, code => 1, message => "Ungültig \x{1F600}");
	like(outcome($sessions{$encoding}, 'SELECT id FROM pinterest.campaigns')->{detail}, qr/code 1: Ung\S+ltig/, "$encoding: a message of the API");
}

# What cannot be an id is not asked for, whatever the encoding makes of it.
for my $encoding ('LATIN1', 'UTF8')
{
	sim_reset();
	is(outcome($sessions{$encoding}, "SELECT id FROM pinterest.boards WHERE id = U&'\\00e9'")->{rows}, 0, "$encoding: no such id");
	is(scalar(my @none = sim_requests()), 0, "$encoding: and no request");
}

is(join("\n", invalid_requests()), '', 'no invalid request');
$_->quit for values %sessions;
$node->stop;
done_testing();
