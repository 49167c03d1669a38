"""What holds for the package as it is installed."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import interlock

NAMES = (module.name for module in pkgutil.walk_packages(interlock.__path__, "interlock."))
MODULES = sorted(name for name in NAMES if not name.endswith("__main__"))


@pytest.mark.parametrize("name", MODULES)
def test_each_module_can_be_imported_without_a_warning(name: str) -> None:
    assert importlib.import_module(name).__doc__


def test_a_program_that_imports_the_package_does_not_pay_for_the_terminal_and_the_demo() -> None:
    heavy = "{'click', 'rich', 'pypdf', 'interlock.cli', 'interlock.demo'}"
    script = f"import sys, interlock; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_end_of_a_process_collects_no_types_of_structs() -> None:
    program = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 0)); import interlock"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
