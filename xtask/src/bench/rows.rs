//! The rows: what is compared with what, and what the design asks of it.

use crate::bench::comparison::Comparison;
use crate::bench::cost::Measure::{Allocations, Instructions, Memory, Reaches};
use crate::bench::cost::{Program, Work};

/// Passes over an input, calls, events, streams: few and many.
const PASSES: [u64; 2] = [1, 5];
const CALLS: [u64; 2] = [20, 120];
const EVENTS: [u64; 2] = [1_000, 11_000];
const STREAMS: [u64; 2] = [100, 1_100];
const LOOKUPS: [u64; 2] = [10, 60];
/// The first one is the dear one, and for 16 MiB one is enough.
const ONE: [u64; 2] = [0, 1];

const INSTRUCTIONS_A_BYTE: &str = "instructions a byte";
const INSTRUCTIONS_A_CALL: &str = "instructions a call";
const INSTRUCTIONS_AN_EVENT: &str = "instructions an event";

/// Those of the design first; then what else is worth a look, which a quick run leaves out.
pub(crate) static ROWS: &[Comparison] = &[
    Comparison {
        must: Some(0.60),
        stretch: Some(0.49),
        ..decoder("SSE decoder, 16 KiB chunks", "decode:delta@16384", "sse-stream")
    },
    Comparison {
        must: Some(1.0),
        stretch: Some(0.4),
        ..decoder("SSE decoder, 1-byte chunks", "decode:delta@1", "sse-stream")
    },
    Comparison {
        name: "SSE decoder, 128 KiB line in 64-byte chunks",
        unit: "instructions a line",
        ours: ours("decode-events:line128@64", "ours", PASSES),
        peer: Some(("half the line", ours("decode-events:line64@64", "ours", PASSES))),
        must: Some(2.2),
        ..ROW
    },
    Comparison {
        name: "SSE decoder, 16 KiB chunks",
        unit: "allocations an event",
        measure: Allocations,
        ours: ours("decode-events:delta@16384", "ours", PASSES),
        must: Some(0.05),
        ..ROW
    },
    Comparison {
        peer: Some(("hyper-util legacy + decode", ours("call:weather", "legacy", CALLS))),
        must: Some(1.15),
        ..RUN
    },
    Comparison {
        peer: Some(("hyper connection + decode", ours("call:weather", "hyper", CALLS))),
        stretch: Some(1.15),
        ..RUN
    },
    Comparison {
        peer: Some(("runagent 0.1.49", runagent("call:weather", CALLS))),
        must: Some(0.62),
        stretch: Some(0.46),
        ..RUN
    },
    Comparison { unit: "allocations a call", measure: Allocations, must: Some(45.0), stretch: Some(36.0), ..RUN },
    Comparison {
        name: "run(), 16 MiB of JSON",
        ours: ours("call:large", "ours", ONE),
        peer: Some(("hyper + from_slice::<Value>", ours("call:large", "hyper-value", ONE))),
        must: Some(1.1),
        ..ROW
    },
    Comparison {
        name: "16 MiB of JSON, left raw",
        ours: ours("call:large", "ours-raw", ONE),
        peer: Some(("hyper + from_slice::<Value>", ours("call:large", "hyper-value", ONE))),
        stretch: Some(0.10),
        ..ROW
    },
    Comparison {
        name: "WebSocket, typed",
        ours: ours("ws", "ours-typed", EVENTS),
        peer: Some(("runagent 0.1.49", runagent("ws", EVENTS))),
        must: Some(0.43),
        ..WEBSOCKET
    },
    Comparison {
        name: "SSE over HTTP, typed",
        ours: ours("sse", "ours-typed", EVENTS),
        peer: Some(("everruns-sdk 0.3.1", everruns("sse", EVENTS))),
        must: Some(0.22),
        ..EVENT_STREAM
    },
    Comparison {
        name: "everruns-client, event stream",
        ours: ours("sse", "everruns", EVENTS),
        peer: Some(("everruns-sdk 0.3.1", everruns("sse", EVENTS))),
        ..EVENT_STREAM
    },
    Comparison {
        name: "open event stream, idle",
        unit: "KiB a stream",
        measure: Memory,
        ours: ours("idle", "sse", STREAMS),
        must: Some(20.0),
        ..ROW
    },
    Comparison {
        name: "open WebSocket stream, idle",
        unit: "KiB a stream",
        measure: Memory,
        ours: ours("idle", "ws", STREAMS),
        must: Some(6.5),
        ..ROW
    },
    Comparison {
        name: "first client",
        unit: "instructions",
        ours: ours("construct", "ours", ONE),
        must: Some(1_000_000.0),
        ..ROW
    },
    Comparison {
        name: "first client",
        unit: "sockets and certificates opened",
        measure: Reaches,
        ours: ours("construct", "ours", ONE),
        must: Some(0.0),
        ..ROW
    },
    Comparison {
        name: "registry lookup, cold",
        unit: "instructions a lookup",
        ours: ours("registry", "ours", LOOKUPS),
        peer: Some(("sqlx connection", ours("registry", "sqlx", LOOKUPS))),
        must: Some(1.1),
        ..ROW
    },
    // Beyond the design.
    Comparison {
        must: Some(0.12),
        quick: false,
        ..decoder("SSE decoder, 16 KiB chunks", "decode:delta@16384", "eventsource-stream")
    },
    Comparison {
        must: Some(0.60),
        quick: false,
        ..decoder("SSE decoder, events without an id", "decode:named@16384", "sse-stream")
    },
    Comparison {
        must: Some(0.65),
        quick: false,
        ..decoder("SSE decoder, 1400-byte chunks", "decode:delta@1400", "sse-stream")
    },
    Comparison {
        must: Some(0.87),
        quick: false,
        ..decoder("SSE decoder, data only", "decode:data@16384", "sse-stream")
    },
    Comparison {
        must: Some(0.60),
        quick: false,
        ..decoder("SSE decoder, every line ending and comments", "decode:mixed@16384", "sse-stream")
    },
    Comparison {
        stretch: Some(0.64),
        quick: false,
        ..decoder("SSE decoder, heartbeats", "decode:heartbeat@16384", "sse-stream")
    },
    Comparison {
        must: Some(1.0),
        quick: false,
        ..decoder("SSE decoder, 64 lines an event", "decode:manyline@16384", "sse-stream")
    },
    Comparison {
        must: Some(1.1),
        quick: false,
        ..decoder("SSE decoder, 64 KiB line in 16 KiB chunks", "decode:line64@16384", "sse-stream")
    },
    Comparison {
        must: Some(1.1),
        quick: false,
        ..decoder("SSE decoder, 64 KiB line in 64-byte chunks", "decode:line64@64", "sse-stream")
    },
    Comparison { peer: Some(("reqwest + Value", ours("call:weather", "reqwest", CALLS))), quick: false, ..RUN },
    Comparison {
        unit: "allocations a call",
        measure: Allocations,
        peer: Some(("hyper-util legacy + decode", ours("call:weather", "legacy", CALLS))),
        quick: false,
        ..RUN
    },
    Comparison {
        name: "run(), 16 MiB of JSON as Python sends it",
        ours: ours("call:large-text", "ours", ONE),
        peer: Some(("hyper + decode", ours("call:large-text", "hyper", ONE))),
        must: Some(1.1),
        quick: false,
        ..ROW
    },
    Comparison {
        name: "run_stream(), Value",
        ours: ours("ws", "ours", EVENTS),
        peer: Some(("runagent 0.1.49", runagent("ws", EVENTS))),
        must: Some(0.8),
        quick: false,
        ..WEBSOCKET
    },
    Comparison {
        name: "WebSocket, text",
        ours: ours("ws", "ours-raw", EVENTS),
        peer: Some(("tokio-websockets", ours("ws", "tokio-websockets", EVENTS))),
        must: Some(1.2),
        quick: false,
        ..WEBSOCKET
    },
    Comparison {
        name: "run_stream(), Value",
        unit: "allocations an event",
        measure: Allocations,
        ours: ours("ws", "ours", EVENTS),
        quick: false,
        ..WEBSOCKET
    },
    Comparison {
        name: "open socket of the transport, idle",
        unit: "KiB a socket",
        measure: Memory,
        ours: ours("idle", "socket", STREAMS),
        must: Some(6.5),
        quick: false,
        ..ROW
    },
    Comparison {
        name: "SSE over HTTP, text",
        ours: ours("sse", "ours", EVENTS),
        peer: Some(("reqwest + eventsource-stream", ours("sse", "reqwest", EVENTS))),
        quick: false,
        ..EVENT_STREAM
    },
    Comparison {
        name: "first client",
        unit: "instructions",
        ours: ours("construct", "ours", ONE),
        peer: Some(("reqwest without TLS", ours("construct", "reqwest", ONE))),
        quick: false,
        ..ROW
    },
];

