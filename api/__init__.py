"""The front end: checks, records, dispatches, reads. Loads no model."""
