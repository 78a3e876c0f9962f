"""Every input of every block, called as a flow does: inside the server, and standalone."""

import contextlib
import itertools
import json

import httpx2
import pytest

from api.loko.bundle.components import build_blocks
from api.loko.form_values import NO_COLLECTION
from tests.support.archives import make_zip
from tests.support.images import jpeg
from tests.support.loko_caller import BlockError, block_args, call_block, encode
from tests.support.loko_gateway import serve_blocks
from tests.support.sales import COLUMNS, as_csv, order_lines, user
from tests.support.shop_client import PATIENCE_S, Shop, zip_of_images

pytestmark = pytest.mark.stack

BLOCKS = {port.service: block for block in build_blocks("") for port in block.inputs}
COLLECTION_SERVICES = [
    f"loko/{service}"
    for service in (
        "collections/info",
        "collections/update",
        "collections/delete",
        "collections/add",
        "items/change_items",
        "items/delete_items",
        "items/set_availability",
        "items/change_types",
        "images/search",
        "recommender/fit",
        "recommender/users",
        "recommender/recommend",
        "recommender/basket",
        "recommender/report",
        "recommender/delete_sales",
    )
]
# the error of each input if the form and the message are empty; listing collections needs neither
ERRORS_IF_EMPTY = {
    "loko/collections/create": "Give the collection a name",
    "loko/collections/list": None,
    "loko/jobs/status": "Send the ID of a job",
} | dict.fromkeys(COLLECTION_SERVICES, NO_COLLECTION)
EMPTY_FORM = {arg.name: "" for block in BLOCKS.values() for arg in block.args}
ACCENTED_FILE = ("scarpa è 1.jpg", jpeg(1))
EMPTY_FILE = ("leer.jpg", b"")
_numbers = itertools.count(1)


@pytest.fixture
def name():
    """The name of a new collection."""
    return f"loko-{next(_numbers)}"


@pytest.fixture(scope="module")
def standalone_url(stack, tmp_path_factory):
    with serve_blocks(tmp_path_factory.mktemp("standalone"), url=stack.url) as url:
        yield url


@pytest.fixture(params=["inside", "standalone"])
def call(request, stack, standalone_url):
    """Call an input of a block, in either shape; returns its only message."""
    url = stack.url if request.param == "inside" else standalone_url

    def call(service, value=None, file=None, **form):
        [message] = call_block(url, f"loko/{service}", value, file, values=form)
        return message

    call.url = url
    return call


@pytest.fixture(scope="module")
def filled(stack):
    """A shop with items and sales; read-only."""
    with Shop(stack.url, "loko-filled") as shop:
        shop.create()
        shop.ingest_numbers(range(30))
        shop.import_sales(as_csv(order_lines(users=40, skus=30)))
        yield shop


def test_all_inputs_are_tested():
    assert set(ERRORS_IF_EMPTY) == set(BLOCKS)


EMPTY_REQUESTS = {
    "null": (None, None, {}),
    "empty form": ("", None, EMPTY_FORM),
    "file": (None, ACCENTED_FILE, EMPTY_FORM),
    "empty file": (None, EMPTY_FILE, {}),
    "list": ([1, {"a": None}], None, EMPTY_FORM),
    "number": (3.5, None, {}),
}


@pytest.mark.parametrize("request_parts", EMPTY_REQUESTS.values(), ids=EMPTY_REQUESTS)
@pytest.mark.parametrize("service", ERRORS_IF_EMPTY)
def test_an_input_without_values_says_what_it_needs(stack_http, service, request_parts):
    value, file, form = request_parts
    content_type, body = encode(value, block_args("Block", form), file)
    headers = {"content-type": content_type}
    response = stack_http.post(f"/{service}", content=body, headers=headers)
    assert response.headers["content-type"] == "application/json"
    if error := ERRORS_IF_EMPTY[service]:
        assert response.status_code == 422
        assert error in response.json()
    else:
        assert (response.status_code, type(response.json())) == (200, dict)


