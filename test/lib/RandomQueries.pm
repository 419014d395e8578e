# Random queries, each as two texts: over foreign tables, and over local copies of
# what the API has.
#
# Copyright (c) 2026, pinterest_fdw contributors

package RandomQueries;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(random_query same_choices);

my $state;		# of the generator: Perl's own differs between versions

# Begins anew: what follows depends on the seed alone.
sub same_choices
{
	my ($seed) = @_;

	$state = ($seed * 2654435761 + 12345) % 4294967296;
	return;
}

# A number from 0 to below n.
sub below
{
	my ($n) = @_;

	$state = ($state * 1664525 + 1013904223) % 4294967296;
	return int($state / 65536) % $n;
}

sub between { my ($least, $most) = @_; return $least + below($most - $least + 1); }
sub one_of { return $_[ below(scalar @_) ]; }
sub chance { my ($percent) = @_; return below(100) < $percent; }

# ---- days ----

# A day some days ago, written in one of the ways that people write days.
sub day
{
	my ($ago) = @_;

	return one_of("(current_date - $ago)", "(now() AT TIME ZONE 'UTC' - interval '$ago days')::date",
		"(SELECT current_date - $ago)", "(current_date - $ago)::text::date", "(date_trunc('day', now()) - interval '$ago days')::date");
}

# Days ago of the two ends of a range; now and then far back.
sub range
{
	my $from = chance(15) ? between(95, 913) : between(0, 85);

	return ($from, between(0, $from));
}

