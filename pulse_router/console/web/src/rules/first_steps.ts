/** Which of the first steps is done, by what the tenant has. */

export const STEPS = ["register", "publish", "route", "deliver"] as const;
export type Step = (typeof STEPS)[number];

interface Has {
  readonly books: Readonly<Record<string, number>>;
  readonly states: {
    readonly devices_active: number;
    readonly routes_enabled: number;
    readonly routes_disabled: number;
  };
}

/** Whether each step is done. */
export function doneSteps(has: Has): Readonly<Record<Step, boolean>> {
  const { books, states } = has;
  return {
    register: states.devices_active > 0,
    publish: (books.stored ?? 0) > 0,
    route: states.routes_enabled + states.routes_disabled > 0,
    deliver: (books.delivered ?? 0) + (books.written ?? 0) > 0,
  };
}

/** The step that is next: the first that is neither done nor skipped. */
export function nextStep(
  done: Readonly<Record<Step, boolean>>,
  skipped: ReadonlySet<string>,
): Step | undefined {
  return STEPS.find((step) => !done[step] && !skipped.has(step));
}

/** A message as a device sends it: the time is the moment of publishing. */
export function publishCommand(tenant: string, device: string, token: string | undefined): string {
  const payload = JSON.stringify({
    ts: "NOW",
    provision_token: token ?? "$DEVICE_TOKEN",
    metrics: { temperature: 21.5 },
  })
    .replaceAll('"', '\\"')
    .replace("NOW", "$(date -u +%FT%TZ)");
  const topic = `tenant/${tenant}/device/${device}/telemetry`;
  return `mosquitto_pub -V 5 -q 1 -h "$MQTT_HOST" -t '${topic}' -m "${payload}"`;
}
