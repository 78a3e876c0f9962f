import pytest

from lookalike.client import Lookalike
from lookalike.errors import LocalProblem, NotReachable, ServerProblem
from tests.support.servers import free_port


@pytest.fixture
def nobody():
    with Lookalike(f"http://127.0.0.1:{free_port()}") as client:
        yield client


def test_where_no_server_answers_the_error_says_how_to_start_one(nobody):
    with pytest.raises(NotReachable, match="lookalike up"):
        list(nobody.collections())


def test_a_proxy_of_the_environment_does_not_come_between_us_and_this_machine(monkeypatch):
    port = free_port()
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    with (
        Lookalike(f"http://127.0.0.1:{port}") as client,
        pytest.raises(NotReachable, match=str(port)),
    ):
        client.job("x")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "", "http://", "http://[::1"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(LocalProblem, match="not an address"):
        Lookalike(url)


def test_a_folder_or_file_that_is_not_there_is_told_before_anything_is_sent(nobody, tmp_path):
    for send in (nobody.import_folder, nobody.import_archive, nobody.search):
        with pytest.raises(LocalProblem, match="nowhere"):
            send(tmp_path / "nowhere", "demo")


def test_a_problem_keeps_what_the_server_said_beyond_the_standard():
    body = {"type": "t", "title": "Over a limit", "status": 413, "detail": "too big",
            "code": "too-large", "limit_mb": 50}  # fmt: skip
    problem = ServerProblem(413, body)
    assert (str(problem), problem.code, problem.status) == ("too big", "too-large", 413)
    assert problem.extra == {"limit_mb": 50}
