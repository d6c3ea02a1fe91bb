/** What went wrong: for each reason, cause and close code, what it means and what to do. */

import type { JsonFaultCode } from "../../rules/json_text.ts";

/** means: what has happened. remedy: what to do about it. */
export interface Said {
  readonly means: string;
  readonly remedy: string;
}

const said = (means: string, remedy: string): Said => ({ means, remedy });

/** Why a message was refused (`rejected_messages.reason`). */
export const REASONS = {
  BAD_TOPIC: said(
    "The topic is not tenant/…/device/…/type, or one of its names has a sign that is not allowed.",
    "Publish to tenant/{tenant}/device/{device}/{type}, each of 1 to 128 letters, digits, _ . : or -.",
  ),
  BAD_JSON: said(
    "The payload is no JSON object.",
    "Send one JSON object in UTF-8. The place of the first fault is marked in the payload.",
  ),
  PAYLOAD_TOO_LARGE: said(
    "The payload is larger than the router takes.",
    "Send less at once, or let the operator raise ingest.max_payload_bytes.",
  ),
  BAD_TIMESTAMP: said(
    "Its ts is no time, or lies more than a day ahead of the router's clock.",
    "Send RFC 3339 or Unix seconds or milliseconds, set the device's clock, or leave ts out.",
  ),
  METRICS_MISSING: said(
    "A telemetry message has no object named metrics.",
    'Put the readings into "metrics": {"name": value}.',
  ),
  TOO_MANY_METRICS: said(
    "It has more metrics than one message may have.",
    "Spread them over several messages, or let the operator raise ingest.max_metrics.",
  ),
  METRIC_INVALID: said(
    "A metric's value is a list or an object, or its name is longer than 128 characters.",
    "Send numbers, booleans, strings or null, under shorter names.",
  ),
  TENANT_MISMATCH: said(
    "The payload names another tenant than the topic.",
    "Leave tenant_id out of the payload, or publish to its own tenant's topic.",
  ),
  UNREGISTERED_DEVICE: said(
    "No device of this id is registered.",
    "Register it, or correct the id in its topic. What it sends then is taken; this message is not.",
  ),
  DEVICE_REVOKED: said(
    "The device was revoked.",
    "Reinstate it if it may speak again; otherwise switch it off.",
  ),
  TOKEN_MISSING: said(
    "The message has no provision_token, and the router asks for one.",
    "Put the device's token into each message, or let the operator set ingest.require_token = false.",
  ),
  TOKEN_INVALID: said(
    "The provision_token is not this device's, or it was rotated away.",
    "Give the device the token of its last rotation, or rotate it and use the new one.",
  ),
  SITE_MISMATCH: said(
    "The payload names another site than the one the device is registered at.",
    "Change the device's registered site, or leave site_id out of the payload.",
  ),
  RATE_LIMITED: said(
    "The device or its tenant sends more than it may.",
    "Send less often, or let the operator raise ingest.device_rate or ingest.tenant_rate.",
  ),
  EMPTY: said(
    "It has no payload: somebody cleared a retained message.",
    "Nothing is wrong, and nothing was lost.",
  ),
  UNSTORABLE: said(
    "The database refuses a value in it, such as the character \\u0000.",
    "Leave such characters out, or encode them, as in base64.",
  ),
} as const satisfies Readonly<Record<string, Said>>;

/** How the last attempt of a dead letter ended (`cause` of their list). */
export const CAUSES = {
  redirect: said(
    "The endpoint sends the request elsewhere, and redirects are not followed.",
    "Put the address it names into the route, then replay.",
  ),
  client_error: said(
    "The endpoint refuses the request: it will say the same the next time.",
    "Mend what its answer complains about (address, headers, secret, format), then replay.",
  ),
  server_error: said(
    "The endpoint was there, and failed again and again.",
    "Look into its log at these times. Once it works, replay.",
  ),
  no_answer: said(
    "No answer came: it could not be reached, or took too long.",
    "Check the address, name, firewall and certificate of the endpoint, then replay.",
  ),
} as const satisfies Readonly<Record<string, Said>>;

/**
 * What an error of a delivery says, by how its text begins or what is in it; the first that fits
 * counts. The texts are those that the router writes.
 */
