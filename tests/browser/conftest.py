"""Pages in Debian's Chromium: opened from a file, with every request and every complaint noted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"


@dataclass
class Opened:
    """A page, what it asked for beside itself, and what the console said."""

    page: Page
    devtools: CDPSession
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def busy(self) -> float:
        """Processor seconds that the page's thread took so far: what the wall tells on a machine that is idle."""
        metrics = self.devtools.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "ThreadTime")

    def note(self, request: Request) -> None:
        self.requests.append(request.url)

    def hear(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def opened(
        text: str, *, scheme: str = "light", width: int = 1280, height: int = 1000, script: bool = True
    ) -> Opened:
        file = tmp_path / f"report{len(contexts)}.html"
        file.write_text(text, encoding="utf-8")
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        found = Opened(page, context.new_cdp_session(page))
        found.devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        found.page.on("request", found.note)
        found.page.on("console", found.hear)
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.goto(file.as_uri())
        return found

    yield opened
    for context in contexts:
        context.close()
