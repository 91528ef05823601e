"""From what a board sends to the text the classifier reads, and to the folded form it matches on."""

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from html import unescape

import msgspec

# The commonest first, because they are tried in turn.
_BLOCK_NAMES = (
    "p|li|br|ul|div|h[1-6]|ol|tr|td|address|article|aside|blockquote|dd|details|dl|dt|figcaption|figure|footer|form|header"
    "|hr|main|nav|pre|section|summary|table|tbody|tfoot|th|thead|title"
)
_INLINE_NAMES = (
    "span|strong|a|b|em|i|u|abbr|area|audio|base|bdi|bdo|big|body|button|canvas|center|cite|code|col|colgroup|data|del|dfn"
    "|embed|font|g|head|html|iframe|img|input|ins|kbd|label|link|mark|meta|meter|noscript|object|option|o:p|param|path"
    "|picture|q|s|samp|select|small|source|strike|sub|sup|svg|template|textarea|time|track|tt|use|var|video|wbr"
)
# None of these can run away: a tag never reaches past the next angle bracket.
_BLOCK_TAG = re.compile(rf"</?(?=[abdfhlmnopstu])(?:{_BLOCK_NAMES})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_OTHER_TAG = re.compile(rf"</?(?:{_INLINE_NAMES})(?=[\s/>])[^<>]*(?:>|\Z)|<[!?][a-z\[][^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(?:!--|(?:script|style)\b)", re.IGNORECASE)
_HIDDEN_END = {"!--": "-->", "script": "</script", "style": "</style"}
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,10}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
# All blanks but the common one and the line break.
_OTHER_BLANKS = tuple(
    "\t\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000"
)
# Characters that a reader does not see, or that no database and no JSON document should hold.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]+"
)
# Letters in disguise: full-width forms and mathematical alphabets, which some postings use for bold print.
_STYLED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]")
# Typographic characters and what they stand for, the commonest first; one for one, so that positions stay.
_TYPOGRAPHY = (
    *(("’", "'"), ("–", "-"), ("…", " "), ("•", "*"), ("—", "-"), ("\xa0", " "), ("“", '"'), ("”", '"')),
    *(("‘", "'"), ("\u2011", "-"), ("·", "*"), ("®", " "), ("™", " ")),
)


# What Python writes for a character that a byte cannot hold; also found in texts.
_REFERENCE = re.compile(rb"&#(\d{3,7});")
# A text that grows more than this by it is in another script; one symbol takes at most so many bytes.
_FEW_BEYOND, _SYMBOL = 1.3, 10
_KEPT = "&+"
_UNSEEN = 1


def _scanned(character: str) -> int:
    """What the automata read for a Latin-1 character: small letters, digits, a few signs, a blank for the rest."""
    if character.isalnum() or character in _KEPT:
        return ord(character.lower())
    return _UNSEEN if _INVISIBLE.match(character) else ord(" ")


_SCAN = bytes(map(_scanned, bytes(range(256)).decode("latin-1")))
# The unseen characters that one text in twenty holds, most often within emoji; not worth a slow pass.
_COMMON_UNSEEN = ("\u200b", "\u200d", "\ufe0f")
_LOWER = bytes(map(ord, bytes(range(256)).decode("latin-1").lower()))


class Plain(msgspec.Struct, frozen=True, gc=False):
    """A text as people see it, folded, and as the automata read it: a blank before, two after, a byte a character."""

    text: str
    folded: str
    scan: bytes

    def first(self, length: int) -> "Plain":
        """So many characters of it."""
        return Plain(self.text[:length], self.folded[:length], self.scan[: length + 1] + b"  ")


def plain_text(html_or_text: str) -> str:
    """The visible text of HTML, or plain text as it is, in time linear in its length.

    Blocks become lines, entities are decoded, characters that cannot be seen (control, zero-width, direction marks,
    lone surrogates) are dropped. Text without markup, entities and such characters comes back unchanged, so offsets
    into it are offsets into the original.
    """
    return _cleaned(_unmarked(html_or_text))


