"""What is wrong with the images of a collection, and what the shop accepts all the same."""

from datetime import UTC, datetime
from itertools import chain

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.routes import duplicates as duplicates_route
from core.dismissals import dismiss_duplicates
from core.domain import SEEN_COLOUR, EncoderIdentity
from core.duplicates import DuplicateGroup, DuplicateKind, Duplicates, GroupMember
from core.pipelines.item_cache import restore_items
from core.pipelines.services import no_heartbeat
from core.settings import Settings
from core.storage import Item, ItemImage, Keys, Role
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "/v1/collections/shop"
PROBLEMS = {
    "A": ("blurred", "dark"), "B": (), "C": ("tiny",), "D": None, "E": ("blurred",),
}  # fmt: skip
COPIES = [f"copy{number}" for number in range(10)]
PAIRS = [["D", "E"], ["pair0", "pair1"], ["copy0", "copy1"]]


def image(file, problems):
    return ItemImage(view="main", file="f", sha256=file * 2, format="JPEG", width=1, height=1,
                     bytes=1, problems=problems)  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("image-health")
    with redis_server(data / "redis") as url:
        app = create_app(Settings(data=data, redis_url=url, cache_url=url))
        with TestClient(app) as client:
            services, now = app.state.services, datetime.now(UTC)
            shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            images = {sku: image(f"{sku:0<32}", problems) for sku, problems in PROBLEMS.items()}
            images |= dict.fromkeys(COPIES, image("f" * 32, ()))
            images |= {f"pair{n}": image("e" * 32, ()) for n in range(2)}
            services.items(shop).put_all(
                Item(sku=sku, images=(row,), created_at=now, updated_at=now)
                for sku, row in images.items()
            )
            members = tuple(GroupMember(sku=sku, view="main", score=0.9) for sku in "ABC")
            groups = [DuplicateGroup(kind=DuplicateKind.SAME_PICTURE, members=members)]
            groups += [
                DuplicateGroup(
                    kind=DuplicateKind.VARIANTS,
                    members=tuple(GroupMember(sku=sku, view="main", score=0.9) for sku in pair),
                )
                for pair in PAIRS
            ]
            services.duplicates(shop).write(Duplicates(found_at=now, groups=tuple(groups)), b"")
            restore_items(shop, services, no_heartbeat)
            keys = Keys(services.files)
            client.headers = {"Authorization": f"Bearer {keys.create('w', Role.WRITE)[1]}"}
            client.reader = {"Authorization": f"Bearer {keys.create('r', Role.READ)[1]}"}
            yield client


def test_problems_are_counted_and_images_that_nobody_has_looked_at(client):
    page = client.get(f"{SHOP}/health").json()
    assert (page["images"], page["not_assessed"]) == (17, 1)
    assert page["problems"] == {"blurred": 2, "tiny": 1, "dark": 1, "repeated": 10}
    assert [row["sku"] for row in page["items"]] == ["A", "C", "E", *COPIES]
    assert page["items"][0]["problems"] == ["blurred", "dark"]
    assert page["items"][0]["url"].startswith(f"{SHOP}/items/A/image?view=main&version=")
    assert page["items"][0]["version"] == f"{'A':0<16}"


