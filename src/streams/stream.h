/*-------------------------------------------------------------------------
 *
 * stream.h
 *		  The words in which a stream of Pinterest's API is described.
 *
 * A stream is what a foreign table shows: the rows of one kind that one or
 * more endpoints return.  Everything that is particular to a stream is data
 * in the other files here; the planner, the requests, the import and the
 * documentation functions read these arrays and know no stream by name.
 *
 * Words used throughout:
 *
 *	  variable	a value that a request needs and that has a column's name: a
 *				{variable} of the path, a list of ids, or a value that a
 *				column of the table shows (FROM_REQUEST).
 *	  binding	the values that the query gives for a variable.
 *	  endpoint	a path of the API through which the stream's rows can be had.
 *	  parent	the stream that lists the values of the variables which the
 *				query leaves unbound.
 *	  setting	a variable that has one value where the query binds none: of
 *				an option, or of the API's own default.
 *	  source	where the stream's rows come from.  Most streams have one;
 *				others have some of their rows from further ones, for
 *				instance those that only a report has.
 *
 * All arrays end with an element that is zero.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/stream.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_H
#define PINTEREST_STREAM_H

/* The variable that says which ad account ids belong to. */
#define ACCOUNT_VARIABLE "ad_account_id"

/* See Stream.elements. */
#define ITEM_ITSELF ""

/* What a column's values are, and so the type it is imported with. */
typedef enum ColumnType
{
	TYPE_TEXT,					/* text; numbers and booleans keep their text */
	TYPE_BIGINT,				/* bigint; 12, "12" and 12.0 are all 12 */
	TYPE_DOUBLE,				/* double precision */
	TYPE_BOOLEAN,
	TYPE_TIME,					/* timestamptz; epoch seconds or ISO text, UTC
								 * where no zone is given */
	TYPE_DATE,					/* date; its first ten characters count */
	TYPE_TEXT_ARRAY,			/* text[] */
	TYPE_JSONB					/* jsonb */
} ColumnType;

/* Where a column's value comes from. */
typedef enum ColumnOrigin
{
	FROM_ITEM = 0,				/* a field of the item */
	FROM_METRIC,				/* a field of the item that has to be named in
								 * the stream's metrics parameter */
	FROM_REQUEST,				/* the variable of the column's name, or the
								 * day asked for where that is a date */
	FROM_WHOLE_ITEM,			/* the item itself */
	FROM_KEY,					/* the name of the member that the path's step
								 * "@" went into */
	FROM_ELEMENT,				/* with Stream.elements: a field of the
								 * element, or the element itself where field
								 * is NULL */
	FROM_HOUR					/* the hour that fields DATE and HOUR of the
								 * item tell, where granularity is HOUR */
} ColumnOrigin;

typedef struct Column
{
	const char *name;			/* SQL name */
	const char *field;			/* JSON field; a dot leads into a nested
								 * object; for FROM_METRIC the API's name of
								 * the metric; NULL where source says it all */
	ColumnType	type;
	const char *comment;
	ColumnOrigin origin;
	bool		may_be_null;	/* in the key, and null in some rows; what
								 * else is in the key each row has to tell */
	bool		standard;		/* FROM_METRIC: in the set metrics 'standard' */
	bool		additive;		/* FROM_METRIC: the value of a period is the
								 * sum of those of its days, exactly, and none
								 * where these have none */

	/*
	 * A query parameter, "name=value", without which the API leaves the field
	 * empty; sent when the column is wanted.  NULL: none.
	 */
	const char *param;

	/*
	 * FROM_METRIC: the metric may only be asked for where the variable
	 * when_variable has the value when_value.  NULL: always.
	 */
	const char *when_variable;
	const char *when_value;
} Column;

/* How several values of one parameter are written. */
typedef enum ListStyle
{
	LIST_SINGLE = 0,			/* one value a request */
	LIST_REPEATED,				/* name=a&name=b */
	LIST_COMMA					/* name=a,b */
} ListStyle;

/* Which clauses a filter serves. */
typedef enum FilterKind
{
	FILTER_VALUES = 0,			/* column = value, column IN (...) */
	FILTER_DATES				/* =, <, <=, >, >=, IN on a date */
} FilterKind;

/* Which values a filter can take, besides those that it lists. */
typedef enum FilterWords
{
	WORDS_DIGITS = 0,			/* ids: digits alone */
	WORDS_ANY					/* any text that is not empty */
} FilterWords;

/* Whether the API's response settles the clause. */
typedef enum FilterExactness
{
	FILTER_RECHECK = 0,			/* PostgreSQL checks each row again */
	FILTER_EXACT_IN_TOTAL		/* as above, but with granularity TOTAL, whose
								 * rows have no date, the API's word counts */
} FilterExactness;

