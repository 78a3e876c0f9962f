"""What the guides say is what the code says: tables, commands, settings, links, the reference."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main
from pydantic import BaseModel

from api.loko.bundle.components import blocks_of
from core.recommender.options import RecommenderSettings
from core.sales.header import COLUMNS, QUANTITY
from core.settings import LokoSettings, Settings
from lookalike.cli import app
from lookalike.cli.server import audit, evaluate, keys, weights
from scripts import http_reference

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
OF_CLIENTS = {"LOOKALIKE_URL", "LOOKALIKE_KEY"}
FORWARDED = {"weights": weights.app, "keys": keys.app, "evaluate": evaluate.app, "audit": audit.app}
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def rows(page):
    """The cells of the tables of a page, without their heads."""
    lines = (DOCS / page).read_text().splitlines()
    found = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    return [cells for cells in found if cells[0].startswith("`")]


def names(cell):
    return re.findall("`([^`]+)`", cell)


def test_the_sales_guide_names_the_columns_of_the_contract():
    told = [name for cells in rows("sales.md") for name in names(cells[0])]
    assert told == [*COLUMNS, QUANTITY]


@pytest.mark.parametrize("cells", rows("recommendations.md"), ids=lambda cells: cells[0])
def test_the_guide_to_recommendations_tells_settings_and_their_defaults(cells):
    field = RecommenderSettings.model_fields[names(cells[0])[0]]
    default = "a fifth, at most 30" if field.default is None else str(field.default).lower()
    assert cells[1] == default


def test_the_guide_to_loko_names_all_inputs_and_settings():
    told = [names(cells[0])[0] for cells in rows("loko.md")]
    inputs = {one.id for block in blocks_of("") for one in block.inputs}
    settings = {f"LOOKALIKE_LOKO__{name.upper()}" for name in LokoSettings.model_fields}
    assert sorted(told) == sorted(inputs | settings)


@pytest.mark.parametrize(
    "cells", [one for one in rows("loko.md") if "__" in one[0]], ids=lambda cells: cells[0]
)
def test_the_guide_to_loko_tells_the_defaults(cells):
    field = LokoSettings.model_fields[names(cells[0])[0].removeprefix("LOOKALIKE_LOKO__").lower()]
    assert cells[1] == (f"`{field.default}`" if field.default else "none")


def test_the_reference_is_what_the_api_says_of_itself():
    assert http_reference.PAGE.read_text() == http_reference.text(), "run `make docs`"


def commands(page):
    """What a page gives to `lookalike`, in blocks and within lines."""
    text = page.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(lookalike [^`]+)`", text)
    return [line for line in lines if line.startswith("lookalike ")]


def understood(line):
    """Whether there is a command of that name, with those options."""
    words = shlex.split(line, comments=True)[1:]
    command = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        word = words.pop(0)
        forwarded = FORWARDED.get(word)
        command = typer.main.get_command(forwarded) if forwarded else command.commands[word]
    asked = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
    known = {option for one in command.params for option in one.opts} | {"--help", "--only"}
    stray = hasattr(command, "commands") and words and not words[0].startswith("-")
    return asked <= known and not stray


@pages
def test_commands_are_there_with_their_options(page):
    assert [line for line in commands(page) if not understood(line.replace("|", " "))] == []


def test_what_is_no_command_is_seen():
    assert understood("lookalike weights fetch resnet50  # as it is")
    assert not understood("lookalike weights fetsch resnet50")
    assert not understood("lookalike jobs lst")
    assert not understood("lookalike import pictures --colection shop")


def anchors(page):
    """The places that a link can lead to, as GitHub names them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads]


@pages
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if not link.startswith("http"):
            file, _, place = link.partition("#")
            target = page.parent / file if file else page
            assert target.exists(), link
            assert not place or place in anchors(target), link


def variables(model, prefix="LOOKALIKE_"):
    for name, field in model.model_fields.items():
        yield f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from variables(field.annotation, f"{prefix}{name.upper()}__")


@pages
def test_settings_are_there(page):
    told = set(re.findall(r"LOOKALIKE_[A-Z_]+[A-Z]", page.read_text()))
    assert told <= {*variables(Settings), *OF_CLIENTS}
