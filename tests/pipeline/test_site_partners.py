"""Neighbours that share a side where one comes with the other: the rows of ``partners.tsv`` on their own examples."""

import re

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.anatomy_tables import PARTNER_COLUMNS, read_partners
from clinnote.ontology.tables import read_table
from clinnote.settings import find_home

ROWS = list(read_table(find_home().ontologies / "anatomy" / "partners.tsv", PARTNER_COLUMNS))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['site']}-{row['partner']}")
def test_the_second_finding_takes_the_side_of_the_first(row, radiology):
    first, second = re.findall(r"\{(.+?)\}", row["example"])
    text = re.sub(r"[{}]", "", row["example"])
    side = "left" if "left" in text else "right"
    mentions = [m for m in radiology(text).mentions if m.label not in ("body_site", "procedure")]
    assert mentions[0].text.startswith(first)
    assert second in mentions[-1].text
    assert [mentions[0].laterality, mentions[-1].laterality] == [side, side]


def test_the_side_goes_no_farther_than_to_a_neighbour(radiology):
    (nodule,) = [m for m in radiology("Stone in the right ureter with adrenal nodule.").mentions if "nodule" in m.text]
    assert nodule.laterality is None


def test_an_unknown_site_is_named(tmp_path):
    (tmp_path / "anatomy").mkdir()
    table = "\t".join(PARTNER_COLUMNS) + "\nrib\tpleura\tx\tt\n"
    (tmp_path / "anatomy" / "partners.tsv").write_text(table, encoding="utf-8")
    with pytest.raises(OntologyError, match=r"partners\.tsv:2: rib is no site"):
        read_partners(tmp_path, {})
