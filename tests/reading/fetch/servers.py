"""Web servers on this machine that answer as they are told to, hostile ones among them."""

import contextlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest

Handler = http.server.BaseHTTPRequestHandler
Answer = Callable[[Handler], None]


class Server:
    """Answers by path; notes what was asked for."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.ended = threading.Event()
        outer = self

        class Answering(Handler):
            timeout = 20

            def log_message(self, *_args: object) -> None:
                pass

            def do_GET(self) -> None:  # noqa: N802 - the base's name
                path = unquote(self.path.split("?")[0])
                outer.asked.append(path)
                known = max((p for p in outer.answers if path.startswith(p)), key=len, default="")
                with contextlib.suppress(OSError):  # the reader has had enough
                    (outer.answers[known] if known else missing)(self)

            def do_POST(self) -> None:  # noqa: N802
                self.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def do_HEAD(self) -> None:  # noqa: N802
                self.do_GET()

        self._server = http.server.ThreadingHTTPServer((address, 0), Answering)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.at = f"{address}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def slowly(self, start: bytes, each: bytes, pause: float) -> Answer:
        """Sends bytes for as long as the test lasts."""

        def answer(handler: Handler) -> None:
            handler.wfile.write(start)
            while not self.ended.wait(pause):
                handler.wfile.write(each)

        return answer


def missing(handler: Handler) -> None:
    handler.send_error(404)


def giving(body: bytes, *headers: tuple[str, str], code: int = 200) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in (("Content-Length", str(len(body))), *headers):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirecting(to: str) -> Answer:
    return giving(b"", ("Location", to), code=302)


def links(*names: str) -> bytes:
    return "".join(f'<a href="{name}">x</a>\n' for name in names).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    yield serving
    serving.close()


def name_resolution(monkeypatch: pytest.MonkeyPatch, names: dict[str, str]) -> list[str]:
    """Make these names resolve so; the names that are asked for."""
    as_ever, asked = socket.getaddrinfo, []

    def looked_up(host: object, *rest: object, **options: object) -> object:
        asked.append(str(host))
        return as_ever(names.get(str(host), host), *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return asked
