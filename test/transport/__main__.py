"""
A scripted server of list pages over every transport that HTTP has, for tests of how they are read.

By hand, one case on a port (its settings are those of case.py, as JSON or as NAME=VALUE):

  /usr/bin/python3 test/transport --log /tmp/t.log http=2 coding=gzip accounts=1 pages=4 rows=5 name_bytes=1200

prints its URL (the base_url of a foreign server) and, unless one is given, the certificate that was made
(its ca_file), and serves until its input ends or it is killed:

  listening on https://127.0.0.1:43521/v5 ca_file /tmp/.../cert.pem

Settings, all of them optional:
  host=127.0.0.1|::1  http=1|2  tls=any|1.2|1.3|1.0|none|plain  length=true|false
  coding=identity|gzip|gzip-members|gzip-named-x|deflate|deflate-raw|both|none-by-that-name
  accounts=N pages=N rows=N name_bytes=N filler=mixed|same      what is served
  shape='{"header_bytes":54000,"dribble":5,"interim":true,"trailers":true,"frames":100,"padding":true,"empty":true,
          "slow":N,"late_end":true}'
  streams=[1]  streams=[0]  streams=[0,100,0.3]                  SETTINGS_MAX_CONCURRENT_STREAMS: now, later, when
  event='{...}'                                                   one of these, or a list of some
    {"do":"rst","code":"REFUSED_STREAM","at":"start|headers|body"}
    {"do":"close","at":"start|headers|body|after","how":"fin|notify|reset"}  start: instead of an answer
    {"do":"goaway","form":"graceful|last|zero|abrupt","code":"NO_ERROR","at":"start|headers|body|after"}
    {"do":"goaway_after","seconds":0.3,"last":0,"most":1}                  on the first "most" connections
    {"do":"status","status":421,"reused":true}         reused: not on a connection's first request
    {"do":"damage","how":"cut|flip|more"}              the body, as if it were complete
    {"do":"restart","at":"start|body|after"}           all connections are closed; other keys for tickets
    {"do":"hold","at":"body","answers":N}              goes on after N answers; without answers when it
                              is released, and with "then":"rst|close|goaway" (and its members) does that first
  with, for all but goaway_after, the requests it is played on:
    "every":3       (the default) every third distinct request, as they arrive; or "nth":2, the second one
    "tries":1       so many tries of it (default 1: a retry is answered)
    "most":N        so often at most
    "cut":N         at body: after so many bytes (default 20), or "half" of it

What happens is logged as JSON lines with what: accept, connect, request, answered, rst, goaway, close, restart, hold,
gone (the client's end), reset_by_client, goaway_by_client, handshake_failed, violation (of HTTP/2).

Tests start it with --control and write one JSON object a line to its input, each answered by one line:
  {"open": {settings}} -> {"port": N, "url": "..."}      {"restart": N} -> {}      {"stop": N} -> {}
  {"release": N} -> {}
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from transport.case import Log  # noqa: E402
from transport.port import Port  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="transport", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cert", help="PEM file; one is made if there is none")
    parser.add_argument("--key")
    parser.add_argument("--log", help="append what happens to this file, one JSON object a line")
    parser.add_argument("--control", action="store_true", help="take commands from standard input")
    parser.add_argument("setting", nargs="*", help="of a case, NAME=VALUE")
    return parser.parse_args()


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True, stderr=subprocess.DEVNULL)
    return f"{folder}/cert.pem", f"{folder}/key.pem"


def value_of(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def settings_of(words):
    settings = {name: value_of(value) for name, _, value in (word.partition("=") for word in words)}
    if isinstance(settings.get("tls"), float):
        settings["tls"] = str(settings["tls"])
    return settings


def obey(ports, command, open_port):
    """One command of standard input; returns its answer."""
    (verb, argument), = command.items()
    if verb == "open":
        port = open_port(argument)
        ports[port.number] = port
        return {"port": port.number, "url": port.url}
    if verb == "restart":
        ports[argument].restart()
    elif verb == "release":
        ports[argument].case.released = True
    elif verb == "stop":
        ports.pop(argument).stop()
    else:
        raise ValueError(verb)
    return {}


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        cert, key = (args.cert, args.key) if args.cert else certificate(folder)
        log = Log(args.log)

        def open_port(settings):
            return Port(settings, cert, key, log)

        if not args.control:
            port = open_port(settings_of(args.setting))
            print(f"listening on {port.url} ca_file {cert}", flush=True)
            sys.stdin.read()
            return
        ports = {}
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(obey(ports, json.loads(line), open_port)), flush=True)


if __name__ == "__main__":
    main()
