import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { doneSteps, nextStep, publishCommand } from "../src/rules/first_steps.ts";

const states = { devices_active: 0, routes_enabled: 0, routes_disabled: 0 };

test("nothing is done where nothing is, and the first step is the device", () => {
  assert.equal(nextStep(doneSteps({ books: {}, states }), new Set()), "register");
});

test("what is done or skipped is passed over", () => {
  const done = doneSteps({ books: { stored: 3 }, states: { ...states, devices_active: 1 } });
  assert.equal(nextStep(done, new Set()), "route");
  assert.equal(nextStep(done, new Set(["route"])), "deliver");
  assert.equal(nextStep(done, new Set(["route", "deliver"])), undefined);
});

test("a route that is disabled is a route", () => {
  assert.equal(doneSteps({ books: {}, states: { ...states, routes_disabled: 1 } }).route, true);
});

test("the shell makes the payload of the command that a device sends", () => {
  const command = publishCommand("acme", "DEV-1", "t0k'en").replace(/^mosquitto_pub .* -m/, "echo");
  const said = execFileSync("sh", ["-c", command], { encoding: "utf8" });
  const payload = JSON.parse(said) as Record<string, unknown>;
  assert.equal(payload.provision_token, "t0k'en");
  assert.ok(Date.parse(payload.ts as string) > Date.now() - 60_000);
});
