import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clause, clauseLines, scale, shownValue } from "../src/rules/clauses.ts";
import { readJson } from "../src/rules/digits.ts";

const leaf = (path: string): Clause => ({ path, operator: "$gt", operand: 1, verdict: "true" });

test("a tree becomes lines in its own order, each with a key of its own", () => {
  const tree: Clause[] = [
    { operator: "$or", verdict: "true", clauses: [leaf("a"), leaf("b")] },
    leaf("c"),
  ];
  const lines = clauseLines(tree);
  assert.deepEqual(
    lines.map(({ clause, depth }) => [clause.path ?? clause.operator, depth]),
    [
      ["$or", 0],
      ["a", 1],
      ["b", 1],
      ["c", 0],
    ],
  );
  assert.equal(new Set(lines.map(({ key }) => key)).size, 4);
});

test("digits stay as they came, and long values are cut", () => {
  assert.equal(shownValue(readJson("12345678901234567890")), "12345678901234567890");
  assert.equal(shownValue("x".repeat(500)).length, 121);
});

test("moments lie to scale, and one alone at the beginning", () => {
  assert.deepEqual(scale([10, 20, 30]), [0, 0.5, 1]);
  assert.deepEqual(scale([7]), [0]);
});
