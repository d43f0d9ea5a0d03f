"""Prints what the official package says of the calls in a registry, as one JSON document.

usage: history.py AGENT_ID INVOCATION_ID      (the registry is that of RUNAGENT_CACHE_DIR)

{
  "invocations": those of the agent, as the package's own database service reads them,
  "stats":       its numbers,
  "runs":        its rows of the older table,
  "agent":       the agent, with its counters,
  "printed":     {COMMAND: what `runagent db COMMAND` prints},
  "left":        how many invocations are left after everything that is older than a day was cleaned up
}
"""

import contextlib
import io
import json
import sys


def printed(arguments):
    from runagent.cli.main import runagent as cli

    with contextlib.redirect_stdout(io.StringIO()) as output:
        cli.main(["db", *arguments], standalone_mode=False)
    return output.getvalue()


def main(agent_id, invocation_id):
    from runagent.sdk.db import DBService

    database = DBService()
    document = {
        "invocations": database.list_invocations(agent_id=agent_id, limit=-1),
        "stats": database.get_invocation_stats(agent_id),
        "runs": database.get_agent_runs(agent_id, limit=-1),
        "agent": database.get_agent(agent_id),
        "printed": {
            "status": printed(["status"]),
            "invocations": printed(["invocations", "--agent-id", agent_id]),
            "failed": printed(["invocations", "--status", "failed"]),
            "invocation": printed(["invocation", invocation_id]),
            "json": printed(["invocation", invocation_id, "--format", "json"]),
        },
    }
    database.cleanup_old_invocations(days_old=1)
    document["left"] = len(database.list_invocations(agent_id=agent_id, limit=-1))
    return document


if __name__ == "__main__":
    # The package prints as it goes, to the stream that is ours.
    with contextlib.redirect_stdout(sys.stderr):
        document = main(*sys.argv[1:])
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
