"""Which postings are IAM jobs: a table of titles and texts, and the rules that hold for every posting."""

import msgspec
import pytest

from iam_job_scout.posting import Mode, Posting
from iam_job_scout.relevance import Match, Tier, classify, may_matter
from iam_job_scout.relevance.jsonl import Row


def posting(title: str, description: str = "", *, company: str = "Acme") -> Posting:
    return Row(title=title, description=description, company=company, location="").posting()


def judge(title: str, description: str = "", *, company: str = "Acme") -> Match:
    return classify(posting(title, description, company=company))


@pytest.mark.parametrize(
    ("title", "description", "subfield"),
    [
        ("Identity and Access Management Engineer", "Onboard applications to Okta by SAML and SCIM.", "SSO"),
        ("Sr. IAM Engineer (CyberArk)", "Safes, PVWA and session isolation.", "PAM"),
        ("SailPoint Developer", "Write rules and aggregate accounts.", "IGA"),
        ("Entra ID Engineer", "Conditional access for everyone.", "SSO"),
        ("AD Engineer", "Run domain controllers and group policy.", "DIRECTORY"),
        ("CIAM Architect", "Design sign-up for millions.", "CIAM"),
        ("Software Engineer, Authentication", "Passkeys and sessions for our shoppers.", "CIAM"),
        ("PKI Engineer", "Certificate lifecycle on Venafi.", "MACHINE_IDENTITY"),
        ("Cloud IAM Engineer", "Permission boundaries and service control policies.", "CLOUD_IAM"),
        ("Identity Threat Detection Engineer", "Kerberoasting and token theft.", "ITDR"),
        ("SAP Security Consultant", "SAP GRC access control and firefighter ids.", "GRC"),
        ("User Access Administrator", "Provisioning of user accounts.", "IGA"),
        ("Backend Engineer, Authorization", "Policies in OpenFGA.", "AUTHZ"),
        ("IAM Analyst - Headquarters", "", "GENERAL"),
        ("Chief Security Engineer (Iam)", "", "GENERAL"),
        ("Authentication Engineer", "", "SSO"),
        ("Software Developer 4", "Join us as an Identity Management Software Engineer. " + "We care. " * 40, "GENERAL"),
        ("Especialista em Gestão de Identidades", "", "GENERAL"),
    ],
)
def test_iam_jobs_are_core(title: str, description: str, subfield: str) -> None:
    match = judge(title, description)
    assert match.tier is Tier.CORE
    assert match.sub[0] == subfield


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Security Engineer", "Own our Okta tenant and the privileged access reviews. " + "Patch servers. " * 60),
        ("Systems Administrator", "Manage Active Directory, Entra ID, SSO and MFA. " + "Back up disks. " * 60),
        ("GRC Analyst", "Run user access reviews for SOX. " + "Answer questionnaires. " * 50),
        ("AWS Security Engineer: WAF, IAM and Incident Response", ""),
        ("Product Designer, Identity and Access Management", "Draw the consoles of our access management product."),
    ],
)
def test_other_jobs_with_real_iam_duties_are_adjacent(title: str, description: str) -> None:
    assert judge(title, description).tier is Tier.ADJACENT


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Security Engineer", "Write detections in Splunk. We log in with Okta."),
        ("Account Executive, Identity", "Sell SailPoint to banks, IAM experience preferred."),
        ("Recruiter", "Hire IAM engineers and Okta administrators."),
        ("Brand Identity Designer", "Own our visual identity."),
        ("Patient Access Specialist", "Obtain prior authorization."),
        ("Market Access Director", "Reimbursement strategy."),
        ("Access Control Technician", "Install badge readers."),
        ("IGA Produce Associate", "Stock the shelves of our supermarket."),
        ("Clinical Scientist", "A trial in IgA nephropathy."),
        ("Site Safety Officer (SSO)", "Inspect construction sites as site safety officer."),
        ("Linux Engineer", "Configure PAM, the pluggable authentication modules."),
        ("Internal Developer Platform Engineer", "Our IDP is an internal developer platform."),
        ("Writer in Residence", "An MFA, the master of fine arts, is required."),
        ("Microsoft Access Developer", "Forms and reports."),
        ("GraphQL Engineer", "Apollo federation of subgraphs."),
        ("DevOps Engineer", "Strong AWS experience (EC2, VPC, IAM, RDS). " + "Ship containers. " * 60),
        ("HR Generalist", "All applicants, whatever their gender identity, sexual orientation or national origin."),
        ("Digital Ads Specialist", "Run ad campaigns."),
        ("Cybersecurity Engineer", "DoD 8570 Information Assurance Management (IAM) Level I. " + "Scan hosts. " * 70),
        ("Consulente", "Entra a far parte della nostra squadra."),
        ("Veterinary PIMS Specialist", "Train clinics in our practice software."),
        ("Trainee (all identities and backgrounds)", "Learn the trade."),
    ],
)
def test_everything_else_is_none(title: str, description: str) -> None:
    match = judge(title, description)
    assert match.tier is Tier.NONE
    assert match.sub == ()


