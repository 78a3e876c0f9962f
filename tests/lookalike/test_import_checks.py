"""Folders whose import would probably create other items than expected."""

import pytest
import typer
from typer.testing import CliRunner

from lookalike.cli import app
from lookalike.cli.commands.import_checks import doubt
from lookalike.cli.errors import Exit
from lookalike.cli.output.job_progress import exit_with_report
from lookalike.models import Job
from tests.support.servers import free_port

VIEWS = ["front.jpg", "back.jpg", "detail-1.jpg", "Detail 2.PNG"]
FOLDERS = {
    "one item": (VIEWS, "one item"),
    "one item with a hidden file": ([*VIEWS, ".DS_Store"], "one item"),
    "one item beside other files": ([*VIEWS, "notes.txt"], "one item"),
    "one item with a manifest": ([*VIEWS, "items.csv"], None),
    "items": (["A-1.jpg", "A-2.jpg"], None),
    "numbered items": (["1.jpg", "2.jpg"], None),
    "items, one called front": (["front.jpg", "A-2.jpg"], None),
    "a single image": (["front.jpg"], None),
    "items with views": ([f"A-{n}/{view}" for n in range(30) for view in VIEWS], None),
    "categories": ([f"{kind}/{n}.jpg" for kind in ("hats", "shoes") for n in range(13)], "kind"),
    "small categories": ([f"{kind}/{n}.jpg" for kind in ("hat", "bag") for n in range(12)], None),
    "one category": ([f"hats/{n}.jpg" for n in range(13)], "kind"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_doubtful_folder_is_recognised(tmp_path, name):
    files, word = FOLDERS[name]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(b"x")
    problem = doubt(tmp_path)
    assert (problem is None) == (word is None)
    assert word is None or word in problem


def test_files_that_are_not_sent_are_named_first(tmp_path):
    for name in ("A.jpg", *(f"{n}.psd" for n in range(6))):
        (tmp_path / name).touch()
    url = f"http://127.0.0.1:{free_port()}"
    done = CliRunner().invoke(app, ["import", str(tmp_path), "-c", "shop", "--url", url])
    assert done.exit_code == Exit.NOT_REACHABLE
    warning = "warning: 6 files are skipped, being neither an image nor a manifest: 0.psd, 1.psd"
    assert done.stderr.startswith(warning)
    assert "5.psd" not in done.stderr


@pytest.mark.parametrize(
    ("state", "is_partial", "code"),
    [("succeeded", False, 0), ("succeeded", True, 3), ("partial", True, 3), ("failed", True, 1)],
)
def test_an_import_that_left_out_files_is_partial(state, is_partial, code):
    fields = {"id": "1", "kind": "ingest", "collection": "shop", "state": state, "progress": {}}
    job = Job.from_json(fields | {"created_at": "2026-01-01T00:00:00Z"})
    with pytest.raises(typer.Exit) as exit:
        exit_with_report(job, lambda _: None, as_json=False, is_partial=is_partial)
    assert exit.value.exit_code == code
