"""Every input of every block, called as a flow calls it: within the server, and alone."""

import contextlib
import itertools
import json

import httpx2
import pytest

from api.loko.bundle.components import blocks_of
from api.loko.form_values import CHOOSE
from tests.support.archives import zipped
from tests.support.images import jpeg
from tests.support.loko_caller import BlockError, block_args, call_block, encode
from tests.support.loko_gateway import adapter
from tests.support.sales import COLUMNS, as_csv, order_lines, user
from tests.support.shop_client import Shop, numbered

pytestmark = pytest.mark.stack

BLOCKS = {one.service: block for block in blocks_of("") for one in block.inputs}
# what an input says that is told nothing at all; the list of collections needs nothing
MISSING = {
    "loko/collections/create": "Give the collection a name",
    "loko/collections/list": None,
    "loko/jobs/status": "Send the id of a job",
} | {
    f"loko/{service}": CHOOSE
    for service in (
        "collections/info",
        "collections/update",
        "collections/delete",
        "collections/add",
        "images/search",
        "recommender/fit",
        "recommender/users",
        "recommender/recommend",
        "recommender/report",
        "recommender/delete_sales",
    )
}
EMPTY_FORM = {arg.name: "" for block in BLOCKS.values() for arg in block.args}
ACCENTED = ("scarpa è 1.jpg", jpeg(1))
EMPTY_FILE = ("leer.jpg", b"")
_numbers = itertools.count(1)


@pytest.fixture
def name():
    return f"loko-{next(_numbers)}"


@pytest.fixture(scope="module")
def alone(stack, tmp_path_factory):
    with adapter(tmp_path_factory.mktemp("alone"), url=stack.url) as url:
        yield url


@pytest.fixture(params=["within", "alone"])
def at(request, stack, alone):
    """Call an input of a block, of either shape; its only message."""
    url = stack.url if request.param == "within" else alone

    def call(service, value=None, file=None, **form):
        [message] = call_block(url, f"loko/{service}", value, file, values=form)
        return message

    call.url = url
    return call


@pytest.fixture(scope="module")
def filled(stack):
    """A shop with items and sales, which no test changes."""
    with Shop(stack.url, "loko-filled") as shop:
        shop.create()
        shop.ingest_numbers(range(30))
        sales = as_csv(order_lines(users=40, skus=30))
        head = {"content-type": "text/csv"}
        job = shop.http.post(f"{shop.path}/sales", content=sales, headers=head).json()
        shop.ended(shop.ended(job["id"])["result"]["training"])
        yield shop


def test_all_inputs_are_here():
    assert set(MISSING) == set(BLOCKS)


SENT = {
    "null": (None, None, {}),
    "empty form": ("", None, EMPTY_FORM),
    "file": (None, ACCENTED, EMPTY_FORM),
    "empty file": (None, EMPTY_FILE, {}),
    "list": ([1, {"a": None}], None, EMPTY_FORM),
    "number": (3.5, None, {}),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
@pytest.mark.parametrize("service", MISSING)
def test_an_input_that_is_told_nothing_says_what_it_needs(stack, service, sent):
    value, file, form = sent
    kind, body = encode(value, block_args("Block", form), file)
    answer = httpx2.post(f"{stack.url}/{service}", content=body, headers={"content-type": kind})
    assert answer.headers["content-type"] == "application/json"
    if complaint := MISSING[service]:
        assert answer.status_code == 422
        assert complaint in answer.json()
    else:
        assert (answer.status_code, type(answer.json())) == (200, dict)


@pytest.mark.parametrize("service", [one for one, told in MISSING.items() if told == CHOOSE])
def test_a_collection_that_is_not_there_is_told_in_a_sentence(stack, service):
    form = {one: "no-such-shop" for one in EMPTY_FORM if one.startswith("collection")}
    form |= {"new_description": "x", "user": "ann"}
    file = ("a.csv", as_csv(order_lines(2))) if service.endswith("fit") else None
    value = None if file else "A-1"
    file = ("a.jpg", jpeg(1)) if service.endswith("add") else file
    with pytest.raises(BlockError, match=r"extension 'project' - .*no-such-shop"):
        call_block(stack.url, service, value, file, values=form)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"args": 3}', b"\xff", b'{"value": "\\ud800", "args": {}}']
)
def test_a_body_that_no_flow_sends_is_refused_in_a_sentence(stack, body):
    head = {"content-type": "application/json"}
    answer = httpx2.post(f"{stack.url}/loko/collections/list", content=body, headers=head)
    assert (answer.status_code, type(answer.json())) == (422, str)


