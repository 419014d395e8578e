/*-------------------------------------------------------------------------
 *
 * clock.c
 *	  A clock for tests: preloaded, it puts the time of day as many seconds
 *	  ahead as CLOCK_DISTANCE says.
 *
 * All processes share the distance and the real clock, and so agree on what
 * time it is.  The monotonic clock, timers and the times of files are left
 * alone: what measures a duration goes on as it does.
 *
 * libfaketime up to 0.9.10 cannot serve here: it breaks the sleep of Python
 * (clock_nanosleep() until a time of the monotonic clock), and it looks at
 * files under a semaphore that a killed process keeps for ever.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int	(*real_clock_gettime) (clockid_t clock, struct timespec *now);
static long distance;

/* Before any signal handler could need it. */
__attribute__((constructor))
static void
set_clock(void)
{
	const char *seconds = getenv("CLOCK_DISTANCE");

	distance = seconds ? strtol(seconds, NULL, 10) : 0;
	*(void **) &real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int			result;

	/* another library's constructor may be earlier */
	if (real_clock_gettime == NULL)
		set_clock();
	result = real_clock_gettime(clock, now);
	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += distance;
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec time_of_day;
	int			result = clock_gettime(CLOCK_REALTIME, &time_of_day);

	(void) zone;				/* obsolete */
	if (result == 0)
	{
		now->tv_sec = time_of_day.tv_sec;
		now->tv_usec = time_of_day.tv_nsec / 1000;
	}
	return result;
}

time_t
time(time_t *now)
{
	struct timespec time_of_day;

	if (clock_gettime(CLOCK_REALTIME, &time_of_day) < 0)
		return -1;
	if (now)
		*now = time_of_day.tv_sec;
	return time_of_day.tv_sec;
}

int
timespec_get(struct timespec *now, int base)
{
	return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}
