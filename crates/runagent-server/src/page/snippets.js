// The present call as code.

import { respell } from "./json.js";
import { hasToken } from "./server.js";

/** What `POST run` and a stream take: JSON text. */
export function requestOf({ tag, call: { positional, named } }) {
  const kwargs = named.map(([name, json]) => `${JSON.stringify(name)}: ${json}`);
  return `{"entrypoint_tag": ${JSON.stringify(tag)}, "input_args": [${positional.join(", ")}], "input_kwargs": {${kwargs.join(", ")}}}`;
}

/** The languages in which a call can be written. */
export const LANGUAGES = ["Rust", "Python", "curl"];

/** The program that makes the call. */
export function snippet(language, target) {
  return { Rust: rust, Python: python, curl }[language](target);
}

/** What to know beside the code; never the token itself. */
export const note = hasToken ? "Set the variable RUNAGENT_API_KEY to the token of this server first." : "";

const port = location.port || "80";
const host = location.hostname.replace(/^\[|\]$/g, "");

function rust({ agentId, tag, streams, call: { positional, named } }) {
  const values = positional.map((json) => `json!(${respell(json, rustWord)})`).join(", ");
  const kwargs = named.map(([name, json]) => `(${rustWord(name)}, json!(${respell(json, rustWord)}))`).join(", ");
  const method = `${streams ? "run_stream" : "run"}${positional.length > 0 ? "_with_args" : ""}`;
  const passed = positional.length > 0 ? `&[${values}], &[${kwargs}]` : `&[${kwargs}]`;
  const use = streams
    ? [`    let mut stream = client.${method}(${passed}).await?;`,
      "    while let Some(chunk) = stream.next().await {",
      '        println!("{}", chunk?);',
      "    }"]
    : [`    let output = client.${method}(${passed}).await?;`, '    println!("{output}");'];
  return [
    "use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentError};",
    ...(positional.length + named.length > 0 ? ["use serde_json::json;"] : []),
    "",
    "#[tokio::main]",
    "async fn main() -> Result<(), RunAgentError> {",
    `    let config = RunAgentClientConfig::new(${rustWord(agentId)}, ${rustWord(tag)})`,
    "        .with_local(true)",
    `        .with_address(${rustWord(host)}, ${port});`,
    "    let client = RunAgentClient::new(config).await?;",
    ...use,
    "    Ok(())",
    "}",
  ].join("\n");
}

function rustWord(value) {
  if (typeof value !== "string") return String(value);
  const escaped = value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t");
  return `"${escaped.replace(/\p{C}/gu, (control) => `\\u{${control.codePointAt(0).toString(16)}}`)}"`;
}

function python({ agentId, tag, streams, call: { positional, named } }) {
  const names = named.every(([name]) => /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name));
  const kwargs = named.map(([name, json]) => [name, respell(json, pythonWord)]);
  const passed = positional.map((json) => respell(json, pythonWord));
  if (names) passed.push(...kwargs.map(([name, value]) => `${name}=${value}`));
  else passed.push(`**{${kwargs.map(([name, value]) => `${pythonWord(name)}: ${value}`).join(", ")}}`);
  const call = `client.${streams ? "run_stream" : "run"}(${passed.join(", ")})`;
  return [
    "from runagent import RunAgentClient",
    "",
    "client = RunAgentClient(",
    `    agent_id=${pythonWord(agentId)},`,
    `    entrypoint_tag=${pythonWord(tag)},`,
    "    local=True,",
    `    host=${pythonWord(host)},`,
    `    port=${port},`,
    ")",
    ...(streams ? [`for chunk in ${call}:`, '    print(chunk, end="", flush=True)'] : [`print(${call})`]),
  ].join("\n");
}

const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from global "
    + "if import in is lambda nonlocal not or pass raise return try while with yield").split(" "),
);

function pythonWord(value) {
  if (value === null) return "None";
  return typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value);
}

/** A stream as server-sent events, as they come: curl speaks no WebSocket. */
function curl(target) {
  const path = `/api/v1/agents/${encodeURIComponent(target.agentId)}/${target.streams ? "run-stream" : "run"}`;
  const token = hasToken ? ['  --header "Authorization: Bearer $RUNAGENT_API_KEY" \\'] : [];
  return [
    `curl ${target.streams ? "-N " : ""}${shellWord(location.origin + path)} \\`,
    ...token,
    ...(target.streams ? ["  --header 'Accept: text/event-stream' \\"] : []),
    "  --header 'Content-Type: application/json' \\",
    `  --data ${shellWord(requestOf(target))}`,
  ].join("\n");
}

function shellWord(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
