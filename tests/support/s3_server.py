"""An in-memory S3 server, moto's, whose conditional writes are atomic like those of S3.

moto looks for the object and writes it in two steps, so two threads can both create it.
"""

import sys
import threading
from functools import wraps
from typing import Any

from moto.s3.responses import S3Response
from moto.server import main

_write_object = S3Response.put_object
_writing = threading.Lock()


@wraps(_write_object)
def _write_object_alone(response: S3Response) -> Any:
    with _writing:
        return _write_object(response)


if __name__ == "__main__":
    S3Response.put_object = _write_object_alone  # type: ignore[method-assign]
    main(sys.argv[1:])
