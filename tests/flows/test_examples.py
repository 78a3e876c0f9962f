"""The Python examples of the README and of docs, run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.stack.demo.draw import draw_shop

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [(page.name, code) for page in PAGES for code in BLOCK.findall(page.read_text())]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the examples name: a folder of pictures and a picture to search by."""
    folder = tmp_path_factory.mktemp("examples")
    draw_shop(folder, 24)
    (folder / "items").rename(folder / "pictures")
    return folder


def test_there_are_examples():
    assert "README.md" in dict(EXAMPLES)


@pytest.mark.parametrize(("page", "code"), EXAMPLES)
def test_an_example_runs_and_prints_what_it_found(stack, folder, page, code):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"LOOKALIKE_URL": stack.url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
