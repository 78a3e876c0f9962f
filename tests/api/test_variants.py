"""Groups, limits per value and diversity in the answers of the routes that read the cache."""

import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import Settings
from tests.support.published_shop import publish_shop
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

STYLES = {"A": 1, "B": 2, "C": 1, "D": 3, "E": 2, "F": None, "G": None, "H": 1}
KINDS = dict.fromkeys("ABCD", "coat") | dict.fromkeys("EFGH", "hat")
GET = {
    "lists": ("users/ann/recommendations", "recommendations"),
    "popular": ("popular", "items"),
    "similar": ("items/{}/similar", "matches"),
    "bought together": ("items/{}/bought-together", "items"),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A shop whose lists rank eight items from A to H, grouped by style."""
    data = tmp_path_factory.mktemp("variants")
    items = {
        sku: {"kind": KINDS[sku]} | ({"style": style} if style else {})
        for sku, style in STYLES.items()
    }
    with redis_server(data / "redis") as url:
        own = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(own)) as client:
            services = client.app.state.services
            publish_shop(services, items)
            services.collections.set_group_by("shop", "style")
            yield client


def ask(client, kind, *skus, **params):
    """The SKUs of an answer, each with its variants."""
    if kind == "basket":
        answer = client.post("/v1/collections/shop/recommendations", json={"skus": skus, **params})
        rows = answer.json()["recommendations"]
    else:
        path, member = GET[kind]
        url = f"/v1/collections/shop/{path.format(*skus)}"
        rows = client.get(url, params=params).json()[member]
    return [row["sku"] + "".join(row.get("variants", [])).lower() for row in rows]


@pytest.mark.parametrize("kind", ["lists", "popular"])
def test_lists_have_one_item_of_each_group_with_its_variants(client, kind):
    assert ask(client, kind) == ["Ach", "Be", "D", "F", "G"]
    assert ask(client, kind, limit=2) == ["Ach", "Be"]
    assert ask(client, kind, exclude="A,B") == ["Ch", "D", "E", "F", "G"]


@pytest.mark.parametrize("kind", ["similar", "bought together", "basket"])
def test_an_item_s_own_variants_are_left_out(client, kind):
    assert ask(client, kind, "A") == ["Be", "D", "F", "G"]
    assert ask(client, kind, "H", limit=2) == ["Be", "D"]
    assert ask(client, kind, "F") == ["Ach", "Be", "D", "G"]


def test_the_variants_of_all_items_of_a_basket_are_left_out(client):
    assert ask(client, "basket", "A", "E") == ["D", "F", "G"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"group": False}, "A B C D E F G H"),
        ({"group": False, "at_most": {"kind": 1}}, "A E"),
        ({"group": False, "at_most": {"kind": 2}}, "A B E F"),
        ({"group": False, "at_most": {"style": 1}}, "A B D F G"),
        ({"group": False, "at_most": {"kind": 2, "style": 1}}, "A B F G"),
        ({"at_most": {"kind": 2}}, "Ach Be F G"),
        ({"at_most": {"kind": 1}, "limit": 1}, "Ach"),
    ],
)
def test_a_list_has_at_most_so_many_items_with_the_same_value(client, params, expected):
    if "at_most" in params:
        params = params | {"at_most": json.dumps(params["at_most"])}
    assert ask(client, "lists", **params) == expected.split()


def test_diversity_replaces_items_of_a_list_that_look_like_better_ones(client):
    """All items look alike but for two, of which nothing is known: these come second and third."""
    services = client.app.state.services
    known = "ABCDEF"
    services.similar.write("shop", [
        (sku, ("all\n" + "".join(f"{n}\tmain\t950000\n" for n in known if n != sku)).encode()
         if sku in known else b"all\n")
        for sku in STYLES
    ])  # fmt: skip
    assert ask(client, "lists", group=False, diversity=0.9, limit=3) == ["A", "G", "H"]
    assert ask(client, "lists", group=False, diversity=0.001, limit=3) == ["A", "B", "C"]
    limited = json.dumps({"kind": 1})
    assert ask(client, "lists", group=False, diversity=0.9, at_most=limited) == ["A", "G"]
