"""Validates documents with PyPI's jsonschema: `validate.py FILE` reads {"schema", "documents"} and
prints an array of booleans."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)
validator = jsonschema.Draft202012Validator(task["schema"])
validator.check_schema(task["schema"])
print(json.dumps([validator.is_valid(document) for document in task["documents"]]))
