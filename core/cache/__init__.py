"""The cache in Redis B: lists, worker registry, rate limits, search requests.

Recommendation lists are written under their generation, and a pointer names the live generation,
so nobody reads lists of an unfinished training run. Lost lists are refilled from the store.
"""

from core.cache.item_cache import ItemCache
from core.cache.item_reader import ItemReader
from core.cache.list_reader import CachedList, CachedRow, CacheReader
from core.cache.list_writer import CacheWriter
from core.cache.similar_reader import SimilarItem, SimilarItems, SimilarReader
from core.cache.similar_writer import SimilarWriter
from core.cache.word_index import WordIndex

__all__ = [
    "CacheReader", "CacheWriter", "CachedList", "CachedRow", "ItemCache", "ItemReader",
    "SimilarItem", "SimilarItems", "SimilarReader", "SimilarWriter", "WordIndex",
]  # fmt: skip
