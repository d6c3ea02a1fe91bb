import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { SAMPLES } from "../src/rules/samples.ts";

const SECRETS = ["open sesame", `whsec_${Buffer.alloc(24, 7).toString("base64")}`];
const BODY = '{"metrics":{"temperature":21.50},"ä":"€"}';
const ID = "382461453925352448";

interface Case {
  secret: string;
  headers: Record<string, string>;
  body: string;
  wanted: boolean;
}

function sign(secret: string, timestamp: number): Record<string, string> {
  const key = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice(6), "base64")
    : Buffer.from(secret);
  const mac = createHmac("sha256", key).update(`${ID}.${timestamp}.${BODY}`).digest("base64");
  return {
    "webhook-id": ID,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${"A".repeat(43)}= v1,${mac}`,
  };
}

/** Genuine ones by each kind of secret, and what is wrong in one thing. */
function cases(): Case[] {
  const now = Math.floor(Date.now() / 1000);
  const good = sign(SECRETS[0] as string, now);
  const none = Object.fromEntries(
    Object.entries(good).filter(([name]) => name !== "webhook-signature"),
  );
  return [
    ...SECRETS.map((secret) => ({ secret, headers: sign(secret, now), body: BODY, wanted: true })),
    { secret: SECRETS[0] as string, headers: good, body: `${BODY} `, wanted: false },
    { secret: "another", headers: good, body: BODY, wanted: false },
    { secret: SECRETS[0] as string, headers: none, body: BODY, wanted: false },
    {
      secret: SECRETS[0] as string,
      headers: sign(SECRETS[0] as string, now - 400),
      body: BODY,
      wanted: false,
    },
  ];
}

/** How each is run: its file, what is put behind it to try the cases of a JSON file, the command. */
const RUNS: Readonly<Record<string, readonly [string, string, readonly string[]]>> = {
  python: [
    "sample.py",
    `
import json, sys
print(json.dumps([is_genuine(c["secret"], c["headers"], c["body"].encode()) for c in json.load(open(sys.argv[1]))]))
`,
    ["python3"],
  ],
  javascript: [
    "sample.mjs",
    `
import { readFileSync } from "node:fs";
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(cases.map((c) => isGenuine(c.secret, c.headers, Buffer.from(c.body)))));
`,
    [process.execPath],
  ],
  php: [
    "sample.php",
    `
$cases = json_decode(file_get_contents($argv[1]), true);
echo json_encode(array_map(fn($c) => is_genuine($c['secret'], $c['headers'], $c['body']), $cases));
`,
    ["php"],
  ],
  ruby: [
    "sample.rb",
    `
require "json"
puts JSON.dump(JSON.parse(File.read(ARGV[0])).map { |c| genuine?(c["secret"], c["headers"], c["body"]) })
`,
    ["ruby"],
  ],
  go: [
    "sample.go",
    `
func main() {
	var cases []struct {
		Secret, Body string
		Headers      map[string]string
	}
	text, _ := os.ReadFile(os.Args[len(os.Args)-1])
	if err := json.Unmarshal(text, &cases); err != nil {
		panic(err)
	}
	found := []bool{}
	for _, each := range cases {
		headers := http.Header{}
		for name, value := range each.Headers {
			headers.Set(name, value)
		}
		found = append(found, IsGenuine(each.Secret, headers, []byte(each.Body)))
	}
	out, _ := json.Marshal(found)
	fmt.Println(string(out))
}
`,
    ["go", "run"],
  ],
};

for (const { key, language, text } of SAMPLES) {
  const [file, behind, command] = RUNS[key] as NonNullable<(typeof RUNS)[string]>;
  const [program = "", ...words] = command;
  const version = program === "go" ? ["version"] : ["--version"];
  const isThere = spawnSync(program, version).status === 0;
  test(`what is copied in ${language} tells a genuine webhook`, { skip: !isThere }, () => {
    const folder = mkdtempSync(join(tmpdir(), "samples-"));
    try {
      const asMain = text
        .replace("package webhook", "package main")
        .replace("import (\n", 'import (\n\t"encoding/json"\n\t"fmt"\n\t"os"\n');
      writeFileSync(join(folder, file), (key === "go" ? asMain : text) + behind);
      const tried = cases();
      const input = join(folder, "cases.json");
      writeFileSync(input, JSON.stringify(tried));
      const ran = spawnSync(program, [...words, join(folder, file), input], {
        encoding: "utf8",
      });
      assert.equal(ran.status, 0, ran.stderr);
      assert.deepEqual(
        JSON.parse(ran.stdout),
        tried.map((each) => each.wanted),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
