/*-------------------------------------------------------------------------
 *
 * explain_wrap.c
 *		  Long properties of EXPLAIN, on lines that fit a terminal.
 *
 * As text, what does not fit goes on below the value's beginning.  All other
 * formats are read by programs, and have the property as it is.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/explain_wrap.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "scan/explain_wrap.h"

/* Columns of a line: psql puts a space before it. */
#define LINE_COLUMNS 99

/* However far to the right a value begins, a line has so much of it. */
#define LEAST_COLUMNS 40

/* How much of a text stays together: up to a parameter of a URL, or past a comma. */
static size_t
piece_length(const char *text)
{
	size_t		len = 1 + strcspn(text + 1, "?&,");

	if (text[len] == ',')
		len += text[len + 1] == ' ' ? 2 : 1;
	return len;
}

/* A text's pieces, palloc'd. */
static List *
pieces_of(const char *text)
{
	List	   *pieces = NIL;

	while (*text != '\0')
	{
		size_t		len = piece_length(text);

		pieces = lappend(pieces, pnstrdup(text, len));
		text += len;
	}
	return pieces;
}

/* The width of a piece at the end of a line, where no space follows. */
static int
piece_width(const char *piece)
{
	int			len = (int) strlen(piece);

	return piece[len - 1] == ' ' ? len - 1 : len;
}

/* Begins another line, in place of a space. */
static void
break_line(StringInfo text, int indent)
{
	if (text->data[text->len - 1] == ' ')
		text->data[--text->len] = '\0';
	appendStringInfo(text, "\n%*s", indent, "");
}

/* Writes pieces as one property, as text. */
static void
write_pieces(const char *label, const List *pieces, ExplainState *es)
{
	int			indent = 2 * es->indent + (int) strlen(label) + 2;
	int			end = Max(LINE_COLUMNS, indent + LEAST_COLUMNS);
	int			column = indent;
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, pieces)
	{
		const char *piece = lfirst(cell);

		if (column > indent && column + piece_width(piece) > end)
		{
			break_line(&text, indent);
			column = indent;
		}
		appendStringInfoString(&text, piece);
		column += (int) strlen(piece);
	}
	ExplainPropertyText(label, text.data, es);
}

/* One text, which is wrapped before a URL's parameters and after commas. */
void
explain_text(const char *label, const char *text, ExplainState *es)
{
	if (es->format == EXPLAIN_FORMAT_TEXT)
		write_pieces(label, pieces_of(text), es);
	else
		ExplainPropertyText(label, text, es);
}

/* A list of texts (char *), wrapped between these; nothing for an empty one. */
void
explain_list(const char *label, List *texts, ExplainState *es)
{
	List	   *pieces = NIL;
	ListCell   *cell;

	if (texts == NIL)
		return;
	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyList(label, texts, es);
		return;
	}
	foreach(cell, texts)
	{
		pieces = lappend(pieces, lnext(texts, cell) ? psprintf("%s, ", (char *) lfirst(cell)) : lfirst(cell));
	}
	write_pieces(label, pieces, es);
}
