"""Whether two postings show one opening: a pure decision with reasons, and the keys under which candidates meet.

An opening is one role at one employer, however it is listed: through several sources or an agency, re-posted,
re-worded, cut to a snippet, translated, or once per city. Another level, team, product or employer is another one.
`docs/decisions/0006-one-opening.md` says where the thresholds come from.
"""

from enum import StrEnum
from itertools import pairwise

import msgspec
from rapidfuzz import fuzz
from rapidfuzz.process import extractOne

from iam_job_scout.scan.titles import vocabulary
from iam_job_scout.scan.traits import FEW_WORDS, Traits, language

#: From this share of the shorter text in the longer one on, they are one text.
ONE_TEXT = 0.6
#: A role that lost or won a word needs more of it.
RETOLD = 0.63
#: The same for two whole texts, where employer and benefits fill much of both.
WHOLE_TEXT = 0.8
#: Two whole texts under one common title, such as "Software Engineer", need this much.
COMMON_TEXT = 0.7
#: Below this share, two whole texts tell of two jobs, even under one title.
OTHER_TEXT = 0.55
#: Snippets from two places and two branches need this much in common: agencies and authorities fill one role in many.
ELSEWHERE = 0.15
#: Two employers that show this much of one text may leave the level out of one title.
ONE_LEVEL = 0.8
#: Two spellings of one word, in percent.
ALIKE = 82


class Verdict(msgspec.Struct, frozen=True):
    """The decision on two postings; `confidence`, 0.5 to 1, is how sure it is of `same`, whichever it is."""

    same: bool
    confidence: float
    reasons: tuple[str, ...]


class Employers(StrEnum):
    """How the names of two employers compare."""

    SAME = "same employer"
    RELATED = "employers share a name"
    UNKNOWN = "an employer is not named"
    OTHER = "other employer"


class Roles(msgspec.Struct, frozen=True):
    """What two titles share and what only one of them says, places and employers left out.

    `special` is how many of the shared words are special to the role; it is not asked where the titles are opposed.
    """

    shared: frozenset[str]
    left: frozenset[str]
    right: frozenset[str]
    special: int

    @property
    def equal(self) -> bool:
        """Neither says more than the other."""
        return not self.left and not self.right

    @property
    def opposed(self) -> bool:
        """Each says something that the other does not."""
        return bool(self.left and self.right)


class Texts(msgspec.Struct, frozen=True):
    """`share` of the shorter text stands in the other one; `shared` are the runs of words that both have."""

    known: bool
    share: float = 0.0
    shared: frozenset[int] = frozenset()
    cut: bool = True
    translated: bool = False


def decide(a: Traits, b: Traits) -> Verdict:
    """Decides on two postings; `decide(a, b) == decide(b, a)`."""
    a, b = _in_order(a, b)
    employers, roles = _employers(a, b), _roles(a, b)
    reference = _shared_reference(a, b)
    told = _told(employers, roles)
    if roles.opposed and not reference:
        return Verdict(False, 0.95, told)
    texts = _texts(a, b)
    told = (*told, *_told_of(texts))
    level = _level(a, b)
    if level and (level[1] or employers is Employers.SAME or texts.share < ONE_LEVEL):
        return Verdict(False, 0.97 if level[1] else 0.85, (level[0], *told))
    told_twice = texts.share >= (ONE_TEXT if roles.opposed else OTHER_TEXT)
    if reference and (told_twice or (not roles.opposed and (texts.cut or employers is not Employers.OTHER))):
        return Verdict(True, 0.97, (f"same reference {reference}", *told))
    if roles.opposed:
        return Verdict(False, 0.9, told)
    house = employers in (Employers.SAME, Employers.RELATED)
    sure = _within(a, b, roles, texts) if house else _between(a, b, roles, texts, employers)
    return Verdict(sure >= 0.5, round(max(sure, 1 - sure), 2), told)


