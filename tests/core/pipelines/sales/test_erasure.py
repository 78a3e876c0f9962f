"""An erased user stays erased, whatever is imported, deleted or killed around the erasure."""

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.errors import NotFound
from core.jobs import JobKind, make_retry
from core.pipelines.sales.erase import erase_user
from core.pipelines.sales.import_sales import import_sales
from core.pipelines.services import no_heartbeat
from core.storage.sales import ORDER_LINES, REJECTS
from tests.support.cached_lists import read_list
from tests.support.sales import as_csv, order_lines, user
from tests.support.trainable_shop import create_job, stage_upload, train_once

pytestmark = pytest.mark.stack

ANN, BOB = user(1), user(2)


class Killed(BaseException):
    """Ends a step without any cleanup of the job, as a kill would."""


def send(services, rows):
    """Accept a sales file, which is not imported yet."""
    upload = stage_upload(services, f"file-{len(rows)}", as_csv(rows))
    return create_job(services, JobKind.IMPORT_SALES, upload=upload, filename="sales.csv")


def request_erasure(services, name=ANN):
    upload = stage_upload(services, f"name-{name}", name.encode())
    return create_job(services, JobKind.ERASE_USER, upload=upload)


def erase(services, name=ANN):
    return erase_user(request_erasure(services, name), services, no_heartbeat)


def run_import(services, job, heartbeat=no_heartbeat):
    return import_sales(job, services, heartbeat)


def stored_users(services, shop):
    """All users whom any stored order line names, in complete and incomplete uploads."""
    store, users = services.sales(shop.collection), set()
    for upload in store.ids():
        if not store.exists(upload, ORDER_LINES):
            continue
        with store.open_read(upload, ORDER_LINES) as file:
            users |= set(pq.read_table(file)["user"].to_pylist())
    return users


def files_that_name(services, shop, name):
    """Files of the collection, also hidden ones, that contain a name."""
    folder = shop.collection.folder
    root = Path(services.files._full(folder))
    paths = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    named = [path.name for path in paths if name.encode() in path.read_bytes()]
    return named + [ORDER_LINES] * (name in stored_users(services, shop))


def rejects(services, shop, upload):
    with services.sales(shop.collection).open_read(upload, REJECTS) as file:
        return file.read().decode().splitlines()


NEW_FILE = order_lines(users=5, seed=9)


def test_a_file_sent_before_the_erasure_and_imported_after_it_leaves_the_user_out(services, shop):
    job = send(services, NEW_FILE)
    erase(services)
    outcome = run_import(services, job)
    own = [row for row in NEW_FILE if row[0] == ANN]
    assert stored_users(services, shop) == {user(n) for n in range(80)} - {ANN}
    assert outcome.skipped == len(own) == outcome.result["reasons"]["the customer was erased"]
    assert outcome.done == len(NEW_FILE) - len(own)
    assert files_that_name(services, shop, ANN) == []


def test_an_erasure_in_the_middle_of_an_import_leaves_the_user_out(services, shop):
    erasures = []

    def heartbeat(stage=None):
        if not erasures:
            erasures.append(erase(services))

    outcome = run_import(services, send(services, NEW_FILE), heartbeat)
    assert erasures
    assert outcome.done == sum(row[0] != ANN for row in NEW_FILE)
    assert files_that_name(services, shop, ANN) == []


@pytest.mark.parametrize("erase_first", [True, False])
def test_an_import_that_was_killed_leaves_the_user_out_when_it_runs_again(
    services, shop, erase_first
):
    def kill(stage=None):
        raise Killed

    job = send(services, NEW_FILE)
    erasure = request_erasure(services)
    with pytest.raises(Killed):
        run_import(services, job, kill)
    if erase_first:
        erase_user(erasure, services, no_heartbeat)
    run_import(services, job)
    erase_user(erasure, services, no_heartbeat)
    assert files_that_name(services, shop, ANN) == []
    assert BOB in stored_users(services, shop)


def test_order_lines_of_an_import_that_was_killed_before_its_end_are_erased(services, shop):
    job = send(services, NEW_FILE)
    run_import(services, job)
    services.files.delete(f"{shop.collection.folder}/sales/{job.id}/report.json")
    erase(services)
    assert files_that_name(services, shop, ANN) == []


