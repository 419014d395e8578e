/*-------------------------------------------------------------------------
 *
 * streams.h
 *		  The streams, and the words that their tables of columns use.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/streams.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAMS_H
#define PINTEREST_STREAMS_H

#include "../catalog.h"

/*
 * The three usual kinds of column, so that a list of columns reads as a
 * table.  Unusual columns are written out.
 */

/* A field of the item, under its own name. */
#define ITEM(column_name, column_type, column_comment) \
	{.name = column_name, .field = column_name, .type = column_type, \
	 .comment = column_comment}

/* A metric, which has to be asked for. */
#define METRIC(column_name, api_name, column_type, column_comment) \
	{.name = column_name, .field = api_name, .type = column_type, \
	 .comment = column_comment, .source = FROM_METRIC}

/* A metric that the set 'standard' has, too. */
#define STANDARD(column_name, api_name, column_type, column_comment) \
	{.name = column_name, .field = api_name, .type = column_type, \
	 .comment = column_comment, .source = FROM_METRIC, .standard = true}

/* entities.c */
extern const Stream user_account_stream;
extern const Stream ad_accounts_stream;
extern const Stream campaigns_stream;
extern const Stream ad_groups_stream;
extern const Stream ads_stream;

/* organic.c */
extern const Stream boards_stream;
extern const Stream pins_stream;
extern const Stream user_account_analytics_stream;
extern const Stream pins_analytics_stream;

/* analytics.c */
extern const Stream ad_account_analytics_stream;
extern const Stream campaigns_analytics_stream;
extern const Stream ad_groups_analytics_stream;
extern const Stream ads_analytics_stream;

/* metrics.c: what the ads analytics endpoints can be asked for */
extern const Column ads_metrics[];

#endif							/* PINTEREST_STREAMS_H */
