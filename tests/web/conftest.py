"""The sites of `website.py`, as fixtures."""

from website import migrated, open_site, public_site, site

__all__ = ["migrated", "open_site", "public_site", "site"]