# Conditions on a date that bound it from below, by what they are called.  Each is a
# function of the column, and days ago of the first day and the last.  "Today" is
# yesterday's date in some zones, and a range that ends before it begins is an error:
# those with ends of several expressions begin a day earlier.
my %bounds = (
	between => sub { my ($d, $a, $b) = @_; "$d BETWEEN @{[ day($a) ]} AND @{[ day($b) ]}" },
	symmetric => sub { my ($d, $a, $b) = @_; "$d BETWEEN SYMMETRIC @{[ day($b) ]} AND @{[ day($a) ]}" },
	from => sub { my ($d, $a) = @_; "$d >= @{[ day($a) ]}" },
	after => sub { my ($d, $a) = @_; "$d > @{[ day($a) ]}" },
	swapped => sub { my ($d, $a) = @_; "@{[ day($a) ]} <= $d" },
	not_before => sub { my ($d, $a) = @_; "NOT ($d < @{[ day($a) ]})" },
	equal => sub { my ($d, $a) = @_; "$d = @{[ day($a) ]}" },
	days => sub { my ($d, $a, $b) = @_; "$d IN (@{[ day($a) ]}, @{[ day($b) ]})" },
	array => sub { my ($d, $a, $b) = @_; "$d = ANY (ARRAY[@{[ day($a) ]}, @{[ day($b) ]}])" },
	series => sub { my ($d, $a, $b) = @_; "$d = ANY (ARRAY(SELECT generate_series(current_date - $a, current_date - $b, interval '1 day')::date))" },
	either_day => sub { my ($d, $a, $b) = @_; "($d = @{[ day($a) ]} OR $d = @{[ day($b) ]})" },
	ranges => sub { my ($d, $a, $b) = @_; "(($d >= @{[ day($a) ]} AND $d < @{[ day($b) ]}) OR $d >= @{[ day(int($b / 2)) ]})" },
	or_null => sub { my ($d, $a) = @_; "($d >= @{[ day($a) ]} OR $d IS NULL)" },
	timestamp => sub { my ($d, $a) = @_; "$d\::timestamp >= @{[ day($a) ]}" },
	timestamptz => sub { my ($d, $a) = @_; "$d\::timestamptz >= now() - interval '$a days'" },
	zone => sub { my ($d, $a) = @_; "($d\::timestamptz AT TIME ZONE 'UTC') >= @{[ day($a) ]}" },
	moment => sub { my ($d, $a) = @_; "$d >= now() - interval '$a days'" },
	trunc => sub { my ($d, $a) = @_; my $unit = one_of(qw(day week month quarter year)); "date_trunc('$unit', $d) >= date_trunc('$unit', current_date - $a)" },
	trunc_is => sub { my ($d, $a) = @_; my $unit = one_of(qw(day week month)); "date_trunc('$unit', $d) = date_trunc('$unit', current_date - $a)" },
	trunc_timestamp => sub { my ($d, $a) = @_; "date_trunc('month', $d\::timestamp) = date_trunc('month', (current_date - $a)::timestamp)" },
	trunc_cast => sub { my ($d, $a) = @_; "CAST(date_trunc('day', CAST($d AS timestamp)) AS date) >= @{[ day($a) ]}" },
	row => sub { my ($d, $a) = @_; "($d, campaign_id) >= (@{[ day($a) ]}, '1')" },
	in_range => sub { my ($d, $a, $b) = @_; "$d <@ daterange(@{[ day($a + 1) ]}, @{[ day($b) ]}, '[]')" },
	range_has => sub { my ($d, $a, $b) = @_; "daterange(@{[ day($a + 1) ]}, @{[ day($b) ]}) @> $d" },
	in_ranges => sub { my ($d, $a, $b) = @_; my $first = day($a); "$d <@ datemultirange(daterange($first, $first, '[]'), daterange(@{[ day($b) ]}, NULL))" },
	text => sub { my ($d, $a) = @_; "$d\::text >= (current_date - $a)::text" },
	month_text => sub { my ($d, $a) = @_; "to_char($d, 'YYYY-MM') = to_char(current_date - $a, 'YYYY-MM')" },
	day_text => sub { my ($d, $a) = @_; "to_char($d, 'YYYY-MM-DD') >= to_char(current_date - $a, 'YYYY-MM-DD')" },
	parts => sub { my ($d, $a) = @_; "extract(year from $d) = extract(year from current_date - $a) AND extract(month from $d) = extract(month from current_date - $a)" },
	part => sub { my ($d, $a) = @_; "date_part('year', $d) >= date_part('year', current_date - $a)" },
	nothing_added => sub { my ($d, $a) = @_; "$d + interval '0' >= @{[ day($a) ]}" },
	nothing_taken => sub { my ($d, $a) = @_; "$d - 0 >= @{[ day($a) ]}" },
	later => sub { my ($d, $a) = @_; "$d + $a > current_date" },
	unequal => sub { my ($d, $a, $b) = @_; "$d >= @{[ day($a) ]} AND $d <> @{[ day($b) ]}" },
	coalesce => sub { my ($d, $a) = @_; "coalesce($d, current_date) >= @{[ day($a) ]}" },
	held => sub { my ($d, $a) = @_; "$d >= (SELECT max(day) - $a FROM local.days)" },
	'case' => sub { my ($d, $a) = @_; "CASE WHEN $d >= @{[ day($a) ]} THEN 1 ELSE 0 END = 1" },
	greatest => sub { my ($d, $a) = @_; "greatest($d, current_date - 900) >= @{[ day($a) ]}" },
	isodow => sub { my ($d, $a) = @_; "extract(isodow from $d) < 6 AND $d >= @{[ day($a) ]}" });
my @bounds = sort keys %bounds;

# A condition on a date, and what it is called.
sub date_condition
{
	my ($column) = @_;
	my $form = one_of(@bounds);
	my ($from, $to) = range();

	$from = between(95, 500) if chance(1);
	return ($bounds{$form}->($column, $from, $to), $form);
}

# ---- other conditions ----

# What the world offers: accounts, campaigns.
my %world;

sub account_condition
{
	my ($column) = @_;
	my @accounts = @{ $world{accounts} };

	return one_of(
		"$column = '" . one_of(@accounts) . "'",
		"$column IN ('" . one_of(@accounts) . "', '" . one_of(@accounts) . "')",
		"$column <> '" . one_of(@accounts) . "'",
		"$column = ANY (ARRAY(SELECT id FROM local.accounts))",
		"$column IN (SELECT id FROM local.accounts)");
}