def are_apart(a: Traits, b: Traits) -> bool:
    """Whether two postings may not meet in one job through a third one: the titles name two roles or two levels."""
    level = _level(a, b)
    return bool(level and level[1]) or _roles(*_in_order(a, b)).opposed


def _in_order(a: Traits, b: Traits) -> tuple[Traits, Traits]:
    if a.title.words == b.title.words:
        return (a, b) if _order(a) <= _order(b) else (b, a)
    return (a, b) if a.title.words < b.title.words else (b, a)


def _order(traits: Traits) -> tuple[object, ...]:
    title = traits.title
    return title.words, traits.name, sorted(title.ranks), title.grade, traits.description


def _within(a: Traits, b: Traits, roles: Roles, texts: Texts) -> float:
    """How likely two postings of one employer are one opening, when their titles do not contradict each other."""
    one_place = bool(a.places & b.places) or not a.places or not b.places
    if not texts.known or texts.translated:
        return 0.8 if roles.equal and roles.special and (one_place or texts.translated) else 0.3
    if not roles.equal:
        told = texts.share >= RETOLD and _names_role(a, b, texts.shared) if texts.cut else texts.share >= WHOLE_TEXT
        return 0.55 + 0.4 * texts.share if told else 0.1
    if texts.share >= (ONE_TEXT if roles.special or texts.cut else COMMON_TEXT):
        told = not texts.cut or one_place or roles.special > 0 or _names_role(a, b, texts.shared)
        return 0.6 + 0.39 * texts.share if told else 0.3
    if not texts.cut:
        return 0.55 if texts.share >= OTHER_TEXT else 0.05
    if a.references and b.references:
        return 0.1
    if roles.special:
        return 0.75 if one_place or a.name == b.name or texts.share >= ELSEWHERE else 0.35
    return 0.55 if texts.share >= OTHER_TEXT and one_place else 0.3


def _between(a: Traits, b: Traits, roles: Roles, texts: Texts, employers: Employers) -> float:
    """The same for two employers: an agency and its client show one text."""
    if texts.known and texts.share >= (ONE_TEXT if roles.equal else RETOLD) and not texts.translated:
        return 0.55 + 0.42 * texts.share
    if not roles.equal:
        return 0.05
    if employers is Employers.OTHER and (a.named_in(b) or b.named_in(a)) and len(roles.shared) >= 3:
        return 0.7
    if employers is Employers.UNKNOWN and roles.special and texts.share >= 0.15:
        return 0.6
    long_title = len(roles.shared) >= 5 and roles.special >= 2
    return 0.65 if long_title and a.places & b.places else 0.05


def _level(a: Traits, b: Traits) -> tuple[str, bool] | None:
    """What is wrong with the levels, and whether both titles name one."""
    one, other = a.title, b.title
    if one.grade != other.grade:
        both = bool(one.grade and other.grade)
        return f"other grade: {one.grade or 'none'} and {other.grade or 'none'}", both
    if one.ranks != other.ranks:
        both = bool(one.ranks and other.ranks)
        names = [", ".join(sorted(ranks)) or "none" for ranks in (one.ranks, other.ranks)]
        return f"other level: {names[0]} and {names[1]}", both
    return None


def _employers(a: Traits, b: Traits) -> Employers:
    if not a.name or not b.name:
        return Employers.UNKNOWN
    if a.name == b.name:
        return Employers.SAME
    short, long = sorted((a.name, b.name), key=len)
    prefix = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    if prefix >= 4 or (prefix == len(short) >= 3) or a.employer & b.employer:
        return Employers.RELATED
    return Employers.OTHER


