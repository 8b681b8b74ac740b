"""What a reader on 2G pays, measured in the browser."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page
import pytest

FIRST_VIEW, REPEAT_VIEW, REQUESTS = 30_000, 8_000, 3
PATHS = [
    "/",
    "/practices",
    "/practices?q=mediation",
    "/practices?q=xyzzy",
    "/suggest?q=case",
    "/map",
    "/offline",
    "/practices/case-de-la-paix-gao",
    "/practices/koglweogo-lecon-et-precautions",
    "/practices/case-de-la-paix-gao/report",
]


@dataclass
class Meter:
    """Requests and bytes on the wire, headers included, favicon aside."""

    addresses: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        self.addresses[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    def total(self) -> tuple[int, int]:
        counted = {i for i, address in self.addresses.items() if "favicon" not in address}
        return len(counted), sum(size for i, size in self.sizes.items() if i in counted)


@pytest.mark.parametrize(("lang", "with_script"), [("fr", False), ("fr", True), ("en", True)])
@pytest.mark.parametrize("path", PATHS)
def test_first_and_repeat_view(request: pytest.FixtureRequest, site: str, lang, path, with_script):
    name = "examiner" if with_script else "reader"
    reader: BrowserContext = request.getfixturevalue(name)
    page = reader.new_page()
    first = Meter()
    first.watch(page)
    page.goto(f"/{lang}{path}", wait_until="networkidle")
    requests, size = first.total()
    assert 2 <= requests <= REQUESTS
    assert 1_000 < size <= FIRST_VIEW
    assert all(address.startswith(site) for address in first.addresses.values())

    again = reader.new_page()
    repeat = Meter()
    repeat.watch(again)
    response = again.goto(f"/{lang}{path}", wait_until="networkidle")
    assert response is not None
    assert repeat.total()[1] <= REPEAT_VIEW
    assert repeat.total()[1] < size / 3
    page.close()
    again.close()
