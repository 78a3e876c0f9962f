"""Fields of forms, each with a description and an example."""

from typing import Annotated, Any

from fastapi import File, Form, UploadFile

from api.schemas.parameters import UPLOAD_ID
from core.words import MAX_TEXT

ImageFile = Annotated[
    UploadFile | None, File(description="The image to search with.", examples=["query.jpg"])
]
SearchText = Annotated[
    str,
    Form(
        max_length=MAX_TEXT,
        description="Words to search for: colours, kinds of goods, and words that attributes "
        "contain; in English, German, French, Italian or Spanish. With an image: what to change.",
        examples=["red t-shirt"],
    ),
]
CropForm = Annotated[
    str | None,
    Form(
        description="Search with a part of the image: left,top,right,bottom as fractions of its "
        "width and height.",
        examples=["0.1,0.2,0.9,1"],
    ),
]


def form_body(*required: str, **fields: dict[str, Any]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that parses its form itself."""
    schema = {"type": "object", "required": list(required), "properties": fields}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def form_field(description: str, example: str, **schema: Any) -> dict[str, Any]:
    """Return the schema of a form field; `schema` overrides its type."""
    return {"type": "string", "description": description, "examples": [example], **schema}


UPLOAD_FIELD = form_field(
    "Id of a complete resumable upload (see `POST /v1/uploads`), in place of one file. An upload "
    "can be used once.",
    UPLOAD_ID,
)