@pytest.mark.parametrize("service", COLLECTION_SERVICES)
def test_an_unknown_collection_is_named_in_the_error(stack, service):
    form = {name: "no-such-shop" for name in EMPTY_FORM if name.startswith("collection")}
    form |= {"new_description": "x", "user": "ann", "types": '{"size": "text"}'}
    form |= {"availability": "hidden"}
    form |= {"change_filter": '{"a": 1}', "delete_filter": '{"a": 1}', "attributes": '{"b": 2}'}
    file = ("a.csv", as_csv(order_lines(2))) if service.endswith("fit") else None
    value = None if file else "A-1"
    file = ("a.jpg", jpeg(1)) if service.endswith("add") else file
    with pytest.raises(BlockError, match=r"extension 'project' - .*no-such-shop"):
        call_block(stack.url, service, value, file, values=form)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"args": 3}', b"\xff", b'{"value": "\\ud800", "args": {}}']
)
def test_a_body_that_no_flow_sends_is_rejected(stack_http, body):
    headers = {"content-type": "application/json"}
    response = stack_http.post("/loko/collections/list", content=body, headers=headers)
    assert (response.status_code, type(response.json())) == (422, str)


def test_a_web_page_cannot_call_a_block(stack_http):
    content_type, body = encode(None, block_args("Collections"))
    headers = {"content-type": content_type, "origin": "http://elsewhere.example"}
    response = stack_http.post("/loko/collections/list", content=body, headers=headers)
    assert (response.status_code, type(response.json())) == (403, str)


def test_credentials_of_the_flows_caller_are_not_logged(stack):
    secret = {"authorization": "Bearer not-for-logs"}
    for service in ERRORS_IF_EMPTY:
        with contextlib.suppress(BlockError):
            call_block(stack.url, service, {"x": 1}, values={"limit": []}, headers=secret)
    logs = list((stack.data / "logs").glob("*.log"))
    assert logs
    assert not [log for log in logs if b"not-for-logs" in log.read_bytes()]


def test_a_collection_is_created_changed_and_deleted(call, stack_http, name):
    form = {"collection_name": name, "collection_description": "of a flow", "top_k": "25"}
    created = call("collections/create", **form)
    assert created == stack_http.get(f"/v1/collections/{name}").json()
    collections = call("collections/list")["items"]
    assert name in [collection["name"] for collection in collections]
    changed = call("collections/update", collection_update=name, new_description="è bello")
    assert changed["description"] == "è bello"
    assert call("collections/info", collection_info=name) == changed
    with pytest.raises(BlockError, match=f"{name}.*exists"):
        call("collections/create", **form)
    assert call("collections/delete", collection_delete=name)["status"] == "succeeded"
    assert stack_http.get(f"/v1/collections/{name}").status_code == 404


def test_the_choices_of_a_form_are_collections_and_installed_encoders(call, filled):
    names = httpx2.get(f"{call.url}/loko/names/collections", timeout=PATIENCE_S).json()
    assert filled.name in names
    encoders = httpx2.get(f"{call.url}/loko/names/encoders", timeout=PATIENCE_S).json()
    lite = ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"]
    assert encoders == [*lite, "efficientnetb0", "own-network"]


def test_images_and_archives_are_imported(call, stack_http, name):
    call("collections/create", collection_name=name)
    form = {"collection_add": name, "add_wait_seconds": "60"}
    job = call("collections/add", file=ACCENTED_FILE, **form)
    assert (job["status"], job["progress"]["done"]) == ("succeeded", 1)
    files = {"A-1/front.jpg": jpeg(2), "A-1/back.jpg": jpeg(3), "B.jpg": b"not an image"}
    job = call("collections/add", file=("two.zip", make_zip(files)), **form)
    failed_files = [failure["file"] for failure in job["failures"]]
    assert (job["status"], failed_files) == ("partial", ["B.jpg"])
    items = stack_http.get(f"/v1/collections/{name}/items").json()["items"]
    assert sorted(item["sku"] for item in items) == ["A-1", "scarpa è 1"]


