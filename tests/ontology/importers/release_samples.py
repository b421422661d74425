"""Small made-up releases in the published file layouts: invented names, identifiers made with their check digit."""

from clinnote.model.codes import SNOMED, well_formed
from clinnote.ontology.vocabularies.importers.rf2 import (
    ACCEPTABLE,
    DIALECTS,
    FSN,
    IS_A,
    MAPS,
    PREFERRED,
    PROPERLY_CLASSIFIED,
    SYNONYM,
)

CORE = "900000000000207008"
PRIMITIVE = "900000000000074008"
ANY_CASE = "900000000000448009"
ICD10CM_MAP = next(refset for refset, system in MAPS.items() if system.endswith("icd-10-cm"))


def concept_id(number):
    """The identifier of made-up concept ``number``, with its check digit."""
    return next(code for digit in range(10) if well_formed(SNOMED, code := f"{1000 + number}00{digit}"))


ROOT, DISORDER, QUAXIA, MILD_QUAXIA, OLD, SITE, ORGANISM = (concept_id(i) for i in range(7))


def rf2(folder, ending="\r\n"):
    """A snapshot with a root, a disorder hierarchy of three, an inactive concept, a body structure and an organism."""
    terminology, refsets = folder / "Snapshot" / "Terminology", folder / "Snapshot" / "Refset"
    names = [
        (ROOT, FSN, "SNOMED CT Concept (SNOMED RT+CTV3)", "en"),
        (DISORDER, FSN, "Disorder of made-up system (disorder)", "en"),
        (QUAXIA, FSN, "Quaxia of lung (disorder)", "en"),
        (QUAXIA, SYNONYM, "Quaxia of lung", "en"),
        (QUAXIA, SYNONYM, "Pulmonary quaxia", "en"),
        (QUAXIA, SYNONYM, "Quaxia, a term no dialect accepts", "en"),
        (QUAXIA, SYNONYM, "Cuaxia pulmonar", "es"),
        (MILD_QUAXIA, FSN, "Mild quaxia of lung (disorder)", "en"),
        (OLD, FSN, "Retired thing (disorder)", "en"),
        (SITE, FSN, "Structure of quax (body structure)", "en"),
        (SITE, SYNONYM, "Quax structure", "en"),
        (ORGANISM, FSN, "Quaxella (organism)", "en"),
    ]
    us = DIALECTS["en-us"]
    accepted = [(us, name, ACCEPTABLE if name == 5 else PREFERRED) for name in range(1, 13) if name not in (6, 9)]
    codes = [ROOT, DISORDER, QUAXIA, MILD_QUAXIA, OLD, SITE, ORGANISM]
    edges = [(DISORDER, ROOT), (QUAXIA, DISORDER), (MILD_QUAXIA, QUAXIA), (SITE, ROOT), (ORGANISM, ROOT)]
    table(
        terminology / "sct2_Concept_Snapshot_US1000124_20260301.txt",
        "id effectiveTime active moduleId definitionStatusId",
        [(code, "20260301", "0" if code == OLD else "1", CORE, PRIMITIVE) for code in codes],
        ending,
    )
    table(
        terminology / "sct2_Description_Snapshot-en_US1000124_20260301.txt",
        "id effectiveTime active moduleId conceptId languageCode typeId term caseSignificanceId",
        [
            (str(i), "20260301", "1", CORE, code, language, kind, term, ANY_CASE)
            for i, (code, kind, term, language) in enumerate(names, 1)
        ],
        ending,
    )
    table(
        terminology / "sct2_Relationship_Snapshot_US1000124_20260301.txt",
        "id effectiveTime active moduleId sourceId destinationId relationshipGroup typeId characteristicTypeId"
        " modifierId",
        [
            (str(i), "20260301", "1", CORE, child, parent, "0", IS_A, PRIMITIVE, PRIMITIVE)
            for i, (child, parent) in enumerate(edges, 1)
        ],
        ending,
    )
    table(
        refsets / "Language" / "der2_cRefset_LanguageSnapshot-en_US1000124_20260301.txt",
        "id effectiveTime active moduleId refsetId referencedComponentId acceptabilityId",
        [(f"u{i}", "20260301", "1", CORE, refset, str(name), how) for i, (refset, name, how) in enumerate(accepted, 1)],
        ending,
    )
    rows = [("1", "1", "IFA 445518008 | Age at onset |", "A01.0"), ("1", "2", "OTHERWISE TRUE", "J18.9")]
    table(
        refsets / "Map" / "der2_iisssccRefset_ExtendedMapSnapshot_US1000124_20260301.txt",
        "id effectiveTime active moduleId refsetId referencedComponentId mapGroup mapPriority mapRule mapAdvice"
        " mapTarget correlationId mapCategoryId",
        [
            (
                f"m{i}",
                "20260301",
                "1",
                CORE,
                ICD10CM_MAP,
                QUAXIA,
                group,
                rank,
                rule,
                "x",
                target,
                "1",
                PROPERLY_CLASSIFIED,
            )
            for i, (group, rank, rule, target) in enumerate(rows, 1)
        ],
        ending,
    )
    return folder


