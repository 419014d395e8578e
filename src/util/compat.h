/*-------------------------------------------------------------------------
 *
 * compat.h
 *		  Every difference between PostgreSQL 15 and 19, and nothing else.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/compat.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_COMPAT_H
#define PINTEREST_COMPAT_H

#include "access/stratnum.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "catalog/pg_foreign_server.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/pathnode.h"
#include "postmaster/bgworker.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/acl.h"
#include "utils/resowner.h"
#include "utils/varlena.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif

/*
 * Since 19 copyObject() needs a word of C23, where the server was built as that.
 * Compilers that know it have it in C11 by another name.
 */
#if PG_VERSION_NUM >= 190000 && defined(HAVE_TYPEOF_UNQUAL) && !defined(typeof_unqual) && \
	__STDC_VERSION__ < 202311L
#define typeof_unqual __typeof_unqual__
#endif

/*
 * Waiting.  Extensions name their wait events since 17, and since 17 it is a
 * resource owner that closes the wait event sets an error leaves behind;
 * before, nobody does.
 */

/*
 * The wait event of that name, to be asked for once per process: each call
 * takes a lock.  pg_stat_activity shows "Extension" on 15 and 16.
 */
static inline uint32
compat_wait_event(const char *name)
{
#if PG_VERSION_NUM >= 170000
	return WaitEventExtensionNew(name);
#else
	return PG_WAIT_EXTENSION;
#endif
}

/*
 * An empty set for nevents events, for the caller to free, on errors too.
 * Raises an error if the process has no file descriptor left for it.
 */
static inline WaitEventSet *
compat_create_wait_event_set(int nevents)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(CurrentResourceOwner, nevents);
#else
	return CreateWaitEventSet(CurrentMemoryContext, nevents);
#endif
}

/* Whether a subtransaction can begin: before 17 not during a parallel operation. */
static inline bool
compat_can_begin_subtransaction(void)
{
#if PG_VERSION_NUM >= 170000
	return true;
#else
	return !IsInParallelMode();
#endif
}

/*
 * The closest match of a misspelt name.  utils/varlena.h has had this since
 * 16; on 15 the same rules are applied here.
 */
#if PG_VERSION_NUM < 160000

typedef struct ClosestMatchState
{
	const char *source;
	int			min_d;			/* of match; -1: there is none yet */
	int			max_d;
	const char *match;
} ClosestMatchState;

/* Begins a search for what source may have meant, at most max_d edits away. */
static inline void
initClosestMatch(ClosestMatchState *state, const char *source, int max_d)
{
	state->source = source;
	state->min_d = -1;
	state->max_d = max_d;
	state->match = NULL;
}

/*
 * Considers a candidate.  More than half of the name being wrong is no match,
 * and names beyond the 255 bytes that varstr_levenshtein takes are none
 * either.
 */
static inline void
updateClosestMatch(ClosestMatchState *state, const char *candidate)
{
	size_t		source_len = strlen(state->source);
	size_t		candidate_len = strlen(candidate);
	int			distance;

	if (source_len == 0 || candidate_len == 0 ||
		source_len > 255 || candidate_len > 255)
		return;
	distance = varstr_levenshtein_less_equal(state->source, source_len,
											 candidate, candidate_len,
											 1, 1, 1, state->max_d, true);
	if (distance <= state->max_d && distance <= (int) (source_len / 2) &&
		(state->min_d == -1 || distance < state->min_d))
	{
		state->min_d = distance;
		state->match = candidate;
	}
}

/* The closest of the candidates; NULL: none is close. */
static inline const char *
getClosestMatch(ClosestMatchState *state)
{
	return state->match;
}

#endif

/* Where ExplainPropertyText() and its like are declared. */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#else
#include "commands/explain.h"
#endif

/*
 * The module's magic block; since 18 it carries name and version.
 */
#if PG_VERSION_NUM >= 180000
#define COMPAT_MODULE_MAGIC(modname, modversion) \
	PG_MODULE_MAGIC_EXT(.name = modname, .version = modversion)
#else
#define COMPAT_MODULE_MAGIC(modname, modversion) PG_MODULE_MAGIC
#endif

/*
 * A path that scans a foreign table; 17 added the restrictions of a join
 * (none here), 18 the number of disabled nodes.
 */
