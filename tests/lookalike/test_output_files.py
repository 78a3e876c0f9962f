"""Files that commands write: complete, and for this user only."""

import stat
from pathlib import Path

import pytest

from lookalike.cli.output.files import save, write_page


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_others_cannot_read_a_new_file(tmp_path):
    save([b"a", b"b"], tmp_path / "lists.csv")
    write_page("<html>", tmp_path / "page.html", open=False)
    assert (tmp_path / "lists.csv").read_bytes() == b"ab"
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_a_page_without_a_name_is_a_temporary_file_of_this_user(capsys):
    write_page("<html>", None, open=False)
    page = Path(capsys.readouterr().err.removeprefix("wrote ").strip())
    assert (page.read_text(), mode(page)) == ("<html>", 0o600)
    page.unlink()


def test_an_existing_file_keeps_its_permissions(tmp_path):
    file = tmp_path / "shared.csv"
    file.touch()
    file.chmod(0o664)
    save([b"new"], file)
    assert (file.read_bytes(), mode(file)) == (b"new", 0o664)


def test_a_failed_download_leaves_the_old_file_and_no_other(tmp_path):
    def chunks():
        yield b"half"
        raise ConnectionResetError

    (tmp_path / "lists.csv").write_bytes(b"old")
    with pytest.raises(ConnectionResetError):
        save(chunks(), tmp_path / "lists.csv")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("lists.csv", b"old")
    ]


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    save([b"nothing"], link)
    assert link.is_char_device()
