import assert from "node:assert/strict";
import { test } from "node:test";

import { readBulk, writeBulk, writeCsv } from "../src/rules/bulk.ts";

const kinds = (text: string) =>
  readBulk(text).entries.map((entry) => entry.faults.map((fault) => fault.kind).join());

test("NDJSON is read line by line, each fault at its own", () => {
  const text = [
    '{"device_id": "DEV-1", "site_id": null}',
    "",
    '{"device_id": "DEV 2"}',
    "[1]",
    '{"device_id": "DEV-3", "site": "S"}',
    '{"device_id": "DEV-1"}',
    '{"device_id": "DEV-4", "site_id": "", "provision_token": "short"}',
  ].join("\n");
  assert.deepEqual(kinds(text), [
    "",
    "device_id",
    "json",
    "unknown",
    "twice",
    "site_id,provision_token",
  ]);
  const { entries } = readBulk(text);
  assert.deepEqual(
    entries.map((entry) => entry.line),
    [1, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(entries[4]?.faults, [{ kind: "twice", line: 1 }]);
  assert.equal(writeBulk(entries), '{"device_id":"DEV-1"}\n');
});

test("CSV is read by the names of its first line, quoted or not, by comma, semicolon or tab", () => {
  const { entries } = readBulk(
    '\uFEFFdevice_id,site_id\r\nDEV-1,"Hall 2, ""north"""\r\nDEV-2,\r\n',
  );
  assert.equal(
    writeBulk(entries),
    '{"device_id":"DEV-1","site_id":"Hall 2, \\"north\\""}\n{"device_id":"DEV-2"}\n',
  );
  assert.equal(
    writeBulk(readBulk("site_id;device_id\nS;DEV-1").entries),
    '{"device_id":"DEV-1","site_id":"S"}\n',
  );
  assert.equal(
    writeBulk(readBulk("device_id\tsite_id\nDEV-1\tS").entries),
    '{"device_id":"DEV-1","site_id":"S"}\n',
  );
  assert.equal(writeBulk(readBulk("device_id\nDEV-1\nDEV-2").entries).split("\n").length, 3);
});

test("faults of CSV are told", () => {
  assert.deepEqual(kinds('device_id,site_id\nDEV-1,"open\nDEV-2,a,b\nDEV-3,S'), [
    "quote",
    "columns",
    "",
  ]);
  assert.deepEqual(kinds("device_id,colour\nDEV-1,red"), ["unknown"]);
  assert.equal(readBulk("DEV-1\nDEV-2").problem, "noHeader");
  assert.deepEqual(readBulk(" \n"), { entries: [] });
});

test("more than the router takes at once is told", () => {
  const many = Array.from({ length: 100_001 }, (_, n) => `{"device_id":"D${n}"}`).join("\n");
  assert.equal(readBulk(many).problem, "tooMany");
  assert.equal(readBulk(many.slice(0, many.lastIndexOf("\n"))).problem, undefined);
});

test("what is written as CSV is read again as it was", () => {
  const devices = [
    { device_id: "DEV-1", site_id: 'a "b", c', provision_token: "12345678" },
    { device_id: "DEV-2", provision_token: "87654321" },
  ];
  const read = readBulk(writeCsv(devices)).entries.map((entry) => entry.device);
  assert.deepEqual(read, devices);
});
