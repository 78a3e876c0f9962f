"""The HTTP API: validates requests, submits jobs, reads the store and the cache. Loads no model."""
