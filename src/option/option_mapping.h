/*-------------------------------------------------------------------------
 *
 * option_mapping.h
 *		  Which options of a user mapping go together.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/option_mapping.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OPTION_MAPPING_H
#define PINTEREST_OPTION_MAPPING_H

#include "nodes/pg_list.h"

/* Grants of OAuth, of which option grant names the first two. */
#define GRANT_AUTHORIZATION_CODE "authorization_code"
#define GRANT_CLIENT_CREDENTIALS "client_credentials"
#define GRANT_REFRESH_TOKEN "refresh_token"

extern const char *const mapping_grants[];

extern void check_mapping(const List *options);

#endif							/* PINTEREST_OPTION_MAPPING_H */