def write_leftovers(services, shop, jobs):
    """Write temporary files as a killed process leaves them: of lists and of imports."""
    for job, folder in zip(jobs, ("sales", "lists"), strict=True):
        path = f"{shop.collection.folder}/{folder}/{job}"
        services.files.write(f"{path}/other", b"")
        Path(services.files._full(f"{path}/.lines.{'0' * 32}")).write_bytes(ANN.encode())


def test_leftovers_of_dead_processes_are_deleted_at_once(services, shop):
    write_leftovers(services, shop, ["ended import", "ended training"])
    assert len(files_that_name(services, shop, ANN)) == 3
    erase(services)
    assert files_that_name(services, shop, ANN) == []


def test_a_retry_whose_file_was_deleted_by_an_erasure_says_so(services, shop):
    job = services.ledger.cancel(send(services, NEW_FILE).id)
    erase(services)
    retry = services.ledger.create(make_retry(job, []))
    with pytest.raises(NotFound, match="as soon as a customer is erased or sales are deleted"):
        run_import(services, retry)


def test_an_import_that_runs_again_deletes_its_own_leftovers(services, shop):
    job = send(services, NEW_FILE)
    write_leftovers(services, shop, [job.id, "ended training"])
    erase(services)
    assert files_that_name(services, shop, ANN) == [f".lines.{'0' * 32}"]
    run_import(services, job)
    assert files_that_name(services, shop, ANN) == []


def test_a_later_file_leaves_out_old_purchases_and_keeps_those_after_the_erasure(services, shop):
    erasure = request_erasure(services)
    erase_user(erasure, services, no_heartbeat)
    before, after = (
        [ANN, "7", f"order {days}", "", "DE", (erasure.created_at + timedelta(days)).isoformat()]
        for days in (-0.01, 0.01)
    )
    outcome = run_import(services, send(services, [before, after]))
    assert (outcome.done, outcome.skipped) == (1, 1)
    with services.sales(shop.collection).open_read(outcome.result["upload"], ORDER_LINES) as file:
        assert pq.read_table(file)["order"].to_pylist() == ["order 0.01"]
    assert rejects(services, shop, outcome.result["upload"]) == [
        "line,reason,text",
        "2,the customer was erased,",
    ]


def test_a_rejected_row_of_an_erased_user_is_listed_without_its_text(services, shop):
    erase(services)
    rows = [[name, "7", "1", "", "DE", "soon"] for name in (ANN, BOB)]
    outcome = run_import(services, send(services, [*rows, *NEW_FILE]))
    listed = rejects(services, shop, outcome.result["upload"])[1:3]
    assert listed[0].endswith(",")
    assert BOB in listed[1]
    assert files_that_name(services, shop, ANN) == []


def test_a_file_with_nothing_but_an_erased_user_is_refused_with_the_reason(services, shop):
    job = send(services, [row for row in NEW_FILE if row[0] == ANN])
    erase(services)
    with pytest.raises(Exception, match="12 times: the customer was erased"):
        run_import(services, job)
    assert services.sales(shop.collection).find(job.id) is None


def test_lists_and_cache_are_erased_even_if_an_upload_is_deleted_meanwhile(services, shop):
    train_once(services)
    store = services.sales(shop.collection)
    first, second = store.ids()

    def heartbeat(stage=None):
        store.remove(second)

    outcome = erase_user(request_erasure(services), services, heartbeat)
    assert outcome.result["rows"] == 12
    assert store.ids() == [first]
    assert files_that_name(services, shop, ANN) == []
    assert not read_list(services.lists._redis, "shop", ANN).personal


def test_an_erasure_that_finds_nobody_says_so_once(services, shop):
    erasure = request_erasure(services, "nobody")
    outcome = erase_user(erasure, services, no_heartbeat)
    assert outcome.result["rows"] == 0
    assert "no sales of this customer were found" in outcome.result["warning"]
    assert "warning" not in erase(services).result


def test_a_repeated_erasure_has_no_warning(services, shop):
    erasure = request_erasure(services)
    stages = []

    def die(stage=None):
        stages.append(stage)
        if len(stages) == 2:
            raise Killed

    with pytest.raises(Killed):
        erase_user(erasure, services, die)
    assert erase_user(erasure, services, no_heartbeat).result.keys() == {"rows", "training"}
    assert erase_user(erasure, services, no_heartbeat).result.keys() == {"rows", "training"}


def test_the_store_remembers_the_user_only_as_a_hash(services, shop):
    erase(services)
    (name,) = services.files.list_names(f"{shop.collection.folder}/erasures")
    assert len(name) == 64
    assert ANN not in name
