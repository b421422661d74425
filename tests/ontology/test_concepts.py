from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.model.codes import CLINNOTE, ICD10CM, LOINC, RXNORM, SNOMED
from clinnote.ontology.concepts import LABELS, Concepts, load_concepts

HEADER = "id\tlabel\tterm\tsynonyms\tparents\tsites\tsource"
CODE_HEADER = "concept\tsystem\tcode\tdisplay\trelation\tsource"
ROOT = Path(__file__).parents[2] / "ontologies"


def write(folder: Path, *rows: str, codes: tuple[str, ...] = ()) -> Path:
    terms = folder / "terms"
    terms.mkdir(exist_ok=True)
    (terms / "findings.tsv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    if codes:
        (terms / "codes.tsv").write_text("\n".join([CODE_HEADER, *codes]) + "\n", encoding="utf-8")
    return folder


OPACITY = "opacity\tfinding\topacity\tshadowing\t\t\tclinnote"
LUNG = "lung_opacity\tfinding\tlung opacity\tpulmonary opacity\topacity\tlung\tclinnote"
CONSOLIDATION = "consolidation\tfinding\tconsolidation\tconsolidations\tlung_opacity\tlung\tclinnote"


def test_a_concept_has_its_forms_its_sites_and_its_own_id_as_the_last_code(tmp_path: Path) -> None:
    concepts = load_concepts(write(tmp_path, OPACITY, LUNG))
    opacity = concepts["lung_opacity"]
    assert opacity.forms == ("lung opacity", "pulmonary opacity")
    assert opacity.sites == ("lung",)
    assert [(c.system, c.code) for c in opacity.codes] == [(CLINNOTE, "lung_opacity")]
    assert concepts.form_count() == 4


def test_codes_come_best_system_first_and_exact_before_broader(tmp_path: Path) -> None:
    codes = (
        "opacity\trxnorm\t1\tone\texact\ttest",
        "opacity\tloinc\t718-7\tHemoglobin\texact\ttest",
        "opacity\ticd10cm\tR91.8\tOther finding\tbroader\ttest",
        "opacity\tsnomed\t301232003\tLesion of lung\tbroader\ttest",
        "opacity\tsnomed\t60046008\tPleural effusion\texact\ttest",
    )
    found = load_concepts(write(tmp_path, OPACITY, codes=codes))["opacity"].codes
    assert [c.system for c in found] == [SNOMED, SNOMED, ICD10CM, LOINC, RXNORM, CLINNOTE]
    assert [c.code for c in found][:2] == ["60046008", "301232003"]


def test_consolidation_is_an_opacity_through_the_lung_opacity(tmp_path: Path) -> None:
    concepts = load_concepts(write(tmp_path, OPACITY, LUNG, CONSOLIDATION))
    assert concepts.ancestors("consolidation") == {"lung_opacity", "opacity"}
    assert concepts.is_a("consolidation", "opacity")
    assert not concepts.is_a("opacity", "consolidation")
    assert concepts.related("opacity", "consolidation")
    assert concepts.descendants("opacity") == {"lung_opacity", "consolidation"}
    assert concepts.ancestors("unheard_of") == frozenset()


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ((OPACITY, OPACITY), r"findings\.tsv:3: id opacity is already at findings\.tsv:2"),
        ((LUNG,), r"findings\.tsv:2: lung_opacity names the parent 'opacity', which does not exist"),
        (("opacity\tfinding\topacity\t\topacity\t\tclinnote",), r":2: parents form a cycle: opacity > opacity"),
        (
            (
                "a1\tfinding\taa\t\tb1\t\tclinnote",
                "b1\tfinding\tbb\t\tc1\t\tclinnote",
                "c1\tfinding\tcc\t\ta1\t\tclinnote",
            ),
            r":2: parents form a cycle: a1 > b1 > c1 > a1",
        ),
        (("opacity\tshadow\topacity\t\t\t\tclinnote",), r":2: unknown label 'shadow'; use one of finding"),
        (("Opacity\tfinding\topacity\t\t\t\tclinnote",), r":2: id 'Opacity' is not snake_case"),
        (("opacity\tfinding\t\t\t\t\tclinnote",), r":2: form '' of opacity is shorter than two characters"),
        (("opacity\tfinding\topacity\to\t\t\tclinnote",), r":2: form 'o' of opacity is shorter than two characters"),
        (
            (OPACITY, "haze\tfinding\thaze\tShadowing\t\t\tclinnote"),
            r":3: form 'Shadowing' of haze is already claimed by opacity",
        ),
        (
            ("xray\tprocedure\tx-ray\t\t\t\tclinnote", "film\tprocedure\tfilm\tx ray\t\t\tclinnote"),
            r":3: form 'x ray' of film is already claimed by xray",
        ),
        (("opacity\tfinding\topacity",), r":2: 3 cells, must be 7"),
    ],
)
def test_a_broken_table_is_named_by_file_and_line(tmp_path: Path, rows: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(OntologyError, match=complaint):
        load_concepts(write(tmp_path, *rows))


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("haze\tsnomed\t60046008\tPleural effusion\texact\ttest", r"codes\.tsv:2: no concept 'haze'"),
        ("opacity\tmesh\tD1\tOpacity\texact\ttest", r"codes\.tsv:2: unknown system 'mesh'"),
        ("opacity\tsnomed\t60046008\tPleural effusion\tsame\ttest", r"codes\.tsv:2: unknown relation 'same'"),
        ("opacity\tsnomed\t\tPleural effusion\texact\ttest", r"codes\.tsv:2: code and display must not be empty"),
    ],
)
def test_a_broken_code_is_named_by_file_and_line(tmp_path: Path, code: str, complaint: str) -> None:
    with pytest.raises(OntologyError, match=complaint):
        load_concepts(write(tmp_path, OPACITY, codes=(code,)))


