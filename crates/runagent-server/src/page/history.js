// The recent calls of an agent, where the server keeps them.

import { element } from "./element.js";
import { pretty } from "./json.js";
import { get } from "./server.js";

/** Shows the latest calls in `list`, and hides `section` when the server keeps none. */
export async function showHistory(agentId, section, list) {
  let page;
  try {
    page = await get(`/api/v1/agents/${encodeURIComponent(agentId)}/invocations?limit=10`);
  } catch (problem) {
    if (!section.hidden) list.replaceChildren(element("p", { class: "quiet" }, problem.message));
    return;
  }
  section.hidden = page === undefined;
  const invocations = page?.invocations ?? [];
  const open = new Set([...list.querySelectorAll("details[open]")].map((details) => details.dataset.id));
  list.replaceChildren(...invocations.map((invocation) => entry(invocation, open)));
  if (invocations.length === 0) list.append(element("p", { class: "quiet" }, "Nothing has been called yet."));
}

function entry(invocation, open) {
  const { invocation_id: id, status, entrypoint_tag: tag, execution_time_ms: took, error_detail: error } = invocation;
  const summary = element(
    "summary",
    {},
    element("span", { class: `state ${["completed", "failed"].includes(status) ? status : "pending"}` }, status),
    element("code", {}, tag ?? ""),
    element("span", { class: "quiet" }, time(invocation.request_timestamp)),
    element("span", { class: "quiet" }, took == null ? "" : duration(took)),
  );
  const outcome = error ? block("Error", String(error)) : block("Output", text(invocation.output_data));
  return element("details", { "data-id": id, open: open.has(id) }, summary, block("Input", text(invocation.input_data)), outcome);
}

function block(title, content) {
  return element("div", { class: "block" }, element("h3", {}, title), element("pre", { tabindex: "0" }, content));
}

function text(value) {
  return typeof value === "string" ? value : pretty(JSON.stringify(value ?? null));
}

/** Milliseconds for people. */
export function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** The server's times are UTC, without saying so. */
function time(stamp) {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(stamp) ? stamp : `${stamp}Z`;
  const at = new Date(zoned);
  return Number.isNaN(at.getTime()) ? String(stamp ?? "") : at.toLocaleTimeString();
}
