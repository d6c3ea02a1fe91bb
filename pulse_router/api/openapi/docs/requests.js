// Sends what was filled in, and shows what comes back. The token is kept in the page only.

import { element } from "./elements.js";

const MOST_EVENTS = 50;
const BASE = new URL(".", location.href);

export async function send(asked) {
  const { operation, output } = asked;
  output.replaceChildren();
  try {
    if (operation.responses["101"]) await watchSocket(asked);
    else await request(asked);
  } catch (error) {
    output.append(element("p", { class: "bad" }, `It could not be sent: ${error.message}`));
  }
}

function token() {
  return document.getElementById("token").value.trim();
}

function address({ path, inputs }) {
  let filled = path;
  const query = new URLSearchParams();
  for (const [parameter, { value }] of inputs) {
    if (parameter.in === "path") {
      if (!value) throw new Error(`${parameter.name} is required`);
      filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(value));
    } else if (parameter.in === "query" && value !== "") {
      query.set(parameter.name, value);
    }
  }
  const url = new URL(filled.slice(1), BASE);
  url.search = query;
  return url;
}

async function request(asked) {
  const { method, operation, inputs, body, output } = asked;
  const headers = new Headers();
  if (operation.security.length && token()) headers.set("Authorization", `Bearer ${token()}`);
  for (const [parameter, { value }] of inputs) {
    if (parameter.in === "header" && value !== "") headers.set(parameter.name, value);
  }
  const text = body?.input.value.trim() ? body.input.value : undefined;
  if (text !== undefined) headers.set("Content-Type", body.type);
  const url = address(asked);
  output.append(element("pre", {}, curl(method, url, headers, text)));
  const start = performance.now();
  const answer = await fetch(url, { method: method.toUpperCase(), headers, body: text });
  const milliseconds = Math.round(performance.now() - start);
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  output.append(element("p", { class: answer.ok ? "good" : "bad" },
    `${answer.status} ${answer.statusText} in ${milliseconds} ms, request ${requestId}`));
  const shown = element("pre");
  output.append(shown);
  if (answer.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    await watchEvents(answer, shown, output);
  } else {
    shown.textContent = pretty(await answer.text());
  }
}

// The command that does the same; the token stays out of it.
function curl(method, url, headers, text) {
  const quote = (value) => `'${value.replaceAll("'", "'\\''")}'`;
  const parts = [`curl -X ${method.toUpperCase()} ${quote(url.href)}`];
  for (const [name, value] of headers) {
    parts.push(name === "authorization" ? '-H "Authorization: Bearer $TOKEN"' : `-H ${quote(`${name}: ${value}`)}`);
  }
  if (text !== undefined) parts.push(`--data-binary ${quote(text)}`);
  return parts.join(" \\\n  ");
}

function pretty(text) {
  try {
    // Long numbers would be rounded by parsing: then it is shown as it came.
    if (/\d{16}/.test(text.replace(/"(\\.|[^"\\])*"/g, ""))) return text;
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function watchEvents(answer, shown, output) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const stop = stopButton(output, () => reader.cancel());
  for (let events = 0; events < MOST_EVENTS; events += 1) {
    const { value, done } = await reader.read();
    if (done) break;
    shown.textContent += value;
  }
  await reader.cancel();
  stop.remove();
}

async function watchSocket(asked) {
  const url = address(asked);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, token() ? ["bearer", token()] : []);
  const shown = element("pre");
  asked.output.append(shown);
  const stop = stopButton(asked.output, () => socket.close(1000));
  let events = 0;
  await new Promise((ended) => {
    socket.addEventListener("message", ({ data }) => {
      shown.textContent += `${data}\n`;
      events += 1;
      if (events >= MOST_EVENTS) socket.close(1000);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      shown.textContent += `closed: ${code} ${reason}`;
      ended();
    });
  });
  stop.remove();
}

function stopButton(output, onStop) {
  const button = element("button", { type: "button" }, "Stop");
  button.addEventListener("click", onStop);
  output.append(button);
  return button;
}
