/*-------------------------------------------------------------------------
 *
 * check_private.h
 *		  What check.c (the rows, what is installed) and check_api.c (what the
 *		  API says) share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/check_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_CHECK_PRIVATE_H
#define PINTEREST_CHECK_PRIVATE_H

#include "foreign/foreign.h"
#include "nodes/execnodes.h"

#include "api/api_error.h"
#include "auth/credentials.h"
#include "option/option.h"
#include "quota/quota.h"

typedef enum CheckStatus
{
	CHECK_OK,
	CHECK_WARNING,
	CHECK_ERROR,
	CHECK_UNKNOWN
} CheckStatus;

/* What became of the last request. */
typedef struct CheckResponse
{
	TimestampTz held_until;		/* 0, or it was not sent: no quota is left */
	TimestampTz sent_at;
	TimestampTz answered_at;
	HttpTransfer *transfer;		/* NULL: it was not sent */
	ApiFailure *failure;		/* NULL: none, the body is there */
	const char *body;
	size_t		len;
} CheckResponse;

typedef struct Check
{
	FunctionCallInfo fcinfo;
	ReturnSetInfo *result;
	const ForeignServer *server;
	const TableOptions *options;
	const Mapping *mapping;		/* as it was last read */
	QuotaOwner	owner;
	HttpClient *client;

	Credentials *credentials;	/* NULL: there are none */
	const char *token;			/* NULL: there is none */
	const ErrorData *no_token;	/* why; NULL: there is one */
	bool		has_other_token;	/* than the one that was refused */

	MemoryContext scratch;		/* for one request and its response */
	CheckResponse response;

	const char *bookmark;		/* of the next page; NULL: none */
	List	   *bookmarks;		/* char *: those followed so far */
	List	   *accounts;		/* AccountLine * */
	int			naccounts;		/* those that are not in the list, too */
	List	   *needs;			/* ScopeNeed * */
} Check;

/* Something that may raise an error. */
typedef void (*CheckStep) (Check *check);

/* finding.c */
extern void check_put(const Check *check, const char *name, CheckStatus status,
					  const char *detail, const char *hint);
extern ErrorData *check_attempt(Check *check, CheckStep step);
extern void check_put_error(const Check *check, const char *name, CheckStatus status,
							const ErrorData *error);

/* check_request.c */
extern char *check_time_text(TimestampTz time);
extern char *check_clock_text(TimestampTz time);
extern char *check_shown(const Check *check, const char *text, size_t len);
extern void check_ask(Check *check, const Stream *stream, const char *url);
extern char *check_failure_text(const Check *check, const char *url);
extern bool check_is_answered(const Check *check);
extern bool check_may_ask_more(const Check *check);

/* check_scopes.c, check_accounts.c, check_api.c */
extern void put_scopes(Check *check);
extern void put_accounts(Check *check);
extern void check_api(Check *check);

#endif							/* PINTEREST_CHECK_PRIVATE_H */
