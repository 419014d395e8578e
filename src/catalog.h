/*-------------------------------------------------------------------------
 *
 * catalog.h
 *		  The words in which a stream of Pinterest's API is described.
 *
 * A stream is what a foreign table shows: the rows of one kind that one or
 * more endpoints return.  Everything that is particular to a stream is data
 * in streams/ *.c; the planner, the requests, the import and the
 * documentation functions read these arrays and know no stream by name.
 *
 * Words used throughout:
 *
 *	  variable	a value that a request needs and that has a column's name: a
 *				{variable} of the path, a list of ids, or a value that a
 *				column of the table shows (FROM_REQUEST).
 *	  binding	the values that the query gives for a variable.
 *	  route		one endpoint through which the stream's rows can be had.
 *	  parent	the stream that lists the values of the variables which the
 *				query leaves unbound.
 *
 * All arrays end with an element whose name is NULL.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/catalog.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_CATALOG_H
#define PINTEREST_CATALOG_H

/* The variable that says which ad account ids belong to. */
#define ACCOUNT_VARIABLE "ad_account_id"

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
typedef enum ColumnSource
{
	FROM_ITEM = 0,				/* a field of the item */
	FROM_METRIC,				/* a field of the item that has to be named in
								 * the stream's metrics parameter */
	FROM_REQUEST,				/* the variable of the column's name */
	FROM_WHOLE_ITEM				/* the item itself */
} ColumnSource;

typedef struct Column
{
	const char *name;			/* SQL name */
	const char *field;			/* JSON field; a dot leads into a nested
								 * object; for FROM_METRIC the API's name of
								 * the metric; NULL where source says it all */
	ColumnType	type;
	const char *comment;
	ColumnSource source;
	bool		standard;		/* FROM_METRIC: in the set metrics 'standard' */

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
	FILTER_DATES				/* =, <, <=, >, >=, IN on a date: start_date
								 * and end_date */
} FilterKind;

/* Whether the API's answer settles the clause. */
typedef enum FilterMatch
{
	FILTER_RECHECK = 0,			/* PostgreSQL checks each row again */
	FILTER_EXACT_IN_TOTAL		/* as above, but with granularity TOTAL, whose
								 * rows have no date, the API's word counts */
} FilterMatch;

typedef struct Filter
{
	const char *column;			/* the column, which is the variable's name */
	const char *param;			/* the query parameter; NULL: the variable
								 * stands in the path, or only narrows the
								 * parent */
	FilterKind	kind;
	FilterMatch match;
	ListStyle	style;
	int			batch;			/* values a request takes at most; 0 for
								 * LIST_SINGLE */
	bool		required;		/* the endpoint refuses a request without it:
								 * unbound values come from the parent */
	int			exclusive;		/* of the filters with one number (not 0), a
								 * request takes only the first that is bound */

	/*
	 * The values the API knows, NULL where any will do.  A clause with
	 * another value is left to PostgreSQL.
	 */
	const char *const *values;

	/*
	 * True: without a clause all of values are sent, because the API's own
	 * default would hide rows.
	 */
	bool		send_all;
} Filter;

typedef enum Paging
{
	PAGING_NONE = 0,
	PAGING_BOOKMARK				/* page_size and bookmark */
} Paging;

typedef struct Route
{
	const char *path;			/* below the base URL, with {variables} */

	/*
	 * Where the rows stand in the answer: steps joined by dots, each a
	 * member's name, "[]" for the elements of an array, or "*" for the members
	 * of an object.  "" is the answer itself, "[]" a bare array, "items.[]"
	 * the usual page.
	 */
	const char *rows;
	Paging		paging;
	const char *params;			/* constant parameters "a=b&c=d", or NULL */
	const Filter *filters;

	/*
	 * For a route that looks rows up by a variable of its path: the route is
	 * taken when the query binds it to at most this many values (0: any
	 * number), and HTTP 404 means that there is no such row.
	 */
	int			lookup_limit;
	bool		lookup;

	const char *order_column;	/* the column that parameter order sorts by;
								 * NULL: no order can be asked for */
} Route;

/* A variable of the stream and the column of its parent that lists it. */
typedef struct ParentColumn
{
	const char *variable;
	const char *column;			/* column or JSON field of the parent */
} ParentColumn;

/*
 * A parameter whose value is an option of table or server, for instance the
 * attribution windows.
 */
typedef struct Setting
{
	const char *name;			/* option and parameter */
	const char *const *values;	/* values the API takes */
	const char *initial;		/* sent where no option says otherwise; NULL:
								 * not sent, the API's default counts */
} Setting;

/* How far dates may reach, by granularity. */
typedef struct DateLimit
{
	const char *granularity;	/* "" is the row for all others; it comes last */
	int			history_days;	/* start_date: at most this many days ago */
	int			span_days;		/* end_date: at most this many days past
								 * start_date */
} DateLimit;

/* The parameter that names the metrics wanted. */
typedef struct MetricsParam
{
	const char *param;			/* comma-separated */
	const char *prefix;			/* where the values stand in the item, as in
								 * Column.field: "" or "metrics." */
	const char *fallback;		/* asked for when the query wants no metric */
} MetricsParam;

/* What the planner assumes before ANALYZE knows better. */
typedef struct Typical
{
	double		rows;			/* rows per combination of the parent's
								 * variables (and per day where dates count) */
	int			row_bytes;		/* of JSON, a row without metrics */
} Typical;

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
	const Route *routes;		/* in order of preference; the last serves any
								 * query */
	const struct Stream *parent;
	const ParentColumn *parent_columns;
	const Setting *settings;
	const DateLimit *date_limits;
	const MetricsParam *metrics_param;
	Typical		typical;
} Stream;

/* All streams, in the order of import; the last element is NULL. */
extern const Stream *const streams[];

/* The shared lookups over these arrays: catalog.c. */
extern const Stream *find_stream(const char *name);
extern const Column *find_column(const Stream *stream, const char *name);
extern const Column *find_field(const Stream *stream, const char *field);
extern int	stream_column_count(const Stream *stream);
extern const Column *stream_column(const Stream *stream, int n);
extern const Filter *find_filter(const Stream *stream, const char *column);
extern const char *column_type_name(ColumnType type);

#endif							/* PINTEREST_CATALOG_H */
