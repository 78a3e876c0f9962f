"""Folders whose import would probably create other items than expected."""

import pytest

from lookalike.cli.commands.import_checks import doubt

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
