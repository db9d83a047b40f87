"""The statistics page, and the same figures as CSV and JSON."""

import csv
import io

from bot.store import members
from tests.web.console.conftest import Staff
from tests.web.console.test_acts import closing
from tests.web.console.ward import Ward


def test_a_plot_has_its_table_and_its_files(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")
    ada.post(f"{case.path}/close", data=closing(case, outcome="C7"))
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "manager")

    page = ada.get("/console/statistics").text
    as_json = ada.post("/console/statistics/export", data={"what": "all", "days": "28"}).json()
    answer = ada.post("/console/statistics/export", data={"what": "precision"})
    as_csv = list(csv.DictReader(io.StringIO(answer.text)))

    assert page.count('<svg class="bars"') == 5
    assert page.count("<table>") == 3
    assert as_json["precision"] == [{"category": "suicidal_ideation", "right": 0, "false": 1}]
    assert as_csv == [{"category": "suicidal_ideation", "right": "0", "false": "1"}]
    assert [row.act for row in ward.rows(ward.ada)][-2:] == ["export", "export"]


def test_nothing_happened_is_said(ward: Ward, ada: Staff) -> None:
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "reviewer")

    assert "No record was opened in these days." in ada.get("/console/statistics").text