def test_the_same_form_may_stand_under_two_labels(tmp_path: Path) -> None:
    rows = ("calcium\tlab\tcalcium\t\t\t\tclinnote", "tablets\tmedication\tcalcium\t\t\t\tclinnote")
    assert len(load_concepts(write(tmp_path, *rows))) == 2


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "terms").mkdir()
    with pytest.raises(OntologyError, match="no concept tables"):
        load_concepts(tmp_path)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_is_a_is_reflexive_and_transitive(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    parents: dict[int, set[int]] = {i: set() for i in range(8)}
    for low, high in pairs:
        if low < high:  # edges go up only, so there is no cycle
            parents[low].add(high)
    rows = [
        f"c{i}\tfinding\tform {i}\t\t{'|'.join(f'c{p}' for p in sorted(above))}\t\tclinnote"
        for i, above in parents.items()
    ]
    concepts = load_concepts(write(tmp_path_factory.mktemp("ontology"), *rows))
    for a in concepts:
        assert concepts.is_a(a, a)
        assert a not in concepts.ancestors(a)
        for b in concepts.ancestors(a):
            assert concepts.ancestors(b) <= concepts.ancestors(a)


@pytest.fixture(scope="module")
def shipped() -> Concepts:
    return load_concepts(ROOT)


def test_the_shipped_tables_are_large_enough_and_use_every_label(shipped: Concepts) -> None:
    assert len(shipped) >= 1_200
    assert shipped.form_count() >= 4_000
    assert {concept.label for concept in shipped.values()} == set(LABELS)


@pytest.mark.parametrize(
    ("narrow", "broad"),
    [
        ("consolidation", "lung_opacity"),
        ("atelectasis", "lung_opacity"),
        ("pneumonia", "lung_opacity"),
        ("pulmonary_edema", "lung_opacity"),
        ("infiltrate", "lung_opacity"),
        ("airspace_disease", "lung_opacity"),
        ("lung_nodule", "lung_lesion"),
        ("lung_mass", "lung_lesion"),
        ("calcified_granuloma", "nodule"),
        ("calcified_granuloma", "calcification"),
        ("picc", "central_venous_catheter"),
        ("rib_fracture", "fracture"),
        ("subdural_hematoma", "intracranial_hemorrhage"),
        ("septic_shock", "sepsis"),
        ("apixaban", "anticoagulant"),
    ],
)
def test_the_hierarchy_that_the_cross_check_relies_on(shipped: Concepts, narrow: str, broad: str) -> None:
    assert shipped.is_a(narrow, broad)


def test_a_general_denial_is_never_broader_than_a_finding(shipped: Concepts) -> None:
    """ "No acute cardiopulmonary disease" must not deny a calcified granuloma."""
    for name in ("acute_lung_abnormality", "cardiopulmonary_abnormality", "acute_abnormality", "osseous_abnormality"):
        assert shipped.descendants(name) == frozenset()


@pytest.mark.parametrize("word", ["all", "as", "it", "can", "may", "ms", "pt", "ra", "or", "normal", "stable", "cap"])
def test_everyday_words_are_not_forms(shipped: Concepts, word: str) -> None:
    # Acronyms of three letters and less are matched in capitals only, so "OR" is looked for as it is written.
    assert not [c.id for c in shipped.values() for form in c.forms if form == word or form.lower() == word.lower()]


def test_sites_are_nodes_of_the_anatomy(shipped: Concepts) -> None:
    lines = (ROOT / "anatomy" / "sites.tsv").read_text(encoding="utf-8").split("\n")
    nodes = {line.split("\t")[0] for line in lines if line and not line.startswith("#")}
    assert {site for concept in shipped.values() for site in concept.sites} <= nodes
