// Builds dist/ from src/: scripts in pieces, one style sheet, and the page that names them.
//
//     node build.mjs            once
//     node build.mjs --watch    again after each change
//
// What the server must know of dist/:
//   index.html   the page. Each address in it that is ours begins with `{base}`, which is replaced
//                by what leads from the address asked for to `…/console/`: `console/` for
//                `/console`, `./` for `/console/live`, `../` for `/console/routes/7`.
//   assets/      everything else. Names carry the hash of the content, so they are kept forever;
//                each file has its `.gz` beside it.
//   .watched     is there while a build goes on watching.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { gzip as smallest } from "@gfx/zopfli";
import * as esbuild from "esbuild";
import { minify } from "terser";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SOURCES = join(HERE, "src");
const DIST = join(HERE, "..", "dist");
const WATCHES = process.argv.includes("--watch");
const COMMON = {
  bundle: true,
  minify: true,
  write: false,
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
};
/** What only builds, and is in nothing that is built. */
const BUILDS = ["@gfx/zopfli", "esbuild", "terser"];

/** Give a name with the hash of the content. */
function named(name, extension, text) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return `assets/${name}-${hash}.${extension}`;
}

/** Gives the packages that are in the build, with their licences, as the module `licences:`. */
const LICENCES = {
  name: "licences",
  setup(build) {
    build.onResolve({ filter: /^licences:$/ }, ({ path }) => ({ path, namespace: "licences" }));
    build.onLoad({ filter: /./, namespace: "licences" }, () => {
      const { dependencies } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
      const names = Object.keys(dependencies).filter((name) => !BUILDS.includes(name));
      return { contents: JSON.stringify(names.map(licence)), loader: "json" };
    });
  },
};

function licence(name) {
  const folder = join(HERE, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return { name, version, text: file ? readFileSync(join(folder, file), "utf8") : "" };
}

/** Bundle the scripts: `main` is what the page loads, each page of the console is a piece. */
async function scripts() {
  const result = await esbuild.build({
    ...COMMON,
    absWorkingDir: HERE,
    entryPoints: ["src/main.tsx"],
    outdir: DIST,
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    splitting: true,
    format: "esm",
    // h(tag, props, …children) is shorter than what names its children.
    tsconfigRaw: {
      compilerOptions: { jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment" },
    },
    inject: ["src/app/elements.ts"],
    loader: { ".css": "empty" },
    plugins: [LICENCES],
    metafile: true,
  });
  const files = new Map(
    result.outputFiles.map((file) => [file.path.slice(DIST.length + 1), file.contents]),
  );
  const outputs = Object.entries(result.metafile.outputs).map(([path, output]) => [
    path.slice(path.indexOf("assets/")),
    output,
  ]);
  const [main, about] = outputs.find(([, output]) => output.entryPoint === "src/main.tsx");
  const first = about.imports
    .filter((imported) => imported.kind === "import-statement")
    .map((imported) => imported.path.slice(imported.path.indexOf("assets/")));
  return { files, main, first };
}

/** Join the style sheets, the tokens first: there is one for the whole console. */
async function style() {
  const sheets = readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith(".css"))
    .sort();
  const ordered = ["theme.css", ...sheets.filter((sheet) => sheet !== "theme.css")];
  const result = await esbuild.build({
    ...COMMON,
    stdin: {
      contents: ordered.map((sheet) => `@import "./${sheet}";`).join("\n"),
      loader: "css",
      resolveDir: SOURCES,
    },
    // Browsers of two years know light-dark() and nesting; to be lowered they would be spelt out.
    target: ["chrome123", "firefox120", "safari17.5"],
  });
  return result.outputFiles[0].contents;
}

/** What runs before the first paint: a script of its own, for the page has none inline. */
async function before() {
  const source = readFileSync(join(SOURCES, "before.js"), "utf8");
  return (await esbuild.transform(source, { minify: true })).code;
}

/** Make a script smaller once more: together with `zipped` it saves one byte in fifteen. */
async function dense(path, contents) {
  if (!path.endsWith(".js")) return contents;
  const script = Buffer.from(contents).toString();
  const { code } = await minify(script, { module: true, ecma: 2022, compress: { passes: 2 } });
  return Buffer.from(code);
}

/** gzip as any browser reads it, made with more care than zlib takes. */
function zipped(contents) {
  return new Promise((done, fail) => {
    smallest(contents, { numiterations: 5 }, (fault, packed) =>
      fault === null || fault === undefined ? done(packed) : fail(fault),
    );
  });
}

async function build() {
  const [{ files, main, first }, css, early] = await Promise.all([scripts(), style(), before()]);
  const sheet = named("console", "css", css);
  const beforeName = named("before", "js", early);
  files.set(sheet, css).set(beforeName, Buffer.from(early));
  const page = readFileSync(join(SOURCES, "index.html"), "utf8")
    .replace("%STYLE%", `{base}${sheet}`)
    .replace("%BEFORE%", `{base}${beforeName}`)
    .replace("%MAIN%", `{base}${main}`)
    .replace(
      "<!-- first -->",
      first.map((path) => `<link rel="modulepreload" href="{base}${path}">`).join(""),
    );
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(join(DIST, "assets"), { recursive: true });
  await Promise.all(
    [...files].map(async ([path, contents]) => {
      const packed = WATCHES ? contents : await dense(path, contents);
      writeFileSync(join(DIST, path), packed);
      writeFileSync(join(DIST, `${path}.gz`), WATCHES ? gzipSync(packed) : await zipped(packed));
    }),
  );
  if (WATCHES) writeFileSync(join(DIST, ".watched"), "");
  writeFileSync(join(DIST, "index.html"), page);
}

await build();
if (WATCHES) {
  let waiting;
  watch(SOURCES, { recursive: true }, () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => build().catch((fault) => process.stderr.write(`${fault}\n`)), 100);
  });
}
