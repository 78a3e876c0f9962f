"""Contact sheets: matches or recommendations as images on one self-contained HTML page."""

import base64
import mimetypes
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from lookalike.cli.output.open_page import write_page
from lookalike.cli.output.tables import attributes_text, reason_text
from lookalike.errors import ServerProblem
from lookalike.models import Match, Matches, Reason, Recommendation, Recommendations

if TYPE_CHECKING:
    from lookalike.client import Lookalike

_CARD_PX, _REASON_PX = 320, 96


def write_matches(
    server: "Lookalike", collection: str, query: Path | str, matches: Matches, file: Path | None, *,
    open: bool,
) -> None:  # fmt: skip
    """Write a page with the items similar to an image (a path) or an item (its sku)."""
    thumbnails = _Thumbnails(server, collection)
    if isinstance(query, Path):
        name, image = query.name, _img(_file_uri(query), query.name)
    else:
        name, image = query, thumbnails.html(query)
    cards = [_match_card(match, thumbnails) for match in matches.matches]
    page = _render(f"Items similar to {name}", collection, cards, image)
    write_page(page, file, open=open)


def write_recommendations(
    server: "Lookalike", collection: str, recommendations: Recommendations, file: Path | None, *,
    open: bool,
) -> None:  # fmt: skip
    """Write a page with the recommendations for a customer, each with its reasons."""
    thumbnails = _Thumbnails(server, collection)
    rows = recommendations.recommendations
    cards = [_recommendation_card(row, thumbnails) for row in rows]
    personal = recommendations.personal
    title = f"Recommended for {recommendations.user}" if personal else "Popular items"
    write_page(_render(title, collection, cards), file, open=open)


class _Thumbnails:
    """Thumbnails of a collection's items as HTML, each downloaded once."""

    def __init__(self, server: "Lookalike", collection: str) -> None:
        self._server, self._collection = server, collection
        self._cache: dict[tuple[str, str | None, int], str] = {}

    def html(self, sku: str, view: str | None = None, side: int = _CARD_PX) -> str:
        """Return the image, or the server's message if the item has been deleted meanwhile."""
        key = (sku, view, side)
        if key not in self._cache:
            self._cache[key] = self._download(*key)
        return self._cache[key]

    def _download(self, sku: str, view: str | None, side: int) -> str:
        try:
            data = self._server.image(self._collection, sku, view, size=side)
        except ServerProblem as problem:
            return f'<span class="none">{escape(problem.detail)}</span>'
        return _img(_data_uri(data, "image/jpeg"), sku)


def _match_card(match: Match, thumbnails: _Thumbnails) -> str:
    details = f"<p>{escape(attributes_text(match.attributes))}</p>"
    return _card(thumbnails.html(match.sku, match.view), match.sku, match.score, details)


def _recommendation_card(row: Recommendation, thumbnails: _Thumbnails) -> str:
    reasons = "".join(_reason_item(reason, thumbnails) for reason in row.reasons)
    return _card(thumbnails.html(row.sku), row.sku, row.score, f"<ul>{reasons}</ul>")


def _reason_item(reason: Reason, thumbnails: _Thumbnails) -> str:
    image = thumbnails.html(reason.with_sku, side=_REASON_PX) if reason.with_sku else ""
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


def _img(uri: str, name: str) -> str:
    return f'<img src="{uri}" alt="{escape(name)}">'


def _file_uri(path: Path) -> str:
    kind, _ = mimetypes.guess_type(path.name)
    return _data_uri(path.read_bytes(), kind or "image/jpeg")


def _data_uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
