import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, count, exact, rate, share } from "../src/rules/numbers.ts";

test("a count is shortened from 10,000 on, and exact beside it", () => {
  assert.deepEqual(count(1204), { text: "1,204", exact: "1,204" });
  assert.deepEqual(count(9999).text, "9,999");
  assert.deepEqual(count(12_345), { text: "12.3K", exact: "12,345" });
  assert.deepEqual(count(1_234_567_890), { text: "1.23B", exact: "1,234,567,890" });
});

test("rates show the digits that matter", () => {
  assert.deepEqual(
    [0, 0.034, 0.5, 2.34, 99.4, 101.6, 12_400].map((value) => rate(value).text),
    ["0", "0.034", "0.5", "2.3", "99", "102", "12K"],
  );
});

test("a share says all and nothing of that alone", () => {
  assert.deepEqual(
    [0, 0.00001, 0.5, 0.99999, 1].map((value) => share(value)),
    ["0%", "0.1%", "50%", "99.9%", "100%"],
  );
});

test("bytes in steps of 1,024, exact beside it", () => {
  assert.deepEqual(bytes(1), { text: "1 byte", exact: "1 byte" });
  assert.deepEqual(bytes(1023).text, "1,023 bytes");
  assert.deepEqual(bytes(65_536), { text: "64 kB", exact: "65,536 bytes" });
  assert.deepEqual(bytes(1_572_864).text, "1.5 MB");
});

test("other languages have their own signs", () => {
  assert.equal(exact(1_234_567.5, "de"), "1.234.567,5");
});
