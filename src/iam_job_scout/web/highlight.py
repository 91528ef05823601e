"""Marking stretches of a plain text in the HTML that shows it. Pure functions; what goes in safe comes out safe.

Evidence is kept as places in the plain text of a posting, while a page shows its sanitised HTML. Both are compared
without blanks: then they differ at most by what the sanitiser took out, and each stretch is looked for near its place.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape

#: A tag of well-formed HTML, its attributes in double quotes.
_TAG = re.compile(r'(<(?:"[^"]*"|[^">])*>)')
_UNSEEN = r"\s\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_GAPS, _LETTERS = re.compile(f"[{_UNSEEN}]+"), re.compile(f"[^{_UNSEEN}]")
#: Stretches of one text that are marked; more would help nobody.
MAX_MARKS = 200


@dataclass(frozen=True)
class Span:
    """A stretch of a plain text, what to call its mark, and what it is marked for."""

    start: int
    end: int
    name: str
    reason: str


@dataclass(frozen=True)
class _Piece:
    """A run of text between tags: where it is in the parts, where it begins without blanks, and what it says."""

    index: int
    begin: int
    text: str


def highlight(html: str, plain: str, spans: Iterable[Span]) -> str:
    """Returns the HTML with `<mark>` around the spans of its plain text; a span that is not shown is left out."""
    parts = _TAG.split(html)
    pieces, shown = _pieces(parts)
    places = _places(shown, plain, list(spans)[:MAX_MARKS])
    begins = [piece.begin for piece in pieces]
    marks: dict[int, list[tuple[int, int, Span, bool]]] = {}
    end_of_last = 0
    for begin, end, span in places:
        if begin < end_of_last:
            continue
        end_of_last = end
        at = bisect_right(begins, begin) - 1
        first = True
        while at < len(pieces) and pieces[at].begin < end:
            marks.setdefault(at, []).append((begin, end, span, first))
            at, first = at + 1, False
    for at, marked in marks.items():
        parts[pieces[at].index] = _marked(pieces[at], marked)
    return "".join(parts)


def _pieces(parts: Sequence[str]) -> tuple[list[_Piece], str]:
    """The texts of the parts (every other one is a tag), and all of them together without blanks."""
    pieces, bare, begin = [], [], 0
    for index in range(0, len(parts), 2):
        text = unescape(parts[index])
        squeezed = _squeeze(text)
        if squeezed:
            pieces.append(_Piece(index, begin, text))
            bare.append(squeezed)
            begin += len(squeezed)
    return pieces, "".join(bare)


def _places(shown: str, plain: str, spans: Sequence[Span]) -> list[tuple[int, int, Span]]:
    """Where the spans are in the shown text without blanks, in order: the closest to where each should be."""
    found, done, expected = [], 0, 0
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        expected += len(_squeeze(plain[done : span.start]))
        done = max(done, span.start)
        wanted = _squeeze(plain[span.start : span.end])
        begin = _closest(shown, wanted, expected) if wanted else -1
        if begin >= 0:
            found.append((begin, begin + len(wanted), span))
    return sorted(found, key=lambda place: place[:2])


def _closest(shown: str, wanted: str, expected: int) -> int:
    after = shown.find(wanted, expected)
    before = shown.rfind(wanted, 0, expected + len(wanted) - 1) if after != expected else -1
    return min((at for at in (before, after) if at >= 0), key=lambda at: abs(at - expected), default=-1)


def _marked(piece: _Piece, found: Iterable[tuple[int, int, Span, bool]]) -> str:
    positions = [letter.start() for letter in _LETTERS.finditer(piece.text)]
    html, done = [], 0
    for begin, end, span, first in found:
        start = positions[max(begin - piece.begin, 0)]
        stop = positions[min(end - piece.begin, len(positions)) - 1] + 1
        name = f' id="{escape(span.name)}"' if first else ""
        html += [escape(piece.text[done:start], quote=False), f'<mark{name} title="{escape(span.reason)}">']
        html += [escape(piece.text[start:stop], quote=False), "</mark>"]
        done = stop
    return "".join((*html, escape(piece.text[done:], quote=False)))


def _squeeze(text: str) -> str:
    return _GAPS.sub("", text)
