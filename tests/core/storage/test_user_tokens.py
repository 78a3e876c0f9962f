"""User tokens: what a shop's server may sign, and what is refused."""

import hashlib
import hmac
import time

import pytest

from core.errors import Forbidden
from core.storage import UserTokens, open_backend

KEY = "1f2e3d4c"


@pytest.fixture
def tokens(tmp_path):
    return UserTokens(open_backend(tmp_path.as_uri()))


def sign(secret, user, expires):
    """The example of the guide."""
    signature = hmac.new(secret.encode(), f"{user}\n{expires}".encode(), hashlib.sha256)
    return f"{expires}.{signature.hexdigest()}"


def later(seconds=3600):
    return int(time.time()) + seconds


def test_a_token_of_the_shops_server_is_accepted_for_its_customer(tokens):
    secret = tokens.secret_of(KEY)
    assert len(secret) == 64
    for user in ("8b5a6a28fc840441be692d74a81ccd1a", "K\u00e4the/1"):
        tokens.check(KEY, user, sign(secret, user, later()))


REFUSED = {
    "no token": (lambda _: "", "reads no customer's list by itself"),
    "another customer": (lambda s: sign(s, "bob", later()), "not made for this customer"),
    "an e-mail address": (lambda s: sign(s, "ann@x.org", later()), "the MD5 of an e-mail address"),
    "another secret": (lambda _: sign("0" * 64, "ann", later()), "not made for this customer"),
    "a later time": (
        lambda s: f"{later(9)}.{sign(s, 'ann', later(5)).split('.')[1]}", "not made for"
    ),
    "expired": (lambda s: sign(s, "ann", later(-1)), "has expired"),
    "too long": (lambda s: sign(s, "ann", later(86_500)), "within a day"),
    "cut": (lambda s: sign(s, "ann", later())[:-1], "malformed"),
    "other digits": (lambda s: "\u0661" + sign(s, "ann", later())[1:], "malformed"),
    "only a signature": (lambda s: sign(s, "ann", later()).split(".")[1], "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_another_token_is_refused_with_the_reason(tokens, name):
    make, reason = REFUSED[name]
    with pytest.raises(Forbidden, match=reason):
        tokens.check(KEY, "ann", make(tokens.secret_of(KEY)))


def test_each_key_and_store_has_its_own_secret(tokens, tmp_path):
    token = sign(tokens.secret_of("00000000"), "ann", later())
    with pytest.raises(Forbidden):
        tokens.check(KEY, "ann", token)
    other = UserTokens(open_backend((tmp_path / "other").as_uri()))
    assert other.secret_of(KEY) != tokens.secret_of(KEY)
