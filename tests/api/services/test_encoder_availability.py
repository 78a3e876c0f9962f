"""What the front end concludes from the reports of the workers."""

import pytest

from api.services.encoder_availability import identity_of, summary_of
from core.cache.worker_registry import EncoderReport, WorkerReport
from core.encoders.catalogue import describe
from core.errors import InvalidInput, NotInstalled, Unavailable

NAME = "resnet50"
MISSING = EncoderReport(weights="missing", detail="fetch it")


def present(sha256="a" * 64, pace=None):
    return EncoderReport(weights="present", sha256=sha256, images_per_second=pace)


def worker(host, report, *queues):
    return WorkerReport(host=host, queues=queues, encoders={NAME: report})


def test_what_all_workers_have_is_there_and_gives_the_identity():
    reports = [worker("one", present(), "search"), worker("two", present(), "embed")]
    assert identity_of(NAME, reports) == describe(NAME).identity("a" * 64)


def test_what_one_worker_lacks_is_not_there_and_the_worker_is_named():
    reports = [worker("one", present(), "search"), worker("two", MISSING, "embed")]
    with pytest.raises(NotInstalled, match=r"fetch it \(on two\)"):
        identity_of(NAME, reports)


def test_a_single_machine_is_not_named():
    with pytest.raises(NotInstalled, match=r"fetch it$"):
        identity_of(NAME, [worker("one", MISSING, "embed")])


def test_weights_that_differ_between_workers_are_wrong():
    reports = [worker("one", present("a" * 64)), worker("two", present("b" * 64))]
    assert summary_of(NAME, reports).weights == "wrong"
    with pytest.raises(NotInstalled, match="aaaaaaaaaaaa on one, bbbbbbbbbbbb on two"):
        identity_of(NAME, reports)


def test_without_a_worker_nobody_knows():
    assert summary_of(NAME, []) is None
    with pytest.raises(Unavailable, match="no worker has said"):
        identity_of(NAME, [])


def test_an_unknown_network_is_refused_before_workers_are_asked():
    with pytest.raises(InvalidInput, match="'resnet-9000' is not known"):
        identity_of("resnet-9000", [])


def test_the_pace_is_that_of_all_who_embed_together():
    reports = [
        worker("one", present(pace=10.0), "embed"),
        worker("two", present(pace=20.0), "embed"),
        worker("three", present(pace=99.0), "search"),
        worker("four", present(), "embed"),
    ]
    assert summary_of(NAME, reports).images_per_second == 30.0
    assert summary_of(NAME, [worker("four", present(), "embed")]).images_per_second is None