def test_an_empty_file_and_a_broken_archive_are_rejected(call, stack_http, name):
    call("collections/create", collection_name=name)
    with pytest.raises(BlockError, match="the upload is empty"):
        call("collections/add", file=EMPTY_FILE, collection_add=name)
    with pytest.raises(BlockError, match="zip"):
        call("collections/add", file=("a.zip", zip_of_images([1])[:-30]), collection_add=name)
    [job] = stack_http.get("/v1/jobs", params={"collection": name}).json()["items"]
    message = call("jobs/status", job["id"])
    assert message["status"] == "failed"
    assert "zip" in message["problem"]["detail"]


def test_a_job_can_be_looked_up_later(call, name):
    call("collections/create", collection_name=name)
    job = call("collections/add", file=ACCENTED_FILE, collection_add=name, add_wait=False)
    assert job["status"] == "queued"
    for message in (job["job_id"], job, {"id": job["job_id"]}):
        assert call("jobs/status", message)["job_id"] == job["job_id"]
    assert call("jobs/status", None, job=job["job_id"])["kind"] == "ingest"
    with pytest.raises(BlockError, match="no job"):
        call("jobs/status", "0" * 32)


def test_a_change_of_encoder_is_a_job(stack, stack_http, name, tmp_path):
    form = {"collection_name": name, "encoder": "efficientnet-lite0"}
    call_block(stack.url, "loko/collections/create", values=form)
    form = {"collection_update": name, "new_encoder": "efficientnet-lite0"}
    [unchanged] = call_block(stack.url, "loko/collections/update", values=form)
    assert (unchanged["name"], unchanged["encoder"]) == (name, "efficientnet-lite0")
    form |= {"new_encoder": "efficientnetb0"}
    with serve_blocks(tmp_path, url=stack.url, wait_s=0.2) as url:
        [job] = call_block(url, "loko/collections/update", values=form)
    assert (job["kind"], job["collection"]) == ("change-encoder", name)
    stack_http.post(f"/v1/jobs/{job['job_id']}/cancel")  # another test runs it to the end
    form |= {"new_encoder": "no-such-encoder"}
    with pytest.raises(BlockError, match="no-such-encoder"):
        call_block(stack.url, "loko/collections/update", values=form)


def test_items_that_match_a_filter_are_counted_changed_and_deleted(call, stack, name):
    with Shop(stack.url, name) as shop:
        shop.create()
        manifest = b"sku,price,kind\n1,5,hat\n2,9,hat\n3,7,shoe"
        shop.ingest([("images.zip", zip_of_images(range(1, 4)))], manifest=manifest)
        hats = {"collection_change": name, "change_filter": {"kind": "hat"}}
        hats |= {"attributes": '{"price": "0,99", "kind": null}'}
        job = call("items/change_items", change_dry_run=True, **hats)
        assert job["result"] == {"dry_run": True, "matched": 2, "changed": 2}
        job = call("items/change_items", {"any": "message"}, **hats)
        assert (job["kind"], job["status"], job["result"]["changed"]) == (
            "change-items", "succeeded", 2,
        )  # fmt: skip
        assert shop.http.get(f"{shop.path}/items/1").json()["attributes"]["price"] == 0.99
        cheap = {"collection_delete": name, "delete_filter": '{"price": {"lt": "1,5"}}'}
        assert call("items/delete_items", delete_dry_run="true", **cheap)["result"]["deleted"] == 2
        assert sorted(shop.skus()) == ["1", "2", "3"]
        assert call("items/delete_items", **cheap, delete_dry_run=False)["result"]["deleted"] == 2
        assert shop.skus() == ["3"]
        job = call("items/change_types", collection_types=name, types='{"price": "text"}')
        assert (job["kind"], job["result"]) == ("change-attributes", {"changed": 1, "unfit": 0})
        assert shop.http.get(f"{shop.path}/items/3").json()["attributes"]["price"] == "7"


