"""The networks that can be asked for by name.

Cheap to import: the front end reads this and has neither numpy nor a network library.
"""

from core.encoders.catalogue_rows import ROWS
from core.encoders.description import EncoderDescription
from core.errors import InvalidInput

ENCODERS = {row.name: row for row in ROWS}


def describe(name: str) -> EncoderDescription:
    """The encoder of that name.

    Raises:
        InvalidInput: there is none; the message names those there are.
    """
    if name not in ENCODERS:
        raise InvalidInput(f"encoder {name[:80]!r} is not known; known are {', '.join(ENCODERS)}")
    return ENCODERS[name]
