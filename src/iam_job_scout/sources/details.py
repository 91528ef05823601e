"""Sources whose listings lack the descriptions: these cost a request each, so only what matters and is new is read."""

import asyncio
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import ClassVar, Generic, TypeVar

import msgspec

from iam_job_scout.errors import FetchError
from iam_job_scout.posting import Board, Listing, Posting
from iam_job_scout.sources.base import Envelope, Item, Source
from iam_job_scout.sources.body import decode_json
from iam_job_scout.sources.client import Request, UpstreamClient, Validators

Detail = TypeVar("Detail")

#: Descriptions that one fetch of a board asks for at most; the next fetch goes on where this one stopped.
MAX_DETAILS = 40

_LIKELY = re.compile(
    r"\b(?:identit|iam\b|iga\b|pam\b|ciam|sso\b|access|privileged|directory|okta|sailpoint|cyberark|entra\b|secur|cyber)",
    re.IGNORECASE,
)
#: Stems in the languages of most boards. Half of the postings of a technology company, a tenth of a hospital's.
_TECHNICAL = re.compile(
    r"\b(?:ident|iam\b|iga\b|pam\b|ciam|sso\b|access|privileg|directory|entitle|auth|federat|credential|zero trust|"
    r"okta|sailpoint|cyberark|entra\b|saviynt|ping|forgerock|ldap|pki\b|crypto|secur|sicher|sécur|segur|cyber|infosec|"
    r"ciso|cio\b|trust|risk|audit|complian|governance|grc\b|privacy|fraud|it\b|ict\b|edv\b|inform|technol|techni|tech\b|"
    r"system|software|cloud|platform|infrastr|network|netzwerk|dev|sre\b|reliab|endpoint|help ?desk|service desk|"
    r"desktop|workplace|databas|data\b|api\b|integrat|applica|anwend|product\b|engineer|ingen|ingén|develop|entwick|"
    r"program|architec|architek|admin|analyst|consult|berat|comput|digital|automat|solution|active|azure|aws\b|linux|"
    r"windows|web\b|full.?stack|back.?end|scientist)",
    re.IGNORECASE,
)
_LATIN_WORD = re.compile(r"[a-z]{3}", re.IGNORECASE)


class DetailedSource(Source[Envelope, Item], Generic[Envelope, Item, Detail]):
    """A source with a request for each description.

    `fetch` takes what is `known` (external id to `Posting.entry`) and which postings are `wanted`, judged by title and
    place; None: those with a `technical` title. A posting whose entry is known is not read again, and one that is not
    wanted comes without its description. One that is wanted but could not be read now comes as it is listed, with an
    empty `entry`, when it is new; when it is known it counts as unchanged. Either way the next fetch tries again.
    """

    detail: type[Detail]
    detail_endpoint: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._detail_decoder = msgspec.json.Decoder(self.detail)

    @abstractmethod
    def detail_url(self, posting: Posting) -> str:
        """Where the description of a listed posting is."""

    @abstractmethod
    def completed(self, posting: Posting, detail: Detail) -> Posting:
        """The listed posting with what its own page adds."""

    async def fetch(
        self,
        client: UpstreamClient,
        board: Board,
        *,
        validators: Mapping[str, Validators] | None = None,
        known: Mapping[str, str] | None = None,
        wanted: Callable[[Posting], bool] | None = None,
    ) -> Listing:
        """As `Source.fetch`, with the descriptions of what is new or changed and wanted. Raises FetchError."""
        listing = await super().fetch(client, board, validators=validators)
        known = known or {}
        entries = {posting.external_id: entry_of(posting) for posting in reversed(listing.postings)}
        changed = [one for one in listing.postings if known.get(one.external_id) != entries[one.external_id]]
        asked = {posting.external_id: posting for posting in changed if (wanted or technical)(posting)}
        # First what is likely, and then what is not known at all: it would be judged by its title alone.
        queue = sorted(asked.values(), key=lambda one: (not _LIKELY.search(one.title), one.external_id in known))
        details = await self._read_details(client, queue[:MAX_DETAILS])

        def settled(posting: Posting) -> Posting | None:
            key = posting.external_id
            if key in asked and key not in details:
                return None if key in known else posting
            return msgspec.structs.replace(details.get(key, posting), entry=entries[key])

        postings = tuple(found for found in map(settled, changed) if found is not None)
        unchanged = tuple(entries.keys() - {posting.external_id for posting in postings})
        return msgspec.structs.replace(
            listing,
            postings=postings,
            unchanged=unchanged,
            fetched=len(postings) + len(unchanged) + len(listing.invalid),
            validators=listing.validators if len(details) == len(asked) else {},
        )

    async def _read_details(self, client: UpstreamClient, postings: Iterable[Posting]) -> dict[str, Posting]:
        """The completed postings by id; stops when a whole round of requests fails."""
        found: dict[str, Posting] = {}
        queue = list(postings)
        for start in range(0, len(queue), self.concurrency):
            batch = queue[start : start + self.concurrency]
            read = await asyncio.gather(*(self._read_detail(client, posting) for posting in batch))
            if not any(read):
                break
            found |= {posting.external_id: posting for posting in read if posting is not None}
        return found

    async def _read_detail(self, client: UpstreamClient, posting: Posting) -> Posting | None:
        request = Request(api=self.api, endpoint=self.detail_endpoint, url=self.detail_url(posting))
        try:
            answer = await client.send(request, lambda body: decode_json(body, self._detail_decoder))
        except FetchError:
            # Counted by the client; the listing is worth keeping without this description.
            return None
        return None if answer.value is None else self.completed(posting, answer.value)


def technical(posting: Posting) -> bool:
    """Whether a title may stand for work with computers, security or audits; generous, and true where it is unclear."""
    return bool(_TECHNICAL.search(posting.title)) or not _LATIN_WORD.search(posting.title)


def entry_of(posting: Posting) -> str:
    """A hash of what a listing says of a posting; its date is left out, since some sources only give its age."""
    undated = msgspec.structs.replace(posting, posted_at=None)
    return blake2b(msgspec.msgpack.encode(undated), digest_size=16).hexdigest()
