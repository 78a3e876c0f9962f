"""Which generation of lists a collection serves, and which it keeps for a rollback."""

from datetime import datetime
from typing import Self

from pydantic import Field

from core.errors import Conflict
from core.records import Record


class Training(Record):
    """The time and the input of a generation's training run."""

    at: datetime
    fingerprint: str
    """The `training_fingerprint` at that time; if it differs today, the generation is stale."""


class Recommender(Record):
    """The live generation and the kept ones; methods return the changed record.

    A rollback holds until somebody requests training or ends the rollback; until then, a new
    generation is not served but only becomes the candidate.
    """

    live: str | None = None
    previous: str | None = None
    """The generation that a rollback would serve; it is older than the live one."""
    candidate: str | None = None
    """The newest generation while a rollback holds; it is not served."""
    rolled_back_at: datetime | None = None
    """When the rollback began that holds; None without one."""
    refusal: str | None = None
    """Why the newest training run was refused; None if it was not."""
    trainings: dict[str, Training] = Field(default_factory=dict)
    """The training runs of the kept generations, by generation."""
    revision: int = 0
    """A number that increases when sales are deleted or a user is erased."""

    @property
    def training(self) -> Training | None:
        """The training run of the live generation."""
        return self.trainings.get(self.live) if self.live else None

    @property
    def generations(self) -> set[str]:
        """The generations that are served or may be served later."""
        generations = (self.live, self.previous, self.candidate)
        return {generation for generation in generations if generation}

    def publish(self, generation: str, training: Training) -> Self:
        """Serve a new generation and keep the live one; this ends a rollback."""
        served = self._serve(generation, self.live, {generation: training})
        return served.model_copy(update={"refusal": None})

    def keep(self, generation: str, training: Training) -> Self:
        """Keep a new generation as the candidate; it replaces any older candidate."""
        trainings = self.trainings | {generation: training}
        changes = {"candidate": generation, "trainings": trainings, "refusal": None}
        return self.model_copy(update=changes)._forget()

    def refuse(self, reason: str) -> Self:
        """Record why a training run was refused; what is served and kept does not change."""
        return self.model_copy(update={"refusal": reason})

    def roll_back(self, now: datetime) -> Self:
        """Serve the previous generation, and keep the live one as the candidate.

        Raises:
            Conflict: no older generation is kept.
        """
        if self.previous is None:
            raise Conflict("there is no previous generation to roll back to")
        changes = {"live": self.previous, "previous": None, "candidate": self.live}
        return self.model_copy(update={**changes, "rolled_back_at": now})

    def end_rollback(self) -> Self:
        """Serve the candidate, and keep the live generation for another rollback.

        Raises:
            Conflict: no rollback holds.
        """
        if self.rolled_back_at is None:
            raise Conflict("there is no rollback to end")
        if self.candidate is None:
            return self.model_copy(update={"rolled_back_at": None})
        return self._serve(self.candidate, self.live)

    def lose_live(self) -> Self:
        """Stop serving the live generation, whose lists are lost; this ends a rollback."""
        return self._serve(None, self.previous or self.candidate)

    def _serve(
        self, live: str | None, previous: str | None, new: dict[str, Training] | None = None
    ) -> Self:
        changes = {"live": live, "previous": previous, "candidate": None, "rolled_back_at": None}
        trainings = self.trainings | (new or {})
        return self.model_copy(update={**changes, "trainings": trainings})._forget()

    def _forget(self) -> Self:
        trainings = {key: row for key, row in self.trainings.items() if key in self.generations}
        return self.model_copy(update={"trainings": trainings})
