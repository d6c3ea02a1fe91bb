/** The ways through the door: a kept token, one that a link brings, one that is pasted, an issuer. */

import { effect } from "@preact/signals";
import { askWith } from "../../api/credentials.ts";
import { Problem } from "../../api/problem.ts";
import { config, readConfig } from "../config.ts";
import { begin, end, session, whoIs } from "../session.ts";
import { forget, keep, kept } from "./kept.ts";
import { candidate, over, reason, starting } from "./state.ts";

const AWAY_MS = 5_000;
const RENEWED_BEFORE_MS = 60_000;
const LONGEST_TIMER_MS = 2_000_000_000;
const issuer = () => import("./issuer.ts");

/** Find out who one is; ends when that is known, or that it is nobody. */
export async function enter(): Promise<void> {
  askWith(askOver);
  addEventListener("hashchange", () => void takeLink());
  effect(watchEnd);
  const reading = readConfig();
  if (await takeLink()) await reading;
  else {
    await reading;
    await come();
  }
  starting.value = false;
}

async function come(): Promise<void> {
  const stored = kept();
  if (stored !== undefined) return await use(stored);
  const offered = config.value?.issuer;
  if (!offered) return;
  const { returns, wasHere, comeBack, silently } = await issuer();
  if (returns()) {
    const brought = await comeBack(offered);
    if ("token" in brought) await be(brought.token);
    else reason.value = brought.reason;
  } else if (wasHere()) await silently(offered);
}

/** Be whom the issuer's token names, if the router takes it. */
async function be(token: string): Promise<void> {
  try {
    begin(token, await whoIs(token));
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    reason.value = { said: fault.message };
  }
}

/** Use a kept token; while the router is away it is tried again. */
async function use(stored: string): Promise<void> {
  for (;;) {
    try {
      begin(stored, await whoIs(stored));
      return;
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      if (!fault.passes) {
        forget();
        reason.value = fault.status === 401 ? "ended" : { said: fault.message };
        return;
      }
      await new Promise((go) => setTimeout(go, AWAY_MS));
    }
  }
}

/** Take the token that a link has brought out of the address, and ask whether to be that. */
async function takeLink(): Promise<boolean> {
  const brought = new URLSearchParams(location.hash.slice(1)).get("token");
  if (brought === null) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  try {
    candidate.value = { token: brought, who: await whoIs(brought) };
    return true;
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    reason.value = fault.status === 401 ? "refused" : { said: fault.message };
    return false;
  }
}

/** Be whom the link names, or stay who one was. */
export async function answerLink(accepted: boolean): Promise<void> {
  const asked = candidate.peek();
  candidate.value = undefined;
  if (accepted && asked !== undefined) {
    keep(asked.token);
    begin(asked.token, asked.who);
  } else if (session.peek() === undefined) await come();
}

/** Take a pasted token; throws Problem when it is none. */
export async function paste(given: string): Promise<void> {
  const token = given.trim().replace(/^Bearer\s+/i, "");
  const known = await whoIs(token);
  keep(token);
  begin(token, known);
  reason.value = undefined;
  over.peek()?.(true);
}

/** Leave: nothing of the session stays in this tab. */
export async function leave(): Promise<void> {
  forget();
  reason.value = "left";
  end();
  const offered = config.value?.issuer;
  if (offered) (await issuer()).signOut(offered);
}

/** Sign in at the issuer, away from this page and back to it. */
export async function goToIssuer(): Promise<void> {
  const offered = config.value?.issuer;
  if (offered) await (await issuer()).signIn(offered);
}

/** Sign in at the issuer in a window of its own: this page stays as it is. */
export async function askIssuerBeside(): Promise<void> {
  const offered = config.value?.issuer;
  if (!offered) return;
  const token = await (await issuer()).signInBeside(offered);
  if (token === undefined) return;
  begin(token, await whoIs(token));
  over.peek()?.(true);
}

let asking: Promise<boolean> | undefined;

/** Get another token: by renewing, or by asking over the page. All who wait share one asking. */
function askOver(): Promise<boolean> {
  asking ??= another().finally(() => {
    asking = undefined;
  });
  return asking;
}

async function another(): Promise<boolean> {
  if (session.peek() === undefined) return false;
  if (await renew()) return true;
  const settled = await new Promise<boolean>((settle) => {
    over.value = settle;
  });
  over.value = undefined;
  if (!settled) {
    forget();
    reason.value = "ended";
    end();
  }
  return settled;
}

/** Ask for another token before the one of now has ended; nothing is lost when none is given. */
export async function askForAnother(): Promise<void> {
  if (over.peek() !== undefined) return;
  await new Promise<boolean>((settle) => {
    over.value = settle;
  });
  over.value = undefined;
}

async function renew(): Promise<boolean> {
  const offered = config.value?.issuer;
  if (!offered) return false;
  const token = await (await issuer()).renewed(offered);
  if (token === undefined) return false;
  begin(token, await whoIs(token));
  return true;
}

/**
 * Renew an issuer's token a minute before it ends, a brief one at half its time; ask over the page
 * when a pasted one has ended. Where this clock is ahead of the router's, that is for the router to
 * say, by an answer of 401.
 */
function watchEnd(): (() => void) | undefined {
  const until = session.value?.until;
  if (until === undefined) return undefined;
  const left = until - Date.now();
  if (left <= 0) return undefined;
  const ahead = kept() === undefined ? Math.min(RENEWED_BEFORE_MS, left / 2) : 0;
  const timer = setTimeout(() => void askOver(), Math.min(left - ahead, LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
}