sub campaign_condition
{
	my ($column) = @_;
	my @campaigns = @{ $world{campaigns} };

	return one_of(
		"$column = '" . one_of(@campaigns) . "'",
		"$column IN ('" . join("', '", map { one_of(@campaigns) } 1 .. between(2, 6)) . "')",
		"$column = ANY (ARRAY['" . join("', '", map { one_of(@campaigns) } 1 .. 3) . "'])",
		"right($column, 1) IN ('1', '3', '5', '7')",
		"$column > '" . one_of(@campaigns) . "'",
		"$column IN (SELECT campaign_id FROM local.plan WHERE budget > @{[ between(0, 100) ]})");
}

# A condition on a setting, and whether it chooses: where none does, the usual value
# is read, and the copy, which has all, needs to be told.
sub setting_condition
{
	my ($column) = @_;

	return one_of(
		[ "$column = " . one_of(1, 7, 30), 1 ],
		[ "$column IN (1, 30)", 1 ],
		[ "$column > 7", 1 ],
		[ "$column <> 7", 1 ]);
}

# ---- queries ----

# A table under an alias with its conditions: (text over foreign tables, conditions,
# conditions of the copy alone, name of the date's form or undef).
sub analytics
{
	my ($alias, %how) = @_;
	my (@where, @usual, $form);

	unless ($how{no_dates})
	{
		(my $condition, $form) = date_condition("$alias.date");
		$condition =~ s/\bcampaign_id\b/$alias.campaign_id/;
		push @where, $condition;
	}
	push @where, account_condition("$alias.ad_account_id") if chance(40);
	push @where, campaign_condition("$alias.campaign_id") if chance(30);
	if (chance(15))
	{
		my $setting = setting_condition("$alias.click_window_days");
		push @where, $setting->[0];
	}
	else
	{
		push @usual, "$alias.click_window_days = 30";
	}
	return (\@where, \@usual, $form);
}

# A WHERE with conditions; the usual ones only in the copy.
sub where
{
	my ($where, $usual) = @_;
	my $both = join ' AND ', map { "($_)" } @$where;
	my $copy = join ' AND ', map { "($_)" } @$where, @$usual;

	return map { $_ eq '' ? '' : " WHERE $_" } $both, $copy;
}

# The same text with both conditions, over both schemas.
sub both
{
	my ($text, $where, $usual, @more) = @_;
	my ($foreign, $copy) = where($where, $usual);

	return { foreign => $text =~ s/WHERE_HERE/$foreign/r, copy => $text =~ s/WHERE_HERE/$copy/r, @more };
}

my $metrics = 'sum(a.spend_in_micro_dollar) AS spend, count(*) AS n, sum(a.total_conversions) AS conversions';

