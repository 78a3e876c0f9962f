"""The environment of the stack's processes."""

from pathlib import Path

import pytest

from core.settings import EncoderSettings, Settings
from embedded.environment import environment


def test_a_child_process_reads_the_settings_of_its_parent(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = settings.model_copy(
        update={
            "search_timeout_s": 2.5,
            "encoders": EncoderSettings(batch_size=3, runtime="tensorflow"),
        }
    )
    for name, value in environment(parent).items():
        monkeypatch.setenv(name, value)
    assert Settings() == parent


def test_a_relative_data_folder_is_made_absolute(settings: Settings) -> None:
    variables = environment(settings.model_copy(update={"data": settings.data.relative_to("/")}))
    assert variables["LOOKALIKE_DATA"].startswith(str(Path.cwd()))


def test_settings_in_the_parents_environment_are_not_passed_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("lookalike_jobs__tries", "9")
    variables = environment(settings)
    assert "LOOKALIKE_REDIS_URL" not in variables
    assert "lookalike_jobs__tries" not in variables
    assert variables["LOOKALIKE_JOBS__MAX_ATTEMPTS"] == str(settings.jobs.max_attempts)


def test_tuning_set_by_the_user_is_not_overridden(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    assert environment(settings)["MALLOC_ARENA_MAX"] == "7"
