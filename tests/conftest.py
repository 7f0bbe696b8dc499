"""Options and fixtures every test can use."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine makes examples slow, not wrong.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

# `make test-browser` installs what these need.
collect_ignore = [] if find_spec("playwright") else ["browser"]

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what tests produce over the golden files")
    parser.addoption(
        "--real-logs", type=Path, default=None, help="a folder of third-party logs, such as ../shared/samples"
    )


@pytest.fixture(autouse=True)
def one_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports say when they were made: two that are compared must not be a minute apart."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.fixture(scope="session")
def real_logs(request: pytest.FixtureRequest) -> Path:
    """The folder of real logs; tests that ask for it are skipped without one."""
    folder = request.config.getoption("--real-logs")
    if not isinstance(folder, Path):
        pytest.skip("needs --real-logs DIR")
    return folder.resolve()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare text with a file of tests/golden; see the README there on how to accept a change."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--accept"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"there is no golden file {name} yet: run pytest --accept"
        assert text == path.read_text(encoding="utf-8"), f"not as in {path}: see the README beside it"

    return compare


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what came of every third-party file: read, with what is in it, or refused, with the reason."""
    from tests.test_real_logs import TABLE

    table = config.stash.get(TABLE, {})
    if table:
        terminalreporter.section("real logs")
        for name, seen in sorted(table.items()):
            terminalreporter.write_line(f"{name} | {seen}")