my %shapes = (
	rows => sub {
		my ($w, $u, $f) = analytics('a');
		return both('SELECT a.campaign_id, a.date, a.click_window_days, a.spend_in_micro_dollar FROM SCHEMA.campaigns_analytics a WHERE_HERE', $w, $u, form => $f);
	},
	sums => sub {
		my ($w, $u, $f) = analytics('a');
		my $group = one_of('a.campaign_id', 'a.ad_account_id', 'a.date', "date_trunc('month', a.date)", 'a.ad_account_id, a.date', '()');
		return both("SELECT $group AS g, $metrics FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY $group" =~ s/SELECT \(\) AS g, /SELECT /r, $w, $u, form => $f);
	},
	filter => sub {
		my ($w, $u, $f) = analytics('a');
		return both("SELECT a.ad_account_id, count(*) FILTER (WHERE a.date >= current_date - @{[ between(0, 60) ]}), min(a.date), max(a.date) FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY 1", $w, $u, form => $f);
	},
	without_dates => sub {
		my ($w, $u, $f) = analytics('a', no_dates => 1);
		return both("SELECT a.ad_account_id, $metrics FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY 1", $w, $u, form => $f);
	},
	names => sub {
		my ($w, $u, $f) = analytics('a');
		return both("SELECT c.name, $metrics FROM SCHEMA.campaigns_analytics a JOIN SCHEMA.campaigns c ON c.id = a.campaign_id@{[ chance(50) ? ' AND c.ad_account_id = a.ad_account_id' : '' ]} WHERE_HERE GROUP BY 1", $w, $u, form => $f);
	},
	outer_names => sub {
		my ($w, $u, $f) = analytics('a');
		my ($both, $copy) = map { s/^ WHERE / AND /r } where($w, $u);
		my $text = "SELECT c.id, count(a.date), sum(a.spend_in_micro_dollar) FROM SCHEMA.campaigns c LEFT JOIN SCHEMA.campaigns_analytics a ON a.campaign_id = c.id";
		return { foreign => "$text$both GROUP BY 1", copy => "$text$copy GROUP BY 1", form => $f };
	},
	levels => sub {
		my ($w, $u, $f) = analytics('a');
		return both("SELECT a.ad_account_id, sum(a.spend_in_micro_dollar), sum(t.spend_in_micro_dollar) FROM SCHEMA.campaigns_analytics a JOIN SCHEMA.ad_account_analytics t ON t.ad_account_id = a.ad_account_id AND t.date = a.date WHERE_HERE GROUP BY 1", $w, $u, form => $f);
	},
	budgets => sub {
		my ($w, $u, $f) = analytics('a', no_dates => 1);
		my ($condition, $form) = date_condition('o.day');
		$condition =~ s/\bcampaign_id\b/o.campaign_id/;
		push @$w, $condition;
		my $join = one_of('JOIN', 'LEFT JOIN');
		my ($foreign, $copy) = where($w, $join eq 'JOIN' ? $u : []);
		my $on = "o.day = a.date AND o.campaign_id = a.campaign_id";
		my $copy_on = $join eq 'JOIN' ? $on : join(' AND ', $on, @$u);
		return { foreign => "SELECT o.campaign_id, sum(o.budget), sum(a.spend_in_micro_dollar) FROM local.plan o $join SCHEMA.campaigns_analytics a ON $on$foreign GROUP BY 1",
			copy => "SELECT o.campaign_id, sum(o.budget), sum(a.spend_in_micro_dollar) FROM local.plan o $join SCHEMA.campaigns_analytics a ON $copy_on$copy GROUP BY 1", form => "joined $form" };
	},
	calendar => sub {
		my ($from, $to) = range();
		my $text = "SELECT d::date, sum(a.spend_in_micro_dollar) FROM generate_series(current_date - $from, current_date - $to, interval '1 day') d LEFT JOIN SCHEMA.campaigns_analytics a ON a.date = d::date";
		return { foreign => "$text GROUP BY 1", copy => "$text AND a.click_window_days = 30 GROUP BY 1", form => 'calendar' };
	},
	exists => sub {
		my ($w, $u, $f) = analytics('a');
		push @$w, 'EXISTS (SELECT FROM SCHEMA.campaigns c WHERE c.id = a.campaign_id AND c.status = ' . one_of("'ACTIVE'", "'PAUSED'") . ')';
		return both('SELECT a.campaign_id, count(*) FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY 1', $w, $u, form => $f);
	},
	days_of => sub {
		my ($w, $u, $f) = analytics('a', no_dates => 1);
		my ($from, $to) = range();
		push @$w, one_of('a.date IN', 'a.date = ANY') . " (SELECT day FROM local.days WHERE day BETWEEN current_date - $from AND current_date - $to)";
		return both('SELECT a.date, count(*) FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY 1', $w, $u, form => 'days of a table');
	},
	window => sub {
		my ($condition, $form) = date_condition('x.date');
		$condition =~ s/\bcampaign_id\b/x.campaign_id/;
		my $text = 'SELECT x.campaign_id, x.date, x.before FROM (SELECT a.campaign_id, a.date, lag(a.spend_in_micro_dollar) OVER (PARTITION BY a.campaign_id ORDER BY a.date) AS before FROM SCHEMA.campaigns_analytics a WHERE_HERE) x WHERE ' . $condition;
		return both($text, chance(50) ? [ (date_condition('a.date'))[0] ] : [], ['a.click_window_days = 30'], form => "window $form");
	},
	materialized => sub {
		my ($condition, $form) = date_condition('x.date');
		my $word = one_of('MATERIALIZED', 'NOT MATERIALIZED', '');
		return both("WITH x AS $word (SELECT * FROM SCHEMA.campaigns_analytics a WHERE_HERE) SELECT x.ad_account_id, count(*) FROM x WHERE $condition GROUP BY 1", [], ['a.click_window_days = 30'], form => "CTE $form");
	},
	barrier => sub {
		my ($condition, $form) = date_condition('a.date');
		return both("SELECT a.ad_account_id, count(*), sum(a.spend_in_micro_dollar) FROM SCHEMA.barrier a WHERE_HERE GROUP BY 1", [$condition], [], form => "barrier $form");
	},
	by_day => sub {
		my ($w, $u, $f) = analytics('a');
		return both("SELECT a.ad_account_id, a.date, $metrics FROM SCHEMA.by_day a WHERE_HERE GROUP BY 1, 2", $w, $u, form => "partitions $f");
	},
	by_account => sub {
		my ($w, $u, $f) = analytics('a');
		return both("SELECT a.ad_account_id, $metrics FROM SCHEMA.by_account a WHERE_HERE GROUP BY 1", $w, $u, form => "partitions $f");
	},
	union => sub {
		my ($w, $u, $f) = analytics('a');
		my ($foreign, $copy) = where($w, $u);
		my $text = "SELECT 'campaigns' AS level, a.date, sum(a.spend_in_micro_dollar) FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY 2 UNION ALL SELECT 'all', a.date, sum(a.spend_in_micro_dollar) FROM SCHEMA.ad_account_analytics a WHERE a.date >= current_date - 20 GROUP BY 2";
		return { foreign => $text =~ s/WHERE_HERE/$foreign/r, copy => $text =~ s/WHERE_HERE/$copy/r, form => $f };
	},
	first_rows => sub {
		my ($w, $u, $f) = analytics('a');
		return both('SELECT a.date, a.campaign_id, a.click_window_days, a.spend_in_micro_dollar FROM SCHEMA.campaigns_analytics a WHERE_HERE ORDER BY 1 DESC, 2, 3 LIMIT ' . between(1, 20), $w, $u, form => $f);
	},
	totals => sub {
		my ($w, $u, $f) = analytics('a');
		return both("SELECT a.campaign_id, sum(a.spend_in_micro_dollar), sum(a.total_impression) FROM SCHEMA.campaigns_analytics a WHERE_HERE GROUP BY 1", $w, $u, form => $f);
	},
	entities => sub {
		my @where = (account_condition('c.ad_account_id'), one_of("c.status = 'ACTIVE'", "c.status IN ('PAUSED', 'ARCHIVED')", "c.name LIKE '%1%'", campaign_condition('c.id')));
		pop @where if chance(30);
		return both('SELECT c.id, c.name, c.status FROM SCHEMA.campaigns c WHERE_HERE', \@where, [], form => undef);
	});
