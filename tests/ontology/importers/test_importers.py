"""Each reader on a small made-up release in the published layout; damaged releases name file, line and remedy."""

import csv
import gzip

import pytest
import release_samples as samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinnote.errors import UsageError
from clinnote.model.codes import ICD10CM, LOINC, RXNORM, SNOMED, Code
from clinnote.ontology.vocabularies.importers.icd10cm import read_package
from clinnote.ontology.vocabularies.importers.records import CodeMap, Wanted
from clinnote.ontology.vocabularies.importers.registry import IMPORTERS, read_release
from clinnote.ontology.vocabularies.importers.systems import load_systems
from clinnote.settings import find_home

WANTED = Wanted(systems=load_systems(find_home().ontologies))
HP = "http://human-phenotype-ontology.org"
UMLS = "http://www.nlm.nih.gov/research/umls"


@pytest.fixture
def releases(tmp_path):
    return samples.everything(tmp_path)


def read(name, path, **changes):
    wanted = Wanted(**{"systems": WANTED.systems, **changes})
    return read_release(name, path, wanted)


def by_code(release):
    return {concept.code: concept for concept in release.concepts}


def test_rf2_gives_accepted_terms_with_the_preferred_first(releases):
    found = by_code(read("rf2", releases["rf2"]))
    assert found[samples.QUAXIA].terms == ("Quaxia of lung", "Pulmonary quaxia")
    assert found[samples.QUAXIA].display == "Quaxia of lung"
    assert found[samples.QUAXIA].kinds == ("disorder",)
    assert found[samples.DISORDER].terms == ("Disorder of made-up system",)
    assert samples.OLD not in found


def test_rf2_gives_is_a_and_the_unconditional_map(releases):
    release = read("rf2", releases["rf2"])
    assert release.edges[SNOMED][samples.MILD_QUAXIA] == [samples.QUAXIA]
    assert release.maps == [CodeMap((SNOMED, samples.QUAXIA), (ICD10CM, "J18.9"), exact=False)]
    assert release.version == "US1000124_20260301"


def test_rf2_in_another_language(releases):
    found = by_code(read("rf2", releases["rf2"], languages=("es",)))
    assert {code: concept.terms for code, concept in found.items()} == {samples.QUAXIA: ("Cuaxia pulmonar",)}


def test_rf2_of_an_extension_takes_the_newest_row(releases):
    later = releases["rf2"] / "Extension" / "sct2_Concept_Snapshot_INT_20260901.txt"
    row = (samples.MILD_QUAXIA, "20260901", "0", samples.CORE, samples.PRIMITIVE)
    samples.table(later, "id effectiveTime active moduleId definitionStatusId", [row])
    assert samples.MILD_QUAXIA not in by_code(read("rf2", releases["rf2"]))


def test_rf2_whose_concepts_are_cut_at_a_line_is_noticed(releases):
    (path,) = releases["rf2"].rglob("sct2_Concept_*")
    path.write_bytes(path.read_bytes().split(samples.OLD.encode())[0])
    rejects = read("rf2", releases["rf2"]).rejects
    assert [(reject.reason, reject.message[:10]) for reject in rejects] == [("unknown_concept", "3 concepts")]


def test_rf2_whose_descriptions_are_cut_at_a_line_is_noticed(releases):
    path = next(releases["rf2"].rglob("sct2_Description_*"))
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-3]))
    release = read("rf2", releases["rf2"])
    assert [(reject.reason, reject.message[:25]) for reject in release.rejects] == [
        ("unnamed_concept", "2 active concepts have no")
    ]


def test_a_folder_will_do_for_loinc(releases):
    assert by_code(read("loinc", releases["loinc"].parent))["1-8"].code == "1-8"


def test_icd10cm_xml_spells_out_seventh_characters(releases):
    release = read("icd10cm_xml", releases["icd10cm_xml"])
    found = by_code(release)
    assert found["J18.0"].terms == ("Mild quaxia", "Quaxia levis")
    assert found["J18.0XXA"].display == "Mild quaxia, initial encounter"
    assert found["J18.91XD"].display == "Deadly quaxia, later encounter"
    assert release.edges[ICD10CM]["J18.0XXA"] == ["J18.0"]
    assert release.edges[ICD10CM]["J18"] == ["J09-J18"]
    assert release.edges[ICD10CM]["J09-J18"] == ["10"]


def test_the_xml_reader_agrees_with_the_package():
    """Our reader of the CMS tabular and simple-icd-10-cm find the same codes, parents and chapters in one file."""
    pytest.importorskip("simple_icd_10_cm")
    from importlib.resources import files

    (path,) = [p for p in (files("simple_icd_10_cm") / "data").iterdir() if p.name.endswith(".xml")]
    ours, theirs = read("icd10cm_xml", path), read_package(None, WANTED)
    mine, other = by_code(ours), by_code(theirs)
    assert mine.keys() == other.keys()
    assert len(mine) > 90_000
    assert [code for code in mine if mine[code].kinds != other[code].kinds] == []
    assert [code for code in mine if len(code) < 8 and mine[code].terms != other[code].terms] == []
    parents = {code: set(above) for code, above in ours.edges[ICD10CM].items()}
    assert parents == {code: set(above) for code, above in theirs.edges[ICD10CM].items()}


