// Shows JSON Schemas in words, and makes bodies to begin with.

import { element, prose } from "./elements.js";

const BOUNDS = [
  ["minimum", "from"], ["maximum", "to"], ["minLength", "at least"], ["maxLength", "at most"],
  ["minItems", "at least"], ["maxItems", "at most"],
];

function named(reference) {
  return reference.split("/").pop();
}

// A schema in a line, its components as links.
export function schemaText(api, schema) {
  const text = element("span");
  text.append(...words(schema));
  return text;
}

function words(schema) {
  if (schema.$ref) {
    const name = named(schema.$ref);
    return [element("a", { href: `#schema-${name}` }, name)];
  }
  if (schema.anyOf) return joined(schema.anyOf.map(words), " or ");
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(", ")];
  if (schema.type === "array") return ["list of ", ...words(schema.items ?? {}), ...bounds(schema)];
  if (schema.additionalProperties?.type || schema.additionalProperties?.$ref) {
    return ["object of ", ...words(schema.additionalProperties)];
  }
  return [schema.format ?? schema.type ?? "any", ...bounds(schema)];
}

function bounds(schema) {
  const found = BOUNDS.filter(([key]) => schema[key] !== undefined)
    .map(([key, word]) => `${word} ${schema[key]}`);
  if (schema.pattern) found.push(`like ${schema.pattern}`);
  return found.length ? [`, ${found.join(" ")}`] : [];
}

function joined(lists, separator) {
  return lists.flatMap((list, place) => (place ? [separator, ...list] : list));
}

// All the components, one below the other.
export function fillSchemas(api) {
  return Object.entries(api.components.schemas).map(([name, schema]) =>
    element("details", { class: "schema", id: `schema-${name}` },
      element("summary", {}, element("code", {}, name)),
      element("div", {}, ...prose(schema.description), properties(schema))));
}

function properties(schema) {
  if (!schema.properties) return element("p", {}, ...words(schema));
  const required = new Set(schema.required ?? []);
  return element("table", {}, ...Object.entries(schema.properties).map(([name, each]) =>
    element("tr", {},
      element("th", {}, element("code", {}, name),
        required.has(name) ? "" : element("div", { class: "faint" }, "optional")),
      element("td", {}, ...words(each)))));
}

// A body of the required fields, for people to fill in.
export function skeleton(api, schema, depth = 0) {
  if (schema.$ref) return skeleton(api, api.components.schemas[named(schema.$ref)], depth);
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return skeleton(api, schema.anyOf[0], depth);
  switch (schema.type) {
    case "object": {
      const required = new Set(schema.required ?? []);
      const fields = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name));
      if (depth > 4) return {};
      return Object.fromEntries(fields.map(([name, each]) => [name, skeleton(api, each, depth + 1)]));
    }
    case "array": return [];
    case "integer": case "number": return schema.minimum ?? 0;
    case "boolean": return false;
    default: return "";
  }
}
