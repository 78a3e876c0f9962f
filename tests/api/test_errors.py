"""What the log says about errors."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import errors
from core.errors import Unavailable


def test_the_cause_of_unavailability_is_logged_once_in_ten_seconds(monkeypatch, caplog):
    def fail():
        raise Unavailable("no answer") from TimeoutError("from cache:6379")

    app = FastAPI()
    app.get("/fail")(fail)
    errors.install(app)
    client = TestClient(app)
    for second in (20, 25, 29.9, 30):
        monkeypatch.setattr(errors, "monotonic", lambda second=second: second)
        assert client.get("/fail").status_code == 503
    assert caplog.messages == ["no answer: TimeoutError: from cache:6379"] * 2
