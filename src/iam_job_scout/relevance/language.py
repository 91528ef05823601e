"""The language of a text: by its script, else by the little words that stand in every sentence of a language."""

import re

# So many bytes tell the language; the longest texts end in boilerplate that is often in another.
_SAMPLE = 900
# No other language has all three of these.
_ENGLISH = (b" the ", b" and ", b" to ")
_LITTLE_WORDS = {
    "en": b"the and to of in with for or",
    "de": b"und der die mit f\xfcr von im bei eine sie",
    "fr": b"et les des pour dans avec vous est une du",
    "es": b"y el los las para con una del en la",
    "pt": b"e os para com uma do da em na \xe0",
    "it": b"e di il per con della una del nel che",
    "nl": b"en de het een van voor met je bij naar",
    "pl": b"i w z na do oraz dla lub od si",
    "sv": b"och att som med av f\xf6r vi en p\xe5 ett",
    "da": b"og at som med af for vi en p\xe5 til",
    "cs": b"a v na se pro do nebo je s o",
    "fi": b"ja on tai sek\xe4 ett\xe4 olet ovat kanssa my\xf6s",
    "tr": b"ve bir ile i\xe7in olarak veya bu en",
    "ro": b"\xeen de cu pentru din sau este la si",
}
_LANGUAGES = {
    word: [code for code, words in _LITTLE_WORDS.items() if word in words.split()]
    for word in b" ".join(_LITTLE_WORDS.values()).split()
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
    if -1 not in map(sample.find, _ENGLISH):
        return "en"
    if not folded.isascii():
        script = _script(folded[:_SAMPLE])
        if script:
            return script
    counts: dict[str, int] = {}
    for codes in filter(None, map(_LANGUAGES.get, sample.split())):
        for code in codes:
            counts[code] = counts.get(code, 0) + 1
    most = max(counts.values(), default=0)
    best = [code for code, count in counts.items() if count == most]
    return best[0] if most >= 2 and len(best) == 1 else ""


def _script(sample: str) -> str:
    if len(sample.encode("latin-1", "ignore")) == len(sample):
        return ""
    letters = sum(map(str.isalpha, sample))
    for code, pattern in _SCRIPTS:
        least = _TELLING if code in ("ja", "uk") else _SHARE
        if len(pattern.findall(sample)) * least > letters:
            return code
    return ""
