"""Texts as the search sees them, jobs and queries alike: words without case, accents and signs."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
#: Letters beyond this are cut off a word; no human word is longer.
_LONGEST = 64


def split_words(text: str) -> list[str]:
    """Returns the words of a text in the form that is indexed: "Straße", "SSO/MFA" give strasse, sso, mfa."""
    folded = text.casefold() if text.isascii() else _fold(text)
    return [word[:_LONGEST] for word in _WORD.findall(folded)]


def slug(name: str) -> str:
    """Returns a name as a filter's value: "TS/SCI with polygraph" gives ts-sci-with-polygraph."""
    return "-".join(split_words(name))


def _fold(text: str) -> str:
    # Marks (accents, vowel points) and what has no width are dropped; all else that is no letter or digit divides.
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf")).casefold()
