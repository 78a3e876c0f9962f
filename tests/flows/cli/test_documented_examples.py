"""Runs the Python examples of the README and the docs, and the notebook, unchanged."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.demo.draw import draw_shop
from tests.support.shop_client import PATIENCE_S

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
EXAMPLES = [(page.name, code) for page in PAGES for code in BLOCK.findall(page.read_text())]


def cells():
    """The code cells of the notebook."""
    notebook = json.loads(NOTEBOOK.read_text())
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


EXAMPLES.append((NOTEBOOK.name, "\n".join("".join(cell["source"]) for cell in cells())))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the examples name: a folder of images, a query image, sales, a mailing."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "mailing.csv").write_text("user,item_1_title\n")
    draw_shop(folder, 24)
    (folder / "items").rename(folder / "pictures")
    return folder


def test_there_are_examples():
    assert "README.md" in dict(EXAMPLES)


@pytest.mark.parametrize(("page", "code"), EXAMPLES)
def test_an_example_runs_and_prints_something(stack, folder, page, code):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"LOOKALIKE_URL": stack.url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_notebook_was_run_and_shows_images():
    counts = [cell["execution_count"] for cell in cells()]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in cells() for output in cell["outputs"]]
    assert all(output["output_type"] != "error" for output in outputs)
    assert any("image/jpeg" in output.get("data", {}) for output in outputs)
    assert NOTEBOOK.stat().st_size < 200_000
