"""Bad requests get a problem document that says what to do, and never a 500."""

import pytest

from tests.support.images import jpeg

pytestmark = pytest.mark.stack

FILES = {"files": ("A.jpg", b"x")}


def assert_problem(response, status, *texts):
    """The response is a problem document whose detail contains these texts."""
    body = response.json()
    assert response.status_code == status, body
    assert response.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    for text in texts:
        assert text in body["detail"]


@pytest.mark.parametrize(
    "name", ["", "Shop", "-a", "a b", "a/b", "../x", "x" * 64, "ä", "a.b", "a\u0000b"]
)
def test_a_bad_collection_name_is_refused(stack_http, name):
    assert_problem(stack_http.post("/v1/collections", json={"name": name}), 422, "collection name")


@pytest.mark.parametrize(
    ("body", "text"),
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
def test_a_bad_body_is_refused(stack_http, body, text):
    response = stack_http.post(
        "/v1/collections", content=body, headers={"content-type": "application/json"}
    )
    assert_problem(response, 422, text)


def test_an_existing_collection_is_not_created_again(shop):
    assert_problem(
        shop.http.post("/v1/collections", json={"name": shop.name}), 409, "already exists"
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", {}),
        ("PATCH", "", {"json": {}}),
        ("DELETE", "", {}),
        ("GET", "/items", {}),
        ("POST", "/items", {"files": FILES}),
        ("GET", "/items/A", {}),
        ("PUT", "/items/A", {"files": FILES}),
        ("PATCH", "/items/A", {"json": {"attributes": {}}}),
        ("DELETE", "/items/A", {}),
        ("GET", "/items/A/image", {}),
        ("GET", "/items/A/similar", {}),
        ("POST", "/search", {"files": {"image": b"x"}}),
    ],
)
def test_an_unknown_collection_is_not_found(stack_http, method, path, body):
    response = stack_http.request(method, f"/v1/collections/no-such{path}", **body)
    assert_problem(response, 404, "no-such")


@pytest.mark.parametrize("path", ["", "/image", "/similar"])
def test_an_unknown_item_is_not_found(shop, path):
    assert_problem(shop.http.get(f"{shop.path}/items/nope{path}"), 404, "nope")


def test_an_empty_upload_is_refused(shop):
    assert_problem(shop.http.post(f"{shop.path}/items", files={"manifest": b""}), 422, "empty")
    response = shop.http.put(f"{shop.path}/items/A", files={"manifest": b"sku,kind"})
    assert_problem(response, 422, "empty")
    assert_problem(shop.send([("A.jpg", b"")]), 422, "empty")


def test_a_body_that_is_not_multipart_is_refused(shop):
    assert_problem(shop.http.post(f"{shop.path}/items", content=jpeg(1)), 415, "multipart")


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded", "text/plain"])
def test_sales_without_a_content_type_are_refused_with_curl_s_option_for_it(shop, content_type):
    headers = {"content-type": content_type} if content_type else {}
    response = shop.http.post(f"{shop.path}/sales", content=b"md5email,sku", headers=headers)
    assert_problem(response, 415, "content-type: text/csv", "--data-binary")


@pytest.mark.parametrize("name", ["x" * 129, "a\nb"])
def test_an_invalid_attribute_name_for_folders_is_refused(shop, name):
    data = {"folders": name}
    response = shop.http.post(f"{shop.path}/items", files={"files": ("A.jpg", jpeg(1))}, data=data)
    assert_problem(response, 422, "folders")


def test_a_form_part_with_an_unknown_name_is_refused_by_name(shop):
    response = shop.http.post(f"{shop.path}/items", files={"pictures": ("A.jpg", jpeg(1))})
    assert_problem(response, 422, "'pictures'", "files")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_body_is_refused(shop, share):
    request = shop.http.build_request("POST", f"{shop.path}/items", files={"files": jpeg(1)})
    body = request.read()
    response = shop.http.post(
        f"{shop.path}/items",
        content=body[: int(len(body) * share)],
        headers={"content-type": request.headers["content-type"]},
    )
    assert_problem(response, 422, "multipart")


@pytest.mark.parametrize("attributes", ["{", "[1]", "5", '{"a": NaN}', "", "[" * 5000])
def test_attributes_that_are_not_json_are_refused(shop, attributes):
    response = shop.http.put(
        f"{shop.path}/items/A",
        files={"files": ("A.jpg", jpeg(1))},
        data={"attributes": attributes},
    )
    assert_problem(response, 422, "attributes")


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
def test_a_search_with_a_file_that_is_not_an_image_is_refused(shop, data, status):
    assert_problem(shop.search(data), status)


def test_a_search_without_an_image_is_refused(shop):
    assert_problem(shop.http.post(f"{shop.path}/search", data={"limit": 3}), 422, "image")


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
def test_a_bad_search_parameter_is_refused_by_name(shop, form):
    (name,) = form
    assert_problem(shop.search(jpeg(1), **form), 422, name)


@pytest.mark.parametrize(
    "expression", ["{", "[]", '{"a": {"like": 1}}', '{"a": null}', '{"a": {"in": 5}}', '{"a": [1]}']
)
def test_a_bad_filter_is_refused_everywhere(shop, expression):
    responses = [
        shop.http.get(f"{shop.path}/items", params={"filter": expression}),
        shop.http.post(
            f"{shop.path}/search", files={"image": jpeg(1)}, data={"filter": expression}
        ),
    ]
    for response in responses:
        assert_problem(response, 422, "filter")


@pytest.mark.parametrize("sku", ["x" * 129, "..%2Fb", "a%2Fimage", "a%00b", "%0a", "%20"])
def test_a_bad_sku_cannot_be_put(shop, sku):
    response = shop.http.put(f"{shop.path}/items/{sku}", files={"files": ("A.jpg", jpeg(1))})
    assert_problem(response, 422, "SKU")


def test_an_unknown_path_and_an_unsupported_method_are_problems(stack_http):
    assert_problem(stack_http.get("/v1/nothing"), 404)
    assert_problem(stack_http.put("/v1/collections"), 405, "PUT is not supported", "-X POST")
    assert_problem(stack_http.patch("/v1/collections"), 405, "PATCH is not supported")


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 30])
def test_a_bad_cursor_for_failures_is_refused(shop, cursor):
    job = shop.ingest([("A.jpg", jpeg(1))])
    response = shop.http.get(f"/v1/jobs/{job['id']}/failures", params={"cursor": cursor})
    assert_problem(response, 422, "cursor")


def test_a_change_to_an_unknown_encoder_is_refused(shop):
    response = shop.http.patch(shop.path, json={"encoder": "resnet-9000"})
    assert_problem(response, 422, "'resnet-9000'")
