"""``clinnote vocab``: building from every source, looking into, comparing and checking the result."""

import json
import sys
from pathlib import Path

import pytest

import clinnote
from clinnote.cli.main import main
from clinnote.ontology.vocabularies.vocabulary import Vocabulary

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ontology" / "importers"))
import release_samples as samples

ALL = ("table", "rf2", "icd10cm_xml", "loinc", "rxnorm", "umls", "omop", "obo", "sssom")


@pytest.fixture
def run(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as done:
            main(["vocab", *map(str, arguments)])
        said = capsys.readouterr()
        return done.value.code, said.out, said.err

    return run


@pytest.fixture
def built(tmp_path, run):
    """A vocabulary of every made-up release at once."""
    releases = samples.everything(tmp_path / "in")
    options = [part for name in ALL for part in (f"--{name.replace('_', '-')}", releases[name])]
    out = tmp_path / "house.vocab"
    assert run("build", *options, "-o", out)[0] == 0
    return out


def test_every_source_comes_in_with_labels_codes_and_hierarchy(built):
    known = Vocabulary.open(built)
    (quaxia, *_) = known.lookup("pulmonary quaxia")
    assert quaxia.label == "disorder"
    assert {samples.QUAXIA, "J18.9", "1"} <= {code.code for code in quaxia.codes}
    assert known.lookup("quaxamine")[0].label == "medication"
    assert known.lookup("quaxium")[0].label == "lab"
    assert known.lookup("vigour rate")[0].label == "vital"
    assert known.lookup("lung quax")[0].label == "device"
    assert known.lookup("lung")[0].label == "body_site"
    assert known.is_a(samples.MILD_QUAXIA, samples.DISORDER, "snomed")
    assert known.is_a("J18.0XXA", "J09-J18", "icd10cm")
    assert known.is_a("12", "11", "rxnorm")
    assert known.is_a("HP:9000002", "HP:9000001")


def test_the_vocabulary_tags_notes(built):
    tagged = clinnote.load("general", vocab=built)("Mild quaxia of lung was seen. No quaxamine given.")
    assert [(m.text, m.label, m.polarity) for m in tagged.mentions] == [
        ("Mild quaxia of lung", "disorder", "affirmed"),
        ("quaxamine", "medication", "negated"),
    ]
    assert tagged.mentions[0].codes[0].code == samples.MILD_QUAXIA


def test_info_tells_sources_licences_and_that_sharing_is_forbidden(built, run):
    code, out, _ = run("info", "--vocab", built)
    assert code == 0
    assert "SNOMED CT, version US1000124_20260301" in out
    assert "forbidden by the licence of SNOMED CT, UMLS Metathesaurus, OMOP" in out
    assert "sct2_Concept_Snapshot_US1000124_20260301.txt" in out


def test_the_manifest_names_no_folder_and_is_the_same_each_time(built, tmp_path, run):
    manifest = Vocabulary.open(built).manifest
    assert str(tmp_path) not in json.dumps(manifest)
    assert {source["source"] for source in manifest["sources"]} == set(ALL)
    first = built.read_bytes()
    options = [
        part for name in ALL for part in (f"--{name.replace('_', '-')}", samples.everything(tmp_path / "in")[name])
    ]
    run("build", *options, "-o", built)
    assert built.read_bytes() == first


def test_what_is_dropped_is_listed_with_the_reason(tmp_path, run):
    table = samples.write(tmp_path / "terms.tsv", "quaxia\t1\nright\t2\nmilk\t3\nquaxosis\t4\n")
    keep, drop = samples.write(tmp_path / "keep", "milk\n"), samples.write(tmp_path / "drop", "Quaxosis\n")
    code, out, _ = run("build", "--table", table, "--keep", keep, "--drop", drop, "-o", tmp_path / "v.vocab")
    assert code == 0
    assert "2 terms dropped" in out
    report = (tmp_path / "v.dropped.tsv").read_text(encoding="utf-8").split("\n")
    assert [line.split("\t")[:2] for line in report[1:3]] == [
        ["common adjective or adverb", "right"],
        ["on the list of terms to drop", "quaxosis"],
    ]
    known = Vocabulary.open(tmp_path / "v.vocab")
    assert known.lookup("milk")
    assert not known.lookup("quaxosis")


def test_filters(tmp_path, run):
    place = samples.rf2(tmp_path / "rf2")
    out = tmp_path / "v.vocab"
    run("build", "--rf2", place, "--under", f"snomed|{samples.QUAXIA}", "-o", out)
    known = Vocabulary.open(out)
    assert known.lookup("mild quaxia of lung")
    assert not known.lookup("disorder of made-up system")
    assert known.is_a(samples.MILD_QUAXIA, samples.ROOT)
    run("build", "--rf2", place, "--tag", "body structure", "-o", out)
    assert not Vocabulary.open(out).lookup("pulmonary quaxia")
    run("build", "--rf2", place, "--language", "es", "--label", "disorder", "-o", out)
    assert Vocabulary.open(out).lookup("cuaxia pulmonar")


def test_a_damaged_release_ends_the_build_and_leaves_nothing(tmp_path, run):
    place = samples.rf2(tmp_path / "rf2")
    (path,) = place.rglob("sct2_Description*")
    path.write_bytes(path.read_bytes()[:-40])
    code, _, err = run("build", "--rf2", place, "-o", tmp_path / "v.vocab")
    assert code == 2
    assert f"{path}:" in err
    assert "unpack or download the release again" in err
    assert not (tmp_path / "v.vocab").exists()


def test_an_interrupted_build_keeps_the_older_vocabulary(built, monkeypatch, tmp_path):
    from clinnote.ontology.vocabularies import vocabulary

    before = built.read_bytes()

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        vocabulary.build_vocabulary([], built)
    assert built.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".partial")] == []


