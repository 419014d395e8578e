#!/usr/bin/env python3
"""The benchmark: pinterest_fdw beside what users would pick instead. See README.md."""

import argparse
import datetime
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

import depth
import report
from contenders import CONTENDERS, EXTENSIONS, HERE, Run, missing
from probe import QueryError, Server, Session
from simulator.front import Front, FrontError
from workloads import DAYS, WORKLOADS, WORLDS

# A contender that takes longer is run once and no more.
SLOW_SECONDS = 5

# Counts requests and round trips, with the simulator, and measures no time.
DEPTH = "depth"

CFLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror")


def arguments():
    parser = argparse.ArgumentParser(
        description="Measures pinterest_fdw in the database that PGHOST, PGPORT, PGUSER and PGDATABASE name. "
        "It drops and creates schemas and servers of these names: " + ", ".join([*WORLDS, DEPTH]) + ".")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="of: " + ", ".join([*WORKLOADS, DEPTH]))
    parser.add_argument("--rounds", type=int, default=5, help="runs that count of each contender (default 5)")
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help="which, joined by commas (default: all)")
    parser.add_argument("--small", action="store_true",
                        help="a tenth of the campaigns and ads, but for the counts of requests: to try the benchmark")
    parser.add_argument("--plain", action="store_true",
                        help="HTTP/1.1 without TLS and gzip, instead of TLS, HTTP/2 and gzip by nginx")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    chosen = parser.parse_args()
    chosen.contenders = chosen.contenders.split(",")
    for given, known in ((chosen.workloads, [*WORKLOADS, DEPTH]), (chosen.contenders, CONTENDERS)):
        for name in given:
            if name not in known:
                parser.error(f"there is no {name}; there are {', '.join(known)}")
    chosen.workloads = chosen.workloads or [*WORKLOADS, DEPTH]
    chosen.depth = DEPTH in chosen.workloads
    chosen.workloads = [name for name in chosen.workloads if name != DEPTH]
    return chosen


def compile_programs(folder):
    sources = [str(HERE / name) for name in ("server.c", "answer.c", "world.c", "writer.c")]
    subprocess.run(["cc", *CFLAGS, *sources, "-lz", "-o", f"{folder}/server"], check=True)
    subprocess.run(["cc", *CFLAGS, str(HERE / "drain.c"), "-o", f"{folder}/drain"], check=True)


def create_world(name, server, days, contenders):
    """The world's tables; the server's CSV fills those that the others are compared with."""
    settings = {
        "world": name, "base_url": server.base_url, "connections": WORLDS[name]["connections"],
        "ads_csv": server.csv_command("ads"),
        "ana_csv": server.csv_command("campaigns_analytics", "--from", days[0], "--days", str(DAYS)),
    }
    if server.ca_file:
        settings["ca_file"] = server.ca_file
    if "metrics" in WORLDS[name]:
        settings["metrics"] = WORLDS[name]["metrics"]
    scripts = ["schema.sql", *[f"{contender}.sql" for contender in EXTENSIONS if contender in contenders]]
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    for name_and_value in settings.items():
        command += ["-v", "{}={}".format(*name_and_value)]
    for script in scripts:
        command += ["-f", str(HERE / script)]
    environment = {**os.environ, "PGOPTIONS": "-c timezone=UTC -c client_min_messages=warning"}
    subprocess.run(command, check=True, env=environment)


