// The page: which agents are served, and a place to call them.

import { element } from "./element.js";
import { InvalidField, fill } from "./form.js";
import { duration, showHistory } from "./history.js";
import { pretty, structured } from "./json.js";
import { Problem, get, run, stream } from "./server.js";
import { LANGUAGES, note, requestOf, snippet } from "./snippets.js";

const $ = (id) => document.getElementById(id);

/** The entrypoint that is shown: `{agentId, tag, streams, read}`. */
let shown;
/** Stops the call under way. */
let running;
let language = "Rust";
let keepsHistory = false;

async function load() {
  try {
    const about = await get("/api/v1");
    keepsHistory = "GET /api/v1/agents/{agent_id}/invocations" in (about.endpoints ?? {});
    const agents = await Promise.all(about.agents.map(withEntrypoints));
    document.title = agents.map(({ agent_name: name }) => name).join(", ");
    $("server").textContent = location.host;
    $("agents").replaceChildren(...agents.map(agentCard));
    $("loading").hidden = true;
    const first = $("agents").querySelector("button");
    if (first) first.click();
    else $("loading").replaceWith(element("p", {}, "The agent has no entrypoints."));
  } catch (problem) {
    $("loading").hidden = true;
    showProblem($("loading-problem"), problem);
  }
}

async function withEntrypoints(agent) {
  const architecture = await get(`/api/v1/agents/${encodeURIComponent(agent.agent_id)}/architecture`);
  return { ...agent, entrypoints: architecture?.data?.entrypoints ?? [] };
}

function agentCard(agent) {
  const { agent_id: id, agent_name: name, description, version, entrypoints } = agent;
  const facts = [id !== name && `id ${id}`, version && `version ${version}`].filter(Boolean).join(", ");
  const list = element("ul", {}, ...entrypoints.map((entrypoint) => {
    const streams = entrypoint.tag.endsWith("_stream");
    const kind = element("span", { class: "kind" }, streams ? "stream" : "run");
    const button = element("button", { type: "button" }, element("code", {}, entrypoint.tag), " ", kind);
    button.addEventListener("click", ({ isTrusted: isPerson }) => {
      show(id, entrypoint, button);
      // Where the list is above the form, the form may be out of sight.
      if (isPerson && matchMedia("(max-width: 46rem)").matches) $("main").scrollIntoView();
    });
    return element("li", {}, button);
  }));
  return element(
    "section",
    {},
    element("h2", {}, name),
    ...[description, facts].filter(Boolean).map((text) => element("p", { class: "quiet" }, text)),
    list,
  );
}

function show(agentId, { tag, description, input_schema: schema }, button) {
  running?.abort();
  for (const other of $("agents").querySelectorAll("button")) other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  $("tag").textContent = tag;
  const about = description ?? schema?.description ?? "";
  $("description").textContent = about;
  $("description").hidden = about === "";
  shown = { agentId, tag, streams: tag.endsWith("_stream"), read: fill($("fields"), schema) };
  $("start").textContent = shown.streams ? "Stream" : "Run";
  $("status").textContent = "";
  $("result").hidden = true;
  $("history").hidden = true;
  $("entrypoint").hidden = false;
  showLanguages();
  showCode();
  refreshHistory();
}

function showLanguages() {
  $("languages").replaceChildren(...LANGUAGES.flatMap((name) => {
    const id = `language-${name.toLowerCase()}`;
    const input = element("input", { type: "radio", name: "language", id, value: name, checked: name === language });
    input.addEventListener("change", () => {
      language = name;
      showCode();
    });
    return [input, element("label", { for: id }, name)];
  }));
  $("code-note").textContent = note;
  $("code-note").hidden = note === "";
}

/** While a value cannot be sent, the code stays as it was. */
function showCode() {
  try {
    $("code").textContent = snippet(language, { ...shown, call: shown.read() });
  } catch (fault) {
    if (!(fault instanceof InvalidField)) throw fault;
    if ($("code").textContent === "" || $("code").dataset.tag !== shown.tag) {
      $("code").textContent = snippet(language, { ...shown, call: { positional: [], named: [] } });
    }
  }
  $("code").dataset.tag = shown.tag;
}

