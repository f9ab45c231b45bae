"""Whether a wheel is what the specifications want: wheel.py PIP-FOLDER WHEEL. Says what is in it, as JSON.

It reads names and metadata as pip does, and compares the record with the files.
"""

import base64
import csv
import hashlib
import json
import pathlib
import sys
import zipfile

pip, path = sys.argv[1:]
sys.path.insert(0, pip)

from pip._vendor.packaging.metadata import Metadata
from pip._vendor.packaging.tags import parse_tag
from pip._vendor.packaging.utils import parse_wheel_filename

name, version, _, tags = parse_wheel_filename(pathlib.Path(path).name)
with zipfile.ZipFile(path) as wheel:
    assert wheel.testzip() is None
    info = f"{name}-{version}.dist-info"
    metadata = Metadata.from_email(wheel.read(f"{info}/METADATA"), validate=True)
    assert (metadata.name, metadata.version) == (name, version)
    for licence in metadata.license_files:
        assert wheel.read(f"{info}/licenses/{licence}"), licence

    said = [line.split(": ", 1) for line in wheel.read(f"{info}/WHEEL").decode().splitlines()]
    named = [tag for key, value in said if key == "Tag" for tag in parse_tag(value)]
    assert frozenset(named) == tags and len(named) == len(tags), (named, tags)

    rows = list(csv.reader(wheel.read(f"{info}/RECORD").decode().splitlines()))
    assert [row[0] for row in rows] == wheel.namelist()
    for file, digest, size in rows[:-1]:
        content = wheel.read(file)
        expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={expected}", str(len(content))), file
    assert rows[-1] == [f"{info}/RECORD", "", ""]

    modes = {entry.filename: entry.external_attr >> 16 for entry in wheel.infolist()}
    print(json.dumps({
        "tags": sorted(str(tag) for tag in tags),
        "modes": modes,
        "times": sorted({entry.date_time for entry in wheel.infolist()}),
        "description": metadata.description,
        "licence": metadata.license_expression,
    }))