@pytest.mark.parametrize(
    ("problem", "skus"),
    [("blurred", ["A", "E"]), ("tiny", ["C"]), ("repeated", COPIES), ("framed", [])],
)
def test_the_images_of_one_problem_are_listed_page_by_page(client, problem, skus):
    listed, cursor = [], ""
    while cursor is not None:
        params = {"problem": problem, "limit": 1, "cursor": cursor}
        page = client.get(f"{SHOP}/health", params=params).json()
        listed += [row["sku"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert listed == skus


def test_the_next_page_lacks_no_image_after_the_first_ones_were_found_fine(client):
    params = {"problem": "blurred", "limit": 1}
    first = client.get(f"{SHOP}/health", params=params).json()
    dismissal = dismiss(client, skus=["A"], view="main").json()
    params["cursor"] = first["next_cursor"]
    second = client.get(f"{SHOP}/health", params=params).json()
    assert [row["sku"] for row in second["items"]] == ["E"]
    client.delete(f"{SHOP}/dismissals/{dismissal['id']}")


def dismiss(client, **body):
    return client.post(f"{SHOP}/dismissals", json=body)


def pages_of_dismissals(client, limit):
    """Yield the ids on each page, on ten pages at most, even if every page names a next one."""
    cursor = ""
    for _ in range(10):
        params = {"limit": limit, "cursor": cursor}
        page = client.get(f"{SHOP}/dismissals", params=params).json()
        yield [row["id"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            return


def test_an_image_that_is_fine_is_not_listed_until_that_is_taken_back(client):
    dismissal = dismiss(client, skus=["A"], view="main").json()
    assert dismissal["problems"] == ["blurred", "dark"]
    assert client.get(f"{SHOP}/health").json()["problems"] == {
        "blurred": 1,
        "tiny": 1,
        "repeated": 10,
    }
    assert client.get(f"{SHOP}/dismissals").json()["items"] == [dismissal]
    assert client.delete(f"{SHOP}/dismissals/{dismissal['id']}").status_code == 204
    assert client.get(f"{SHOP}/health").json()["problems"]["dark"] == 1
    assert client.delete(f"{SHOP}/dismissals/{dismissal['id']}").status_code == 404


def test_a_file_that_is_fine_is_fine_in_all_its_items(client):
    dismissal = dismiss(client, skus=["copy3"], view="main").json()
    assert "repeated" not in client.get(f"{SHOP}/health").json()["problems"]
    client.delete(f"{SHOP}/dismissals/{dismissal['id']}")


def duplicates(client):
    return client.get(f"{SHOP}/duplicates", params={"kind": "same_picture"}).json()["items"]


def test_items_that_are_no_duplicates_are_not_listed_until_that_is_taken_back(client):
    ids = [dismiss(client, skus=skus).json()["id"] for skus in (["A", "B"], ["C", " A"])]
    (group,) = duplicates(client)
    assert [member["sku"] for member in group["members"]] == ["B", "C"]
    ids += [dismiss(client, skus=["B", "C"]).json()["id"]]
    assert duplicates(client) == []
    for id in ids:
        client.delete(f"{SHOP}/dismissals/{id}")
    dismissal = dismiss(client, skus=["C"], others=["B", "A"]).json()
    assert (dismissal["skus"], dismissal["others"]) == (["C"], ["A", "B"])
    (group,) = duplicates(client)
    assert [member["sku"] for member in group["members"]] == ["A", "B"]
    client.delete(f"{SHOP}/dismissals/{dismissal['id']}")
    (group,) = duplicates(client)
    assert len(group["members"]) == 3


def pages_of_variants(client, headers=None, cursor=None):
    params = {"kind": "variants", "limit": 1, "cursor": cursor}
    page = client.get(f"{SHOP}/duplicates", params=params, headers=headers).json()
    rows = [[member["sku"] for member in group["members"]] for group in page["items"]]
    if cursor := page["next_cursor"]:
        return [rows, *pages_of_variants(client, headers, cursor)]
    return [rows]


def test_there_is_no_next_page_of_duplicates_if_all_further_groups_were_dismissed(client):
    assert pages_of_variants(client) == [[pair] for pair in PAIRS]
    ids = [dismiss(client, skus=PAIRS[0]).json()["id"]]
    assert pages_of_variants(client) == [[PAIRS[1]], [PAIRS[2]]]
    ids += [dismiss(client, skus=PAIRS[2]).json()["id"]]
    assert pages_of_variants(client) == [[PAIRS[1]]]
    for id in ids:
        client.delete(f"{SHOP}/dismissals/{id}")


def test_groups_with_one_visible_item_take_no_place_on_a_page(client):
    def set_state(sku, state):
        body = {"availability": state}
        assert client.patch(f"{SHOP}/items/{sku}", json=body).status_code == 200

    set_state("D", "hidden")
    assert pages_of_variants(client, client.reader) == [[PAIRS[1]], [PAIRS[2]]]
    set_state("copy1", "hidden")
    assert pages_of_variants(client, client.reader) == [[PAIRS[1]]]
    for sku in ("D", "copy1"):
        set_state(sku, "in_stock")
    assert pages_of_variants(client, client.reader) == [[pair] for pair in PAIRS]


def test_a_page_of_duplicates_ends_where_it_has_looked_at_enough_groups(client, monkeypatch):
    monkeypatch.setattr(duplicates_route, "_MAX_GROUPS", 2)
    ids = [dismiss(client, skus=pair).json()["id"] for pair in PAIRS[:2]]
    assert pages_of_variants(client) == [[], [PAIRS[2]]]
    for id in ids:
        client.delete(f"{SHOP}/dismissals/{id}")


def test_the_next_page_lacks_no_dismissal_after_all_of_the_first_were_taken_back(client):
    pairs = (["A", "B"], ["B", "C"], ["C", "D"], ["D", "E"], ["E", "A"])
    ids = [dismiss(client, skus=skus).json()["id"] for skus in pairs]
    assert list(chain(*pages_of_dismissals(client, 2))) == ids[::-1]
    listed = []
    for page in pages_of_dismissals(client, 2):
        for id in page:
            client.delete(f"{SHOP}/dismissals/{id}")
        listed += page
    assert listed == ids[::-1]


def test_dismissals_of_the_same_moment_are_on_one_page_each(client):
    services = client.app.state.services
    store = services.dismissals(services.collections.get("shop"))
    entries = [dismiss_duplicates(pair, datetime(2026, 5, 1, tzinfo=UTC)) for pair in ("AB", "BC")]
    for entry in entries:
        store.add(entry)
    ids = {entry.id for entry in entries}
    pages = list(pages_of_dismissals(client, 1))
    for id in ids:
        store.remove(id)
    assert (len(pages), set(chain(*pages))) == (2, ids)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"skus": ["A"]}, 422),
        ({"skus": ["A", " A "]}, 422),
        ({"skus": ["A", "B"], "view": "main"}, 422),
        ({"skus": ["A", "Z"]}, 404),
        ({"skus": ["A"], "others": ["Z"]}, 404),
        ({"skus": ["A"], "others": ["A", "B"]}, 422),
        ({"skus": ["A"], "others": ["B"], "view": "main"}, 422),
        ({"skus": ["A"], "view": "back"}, 404),
        ({"skus": ["B"], "view": "main"}, 422),  # nothing is wrong with it
    ],
)
def test_what_cannot_be_dismissed_is_refused(client, body, status):
    assert dismiss(client, **body).status_code == status
    assert client.get(f"{SHOP}/dismissals").json()["items"] == []