@pytest.mark.parametrize(
    ("service", "form", "error"),
    [
        ("items/set_availability", {}, "Send a CSV file or rows"),
        ("items/set_availability", {"availability": "hidden"}, "Send a CSV file or rows"),
        ("items/change_items", {"attributes": '{"a": 1}'}, "Enter a filter"),
        ("items/change_items", {"change_filter": '{"a": 1}'}, "Enter the attributes"),
        (
            "items/change_items",
            {"change_filter": '{"a": 1}', "attributes": "a: 1"},
            "not a JSON object",
        ),
        ("items/delete_items", {}, "Enter a filter"),
        ("items/delete_items", {"delete_filter": "{}"}, "at least one condition"),
        ("items/delete_items", {"delete_filter": "{kind"}, "filter"),
        ("items/change_types", {}, "Enter the types"),
        ("items/change_types", {"types": '{"kind": "colour"}'}, "types.*kind"),
    ],
)
def test_a_change_without_a_valid_filter_or_value_is_rejected(stack, filled, service, form, error):
    groups = ("change", "delete", "types", "availability")
    form |= {f"collection_{group}": filled.name for group in groups}
    with pytest.raises(BlockError, match=error):
        call_block(stack.url, f"loko/{service}", values=form)
    assert len(filled.skus()) == 30


def test_a_search_by_image_returns_the_servers_matches(call, filled):
    form = {"collection": filled.name, "limit": "3", "min_score": "0.1"}
    message = call("images/search", file=("a è.jpg", jpeg(7)), **form)
    assert message["matches"] == filled.matches(jpeg(7), limit=3, min_score=0.1)
    assert message["matches"][0]["sku"] == "7"


@pytest.mark.parametrize("message", ["7", 7, {"sku": "7", "score": 0.5}])
def test_a_search_by_sku_reads_it_from_the_message(call, filled, message):
    result = call("images/search", message, collection=filled.name, limit=4)
    similar = filled.http.get(f"{filled.path}/items/7/similar", params={"limit": 4}).json()
    assert result["matches"] == similar["matches"]


def test_a_search_can_send_one_message_per_match(stack, filled):
    form = {"collection": filled.name, "limit": 3, "emit": "one message per result"}
    messages = call_block(stack.url, "loko/images/search", "7", values=form)
    form |= {"emit": "one message"}
    [message] = call_block(stack.url, "loko/images/search", "7", values=form)
    assert messages == message["matches"]
    assert len(messages) == 3


@pytest.mark.parametrize(
    ("message", "form", "error"),
    [
        (None, {}, "SKU of an item"),
        (["7", "8"], {}, "SKU of an item"),
        ("none-such", {}, "none-such"),
        ("..", {}, "'..'"),
        ("7", {"limit": "many"}, "limit: .*integer"),
        ("7", {"limit": 0}, "limit: .*1"),
        ("7", {"filter": "{price"}, "filter"),
        ("7", {"at_most": "3"}, "at_most"),
        ("7", {"diversity": 2}, "diversity"),
        ("7", {"colour": 2}, "colour"),
    ],
)
def test_an_invalid_search_is_rejected_with_the_reason(stack, filled, message, form, error):
    form = {"collection": filled.name, **form}
    with pytest.raises(BlockError, match=error):
        call_block(stack.url, "loko/images/search", message, values=form)


def test_a_search_takes_words_from_the_form_alone_or_with_an_image(call, filled):
    form = {"collection": filled.name, "text": "rot oder blau", "limit": "4"}
    data, files = {"text": "rot oder blau", "limit": 4}, {"image": ("a.jpg", jpeg(7))}
    for image, parts in ((None, None), (("a.jpg", jpeg(7)), files)):
        result = call("images/search", "7", file=image, **form)
        server = filled.http.post(f"{filled.path}/search", data=data, files=parts).json()
        assert result["matches"] == server["matches"] != []
        assert [words["meaning"] for words in result["understood"]] == ["red", "blue"]
    with pytest.raises(BlockError, match="excludes no SKUs"):
        call("images/search", exclude="6", **form)


