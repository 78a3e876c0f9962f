import asyncio

import pytest

from api.whole_responses import JoiningTransport
from tests.support.event_loops import in_event_loop

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Recorder(asyncio.Transport):
    """Records what is written, and when the connection is closed."""

    def __init__(self):
        super().__init__()
        self.events = []

    def write(self, data):
        self.events.append(bytes(data))

    def close(self):
        self.events.append("closed")

    def is_closing(self):
        return "closed" in self.events


@pytest.fixture
def events():
    """Return the events of a connection after a function has used it, and a turn of the loop."""

    def record(use):
        async def run():
            connection = Recorder()
            use(JoiningTransport(connection, asyncio.get_running_loop()))
            await asyncio.sleep(0)
            return connection.events

        return in_event_loop(run)

    return record


def test_a_head_and_its_body_are_sent_together(events):
    def respond(connection):
        connection.write(HEAD)
        connection.write(b"body")
        connection.write(b"more")

    assert events(respond) == [HEAD + b"body", b"more"]


def test_a_head_without_a_body_is_sent_at_once(events):
    assert events(lambda connection: connection.write(HEAD)) == [HEAD]


def test_a_head_is_sent_before_its_connection_is_closed(events):
    def respond(connection):
        connection.write(HEAD)
        connection.close()

    assert events(respond) == [HEAD, "closed"]
