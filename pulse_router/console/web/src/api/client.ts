/** Requests to the router, typed by its own description. Nothing else but `live/` asks the network. */

import { ROUTER } from "../app/location.ts";
import { readAnswer } from "../rules/answers.ts";
import { type Json as AnyJson, writeJson } from "../rules/digits.ts";
import { Query as Address, type Patch } from "../rules/query.ts";
import { answeredAt, askAgain, foreignTenant, lostSince, token } from "./credentials.ts";
import { Problem, problemOf } from "./problem.ts";
import type { components, paths } from "./schema.ts";

/** A type of the API by its name: `Schema<"RouteAnswer">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Method = "get" | "put" | "post" | "delete" | "patch";
type Operation<P extends keyof paths, M extends Method> = Exclude<paths[P][M], undefined>;
export type PathsOf<M extends Method> = {
  [P in keyof paths]: [Operation<P, M>] extends [never] ? never : P;
}[keyof paths];

type Json<Answer> = Answer extends { content: infer Content }
  ? Content extends { "application/json": infer Body }
    ? Body
    : undefined
  : undefined;
type Good = 200 | 201 | 202 | 204 | 207;
/** What an operation answers when it succeeds. */
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer Answers }
    ? { [S in keyof Answers & Good]: Json<Answers[S]> }[keyof Answers & Good]
    : never;

type Parameters<O, Where extends string> = O extends { parameters: infer Given }
  ? Where extends keyof Given
    ? Exclude<Given[Where], undefined>
    : never
  : never;
type InPath<O> = [Parameters<O, "path">] extends [never]
  ? { path?: undefined }
  : { path: Parameters<O, "path"> };
type InQuery<O> = [Parameters<O, "query">] extends [never]
  ? { query?: undefined }
  : { query?: Partial<Parameters<O, "query">> };
type InBody<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { "application/json": infer B } } }
    ? { body?: B }
    : { body?: undefined };

/** as: another token than that of the session, which is not asked for again when it is refused. */
interface Common {
  readonly as?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly etag?: string | undefined;
}
/** What an operation is asked with. */
export type Asked<P extends keyof paths, M extends Method> = Common &
  InPath<Operation<P, M>> &
  InQuery<Operation<P, M>>;
export type Sent<P extends keyof paths, M extends Method> = Asked<P, M> & InBody<Operation<P, M>>;
type Optional<T> = Record<never, never> extends T ? [options?: T] : [options: T];

/** An answer: its body, what to send back in If-Match, and its status. */
export interface Answer<T> {
  readonly body: T;
  readonly etag: string | undefined;
  readonly status: number;
}

/** What a request is made of, before it is signed: what "copy as" shows. */
export interface Loose {
  readonly path?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly as?: string | undefined;
}

/** Read. Throws Problem. */
export async function get<P extends PathsOf<"get">>(
  path: P,
  ...[options]: Optional<Asked<P, "get">>
): Promise<Body<P, "get">> {
  return (await read(path, ...([options] as unknown as Optional<Asked<P, "get">>))).body;
}

/** Read, with the ETag. Throws Problem. */
export async function read<P extends PathsOf<"get">>(
  path: P,
  ...[options]: Optional<Asked<P, "get">>
): Promise<Answer<Body<P, "get">>> {
  return answered(await ask("get", path, (options ?? {}) as Loose));
}

/** Read as text: for payloads, whose numbers keep their digits as they came. Throws Problem. */
export async function text<P extends PathsOf<"get">>(
  path: P,
  ...[options]: Optional<Asked<P, "get">>
): Promise<string> {
  return (await ask("get", path, (options ?? {}) as Loose)).text();
}

/** Write, or ask what takes a body. Throws Problem. */
export async function send<M extends Exclude<Method, "get">, P extends PathsOf<M>>(
  method: M,
  path: P,
  ...[options]: Optional<Sent<P, M>>
): Promise<Answer<Body<P, M>>> {
  return answered(await ask(method, path, (options ?? {}) as Loose));
}

/** Read line by line (NDJSON) what is answered while it is made. Throws Problem. */
export async function* lines<Line = Record<string, unknown>>(
  method: Method,
  path: keyof paths,
  options: Loose & { readonly text?: string } = {},
): AsyncGenerator<Line> {
  const answer = await ask(method, path, options, "application/x-ndjson");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      const whole = (rest + (value ?? "")).split("\n");
      rest = done ? "" : (whole.pop() ?? "");
      for (const line of whole) if (line.trim() !== "") yield readAnswer(line) as Line;
      if (done) return;
    }
  } finally {
    await reader?.cancel();
  }
}

/** The address of an operation under the router. */
export function addressOf(path: string, options: Loose = {}): string {
  const named = (options.path ?? {}) as Record<string, unknown>;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(named[name])),
  );
  const query = new Address("").with((options.query ?? {}) as Patch).toString();
  return ROUTER + filled.slice(1) + (query === "" ? "" : `?${query}`);
}

async function answered<T>(answer: Response): Promise<Answer<T>> {
  const content = await answer.text();
  const body = (content === "" ? undefined : readAnswer(content)) as T;
  return { body, etag: answer.headers.get("ETag") ?? undefined, status: answer.status };
}

async function ask(
  method: Method,
  path: string,
  options: Loose & { readonly text?: string },
  accept = "application/json",
): Promise<Response> {
  for (;;) {
    const used = options.as ?? token.peek();
    const answer = await reach(addressOf(path, options), {
      method: method.toUpperCase(),
      headers: headers(path, options, used, accept),
      signal: options.signal ?? null,
      ...content(options),
    });
    if (answer.ok) return answer;
    const may = answer.status === 401 && options.as === undefined;
    if (!may || !(await askAgain(used))) throw await problemOf(answer);
  }
}

function headers(
  path: string,
  options: Loose & { readonly text?: string },
  used: string | undefined,
  accept: string,
): Record<string, string> {
  const tenant = foreignTenant.peek();
  return {
    Accept: accept,
    ...(used === undefined ? {} : { Authorization: `Bearer ${used}` }),
    ...(options.etag === undefined ? {} : { "If-Match": options.etag }),
    ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
    ...(options.text === undefined ? {} : { "Content-Type": "application/x-ndjson" }),
    ...(tenant !== undefined && path.includes("/customer/") ? { "X-Pulse-Tenant": tenant } : {}),
  };
}

function content(options: Loose & { readonly text?: string }): { body?: string } {
  if (options.text !== undefined) return { body: options.text };
  return options.body === undefined ? {} : { body: writeJson(options.body as AnyJson) };
}

async function reach(address: string, request: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(address, { ...request, cache: "no-cache", credentials: "omit" });
    answeredAt.value = Date.now();
    lostSince.value = undefined;
    return answer;
  } catch (fault) {
    if (request.signal?.aborted) throw fault;
    lostSince.value ??= Date.now();
    throw new Problem({ status: 0, title: "", offline: true });
  }
}
