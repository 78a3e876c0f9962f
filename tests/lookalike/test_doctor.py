import subprocess
from importlib.metadata import version

import pytest

from lookalike.doctor import run_checks
from lookalike.errors import ServerProblem


class Server:
    """A server that tells its version and state to everybody, and refuses all other requests."""

    url = "http://127.0.0.1:8000/"

    def __init__(self, status, parts, notes):
        self.status, self._parts, self._notes = status, parts, notes

    def version(self):
        return version("lookalike")

    def parts_and_notes(self):
        return self._parts, self._notes

    def collections(self):
        raise ServerProblem(self.status, {"detail": "no"})


def checks(status=401, parts=None, notes=None):
    server = Server(status, parts or {}, notes or {})
    return {check.name: check for check in run_checks(server, None)}


@pytest.mark.parametrize("status", [401, 403])
def test_if_the_server_requires_a_key_the_key_is_at_fault_and_not_the_server(status):
    results = checks(status)
    assert results["server"].ok
    assert not results["API key"].ok
    assert "LOOKALIKE_KEY" in results["API key"].fix
    assert "--key" in results["API key"].fix


@pytest.fixture
def few_inodes(tmp_path):
    """A disk with hardly any inodes, but with free space."""
    mount = ["mount", "-t", "tmpfs", "-o", "nr_inodes=100,size=4g", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount a disk: needs root")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_without_inodes_is_told_apart_from_a_full_one(few_inodes):
    results = {check.name: check for check in run_checks(Server(401, {}, {}), few_inodes)}
    assert results["disk"].ok
    assert "delete files" in results["inodes"].fix


def test_for_a_store_that_cannot_be_used_no_process_is_at_fault():
    results = checks(parts={"store": "the store cannot be used: Read-only file system"})
    assert "write to its store" in results["store"].fix
    assert "running" not in results["store"].fix


def test_for_errors_within_the_server_its_logs_are_suggested():
    results = checks(500, {"milvus": "does not respond"})
    assert results["server"].ok
    for name in ("milvus", "requests"):
        assert "logs/" in results[name].fix


def test_a_part_that_works_but_may_lose_data_needs_a_fix():
    results = checks(parts={"redis": "ok", "cache": "ok"}, notes={"redis": "set `appendonly yes`"})
    assert results["redis"].fix == "set `appendonly yes`"
    assert results["cache"].ok