def _roles(a: Traits, b: Traits) -> Roles:
    known = vocabulary()
    left, right = set(a.title.words), set(b.title.words)
    if left != right and a.title.letters == b.title.letters:
        left = right = max(left, right, key=len)
    shared = left & right
    left, right = _telling(left - shared, a, b), _telling(right - shared, a, b)
    if left or right:
        joined = _joined(left, b) | _joined(right, a)
        shared |= joined
        left, right = left - joined, right - joined
    if left and right:
        left, right, alike = _unlike(left, right)
        shared |= alike
    if left and right:  # A common word alone is no difference: "IAM Engineer" and "Cybersecurity IAM".
        left, right = (words if words - known.fillers else set() for words in (left, right))
    special = 0 if left and right else len(_telling(shared - known.generic, a, b))
    return Roles(frozenset(shared), frozenset(left), frozenset(right), special)


def _telling(words: set[str], a: Traits, b: Traits) -> set[str]:
    """Without places and the names of the employers."""
    regions = vocabulary().regions
    return {
        word
        for word in words
        if word not in regions
        and word not in a.places
        and word not in b.places
        and word not in a.name
        and word not in b.name
    }


def _unlike(left: set[str], right: set[str]) -> tuple[set[str], set[str], set[str]]:
    """Without the words that are two spellings of one, which come third."""
    alike: set[str] = set()
    long = [word for word in right if len(word) > 4]
    for word in sorted(left) if long else ():
        if extractOne(word, long, scorer=fuzz.ratio, score_cutoff=ALIKE) is None:
            continue
        twin = next((w for w in sorted(right) if len(w) > 4 and fuzz.ratio(word, w, score_cutoff=ALIKE)), None)
        if twin:
            left, right = left - {word}, right - {twin}
            alike.add(twin if twin in vocabulary().generic else word)
    return left, right, alike


def _joined(words: set[str], other: Traits) -> set[str]:
    """The words that the other title writes as one or in two."""
    told = other.title.words
    whole = "".join(told)
    within = {w for w in words if w in whole}
    if not within:
        return within
    pairs = {x + y for x, y in pairwise(told)}
    return {w for w in within if w in pairs or (len(w) > 3 and any(_halves(w, t) for t in told if t != w))}


def _halves(word: str, whole: str) -> bool:
    return len(whole) >= len(word) + 4 and (whole.startswith(word) or whole.endswith(word))


def _texts(a: Traits, b: Traits) -> Texts:
    fewest = min(len(a.shingles), len(b.shingles))
    if fewest < FEW_WORDS:
        return Texts(known=False)
    shared = a.shingles & b.shingles
    return Texts(
        known=True,
        share=len(shared) / fewest,
        shared=shared,
        cut=a.cut or b.cut,
        translated=len(shared) < OTHER_TEXT * fewest and _translated(a, b),
    )


def _translated(a: Traits, b: Traits) -> bool:
    one, other = language(a.words), language(b.words)
    return bool(one and other and one != other)


def _names_role(a: Traits, b: Traits, shared: frozenset[int]) -> bool:
    """Whether a word of both titles that tells of the role stands in what the texts share."""
    known = vocabulary()
    common = set(a.title.words) & set(b.title.words)
    telling = {w.encode() for w in common if w in known.roles or w not in known.generic}
    return any(
        word in telling and not shared.isdisjoint(a.runs[max(0, i - 2) : i + 1]) for i, word in enumerate(a.words)
    )


def _shared_reference(a: Traits, b: Traits) -> str:
    shared = {r for r in a.references & b.references if len(r) > 4 or r in a.title.references | b.title.references}
    return min(shared, default="")


def _told(employers: Employers, roles: Roles) -> tuple[str, ...]:
    if roles.equal:
        return employers.value, "titles name the same role"
    if roles.opposed:
        return employers.value, f"other role: {', '.join(sorted(roles.left))} and {', '.join(sorted(roles.right))}"
    return employers.value, f"one title adds {', '.join(sorted(roles.left or roles.right))}"


def _told_of(texts: Texts) -> tuple[str, ...]:
    if texts.translated:
        return ("texts in two languages",)
    return (f"{texts.share:.0%} of the shorter text stands in the other",) if texts.known else ()
