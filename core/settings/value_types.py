"""Types of settings whose texts are checked: URLs, origins, host names and times of day."""

import re
from typing import Annotated

from pydantic import AfterValidator, HttpUrl

from core.connections.urls import check_milvus_url, check_redis_url
from core.daily_time import parse_daily_time
from core.domain import check_origin
from core.errors import InvalidInput

RedisUrl = Annotated[str, AfterValidator(check_redis_url)]
MilvusUrl = Annotated[str, AfterValidator(check_milvus_url)]


def _origin(text: str) -> str:
    try:
        return check_origin(text)
    except InvalidInput as exc:
        raise ValueError(exc.detail) from exc


Origin = Annotated[str, AfterValidator(_origin)]


def _host_name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+", text):
        raise ValueError(f"{text!r} is not a host name; use a name like shop.example, with no port")
    return text.lower()


HostName = Annotated[str, AfterValidator(_host_name)]


def _host_and_port(text: str) -> str:
    if not re.fullmatch(r"([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?", text):
        raise ValueError(f"{text!r} is not a host; use a form like images.lan or images.lan:8080")
    return text.lower()


HostAndPort = Annotated[str, AfterValidator(_host_and_port)]


def _http(text: str) -> str:
    return str(HttpUrl(text)) if text else text


HttpText = Annotated[str, AfterValidator(_http)]


def _daily_time(text: str) -> str:
    parse_daily_time(text)  # raises ValueError
    return text


DailyTime = Annotated[str, AfterValidator(_daily_time)]
