"""OpenVINO as `ov`, without its telemetry.

When it is imported, OpenVINO sends a report over the network, in a separate thread, unless the
package `openvino_telemetry` is missing; this module makes it appear to be missing.
"""

import sys

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402 - only after the line above

__all__ = ["ov"]
