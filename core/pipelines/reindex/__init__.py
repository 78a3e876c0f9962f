"""Vectors made anew from the store: all of them beside those in use, or only what is missing."""

from core.pipelines.reindex.embed import embed
from core.pipelines.reindex.finish import finish
from core.pipelines.reindex.plan import plan

__all__ = ["embed", "finish", "plan"]
