"""Every operation of the API has a client method and a command that request exactly it."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from lookalike import Lookalike
from lookalike.cli import app
from lookalike.errors import LookalikeError
from tests.support.openapi_conformance import operations

C = "/v1/collections/{c}"
SHOP = {"name": "shop", "encoder": "a", "state": "active", "items": 1, "images": 1,
        "created_at": "2026-05-01T10:00:00Z"}  # fmt: skip
# the method of the client, and the command; the files that they name exist
TABLE = {
    "GET /v1/encoders": (lambda s: list(s.encoders()), "encoders"),
    "GET /v1/collections": (lambda s: list(s.collections()), "collections"),
    "POST /v1/collections": (lambda s: s.create_collection("shop"), "collections create shop"),
    f"GET {C}": (lambda s: s.collection("shop"), "collections show shop"),
    f"PATCH {C}": (
        lambda s: s.change_encoder("shop", "b"), "collections change shop --encoder b"),
    f"DELETE {C}": (lambda s: s.delete_collection("shop"), "collections delete shop --yes"),
    f"POST {C}/rebuild": (lambda s: s.rebuild("shop"), "rebuild shop"),
    f"POST {C}/verify": (lambda s: s.verify("shop"), "verify shop"),
    f"GET {C}/attributes": (
        lambda s: s.attribute_counts("shop", {"a": 1}),
        "attributes -c shop --counts --filter {\"a\":1}"),
    f"PATCH {C}/attributes": (
        lambda s: s.change_attribute_types("shop", {"size": "text"}),
        "attributes set size=text -c shop"),
    f"GET {C}/availability": (
        lambda s: list(s.unavailable_items("shop")), "items unavailable -c shop"),
    f"GET {C}/health": (
        lambda s: list(s.images_with_problems("shop")), "items problems -c shop --json"),
    f"GET {C}/duplicates": (
        lambda s: list(s.duplicates("shop")), "items duplicates -c shop"),
    f"GET {C}/dismissals": (lambda s: list(s.dismissals("shop")), "items dismissed -c shop"),
    f"POST {C}/dismissals": (
        lambda s: s.dismiss_duplicates("shop", ["A"], ["B"]),
        "items dismiss A --others B -c shop"),
    f"DELETE {C}/dismissals/{{dismissal}}": (
        lambda s: s.delete_dismissal("shop", "1f"), "items undismiss 1f -c shop"),
    f"POST {C}/availability": (
        lambda s: s.set_availability("shop", {"A": "hidden"}),
        "items availability A=hidden -c shop"),
    f"PATCH {C}/items": (
        lambda s: s.change_items("shop", {"kind": "hat"}, {"sale": True}),
        "items set sale=true --filter {\"kind\":\"hat\"} -c shop --yes"),
    f"DELETE {C}/items": (
        lambda s: s.delete_items("shop", {"kind": "hat"}),
        "items delete --filter {\"kind\":\"hat\"} -c shop --yes"),
    f"GET {C}/items": (
        lambda s: list(s.items("shop", availability="hidden", skus=["A", "B"])),
        "items list --availability hidden --skus A,B -c shop"),
    f"POST {C}/items": (lambda s: s.import_archive("a.jpg", "shop"), "import a.jpg -c shop"),
    f"GET {C}/items/{{sku}}": (lambda s: s.item("shop", "A"), "items show A -c shop"),
    f"PUT {C}/items/{{sku}}": (
        lambda s: s.replace_item("shop", "A", ["a.jpg"]), "items replace A a.jpg -c shop"),
    f"PATCH {C}/items/{{sku}}": (
        lambda s: s.change_item("shop", "A", {"b": 1}, availability="hidden"),
        "items change A b=1 --availability hidden -c shop"),
    f"DELETE {C}/items/{{sku}}": (
        lambda s: s.delete_item("shop", "A"), "items delete A -c shop"),
    f"GET {C}/items/{{sku}}/image": (
        lambda s: s.image("shop", "A", size=99), "items image A -c shop -o out.jpg"),
    f"GET {C}/items/{{sku}}/similar": (lambda s: s.similar("shop", "A"), "similar A -c shop"),
    f"GET {C}/items/{{sku}}/substitutes": (
        lambda s: s.substitutes("shop", "A", exclude=["B"]),
        "substitutes A --exclude B -c shop"),
    f"GET {C}/new": (lambda s: s.new_items("shop"), "new -c shop"),
    f"GET {C}/popular": (lambda s: s.recommender("shop").popular(), "popular -c shop"),
    f"GET {C}/items/{{sku}}/bought-together": (
        lambda s: s.recommender("shop").bought_together(
            "A", exclude=["B"], include_out_of_stock=True),
        "bought-together A --exclude B --out-of-stock -c shop"),
    f"POST {C}/recommendations": (
        lambda s: s.recommender("shop").recommend_for_basket(
            ["A", "B"], exclude=["C"], include_out_of_stock=True),
        "basket A B --exclude C --out-of-stock -c shop"),
    f"POST {C}/search": (lambda s: s.search("shop", "a.jpg"), "search a.jpg -c shop"),
    f"GET {C}/sales": (lambda s: s.recommender("shop").sales(), "sales -c shop"),
    f"POST {C}/sales": (
        lambda s: s.recommender("shop").add_sales("sales.csv"), "sales add sales.csv -c shop"),
    f"DELETE {C}/sales": (
        lambda s: s.recommender("shop").delete_sales(), "sales delete -c shop --yes"),
    f"DELETE {C}/sales/{{upload}}": (
        lambda s: s.recommender("shop").delete_sales("u"),
        "sales delete u -c shop --yes"),
    f"GET {C}/sales/{{upload}}/reasons": (
        lambda s: s.recommender("shop").reasons("u"), "sales reasons u -c shop"),
    f"GET {C}/sales/{{upload}}/rejects.csv": (
        lambda s: list(s.recommender("shop").rejects("u")), "sales rejects u -c shop"),
    f"GET {C}/rules": (lambda s: s.rules("shop", version=3), "rules -c shop"),
    f"PUT {C}/rules": (lambda s: s.set_rules("shop", []), "rules set rules.json -c shop"),
    f"DELETE {C}/rules": (lambda s: s.delete_rules("shop"), "rules delete -c shop --yes"),
    f"GET {C}/recommender": (lambda s: s.recommender("shop").state(), "report -c shop"),
    f"POST {C}/recommender": (lambda s: s.recommender("shop").train(), "train -c shop"),
    f"GET {C}/recommender/report": (
        lambda s: s.recommender("shop").report_page(), "report -c shop --html out.html"),
    f"POST {C}/recommender/rollback": (
        lambda s: s.recommender("shop").roll_back(), "rollback -c shop"),
    f"DELETE {C}/recommender/rollback": (
        lambda s: s.recommender("shop").end_rollback(), "rollback -c shop --end"),
    f"GET {C}/recommendations": (
        lambda s: list(s.recommender("shop").lists()), "lists -c shop"),
    f"GET {C}/mailing": (
        lambda s: list(s.recommender("shop").mailing()), "mailing -c shop"),
    f"GET {C}/users": (lambda s: list(s.recommender("shop").users()), "users -c shop"),
    f"GET {C}/users/{{user}}/orders": (
        lambda s: list(s.recommender("shop").orders("u")), "orders u -c shop"),
    f"DELETE {C}/users/{{user}}": (
        lambda s: s.recommender("shop").erase("u"), "erase u -c shop --yes"),
    f"GET {C}/users/{{user}}/recommendations": (
        lambda s: s.recommender("shop").recommend("u"), "recommend u -c shop"),
    "GET /v1/uploads": (lambda s: s.uploads(), "uploads"),
    "DELETE /v1/uploads/{upload}": (lambda s: s.delete_upload("u"), "uploads delete u"),
    "GET /v1/keys": (lambda s: list(s.keys()), "keys list"),
    "POST /v1/keys": (lambda s: s.create_key("page", "search", ["shop"]), "keys create page"),
    "DELETE /v1/keys/{key}": (lambda s: s.revoke_key("1f2e3d4c"), "keys revoke 1f2e3d4c"),
    "GET /v1/jobs": (lambda s: list(s.jobs()), "jobs"),
    "GET /v1/about": (lambda s: s.about(), "about"),
    "GET /v1/jobs/events": (lambda s: list(s.events()), "jobs events"),
    "GET /v1/jobs/{job}": (lambda s: s.job("j"), "jobs show j"),
    "GET /v1/jobs/{job}/events": (lambda s: list(s.events("j")), "jobs events j"),
    "GET /v1/jobs/{job}/failures": (lambda s: list(s.failures("j")), "jobs failures j"),
    "POST /v1/jobs/{job}/cancel": (lambda s: s.cancel("j"), "jobs cancel j"),
    "POST /v1/jobs/{job}/retry": (lambda s: s.retry("j"), "jobs retry j"),
}  # fmt: skip


PARTS_OF_UPLOADS = {"POST /v1/uploads", "GET /v1/uploads/{upload}", "PATCH /v1/uploads/{upload}"}
"""Operations of which only the upload of a large file makes use."""
IN_STORE = {operation for operation in TABLE if "/v1/keys" in operation}
"""Operations whose commands change the store on the server's machine, where a first key is made."""
KNOWN = {
    "GET /v1/collections/shop": SHOP,
    "GET /v1/collections/shop/attributes": {"items": [{"name": "b", "type": "number"}]},
}
"""What commands ask before they send the request that they are for."""


