"""What holds of every score: it is the sum of its parts, and each part can be cut out for exactly its points."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import Match, classify, plain_text
from iam_job_scout.relevance.jsonl import Row
from iam_job_scout.relevance.lexicon import lexicon

LEXICON = lexicon()
NAMES = {
    concept.id: [e.phrase for e in LEXICON.entries if e.concept is concept and e.form == "term"]
    for concept in LEXICON.concepts
    if concept.kind == "vendors"
}
#: Vendors with a name that is certain wherever it stands.
VENDORS = [vendor for vendor, names in NAMES.items() if names]
#: Alone, these are no sign of IAM.
WEAK = {concept.id for concept in LEXICON.concepts if concept.weight == 1}
TITLES = [
    "IAM Engineer",
    "Security Engineer",
    "Software Engineer, Identity",
    "Okta Administrator, Sales Tools",
    "Solutions Engineer - Auth0",
    "Marketing Technology Engineer",
    "Account Executive",
    "AWS Security Engineer: WAF and IAM",
    "Baker",
]
SENTENCES = [
    "You run {} for our staff.",
    "You move {} to the cloud, review privileged access and write rules in Java.",
    "SSO with SAML, OIDC and {}; joiner mover leaver",
    "Keep secrets in Vault, and {} tidy",
    "- {}",
    "Bake bread.",
    "We log in with {}.",
    "Acme is a maker of {}.",
    "What you'll do",
    "Requirements:",
    "About us",
    "Benefits",
    "Equal opportunity",
]
COMPANIES = ["Acme", "Okta", "SailPoint Technologies", "Thales", ""]


def posting(title: str, sentences: list[tuple[str, str]], company: str, joint: str = "\n") -> Posting:
    text = joint.join(sentence.replace("{}", name) for sentence, name in sentences)
    return Row(title=title, description=text, company=company).posting()


# Commas set the names apart: with the words beside them they may be part of another thing's name.
WORDS = ["manage", "and", "the cloud", "SAML", "PAM", "users,", "java;", "tokens.", "access reviews", "review"]
free = st.lists(st.sampled_from([*WORDS, ", {}, and"]), max_size=12).map(
    lambda words: f"Look after {' '.join(words)}, {{}},"
)
lines = st.lists(st.tuples(st.sampled_from(SENTENCES) | free, st.sampled_from(VENDORS)), max_size=14)
postings = st.builds(posting, st.sampled_from(TITLES), lines, st.sampled_from(COMPANIES), st.sampled_from(["\n", " "]))


def cut(judged: Posting, match: Match) -> list[tuple[int, int]]:
    """For each cited span: the score that remains without it, and the points it was said to give."""
    remaining = []
    for part in match.evidence:
        text = plain_text(getattr(judged, part.field))
        assert text[part.start : part.end] == part.text
        without = msgspec.structs.replace(judged, **{part.field: text[: part.start] + text[part.end :]})
        remaining.append((classify(without).score, part.points))
    return remaining


@settings(max_examples=150, deadline=None)
@given(postings)
def test_the_parts_add_up_and_each_can_be_cut_out_for_its_points(judged: Posting) -> None:
    match = classify(judged)
    assert 0 <= match.score == sum(part.points for part in match.evidence) <= 100
    assert all(part.points > 0 and part.reason for part in match.evidence)
    assert all(score == match.score - points for score, points in cut(judged, match))


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Okta Administrator", "<h3>What you'll do</h3><ul><li>Okta Workflows</li><li>MFA, passkeys</li></ul>"),
        ("Engineer, Identity &amp; Access", "CyberArk, Delinea and BeyondTrust. " * 3),
        ("IAM Engineer, Sales Tools", "You run Okta."),
        ("IAM Engineer \U0001f510", "\uff2f\uff4b\uff54\uff41\u200b and \u201cSSO\u201d\r\n\u2013 CyberArk"),
    ],
)
def test_spans_index_the_plain_text_of_their_field(title: str, description: str) -> None:
    judged = Row(title=title, description=description).posting()
    match = classify(judged)
    assert match.evidence
    assert all(score == match.score - points for score, points in cut(judged, match))


@pytest.mark.parametrize("employer", ["Acme", "Okta", "Saviynt", "CyberArk Software"])
@pytest.mark.parametrize("vendor", ["okta", "saviynt", "cyberark"])
def test_another_name_changes_no_score_at_the_vendor_either(employer: str, vendor: str) -> None:
    texts = [f"You look after {name} and a vault." for name in NAMES[vendor]]
    assert (
        len({classify(Row(title="Engineer", description=text, company=employer).posting()).score for text in texts})
        == 1
    )


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(TITLES), lines, st.data())
def test_another_name_of_the_same_vendor_changes_no_score(
    title: str, sentences: list[tuple[str, str]], data: st.DataObject
) -> None:
    renamed = [(sentence, data.draw(st.sampled_from(NAMES[vendor]))) for sentence, vendor in sentences]
    plain = [(sentence, NAMES[vendor][0]) for sentence, vendor in sentences]
    before, after = (classify(posting(title, lines, "Acme")) for lines in (plain, renamed))
    assert (before.score, before.sub, before.skills) == (after.score, after.sub, after.skills)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_name_of_a_vendor_counts_and_counts_the_same(vendor: str) -> None:
    names = NAMES[vendor]
    for title, text in (("Engineer", "You look after {} for our staff."), ("{} Engineer", "")):
        scores = {classify(Row(title=title.format(n), description=text.format(n)).posting()).score for n in names}
        assert len(scores) == 1 and (scores == {0}) == (vendor in WEAK)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(VENDORS)), st.text("abcdefgh", min_size=1, max_size=3), st.booleans())
def test_a_name_inside_a_longer_word_is_no_name(vendor: str, letters: str, before: bool) -> None:
    name = vendor.replace("_", "")
    word = letters + name if before else name + letters
    assert classify(Row(title="Engineer", description=f"You look after {word} here.").posting()).score == 0


@pytest.mark.parametrize("heading", ["About us", "Benefits", "Equal Opportunity Employer", "How to apply"])
def test_what_does_not_speak_of_the_work_earns_nothing(heading: str) -> None:
    text = "You bake bread.\n{}\nKnown for Okta, SailPoint and privileged access management.\n"
    about = classify(Row(title="Engineer", description=text.format(heading)).posting())
    duty = classify(Row(title="Engineer", description=text.format("Responsibilities")).posting())
    assert about.score == 0 < duty.score


@pytest.mark.parametrize("vendor", ["Okta", "SailPoint", "CyberArk", "Saviynt", "Ping Identity"])
def test_the_employers_own_name_is_no_skill(vendor: str) -> None:
    text = f"{vendor} needs people. You report to the {vendor} controller and tell {vendor} what it costs."
    own = classify(Row(title="Accountant", description=text, company=f"{vendor} Inc").posting())
    assert (own.score, own.own_product) == (0, True)
    other = classify(Row(title="Accountant", description=text, company="Acme").posting())
    assert other.score > 0 and not other.own_product


def test_technical_work_on_the_employers_product_is_cited_from_the_title() -> None:
    judged = Row(title="Senior Solutions Engineer", description="Show it.", company="SailPoint").posting()
    match = classify(judged)
    assert [(part.field, part.text) for part in match.evidence] == [("title", "Solutions Engineer")]
    assert cut(judged, match) == [(0, match.score)]


def test_clear_iam_jobs_come_near_a_hundred_and_mentions_stay_low() -> None:
    text = (
        "Run Okta and SailPoint.\nReview privileged access.\nBuild SSO with SAML and OIDC.\nLead user access reviews."
    )
    assert classify(Row(title="Senior IAM Engineer", description=text).posting()).score >= 90
    assert (
        classify(Row(title="DevOps Engineer", description="Write IAM policies. " + "Ship. " * 99).posting()).score < 10
    )


def test_a_very_dense_text_is_cited_as_one_span() -> None:
    text = "\n".join(f"You run Okta, SailPoint and CyberArk in region {number}." for number in range(200))
    judged = Row(title="IAM Engineer", description=text).posting()
    match = classify(judged)
    assert (match.score, len(match.evidence)) == (100, 2)
    assert [score for score, _ in cut(judged, match)] == [35, 65]
