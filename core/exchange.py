"""Questions to worker-search and their answers, through Redis B: neither needs to outlive a minute.

A question is a picture with its parameters; the queue carries only its id. The asker waits on a
list of its own, with a timeout.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from redis import Redis, RedisError

from core.errors import Unavailable

_ALIVE = "lookalike:alive:"
_QUESTION = "lookalike:question:"
_ANSWER = "lookalike:answer:"


class Question(BaseModel):
    """What is looked for: a sku, or else a picture that is sent beside the question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    sku: str | None = None
    limit: int = 10
    min_score: float = 0.0
    filter: dict[str, Any] | None = None
    crop: tuple[float, float, float, float] | None = None


class Exchange:
    """Questions and answers by id, and who is there to answer.

    Every method raises `Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis, *, timeout_s: float) -> None:
        self._redis = redis
        self._timeout_s = timeout_s

    def ask(self, question: Question, picture: bytes = b"") -> str:
        """Put a question, which ends by itself when nobody waits any more; return its id."""
        asked = secrets.token_hex(12)
        fields = {"question": question.model_dump_json(), "picture": picture}
        with _translated():
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(_QUESTION + asked, mapping=cast("Any", fields))
            pipe.pexpire(_QUESTION + asked, self._timeout_ms)
            pipe.execute()
        return asked

    def question(self, asked: str) -> tuple[Question, bytes] | None:
        """Take a question up, or None if its asker has given up."""
        with _translated():
            row = self._redis.hgetall(_QUESTION + asked)
            self._redis.delete(_QUESTION + asked)
        if not row:
            return None
        return Question.model_validate_json(row[b"question"]), cast("bytes", row[b"picture"])

    def answer(self, asked: str, answer: dict[str, Any]) -> None:
        """Give the answer to whoever asked."""
        with _translated():
            pipe = self._redis.pipeline(transaction=True)
            pipe.rpush(_ANSWER + asked, json.dumps(answer))
            pipe.pexpire(_ANSWER + asked, self._timeout_ms)
            pipe.execute()

    def wait(self, asked: str) -> dict[str, Any]:
        """Wait for an answer.

        Raises:
            Unavailable: none came in time.
        """
        with _translated():
            found = self._redis.blpop([_ANSWER + asked], timeout=self._timeout_s)
        if not found:
            raise Unavailable("no search worker answered in time; try again")
        return cast("dict[str, Any]", json.loads(cast("list[bytes]", found)[1]))

    def say_alive(self, workers: Sequence[str], *, for_s: int) -> None:
        """Tell that the workers of these queues are there, until so many seconds from now."""
        with _translated():
            for worker in workers:
                self._redis.set(_ALIVE + worker, b"1", ex=for_s)

    def alive(self, worker: str) -> bool:
        """Whether a worker of that queue said so a short while ago."""
        with _translated():
            return bool(self._redis.exists(_ALIVE + worker))

    @property
    def _timeout_ms(self) -> int:
        return int(self._timeout_s * 1000)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RedisError as exc:
        raise Unavailable("the search's Redis does not answer; try again") from exc
