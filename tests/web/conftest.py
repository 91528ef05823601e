"""The sites of `website.py` and the browser of `browsing.py`, as fixtures."""

from browsing import chromium, home, seen
from website import migrated, open_site, public_site, site

__all__ = ["chromium", "home", "migrated", "open_site", "public_site", "seen", "site"]