WITH_OPTIONS = [
    f"GET {C}/attributes",
    f"GET {C}/items",
    f"POST {C}/dismissals",
    f"GET {C}/items/{{sku}}/substitutes",
    f"GET {C}/items/{{sku}}/bought-together",
    f"POST {C}/recommendations",
]
"""Operations whose method and command have the same options in the table."""


class Refusing(BaseHTTPRequestHandler):
    """Records every request and refuses it, except those about `shop` that `known` contains."""

    def respond(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.contents.append((self.path.partition("?")[2], body))
        self.server.requests.append(f"{self.command} {self.path.partition('?')[0]}")
        known = self.server.known.get(self.server.requests[-1])
        body = json.dumps(known or {"code": "refused", "detail": "no"}).encode()
        self.send_response(200 if known else 418)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - http.server's names

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def recorder():
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def requests(recorder, tmp_path, monkeypatch):
    for name in ("a.jpg", "sales.csv"):
        (tmp_path / name).write_bytes(b"any bytes")
    (tmp_path / "rules.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOOKALIKE_URL", f"http://127.0.0.1:{recorder.server_port}")
    recorder.requests, recorder.contents, recorder.known = [], [], KNOWN
    return recorder.requests


def matches(operation, request):
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation)), request)


def test_the_table_covers_the_api():
    described = {f"{method} {path}" for method, path, _ in operations()}
    health = {operation for operation in described if operation.startswith("GET /health/")}
    assert described - health - PARTS_OF_UPLOADS == set(TABLE)


