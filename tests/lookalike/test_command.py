import json
import platform
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from lookalike import Lookalike
from lookalike.cli import app
from lookalike.cli.errors import Exit, code_of
from lookalike.errors import ServerProblem
from lookalike.models import Job
from tests.support.servers import free_port


def run(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "lookalike", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"any bytes")
    return path


@pytest.fixture
def nowhere():
    return f"http://127.0.0.1:{free_port()}"


def test_the_command_loads_what_takes_time_only_when_it_is_used():
    code = "import sys, lookalike.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "typer" in loaded.stdout.split()
    assert not {"httpx2", "core", "PIL", "numpy"} & set(loaded.stdout.split())


def test_help_tells_the_exit_codes():
    done = run("--help")
    assert done.returncode == 0
    assert "4 no server" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["collections"],
        ["collections", "list"],
        ["jobs"],
        ["jobs", "list", "-c", "demo"],
        ["sales", "list", "-c", "demo"],
        ["jobs", "show", "x"],
        ["encoders"],
        ["similar", "A-1", "-c", "demo"],
        ["collections", "delete", "demo", "--yes"],
    ],
)
def test_without_a_server_every_command_ends_with_code_4_and_says_how_to_start_one(
    arguments, nowhere
):
    done = run(*arguments, "--url", nowhere)
    assert done.returncode == 4
    assert "lookalike up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_import_and_search_without_a_server_end_with_code_4(picture, nowhere):
    assert run("import", picture.parent, "-c", "demo", "--url", nowhere).returncode == 4
    assert run("search", picture, "-c", "demo", "--url", nowhere).returncode == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serch"], "No such command"),
        (["import", "/no/such/folder", "-c", "demo"], "does not exist"),
        (["import", "."], "--collection"),
        (["similar", "A", "-c", "demo", "-n", "0"], "--limit"),
        (["similar", "A", "-c", "demo", "--min-score", "2"], "--min-score"),
        (["similar", "A", "-c", "demo", "--filter", "{price"], "not JSON"),
        (["similar", "A", "-c", "demo", "--filter", "[1]"], "use an object"),
    ],
)
def test_wrong_usage_ends_with_code_2_and_names_what_is_wrong(arguments, said):
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("crop", ["1,2,3", "a,b,c,d", "0.5,0,0.2,1", "0,0,1,1.5"])
def test_a_crop_that_is_none_ends_with_code_2(picture, crop):
    assert run("search", picture, "-c", "demo", "--crop", crop).returncode == 2


def test_an_address_without_scheme_is_explained():
    done = run("jobs", "--url", "localhost:8000")
    assert done.returncode == 1
    assert "http://127.0.0.1:8000" in done.stderr


def test_the_address_can_come_from_the_environment(nowhere):
    done = run("jobs", env={"LOOKALIKE_URL": nowhere})
    assert done.returncode == 4
    assert nowhere in done.stderr


@pytest.mark.parametrize(
    ("state", "code"),
    [("succeeded", Exit.OK), ("partial", Exit.PARTIAL), ("failed", Exit.PROBLEM),
     ("cancelled", Exit.PROBLEM)],
)  # fmt: skip
def test_how_a_job_ended_decides_the_exit_code(state, code):
    body = {"id": "j", "kind": "ingest", "collection": "c", "state": state, "progress": {},
            "created_at": "2026-05-01T10:00:00Z"}  # fmt: skip
    assert code_of(Job.of(body)) is code


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it_and_ends_with_code_1(nowhere):
    done = run("doctor", "--url", nowhere, "--json")
    found = {one["what"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 1
    assert "lookalike up" in found["server"]["mend"]
    assert found["python"] == {"what": "python", "found": platform.python_version(), "mend": ""}


def test_the_version_is_that_of_the_package():
    assert run("--version").stdout == f"lookalike {version('lookalike')}\n"


def test_errors_are_json_where_answers_are(nowhere):
    done = run("collections", "--json", "--url", nowhere)
    assert (done.returncode, done.stdout) == (4, "")
    assert json.loads(done.stderr)["code"] == "not-reachable"


def test_the_client_and_the_command_look_where_lookalike_up_would_serve(monkeypatch):
    port = free_port()
    monkeypatch.setenv("LOOKALIKE_PORTS__API", str(port))
    monkeypatch.delenv("LOOKALIKE_URL", raising=False)
    assert Lookalike().url == f"http://127.0.0.1:{port}/"
    done = run("jobs")
    assert (done.returncode, f"http://127.0.0.1:{port}/" in done.stderr) == (4, True)


@pytest.mark.parametrize(
    ("code", "named"), [("no-key", True), ("not-allowed", False), ("not-found", False)]
)
def test_only_who_lacks_a_key_is_told_how_to_name_one(monkeypatch, code, named):
    def refuse(*_):
        raise ServerProblem(401, {"code": code, "detail": "no"})

    monkeypatch.setattr("lookalike.client.Lookalike.about", refuse)
    done = CliRunner().invoke(app, ["about"])
    assert (done.exit_code, done.stderr.startswith("lookalike: no")) == (1, True)
    assert ("--key KEY, or LOOKALIKE_KEY" in done.stderr) is named


def test_sales_are_not_deleted_where_an_upload_and_all_are_named(nowhere):
    done = run("sales", "delete", "u", "--all", "-c", "demo", "--yes", "--url", nowhere)
    assert (done.returncode, "not both" in done.stderr) == (2, True)


def test_an_attribute_without_a_value_sign_is_wrong_usage(nowhere):
    done = run("items", "change", "A", "price", "-c", "demo", "--url", nowhere)
    assert (done.returncode, "NAME=VALUE" in done.stderr) == (2, True)
