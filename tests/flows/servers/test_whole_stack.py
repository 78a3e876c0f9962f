"""The whole stack as `lookalike up` starts it: every part ready, local, and back after a kill."""

import base64
import time
import urllib.error
import urllib.request

import psutil
import pytest

from embedded.processes import NAMES, flower_password
from embedded.stack import Stack

pytestmark = pytest.mark.stack


def status(url: str, user: str = "", password: str = "") -> int:
    request = urllib.request.Request(url)
    if user:
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        exc.close()
        return exc.code


def test_every_part_runs_and_the_front_end_is_ready(stack: Stack) -> None:
    more = {f"worker-embed-{n}" for n in range(2, stack.settings.embed_processes + 1)}
    assert set(stack.pids()) == set(NAMES) | more
    assert status(f"{stack.url}/health/ready") == 200


def test_no_part_can_be_reached_from_another_machine(stack: Stack) -> None:
    listening = {
        connection.laddr.ip.removeprefix("::ffff:")
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_flower_is_for_those_who_have_the_password(stack: Stack) -> None:
    page = f"http://127.0.0.1:{stack.settings.ports.flower}/workers"
    password = flower_password(stack.data).read_text()
    assert status(page) == 401
    assert status(page, "lookalike", "guess") == 401
    assert status(page, "lookalike", password) == 200


def test_flower_cannot_be_used_to_start_a_task(stack: Stack) -> None:
    page = f"http://127.0.0.1:{stack.settings.ports.flower}/api/task/send-task/any"
    request = urllib.request.Request(page, data=b"{}", method="POST")
    password = flower_password(stack.data).read_text()
    secret = base64.b64encode(f"lookalike:{password}".encode()).decode()
    request.add_header("Authorization", f"Basic {secret}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()
    assert refused.value.code == 403


def test_ingests_give_way_to_searches(stack: Stack) -> None:
    niceness = {name: psutil.Process(pid).nice() for name, pid in stack.pids().items()}
    assert niceness["worker-embed"] - niceness["worker-search"] == 10


@pytest.mark.parametrize("name", ["worker-search", "api", "flower", "redis"])
def test_a_killed_part_comes_back_by_itself(stack: Stack, name: str) -> None:
    before = stack.pids()[name]
    stack.kill(name)
    deadline = time.monotonic() + 30
    while stack.pids().get(name) in {None, before} and time.monotonic() < deadline:
        time.sleep(0.1)
    stack.await_ready(name)
    stack.await_ready("api")
    assert stack.pids()[name] != before
