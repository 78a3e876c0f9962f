"""Items become unavailable while eight readers read everything that shows items."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count, cycle, takewhile

import httpx2
import pytest

from core.vectors.milvus import MilvusVectors
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import PATIENCE_S, Shop, eventually, repeat_while_rejected
from tests.support.stack_data import open_collection

pytestmark = pytest.mark.stack

ITEMS, LIMIT, READERS = 40, 10, 8
ROUNDING = 2e-3


@pytest.fixture(scope="module")
def trained(stack):
    """A shop of 40 items with sales of 60 users, all of whose lists are complete."""
    with Shop(stack.url, "availability") as shop:
        shop.create()
        shop.ingest_numbers(range(ITEMS))
        _, training = shop.import_sales(as_csv(order_lines()))
        assert training["state"] == "succeeded", training
        eventually(shop.have_all_jobs_ended)
        yield shop


def test_lists_show_what_is_available_and_asked_for_and_stay_full(trained):
    name, path = user(3), f"{trained.path}/availability"
    first, second, third, *_ = trained.recommended_skus(name)
    states = {first: "out_of_stock", second: "hidden"}
    assert trained.http.post(path, json=states).status_code == 200
    body = trained.recommendations(name, exclude=third).json()
    offered = [row["sku"] for row in body["recommendations"]]
    assert not {first, second, third} & {*offered}
    assert (len(offered), len({*offered}), body["hint"]) == (10, 10, None)
    rows = trained.recommendations(name, include="out_of_stock").json()["recommendations"]
    assert (rows[0]["sku"], rows[0]["availability"]) == (first, "out_of_stock")
    assert second not in {row["sku"] for row in rows}
    nothing = trained.recommendations(name, filter='{"kind": "submarine"}').json()
    assert (nothing["recommendations"], nothing["filled"]) == ([], 0)
    assert nothing["hint"].startswith("only 0 of the items")
    trained.http.post(path, json=dict.fromkeys(states, "in_stock"))
    assert trained.recommended_skus(name)[:3] == [first, second, third]


class Reader:
    """Reads everything that shows items; each answer becomes rows with a SKU."""

    def __init__(self, http):
        self.http = http
        self.calls = {
            "lists": self._get(f"users/{user(3)}/recommendations", "recommendations"),
            "similar": self._get("items/39/similar", "matches"),
            "basket": self._basket,
            "search": self._search,
            "bought together": self._get("items/39/bought-together", "items"),
            "popular": self._get("popular", "items"),
            "export": self._export,
        }

    def _get(self, path, member):
        return lambda: self._rows(self.http.get(path, params={"limit": LIMIT}), member)

    def _basket(self):
        body = {"skus": ["38", "39"], "limit": LIMIT}
        return self._rows(self.http.post("recommendations", json=body), "recommendations")

    def _search(self):
        files, form = {"image": ("q.jpg", jpeg(0))}, {"limit": str(LIMIT)}
        search = partial(self.http.post, "search", files=files, data=form)
        return self._rows(repeat_while_rejected(search), "matches")

    def _export(self):
        answer = self.http.get("recommendations?format=csv").raise_for_status()
        return [row for row in csv.DictReader(io.StringIO(answer.text)) if row["user"] == user(3)]

    def _rows(self, answer, member):
        return answer.raise_for_status().json()[member]


class States:
    """The unavailable items, from the answer to their change until the request that ends it."""

    def __init__(self, shop):
        self._shop, self._settled, self._changes = shop, {}, count()

    def now(self):
        return dict(self._settled)

    def change(self, sku, state):
        """Change the availability of an item, in turn in each way."""
        self._settled.pop(sku, None)
        number = next(self._changes)
        if number % 2:
            answer = self._shop.http.post(f"{self._shop.path}/availability", json={sku: state})
        else:
            url = f"{self._shop.path}/items/{sku}"
            answer = self._shop.http.patch(url, json={"availability": state})
        assert answer.status_code == 200, answer.text
        if state != "in_stock":
            self._settled[sku] = (state, number)


def wrongly_shown(kind, rows, unavailable):
    """Return the rows of an answer that contradict what was settled before its request."""
    states = {sku: state for sku, (state, _) in unavailable.items()}
    return [
        (kind, row)
        for row in rows
        if (state := states.get(row["sku"]))
        and not (kind == "search" and state == row.get("availability") == "out_of_stock")
    ]


def test_no_answer_requested_after_a_change_shows_an_unavailable_item_and_lists_stay_full(trained):
    states, stop, wrong, short, reads = States(trained), [], [], [], {}

    def read(kinds):
        with httpx2.Client(base_url=trained.url + trained.path, timeout=PATIENCE_S) as http:
            reader = Reader(http)
            for kind in takewhile(lambda _: not stop, kinds):
                before = states.now()
                rows = reader.calls[kind]()
                after = states.now()
                settled = {sku: state for sku, state in before.items() if after.get(sku) == state}
                wrong.extend(wrongly_shown(kind, rows, settled))
                reads[kind] = reads.get(kind, 0) + 1
                if kind != "bought together" and len(rows) < LIMIT:
                    short.append((kind, len(rows)))

    kinds = [*Reader(trained.http).calls]
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, cycle(kinds[n:] + kinds[:n])) for n in range(READERS)]
        # items that all kinds of answers show: user 3 buys the second half
        for sku, state in zip(map(str, range(20, 38)), cycle(["hidden", "out_of_stock"])):
            states.change(sku, state)
            if int(sku) >= 26:
                states.change(str(int(sku) - 6), "in_stock")
        stop.append(True)
        for reader in readers:
            reader.result()
    assert (wrong, short) == ([], [])
    assert reads.keys() == {*kinds}


def test_a_search_ranks_the_items_that_are_not_hidden_as_a_comparison_of_all_does(trained, stack):
    index = open_collection(stack, trained).index_name
    rows = MilvusVectors(stack.settings.milvus).vectors(index)
    vectors = {sku: vector for sku, _, vector in rows}
    hidden = {sku for sku in vectors if int(sku) % 3 == 0}
    states = {sku: "hidden" if sku in hidden else "in_stock" for sku in vectors}
    assert trained.http.post(f"{trained.path}/availability", json=states).status_code == 200
    for number in (0, 1, 2):  # the first is hidden itself
        cosines = {
            sku: float(vectors[str(number)] @ vector)
            for sku, vector in vectors.items()
            if sku not in hidden
        }
        for limit in (5, ITEMS):
            matches = trained.matches(jpeg(number), limit=limit)
            best = sorted(cosines.values(), reverse=True)[:limit]
            assert len({match["sku"] for match in matches}) == len(matches) == len(best)
            for match, score in zip(matches, best, strict=True):
                expected = pytest.approx(max(score, 0), abs=ROUNDING)
                assert match["score"] == expected
                assert max(cosines[match["sku"]], 0) == expected
