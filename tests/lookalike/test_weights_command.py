"""`lookalike weights`, run as a process."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.external.file_server import FileServer, file_server
from tests.support.onnx_networks import write_own_encoder
from tests.support.servers import kill
from tests.support.text_towers import BAG_OF_WORDS, write_bag_of_words

CONTENT = bytes(range(256)) * 1024
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2
FILE = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
BIT = "BiT-S-R50x1.npz"
PATIENCE_S = 60

pytestmark = pytest.mark.slow


class Command:
    """`lookalike weights` with its own folder of weights; a server stands in for the publishers."""

    def __init__(self, folder: Path, server: FileServer) -> None:
        self.server = server
        self.file, self.part = folder / FILE, folder / f"{FILE}.part"
        self.environment = {
            "LOOKALIKE_ENCODERS__WEIGHTS_DIR": str(folder),
            "LOOKALIKE_ENCODERS__DOWNLOAD_MIRROR": server.url,
            "LOOKALIKE_ENCODERS__WEIGHTS_SHA256": json.dumps({"resnet50": SHA256}),
            "NO_PROXY": "*",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "lookalike", "weights", *arguments],
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in err
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def state(self, name: str) -> str:
        (row,) = json.loads(self("verify", name, "--json").stdout)
        return row["state"]

    @contextlib.contextmanager
    def half_way(self) -> Iterator[subprocess.Popen[str]]:
        """A download that has received half of the file and waits for more."""
        self.server.hold = HALF
        with self.start("fetch", "resnet50") as process:
            wait_for(lambda: self.part.exists() and self.part.stat().st_size > 0)
            yield process
            process.communicate(timeout=PATIENCE_S)
        self.server.hold = None


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    with file_server(CONTENT) as server:
        yield Command(tmp_path / "weights", server)


def test_help_names_its_four_commands(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    names = ("lookalike weights", "list", "fetch", "verify", "check")
    assert all(name in done.stdout for name in names)


def test_list_shows_each_encoder_and_the_folder(command: Command) -> None:
    done = command("list")
    assert done.returncode == 0
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    assert lines["efficientnet-lite0"][1:3] == ["present", "efficientnet-lite0-57934424.pth"]
    assert lines["efficientnet-lite0"][3:] == ["19", "579344248a93"]  # 18,826,032 bytes
    assert lines["resnet50"][1:] == ["missing", FILE, ">94"]  # 4 bytes of 23,587,712 parameters
    assert str(command.file.parent) in done.stdout


def test_downloaded_weights_are_listed_and_verified(command: Command) -> None:
    done = command("fetch", "resnet50")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(command.file) in done.stdout
    assert SHA256 in done.stdout
    assert command.file.read_bytes() == CONTENT
    assert command.state("resnet50") == "present"
    done = command("verify")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[:5]] == [
        "encoder",
        *(f"efficientnet-lite{number}" for number in range(3)),
        "resnet50",
    ]


def test_with_json_a_download_prints_only_json(command: Command) -> None:
    done = command("fetch", "resnet50", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["name"], row["state"], row["sha256"]) == ("resnet50", "present", SHA256)
    assert Path(row["path"]) == command.file


def test_a_changed_file_fails_verification_with_and_without_its_name(command: Command) -> None:
    command.file.parent.mkdir()
    command.file.write_bytes(CONTENT[::-1])
    for arguments in (["verify", "resnet50"], ["verify"]):
        done = command(*arguments)
        assert done.returncode == 1
        assert f"not {SHA256}" in done.stderr
    assert command("verify", "efficientnet-lite0").returncode == 0


def test_a_wrong_file_is_not_replaced(command: Command) -> None:
    command.file.parent.mkdir()
    command.file.write_bytes(b"mine")
    done = command("fetch", "resnet50")
    assert done.returncode == 1
    assert "move the file away" in done.stderr
    assert command.file.read_bytes() == b"mine"


def test_a_missing_file_fails_verification_only_if_it_is_named(command: Command) -> None:
    done = command("verify", "resnet50")
    assert done.returncode == 1
    assert "lookalike weights fetch resnet50" in done.stderr
    assert command("verify").returncode == 0


def test_after_a_failed_download_the_others_continue_and_the_exit_code_is_1(
    command: Command,
) -> None:
    done = command("fetch", "resnet101", "resnet50", "efficientnet-lite0")
    assert done.returncode == 1
    assert "does not contain the weights of resnet101" in done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "resnet50",
        "efficientnet-lite0",
    ]


def test_for_weights_without_a_checksum_pinning_is_suggested(command) -> None:
    command.server.content = bytes(4 * 23_500_352)
    done = command("fetch", "bit-s-r50x1")
    assert done.returncode == 0
    suggested = json.loads(
        done.stdout.split("LOOKALIKE_ENCODERS__WEIGHTS_SHA256='")[1].split("'")[0]
    )
    sha256 = hashlib.sha256(command.server.content).hexdigest()
    assert suggested == {"resnet50": SHA256, "bit-s-r50x1": sha256}
    command.environment["LOOKALIKE_ENCODERS__WEIGHTS_SHA256"] = json.dumps(suggested)
    assert "WEIGHTS_SHA256" not in command("fetch", "bit-s-r50x1").stdout
    (command.file.parent / BIT).write_bytes(b"other")
    assert f"not {sha256}" in command("verify").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "resnet50", "resnet"], "no encoder 'resnet'"),
        (["verify", "resnet"], "no encoder 'resnet'"),
        (["fetch"], "Missing argument"),
        (["get"], "No such command"),
    ],
)
def test_wrong_usage_exits_with_2_and_downloads_nothing(command, arguments, message) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not command.server.requests


@pytest.mark.parametrize(
    ("pins", "code", "message"),
    [
        ('{"resnet5": "00"}', 1, "resnet5"),
        ("{", 2, "encoders"),
        ('{"vgg16": 3}', 2, "WEIGHTS_SHA256__VGG16"),
    ],
)
def test_pins_that_would_protect_nothing_are_refused(command: Command, pins, code, message) -> None:
    command.environment["LOOKALIKE_ENCODERS__WEIGHTS_SHA256"] = pins
    done = command("list")
    assert done.returncode == code
    assert message in done.stderr


def test_of_two_concurrent_downloads_the_second_waits_and_finds_the_file(command: Command) -> None:
    with command.half_way(), command.start("fetch", "resnet50") as second:
        wait_for(lambda: has_open(second.pid, ".lock"))
        command.server.resume.set()
        out, err = second.communicate(timeout=PATIENCE_S)
    assert (second.returncode, err) == (0, "")
    assert SHA256 in out
    assert len(command.server.requests) == 1


def has_open(pid: int, suffix: str) -> bool:
    """Whether the process has opened a file with that suffix."""
    with contextlib.suppress(OSError):
        return any(fd.readlink().suffix == suffix for fd in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_a_killed_download_is_resumed(command: Command) -> None:
    with command.half_way() as process:
        kill(process)
    assert command.state("resnet50") == "missing"
    so_far = command.part.stat().st_size
    assert command("fetch", "resnet50").returncode == 0
    assert command.file.read_bytes() == CONTENT
    assert command.server.requests[1]["range"] == f"bytes={so_far}-"


def test_check_tries_ones_own_networks_and_says_which_field_is_wrong(command: Command) -> None:
    folder = command.file.parent
    folder.mkdir()
    write_own_encoder(folder, "good", text=BAG_OF_WORDS)
    write_bag_of_words(folder, "good", {"red": np.ones(8, np.float32)})
    write_own_encoder(folder, "wrong", dim="9")
    done = command("check", "good", "wrong", "--json")
    (trial,) = json.loads(done.stdout)
    assert (done.returncode, trial["name"], trial["dim"]) == (1, "good", 8)
    assert trial["image_ms"] > 0 < trial["text_ms"]
    assert "no output has vectors of 9 numbers" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_download_says_so_and_is_resumed(command: Command, number) -> None:
    with command.half_way() as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
        assert err == "lookalike: stopped; run the same command again to resume the download\n"
        assert not out
    so_far = command.part.stat().st_size
    assert command("fetch", "resnet50").returncode == 0
    assert command.server.requests[1]["range"] == f"bytes={so_far}-"


def test_a_missing_file_of_ones_own_text_tower_fails_verification(command: Command) -> None:
    folder = command.file.parent
    folder.mkdir()
    write_own_encoder(folder, "good", text=BAG_OF_WORDS)
    write_bag_of_words(folder, "good", {"red": np.ones(8, np.float32)})
    (folder / "good.tokenizer.json").unlink()
    done = command("verify", "good")
    files = [line.split()[:3] for line in done.stdout.splitlines()[1:4]]
    assert files == [
        ["good", "present", "good.onnx"],
        ["good", "present", "good.text.onnx"],
        ["good", "missing", "good.tokenizer.json"],
    ]
    assert (done.returncode, "copy it to" in done.stderr) == (1, True)
    (row,) = json.loads(command("verify", "good", "--json").stdout)
    assert [file["state"] for file in row["text_tower"]] == ["present", "missing"]
