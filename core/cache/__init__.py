"""Each user's recommendations, ready in Redis B: one read serves them.

Lists are written under their generation; a pointer says which generation is live, so nobody sees
half a training. What is lost here is filled in again from the store.
"""

from core.cache.list_reader import Found, ListReader, Row
from core.cache.list_writer import Lists, Payload

__all__ = ["Found", "ListReader", "Lists", "Payload", "Row"]