@pytest.mark.parametrize("operation", TABLE)
def test_the_client_has_a_method_for_each_operation(recorder, requests, operation):
    recorder.known = {}
    with Lookalike() as server, pytest.raises(LookalikeError):
        TABLE[operation][0](server)
    assert len(requests) == 1
    assert matches(operation, requests[0])


@pytest.mark.parametrize("operation", WITH_OPTIONS)
def test_a_command_sends_the_same_options_as_the_method(recorder, requests, operation):
    recorder.known = {}
    with Lookalike() as server, pytest.raises(LookalikeError):
        TABLE[operation][0](server)
    CliRunner().invoke(app, TABLE[operation][1].split())
    by_method, by_command = recorder.contents
    assert by_method == by_command


def test_an_email_address_is_sent_as_its_md5(recorder, requests):
    recorder.known = {}
    with Lookalike() as server:
        for method in (server.recommender("shop").recommend, server.recommender("shop").erase):
            with pytest.raises(LookalikeError):
                method(" Ann@Example.org")
    digest = "8b5a6a28fc840441be692d74a81ccd1a"  # printf ann@example.org | md5sum
    at = f"/v1/collections/shop/users/{digest}"
    assert requests == [f"GET {at}/recommendations", f"DELETE {at}"]


@pytest.mark.parametrize("words", ["sku", "sku:a,b", ""])
def test_columns_that_are_not_pairs_are_wrong_usage(requests, words):
    done = CliRunner().invoke(app, ["sales", "add", "sales.csv", "-c", "shop", "--columns", words])
    assert (done.exit_code, requests) == (2, [])


