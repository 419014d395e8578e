/*-------------------------------------------------------------------------
 *
 * world.c
 *		  The content of the benchmark's world.
 *
 * An ad has all 33 fields that the table has columns for, most of them null
 * and some with escapes, and is as long as real ones, about 1,080 bytes.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/world.c
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400
#define EPOCH 1740823200		/* when the first entity was created */

/* ---------- entities ---------- */

/* A number that looks random (the finalizer of SplitMix64). */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static const int64_t first_id[KINDS] = {
	[ACCOUNT] = 549755885175,
	[CAMPAIGN] = 626747000000,
	[AD_GROUP] = 2680060000000,
	[AD] = 687247000000,
};

static const char *const words[] = {
	"Blue tent", "He said \"hi\" to the tent", "Été à la montagne", "C:\\ads\\new",
	"Family of four", "Autumn sale 2026", "Tents & more", "Zelt für zwei"
};

#define NWORDS (sizeof(words) / sizeof(words[0]))

int64_t
entity_id(const Entity *entity)
{
	if (entity->kind == ACCOUNT)
		return first_id[ACCOUNT] + entity->account;
	return first_id[entity->kind] + entity->account * 1000000 + entity->index;
}

/* The entity of a higher kind that it belongs to. */
Entity
entity_parent(const Entity *entity, Kind kind)
{
	int			siblings = entity->world->count[kind];
	Entity		above = {
		.world = entity->world,
		.kind = kind,
		.account = entity->account,
		.index = kind == ACCOUNT ? entity->account : entity->index % siblings,
	};

	return above;
}

const char *
entity_status(const Entity *entity)
{
	static const char *const statuses[] = {
		"ACTIVE", "ACTIVE", "PAUSED", "ARCHIVED", "ACTIVE", "DRAFT", "ACTIVE", "PAUSED"
	};

	return statuses[entity->index % 8];
}

static void
put_parent(Writer *out, const char *field, const Entity *entity, Kind kind)
{
	Entity		parent = entity_parent(entity, kind);

	put_id(out, field, entity_id(&parent));
}

static void
put_name(Writer *out, const Entity *entity)
{
	char		name[80];

	snprintf(name, sizeof(name), "%s %d", words[entity->index % NWORDS], entity->index);
	put_text(out, "name", name);
}

static void
put_times(Writer *out, const Entity *entity, uint64_t key)
{
	time_t		created = EPOCH + entity->index * 30;

	put_time(out, "created_time", created);
	put_time(out, "updated_time", created + key % (90 * DAY_SECONDS));
}

/* What an ad has between its status and its times. */
static void
put_ad_details(Writer *out, const Entity *ad, uint64_t key)
{
	static const char *const creatives[] = {"REGULAR", "VIDEO", "SHOPPING", "CAROUSEL"};
	bool		rejected = key % 16 == 0;
	bool		carousel = ad->index % 4 == 3;
	char		link[128];
	char		links[400];

	snprintf(link, sizeof(link), "https://shop.example.com/products/%d?utm_source=pin&utm_campaign=a%%20b", ad->index);
	snprintf(links, sizeof(links), "\"%s\",\"https://shop.example.com/é\"", link);
	put_text(out, "summary_status", rejected ? "REJECTED" : "APPROVED");
	put_text(out, "review_status", rejected ? "REJECTED" : "APPROVED");
	put_list(out, "rejected_reasons", rejected ? "\"CONTENT_ALCOHOL\",\"LANDING_PAGE_BROKEN\"" : "");
	put_list(out, "rejection_labels", rejected ? "\"Broken link, \\\"404\\\"\"" : "");
	put_text(out, "creative_type", creatives[ad->index % 4]);
	put_text(out, "customizable_cta_type", ad->index % 2 ? "SHOP_NOW" : NULL);
	put_text(out, "grid_click_type", ad->index % 2 ? "CLOSEUP" : NULL);
	put_text(out, "destination_url", link);
	put_text(out, "android_deep_link", NULL);
	put_text(out, "ios_deep_link", key % 3 ? NULL : "shop://products/1");
	put_list(out, "carousel_destination_urls", carousel ? links : NULL);
	put_list(out, "carousel_android_deep_links", NULL);
	put_list(out, "carousel_ios_deep_links", NULL);
	put_text(out, "collection_items_destination_url_template", NULL);
	put_text(out, "click_tracking_url", NULL);
	put_text(out, "view_tracking_url", NULL);
	put_json(out, "tracking_urls", (key >> 8) % 2 ? NULL :
			 "{\"impression\":[\"https://track.example.com/i?e=1&v=1\"],"
			 "\"click\":[\"https://track.example.com/c\",\"https://second.example.org/ü\"],"
			 "\"engagement\":[],\"buyable_button\":null,\"audience_verification\":null}");
	put_text(out, "lead_form_id", NULL);
	put_json(out, "quiz_pin_data", (key >> 16) % 7 ? NULL : "{\"questions\":[],\"results\":[]}");
	put_text(out, "disclosure_type", NULL);
	put_text(out, "disclosure_url", NULL);
	put_boolean(out, "is_pin_deleted", (key >> 24) % 9 == 0);
	put_boolean(out, "is_removable", (key >> 24) % 5 == 0);
}