my @shapes = sort keys %shapes;

# Settings that leave few kinds of plans, or little memory for them.
sub random_plans
{
	my @settings = one_of(
		['pinterest_fdw.enable_bind_join = off'],
		[ map { "enable_$_ = off" } qw(hashjoin mergejoin nestloop) ],
		['enable_async_append = off'],
		[ 'enable_hashagg = off', 'enable_material = off', 'enable_memoize = off' ]);

	push @{ $settings[0] }, "work_mem = '64kB'", 'hash_mem_multiplier = 1' if chance(50);
	return @{ $settings[0] };
}

# A query of the world ({accounts, campaigns}): {shape, form, foreign, copy, settings},
# where foreign and copy have SCHEMA in the place of a schema's name, that of foreign being
# schema, and form is how days are named, undef where they are not.
sub random_query
{
	%world = @_;
	my $shape = one_of(@shapes);
	my $query = $shapes{$shape}->();
	my @settings;

	push @settings, 'enable_hashjoin = off' if chance(10);
	push @settings, 'enable_nestloop = off' if chance(10);
	push @settings, random_plans() if chance(40);
	push @settings, "TimeZone = '" . one_of('America/New_York', 'Asia/Kolkata') . "'" if chance(20);
	my $schema = chance(15) ? 'gateway' : 'direct';
	return { %$query, shape => $shape, schema => $schema, settings => \@settings };
}

1;
