/*-------------------------------------------------------------------------
 *
 * answer.c
 *		  From a request's target to the answer.
 *
 * An answer is made when its target is asked for the first time and then
 * kept, so that in the runs that count the server only sends.  That goes for
 * compressing, too.
 *
 * Of the API's rules only those are known that shape the answers: pages,
 * bookmarks, order, ids, statuses, dates and columns.  test/simulator is for
 * the others.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/answer.c
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define BUCKETS 4096
#define PATH_PREFIX "/v5/ad_accounts"

/* What nginx compresses with unless it is told otherwise. */
#define GZIP_LEVEL 1

/* For deflateInit2(): the largest window, and gzip's header and trailer. */
#define GZIP_WINDOW (15 + 16)
#define GZIP_MEMORY 8

/* The API's bookmarks are about as long. */
#define BOOKMARK_FORMAT "c3RhdGljIGJvb2ttYXJrIG9mIHRoZSBiZW5jaG1hcms6IHdoZXJlIHRoZSBuZXh0IHBhZ2UgYmVnaW5z-%08d"
#define BOOKMARK_PREFIX (sizeof(BOOKMARK_FORMAT) - sizeof("%08d"))

/*
 * What is known of a request's parameters.  The values of each stand between
 * commas, as in ",ACTIVE,PAUSED,"; empty: not given.
 */
enum
{
	PAGE_SIZE, BOOKMARK, ORDER, STATUSES, CAMPAIGN_IDS, AD_GROUP_IDS, AD_IDS,
	START_DATE, END_DATE, COLUMNS, GRANULARITY, PARAMETERS
};

static const char *const parameter_names[PARAMETERS] = {
	[PAGE_SIZE] = "page_size",
	[BOOKMARK] = "bookmark",
	[ORDER] = "order",
	[STATUSES] = "entity_statuses",
	[CAMPAIGN_IDS] = "campaign_ids",
	[AD_GROUP_IDS] = "ad_group_ids",
	[AD_IDS] = "ad_ids",
	[START_DATE] = "start_date",
	[END_DATE] = "end_date",
	[COLUMNS] = "columns",
	[GRANULARITY] = "granularity",
};

/* Of what kind the ids of a parameter are. */
static const struct
{
	int			parameter;
	Kind		kind;
}			id_parameters[] = {
	{CAMPAIGN_IDS, CAMPAIGN}, {AD_GROUP_IDS, AD_GROUP}, {AD_IDS, AD}
};

static const struct
{
	const char *path;			/* what follows the account's id */
	Kind		kind;
	bool		is_analytics;
}			endpoints[] = {
	{"/campaigns", CAMPAIGN, false},
	{"/ad_groups", AD_GROUP, false},
	{"/ads", AD, false},
	{"/analytics", ACCOUNT, true},
	{"/campaigns/analytics", CAMPAIGN, true},
	{"/ad_groups/analytics", AD_GROUP, true},
	{"/ads/analytics", AD, true},
};

#define NENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

static const World *world;
static int	file = -1;
static int64_t file_end;
static Answer *buckets[BUCKETS];

int
answers_open(const World *the_world)
{
	world = the_world;
	file = memfd_create("answers", MFD_CLOEXEC);
	return file;
}

void
write_head(Writer *out, const char *status, size_t len, bool packed)
{
	write_text(out, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
			   status, len, packed ? "Content-Encoding: gzip\r\n" : "");
}

/* ---------- parameters ---------- */

/* Undoes percent-encoding in place. */
static void
decode(char *text)
{
	char	   *out = text;
	unsigned int byte;

	for (; *text; text++)
	{
		if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1)
		{
			*out++ = (char) byte;
			text += 2;
		}
		else
			*out++ = *text;
	}
	*out = '\0';
}

