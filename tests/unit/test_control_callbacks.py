"""Where callbacks may go, how they are signed, and when they are tried again."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.control import CallbackRules
from mip.control.callbacks import RETRY_SECONDS, is_public, signature, verdict
from mip.errors import InvalidJobError, SettingsError

HOSTS = "hooks.example.com, .clinic.example.org,other.example.com:8443"


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/"),
        ("https://hooks.example.com:443/a/b?c=d%20", "hooks.example.com", 443, "/a/b?c=d%20"),
        ("HTTPS://Hooks.Example.Com/", "hooks.example.com", 443, "/"),
        ("https://a.b.clinic.example.org/x", "a.b.clinic.example.org", 443, "/x"),
        ("https://other.example.com:8443/x?y", "other.example.com", 8443, "/x?y"),
    ],
)
def test_a_url_of_an_allowed_host_leads_somewhere(url, host, port, path):
    target = CallbackRules(HOSTS).target(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https:///x",
        "https://elsewhere.example.com/",
        "https://clinic.example.org/",
        "https://xclinic.example.org/",
        "https://hooks.example.com.evil.example/",
        "https://hooks.example.com./",
        "https://hooks.example.com:8443/",
        "https://other.example.com/",
        "https://hooks.example.com:/",
        "https://hooks.example.com:0443/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://user@hooks.example.com/",
        "https://user:hooks@hooks.example.com:443/",
        "https://hooks.example.com@evil.example/",
        "https://hooks.example.com\\@evil.example/",
        "https://hooks.example.com#@evil.example/",
        "https://hooks.example.com/#",
        "https://hooks%2eexample.com/",
        "https://hooks.example.com%00.evil.example/",
        "https://hooks。example.com/",
        "https://hööks.example.com/",
        "https://hooks.example.com/\r\nx: y",
        "https://hooks.example.com/ x",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://hooks.example.com/" + "x" * 2048,
    ],
)
def test_any_other_url_is_refused_with_the_field(url):
    with pytest.raises(InvalidJobError) as refused:
        CallbackRules(HOSTS).target(url)
    assert [each.field for each in refused.value.errors] == ["callback_url"]


def test_without_hosts_every_callback_is_refused():
    with pytest.raises(InvalidJobError, match="MIP_CALLBACK_HOSTS"):
        CallbackRules("").target("https://hooks.example.com/")


@given(st.text(max_size=60))
def test_no_text_makes_a_way_round(text):
    rules = CallbackRules("hooks.example.com")
    for url in (text, f"https://{text}", f"https://hooks.example.com{text}"):
        try:
            target = rules.target(url)
        except InvalidJobError:
            continue
        assert (target.host, target.port) == ("hooks.example.com", 443)
        assert target.path.startswith("/")


@pytest.mark.parametrize(
    "hosts", ["*", "a b", "https://a.example", "127.0.0.1", "a.example:0", "a.example:x", ".", "a."]
)
def test_a_setting_that_names_no_host_is_refused(hosts):
    with pytest.raises(SettingsError, match="MIP_CALLBACK_HOSTS"):
        CallbackRules(hosts)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "8.8.8.8",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_may_be_called(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - nothing listens there
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "2002:c0a8:101::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
    ],
)
def test_other_addresses_may_not(address):
    assert not is_public(address)


def test_a_signature_is_of_the_time_and_the_body():
    digest = hmac.new(b"secret", b'7.{"a":1}', hashlib.sha256).hexdigest()
    assert signature("secret", b'{"a":1}', at=7) == f"t=7,v1={digest}"


@pytest.mark.parametrize("answer", [200, 201, 204, 299])
def test_success_is_the_end(answer):
    assert verdict(answer, tries=1, now=0, chance=0).state == "delivered"


def test_a_receiver_that_is_gone_is_not_called_again():
    assert verdict(410, tries=1, now=0, chance=0).state == "given_up"


@pytest.mark.parametrize("answer", [None, 100, 301, 302, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again_with_growing_pauses(answer):
    pauses = []
    for tries in range(1, 8):
        after = verdict(answer, tries=tries, now=100.0, chance=0.5)
        assert after.state == "pending"
        pauses.append(after.next_at - 100.0)
    assert pauses == list(RETRY_SECONDS)
    assert verdict(answer, tries=8, now=0, chance=0.5).state == "given_up"


def test_chance_spreads_the_tries():
    early, late = (verdict(500, tries=2, now=0, chance=chance).next_at for chance in (0, 0.999))
    assert early == pytest.approx(48)
    assert late == pytest.approx(72, abs=0.1)


@pytest.mark.parametrize(
    ("answer", "header", "pause"),
    [
        (429, "120", 120.0),
        (503, "120", 120.0),
        (503, "1", 10.0),
        (503, "999999999999", 6 * 3600.0),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", 10.0),
        (503, "-5", 10.0),
        (500, "120", 10.0),
    ],
)
def test_a_receiver_may_ask_for_a_pause(answer, header, pause):
    after = verdict(answer, tries=1, now=0, chance=0.5, retry_after=header)
    assert after.next_at == pause
