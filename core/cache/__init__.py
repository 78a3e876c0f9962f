"""The cache in Redis B: recommendation lists, worker registry, rate limits, search requests.

Recommendation lists are written under their generation; a pointer names the live generation, so
nobody sees half a training. A user's list is one read. Lost lists are refilled from the store.
"""

from core.cache.list_reader import CachedList, CachedRow, CacheReader
from core.cache.list_writer import CacheWriter

__all__ = ["CacheReader", "CacheWriter", "CachedList", "CachedRow"]
