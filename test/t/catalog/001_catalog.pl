# Copyright (c) 2026, pinterest_fdw contributors

# The catalog of streams against the facts of the API: every path, parameter,
# list of values, limit, field and metric that the catalog names has to be one
# that the API has, and nothing that the API has may be missing.  Where the two
# differ on purpose, a table says why.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use List::Util qw(any);
use lib "$FindBin::RealBin/../../lib";
use ApiFacts;
use PinterestTest qw(new_node);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# ---------- differences: endpoints and parameters ----------

# Endpoints that no stream is made of.
my %unused_endpoint = (
	'/ad_accounts/{}/reports' => 'asked for a report that was ordered',
	'/ad_accounts/{}/ssio/insertion_orders/status' => 'its orders are those of the order lines',
	'/ad_accounts/{}/ssio/insertion_orders/{}/status' => 'likewise',
	(map { $_ => 'a list tells as much' } qw(
		/ad_accounts/{}
		/ad_accounts/{}/ad_groups/{}
		/ad_accounts/{}/ads/{}
		/ad_accounts/{}/audiences/{}
		/ad_accounts/{}/campaigns/{}
		/ad_accounts/{}/conversion_tags/{}
		/ad_accounts/{}/customer_lists/{}
		/ad_accounts/{}/lead_forms/{}
		/ad_accounts/{}/leads/subscriptions/{}
		/ad_accounts/{}/order_lines/{}
		/ad_accounts/{}/product_group_promotions/{}
		/ad_accounts/{}/promotions/{}
		/catalogs/feeds/{}
		/catalogs/product_groups/{}
		/media/{})),
	(map { $_ => 'about what was sent to the API, with an id that no list has' } qw(
		/ad_accounts/{}/bulk/{}
		/ad_accounts/{}/conversion_deletion_requests/{}
		/ad_accounts/{}/customer_lists/{}/uploads/{}
		/ad_accounts/{}/leads_export/{}
		/ad_accounts/{}/mmm_reports
		/ad_accounts/{}/reports/brand_category_sku
		/catalogs/items/batch/{}
		/catalogs/reports
		/catalogs/{}/supplemental_items/batch/{})),
	(map { $_ => 'for those who make or manage things, not about data' } qw(
		/ad_accounts/{}/ad_groups/{}/dynamic_titles/csv
		/ad_accounts/{}/ad_groups/{}/dynamic_titles/status
		/ad_accounts/{}/ad_groups/{}/dynamic_titles/uploads
		/ad_accounts/{}/billing_invoice/{}/download
		/ad_accounts/{}/campaign_ad_preview
		/ad_accounts/{}/terms_of_service
		/integrations
		/integrations/commerce/{}
		/integrations/{}
		/user_account/websites/verification)),
	(map { $_ => 'no stream yet' } qw(
		/ad_accounts/{}/audiences/shared/accounts
		/ad_accounts/{}/conversion_deletion_requests
		/ad_accounts/{}/conversion_tags/ocpm_eligible
		/ad_accounts/{}/customer_segments
		/ad_accounts/{}/keywords/metrics
		/ad_accounts/{}/promotion_applied_entities
		/ad_accounts/{}/schedules
		/ad_accounts/{}/ssio/accounts
		/businesses/{}/assets/{}/members
		/businesses/{}/assets/{}/partners
		/businesses/{}/audiences
		/businesses/{}/audiences/shared/accounts
		/businesses/{}/members/{}/assets
		/businesses/{}/partners/{}/assets
		/catalogs/available_filter_values
		/catalogs/product_groups/{}/product_counts
		/catalogs/reports/stats
		/catalogs/{}/local_stores
		/pins/{}/product_tags
		/resources/lead_form_questions
		/search/partner/pins
		/trends/editorial_articles)),
);

