# Copyright (c) 2026, pinterest_fdw contributors

# The catalog of streams against the facts of the API: every path, parameter,
# list of values, limit, field and metric that the catalog names has to be one
# that the API has, and nothing that the API describes may be missing.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my %item_of = (
	user_account => 'Account',
	ad_accounts => 'AdAccount',
	campaigns => 'CampaignResponse',
	ad_groups => 'AdGroupResponse',
	ads => 'AdResponse',
	boards => 'Board',
	pins => 'Pin',
);

# Fields that answers have and the description has not.
my %undescribed = (
	ad_accounts => { time_zone => 'text' },
	campaigns => {
		is_top_of_search => 'boolean',
		intended_promotion_type => 'text',
		ext_features => 'jsonb',
	},
	ad_groups => {
		placement_traffic_type => 'text',
		promotion_ids => 'text[]',
		ext_features => 'jsonb',
		is_automated_campaign => 'boolean',
		is_creative_expansion => 'boolean',
		enabled_catalog_expansion => 'boolean',
	},
	pins => {
		is_product => 'boolean',
		product_tags => 'jsonb',
		is_removable => 'boolean',
	},
);

my %type_of = (
	'string' => 'text',
	'integer' => 'bigint',
	'number' => 'double precision',
	'boolean' => 'boolean',
	'date-time' => 'timestamp with time zone',
	'array of string' => 'text[]',
	'object' => 'jsonb',
);

my $facts = decode_json(slurp_file("$FindBin::RealBin/../api_facts.json"));

# The variables of a path have other names here than in the API.
my %endpoint_facts =
  map { nameless($_) => $facts->{endpoints}{$_} } keys %{ $facts->{endpoints} };

my $node = PostgreSQL::Test::Cluster->new('catalog');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pinterest_fdw');

my @streams = rows('streams');
my (%columns, %filters, %settings);
push @{ $columns{ $_->{stream} } }, $_ for rows('columns');
push @{ $filters{ $_->{stream} } }, $_ for rows('filters');
push @{ $settings{ $_->{stream} } }, $_ for rows('settings');

check_names();
for my $stream (@streams)
{
	subtest $stream->{name} => sub {
		check_stream($stream);
		check_endpoints($stream);
		check_filters($stream);
		check_settings($stream);
		check_columns($stream);
		check_fields($stream) if $item_of{ $stream->{name} };
		check_metrics($stream) if metrics_of($stream);
	};
}

$node->stop;
done_testing();

sub rows
{
	my ($function) = @_;
	my $json = $node->safe_psql('postgres',
		"SELECT json_agg(r) FROM pinterest_fdw.$function() r");
	return @{ decode_json($json) };
}

sub nameless
{
	my ($path) = @_;
	return $path =~ s/\{\w+\}/{}/gr;
}

sub params_of
{
	my ($path) = @_;
	my $endpoint = $endpoint_facts{ nameless($path) };
	return $endpoint ? $endpoint->{params} : {};
}

# The values the API knows for a parameter, as text.
sub enum_of
{
	my ($param) = @_;
	my $enum = $param->{enum} or return;
	$enum = [ keys %{ $facts->{$enum} } ] unless ref $enum;
	my %once = map { $_ => 1 } @$enum;
	return sort keys %once;
}

