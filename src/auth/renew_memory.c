/*-------------------------------------------------------------------------
 *
 * renew_memory.c
 *		  Tokens that only this session knows, until they can be stored, and
 *		  how its last try to get some failed.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/renew_memory.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "storage/dsm.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "auth/renew.h"

typedef struct MemoryTokens
{
	Oid			umid;
	uint64		basis;			/* mapping_token_hash() of the mapping they
								 * replace */
	MemoryContext context;		/* holds this and the response's strings */
	TokenResponse response;		/* without access token: there are none yet */
	TimestampTz renewed_at;
	TimestampTz failed_at;		/* 0: the last try did not */
} MemoryTokens;

/*
 * How tokens travel to the worker: strings[] has them all, each with its NUL,
 * in the order of packed_strings; "" stands for none.
 */
typedef struct PackedTokens
{
	TimestampTz access_token_expires_at;
	TimestampTz refresh_token_expires_at;
	char		strings[FLEXIBLE_ARRAY_MEMBER];
} PackedTokens;

static const size_t packed_strings[] = {
	offsetof(TokenResponse, access_token),
	offsetof(TokenResponse, refresh_token),
	offsetof(TokenResponse, used_refresh_token),
	offsetof(TokenResponse, scope),
};

#define PACKED_STRING(response, n) (*(char **) ((char *) (response) + packed_strings[n]))

static List *memory_tokens = NIL;	/* in TopMemoryContext */

static MemoryTokens *
find_tokens(Oid umid)
{
	ListCell   *cell;

	foreach(cell, memory_tokens)
	{
		MemoryTokens *tokens = lfirst(cell);

		if (tokens->umid == umid)
			return tokens;
	}
	return NULL;
}

static void
forget_tokens(MemoryTokens *tokens)
{
	memory_tokens = list_delete_ptr(memory_tokens, tokens);
	MemoryContextDelete(tokens->context);
}

/*
 * A stored mapping as this session knows it: with the tokens that it alone
 * has, unless the mapping has changed since.  Changes mapping, and returns it;
 * its strings are in the current context.
 */
Mapping *
renew_latest(Mapping *mapping)
{
	MemoryTokens *tokens = find_tokens(mapping->umid);
	const char *refresh_token;
	const char *previous;

	if (tokens == NULL)
		return mapping;
	if (tokens->basis != mapping_token_hash(mapping))
	{
		forget_tokens(tokens);
		return mapping;
	}
	if (tokens->failed_at != 0)
	{
		mapping->renewal_failed_at = tokens->failed_at;
		mapping->renewal_error = pstrdup(tokens->response.problem);
	}
	if (tokens->response.access_token == NULL)
		return mapping;
	mapping->access_token = pstrdup(tokens->response.access_token);
	mapping->access_token_expires_at = tokens->response.access_token_expires_at;
	mapping->renewed_at = tokens->renewed_at;
	if (oauth_refresh_tokens(mapping, &tokens->response, &refresh_token, &previous))
	{
		mapping->refresh_token = pstrdup(refresh_token);
		mapping->previous_refresh_token = previous ? pstrdup(previous) : NULL;
	}
	if (tokens->response.refresh_token != NULL)
		mapping->refresh_token_expires_at = tokens->response.refresh_token_expires_at;
	return mapping;
}

static char *
keep(const MemoryTokens *tokens, const char *string)
{
	return string ? MemoryContextStrdup(tokens->context, string) : NULL;
}

/* Copies the tokens of a response; a refresh token that it lacks is the one before. */
static void
keep_response(MemoryTokens *tokens, const TokenResponse *response, const TokenResponse *before)
{
	const TokenResponse *refreshed = response->refresh_token || !before ? response : before;

	tokens->response.access_token = keep(tokens, response->access_token);
	tokens->response.access_token_expires_at = response->access_token_expires_at;
	tokens->response.scope = keep(tokens, response->scope);
	tokens->response.refresh_token = keep(tokens, refreshed->refresh_token);
	tokens->response.used_refresh_token = keep(tokens, refreshed->used_refresh_token);
	tokens->response.refresh_token_expires_at = refreshed->refresh_token_expires_at;
}

