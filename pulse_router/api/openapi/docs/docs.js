// The API's page: what can be asked, and what is answered, from /openapi.json.

import { element, inline, prose } from "./elements.js";
import { fillSchemas, schemaText, skeleton } from "./schemas.js";
import { send } from "./requests.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

async function main() {
  const state = document.getElementById("state");
  try {
    const answer = await fetch("openapi.json");
    if (!answer.ok) throw new Error(`the router answered ${answer.status}`);
    show(await answer.json());
    state.remove();
  } catch (error) {
    state.textContent = `The description cannot be loaded: ${error.message}`;
    state.className = "bad";
  }
}

function show(api) {
  document.getElementById("version").textContent = api.info.version;
  const page = document.querySelector("main");
  const contents = document.querySelector("nav");
  page.append(...prose(api.info.description));
  for (const { name } of api.tags) {
    const operations = [...operationsOf(api, name)];
    page.append(element("h2", {}, name), ...operations.map((each) => showOperation(api, each)));
    contents.append(
      element("h2", {}, name),
      ...operations.map(({ operation }) =>
        element("a", { href: `#${operation.operationId}` }, operation.summary)),
    );
  }
  page.append(element("h2", {}, "Schemas"), ...fillSchemas(api));
  openTarget();
  window.addEventListener("hashchange", openTarget);
  document.getElementById("find").addEventListener("input", (event) => find(event.target.value));
}

function* operationsOf(api, tag) {
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation?.tags.includes(tag)) yield { path, method, operation };
    }
  }
}

function showOperation(api, { path, method, operation }) {
  const details = element("details", { class: "operation", id: operation.operationId },
    element("summary", {},
      element("span", { class: `method ${method}` }, method.toUpperCase()),
      element("span", { class: "path" }, path),
      element("span", { class: "faint" }, operation.summary),
      operation.security.length ? element("span", { class: "lock" }, "token") : ""));
  // Filled when it is opened: a page of fifty forms is slow to make.
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) {
      details.append(element("div", {}, ...content(api, path, method, operation)));
    }
  });
  return details;
}

function content(api, path, method, operation) {
  const inputs = new Map();
  const parts = prose(operation.description);
  if (operation.parameters) {
    parts.push(element("h3", {}, "Parameters"),
      element("table", {}, ...operation.parameters.map((each) => parameterRow(api, each, inputs))));
  }
  let body = null;
  if (operation.requestBody) {
    const [[type, media]] = Object.entries(operation.requestBody.content);
    body = { type, input: element("textarea", { "aria-label": "Body", spellcheck: "false" }) };
    body.input.value = media.example === undefined
      ? (type === "application/json" ? JSON.stringify(skeleton(api, media.schema), null, 2) : "")
      : (typeof media.example === "string" ? media.example : JSON.stringify(media.example, null, 2));
    parts.push(element("h3", {}, "Body ", element("code", {}, type), " ",
      schemaText(api, media.schema)), body.input);
  }
  const output = element("div", { "aria-live": "polite" });
  const button = element("button", { type: "button" }, "Send");
  button.addEventListener("click", async () => {
    button.disabled = true;
    await send({ path, method, operation, inputs, body, output });
    button.disabled = false;
  });
  parts.push(element("p", {}, button), output, element("h3", {}, "Answers"),
    element("table", {}, ...Object.entries(operation.responses).map((each) => answerRow(api, each))));
  if (operation["x-websocket"]) parts.push(...conversation(api, operation["x-websocket"]));
  return parts;
}

// What is said over a WebSocket once it is open.
function conversation(api, { router, client, closeCodes }) {
  return [
    element("h3", {}, "Messages"),
    element("table", {}, ...[router, client].map(({ description, schema }) =>
      element("tr", {}, element("td", {}, description), element("td", {}, schemaText(api, schema))))),
    element("h3", {}, "Close codes"),
    element("table", {}, ...Object.entries(closeCodes).map(([code, text]) =>
      element("tr", {}, element("th", {}, element("code", {}, code)), element("td", {}, text)))),
  ];
}

function parameterRow(api, parameter, inputs) {
  const schema = parameter.schema;
  const resolved = schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
  const label = `${parameter.name} (${parameter.in})`;
  const input = resolved.enum
    ? element("select", { "aria-label": label }, element("option", { value: "" }, "–"),
      ...resolved.enum.map((value) => element("option", { value }, value)))
    : element("input", { "aria-label": label, placeholder: schema.default ?? "" });
  inputs.set(parameter, input);
  return element("tr", {},
    element("th", {}, element("code", {}, parameter.name), element("div", { class: "faint" },
      parameter.in + (parameter.required ? ", required" : ""))),
    element("td", {}, input),
    element("td", {}, ...inline(parameter.description ?? ""), element("div", { class: "faint" },
      schemaText(api, schema))));
}

function answerRow(api, [status, given]) {
  const answer = given.$ref ? api.components.responses[given.$ref.split("/").pop()] : given;
  const media = Object.entries(answer.content ?? {});
  return element("tr", {},
    element("th", {}, element("code", { class: status < 400 ? "good" : "bad" }, status)),
    element("td", {}, ...inline(answer.description)),
    element("td", {}, ...media.flatMap(([type, { schema, "x-itemSchema": item }]) =>
      [schemaText(api, item?.properties?.data?.contentSchema ?? item ?? schema),
        element("div", { class: "faint" }, type)])));
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}

function find(text) {
  const wanted = text.trim().toLowerCase();
  for (const each of document.querySelectorAll("details.operation")) {
    each.hidden = !each.firstElementChild.textContent.toLowerCase().includes(wanted);
  }
}

main();
