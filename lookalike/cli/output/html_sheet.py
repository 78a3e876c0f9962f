"""Contact sheets: what was found, as pictures on one page that needs nothing else."""

import base64
import mimetypes
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from lookalike.cli.output.open_page import deliver
from lookalike.cli.output.tables import attributes_text, reason_text
from lookalike.errors import ServerProblem
from lookalike.models import Match, Matches, Recommendation, Recommendations

if TYPE_CHECKING:
    from lookalike.client import Lookalike

_SIDE, _SMALL = 320, 96


def matched(
    server: "Lookalike", collection: str, asked: Path | str, found: Matches, to: Path | None, *,
    open: bool,
) -> None:  # fmt: skip
    """Show what looks like a picture (a path) or an item (its sku)."""
    pictures = _Pictures(server, collection)
    if isinstance(asked, Path):
        name, picture = asked.name, _image(_embedded(asked), asked.name)
    else:
        name, picture = asked, pictures.of(asked)
    cards = [_match(one, pictures) for one in found.matches]
    title = f"What looks like {name}?"
    deliver(_page(title, collection, cards, picture), to, open=open)


def recommended(
    server: "Lookalike", collection: str, found: Recommendations, to: Path | None, *, open: bool
) -> None:
    """Show what is offered to a customer, each with its reasons and what they come from."""
    pictures = _Pictures(server, collection)
    cards = [_offer(one, pictures) for one in found.recommendations]
    title = f"What is offered to {found.user}?" if found.personal else "What is popular"
    deliver(_page(title, collection, cards), to, open=open)


class _Pictures:
    """Thumbnails of a collection, each fetched once."""

    def __init__(self, server: "Lookalike", collection: str) -> None:
        self._server, self._collection = server, collection
        self._known: dict[tuple[str, str | None, int], str] = {}

    def of(self, sku: str, view: str | None = None, side: int = _SIDE) -> str:
        """Return the picture as HTML; words where the item has gone meanwhile."""
        asked = (sku, view, side)
        if asked not in self._known:
            self._known[asked] = self._fetched(*asked)
        return self._known[asked]

    def _fetched(self, sku: str, view: str | None, side: int) -> str:
        try:
            data = self._server.picture(self._collection, sku, view, size=side)
        except ServerProblem as problem:
            return f'<span class="none">{escape(problem.detail)}</span>'
        return _image(_data_uri(data, "image/jpeg"), sku)


def _match(one: Match, pictures: _Pictures) -> str:
    about = f"<p>{escape(attributes_text(one.attributes))}</p>"
    return _card(pictures.of(one.sku, one.view), one.sku, one.score, about)


def _offer(one: Recommendation, pictures: _Pictures) -> str:
    reasons = "".join(_reason(reason, pictures) for reason in one.reasons)
    return _card(pictures.of(one.sku), one.sku, one.score, f"<ul>{reasons}</ul>")


def _reason(reason: Mapping[str, Any], pictures: _Pictures) -> str:
    source = reason.get("with")
    picture = pictures.of(str(source), side=_SMALL) if source else ""
    return f"<li>{picture}<span>{escape(reason_text(reason))}</span></li>"


def _card(picture: str, sku: str, score: float, about: str) -> str:
    head = f"<h2>{escape(sku)} <small>{score:.3f}</small></h2>"
    return f"<article>{picture}{head}{about}</article>"


def _page(title: str, collection: str, cards: list[str], asked: str = "") -> str:
    shown = "\n".join(cards) or "<p>Nothing was found.</p>"
    page = Template((Path(__file__).parent / "sheet.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=escape(title), collection=escape(collection), asked=asked, cards=shown
    )


def _image(uri: str, name: str) -> str:
    return f'<img src="{uri}" alt="{escape(name)}">'


def _embedded(path: Path) -> str:
    kind, _ = mimetypes.guess_type(path.name)
    return _data_uri(path.read_bytes(), kind or "image/jpeg")


def _data_uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
