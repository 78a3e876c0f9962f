"""The default address of the server."""

import os


def default_url() -> str:
    """Return the address at which `lookalike up` would listen in the same environment."""
    return f"http://127.0.0.1:{os.environ.get('LOOKALIKE_PORTS__API') or 8000}"
