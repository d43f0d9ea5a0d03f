"""Calls an agent with the official Python client, as told, and prints what came back, as one JSON document.

usage: client.py AGENT_ID < CALLS      (the client finds the address in the registry of RUNAGENT_CACHE_DIR)

CALLS   [{"tag": ..., "args": [...], "kwargs": {...}, "user_id": text | null}...]

{
  "calls":  [{"result": any} | {"error": ERROR} | {"chunks": [any...], "error": null | ERROR}...],    a stream has chunks
  "agent":  the agent as the package's own database service reads it from the registry,
  "status": what `runagent db status` prints
}

ERROR is that of expect.py.
"""

import contextlib
import io
import json
import sys

from expect import failure


def called(client, args, kwargs):
    try:
        return {"result": client.run(*args, **kwargs)}
    except Exception as error:
        return {"error": failure(error)}


def streamed(client, args, kwargs):
    chunks = []
    try:
        for chunk in client.run_stream(*args, **kwargs):
            chunks.append(chunk)
    except Exception as error:
        return {"chunks": chunks, "error": failure(error)}
    return {"chunks": chunks, "error": None}


def answers(agent_id, calls):
    from runagent.client.client import RunAgentClient

    for call in calls:
        tag, user_id = call["tag"], call["user_id"]
        client = RunAgentClient(agent_id, tag, user_id=user_id, persistent_memory=user_id is not None)
        answer = streamed if tag.endswith("_stream") else called
        yield answer(client, call["args"], call["kwargs"])


def printed(arguments):
    from runagent.cli.main import runagent as cli

    with contextlib.redirect_stdout(io.StringIO()) as output:
        cli.main(arguments, standalone_mode=False)
    return output.getvalue()


def main(agent_id, calls):
    from runagent.sdk.db import DBService

    return {
        "calls": list(answers(agent_id, calls)),
        "agent": DBService().get_agent(agent_id),
        "status": printed(["db", "status"]),
    }


if __name__ == "__main__":
    # The client prints as it goes, to the stream that is ours.
    with contextlib.redirect_stdout(sys.stderr):
        document = main(sys.argv[1], json.load(sys.stdin))
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
