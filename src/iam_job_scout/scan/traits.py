"""What of one posting tells whether another one shows the same opening."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from zlib import crc32

from iam_job_scout.relevance import plain_text
from iam_job_scout.scan.titles import Title, read_title, vocabulary, words_of

#: Characters of a description that are read: ten times what a long one has.
MAX_TEXT = 60_000
#: The same of an employer's name.
MAX_NAME = 1_000
#: Below this many words a text says too little to be compared.
FEW_WORDS = 25
#: Aggregators cut snippets at or before this many characters.
SNIPPET = 620

_ASCII_SHARE = 0.7
_JOINED = b"-'`"
_PLAIN = bytes(ord(chr(c).lower()) if chr(c).isalnum() and c < 128 else 32 for c in range(256))
#: "Ref 22858", "Req ID: RQ223399", "Vacaturenummer 70219": a number, and what stands before one.
_NUMBER = re.compile(r"[0-9]{4,10}[A-Za-z]{0,5}[0-9]{0,3}\b")
_DIGITS = bytes(48 if chr(c).isdecimal() else c for c in range(256))
_CUE = re.compile(
    r"\b(?:ref|rif|reference|referentie|requisition|req|job|vacature|vacancy|posting|kennziffer|stellen)"
    r"(?:\s?(?:id|no|nr|number|nummer|code|#)){0,2}[.:#\s]{1,3}([a-z]{0,5})-?$",
    re.IGNORECASE,
)
_MOST_NUMBERS = 100
#: Frequent words that no other of these languages has, accents left out as in `split_words`.
_SMALL_WORDS = {
    name: frozenset(words.encode().split())
    for name, words in {
        "en": "the and of to with for our your you we are will is this that as on by",
        "de": "und der die das mit fr von wir du sie ist bei eine einen im zu den ihre",
        "fr": "et les des vous nous votre pour une dans sur avec du est au aux le",
        "es": "los las el y para con una por del nuestro que tu en al como",
        "pt": "e os da do em para com uma por das dos no na nossa voc",
        "it": "di il e la per con una del della che nel gli alla dei le",
        "nl": "de het een en van je met voor op jij wij bij zijn aan onze",
        "pl": "i w z na do oraz dla jest si nie przy od pracy",
    }.items()
}
_UNKNOWN = frozenset({"unknown", "confidential", "anonymous", "undisclosed"})


@dataclass(frozen=True)
class Traits:
    """A posting as the comparison sees it; what hangs on its text is read when it is first asked for.

    `employer` holds the words of its name that tell it apart, `name` the whole name without spaces and legal form.
    `places` are the words of its location.
    """

    title: Title
    employer: frozenset[str]
    name: str
    places: frozenset[str]
    description: str

    @cached_property
    def text(self) -> str:
        """The description as plain text, no longer than `MAX_TEXT`."""
        return plain_text(self.description)[:MAX_TEXT]

    @cached_property
    def words(self) -> tuple[bytes, ...]:
        """The words of the text."""
        return tuple(split_words(self.text))

    @cached_property
    def runs(self) -> tuple[int, ...]:
        """Hashes of each three words in a row, the same in every process."""
        # Each word is hashed into the hash of those before it, without a step of Python's own for any word.
        words = self.words
        second = map(crc32, words[1:], map(crc32, words))
        return tuple(map(crc32, words[2:], second))

    @cached_property
    def shingles(self) -> frozenset[int]:
        """The runs as a set."""
        return frozenset(self.runs)

    @property
    def cut(self) -> bool:
        """Whether the text is a snippet."""
        return len(self.text) <= SNIPPET

    @cached_property
    def references(self) -> frozenset[str]:
        """The requisition numbers of title and text."""
        return self.title.references | frozenset(_references(self.text) if _holds_number(self.description) else ())

    def named_in(self, other: "Traits") -> bool:
        """Whether the other text names this employer."""
        return len(self.name) >= 5 and self.name.encode() in b"".join(other.words)


def read_traits(*, title: str, company: str, location: str, description: str) -> Traits:
    """Reads HTML or plain text; whatever it is given, it takes time linear in the length and raises nothing."""
    if not company and title.count("|") >= 2:  # The headline of a thread: "Employer | Role | Place | …".
        company, title, location = title.split("|", 2)
    employer, name = _employer(company[:MAX_NAME])
    return Traits(
        title=read_title(plain_text(title)),
        employer=employer,
        name=name,
        places=_places(location[:300]),
        description=description[: 2 * MAX_TEXT],
    )


def split_words(text: str) -> list[bytes]:
    """The words of a text in a form that survives broken encodings, typographic signs and changed accents.

    Letters beyond ASCII are dropped, since they are what gets lost between two boards; a text that is mostly written
    in another script keeps them.
    """
    plain = text.replace("\xa0", " ").encode("ascii", "ignore")
    if len(plain) < _ASCII_SHARE * len(text):
        return [word.encode() for word in words_of(text)]
    return plain.translate(_PLAIN, _JOINED).split()


def language(words: tuple[bytes, ...]) -> str:
    """The language whose small words are frequent; "" where none is, or two are."""
    counts = Counter(words[:600])
    share = sorted(((sum(counts[w] for w in small), name) for name, small in _SMALL_WORDS.items()), reverse=True)
    (most, name), (second, _) = share[:2]
    return name if most > max(0.08 * min(len(words), 600), 2 * second - 1) else ""


def _holds_number(text: str) -> bool:
    """A quick look for digits in a row, before the slow one for a reference."""
    return b"0000" in text.encode("ascii", "replace").translate(_DIGITS)


def _references(text: str) -> set[str]:
    found = set()
    for number in islice(_NUMBER.finditer(text), _MOST_NUMBERS):
        cue = _CUE.search(text[max(0, number.start() - 40) : number.start()])
        if cue:
            found.add((cue.group(1) + number.group()).lower())
    return found


@lru_cache(maxsize=4096)
def _employer(company: str) -> tuple[frozenset[str], str]:
    """The words of an employer's name and the whole of it; boards repeat theirs."""
    words = words_of(plain_text(company)[:200].split("|")[0])
    told = [word for word in words if word not in vocabulary().employer_noise]
    words = [] if _UNKNOWN & set(told) else told or words
    return frozenset(words), "".join(words)


@lru_cache(maxsize=4096)
def _places(location: str) -> frozenset[str]:
    return frozenset(words_of(location)) - vocabulary().regions
