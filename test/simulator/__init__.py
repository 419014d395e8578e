"""A strict local simulator of the read side of Pinterest's API v5."""
