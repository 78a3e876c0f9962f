"""`python -m workers`: the checks at startup."""

import sys

import pytest

from workers.__main__ import main


@pytest.mark.parametrize(
    "url", ["s3://", "s3:/bucket", "file://tmp/store", "file:store", "ftp://a"]
)
def test_a_worker_does_not_start_with_a_store_url_that_cannot_be_used(monkeypatch, capsys, url):
    monkeypatch.setenv("LOOKALIKE_STORE_URL", url)
    monkeypatch.setattr(sys, "argv", ["workers", "train"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert "LOOKALIKE_STORE_URL" in capsys.readouterr().err
