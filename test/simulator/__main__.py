"""The command line: `python3 test/simulator`, or `python3 -m simulator` beside this folder."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from simulator.core import DEFAULT_TOKEN, Simulator  # noqa: E402
from simulator.front import Front, FrontError  # noqa: E402
from simulator.oauth import DEFAULT_APP, DEFAULT_SECRET  # noqa: E402
from simulator.server import Server, tls_context  # noqa: E402
from simulator.world import Size  # noqa: E402

PARENT_POLL_SECONDS = 0.2


def arguments():
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--download-port", type=int, default=0, help="of the host with the reports; 0 picks a free one")
    parser.add_argument("--port-file", type=Path, help="also write the port to this file")
    size = Size()
    for name in ("seed", "accounts", "campaigns", "ad-groups", "ads", "boards", "pins"):
        parser.add_argument(f"--{name}", type=int, default=getattr(size, name.replace("-", "_")))
    parser.add_argument("--steady", action="store_true", help="all that is in flight delivers on every day")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the access token that may see everything")
    parser.add_argument("--app-secret", default=DEFAULT_SECRET, help=f"the secret of the app {DEFAULT_APP}")
    parser.add_argument("--today", help="pretend that it is this UTC day, YYYY-MM-DD")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--log", help="append the request log to this file, one JSON object a line")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--front", metavar="FOLDER", help="put nginx in front, for TLS, HTTP/2 and gzip; its files, "
                        "among them the certificate to trust, cert.pem, go to this folder")
    parser.add_argument("--die-with-parent", action="store_true", help="exit when the parent process ends")
    parser.add_argument("--until-eof", action="store_true", help="exit at the end of standard input")
    args = parser.parse_args()
    if args.front and args.tls_cert:
        parser.error("--front and --tls-cert exclude each other")
    return args


def world_size(args):
    return Size(args.seed, args.accounts, args.campaigns, args.ad_groups, args.ads, args.boards, args.pins,
                args.steady)


def watch_parent(stop):
    """Set stop when this process was handed to another parent."""
    parent = os.getppid()
    while not stop.wait(PARENT_POLL_SECONDS):
        if os.getppid() != parent:
            stop.set()


def watch_input(stop):
    """Set stop at the end of standard input."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


def announce(server, port_file):
    """Tell where the server listens; the file appears complete or not at all."""
    if port_file:
        temporary = port_file.with_name(port_file.name + ".new")
        temporary.write_text(f"{server.server_address[1]}\n", encoding="ascii")
        temporary.replace(port_file)
    print(f"listening on {server.url}\ndownloads on {server.downloads.url}", flush=True)


def main():
    args = arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    simulator = Simulator(world_size(args), args.token, args.latency, args.today, args.log, args.app_secret)
    tls = tls_context(args.tls_cert, args.tls_key) if args.tls_cert else None
    server = Server(simulator, args.port, tls, args.download_port)
    front = None
    if args.front:
        front = Front([server.url, server.downloads.url], args.front)
        server.stand_behind(front.urls)
    server.start()
    watchers = [watch for watch, wanted in
                ((watch_parent, args.die_with_parent), (watch_input, args.until_eof)) if wanted]
    for watch in watchers:
        threading.Thread(target=watch, args=(stop,), daemon=True).start()
    announce(server, args.port_file)
    stop.wait()
    if front:
        front.stop()
    server.stop()


if __name__ == "__main__":
    try:
        main()
    except FrontError as error:
        sys.exit(f"simulator: {error}")
