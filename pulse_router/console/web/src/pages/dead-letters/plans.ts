/** A job as it is asked for, and how the same is asked for elsewhere. */

import { addressOf } from "../../api/client.ts";
import { type CopiedRequest, command } from "../../rules/copying.ts";
import type { Json } from "../../rules/digits.ts";
import type { AllThatMatch } from "../../rules/selection.ts";
import { isAcross, type JobAction, jobBody } from "./letters.ts";

export function jobRequest(action: JobAction, selection: AllThatMatch): CopiedRequest {
  const place = isAcross() ? "operator" : "customer";
  const body = jobBody({ action, filter: selection.filter, upToId: selection.upToId }, false);
  return {
    method: "POST",
    url: location.origin + addressOf(`/api/v1/${place}/jobs`),
    body: body as unknown as Json,
  };
}

const OPTIONS: Readonly<Record<string, string>> = {
  error: "--error",
  cause: "--cause",
  device_id: "--device",
  destination_type: "--destination-type",
  from: "--from",
  to: "--to",
};

export function jobCommand(action: JobAction, selection: AllThatMatch): string {
  const { status = "", route_id = "", ...rest } = selection.filter;
  const repeated = (option: string, list: string): string[] =>
    list === "" ? [] : list.split(",").flatMap((value) => [option, value]);
  const asked = Object.entries(rest).flatMap(([name, value]) => {
    const option = OPTIONS[name];
    return option === undefined ? [] : [option, value];
  });
  return command(
    "jobs",
    "start",
    action,
    ...repeated("--status", status),
    ...repeated("--route", route_id),
    ...asked,
    "--up-to",
    String(selection.upToId),
  );
}