# Parameters that the catalog does not name, wherever they occur.
my %unsent = (
	page_size => 'paging',
	bookmark => 'paging',
	start_index => 'paging by another name',
	order => 'sent where the planner wants an order',
	sort => 'PostgreSQL sorts',
	aggregate_report_rows => 'PostgreSQL adds up',
	start_hour => 'PostgreSQL chooses among the hours of a day',
	end_hour => 'likewise',
	report_format => 'JSON unless told otherwise',
	feed_type => 'ALL unless told otherwise',
	explicit_following => 'false, which leaves nothing out, unless told otherwise',
	include_shared_accounts => 'true unless told otherwise',
	exclude_nca => 'PostgreSQL chooses by is_nca',
	sort_columns => 'PostgreSQL sorts',
	sort_ascending => 'likewise',
	include_product_tag_obj => 'it is not described where the answer has them',
	filter_deleted => 'it is not described which way round it works',
	normalize_against_group => 'it changes what values mean',
	translate_interests_to_names => 'likewise',
	combine_targeting_types => 'sent for values that are joined by _AND_',
	custom_conversion_event_metrics => 'metrics with names of their own',
	client_id => 'for callers without a token',
	oauth_signature => 'likewise',
	timestamp => 'likewise',
	product_item_ids => 'nothing lists which account an item is of',
	# no column tells these, or not in the same words
	map { $_ => 'no such column' } qw(
	  domain domains campaign_custom_label
	  asset_group_id business_roles child_asset_id permissions include_keywords
	  item_numbers item_validation_issue pin_filter pin_type search_query
	  campaign_statuses campaign_objective_types campaign_brand_label
	  ad_group_statuses ad_statuses product_group_statuses metrics_filters),
);

# Parameters that a stream leaves out, others do not.
my %unsent_by = (
	'businesses_employers assets_summary' => 'true unless told otherwise',
	'keywords ad_group_ids' => 'a request for one ad group shows whose keywords they are',
	'ads_analytics campaign_ids' => 'taken only in place of ad_ids',
	'ads_analytics pin_ids' => 'likewise',
	'pin_media pin_metrics' => 'the rows are images, not Pins',
	'pins_analytics split_field' => 'the endpoint for many Pins has no such thing',
);

# Values that a filter does not offer.
my %unoffered = (
	'boards privacy' => [qw(ALL PUBLIC_AND_SECRET)],    # several of the others at once
);

# Targeting types that reports know at one level only.
my %level_of_targeting_type = (
	AUDIENCE_MULTIPLIER => 'CAMPAIGN_TARGETING',
	CREATIVE_ENHANCEMENTS => 'AD_GROUP_TARGETING',
	MEDIA_TYPE => 'PRODUCT_ITEM_TARGETING',
);

# Values that a request takes, where the API tells it in another way.
my %batch = (
	member_ids => int((500 + 1) / (20 + 1)),    # a text of 500 characters, ids of 20
	partner_ids => int((500 + 1) / (20 + 1)),
	terms => 1,    # the answer does not tell which of the terms a row is for
);

# What is sent for required parameters that have no default, and what others are taken for.
my %initial = (
	reporting_timezone => 'PINTEREST_TIME_ZONE',
	granularity => 'DAY',
	'top_pins sort_by' => 'IMPRESSION',
	'top_video_pins sort_by' => 'VIDEO_MRC_VIEW',
);

# Days that data reaches back, where they are counted at all.
my %history = (
	org_analytics => 90,
	ads_analytics => 90,
	report => $facts->{report}{limits}{''}{history},
	PRODUCT_ITEM => $facts->{report}{limits}{PRODUCT_ITEM}{history},
	metrics_ready_state => $facts->{report}{limits}{''}{history},
);

# ---------- differences: columns ----------

# What the rows are made of, where it is not the item of the endpoints.
my %item_of = (
	labels => ['Label'],
	pin_media => ['PinImage'],
	trends_topics => [qw(FeaturedTrend TrendingTopic)],
	targeting_options => ['Text'],
	terms_suggested => ['Text'],
	pins_analytics => ['OrganicDay'],
	user_account_analytics => ['OrganicDay'],
);

# Fields that no column shows.
my %hidden = (
	'catalogs_feeds credentials' => 'secret',
	'leads_subscriptions cryptographic_key' => 'secret',
	'trends_topics trends' => 'the rows are its elements',
	'terms_related related_terms' => 'likewise',
);

# Columns of fields that the item does not have.
my %added = (
	'top_pins date' => 'date',    # null, for conditions on the days that are counted
	'top_video_pins date' => 'date',
);

