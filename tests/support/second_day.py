"""A shop's second day, step by step, with a small reference model of the expected state.

Each step sends what a shop sends and compares the server's state with the model. The steps speak
plain HTTP, so they can also be run against an older version to see which of them fail there.
"""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.support.archives import make_zip
from tests.support.images import jpeg
from tests.support.items import own
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import FINAL_STATES, eventually

KINDS = ("dress", "shirt", "shoe")
COUNT = 45
CHANGES = 1000
SHOPIFY = """\
Name,Email,Financial Status,Lineitem quantity,Lineitem sku,Created at,Shipping Zip,Shipping Country
#1001,ann@example.com,paid,1,3,2026-06-29 10:00:00 +0200,10115,DE
#1001,ann@example.com,,2,4,2026-06-29 10:00:00 +0200,,
#1002,bob@example.com,voided,1,5,2026-06-29 11:00:00 +0200,10115,DE
"""
WOOCOMMERCE = """\
order_id,customer_id,billing_email,billing_postcode,billing_country,order_date,sku,item_quantity
501,0,cem@example.com,10115,DE,2026-06-28 09:00:00,6,1
502,0,dan@example.com,10115,DE,2026-06-28 09:30:00,7,1
503,0,eva@example.com,10115,DE,2026-06-28 09:40:00,8,1
"""


def digest(address):
    return hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()


