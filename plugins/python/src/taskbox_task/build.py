"""Build a plugin: `python -m taskbox_task.build create_order -o create_order.wasm`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ENTRY = "taskbox_plugin"


def build(modules: list[str], output: Path, paths: list[Path]) -> None:
    """Make a component of modules that define tasks. The modules are found in `paths`."""
    with tempfile.TemporaryDirectory() as directory:
        lines = [f"import {module}" for module in modules]
        lines.append("from taskbox_task.wasm import Task")
        (Path(directory) / f"{ENTRY}.py").write_text("\n".join(lines) + "\n")
        command = [
            _componentize(),
            "-q",
            "-d",
            str(PACKAGE / "wit"),
            "-w",
            "taskbox:guest/plugin",
            "componentize",
            ENTRY,
        ]
        for path in (Path(directory), PACKAGE.parent, *paths):
            command += ["-p", str(path)]
        subprocess.run([*command, "-o", str(output)], check=True)


def _componentize() -> str:
    """Return the program beside this Python, or the one in PATH."""
    beside = Path(sys.executable).with_name("componentize-py")
    return str(beside) if beside.exists() else "componentize-py"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="taskbox_task.build", description="Make a plugin of Python modules")
    parser.add_argument("modules", nargs="+", help="modules that define tasks")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("-p", "--path", type=Path, action="append", help="directory of the modules (default: .)")
    options = parser.parse_args()
    build(options.modules, options.output, options.path or [Path()])


if __name__ == "__main__":
    main()
