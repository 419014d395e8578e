# What the API has: test/api_facts.json, and what is known beyond it.
#
# Copyright (c) 2026, pinterest_fdw contributors

package ApiFacts;

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use JSON::PP;
use PostgreSQL::Test::Utils;

our @EXPORT = qw($facts $time nameless endpoint_paths endpoint_facts
  enum_of sent_type fields_of);

our $facts = decode_json(slurp_file(dirname(__FILE__) . '/../api_facts.json'));
our $time = 'timestamp with time zone';

# Items that the facts give as an object without fields, or not at all.
my %items = (
	%{ $facts->{items} },
	InviteData => {
		invite_type => 'string',
		invite_status => 'string',
		sent_at => 'integer',
		last_updated_time => 'integer',
		invite_expiration => 'integer',
	},
	ProductMetadata => {
		item_id => 'string',
		item_group_id => 'string',
		availability => 'string',
		price => 'number',
		sale_price => 'number',
		currency => 'string',
		hotel_id => 'string',
		creative_assets_id => 'string',
		visibility => 'string',
	},
	# an image of a Pin, with what tells whose it is
	PinImage => {
		id => 'string',
		board_id => 'string',
		creative_type => 'string',
		width => 'integer',
		height => 'integer',
		url => 'string',
	},
	PinMedia => {
		media_type => 'string',
		duration => 'number',
		width => 'integer',
		height => 'integer',
		video_url => 'string',
		cover_image_url => 'string',
	},
	OrganicDay => { date => 'date', data_status => 'string', metrics => 'object' },
	Text => {},
);

# Fields that answers have and the description has not.
my %undescribed = (
	CampaignResponse => { ext_features => 'jsonb' },
	AdGroupResponse => {
		is_automated_campaign => 'boolean',
		is_creative_expansion => 'boolean',
		enabled_catalog_expansion => 'boolean',
	},
	Audience => { is_ctv_enabled => 'boolean' },
	Pin => {
		product_tags => 'jsonb',
		is_removable => 'boolean',
	},
	TargetingTemplateGetResponseData => { placement_traffic_type => 'text' },
	# described before 5.28
	Label => { parent_id => 'text', parent_type => 'text' },
	TemplateResponse => { date_range => 'jsonb' },
);

# Objects whose fields count too.
my %opened = (
	'InviteResponse.invite_data' => 'InviteData',
	'CatalogsProduct.metadata' => 'ProductMetadata',
	'CatalogsProduct.pin' => 'Pin',
	'PinImage.media' => 'PinMedia',
);

my %type_of = (
	'string' => 'text',
	'integer' => 'bigint',
	'number' => 'double precision',
	'boolean' => 'boolean',
	'date' => 'date',
	'date-time' => $time,
	'array of string' => 'text[]',
	'array of object' => 'jsonb',
	'object' => 'jsonb',
);

# Types that follow from what a field means.
my %known_type = (
	'AudienceDefinition.date' => 'date',
	(map { $_ => $time } qw(
		SSIOOrderLine.accepted_terms_time SSIOOrderLine.last_modified_date_time
		UserWebsiteSummary.verified_at)),
	# whole numbers
	map { $_ => 'bigint' } qw(
	  CustomerList.num_batches CustomerList.num_removed_user_records
	  CustomerList.num_uploaded_user_records OrderLine.budget OrderLine.paid_budget
	  TemplateResponse.click_window_days TemplateResponse.engagement_window_days
	  TemplateResponse.view_window_days TemplateResponse.report_end_relative_days_in_past
	  TemplateResponse.report_start_relative_days_in_past
	  AdsCreditDiscountsResponse.discountInMicroCurrency
	  AdsCreditDiscountsResponse.remainingDiscountInMicroCurrency
	  AdAccountsCountryResponseData.index),
);

# The endpoints by their paths without names of variables, which the catalog
# calls after its columns; that of reports has POST before its path.
my %endpoints =
  map { nameless($_) => { %{ $facts->{endpoints}{$_} }, path => $_ } }
  keys %{ $facts->{endpoints} };
$endpoints{ 'POST ' . nameless($facts->{report}{path}) } = $facts->{report};

sub nameless
{
	my ($path) = @_;
	return $path =~ s/\{\w+\}/{}/gr;
}

# The paths that are read with GET, without names of variables.
sub endpoint_paths
{
	return grep { !/^POST/ } sort keys %endpoints;
}

sub endpoint_facts
{
	my ($endpoint) = @_;
	return $endpoints{ nameless($endpoint) };
}

# The values the API knows for a parameter, as text.
sub enum_of
{
	my ($param) = @_;
	return qw(false true) if $param->{type} eq 'boolean';
	my $enum = $param->{enum} or return;
	$enum = [ keys %{ $facts->{$enum} } ] unless ref $enum;
	my %once = map { $_ => 1 } @$enum;
	return sort keys %once;
}

# The type of a column that shows what was sent for a parameter.
sub sent_type
{
	my ($param) = @_;
	return 'date' if ($param->{format} // '') eq 'date';
	return 'text' if $param->{type} eq 'array' || $param->{type} eq 'string';
	return $param->{type} eq 'boolean' ? 'boolean' : 'bigint';
}

sub field_type
{
	my ($item, $field) = @_;
	my $type = $items{$item}{$field};

	return $known_type{"$item.$field"} if $known_type{"$item.$field"};
	return $time
	  if $type =~ /^(integer|number)$/
	  && $field =~ /(_time|_time_ms|_timestamp|_at|_expiration)$/;
	return $type_of{$type};
}

# The fields of an item, as JSON paths, and the types that columns for them have.
sub fields_of
{
	my ($item) = @_;
	my %fields = %{ $undescribed{$item} // {} };

	$fields{$_} = field_type($item, $_) for keys %{ $items{$item} };
	for my $object (grep { /^\Q$item\E\./ } keys %opened)
	{
		my ($field) = $object =~ /\.(.*)/;
		my %inner = fields_of($opened{$object});
		$fields{"$field.$_"} = $inner{$_} for keys %inner;
	}
	return %fields;
}

1;
