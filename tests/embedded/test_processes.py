from core.settings import Settings
from embedded.processes import NAMES, processes


def names(settings: Settings) -> list[str]:
    (settings.data / "run").mkdir(parents=True)
    return [process.name for process in processes(settings)]


def test_every_process_comes_after_those_it_needs(settings: Settings) -> None:
    (settings.data / "run").mkdir(parents=True)
    ready: set[str] = set()
    for process in processes(settings):
        assert ready.issuperset(process.needs), process.name
        ready.add(process.name)
    assert ready.issuperset(NAMES)


def test_flower_can_be_left_out(settings: Settings) -> None:
    without = settings.model_copy(update={"start_flower": False, "embed_processes": 1})
    assert names(without) == [name for name in NAMES if name != "flower"]
    assert without.flower is None


def test_a_link_to_a_flower_that_runs_elsewhere_remains(settings: Settings) -> None:
    url = "https://flower.shop.example"
    update = {"start_flower": False, "flower_url": url}
    assert settings.model_copy(update=update).flower == url
