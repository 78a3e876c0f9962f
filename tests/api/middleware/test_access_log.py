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
from api.middleware.access_log import THREAD, AccessLog, Asked, Nameless
from core.settings import Settings
from core.storage import Files, Keys, Pseudonyms, Role


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "api.access")

    def lines():
        for thread in threading.enumerate():
            if thread.name == THREAD:
                thread.join()
        return [one.fields for one in caplog.records if one.name == "api.access"]

    return lines


def test_each_request_has_a_line_with_its_status_time_and_key(tmp_path, told):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.get("/health/live")
        key, text = Keys(Files((tmp_path / "store").as_uri())).create("a", Role.READ)
        client.get("/v1/about?secret=1", headers={"Authorization": f"Bearer {text}"})
        client.put("/v1/about")
    first, second, third = told()
    assert (first["method"], first["path"], first["status"]) == ("GET", "/health/live", 200)
    assert second == {
        "method": "GET",
        "path": "/v1/about",
        "status": 200,
        "key": key.id,
        "ms": second["ms"],
    }
    assert 0 < second["ms"] < 5000
    assert (third["status"], third["key"]) == (401, "")


@pytest.mark.parametrize("user", ["ann@x.org", "ann/lee", "a/recommendations/b", "a\nb/c"])
def test_a_customer_is_named_by_a_pseudonym(tmp_path, told, user):
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        client.get(f"/v1/collections/shop/users/{quote(user, safe='')}/recommendations")
        client.delete(f"/v1/collections/shop/users/{quote(user, safe='')}")
    name = Pseudonyms(Files((tmp_path / "store").as_uri())).of(user)
    at = f"/v1/collections/shop/users/{name}"
    assert [one["path"] for one in told()] == [f"{at}/recommendations", at]


def test_no_line_is_lost_among_many_that_come_while_others_are_written(tmp_path, told):
    log = AccessLog(Nameless(str))
    for n in range(3):
        for m in range(100):
            log.add(Asked("GET", f"/{n}/{m}", 200, 0.001, "", ""))
        time.sleep(0.15)
    assert [one["path"] for one in told()] == [f"/{n}/{m}" for n in range(3) for m in range(100)]


def api(tmp_path, **settings):
    names = {f"LOOKALIKE_{name}": value for name, value in settings.items()}
    environment = os.environ | {"LOOKALIKE_DATA": str(tmp_path)} | names
    return subprocess.run(
        [sys.executable, "-m", "api"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_process_refuses_an_open_address_without_keys(tmp_path):
    ended = api(tmp_path, HOST="0.0.0.0")
    assert ended.returncode == 1
    assert "lookalike keys create" in ended.stderr


def test_a_wrong_setting_is_named_and_a_secret_one_not_shown(tmp_path):
    ended = api(tmp_path, PORTS__API="none", TLS_CA="/no/file")
    assert ended.returncode == 2
    assert "LOOKALIKE_PORTS__API=none" in ended.stderr
    assert "LOOKALIKE_TLS_CA" in ended.stderr


def test_what_the_server_itself_logs_is_json_too(tmp_path):
    taken = socket_on_free_port()
    ended = api(tmp_path, PORTS__API=str(taken.getsockname()[1]))
    taken.close()
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert any(line["logger"].startswith("uvicorn") for line in lines)
    assert any("address already in use" in line["message"] for line in lines)


def socket_on_free_port():
    import socket

    return socket.create_server(("127.0.0.1", 0))
