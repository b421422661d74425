"""What the readers of all files of a run share: look-ups, which no file changes."""

from dataclasses import dataclass

from clinnote.imaging.nifti.names import load_label_ids
from clinnote.imaging.nifti.volumes import MaskNames
from clinnote.imaging.sides.places import Places, load_places
from clinnote.imaging.table_rules import TableRules, load_table_rules
from clinnote.settings import Home


@dataclass(frozen=True, slots=True)
class Shared:
    """Look-ups.

    Attributes:
        places: body sites.
        rules: names of columns, published tables, limits of archives, words of label sets.
        masks: what the name of a mask's file tells.
    """

    places: Places
    rules: TableRules
    masks: MaskNames


def load_shared(home: Home) -> Shared:
    """For one process.

    Raises:
        OntologyError: a table of the home breaks its contract.
    """
    places = load_places(home)
    return Shared(places, load_table_rules(home), MaskNames(places, load_label_ids(home.ontologies)))
