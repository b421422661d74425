import pytest

from clinnote.crosscheck.engine import Knowledge, load_knowledge
from clinnote.settings import find_home


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge(find_home())
