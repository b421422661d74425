"""The shape of the code: small modules, small functions, and the public names."""

import ast
from pathlib import Path

import pytest

import clinnote

SOURCE = Path(clinnote.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_module_fits_on_a_few_pages(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_functions_fit_on_one_page(module):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno + 1 > 50}
    assert long == {}


def test_the_public_names_are_these():
    assert sorted(clinnote.__all__) == [
        "Tagger",
        "__version__",
        "check",
        "evaluate",
        "load",
        "read_image_labels",
        "tag",
        "to_frame",
    ]
    assert all(hasattr(clinnote, name) for name in clinnote.__all__)
