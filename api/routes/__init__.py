"""One module per resource, with short handlers."""
