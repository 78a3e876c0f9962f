"""How `python -m embedded` behaves under signals, crashes and wrong arguments."""

import signal

import psutil
import pytest
import redis

from core.connections.sockets import socket_path
from tests.embedded.launching import EXIT_S, Launcher

pytestmark = pytest.mark.stack


def supervisord(launcher: Launcher) -> psutil.Process:
    return next(process for process in launcher.tree() if "supervisord" in str(process.cmdline()))


def redis_server(launcher: Launcher) -> psutil.Process:
    name = str(socket_path(launcher.settings.data, "redis"))
    return next(process for process in launcher.tree() if name in str(process.cmdline()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_it_cleanly_and_leaves_no_process(
    launcher: Launcher, number: signal.Signals
) -> None:
    process = launcher.start_ready()
    assert len(launcher.tree()) >= 4
    process.send_signal(number)
    out, err = process.communicate(timeout=EXIT_S)
    assert process.returncode == 0
    assert "redis stopped" in out
    assert err == ""
    assert launcher.tree() == []


def test_a_signal_during_startup_stops_it_cleanly(launcher: Launcher) -> None:
    process = launcher.start()
    assert process.stdout is not None
    process.stdout.readline()  # the first process is ready
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=EXIT_S)
    assert process.returncode == 0
    assert launcher.tree() == []


def test_a_second_ctrl_c_does_not_wait_for_a_process_that_hangs(launcher: Launcher) -> None:
    process = launcher.start_ready()
    redis_server(launcher).send_signal(signal.SIGSTOP)  # it ignores SIGTERM now
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert any("milvus stopped" in line for line in process.stdout)  # it is stopping now
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=EXIT_S)
    assert "killing the processes that are still running" in out
    assert launcher.tree() == []


def test_kill_9_of_the_launcher_leaves_no_process(launcher: Launcher) -> None:
    launcher.start_ready().kill()
    assert launcher.exits()


def test_kill_9_of_supervisord_leaves_no_process_and_is_reported(launcher: Launcher) -> None:
    process = launcher.start_ready()
    supervisord(launcher).kill()
    _, err = process.communicate(timeout=EXIT_S)
    assert process.returncode == 1
    assert "supervisord exited (code -9), and all processes of the stack with it" in err
    assert launcher.exits()


def test_it_can_be_started_while_the_previous_stack_still_stops(launcher: Launcher) -> None:
    launcher.start_ready()
    with redis.Redis.from_url(launcher.settings.redis) as connection:
        connection.set("key", "value")
    launcher.kill_last()
    launcher.start_ready()
    with redis.Redis.from_url(launcher.settings.redis) as connection:
        assert connection.get("key") == b"value"


def test_a_second_stack_on_the_same_data_is_refused_and_names_the_first(
    launcher: Launcher,
) -> None:
    first = launcher.start_ready()
    second = launcher.start()
    out, err = second.communicate(timeout=EXIT_S)
    assert (second.returncode, out) == (1, "")
    data = launcher.settings.data
    assert err.startswith(f"lookalike: Lookalike is already running with the data folder {data}")
    assert f"(process {first.pid})" in err
    assert first.poll() is None


def test_only_this_user_can_read_its_secrets(launcher: Launcher) -> None:
    launcher.start_ready()
    run = launcher.settings.data / "run"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (run, *run.iterdir())}
    assert modes["run"] == 0o700
    assert modes["supervisord.conf"] == modes["flower-password"] == 0o600
    secret = (run / "flower-password").read_text()
    assert not [p for p in psutil.process_iter(["cmdline"]) if secret in str(p.info["cmdline"])]


def test_an_invalid_environment_variable_is_named(launcher: Launcher) -> None:
    broken = launcher.start({"LOOKALIKE_PORTS__API": "many"})
    out, err = broken.communicate(timeout=EXIT_S)
    assert (broken.returncode, out) == (2, "")
    assert err.startswith("lookalike: LOOKALIKE_PORTS__API=many: Input should be a valid integer")
    assert err.count("\n") == 1


def test_an_unknown_process_is_a_usage_error(launcher: Launcher) -> None:
    wrong = launcher.start(only=("postgres",))
    _, err = wrong.communicate(timeout=EXIT_S)
    assert wrong.returncode == 2
    assert "invalid choice: 'postgres'" in err