sub paths_of
{
	my ($stream) = @_;
	return map { s/\?.*//r } @{ $stream->{endpoints} };
}

sub metrics_of
{
	my ($stream) = @_;
	return grep { $_->{metric} } @{ $columns{ $stream->{name} } };
}

sub check_names
{
	my %owner;
	for my $stream (@streams)
	{
		push @{ $owner{$_} }, $stream->{name}
		  for $stream->{name}, @{ $stream->{aliases} // [] };
	}
	is(join(' ', grep { @{ $owner{$_} } > 1 } sort keys %owner),
		'', 'each name and alias means one stream');
	return;
}

sub check_stream
{
	my ($stream) = @_;
	my %has_column = map { $_->{name} => 1 } @{ $columns{ $stream->{name} } };

	ok($has_column{$_}, "column $_ of the key exists") for @{ $stream->{key} };
	ok((grep { $_->{name} eq $stream->{parent} } @streams),
		"parent $stream->{parent} exists")
	  if $stream->{parent};
	ok($stream->{comment}, 'it has a comment');
	return;
}

sub check_endpoints
{
	my ($stream) = @_;
	my %scopes;

	for my $endpoint (@{ $stream->{endpoints} })
	{
		my ($path, $constants) = split /\?/, $endpoint;
		my $known = $endpoint_facts{ nameless($path) };
		ok($known, "the API has $path") or next;
		is($stream->{category}, $known->{category}, "category of $path");
		$scopes{$_} = 1 for @{ $known->{scopes} };
		check_constant($path, $_) for split /&/, $constants // '';
	}
	is_deeply([ sort @{ $stream->{scope} } ], [ sort keys %scopes ], 'scopes');
	return;
}

# A parameter that is always sent, or sent with a column: name=value.
sub check_constant
{
	my ($path, $constant) = @_;
	my ($name, $value) = split /=/, $constant;
	my $param = params_of($path)->{$name};

	ok($param, "$path takes $name") or return;
	like($value, qr/^(true|false)$/, "$name takes $value")
	  if $param->{type} eq 'boolean';
	return;
}

sub check_filters
{
	my ($stream) = @_;

	for my $path (paths_of($stream))
	{
		my @here = grep { $_->{endpoint} eq $path } @{ $filters{ $stream->{name} } // [] };
		my $served = join ' ', map { $_->{parameter} // () } @here;

		like($served, qr/\Q$_\E/, "$path: something fills $_")
		  for $path =~ /(\{\w+\})/g;
		check_filter($stream, $path, $_) for @here;
		check_required($stream, $path, $served);
	}
	return;
}

sub check_filter
{
	my ($stream, $path, $filter) = @_;
	my $what = "$path: filter on $filter->{column_name}";

	ok((grep { $_->{name} eq $filter->{column_name} } @{ $columns{ $stream->{name} } }),
		"$what has its column");
	return unless defined $filter->{parameter};
	if ($filter->{parameter} =~ /^\{/)
	{
		like($path, qr/\Q$filter->{parameter}\E/, "$what stands in the path");
		return;
	}
	for my $name (split /, /, $filter->{parameter})
	{
		my $param = params_of($path)->{$name};
		ok($param, "$what: the API has $name") or next;
		check_values($what, $filter, $param);
		check_batch($what, $filter, $param);
	}
	return;
}

sub check_values
{
	my ($what, $filter, $param) = @_;
	my %known = map { $_ => 1 } enum_of($param);

	is(defined $filter->{allowed} ? 1 : 0, %known ? 1 : 0, "$what lists values where the API does");
	ok($known{$_}, "$what: the API knows $_") for @{ $filter->{allowed} // [] };
	is(scalar @{ $filter->{allowed} }, scalar keys %known, "$what knows all values")
	  if $filter->{allowed} && $param->{type} eq 'array';
	return;
}

sub check_batch
{
	my ($what, $filter, $param) = @_;
	my $most = $param->{max_items} // scalar(my @values = enum_of($param));

	return unless defined $filter->{batch};
	is($filter->{batch}, $param->{type} eq 'array' ? $most : 1,
		"$what: values a request takes");
	return;
}

# What the API insists on comes from a filter, a setting or the metrics.
sub check_required
{
	my ($stream, $path, $served) = @_;
	my $params = params_of($path);
	my %sent = map { $_ => 1 } split /, | /, $served;

	$sent{ $_->{name} } = 1
	  for grep { defined $_->{initial} } @{ $settings{ $stream->{name} } // [] };
	$sent{ $_->{parameter} } = 1 for metrics_of($stream);
	for my $name (sort keys %$params)
	{
		ok($sent{$name}, "$path: required $name is sent")
		  if $params->{$name}{required} && $params->{$name}{in} eq 'query';
	}
	return;
}

sub check_settings
{
	my ($stream) = @_;

	for my $setting (@{ $settings{ $stream->{name} } // [] })
	{
		for my $path (paths_of($stream))
		{
			my $param = params_of($path)->{ $setting->{name} };
			ok($param, "$path takes setting $setting->{name}") or next;
			is_deeply([ sort @{ $setting->{allowed} } ],
				[ enum_of($param) ], "values of setting $setting->{name}");
		}
	}
	return;
}

sub check_columns
{
	my ($stream) = @_;
	my %names;

	for my $column (@{ $columns{ $stream->{name} } })
	{
		ok(!$names{ $column->{name} }++, "column $column->{name} occurs once");
		like($column->{name}, qr/^[a-z0-9_]{1,63}$/, "name of column $column->{name}");
		like($column->{comment}, qr/^[A-Z].*[^.]$/, "comment of column $column->{name}");
		next if $column->{metric} || !defined $column->{parameter};
		check_constant($_, $column->{parameter}) for paths_of($stream);
	}
	return;
}

# The columns of an entity are the fields of its item, and the item itself.
sub check_fields
{
	my ($stream) = @_;
	my $item = $facts->{items}{ $item_of{ $stream->{name} } };
	my %expected = (%{ $undescribed{ $stream->{name} } // {} }, attrs => 'jsonb');

	for my $field (keys %$item)
	{
		$expected{$field} =
		  $field =~ /_time$/ ? 'timestamp with time zone' : $type_of{ $item->{$field} };
	}
	my %got = map { $_->{field} // $_->{name} => $_->{type} } @{ $columns{ $stream->{name} } };
	is_deeply(\%got, \%expected, 'fields and their types');
	return;
}

# The metrics, together with the stream's own columns, are what the API has.
sub check_metrics
{
	my ($stream) = @_;
	my @metrics = metrics_of($stream);
	my ($path) = paths_of($stream);
	my $param = params_of($path)->{ $metrics[0]{parameter} };
	my %own = map { uc $_->{name} => 1 }
	  grep { !$_->{metric} } @{ $columns{ $stream->{name} } };

	is_deeply([ sort map { $_->{field} } @metrics ],
		[ grep { !$own{$_} } enum_of($param) ], 'metrics');
	for my $metric (@metrics)
	{
		is($metric->{name}, lc $metric->{field}, "name of metric $metric->{field}");
		is($metric->{type}, $facts->{ $param->{enum} }{ $metric->{field} },
			"type of metric $metric->{field}")
		  unless ref $param->{enum};
	}
	return;
}
