"""OpenVINO as `ov`, without its telemetry.

Importing openvino reports the import over the network, from a thread of its own, unless the
`openvino_telemetry` package is missing: then OpenVINO uses a stub.
"""

import sys

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402 - only after the line above

__all__ = ["ov"]
