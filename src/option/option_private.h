/*-------------------------------------------------------------------------
 *
 * option_private.h
 *		  What option.c (which options there are) and option_value.c (what
 *		  they may be) share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/option_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OPTION_PRIVATE_H
#define PINTEREST_OPTION_PRIVATE_H

#include "option/option.h"

/* Of what there are options. */
typedef enum OptionContext
{
	OPTION_NOWHERE = 0,
	OPTION_SERVER = 1 << 0,
	OPTION_MAPPING = 1 << 1,
	OPTION_TABLE = 1 << 2,
	OPTION_COLUMN = 1 << 3
} OptionContext;

typedef struct Option
{
	const char *name;
	int			contexts;		/* OptionContext: those that know the option */

	/*
	 * Raises an error where value is bad, and else stores it in options; with
	 * options NULL it only checks.  Options of a user mapping or a column are
	 * never stored there.
	 */
	void		(*parse) (const struct Option *option, const char *value,
						  TableOptions *options);
	size_t		offset;			/* in TableOptions, where parse says so */
	const char *initial;		/* counts where the option is not set */
	int			min;			/* parse_integer: the range */
	int			max;
	int			unit;			/* parse_integer: factor of what is stored */
	const char *const *words;	/* parse_choice: the values, up to a NULL */

	/* Of a table's option: which streams have it; NULL: all. */
	bool		(*is_of) (const Stream *stream);

	/*
	 * Says why only a superuser, or a role named by pinterest_fdw.admin_role,
	 * may set the option to value; NULL: anybody may.
	 */
	const char *(*privilege) (const char *value);
} Option;

/* Parsers, see Option.parse: each raises HV024 where value is bad. */
extern void parse_integer(const Option *option, const char *value,
						  TableOptions *options);
extern void parse_size(const Option *option, const char *value,
					   TableOptions *options);
extern void parse_duration(const Option *option, const char *value,
						   TableOptions *options);
extern void parse_base_url(const Option *option, const char *value,
						   TableOptions *options);
extern void parse_proxy(const Option *option, const char *value,
						TableOptions *options);
extern void parse_path(const Option *option, const char *value,
					   TableOptions *options);
extern void parse_start_date(const Option *option, const char *value,
							 TableOptions *options);
extern void parse_ad_account_ids(const Option *option, const char *value,
								 TableOptions *options);
extern void parse_choice(const Option *option, const char *value,
						 TableOptions *options);
extern void parse_stream(const Option *option, const char *value,
						 TableOptions *options);
extern void parse_token(const Option *option, const char *value,
						TableOptions *options);
extern void parse_token_file(const Option *option, const char *value,
							 TableOptions *options);
extern void parse_name(const Option *option, const char *value,
					   TableOptions *options);
extern void parse_scopes(const Option *option, const char *value,
						 TableOptions *options);
extern void parse_time(const Option *option, const char *value,
					   TableOptions *options);
extern void parse_text(const Option *option, const char *value,
					   TableOptions *options);
extern bool can_be_split(const Stream *stream);
extern void parse_split_by(const Option *option, const char *value,
						   TableOptions *options);
extern void parse_field(const Option *option, const char *value,
						TableOptions *options);

extern void check_split_by(const Stream *stream, const char *value);
extern void check_ad_account_ids(const Stream *stream, const char *value);

#endif							/* PINTEREST_OPTION_PRIVATE_H */
