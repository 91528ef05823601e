"""Passkeys (WebAuthn): a key pair in the person's device or password manager, bound to the name of this site.

The device asks for a fingerprint, a face or a PIN each time, so one passkey is two factors, and none can be phished.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_user_handle
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from iam_job_scout.db.models import Passkey, User
from iam_job_scout.errors import AccountError

MAX_NAME, MAX_PASSKEYS = 60, 20
_SITE = "IAM Job Scout"


@dataclass(frozen=True)
class Site:
    """The site as browsers know it: its host name, to which passkeys are bound, and its origin."""

    host: str
    origin: str


def registration_options(session: Session, user: User, site: Site) -> tuple[str, str]:
    """What the browser needs to make a passkey, as JSON, and the challenge to keep. Raises AccountError."""
    passkeys = list_passkeys(session, user.id)
    if len(passkeys) >= MAX_PASSKEYS:
        raise AccountError(f"{MAX_PASSKEYS} passkeys are the most that one account may have. Remove one first.")
    if user.handle is None:
        user.handle = generate_user_handle()
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=_SITE,
        user_name=user.email,
        user_id=user.handle,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential)) for passkey in passkeys
        ],
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(
    session: Session,
    user_id: int,
    credential: Mapping[str, Any],
    *,
    challenge: str,
    site: Site,
    name: str,
    now: datetime,
) -> Passkey:
    """Stores what the browser made. Raises AccountError where it does not fit the challenge or the site."""
    try:
        verified = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise AccountError("The passkey could not be checked. Try again.") from error
    credential_id = bytes_to_base64url(verified.credential_id)
    if session.scalar(select(Passkey.id).where(Passkey.credential == credential_id)) is not None:
        raise AccountError("This passkey is known already.")
    passkey = Passkey(
        user_id=user_id,
        credential=credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=checked_name(name),
        synced=verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def sign_in_options(site: Site) -> tuple[str, str]:
    """What the browser needs to offer its passkeys, as JSON, and the challenge to keep; says nothing of accounts."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def check_passkey(
    session: Session, credential: Mapping[str, Any], *, challenge: str, site: Site, now: datetime
) -> User | None:
    """Whose passkey signed the challenge, or None. A counter that does not move on gives a copied key away."""
    passkey = session.scalar(select(Passkey).where(Passkey.credential == str(credential.get("id"))[:1400]))
    if passkey is None:
        return None
    user = session.get_one(User, passkey.user_id)
    try:
        verified = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _MALFORMED:
        return None
    if not _names(credential, user):
        return None
    passkey.sign_count, passkey.used_at = verified.new_sign_count, now
    return user


def list_passkeys(session: Session, user_id: int) -> Sequence[Passkey]:
    """The passkeys of a person, the oldest first."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def rename_passkey(session: Session, user_id: int, passkey_id: int, name: str) -> bool:
    """Names a passkey of that person anew; returns whether there is such a one. Raises AccountError."""
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != user_id:
        return False
    passkey.name = checked_name(name)
    return True


def remove_passkey(session: Session, user_id: int, passkey_id: int) -> str | None:
    """Removes a passkey of that person and returns its name, or None where there is no such one."""
    theirs = (Passkey.id == passkey_id) & (Passkey.user_id == user_id)
    name: str | None = session.scalar(delete(Passkey).where(theirs).returning(Passkey.name))
    return name


def checked_name(name: str) -> str:
    """The name without space around it. Raises AccountError."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise AccountError(f"Give the passkey a name of 1 to {MAX_NAME} characters.")
    return name


def read_credential(body: bytes) -> Mapping[str, Any]:
    """The credential that a browser sent. Raises AccountError where it is none."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise AccountError("The passkey could not be read. Try again.") from error


def _names(credential: Mapping[str, Any], user: User) -> bool:
    """A discoverable credential says whose it is; that must be the account that the server knows it by."""
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, Mapping) else None
    return handle is None or (user.handle is not None and handle == bytes_to_base64url(user.handle))


#: What the library, and what it calls, raise for an answer that is wrong or no answer at all.
_MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)
