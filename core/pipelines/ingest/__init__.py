"""Pictures of an upload become items that can be found: plan, embed in chunks, end."""

from core.pipelines.ingest.embed import embed
from core.pipelines.ingest.finish import finish
from core.pipelines.ingest.isolation import embed_one_by_one, set_aside
from core.pipelines.ingest.plan import plan

__all__ = ["embed", "embed_one_by_one", "finish", "plan", "set_aside"]
