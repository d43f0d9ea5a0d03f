"""Calls a running agent with the official Python client and prints what came back, as one JSON document.

usage: expect.py AGENT_ID      (the client finds the address in the registry of RUNAGENT_CACHE_DIR)

{
  "run":    {KIND: RESULT},                                          what `ret(KIND)` returned
  "call":   {TAG: {"args": [...], "kwargs": {...}, "result": RESULT}},
  "stream": {TAG: {"kwargs": {...}, "chunks": [RESULT...], "error": null | ERROR}},
  "errors": {NAME: {"tag": ..., "kwargs": {...}, "error": ERROR}}
}

RESULT  {"t": "none"} | {"t": "bool", "v": true} | {"t": "str", "v": "text"}
        | {"t": "int", "v": "1180591620717411303424"} | {"t": "float", "v": "3.0" | "inf" | "-inf" | "nan"}
        | {"t": "list", "v": [RESULT...]} | {"t": "dict", "v": {KEY: RESULT}}
ERROR   {"type": CLASS, "code": text | null, "message": text, "suggestion": text | null, "details": object | null}
"""

import contextlib
import json
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "agent"))
from main import KINDS  # noqa: E402

CALLS = {
    "echo": ([1, "two", None], {"a": 2.5, "b": [True]}),
    "async_echo": ([], {}),
    "greet": (["Ada"], {"punctuation": "?"}),
    "sleepy": ([], {"s": 0}),
    "async_sleepy": ([], {"s": 0}),
    "big": ([], {"size": 10}),
    "extracted": ([], {}),
    "method": (["Ada"], {}),
    "env": (["INTEROP_LITERAL"], {}),
}

STREAMS = {
    "count_stream": {"n": 3},
    "acount_stream": {"n": 3},
    "types_stream": {},
    "midfail_stream": {"n": 2},
    "amidfail_stream": {"n": 2},
    "earlyfail_stream": {},
    "fast_stream": {"n": 100, "pad": 3},
    "slow_stream": {"n": 2, "delay": 0.01},
    "aslow_stream": {"n": 2, "delay": 0.01},
    "empty_stream": {},
    "list_stream": {},
    "alist_stream": {},
    "noniter_stream": {},
    "bigchunk_stream": {"size": 1000, "n": 2},
}

FAILING_CALLS = {
    "fail": ("fail", {"msg": "boom"}),
    "fail_permission": ("fail", {"msg": "403 permission denied by db"}),
    "async_fail": ("async_fail", {}),
    "missing_argument": ("greet", {}),
    "unexpected_argument": ("greet", {"name": "Ada", "bogus": 1}),
    "unknown_tag": ("zzz", {}),
}

FAILING_STREAMS = {
    "stream_unexpected_argument": ("count_stream", {"bogus": 1}),
    "unknown_stream_tag": ("zzz_stream", {}),
    "stream_of_run_tag": ("echo", {}),
}


def tagged(value):
    """Says of each value what it is, because JSON alone would lose it."""
    if value is None:
        return {"t": "none"}
    if isinstance(value, bool):
        return {"t": "bool", "v": value}
    if isinstance(value, (int, float)):
        return {"t": type(value).__name__, "v": repr(value)}
    if isinstance(value, str):
        return {"t": "str", "v": value}
    if isinstance(value, list):
        return {"t": "list", "v": [tagged(item) for item in value]}
    return {"t": "dict", "v": {key: tagged(item) for key, item in value.items()}}


def failure(error):
    return {
        "type": type(error).__name__,
        "code": getattr(error, "code", None),
        "message": getattr(error, "message", str(error)),
        "suggestion": getattr(error, "suggestion", None),
        "details": getattr(error, "details", None),
    }


def failure_of(call):
    try:
        value = call()
    except Exception as error:
        return failure(error)
    raise AssertionError(f"should have failed, returned {value!r}")


def streamed(chunks):
    """What came before the end of a stream, and the error that ended it."""
    received = []
    try:
        for chunk in chunks:
            received.append(tagged(chunk))
    except Exception as error:
        return {"chunks": received, "error": failure(error)}
    return {"chunks": received, "error": None}


def expectations(agent_id):
    from runagent.client.client import RunAgentClient

    def client(tag):
        return RunAgentClient(agent_id, tag)

    def failing(tag, kwargs, call):
        return {"tag": tag, "kwargs": kwargs, "error": failure_of(call)}

    ret = client("ret")
    run = {kind: tagged(ret.run(kind=kind)) for kind in KINDS}
    call = {
        tag: {"args": args, "kwargs": kwargs, "result": tagged(client(tag).run(*args, **kwargs))}
        for tag, (args, kwargs) in CALLS.items()
    }
    stream = {
        tag: {"kwargs": kwargs, **streamed(client(tag).run_stream(**kwargs))}
        for tag, kwargs in STREAMS.items()
    }
    errors = {
        name: failing(tag, kwargs, lambda: client(tag).run(**kwargs))
        for name, (tag, kwargs) in FAILING_CALLS.items()
    }
    errors |= {
        name: failing(tag, kwargs, lambda: list(client(tag).run_stream(**kwargs)))
        for name, (tag, kwargs) in FAILING_STREAMS.items()
    }
    errors |= address_errors(ret.agent_host, ret.agent_port)
    return {"run": run, "call": call, "stream": stream, "errors": errors}


def address_errors(host, port):
    """Calls that reach no agent: another one's id at this address, an address where nothing listens, no address."""
    from runagent.client.client import RunAgentClient

    def both(name, agent_id, **address):
        run = RunAgentClient(agent_id, "echo", **address)
        stream = RunAgentClient(agent_id, "count_stream", **address)
        return {
            f"{name}_run": {"tag": "echo", "kwargs": {}, "error": failure_of(run.run)},
            f"{name}_stream": {
                "tag": "count_stream",
                "kwargs": {},
                "error": failure_of(lambda: list(stream.run_stream())),
            },
        }

    errors = both("unknown_agent", "nope", host=host, port=port)
    # Bound, so that nobody else takes the port, but not listening.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        errors |= both("dead_port", "nope", host="127.0.0.1", port=taken.getsockname()[1])
    unregistered = failure_of(lambda: RunAgentClient("nope", "echo"))
    return errors | {"unregistered_agent": {"tag": "echo", "kwargs": {}, "error": unregistered}}


if __name__ == "__main__":
    # The client prints as it goes, to the stream that is ours.
    with contextlib.redirect_stdout(sys.stderr):
        document = expectations(sys.argv[1])
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
