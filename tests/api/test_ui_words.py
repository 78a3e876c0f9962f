"""The texts of the web page: all of them are in one file, for editors."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api

SCRIPTS = Path(api.__file__).parent / "ui" / "js"
_CODE = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<regex>(?<=[(,=:\[!&|?{;>])\s*/(?:\\.|\[(?:\\.|[^]\\\n])*]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^]\\\n])*]|[^/\\\n[])*/)
    |(?P<brace>[{}`])|.""",
    re.DOTALL | re.VERBOSE,
)
_TEMPLATE = re.compile(r"(?P<text>(?:\\.|\$(?!{)|[^`\\$])*)(?P<end>`|\$\{)", re.DOTALL)
_IS_TEXT = re.compile(r"^\W*[A-Z]|[^\W\d_][,.:;]? +[^\W\d_]")
_NO_TEXT = re.compile(r"(import .*|class\w*\b[^,]*|\w*[sS]elector(All)?\(|matches\(|closest\()$")
EXCEPTIONS = {
    # HTTP, also as curl shows it
    "GET", "POST", "PUT", "PATCH", "DELETE", "Bearer ", "Idempotency-Key", "Content-Type",
    "Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset",
    "If-Match", " -X ", '-H "Authorization: Bearer $LOOKALIKE_KEY"',
    r"-H 'Content-Type: application/json' \\\n  -d ",
    # names of the browser and values of the API
    "AbortError", "Enter", "Escape", "NFC", "NFKD", "TD", "noopener noreferrer",
    "(pointer: coarse)", "less similar", "same product", "boost bury",
    # what users type themselves: commands and settings
    "lookalike keys create NAME --role admin", "lookalike weights fetch NAME", "FLOWER_PASSWORD",
    # numbers and times as `format.js` writes them
    "just now", "GB", "MB", "B",
}  # fmt: skip
"""Literals that look like texts but are none that an editor would change."""


def literals(script: str) -> Iterator[tuple[str, str]]:
    """Yield what precedes each string of a script in its line, and the string.

    The texts between the placeholders of a template count as strings.
    """
    position, depths = 0, []  # of braces in the open placeholders; None within a template's text
    while position < len(script):
        line = script[script.rfind("\n", 0, position) + 1 : position]
        match = (_TEMPLATE if depths[-1:] == [None] else _CODE).match(script, position)
        position = match.end()
        groups = match.groupdict()
        if "end" in groups:
            yield line, groups["text"]
            depths[-1:] = [None, 0] if groups["end"] == "${" else []
        elif groups["string"]:
            yield line, groups["string"][1:-1]
        elif groups["brace"] == "`":
            depths.append(None)
        elif groups["brace"] and depths:
            depths[-1] += 1 if groups["brace"] == "{" else -1
            if depths[-1] < 0:
                depths.pop()


def visible_texts(script: str) -> list[str]:
    return [
        text
        for line, text in literals(script)
        if _IS_TEXT.search(text) and text not in EXCEPTIONS and not _NO_TEXT.search(line)
    ]


@pytest.mark.parametrize(
    "script",
    [
        'h("button", {}, "Delete")',
        'h("p", {}, "of all items")',
        "`${pluralize(n, `${a} {`)} of them are ${b}`",
        'input.replace(/"/g, ""); announce("Done")',
    ],
)
def test_texts_are_found_in_a_script(script):
    assert len(visible_texts(script)) == 1


def test_only_one_script_holds_texts_that_users_see():
    texts = {
        path.relative_to(SCRIPTS).as_posix(): visible_texts(path.read_text(encoding="utf-8"))
        for path in SCRIPTS.rglob("*.js")
    }
    assert texts.pop("words.js")
    assert {name: inline for name, inline in texts.items() if inline} == {}