def loinc(folder):
    """``Loinc.csv`` with a ranked lab, an unranked one, a vital sign and a deprecated code, and accessory files."""
    head = "LOINC_NUM,COMPONENT,CLASS,CLASSTYPE,STATUS,LONG_COMMON_NAME,DisplayName,SHORTNAME,"
    head += "COMMON_TEST_RANK,VersionLastChanged"
    rows = [
        '1-8,Quaxium,CHEM,1,ACTIVE,"Quaxium [Moles/volume] in Serum or Plasma",Quaxium,Quaxium SerPl,5,2.78',
        '2-6,Quaxium,CHEM,1,ACTIVE,"Quaxium [Mass/volume] in ""Urine""",,,0,2.80',
        "3-4,Vigour rate,HRTRATE.ATOM,2,ACTIVE,Vigour rate,,,9,2.50",
        "4-2,Old quaxium,CHEM,1,DEPRECATED,Old quaxium,,,0,2.10",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Loinc.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    (folder / "ConsumerName.csv").write_text('"LoincNumber","ConsumerName"\n"1-8","Quaxium, Blood"\n', encoding="utf-8")
    parts = "PartNumber,PartTypeName,PartName,PartDisplayName,Status\nLP1-1,COMPONENT,Quaxium,Quaxium part,ACTIVE\n"
    (folder / "Part.csv").write_text(parts, encoding="utf-8")
    tree = folder / "AccessoryFiles" / "ComponentHierarchyBySystem"
    tree.mkdir(parents=True, exist_ok=True)
    above = "PATH_TO_ROOT,SEQUENCE,IMMEDIATE_PARENT,CODE,CODE_TEXT\n,1,,LP1-1,Quaxium\nLP1-1,1,LP1-1,1-8,Quaxium\n"
    (tree / "ComponentHierarchyBySystem.csv").write_text(above, encoding="utf-8")
    return folder / "Loinc.csv"


def name_row(concept, name, source, kind, code, language="ENG", suppress="N", first="Y"):
    return (
        "|".join(
            (concept, language, "P", "L1", "PF", "S1", first, "A1", "", "", "", source, kind, code, name, "0", suppress)
        )
        + "||\n"
    )


def relation_row(first, relation, second, name):
    return f"{first}|A1|CUI|{relation}|{second}|A2|CUI|{name}|R1||SAB|SL|||N||\n"


def umls(folder):
    """A META folder of three concepts, one of them with codes of two sources and a suppressed name."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [
        name_row("C0000001", "Quaxia", "MTH", "PN", "NOCODE"),
        name_row("C0000001", "Quaxia of lung", "SNOMEDCT_US", "PT", QUAXIA, first="N"),
        name_row("C0000001", "Cuaxia", "MSHSPA", "MH", "D1", language="SPA"),
        name_row("C0000001", "Quaxia obsolete name", "SNOMEDCT_US", "OAP", QUAXIA, suppress="O"),
        name_row("C0000002", "Disorder made up", "MTH", "PN", "NOCODE"),
        name_row("C0000003", "Quaxella", "MTH", "PN", "NOCODE"),
    ]
    (folder / "MRCONSO.RRF").write_text("".join(names), encoding="utf-8")
    types = [("C0000001", "T047", "Disease or Syndrome"), ("C0000002", "T047", "Disease or Syndrome")]
    types += [("C0000003", "T007", "Bacterium")]
    (folder / "MRSTY.RRF").write_text("".join(f"{c}|{n}|B2|{t}|AT1||\n" for c, n, t in types), encoding="utf-8")
    relations = relation_row("C0000002", "CHD", "C0000001", "isa") + relation_row("C0000001", "RO", "C0000003", "")
    (folder / "MRREL.RRF").write_text(relations, encoding="utf-8")
    return folder


def rxnorm(folder):
    """An RxNorm folder: an ingredient, a clinical drug that is one, a dose form, and a name of another source."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [
        name_row("11", "quaxamine", "RXNORM", "IN", "11"),
        name_row("12", "quaxamine 5 MG Oral Tablet", "RXNORM", "SCD", "12"),
        name_row("13", "Oral Tablet", "RXNORM", "DF", "13"),
        name_row("11", "QUAXAMINE HCL", "MTHSPL", "SU", "X"),
    ]
    (folder / "RXNCONSO.RRF").write_text("".join(names), encoding="utf-8")
    (folder / "RXNREL.RRF").write_text(relation_row("12", "PAR", "11", "inverse_isa"), encoding="utf-8")
    return folder


