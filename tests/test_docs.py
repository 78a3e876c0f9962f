"""What the guides say in tables is what the code says."""

import re
from pathlib import Path

import pytest

from core.recommender.settings import RecommenderSettings
from core.sales.dialect import COLUMNS, QUANTITY

DOCS = Path(__file__).parent.parent / "docs"


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
