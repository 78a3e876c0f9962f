from importlib.metadata import version

import pytest

from lookalike.doctor import examine
from lookalike.errors import ServerProblem


class Server:
    """One whose version anybody may ask, and that refuses what is asked for then."""

    url = "http://127.0.0.1:8000/"

    def __init__(self, status, parts):
        self.status, self._parts = status, parts

    def version(self):
        return version("lookalike")

    def parts(self):
        return self._parts

    def collections(self):
        raise ServerProblem(self.status, {"detail": "no"})


def found(status=401, parts=None):
    return {one.what: one for one in examine(Server(status, parts or {}), None)}


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_key_is_well_and_the_key_is_not(status):
    told = found(status)
    assert told["server"].well
    assert not told["key"].well
    assert "LOOKALIKE_KEY" in told["key"].mend
    assert "--key" in told["key"].mend


def test_what_is_wrong_within_the_server_is_found_in_its_logs():
    told = found(500, {"milvus": "does not answer"})
    assert told["server"].well
    for name in ("milvus", "answers"):
        assert "logs/" in told[name].mend
