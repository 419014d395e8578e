
--
-- Diagnosis
--
CREATE FUNCTION pinterest_fdw.check(
	server name,
	OUT subject text,
	OUT status text,
	OUT detail text,
	OUT hint text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pinterest_fdw_check'
LANGUAGE C VOLATILE PARALLEL UNSAFE
ROWS 25;

COMMENT ON FUNCTION pinterest_fdw.check(name) IS
'What a server and the caller''s user mapping need to work, and whether they have it; status is ok, warning, error or unknown. Sends a few requests to the API';
