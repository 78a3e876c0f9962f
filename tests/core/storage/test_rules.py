from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from core.rules import Rule
from core.storage import open_backend
from core.storage.rules import KEPT_VERSIONS, RuleStore

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return RuleStore(open_backend(tmp_path.as_uri()), "collections/shop")


def rule(number):
    fields = {"placement": ["lists"], "action": "boost", "filter": {"n": number}, "from": NOW}
    return Rule.model_validate({"id": f"r{number}", **fields})


def test_each_change_is_a_version_and_earlier_ones_can_be_read(store):
    assert store.current() is None
    assert [store.add([rule(n)], NOW).version for n in range(3)] == [1, 2, 3]
    assert store.current().rules == (rule(2),)
    assert store.get(1).rules == (rule(0),)


@pytest.mark.parametrize("version", [0, 2, 10**12])
def test_a_version_that_never_was_is_not_found(store, version):
    store.add([], NOW)
    with pytest.raises(NotFound, match=f"no version {version}"):
        store.get(version)


def test_only_the_last_versions_are_kept(store):
    for _ in range(KEPT_VERSIONS + 3):
        store.add([], NOW)
    with pytest.raises(NotFound):
        store.get(3)
    assert store.get(4).version == 4
    assert store.current().version == KEPT_VERSIONS + 3
