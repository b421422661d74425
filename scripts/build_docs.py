"""Builds the documentation site into site/ and fails on any warning."""

import os
import sys
from pathlib import Path

os.environ["NO_MKDOCS_2_WARNING"] = "1"
from mkdocs.commands.build import build
from mkdocs.config import load_config

config = load_config(str(Path(__file__).resolve().parents[1] / "mkdocs.yml"), strict=True)
build(config)
print(f"docs built: {config.site_dir}/index.html")
sys.exit(0)
