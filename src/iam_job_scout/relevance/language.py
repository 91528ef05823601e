"""The language of a text: by its script, else by the little words that stand in every sentence of a language."""

import re

# So many bytes tell the language; the longest texts end in boilerplate that is often in another.
_SAMPLE = 900
_ENGLISH = (b" the ", b" and ", b" to ", b" of ", b" in ", b" with ", b" for ", b" or ")
_LITTLE_WORDS = {
    "en": _ENGLISH,
    "de": (b" und ", b" der ", b" die ", b" mit ", b" f\xfcr ", b" von ", b" im ", b" bei ", b" eine ", b" sie "),
    "fr": (b" et ", b" les ", b" des ", b" pour ", b" dans ", b" avec ", b" vous ", b" est ", b" une ", b" du "),
    "es": (b" y ", b" el ", b" los ", b" las ", b" para ", b" con ", b" una ", b" del ", b" en ", b" la "),
    "pt": (b" e ", b" os ", b" para ", b" com ", b" uma ", b" do ", b" da ", b" em ", b" na ", b" \xe0 "),
    "it": (b" e ", b" di ", b" il ", b" per ", b" con ", b" della ", b" una ", b" del ", b" nel ", b" che "),
    "nl": (b" en ", b" de ", b" het ", b" een ", b" van ", b" voor ", b" met ", b" je ", b" bij ", b" naar "),
    "pl": (b" i ", b" w ", b" z ", b" na ", b" do ", b" oraz ", b" dla ", b" lub ", b" od ", b" si "),
    "sv": (b" och ", b" att ", b" som ", b" med ", b" av ", b" f\xf6r ", b" vi ", b" en ", b" p\xe5 ", b" ett "),
    "da": (b" og ", b" at ", b" som ", b" med ", b" af ", b" for ", b" vi ", b" en ", b" p\xe5 ", b" til "),
    "cs": (b" a ", b" v ", b" na ", b" se ", b" pro ", b" do ", b" nebo ", b" je ", b" s ", b" o "),
    "fi": (b" ja ", b" on ", b" tai ", b" sek\xe4 ", b" ett\xe4 ", b" olet ", b" ovat ", b" kanssa ", b" my\xf6s "),
    "tr": (b" ve ", b" bir ", b" ile ", b" i\xe7in ", b" olarak ", b" veya ", b" bu ", b" en "),
    "ro": (b" \xeen ", b" de ", b" cu ", b" pentru ", b" din ", b" sau ", b" este ", b" la ", b" si "),
}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("uk", re.compile("[іїєґ]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
# One letter in so many in another script decides; a Chinese text full of product names is Chinese.
_SHARE = 8
# Kana among Chinese characters make a text Japanese, the letter "і" a Cyrillic one Ukrainian, even where they are few.
_TELLING = 40


def language(folded: str, scan: bytes) -> str:
    """The ISO 639-1 code of a folded text (`scan` is the same as bytes); empty where it is too short to tell."""
    sample = scan[:_SAMPLE]
    # No other language has all three of these.
    if all(map(sample.__contains__, _ENGLISH[:3])):
        return "en"
    if not folded.isascii():
        script = _script(folded[:_SAMPLE])
        if script:
            return script
    counts = {code: sum(map(sample.count, words)) for code, words in _LITTLE_WORDS.items()}
    best, second = sorted(counts, key=counts.__getitem__, reverse=True)[:2]
    return best if counts[best] >= 2 and counts[best] > counts[second] else ""


def _script(sample: str) -> str:
    letters = sum(map(str.isalpha, sample))
    for code, pattern in _SCRIPTS:
        least = _TELLING if code in ("ja", "uk") else _SHARE
        if len(pattern.findall(sample)) * least > letters:
            return code
    return ""
