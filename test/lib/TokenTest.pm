# What the tests of tokens share: mappings that renew themselves, and what the
# token endpoint was asked.
#
# Copyright (c) 2026, pinterest_fdw contributors

package TokenTest;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use POSIX qw(strftime);
use PinterestTest;
use Test::More;

our @EXPORT = qw($app $app_secret issue token_mapping new_grant set_options stored
  token_state forms forms_ok bearers in_hours messages_of);

our $app = '1234567';
our $app_secret = 'simulator-app-secret';

# Makes a token or code in the simulator and returns its text.
sub issue
{
	my ($kind, %options) = @_;

	return decode_json(sim_post('oauth', { issue => $kind, %options }))->{text};
}

# Gives a role (SQL; default: the superuser) another mapping, with these options.
sub token_mapping
{
	my ($node, $options, $role, $server) = @_;
	my $for = ($role // 'CURRENT_USER') . ' SERVER ' . ($server // 'pinterest');
	my $list = join ', ', map { "\"$_\" '$options->{$_}'" } sort keys %$options;

	$node->safe_psql('postgres', "SET client_min_messages = error;
		DROP USER MAPPING IF EXISTS FOR $for; CREATE USER MAPPING FOR $for OPTIONS ($list)");
	return;
}

# Forgets what the simulator did, configures it, and gives the role a mapping of
# the app with refresh#1 and further options; an access token that is true is
# issued.
sub new_grant
{
	my ($node, %args) = @_;
	my %options = %{ $args{options} // {} };

	sim_reset();
	sim_config(%{ $args{config} }) if $args{config};
	$options{access_token} = issue('access_token') if $options{access_token};
	$options{refresh_token} //= issue('refresh_token', %{ $args{refresh} // {} });
	token_mapping($node, { app_id => $app, app_secret => $app_secret, %options }, $args{role});
	return;
}

# Sets options of a role's mapping, or with undef drops them.
sub set_options
{
	my ($node, $options, $role) = @_;
	my @changes;

	for my $name (sort keys %$options)
	{
		my $is_set = defined stored($node, $name, $role);

		push @changes, defined $options->{$name} ? ($is_set ? 'SET' : 'ADD') . " $name '$options->{$name}'" : "DROP $name"
		  if $is_set || defined $options->{$name};
	}
	$node->safe_psql('postgres', 'ALTER USER MAPPING FOR ' . ($role // 'CURRENT_USER') .
		' SERVER pinterest OPTIONS (' . join(', ', @changes) . ')') if @changes;
	return;
}

# What a mapping's option is; undef where it is not set.  No test may print it.
sub stored
{
	my ($node, $option, $role) = @_;
	my $name = $role // 'postgres';
	my $value = $node->safe_psql('postgres', "SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions)
		WHERE srvname = 'pinterest' AND lower(usename) = lower('$name') AND option_name = '$option'");

	return $value eq '' ? undef : $value;
}

# Columns of pinterest_fdw.tokens, of the role's mapping.
sub token_state
{
	my ($node, $columns, $role) = @_;
	my $name = $role // 'postgres';

	return $node->safe_psql('postgres',
		"SELECT $columns FROM pinterest_fdw.tokens WHERE server = 'pinterest' AND lower(\"user\") = lower('$name')");
}

# What the token endpoint was asked since the last reset: "refresh_token refresh#1".
sub forms
{
	return map { join ' ', grep { defined } @{ $_->{body} }{qw(grant_type code refresh_token scope)} }
	  grep { $_->{path} eq '/oauth/token' } sim_requests();
}

sub forms_ok
{
	my ($expected, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply([ forms() ], $expected, "$name: the token requests");
}

# The names of the tokens that other requests carried, each once, in their order.
sub bearers
{
	my %seen;

	return [ grep { !$seen{$_}++ } map { $_->{headers}{authorization} }
		  grep { $_->{host} eq 'api' && $_->{path} ne '/oauth/token' } sim_requests() ];
}

# A time as mappings keep it, so many hours from now.
sub in_hours
{
	return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0] * 3600));
}

# Runs a query in a session of sql_session(); returns its outcome and what was
# said besides.
sub messages_of
{
	my ($session, $query) = @_;
	my $got = outcome($session, $query);

	return ($got, $session->{stderr});
}

1;