def test_loinc_gives_names_components_and_parts(releases):
    release = read("loinc", releases["loinc"])
    found = by_code(release)
    assert found["1-8"].terms == (
        "Quaxium",
        "Quaxium [Moles/volume] in Serum or Plasma",
        "Quaxium SerPl",
        "Quaxium, Blood",
    )
    assert found["2-6"].display == 'Quaxium [Mass/volume] in "Urine"'
    assert "Quaxium" not in found["2-6"].terms
    assert found["3-4"].kinds == ("HRTRATE.ATOM", "2")
    assert found["LP1-1"].kinds == ("part COMPONENT", "part")
    assert "4-2" not in found
    assert release.version == "2.80"
    assert release.edges[LOINC]["1-8"] == ["LP1-1"]


def test_a_status_may_be_asked_for(releases):
    assert "4-2" in by_code(read("loinc", releases["loinc"], statuses=frozenset({"deprecated"})))
    assert samples.OLD in by_code(read("omop", releases["omop"], statuses=frozenset({"deprecated"})))
    assert "HP:9000003" in by_code(read("obo", releases["obo"], statuses=frozenset({"obsolete"})))
    names = by_code(read("umls", releases["umls"], statuses=frozenset({"obsolete"})))["C0000001"].terms
    assert "Quaxia obsolete name" in names


def test_rxnorm_takes_its_own_names(releases):
    release = read("rxnorm", releases["rxnorm"])
    found = by_code(release)
    assert found["11"].terms == ("quaxamine",)
    assert found["12"].kinds == ("SCD",)
    assert release.edges == {RXNORM: {"12": ["11"]}}


def test_umls_gives_types_and_codes_of_the_sources(releases):
    release = read("umls", releases["umls"])
    concept = by_code(release)["C0000001"]
    assert concept.terms == ("Quaxia", "Quaxia of lung")
    assert concept.kinds == ("Disease or Syndrome", "T047")
    assert concept.also == (Code(SNOMED, samples.QUAXIA, "Quaxia of lung"),)
    assert release.edges == {UMLS: {"C0000001": ["C0000002"]}}


def test_omop_keeps_source_codes_and_adds_its_own(releases):
    release = read("omop", releases["omop"])
    concept = by_code(release)[samples.QUAXIA]
    assert concept.terms == ("Quaxia of lung", "Pulmonary quaxia")
    assert concept.kinds[0] == "Condition Disorder"
    assert [code.code for code in concept.also] == ["1"]
    assert set(release.edges[SNOMED][samples.QUAXIA]) == {samples.DISORDER}
    assert release.maps == [CodeMap((ICD10CM, "J18.9"), (SNOMED, samples.QUAXIA), exact=False)]
    assert release.version == "v5.0 01-JAN-26"


def test_obo_gives_exact_synonyms_maps_and_licence(releases):
    release = read("obo", releases["obo"])
    assert by_code(release)["HP:9000002"].terms == ("Quaxia", 'Quaxic "state"')
    assert release.maps == [CodeMap((HP, "HP:9000002"), (SNOMED, samples.QUAXIA), exact=True)]
    assert release.edges == {HP: {"HP:9000002": ["HP:9000001"]}}
    assert (release.version, release.share) == ("quax/2026-01-01", "yes")


def test_sssom_gives_maps_without_negated_ones(releases):
    assert read("sssom", releases["sssom"]).maps == [
        CodeMap((HP, "HP:9000002"), (ICD10CM, "J18.9"), True, "Quaxia"),
        CodeMap((HP, "HP:9000002"), (SNOMED, samples.DISORDER), False),
    ]


def test_a_bad_line_of_an_ontology_is_named_and_the_rest_is_read(tmp_path):
    path = samples.write(tmp_path / "bad.obo", samples.OBO.replace("EXACT layperson []", "no scope"))
    release = read("obo", path)
    assert "HP:9000002" in by_code(release)
    assert [reject.reason for reject in release.rejects] == ["bad_synonym"]


def test_files_may_be_compressed(releases, tmp_path):
    plain = releases["rxnorm"] / "RXNCONSO.RRF"
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / "RXNCONSO.RRF.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert by_code(read("rxnorm", tmp_path / "packed"))["11"].terms == ("quaxamine",)


BROKEN = [
    ("rf2", "sct2_Description_Snapshot-en_US1000124_20260301.txt", -40, "cells, must be 9"),
    ("rf2", "sct2_Concept_Snapshot_US1000124_20260301.txt", -6, "the last cell is not whole"),
    ("loinc", "Loinc.csv", -12, "cells, must be 10"),
    ("umls", "MRCONSO.RRF", -5, "cells, must be 18"),
    ("rxnorm", "RXNREL.RRF", -5, "cells, must be 16"),
    ("omop", "CONCEPT.csv", -30, "cells, must be 10"),
    ("icd10cm_xml", "tabular.xml", -30, "not whole XML"),
]


