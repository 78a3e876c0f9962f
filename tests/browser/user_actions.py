"""What a user's hands do, where Playwright has no word for it."""

import base64
from contextlib import contextmanager

_TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    transfer.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name));
  }
  return transfer;
}"""


def drop(place, files):
    """Drag files, bytes by name, over a place and let go."""
    sent = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    transfer = place.page.evaluate_handle(_TRANSFER, sent)
    for event in ("dragenter", "dragover", "drop"):
        place.dispatch_event(event, {"dataTransfer": transfer})


def pick(page, button, *files):
    """Press a button that opens the file picker, and pick."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button, exact=True).click()
    chooser.value.set_files(list(files))


def buffer(name, data, kind="image/jpeg"):
    """A file that is on no disk, for `pick`."""
    return {"name": name, "mimeType": kind, "buffer": data}


def drag(page, place, start, end):
    """Drag with the mouse between two points of a place, in fractions of its sides."""
    box = place.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=4)
    page.mouse.up()


@contextmanager
def no_reload(page):
    """Fails where the page is loaded anew meanwhile."""
    page.evaluate("window.same = true")
    yield
    assert page.evaluate("window.same"), "the page was loaded again"
