"""Reads YAML strictly, and holds a document against a runner's published schema.

    yaml_and_schemas.py TOOLS read FILE          the documents of FILE, as a JSON array
    yaml_and_schemas.py TOOLS check SCHEMA       standard input (JSON) against SCHEMA: a vendor's name, or a file; says what is wrong

Nothing is fetched: a reference to a schema that does not lie beside it is an error.
"""

import json
import sys

tools, verb, what = sys.argv[1:]
sys.path.insert(0, tools)

if verb == "read":
    from ruamel.yaml import YAML

    with open(what, encoding="utf-8") as file:
        # Repeated keys are errors, and so are tags.
        documents = list(YAML(typ="safe", pure=True).load_all(file))
    json.dump(documents, sys.stdout)
else:
    import pathlib
    import re

    import jsonschema

    path = what if "/" in what else f"{tools}/check_jsonschema/builtin_schemas/vendor/{what}.json"
    with open(path, encoding="utf-8") as file:
        # Python's expressions know no classes of Unicode: a letter of theirs is a word's character here.
        schema = json.loads(re.sub(r"\\\\p\{\w+\}", r"\\\\w", file.read()))

    def fetch(uri):
        # CycloneDX's schemas name each other, and lie in one folder.
        beside = pathlib.Path(path).with_name(
            uri.rpartition("/")[2].replace(".schema.json", ".SNAPSHOT.schema.json")
        )
        if not uri.startswith("http://cyclonedx.org/schema/") or not beside.is_file():
            raise RuntimeError(f"{uri} is another schema")
        return json.loads(beside.read_text(encoding="utf-8"))

    resolver = jsonschema.RefResolver.from_schema(schema, handlers={"http": fetch, "https": fetch})
    validator = jsonschema.validators.validator_for(schema)(schema, resolver=resolver)
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.load(sys.stdin))]
    print("\n".join(wrong), end="")
    sys.exit(1 if wrong else 0)
