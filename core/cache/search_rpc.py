"""Questions to worker-search and their answers, through Redis B: neither needs to outlive a minute.

A question is a picture with its parameters; the queue carries only its id. The asker waits on a
list of its own, with a timeout.
"""

import json
import secrets
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from redis import Redis

from core.connections.redis_client import guarded
from core.errors import Unavailable

_QUESTION = "lookalike:question:"
_ANSWER = "lookalike:answer:"


class Question(BaseModel):
    """What is looked for: a sku, or else a picture that is sent beside the question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    sku: str | None = None
    limit: int = 10
    min_score: float = 0.0
    filter: str | None = None
    """As the client sent it."""
    crop: tuple[float, float, float, float] | None = None


class Exchange:
    """Questions and answers by id.

    Every method raises `Unavailable` when Redis does not answer. `waiting` are connections for who
    waits for an answer, with more patience than a question takes.
    """

    def __init__(self, redis: Redis, *, timeout_s: float, waiting: Redis | None = None) -> None:
        self._redis = redis
        self._waiting = waiting or redis
        self._timeout_s = timeout_s

    @guarded
    def ask(self, question: Question, picture: bytes = b"") -> str:
        """Put a question, which ends by itself when nobody waits any more; return its id."""
        asked = secrets.token_hex(12)
        fields = {"question": question.model_dump_json(), "picture": picture}
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(_QUESTION + asked, mapping=cast("Any", fields))
        pipe.pexpire(_QUESTION + asked, self._timeout_ms)
        pipe.execute()
        return asked

    @guarded
    def question(self, asked: str) -> tuple[Question, bytes] | None:
        """Take a question up, or None if its asker has given up."""
        row = self._redis.hgetall(_QUESTION + asked)
        self._redis.delete(_QUESTION + asked)
        if not row:
            return None
        return Question.model_validate_json(row[b"question"]), cast("bytes", row[b"picture"])

    @guarded
    def answer(self, asked: str, answer: dict[str, Any]) -> None:
        """Give the answer to whoever asked."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.rpush(_ANSWER + asked, json.dumps(answer))
        pipe.pexpire(_ANSWER + asked, self._timeout_ms)
        pipe.execute()

    @guarded
    def wait(self, asked: str) -> dict[str, Any]:
        """Wait for an answer.

        Raises:
            Unavailable: none came in time.
        """
        found = self._waiting.blpop([_ANSWER + asked], timeout=self._timeout_s)
        if not found:
            raise Unavailable("no search worker answered in time; try again")
        return cast("dict[str, Any]", json.loads(cast("list[bytes]", found)[1]))

    @property
    def _timeout_ms(self) -> int:
        return int(self._timeout_s * 1000)
