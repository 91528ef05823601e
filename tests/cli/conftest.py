"""The machine of `terminal.py`, as fixtures."""

from terminal import machine, migrated, scout, site

__all__ = ["machine", "migrated", "scout", "site"]