typedef struct Filter
{
	const char *column;			/* the column, which is the variable's name */

	/*
	 * The query parameter, or the member of a report's body.  NULL: the
	 * variable stands in the path, or only narrows the parent.  For
	 * FILTER_DATES the parameter of the first day, NULL for start_date.
	 */
	const char *param;
	const char *last_param;		/* FILTER_DATES: of the last day; NULL:
								 * end_date, or none where param is given */
	FilterKind	kind;
	FilterWords words;
	FilterExactness exactness;
	ListStyle	style;
	int			batch;			/* values a request takes at most; 0 for
								 * LIST_SINGLE */
	bool		required;		/* the endpoint refuses a request without it:
								 * unbound values come from the parent; where
								 * that does not list them the query has to
								 * say them */
	int			exclusive;		/* 0: goes with all others.  Of an endpoint's
								 * filters that have another number in common,
								 * a request takes one: the first of them that
								 * the query binds */

	/*
	 * The values the API knows, NULL where any will do.  A clause with
	 * another value is left to PostgreSQL, or is an error where strict, or is
	 * sent all the same where open, as the API has more values with time.
	 */
	const char *const *values;
	bool		strict;
	bool		open;

	/*
	 * True: without a clause all of values are sent, because the API's own
	 * default would hide rows.
	 */
	bool		send_all;

	/* Further values, sent only where the query names them.  NULL: none. */
	const char *const *asked_values;

	/*
	 * A member of a report's body, true where rows are wanted of some values
	 * together: of GENDER_AND_COUNTRY, which is a value of its own then.
	 * NULL: there are no such rows.
	 */
	const char *joining;
} Filter;

typedef enum Paging
{
	PAGING_NONE = 0,
	PAGING_BOOKMARK,			/* page_size and bookmark */
	PAGING_BOOKMARK_ONLY		/* bookmark; the API decides how long a page
								 * is */
} Paging;

/* How an endpoint's rows are had. */
typedef enum Transport
{
	TRANSPORT_GET = 0,			/* GET, page by page */
	TRANSPORT_REPORT			/* a report: ordered by POST to path, asked
								 * for by GET until it is ready, downloaded */
} Transport;

/* A variable of the stream and the column of its parent that lists it. */
typedef struct ParentColumn
{
	const char *variable;		/* NULL: none, with value */
	const char *column;			/* column or JSON field of the parent */
	const char *value;			/* only the parent's rows that have this
								 * value; NULL: all */
	bool		own_only;		/* the parent lists the token's own alone,
								 * while the API takes others too */
	bool		may_be_null;	/* a row of the parent without a value leads
								 * to no request, instead of being an error */
} ParentColumn;

typedef struct Endpoint
{
	const char *path;			/* below the base URL, with {variables} */
	Transport	transport;

	/*
	 * Where the rows stand in the response: steps joined by dots, each a
	 * member's name; "[]" for the elements of an array; "*" for the members
	 * of an object or the elements of an array; "@" for the members of an
	 * object whose names are wanted (FROM_KEY), "@?" also for the elements of
	 * an array, which have none; as the last step "[?]" for the elements of
	 * an array, or the value itself where it is none.  "" is the response
	 * itself, "[]" a bare array, "items.[]" the usual page.
	 */
	const char *rows;
	const char *key_variable;	/* the variable whose value is the name of the
								 * member that "@" went into; of a report that
								 * may be a day as well.  NULL: none */

	/*
	 * Only rows whose field own_field has a value that the request names for
	 * the variable own_variable count.  NULL: all do.
	 */
	const char *own_field;
	const char *own_variable;
	Paging		paging;
	const char *params;			/* constant parameters "a=b&c=d", or NULL; for
								 * a report constant members of its body */
	const Filter *filters;

	/*
	 * An endpoint before the last is taken when the query binds this
	 * variable, to at most when_limit values (0: any number).  NULL: whenever
	 * it is reached.
	 */
	const char *when;
	int			when_limit;

	/*
	 * Has the same rows as the last endpoint, which lists them all page after
	 * page, but batch by batch, so that these can be read side by side: a
	 * request names some ids of this endpoint's parent, as ads can be asked
	 * for by some of their account's campaigns.  own_field sees to it that a
	 * row comes with one batch alone.  Taken only where option split_by of
	 * the table names that parent; never set for the last endpoint.
	 */
	bool		splits;
	bool		may_be_closed;	/* HTTP 401 with code 3, not open to this app,
								 * means that the next endpoint has to do */

	const char *order_column;	/* the column that parameter order sorts by;
								 * NULL: no order can be asked for */

	/* in place of the source's own; NULL: those of the source */
	const struct Stream *parent;
	const ParentColumn *parent_columns;
} Endpoint;

/*
 * A variable with a default: an option of table or server of the variable's
 * name, else initial, else what the API takes where it is not sent.
 */