/* Repeated parameters add up, as values joined by commas do. */
static void
read_query(char *query, Writer values[PARAMETERS])
{
	char	   *item;

	while ((item = strsep(&query, "&")) != NULL)
	{
		char	   *name = strsep(&item, "=");

		for (int i = 0; i < PARAMETERS; i++)
		{
			if (item != NULL && strcmp(name, parameter_names[i]) == 0)
			{
				decode(item);
				write_text(&values[i], "%s%s,", values[i].len ? "" : ",", item);
			}
		}
	}
}

/* Whether the value is among those of a parameter, or the parameter is not given. */
static bool
admits(const Writer *values, const char *value)
{
	char		text[ID_SIZE + 2];

	if (values->len == 0)
		return true;
	snprintf(text, sizeof(text), ",%s,", value);
	return strstr(values->data, text) != NULL;
}

/* The first value of a parameter as a number. */
static int
number_of(const Writer *values, size_t skip, int otherwise)
{
	return values->len > skip + 1 ? atoi(values->data + 1 + skip) : otherwise;
}

/* The first value of a parameter as a day, -1: none. */
static int
day_of(const Writer *values)
{
	char		text[ID_SIZE];

	if (values->len < 3 || values->len > sizeof(text))
		return -1;
	snprintf(text, sizeof(text), "%.*s", (int) values->len - 2, values->data + 1);
	return text_day(text);
}

/* Whether the parameters with ids and statuses admit the entity. */
static bool
matches(const Entity *entity, const Writer values[PARAMETERS])
{
	if (entity->kind == ACCOUNT)
		return true;
	for (int i = 0; i < 3; i++)
	{
		Kind		kind = id_parameters[i].kind;
		Entity		owner = kind == entity->kind ? *entity : entity_parent(entity, kind);
		char		id[ID_SIZE];

		if (values[id_parameters[i].parameter].len == 0)
			continue;
		snprintf(id, sizeof(id), "%lld", (long long) entity_id(&owner));
		if (kind > entity->kind || !admits(&values[id_parameters[i].parameter], id))
			return false;
	}
	return admits(&values[STATUSES], entity_status(entity));
}

/* ---------- bodies ---------- */

/* A page of a list. */
static void
write_page(Writer *out, int account, Kind kind, const Writer values[PARAMETERS])
{
	int			size = number_of(&values[PAGE_SIZE], 0, 25);
	int			skip = number_of(&values[BOOKMARK], BOOKMARK_PREFIX, 0);
	bool		descending = values[ORDER].len > 0 && !admits(&values[ORDER], "ASCENDING");
	int			count = world->count[kind];
	int			seen = 0;

	write_text(out, "{\"items\":[");
	for (int i = 0; i < count && seen <= skip + size; i++)
	{
		int			index = descending ? count - 1 - i : i;
		Entity		entity = {world, kind, kind == ACCOUNT ? index : account, index};

		if (!matches(&entity, values) || seen++ < skip || seen > skip + size)
			continue;
		write_text(out, "%s", seen > skip + 1 ? "," : "");
		write_entity(out, &entity);
	}
	if (seen > skip + size)
		write_text(out, "],\"bookmark\":\"" BOOKMARK_FORMAT "\"}", skip + size);
	else
		write_text(out, "],\"bookmark\":null}");
}

/* What the entities delivered, entity by entity; false: not a range of days. */
static bool
write_deliveries(Writer *out, int account, Kind kind, const Writer values[PARAMETERS])
{
	int			start = day_of(&values[START_DATE]);
	int			end = day_of(&values[END_DATE]);
	int			count = kind == ACCOUNT ? 1 : world->count[kind];
	bool		begun = false;

	if (start < 0 || end < 0 || !admits(&values[GRANULARITY], "DAY"))
		return false;
	write_text(out, "[");
	for (int i = 0; i < count; i++)
	{
		Entity		entity = {world, kind, account, kind == ACCOUNT ? account : i};

		if (!matches(&entity, values))
			continue;
		for (int day = start; day <= end; day++)
		{
			write_text(out, "%s", begun ? "," : "");
			write_delivery(out, &entity, day, values[COLUMNS].data);
			begun = true;
		}
	}
	write_text(out, "]");
	return true;
}

