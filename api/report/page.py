"""The report of a training as a page with plots: no script, and nothing fetched from elsewhere.

Its content security policy allows its one style, by its digest.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element

from api.report.markup import document, tag
from api.report.model import MODEL, POPULARITY, Told
from api.report.sections import sections

STYLE = files("api.report").joinpath("report.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

_VERDICTS = {
    MODEL: "The model is published: on the last part of the sales it did at least as well as what "
    "is simply popular.",
    POPULARITY: "What is popular is published, not the model.",
}


@dataclass(frozen=True)
class About:
    """What the report is of."""

    collection: str
    generation: str
    stale: bool
    uploads: Sequence[Mapping[str, Any]]
    """Reports of the sales files that are there now."""


def report_page(report: Mapping[str, Any], about: About) -> bytes:
    """The page, in UTF-8; what the report lacks is told in its place."""
    told = Told.of(report)
    title = f"Recommendations of {about.collection}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", STYLE),
    )
    body = tag(
        "body",
        tag("h1", title),
        *_verdict(told, about),
        *_sales(told, about.uploads),
        *sections(told),
    )
    return document(tag("html", head, body, lang="en"))


def _verdict(told: Told, about: About) -> list[Element]:
    published = told.gate.published or ""
    kind = published if published in _VERDICTS else ""
    words = _VERDICTS.get(published, "This report does not say what is published.")
    when = f", trained {told.trained_at:%Y-%m-%d %H:%M} UTC" if told.trained_at else ""
    changed = " Sales or items have changed since." if about.stale else ""
    return [
        tag("p", words, class_=f"verdict {kind}".strip()),
        tag("p", f"Why: {told.gate.why or 'not told'}."),
        tag("p", f"Generation {about.generation}{when}.{changed}", class_="soft"),
    ]


def _sales(told: Told, uploads: Sequence[Mapping[str, Any]]) -> list[Element]:
    read, set_aside = (sum(one.get(key) or 0 for one in uploads) for key in ("rows", "rejected"))
    facts = {
        "rows read": f"{read:,}, in {_files(len(uploads))}; {set_aside:,} of them set aside",
        "order lines": _count(told.rows),
        "customers": _count(told.users),
        "items": _count(told.items),
        "split": _split(told),
    }
    pairs = [part for key, value in facts.items() for part in (tag("dt", key), tag("dd", value))]
    return [tag("h2", "Learned from"), tag("dl", *pairs)]


def _split(told: Told) -> str:
    split = told.split
    if split.by is None:
        return "not told"
    counts = (
        f"{_count(split.learned)} order lines to learn from, {_count(split.held)} to measure by"
    )
    if split.days is None:
        return f"{counts}: some items of each customer, as times are not known"
    return f"{counts}: those of the last {split.days:.3g} days"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"


def _count(number: int | None) -> str:
    return "not told" if number is None else f"{number:,}"
