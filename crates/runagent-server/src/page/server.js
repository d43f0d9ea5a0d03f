// The server that this page came from.

/** Why a call failed: a code, a message, and perhaps what to do. */
export class Problem extends Error {
  constructor(code, message, suggestion) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}

const CODES = { 401: "AUTHENTICATION_ERROR", 403: "PERMISSION_ERROR", 404: "NOT_FOUND", 422: "VALIDATION_ERROR" };

// The token stays in this module: not in the address bar, not in a history, not in a store.
const token = new URLSearchParams(location.search).get("token");
if (token !== null) history.replaceState(null, "", location.pathname);

/** Whether callers must show a token. */
export const hasToken = token !== null;

/** What `GET path` answers with; `undefined` when there is no such thing. */
export async function get(path) {
  const { response, body } = await send(path, {});
  if (response.status === 404) return undefined;
  if (!response.ok) throw refused(response.status, body);
  return body;
}

/** Calls an entrypoint with a request that is JSON text, and returns what it sends back. */
export async function run(agentId, request, signal) {
  const headers = { "content-type": "application/json" };
  const { response, body } = await send(`${agentPath(agentId)}/run`, { method: "POST", headers, body: request, signal });
  if (!response.ok || body?.success !== true) throw refused(response.status, body);
  return body.data;
}

/** Calls a streaming entrypoint, and passes on what it sends until it has ended. Aborting closes the socket. */
export function stream(agentId, request, signal, onChunk) {
  const url = new URL(`${agentPath(agentId)}/run-stream`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (hasToken) url.searchParams.set("token", token);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let opened = false;
    const end = (settle, value) => {
      settle(value);
      socket.close();
    };
    signal.addEventListener("abort", () => end(reject, signal.reason), { once: true });
    socket.onopen = () => {
      opened = true;
      socket.send(request);
    };
    socket.onmessage = ({ data }) => {
      if (signal.aborted) return;
      let frame;
      try {
        frame = JSON.parse(data);
      } catch {
        return end(reject, new Problem("DECODE_ERROR", "The server sent something that is no JSON."));
      }
      if (frame.type === "data") onChunk(frame.content);
      else if (frame.type === "error") end(reject, failed(frame));
      else if (frame.status === "stream_completed") end(resolve);
    };
    socket.onclose = ({ code }) => end(reject, opened ? brokenOff(code) : notTaken());
  });
}

function agentPath(agentId) {
  return `/api/v1/agents/${encodeURIComponent(agentId)}`;
}

async function send(path, options) {
  const headers = { accept: "application/json", ...options.headers };
  if (hasToken) headers.authorization = `Bearer ${token}`;
  let response;
  let text;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store" });
    text = await response.text();
  } catch (error) {
    throw error.name === "AbortError" ? error : unreachable();
  }
  try {
    return { response, body: JSON.parse(text) };
  } catch {
    throw new Problem("DECODE_ERROR", `The server answered with status ${response.status} and no JSON.`);
  }
}

/** An answer other than a success: the envelope, or the `detail` of a request that reached no agent. */
function refused(status, body) {
  const error = body?.error;
  if (error) return failed(typeof error === "string" ? { error } : error);
  return failed({ code: CODES[status] ?? "SERVER_ERROR", detail: body?.detail ?? `The server answered with status ${status}.` });
}

function failed({ code, message, error, detail, suggestion, retry_after: wait }) {
  const later = wait ? `Try again in ${wait} s.` : undefined;
  return new Problem(code ?? "INTERNAL_ERROR", said(message ?? error ?? detail), suggestion ?? later);
}

/** A message, or a list of them with the places they are about. */
function said(message) {
  if (!Array.isArray(message)) return String(message ?? "The agent did not say why.");
  return message.map(({ loc = [], msg }) => `${loc.join(".")}: ${msg}`).join("\n");
}

function unreachable() {
  return new Problem("CONNECTION_ERROR", "The server does not answer.", "Check that the agent is still being served, then try again.");
}

/** The handshake of a socket failed, and browsers do not tell why. */
function notTaken() {
  const suggestion = "It may be busy with other calls, or be gone: try again.";
  return new Problem("CONNECTION_ERROR", "The server did not take the stream.", suggestion);
}

function brokenOff(code) {
  const why = code === 1012 ? "The server was shut down" : `The connection ended (code ${code})`;
  return new Problem("STREAM_TRUNCATED", `${why} before the stream did.`, "What arrived is incomplete: run it again.");
}
