import pytest

from lookalike.client import Lookalike
from lookalike.errors import LocalProblem, NotReachable, ServerProblem
from tests.support.servers import free_port


@pytest.fixture
def no_server():
    with Lookalike(f"http://127.0.0.1:{free_port()}") as client:
        yield client


def test_without_a_server_the_error_says_how_to_start_one(no_server):
    with pytest.raises(NotReachable, match="lookalike up"):
        list(no_server.collections())


def test_a_proxy_from_the_environment_is_not_used_for_this_machine(monkeypatch):
    port = free_port()
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    with (
        Lookalike(f"http://127.0.0.1:{port}") as client,
        pytest.raises(NotReachable, match=str(port)),
    ):
        client.job("x")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "", "http://", "http://[::1"])
def test_an_invalid_url_is_refused(url):
    with pytest.raises(LocalProblem, match="not a valid URL"):
        Lookalike(url)


def test_a_missing_folder_or_file_is_reported_before_anything_is_sent(no_server, tmp_path):
    missing = tmp_path / "nowhere"
    for send in (no_server.import_folder, no_server.import_archive):
        with pytest.raises(LocalProblem, match="nowhere"):
            send(missing, "demo")
    with pytest.raises(LocalProblem, match="nowhere"):
        no_server.search("demo", missing)


def test_a_problem_keeps_the_fields_beyond_the_standard():
    body = {"type": "t", "title": "Payload too large", "status": 413, "detail": "too big",
            "code": "too-large", "limit_mb": 50}  # fmt: skip
    problem = ServerProblem(413, body)
    assert (str(problem), problem.code, problem.status) == ("too big", "too-large", 413)
    assert problem.extra == {"limit_mb": 50}
