import pytest

from core.errors import Unavailable
from core.storage import open_backend


def test_a_relative_folder_is_in_the_current_one_and_is_named_in_the_log(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.chdir(tmp_path)
    open_backend("shop/store").write("a", b"1")
    assert (tmp_path / "shop" / "store" / "a").read_bytes() == b"1"
    assert str(tmp_path / "shop" / "store") in caplog.text


def test_an_absolute_folder_with_a_slash_at_its_end_is_no_relative_one(tmp_path, caplog):
    open_backend(f"{tmp_path}/store/")
    assert (tmp_path / "store").is_dir()
    assert "relative" not in caplog.text


@pytest.mark.parametrize("url", ["/proc/nonexist/x", "file:///dev/null/store"])
def test_an_error_names_the_setting_and_the_folder_that_cannot_be_created(url):
    with pytest.raises(Unavailable, match="LOOKALIKE_STORE_URL") as error:
        open_backend(url)
    assert url.removeprefix("file://") in error.value.detail


def test_a_file_url_names_an_absolute_path(tmp_path):
    folder = tmp_path / "my store"
    open_backend(folder.as_uri()).write("a", b"1")
    assert (folder / "a").read_bytes() == b"1"
