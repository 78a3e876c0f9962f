import json
import logging
import os
import subprocess
import sys
import threading
import time
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.middleware.access_log import THREAD, AccessLog, RequestRecord
from core.errors import Unavailable
from core.settings import Settings
from core.storage import Keys, Pseudonyms, Role, open_backend
from tests.support.servers import free_port


def wait_for_flush():
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join()


@pytest.fixture
def read_log(caplog):
    """Return the fields of the lines that have been logged."""
    wait_for_flush()  # of requests of earlier tests
    caplog.set_level(logging.INFO, "api.access")

    def lines():
        wait_for_flush()
        return [record.fields for record in caplog.records if record.name == "api.access"]

    return lines


def test_each_request_is_logged_with_its_status_duration_and_key(tmp_path, read_log):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.get("/health/live")
        key, text = Keys(open_backend((tmp_path / "store").as_uri())).create("a", Role.READ)
        client.get("/v1/about?secret=1", headers={"Authorization": f"Bearer {text}"})
        client.put("/v1/about")
    first, second, third = read_log()
    assert (first["method"], first["path"], first["status"]) == ("GET", "/health/live", 200)
    assert second == {
        "method": "GET",
        "path": "/v1/about",
        "status": 422,
        "key": key.id,
        "ms": second["ms"],
    }
    assert second["ms"] > 0
    assert (third["status"], third["key"]) == (401, "")


@pytest.mark.parametrize("user", ["ann@x.org", "ann/lee", "a/recommendations/b", "a\nb/c"])
def test_users_are_logged_by_pseudonym(tmp_path, read_log, user):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.get(f"/v1/collections/shop/users/{quote(user, safe='')}/recommendations")
        client.get(f"/v1/collections/shop/users/{quote(user, safe='')}/orders")
        client.delete(f"/v1/collections/shop/users/{quote(user, safe='')}")
    name = Pseudonyms(open_backend((tmp_path / "store").as_uri())).pseudonym_of(user)
    path = f"/v1/collections/shop/users/{name}"
    assert [line["path"] for line in read_log()] == [
        f"{path}/recommendations", f"{path}/orders", path,
    ]  # fmt: skip


def test_lines_leave_users_out_while_the_store_cannot_make_pseudonyms(read_log):
    def fail(_):
        raise Unavailable("the store is read-only")

    path = "/v1/collections/shop/users/ann/recommendations"
    AccessLog(fail).add(RequestRecord("GET", path, 200, 0.001, "", "1"))
    assert [line["path"] for line in read_log()] == [path.replace("ann", "?")]


def test_no_line_is_lost_when_lines_are_added_during_a_flush(read_log):
    log = AccessLog(str)
    for n in range(3):
        for m in range(100):
            log.add(RequestRecord("GET", f"/{n}/{m}", 200, 0.001, "", ""))
        time.sleep(0.15)
    expected = [f"/{n}/{m}" for n in range(3) for m in range(100)]
    assert [line["path"] for line in read_log()] == expected


def test_a_slow_flush_does_not_let_later_lines_overtake(read_log):
    started, never = threading.Event(), threading.Event()

    def anonymize(path):
        if path == "/1":
            started.set()
            never.wait(0.6)  # longer than until the next flush
        return path

    log = AccessLog(anonymize)
    log.add(RequestRecord("GET", "/1", 200, 0.001, "", ""))
    started.wait()
    log.add(RequestRecord("GET", "/2", 200, 0.001, "", ""))
    assert [line["path"] for line in read_log()] == ["/1", "/2"]


def test_log_lines_of_uvicorn_are_json_too(tmp_path):
    variables = {"LOOKALIKE_DATA": str(tmp_path), "LOOKALIKE_PORTS__API": str(free_port())}
    command = [sys.executable, "-m", "api"]
    with subprocess.Popen(
        command, env=os.environ | variables, stderr=subprocess.PIPE, text=True
    ) as process:
        lines = [next(line for line in process.stderr if "Application startup" in line)]
        process.terminate()
        lines += process.stderr
    assert {json.loads(line)["logger"].partition(".")[0] for line in lines} >= {"uvicorn"}
