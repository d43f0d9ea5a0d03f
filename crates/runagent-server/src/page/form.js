// A form for the arguments of an entrypoint, made from their JSON Schema. Every value is JSON text.

import { element } from "./element.js";
import { members } from "./json.js";

/** A value that cannot be sent; `input` is where it stands. */
export class InvalidField extends Error {
  constructor(input, message) {
    super(message);
    this.input = input;
  }
}

/** Fills `parent` with controls, and returns what reads them: `{positional: [json], named: [[name, json]]}`. */
export function fill(parent, schema) {
  const fields = fieldsOf(schema);
  parent.replaceChildren(...fields.map(({ row }) => row));
  if (fields.length === 0) parent.append(element("p", { class: "quiet" }, "It takes no arguments."));
  return () => {
    const positional = [];
    const named = [];
    for (const field of fields) {
      const json = field.read();
      if (json === undefined) continue;
      if (field.place === "all positions") positional.push(...members(json).map(([, value]) => value));
      else if (field.place === "all names") named.push(...members(json));
      else if (field.place === "position") positional[field.index] = json;
      else named.push([field.name, json]);
    }
    return { positional: Array.from(positional, (json) => json ?? "null"), named };
  };
}

function fieldsOf(schema) {
  const root = schema && resolve(schema, schema);
  const properties = Object.entries(root?.properties ?? {});
  if (root?.type === "object" && properties.length > 0) {
    // Objects come sorted by name; this list has the order of the declaration.
    const required = root.required ?? [];
    const rank = ([name]) => (required.includes(name) ? required.indexOf(name) : required.length);
    return properties.sort((a, b) => rank(a) - rank(b)).map(([name, property]) => ({
      name,
      ...field(name, resolve(property, schema), required.includes(name)),
    }));
  }
  if (root?.type === "null" || (root?.type === "object" && root.properties && !root.additionalProperties)) return [];
  if (root?.type === "object") return [anyNames(root)];
  if (root?.prefixItems) {
    const positions = root.prefixItems.map((item) => resolve(item, schema));
    return positions.map((item, index) => position(item, index, item.title ?? `argument ${index + 1}`));
  }
  if (root?.type === "array") return [anyPositions(root)];
  if (root?.type || root?.choices) return [position(root, 0, root.title ?? "argument")];
  return [anyNames({}), anyPositions({})];
}

function position(shape, index, label) {
  return { place: "position", index, ...field(label, shape, true) };
}

function anyNames(shape) {
  const hint = { type: "object", default: {}, description: shape.description ?? "Arguments by name, as a JSON object." };
  return { place: "all names", ...field("keyword arguments", hint, false) };
}

function anyPositions(shape) {
  const hint = { type: "array", default: [], description: shape.description ?? "Arguments by position, as a JSON array." };
  return { place: "all positions", ...field("positional arguments", hint, false) };
}

/** The schema without its indirections: references, `null` beside one other type, constants as choices. */
function resolve(schema, root, depth = 0) {
  if (typeof schema !== "object" || schema === null || depth > 20) return {};
  const { $ref: reference, allOf, anyOf, oneOf, ...own } = schema;
  const inner = reference !== undefined ? referenced(reference, root) : allOf?.length === 1 ? allOf[0] : undefined;
  if (inner !== undefined) return { ...resolve(inner, root, depth + 1), ...own };
  const options = (anyOf ?? oneOf)?.filter((option) => option?.type !== "null");
  if (options?.length === 1) return { ...resolve(options[0], root, depth + 1), ...own };
  const constants = options?.flatMap(constantsOf);
  if (constants?.length > 0 && options.every((option) => constantsOf(option).length > 0)) {
    return { ...own, choices: constants };
  }
  const choices = constantsOf(own);
  if (choices.length > 0) return { ...own, choices };
  const types = [own.type].flat().filter((type) => type !== "null");
  return { ...own, type: types.length === 1 ? types[0] : own.type === "null" ? "null" : undefined };
}

function constantsOf(schema) {
  if (schema?.const !== undefined) return [{ value: schema.const, description: schema.description }];
  return (schema?.enum ?? []).filter((value) => value !== null).map((value) => ({ value }));
}

