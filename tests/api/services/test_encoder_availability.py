"""Encoder availability, merged from the workers' reports."""

import pytest

from api.services.encoder_availability import encoder_identity, merge_reports
from core.cache.worker_registry import EncoderReport, WorkerReport
from core.encoders.catalogue import describe
from core.errors import InvalidInput, NotInstalled, Unavailable

NAME = "resnet50"
MISSING = EncoderReport(weights="missing", detail="fetch it")


def present(sha256="a" * 64, throughput=None):
    return EncoderReport(weights="present", sha256=sha256, images_per_second=throughput)


def worker(host, report, kind):
    return WorkerReport(host=host, kind=kind, encoders={NAME: report})


def test_an_encoder_that_all_workers_have_has_an_identity():
    reports = [worker("host1", present(), "search"), worker("host2", present(), "embed")]
    assert encoder_identity(NAME, reports) == describe(NAME).identity("a" * 64)


def test_an_encoder_that_a_worker_lacks_is_not_installed_and_the_worker_is_named():
    reports = [worker("host1", present(), "search"), worker("host2", MISSING, "embed")]
    with pytest.raises(NotInstalled, match=r"fetch it \(on host2\)"):
        encoder_identity(NAME, reports)


def test_a_single_machine_is_not_named():
    with pytest.raises(NotInstalled, match=r"fetch it$"):
        encoder_identity(NAME, [worker("host1", MISSING, "embed")])


def test_weights_that_differ_between_workers_are_wrong():
    reports = [
        worker("host1", present("a" * 64), "embed"),
        worker("host2", present("b" * 64), "embed"),
    ]
    assert merge_reports(NAME, reports).weights == "wrong"
    with pytest.raises(NotInstalled, match="aaaaaaaaaaaa on host1, bbbbbbbbbbbb on host2"):
        encoder_identity(NAME, reports)


def test_without_reports_availability_is_unknown():
    assert merge_reports(NAME, []) is None
    with pytest.raises(Unavailable, match="no worker has reported"):
        encoder_identity(NAME, [])


def test_an_unknown_encoder_is_rejected_before_the_reports_are_read():
    with pytest.raises(InvalidInput, match="no encoder 'resnet-9000'"):
        encoder_identity("resnet-9000", [])


def test_throughput_is_the_sum_of_all_embedding_workers():
    reports = [
        worker("host1", present(throughput=10.0), "embed"),
        worker("host2", present(throughput=20.0), "embed"),
        worker("host3", present(throughput=99.0), "search"),
        worker("host4", present(), "embed"),
    ]
    assert merge_reports(NAME, reports).images_per_second == 30.0
    assert merge_reports(NAME, [worker("host4", present(), "embed")]).images_per_second is None
