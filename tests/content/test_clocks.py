"""The clocks are those of section 5.1 of the clinical content; a clinic may be faster, never slower."""

from datetime import timedelta

import pytest

from bot.content.clocks import limits, longest, shorten
from bot.errors import Incomplete


def test_every_limit_is_one_of_the_clinical_content() -> None:
    acting = {
        level: {name: entry[name] for name in ("acknowledge", "second", "manager", "contact") if name in entry}
        for level, entry in longest().items()
    }

    assert acting == {
        "emergency": {"acknowledge": 5, "second": 5, "manager": 10, "contact": 15},
        "urgent": {"acknowledge": 30, "second": 30, "manager": 60, "contact": 240},
        "same_day": {"contact": 1440},
        "note": {},
    }
    assert longest()["emergency"]["nobody"] == 15
    assert longest()["same_day"]["acknowledge_working"] == 120
    assert longest()["same_day"]["manager_working"] == 240


def test_a_clinic_may_be_faster() -> None:
    own = shorten({}, "emergency", "acknowledge", 2)

    assert limits(own)["emergency"]["acknowledge"] == timedelta(minutes=2)
    assert limits(own)["emergency"]["manager"] == timedelta(minutes=10)
    assert limits()["emergency"]["acknowledge"] == timedelta(minutes=5)


@pytest.mark.parametrize("minutes", [6, 0, -1])
def test_a_clinic_may_not_be_slower_nor_have_no_limit(minutes: int) -> None:
    with pytest.raises(Incomplete, match="from 1 to 5 minutes"):
        shorten({}, "emergency", "acknowledge", minutes)


def test_what_is_stored_and_longer_is_not_heeded() -> None:
    assert limits({"emergency": {"acknowledge": 60}})["emergency"]["acknowledge"] == timedelta(minutes=5)


def test_an_unknown_limit_is_named_with_what_is_allowed() -> None:
    with pytest.raises(Incomplete, match="emergency: deliver, acknowledge"):
        shorten({}, "emergency", "sometime", 3)
