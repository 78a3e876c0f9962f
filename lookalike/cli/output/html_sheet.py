"""Contact sheets: matches or recommendations as images on one self-contained HTML page."""

import base64
import functools
import mimetypes
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Template

from lookalike.cli.options import Server
from lookalike.cli.output.files import write_page
from lookalike.cli.output.texts import attributes_text, reason_text
from lookalike.errors import ServerProblem
from lookalike.models import Match, Matches, Reason, Recommendation, Recommendations

_CARD_PX, _REASON_PX = 320, 96
Thumbnail = Callable[..., str]
"""Takes a SKU, an optional view and an optional side in pixels; returns the image as HTML."""


def write_matches(
    server: Server, collection: str, title: str, query: Path | str | None, matches: Matches,
    file: Path | None, *, open: bool,
) -> None:  # fmt: skip
    """Write a page with the matches and the image (its path) or the item (its SKU) searched for."""
    thumbnail = _cached_thumbnails(server, collection)
    if isinstance(query, Path):
        kind, _ = mimetypes.guess_type(query.name)
        image = _img(query.read_bytes(), kind or "image/jpeg", query.name)
    else:
        image = thumbnail(query) if query else ""
    cards = [_match_card(match, thumbnail) for match in matches.matches]
    write_page(_render(title, collection, cards, image), file, open=open)


def write_recommendations(
    server: Server, collection: str, recommendations: Recommendations, file: Path | None, *,
    open: bool,
) -> None:  # fmt: skip
    """Write a page with the recommendations for a customer, each with its reasons."""
    thumbnail = _cached_thumbnails(server, collection)
    rows = recommendations.recommendations
    cards = [_recommendation_card(row, thumbnail) for row in rows]
    personal = recommendations.personal
    title = f"Recommended for {recommendations.user}" if personal else "Popular items"
    write_page(_render(title, collection, cards), file, open=open)


def _cached_thumbnails(server: Server, collection: str) -> Thumbnail:
    """Return a function that downloads each thumbnail once and returns its HTML."""

    @functools.cache
    def thumbnail(sku: str, view: str | None = None, side: int = _CARD_PX) -> str:
        try:
            data = server.image(collection, sku, view, size=side)
        except ServerProblem as problem:  # for example, the item has been deleted meanwhile
            return f'<span class="none">{escape(problem.detail)}</span>'
        return _img(data, "image/jpeg", sku)

    return thumbnail


def _match_card(match: Match, thumbnail: Thumbnail) -> str:
    details = f"<p>{escape(attributes_text(match.attributes))}</p>"
    return _card(thumbnail(match.sku, match.view), match.sku, match.score, details)


def _recommendation_card(row: Recommendation, thumbnail: Thumbnail) -> str:
    reasons = "".join(_reason_item(reason, thumbnail) for reason in row.reasons)
    return _card(thumbnail(row.sku), row.sku, row.score, f"<ul>{reasons}</ul>")


def _reason_item(reason: Reason, thumbnail: Thumbnail) -> str:
    image = thumbnail(reason.with_sku, side=_REASON_PX) if reason.with_sku else ""
    return f"<li>{image}<span>{escape(reason_text(reason))}</span></li>"


def _card(image: str, sku: str, score: float, details: str) -> str:
    heading = f"<h2>{escape(sku)} <small>{score:.3f}</small></h2>"
    return f"<article>{image}{heading}{details}</article>"


def _render(title: str, collection: str, cards: list[str], query: str = "") -> str:
    template = Template((Path(__file__).parent / "sheet.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title),
        collection=escape(collection),
        query=query,
        cards="\n".join(cards) or "<p>No items found.</p>",
    )


def _img(data: bytes, kind: str, name: str) -> str:
    uri = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return f'<img src="{uri}" alt="{escape(name)}">'
