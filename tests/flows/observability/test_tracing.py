"""Traces on the whole stack: of an upload to the steps of its job, and what must not be in them."""

from contextlib import ExitStack

import pytest

from embedded.stack import Stack
from tests.support.images import jpeg
from tests.support.otlp_receiver import receiving
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

NAME = "ann-lee@shop.example"
SALES = f"md5email,sku,order_id,zip,country,created_at\n{NAME},1,o1,10115,DE,2026-03-04\n"


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A stack that sends its traces, and who takes them."""
    told = {"OTEL_BSP_SCHEDULE_DELAY": "200"}
    with receiving() as receiver, ExitStack() as running:
        with pytest.MonkeyPatch.context() as patch:  # for the stack: not for this process
            for name, value in {**told, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}.items():
                patch.setenv(name, value)
            stack = running.enter_context(Stack(make_settings(tmp_path_factory.mktemp("traced"))))
        yield stack, receiver


@pytest.fixture(scope="module")
def shop(traced):
    with Shop(traced[0].url, "traced") as shop:
        shop.create()
        yield shop


def of_trace(receiver, name):
    """The spans of every trace that has a span of this name."""
    traces = {one.trace for one in receiver.spans if one.name == name}
    return [one for one in receiver.spans if one.trace in traces]


def test_an_upload_and_all_steps_of_its_job_are_one_trace(traced, shop):
    receiver, upload = traced[1], "POST /v1/collections/{c}/items"
    files = [(f"{number}.jpg", jpeg(number)) for number in range(40)]  # three chunks
    job = shop.ingest(files, **{"X-Request-ID": "upload-7"})

    def steps():
        spans = of_trace(receiver, upload)
        return [one for one in spans if one.service == "lookalike-embed"]

    names = ["ingest chunk", "ingest chunk", "ingest chunk", "ingest end", "ingest plan"]
    eventually(lambda: sorted(one.name for one in steps()) == names)
    spans = of_trace(receiver, upload)
    (root,) = [one for one in spans if one.parent == b""]
    assert root.name == upload
    assert {one.told["job_id"] for one in steps()} == {job["id"]}
    assert {one.told["request_id"] for one in (root, *steps())} == {"upload-7"}
    assert {one.parent for one in steps()} <= {one.id for one in spans}


def test_a_search_goes_on_in_its_worker(traced, shop):
    shop.found(jpeg(1))
    route = "POST /v1/collections/{c}/search"

    def services():
        return {one.service for one in of_trace(traced[1], route)}

    eventually(lambda: services() == {"lookalike-api", "lookalike-search"})


def test_a_trace_of_the_caller_is_gone_on_with(traced, shop):
    trace = "0af7651916cd43dd8448eb211c80319c"
    shop.http.get(shop.path, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    eventually(lambda: bytes.fromhex(trace) in {one.trace for one in traced[1].spans})


def test_no_customer_is_named_anywhere(traced, shop):
    stack, receiver = traced
    sent = shop.http.post(f"{shop.path}/sales", content=SALES, headers={"content-type": "text/csv"})
    shop.ended(sent.json()["id"])
    shop.http.get(f"{shop.path}/users/{NAME}/recommendations")
    shop.http.get(f"{shop.path}/users", params={"prefix": NAME})
    shop.http.get(f"{shop.path}/users/{NAME}/of/no/route")
    shop.ended(shop.http.delete(f"{shop.path}/users/{NAME}").json()["id"])
    eventually(lambda: "erase-user plan" in {one.name for one in receiver.spans})
    paths = [one.told["url.path"] for one in receiver.spans if "url.path" in one.told]
    assert any("/users/" in path for path in paths)
    sent_bytes = b"".join(receiver.bodies)
    for text in (NAME, "ann-lee", str(stack.data)):
        assert text.encode() not in sent_bytes


def test_what_machines_ask_again_and_again_is_left_out(traced, shop):
    for path in ("/metrics", "/health/ready", "/health/live"):
        assert shop.http.get(path).status_code == 200
    shop.http.get("/v1/about")
    eventually(lambda: "GET /v1/about" in {one.name for one in traced[1].spans})
    assert not {"GET /metrics", "GET /health/ready"} & {one.name for one in traced[1].spans}
