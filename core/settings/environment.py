"""Reads settings from environment variables, and refuses or reports those that set nothing."""

import functools
import logging
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic_settings import EnvSettingsSource, SettingsError

PREFIX = "LOOKALIKE_"
_OTHER_VARIABLES = re.compile(
    r"LOOKALIKE_(URL|KEY|VERSION|ROOT|TESTS?_.*"  # of the client, containers, supervisor and tests
    r"|(.*_)?SERVICE_(HOST|PORT)(_.*)?|(.*_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_.*)?"  # of Kubernetes
    r"|([^_]+_)*(NAME|ENV_.*))"  # of Docker, for linked containers
)
_SERVICE_URL = re.compile(r"(tcp|udp|sctp)://.*")  # LOOKALIKE_PORT of a service `lookalike`
_HINT_LIKENESS = 0.5
_MISSPELT_LIKENESS = 0.72
"""Between LOOKALIKE_HOTS for HOST and an operator's own LOOKALIKE_RELEASE, like JOBS__LEASE_S."""

log = logging.getLogger(__name__)


class StrictEnvironment(EnvSettingsSource):
    """The environment; a misspelt variable is an error, since it would silently set nothing.

    Other unknown variables may be an operator's own, such as LOOKALIKE_IMAGE in a deployment
    script; they are reported once in the log.
    """

    def __call__(self) -> dict[str, Any]:
        """Return the values of the settings.

        Raises:
            SettingsError: variables are misspelt; the message has a line for each.
        """
        known = list(setting_names(self.settings_cls))
        unknown = (name for name in self._variables() if not _is_known(name, self.settings_cls))
        judged = [_judge(name, known) for name in unknown]
        if misspelt := [line for line, is_misspelt in judged if is_misspelt]:
            raise SettingsError("\n".join(misspelt))
        for line, _ in judged:
            _warn(line)
        return super().__call__()

    def _variables(self) -> Iterator[str]:
        for lower_case, value in self.env_vars.items():
            name = lower_case.upper()
            is_other = _OTHER_VARIABLES.fullmatch(name) or _SERVICE_URL.fullmatch(value or "")
            if name.startswith(PREFIX) and not is_other:
                yield name


def setting_names(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    """Yield the variable of each setting; groups of settings are left out."""
    for field, info in model.model_fields.items():
        name = f"{prefix}{field.upper()}"
        if group := as_group(info.annotation):
            yield from setting_names(group, f"{name}__")
        else:
            yield name


def as_group(annotation: object) -> type[BaseModel] | None:
    """Return the class of a group of settings; None if the type is that of a single setting."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _is_known(name: str, model: type[BaseModel]) -> bool:
    """Return whether a variable sets a setting, a whole group, or an entry of a dictionary."""
    field, _, rest = name.removeprefix(PREFIX).lower().partition("__")
    info = model.model_fields.get(field)
    if info is None or not rest:
        return info is not None
    group = as_group(info.annotation)
    return _is_known(rest, group) if group else get_origin(info.annotation) is dict


@functools.cache  # once in a process, which may read its settings several times
def _warn(line: str) -> None:
    log.warning(line)


def _judge(name: str, known: Sequence[str]) -> tuple[str, bool]:
    """Return a message about an unknown variable, and whether it is a misspelt setting."""
    likeness, _, nearest = max((*_likeness(name, other), other) for other in known)
    hint = f" (did you mean {nearest}?)" if likeness >= _HINT_LIKENESS else ""
    message = f"{name}: there is no such setting{hint}; docs/settings.md lists all"
    return message, "__" in name or likeness >= _MISSPELT_LIKENESS


def _likeness(name: str, other: str) -> tuple[float, float]:
    """Return how alike the names are, from 0 to 1, first if a part of them is enough for that."""
    name, other = name.removeprefix(PREFIX), other.removeprefix(PREFIX)
    last = name.rpartition("__")[2]
    whole = SequenceMatcher(None, name, other).ratio()
    parts = (SequenceMatcher(None, last, part).ratio() for part in other.split("__"))
    return max(whole, *parts), whole
