"""Sales that are too old: real files of a real import."""

from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from core.jobs import JobKind
from core.pipelines.sales.retention import drop_outdated
from core.storage.sales import LEDGER
from tests.support.sales import START, order_lines
from tests.support.trainable_shop import FIRST, SECOND, add, train_once

pytestmark = pytest.mark.stack

DAYS = timedelta(days=90)
NOW = START + timedelta(days=180)
OLDEST = NOW - DAYS


def kept(services, shop, upload):
    """User, order, sku and time of what is in the file."""
    with services.sales(shop.collection).reading(upload, LEDGER) as file:
        rows = pq.read_table(file).to_pylist()
    return sorted((row["user"], row["order"], row["sku"], row["at"]) for row in rows)


def expected(rows):
    """The same of what was sent, young enough."""
    told = ((r[0], r[2], r[1], datetime.fromisoformat(r[5])) for r in rows)
    return sorted(one for one in told if one[3] >= OLDEST)


def test_what_is_too_old_is_taken_out_of_every_file_and_the_rest_stays(services, shop):
    drop_outdated(services, DAYS, NOW)
    assert 0 < len(expected(FIRST)) < len(FIRST)
    assert kept(services, shop, shop.first) == expected(FIRST)
    assert kept(services, shop, shop.second) == expected(SECOND)


def test_a_training_follows_and_learns_from_the_rest_alone(services, shop):
    train_once(services)
    before = services.sales(shop.collection).recommender().revision
    (asked,) = drop_outdated(services, DAYS, NOW)
    job, result = train_once(services)
    assert (services.ledger.get(asked).kind, job) == (JobKind.TRAIN, asked)
    assert result["rows"] == len({*expected(FIRST), *expected(SECOND)})
    assert services.sales(shop.collection).recommender().revision == before + 1


def test_a_file_with_nothing_left_goes_as_a_whole(services, shop):
    drop_outdated(services, timedelta(days=1), NOW + timedelta(days=30))
    folder = services.sales(shop.collection)
    assert folder.uploads() == []
    assert services.files.names(f"{shop.collection.folder}/sales") == []


def test_where_nothing_is_too_old_nothing_happens(services, shop):
    train_once(services)
    before = services.sales(shop.collection).recommender()
    assert drop_outdated(services, timedelta(days=365), NOW) == []
    assert services.sales(shop.collection).recommender() == before
    drop_outdated(services, DAYS, NOW)
    train_once(services)
    assert drop_outdated(services, DAYS, NOW) == []


def test_a_training_that_was_overtaken_is_not_published(services, shop):
    _, result = train_once(services, lambda: drop_outdated(services, DAYS, NOW))
    assert result == {"generation": None, "superseded": True}


def test_the_same_file_sent_again_is_still_known(services, shop):
    drop_outdated(services, DAYS, NOW)
    add(services, order_lines())
    assert kept(services, shop, shop.first) == expected(FIRST)
    assert len(services.sales(shop.collection).uploads()) == 2
