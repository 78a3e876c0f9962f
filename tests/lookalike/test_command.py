import json
import platform
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from lookalike import Lookalike
from lookalike.cli import app
from lookalike.cli.errors import Exit, exit_code
from lookalike.cli.main_group import LAZY_COMMANDS
from lookalike.errors import ServerProblem
from lookalike.models import Job
from tests.support.servers import free_port


def run(*arguments, **more):
    return CliRunner(**more).invoke(app, list(map(str, arguments)))


def run_process(*arguments):
    command = [sys.executable, "-m", "lookalike", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"any bytes")
    return path


@pytest.fixture
def nowhere():
    return f"http://127.0.0.1:{free_port()}"


def test_slow_imports_are_deferred_until_a_command_needs_them():
    code = """if True:
        import atexit, sys
        from lookalike.cli import app
        atexit.register(lambda: print("loaded:", *sys.modules))
        app(sys.argv[1:])
    """
    for words in (["--help"], ["search", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        loaded = set(done.stdout.partition("loaded:")[2].split())
        assert "typer" in loaded
        assert not {"httpx2", "core", "PIL", "numpy"} & loaded


@pytest.mark.parametrize("name", LAZY_COMMANDS)
def test_a_server_command_whose_packages_are_missing_says_what_to_install(monkeypatch, name):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    done = CliRunner().invoke(app, [name, "--help"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"lookalike: `lookalike {name}` needs packages that are not installed" in done.stderr
    assert f"lookalike[{LAZY_COMMANDS[name].extra}]" in done.stderr


def test_help_explains_the_exit_codes():
    done = run("--help")
    assert done.exit_code == 0
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
def test_without_a_server_a_command_exits_with_4_and_says_how_to_start_one(arguments, nowhere):
    done = run(*arguments, "--url", nowhere)
    assert done.exit_code == 4
    assert "lookalike up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_import_and_search_without_a_server_exit_with_4(image, nowhere):
    assert run("import", image.parent, "-c", "demo", "--url", nowhere).exit_code == 4
    assert run("search", image, "-c", "demo", "--url", nowhere).exit_code == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serch"], "No such command"),
        (["import", "/no/such/folder", "-c", "demo"], "does not exist"),
        (["import", "."], "--collection"),
        (["search", "-c", "demo"], "--text"),
        (["similar", "A", "-c", "demo", "-n", "0"], "--limit"),
        (["similar", "A", "-c", "demo", "--min-score", "2"], "--min-score"),
        (["similar", "A", "-c", "demo", "--filter", "{price"], "not valid JSON"),
        (["similar", "A", "-c", "demo", "--filter", "[1]"], "must be a JSON object"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_mistake(arguments, message):
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("crop", ["1,2,3", "a,b,c,d", "0.5,0,0.2,1", "0,0,1,1.5"])
def test_an_invalid_crop_exits_with_2(image, crop):
    assert run("search", image, "-c", "demo", "--crop", crop).exit_code == 2


def test_for_a_url_without_scheme_a_valid_one_is_shown():
    done = run("jobs", "--url", "localhost:8000")
    assert done.exit_code == 1
    assert "http://127.0.0.1:8000" in done.stderr


def test_the_url_can_be_set_in_the_environment(nowhere):
    done = run("jobs", env={"LOOKALIKE_URL": nowhere})
    assert done.exit_code == 4
    assert nowhere in done.stderr


@pytest.mark.parametrize(
    ("state", "code"),
    [("succeeded", Exit.OK), ("partial", Exit.PARTIAL), ("failed", Exit.PROBLEM),
     ("cancelled", Exit.PROBLEM)],
)  # fmt: skip
def test_the_final_state_of_a_job_decides_the_exit_code(state, code):
    body = {"id": "j", "kind": "ingest", "collection": "c", "state": state, "progress": {},
            "created_at": "2026-05-01T10:00:00Z"}  # fmt: skip
    assert exit_code(Job.from_json(body)) is code


def test_rejected_rows_of_a_sales_file_make_the_exit_code_partial():
    body = {"id": "j", "kind": "import-sales", "collection": "c", "state": "succeeded",
            "progress": {}, "created_at": "2026-05-01T10:00:00Z"}  # fmt: skip
    codes = [
        exit_code(Job.from_json(body | {"result": result}))
        for result in (None, {}, {"rejected": 0}, {"rejected": 1}, {"rejected": 7, "accepted": 9})
    ]
    assert codes == [Exit.OK, Exit.OK, Exit.OK, Exit.PARTIAL, Exit.PARTIAL]


def test_the_doctor_reports_a_problem_with_its_fix_and_exits_with_1(nowhere):
    done = run("doctor", "--url", nowhere, "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert "lookalike up" in checks["server"]["fix"]
    assert checks["python"] == {"name": "python", "result": platform.python_version(), "fix": ""}


def test_the_version_is_that_of_the_package():
    assert run_process("--version").stdout == f"lookalike {version('lookalike')}\n"


def test_with_json_errors_are_json_too(nowhere):
    done = run_process("collections", "--json", "--url", nowhere)
    assert (done.returncode, done.stdout) == (4, "")
    assert json.loads(done.stderr)["code"] == "not-reachable"


def test_client_and_command_default_to_the_port_of_lookalike_up(monkeypatch):
    port = free_port()
    monkeypatch.setenv("LOOKALIKE_PORTS__API", str(port))
    monkeypatch.delenv("LOOKALIKE_URL", raising=False)
    assert Lookalike().url == f"http://127.0.0.1:{port}/"
    done = run_process("jobs")
    assert (done.returncode, f"http://127.0.0.1:{port}/" in done.stderr) == (4, True)


@pytest.mark.parametrize(
    ("code", "has_hint"), [("missing-api-key", True), ("forbidden", False), ("not-found", False)]
)
def test_only_for_a_missing_key_the_error_says_how_to_pass_one(monkeypatch, code, has_hint):
    def refuse(*_):
        raise ServerProblem(401, {"code": code, "detail": "no"})

    monkeypatch.setattr("lookalike.client.Lookalike.about", refuse)
    done = CliRunner().invoke(app, ["about"])
    assert (done.exit_code, done.stderr.startswith("lookalike: no")) == (1, True)
    assert ("--key KEY, or set LOOKALIKE_KEY" in done.stderr) is has_hint


def test_sales_are_not_deleted_if_both_an_upload_and_all_are_given(nowhere):
    done = run("sales", "delete", "u", "--all", "-c", "demo", "--yes", "--url", nowhere)
    assert (done.exit_code, "not both" in done.stderr) == (2, True)


def test_an_attribute_without_an_equals_sign_is_wrong_usage(nowhere):
    done = run("items", "change", "A", "price", "-c", "demo", "--url", nowhere)
    assert (done.exit_code, "NAME=VALUE" in done.stderr) == (2, True)
