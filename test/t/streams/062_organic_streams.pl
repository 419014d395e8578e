# Copyright (c) 2026, pinterest_fdw contributors

# What is special about boards, Pins and the user account: sections, sizes of
# images, interests of other users, and the two ways to the metrics of Pins.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../../lib";
use PinterestTest;
use StreamsTest;
use Test::More;

simulator('--accounts', 1, '--campaigns', 1, '--ad-groups', 1, '--ads', 1, '--boards', 6, '--pins', 160);
my $node = pinterest_cluster(conf => 'jit = off');
streams_session($node);
my @days = (start => utc_today(-2), end => utc_today());
my $since = "date >= '" . utc_today(-2) . "'";
my (%columns, @requests);

# The requests of a query that has the rows of the truth.
sub requests_of
{
	my ($stream, $where, $test, $truth) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	latest();
	agree("SELECT $columns{$stream} FROM pinterest.$stream WHERE $where",
		"SELECT $columns{$stream} FROM truth.$stream WHERE " . ($truth // $where), "$stream: " . ($test // $where));
	return latest();
}

sub asks
{
	my ($stream, $where, $summary, $test) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @requests = requests_of($stream, $where, $test);
	is(summary(@requests), $summary, "$stream: " . ($test // $where) . ': requests');
	return @requests;
}

# A query that has no rows, and its requests.
sub none
{
	my ($stream, $where, $summary, $test) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	latest();
	is(ask("SELECT count(*) FROM pinterest.$stream WHERE $where"), 0, "$stream: " . ($test // $where));
	return is(summary(latest()), $summary, "$stream: " . ($test // $where) . ': requests');
}

sub value { return (lines($_[0]))[0]; }

$columns{$_} = truth($_) for qw(board_sections board_section_pins board_pins boards pin_media user_interests);
truth('pins', include_protected_pins => 'true');
$columns{board_pins} =~ s/,?pin_metrics//;

# ---------- sections ----------

my ($section, $board) = split /\|/, value('SELECT section_id, board_id FROM truth.board_section_pins ORDER BY 1 LIMIT 1');
my $bare = value('SELECT id FROM truth.boards WHERE id NOT IN (SELECT board_id FROM truth.board_sections)');

asks('board_sections', "board_id = '$board'", '/boards/#/sections');
none('board_sections', "board_id = '$bare'", '/boards/#/sections', 'a board without any');
none('board_sections', "board_id = '123456789'", '/boards/#/sections', 'an unknown board');
asks('board_section_pins', "board_id = '$board' AND section_id = '$section'", '/boards/#/sections/#/pins', 'board and section');
asks('board_section_pins', "section_id = '$section'", '/boards /boards/#/sections x6 /boards/#/sections/#/pins', 'a section of any board');
none('board_section_pins', "board_id = '$board' AND section_id = '123456789'", '/boards/#/sections/#/pins', 'an unknown section');
is(ask('SELECT count(*) FROM pinterest.board_section_pins WHERE board_section_id IS DISTINCT FROM section_id'), 0, 'board_section_pins: the Pin tells its section');
@requests = requests_of('board_pins', "board_id = '$board' AND creative_type IN ('REGULAR', 'VIDEO')", 'by kind of creative');
is_deeply(sent('creative_types', @requests), ['REGULAR,VIDEO'], 'board_pins: the kinds are sent');
is(ask('SELECT count(DISTINCT board_id) FROM pinterest.board_pins'), ask('SELECT count(DISTINCT board_id) FROM truth.board_pins'), 'board_pins: of boards of any privacy');

# ---------- sizes of images ----------

my $pin = value('SELECT pin_id FROM truth.pin_media ORDER BY 1 LIMIT 1');

asks('pin_media', "pin_id = '$pin'", '/pins/#', 'of a Pin');
none('pin_media', "pin_id = '123456789'", '/pins/#', 'of an unknown Pin');
requests_of('pin_media', "board_id = '$board'", 'of a board');
requests_of('pin_media', "size = '600x' AND width > 100", 'a size');
is(ask('SELECT count(*) FROM pinterest.pin_media WHERE media_type = $$video$$ AND video_width IS NOT NULL'),
	ask('SELECT count(*) FROM truth.pin_media WHERE media_type = $$video$$ AND video_width IS NOT NULL'), 'pin_media: the video beside each size');
is(ask("SELECT count(*) FROM pinterest.pin_media WHERE (attrs->>'width')::int <> width OR attrs->>'url' <> url"), 0, 'pin_media: attrs is the size');
sim_config(carousels => JSON::PP::true);
truth('pin_media');
requests_of('pin_media', 'true', 'several images of a Pin');
is(join(',', lines('SELECT DISTINCT media_type FROM pinterest.pin_media ORDER BY 1')), 'image,multiple_images,multiple_mixed,video', 'pin_media: all kinds');
is(ask('SELECT count(*) - count(DISTINCT (pin_id, url, size)) FROM pinterest.pin_media'), 0, 'pin_media: its key');
cmp_ok(ask('SELECT max(n) FROM (SELECT count(*) AS n FROM pinterest.pin_media GROUP BY pin_id, size) AS x'), '==', 2, 'pin_media: a size of two images');
sim_config(carousels => JSON::PP::false);

# What the sizes of a Pin share is read once for all of them: a domain counts it.
ask("CREATE SEQUENCE times_read; CREATE DOMAIN counted AS text CHECK (nextval('times_read') > 0);
	CREATE FOREIGN TABLE sizes (pin_id text, creative_type counted, size text, width int, images jsonb OPTIONS (field 'media.images')) SERVER pinterest OPTIONS (stream 'pin_media')");
sim_fault(action => 'replace', match => '^/pins$', times => 9, body => '{"items": [
	{"id": "1", "creative_type": "caf\u00e9", "media": {"images": {"a": {"width": 1}, "b": {"width": 2}, "\u00e9": {"width": 3}}}},
	{"id": "2", "creative_type": "none", "media": {"images": {}}},
	{"id": "3", "creative_type": "\"3\"", "media": {"images": {"a": {"width": 4}}, "items": [{"images": {"b": {"width": 5}}}, {"images": {"a": {}}}]}}]}');
is_deeply([ lines("SELECT pin_id, creative_type, size, width, images - 'b' - 'é' FROM sizes") ],
	[ '1|café|a|1|{"a": {"width": 1}}', '1|café|b|2|{"a": {"width": 1}}', '1|café|é|3|{"a": {"width": 1}}',
		'3|"3"|a|4|{"a": {"width": 4}}', '3|"3"|b|5|{"a": {"width": 4}}', '3|"3"|a||{"a": {"width": 4}}' ],
	'pin_media: each size with what its Pin has');
is(ask('SELECT last_value FROM times_read'), 2, 'pin_media: read once for each Pin that has sizes');
sim_reset();

# ---------- interests of users ----------

asks('user_interests', 'true', '/user_account /users/simulated_brand/interests/follow', 'of the user');
for my $username ("\x{c3}\x{a9}t\x{c3}\x{a9}_boutique", 'tent.maker', 'O-Brien_99', '_', 'NULL', 'follower_3')
{
	truth('user_interests', name => 'interests_of', username => $username);
	latest();
	is(ask("SELECT count(*) FROM (SELECT $columns{user_interests} FROM pinterest.user_interests WHERE username = '$username' EXCEPT ALL SELECT $columns{user_interests} FROM truth.interests_of) AS x"),
		0, "user_interests: $username: no row too many");
	is(ask("SELECT count(*) FROM pinterest.user_interests WHERE username = '$username'"), ask('SELECT count(*) FROM truth.interests_of'), "user_interests: $username: all");
	is_deeply([ map { $_->{path} } latest() ], [ ('/users/' . join('', escaped($username)) . '/interests/follow') x 2 ], "user_interests: $username: requests");
}
none('user_interests', "username = 'nobody..x?y#z%'", '/users/nobody..x%3Fy%23z%25/interests/follow', 'an unknown user');
latest();
my $named = ask("SELECT count(*) FROM pinterest.user_interests WHERE username IN ('tent.maker', '_')");
cmp_ok($named, '>', 0, 'user_interests: of two users');
my $two = "SELECT username FROM pinterest.following WHERE username IN ('tent.maker', '_')";
is(ask("SELECT count(*) FROM pinterest.user_interests WHERE username $_"), $named, "user_interests: $_") for "= ANY (ARRAY($two))", "IN ($two)";
is(ask("SELECT count(*) FROM $_ WHERE f.username IN ('tent.maker', '_')"), $named, "user_interests: $_")
  for 'pinterest.user_interests JOIN pinterest.following AS f USING (username)', 'pinterest.following AS f JOIN pinterest.user_interests AS i ON i.username = f.username',
  '(SELECT DISTINCT username FROM pinterest.following) AS f LEFT JOIN pinterest.user_interests AS i ON i.username = f.username AND i.id IS NOT NULL';

# ---------- metrics of Pins, one request a Pin ----------

my @types = lines("SELECT DISTINCT media->>'media_type' FROM truth.pins ORDER BY 1");
my $metrics = 'IMPRESSION,SAVE,OUTBOUND_CLICK';
my $pins = ask('SELECT count(*) FROM truth.pins');
my ($video) = lines("SELECT id FROM truth.pins WHERE media->>'media_type' = 'video' ORDER BY 1");
my ($image) = lines("SELECT id FROM truth.pins WHERE media->>'media_type' = 'image' ORDER BY 1");

sub analytics { return grep { $_->{path} =~ m{/analytics$} } @_; }
sub many { return grep { $_->{path} eq '/pins/analytics' } @_; }

is_deeply(\@types, [ 'image', 'video' ], 'there are images and videos');
$columns{pins_analytics} = truth('pins_analytics', @days, columns => $metrics, include_protected_pins => 'true');
@requests = requests_of('pins_analytics', $since, 'closed to many Pins');
my @one = grep { $_->{path} =~ m{^/pins/\d+/analytics$} } @requests;
is(scalar @one, $pins, 'pins_analytics: one request a Pin');
cmp_ok(scalar many(@requests), '<=', scalar @types, 'pins_analytics: the endpoint for many is tried no more often than there are kinds of media');
is_deeply([ map { $_->{status} } many(@requests) ], [ map { 401 } many(@requests) ], 'pins_analytics: and refuses');
cmp_ok((many(@requests))[-1]{seq}, '<', (sort { $b <=> $a } map { $_->{seq} } @one)[0], 'pins_analytics: first');
latest();
is(ask("SELECT count(*) FROM (VALUES (1), (2), (3)) AS v(n), LATERAL (SELECT * FROM pinterest.pins_analytics WHERE $since AND pin_id IN ('$video', '$image') AND v.n > 0 OFFSET 0) AS s"),
	18, 'pins_analytics: three scans');
@requests = latest();
is(scalar(grep { $_->{path} =~ m{^/pins/\d+/analytics$} } @requests), 6, 'pins_analytics: two requests each');
cmp_ok(scalar many(@requests), '<=', 2, 'pins_analytics: the switch lasts for all scans of a query');
asks('pins_analytics', "$since AND pin_id = '$image'", '/pins/#/analytics', 'of one Pin');
latest();
ask("SELECT sum(video_start) FROM pinterest.pins_analytics WHERE $since AND pin_id = '$image'");
is(summary(latest()), '/pins/# /pins/#/analytics', 'pins_analytics: its media are looked up where that matters');
is(ask("SELECT count(impression) FROM pinterest.pins_analytics WHERE $since AND pin_id = '123456789'"), 0, 'pins_analytics: an unknown Pin has no rows');
is(ask("SELECT count(video_start) FROM pinterest.pins_analytics WHERE $since AND pin_id = '123456789'"), 0, 'pins_analytics: its media are those of no Pin');

# Metrics of videos are asked of videos alone.
sub metrics_by_media
{
	my ($test, @requests) = @_;
	my %video = map { $_ => 1 } lines("SELECT id FROM truth.pins WHERE media->>'media_type' = 'video'");
	my %sent;

	for my $request (grep { $_->{status} == 200 } analytics(@requests))
	{
		my @ids = $request->{path} =~ m{/(\d+)/} ? $1 : values_of($request, 'pin_ids');
		my %kinds = map { ($video{$_} ? 'video' : 'other') => 1 } @ids;

		$sent{ join '+', sort keys %kinds }{ join ',', sort(values_of($request, 'metric_types')) } = 1;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply(\%sent, { video => { 'IMPRESSION,VIDEO_START' => 1 }, other => { 'IMPRESSION' => 1 } }, $test);
}
my $video_query = "SELECT count(*) FROM pinterest.pins_analytics WHERE $since AND (impression >= 0 OR video_start >= 0)";
latest();
ask($video_query);
metrics_by_media('pins_analytics: metrics of videos, Pin by Pin', latest());

# ---------- metrics of Pins, many in a request ----------

sim_config(multi_pin => JSON::PP::true);
$columns{pins_analytics} = truth('pins_analytics', @days, columns => $metrics, include_protected_pins => 'true', multi_pin => 'true');
@requests = requests_of('pins_analytics', $since, 'open to many Pins');
is_deeply([ sort map { scalar values_of($_, 'pin_ids') } many(@requests) ], [ 100, $pins - 100 ], 'pins_analytics: batches of 100');
is_deeply([ sort map { values_of($_, 'pin_ids') } many(@requests) ], [ lines('SELECT id FROM truth.pins ORDER BY id COLLATE "C"') ], 'pins_analytics: each Pin once');
is(scalar(analytics(@requests)) - many(@requests), 0, 'pins_analytics: none by itself');
latest();
ask($video_query);
@requests = latest();
metrics_by_media('pins_analytics: with metrics of videos, kinds of media in separate batches', @requests);
my $batches = 0;
$batches += int(($_ + 99) / 100) for lines("SELECT count(*) FROM truth.pins GROUP BY media->>'media_type'");
is(scalar many(@requests), $batches, "pins_analytics: $batches requests");
@requests = requests_of('pins_analytics', "$since AND pin_id IN ('$video', '$image')", 'two of many');
is_deeply([ sort map { values_of($_, 'pin_ids') } many(@requests) ], [ sort $video, $image ], 'pins_analytics: those two are asked for');

# A Pin without data has no row, while there is one from the other endpoint.
my $day = utc_today(-10);
my ($quiet) = do {
	truth('pins_analytics', name => 'one_day', start => $day, end => $day, columns => $metrics, include_protected_pins => 'true', multi_pin => 'true');
	lines('SELECT id FROM truth.pins WHERE id NOT IN (SELECT pin_id FROM truth.one_day) ORDER BY 1');
};
ok($quiet, 'there is a Pin without data');
is(ask("SELECT count(*) FROM pinterest.pins_analytics WHERE date = '$day' AND pin_id = '$quiet'"), 0, 'pins_analytics: no row of a Pin without data');
is(ask("SELECT count(*) FROM pinterest.pins_analytics WHERE date = '$day'"), ask('SELECT count(*) FROM truth.one_day'), 'pins_analytics: but of the others');

# The total of the days.
$columns{pins_analytics} = truth('pins_analytics', @days, columns => "$metrics,TOTAL_COMMENTS,TOTAL_REACTIONS",
	include_protected_pins => 'true', multi_pin => 'true', granularity => 'TOTAL');
requests_of('pins_analytics', "$since AND granularity = 'TOTAL'", 'the total of many Pins', 'true');
sim_config(multi_pin => JSON::PP::false);
is(ask("SELECT count(*) FROM pinterest.pins_analytics WHERE date = '$day' AND pin_id = '$quiet'"), 1, 'pins_analytics: the other endpoint tells of every Pin');
requests_of('pins_analytics', "$since AND granularity = 'TOTAL' AND pin_id IN (SELECT pin_id FROM truth.pins_analytics)", 'and Pin by Pin', 'true');
sim_fault(action => 'replace', match => '^/pins/\d+/analytics$', body => '{"every": {"summary_metrics": {"IMPRESSION": 1}}}');
like(complaint("SELECT impression FROM pinterest.pins_analytics WHERE $since AND granularity = 'TOTAL' AND pin_id = '$quiet'"),
	qr/ERROR.*\n.*the rows are not where they are expected/, 'an answer without the total that it is about is an error');
sim_reset();

# What a response says of one Pin, or of all, leads to rows, or else that is said.
sim_config(multi_pin => JSON::PP::true);
for my $case (
	[ 'pins_analytics', '^/pins/analytics$', "{\"$quiet\": {\"every\": {\"daily_metrics\": []}}}" ],
	[ 'pins_analytics', '^/pins/analytics$', "{\"$quiet\": {\"all\": {\"daily\": []}, \"none\": 1}}" ],
	[ 'pins_analytics', '^/pins/analytics$', "{\"$quiet\": {\"every\": {}}}", 'TOTAL' ],
	[ 'user_account_analytics', '^/user_account/analytics$', '{"all": {"summary_metrics": {"IMPRESSION": 1}}}' ])
{
	my ($stream, $path, $body, $granularity) = @$case;
	my $of_pin = $stream eq 'pins_analytics' ? "AND pin_id = '$quiet' AND granularity = '@{[ $granularity // 'DAY' ]}'" : '';

	sim_fault(action => 'replace', match => $path, body => $body);
	like(complaint("SELECT impression FROM pinterest.$stream WHERE $since $of_pin"), qr/ERROR.*\n.*the rows are not where they are expected/,
		"$stream: $body");
	sim_reset();
	sim_config(multi_pin => JSON::PP::true);
}
for my $body ("{\"$quiet\": {\"all\": {\"summary_metrics\": {}, \"daily_metrics\": []}}}", "{\"$quiet\": null}", '{}')
{
	sim_fault(action => 'replace', match => '^/pins/analytics$', body => $body);
	is(complaint("SELECT impression FROM pinterest.pins_analytics WHERE $since AND pin_id = '$quiet'"), '', "pins_analytics: nothing in $body");
	sim_reset();
	sim_config(multi_pin => JSON::PP::true);
}
sim_config(multi_pin => JSON::PP::false);

# Another refusal is an error, not a reason to switch.
for my $fault ([ 401, 2 ], [ 403, 3 ])
{
	sim_fault(action => 'status', match => '^/pins/analytics$', status => $fault->[0], code => $fault->[1], message => 'no');
	latest();
	like(complaint("SELECT * FROM pinterest.pins_analytics WHERE $since AND pin_id = '$image'"), qr/ERROR/, "status $fault->[0] with code $fault->[1] is an error");
	is_deeply([ grep { $_->{path} =~ m{/\d+/analytics$} } latest() ], [], 'and nothing is asked Pin by Pin');
	sim_reset();
}

# ---------- the best Pins ----------

$columns{top_pins} = truth('top_pins', @days);
$columns{top_video_pins} = truth('top_video_pins', @days);
for my $stream (qw(top_pins top_video_pins))
{
	latest();
	agree("SELECT $columns{$stream} FROM pinterest.$stream WHERE $since", "SELECT $columns{$stream} FROM truth.$stream", "$stream: of three days");
	@requests = latest();
	is_deeply([ map { @{ sent($_, @requests) } } qw(start_date end_date num_of_pins) ], [ utc_today(-2), utc_today(), 50 ], "$stream: one request for its days");
	is(ask("SELECT count(date) FROM pinterest.$stream WHERE $since"), 0, "$stream: no date in its rows");
}
is(ask("SELECT count(*) FROM pinterest.top_pins WHERE $since"), 50, 'top_pins: 50 of them');

is_deeply([ invalid_requests() ], [], 'no invalid request');
done_testing();
