"""Renders the training report as an HTML page with plots.

The page has no script and loads nothing, since it contains its pictures, so that it can be sent
and printed; its Content-Security-Policy allows only these and its style sheet.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core.recommender.training_report import (
    BLEND,
    MODEL,
    POPULARITY,
    CandidateResult,
    TrainingReport,
)

STYLE = files("api.report").joinpath("report.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)

_PUBLISHED = {
    MODEL: "Every customer gets a list of their own.",
    POPULARITY: "Everybody gets the popular items.",
}


class Picture(NamedTuple):
    """How the page shows an item."""

    title: str
    data: str
    """The picture as a `data:` URL."""


@dataclass(frozen=True)
class About:
    """The collection, the generation and the sales files that a report is about."""

    collection: str
    generation: str
    stale: bool
    import_reports: Sequence[Mapping[str, Any]]
    """The import reports of the current sales files."""
    refusal: str | None = None
    """Why the newest training run was refused."""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """Pictures by SKU; items without one are named by their SKUs."""

    def count_rows(self, name: str) -> int:
        """Return a count from the import reports, summed over all sales files."""
        return sum(report.get(name) or 0 for report in self.import_reports)


def render_report(report: TrainingReport, about: About) -> bytes:
    """Return the page in UTF-8, with a note in place of each part that the report lacks."""
    text = _TEMPLATE.render(report=report, about=about, style=Markup(STYLE))  # noqa: S704
    return text.encode(errors="xmlcharrefreplace")


def _published(decision: str | None) -> str:
    return _PUBLISHED.get(decision or "", "This report does not say what is published.")


def _count(value: int | None) -> str:
    return "not recorded" if value is None else f"{value:,}"


def _metric(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _bar_width(value: float | None, largest: float) -> str:
    """Return the width of a bar as a percentage of its cell."""
    return f"{100 * (value or 0.0) / largest if largest > 0 else 0:.1f}%"


def _largest(values: Iterable[float | None]) -> float:
    return max((value or 0.0 for value in values), default=0.0)


def _bar_kind(name: str) -> str:
    return {BLEND: "ours", POPULARITY: POPULARITY}.get(name, "other")


def _display_name(name: str) -> str:
    return "the model" if name == BLEND else name


def _ranked(
    results: Mapping[str, CandidateResult], metric: str
) -> list[tuple[str, CandidateResult]]:
    """Return the model, then popularity, then all other rankings from best to worst by a metric."""
    first = {BLEND: 2, POPULARITY: 1}
    return sorted(
        results.items(),
        key=lambda row: (first.get(row[0], 0), getattr(row[1], metric) or 0.0),
        reverse=True,
    )


_ENVIRONMENT = Environment(
    loader=PackageLoader("api", "report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "bar_kind": _bar_kind,
    "bar_width": _bar_width,
    "count": _count,
    "display_name": _display_name,
    "largest": _largest,
    "metric": _metric,
    "percent": _percent,
    "published": _published,
    "ranked": _ranked,
}
_TEMPLATE = _ENVIRONMENT.get_template("template.html")
