"""A job title taken apart: what the role is, at which level, and what is only decoration."""

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from string import ascii_lowercase

import msgspec
import yaml

#: Titles are short; what lies beyond this many characters is text that strayed into the field.
MAX_TITLE = 300

_SPECIAL = (("c++", " cplusplus "), ("c#", " csharp "), (".net", " dotnet "), ("node.js", " nodejs "))
_WORD = re.compile(r"[^\W_]+")
#: Some boards lose the spaces of a title: "EngenheirodeDadosSênior".
_GLUE = 16
_GLUED = re.compile(rf"[^\W\d_]{{{_GLUE},}}")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z][^\W\d_A-Z])")
#: "(m/w/d)", "H/F", "f m x", "(a)", "she/he/they": who may apply is everybody.
_GENDER = re.compile(
    r"[(\[]?\b[mfwdhxk](?:\s{0,2}[/|,.+*\s-]\s{0,2}[mfwdhxk]){1,3}\b[)\]]?"
    r"|\(\s?[a-z]\s?\)|\b(?:she|he|her|him|they|them)(?:\s?[/ ]\s?(?:she|he|her|him|they|them))+\b|\ball genders\b"
)
_GLUED_GENDER = re.compile(r"(?<=[a-z]{3})(?:[*:·•/_]-?(?:innen|in|e|ne|euse|trice|ra|a|er)\b|\((?:in|e|ne|a)\))")
# Without one of these there is nothing for the two before to find.
_GENDER_WORDS = frozenset((*ascii_lowercase, "she", "he", "her", "him", "they", "them", "genders"))
_GENDER_SIGNS = frozenset("*:·•/_(")
_GRADE = re.compile(r"i|ii|iii|iv|v|vi|ll|lll|[lt]?[1-9]")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "ll": 2, "lll": 3}
#: "I G A" and "S.A.P." are one word.
_SPELLED = re.compile(r"\b[a-z0-9](?: [a-z]\b)+")
_REFERENCE = re.compile(r"(?=[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*\d)[a-z]{0,4}\d{4,}[a-z0-9]*")
_PERCENT = re.compile(r"\d[\d\s/–-]{0,8}%")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Vocabulary(msgspec.Struct, frozen=True):
    """Words of titles: phrases that stand for one word, other spellings, ranks, decoration, places, and how much the
    common words say.
    """

    phrases: dict[str, str]
    words: dict[str, str]
    ranks: dict[str, str]
    noise: frozenset[str]
    regions: frozenset[str]
    generic: frozenset[str]
    fillers: frozenset[str]
    roles: frozenset[str]
    employer_noise: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The packaged words."""
    text = resources.files(__package__).joinpath("titles.yaml").read_text("utf-8")
    return msgspec.convert(yaml.load(text, Loader=yaml.CSafeLoader), Vocabulary)


@cache
def _heads() -> frozenset[str]:
    return frozenset(phrase.partition(" ")[0] for phrase in vocabulary().phrases)


@cache
def _phrases() -> re.Pattern[str]:
    longest = sorted(vocabulary().phrases, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


class Title(msgspec.Struct, frozen=True):
    """`words` name the role in the order written, in one spelling and one language each. `ranks` (senior, lead …) and
    `grade` (I, II, III as 1, 2, 3; 0 none) are its level, `references` requisition numbers. `letters` are all of its
    letters and digits: some boards lose the spaces.
    """

    words: tuple[str, ...]
    ranks: frozenset[str]
    grade: int
    references: frozenset[str]
    letters: str = ""


def fold(text: str) -> str:
    """Lower case without accents; what a broken encoding left of a letter goes too."""
    text = text.replace("\ufffd", "")
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = text.replace("ł", "l").replace("Ł", "L").replace("ß", "ss").replace("ø", "o").replace("–", "-")
    return text.lower()


def _unglue(found: re.Match[str]) -> str:
    return _CAMEL.sub(" ", found.group())


def words_of(text: str) -> list[str]:
    """The words of a short text, folded."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=8192)
def read_title(title: str) -> Title:
    """Takes a plain-text title apart; boards repeat theirs."""
    known = vocabulary()
    text = " ".join(_written_words(title[:MAX_TITLE].replace("\ufffd", "")))
    if not _heads().isdisjoint(text.split()):
        text = _phrases().sub(lambda found: known.phrases[found.group()], text)
    words: dict[str, None] = {}
    ranks, references, grade, last = set(), set(), 0, ""
    for word in text.split():
        word = known.words.get(word, word)
        if word in known.ranks:
            ranks.add(known.ranks[word])
        elif _GRADE.fullmatch(word) and (not word.isdigit() or last in known.roles or last == "level"):
            grade = _ROMAN.get(word) or int(word[-1])
        elif _REFERENCE.fullmatch(word) and not _YEAR.fullmatch(word):
            references.add(word)
        elif word not in known.noise and not word.isdigit():
            words[word] = None
        last = word
    letters = "".join(words_of(title[:MAX_TITLE]))
    return Title(tuple(words), frozenset(ranks), grade, frozenset(references), letters)


def _written_words(title: str) -> list[str]:
    """The words of a title without what says that everybody may apply, glued ones cut, spelled ones joined."""
    if "%" in title:
        title = _PERCENT.sub(" ", title)
    if max(map(len, title.split()), default=0) >= _GLUE:
        title = _GLUED.sub(_unglue, title)
    text = fold(title)
    if not _GENDER_SIGNS.isdisjoint(text):
        text = _GLUED_GENDER.sub("", text)
    if not _GENDER_WORDS.isdisjoint(_WORD.findall(text)):
        text = _GENDER.sub(" ", text)
    for written, meant in _SPECIAL:
        text = text.replace(written, meant)
    words = _WORD.findall(text.replace("'", ""))
    if any(len(word) == 1 for word in words):
        words = _SPELLED.sub(lambda found: found.group().replace(" ", ""), " ".join(words)).split()
    return words
