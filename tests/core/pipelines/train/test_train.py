"""Sales deleted or imported while a training runs."""

import pytest

from core.errors import InvalidInput
from core.jobs import JobKind, Problem
from core.pipelines.sales.delete import delete_sales
from core.pipelines.sales.erase import erase_user
from core.pipelines.services import no_heartbeat
from core.pipelines.train.train import run_training
from core.pipelines.training_requests import request_training
from core.storage import Pseudonyms
from tests.support.cached_lists import read_list
from tests.support.sales import order_lines, user
from tests.support.trainable_shop import FIRST, create_job, import_rows, train_once

pytestmark = pytest.mark.stack

NEW = user(79)  # only in the second file
GUEST = user(999)


def delete_uploads(services, *uploads):
    for upload in uploads:
        job = create_job(services, JobKind.DELETE_SALES, upload=upload)
        outcome = delete_sales(job, services, no_heartbeat)
    return outcome


def delete_second(services, shop):
    return delete_uploads(services, shop.second)


def erase_new(services, shop):
    with services.uploads.receive("erased") as writer:
        writer.write(NEW.encode())
    job = create_job(services, JobKind.ERASE_USER, upload="erased")
    return erase_user(job, services, no_heartbeat)


def train_with_change(services, change):
    """Train while the sales change; return job id, result, and the outcome of the change."""
    outcomes = []
    return *train_once(services, lambda: outcomes.append(change())), outcomes[0]


@pytest.mark.parametrize("change", [delete_second, erase_new])
def test_a_deletion_during_a_training_prevents_its_publication(services, shop, change):
    job, result, deletion = train_with_change(services, lambda: change(services, shop))
    assert result == {"generation": None, "superseded": True}
    store = services.generations(shop.collection)
    assert (store.recommender().live, store.ids()) == (None, [])
    assert read_list(services.lists._redis, "shop", NEW) is None
    following, _ = train_once(services)
    assert following == deletion.result["training"] != job
    assert store.recommender().live == following
    assert read_list(services.lists._redis, "shop", user(1)).personal
    assert not read_list(services.lists._redis, "shop", NEW).personal


def test_a_deletion_during_a_training_leaves_the_previous_lists_live(services, shop):
    before, _ = train_once(services)
    import_rows(services, order_lines(users=10, seed=3))
    train_with_change(services, lambda: delete_second(services, shop))
    store = services.generations(shop.collection)
    assert (store.recommender().live, store.ids()) == (before, [before])
    assert services.lists.live("shop") == before


def test_sales_without_dates_are_refused_and_the_live_lists_stay(services, shop):
    before, _ = train_once(services)
    day = FIRST[0][-1]
    rows = [[*row[:-1], day] for row in order_lines(users=70, seed=4)]
    undated = import_rows(services, rows)
    delete_uploads(services, shop.first, shop.second)
    claim = services.ledger.claim(request_training("shop", services))
    with pytest.raises(InvalidInput, match="840 of 840 order lines are dated between") as refusal:
        run_training(services.ledger.get(claim.job_id), services, no_heartbeat)
    services.ledger.fail(claim, Problem.from_error(refusal.value))
    store = services.generations(shop.collection)
    assert store.recommender().refusal == refusal.value.detail
    assert (store.recommender().live, services.lists.live("shop")) == (before, before)
    import_rows(services, FIRST)
    delete_uploads(services, undated)
    after, _ = train_once(services)
    assert (store.recommender().live, store.recommender().refusal) == (after, None)


def test_sales_imported_during_a_training_do_not_prevent_its_publication(services, shop):
    rows = order_lines(users=10, seed=3)
    job, _, _ = train_with_change(services, lambda: import_rows(services, rows))
    assert services.generations(shop.collection).recommender().live == job


def test_an_erasure_keeps_the_digest_of_files_without_the_user(services, shop):
    erase_new(services, shop)
    digests = {upload.id: upload.digest for upload in services.sales(shop.collection).uploads()}
    assert digests[shop.first]
    assert digests[shop.second] == ""


def test_a_training_reports_each_of_its_stages_once_and_in_order(services, shop):
    claim = services.ledger.claim(request_training("shop", services))
    stages = []
    run_training(
        services.ledger.get(claim.job_id), services, lambda stage=None: stages.append(stage)
    )
    numbered = {stage.name: (stage.done, stage.total) for stage in stages if stage}
    assert list(numbered) == [
        "loading data",
        "visual similarity",
        "validation",
        "test",
        "choice",
        "links",
        "learning",
        "building lists",
        "publishing",
    ]
    assert list(numbered.values()) == [(done, 9) for done in range(9)]


def test_the_report_names_a_dominant_customer_by_pseudonym(services, shop):
    rows = [[GUEST, str(n % 40), f"guest {n}", "", "DE", row[-1]] for n, row in enumerate(FIRST)]
    import_rows(services, rows)
    _, result = train_once(services)
    report = services.generations(shop.collection).report(result["generation"])
    (customer,) = report["ignored"]["customers"]
    assert customer["customer"] == Pseudonyms(services.files).pseudonym_of(GUEST)
    assert customer["orders"] == len(FIRST)
    assert report["summary"]["examples"]
    assert not any(name in str(report) for name in (GUEST, user(1), user(2)))
