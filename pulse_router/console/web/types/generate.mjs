// Writes src/api/schema.ts from the router's description of its API.
//
//     node generate.mjs openapi.json
//
// `make types` calls it. The digest of what it was made from stands in the first line, and
// `make lint` compares it with the description of today.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const source = readFileSync(process.argv[2]);
const digest = createHash("sha256").update(source).digest("hex");
const tree = await openapiTS(JSON.parse(source.toString()), { alphabetize: true, immutable: true });
const text = astToString(tree);
writeFileSync(
  new URL("../src/api/schema.ts", import.meta.url),
  `// Made by \`make types\` from the API's description; sha256 ${digest}\n\n${text}`,
);
