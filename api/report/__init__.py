"""The training report as an HTML page: one template and its view helpers."""