def size_of(world, small):
    """A world's size and latency."""
    size = WORLDS[world]
    if small and world not in ("levels", "wide"):
        size = {**size, "campaigns": size["campaigns"] // 10, "ads": size["ads"] // 10}
    return size


class Measurement:
    """A workload with all figures of its contenders."""

    def __init__(self, name, run, names, folder):
        self.name = name
        self.run = run
        self.workload = run.workload
        self.folder = folder
        self.figures = {name: {"seconds": [], "cpu": [], "front_cpu": []}
                        for name in self.workload.contenders if name in names}
        self.ceiling = None
        self.truth = None

    def perform(self, name):
        server = self.run.server
        self.run.empty_target()
        server.take_stats()
        before = server.front_cpu()
        taken = CONTENDERS[name][1](self.run)
        taken["front_cpu"] = None if before is None else server.front_cpu() - before
        return taken

    def warm_up(self):
        """A run of each: it fills the server's memory and proves the rows, but counts only for who is slow."""
        for name, figures in self.figures.items():
            taken = self.perform(name)
            targets = self.run.note_targets() if name == "fdw" else []
            stats = self.run.server.take_stats()
            if stats["requests"] > 0:
                figures.update(stats)
            self.check(name, taken["answer"])
            if name not in ("fdw", *self.workload.floor) and taken["seconds"] > SLOW_SECONDS:
                self.count(name, taken)
                figures["once"] = True
            if name == "fdw" and "curl" in self.workload.contenders:
                self.ceiling = self.drain(targets)

    def check(self, name, answer):
        """The same rows as the server's CSV has, or the same answer as its rows give."""
        workload = self.workload
        if workload.kind != "time" or name == "curl":
            return
        if workload.expected:
            asked = {what: self.figures[name][what] for what in workload.expected}
            if asked != workload.expected:
                self.figures[name]["missed"] = asked
            return
        with self.run.session() as session:
            if workload.lands:
                answer, truth = [session.run(f"SELECT checksum('{workload.rows}_{table}')")
                                 for table in ("landed", "truth")]
            else:
                truth = session.run(self.run.statement(f"FROM {workload.rows}_truth"))
        if answer != truth:
            self.figures[name]["wrong"] = f"{answer}, not {truth}"

    def drain(self, targets):
        """Seconds and bytes of all answers, for a client that reads nothing of them, without nginx."""
        text = "".join(target + "\n" for target in targets)
        command = [f"{self.folder}/drain", str(self.run.server.port), *(["gzip"] if self.run.server.front else [])]
        outputs = [subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout.split()
                   for _ in range(5)]
        return {"seconds": statistics.median(float(seconds) for seconds, _ in outputs), "bytes": int(outputs[0][1])}

    def count(self, name, taken):
        for unit in ("seconds", "cpu", "front_cpu"):
            if taken[unit] is not None:
                self.figures[name][unit].append(taken[unit])

    def measure_memory(self):
        """In a run of its own, as looking at the memory takes time."""
        for name, figures in self.figures.items():
            watch = getattr(CONTENDERS[name][1], "watch", None)
            if watch and self.workload.kind == "time":
                self.run.empty_target()
                figures["private_bytes"] = watch(self.run)


def measure(measurements, rounds):
    for measurement in measurements:
        measurement.warm_up()
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for measurement in measurements:
            for name, figures in measurement.figures.items():
                if "once" not in figures:
                    measurement.count(name, measurement.perform(name))
    for measurement in measurements:
        measurement.measure_memory()


def main():
    chosen = arguments()
    reasons = missing()
    # what pinterest_fdw asks for is what curl repeats
    names = [name for name in CONTENDERS if name == "fdw" or name in chosen.contenders and name not in reasons]
    today = datetime.datetime.now(datetime.timezone.utc).date()
    days = [str(today - datetime.timedelta(days=back)) for back in (DAYS, 1)]
    servers = {}
    front = None
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # the database's server runs programs in it
        compile_programs(folder)
        try:
            for world in dict.fromkeys(WORKLOADS[name].world for name in chosen.workloads):
                servers[world] = Server(Path(folder, "server"), size_of(world, chosen.small), not chosen.plain)
            if not chosen.plain:
                front = Front([server.own_url for server in servers.values()], Path(folder, "front"))
                for server, url in zip(servers.values(), front.urls):
                    server.stand_behind(front, url)
            for world, server in servers.items():
                create_world(world, server, days, names)
            measurements = []
            for name in chosen.workloads:
                workload = WORKLOADS[name]
                private = Path(folder, name)
                private.mkdir()
                run = Run(workload, servers[workload.world], days, private)
                measurements.append(Measurement(name, run, names, folder))
            measure(measurements, chosen.rounds)
        finally:
            if front:
                front.stop()
            for server in servers.values():
                server.stop()
    counted = depth.measure(HERE.parent / "simulator") if chosen.depth else []
    with Session() as session:
        result = report.collect(measurements, chosen, reasons, session)
    result["depth"] = counted
    report.show(result)
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if report.wrong(result) else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves nothing behind
    try:
        sys.exit(main())
    except QueryError as error:
        sys.exit(f"bench.py: {error}")
    except FrontError as error:
        sys.exit(f"bench.py: {error}; --plain measures without")
