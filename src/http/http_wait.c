/*-------------------------------------------------------------------------
 *
 * http_wait.c
 *		  HTTP requests that run side by side: how one waits for them.
 *
 * libcurl is driven by curl_multi_socket_action(): it tells which sockets it
 * watches and when it wants to be called next, and we wait for that together
 * with the process latch, in a WaitEventSet.  So a cancel, a timeout or a
 * shutdown ends a wait at once, wherever the response hangs, and no timer or
 * signal of libcurl's is involved.
 *
 * Two limits end a transfer that gets nowhere.  The time to connect is
 * libcurl's matter, which knows when to try the next address; the time
 * without a byte is ours, since libcurl's CURLOPT_LOW_SPEED_TIME goes by an
 * average and is late by some seconds.  Two more end one that gets further for
 * ever, a few bytes at a time: they count bytes as they are sent, since not all
 * of them are handed on (interim responses, what compresses nothing), and the
 * time that we have waited here for the other side, which libcurl's
 * CURLOPT_TIMEOUT cannot tell from that of a receiver that is slow.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_wait.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"

#include "http/http_private.h"
#include "util/compat.h"

/*
 * A client that nobody has looked after for so long was not waited on: its
 * user was busy elsewhere.  That time must not count against the server.
 */
#define ABSENCE_US INT64CONST(1000000)

/*
 * How long the end of a response may take whose body is complete.  libcurl 7.88,
 * and all before 8.1, may not see it: where a frame of HTTP/2 ends just where its
 * buffer is full, the end of the stream is found with the next bytes of the
 * connection, and those may never come.
 */
#define END_GRACE_MS 100

/* ---------- time without a byte ---------- */

/*
 * A number that changes whenever a transfer gets further: when the connection
 * stands, and with every byte of header and body.
 */
static uint64
progress_mark(const HttpTransfer *transfer)
{
	long		header_bytes = 0;
	curl_off_t	connected_after = 0;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_HEADER_SIZE, &header_bytes);
	(void) curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_after);
	return (connected_after > 0) + header_bytes + http_bytes(transfer);
}

/* Whether a response of HTTP/2 is there but for the end of its stream. */
static bool
lacks_end_alone(const HttpTransfer *transfer)
{
	return transfer->took_last && transfer->version == HTTP_VERSION_2 &&
		(transfer->decoder == NULL || http_decoder_at_end(transfer->decoder));
}

/*
 * When a transfer is idle for too long.  While it connects, libcurl's own
 * limit comes first.
 */
static int64
idle_deadline(const HttpTransfer *transfer)
{
	const HttpOptions *options = &transfer->client->options;
	int64		limit_ms = options->idle_timeout_ms;

	if (transfer->paused)
		return HTTP_NEVER;
	if (lacks_end_alone(transfer))
		limit_ms = Min(limit_ms, END_GRACE_MS);
	else if (transfer->progress == 0)
		limit_ms += options->connect_timeout_ms;
	return transfer->active_at + limit_ms * 1000;
}

static void
finish_idle(HttpTransfer *transfer)
{
	double		seconds = transfer->client->options.idle_timeout_ms / 1000.0;
	uint64		bytes = http_bytes(transfer);

	if (lacks_end_alone(transfer))
	{
		http_finish(transfer, CURLE_OK);
		return;
	}
	if (bytes > 0)
		snprintf(transfer->error, sizeof(transfer->error),
				 "nothing received for %g s after " UINT64_FORMAT " bytes of the answer",
				 seconds, bytes);
	else
		snprintf(transfer->error, sizeof(transfer->error),
				 "no progress for %g s while %s", seconds,
				 transfer->progress == 0 ? "connecting" : "waiting for the answer");
	http_finish(transfer, CURLE_OPERATION_TIMEDOUT);
}

/* ---------- time and bytes in total ---------- */

/* When a transfer will have been waited for too long, if from now on it is. */
static int64
late_deadline(const HttpTransfer *transfer, int64 now)
{
	int64		limit_ms = transfer->client->options.total_timeout_ms;

	return limit_ms == 0 || transfer->paused ? HTTP_NEVER :
		now + limit_ms * 1000 - transfer->waited_us;
}

