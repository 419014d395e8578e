/*-------------------------------------------------------------------------
 *
 * value_jsonb.c
 *		  Values of the API as jsonb, without a detour through its text.
 *
 * jsonb_in() would read the text a second time, with a lexer that copies
 * strings byte by byte, and build a tree that is then written.  Here the
 * values are written at once, as utils/jsonb.h lays them out: a header with
 * the number of children, an entry of four bytes for each, then what they
 * hold; an object's names come first, sorted by length and then by bytes.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/value/value_jsonb.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "value/value_private.h"

/*
 * Larger values are left to jsonb_in(): here each level of nesting reads what is
 * inside of it once more.  Smaller ones are also far from the limits of jsonb,
 * since a value takes at most a few times as many bytes as its text.
 */
#define MAX_TEXT_BYTES ((size_t) 1024 * 1024)

/* An element, or a member with its name. */
typedef struct Child
{
	JsonValue	name;
	JsonValue	value;
} Child;

/* So many need no memory of their own, and are sorted by insertion. */
#define FEW_CHILDREN 8

/* In the order of the text, so a later one is at a higher address. */
typedef struct Children
{
	Child	   *all;			/* few, or palloc'd */
	int			count;
	int			size;
	Child		few[FEW_CHILDREN];
} Children;

typedef struct JsonbWriter
{
	char	   *data;			/* palloc'd: the Jsonb */
	uint32		len;
	uint32		size;
	bool		has_nul;		/* a string cannot be stored */
} JsonbWriter;

static JEntry write_value(JsonbWriter *writer, const JsonValue *value);

/* ---------- bytes ---------- */

/* Appends room for so many bytes and returns its offset. */
static uint32
reserve(JsonbWriter *writer, uint32 bytes)
{
	uint32		offset = writer->len;

	writer->len += bytes;
	if (writer->len > writer->size)
	{
		writer->size = Max(writer->len, writer->size * 2);
		writer->data = repalloc(writer->data, writer->size);
	}
	return offset;
}

static inline void
append(JsonbWriter *writer, const void *bytes, uint32 len)
{
	uint32		offset = reserve(writer, len);

	memcpy(writer->data + offset, bytes, len);
}

/* Containers and numbers begin at multiples of four. */
static void
align(JsonbWriter *writer)
{
	uint32		bytes = INTALIGN(writer->len) - writer->len;

	memset(writer->data + reserve(writer, bytes), 0, bytes);
}

/* ---------- scalars ---------- */

static JEntry
write_string(JsonbWriter *writer, const JsonValue *value)
{
	writer->has_nul = writer->has_nul || !value->plain;
	append(writer, value->data, (uint32) value->len);
	return JENTRY_ISSTRING | (uint32) value->len;
}

static JEntry
write_number(JsonbWriter *writer, const JsonValue *value)
{
	uint32		start = writer->len;
	int64		integer;
	Numeric		number;

	if (value_plain_integer(value, &integer))
		number = int64_to_numeric(integer);
	else
		number = DatumGetNumeric(DirectFunctionCall3(numeric_in,
													 CStringGetDatum(pnstrdup(value->data, value->len)),
													 ObjectIdGetDatum(InvalidOid),
													 Int32GetDatum(-1)));
	align(writer);
	append(writer, number, VARSIZE(number));
	pfree(number);
	return JENTRY_ISNUMERIC | (writer->len - start);
}

/* ---------- containers ---------- */

static void
begin_children(Children *children)
{
	children->all = children->few;
	children->count = 0;
	children->size = FEW_CHILDREN;
}

/* Room for one more, which the caller fills and counts. */
static inline Child *
next_child(Children *children)
{
	if (children->count == children->size)
	{
		children->size *= 2;
		if (children->all == children->few)
			children->all = memcpy(palloc(children->size * sizeof(Child)), children->few,
								   sizeof(children->few));
		else
			children->all = repalloc(children->all, children->size * sizeof(Child));
	}
	return &children->all[children->count];
}

static void
free_children(Children *children)
{
	if (children->all != children->few)
		pfree(children->all);
}

static void
find_elements(const JsonValue *array, Children *children)
{
	size_t		position = 0;

	begin_children(children);
	while (json_array_next(array, &position, &next_child(children)->value))
		children->count++;
}

static int
compare_names(const Child *a, const Child *b)
{
	if (a->name.len != b->name.len)
		return a->name.len < b->name.len ? -1 : 1;
	return memcmp(a->name.data, b->name.data, a->name.len);
}

/* For qsort(); of members of the same name, the later one comes first. */
static int
compare_members(const void *a, const void *b)
{
	const Child *one = *(const Child *const *) a;
	const Child *other = *(const Child *const *) b;
	int			order = compare_names(one, other);

	return order != 0 ? order : one > other ? -1 : 1;
}

static void
find_members(const JsonValue *object, Children *children)
{
	size_t		position = 0;
	Child	   *child;

	begin_children(children);
	while (child = next_child(children),
		   json_object_next(object, &position, &child->name, &child->value))
		children->count++;
}

