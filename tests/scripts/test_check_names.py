from pathlib import Path

import pytest

from scripts.check_names import violations

NORMAL = """
def main(paths: list[str]) -> int:
    # outdoor shops and the people who asks: parts of words do not matter
    results = [path for path in paths if path]
    return len(results)
"""


def check(text: str, path: str = "core/example.py") -> list[str]:
    return list(violations(Path(path), text))


def test_normal_code_passes():
    assert check(NORMAL) == []


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "_found = 1",
        "for one in rows: pass",
        "def begun(): pass",
        "def look(one): pass",
        "class Rooms: pass",
        "self.kept = 1",
        "import numpy as there",
        "rows = [one for one in table]",
        "def asks(*, gone=1): pass",
    ],
)
def test_a_meaningless_name_is_refused_with_its_line(code):
    (line, *_) = check(f"\n{code}\n")
    assert line.startswith("core/example.py:2: ")


def test_reading_a_name_of_somebody_elses_is_allowed():
    assert check("match.found") == []


@pytest.mark.parametrize("text", ["# behind the door", "error = 'nobody told us'"])
def test_a_word_of_the_old_dialect_is_refused_in_product_code(text):
    assert check(text)
    assert check(text, "tests/test_example.py") == []


def test_other_files_are_checked_for_words_only():
    assert check("const found = 1; // a room", "api/ui/js/main.js") == []
    assert check("// who asked?", "api/ui/js/main.js") == [
        "api/ui/js/main.js:1: use another word for 'asked'"
    ]


def test_told_as_a_variable_is_refused_everywhere():
    assert check("told = 1", "tests/test_example.py") == [
        "tests/test_example.py:1: 'told' does not say what it holds"
    ]