def test_items_are_dismissed_as_duplicates_of_each_other(recorder, requests):
    CliRunner().invoke(app, ["items", "dismiss", "A", "B", "-c", "shop"])
    assert requests == ["POST /v1/collections/shop/dismissals"]
    assert json.loads(recorder.contents[0][1]) == {"skus": ["A", "B"], "others": []}


ITEMS = "GET /v1/collections/shop/items"
ROW = {"attributes": {}, "images": [], "created_at": "2026-05-01T10:00:00Z",
       "updated_at": "2026-05-01T10:00:00Z"}  # fmt: skip


def test_all_items_that_skus_name_are_listed_and_twenty_of_others(recorder, requests):
    rows = [ROW | {"sku": f"A-{number}"} for number in range(25)]
    recorder.known = {ITEMS: {"items": rows, "next_cursor": None}}
    command = ["items", "list", "-c", "shop", "--json"]
    skus = ",".join(row["sku"] for row in rows)
    for options, count in ([], 20), (["--skus", skus], 25), (["--skus", skus, "-n", "3"], 3):
        assert len(json.loads(CliRunner().invoke(app, command + options).stdout)) == count


@pytest.mark.parametrize("words", ["", " ", ","])
def test_an_empty_list_of_skus_never_means_all_items(requests, words):
    done = CliRunner().invoke(app, ["items", "list", "-c", "shop", "--skus", words])
    with Lookalike() as server:
        assert list(server.items("shop", skus=words.split(","))) == []
    assert (done.exit_code, requests) == (2, [])


def test_the_reason_why_no_item_matches_is_told_apart_from_the_list(recorder, requests):
    hint = "no item has the attribute 'colr'"
    recorder.known = {ITEMS: {"items": [], "next_cursor": None, "hint": hint}}
    command = ["items", "list", "-c", "shop", "--json", "--filter", '{"colr": "red"}']
    done = CliRunner().invoke(app, command)
    assert (done.stderr, json.loads(done.stdout)) == (f"{hint}\n", [])


def test_attributes_without_counts_have_no_values_in_json(requests):
    done = CliRunner().invoke(app, ["attributes", "-c", "shop", "--json"])
    assert json.loads(done.stdout) == [{"name": "b", "type": "number"}]


def test_counts_of_attributes_tell_how_many_items_were_counted(recorder, requests):
    rows = [{"name": "b", "type": "number", "least": 1, "greatest": 2}]
    recorder.known = {
        "GET /v1/collections/shop/attributes": {"items": rows, "counted_items": 50_000}
    }
    done = CliRunner().invoke(app, ["attributes", "-c", "shop", "--counts"])
    assert done.stderr == "counted: 50,000 items\n"
    assert "1 to 2" in done.stdout


@pytest.mark.parametrize(("words", "path"), [("--all", ""), ("", ""), ("u", "/u")])
def test_all_sales_are_deleted_or_those_of_an_upload(requests, words, path):
    CliRunner().invoke(app, f"sales delete {words} -c shop --yes".split())
    assert requests == [f"DELETE /v1/collections/shop/sales{path}"]


@pytest.mark.parametrize("operation", [name for name in TABLE if name not in IN_STORE])
def test_the_command_line_has_a_command_for_each_operation(recorder, requests, operation):
    recorder.known = {
        request: known for request, known in KNOWN.items() if not matches(operation, request)
    }
    done = CliRunner().invoke(app, TABLE[operation][1].split())
    assert (done.exit_code, done.stderr) == (1, "lookalike: no\n")
    assert matches(operation, requests[-1])
    assert set(requests[:-1]) <= set(KNOWN)