# Columns that are not called as their field is.
my %renamed = (
	'audiences ad_account_id' => 'owner_ad_account_id',    # the list may be another's
	'templates ad_account_id' => 'owner_ad_account_id',
	'conversion_tags last_fired_time_ms' => 'last_fired_time',    # a time has no unit
	'product_group_products pin.id' => 'pin_id',
	'pin_media id' => 'pin_id',
	'pin_media media.width' => 'video_width',
	'pin_media media.height' => 'video_height',
	# user is a word of SQL
	map { ("businesses_$_ user" => 'user_info') } qw(employers members partners invites),
);

# Columns that neither an item nor a parameter tells; all are texts.
my %told_elsewhere = (
	'keywords_analytics keyword_id' => 'the name of a member',
	'product_items_analytics product_item_id' => 'likewise',
	'product_items_targeting_analytics product_item_id' => 'likewise',
	'pin_media size' => 'likewise',
	'user_account_analytics split_value' => 'likewise',
	'targeting_options id' => 'likewise',
	'targeting_options name' => 'its value',
	'terms_related related_term' => 'an element',
	'terms_suggested suggested_term' => 'likewise',
	'user_account_analytics user_account_id' => 'listed by the parent',
	'pins_analytics media_type' => 'likewise',
);

# Columns of a parameter that takes a list, shown without a field all the same.
my %told_by_key = (
	'pins_analytics pin_id' => 'the answer is an object by Pin',
	'product_items_analytics product_item_id' => 'the report is an object by item',
	'product_items_targeting_analytics product_item_id' => 'likewise',
);

# Streams without the column attrs, besides those that have metrics.
my %no_attrs = (
	catalogs_feeds => 'it would show a secret',
	leads_subscriptions => 'likewise',
	terms_related => 'the rows are texts',
	terms_suggested => 'likewise',
);

# Streams whose rows nothing identifies.
my %no_key = (ads_credit_discounts => 'the items have no id, and may be alike');

# ---------- differences: metrics ----------

# Metrics that streams of ads analytics lack.
my @of_people = qw(TOTAL_IMPRESSION_USER TOTAL_IMPRESSION_FREQUENCY);    # not by part
my @of_ads = qw(AD_ID AD_NAME AD_STATUS PIN_ID
  PIN_PROMOTION_ID PIN_PROMOTION_NAME PIN_PROMOTION_STATUS);    # not of product items
my %lacks = (
	keywords_analytics => \@of_people,
	product_items_analytics => \@of_ads,
	product_items_targeting_analytics => [ @of_people, @of_ads ],
	map { ("${_}_targeting_analytics" => \@of_people) }
	  qw(ad_account campaigns ad_groups ads product_groups),
);

# ---------- the test ----------

my $node = new_node('catalog');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pinterest_fdw');

my @streams = rows('streams');
my (%columns, %filters, %settings);
push @{ $columns{ $_->{stream} } }, $_ for rows('columns');
push @{ $filters{ $_->{stream} } }, $_ for rows('filters');
push @{ $settings{ $_->{stream} } }, $_ for rows('settings');

check_names();
check_coverage();
for my $stream (@streams)
{
	subtest $stream->{name} => sub {
		check_stream($stream);
		check_history($stream);
		check_endpoints($stream);
		check_settings($stream);
		check_columns($stream);
		check_fields($stream) unless is_of_ads($stream);
		check_requested($stream);
		check_attrs($stream);
		check_metrics($stream) if metrics_of($stream);
		check_ads_columns($stream) if is_of_ads($stream);
	};
}

$node->stop;
done_testing();

# No one of a list; the test names those that there are.
sub none_ok
{
	my ($what, @offenders) = @_;
	return is(join(' ', @offenders), '', $what);
}

# ---------- what the catalog says ----------

sub rows
{
	my ($function) = @_;
	my $json = $node->safe_psql('postgres',
		"SELECT json_agg(r) FROM pinterest_fdw.$function() r");
	return @{ decode_json($json) };
}

sub columns_of
{
	my ($stream) = @_;
	return @{ $columns{ $stream->{name} } };
}

sub metrics_of
{
	my ($stream) = @_;
	return grep { $_->{metric} } columns_of($stream);
}

# Columns that are no metrics.
sub plain_columns_of
{
	my ($stream) = @_;
	return grep { !$_->{metric} } columns_of($stream);
}