/** What `#/a/b` points to. */
function referenced(reference, root) {
  const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  return steps.reduce((at, step) => at?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")], root);
}

let count = 0;

/** A control with its label, hint and error: `{row, read}`. */
function field(label, shape, required) {
  const id = `field-${(count += 1)}`;
  const { input, read, kind } = control(shape, required);
  const hints = [shape.description, ...choiceHints(shape)].filter(Boolean);
  const hint = element("p", { class: "hint", id: `${id}-hint`, hidden: hints.length === 0 }, hints.join("\n"));
  const error = element("p", { class: "error", id: `${id}-error`, hidden: true });
  input.id = id;
  input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  if (required && input.type !== "checkbox") input.setAttribute("aria-required", "true");
  const show = (message) => {
    error.hidden = message === "";
    error.textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => show(""));
  const name = element("label", { for: id }, label);
  const facts = element("span", { class: "facts" }, required ? `${kind}, required` : kind);
  const top = element("div", { class: "label" }, name, facts);
  const row = element("div", { class: input.type === "checkbox" ? "field check" : "field" }, top, input, hint, error);
  return {
    row,
    read() {
      try {
        return read();
      } catch (fault) {
        throw new InvalidField({ input, show }, fault.message);
      }
    },
  };
}

function choiceHints({ choices = [] }) {
  return choices.filter(({ description }) => description).map(({ value, description }) => `${value}: ${description}`);
}

/** Reads as JSON text, or as `undefined` for an argument that is left out. */
function control(shape, required) {
  const preset = shape.default ?? undefined;
  if (shape.choices) return choice(shape.choices, preset, required, "choice");
  if (shape.type === "boolean") {
    if (required || preset !== undefined) return checkbox(preset === true, required);
    return choice([{ value: true }, { value: false }], preset, required, "boolean");
  }
  if (shape.type === "string") return text(preset, required);
  if (shape.type === "integer" || shape.type === "number") return number(shape, preset, required);
  return json(shape, preset, required);
}

function choice(choices, preset, required, kind) {
  const chosen = choices.findIndex(({ value }) => JSON.stringify(value) === JSON.stringify(preset));
  const options = choices.map(({ value }, at) => element("option", { value: String(at) }, String(value)));
  if (!required && chosen < 0) options.unshift(element("option", { value: "" }, "not given"));
  const input = element("select", {}, ...options);
  if (chosen >= 0) input.value = String(chosen);
  const read = () => {
    const given = input.value !== "" && (required || Number(input.value) !== chosen);
    return given ? JSON.stringify(choices[Number(input.value)].value) : undefined;
  };
  return { input, read, kind };
}

function checkbox(preset, required) {
  const input = element("input", { type: "checkbox", checked: preset });
  const read = () => (required || input.checked !== preset ? String(input.checked) : undefined);
  return { input, read, kind: "boolean" };
}

function text(preset, required) {
  const input = element("textarea", { rows: "1", spellcheck: "false", autocomplete: "off" });
  input.value = preset ?? "";
  const unchanged = input.value;
  const read = () => (required || input.value !== unchanged ? JSON.stringify(input.value) : undefined);
  return { input, read, kind: "string" };
}

const INTEGER = /^-?(0|[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function number({ type, minimum, maximum }, preset, required) {
  const input = element("input", { type: "text", inputmode: type === "integer" ? "numeric" : "decimal", autocomplete: "off" });
  input.value = preset ?? "";
  const unchanged = input.value;
  const bounds = [minimum !== undefined && `from ${minimum}`, maximum !== undefined && `to ${maximum}`].filter(Boolean);
  const read = () => {
    const value = input.value.trim();
    if (!required && value === unchanged) return undefined;
    if (!required && value === "") return undefined;
    if (value === "") throw new Error(`Enter ${type === "integer" ? "an integer" : "a number"}.`);
    if (!(type === "integer" ? INTEGER : NUMBER).test(value)) throw new Error(`This is no ${type}.`);
    return value;
  };
  return { input, read, kind: [type, ...bounds].join(" ") };
}

function json(shape, preset, required) {
  const kind = shape.type ?? "JSON";
  const input = element("textarea", { rows: "3", class: "code", spellcheck: "false", autocomplete: "off" });
  input.value = preset === undefined ? "" : JSON.stringify(preset, null, 2);
  const unchanged = input.value;
  const read = () => {
    const value = input.value.trim();
    if (!required && (value === "" || value === unchanged)) return undefined;
    if (value === "") throw new Error("Enter a value in JSON.");
    const parsed = parse(value);
    const type = parsed === null ? "null" : Array.isArray(parsed) ? "array" : typeof parsed;
    if (["array", "object"].includes(shape.type) && type !== shape.type) {
      throw new Error(`This is JSON, but ${type === "null" ? "null" : `of the type ${type}`}, not ${shape.type}.`);
    }
    return value;
  };
  return { input, read, kind: kind === "JSON" ? kind : `${kind} in JSON` };
}

function parse(value) {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}`);
  }
}
