// Builds a page with all parts of the console, for tests and eyes: node build.mjs FOLDER

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SOURCES = join(HERE, "..", "..", "src");
const [folder] = process.argv.slice(2);
const sheets = readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith(".css"));

await esbuild.build({
  bundle: true,
  minify: true,
  entryPoints: [join(HERE, "gallery.tsx")],
  outdir: join(folder, "assets"),
  splitting: true,
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".css": "empty" },
});
await esbuild.build({
  bundle: true,
  outfile: join(folder, "gallery.css"),
  stdin: {
    contents: ["theme.css", ...sheets.sort().filter((sheet) => sheet !== "theme.css")]
      .map((sheet) => `@import "./${sheet}";`)
      .join("\n"),
    loader: "css",
    resolveDir: SOURCES,
  },
});
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "index.html"),
  `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Parts</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="gallery.css">
<script type="module" src="assets/gallery.js"></script><body><div id="app"></div></body></html>`,
);
