"""The Python client and the `lookalike` command; both speak HTTP only."""
