// Validates documents with npm's ajv: `validate.mjs AJV FILE` reads {"schema", "documents"} and
// prints an array of booleans.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [, , folder, file] = process.argv;
const Ajv = createRequire(import.meta.url)(`${folder}/dist/2020.js`).default;
const { schema, documents } = JSON.parse(readFileSync(file, "utf8"));
const validate = new Ajv({ strict: false, logger: false }).compile(schema);
console.log(JSON.stringify(documents.map((document) => validate(document))));