def test_a_page_in_a_browser_cannot_ask_a_block(stack):
    kind, body = encode(None, block_args("Collections"))
    head = {"content-type": kind, "origin": "http://elsewhere.example"}
    answer = httpx2.post(f"{stack.url}/loko/collections/list", content=body, headers=head)
    assert (answer.status_code, type(answer.json())) == (403, str)


def test_what_the_flows_caller_authorised_is_not_logged(stack):
    secret = {"authorization": "Bearer not-for-logs"}
    for service in MISSING:
        with contextlib.suppress(BlockError):
            call_block(stack.url, service, {"x": 1}, values={"limit": []}, headers=secret)
    logs = list((stack.data / "logs").glob("*.log"))
    assert logs
    assert not [one for one in logs if b"not-for-logs" in one.read_bytes()]


def test_a_collection_from_its_making_to_its_end(at, stack_http, name):
    form = {"collection_name": name, "collection_description": "of a flow", "top_k": "25"}
    made = at("collections/create", **form)
    assert made == stack_http.get(f"/v1/collections/{name}").json()
    assert name in [one["name"] for one in at("collections/list")["items"]]
    changed = at("collections/update", collection_update=name, new_description="è bello")
    assert changed["description"] == "è bello"
    assert at("collections/info", collection_info=name) == changed
    with pytest.raises(BlockError, match=f"{name}.*exists"):
        at("collections/create", **form)
    assert at("collections/delete", collection_delete=name)["status"] == "succeeded"
    assert stack_http.get(f"/v1/collections/{name}").status_code == 404


def test_a_form_chooses_among_what_there_is(at, filled):
    names = httpx2.get(f"{at.url}/loko/names/collections").json()
    assert filled.name in names
    encoders = httpx2.get(f"{at.url}/loko/names/encoders").json()
    assert encoders == ["efficientnet-lite0", "efficientnetb0"]


def test_pictures_and_archives_are_added(at, stack_http, name):
    at("collections/create", collection_name=name)
    form = {"collection_add": name, "add_wait_seconds": "60"}
    told = at("collections/add", file=ACCENTED, **form)
    assert (told["status"], told["progress"]["done"]) == ("succeeded", 1)
    archive = zipped({"A-1/front.jpg": jpeg(2), "A-1/back.jpg": jpeg(3), "B.jpg": b"no picture"})
    told = at("collections/add", file=("two.zip", archive), **form)
    assert (told["status"], [one["file"] for one in told["failures"]]) == ("partial", ["B.jpg"])
    skus = [one["sku"] for one in stack_http.get(f"/v1/collections/{name}/items").json()["items"]]
    assert sorted(skus) == ["A-1", "scarpa è 1"]


def test_an_empty_file_and_a_broken_archive_are_told_in_a_sentence(at, stack_http, name):
    at("collections/create", collection_name=name)
    with pytest.raises(BlockError, match="the upload is empty"):
        at("collections/add", file=EMPTY_FILE, collection_add=name)
    with pytest.raises(BlockError, match="zip"):
        at("collections/add", file=("a.zip", numbered([1])[:-30]), collection_add=name)
    [job] = stack_http.get("/v1/jobs", params={"collection": name}).json()["items"]
    told = at("jobs/status", job["id"])
    assert told["status"] == "failed"
    assert "zip" in told["problem"]["detail"]


