"""The columns of tables, by what their rows are."""

from lookalike.cli.output.tables import Column
from lookalike.cli.output.texts import (
    attributes_text,
    encoder_text,
    reason_text,
    rule_items_text,
    time_text,
    values_text,
)

MATCHES: tuple[Column, ...] = (
    ("score", lambda match: f"{match.score:.3f}"),
    ("sku", lambda match: match.sku),
    ("view", lambda match: match.view),
    ("attributes", lambda match: attributes_text(match.attributes)),
)
NEW_ITEMS: tuple[Column, ...] = (
    ("sku", lambda item: item.sku),
    ("created", lambda item: time_text(item.created_at)),
    ("attributes", lambda item: attributes_text(item.attributes)),
)
BOUGHT_TOGETHER: tuple[Column, ...] = (
    ("sku", lambda row: row.sku),
    ("orders", lambda row: f"{row.orders:,}"),
    ("support", lambda row: f"{row.support:.2%}"),
    ("lift", lambda row: f"{row.lift:,.1f}"),
)
COLLECTIONS: tuple[Column, ...] = (
    ("name", lambda collection: collection.name),
    ("items", lambda collection: f"{collection.items:,}"),
    ("images", lambda collection: f"{collection.images:,}"),
    ("encoder", encoder_text),
    ("state", lambda collection: collection.state),
    ("created", lambda collection: time_text(collection.created_at)),
    ("description", lambda collection: collection.description),
)
ATTRIBUTES: tuple[Column, ...] = (
    ("attribute", lambda row: row.name),
    ("type", lambda row: row.type),
)
ATTRIBUTE_COUNTS: tuple[Column, ...] = (*ATTRIBUTES, ("values", values_text))
DUPLICATES: tuple[Column, ...] = (
    ("kind", lambda group: group.kind.replace("_", " ")),
    ("score", lambda group: f"{group.members[0].score:.3f}"),
    ("skus", lambda group: ", ".join(member.sku for member in group.members)),
)
DISMISSALS: tuple[Column, ...] = (
    ("id", lambda row: row.id),
    ("dismissed", lambda row: time_text(row.dismissed_at)),
    ("skus", lambda row: ", ".join(row.skus)),
    ("others", lambda row: ", ".join(row.others)),
    ("view", lambda row: row.view or ""),
    ("problems", lambda row: ", ".join(row.problems)),
)
IMAGE_PROBLEMS: tuple[Column, ...] = (
    ("sku", lambda row: row.sku),
    ("view", lambda row: row.view),
    ("problems", lambda row: ", ".join(row.problems)),
)
UNAVAILABLE: tuple[Column, ...] = (
    ("sku", lambda row: row.sku),
    ("availability", lambda row: row.availability),
)
ITEMS: tuple[Column, ...] = (
    ("sku", lambda item: item.sku),
    ("views", lambda item: ", ".join(image.view for image in item.images)),
    ("updated", lambda item: time_text(item.updated_at)),
    ("availability", lambda item: item.availability),
    ("attributes", lambda item: attributes_text(item.attributes)),
)
JOBS: tuple[Column, ...] = (
    ("id", lambda job: job.id),
    ("kind", lambda job: job.kind),
    ("collection", lambda job: job.collection),
    ("state", lambda job: job.state.value),
    ("progress", lambda job: str(job.progress)),
    ("created", lambda job: time_text(job.created_at)),
)
FAILURES: tuple[Column, ...] = (
    ("file", lambda failure: failure.url or failure.file),
    ("sku", lambda failure: failure.sku or ""),
    ("code", lambda failure: failure.code),
    ("reason", lambda failure: failure.reason),
)
RULES: tuple[Column, ...] = (
    ("id", lambda rule: rule["id"]),
    ("placement", lambda rule: ", ".join(rule["placement"])),
    ("action", lambda rule: f"{rule['action']} {rule.get('position', '')}".strip()),
    ("items", rule_items_text),
    ("from", lambda rule: rule.get("from", "")),
    ("until", lambda rule: rule.get("until", "")),
)
RECOMMENDATIONS: tuple[Column, ...] = (
    ("score", lambda row: f"{row.score:.3f}"),
    ("sku", lambda row: row.sku),
    ("why", lambda row: "; ".join(map(reason_text, row.reasons))),
)
USERS: tuple[Column, ...] = (
    ("user", lambda customer: customer.user),
    ("orders", lambda customer: f"{customer.orders:,}"),
    ("latest purchases", lambda customer: ", ".join(row.sku for row in customer.purchases[:5])),
)
ORDERS: tuple[Column, ...] = (
    ("at", lambda order: time_text(order.at)),
    ("items", lambda order: ", ".join(f"{item.quantity} x {item.sku}" for item in order.items)),
)
UPLOADS: tuple[Column, ...] = (
    ("id", lambda upload: upload.id),
    ("file", lambda upload: upload.filename),
    ("order lines", lambda upload: f"{upload.report.get('accepted', 0):,}"),
    ("rejected", lambda upload: f"{upload.report.get('rejected', 0):,}"),
    ("from", lambda upload: str(upload.report.get("first") or "")),
    ("to", lambda upload: str(upload.report.get("last") or "")),
)
ENCODERS: tuple[Column, ...] = (
    ("name", lambda encoder: encoder.name),
    ("family", lambda encoder: encoder.family),
    ("input px", lambda encoder: str(encoder.side)),
    ("dimension", lambda encoder: str(encoder.dim)),
    ("weights", lambda encoder: encoder.weights),
    ("images/s", lambda encoder: f"{encoder.images_per_second or ''}"),
    ("licence", lambda encoder: encoder.licence),
)
