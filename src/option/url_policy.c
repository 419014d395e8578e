/*-------------------------------------------------------------------------
 *
 * url_policy.c
 *		  Which URLs may be options.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/url_policy.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "option/option.h"
#include "option/url_policy.h"
#include "util/strings.h"

#define SANDBOX_BASE_URL "https://api-sandbox.pinterest.com/v5"

#define DIGITS "0123456789"
#define HEXDIGITS DIGITS "abcdefABCDEF"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* More digits than a port has are a trick. */
#define MAX_PORT_LENGTH ((ptrdiff_t) strlen(":65535"))

typedef struct UrlParts
{
	char	   *scheme;
	char	   *host;			/* with brackets, where there are some */
	char	   *path;			/* "" or what begins with a slash */
} UrlParts;

/* The length of the host that text begins with; 0: there is none. */
static size_t
host_length(const char *text)
{
	size_t		len;

	if (*text != '[')
		return strspn(text, LETTERS DIGITS "-.");
	len = 1 + strspn(text + 1, HEXDIGITS ":.");
	return len > 1 && text[len] == ']' ? len + 1 : 0;
}

/* The length of the :port that text begins with, which may be 0; -1: bad. */
static int
port_length(const char *text)
{
	const char *end;
	int64		port;

	if (*text != ':')
		return 0;
	port = leading_number(text + 1, &end);
	return port < 1 || port > 65535 || end - text > MAX_PORT_LENGTH ? -1 : (int) (end - text);
}

/*
 * Takes scheme://host:port/path apart.  All else that a URL may have (user
 * name, query, fragment, escapes) makes it return false: what PostgreSQL and
 * libcurl could read differently must not get past here.
 */
static bool
split_url(const char *url, UrlParts *parts)
{
	const char *separator = strstr(url, "://");
	const char *host;
	size_t		len;
	int			port;

	if (separator == NULL)
		return false;
	host = separator + strlen("://");
	len = host_length(host);
	port = port_length(host + len);
	if (len == 0 || port < 0)
		return false;
	parts->scheme = pnstrdup(url, separator - url);
	parts->host = pnstrdup(host, len);
	parts->path = pstrdup(host + len + port);
	return *parts->path == '\0' ||
		(*parts->path == '/' && parts->path[strspn(parts->path, LETTERS DIGITS "/-._~")] == '\0');
}

/* 127.0.0.0/8, ::1 and localhost. */
static bool
is_loopback(const char *host)
{
	struct in_addr address;

	if (inet_pton(AF_INET, host, &address) == 1)
		return (ntohl(address.s_addr) >> 24) == 127;
	return strcmp(host, "[::1]") == 0 || pg_strcasecmp(host, "localhost") == 0;
}

/* A URL without the slashes at its end, palloc'd. */
char *
url_without_last_slash(const char *url)
{
	size_t		len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return pnstrdup(url, len);
}

/*
 * What is wrong with the URL of an API, as a hint; NULL: nothing.
 */
const char *
base_url_problem(const char *url)
{
	UrlParts	parts;

	if (!split_url(url, &parts))
		return "Give a scheme, host, port and path alone, as in " PINTEREST_BASE_URL ".";
	if (strcmp(parts.scheme, "https") != 0 &&
		!(strcmp(parts.scheme, "http") == 0 && is_loopback(parts.host)))
		return "The URL must begin with https://; http:// is for loopback hosts alone.";
	return NULL;
}

/* Whether a base URL is one of Pinterest's two. */
bool
is_pinterest_url(const char *base_url)
{
	const char *url = url_without_last_slash(base_url);

	return strcmp(url, PINTEREST_BASE_URL) == 0 || strcmp(url, SANDBOX_BASE_URL) == 0;
}

/* Whether a base URL is the sandbox's, which has no reports. */
bool
is_sandbox_url(const char *base_url)
{
	const char *host = strstr(base_url, "://");

	return host != NULL && pg_strncasecmp(host + strlen("://"), "api-sandbox.", strlen("api-sandbox.")) == 0;
}

/*
 * Why nothing may be downloaded from a URL that the API at base_url named;
 * NULL: it may.  It is https, or loopback where the API itself is: else a
 * response could point at what only this host can reach.
 */
const char *
download_problem(const char *url, const char *base_url)
{
	UrlParts	parts;
	size_t		host_end = strcspn(url, ":");

	if (strncmp(url + host_end, "://", 3) == 0)
		host_end += 3 + strcspn(url + host_end + 3, "/?#");
	if (!split_url(pnstrdup(url, host_end), &parts))
		return "it is no URL";
	if (strcmp(parts.scheme, "https") == 0)
		return NULL;
	if (strcmp(parts.scheme, "http") == 0 && is_loopback(parts.host) &&
		strncmp(base_url, "http://", strlen("http://")) == 0)
		return NULL;
	return "it does not begin with https://";
}

/*
 * What is wrong with the URL of a proxy, as a hint; NULL: nothing.  Server
 * options can be read by all, so that a password is refused.
 */
const char *
proxy_problem(const char *url)
{
	UrlParts	parts;

	if (!split_url(url, &parts) ||
		strcmp(url_without_last_slash(parts.path), "") != 0 ||
		(strcmp(parts.scheme, "http") != 0 && strcmp(parts.scheme, "https") != 0 &&
		 strcmp(parts.scheme, "socks5") != 0 && strcmp(parts.scheme, "socks5h") != 0))
		return "Give scheme://host:port, the scheme being http, https, socks5 or socks5h.";
	return NULL;
}

/*
 * Why only an administrator may set the URL of the API to another one than
 * Pinterest's two, as a hint; NULL: it is one of these.
 *
 * Whoever chooses the host gets the tokens of all who use the server, and may
 * make the server call hosts that only it can reach.
 */
const char *
base_url_privilege(const char *value)
{
	if (is_pinterest_url(value))
		return NULL;
	return "Only superusers and members of pinterest_fdw.admin_role may set it to another URL than "
		PINTEREST_BASE_URL " and " SANDBOX_BASE_URL ".";
}
