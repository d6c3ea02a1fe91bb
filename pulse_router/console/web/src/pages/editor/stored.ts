/** Routes as they are stored, with what to send back in If-Match. */

import { read } from "../../api/client.ts";
import { isObject } from "../../rules/digits.ts";
import { editor as words } from "../../words/en/editor.ts";
import { type Base, bodyOf } from "./editing.ts";

const PATH = "/api/v1/customer/message-routes/{route_id}";

export async function readRoute(id: number, signal?: AbortSignal): Promise<Base> {
  const { body, etag } = await read(PATH, { path: { route_id: id }, signal });
  return { body: bodyOf(body), etag, notice: body.fault ?? body.disabled_reason ?? undefined };
}

/** Another route like it; its secrets stay its own. */
export async function copyRoute(id: number, signal: AbortSignal): Promise<Base> {
  const { body } = await readRoute(id, signal);
  const held = isObject(body.destination_config) ? body.destination_config : {};
  const { secret: _one, secrets: _several, template_secrets: _named, ...config } = held;
  const name = words.copyOf(String(body.name));
  return { body: { ...body, name, destination_config: config }, etag: undefined };
}
