"""The officer's desk: a local page and an HTTP API in one process. Needs the extra `web`."""