def test_who_does_not_wait_asks_for_the_job_later(at, name):
    at("collections/create", collection_name=name)
    told = at("collections/add", file=ACCENTED, collection_add=name, add_wait=False)
    assert told["status"] == "queued"
    for message in (told["job_id"], told, {"id": told["job_id"]}):
        assert at("jobs/status", message)["job_id"] == told["job_id"]
    assert at("jobs/status", None, job=told["job_id"])["kind"] == "ingest"
    with pytest.raises(BlockError, match="is not known"):
        at("jobs/status", "0" * 32)


def test_a_change_of_network_is_a_job(stack, stack_http, name, tmp_path):
    form = {"collection_name": name, "encoder": "efficientnet-lite0"}
    call_block(stack.url, "loko/collections/create", values=form)
    form = {"collection_update": name, "new_encoder": "efficientnet-lite0"}
    [same] = call_block(stack.url, "loko/collections/update", values=form)
    assert (same["name"], same["encoder"]) == (name, "efficientnet-lite0")
    form |= {"new_encoder": "efficientnetb0"}
    with adapter(tmp_path, url=stack.url, wait_s=0.2) as url:
        [told] = call_block(url, "loko/collections/update", values=form)
    assert (told["kind"], told["collection"]) == ("change-encoder", name)
    stack_http.post(f"/v1/jobs/{told['job_id']}/cancel")  # to the end it is another test's
    with pytest.raises(BlockError, match="no-such-network"):
        call_block(
            stack.url, "loko/collections/update", values=form | {"new_encoder": "no-such-network"}
        )


def test_a_search_by_picture_finds_what_the_server_finds(at, filled):
    form = {"collection": filled.name, "limit": "3", "min_score": "0.1"}
    found = at("images/search", file=("a è.jpg", jpeg(7)), **form)
    assert found["matches"] == filled.found(jpeg(7), limit=3, min_score=0.1)
    assert found["matches"][0]["sku"] == "7"


@pytest.mark.parametrize("message", ["7", 7, {"sku": "7", "score": 0.5}])
def test_a_search_by_sku_takes_it_from_the_message(at, filled, message):
    found = at("images/search", message, collection=filled.name, limit=4)
    similar = filled.http.get(f"{filled.path}/items/7/similar", params={"limit": 4}).json()
    assert found["matches"] == similar["matches"]


def test_a_search_may_give_a_message_for_each_match(stack, filled):
    form = {"collection": filled.name, "limit": 3, "emit": "one message per result"}
    apart = call_block(stack.url, "loko/images/search", "7", values=form)
    form |= {"emit": "one message"}
    [together] = call_block(stack.url, "loko/images/search", "7", values=form)
    assert apart == together["matches"]
    assert len(apart) == 3


@pytest.mark.parametrize(
    ("message", "form", "complaint"),
    [
        (None, {}, "sku of an item"),
        (["7", "8"], {}, "sku of an item"),
        ("none-such", {}, "none-such"),
        ("..", {}, "'..'"),
        ("7", {"limit": "many"}, "limit: .*integer"),
        ("7", {"limit": 0}, "limit: .*1"),
        ("7", {"filter": "{price"}, "filter"),
    ],
)
def test_a_search_that_cannot_be_is_told_in_a_sentence(stack, filled, message, form, complaint):
    with pytest.raises(BlockError, match=complaint):
        call_block(
            stack.url, "loko/images/search", message, values={"collection": filled.name, **form}
        )


