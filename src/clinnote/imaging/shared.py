"""What the readers of one run share."""

from dataclasses import dataclass, field

from clinnote.imaging.fhir_links import FhirLinks
from clinnote.imaging.nifti_names import load_label_ids
from clinnote.imaging.places import Places, load_places
from clinnote.imaging.seen import Seen
from clinnote.imaging.table_rules import TableRules, load_table_rules
from clinnote.imaging.volumes import Volumes
from clinnote.settings import Home


@dataclass(frozen=True, slots=True)
class Shared:
    """Look-ups, and what earlier files have said.

    Attributes:
        places: look-ups of body sites.
        rules: names of columns, published tables, limits of archives, words of label sets.
        seen: what was read before.
        volumes: masks that wait for the others of their study.
        links: imaging studies and body structures of FHIR resources read so far.
    """

    places: Places
    rules: TableRules
    seen: Seen
    volumes: Volumes
    links: FhirLinks = field(default_factory=FhirLinks)


def load_shared(home: Home) -> Shared:
    """For one run.

    Raises:
        OntologyError: a table of the home breaks its contract.
    """
    places = load_places(home)
    rules = load_table_rules(home)
    return Shared(places, rules, Seen(places), Volumes(places, rules.maps, load_label_ids(home.ontologies)))
