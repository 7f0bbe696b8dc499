"""Options and fixtures every test can use."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--real-logs", type=Path, default=None, help="a folder of third-party logs, such as ../shared/samples"
    )


@pytest.fixture(scope="session")
def real_logs(request: pytest.FixtureRequest) -> Path:
    """The folder of real logs; tests that ask for it are skipped without one."""
    folder = request.config.getoption("--real-logs")
    if not isinstance(folder, Path):
        pytest.skip("needs --real-logs DIR")
    return folder.resolve()
