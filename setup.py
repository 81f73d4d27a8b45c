"""Extension build: the only thing pyproject.toml cannot say."""

from __future__ import annotations

from setuptools import setup

setup()
