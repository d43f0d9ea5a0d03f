"""The agent that the end-to-end tests call: no framework, one entrypoint for each thing that can happen to a call."""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import date, datetime, time as clock_time
from decimal import Decimal


class Account:
    """A plain object: `run` shows all of its attributes, a stream only the public ones."""

    def __init__(self):
        self.a = 1
        self._hidden = 2
        self.b = "two"


@dataclass
class Point:
    x: int
    y: str


class Greeter:
    """Reached as `greeter.polite`, to prove that an entrypoint may be an attribute of an object."""

    def __init__(self, salutation):
        self.salutation = salutation

    def polite(self, name):
        return f"{self.salutation}, {name}"


greeter = Greeter("Good day")


def nested_list(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


# What an agent can return, by kind. Each is made anew, because a generator can be read only once.
KINDS = {
    # text
    "str": lambda: "plain text",
    "empty_str": lambda: "",
    "unicode": lambda: "naïve — 日本語 🚀 \u2028 end",
    "control": lambda: 'quote " backslash \\ slash / tab \t newline \n nul \x00 delete \x7f',
    "json_str": lambda: '{"looks": "like json"}',
    "digit_str": lambda: "42",
    "genword": lambda: "A generator object is an iterator",
    # numbers
    "int": lambda: 42,
    "zero": lambda: 0,
    "neg": lambda: -7,
    "i64_min": lambda: -(2**63),
    "u64_max": lambda: 2**64 - 1,
    "u128_max": lambda: 2**128 - 1,
    "bigint": lambda: 2**70,
    "neg_bigint": lambda: -(2**70),
    "nested_bigint": lambda: {"exact": [2**70, -(2**70)], "n": 2**53 + 1},
    "float": lambda: 3.5,
    "float_int": lambda: 3.0,
    "float_sum": lambda: 0.1 + 0.2,
    "neg_zero": lambda: -0.0,
    "tiny": lambda: 1e-300,
    "max_float": lambda: 1.7976931348623157e308,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "neg_inf": lambda: float("-inf"),
    "nested_nan": lambda: {"v": float("nan")},
    "nested_inf": lambda: {"v": [float("inf"), float("-inf")]},
    # the rest of JSON
    "true": lambda: True,
    "false": lambda: False,
    "none": lambda: None,
    "list": lambda: [1, "two", 3.0, None, True, {"k": [1]}],
    "empty_list": lambda: [],
    "deep": lambda: nested_list(50),
    "dict": lambda: {"message": "hi", "n": 1, "nested": {"deep": [1, 2]}},
    "empty_dict": lambda: {},
    "empty_key": lambda: {"": 1},
    "int_keys": lambda: {1: "one", 2: "two"},
    # objects that look like a part of the protocol and are none
    "type_payload": lambda: {"type": "note", "payload": '"inner"'},
    "structured": lambda: {"type": "integer", "payload": "42"},
    "content": lambda: {"content": "only-this?", "other": 1},
    "strategy": lambda: {"strategy": "direct", "content": 5},
    "error_dict": lambda: {"error": "not really", "success": False},
    "envelope": lambda: {"success": True, "data": "inner", "message": None, "error": None},
    # what only Python has
    "tuple": lambda: (1, 2),
    "set": lambda: {5},
    "frozenset": lambda: frozenset({5}),
    "bytes": lambda: b"\x00\xff",
    "decimal": lambda: Decimal("1.10"),
    "datetime": lambda: datetime(2025, 1, 2, 3, 4, 5),
    "date": lambda: date(2025, 1, 2),
    "time": lambda: clock_time(3, 4, 5),
    "dict_datetime": lambda: {"at": datetime(2025, 1, 2, 3, 4, 5)},
    "object": lambda: Account(),
    "dataclass": lambda: Point(7, "why"),
}

# Left out of `types_stream` and of the expectations: what a client makes of these is its own decision.
ODD_KINDS = {
    # Deeper than most JSON readers go.
    "too_deep": lambda: nested_list(200),
    # No UTF-8 text: the server answers success with a description of its own failure.
    "surrogate": lambda: "\ud800",
}


def count_execution(label):
    """Leaves one line for each execution, so that a test can tell whether a request was executed twice."""
    path = os.environ.get("COUNT_FILE")
    if path:
        with open(path, "a", encoding="utf-8") as lines:
            lines.write(f"{label}\n")


# Entrypoints that answer once.


def echo(*args, **kwargs):
    return {"args": list(args), "kwargs": kwargs}


async def async_echo(*args, **kwargs):
    return echo(*args, **kwargs)


def ret(kind):
    return (KINDS.get(kind) or ODD_KINDS[kind])()


def greet(name, punctuation="!"):
    return f"Hello, {name}{punctuation}"


def fail(msg="boom"):
    raise RuntimeError(msg)


async def async_fail(msg="async boom"):
    raise ValueError(msg)


def sleepy(s=1.0):
    time.sleep(s)
    return {"slept": s}


async def async_sleepy(s=1.0):
    await asyncio.sleep(s)
    return {"slept": s}


def big(size=1_000_000):
    return "x" * size


def make_generator():
    return (n for n in range(3))


def make_async_generator():
    async def numbers():
        yield 1

    return numbers()


def choices():
    return {"choices": [{"text": "the answer"}, {"text": "another"}]}


def env(name):
    return os.environ.get(name)


def count_run(label="run", s=0.0):
    count_execution(label)
    time.sleep(s)
    return label


# Entrypoints that stream.


def count_stream(n=3):
    for i in range(n):
        yield {"i": i}


async def acount_stream(n=3):
    for i in range(n):
        yield {"i": i}


def types_stream():
    for kind in KINDS:
        yield ret(kind)


def midfail_stream(n=2):
    yield from range(n)
    raise RuntimeError("stream exploded midway")


async def amidfail_stream(n=2):
    for i in range(n):
        yield i
    raise RuntimeError("503: upstream unavailable")


def earlyfail_stream():
    raise RuntimeError("failed before the first chunk")
    yield  # makes this a generator


def fast_stream(n=10_000, pad=0):
    padding = "x" * pad
    for i in range(n):
        yield {"i": i, "pad": padding}


def slow_stream(n=5, delay=1.0):
    """Synchronous: while it sleeps, the server answers nothing else, not even a ping."""
    for i in range(n):
        yield {"i": i}
        time.sleep(delay)


async def aslow_stream(n=5, delay=1.0):
    for i in range(n):
        yield {"i": i}
        await asyncio.sleep(delay)


async def counted_stream(label="stream", n=3, delay=0.0):
    count_execution(label)
    for i in range(n):
        yield i
        await asyncio.sleep(delay)


def empty_stream():
    yield from ()


def list_stream():
    return ["a", "b", "c"]


async def alist_stream():
    return ["a", "b", "c"]


def noniter_stream():
    return 5


def bigchunk_stream(size=1_000_000, n=1):
    for _ in range(n):
        yield "x" * size
