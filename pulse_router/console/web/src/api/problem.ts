/** What went wrong with a request: the router's problem details (RFC 9457), or that it is away. */

export interface Fault {
  readonly path: string;
  readonly message: string;
}

interface Details {
  status: number;
  title: string;
  detail?: string;
  requestId?: string | undefined;
  errors?: readonly Fault[];
  retryAfter?: number | undefined;
  offline?: boolean;
  body?: Readonly<Record<string, unknown>>;
}

/**
 * status: of the answer, 0 where there was none. title, detail: the router's sentences.
 * requestId: to be found in the log. errors: which field is wrong, and how.
 * retryAfter: seconds. offline: the router cannot be reached. body: all that was answered.
 */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly errors: readonly Fault[];
  readonly retryAfter: number | undefined;
  readonly offline: boolean;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(details: Details) {
    super(details.detail || details.title);
    this.status = details.status;
    this.title = details.title;
    this.detail = details.detail ?? "";
    this.requestId = details.requestId;
    this.errors = details.errors ?? [];
    this.retryAfter = details.retryAfter;
    this.offline = details.offline ?? false;
    this.body = details.body ?? {};
  }

  /** Whether the same may be asked again after a while. */
  get passes(): boolean {
    return this.offline || this.status === 429 || this.status === 503;
  }
}

/** Read the problem out of an answer. */
export async function problemOf(answer: Response): Promise<Problem> {
  const body = await details(answer);
  const text = (name: string): string | undefined =>
    typeof body[name] === "string" ? (body[name] as string) : undefined;
  const wait = answer.headers.get("Retry-After");
  return new Problem({
    status: answer.status,
    title: text("title") ?? answer.statusText,
    detail: text("detail") ?? "",
    requestId: answer.headers.get("X-Request-Id") ?? undefined,
    errors: faults(body.errors),
    retryAfter: wait === null ? undefined : seconds(wait),
    body,
  });
}

async function details(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {}; // A proxy's page, or a line that broke off: the status says enough.
  }
}

function faults(errors: unknown): Fault[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((error: Record<string, unknown>) => ({
    path: String(error.field ?? ""),
    message: String(error.message ?? ""),
  }));
}

function seconds(wait: string): number | undefined {
  const given = /^\d+$/.test(wait) ? Number(wait) : (Date.parse(wait) - Date.now()) / 1000;
  return Number.isFinite(given) ? Math.max(0, given) : undefined;
}