/*
 * Keeps a response for this session, with tokens or the reason why there are
 * none; stored is the mapping as it is stored now.  Both are copied.
 */
void
renew_remember(const Mapping *stored, const TokenResponse *response)
{
	MemoryTokens *before = find_tokens(stored->umid);
	MemoryContext context = AllocSetContextCreate(TopMemoryContext,
												  "pinterest_fdw tokens",
												  ALLOCSET_SMALL_SIZES);
	MemoryTokens *tokens = MemoryContextAllocZero(context, sizeof(MemoryTokens));
	MemoryContext old;

	tokens->umid = stored->umid;
	tokens->basis = mapping_token_hash(stored);
	tokens->context = context;
	if (response->access_token != NULL)
	{
		keep_response(tokens, response, before ? &before->response : NULL);
		tokens->renewed_at = GetCurrentTimestamp();
	}
	else
	{
		if (before != NULL)
			keep_response(tokens, &before->response, NULL);
		tokens->renewed_at = before ? before->renewed_at : 0;
		tokens->response.problem = keep(tokens, response->problem);
		tokens->failed_at = GetCurrentTimestamp();
	}
	if (before != NULL)
		forget_tokens(before);
	old = MemoryContextSwitchTo(TopMemoryContext);
	memory_tokens = lappend(memory_tokens, tokens);
	MemoryContextSwitchTo(old);
}

/*
 * Whether this session has tokens of a mapping that are not stored; *basis is
 * then the mapping_token_hash() of the mapping they replace.
 */
bool
renew_has_tokens(Oid umid, uint64 *basis)
{
	const MemoryTokens *tokens = find_tokens(umid);

	if (tokens == NULL || tokens->response.access_token == NULL)
		return false;
	*basis = tokens->basis;
	return true;
}

/*
 * Puts the tokens that this session has of a mapping, after renew_has_tokens(),
 * into a segment of shared memory, which the caller detaches from.
 */
dsm_segment *
renew_pack_tokens(Oid umid)
{
	TokenResponse *response = &find_tokens(umid)->response;
	StringInfoData strings;
	dsm_segment *segment;
	PackedTokens *packed;

	initStringInfo(&strings);
	for (int i = 0; i < (int) lengthof(packed_strings); i++)
	{
		const char *string = PACKED_STRING(response, i) ? PACKED_STRING(response, i) : "";

		appendBinaryStringInfo(&strings, string, (int) strlen(string) + 1);
	}
	segment = dsm_create(offsetof(PackedTokens, strings) + strings.len, 0);
	packed = dsm_segment_address(segment);
	packed->access_token_expires_at = response->access_token_expires_at;
	packed->refresh_token_expires_at = response->refresh_token_expires_at;
	memcpy(packed->strings, strings.data, strings.len);
	return segment;
}

/*
 * What a segment of renew_pack_tokens() holds, palloc'd; NULL where it is gone.
 */
TokenResponse *
renew_unpack_tokens(dsm_handle handle)
{
	dsm_segment *segment = dsm_attach(handle);
	TokenResponse *response;
	const PackedTokens *packed;
	const char *string;

	if (segment == NULL)
		return NULL;
	packed = dsm_segment_address(segment);
	string = packed->strings;
	response = palloc0(sizeof(TokenResponse));
	response->access_token_expires_at = packed->access_token_expires_at;
	response->refresh_token_expires_at = packed->refresh_token_expires_at;
	for (int i = 0; i < (int) lengthof(packed_strings); i++, string += strlen(string) + 1)
		if (*string != '\0')
			PACKED_STRING(response, i) = pstrdup(string);
	dsm_detach(segment);
	return response;
}
