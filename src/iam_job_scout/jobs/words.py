"""Texts as the search sees them, jobs and queries alike: words without case, accents and signs."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_LETTER_BEYOND_ASCII = re.compile(r"[^\W\x00-\x7f]")
#: Letters beyond this are cut off a word; no human word is longer.
_LONGEST = 64


def split_words(text: str) -> list[str]:
    """Returns the words of a text in the form that is indexed: "Straße", "SSO/MFA" give strasse, sso, mfa."""
    folded = text.casefold() if text.isascii() else _fold(text)
    return [word[:_LONGEST] for word in _WORD.findall(folded)]


def slug(name: str) -> str:
    """Returns a name as a filter's value: "TS/SCI with polygraph" gives ts-sci-with-polygraph."""
    return "-".join(split_words(name))


class WantedWords:
    """Words of a search, and beginnings of words, as texts have them: in any case, with or without accents."""

    def __init__(self, words: Iterable[str], begun: Iterable[str] = ()) -> None:
        """Takes them in the form that is indexed."""
        self._words = frozenset(words)
        self._begun = (*begun, *(word for word in self._words if len(word) == _LONGEST))
        # It remembers: texts say the same words again.
        self.holds = lru_cache(maxsize=1_000)(self._holds)

    def _holds(self, text: str) -> bool:
        """Whether any word of a short text is wanted."""
        words = split_words(text)
        return not self._words.isdisjoint(words) or any(word.startswith(self._begun) for word in words)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yields where each wanted word begins and ends."""
        return (found.span() for found in _WORD.finditer(text) if self.holds(found[0]))

    def first(self, text: str) -> tuple[int, int] | None:
        """Returns the first of the places, in a tenth of the time where the text is long and holds none."""
        lowered = text.lower()
        if len(lowered) != len(text):
            return next(self.places(text), None)
        found = [place for word in self._words if (place := _find(lowered, word))]
        found += [place for word in self._begun if (place := _find(lowered, word, begun=True))]
        first = min(found, default=None)
        # A word that is not all ASCII may be wanted without being spelled so; those before are looked at one by one.
        at, end = 0, first[0] if first else len(text)
        while letter := _LETTER_BEYOND_ASCII.search(text, at, end):
            place = _word_around(text, letter.start())
            if self.holds(text[slice(*place)]):
                return place
            at = place[1]
        return first


def _find(text: str, word: str, *, begun: bool = False) -> tuple[int, int] | None:
    """Where a word stands alone or, with `begun`, begins another."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not text[start - 1 : start].isalnum() and (begun or not text[end : end + 1].isalnum()):
            return _word_around(text, start)
        start = text.find(word, end)
    return None


def _word_around(text: str, at: int) -> tuple[int, int]:
    start = end = at
    while start and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


def _fold(text: str) -> str:
    # Marks (accents, vowel points) and what has no width are dropped; all else that is no letter or digit divides.
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf")).casefold()