sub filters_of
{
	my ($stream) = @_;
	return @{ $filters{ $stream->{name} } // [] };
}

sub filters_at
{
	my ($stream, $endpoint) = @_;
	return grep { $_->{endpoint} eq $endpoint->{path} } filters_of($stream);
}

sub settings_of
{
	my ($stream) = @_;
	return @{ $settings{ $stream->{name} } // [] };
}

# The stream's endpoints, each once: the path, whether it is a report's, the
# parameters that are always sent, and the facts.
sub endpoints_of
{
	my ($stream) = @_;
	my (@endpoints, %seen);

	for my $endpoint (grep { !$seen{$_}++ } @{ $stream->{endpoints} })
	{
		my ($report, $path, $constants) = $endpoint =~ /^(POST )?(\S+?)(?:[? ](.*))?$/;
		push @endpoints,
		  {
			path => $path,
			report => !!$report,
			constants => { map { split /=/ } split /&/, $constants // '' },
			facts => endpoint_facts(($report // '') . $path),
		  };
	}
	return @endpoints;
}

# Ads analytics: most columns are the metrics that were asked for.
sub is_of_ads
{
	my ($stream) = @_;
	return $stream->{category} eq 'ads_analytics' && metrics_of($stream);
}

# The parameters that a filter fills, under the names of the facts.
sub filled
{
	my ($endpoint, $filter) = @_;
	my $parameter = $filter->{parameter} // return;

	return split /, /, $parameter unless $parameter =~ /^\{/;
	my @here = $endpoint->{path} =~ /(\{\w+\})/g;
	my @there = $endpoint->{facts}{path} =~ /\{(\w+)\}/g;
	return map { $there[$_] } grep { $here[$_] eq $parameter } 0 .. $#here;
}

# All parameters that the catalog sends to an endpoint.
sub sent_to
{
	my ($stream, $endpoint) = @_;
	my %sent = map { $_ => 1 } keys %{ $endpoint->{constants} };

	$sent{$_} = 1 for map { filled($endpoint, $_) } filters_at($stream, $endpoint);
	$sent{$_} = 1 for map { $_->{parameter} // () } settings_of($stream);
	$sent{$_} = 1 for map { ($_->{parameter} // '') =~ /^(\w+)/ } columns_of($stream);
	return sort keys %sent;
}

# ---------- all streams together ----------

sub check_names
{
	my %owners;
	for my $stream (@streams)
	{
		push @{ $owners{$_} }, $stream->{name}
		  for $stream->{name}, @{ $stream->{aliases} // [] };
	}
	none_ok('each name and alias means one stream, once',
		grep { @{ $owners{$_} } > 1 } sort keys %owners);
	none_ok('names and aliases are plain', grep { !/^[a-z0-9_]{1,63}$/ } sort keys %owners);
	return;
}

# Nothing that the API has is forgotten.
sub check_coverage
{
	my (%used, %levels, %sent);

	for my $stream (@streams)
	{
		for my $endpoint (endpoints_of($stream))
		{
			if (!$endpoint->{report})
			{
				$used{ nameless($endpoint->{path}) } = 1;
				next;
			}
			$levels{ $endpoint->{constants}{level} } = 1;
			$sent{$_} = 1 for sent_to($stream, $endpoint);
		}
	}
	is_deeply([ sort keys %used ],
		[ grep { !$unused_endpoint{$_} } endpoint_paths() ], 'endpoints');
	none_ok('endpoints that are said to be unused, and that the API does not have',
		grep { !endpoint_facts($_) } sort keys %unused_endpoint);
	is_deeply([ sort keys %levels ], [ sort @{ $facts->{report}{levels} } ], 'levels of reports');
	is_deeply([ sort keys %sent ],
		[ grep { !$unsent{$_} } sort keys %{ $facts->{report}{params} } ],
		'parameters of reports');
	return;
}

# ---------- streams and endpoints ----------

sub check_stream
{
	my ($stream) = @_;
	my %imported = map { $_->{name} => $_->{standard} } columns_of($stream);
	my $parent = $stream->{parent};

	ok($stream->{key} || $no_key{ $stream->{name} }, 'it has a key');
	none_ok('the columns of the key exist, and are imported',
		grep { !$imported{$_} } @{ $stream->{key} // [] });
	ok(!defined $parent || (any { $_->{name} eq $parent } @streams), 'the parent exists');
	like($stream->{comment}, qr/^[A-Z].*[^.]$/, 'comment');
	return;
}

sub check_history
{
	my ($stream) = @_;
	my @reports = grep { $_->{report} } endpoints_of($stream);
	my $days = $history{ $stream->{name} };

	$days //= $history{ $stream->{category} } if metrics_of($stream);
	$days = $history{report} if @reports;
	$days = $history{PRODUCT_ITEM} if any { $_->{constants}{level} =~ /^PRODUCT_ITEM/ } @reports;
	is($stream->{history_days}, $days, 'days of history');
	return;
}

sub check_endpoints
{
	my ($stream) = @_;
	my %scopes;

	for my $endpoint (endpoints_of($stream))
	{
		my $known = $endpoint->{facts};
		ok($known, "the API has $endpoint->{path}") or next;
		is($stream->{category}, $known->{category}, "category of $endpoint->{path}");
		$scopes{$_} = 1 for @{ $known->{scopes} };
		check_constant($endpoint, $_, $endpoint->{constants}{$_})
		  for sort keys %{ $endpoint->{constants} };
		check_filters($stream, $endpoint);
		check_sent($stream, $endpoint);
	}
	is_deeply([ sort @{ $stream->{scope} } ], [ sort keys %scopes ], 'scopes');
	return;
}

# A parameter that is always sent, or sent with a column.
sub check_constant
{
	my ($endpoint, $name, $value) = @_;
	my $param = $endpoint->{facts}{params}{$name};
	my $what = "$endpoint->{path}: $name=$value";

	ok($param, "$what: the API has it") or return;
	my @values = enum_of($param);
	ok((any { $_ eq $value } @values), "$what: the API knows the value") if @values;
	is($value, $param->{maximum}, "$what: as many as a request takes")
	  if defined $param->{maximum};
	return;
}

sub check_filters
{
	my ($stream, $endpoint) = @_;
	my @filters = filters_at($stream, $endpoint);
	my %column = map { $_->{name} => $_ } columns_of($stream);
	my %filled = map { ($_->{parameter} // '') => 1 } @filters;

	none_ok("$endpoint->{path}: variables that nothing fills",
		grep { !$filled{$_} } $endpoint->{path} =~ /(\{\w+\})/g);
	for my $filter (@filters)
	{
		my $what = "$endpoint->{path}: filter on $filter->{column_name}";
		my $column = $column{ $filter->{column_name} };
		ok($column, "$what has its column") or next;
		for my $name (filled($endpoint, $filter))
		{
			my $param = $endpoint->{facts}{params}{$name};
			ok($param, "$what: the API has $name") or next;
			is_deeply([ sort @{ $filter->{allowed} // [] } ],
				[ offered($stream, $endpoint, $name) ], "$what: values of $name");
			is($filter->{batch}, batch_of($name, $param), "$what: values that a request takes")
			  if $filter->{operators} eq '=, IN';
			is($column->{type}, sent_type($param), "$what: type of what the request tells")
			  unless defined $column->{field};
		}
	}
	return;
}

# The values that filter or setting offers for a parameter.
sub offered
{
	my ($stream, $endpoint, $name) = @_;
	my %left_out = map { $_ => 1 } @{ $unoffered{"$stream->{name} $name"} // [] };

	if ($endpoint->{report} && $name eq 'targeting_types')
	{
		$left_out{$_} = 1
		  for grep { $level_of_targeting_type{$_} ne $endpoint->{constants}{level} }
		  keys %level_of_targeting_type;
	}
	return grep { !$left_out{$_} } enum_of($endpoint->{facts}{params}{$name});
}

sub batch_of
{
	my ($name, $param) = @_;
	return $batch{$name} if $batch{$name};
	return 1 if $param->{type} ne 'array';
	return $param->{max_items} // scalar(my @values = enum_of($param));
}

# What the API insists on is sent; what else it takes is sent, or known not to be.
sub check_sent
{
	my ($stream, $endpoint) = @_;
	my $params = $endpoint->{facts}{params};
	my %sent = map { $_ => 1 } sent_to($stream, $endpoint);
	my @rest = grep { !$sent{$_} } sort keys %$params;

	none_ok("$endpoint->{path}: required parameters that are not sent",
		grep { $params->{$_}{required} } @rest);
	none_ok("$endpoint->{path}: parameters that the API does not have",
		grep { !$params->{$_} } sort keys %sent);
	return if $endpoint->{report};    # most parameters are for other levels
	none_ok("$endpoint->{path}: parameters that are not sent",
		grep { !$unsent{$_} && !$unsent_by{"$stream->{name} $_"} } @rest);
	return;
}

sub check_settings
{
	my ($stream) = @_;
	my %column = map { $_->{name} => $_ } columns_of($stream);

	for my $setting (settings_of($stream))
	{
		my $column = $column{ $setting->{name} };
		ok($column && !defined $column->{field}, "setting $setting->{name} is a column");
		my $name = $setting->{parameter} // next;
		for my $endpoint (endpoints_of($stream))
		{
			my $what = "$endpoint->{path}: setting $setting->{name}";
			my $param = $endpoint->{facts}{params}{$name};

			ok($param, "$what: the API has $name") or next;
			is_deeply([ sort @{ $setting->{allowed} // [] } ],
				[ offered($stream, $endpoint, $name) ], "$what: values of $name");
			is($setting->{initial}, initial_of($stream, $name, $param), "$what: default");
			is($column->{type}, sent_type($param), "$what: type");
		}
	}
	return;
}

# What counts where the query tells nothing: the API's default, which need not
# be named where it is off.
sub initial_of
{
	my ($stream, $name, $param) = @_;
	return $initial{"$stream->{name} $name"} // $initial{$name}
	  if $param->{required} || !defined $param->{default} && $initial{$name};
	return if $param->{type} eq 'boolean' && !$param->{default};
	return $param->{default};
}

# ---------- columns ----------

sub check_columns
{
	my ($stream) = @_;
	my @columns = columns_of($stream);
	my %times;

	$times{ $_->{name} }++ for @columns;
	none_ok('columns that occur twice', grep { $times{$_} > 1 } sort keys %times);
	none_ok('names of columns', grep { !/^[a-z][a-z0-9_]{0,62}$/ } sort keys %times);
	none_ok('comments of columns',
		map { $_->{name} } grep { $_->{comment} !~ /^[A-Z].*[^.]$/ } @columns);
	none_ok('secrets', grep { /credential|cryptographic_key|password|token/ }
		map { ($_->{name}, $_->{field} // ()) } @columns);
	none_ok('columns that are not imported',
		map { $_->{name} } grep { !$_->{standard} } plain_columns_of($stream));
	none_ok('columns of which it is wrongly told, or not, whether they add up',
		map { $_->{name} } grep { defined $_->{additive} xor $_->{metric} } @columns);
	for my $column (grep { defined $_->{parameter} } plain_columns_of($stream))
	{
		check_constant($_, split /=/, $column->{parameter}) for endpoints_of($stream);
	}
	return;
}

# The items that the stream's rows are made of.
sub items_of
{
	my ($stream) = @_;
	my $items = $item_of{ $stream->{name} };
	my %once = map { $_ => 1 } map { $_->{facts}{item} // () } endpoints_of($stream);
	return $items ? @$items : sort keys %once;
}

sub column_name
{
	my ($stream, $field) = @_;
	return $renamed{"$stream->{name} $field"}
	  // lc($field =~ s/.*\.//r =~ s/([a-z])([A-Z])/$1_$2/gr);
}

# The columns are the fields of the items, under their names.
sub check_fields
{
	my ($stream) = @_;
	my %expected = map { fields_of($_) } items_of($stream);
	my %got;

	delete $expected{$_} for grep { $hidden{"$stream->{name} $_"} } keys %expected;
	$expected{ $_->[1] } = $added{"@$_"}
	  for grep { $_->[0] eq $stream->{name} } map { [ split / / ] } keys %added;
	for my $column (plain_columns_of($stream))
	{
		my $field = $column->{field};
		is($column->{name}, column_name($stream, $field), "name of field $field")
		  if defined $field;
		# what the request tells may stand in for a field
		$field //= $expected{ $column->{name} } ? $column->{name} : next;
		$got{$field} = $column->{type};
	}
	is_deeply(\%got, \%expected, 'fields and their types');
	return;
}

# A column without a field is told by the request, or known to be told by
# something else.  A request for a list would not tell which of its values a
# row is for.
sub check_requested
{
	my ($stream) = @_;
	my %told = map { $_->{name} => 1 } settings_of($stream);
	my %in_list;

	for my $filter (filters_of($stream))
	{
		$told{ $filter->{column_name} } = 1;
		$in_list{ $filter->{column_name} } = 1 if ($filter->{batch} // 1) > 1;
	}
	for my $column (grep { !defined $_->{field} } plain_columns_of($stream))
	{
		my $name = $column->{name};
		next if $name =~ /^(attrs|hour)$/;
		ok($told{$name} || $told_elsewhere{"$stream->{name} $name"}, "something tells $name");
		ok(!$in_list{$name} || $told_by_key{"$stream->{name} $name"},
			"a request is for one $name");
		is($column->{type}, 'text', "type of $name")
		  if $told_elsewhere{"$stream->{name} $name"};
	}
	return;
}

sub check_attrs
{
	my ($stream) = @_;
	my @types = map { $_->{type} } grep { $_->{name} eq 'attrs' } columns_of($stream);
	my $without = $no_attrs{ $stream->{name} } || metrics_of($stream);

	is_deeply(\@types, $without ? [] : ['jsonb'], 'column attrs');
	return;
}

# ---------- metrics ----------

# The metrics that the stream's endpoints know, and their types.
sub known_metrics
{
	my ($stream) = @_;
	my ($first) = metrics_of($stream);
	my %known;

	for my $endpoint (endpoints_of($stream))
	{
		my $param = $endpoint->{facts}{params}{ $first->{parameter} };
		%known = (%known, ref $param->{enum}
			? map { $_ => organic_type($_) } enum_of($param)
			: %{ $facts->{ $param->{enum} } });
	}
	return %known;
}

# The facts do not tell it, but shares and times are no whole numbers.
sub organic_type
{
	my ($metric) = @_;
	return $metric =~ /_RATE$|_WATCH_TIME$/ ? 'double precision' : 'bigint';
}

# The metrics, together with the stream's other columns, are what the API has.
sub check_metrics
{
	my ($stream) = @_;
	my %expected = known_metrics($stream);
	my @metrics = metrics_of($stream);
	my %got = map { $_->{field} => $_->{type} } @metrics;

	delete $expected{$_} for @{ $lacks{ $stream->{name} } // [] };
	delete $expected{ uc $_->{name} } for plain_columns_of($stream);
	if ($stream->{name} !~ /^product_items/)
	{
		delete $expected{$_} for grep { /^PRODUCT_ITEM_/ } keys %expected;
	}
	is_deeply(\%got, \%expected, 'metrics and their types');
	none_ok('metrics by another name',
		map { $_->{name} } grep { $_->{name} ne lc $_->{field} } @metrics);
	none_ok('metrics that cannot add up',
		map { $_->{name} } grep {
			$_->{additive} && ($_->{type} ne 'bigint' || $_->{name} =~ /rate|ctr|cp[a-z]_|roas|frequency|_user|unique|session|_cap|budget|_id$/)
		} @metrics);
	none_ok('metrics that are wrongly said to need a report, or not to',
		map { $_->{name} } grep { !!$_->{report} ne !!needs_report($stream, $_) } @metrics);
	return;
}

# Which metrics only metrics 'reports' imports: those that no other endpoint
# knows, unless the stream is about them.
sub needs_report
{
	my ($stream, $metric) = @_;
	return 0 unless is_of_ads($stream);
	return 0 if $metric->{field} =~ /^PRODUCT_ITEM_/;
	return 0 if any { $_ eq $metric->{name} } @{ $stream->{key} };
	return !exists $facts->{ReportingColumnSync}{ $metric->{field} };
}

# The other columns of ads analytics: what was advertised, to whom, and when.
sub check_ads_columns
{
	my ($stream) = @_;
	my %type = (known_metrics($stream),
		DATE => 'date', TARGETING_TYPE => 'text', TARGETING_VALUE => 'text');
	my %column = map { $_->{name} => $_ } columns_of($stream);

	is($column{date}{type}, 'date', 'column date');
	is($column{hour}{type}, $time, 'column hour');
	for my $column (grep { defined $_->{field} } plain_columns_of($stream))
	{
		my $field = uc($column->{field} =~ s/^metrics\.//r);
		is($column->{name}, lc $field, "name of field $column->{field}");
		is($column->{type}, $type{$field}, "type of field $column->{field}");
	}
	return;
}
