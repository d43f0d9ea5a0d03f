"""Registers an agent folder, if need be, and serves it with the official package.

usage: serve.py FOLDER PORT ROOT

`runagent serve --port` silently takes another port when the wanted one is busy; this ends instead. It also ends when
its standard input does, so that no server outlives the test process that started it, however that one ended; then it
removes ROOT, the folder that this process would have removed.
"""

import json
import os
import shutil
import sys
import threading
from pathlib import Path

from runagent.cli.main import runagent as cli
from runagent.sdk.db import DBService
from runagent.sdk.server.local_server import LocalServer


def exit_with_parent(root):
    sys.stdin.buffer.read()
    shutil.rmtree(root, ignore_errors=True)
    os._exit(0)


def register(folder):
    agent_id = json.loads((folder / "runagent.config.json").read_text(encoding="utf-8"))["agent_id"]
    # A second registration asks a question, and crashes on the answer yes.
    if DBService().get_agent(agent_id) is None:
        cli.main(["config", "--register-agent", str(folder)], standalone_mode=False)


def main(folder, port, root):
    threading.Thread(target=exit_with_parent, args=[root], daemon=True).start()
    register(folder)
    server = LocalServer.from_path(folder, port=port, host="127.0.0.1")
    if server.port != port:
        sys.exit(f"port {port} is taken")
    server.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
