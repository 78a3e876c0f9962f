"""Whatever is sent, the answer is a problem that says what to do; never a 500."""

import pytest

from tests.support.images import jpeg

pytestmark = pytest.mark.stack

GOOD = {"files": ("A.jpg", b"x")}


def is_problem(answer, status, *said):
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    for words in said:
        assert words in body["detail"]


@pytest.mark.parametrize(
    "name", ["", "Shop", "-a", "a b", "a/b", "../x", "x" * 64, "ä", "a.b", "a\u0000b"]
)
def test_a_bad_name_of_a_collection_is_refused(stack_http, name):
    is_problem(stack_http.post("/v1/collections", json={"name": name}), 422, "collection name")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"name": "a", "colour": 1}', "colour"),
        (b'{"name": 5}', "name"),
        (b'{"name": "a", "description": NaN}', "description"),
        (b'{"name": "good", "encoder": "resnet51"}', "efficientnet-lite0"),
        (b'{"name": "\\ud800"}', "name"),
        (b"[" * 5000, ""),
        (b'{"description": "' + b"x" * 3000 + b'", "name": "a"}', "description"),
    ],
)
def test_a_bad_body_is_refused(stack_http, body, said):
    answer = stack_http.post(
        "/v1/collections", content=body, headers={"content-type": "application/json"}
    )
    is_problem(answer, 422, said)


def test_a_collection_that_exists_is_not_made_again(shop):
    is_problem(shop.http.post("/v1/collections", json={"name": shop.name}), 409, "exists already")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/items"),
        ("POST", "/items"),
        ("GET", "/items/A"),
        ("PUT", "/items/A"),
        ("PATCH", "/items/A"),
        ("DELETE", "/items/A"),
        ("GET", "/items/A/image"),
        ("GET", "/items/A/similar"),
        ("POST", "/search"),
    ],
)
def test_an_unknown_collection_is_not_found(stack_http, method, path):
    more = (
        {
            "/items": {"files": GOOD},
            "/search": {"files": {"image": b"x"}},
        }.get(path, {"json": {"attributes": {}} if path else {}})
        if method in {"POST", "PATCH"}
        else {}
    )
    if method == "PUT":
        more = {"files": GOOD}
    answer = stack_http.request(method, f"/v1/collections/no-such{path}", **more)
    is_problem(answer, 404, "no-such")


@pytest.mark.parametrize("path", ["", "/image", "/similar"])
def test_an_unknown_item_is_not_found(shop, path):
    is_problem(shop.http.get(f"{shop.path}/items/nope{path}"), 404, "nope")


def test_an_empty_upload_is_refused(shop):
    is_problem(shop.http.post(f"{shop.path}/items", files={"manifest": b""}), 422, "empty")
    answer = shop.http.put(f"{shop.path}/items/A", files={"manifest": b"sku,kind"})
    is_problem(answer, 422, "empty")
    is_problem(shop.send([("A.jpg", b"")]), 422, "empty")


def test_a_body_that_is_not_multipart_is_refused(shop):
    is_problem(shop.http.post(f"{shop.path}/items", content=jpeg(1)), 415, "multipart")


@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded", "text/plain"])
def test_sales_without_their_kind_are_refused_with_how_curl_says_it(shop, kind):
    headers = {"content-type": kind} if kind else {}
    answer = shop.http.post(f"{shop.path}/sales", content=b"md5email,sku", headers=headers)
    is_problem(answer, 415, "content-type: text/csv", "--data-binary")


@pytest.mark.parametrize("name", ["x" * 129, "a\nb"])
def test_folders_of_no_attribute_are_refused(shop, name):
    data = {"folders": name}
    answer = shop.http.post(f"{shop.path}/items", files={"files": ("A.jpg", jpeg(1))}, data=data)
    is_problem(answer, 422, "folders")


def test_a_part_of_an_unknown_name_is_refused_by_name(shop):
    answer = shop.http.post(f"{shop.path}/items", files={"pictures": ("A.jpg", jpeg(1))})
    is_problem(answer, 422, "'pictures'", "files")


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_body_that_breaks_off_is_refused(shop, keep):
    request = shop.http.build_request("POST", f"{shop.path}/items", files={"files": jpeg(1)})
    body = request.read()
    answer = shop.http.post(
        f"{shop.path}/items",
        content=body[: int(len(body) * keep)],
        headers={"content-type": request.headers["content-type"]},
    )
    is_problem(answer, 422, "multipart")


@pytest.mark.parametrize("attributes", ["{", "[1]", "5", '{"a": NaN}', "", "[" * 5000])
def test_attributes_that_are_not_json_are_refused(shop, attributes):
    answer = shop.http.put(
        f"{shop.path}/items/A",
        files={"files": ("A.jpg", jpeg(1))},
        data={"attributes": attributes},
    )
    is_problem(answer, 422, "attributes")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"text called .jpg", 422),
        (b"", 422),
        (jpeg(1)[:500], 422),
        (b"%PDF-1.4", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    ],
)
def test_what_is_not_an_image_cannot_be_searched_for(shop, data, status):
    is_problem(shop.search(data), status)


def test_a_search_without_a_picture_is_refused(shop):
    is_problem(shop.http.post(f"{shop.path}/search", data={"limit": 3}), 422, "image")


@pytest.mark.parametrize(
    "form",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"min_score": 2},
        {"min_score": "nan"},
        {"crop": "0,0,1"},
        {"crop": "0.5,0,0.5,1"},
        {"crop": "a,b,c,d"},
        {"crop": "nan,0,1,1"},
    ],
)
def test_bad_parameters_of_a_search_are_refused(shop, form):
    (name,) = form
    is_problem(shop.search(jpeg(1), **form), 422, name)


@pytest.mark.parametrize(
    "where", ["{", "[]", '{"a": {"like": 1}}', '{"a": null}', '{"a": {"in": 5}}', '{"a": [1]}']
)
def test_a_bad_filter_is_refused_everywhere(shop, where):
    answers = [
        shop.http.get(f"{shop.path}/items", params={"filter": where}),
        shop.http.post(f"{shop.path}/search", files={"image": jpeg(1)}, data={"filter": where}),
    ]
    for answer in answers:
        is_problem(answer, 422, "filter")


@pytest.mark.parametrize("sku", ["x" * 129, "a%2Fb", "a%00b", "%0a", "%20"])
def test_a_bad_sku_cannot_be_put(shop, sku):
    answer = shop.http.put(f"{shop.path}/items/{sku}", files={"files": ("A.jpg", jpeg(1))})
    assert answer.status_code in {404, 405, 422}
    is_problem(answer, answer.status_code)


def test_an_unknown_path_and_a_wrong_method_are_problems_too(stack_http):
    is_problem(stack_http.get("/v1/nothing"), 404)
    is_problem(stack_http.put("/v1/collections"), 405, "PUT is not answered here", "-X POST")
    is_problem(stack_http.patch("/v1/collections"), 405, "PATCH is not answered here")


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 30])
def test_a_bad_cursor_of_failures_is_refused(shop, cursor):
    job = shop.ingest([("A.jpg", jpeg(1))])
    answer = shop.http.get(f"/v1/jobs/{job['id']}/failures", params={"cursor": cursor})
    is_problem(answer, 422, "cursor")


def test_an_unknown_encoder_is_refused_for_a_change_too(shop):
    answer = shop.http.patch(shop.path, json={"encoder": "resnet-9000"})
    is_problem(answer, 422, "'resnet-9000' is not known")