const fn ours(kind: &'static str, contender: &'static str, counts: [u64; 2]) -> Work {
    Work { program: Program::Ours, kind, contender, counts }
}

const fn runagent(kind: &'static str, counts: [u64; 2]) -> Work {
    Work { program: Program::RunAgent, kind, contender: "runagent", counts }
}

const fn everruns(kind: &'static str, counts: [u64; 2]) -> Work {
    Work { program: Program::Everruns, kind, contender: "everruns", counts }
}

/// What the rows of a group share.
const ROW: Comparison = Comparison {
    name: "",
    unit: INSTRUCTIONS_A_CALL,
    measure: Instructions,
    ours: ours("", "", ONE),
    peer: None,
    must: None,
    stretch: None,
    quick: true,
};

const fn decoder(name: &'static str, input: &'static str, peer: &'static str) -> Comparison {
    Comparison {
        name,
        unit: INSTRUCTIONS_A_BYTE,
        ours: ours(input, "ours", PASSES),
        peer: Some((peer, ours(input, peer, PASSES))),
        ..ROW
    }
}

const RUN: Comparison = Comparison { name: "run()", ours: ours("call:weather", "ours", CALLS), ..ROW };

const WEBSOCKET: Comparison = Comparison { unit: INSTRUCTIONS_AN_EVENT, ..ROW };

const EVENT_STREAM: Comparison = Comparison { unit: INSTRUCTIONS_AN_EVENT, ..ROW };