/* The entity's object, or for an ad also its line, without the line's end. */
void
write_entity(Writer *out, const Entity *entity)
{
	static const char *const types[KINDS] = {"", "campaign", "adgroup", "pinpromotion"};
	uint64_t	key = mix(entity_id(entity));

	out->begun = false;
	if (!out->csv)
		write_text(out, "{");
	put_id(out, "id", entity_id(entity));
	if (entity->kind != ACCOUNT)
		put_parent(out, "ad_account_id", entity, ACCOUNT);
	if (entity->kind > CAMPAIGN)
		put_parent(out, "campaign_id", entity, CAMPAIGN);
	if (entity->kind == AD)
	{
		put_parent(out, "ad_group_id", entity, AD_GROUP);
		put_id(out, "pin_id", 998743221000000000 + key % 1000000000);
	}
	put_name(out, entity);
	if (entity->kind == ACCOUNT)
	{
		put_text(out, "currency", "EUR");
		put_text(out, "country", "FR");
	}
	else
		put_text(out, "status", entity_status(entity));
	if (entity->kind == AD)
		put_ad_details(out, entity, key);
	if (entity->kind != ACCOUNT)
		put_text(out, "type", types[entity->kind]);
	put_times(out, entity, key);
	if (!out->csv)
		write_text(out, "}");
}

/* ---------- deliveries ---------- */

typedef enum MetricKind
{
	METRIC_COUNT,
	METRIC_MONEY,
	METRIC_RATIO
} MetricKind;

static const struct
{
	const char *name;
	MetricKind	kind;
}			metrics[] = {
	{"SPEND_IN_DOLLAR", METRIC_MONEY},
	{"CPC_IN_MICRO_DOLLAR", METRIC_RATIO},
	{"IMPRESSION_1", METRIC_COUNT},
	{"TOTAL_IMPRESSION", METRIC_COUNT},
	{"CLICKTHROUGH_1", METRIC_COUNT},
	{"TOTAL_CLICKTHROUGH", METRIC_COUNT},
	{"CTR", METRIC_RATIO},
	{"ENGAGEMENT_1", METRIC_COUNT},
	{"TOTAL_ENGAGEMENT", METRIC_COUNT},
	{"ENGAGEMENT_RATE", METRIC_RATIO},
};

#define NMETRICS (sizeof(metrics) / sizeof(metrics[0]))

/* The API leaves some counts as floating-point numbers, and null ones out. */
static void
put_metric(Writer *out, int number, uint64_t key)
{
	const char *name = metrics[number].name;
	bool		missing = number > 0 && (key >> 40) % 16 == 0;

	if (missing)
	{
		if (out->csv)
			put_text(out, name, NULL);
		return;
	}
	begin_value(out, name);
	if (metrics[number].kind == METRIC_MONEY)
		write_text(out, "%llu.%02llu", (unsigned long long) (key % 5000),
				   (unsigned long long) (key >> 20) % 100);
	else if (metrics[number].kind == METRIC_RATIO)
		write_text(out, "%.16g", 0.001 + (double) (key >> 11) / ((uint64_t) 1 << 54));
	else
		write_text(out, "%llu%s", (unsigned long long) (key % 1000000),
				   !out->csv && (key >> 48) % 29 == 0 ? ".0" : "");
}

void
write_delivery(Writer *out, const Entity *entity, int day, const char *columns)
{
	static const char *const fields[KINDS] = {
		"AD_ACCOUNT_ID", "CAMPAIGN_ID", "AD_GROUP_ID", "AD_ID"
	};
	uint64_t	key = mix(entity_id(entity) * 100000 + day);
	char		text[ID_SIZE];

	out->begun = false;
	if (!out->csv)
		write_text(out, "{");
	put_id(out, fields[entity->kind], entity_id(entity));
	day_text(day, text);
	put_text(out, "DATE", text);
	for (size_t i = 0; i < NMETRICS; i++)
	{
		snprintf(text, sizeof(text), ",%s,", metrics[i].name);
		if (columns == NULL || strstr(columns, text) != NULL)
			put_metric(out, i, mix(key + i));
	}
	if (!out->csv)
		write_text(out, "}");
}

/* ---------- CSV ---------- */

/* Prints the ads, or what campaigns delivered from a day on, a line each. */
void
print_csv(const World *world, const char *table, int from, int days)
{
	bool		is_ads = strcmp(table, "ads") == 0;
	Kind		kind = is_ads ? AD : CAMPAIGN;
	Writer		out = {.csv = true};

	for (int account = 0; account < world->count[ACCOUNT]; account++)
	{
		for (int index = 0; index < world->count[kind]; index++)
		{
			Entity		entity = {world, kind, account, index};

			for (int day = 0; day < (is_ads ? 1 : days); day++)
			{
				out.len = 0;
				if (is_ads)
					write_entity(&out, &entity);
				else
					write_delivery(&out, &entity, from + day, NULL);
				puts(out.data);
			}
		}
	}
	free(out.data);
}

/* ---------- days ---------- */

void
day_text(int day, char text[ID_SIZE])
{
	time_t		time = (time_t) day * DAY_SECONDS;
	struct tm	parts;

	gmtime_r(&time, &parts);
	strftime(text, ID_SIZE, "%Y-%m-%d", &parts);
}

int
text_day(const char *text)
{
	struct tm	parts = {0};
	const char *end = strptime(text, "%Y-%m-%d", &parts);

	return end == NULL || *end != '\0' ? -1 : (int) (timegm(&parts) / DAY_SECONDS);
}
