"""The plain page at ``/``: one file, without a framework, under the strictest policy."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Page(NamedTuple):
    """A page and the content security policy that lets its own script run, and no other."""

    html: str
    policy: str


@cache
def fallback_page() -> Page:
    """Return the page that lists jobs, for a server that has no other."""
    html = files(__package__).joinpath("fallback.html").read_text("utf-8")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_source(_SCRIPT, html)}",
            f"style-src {_source(_STYLE, html)}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
    return Page(html=html, policy=policy)


def _source(element: re.Pattern[str], html: str) -> str:
    """Return the hashes of a page's inline elements (W3C CSP3 section 8.4)."""
    hashes = [hashlib.sha256(text.encode()).digest() for text in element.findall(html)]
    return " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes)
