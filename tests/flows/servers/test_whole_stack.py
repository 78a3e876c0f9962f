"""The stack that `lookalike up` starts: every process ready, local, and restarted after a kill."""

import httpx2
import psutil
import pytest

from embedded.processes import FLOWER_USER, NAMES, flower_password
from embedded.stack import Stack
from tests.support.shop_client import PATIENCE_S, Shop, eventually

pytestmark = pytest.mark.stack


def test_all_processes_run_and_the_api_is_ready(stack: Stack) -> None:
    embedders = {f"worker-embed-{n}" for n in range(2, stack.settings.embed_processes + 1)}
    assert set(stack.pids()) == set(NAMES) | embedders
    eventually(lambda: httpx2.get(f"{stack.url}/health/ready").status_code == 200)


def test_no_process_can_be_reached_from_another_machine(stack: Stack) -> None:
    addresses = {
        connection.laddr.ip.removeprefix("::ffff:")
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def flower_client(stack: Stack, password: str | None = None) -> httpx2.Client:
    url = f"http://127.0.0.1:{stack.settings.ports.flower}"
    auth = (FLOWER_USER, password) if password else None
    return httpx2.Client(base_url=url, auth=auth, timeout=PATIENCE_S)


def test_flower_requires_its_password(stack: Stack) -> None:
    password = flower_password(stack.data).read_text()
    for attempt, status in ((None, 401), ("guess", 401), (password, 200)):
        with flower_client(stack, attempt) as flower:
            for path in ("/workers", "/metrics"):
                assert flower.get(path).status_code == status


def test_flower_cannot_be_used_to_start_a_task(stack: Stack) -> None:
    with flower_client(stack, flower_password(stack.data).read_text()) as flower:
        response = flower.post("/api/task/send-task/any", content=b"{}")
    assert response.status_code == 403


def test_flower_shows_the_collection_and_the_job_of_each_task(stack: Stack) -> None:
    with Shop(stack.url, "shown-in-flower") as shop:
        shop.create()
        job = shop.http.post(f"{shop.path}/verify").json()["id"]
        assert shop.wait_for_job(job)["state"] == "succeeded"
    with flower_client(stack, flower_password(stack.data).read_text()) as flower:

        def names() -> list[str]:
            tasks = flower.get("/api/tasks").json().values()
            return [task["name"] for task in tasks if job in (task["args"] or "")]

        eventually(lambda: names() == ["verify shown-in-flower"])


def test_requests_and_searches_have_priority_over_imports_and_training(stack: Stack) -> None:
    niceness = {name: psutil.Process(pid).nice() for name, pid in stack.pids().items()}
    assert niceness["worker-search"] == niceness["api"]
    for name in ("worker-embed", "worker-train"):
        assert niceness[name] - niceness["api"] == 10


@pytest.mark.parametrize("name", ["worker-search", "api", "flower", "redis"])
def test_a_killed_process_is_restarted(stack: Stack, name: str) -> None:
    before = stack.pids()[name]
    stack.kill(name)
    eventually(lambda: stack.pids().get(name) not in {None, before})
    stack.await_ready(name)
    stack.await_ready("api")
