"""Values are read once in a while, by one reader, and never older than a change."""

import asyncio

import pytest

from api.services import remembered as module
from api.services.remembered import Remembered
from core.errors import NotFound, Unavailable
from tests.support.event_loops import in_event_loop


class Source:
    """Values that can be changed, held up and out of reach."""

    def __init__(self, value=1):
        self.value, self.error, self.reads, self.last = value, None, 0, []
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, key, last):
        self.reads += 1
        self.last.append(last)
        value = self.value
        await self.open.wait()
        if self.error:
            raise self.error
        return value


def run(steps, **options):
    """Run `steps(source, remembered)` in an event loop."""

    async def in_loop():
        source = Source()
        return await steps(source, Remembered(source.read, **options))

    return in_event_loop(in_loop)


def test_a_value_is_read_once_and_again_when_it_is_too_old_or_must_be_fresh():
    async def steps(source, remembered):
        values = [await remembered.get("a")]
        source.value = 2
        values += [await remembered.get("a"), await remembered.get("a", fresh=True)]
        return [*values, await remembered.get("a"), source.reads]

    assert run(steps) == [1, 1, 2, 2, 2]
    assert run(steps, max_age_s=0) == [1, 2, 2, 2, 4]


def test_the_reader_gets_the_last_value():
    async def steps(source, remembered):
        await remembered.get("a")
        await remembered.get("a")
        return source.last

    assert run(steps, max_age_s=0) == [None, 1]


def test_requests_at_the_same_time_share_one_reader():
    async def steps(source, remembered):
        return await asyncio.gather(*(remembered.get("a") for _ in range(9))), source.reads

    assert run(steps) == ([1] * 9, 1)


def test_a_reader_that_began_before_a_change_does_not_answer_requests_after_it():
    async def steps(source, remembered):
        source.open.clear()
        before = asyncio.create_task(remembered.get("a"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # now it has read the old value
        source.value = 2
        remembered.forget("a")
        after = asyncio.create_task(remembered.get("a"))
        source.open.set()
        return await before, await after, await remembered.get("a")

    assert run(steps) == (1, 2, 2)


def test_the_last_value_holds_while_none_can_be_read():
    async def steps(source, remembered):
        await remembered.get("a")
        source.error = Unavailable("the store does not respond")
        assert await remembered.get("a") == 1
        with pytest.raises(Unavailable):
            await remembered.get("a", fresh=True)
        with pytest.raises(Unavailable):
            await remembered.get("b")

    run(steps, max_age_s=0)


def test_the_last_value_holds_no_longer_than_allowed_even_if_its_reader_fails_later(monkeypatch):
    async def steps(source, remembered):
        await remembered.get("a")
        source.open.clear()
        late = module.monotonic() + 3
        waiting = asyncio.create_task(remembered.get("a"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # now a reader has started
        monkeypatch.setattr(module, "monotonic", lambda: late)
        source.error = Unavailable("the store does not respond")
        joined = asyncio.create_task(remembered.get("a"))
        await asyncio.sleep(0)
        source.open.set()
        with pytest.raises(Unavailable):
            await joined
        await asyncio.wait([waiting])

    run(steps, max_age_s=0, max_outage_s=2)


def test_a_source_that_says_that_a_value_does_not_exist_responds_again(monkeypatch):
    async def steps(source, remembered):
        await asyncio.gather(remembered.get("a"), remembered.get("b"))
        source.error = Unavailable("the store does not respond")
        assert await remembered.get("a") == 1
        source.error = NotFound("it was deleted")
        with pytest.raises(NotFound):
            await remembered.get("b")
        source.error, source.value = None, 2
        source.open.clear()
        monkeypatch.setattr(module, "_MOMENT_S", 0)
        waiting = asyncio.create_task(remembered.get("a"))
        await asyncio.sleep(0)
        source.open.set()
        return await waiting

    assert run(steps, max_age_s=0) == 2


def test_while_reading_takes_too_long_last_values_hold_and_one_reader_tries_again(monkeypatch):
    async def steps(source, remembered):
        await asyncio.gather(remembered.get("a"), remembered.get("b"))
        source.open.clear()
        source.value = 2
        monkeypatch.setattr(module, "_PATIENCE_S", 0)
        monkeypatch.setattr(module, "_MOMENT_S", 0)
        values = [await remembered.get(key) for key in "abab"]
        assert list(remembered._reading) == ["a"]
        monkeypatch.undo()
        source.open.set()
        await remembered._reading["a"].task
        return values, [await remembered.get(key) for key in "ab"]

    assert run(steps, max_age_s=0) == ([1, 1, 1, 1], [2, 2])


def test_what_was_never_read_waits_for_the_reader_that_finds_the_end_of_an_outage(monkeypatch):
    async def steps(source, remembered):
        await remembered.get("a")
        source.open.clear()
        monkeypatch.setattr(module, "_PATIENCE_S", 0)
        monkeypatch.setattr(module, "_MAX_READ_S", 0)
        await remembered.get("a")
        with pytest.raises(Unavailable):
            await remembered.get("b")
        monkeypatch.setattr(module, "_PATIENCE_S", 60)
        waiting = asyncio.create_task(remembered.get("b"))
        await asyncio.sleep(0)
        readers = list(remembered._reading)
        source.open.set()
        return readers, await waiting, source.reads

    assert run(steps, max_age_s=0) == (["a"], 1, 3)


def test_readers_that_are_only_slow_refuse_no_request(monkeypatch):
    async def steps(source, remembered):
        source.open.clear()
        monkeypatch.setattr(module, "_PATIENCE_S", 0)
        waiting = [asyncio.create_task(remembered.get(key)) for key in "abc"]
        while not remembered._is_slow:
            await asyncio.sleep(0)
        waiting.append(asyncio.create_task(remembered.get("d")))
        while len(remembered._reading) < 4:
            await asyncio.sleep(0)
        source.open.set()
        return await asyncio.gather(*waiting)

    assert run(steps) == [1, 1, 1, 1]


def test_a_request_that_waited_for_the_reader_of_its_own_key_does_not_read_again(monkeypatch):
    async def steps(source, remembered):
        source.open.clear()
        monkeypatch.setattr(module, "_PATIENCE_S", 0)
        waiting = [asyncio.create_task(remembered.get("a"))]
        while not remembered._is_slow:
            await asyncio.sleep(0)
        monkeypatch.setattr(module, "_PATIENCE_S", 60)
        monkeypatch.setattr(module, "_MAX_READ_S", 0)
        waiting.append(asyncio.create_task(remembered.get("a")))
        await asyncio.sleep(0)
        source.open.set()
        return await asyncio.gather(*waiting), source.reads

    assert run(steps) == ([1, 1], 1)


def test_a_refused_request_names_the_last_failure_of_a_reader(monkeypatch):
    async def steps(source, remembered):
        source.error = Unavailable("Redis does not respond")
        with pytest.raises(Unavailable):
            await remembered.get("a")
        source.open.clear()
        monkeypatch.setattr(module, "_PATIENCE_S", 0)
        with pytest.raises(Unavailable, match="Redis does not respond"):
            await remembered.get("b")

    run(steps)


def test_what_does_not_exist_is_not_remembered():
    async def steps(source, remembered):
        await remembered.get("a")
        source.error = NotFound("it was deleted")
        for _ in range(2):
            with pytest.raises(NotFound):
                await remembered.get("a")
        source.error = None
        return await remembered.get("a")

    assert run(steps, max_age_s=0) == 1
