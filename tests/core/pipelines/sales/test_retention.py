"""Retention: deletes old order lines from imported files."""

from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from core.jobs import JobKind
from core.pipelines.sales.retention import drop_outdated
from core.storage.sales import ORDER_LINES
from tests.support.sales import START, order_lines
from tests.support.trainable_shop import FIRST, SECOND, import_rows, train_once

pytestmark = pytest.mark.stack

DAYS = timedelta(days=90)
NOW = START + timedelta(days=180)
OLDEST = NOW - DAYS


def stored_lines(services, shop, upload):
    """User, order, sku and time of all lines of an upload."""
    with services.sales(shop.collection).open_read(upload, ORDER_LINES) as file:
        rows = pq.read_table(file).to_pylist()
    return sorted((row["user"], row["order"], row["sku"], row["at"]) for row in rows)


def expected(rows):
    """User, order, sku and time of the lines that are not too old."""
    lines = ((row[0], row[2], row[1], datetime.fromisoformat(row[5])) for row in rows)
    return sorted(line for line in lines if line[3] >= OLDEST)


def test_old_lines_are_deleted_from_every_upload_and_others_stay(services, shop):
    drop_outdated(services, DAYS, NOW)
    assert 0 < len(expected(FIRST)) < len(FIRST)
    assert stored_lines(services, shop, shop.first) == expected(FIRST)
    assert stored_lines(services, shop, shop.second) == expected(SECOND)


def test_the_next_training_learns_from_the_remaining_lines_only(services, shop):
    train_once(services)
    before = services.generations(shop.collection).recommender().revision
    (requested,) = drop_outdated(services, DAYS, NOW)
    job, result = train_once(services)
    assert (services.ledger.get(requested).kind, job) == (JobKind.TRAIN, requested)
    assert result["order_lines"] == len({*expected(FIRST), *expected(SECOND)})
    assert services.generations(shop.collection).recommender().revision == before + 1


def test_an_upload_with_old_lines_only_is_deleted(services, shop):
    drop_outdated(services, timedelta(days=1), NOW + timedelta(days=30))
    folder = services.sales(shop.collection)
    assert folder.uploads() == []
    assert services.files.list_names(f"{shop.collection.folder}/sales") == []


def test_nothing_happens_if_no_line_is_too_old(services, shop):
    train_once(services)
    before = services.generations(shop.collection).recommender()
    assert drop_outdated(services, timedelta(days=365), NOW) == []
    assert services.generations(shop.collection).recommender() == before
    drop_outdated(services, DAYS, NOW)
    train_once(services)
    assert drop_outdated(services, DAYS, NOW) == []


def test_a_training_is_not_published_if_lines_were_deleted_meanwhile(services, shop):
    _, result = train_once(services, lambda: drop_outdated(services, DAYS, NOW))
    assert result == {"generation": None, "superseded": True}


def test_the_same_file_sent_again_is_still_a_duplicate(services, shop):
    drop_outdated(services, DAYS, NOW)
    import_rows(services, order_lines())
    assert stored_lines(services, shop, shop.first) == expected(FIRST)
    assert len(services.sales(shop.collection).uploads()) == 2
