/*-------------------------------------------------------------------------
 *
 * world.h
 *		  What the benchmark's server serves: ad accounts, campaigns, ad
 *		  groups, ads and what they delivered, as JSON or, for comparison, CSV.
 *
 * Everything follows from the size of the world and the position of a thing
 * in it: nothing is stored, and each run has the same content.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/world.h
 *-------------------------------------------------------------------------
 */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "writer.h"

typedef enum Kind
{
	ACCOUNT,
	CAMPAIGN,
	AD_GROUP,
	AD
} Kind;

#define KINDS 4

/* How many there are: accounts in all, the others in each account. */
typedef struct World
{
	int			count[KINDS];
} World;

/* An entity: of which account, and its place among those of its kind in it. */
typedef struct Entity
{
	const World *world;
	Kind		kind;
	int			account;
	int			index;
} Entity;

extern int64_t entity_id(const Entity *entity);
extern Entity entity_parent(const Entity *entity, Kind kind);
extern const char *entity_status(const Entity *entity);
extern void write_entity(Writer *out, const Entity *entity);

/*
 * What an entity delivered on a day (days since 1970); columns is a list such
 * as ",SPEND_IN_DOLLAR,CTR,", NULL: all there are.
 */
extern void write_delivery(Writer *out, const Entity *entity, int day,
						   const char *columns);

extern void print_csv(const World *world, const char *table, int from, int days);

/* A day as YYYY-MM-DD and back; -1: not a day. */
extern void day_text(int day, char text[ID_SIZE]);
extern int	text_day(const char *text);

#endif							/* BENCH_WORLD_H */