def omop(folder):
    """An Athena download: a standard SNOMED concept, one that maps to it, its parent, and one that is invalid."""
    folder.mkdir(parents=True, exist_ok=True)
    concepts = [
        ("1", "Quaxia of lung", "Condition", "SNOMED", "Disorder", "S", QUAXIA, "19700101", "20991231", ""),
        ("2", "Disorder made up", "Condition", "SNOMED", "Disorder", "S", DISORDER, "19700101", "20991231", ""),
        ("3", "Quaxia NOS", "Condition", "ICD10CM", "5-char billing code", "", "J18.9", "19700101", "20991231", ""),
        ("4", "Gone", "Condition", "SNOMED", "Disorder", "", OLD, "19700101", "20991231", "D"),
    ]
    head = "concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code"
    table(folder / "CONCEPT.csv", f"{head} valid_start_date valid_end_date invalid_reason", concepts)
    table(
        folder / "CONCEPT_SYNONYM.csv",
        "concept_id concept_synonym_name language_concept_id",
        [("1", "Pulmonary quaxia", "4180186"), ("1", "Cuaxia", "4182511")],
    )
    dates = ("19700101", "20991231", "")
    table(
        folder / "CONCEPT_RELATIONSHIP.csv",
        "concept_id_1 concept_id_2 relationship_id valid_start_date valid_end_date invalid_reason",
        [("1", "2", "Is a", *dates), ("3", "1", "Maps to", *dates), ("1", "1", "Maps to", *dates)],
    )
    table(
        folder / "CONCEPT_ANCESTOR.csv",
        "ancestor_concept_id descendant_concept_id min_levels_of_separation max_levels_of_separation",
        [("2", "1", "1", "1"), ("1", "1", "0", "0")],
    )
    table(
        folder / "VOCABULARY.csv",
        "vocabulary_id vocabulary_name vocabulary_reference vocabulary_version vocabulary_concept_id",
        [("None", "OMOP Standardized Vocabularies", "", "v5.0 01-JAN-26", "44819096")],
    )
    return folder


OBO = f"""format-version: 1.2
data-version: quax/2026-01-01
ontology: quax.obo
property_value: terms:license https://creativecommons.org/licenses/by/4.0/

[Term]
id: HP:9000001
name: Quaxic abnormality

[Term]
id: HP:9000002
name: Quaxia
synonym: "Quaxic \\"state\\"" EXACT layperson []
synonym: "Old quaxia" EXACT obsolete_synonym []
synonym: "Something wider" BROAD []
xref: SNOMEDCT_US:{QUAXIA}
is_a: HP:9000001 ! Quaxic abnormality

[Term]
id: HP:9000003
name: obsolete Quaxia
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""

SSSOM = f"""# license: https://creativecommons.org/publicdomain/zero/1.0/
# mapping_set_version: 2026-01-01
subject_id\tpredicate_id\tobject_id\tobject_label\tpredicate_modifier
HP:9000002\tskos:exactMatch\tICD10CM:J18.9\tQuaxia\t
HP:9000001\tskos:exactMatch\tICD10CM:J18\tWrong\tNot
HP:9000002\tskos:broadMatch\tSCTID:{DISORDER}\t\t
"""

XML = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2026</version>
<chapter><name>10</name><desc>Made-up chapter</desc>
<section id="J09-J18"><desc>Made-up block</desc>
<diag><name>J18</name><desc>Quaxia, unspecified organism</desc>
 <sevenChrDef><extension char="A">initial encounter</extension>
 <extension char="D">later encounter</extension></sevenChrDef>
 <diag><name>J18.0</name><desc>Mild quaxia</desc><inclusionTerm><note>Quaxia levis</note></inclusionTerm></diag>
 <diag><name>J18.91</name><desc>Deadly quaxia</desc></diag>
 <note>unrelated</note>
</diag></section></chapter></ICD10CM.tabular>
"""


def table(path, head, rows, ending="\n"):
    """A tab-divided file with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(head.split()), *("\t".join(row) for row in rows)]
    path.write_bytes(ending.join([*lines, ""]).encode())


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def everything(folder):
    """Reader -> path of a whole release."""
    return {
        "rf2": rf2(folder / "rf2"),
        "loinc": loinc(folder / "loinc"),
        "umls": umls(folder / "META"),
        "rxnorm": rxnorm(folder / "rrf"),
        "omop": omop(folder / "athena"),
        "obo": write(folder / "quax.obo", OBO),
        "sssom": write(folder / "quax.sssom.tsv", SSSOM),
        "icd10cm_xml": write(folder / "tabular.xml", XML),
        "table": write(folder / "terms.tsv", "quaxia\tQ-1\nlung quax\tQ-2\turn:house\tdevice\n"),
    }
