/*-------------------------------------------------------------------------
 *
 * report.h
 *		  Reports: what is ordered, and what the API says of the order.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/report.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REPORT_H
#define PINTEREST_REPORT_H

#include "plan/stream_plan.h"

/* What the API says of a report. */
typedef enum ReportStatus
{
	REPORT_IN_PROGRESS,
	REPORT_FINISHED,
	REPORT_LOST					/* failed or expired: it has to be ordered anew */
} ReportStatus;

typedef struct ReportAnswer
{
	ReportStatus status;
	const char *word;			/* the API's own for it */
	char	   *token;			/* NULL: none */
	char	   *url;			/* NULL: none */
} ReportAnswer;

extern char *report_order(const Level *level, const Ask *ask, bool is_template);
extern char *report_status_url(const Level *level, const Ask *ask,
							   const char *token);
extern ReportAnswer report_read_answer(const char *data, size_t len);
extern long report_pause_ms(int polls);

#endif							/* PINTEREST_REPORT_H */