def test_a_key_that_only_reads_does_not_see_hidden_items(client):
    body = {"A": "hidden"}
    assert client.post(f"{SHOP}/availability", json=body).status_code == 200
    page = client.get(f"{SHOP}/health", headers=client.reader).json()
    assert (page["images"], page["problems"]["blurred"]) == (16, 1)
    assert client.get(f"{SHOP}/health").json()["problems"]["blurred"] == 2
    client.post(f"{SHOP}/availability", json={"A": "in_stock"})


def test_an_unknown_problem_and_a_foreign_cursor_are_refused(client):
    for params in ({"problem": "ugly"}, {"cursor": "x"}, {"limit": 0}):
        assert client.get(f"{SHOP}/health", params=params).status_code == 422
    assert client.get(f"{SHOP}/dismissals", params={"cursor": "2"}).status_code == 422


def test_the_reserved_attribute_is_refused_wherever_it_is_sent(client):
    value = {SEEN_COLOUR: ["red"]}
    types = {"types": {SEEN_COLOUR: "text"}}
    files = {"files": ("a.jpg", b"x")}
    where = {"params": {"filter": '{"a": 1}'}}
    for response in (
        client.patch(f"{SHOP}/items/A", json={"attributes": value}),
        client.patch(f"{SHOP}/items", json={"attributes": value}, **where),
        client.patch(f"{SHOP}/attributes", json=types),
        client.post(f"{SHOP}/items", files=files, data={"folders": SEEN_COLOUR}),
        client.put(f"{SHOP}/items/A", files=files, data={"attributes": '{"seen_colour": "red"}'}),
    ):
        assert (response.status_code, "cannot be set" in response.text) == (422, True)


def test_a_lost_cache_is_not_taken_for_a_collection_without_problems(client):
    services = client.app.state.services
    services.item_cache.drop("shop")
    assert client.get(f"{SHOP}/health").status_code == 503
    restore_items(services.collections.get("shop"), services, no_heartbeat)
    assert client.get(f"{SHOP}/health").json()["problems"]["tiny"] == 1