def test_a_search_takes_the_options_of_the_form(call, filled):
    form = {"collection": filled.name, "limit": "4", "group": False, "diversity": "0.3",
            "colour": "0.6", "at_most": '{"kind": 2}',
            "filter": '{"n": {"exists": false}}'}  # fmt: skip
    options = {"limit": 4, "group": "false", "diversity": 0.3, "colour": 0.6,
               "at_most": '{"kind": 2}',
               "filter": '{"n": {"exists": false}}'}  # fmt: skip
    result = call("images/search", "7", exclude="6, 8", out_of_stock=True, **form)
    params = options | {"exclude": "6,8", "include": "out_of_stock"}
    similar = filled.http.get(f"{filled.path}/items/7/similar", params=params).json()
    assert result["matches"] == similar["matches"]
    assert len(result["matches"]) == 4
    assert {"6", "8"}.isdisjoint(match["sku"] for match in result["matches"])
    with pytest.raises(BlockError, match="excludes no SKUs"):
        call("images/search", file=("a.jpg", jpeg(7)), exclude="6", **form)
    by_image = call("images/search", file=("a.jpg", jpeg(7)), out_of_stock=True, **form)
    options["filter"] = {"n": {"exists": False}}
    assert by_image["matches"] == filled.matches(jpeg(7), **options)


def test_availability_is_set_by_rows_by_a_table_and_by_the_form(call, filled):
    form = {"collection_availability": filled.name}
    states = []
    for value, file, extra in (
        ([{"sku": "1", "availability": "hidden", "price": 5}], None, {}),
        ({"2": "out_of_stock", "nope": "hidden"}, None, {"availability": "as in the message"}),
        (None, ("stock.csv", b"sku;availability\n1;in_stock\n2;hidden\n"), {}),
        (["1", {"sku": "2"}], None, {"availability": "in_stock"}),
    ):
        answer = call("items/set_availability", value, file, **form, **extra)
        rows = filled.http.get(f"{filled.path}/availability").json()["items"]
        states.append((
            answer["changed"], answer["unknown"], {row["sku"]: row["availability"] for row in rows},
        ))  # fmt: skip
    assert states == [
        (1, 0, {"1": "hidden"}),
        (1, 1, {"1": "hidden", "2": "out_of_stock"}),
        (2, 0, {"2": "hidden"}),
        (1, 0, {}),
    ]


def test_users_are_listed_and_get_the_servers_recommendations(call, filled):
    page = call("recommender/users", collection_users=filled.name, users_limit="3")
    names = [customer["user"] for customer in page["items"]]
    form = {"collection_recommend": filled.name, "limit": "4"}
    lists = call("recommender/recommend", page, **form)["items"]
    for name, recommendations in zip(names, lists, strict=True):
        assert recommendations == filled.recommendations(name, limit=4).json()
    assert lists == call("recommender/recommend", names, **form)["items"]
    assert lists[0] == call("recommender/recommend", names[0], **form)
    assert lists[1] == call("recommender/recommend", {"md5email": names[1]}, **form)
    assert lists[2] == call("recommender/recommend", None, user=names[2], **form)
    skus = [row["sku"] for row in lists[0]["recommendations"]]
    form |= {"exclude": skus[:2], "group": "false", "filter": {"n": {"exists": False}}}
    params = {"limit": 4, "exclude": ",".join(skus[:2]), "group": "false",
              "filter": '{"n": {"exists": false}}'}  # fmt: skip
    chosen = call("recommender/recommend", names[0], **form)
    assert chosen == filled.recommendations(names[0], **params).json()


def test_a_basket_gets_the_servers_recommendations(call, filled):
    path, body = f"{filled.path}/recommendations", {"skus": ["1", "2"], "limit": 4}
    form = {"collection_basket": filled.name, "basket_limit": "4"}
    first = call("recommender/basket", ["1", {"sku": "2"}], **form)
    assert first == filled.http.post(path, json=body).json()
    exclude = [row["sku"] for row in first["recommendations"]][:2]
    body |= {"exclude": exclude, "include": "out_of_stock", "filter": {"n": {"exists": False}}}
    form |= {"basket_exclude": ",".join(exclude), "basket_out_of_stock": "true",
             "basket_filter": '{"n": {"exists": false}}'}  # fmt: skip
    second = call("recommender/basket", {"skus": ["1", "2"]}, **form)
    assert second == filled.http.post(path, json=body).json()
    assert len(second["recommendations"]) == 4
    assert not {row["sku"] for row in second["recommendations"]} & set(exclude)


