"""Plays the Autobahn cases for WebSockets, with kosoku, and prints a verdict on each.

usage: autobahn.py client HOST:PORT      plays them against the echo server at that address
       autobahn.py server                prints the port of 127.0.0.1 where an echo client finds a case at each
                                         `/runCase?case=N&agent=NAME`, N from 1; `/updateReports?agent=NAME` is the end

VERDICT, one a line: {"case": id, "behavior": text, "close": text, "why": [text, text]}

Sections 12 and 13 are left out: they are about compression, which nobody offers. The script also ends when its standard
input does, so that it does not outlive the test process that started it.
"""

import asyncio
import json
import os
import sys
import threading

from kosoku import FailureError, run_fuzzingclient, run_fuzzingserver

CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"]


def exit_with_parent():
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


async def against_server(address):
    return await run_fuzzingclient(f"ws://{address}", CASES)


async def against_client():
    async with run_fuzzingserver(CASES, host="127.0.0.1", port=0) as server:
        print(server.port, flush=True)
        return await server.get_result()


def verdict(result):
    return {
        "case": result.case_id,
        "behavior": result.behavior.value,
        "close": result.behavior_close.value,
        "why": [result.result, result.result_close],
    }


def main(mode, *address):
    threading.Thread(target=exit_with_parent, daemon=True).start()
    play = {"client": against_server, "server": against_client}[mode]
    try:
        results = asyncio.run(play(*address))
    except FailureError as failure:
        results = failure.results
    for result in results:
        print(json.dumps(verdict(result)))
    sys.stdout.flush()
    # kosoku's threads outlive the event loop, and one that calls into an interpreter which is being taken down aborts
    # the process: leave without taking it down.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
