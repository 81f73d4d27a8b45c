"""Workers of algorithms on this machine, as their records want them."""

from __future__ import annotations

from .launch import Site
from .local import LocalProvisioner
from .reconciler import Reconciler

__all__ = ["LocalProvisioner", "Reconciler", "Site"]
