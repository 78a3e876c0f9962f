"""The default address of the server."""

import os


def default_url() -> str:
    """Return the address that `lookalike up` would serve at in the same environment."""
    return f"http://127.0.0.1:{os.environ.get('LOOKALIKE_PORTS__API') or 8000}"
