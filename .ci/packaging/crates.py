"""The crates that are linked into the program for a target, as cargo says."""

import functools
import json
import pathlib
import re
import subprocess

# Linked as data by `.ci/build.rs`, which writes Mozilla's roots into the program.
DATA = ["webpki-roots"]


def cargo(manifest, *words):
    told = subprocess.run(
        ["cargo", *words, "--locked", "--offline"],
        cwd=manifest.source,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return told.stdout


def named(manifest, target, edges):
    """Names and versions that `cargo tree` reaches from keyfob by these edges."""
    words = ["tree", "--target", target, "--edges", edges, "--prefix", "none", "--format", "{p}"]
    lines = cargo(manifest, *words).splitlines()
    return {(name, version[1:]) for name, version, *_ in map(str.split, filter(None, lines))}


@functools.lru_cache
def metadata(manifest, target):
    """`cargo metadata` for a target: packages by name and version, and its resolved nodes."""
    told = cargo(manifest, "metadata", "--format-version", "1", "--filter-platform", target)
    told = json.loads(told)
    packages = {(package["name"], package["version"]): package for package in told["packages"]}
    return packages, {node["id"]: node for node in told["resolve"]["nodes"]}


def linked(manifest, target):
    """Those whose code or data is in the program; procedural macros and build scripts are not."""
    crates = named(manifest, target, "normal,no-proc-macro")
    data = {crate for crate in named(manifest, target, "build") if crate[0] in DATA}
    return sorted((crates | data) - {(manifest.name, manifest.version)})


def rust(program):
    """The version of Rust that built a program, as it says itself, else that of this machine."""
    said = re.search(rb"rustc version (\d+\.\d+\.\d+)", program.read_bytes())
    if said:
        return said[1].decode()
    told = subprocess.run(["rustc", "--version"], check=True, stdout=subprocess.PIPE, text=True)
    return told.stdout.split()[1]


def folder(package):
    return pathlib.Path(package["manifest_path"]).parent
