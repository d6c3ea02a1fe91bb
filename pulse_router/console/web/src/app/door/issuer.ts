/** Signing in with an issuer: Authorization Code with PKCE, state and nonce. Loaded when wanted. */

import * as oauth from "oauth4webapi";
import type { Config } from "../config.ts";
import { link, ROOT } from "../location.ts";
import type { Reason } from "./state.ts";

type Issuer = NonNullable<Config["issuer"]>;

/** What must be known when one comes back; it is no secret once the code is spent. */
interface Trip {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly back: string;
  readonly silent: boolean;
}

const TRIP = "pulse.trip";
const HERE = "pulse.issuer";
const CHANNEL = "pulse.sign-in";
const PATIENCE_MS = 10 * 60_000;
/** What an issuer answers to `prompt=none` when a person has to do something. */
const WANTS_PERSON = new Set([
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
]);

/** Identity tokens come straight from the issuer; any signature that is one will do. */
const SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].concat([
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
]);

let refreshToken: string | undefined;

/** Whether this browser can: the way needs cryptography, which plain HTTP in a network has not. */
export const canSignIn = (): boolean => isSecureContext;

/** Whether the address is one that an issuer has sent us back to. */
export function returns(): boolean {
  const query = new URLSearchParams(location.search);
  return location.pathname === redirectPath() && query.has("state");
}

/** Whether one was signed in by the issuer before the page was loaded anew. */
export const wasHere = (): boolean => sessionStorage.getItem(HERE) !== null;

/** Go to the issuer, and come back to this address. */
export async function signIn(issuer: Issuer): Promise<void> {
  await depart(issuer, false);
}

/** The same without a person: it comes back at once, signed in or not. */
export async function silently(issuer: Issuer): Promise<void> {
  if (canSignIn()) await depart(issuer, true);
}

async function depart(issuer: Issuer, silent: boolean): Promise<void> {
  const back =
    location.pathname === redirectPath() ? link("/") : location.pathname + location.search;
  const { trip, address } = await plan(issuer, back, silent);
  sessionStorage.setItem(TRIP, JSON.stringify(trip));
  location.assign(address);
  await new Promise(() => undefined); // The page is left; nothing of it goes on.
}

type Brought = { readonly token: string } | { readonly reason: Reason | undefined };

/** Come back with a code: a token, or why there is none. */
export async function comeBack(issuer: Issuer): Promise<Brought> {
  const returned = new URL(location.href);
  const stored = sessionStorage.getItem(TRIP);
  const trip = stored === null ? undefined : (JSON.parse(stored) as Trip);
  sessionStorage.removeItem(TRIP);
  if (trip === undefined || trip.state !== returned.searchParams.get("state")) {
    return handOver(returned);
  }
  history.replaceState(null, "", trip.back);
  dispatchEvent(new PopStateEvent("popstate"));
  try {
    return { token: await exchange(issuer, trip, returned) };
  } catch (fault) {
    sessionStorage.removeItem(HERE);
    if (fault instanceof oauth.AuthorizationResponseError) {
      if (trip.silent && WANTS_PERSON.has(fault.error)) return { reason: undefined };
      return { reason: { said: fault.error_description ?? fault.error } };
    }
    return { reason: "issuer_refused" };
  }
}

/** What a window beside has come back with is for the page that has opened it. */
function handOver(returned: URL): Brought {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(returned.href);
  channel.close();
  history.replaceState(null, "", redirectPath());
  close();
  return { reason: "handed_over" };
}

/** Sign in in another window, so that this page stays as it is; undefined when nobody came back. */
export async function signInBeside(issuer: Issuer): Promise<string | undefined> {
  const { trip, address } = await plan(issuer, "", false);
  const channel = new BroadcastChannel(CHANNEL);
  open(address, "_blank", "popup,width=520,height=680");
  try {
    const returned = await new Promise<URL | undefined>((come) => {
      const timer = setTimeout(() => come(undefined), PATIENCE_MS);
      channel.onmessage = ({ data }: MessageEvent<string>) => {
        const address = new URL(data);
        if (address.searchParams.get("state") !== trip.state) return;
        clearTimeout(timer);
        come(address);
      };
    });
    return returned && (await exchange(issuer, trip, returned));
  } catch (fault) {
    if (fault instanceof oauth.AuthorizationResponseError) return undefined;
    throw fault;
  } finally {
    channel.close();
  }
}

/** A new token for the one that ends; undefined where the issuer gives none. */
export async function renewed(issuer: Issuer): Promise<string | undefined> {
  if (refreshToken === undefined) return undefined;
  const [server, client] = parties(issuer);
  try {
    const answer = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      refreshToken,
      options(issuer),
    );
    return took(await oauth.processRefreshTokenResponse(server, client, answer));
  } catch {
    refreshToken = undefined; // Refused or away: a person is asked instead.
    return undefined;
  }
}

/** Forget the session, and sign out at the issuer too where it has a place for that. */
export function signOut(issuer: Issuer): void {
  const wasSigned = wasHere();
  refreshToken = undefined;
  sessionStorage.removeItem(HERE);
  if (!wasSigned || issuer.end_session_endpoint === null) return;
  const address = new URL(issuer.end_session_endpoint);
  address.searchParams.set("client_id", issuer.client_id);
  address.searchParams.set("post_logout_redirect_uri", new URL(ROOT, location.origin).href);
  location.assign(address);
}

async function plan(issuer: Issuer, back: string, silent: boolean) {
  const trip: Trip = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    back,
    silent,
  };
  const address = new URL(issuer.authorization_endpoint ?? "");
  for (const [name, value] of Object.entries({
    client_id: issuer.client_id,
    response_type: "code",
    redirect_uri: redirectAddress(),
    scope: issuer.scopes.join(" "),
    state: trip.state,
    nonce: trip.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(trip.verifier),
    code_challenge_method: "S256",
    ...(silent ? { prompt: "none" } : {}),
  })) {
    address.searchParams.set(name, value);
  }
  return { trip, address };
}

async function exchange(issuer: Issuer, trip: Trip, returned: URL): Promise<string> {
  const [server, client] = parties(issuer);
  const parameters = oauth.validateAuthResponse(server, client, returned, trip.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectAddress(),
    trip.verifier,
    options(issuer),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: trip.nonce,
    requireIdToken: true,
  });
  sessionStorage.setItem(HERE, "1");
  return took(tokens);
}

function took(tokens: oauth.TokenEndpointResponse): string {
  refreshToken = tokens.refresh_token ?? refreshToken;
  return tokens.access_token;
}

function parties(issuer: Issuer): [oauth.AuthorizationServer, oauth.Client] {
  return [
    {
      issuer: issuer.issuer,
      token_endpoint: issuer.token_endpoint ?? "",
      id_token_signing_alg_values_supported: SIGNATURES,
    },
    { client_id: issuer.client_id },
  ];
}

/** An issuer on this machine may speak plain HTTP, as one that is tried out does. */
function options(issuer: Issuer) {
  return { [oauth.allowInsecureRequests]: new URL(issuer.issuer).protocol === "http:" };
}

const redirectPath = (): string => `${ROOT}sign-in`;
const redirectAddress = (): string => new URL(redirectPath(), location.origin).href;
