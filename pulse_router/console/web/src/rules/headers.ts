/** Headers as people paste them: from a log, from curl, from a debugger, as JSON. */

/** Names and values; undefined where nothing of it is a header. The last one of a name counts. */
export function readHeaders(text: string): Record<string, string> | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return fromJson(trimmed);
  const found: [string, string][] = [];
  for (const line of trimmed.split(/\r?\n/)) {
    // curl and browsers write a sign before each; a list of arguments has -H and quotes.
    const bare = line.trim().replace(/^(?:[<>*]\s+|-H\s+|--header\s+)/, "");
    const unquoted = bare.replace(/\s*\\$/, "").replace(/^(['"])(.*)\1,?$/, "$2");
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+)\s*[:=]\s*(.*)$/.exec(unquoted) ?? [];
    if (name !== undefined && value !== undefined) found.push([name, value.trim()]);
  }
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function fromJson(text: string): Record<string, string> | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined; // Half a JSON is none.
  }
  const entries = Object.entries(read as Record<string, unknown>).flatMap(([name, value]) => {
    const one: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof one === "string" || typeof one === "number" ? [[name, String(one)] as const] : [];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
