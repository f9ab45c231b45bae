"""Archives that are the same bytes every time: entries in order, one time, root's, no extras."""

import gzip
import io
import os
import pathlib
import tarfile
import time
import zipfile

# zip cannot say an earlier time.
FIRST_OF_ZIP = 315532800


def gzipped(content):
    """`content` by gzip at its best, without a name or a time."""
    into = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=into, compresslevel=9, mtime=0) as file:
        file.write(content)
    return into.getvalue()


def below(folder):
    """Everything below a folder, in order: paths relative to it."""
    return sorted(path.relative_to(folder) for path in pathlib.Path(folder).rglob("*"))


def mode_of(path):
    return 0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644


def tar(folder, epoch):
    """A folder's content as a tar archive in ustar's form, links as links."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in below(folder):
            path = pathlib.Path(folder) / name
            entry = tarfile.TarInfo(str(name))
            entry.mtime, entry.uname, entry.gname = epoch, "root", "root"
            if path.is_symlink():
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, os.readlink(path), 0o777
                archive.addfile(entry)
            elif path.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            else:
                entry.size, entry.mode = path.stat().st_size, mode_of(path)
                with path.open("rb") as file:
                    archive.addfile(entry, file)
    return into.getvalue()


def zip_bytes(folder, epoch):
    """A folder's files as a zip archive. A link is stored as the file that it names."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in below(folder):
            path = pathlib.Path(folder) / name
            if not path.is_dir():
                entry = zipfile.ZipInfo(name.as_posix(), time.gmtime(max(epoch, FIRST_OF_ZIP))[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3  # Unix, wherever it is made, so that modes count
                entry.external_attr = (0o100000 | mode_of(path)) << 16
                archive.writestr(entry, path.read_bytes())
    return into.getvalue()