static void
finish_late(HttpTransfer *transfer)
{
	snprintf(transfer->error, sizeof(transfer->error),
			 "not complete after %g s and " UINT64_FORMAT " bytes of the answer",
			 transfer->client->options.total_timeout_ms / 1000.0, http_bytes(transfer));
	http_finish(transfer, CURLE_OPERATION_TIMEDOUT);
}

/* The header, which is counted with the body, has room beside the largest one. */
static bool
is_too_large(const HttpTransfer *transfer)
{
	uint64		most = transfer->client->options.max_bytes;

	return most > 0 && transfer->progress > most + HTTP_BUFFER_SIZE;
}

static void
finish_too_large(HttpTransfer *transfer)
{
	transfer->too_large = true;
	snprintf(transfer->error, sizeof(transfer->error), "more than " UINT64_FORMAT " bytes",
			 transfer->client->options.max_bytes);
	http_finish(transfer, CURLE_FILESIZE_EXCEEDED);
}

/* ---------- all limits ---------- */

/*
 * Notes which transfers got further, after a wait of so long, and ends those
 * that are beyond a limit.  libcurl must have had its chance to read what has
 * arrived.  Returns whether any got further.
 */
static bool
judge_transfers(HttpClient *client, int64 waited_us)
{
	bool		any = false;
	int64		now = http_now();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);
		uint64		mark = progress_mark(transfer);
		bool		progressed = mark != transfer->progress;

		if (progressed)
		{
			transfer->progress = mark;
			transfer->active_at = now;
			any = true;
		}
		if (transfer->outcome != HTTP_RUNNING)
			continue;
		if (!transfer->paused)
			transfer->waited_us += waited_us;
		if (is_too_large(transfer))
			finish_too_large(transfer);
		else if (late_deadline(transfer, now) <= now)
			finish_late(transfer);
		else if (!progressed && idle_deadline(transfer) <= now)
			finish_idle(transfer);
	}
	return any;
}

/*
 * After an absence all times begin anew.  That to connect needs a later limit:
 * libcurl checks it before it looks whether the connection stands.
 */
static void
forgive_absence(HttpClient *client)
{
	int64		now = http_now();
	dlist_iter	iter;

	if (now - client->attended_at < ABSENCE_US)
		return;
	dlist_foreach(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);
		long		age_ms = (long) ((now - transfer->started_at) / 1000);

		transfer->active_at = now;
		(void) curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS,
								age_ms + client->options.connect_timeout_ms);
	}
}

/* ---------- making progress ---------- */

/*
 * Lets libcurl work on its sockets; it finds out itself which are ready.
 * Meanwhile it may add some and remove some, in whose place the last one goes:
 * from the end to the start none is missed.
 */
static CURLMcode
serve_sockets(HttpClient *client)
{
	CURLMcode	code = CURLM_OK;
	int			running;

	for (int i = client->nsockets - 1; i >= 0 && code == CURLM_OK; i--)
		if (i < client->nsockets)
			code = curl_multi_socket_action(client->multi, client->sockets[i].fd,
											0, &running);
	return code;
}

/* Lets libcurl do what is due by its clock. */
static CURLMcode
serve_timers(HttpClient *client)
{
	int			running;

	return curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/*
 * When libcurl wants to be called without any event.  It is asked each time
 * rather than listened to, by CURLMOPT_TIMERFUNCTION: that tells a time only
 * once, so that one which is served a moment too early would be lost.  A
 * millisecond is added since libcurl, called just in time, may find that a part
 * of one is missing, and then does nothing: to try a host's next address, say.
 */
static int64
timer_end(const HttpClient *client)
{
	long		timeout_ms = -1;

	(void) curl_multi_timeout(client->multi, &timeout_ms);
	if (timeout_ms < 0)
		return HTTP_NEVER;
	return timeout_ms == 0 ? http_now() : http_now() + ((int64) timeout_ms + 1) * 1000;
}

/* Takes from libcurl the transfers that it has finished. */
static void
collect_finished(HttpClient *client)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL)
	{
		CURLcode	code = message->data.result;
		char	   *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		http_finish((HttpTransfer *) transfer, code);
	}
}

