from importlib.metadata import version

import pytest

from lookalike.doctor import run_checks
from lookalike.errors import ServerProblem


class Server:
    """A server that tells its version and state to everybody, and refuses all other requests."""

    url = "http://127.0.0.1:8000/"

    def __init__(self, status, parts):
        self.status, self._parts = status, parts

    def version(self):
        return version("lookalike")

    def parts(self):
        return self._parts

    def collections(self):
        raise ServerProblem(self.status, {"detail": "no"})


def checks(status=401, parts=None):
    return {check.name: check for check in run_checks(Server(status, parts or {}), None)}


@pytest.mark.parametrize("status", [401, 403])
def test_if_the_server_requires_a_key_the_key_is_at_fault_and_not_the_server(status):
    results = checks(status)
    assert results["server"].ok
    assert not results["API key"].ok
    assert "LOOKALIKE_KEY" in results["API key"].fix
    assert "--key" in results["API key"].fix


def test_for_errors_within_the_server_its_logs_are_suggested():
    results = checks(500, {"milvus": "does not respond"})
    assert results["server"].ok
    for name in ("milvus", "requests"):
        assert "logs/" in results[name].fix