static inline ForeignPath *
compat_create_foreignscan_path(PlannerInfo *root, RelOptInfo *rel, double rows,
							   Cost startup_cost, Cost total_cost,
							   List *pathkeys, Relids required_outer,
							   List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreignscan_path(root, rel, NULL, rows, 0, startup_cost,
								   total_cost, pathkeys, required_outer,
								   NULL, NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreignscan_path(root, rel, NULL, rows, startup_cost,
								   total_cost, pathkeys, required_outer,
								   NULL, NIL, fdw_private);
#else
	return create_foreignscan_path(root, rel, NULL, rows, startup_cost,
								   total_cost, pathkeys, required_outer,
								   NULL, fdw_private);
#endif
}

/* A path also needs what those below it do that is disabled, which 18 counts. */
static inline void
compat_add_disabled_nodes(Path *path, const Path *below)
{
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes += below->disabled_nodes;
#endif
}

/*
 * The path of the side of a semijoin that is made unique, so that an inner join is
 * left to do; NULL: it cannot be.  19 makes it unique before it looks for joins.
 */
static inline Path *
compat_unique_path(PlannerInfo *root, RelOptInfo *rel, Path *path, SpecialJoinInfo *sjinfo)
{
#if PG_VERSION_NUM >= 190000
	return path;
#else
	return (Path *) create_unique_path(root, rel, path, sjinfo);
#endif
}

/* Whether a sort key ascends; 18 has a comparison type for the strategy. */
static inline bool
compat_pathkey_is_ascending(const PathKey *key)
{
#if PG_VERSION_NUM >= 180000
	return key->pk_cmptype == COMPARE_LT;
#else
	return key->pk_strategy == BTLessStrategyNumber;
#endif
}

/*
 * The user whose rights count for a scan: a view's owner, or the current
 * user.  Since 16 the plan node tells, before the range table entry did.
 */
static inline Oid
compat_scan_userid(ForeignScanState *node)
{
#if PG_VERSION_NUM >= 160000
	Oid			userid = ((ForeignScan *) node->ss.ps.plan)->checkAsUser;
#else
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Oid			userid = exec_rt_fetch(plan->scan.scanrelid, node->ss.ps.state)->checkAsUser;
#endif
	return OidIsValid(userid) ? userid : GetUserId();
}

/* Whether an Append may leave out some of its plans; 18 keeps that at another place. */
static inline bool
compat_prunes(const Append *append)
{
#if PG_VERSION_NUM >= 180000
	return append->part_prune_index >= 0;
#else
	return append->part_prune_info != NULL;
#endif
}

/* The same of a MergeAppend. */
static inline bool
compat_merge_prunes(const MergeAppend *append)
{
#if PG_VERSION_NUM >= 180000
	return append->part_prune_index >= 0;
#else
	return append->part_prune_info != NULL;
#endif
}

/*
 * Shared memory.  17 gives out named segments at any time, before there is only
 * what a library asks for at the start of the server.  Names of lock tranches
 * are each process's own business until 18, and the server's since.
 */
#if PG_VERSION_NUM >= 170000
#define COMPAT_HAS_SEGMENTS true
#else
#define COMPAT_HAS_SEGMENTS false
#endif

/* The head of a function that makes a new segment's contents; 19 has arg. */
#if PG_VERSION_NUM >= 190000
#define COMPAT_INIT_SEGMENT(name) static void name(void *segment, void *arg)
#define compat_init_segment(name, segment) name(segment, NULL)
#else
#define COMPAT_INIT_SEGMENT(name) static void name(void *segment)
#define compat_init_segment(name, segment) name(segment)
#endif

/*
 * The segment of that name and size, attached for the rest of the process and
 * made by init if it is new; NULL where there are no segments.  Raises an
 * error if there is no memory, or if the segment has another size.
 */
#if PG_VERSION_NUM >= 190000
#define compat_named_segment(name, size, init) \
	GetNamedDSMSegment(name, size, init, &(bool) {false}, NULL)
#elif PG_VERSION_NUM >= 170000
#define compat_named_segment(name, size, init) \
	GetNamedDSMSegment(name, size, init, &(bool) {false})
#else
#define compat_named_segment(name, size, init) ((void) (name), NULL)
#endif

/* The number of a new lock tranche, for all processes. */
static inline int
compat_new_tranche(const char *name)
{
#if PG_VERSION_NUM >= 190000
	return LWLockNewTrancheId(name);
#else
	return LWLockNewTrancheId();
#endif
}

/* Tells this process what a tranche is called; name must stay. */
static inline void
compat_register_tranche(int tranche, const char *name)
{
#if PG_VERSION_NUM < 190000
	LWLockRegisterTranche(tranche, name);
#endif
}

/* Whether a role has a privilege on a foreign server. */
static inline AclResult
compat_server_aclcheck(Oid serverid, Oid roleid, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ForeignServerRelationId, serverid, roleid, mode);
#else
	return pg_foreign_server_aclcheck(serverid, roleid, mode);
#endif
}

/* Whether a role has a privilege on a database. */
static inline AclResult
compat_database_aclcheck(Oid dbid, Oid roleid, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(DatabaseRelationId, dbid, roleid, mode);
#else
	return pg_database_aclcheck(dbid, roleid, mode);
#endif
}

/*
 * The expression that a column of a join stands for, or since 18 one of the
 * entry that all grouped columns have; NULL: the entry is neither.
 */
static inline Node *
compat_alias_expression(const RangeTblEntry *rte, AttrNumber number)
{
	List	   *expressions = NIL;

	if (rte->rtekind == RTE_JOIN)
		expressions = rte->joinaliasvars;
#if PG_VERSION_NUM >= 180000
	else if (rte->rtekind == RTE_GROUP)
		expressions = rte->groupexprs;
#endif
	return number <= list_length(expressions) ? list_nth(expressions, number - 1) : NULL;
}

/*
 * Since 17, background workers can connect as roles that may not log in.
 */
#if PG_VERSION_NUM >= 170000
#define COMPAT_WORKER_FLAGS BGWORKER_BYPASS_ROLELOGINCHECK
#define COMPAT_WORKER_NEEDS_LOGIN false
#else
#define COMPAT_WORKER_FLAGS 0
#define COMPAT_WORKER_NEEDS_LOGIN true
#endif

#endif							/* PINTEREST_COMPAT_H */