DAMAGED_PACK = bytearray(gzip.compress(b"quaxia of lung\tQ1\n" * 500))
DAMAGED_PACK[20:24] = b"\xff" * 4
DEEP = "<diag><name>A00</name><desc>Chol</desc>" * 3000 + "</diag>" * 3000
UNREADABLE = [
    ("table", "terms.tsv.gz", bytes(DAMAGED_PACK), "its compression is damaged"),
    ("icd10cm_xml", "other.xml", b'<?xml version="1.0" encoding="foo-9"?><a/>', "an encoding that can't be read"),
    ("icd10cm_xml", "seven.xml", b'<?xml version="1.0" encoding="utf-7"?><a/>', "an encoding that can't be read"),
    ("icd10cm_xml", "deep.xml", f"<a><chapter><section>{DEEP}</section></chapter></a>".encode(), "without end"),
    ("sssom", "m.csv", b"subject_id,predicate_id,object_id\n" + b"x" * 200_000 + b",b,c\n", "m.csv:2: a cell"),
]


@pytest.mark.parametrize(("name", "file", "content", "message"), UNREADABLE, ids=[u[1] for u in UNREADABLE])
def test_what_no_reader_can_take_is_refused_in_words(name, file, content, message, tmp_path):
    (tmp_path / file).write_bytes(content)
    limit = csv.field_size_limit(131_072)  # what Python begins with; readers of notes raise it
    try:
        with pytest.raises(UsageError, match=message):
            read(name, tmp_path / file)
    finally:
        csv.field_size_limit(limit)


def test_a_loinc_rank_that_is_no_number_is_no_rank(releases):
    path = releases["loinc"]
    path.write_text(path.read_text("utf-8").replace(",5,2.78", ",\u00b2,2.7\u00b2"), encoding="utf-8")
    assert "Quaxium" in by_code(read("loinc", path))["1-8"].terms


def test_a_table_may_end_its_lines_with_carriage_returns_alone(tmp_path):
    path = samples.write(tmp_path / "old.tsv", "term\tcode\rquaxia\tQ1\rquaxoma\tQ2\r")
    assert sorted(by_code(read("table", path))) == ["Q1", "Q2"]


@pytest.mark.parametrize(("name", "file", "cut", "message"), BROKEN, ids=[f"{b[0]}-{b[1]}" for b in BROKEN])
def test_a_release_cut_short_names_file_line_and_remedy(name, file, cut, message, releases):
    place = releases[name]
    (path,) = [place] if place.name == file else [p for p in place.parent.rglob(file) if p.is_file()]
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UsageError, match=rf"{file}:\d+: .*{message}.*unpack or download the release again"):
        read(name, place)


@pytest.mark.parametrize("name", [name for name in IMPORTERS if IMPORTERS[name].takes == "DIR"])
def test_an_empty_folder_is_named(name, tmp_path):
    with pytest.raises(UsageError, match="is not in it; name the folder of the unpacked release"):
        read(name, tmp_path)


@pytest.mark.parametrize("name", [name for name in IMPORTERS if IMPORTERS[name].takes])
def test_a_missing_release_is_named(name, tmp_path):
    with pytest.raises(UsageError, match=r"nowhere.*no such"):
        read(name, tmp_path / "nowhere")


def test_a_packed_release_is_to_be_unpacked(tmp_path):
    with pytest.raises(UsageError, match="unpack the release first"):
        read("rf2", tmp_path / "SnomedCT_RF2.zip")


def test_another_encoding_names_the_line(releases):
    path = releases["omop"] / "CONCEPT.csv"
    path.write_bytes(path.read_bytes().replace(b"Gone", b"G\xffne"))
    with pytest.raises(UsageError, match=r"CONCEPT\.csv:5: not UTF-8"):
        read("omop", releases["omop"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_file_cut_or_spoilt_anywhere_is_read_or_refused_in_words(data, tmp_path_factory):
    """No reader fails in any other way than by an error that names the file."""
    releases = samples.everything(tmp_path_factory.mktemp("cut"))
    name = data.draw(st.sampled_from(sorted(releases)))
    place = releases[name]
    path = data.draw(st.sampled_from(sorted(p for p in place.rglob("*") if p.is_file()))) if place.is_dir() else place
    raw = path.read_bytes()
    at = data.draw(st.integers(0, len(raw)))
    path.write_bytes(raw[:at] + data.draw(st.binary(max_size=3)) * data.draw(st.booleans()))
    release, said = attempt(name, place)
    assert release is None or all(concept.code and concept.terms for concept in release.concepts)
    assert release is not None or str(path.parent) in said


def attempt(name, place):
    try:
        return read(name, place), ""
    except UsageError as error:
        return None, str(error)


def test_a_label_of_a_table_may_be_written_in_capitals(tmp_path):
    path = samples.write(tmp_path / "t.tsv", "quaxia\tQ1\t\tDisorder\nquaxoma\tQ2\t\tHouse label\n")
    assert [concept.label for concept in read("table", path).concepts] == ["disorder", "House label"]
