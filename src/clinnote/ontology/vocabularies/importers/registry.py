"""Every format that ``clinnote vocab build`` reads, in one place: its option, its help and its reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clinnote.ontology.vocabularies.importers.icd10cm import read_package, read_xml
from clinnote.ontology.vocabularies.importers.loinc import read_loinc
from clinnote.ontology.vocabularies.importers.obo import read_obo
from clinnote.ontology.vocabularies.importers.omop import read_omop
from clinnote.ontology.vocabularies.importers.records import Release, Wanted
from clinnote.ontology.vocabularies.importers.rf2 import read_rf2
from clinnote.ontology.vocabularies.importers.rxnorm import read_rxnorm
from clinnote.ontology.vocabularies.importers.sssom import read_sssom
from clinnote.ontology.vocabularies.importers.table import read_terms
from clinnote.ontology.vocabularies.importers.umls import read_umls


@dataclass(frozen=True, slots=True)
class Importer:
    """One format. ``takes`` names what the option is given; empty for an option without a value."""

    name: str
    takes: str
    help: str
    read: Callable[[Any, Wanted], Release]

    @property
    def option(self) -> str:
        """Its option of ``vocab build``."""
        return "--" + self.name.replace("_", "-")


IMPORTERS: Final[Mapping[str, Importer]] = {
    importer.name: importer
    for importer in (
        Importer("table", "TSV", "Terms: term, code[, system, label, display].", read_terms),
        Importer("rf2", "DIR", "SNOMED CT, RF2 snapshot.", read_rf2),
        Importer("icd10cm", "", "ICD-10-CM of the package simple-icd-10-cm.", read_package),
        Importer("icd10cm_xml", "XML", "ICD-10-CM, tabular list of CMS.", read_xml),
        Importer("loinc", "CSV", "LOINC: Loinc.csv, with its accessory files.", read_loinc),
        Importer("rxnorm", "DIR", "RxNorm, RRF.", read_rxnorm),
        Importer("umls", "DIR", "UMLS Metathesaurus, RRF.", read_umls),
        Importer("omop", "DIR", "OMOP vocabularies from Athena.", read_omop),
        Importer("obo", "OBO", "An ontology in OBO format.", read_obo),
        Importer("sssom", "TSV", "Maps between code systems, SSSOM.", read_sssom),
    )
}


def read_release(name: str, path: Path | None, wanted: Wanted) -> Release:
    """Read what the option ``name`` was given.

    Raises:
        UsageError: it can't be read; the message names file, line and remedy.
    """
    return IMPORTERS[name].read(path, wanted)
