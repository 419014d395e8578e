/*-------------------------------------------------------------------------
 *
 * json_skip.c
 *		  To the end of a value, without looking at what is in it.
 *
 * Strings and brackets are all that has to be followed for that, so it is done
 * for JSON_BLOCK bytes at a time: a bit for each quote and bracket, and a few
 * operations on those bits tell which brackets are outside of strings.  Texts
 * that are no JSON may lead astray; whoever reads the value will notice.
 *
 * This runs inside libcurl's callbacks: it neither raises errors nor pallocs.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_skip.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_private.h"
#include "json/json_vector.h"

/* Whether there is no need to go on: the end is here, or too many brackets. */
static inline bool
is_over(const JsonPass *pass)
{
	return pass->nesting == 0 || pass->nesting > JSON_MAX_NESTING;
}

/* What a byte outside of strings adds to the nesting. */
static inline int
nesting_change(char c)
{
	return c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
}

#if JSON_VECTORS > 0

/*
 * Follows the brackets of a block, of which some bits may stand for other bytes.
 * Returns the number of bytes up to the one after which it is over, or 0 where it
 * goes on behind the block.
 */
static inline size_t
follow_brackets(JsonPass *pass, const char *block, uint64 brackets)
{
	for (; brackets != 0; brackets &= brackets - 1)
	{
		int			n = pg_rightmost_one_pos64(brackets);

		pass->nesting += nesting_change(block[n]);
		if (is_over(pass))
			return (size_t) n + 1;
	}
	return 0;
}

/*
 * Goes through as many blocks as there are.  Returns the number of bytes,
 * after which it need not be over.
 */
static size_t
skip_blocks(JsonPass *pass, const char *data, size_t len)
{
	uint64		inside = pass->in_string ? ~UINT64CONST(0) : 0;
	uint64		carry = pass->after_backslash;
	size_t		passed = 0;

	while (len - passed >= JSON_BLOCK)
	{
		const char *at = data + passed;
		JsonBlock	block = json_block_find(at);
		size_t		end;

		if (unlikely(block.has_backslash || carry != 0))
			block.quotes &= ~json_block_escaped(json_block_backslashes(at), &carry);
		end = follow_brackets(pass, at, block.brackets & ~json_block_strings(block.quotes, &inside));
		if (end > 0)
		{
			pass->in_string = pass->after_backslash = false;
			return passed + end;
		}
		passed += JSON_BLOCK;
	}
	pass->in_string = inside != 0;
	pass->after_backslash = carry != 0;
	return passed;
}

#endif

/* A byte of a container. */
static inline void
skip_byte(JsonPass *pass, char c)
{
	if (pass->after_backslash)
		pass->after_backslash = false;
	else if (c == '\\')
		pass->after_backslash = true;
	else if (c == '"')
		pass->in_string = !pass->in_string;
	else if (!pass->in_string)
		pass->nesting += nesting_change(c);
}

/*
 * Goes on through an object or array, of which data are the next bytes.
 * Returns how many of them were passed: all, or up to the closing bracket
 * (nesting is 0 then) or a bracket too many (it exceeds JSON_MAX_NESTING).
 */
size_t
json_skip_container(JsonPass *pass, const char *data, size_t len)
{
	size_t		passed = 0;

#if JSON_VECTORS > 0
	passed = skip_blocks(pass, data, len);
	if (passed > 0 && is_over(pass))
		return passed;
#endif
	while (passed < len)
	{
		skip_byte(pass, data[passed++]);
		if (is_over(pass))
			break;
	}
	return passed;
}

/*
 * Likewise for a string: in_string is false after the closing quote.
 */
size_t
json_skip_string(JsonPass *pass, const char *data, size_t len)
{
	const char *at = data;
	const char *end = data + len;

	if (!pass->in_string)
	{
		pass->in_string = true;
		at++;
	}
	while (at < end)
	{
		if (pass->after_backslash)
		{
			pass->after_backslash = false;
			at++;
			continue;
		}
		at = json_find_odd(at, end);
		if (at == end)
			break;
		pass->after_backslash = *at == '\\';
		if (*at++ == '"')
		{
			pass->in_string = false;
			break;
		}
	}
	return (size_t) (at - data);
}
