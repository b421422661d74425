import pytest

from clinnote.crosscheck.engine import Knowledge, load_knowledge
from clinnote.pipeline.tagger import Tagger, load_tagger
from clinnote.settings import find_home


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge(find_home())


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return load_tagger("radiology", None, find_home())
