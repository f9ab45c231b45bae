"""For packages of which there is one for a platform, not for a target: which target is whose."""

import manifest as parts

# Of two targets of one platform the earlier kind is packaged.
KINDS = ("unknown-linux-gnu", "unknown-linux-musl", "apple-darwin", "pc-windows-msvc", "pc-windows-gnu")


def by_platform(manifest):
    """(system, processor) -> target, in order."""
    found = {}
    for kind in KINDS:
        for target in sorted(manifest.programs):
            if target.endswith(kind):
                found.setdefault((parts.system(target), parts.processor(target)), target)
    return dict(sorted(found.items()))


def processors(manifest, system, processor):
    """Where a platform's program runs: Windows on arm64 runs one for x86-64, if it has none."""
    found = [processor]
    if (system, processor) == ("windows", "x86_64"):
        if ("windows", "aarch64") not in by_platform(manifest):
            found.append("aarch64")
    return found


def program(manifest, target):
    """The program, which on Linux has to run with every C library."""
    content = manifest.programs[target].read_bytes()
    if parts.system(target) == "linux" and b"ld-linux" in content[:4096]:
        raise SystemExit(f"{manifest.programs[target]} is not static")
    return content


def file_name(target):
    return "keyfob.exe" if parts.is_windows(target) else "keyfob"


def page(manifest):
    """The address below which the files of this release are."""
    return f"{manifest.repository}/releases/download/v{manifest.version}"


def readme(manifest):
    """The README for another site: its links lead to the source."""
    text = (manifest.source / "README.md").read_text()
    base = f"{manifest.repository}/blob/v{manifest.version}/"
    pieces = text.split("](")
    for number, piece in enumerate(pieces[1:], 1):
        if not piece.startswith(("http:", "https:", "#")):
            pieces[number] = base + piece
    return "](".join(pieces)
