/*-------------------------------------------------------------------------
 *
 * url_policy.h
 *		  Which URLs may be options.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/url_policy.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_URL_POLICY_H
#define PINTEREST_URL_POLICY_H

extern const char *base_url_problem(const char *url);
extern bool is_pinterest_url(const char *base_url);
extern bool is_sandbox_url(const char *base_url);
extern const char *download_problem(const char *url, const char *base_url);
extern const char *proxy_problem(const char *url);
extern const char *base_url_privilege(const char *value);
extern char *url_without_last_slash(const char *url);

#endif							/* PINTEREST_URL_POLICY_H */
