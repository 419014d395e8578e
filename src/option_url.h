/*-------------------------------------------------------------------------
 *
 * option_url.h
 *		  Which URLs may be options.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option_url.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OPTION_URL_H
#define PINTEREST_OPTION_URL_H

extern const char *base_url_problem(const char *url);
extern bool is_pinterest_url(const char *base_url);
extern bool is_sandbox_url(const char *base_url);
extern const char *download_problem(const char *url, const char *base_url);
extern const char *proxy_problem(const char *url);
extern const char *base_url_privilege(const char *value);
extern char *url_without_last_slash(const char *url);

#endif							/* PINTEREST_OPTION_URL_H */
