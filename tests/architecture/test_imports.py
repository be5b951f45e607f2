"""Which room may import which, and what `import sos_bayes` loads."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"pymc", "pytensor", "arviz", "arviz_base", "arviz_stats", "arviz_plots", "nutpie", "matplotlib", "xarray",
         "pandas", "polars", "pyarrow", "scipy", "numba", "numpy", "jinja2", "pydantic"}  # fmt: skip
MODELLING = {"pymc", "pytensor", "nutpie", "arviz", "arviz_stats", "matplotlib"}

FAST_ROUTE = """
import sos_bayes as sb

scenario = sb.simulation.Scenario(authorities=8, adopters=3, periods=5)
england = sb.simulation.made_up_england(scenario)
panel = sb.read_panel(england.panel, authority="authority", period="period")
fit = sb.fit(panel, england.rollout, england.outcome, sb.DiD(), method="fast")
assert fit.method == "fast"
sb.estimate(fit)
"""


def loaded(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter holds after running the code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_import_contracts_hold(checkout: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=checkout, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "2 kept, 0 broken" in done.stdout


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert loaded("import sos_bayes") & HEAVY == set()


def test_the_sight_of_heavy_packages_is_real() -> None:
    assert "numpy" in loaded("import numpy") & HEAVY


def test_a_fast_fit_loads_no_modelling_library() -> None:
    assert loaded(FAST_ROUTE) & MODELLING == set()


CHECKOUT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(CHECKOUT) for path in (CHECKOUT / "sos_bayes").rglob("*.py"))


def root_imports(source: str, rooms: set[str]) -> list[str]:
    """Every import of the root package itself, or of a name that only the root has."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name == "sos_bayes"]
        if isinstance(node, ast.ImportFrom) and node.module == "sos_bayes" and node.level == 0:
            found += [alias.name for alias in node.names if alias.name not in rooms]
    return found


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_module_imports_the_root(module: Path) -> None:
    rooms = {path.stem for path in (CHECKOUT / "sos_bayes").iterdir()}
    assert root_imports((CHECKOUT / module).read_text(encoding="utf-8"), rooms) == []


def test_an_import_of_the_root_is_seen() -> None:
    assert root_imports("import sos_bayes\nfrom sos_bayes import fit, data", {"data"}) == ["sos_bayes", "fit"]
