"""What the processes are told."""

from pathlib import Path

import pytest

from core.settings import EncoderSettings, Settings
from embedded.environment import environment


def test_a_child_reads_the_very_settings_of_its_parent(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = settings.model_copy(
        update={"search_timeout_s": 2.5, "encoders": EncoderSettings(batch=3, runtime="tensorflow")}
    )
    for name, value in environment(told).items():
        monkeypatch.setenv(name, value)
    assert Settings() == told


def test_a_relative_data_folder_is_told_from_the_root(settings: Settings) -> None:
    told = environment(settings.model_copy(update={"data": settings.data.relative_to("/")}))
    assert told["LOOKALIKE_DATA"].startswith(str(Path.cwd()))


def test_what_the_parents_environment_says_besides_is_not_passed_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("lookalike_jobs__tries", "9")
    told = environment(settings)
    assert "LOOKALIKE_REDIS_URL" not in told
    assert "lookalike_jobs__tries" not in told
    assert told["LOOKALIKE_JOBS__TRIES"] == str(settings.jobs.tries)


def test_tuning_that_the_user_set_stands(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    assert environment(settings)["MALLOC_ARENA_MAX"] == "7"