def test_a_vendor_in_the_benefits_scores_nothing() -> None:
    match = judge("Data Analyst", "What you'll do\nBuild reports.\nBenefits\nLaptop, Okta single sign-on, dental.")
    assert (match.score, match.evidence) == (0, ())


def test_the_employers_own_name_is_no_skill() -> None:
    text = "Okta needs people who count. Okta pays well. You report to the Okta controller."
    assert judge("Accountant", text, company="Okta").score == 0
    assert judge("Accountant", text, company="Acme").score > 0


def test_technical_work_at_an_iam_vendor_is_core_and_selling_is_not() -> None:
    assert judge("Solutions Engineer", "Show the product.", company="SailPoint Technologies").tier is Tier.CORE
    assert judge("Account Executive", "Show the product.", company="SailPoint Technologies").tier is Tier.NONE


def test_a_veto_rejects_whatever_the_text_says_and_says_why() -> None:
    match = judge("Account Executive, Okta", "Okta, SailPoint, CyberArk, SAML and OIDC.")
    assert (match.tier, match.rule) == (Tier.NONE, "title: account executive")
    assert {part.field for part in match.evidence} == {"description"}


def test_duties_count_and_the_company_does_not() -> None:
    about = judge("Engineer", "About us\nWe are known for identity governance and privileged access management.")
    duty = judge("Engineer", "What you'll do\nRun identity governance and privileged access management.")
    assert about.score == 0 < duty.score


def test_words_are_whole_words() -> None:
    assert judge("Engineer", "Spam filters, crossover, adding miami, oktagon.").score == 0


def test_abbreviations_count_in_capitals_only() -> None:
    assert judge("Engineer", "As iam told, we work.").score == 0
    assert judge("Engineer", "You run IAM here.").score > 0


def test_an_ambiguous_name_needs_company() -> None:
    assert judge("Engineer", "Keep the vault clean.").score == 0
    assert judge("Engineer", "Keep secrets in Vault.").score > 0


def test_old_names_mean_the_same_vendor() -> None:
    assert judge("Azure AD Engineer").skills == judge("Entra ID Engineer").skills
    assert judge("Engineer", "Run Thycotic here.").skills == judge("Engineer", "Run Delinea here.").skills


def test_a_field_of_the_source_decides_the_mode() -> None:
    remote = msgspec.structs.replace(posting("IAM Engineer", "This is a hybrid role."), mode=Mode.REMOTE)
    assert classify(remote).mode is Mode.REMOTE


@pytest.mark.parametrize(
    ("title", "description"),
    [("IAM Engineer", "Okta. Remote, $150,000 a year."), ("Line Cook", "Grill. Remote, $50,000 a year. Okta login.")],
)
def test_the_judgement_is_the_same_where_nobody_asks_for_the_facts_of_others(title: str, description: str) -> None:
    whole, brief = judge(title, description), classify(posting(title, description), facts_of_others=False)
    assert (brief.tier, brief.score, brief.rule, brief.evidence) == (
        whole.tier,
        whole.score,
        whole.rule,
        whole.evidence,
    )
    assert (brief == whole) == (whole.tier is not Tier.NONE)


@pytest.mark.parametrize(("title", "may"), [("Account Executive, Identity", False), ("Baker", True), ("", True)])
def test_a_title_alone_may_rule_a_posting_out(title: str, may: bool) -> None:
    assert may_matter(title) == may
    if not may:
        assert judge(title, "IAM engineer for Okta, SailPoint, CyberArk and SCIM. " * 20).tier is Tier.NONE


def test_only_the_facts_of_what_is_no_iam_job_can_be_left_out() -> None:
    for title in ("Senior IAM Engineer", "Senior Baker"):
        asked = posting(title, "You bring 7 years of experience in ovens.")
        whole, brief = classify(asked), classify(asked, facts_of_others=False)
        assert (brief.tier, brief.score, brief.rule, brief.evidence) == (
            whole.tier,
            whole.score,
            whole.rule,
            whole.evidence,
        )
        assert whole.seniority == "senior" and brief.seniority == ("unknown" if "Baker" in title else "senior")
