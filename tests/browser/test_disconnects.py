"""A small run of what ``make soak`` does a thousand times: the network fails, and no message is lost or doubled."""

import pytest
from playwright.sync_api import Browser

from bench.disconnects import disconnect
from tests.web.api.houses import House

pytestmark = pytest.mark.browser


def test_nothing_is_lost_or_doubled_while_the_network_fails(browser: Browser, house: House) -> None:
    found = disconnect(browser, house, number=12, seed=5)

    assert found == {"messages": 12, "lost": 0, "doubled": 0, "out of order": 0, "shown wrongly": 0}
