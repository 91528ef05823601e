"""The sites of `website.py`, as fixtures."""

from website import open_site, public_site, site

__all__ = ["open_site", "public_site", "site"]
