"""A fixture of flow tests about sales and recommendations."""

import pytest

from tests.support.sales import as_csv, order_lines


@pytest.fixture
def trained(shop):
    """A shop of 40 items, with sales of 60 users, and the jobs `imported` and `training`."""
    shop.ingest_numbers(range(40))
    shop.imported, shop.training = shop.import_sales(as_csv(order_lines()))
    assert shop.training["state"] == "succeeded", shop.training
    return shop