/* Ends the transfers of which a callback has found out that nothing will come. */
static void
finish_mixed_up(HttpClient *client)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		if (transfer->mixed_up && transfer->outcome == HTTP_RUNNING)
			http_finish(transfer, CURLE_RECV_ERROR);
	}
}

/*
 * One round: all that can be done now, then what came of it.  Returns whether any
 * transfer got further.
 *
 * Here libcurl may start a thread to look a host name up.  It inherits our
 * signal mask, and none of PostgreSQL's signal handlers may ever run in it, so
 * signals are blocked.  libcurl never sleeps here.  began is when the caller
 * began to wait.
 */
static bool
step(HttpClient *client, int64 began)
{
	sigset_t	all;
	sigset_t	before;
	CURLMcode	code;
	bool		progressed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = serve_timers(client);
	if (code == CURLM_OK)
		code = serve_sockets(client);
	if (code == CURLM_OK)
		code = http_end_sharing(client);
	client->rounds++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	collect_finished(client);
	finish_mixed_up(client);
	progressed = judge_transfers(client, http_now() - began);
	client->attended_at = http_now();
	if (code != CURLM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not continue HTTP requests: %s",
						curl_multi_strerror(code))));
	CHECK_FOR_INTERRUPTS();
	return progressed;
}

/*
 * Milliseconds until there is something to do without any event, at most
 * timeout_ms; -1 is forever.
 */
static long
time_to_sleep(HttpClient *client, long timeout_ms)
{
	int64		until = timer_end(client);
	int64		now = http_now();
	long		left_ms;
	dlist_iter	iter;

	dlist_foreach(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		if (transfer->outcome == HTTP_RUNNING)
			until = Min(until, Min(idle_deadline(transfer), late_deadline(transfer, now)));
		else if (!transfer->fetched)
			return 0;
	}
	if (until == HTTP_NEVER)
		return timeout_ms;
	left_ms = (long) ((Max(until - now, 0) + 999) / 1000);
	return timeout_ms < 0 ? left_ms : Min(left_ms, timeout_ms);
}

static int
count_sockets(HttpClient *const *clients, int count)
{
	int			sockets = 0;

	for (int i = 0; i < count; i++)
		sockets += clients[i]->nsockets;
	return sockets;
}

static void
add_sockets(WaitEventSet *set, const HttpClient *client)
{
	for (int i = 0; i < client->nsockets; i++)
		AddWaitEventToSet(set, client->sockets[i].events, client->sockets[i].fd, NULL, NULL);
}

/*
 * Sleeps until a socket of one of the clients is ready, the latch is set or the
 * time is over.  The set lives for one wait only: the sockets change all the time,
 * and making it is microseconds.  Before PostgreSQL 17 only we can close it.
 */
static bool
sleep_for_events(HttpClient *const *clients, int count, long timeout_ms, uint32 wait_event)
{
	WaitEventSet *set = compat_create_wait_event_set(count_sockets(clients, count) + 2);
	HttpWaits  *waits = &clients[0]->waits;
	int64		began = http_now();
	WaitEvent	occurred;
	volatile int events = 0;

	PG_TRY();
	{
		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		if (IsUnderPostmaster)
			AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
		for (int i = 0; i < count; i++)
			add_sockets(set, clients[i]);
		events = WaitEventSetWait(set, timeout_ms, &occurred, 1, wait_event);
	}
	PG_FINALLY();
	{
		FreeWaitEventSet(set);
	}
	PG_END_TRY();
	waits->waits++;
	if (events == 0)
	{
		waits->idle++;
		waits->idle_ms += (int) ((http_now() - began) / 1000);
	}
	return events > 0;
}

/*
 * Does what can be done without waiting.  Raises ERRCODE_FDW_ERROR if libcurl
 * cannot go on, out of memory for instance, and what interrupts raise.
 */
void
http_pump(HttpClient *client)
{
	forgive_absence(client);
	(void) step(client, http_now());
}

