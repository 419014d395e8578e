/*-------------------------------------------------------------------------
 *
 * json_projection.c
 *		  Which fields of a row are wanted.
 *
 * A projection is a tree of names, made once per scan and asked for each member of
 * each row.  Most members are not wanted, so the hash looks at no more of a
 * name than its length, its first and its last bytes, and the tables are kept
 * sparse: a name that nobody wants mostly meets an empty bucket.  The scanner
 * need not even ask for names that come in the order of the row before.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_projection.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_private.h"

/* Buckets for each field that there is room for. */
#define BUCKETS_PER_FIELD 4

static inline uint64
load_bytes(const char *from, size_t count)
{
	uint64		word = 0;

	memcpy(&word, from, count);
	return word;
}

static inline uint32
hash_name(const char *name, size_t len)
{
	uint64		head;
	uint64		tail;

	if (len >= 8)
	{
		head = load_bytes(name, 8);
		tail = load_bytes(name + len - 8, 8);
	}
	else if (len >= 4)
	{
		head = load_bytes(name, 4);
		tail = load_bytes(name + len - 4, 4);
	}
	else
	{
		head = len > 0 ? (unsigned char) name[0] : 0;
		tail = len > 0 ? load_bytes(name + len - 1, 1) << 8 | (unsigned char) name[len / 2] : 0;
	}
	head = (head ^ len) * UINT64CONST(0x9E3779B97F4A7C15);
	tail = (tail ^ head >> 29) * UINT64CONST(0xC2B2AE3D27D4EB4F);
	return (uint32) (tail >> 32);
}

/* The field of a name; NULL: it is not wanted. */
static ProjectedField *
find_hashed(const JsonProjection *projection, const char *name, size_t len, uint32 hash)
{
	if (projection->count == 0)
		return NULL;
	for (uint32 bucket = hash & projection->mask;
		 projection->buckets[bucket].field >= 0;
		 bucket = (bucket + 1) & projection->mask)
	{
		ProjectedField *field = &projection->fields[projection->buckets[bucket].field];

		if (projection->buckets[bucket].hash == hash && field->len == len &&
			memcmp(field->name, name, len) == 0)
			return field;
	}
	return NULL;
}

/* The field of a name, decoded; NULL: it is not wanted. */
const ProjectedField *
json_projection_find(const JsonProjection *projection, const char *name, size_t len)
{
	return find_hashed(projection, name, len, hash_name(name, len));
}

static inline bool
is_name(const ProjectedName *known, const char *name, size_t len)
{
	return known->len == len + 3 && memcmp(known->text + 1, name, len) == 0;
}

/*
 * The memory of a name that has no escapes, with its field, from now on until
 * another name needs the place.  NULL for one that is too long.
 */
ProjectedName *
json_projection_remember(const JsonProjection *projection, const char *name, size_t len)
{
	uint32		hash = hash_name(name, len);
	ProjectedName *known = &projection->names[hash % PROJECTED_NAMES];

	if (len + 3 > PROJECTED_NAME_BYTES)
		return NULL;
	if (is_name(known, name, len))
		return known;
	if (known->len > 0)
		known = &projection->names[(hash >> 16) % PROJECTED_NAMES];
	if (is_name(known, name, len))
		return known;
	memset(known, 0, sizeof(*known));
	known->text[0] = '"';
	memcpy(known->text + 1, name, len);
	memcpy(known->text + 1 + len, "\":", 2);
	known->len = (uint8) (len + 3);
	known->field = find_hashed(projection, name, len, hash);
	return known;
}

static void
fill_window(JsonProjection *projection, int field)
{
	uint32		hash = hash_name(projection->fields[field].name, projection->fields[field].len);
	uint32		bucket = hash & projection->mask;

	while (projection->buckets[bucket].field >= 0)
		bucket = (bucket + 1) & projection->mask;
	projection->buckets[bucket].hash = hash;
	projection->buckets[bucket].field = (int16) field;
}

/* Makes room for one more field. */
static void
grow(JsonProjection *projection)
{
	int			nbuckets;

	if (projection->count < projection->size)
		return;
	projection->size = Max(8, projection->size * 2);
	nbuckets = projection->size * BUCKETS_PER_FIELD;
	projection->fields = projection->fields == NULL ?
		palloc(projection->size * sizeof(ProjectedField)) :
		repalloc(projection->fields, projection->size * sizeof(ProjectedField));
	if (projection->buckets != NULL)
		pfree(projection->buckets);
	projection->mask = (uint32) nbuckets - 1;
	projection->buckets = palloc(nbuckets * sizeof(ProjectionBucket));
	for (int i = 0; i < nbuckets; i++)
		projection->buckets[i].field = -1;
	for (int i = 0; i < projection->count; i++)
		fill_window(projection, i);
}

static ProjectedField *
enter(JsonProjection *projection, const char *name, size_t len)
{
	ProjectedField *field = find_hashed(projection, name, len, hash_name(name, len));

	if (field != NULL)
		return field;
	grow(projection);
	memset(projection->names, 0, (PROJECTED_NAMES + 1) * sizeof(ProjectedName));
	field = &projection->fields[projection->count];
	field->name = pnstrdup(name, len);
	field->len = len;
	field->index = -1;
	field->children = NULL;
	fill_window(projection, projection->count++);
	return field;
}

/* An empty projection, palloc'd in the current context like all it will hold. */
JsonProjection *
json_projection_create(void)
{
	JsonProjection *projection = palloc0(sizeof(JsonProjection));

	projection->names = palloc0((PROJECTED_NAMES + 1) * sizeof(ProjectedName));
	return projection;
}

/*
 * Adds a field to the wanted ones, a dot leading into a nested object.
 * Returns its place in the values of json_row_fields(); the same field has
 * the same place however often it is added.
 */
int
json_projection_add(JsonProjection *projection, const char *field)
{
	JsonProjection *level = projection;
	const char *step = field;

	for (;;)
	{
		const char *dot = strchr(step, '.');
		ProjectedField *entry = enter(level, step,
									  dot ? (size_t) (dot - step) : strlen(step));

		if (dot == NULL)
		{
			if (entry->index < 0)
				entry->index = projection->next_index++;
			return entry->index;
		}
		if (entry->children == NULL)
			entry->children = json_projection_create();
		level = entry->children;
		step = dot + 1;
	}
}

/* How many values json_row_fields() fills. */
int
json_projection_size(const JsonProjection *projection)
{
	return projection->next_index;
}

/* Lets rows be values of any kind, which have no fields then. */
void
json_projection_allow_scalars(JsonProjection *projection)
{
	projection->allow_scalars = true;
}
