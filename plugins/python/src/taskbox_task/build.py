"""Build a plugin: `python -m taskbox_task.build create_order -o create_order.wasm`."""

from __future__ import annotations

import argparse
import os
import re
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
        lines += ["from taskbox_task import snapshot", "from taskbox_task.wasm import Task", "snapshot.prepare(Task)"]
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
        found_in = (Path(directory), PACKAGE.parent, *paths)
        for path in found_in:
            command += ["-p", str(path)]
        _run([*command, "-o", str(output)], found_in)


def _run(command: list[str], found_in: tuple[Path, ...]) -> None:
    """Run the tool, and end with its error if it fails."""
    # Without the stack of the tool itself, which says nothing about the plugin.
    environment = {**os.environ, "RUST_BACKTRACE": "0", "RUST_LIB_BACKTRACE": "0"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        sys.exit("componentize-py is not installed: pip install componentize-py==0.25.1")
    if done.returncode != 0:
        _, _, error = done.stderr.rpartition("AssertionError: ")
        if error.startswith("Traceback"):
            # Its last line is repeated as a cause.
            error, _, _ = error.partition("\n\n\nCaused by:")
        # The tool numbers the directories that modules are found in.
        named = re.sub(r'"/(\d+)/', lambda number: f'"{found_in[int(number[1])]}/', error)
        sys.exit(named.rstrip())


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