/*
 * Waits once, for at most timeout_ms (-1: no limit), for any of count clients, and
 * does what can be done then for all of them.  Returns early for any reason, the
 * process latch included, which is reset: callers loop.  Returns at once while
 * there are transfers for http_next_finished().  Without a transfer to wait for it
 * is a sleep that can be interrupted.  wait_event is what pg_stat_activity shows,
 * from compat_wait_event().  The first client counts the waits.  Raises what
 * http_pump() does, and an error if no file descriptor is left.
 */
void
http_wait_for_any(HttpClient *const *clients, int count, long timeout_ms, uint32 wait_event)
{
	int64		began = http_now();
	long		sleep_ms = timeout_ms;
	bool		woken = true;
	bool		progressed = false;

	for (int i = 0; i < count; i++)
	{
		forgive_absence(clients[i]);
		sleep_ms = time_to_sleep(clients[i], sleep_ms);
	}
	if (sleep_ms != 0)
		woken = sleep_for_events(clients, count, sleep_ms, wait_event);
	ResetLatch(MyLatch);
	for (int i = 0; i < count; i++)
		progressed |= step(clients[i], began);
	if (progressed && !woken)
		clients[0]->waits.missed++;
}

/*
 * Begins a wait for any of count clients that the caller does itself, together with
 * other things: until the descriptor that is returned can be read from, which is
 * after timeout_ms (-1: no limit) at the latest.  anew: after an earlier one; else
 * clients are added to a wait that has begun.  Returns -1 where there is no
 * descriptor, for want of room in this process for instance.
 */
int
http_begin_wait(HttpDescriptor *descriptor, HttpClient *const *clients, int count,
				long timeout_ms, bool anew)
{
	for (int i = 0; i < count; i++)
	{
		if (!http_join_descriptor(clients[i], descriptor))
			return -1;
		forgive_absence(clients[i]);
		clients[i]->attended_at = http_now();
		timeout_ms = time_to_sleep(clients[i], timeout_ms);
	}
	if (anew)
		descriptor->began = http_now();
	http_set_due(descriptor, timeout_ms < 0 ? HTTP_NEVER : http_now() + (int64) timeout_ms * 1000, anew);
	return descriptor->epoll;
}

/*
 * Ends such a wait, which has lasted until now, and does what can be done then for
 * all of the clients.  Raises what http_pump() does.
 */
void
http_end_wait(HttpDescriptor *descriptor, HttpClient *const *clients, int count)
{
	clients[0]->waits.waits++;
	for (int i = 0; i < count; i++)
		(void) step(clients[i], descriptor->began);
}

/* As http_wait_for_any(), for a single client. */
void
http_wait(HttpClient *client, long timeout_ms, uint32 wait_event)
{
	http_wait_for_any(&client, 1, timeout_ms, wait_event);
}

/* How the client has waited since the last call. */
HttpWaits
http_waits(HttpClient *client)
{
	HttpWaits	waits = client->waits;

	memset(&client->waits, 0, sizeof(HttpWaits));
	return waits;
}

/*
 * The next transfer that has finished and was not returned before, in the order
 * in which they finished; NULL if there is none.  The caller releases it.
 */
HttpTransfer *
http_next_finished(HttpClient *client)
{
	dlist_iter	iter;

	dlist_foreach(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		if (transfer->outcome != HTTP_RUNNING && !transfer->fetched)
		{
			transfer->fetched = true;
			return transfer;
		}
	}
	return NULL;
}

/*
 * Lets a transfer go on that its receiver has paused; does nothing to others.
 * The receiver may be called from within, and may pause it again.  Bytes that
 * were not taken are offered again, perhaps in other portions.
 */
void
http_resume(HttpTransfer *transfer)
{
	CURLcode	code;

	if (transfer->outcome != HTTP_RUNNING || !transfer->paused)
		return;
	transfer->paused = false;
	transfer->active_at = http_now();
	code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);

	/*
	 * If the receiver gave up just now, libcurl says so here and nowhere
	 * else: it would go on without the bytes.
	 */
	if (code != CURLE_OK)
		http_finish(transfer, code);
}