async function start() {
  if (running) return;
  let call;
  try {
    call = shown.read();
  } catch (fault) {
    if (!(fault instanceof InvalidField)) throw fault;
    fault.input.show(fault.message);
    fault.input.input.focus();
    return;
  }
  const { agentId, streams } = shown;
  const request = requestOf({ ...shown, call });
  const attempt = new Attempt();
  running = attempt.controller;
  try {
    if (streams) await stream(agentId, request, attempt.signal, (content) => attempt.chunk(content));
    else attempt.answer(await run(agentId, request, attempt.signal));
    attempt.end("Done");
  } catch (problem) {
    if (attempt.signal.aborted) attempt.end("Stopped");
    else attempt.fail(problem);
  } finally {
    running = undefined;
    if (agentId === shown.agentId) refreshHistory();
  }
}

/** One call and what it shows. After another entrypoint was chosen it shows nothing more. */
class Attempt {
  constructor() {
    this.controller = new AbortController();
    this.signal = this.controller.signal;
    this.target = shown;
    this.started = performance.now();
    this.chunks = 0;
    $("result").hidden = true;
    $("problem").hidden = true;
    $("figures").replaceChildren();
    $("output").replaceChildren();
    $("output").hidden = true;
    $("copy-result").hidden = true;
    $("output").setAttribute("aria-busy", "true");
    $("start").setAttribute("aria-disabled", "true");
    $("stop").hidden = false;
    $("status").textContent = "Running";
  }

  get isShown() {
    return this.target === shown;
  }

  answer(data) {
    const { text, json } = structured(data);
    this.append(text ?? pretty(json));
  }

  /** Text goes on where it was; any other value has a line of its own. */
  chunk(content) {
    if (this.chunks === 0) this.first = performance.now() - this.started;
    this.chunks += 1;
    const { text, json } = structured(content);
    this.append(text ?? `${json}\n`);
    if (this.isShown) this.figures();
  }

  append(text) {
    if (!this.isShown) return;
    const output = $("output");
    const isAtEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 8;
    $("result").hidden = false;
    output.hidden = false;
    $("copy-result").hidden = false;
    output.append(document.createTextNode(text));
    if (isAtEnd) output.scrollTop = output.scrollHeight;
  }

  figures(total) {
    const figures = [
      ["First token", this.first === undefined ? undefined : duration(this.first)],
      ["Total", total === undefined ? undefined : duration(total)],
      ["Chunks", this.target.streams ? String(this.chunks) : undefined],
    ].filter(([, value]) => value !== undefined);
    $("figures").replaceChildren(
      ...figures.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
  }

  end(status) {
    const hadFocus = document.activeElement === $("stop");
    $("stop").hidden = true;
    $("start").removeAttribute("aria-disabled");
    $("output").removeAttribute("aria-busy");
    if (hadFocus) $("start").focus();
    if (!this.isShown) return;
    $("result").hidden = false;
    $("status").textContent = status;
    this.figures(performance.now() - this.started);
  }

  fail(problem) {
    this.end("Failed");
    if (this.isShown) showProblem($("problem"), problem);
  }
}

function showProblem(place, problem) {
  const { code, message, suggestion } =
    problem instanceof Problem ? problem : new Problem("UNKNOWN_ERROR", `${problem.name}: ${problem.message}`);
  const parts = [element("strong", {}, code), element("p", {}, message)];
  if (suggestion) parts.push(element("p", { class: "suggestion" }, suggestion));
  place.replaceChildren(...parts);
  place.hidden = false;
}

function refreshHistory() {
  if (keepsHistory) showHistory(shown.agentId, $("history"), $("invocations"));
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Browsers keep the clipboard from pages that came over plain HTTP from another machine.
    button.textContent = "Select it to copy";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
$("form").addEventListener("input", showCode);
$("form").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  start();
});
$("stop").addEventListener("click", () => running?.abort());
$("copy-result").addEventListener("click", () => copy($("copy-result"), $("output").textContent));
$("copy-code").addEventListener("click", () => copy($("copy-code"), $("code").textContent));
$("refresh").addEventListener("click", refreshHistory);
load();
