"""What the plots bring along costs neither the command line nor the start of the window anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import sys
from pathlib import Path
from app.store import Store
from app.marketplace.figures import read_figures
store = Store(Path(sys.argv[1]) / "assay.db")
read_figures(store, "m:1", 30)
assert not {"numpy", "pandas", "pyqtgraph", "PySide6"} & set(sys.modules), "loaded for nothing"
import numpy
assert numpy.__name__ == "numpy", "and it can still be had"
"""


def test_the_store_and_the_figures_load_no_numpy(tmp_path):
    ran = subprocess.run([sys.executable, "-c", CODE, tmp_path], cwd=ROOT, capture_output=True, timeout=60)
    assert ran.returncode == 0, ran.stderr.decode()
