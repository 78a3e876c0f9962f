"""The guides agree with the code: tables, commands, settings, links, and the HTTP reference."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel

from api.loko.bundle.components import build_blocks
from core.jobs import WORKERS
from core.recommender.options import RecommenderSettings
from core.sales.header import COLUMNS, QUANTITY
from core.settings import LokoSettings, Settings
from scripts import http_reference, settings_reference
from tests.support.cli_commands import MAIN, subcommands

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
CLIENT_VARIABLES = {"LOOKALIKE_URL", "LOOKALIKE_KEY"}
LOKO_PREFIX = "LOOKALIKE_LOKO__"
UNSET = {"test_days": "a fifth, at most 30", "allow_repurchase": "measured"}
"""What settings of the recommender without a default mean."""
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def table_rows(page):
    """Return the cells of each table row of a page whose first cell is code."""
    lines = [line for line in (DOCS / page).read_text().splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [cells for cells in rows if cells[0].startswith("`")]


def code_names(cell):
    return re.findall("`([^`]+)`", cell)


def test_the_sales_guide_lists_all_columns():
    names = [name for cells in table_rows("sales.md") for name in code_names(cells[0])]
    assert names == [*COLUMNS, QUANTITY]


@pytest.mark.parametrize("cells", table_rows("recommendations.md"), ids=lambda cells: cells[0])
def test_the_recommendations_guide_lists_settings_with_their_defaults(cells):
    name = code_names(cells[0])[0]
    default = RecommenderSettings.model_fields[name].default
    assert cells[1] == (UNSET[name] if default is None else str(default).lower())


def test_the_architecture_page_lists_the_queues_of_each_worker():
    rows = re.findall(r"^\| worker-(\w+) \| (.+?) \|", (DOCS / "architecture.md").read_text(), re.M)
    assert {worker: tuple(code_names(queues)) for worker, queues in rows} == WORKERS


def test_the_loko_guide_lists_all_inputs_and_settings():
    names = [code_names(cells[0])[0] for cells in table_rows("loko.md")]
    inputs = {field.id for block in build_blocks("") for field in block.inputs}
    settings = {f"{LOKO_PREFIX}{name.upper()}" for name in LokoSettings.model_fields}
    assert sorted(names) == sorted(inputs | settings)


@pytest.mark.parametrize(
    "cells",
    [cells for cells in table_rows("loko.md") if "__" in cells[0]],
    ids=lambda cells: cells[0],
)
def test_the_loko_guide_has_the_defaults(cells):
    name = code_names(cells[0])[0].removeprefix(LOKO_PREFIX).lower()
    default = LokoSettings.model_fields[name].default
    assert cells[1] == (f"`{default}`" if default else "none")


def test_the_http_reference_is_up_to_date():
    assert http_reference.PAGE.read_text() == http_reference.text(), "run `make docs`"


def test_the_page_of_settings_is_up_to_date():
    assert settings_reference.PAGE.read_text() == settings_reference.text(), "run `make docs`"


@pytest.mark.parametrize("line", settings_reference.text().splitlines())
def test_each_setting_has_a_meaning(line):
    assert not re.search(r"\|\s*\|$", line)


def commands(page):
    """Return the `lookalike` commands of a page, from code blocks and inline code."""
    text = page.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(lookalike [^`]+)`", text)
    return [line for line in lines if line.startswith("lookalike ")]


def is_valid_command(line):
    """Whether the CLI has this command with these options."""
    words = shlex.split(line, comments=True)[1:]
    command = MAIN
    while words and words[0] in subcommands(command):
        command = subcommands(command)[words.pop(0)]
    options = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
    valid = {option for param in command.params for option in param.opts} | {"--help", "--only"}
    has_subcommands = hasattr(command, "commands")
    is_unknown = has_subcommands and words and not words[0].startswith("-")
    return options <= valid and not is_unknown


@pages
def test_commands_and_their_options_exist(page):
    lines = [line.replace("|", " ") for line in commands(page)]
    assert [line for line in lines if not is_valid_command(line)] == []


def test_the_check_of_commands_rejects_wrong_ones():
    assert is_valid_command("lookalike weights fetch resnet50  # a comment")
    assert not is_valid_command("lookalike weights fetsch resnet50")
    assert not is_valid_command("lookalike jobs lst")
    assert not is_valid_command("lookalike import pictures --colection shop")


def anchors(page):
    """Return the anchors of a page's headings, in GitHub's form."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


@pages
def test_link_targets_exist(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if not link.startswith("http"):
            file, _, anchor = link.partition("#")
            target = page.parent / file if file else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def variables(model, prefix="LOOKALIKE_"):
    """Yield the environment variables of a settings model."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from variables(field.annotation, f"{prefix}{name.upper()}__")


@pages
def test_environment_variables_exist(page):
    names = set(re.findall(r"LOOKALIKE_[A-Z0-9_]+[A-Z0-9]", page.read_text()))
    assert names <= {*variables(Settings), *CLIENT_VARIABLES}


@pages
def test_test_files_and_modules_exist(page):
    text = page.read_text()
    paths = re.findall(r"\btests/[\w/]+\.py", text)
    paths += [f"{name.replace('.', '/')}.py" for name in re.findall(r"-m (tests\.[\w.]+\w)", text)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("package", ["api", "workers", "core"])
def test_the_architecture_guide_describes_each_entry_of_a_package(package):
    page = (DOCS / "architecture.md").read_text()
    section = page.partition(f"### `{package}/`")[2].partition("### ")[0]
    described = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    hidden = {"__init__.py", "__pycache__"}
    entries = [path for path in (ROOT / package).iterdir() if path.name not in hidden]
    assert described == sorted(f"{path.name}/" if path.is_dir() else path.name for path in entries)


def test_the_architecture_guide_describes_each_entry_of_the_repository():
    page = (DOCS / "architecture.md").read_text()
    section = page.partition("### Repository")[2].partition("### ")[0]
    described = {name.rstrip("/") for name in re.findall("`([^`]+)`", section)}
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert {path.partition("/")[0] for path in tracked} <= described
