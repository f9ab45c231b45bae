"""What every part is told (see `.ci/package`), and which target is which system."""

import json
import pathlib
import sys

# Target -> the names of its system and its processor.
SYSTEMS = {
    "x86_64-unknown-linux-gnu": ("linux", "x86_64"),
    "aarch64-unknown-linux-gnu": ("linux", "aarch64"),
    "x86_64-unknown-linux-musl": ("linux", "x86_64"),
    "aarch64-unknown-linux-musl": ("linux", "aarch64"),
    "x86_64-apple-darwin": ("macos", "x86_64"),
    "aarch64-apple-darwin": ("macos", "aarch64"),
    "x86_64-pc-windows-gnu": ("windows", "x86_64"),
    "x86_64-pc-windows-msvc": ("windows", "x86_64"),
    "aarch64-pc-windows-msvc": ("windows", "aarch64"),
}


def system(target):
    return SYSTEMS[target][0]


def processor(target):
    return SYSTEMS[target][1]


def is_windows(target):
    return system(target) == "windows"


def is_static(program):
    """Whether a program asks for no C library, as the released ones."""
    return b"/ld-linux" not in program.read_bytes()[:4096]


def linux(programs):
    """Target -> program for Linux, one for each processor: a static one if there is one."""
    targets = [target for target in sorted(programs) if system(target) == "linux"]
    targets.sort(key=lambda target: not is_static(programs[target]))
    found = {processor(target): target for target in reversed(targets)}
    return {target: programs[target] for target in sorted(found.values())}


class Manifest:
    """The members that `.ci/package` lists."""


def read():
    """The manifest that the command line names, its paths as paths."""
    manifest = Manifest()
    vars(manifest).update(json.loads(pathlib.Path(sys.argv[1]).read_text()))
    for name in ("source", "out", "work"):
        setattr(manifest, name, pathlib.Path(getattr(manifest, name)))
    for name in ("programs", "completions", "third_party"):
        paths = getattr(manifest, name)
        setattr(manifest, name, {key: pathlib.Path(path) for key, path in paths.items()})
    manifest.linux = linux(manifest.programs)
    return manifest
