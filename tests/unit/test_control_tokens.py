"""Tokens say whose they are until they end; the admin key is known by its hash alone."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.control import AdminKey, Tokens
from mip.control.tokens import _to_text
from mip.errors import SettingsError, UnauthenticatedError
from mip.testing import FakeClock

SECRET = bytes(range(32))
IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128)


def make(clock: FakeClock | None = None, **options: float) -> Tokens:
    return Tokens(SECRET, clock=clock or FakeClock(), **options)


@given(IDS)
def test_a_token_says_whose_it_is(client_id: str) -> None:
    tokens = make()
    issued = tokens.issue(client_id)
    assert issued.token.startswith("v1.")
    assert tokens.verify(issued.token).client_id == client_id


def test_a_token_is_good_until_it_ends_and_in_another_process() -> None:
    clock = FakeClock()
    issued = make(clock, lifetime_seconds=60.0).issue("me")
    assert issued.expires_at == clock.now() + 60.0
    clock.advance(59.0)
    assert make(clock).verify(issued.token).client_id == "me"
    clock.advance(1.0)
    with pytest.raises(UnauthenticatedError, match="expired"):
        make(clock).verify(issued.token)


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=127))
def test_a_token_with_any_changed_character_is_refused(place: int, change: int) -> None:
    token = make().issue("client-1").token
    at = place % len(token)
    other = chr((ord(token[at]) + change) % 128)
    with pytest.raises(UnauthenticatedError) as caught:
        make().verify(token[:at] + other + token[at + 1 :])
    assert "client-1" not in str(caught.value)


@given(st.text(max_size=2000))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        make().verify(text)


@pytest.mark.parametrize(
    "token", [None, "", "v1", "v1.", "v1..", ".", "\ud800.\udcff", "v1." * 999]
)
def test_what_is_no_token_is_refused(token: str | None) -> None:
    with pytest.raises(UnauthenticatedError):
        make().verify(token)


def test_a_token_of_another_secret_is_refused() -> None:
    token = Tokens(b"x" * 32, clock=FakeClock()).issue("me").token
    with pytest.raises(UnauthenticatedError, match="not one of this server"):
        make().verify(token)


@pytest.mark.parametrize(
    "payload", ["e30", "!", "bnVsbA", _to_text(b'{"client":"with space","until":9e99}')]
)
def test_a_signed_payload_that_says_nothing_is_refused(payload: str) -> None:
    signed = f"v1.{payload}"
    signature = _to_text(hmac.digest(SECRET, signed.encode(), hashlib.sha256))
    with pytest.raises(UnauthenticatedError, match="another release"):
        make().verify(f"{signed}.{signature}")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 32 bytes, got 31"):
        Tokens(b"x" * 31, clock=FakeClock())


def test_the_admin_key_is_accepted_and_nothing_else() -> None:
    key = AdminKey(AdminKey.hashed("k"))
    for _ in range(2):  # stretched, then recognized
        key.check("k")
        for wrong in (None, "", "K", "k ", "kk", "\ud800", "k" * 5000):
            with pytest.raises(UnauthenticatedError) as caught:
                key.check(wrong)
            assert "kk" not in str(caught.value)


def test_the_hash_of_a_key_is_salted_and_does_not_show_it() -> None:
    first, second = AdminKey.hashed("secret-key"), AdminKey.hashed("secret-key")
    assert first != second
    assert "secret-key" not in first


@pytest.mark.parametrize("key", ["", "k" * 1025])
def test_a_key_that_is_none_is_not_hashed(key: str) -> None:
    with pytest.raises(SettingsError, match="admin key"):
        AdminKey.hashed(key)


@pytest.mark.parametrize("stored", ["", "k", "scrypt-12-8-1", "scrypt-12-8-1.!.!", "md5.YQ.YQ"])
def test_what_is_no_hash_is_refused(stored: str) -> None:
    with pytest.raises(SettingsError, match="hash of an admin key"):
        AdminKey(stored)
