"""Compile the hot modules in place with mypyc; without a C compiler clinnote runs as pure Python, at half the speed.

usage: compile.py [--clean]
The modules are listed in pyproject.toml under [tool.clinnote] compiled. The same sources run either way;
CLINNOTE_PURE=1 leaves them uncompiled. A compiled module hides its source: compile again after an edit (make does).
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def hot_modules() -> list[str]:
    """The paths of the modules to compile, from the root of the checkout."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        names: list[str] = tomllib.load(file)["tool"]["clinnote"]["compiled"]
    return [f"src/{name.replace('.', '/')}.py" for name in names]


def clean() -> None:
    """Remove what was compiled for this interpreter."""
    for path in (*SOURCE.glob(f"*__mypyc{SUFFIX}"), *SOURCE.glob(f"clinnote/**/*{SUFFIX}")):
        path.unlink()


def why_not() -> str | None:
    """What a compilation lacks here, or None."""
    if os.environ.get("CLINNOTE_PURE"):
        return "CLINNOTE_PURE is set"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "Python.h is missing (python3-dev)"
    return None


def compile_modules() -> None:
    """Build the extensions beside their sources.

    Raises:
        SystemExit: the compiler refused the sources; its last lines are printed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        setup = Path(scratch, "setup.py")
        arguments = [f"--config-file={ROOT / 'pyproject.toml'}", *hot_modules()]
        setup.write_text(
            "from mypyc.build import mypycify\nfrom setuptools import setup\n"
            "setup(name='clinnote', packages=[], package_dir={'': 'src'}, "
            f"ext_modules=mypycify({arguments!r}, target_dir={scratch!r}, opt_level='1', debug_level='0'))\n"
        )
        command = [
            sys.executable,
            str(setup),
            "build_ext",
            "--inplace",
            "--build-temp",
            scratch,
            "--build-lib",
            scratch,
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        clean()
        sys.exit("compiling failed:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-20:]))


def main() -> None:
    """Compile, or say why not."""
    clean()
    if "--clean" in sys.argv[1:]:
        return
    reason = why_not()
    if reason:
        print(f"clinnote runs as pure Python, at about half the speed: {reason}.", file=sys.stderr)
        return
    print("Compiling clinnote's hot modules (about a minute) ...")
    compile_modules()


if __name__ == "__main__":
    main()
