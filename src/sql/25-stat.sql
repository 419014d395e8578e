
--
-- Statistics and progress
--
-- Both are kept in memory, by the database and by the server's start.  The
-- functions show what the caller may see, so that the views are for all.
--
CREATE FUNCTION pinterest_fdw_internal.get_stat(
	OUT server name,
	OUT "user" name,
	OUT category text,
	OUT requests bigint,
	OUT rows bigint,
	OUT bytes bigint,
	OUT retries bigint,
	OUT rate_limited bigint,
	OUT seconds_waited double precision,
	OUT last_error text,
	OUT last_error_at timestamp with time zone,
	OUT stats_since timestamp with time zone)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_get_stat'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
ROWS 10;

COMMENT ON FUNCTION pinterest_fdw_internal.get_stat() IS
'The rows of view stat';

CREATE VIEW pinterest_fdw.stat AS
	SELECT * FROM pinterest_fdw_internal.get_stat();

COMMENT ON VIEW pinterest_fdw.stat IS
'What was asked of the API since stats_since, by server, user of the mapping (public for PUBLIC) and rate limit category: answers refused with HTTP status 429, seconds waited for the rate limit, last error; one''s own mapping and PUBLIC ones, all for superusers and pg_read_all_stats';

GRANT SELECT ON pinterest_fdw.stat TO PUBLIC;

CREATE FUNCTION pinterest_fdw.stat_reset()
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_stat_reset'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw.stat_reset() IS
'Begins the statistics anew: of the caller''s own mappings, of all in the database for a superuser';

CREATE FUNCTION pinterest_fdw.limit_reset()
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_limit_reset'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw.limit_reset() IS
'Forgets which quotas are used up and what the API has asked to wait for: of the caller''s own mappings, of all in the database for a superuser';

CREATE FUNCTION pinterest_fdw.cache_reset()
RETURNS void
AS 'MODULE_PATHNAME', 'pinterest_fdw_cache_reset'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw.cache_reset() IS
'Forgets what this session keeps of responses, by server option cache_ttl';

CREATE FUNCTION pinterest_fdw.stat_is_shared()
RETURNS boolean
AS 'MODULE_PATHNAME', 'pinterest_fdw_stat_is_shared'
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION pinterest_fdw.stat_is_shared() IS
'Whether all sessions share quotas, statistics and progress: always in PostgreSQL 17 and later, before only with the library in shared_preload_libraries';

CREATE FUNCTION pinterest_fdw_internal.get_progress(
	OUT pid integer,
	OUT server name,
	OUT "table" regclass,
	OUT stream text,
	OUT phase text,
	OUT requests bigint,
	OUT requests_expected bigint,
	OUT rows bigint,
	OUT started_at timestamp with time zone,
	OUT seconds_waited double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_get_progress'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
ROWS 10;

COMMENT ON FUNCTION pinterest_fdw_internal.get_progress() IS
'The rows of view progress';

CREATE VIEW pinterest_fdw.progress AS
	SELECT * FROM pinterest_fdw_internal.get_progress();

COMMENT ON VIEW pinterest_fdw.progress IS
'Scans that are running in this database: requests sent and about how many there will be (null: not known), rows so far, seconds waited for the rate limit; one''s own, all for superusers and pg_read_all_stats';

GRANT SELECT ON pinterest_fdw.progress TO PUBLIC;
