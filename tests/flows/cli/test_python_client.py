"""The Python client against the whole stack."""

import pytest

from lookalike import Lookalike
from lookalike.errors import ServerProblem
from lookalike.models import JobState
from tests.support.images import jpeg
from tests.support.items import own

pytestmark = pytest.mark.stack

COUNT = 120  # more than a page of items


@pytest.fixture(scope="module")
def client(stack):
    with Lookalike(stack.url) as client:
        yield client


@pytest.fixture(scope="module")
def imported(client, tmp_path_factory):
    """The final job of a folder with `COUNT` items and two broken files."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(COUNT):
        (folder / f"A-{number:03}.jpg").write_bytes(jpeg(number))
    for number in range(2):
        (folder / f"broken-{number}.jpg").write_bytes(b"")
    client.create_collection("client", description="created by the client")
    sent, polled = [], []
    job = client.import_folder(folder, "client", on_bytes=lambda *now: sent.append(now))
    final = job.wait(on_progress=polled.append)
    assert sent[-1][0] == sent[-1][1]
    assert polled[-1] == final
    return final


def test_a_folder_becomes_items_and_its_broken_files_are_listed(client, imported):
    assert imported.state is JobState.PARTIAL
    assert (imported.progress.done, imported.progress.failed) == (COUNT, 2)
    files = {failure.file for failure in client.failures(imported.id)}
    assert files == {"broken-0.jpg", "broken-1.jpg"}


def test_items_of_all_pages_are_listed(client, imported):
    skus = [item.sku for item in client.items("client")]
    assert sorted(skus) == [f"A-{number:03}" for number in range(COUNT)]


def test_an_item_is_changed_filtered_and_deleted(client, tmp_path):
    client.create_collection("few")
    for number in range(3):
        (tmp_path / f"C-{number}.jpg").write_bytes(jpeg(number))
    client.import_folder(tmp_path, "few").wait()
    changed = client.change_item("few", "C-1", {"brand": "Öl & Co", "price": 7})
    assert own(changed.attributes) == {"brand": "Öl & Co", "price": 7}
    assert [item.sku for item in client.items("few", {"price": {"lt": 8}})] == ["C-1"]
    client.delete_item("few", "C-1")
    assert {item.sku for item in client.items("few")} == {"C-0", "C-2"}
    with pytest.raises(ServerProblem) as caught:
        client.item("few", "C-1")
    assert (caught.value.status, caught.value.code) == (404, "not-found")


def test_jobs_are_listed_with_the_newest_first(client, imported):
    jobs = list(client.jobs("client"))
    assert imported.id in {job.id for job in jobs}
    assert [job.created_at for job in jobs] == sorted((j.created_at for j in jobs), reverse=True)


def test_waiting_for_a_job_returns_its_final_state(client, imported, tmp_path, capfd):
    (tmp_path / "D-1.jpg").write_bytes(jpeg(600))
    client.create_collection("waited")
    job = client.import_folder(tmp_path, "waited").wait(progress=True)
    assert (job.state, job.progress.done) == (JobState.SUCCEEDED, 1)
    assert client.job(job.id).wait() == job.refresh() == job
    assert capfd.readouterr().err == ""  # progress bars are for terminals


def test_the_same_idempotency_key_creates_one_job(client, imported, tmp_path):
    (tmp_path / "B-1.jpg").write_bytes(jpeg(500))
    jobs = {client.import_folder(tmp_path, "client", idempotency_key="k-1").id for _ in range(2)}
    assert len(jobs) == 1


def test_a_search_returns_absolute_urls_and_timings(client, imported, stack):
    result = client.search("client", jpeg(11), limit=3)
    assert result.matches[0].sku == "A-011"
    assert all(match.image_url.startswith(f"{stack.url}/") for match in result.matches)
    assert result.timings["total_ms"] > 0


def test_a_search_by_words_returns_matches_and_what_was_understood(client, imported):
    result = client.search("client", text="red", limit=3)
    (words,) = result.understood
    assert (words.kind, words.meaning, words.sources) == ("colour", "red", ("picture",))
    assert len(result.matches) == 3
    both = client.search("client", jpeg(11), text="in red")
    assert both.matches != client.search("client", jpeg(11)).matches