def test_customers_are_listed_and_offered_what_the_server_offers_them(at, filled):
    page = at("recommender/users", collection_users=filled.name, users_limit="3")
    names = [one["user"] for one in page["items"]]
    form = {"collection_recommend": filled.name, "limit": "4"}
    many = at("recommender/recommend", page, **form)["items"]
    for name, offered in zip(names, many, strict=True):
        path = f"{filled.path}/users/{name}/recommendations"
        assert offered == filled.http.get(path, params={"limit": 4}).json()
    assert many == at("recommender/recommend", names, **form)["items"]
    assert many[0] == at("recommender/recommend", names[0], **form)
    assert many[1] == at("recommender/recommend", {"md5email": names[1]}, **form)
    assert many[2] == at("recommender/recommend", None, user=names[2], **form)


def test_a_customer_who_is_not_known_is_offered_what_is_popular(at, filled):
    for name in ("nobody è", "..", "%2e%2e", 42):
        told = at("recommender/recommend", name, collection_recommend=filled.name, country="DE")
        assert (told["user"], told["personal"]) == (str(name), False)
        assert told["recommendations"]


@pytest.mark.parametrize("message", [None, "", {}, [None], [{"name": "x"}], True])
def test_a_message_without_a_customer_is_told_in_a_sentence(stack, filled, message):
    form = {"collection_recommend": filled.name}
    with pytest.raises(BlockError, match="Send a user"):
        call_block(stack.url, "loko/recommender/recommend", message, values=form)


def test_too_many_customers_are_told_in_a_sentence(stack, filled):
    form = {"collection_recommend": filled.name}
    with pytest.raises(BlockError, match="1,001 users"):
        call_block(stack.url, "loko/recommender/recommend", ["x"] * 1001, values=form)


def test_the_report_is_the_servers(at, filled):
    told = at("recommender/report", collection_report=filled.name)
    assert told == filled.http.get(f"{filled.path}/recommender").json()
    assert told["report"]["users"] == 40


ROWS = order_lines(users=20, skus=10)
SALES = {
    "file": (None, ("vendite è.csv", as_csv(ROWS, delimiter=";"))),
    "text": (as_csv(ROWS).decode(), None),
    "rows": ([dict(zip(COLUMNS, row, strict=True)) for row in ROWS], None),
}


@pytest.mark.parametrize("sent", SALES)
def test_sales_are_fitted_and_deleted(stack, shop, sent):
    shop.ingest_numbers(range(10))
    value, file = SALES[sent]
    [told] = call_block(
        stack.url, "loko/recommender/fit", value, file, values={"collection_fit": shop.name}
    )
    assert (told["kind"], told["status"]) == ("train", "succeeded")
    assert (told["sales"]["rows"], told["sales"]["accepted"]) == (len(ROWS), len(ROWS))
    form = {"collection_recommend": shop.name}
    [offered] = call_block(stack.url, "loko/recommender/recommend", user(0), values=form)
    assert offered["generation"] == told["job_id"]
    form = {"collection_delete_sales": shop.name}
    [gone] = call_block(stack.url, "loko/recommender/delete_sales", values=form)
    assert gone["status"] == "succeeded"
    assert shop.http.get(f"{shop.path}/sales").json()["items"] == []


@pytest.mark.parametrize(
    ("value", "file", "complaint"),
    [
        (None, None, "Send a CSV of sales"),
        ({"sku": "1"}, None, "Send a CSV of sales"),
        (None, ("leer.csv", b""), "empty"),
        (None, ("a.csv", b"md5email,thing\nann,1\n"), "sku"),
        (None, ACCENTED, "scarpa|CSV|table|text"),
    ],
)
def test_what_are_no_sales_is_told_in_a_sentence(stack, filled, value, file, complaint):
    form = {"collection_fit": filled.name}
    with pytest.raises(BlockError, match=complaint):
        call_block(stack.url, "loko/recommender/fit", value, file, values=form)


def test_errors_stay_on_one_line_and_without_quotes(stack, filled):
    form = {"collection": filled.name, "filter": json.dumps({"a": {"b": '"\n"'}})}
    with pytest.raises(BlockError) as raised:
        call_block(stack.url, "loko/images/search", "7", values=form)
    assert '"' not in str(raised.value)
    assert "\n" not in str(raised.value)
