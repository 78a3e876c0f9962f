import json
import stat
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import StorageFull, Unavailable
from core.storage import Audit, open_backend


@pytest.fixture
def files(tmp_path):
    return open_backend(tmp_path.as_uri())


def lines(tmp_path):
    (day,) = (tmp_path / "audit").iterdir()
    return [json.loads(line) for line in day.read_text().splitlines()]


def test_a_line_has_its_fields_and_the_time_but_no_empty_fields(files, tmp_path):
    before = datetime.now(UTC) - timedelta(seconds=1)
    Audit(files).add(path="/v1/a\nb", status=202, job="")
    (line,) = lines(tmp_path)
    assert before < datetime.fromisoformat(line.pop("time")) < datetime.now(UTC)
    assert line == {"path": "/v1/a\nb", "status": 202}


def test_lines_are_in_a_file_per_day_that_others_cannot_read(files, tmp_path):
    for n in range(3):
        Audit(files).add(n=n)
    assert [line["n"] for line in lines(tmp_path)] == [0, 1, 2]
    (day,) = (tmp_path / "audit").iterdir()
    assert abs(date.fromisoformat(day.stem) - datetime.now(UTC).date()) <= timedelta(days=1)
    assert stat.S_IMODE(day.stat().st_mode) == 0o600


def test_a_line_after_a_truncated_one_is_whole(files, tmp_path):
    Audit(files).add(n=1)
    (day,) = (tmp_path / "audit").iterdir()
    with day.open("a") as file:
        file.write('{"time": "20')
    Audit(files).add(n=2)
    assert json.loads(day.read_text().splitlines()[-1])["n"] == 2


def test_files_of_earlier_days_are_dropped(files):
    for day in ("2025-12-31", "2026-01-01", "2026-01-02"):
        files.append(f"audit/{day}.jsonl", b"{}\n")
    assert Audit(files).drop_before(date(2026, 1, 1)) == ["2025-12-31.jsonl"]
    assert files.list_names("audit") == ["2026-01-01.jsonl", "2026-01-02.jsonl"]


def test_a_full_disk_is_reported_before_a_change_is_made(files, monkeypatch):
    Audit(files).check()
    monkeypatch.setattr(files, "free_bytes", lambda: 1000)
    with pytest.raises(StorageFull, match="audit"):
        Audit(files).check()


def test_a_store_that_cannot_be_written_is_reported_before_a_change_is_made(tmp_path):
    files = open_backend((tmp_path / "store").as_uri())
    (tmp_path / "store").rename(tmp_path / "aside")
    (tmp_path / "store").touch()  # like a read-only disk, which root could write to
    with pytest.raises(Unavailable):
        Audit(files).check()
