"""Traces on the whole stack: from an upload to the steps of its job, without personal data."""

from contextlib import ExitStack

import pytest

from embedded.stack import Stack
from tests.support.external.otlp_receiver import otlp_receiver
from tests.support.images import jpeg
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

NAME = "ann-lee@shop.example"
SALES = f"md5email,sku,order_id,zip,country,created_at\n{NAME},1,o1,10115,DE,2026-03-04\n"


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A stack that exports its traces, and the receiver of the traces."""
    with otlp_receiver() as receiver, ExitStack() as running:
        environment = {
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        }
        with pytest.MonkeyPatch.context() as patch:  # for the stack, not for this process
            for name, value in environment.items():
                patch.setenv(name, value)
            settings = make_settings(tmp_path_factory.mktemp("traced"))
            stack = running.enter_context(Stack(settings))
        yield stack, receiver


@pytest.fixture(scope="module")
def receiver(traced):
    return traced[1]


@pytest.fixture(scope="module")
def shop(traced):
    with Shop(traced[0].url, "traced") as shop:
        shop.create()
        yield shop


def spans_of_traces(receiver, name):
    """Return the spans of every trace that has a span of this name."""
    traces = {span.trace for span in receiver.spans if span.name == name}
    return [span for span in receiver.spans if span.trace in traces]


def has_root(spans):
    """Whether no span is there whose parent is still to come."""
    return {span.parent for span in spans} - {span.id for span in spans} == {b""}


def span_names(receiver):
    return {span.name for span in receiver.spans}


def test_an_upload_and_all_steps_of_its_job_are_one_trace(receiver, shop):
    upload = "POST /v1/collections/{c}/items"
    files = [(f"{number}.jpg", jpeg(number)) for number in range(40)]  # three chunks
    job = shop.ingest(files, **{"X-Request-ID": "upload-7"})

    def steps():
        spans = spans_of_traces(receiver, upload)
        return [span for span in spans if span.name.startswith("ingest")]

    names = ["ingest chunk", "ingest chunk", "ingest chunk", "ingest end", "ingest plan"]
    eventually(lambda: sorted(span.name for span in steps()) == names)
    eventually(lambda: has_root(spans_of_traces(receiver, upload)))  # the API sends its own
    spans = spans_of_traces(receiver, upload)
    (root,) = [span for span in spans if span.parent == b""]
    assert root.name == upload
    assert {span.attributes["job_id"] for span in steps()} == {job["id"]}
    assert {span.attributes["request_id"] for span in (root, *steps())} == {"upload-7"}
    assert {span.parent for span in steps()} <= {span.id for span in spans}


def test_the_trace_of_a_search_includes_its_worker(receiver, shop):
    shop.matches(jpeg(1))
    route = "POST /v1/collections/{c}/search"

    def services():
        return {span.service for span in spans_of_traces(receiver, route)}

    eventually(lambda: services() == {"lookalike-api", "lookalike-search"})


def test_the_trace_of_the_caller_is_continued(receiver, shop):
    trace = "0af7651916cd43dd8448eb211c80319c"
    shop.http.get(shop.path, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    eventually(lambda: bytes.fromhex(trace) in {span.trace for span in receiver.spans})


def test_no_trace_names_a_user(traced, shop):
    stack, receiver = traced
    job = shop.send_sales(SALES).json()["id"]
    shop.wait_for_job(job)
    shop.recommendations(NAME)
    shop.http.get(f"{shop.path}/users", params={"prefix": NAME})
    shop.http.get(f"{shop.path}/users/{NAME}/of/no/route")
    shop.wait_for_job(shop.http.delete(f"{shop.path}/users/{NAME}").json()["id"])
    shop.http.get("/v1/encoders")  # the last that the API sends
    eventually(lambda: {"erase-user plan", "GET /v1/encoders"} <= span_names(receiver))
    paths = [span.attributes.get("url.path", "") for span in receiver.spans]
    assert any("/users/" in path for path in paths)
    exported = b"".join(receiver.bodies)
    for text in (NAME, "ann-lee", str(stack.data)):
        assert text.encode() not in exported


def test_requests_of_monitoring_systems_are_not_traced(receiver, shop):
    for path in ("/metrics", "/health/ready", "/health/live"):
        assert shop.http.get(path).status_code == 200
    shop.http.get("/v1/about")
    eventually(lambda: "GET /v1/about" in span_names(receiver))
    assert not {"GET /metrics", "GET /health/ready"} & span_names(receiver)