static void
sort_members(const Child **members, int count)
{
	if (count > FEW_CHILDREN)
	{
		qsort(members, count, sizeof(*members), compare_members);
		return;
	}
	for (int i = 1; i < count; i++)
	{
		const Child *member = members[i];
		int			place = i;

		for (; place > 0 && compare_members(&member, &members[place - 1]) < 0; place--)
			members[place] = members[place - 1];
		members[place] = member;
	}
}

/*
 * Puts the members of an object in order, of those of the same name the last one;
 * returns how many they are.
 */
static int
sorted_members(const Children *children, const Child **members)
{
	int			count = 0;

	for (int i = 0; i < children->count; i++)
		members[i] = &children->all[i];
	sort_members(members, children->count);
	for (int i = 0; i < children->count; i++)
		if (i == 0 || compare_names(members[count - 1], members[i]) != 0)
			members[count++] = members[i];
	return count;
}

/* A container's entries while they are written. */
typedef struct Entries
{
	uint32		place;			/* of the next one */
	int			count;
	uint32		bytes;			/* that those so far stand for */
} Entries;

/* Every so many entries one tells where its child ends, not how long it is. */
static void
put_entry(JsonbWriter *writer, Entries *entries, JEntry entry)
{
	entries->bytes += JBE_OFFLENFLD(entry);
	if (entries->count++ % JB_OFFSET_STRIDE == 0)
		entry = (entry & JENTRY_TYPEMASK) | entries->bytes | JENTRY_HAS_OFF;
	memcpy(writer->data + entries->place, &entry, sizeof(entry));
	entries->place += sizeof(entry);
}

/* Appends a container's header, with flags, and room for its entries. */
static Entries
begin_container(JsonbWriter *writer, uint32 flags, int children)
{
	uint32		header = (uint32) children | flags;
	int			entries = (flags & JB_FOBJECT) != 0 ? 2 * children : children;

	align(writer);
	append(writer, &header, sizeof(header));
	return (Entries)
	{
		.place = reserve(writer, entries * sizeof(JEntry))
	};
}

static JEntry
write_array(JsonbWriter *writer, const JsonValue *array)
{
	uint32		start = writer->len;
	Children	children;
	Entries		entries;

	find_elements(array, &children);
	entries = begin_container(writer, JB_FARRAY, children.count);
	for (int i = 0; i < children.count; i++)
		put_entry(writer, &entries, write_value(writer, &children.all[i].value));
	free_children(&children);
	return JENTRY_ISCONTAINER | (writer->len - start);
}

static JEntry
write_object(JsonbWriter *writer, const JsonValue *object)
{
	uint32		start = writer->len;
	Children	children;
	const Child *few[FEW_CHILDREN];
	const Child **members = few;
	int			count;
	Entries		entries;

	find_members(object, &children);
	if (children.count > FEW_CHILDREN)
		members = palloc(children.count * sizeof(Child *));
	count = sorted_members(&children, members);
	entries = begin_container(writer, JB_FOBJECT, count);
	for (int i = 0; i < count; i++)
		put_entry(writer, &entries, write_string(writer, &members[i]->name));
	for (int i = 0; i < count; i++)
		put_entry(writer, &entries, write_value(writer, &members[i]->value));
	if (members != few)
		pfree(members);
	free_children(&children);
	return JENTRY_ISCONTAINER | (writer->len - start);
}

/* Appends a value, with the padding before it, and returns its entry. */
static JEntry
write_value(JsonbWriter *writer, const JsonValue *value)
{
	switch (value->kind)
	{
		case JV_TRUE:
			return JENTRY_ISBOOL_TRUE;
		case JV_FALSE:
			return JENTRY_ISBOOL_FALSE;
		case JV_INTEGER:
		case JV_REAL:
			return write_number(writer, value);
		case JV_STRING:
			return write_string(writer, value);
		case JV_ARRAY:
		case JV_OBJECT:
			check_stack_depth();
			CHECK_FOR_INTERRUPTS();
			return value->kind == JV_ARRAY ? write_array(writer, value) : write_object(writer, value);
		case JV_MISSING:
		case JV_NULL:
			break;
	}
	return JENTRY_ISNULL;
}

/* A scalar alone is the only element of an array that says so. */
static void
write_root(JsonbWriter *writer, const JsonValue *value)
{
	Entries		entries;

	if (value->kind == JV_ARRAY || value->kind == JV_OBJECT)
	{
		(void) write_value(writer, value);
		return;
	}
	entries = begin_container(writer, JB_FARRAY | JB_FSCALAR, 1);
	put_entry(writer, &entries, write_value(writer, value));
}

/* ---------- the interface ---------- */

/*
 * A value whose text is UTF-8, as is the database, as jsonb, palloc'd; NULL
 * where jsonb_in() has to see it: it is large, or has a string with NUL.  Of
 * members of the same name only the last one is looked at.
 */
Jsonb *
value_as_jsonb(const JsonValue *value)
{
	JsonbWriter writer = {.len = VARHDRSZ};

	if (value->len > MAX_TEXT_BYTES)
		return NULL;
	writer.size = (uint32) (value->len + value->len / 2) + 64;
	writer.data = palloc(writer.size);
	write_root(&writer, value);
	SET_VARSIZE(writer.data, writer.len);
	return writer.has_nul ? NULL : (Jsonb *) writer.data;
}