export const FAILURES: readonly (readonly [name: string, pattern: RegExp, said: Said])[] = [
  [
    "unauthorized",
    /^HTTP (401|403)\b/,
    said(
      "The endpoint does not let the router in.",
      "Check the key or token among the route's headers, and the secret that it verifies by.",
    ),
  ],
  [
    "gone",
    /^HTTP (404|410)\b/,
    said(
      "There is nothing at this address, or no longer. After 410 the route is disabled.",
      "Correct the route's address, enable it, then replay.",
    ),
  ],
  [
    "tooLarge",
    /^HTTP 413\b/,
    said(
      "The endpoint takes no message of this size.",
      "Raise its limit, or send less with a template.",
    ),
  ],
  [
    "unreadable",
    /^HTTP (400|406|415|422)\b/,
    said(
      "The endpoint does not understand the body.",
      "Compare the format of the route (raw, CloudEvents, template) with what it expects.",
    ),
  ],
  [
    "pushedBack",
    /^HTTP 429\b/,
    said(
      "The endpoint had too much to do for as long as the router waits.",
      "Give the route a rate that the endpoint bears, then replay.",
    ),
  ],
  ["redirect", /^HTTP 3\d\d\b/, CAUSES.redirect],
  ["clientError", /^HTTP 4\d\d\b/, CAUSES.client_error],
  ["serverError", /^HTTP 5\d\d\b/, CAUSES.server_error],
  [
    "timeout",
    /^no answer within /,
    said(
      "The endpoint took the request and did not answer in time.",
      "Let it answer first and work later, or raise the route's timeout_seconds.",
    ),
  ],
  [
    "tls",
    /TLS|certificate|handshake/,
    said(
      "The encrypted connection could not be made.",
      "Renew or chain the endpoint's certificate, or let the operator set delivery.ca_file.",
    ),
  ],
  [
    "notAllowed",
    /delivery\.allow_(networks|ports)/,
    said(
      "The address is one that webhooks may not go to from here.",
      "Use a public address, or let the operator open the network with delivery.allow_networks.",
    ),
  ],
  [
    "name",
    /name|lookup|no address/,
    said(
      "The endpoint's name leads to no address.",
      "Correct the host in the route's address, or its entry in the name service.",
    ),
  ],
  [
    "proxy",
    /^(cannot connect: )?the proxy/,
    said(
      "The proxy that webhooks go through does not let this one pass.",
      "Ask the operator about delivery.proxy.",
    ),
  ],
  [
    "unreachable",
    /^cannot connect/,
    said(
      "Nothing answers at this address.",
      "Check that the endpoint runs, that its port is right, and that a firewall lets it through.",
    ),
  ],
  [
    "broken",
    /^(the connection broke|no valid HTTP answer)/,
    said(
      "The connection ended in the middle, or what came was no HTTP.",
      "Look into the endpoint's log, or that of the proxy before it.",
    ),
  ],
  [
    "destination",
    /destination is not valid|cannot be made|client certificate/,
    said(
      "The route's destination cannot be used as it is.",
      "Open the route and correct what is marked.",
    ),
  ],
  [
    "removed",
    /route (was deleted|is gone|was removed)/,
    said("Its route was deleted while it waited.", "Replay it through another route."),
  ],
];

/** What a failure is not that fits none of them. */
const OTHER = said("The delivery failed.", "The answer below says what the endpoint was told.");

/** What a delivery's error means. It begins with where it was sent when nobody was reached. */
export function failure(error: string): Said {
  const text = error.replace(/^https?:\/\/\S+: /, "");
  return FAILURES.find(([, pattern]) => pattern.test(text))?.[2] ?? OTHER;
}

/** Why a live socket was closed, by its code. */
export const CLOSE_CODES = {
  1000: said("It was closed in good order.", "Nothing is wrong."),
  1001: said("The router stops or restarts.", "It comes again by itself."),
  1002: said("What was sent is no WebSocket.", "A proxy in between may not know WebSockets."),
  1006: said("The connection was lost.", "It comes again by itself when the network does."),
  1007: said("A text was not UTF-8.", "Reload the page; if it comes again, report it."),
  1008: said(
    "A filter is not valid, or too much was asked at once.",
    "Correct the filters, then resume.",
  ),
  1009: said("A message was too large.", "Ask for less at once."),
  1011: said("Something went wrong inside; the router's log has it.", "Resume; report the time."),
  1013: said(
    "The router cannot serve it now: the database is away, or this page reads too slowly.",
    "It comes again by itself.",
  ),
  4001: said("The token is not valid, or no longer.", "Sign in again."),
  4003: said(
    "The token has no tenant, another one, or no role for this.",
    "Sign in with a token of the tenant.",
  ),
  4029: said(
    "The tenant has as many live streams open as it may.",
    "Close another live page, or let the operator raise stream.max_connections_per_tenant.",
  ),
} as const satisfies Readonly<Record<number, Said>>;

/** What a status of the API means, where its own sentence needs company. */
export const PROBLEMS = {
  away: said("The router cannot be reached.", "What was read stays; it goes on by itself."),
  400: said("The request is not right.", "Correct what is named."),
  401: said("Nobody is signed in.", "Sign in."),
  403: said(
    "This is not allowed with this token.",
    "Ask for the role, or sign in as somebody else.",
  ),
  404: said("It is gone, or was never there.", "The audit says who removed it."),
  409: said("It contradicts how things stand.", "Look at it as it is now, then decide."),
  412: said("Somebody has changed it meanwhile.", "Compare both versions."),
  413: said("What was sent is too large.", "Send less at once."),
  422: said("Some of it is not valid.", "Correct the fields that are marked."),
  429: said("Too much was asked at once.", "It goes on by itself."),
  500: said("Something went wrong in the router.", "Report it with the request id."),
  502: said("The destination did not take it.", "Its answer is below."),
  503: said("The router cannot do this now.", "It goes on by itself."),
  other: said("The router answers what nobody expects.", "Report it with the request id."),
} as const;

export function problemSaid(status: number, offline: boolean): Said {
  if (offline) return PROBLEMS.away;
  return (PROBLEMS as Readonly<Record<string, Said>>)[String(status)] ?? PROBLEMS.other;
}

/** Faults of a JSON text's syntax. */
export const SYNTAX: Readonly<Record<JsonFaultCode, string>> = {
  InvalidSymbol: "There is a word that JSON does not know; texts stand in double quotes.",
  InvalidNumberFormat: "This is no number.",
  PropertyNameExpected: "A name in double quotes is missing; after the last field stands no comma.",
  ValueExpected: "A value is missing.",
  ColonExpected: "A colon is missing after the name.",
  CommaExpected: "A comma is missing.",
  CloseBraceExpected: "A closing } is missing.",
  CloseBracketExpected: "A closing ] is missing.",
  EndOfFileExpected: "There is something after the end.",
  InvalidCommentToken: "JSON has no comments.",
  UnexpectedEndOfString: "A closing quote is missing.",
  InvalidUnicode: "After \\u stand four digits of 0 to f.",
  InvalidEscapeCharacter: "There is no such escape; a backslash is written \\\\.",
  InvalidCharacter: "A character must be escaped here, such as a tabulator by \\t.",
  TooDeep: "This is nested too deeply.",
};