class SecondDay:
    """A shop, and what its items and customers should be."""

    def __init__(self, shop):
        self.shop = shop
        self.attributes = {str(n): {} for n in range(COUNT)}
        self.customers = {user(n) for n in range(60)}

    def create_shop(self):
        """The first day: pictures in folders of categories, prices by manifest, sales."""
        self.import_folders()
        self.import_prices()
        self.shop.import_sales(as_csv(order_lines(skus=COUNT)))
        self.check_items()

    def import_folders(self):
        files = {f"{KINDS[n % 3]}/{n}.jpg": jpeg(n) for n in range(COUNT)}
        form = {"files": ("catalogue.zip", make_zip(files))}
        path = f"{self.shop.path}/items"
        response = self.shop.http.post(path, files=form, data={"folders": "kind"})
        job = self.shop.wait_for_job(response.json()["id"])
        assert job["state"] == "succeeded", job
        for number in range(COUNT):
            self.attributes[str(number)]["kind"] = KINDS[number % 3]

    def import_prices(self):
        rows = [f"{n},{n + 0.5},{n % 7}" for n in range(COUNT)]
        manifest = "\n".join(["sku,price,stock", *rows]).encode()
        job = self.shop.ingest([], manifest=manifest)
        assert job["state"] == "succeeded", job
        for number in range(COUNT):
            self.attributes[str(number)] |= {"price": number + 0.5, "stock": number % 7}

    def check_items(self):
        stored = {item["sku"]: own(item["attributes"]) for item in self.items()}
        assert stored == self.attributes, f"{stored} is not {self.attributes}"

    def items(self):
        page = self.shop.http.get(f"{self.shop.path}/items", params={"limit": 500}).json()
        return page["items"]

    def import_everything_again(self):
        """The nightly import: nothing changes, and no item counts as updated."""
        before = self.items()
        self.import_folders()
        self.import_prices()
        self.check_items()
        assert (after := self.items()) == before, f"{after} is not {before}"

    def import_one_odd_price(self):
        """A price that is no number is a failure; all other prices stay numbers."""
        job = self.shop.ingest([], manifest=b"sku,price\n1,on request\n2,99.5\n")
        assert job["state"] == "partial", job
        self.attributes["2"]["price"] = 99.5
        self.check_items()
        matches = self.shop.matches(jpeg(2), filter={"price": {"gt": 99}}, limit=COUNT)
        assert [match["sku"] for match in matches] == ["2"], matches

    def change_stock_during_training(self):
        """A thousand changes reach searches; they start no training."""
        training = self.shop.http.post(f"{self.shop.path}/recommender").json()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.change_stock, range(CHANGES)))
        eventually(self.matches_are_in_stock)
        self.shop.wait_for_job(training["id"])
        self.check_items()
        jobs = Counter(job["kind"] for job in self.shop.jobs())
        assert jobs["sync-items"] < 200, jobs
        assert jobs["train"] == 2, jobs  # the first day's, and the one that was asked for

    def change_stock(self, number):
        sku = str(number % COUNT)
        stock = number  # the last change of a SKU wins; its numbers are sent in order by one thread
        path = f"{self.shop.path}/items/{sku}"
        if number >= CHANGES - COUNT:
            response = self.shop.http.patch(path, json={"attributes": {"stock": stock}})
            self.attributes[sku]["stock"] = stock
        else:
            response = self.shop.http.patch(path, json={"attributes": {"note": "counted"}})
            self.attributes[sku]["note"] = "counted"
        assert response.status_code == 200, response.text

    def matches_are_in_stock(self):
        """Whether a search finds exactly the items that are in stock."""
        condition = {"stock": {"gte": CHANGES - COUNT}}
        matches = self.shop.matches(jpeg(0), filter=condition, limit=COUNT)
        in_stock = {sku for sku, row in self.attributes.items() if row["stock"] >= CHANGES - COUNT}
        return {match["sku"] for match in matches} == in_stock

    def import_sales_of_the_second_day(self):
        """Exports of Shopify and WooCommerce, guests, capitals, and one wrong year."""
        self.import_sales(SHOPIFY)
        self.import_sales(WOOCOMMERCE)
        header = "md5email,sku,order_id,zip,country,created_at"
        rows = [
            f"{user(1).upper()},9,900,10115,DE,2026-06-27",
            "NULL,9,901,10115,DE,2026-06-27",
            "d41d8cd98f00b204e9800998ecf8427e,9,902,10115,DE,2026-06-27",
            f"{digest('fay@example.com')},9,903,10115,DE,2062-06-27",
            f"{digest('gus@example.com')},9,904,10115,DE,2026-06-27",
        ]
        self.import_sales("\n".join([header, *rows]))
        names = ("ann", "cem", "dan", "eva", "gus")
        self.customers |= {digest(f"{name}@example.com") for name in names}
        self.check_customers()

    def import_sales(self, text):
        response = self.shop.send_sales(text.encode())
        assert response.status_code == 202, response.text
        job = self.shop.wait_for_job(response.json()["id"])
        assert job["state"] == "succeeded", job

    def check_customers(self):
        self.train()
        params = {"limit": 200}
        page = self.shop.http.get(f"{self.shop.path}/users", params=params).json()
        listed = {row["user"] for row in page["items"]}
        assert listed == self.customers, f"{listed} are not {self.customers}"

    def train(self):
        job = self.shop.http.post(f"{self.shop.path}/recommender").json()
        job = self.shop.wait_for_job(job["id"])
        assert job["state"] == "succeeded", job

    def roll_back_and_go_on(self):
        """After a rollback, sales and changes of stock do not bring the newer lists back."""
        self.shop.http.post(f"{self.shop.path}/recommender/rollback")
        served = self.served()
        self.change_stock(CHANGES - 1)
        rows = order_lines(users=2, skus=COUNT, orders=1, seed=5)
        self.import_sales(as_csv(rows).decode())
        self.wait_for_all_jobs()
        assert (now := self.served()) == served, f"{now} is not {served}"

    def served(self):
        return self.shop.http.get(f"{self.shop.path}/recommender").json()["generation"]

    def wait_for_all_jobs(self):
        for job in self.shop.jobs():
            is_waiting = job["state"] == "queued" and job.get("scheduled_for")
            if job["state"] not in FINAL_STATES and not is_waiting:
                self.shop.wait_for_job(job["id"])

    def erase_a_customer_for_good(self):
        """Old lines of an erased customer, sent again, do not bring the customer back."""
        erased = user(3)
        job = self.shop.http.delete(f"{self.shop.path}/users/{erased}").json()
        self.shop.wait_for_job(job["id"])
        self.customers.discard(erased)
        old = as_csv([row for row in order_lines(skus=COUNT, seed=1) if row[0] == erased])
        again = self.shop.send_sales(old + b"\n")
        self.shop.wait_for_job(again.json()["id"])
        self.check_customers()
        tomorrow = (datetime.now(UTC) + timedelta(minutes=-1)).isoformat()
        self.import_sales(as_csv([[user(0), "9", "n-1", "10115", "DE", tomorrow]]).decode())
        self.check_customers()


STEPS = (
    SecondDay.create_shop,
    SecondDay.import_everything_again,
    SecondDay.import_one_odd_price,
    SecondDay.change_stock_during_training,
    SecondDay.import_sales_of_the_second_day,
    SecondDay.roll_back_and_go_on,
    SecondDay.erase_a_customer_for_good,
)
