"""User actions that Playwright has no function for."""

import base64
from contextlib import contextmanager

_DATA_TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  return transfer;
}"""


def drop(target, files):
    """Drop files, given as bytes by name, on a target."""
    encoded = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    transfer = target.page.evaluate_handle(_DATA_TRANSFER, encoded)
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": transfer})


def choose_files(page, button, *files):
    """Press a button that opens the file picker, and choose files."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button, exact=True).click()
    chooser.value.set_files(list(files))


def import_files(page, button, *files):
    """Choose files with a button, and import what the dialog has found in them."""
    choose_files(page, button, *files)
    confirm_import(page)


def confirm_import(page):
    """Import what the dialog has found in some files."""
    dialog = page.get_by_role("dialog", name="Import into")
    dialog.get_by_role("button", name="Import", exact=True).click()


def file_payload(name, data, media_type="image/jpeg"):
    """Return a file in memory, for `choose_files`."""
    return {"name": name, "mimeType": media_type, "buffer": data}


def drag(page, target, start, end):
    """Drag with the mouse between two points of a target, in fractions of its sides."""
    target.evaluate("node => node.scrollIntoView({ block: 'center' })")  # not below the header
    box = target.bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()


@contextmanager
def own_clock(page):
    """Let a test move the clock of a page within the block, and then close the tab.

    It cannot get the real clock back.
    """
    page.clock.install()
    try:
        yield page.clock
    finally:
        page.context.close()


@contextmanager
def no_reload(page):
    """Fail if the page is reloaded within the block."""
    page.evaluate("window.notReloaded = true")
    yield
    assert page.evaluate("window.notReloaded"), "the page was reloaded"