typedef struct Setting
{
	Filter		filter;			/* column: the variable and the option; param:
								 * NULL where nothing is sent and only the
								 * sources differ; values: all there are, but
								 * see parent */
	const char *initial;		/* sent where nothing else says otherwise;
								 * NULL: the API's default counts */
	const char *fallback;		/* that default; it is sent only where the
								 * query reads the column */
	bool		beta;			/* not every app may send the parameter: the
								 * default is never sent */

	/*
	 * Another setting's value that goes with the default alone.  NULL: all go
	 * with all.
	 */
	const char *default_only_variable;
	const char *default_only_value;

	/*
	 * The stream that lists the values of a setting that decides whose rows
	 * are asked for: values is NULL then, and the parents of the setting's
	 * stream have the setting too and are asked alike.  NULL for all others.
	 */
	const struct Stream *parent;
	const ParentColumn *parent_columns;
} Setting;

/* How far dates may reach, by granularity. */
typedef struct DateLimit
{
	const char *granularity;	/* "" is the row for all others; it comes last */
	int			history_days;	/* start_date: at most this many days ago */
	int			span_days;		/* end_date: at most this many days past
								 * start_date */
	int			default_days;	/* asked for where neither query nor options
								 * name a first day; 0: 30 */
} DateLimit;

/* The parameter that names the metrics wanted. */
typedef struct MetricsParam
{
	const char *param;			/* comma-separated */
	const char *prefix;			/* where the values stand in the item, as in
								 * Column.field: "" or "metrics." */
	const char *second_prefix;	/* where a value is looked for, likewise, that
								 * an item lacks there; NULL: nowhere */
	const char *fallback;		/* asked for when the query wants no metric */
	const char *account;		/* the metric that tells which ad account a
								 * row is of; NULL: none */
} MetricsParam;

/* What the planner assumes before ANALYZE knows better. */
typedef struct Typical
{
	double		rows;			/* rows per combination of the parent's
								 * variables (and per day where dates count) */
	int			row_bytes;		/* of JSON, a row without metrics */
} Typical;

/*
 * Where rows of a stream come from.  Each source has endpoints, and a word on
 * the stream's columns where its rows differ from what these say; all else
 * that a further source does not say is as with the stream's first.
 */
typedef struct Source
{
	const Endpoint *endpoints;	/* in order of preference; the last serves any
								 * query */

	/*
	 * Those of the stream's columns that it has in another field, or asks for
	 * in another way: name, field and origin count.  NULL: none.
	 */
	const Column *columns;

	/*
	 * Column.field of those that it lacks, which are null in its rows.  NULL:
	 * none.
	 */
	const char *const *without_fields;

	const struct Stream *parent;
	const ParentColumn *parent_columns;
	const DateLimit *date_limits;
	const MetricsParam *metrics_param;

	/*
	 * The one granularity that it serves; NULL: any.  Of a stream without
	 * such a setting it is the period of the rows: "TOTAL" where they are of
	 * all days asked for, NULL for DAY.
	 */
	const char *granularity;
	Typical		typical;
} Source;

typedef struct Stream
{
	const char *name;			/* also the name of the imported table */
	const char *const *aliases; /* other products' names; NULL: none */
	const char *comment;
	const char *category;		/* rate limit category */
	const char *const *scopes;	/* scopes the token needs */
	const char *const *key;		/* columns that identify a row */
	const char *account_column; /* the column that option ad_account_id
								 * restricts; NULL: none */
	const Column *columns;
	const Column *metrics;		/* further columns, shared by several streams;
								 * those that columns names too do not count */
	const Column *report_metrics;	/* likewise, of reports alone */
	const char *const *without_metrics; /* API names of those among them that
										 * the stream lacks; or NULL */

	/*
	 * Paths (as Endpoint.rows) to the elements within an item that are the
	 * rows, NULL where the item itself is one.  They end with NULL.  Where
	 * the last is ITEM_ITSELF, the API has had two forms: an item without
	 * elements that tells element_id is the row itself.
	 */
	const char *const *elements;
	const char *element_id;		/* a field that every element tells; or NULL */

	/* fields that no column may show, credentials for instance; or NULL */
	const char *const *secret_fields;

	const Setting *settings;
	Source		source;			/* the first, and mostly the only one */
	const Source *further_sources;	/* NULL: none */
} Stream;

/*
 * Loops over these arrays, each of which may be NULL; over all streams, whose
 * variable is a const Stream *const *.
 */
#define foreach_filter(filter, filters) \
	for (const Filter *filter = (filters); filter && filter->column; filter++)
#define foreach_setting(setting, settings) \
	for (const Setting *setting = (settings); setting && setting->filter.column; setting++)
#define foreach_parent_column(link, parent_columns) \
	for (const ParentColumn *link = (parent_columns); link && link->column; link++)
#define foreach_endpoint(endpoint, endpoints) \
	for (const Endpoint *endpoint = (endpoints); endpoint && endpoint->path; endpoint++)
#define foreach_column(column, columns) \
	for (const Column *column = (columns); column && column->name; column++)
#define foreach_stream(stream) \
	for (const Stream *const *stream = streams; *stream; stream++)

/* All streams, in the order of import; the last element is NULL. */
extern const Stream *const streams[];

#endif							/* PINTEREST_STREAM_H */