def plain(html_or_text: str) -> Plain:
    """All three forms of a text, at the price of little more than one."""
    text = _unmarked(html_or_text)
    if not text.isascii():
        for unseen in _COMMON_UNSEEN:
            if unseen in text:
                text = text.replace(unseen, "")
    quick = _read(text)
    if quick:
        return quick
    text = _cleaned(text)
    folded = fold(text)
    return Plain(text, folded, scannable(folded))


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of these stands anywhere in a short text; the loop is twice as quick as `any`."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def _cleaned(text: str) -> str:
    """Without what is not seen."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    marked = text.encode("latin-1", "xmlcharrefreplace")
    if len(marked) < _FEW_BEYOND * len(text):
        unseen = _UNSEEN in marked.translate(_SCAN) or any(map(_INVISIBLE.match, _beyond(marked)))
        return _INVISIBLE.sub("", text) if unseen else text
    return _INVISIBLE.sub("", text)


def _read(text: str) -> Plain | None:
    """The forms of a text in Western letters without anything unseen, None for others."""
    simple = _simplify(text)
    if simple.isascii():
        narrow, folded = simple.encode(), simple.lower()
    else:
        letters = _narrow(simple)
        if letters is None:
            return None
        narrow, folded = letters, letters.translate(_LOWER).decode("latin-1")
    scan = narrow.translate(_SCAN)
    return None if _UNSEEN in scan else Plain(text, folded, b" " + scan + b"  ")


def scannable(folded: str) -> bytes:
    """A folded text as the automata read it. So "sign-on" and "sign on", straight and curly quotes are the same."""
    return b" " + folded.encode("latin-1", "replace").translate(_SCAN) + b"  "


def _unmarked(text: str) -> str:
    """Without markup and entities, the lines ended as everywhere."""
    if "<" in text or ("&" in text and ";" in text):
        text = _decoded(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _decoded(text: str) -> str:
    for _ in range(2):  # Some boards escape their markup once more than they should.
        if "<" in text:
            text = _strip_markup(text)
        if "&" not in text or not _ENTITY.search(text):
            break
        text = unescape(text)
    return text


def _strip_markup(html: str) -> str:
    text = _drop_hidden(html)
    text, blocks = _BLOCK_TAG.subn("\n", text)
    text, others = _OTHER_TAG.subn("", text)
    if not blocks and not others:
        return text if text is html else text.strip()
    return _tidied(text)


def _tidied(text: str) -> str:
    """Single blanks between words, lines without blanks around them, no empty lines."""
    lines = text.split("\n")
    if "  " in text or holds(text, _OTHER_BLANKS):
        lines = [" ".join(line.split()) for line in lines]
    return "\n".join(filter(None, map(str.strip, lines)))


def _drop_hidden(html: str) -> str:
    """Without comments, scripts and style sheets; one that is never closed hides the rest."""
    found = _HIDDEN.search(html)
    if found is None:
        return html
    kept, position = [], 0
    lower = html.lower() if html.isascii() else "".join(c.lower() if c.isascii() else c for c in html)
    while found is not None:
        kept.append(html[position : found.start()])
        end = lower.find(_HIDDEN_END[found.group()[1:].lower()], found.end())
        position = html.find(">", end) + 1 if end >= 0 else 0
        if not position:
            return "".join(kept)
        found = _HIDDEN.search(html, position)
    return "".join((*kept, html[position:]))


def fold(text: str) -> str:
    """Lower case with typographic characters made plain, position for position: `len(fold(t)) == len(t)`."""
    simple = _simplify(text)
    narrow = _narrow(simple)
    return _fold_simple(simple) if narrow is None else narrow.translate(_LOWER).decode("latin-1")


def _narrow(simple: str) -> bytes | None:
    """A byte for each character, symbols as asterisks; None where there are other letters, or what is not seen."""
    marked = simple.encode("latin-1", "xmlcharrefreplace")
    if len(marked) == len(simple):
        return marked
    if len(marked) > _FEW_BEYOND * len(simple) + _SYMBOL:
        return None
    beyond = _beyond(marked)
    if any(symbol.isalnum() or _INVISIBLE.match(symbol) for symbol in beyond):
        return None
    for symbol in beyond:
        simple = simple.replace(symbol, " " if symbol.isspace() else "*")
    return simple.encode("latin-1")


def _beyond(marked: bytes) -> list[str]:
    """The characters that no byte could hold, each once; many times quicker than a look at each character."""
    codes = set(map(int, _REFERENCE.findall(marked)))
    return [chr(code) for code in codes if 0xFF < code <= sys.maxunicode]


def _simplify(text: str) -> str:
    if text.isascii():
        return text
    for fancy, plainer in _TYPOGRAPHY:
        if fancy in text:
            text = text.replace(fancy, plainer)
            if text.isascii():
                break
    return text


def _fold_simple(text: str) -> str:
    lower = text.lower()
    if text.isascii():
        return lower
    if len(lower) == len(text) and not (_may_be_styled(lower) and _STYLED.search(lower)):
        return lower
    return "".join(map(_fold_character, text))


def _may_be_styled(lower: str) -> bool:
    """A quick look before the slow one: characters beyond 16 bits, or the commonest full-width vowels."""
    if lower.isascii():
        return False
    if len(lower.encode("utf-16-le", "surrogatepass")) != 2 * len(lower):
        return True
    return any(vowel in lower for vowel in "ａｅｉｏ")


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    for candidate in (unicodedata.normalize("NFKC", character).lower(), character.lower()):
        if len(candidate) == 1:
            return candidate
    return character
