/*-------------------------------------------------------------------------
 *
 * iso_time.c
 *		  Days and times in UTC, as ISO 8601 writes them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/iso_time.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "miscadmin.h"
#include "utils/datetime.h"

#include "util/iso_time.h"

/* Today as Pinterest counts days, whatever the session's TimeZone. */
DateADT
utc_today(void)
{
	TimestampTz now = GetCurrentTimestamp();

	return (DateADT) (now / USECS_PER_DAY - (now % USECS_PER_DAY < 0 ? 1 : 0));
}

/* A day as YYYY-MM-DD, palloc'd. */
char *
date_text(DateADT date)
{
	struct pg_tm tm = {0};
	char	   *text = palloc(MAXDATELEN + 1);

	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return text;
}

/* Two or four digits at *text, which moves past them; -1: there are none. */
static int
digits(const char **text, int count)
{
	int			result = 0;

	while (count-- > 0)
	{
		if (!isdigit((unsigned char) **text))
			return -1;
		result = result * 10 + *(*text)++ - '0';
	}
	return result;
}

/*
 * Reads the day, YYYY-MM-DD, that a text begins with; *rest is what follows it.
 * Returns false, and sets neither, where the text begins with none.
 */
bool
parse_date(const char *text, const char **rest, DateADT *result)
{
	int			year = digits(&text, 4);
	int			month = *text == '-' ? (text++, digits(&text, 2)) : -1;
	int			day = *text == '-' ? (text++, digits(&text, 2)) : -1;

	if (year <= 0 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		return false;
	*result = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	*rest = text;
	return true;
}

/* Z, +hh:mm, -hhmm or nothing (UTC), as microseconds east of UTC. */
static bool
parse_zone(const char *text, int64 *offset)
{
	int			sign = *text == '-' ? -1 : 1;
	int			hours;
	int			minutes = 0;

	*offset = 0;
	if (*text == '\0' || strcmp(text, "Z") == 0)
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	hours = digits(&text, 2);
	if (*text == ':')
		text++;
	if (*text != '\0')
		minutes = digits(&text, 2);
	*offset = sign * (hours * USECS_PER_HOUR + minutes * USECS_PER_MINUTE);
	return hours >= 0 && hours <= MAX_TZDISP_HOUR && minutes >= 0 && minutes < MINS_PER_HOUR && *text == '\0';
}

/*
 * Reads a time as ISO 8601 writes it: a day, which is its first moment, or a day
 * and a time of day, with or without seconds, fraction and zone, UTC if there is
 * none.  Returns false, and leaves no meaning in *result, where text is none.
 */
bool
parse_iso_time(const char *text, TimestampTz *result)
{
	DateADT		date;
	int			hour;
	int			minute;
	int			second;
	int64		fraction = 0;
	int64		unit = USECS_PER_SEC / 10;
	int64		zone;

	if (!parse_date(text, &text, &date))
		return false;
	*result = (TimestampTz) date * USECS_PER_DAY;
	if (*text == '\0')
		return true;
	if (*text != 'T' && *text != ' ')
		return false;
	text++;
	hour = digits(&text, 2);
	minute = *text == ':' ? (text++, digits(&text, 2)) : -1;
	second = *text == ':' ? (text++, digits(&text, 2)) : 0;
	if (hour < 0 || hour > HOURS_PER_DAY || minute < 0 || minute > 59 ||
		second < 0 || second > 60)
		return false;
	if (*text == '.')
		for (text++; isdigit((unsigned char) *text); text++, unit /= 10)
			fraction += (*text - '0') * unit;
	if (hour == HOURS_PER_DAY && (minute > 0 || second > 0 || fraction > 0))
		return false;
	if (!parse_zone(text, &zone))
		return false;
	*result += hour * USECS_PER_HOUR + minute * USECS_PER_MINUTE +
		second * USECS_PER_SEC + fraction - zone;
	return true;
}

/*
 * Reads a time as this extension writes it, YYYY-MM-DDThh:mm:ssZ with or
 * without microseconds; false where text is no such time.
 */
bool
parse_utc_time(const char *text, TimestampTz *result)
{
	size_t		len = strlen(text);

	return (len == strlen("YYYY-MM-DDThh:mm:ssZ") ||
			len == strlen("YYYY-MM-DDThh:mm:ss.uuuuuuZ")) &&
		text[10] == 'T' && strncmp(text + 11, "24", 2) != 0 &&
		text[16] == ':' && strncmp(text + 17, "60", 2) != 0 &&
		text[len - 1] == 'Z' && parse_iso_time(text, result);
}
