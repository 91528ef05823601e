"""How well the classifier does on labelled postings: precision, recall, confusion, and where it is most wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from iam_job_scout.relevance.classify import classify
from iam_job_scout.relevance.jsonl import Row
from iam_job_scout.relevance.match import Match, Tier

_TIERS = tuple(tier.value for tier in Tier)


class Label(msgspec.Struct, frozen=True):
    """What a person judged. `sub` holds the main sub-field first; None stands where readings differed."""

    tier: Tier
    sub: tuple[str, ...] | None = ()
    seniority: str | None = None
    mode: str | None = None
    sure: int = 1


class LabelledRow(Row, frozen=True, kw_only=True):
    """One line of a labelled file: a posting and its label."""

    label: Label


class Miss(msgspec.Struct, frozen=True):
    """A posting whose tier was judged wrongly."""

    id: str
    title: str
    wanted: str
    got: str
    score: int
    rule: str
    sure: bool


class Quality(msgspec.Struct, frozen=True):
    """Precision, recall and their harmonic mean, each 0 to 1; 0 where nothing was there to be right about."""

    precision: float
    recall: float
    f1: float


class Report(msgspec.Struct, frozen=True):
    """The figures of one labelled file.

    `quality` is by tier, and "core or adjacent" for the two together. `confusion` counts (wanted, got).
    `sub` is the share of core postings whose main sub-field is right, `seniority` and `mode` the shares right among
    those labelled. `misses` come sure ones first, the farthest off first.
    """

    postings: int
    quality: dict[str, Quality]
    confusion: dict[tuple[str, str], int]
    sub: float
    seniority: float
    mode: float
    misses: tuple[Miss, ...]


def evaluate(lines: Iterable[str | bytes]) -> Report:
    """The figures for labelled JSON Lines. Raises ValueError, with the line's number, for a line that is none."""
    return report_on([(row, classify(row.posting())) for row in read_rows(lines)])


def report_on(judged: Sequence[tuple[LabelledRow, Match]]) -> Report:
    """The figures for labelled postings and what was said of them."""
    confusion = Counter((row.label.tier.value, match.tier.value) for row, match in judged)
    quality = {tier: _quality(confusion, {tier}) for tier in _TIERS}
    quality["core or adjacent"] = _quality(confusion, {Tier.CORE.value, Tier.ADJACENT.value})
    core = [(row.label.sub, match) for row, match in judged if row.label.tier is Tier.CORE and row.label.sub]
    return Report(
        postings=len(judged),
        quality=quality,
        confusion=dict(confusion),
        sub=_share([fields[0] in match.sub[:1] for fields, match in core]),
        seniority=_share([row.label.seniority == match.seniority for row, match in judged if row.label.seniority]),
        mode=_share([row.label.mode == match.mode.value for row, match in judged if row.label.mode]),
        misses=tuple(sorted(_misses(judged), key=_badness)),
    )


def read_rows(lines: Iterable[str | bytes]) -> Iterator[LabelledRow]:
    """The labelled postings of JSON Lines. Raises ValueError, with the line's number, for a line that is none."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield msgspec.json.decode(line, type=LabelledRow)
            except msgspec.DecodeError as error:
                raise ValueError(f"line {number}: {error}") from error


def _quality(confusion: Counter[tuple[str, str]], wanted: set[str]) -> Quality:
    right = sum(n for (want, got), n in confusion.items() if want in wanted and got in wanted)
    said = sum(n for (_, got), n in confusion.items() if got in wanted)
    there = sum(n for (want, _), n in confusion.items() if want in wanted)
    precision, recall = right / said if said else 0.0, right / there if there else 0.0
    return Quality(precision, recall, 2 * right / (said + there) if said + there else 0.0)


def _share(right: list[bool]) -> float:
    return sum(right) / len(right) if right else 0.0


def _misses(judged: Sequence[tuple[LabelledRow, Match]]) -> Iterator[Miss]:
    for row, match in judged:
        if row.label.tier is not match.tier:
            yield Miss(
                id=str(row.id),
                title=row.title or "",
                wanted=row.label.tier.value,
                got=match.tier.value,
                score=match.score,
                rule=match.rule,
                sure=bool(row.label.sure),
            )


def _badness(miss: Miss) -> tuple[bool, int, str]:
    return not miss.sure, -abs(_TIERS.index(miss.wanted) - _TIERS.index(miss.got)), miss.id


def render(report: Report, *, misses: int = 20) -> str:
    """The report as plain text, with at most so many misses."""
    return "\n".join((*_figures(report), *_table(report), *_listed(report, misses)))


def _figures(report: Report) -> Iterator[str]:
    yield f"{report.postings} labelled postings"
    for name, quality in report.quality.items():
        yield f"{name:18}precision {quality.precision:.3f}  recall {quality.recall:.3f}  F1 {quality.f1:.3f}"
    yield f"main sub-field {report.sub:.3f} (of core)  seniority {report.seniority:.3f}  mode {report.mode:.3f}"


def _table(report: Report) -> Iterator[str]:
    yield f"{'wanted / got':18}" + "".join(f"{tier:>10}" for tier in _TIERS)
    for wanted in _TIERS:
        yield f"{wanted:18}" + "".join(f"{report.confusion.get((wanted, got), 0):10}" for got in _TIERS)


def _listed(report: Report, most: int) -> Iterator[str]:
    for miss in report.misses[:most]:
        doubt = "" if miss.sure else " (doubtful label)"
        yield f"{miss.id}: {miss.title[:70]!r} is {miss.wanted}{doubt}, got {miss.got} {miss.score} by {miss.rule!r}"
