"""Fixtures that every room shares."""

from __future__ import annotations
