"""Local stand-ins for everything that alerts are sent to: webhooks of four kinds and a mail server.

Each message is kept with the moment at which it arrived.
"""

import email
import email.policy
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

#: What each service answers to a message that it takes.
ANSWERS = {
    "slack": (200, b"ok"),
    "discord": (204, b""),
    "pagerduty": (202, b'{"status":"success","message":"Event processed","dedup_key":"x"}'),
    "webhook": (200, b""),
    "watchdog": (200, b""),
}


@dataclass(frozen=True)
class Message:
    """`at` is time.time(); `content` the decoded JSON, or the e-mail."""

    inbox: str
    at: float
    content: Any

    @property
    def text(self) -> str:
        """All that it says, for looking something up in it."""
        if isinstance(self.content, EmailMessage):
            return f"{self.content['Subject']}\n{self.plain}"
        return json.dumps(self.content)

    @property
    def plain(self) -> str:
        """The plain part of an e-mail."""
        return str(self.content.get_body(("plain",)).get_content())

    @property
    def html(self) -> str:
        """The HTML part of an e-mail."""
        return str(self.content.get_body(("html",)).get_content())


@dataclass
class Inboxes:
    """All messages so far, in the order of their arrival."""

    http_port: int = 0
    smtp_port: int = 0
    messages: list[Message] = field(default_factory=list)

    def take(self, inbox: str, content: Any) -> None:
        self.messages.append(Message(inbox, time.time(), content))

    def of(self, inbox: str, *words: str) -> list[Message]:
        """The messages of an inbox that contain all the words."""
        return [one for one in list(self.messages) if one.inbox == inbox and all(word in one.text for word in words)]

    def url(self, inbox: str) -> str:
        return f"http://127.0.0.1:{self.http_port}/{inbox}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.take("email", email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@contextmanager
def open_inboxes(smtp_port: int) -> Iterator[Inboxes]:
    """Listens on a free port for HTTP and on `smtp_port` for e-mail."""
    inboxes = Inboxes(smtp_port=smtp_port)
    mail = Controller(inboxes, hostname="127.0.0.1", port=smtp_port)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(inboxes))
    inboxes.http_port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    mail.start()
    try:
        yield inboxes
    finally:
        mail.stop()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(inboxes: Inboxes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            inbox = self.path.strip("/")
            inboxes.take(inbox, json.loads(self.rfile.read(int(self.headers["content-length"]))))
            status, answer = ANSWERS[inbox]
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Messages are kept, not logged."""

    return Handler
