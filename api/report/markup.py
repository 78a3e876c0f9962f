"""HTML as elements. Text is escaped when it is written, wherever it comes from."""

from xml.etree.ElementTree import Element, tostring

Child = Element | str | None


def tag(name: str, /, *children: Child, **attributes: str) -> Element:
    """An element; `class_` is its attribute `class`, `aria_hidden` its `aria-hidden`."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    element = Element(name, named)
    for child in children:
        if isinstance(child, str):
            _add_text(element, child)
        elif child is not None:
            element.append(child)
    return element


def document(root: Element) -> bytes:
    """A whole page in UTF-8."""
    text: str = tostring(root, encoding="unicode", method="html")
    return f"<!doctype html>\n{text}".encode(errors="xmlcharrefreplace")


def table(head: list[str], rows: list[list[Child]], **attributes: str) -> Element:
    """A table; the first cell of each row is its heading, and it can be scrolled on a phone."""
    titles = tag("tr", *(tag("th", title, scope="col") for title in head))
    body = [
        tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in cells))
        for first, *cells in rows
    ]
    whole = tag("table", tag("thead", titles), tag("tbody", *body), **attributes)
    return tag("div", whole, class_="wide")


def bars(*bars: tuple[str, float | None], top: float, mark: float | None = None) -> Element:
    """Bars of a kind and a value each, below each other, as long as `top` lets them be.

    Lengths are shares of the cell, so they fit any screen. A mark is a line across all of them.
    """
    height = 100 / len(bars)
    rows = [
        tag(
            "rect",
            class_=kind,
            y=f"{at * height:.4g}%",
            width=_share(value or 0.0, top),
            height=f"{height:.4g}%",
        )
        for at, (kind, value) in enumerate(bars)
    ]
    if mark is not None:
        at = _share(mark, top)
        rows.append(tag("line", class_="mark", x1=at, x2=at, y1="0", y2="100%"))
    return tag("svg", *rows, class_="bars", aria_hidden="true")


def _share(value: float, top: float) -> str:
    return f"{100 * value / top if top > 0 else 0:.1f}%"


def _add_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
