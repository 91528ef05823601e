"""The machine of `terminal.py`, as fixtures."""

from terminal import machine, scout, site

__all__ = ["machine", "scout", "site"]
