"""Pictures of an upload become items that can be found: plan, embed in chunks, end."""

from core.pipelines.ingest.embed import embed, set_aside
from core.pipelines.ingest.finish import finish
from core.pipelines.ingest.plan import plan

__all__ = ["embed", "finish", "plan", "set_aside"]
