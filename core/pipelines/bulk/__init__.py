"""Jobs that change or delete many items: those that match a filter, or all of them."""

from core.pipelines.bulk.change_attributes import change_attributes
from core.pipelines.bulk.change_items import change_items
from core.pipelines.bulk.delete_items import delete_items

__all__ = ["change_attributes", "change_items", "delete_items"]
