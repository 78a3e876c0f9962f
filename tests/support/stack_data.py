"""Reads the data of a running stack without its API; a stack is anything with `settings`."""

from core.storage import Collections, open_backend
from core.vectors.milvus import MilvusVectors


def open_collection(stack, shop):
    """Return the shop's collection as it is in the store."""
    return Collections(open_backend(stack.settings.store)).get(shop.name)


def vector_keys(stack, shop):
    """Return the (sku, view) pairs that have a vector, sorted."""
    index = open_collection(stack, shop).index_name
    return sorted(MilvusVectors(stack.settings.milvus).keys(index))


def main_views(skus):
    """Return the keys of items with one image each, as `vector_keys` does."""
    return sorted((str(sku), "main") for sku in skus)


def collection_folder(stack, shop):
    """Return the shop's folder in a local store."""
    return stack.data / "store" / "collections" / shop.name


def staged_uploads(stack):
    """Return the names of all uploads in a local store."""
    return {path.name for path in (stack.data / "store" / "uploads").glob("*")}
