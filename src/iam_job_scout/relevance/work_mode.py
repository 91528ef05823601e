"""Remote, hybrid or on site: what the posting states, never a guess."""

import re

from iam_job_scout.posting import Mode
from iam_job_scout.relevance.lexicon import Hit

_PLACE_HYBRID = re.compile(r"\bhybrid\b")
_PLACE_REMOTE = re.compile(r"\b(?:remote|telework|home office|work from home|anywhere)\b")
_PLACE_ONSITE = re.compile(r"\b(?:on-?site|in-?office|in-?person|on site)\b")
_NOT_REMOTE = re.compile(
    r"\b(?:not? (?:a |an |eligible for |available for |possible |open to )?(?:fully )?remote|remote (?:work )?(?:is )?not|non-remote)\b"
)
# Words after or before "remote" that make it a matter of machines, not of the job.
_REMOTE_THING = re.compile(
    r"^remote(?:ly)? (?:access|desktop|support|monitoring|hands|site|sites|sensing|code|users?|teams?|offices?|locations|work(?:force|ers?)|"
    r"employees|server|servers|control|diagnostics|management|system|systems|connect|branch|stakeholders|server|sales|infrastructure)\b"
)
_REMOTE_JOB = re.compile(
    r"(?:fully|100 ?%|this (?:is|role is|position is) (?:a |an )?(?:fully |100% )?|work|working|location:|locations:|type:|model:|mode:|(?:is|be|are)(?: a| an)?|\(|, |\| |- |us |usa |canada |full-time |eligible for|#li-|permanent |based |\n)\s*$"
)
_DAYS = re.compile(r"\b(?:[1-4]|one|two|three|four|few)(?:\s?(?:-|to|or)\s?(?:[2-5]|two|three|four))?\+?x? ?$")


def read(*, stated: Mode, title: str, location: str, folded: str, hits: list[Hit]) -> Mode:
    """The mode by the source's own field, else title and location, else the text (all folded)."""
    if stated is not Mode.UNKNOWN:
        return stated
    for place in (title, location):
        mode = _of_place(place)
        if mode is not Mode.UNKNOWN:
            return mode
    return _of_text(folded, hits)


def _of_place(place: str) -> Mode:
    if _PLACE_HYBRID.search(place):
        return Mode.HYBRID
    if _PLACE_REMOTE.search(place) and not _REMOTE_THING.search(place) and not _NOT_REMOTE.search(place):
        return Mode.REMOTE
    return Mode.ONSITE if _PLACE_ONSITE.search(place) else Mode.UNKNOWN


def _of_text(folded: str, hits: list[Hit]) -> Mode:
    found = {_of_hit(folded, hit) for hit in hits if hit.entry.mark in ("remote", "hybrid", "onsite")}
    for mode in (Mode.HYBRID, Mode.ONSITE, Mode.REMOTE):
        if mode in found:
            return mode
    return Mode.UNKNOWN


def _of_hit(folded: str, hit: Hit) -> Mode:
    before, after = folded[max(0, hit.start - 40) : hit.start], folded[hit.start : hit.end + 40]
    if hit.entry.mark == "hybrid":
        return _hybrid(before, after)
    if hit.entry.mark == "onsite":
        return _onsite(before, after)
    if _REMOTE_THING.match(after):
        return Mode.UNKNOWN
    if _NOT_REMOTE.search(before[-25:] + after):
        return Mode.ONSITE
    return Mode.REMOTE if _REMOTE_JOB.search(before) or hit.end - hit.start > 8 else Mode.UNKNOWN


def _hybrid(before: str, after: str) -> Mode:
    if re.match(
        r"hybrid (?:work|working|role|position|schedule|model|remote|job|arrangement|office|setup|format|environment \(|in|from|-|\()|hybrid[\n.,):]|hybrid$",
        after,
    ):
        return Mode.HYBRID
    return (
        Mode.HYBRID
        if re.search(r"(?:location|type|model|mode|li-|this is a|is|a)[: ]*$", before)
        and not re.match(
            r"hybrid (?:cloud|identity|infrastructure|ad|active|environment|it|entra|deploy|multi|data)", after
        )
        else Mode.UNKNOWN
    )


def _onsite(before: str, after: str) -> Mode:
    if re.match(r"(?:days (?:per|a) week|days/week|days in)", after):
        in_office = re.search(r"office|on-?site|in[- ]person", before + after)
        return Mode.HYBRID if _DAYS.search(before.rstrip()[-14:]) and in_office else Mode.UNKNOWN
    if re.match(r"(?:on-?site|on site|in-person|in person|in-office)", after):
        if re.search(r"(?:[1-4]|two|three|four)x? ?(?:days? )?$", before.rstrip()[-12:] + " ") or re.search(
            r"days", before[-12:]
        ):
            return Mode.HYBRID
        if re.search(
            r"(?:100 ?%|fully|this (?:is|role is|position is) (?:a |an )?|work(?:ing)?|location:|model:|mode:|required to be|must be|type:)\s*$",
            before,
        ):
            return Mode.ONSITE
    return Mode.UNKNOWN
