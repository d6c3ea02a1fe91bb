import assert from "node:assert/strict";
import { test } from "node:test";

import { readJson } from "../src/rules/digits.ts";
import { backTo, differing, isSame, shapeOf, versionsOf, wayBack } from "../src/rules/versions.ts";

const NOW = {
  id: 7,
  name: "Hot",
  topic_filter: "a/#",
  payload_filter: { temperature: { $gt: 80 } },
  destination_type: "webhook",
  destination_config: { url: "http://x", secret: "********", headers: { "X-A": "1" } },
  is_enabled: true,
  version: 3,
};

test("a version is how a route was after its change, from how it is now", () => {
  const versions = versionsOf(NOW, [
    { id: 3, before: { name: "Warm", version: 2 }, after: { name: "Hot", version: 3 } },
    { id: 9, before: null, after: null },
    { id: 2, before: { payload_filter: null }, after: {} },
    { id: 1, before: null, after: {} },
  ]);
  assert.deepEqual(
    versions.map(({ shape }) => [shape?.name, shape?.payload_filter]),
    [
      ["Hot", { temperature: { $gt: 80 } }],
      ["Warm", { temperature: { $gt: 80 } }],
      ["Warm", { temperature: { $gt: 80 } }],
      ["Warm", null],
    ],
  );
});

test("behind a change that is left out nobody knows", () => {
  const versions = versionsOf(NOW, [
    { id: 2, before: null, after: null, omitted_bytes: 70_000 },
    { id: 1, before: {}, after: {} },
  ]);
  assert.equal(versions[0]?.shape?.name, "Hot");
  assert.equal(versions[1]?.shape, undefined);
});

test("secrets and values of headers take no part", () => {
  assert.deepEqual(shapeOf(NOW).destination_config, {
    url: "http://x",
    headers: { "X-A": "********" },
  });
});

test("the order of members is no difference, and digits are", () => {
  assert.ok(isSame(readJson('{"a":1,"b":[1]}'), readJson('{"b":[1],"a":1}')));
  assert.ok(!isSame(readJson("12345678901234567890"), readJson("12345678901234567891")));
});

test("the way back says what differs, keeps secrets, and leaves enabling alone", () => {
  const then = {
    ...shapeOf(NOW),
    name: "Warm",
    payload_filter: null,
    is_enabled: false,
    destination_config: { url: "http://y", method: "PUT", headers: { "X-A": "********" } },
  };
  assert.deepEqual(differing(shapeOf(NOW), then), [
    "name",
    "payload_filter",
    "destination_config",
    "is_enabled",
  ]);
  assert.deepEqual(wayBack(NOW, then), {
    patch: {
      name: "Warm",
      payload_filter: null,
      destination_config: { url: "http://y", method: "PUT" },
    },
    lost: [],
  });
});

test("a header that came later is taken away; one that is gone cannot come back", () => {
  const then = {
    ...shapeOf(NOW),
    destination_config: { url: "http://x", headers: { "X-B": "********" } },
  };
  assert.deepEqual(wayBack(NOW, then), {
    patch: { destination_config: { headers: { "X-A": null } } },
    lost: ["X-B"],
  });
});

test("another kind of destination is written whole", () => {
  const then = {
    ...shapeOf(NOW),
    destination_type: "mqtt_republish",
    destination_config: { topic: "t" },
  };
  assert.deepEqual(wayBack(NOW, then).patch, {
    destination_type: "mqtt_republish",
    destination_config: { topic: "t" },
  });
});

test("what a restore took away is undone by the route as it was, values of headers included", () => {
  const restored = {
    ...NOW,
    name: "Warm",
    destination_config: { url: "http://y", method: "PUT", secret: "********" },
  };
  assert.deepEqual(backTo(restored, NOW), {
    name: "Hot",
    destination_config: { url: "http://x", method: null, headers: { "X-A": "1" } },
  });
});
