// Reads {reader, text} and prints what that reader finds in the text, as one object.
import { readFileSync } from "node:fs";
import { parse as csv } from "csv-parse/sync";
import dotenv from "dotenv";
import * as jsYaml from "js-yaml";
import yaml from "yaml";

const read = {
    "dotenv": dotenv.parse,
    "yaml": (text) => yaml.parse(text),
    "js-yaml": (text) => jsYaml.load(text),
    "csv-parse": (text) => Object.fromEntries(csv(text, { columns: true }).map(({ name, value }) => [name, value])),
};

const { reader, text } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(read[reader](text)));