/* The body for a path, and whether it is of metrics; false: there is none. */
static bool
write_body(Writer *out, char *path, const Writer values[PARAMETERS], bool *is_analytics)
{
	Entity		account = {world, ACCOUNT, 0, 0};
	char	   *rest = path + strlen(PATH_PREFIX);

	if (strncmp(path, PATH_PREFIX, strlen(PATH_PREFIX)) != 0)
		return false;
	if (*rest == '\0')
	{
		write_page(out, 0, ACCOUNT, values);
		return true;
	}
	account.account = (int) (strtoll(rest + 1, &rest, 10) - entity_id(&account));
	if (account.account < 0 || account.account >= world->count[ACCOUNT])
		return false;
	for (size_t i = 0; i < NENDPOINTS; i++)
	{
		if (strcmp(rest, endpoints[i].path) != 0)
			continue;
		*is_analytics = endpoints[i].is_analytics;
		if (*is_analytics)
			return write_deliveries(out, account.account, endpoints[i].kind, values);
		write_page(out, account.account, endpoints[i].kind, values);
		return true;
	}
	return false;
}

/* ---------- answers ---------- */

/* Appends the bytes to the file; all of them, or the benchmark is over. */
static void
store(const Writer *text)
{
	size_t		done = 0;

	while (done < text->len)
	{
		ssize_t		written = pwrite(file, text->data + done, text->len - done, file_end);

		if (written <= 0)
		{
			perror("storing an answer");
			exit(1);
		}
		done += written;
		file_end += written;
	}
}

/* Puts what gzip makes of the text in its place. */
static void
pack(Writer *text)
{
	z_stream	stream = {0};
	Writer		packed = {0};

	if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
					 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	packed.size = deflateBound(&stream, text->len);
	packed.data = malloc(packed.size);
	stream.next_in = (Bytef *) text->data;
	stream.avail_in = text->len;
	stream.next_out = (Bytef *) packed.data;
	stream.avail_out = packed.size;
	if (packed.data == NULL || deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	packed.len = stream.total_out;
	deflateEnd(&stream);
	free(text->data);
	*text = packed;
}

static Answer *
make_answer(const char *target, bool packed)
{
	Answer	   *answer = calloc(1, sizeof(Answer));
	Writer		values[PARAMETERS] = {0};
	Writer		head = {0};
	Writer		body = {0};
	char	   *query = strdup(target);
	char	   *path = strsep(&query, "?");
	bool		found;

	read_query(query, values);
	found = write_body(&body, path, values, &answer->is_analytics);
	if (!found)
		write_text(&body, "{\"code\":1,\"message\":\"The benchmark does not serve this.\"}");
	if (packed)
		pack(&body);
	write_head(&head, found ? "200 OK" : "400 Bad Request", body.len, packed);
	answer->target = strdup(target);
	answer->packed = packed;
	answer->start = file_end;
	store(&head);
	store(&body);
	answer->len = file_end - answer->start;
	for (int i = 0; i < PARAMETERS; i++)
		free(values[i].data);
	free(head.data);
	free(body.data);
	free(path);
	return answer;
}

Answer *
answer_for(const char *target, bool packed)
{
	uint32_t	hash = 2166136261;	/* FNV-1a */
	Answer	  **chain;

	for (const char *c = target; *c; c++)
		hash = (hash ^ (unsigned char) *c) * 16777619;
	chain = &buckets[hash % BUCKETS];
	for (Answer *answer = *chain; answer != NULL; answer = answer->next)
	{
		if (answer->packed == packed && strcmp(answer->target, target) == 0)
			return answer;
	}
	Answer	   *answer = make_answer(target, packed);

	answer->next = *chain;
	*chain = answer;
	return answer;
}
