"""What a power cut leaves at the end of Redis' append-only file."""

from pathlib import Path

import pytest

from embedded.redis_log import repair

COMMAND = b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\n"


@pytest.mark.parametrize("name", ["appendonly.aof", "appendonlydir/appendonly.aof.1.incr.aof"])
@pytest.mark.parametrize("zeros", [1, 4096, 65_536, 200_000])
@pytest.mark.parametrize("whole", [b"", COMMAND, COMMAND[:-5], bytes(3) + COMMAND * 5000])
def test_zeros_at_the_end_are_removed(tmp_path: Path, name: str, zeros: int, whole: bytes) -> None:
    log = tmp_path / name
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(whole + bytes(zeros))
    (line,) = repair(tmp_path)
    assert line.startswith(f"removed {zeros:,} zero bytes")
    assert log.read_bytes() == whole
    assert list(repair(tmp_path)) == []


def test_without_a_log_there_is_nothing_to_repair(tmp_path: Path) -> None:
    assert list(repair(tmp_path)) == []
