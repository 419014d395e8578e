
--
-- Access tokens that renew themselves
--
-- All functions act on the caller's own user mapping.
--

CREATE FUNCTION pinterest_fdw.authorize_url(
	server name,
	redirect_uri text,
	scopes text[] DEFAULT NULL,
	state text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pinterest_fdw_authorize_url'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw.authorize_url(name, text, text[], text) IS
'The page where a person lets the app of the caller''s user mapping in; scopes default to all that the streams need, state to a random one';

CREATE FUNCTION pinterest_fdw.connect(server name, code text, redirect_uri text)
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_connect'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION pinterest_fdw.connect(name, text, text) IS
'Exchanges the code that Pinterest sent to the redirect URI for tokens, and stores them in the caller''s user mapping, creating it where PUBLIC''s names the app';

CREATE FUNCTION pinterest_fdw.renew_token(server name)
RETURNS timestamp with time zone
AS 'MODULE_PATHNAME', 'pinterest_fdw_renew_token'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION pinterest_fdw.renew_token(name) IS
'Renews the access token of the caller''s user mapping at once, and returns when the new one ends';

CREATE FUNCTION pinterest_fdw.disconnect(server name)
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_disconnect'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION pinterest_fdw.disconnect(name) IS
'Removes the tokens from the caller''s user mapping; drops the mapping where it has no app of its own';

CREATE FUNCTION pinterest_fdw_internal.token_states(
	OUT server name,
	OUT "user" name,
	OUT kind text,
	OUT access_token_expires_at timestamp with time zone,
	OUT refresh_token_expires_at timestamp with time zone,
	OUT last_renewal timestamp with time zone,
	OUT last_error_at timestamp with time zone,
	OUT last_error text,
	OUT granted_scope text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_tokens'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
ROWS 10;

COMMENT ON FUNCTION pinterest_fdw_internal.token_states() IS
'The rows of view pinterest_fdw.tokens';

CREATE VIEW pinterest_fdw.tokens AS
	SELECT server, "user", kind, access_token_expires_at, refresh_token_expires_at,
		last_renewal, last_error, last_error_at, granted_scope
	FROM pinterest_fdw_internal.token_states();

COMMENT ON VIEW pinterest_fdw.tokens IS
'State of the access tokens in the caller''s user mappings, or in all for superusers; times are null where they are not known';

GRANT SELECT ON pinterest_fdw.tokens TO PUBLIC;
