/*-------------------------------------------------------------------------
 *
 * history_rules.c
 *		  What scans go by, for the functions that keep histories.
 *
 * Which days a period has, how far the API reaches back, what options mean:
 * a history has to see these as the scans that fill it do.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history_rules.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "level.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_period_start);
PG_FUNCTION_INFO_V1(pinterest_fdw_next_period);
PG_FUNCTION_INFO_V1(pinterest_fdw_period_days);

/* ---------- periods ---------- */

/* The first day of the period of a granularity that a day lies in. */
Datum
pinterest_fdw_period_start(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(1));

	PG_RETURN_DATEADT(period_start(granularity, day));
}

/* The first day of the period after it. */
Datum
pinterest_fdw_next_period(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(1));

	PG_RETURN_DATEADT(next_period(granularity, day));
}

/* The first days of the periods from one to another; none without an end. */
Datum
pinterest_fdw_period_days(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DateADT		first = PG_GETARG_DATEADT(0);
	DateADT		last = PG_GETARG_DATEADT(1);
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(2));
	bool		isnull = false;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (DATE_NOT_FINITE(first) || DATE_NOT_FINITE(last))
		return (Datum) 0;
	for (DateADT day = first; day <= last; day = next_period(granularity, day))
	{
		Datum		value = DateADTGetDatum(day);

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}
