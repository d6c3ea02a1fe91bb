/** A request as it goes out: its line, its headers, its body. */

import type { Schema } from "../../api/client.ts";

export function RequestView({ request }: { request: Schema<"RequestAnswer"> }) {
  const target = request.url ?? request.topic ?? "";
  const flags = request.topic === undefined ? "" : ` qos=${request.qos} retain=${request.retain}`;
  const head = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys.
    <pre class="request" tabIndex={0}>
      {[`${request.method} ${target}${flags}`, ...head, "", request.body].join("\n")}
    </pre>
  );
}
