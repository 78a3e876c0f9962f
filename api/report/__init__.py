"""The training report as an HTML page: a template and its filters."""