def test_an_unknown_user_gets_popular_items(call, filled):
    form = {"collection_recommend": filled.name, "country": "DE"}
    for name in ("nobody è", "%2e%2e", 42):
        message = call("recommender/recommend", name, **form)
        assert (message["user"], message["personal"]) == (str(name), False)
        assert message["recommendations"]
    with pytest.raises(BlockError, match=r"'\.\.'"):
        call("recommender/recommend", "..", **form)


@pytest.mark.parametrize("message", [None, "", {}, [None], [{"name": "x"}], True])
def test_a_message_without_a_user_is_rejected(stack, filled, message):
    form = {"collection_recommend": filled.name}
    with pytest.raises(BlockError, match="Send a user"):
        call_block(stack.url, "loko/recommender/recommend", message, values=form)


def test_too_many_users_in_one_message_are_rejected(stack, filled):
    form = {"collection_recommend": filled.name}
    with pytest.raises(BlockError, match="1,001 users"):
        call_block(stack.url, "loko/recommender/recommend", ["x"] * 1001, values=form)


def test_the_report_is_the_servers(call, filled):
    message = call("recommender/report", collection_report=filled.name)
    assert message == filled.http.get(f"{filled.path}/recommender").json()
    assert message["report"]["users"] == 40


ROWS = order_lines(users=20, skus=10)
SALES = {
    "file": (None, ("vendite è.csv", as_csv(ROWS, delimiter=";"))),
    "text": (as_csv(ROWS).decode(), None),
    "rows": ([dict(zip(COLUMNS, row, strict=True)) for row in ROWS], None),
}


@pytest.mark.parametrize("form_of_sales", SALES)
def test_a_recommender_is_trained_with_sales_and_the_sales_are_deleted(stack, shop, form_of_sales):
    shop.ingest_numbers(range(10))
    value, file = SALES[form_of_sales]
    [training] = call_block(
        stack.url, "loko/recommender/fit", value, file, values={"collection_fit": shop.name}
    )
    assert (training["kind"], training["status"]) == ("train", "succeeded")
    sales = training["sales"]
    assert (sales["rows"], sales["accepted"]) == (len(ROWS), len(ROWS))
    form = {"collection_recommend": shop.name}
    [recommendations] = call_block(stack.url, "loko/recommender/recommend", user(0), values=form)
    assert recommendations["generation"] == training["job_id"]
    form = {"collection_delete_sales": shop.name}
    [deletion] = call_block(stack.url, "loko/recommender/delete_sales", values=form)
    assert deletion["status"] == "succeeded"
    assert shop.http.get(f"{shop.path}/sales").json()["items"] == []


@pytest.mark.parametrize(
    ("value", "file", "error"),
    [
        (None, None, "Send a sales CSV"),
        ({"sku": "1"}, None, "Send a sales CSV"),
        (None, ("leer.csv", b""), "empty"),
        (None, ("a.csv", b"md5email,thing\nann,1\n"), "sku"),
        (None, ACCENTED_FILE, "scarpa|CSV|table|text"),
    ],
)
def test_invalid_sales_are_rejected_with_the_reason(stack, filled, value, file, error):
    form = {"collection_fit": filled.name}
    with pytest.raises(BlockError, match=error):
        call_block(stack.url, "loko/recommender/fit", value, file, values=form)


def test_errors_have_a_single_line_and_no_double_quotes(stack, filled):
    form = {"collection": filled.name, "filter": json.dumps({"a": {"b": '"\n"'}})}
    with pytest.raises(BlockError) as raised:
        call_block(stack.url, "loko/images/search", "7", values=form)
    assert '"' not in str(raised.value)
    assert "\n" not in str(raised.value)
