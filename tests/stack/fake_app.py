"""A stand-in for the app, run as a script: `fake_app.py PORT [EXIT_AFTER_SECONDS EXIT_CODE]`."""

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STARTED = time.time()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
        self.end_headers()
        if self.path == "/metrics":
            self.wfile.write(f"process_start_time_seconds {STARTED}\n".encode())

    def log_message(self, *_: object) -> None:
        pass


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def end(code: int) -> None:
    say("cannot go on: the disk is on fire")
    os._exit(code)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        threading.Timer(float(sys.argv[2]), end, [int(sys.argv[3])]).start()
    say("hello from the app")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
