/*-------------------------------------------------------------------------
 *
 * finding.c
 *		  What the diagnosis finds, and steps that may fail.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/finding.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "diagnosis/check_private.h"
#include "util/result_row.h"
#include "util/strings.h"

static const char *const status_names[] = {
	[CHECK_OK] = "ok",
	[CHECK_WARNING] = "warning",
	[CHECK_ERROR] = "error",
	[CHECK_UNKNOWN] = "unknown",
};

/* Adds a row to the result; detail and hint may be NULL. */
void
check_put(const Check *check, const char *name, CheckStatus status,
		  const char *detail, const char *hint)
{
	ResultRow	row = {.result = check->result};

	add_text(&row, name);
	add_text(&row, status_names[status]);
	add_text(&row, detail);
	add_text(&row, hint);
	finish_row(&row);
}

/*
 * Classes of errors that say something about server or mapping: no access, a
 * token's file, a response that is no JSON, an uncommitted mapping, the rest of
 * the wrapper.
 */
static const char *const reported_classes[] = {"28", "HV", "58", "42", "22", "55", NULL};

static bool
is_reported(const ErrorData *error)
{
	const char *state = unpack_sql_state(error->sqlerrcode);

	foreach_string(reported, reported_classes)
	{
		if (strncmp(state, *reported, 2) == 0)
			return true;
	}
	return false;
}

/*
 * Runs a step.  Returns the error that it raised, palloc'd; NULL: none.  A
 * cancel and what else is no finding is raised.
 */
ErrorData *
check_attempt(Check *check, CheckStep step)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		step(check);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && !is_reported(error))
		ReThrowError(error);
	return error;
}

/* Adds a row for an error that a step has raised. */
void
check_put_error(const Check *check, const char *name, CheckStatus status, const ErrorData *error)
{
	check_put(check, name, status,
			  psprintf("%s%s%s", error->message, error->detail ? ": " : "",
					   error->detail ? error->detail : ""), error->hint);
}
