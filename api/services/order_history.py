"""Reads the orders of a user from the served lists."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.schemas.recommendations import OrderedItemOut, OrderOut
from api.services.mailing import find_generation
from core.errors import NotFound
from core.recommendations import OrderLines
from core.storage import Collection

_TOO_OLD = (
    "the served lists were made before the orders of customers were kept with them; "
    "start a training run, for example on the collection's page Recommendations"
)


class OrderHistory(NamedTuple):
    """A user's orders, newest first."""

    orders: list[OrderOut]
    complete: bool
    """Whether these are all orders."""


async def read_orders(collection: Collection, user: str, services: Services) -> OrderHistory:
    """Return a user's orders; none if the user has bought nothing.

    Order lines older than the retention period are left out: the lists that are served after a
    rollback may still have them.

    Raises:
        NotFound: there are no lists, or they were made before orders were kept with them.
        Unavailable: the cache is being refilled, or Redis does not respond.
    """
    generation = await find_generation(collection, services)
    read = services.lists.order_lines
    lines = await run_in_threadpool(read, collection.name, generation, user)
    if lines is None:
        raise NotFound(_TOO_OLD)
    days = services.settings.sales_retention_days
    oldest = datetime.now(UTC) - timedelta(days=days) if days else None
    return to_orders(lines, oldest)


def to_orders(lines: OrderLines, oldest: datetime | None = None) -> OrderHistory:
    """Group lines by order and day, since some shops use one ID for all orders.

    Lines before `oldest` are left out.
    """
    first = oldest.timestamp() if oldest else float("-inf")
    orders: dict[tuple[int, int], OrderOut] = {}
    for sku, at, number, quantity in zip(
        lines.skus, lines.at, lines.orders, lines.quantities, strict=True
    ):
        if at < first:  # all further lines are older
            return OrderHistory([*orders.values()], complete=True)
        time = datetime.fromtimestamp(at, UTC)
        order = orders.setdefault((number, time.toordinal()), OrderOut(at=time, items=[]))
        order.items.insert(0, OrderedItemOut(sku=sku, quantity=quantity))
    if not lines.complete and len(orders) > 1:
        orders.popitem()  # some of its lines may be left out
    return OrderHistory([*orders.values()], lines.complete)
