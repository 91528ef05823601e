"""Places out of a location field: city, US state, country, and how far "remote" reaches."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources

import msgspec
import yaml

from iam_job_scout.relevance.lexicon import Hit

_PARTS = re.compile(r"\s*(?:;|\||•|\bor\b(?= [A-Z])|\n)\s*")
_TOKENS = re.compile(r"[,()\[\]/]|\s[-–—]\s|[-–—]\s|\s[-–—]")
_REMOTE = re.compile(
    r"\b(?:fully |100% )?(?:remote(?:[ -](?:friendly|first|only|eligible))?|telework(?:er)?|work from home|home office"
    r"|hybrid|on-?site)\b",
    re.IGNORECASE,
)
_IS_REMOTE = re.compile(r"\b(?:remote|telework|work from home|home office|anywhere)", re.IGNORECASE)
_ANYWHERE = re.compile(r"\b(?:anywhere(?: in(?: the)?(?: world)?)?|worldwide|global)\b", re.IGNORECASE)
_LEADS = re.compile(r"^(?:(?:in|from|within|across|the) )+(?=[A-Z])")
_CODE = re.compile(r"([A-Z]{2})(?:\s+\d{5}(?:-\d{4})?)?$")
# What follows "remote" where the text says from where, and a line that names the place.
_FROM_WHERE = re.compile(
    r"[\s,(:/–-]*(?:(?:work(?:ing)?|position|role|job|based|located|anywhere|from|in|within|across|throughout"
    r"|the)\s+){0,6}(\w[\w.]*(?: \w[\w.]*){0,2})",
    re.IGNORECASE,
)
_IN_THE_US = re.compile(r"\b(?:US|USA|U\.S|States)\b")
_NAMED_PLACE = re.compile(r"s?\s?:\s?([^\n:]{2,80}?)(?: \* |\. |\n|$|(?= [A-Z][\w ]{2,20}:))", re.IGNORECASE)
_TRIES = 20
# A field that lists more places than this is no list of places.
_MOST = 60


class Place(msgspec.Struct, frozen=True):
    """One place of a posting. `state` is a US postal code and `country` an ISO code; what is not said is empty.

    `remote` says that the work may be done from a distance within that place; with neither city, state nor country,
    from where is not said, unless `anywhere` is set.
    """

    city: str = ""
    state: str = ""
    country: str = ""
    remote: bool = False
    anywhere: bool = False


class Gazetteer(msgspec.Struct, frozen=True):
    """Names in lower case and what they stand for."""

    states: dict[str, str]
    codes: frozenset[str]
    countries: dict[str, str]
    cities: dict[str, str]
    metros: dict[str, tuple[str, str]]


@cache
def gazetteer() -> Gazetteer:
    """The packaged places."""
    text = resources.files(__package__).joinpath("places.yaml").read_text("utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    metros = {alias: tuple(name.rsplit(", ", 1)) for name, aliases in data["metros"].items() for alias in aliases}
    return Gazetteer(
        states={name.lower(): code for code, name in data["states"].items()},
        codes=frozenset(data["states"]),
        countries={name: code for code, names in data["countries"].items() for name in names},
        cities={name: code for code, names in data["cities"].items() for name in names},
        metros=metros,
    )


def places(location: str, *, title: str, text: str, marks: Mapping[str, Sequence[Hit]]) -> tuple[Place, ...]:
    """The places by the location field, else by the title, else by a line of the text that names one.

    Where the field only says "remote", the text may say from where.
    """
    found = _known_places(location)
    if not found and "(" in title:
        found = tuple(place for place in read_places(title.rpartition("(")[2]) if place.country or place.remote)
    if not found:
        found = next(filter(None, (_named(text, hit) for hit in marks.get("place", ())[:_TRIES])), ())
    if found == (Place(remote=True),):
        reach = next(filter(None, (_reach(text, hit) for hit in marks.get("remote", ())[:_TRIES])), None)
        found = (reach,) if reach else found
    return found


@lru_cache(maxsize=4096)
def _known_places(location: str) -> tuple[Place, ...]:
    """The same as `read_places`; boards repeat their locations."""
    return read_places(location)


def _named(text: str, hit: Hit) -> tuple[Place, ...]:
    line = _NAMED_PLACE.match(text, hit.end, hit.end + 100)
    return tuple(place for place in read_places(line.group(1)) if place.country or place.remote) if line else ()


def _reach(text: str, hit: Hit) -> Place | None:
    """From where a remote job may be done, by the words that follow; None where they do not say."""
    following = text[hit.end : hit.end + 60]
    if _ANYWHERE.match(following.lstrip(" ,-(–")) and not _IN_THE_US.search(following):
        return Place(remote=True, anywhere=True)
    words = _FROM_WHERE.match(following)
    names = words.group(1).split(" ") if words else []
    for count in range(len(names), 0, -1):
        name = " ".join(names[:count])
        country = gazetteer().countries.get(name.lower(), "") or gazetteer().countries.get(name.lower().rstrip("."), "")
        if country and name != "us":
            return Place(country=country, remote=True)
    return None


def read_places(location: str) -> tuple[Place, ...]:
    """The places of a location field, in order, each once; nothing where the field says nothing that is known."""
    places, listed = [], False
    for part in _PARTS.split(location)[:_MOST]:
        place = _place(part) if part.strip() else Place()
        # "Remote (US or Canada)": what the bracket lists is all remote.
        places.append(msgspec.structs.replace(place, remote=True) if listed and place != Place() else place)
        listed = (listed or place.remote) and (part.count("(") > part.count(")") or (listed and ")" not in part))
    return tuple(dict.fromkeys(place for place in places if place != Place()))


def _place(part: str) -> Place:
    remote = bool(_IS_REMOTE.search(part))
    anywhere = bool(_ANYWHERE.search(part))
    tokens = [token.strip(" .-–—") for token in _TOKENS.split(_ANYWHERE.sub("", _REMOTE.sub("", part)))]
    tokens = [_LEADS.sub("", token) for token in tokens if token]
    country, tokens = _country(tokens)
    state, tokens = _state(tokens, country)
    city = tokens[0] if tokens and not tokens[0][0].isdigit() else ""
    if not state and not country:
        city, state, country = _known_city(city)
    elif state and not city and state in ("NY", "DC") and not remote:
        city = {"NY": "New York", "DC": "Washington"}[state] if _names_city(part) else ""
    return Place(city, state, "US" if state else country, remote, anywhere and not (state or country))


def _names_city(part: str) -> bool:
    return part.strip().lower() in gazetteer().metros


def _country(tokens: list[str]) -> tuple[str, list[str]]:
    """The country a token names, and the other tokens. "Georgia" and two-letter codes are left to the states."""
    for token in reversed(tokens):
        code = gazetteer().countries.get(token.lower())
        if code:
            return code, [other for other in tokens if other != token]
    return "", tokens


def _state(tokens: list[str], country: str) -> tuple[str, list[str]]:
    """The US state a token names, and the other tokens.

    Codes count only in capitals and after a city, or alone: "Join us IN Berlin" and "Berlin, DE" are no states.
    """
    known = gazetteer()
    if country not in ("", "US"):
        return "", tokens
    abroad = {known.cities[token.lower()] for token in tokens if token.lower() in known.cities}
    for position in range(len(tokens) - 1, -1, -1):
        code = _CODE.match(tokens[position])
        state = known.states.get(tokens[position].lower(), "") or (
            code.group(1) if code and code.group(1) in known.codes else ""
        )
        if state in abroad or (abroad and not code):
            continue
        if state and not (position == 0 and len(tokens) > 1 and tokens[0].lower() in known.metros):
            return state, tokens[:position] + tokens[position + 1 :]
    return "", tokens


def _known_city(city: str) -> tuple[str, str, str]:
    known = gazetteer()
    if city.lower() in known.metros:
        name, state = known.metros[city.lower()]
        return name, state, "US"
    return city, "", known.cities.get(city.lower(), "")