def test_nothing_to_build_from_names_the_options(tmp_path, run):
    code, _, err = run("build", "-o", tmp_path / "v.vocab")
    assert code == 2
    assert "--rf2" in err
    assert run("build", "--starter", "-o", tmp_path)[0] == 2


def test_search_finds_beginnings_and_misspellings(built, run):
    assert run("search", "pulmonary qu", "--vocab", built)[1].split("\n")[0].split()[:3] == [
        "100.0",
        "pulmonary",
        "quaxia",
    ]
    assert "quaxamine" in run("search", "quaxmine", "--vocab", built)[1]


def test_verify_finds_damage(built, run):
    code, out, _ = run("verify", "--vocab", built)
    assert "content: whole" in out
    assert code in (0, 1)
    raw = bytearray(built.read_bytes())
    raw[-40] ^= 1
    built.write_bytes(raw)
    assert run("verify", "--vocab", built)[:2] == (1, "content: damaged; build the vocabulary again\n")


def test_verify_names_malformed_codes(tmp_path, run):
    table = samples.write(tmp_path / "terms.tsv", "quaxia\t22298007\tsnomed\n")
    run("build", "--table", table, "-o", tmp_path / "v.vocab")
    code, out, _ = run("verify", "--vocab", tmp_path / "v.vocab")
    assert code == 1
    assert "malformed: snomed 22298007 quaxia" in out


def test_diff_tells_what_was_added_removed_and_changed(tmp_path, run):
    for name, text in (("a", "quaxia\t1\nquaxosis\t2\n"), ("b", "quaxia\t3\nquaxoma\t4\n")):
        run("build", "--table", samples.write(tmp_path / f"{name}.tsv", text), "-o", tmp_path / f"{name}.vocab")
    code, out, _ = run("diff", tmp_path / "a.vocab", tmp_path / "b.vocab")
    lines = out.strip().split("\n")
    assert code == 0
    assert "changed  quaxia: finding urn:clinnote:local|1 -> finding urn:clinnote:local|3" in lines
    assert "removed  quaxosis: finding urn:clinnote:local|2 -> -" in lines
    assert lines[-1].startswith("2 added, 2 removed, 2 changed") or lines[-1].startswith(
        "2 added, 1 removed, 2 changed"
    )
    assert run("diff", tmp_path / "a.vocab", tmp_path / "a.vocab")[1] == "0 added, 0 removed, 0 changed\n"
