"""What the benchmark measures with: a psql session with its backend's figures, servers, nginx, child processes."""

import json
import os
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

END = "-- end of the answer --"
SAMPLE_SECONDS = 0.004


class QueryError(Exception):
    """What psql said instead of an answer."""


def cpu_of(pid):
    """Seconds that a process of one thread has computed."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Session:
    """A new session, through psql: statements go in by a pipe, rows come out as lines."""

    def __init__(self, *arguments):
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.backend = int(self.run("SET timezone = 'UTC'; SELECT pg_backend_pid()"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.psql.stdin.close()
        self.psql.stdout.read()
        self.psql.wait()

    def send(self, sql):
        self.psql.stdin.write(f"{sql};\n\\echo {END}\n")
        self.psql.stdin.flush()

    def receive(self):
        lines = []
        while (line := self.psql.stdout.readline().rstrip("\n")) != END:
            if not line and self.psql.poll() is not None:
                raise QueryError("\n".join(lines))
            lines.append(line)
        text = "\n".join(lines)
        if any(line.startswith(("ERROR:", "FATAL:", "WARNING:")) for line in lines):
            raise QueryError(text)
        return text

    def run(self, sql):
        self.send(sql)
        return self.receive()

    def cpu(self):
        """Seconds that the backend has computed."""
        return cpu_of(self.backend)

    def private_bytes(self):
        """The backend's own memory. What Linux calls private counts shared buffers that no other process touched."""
        lines = Path(f"/proc/{self.backend}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))

    def run_watched(self, sql):
        """Runs a statement and returns by how much it raised the private memory, at most."""
        idle = peak = self.private_bytes()
        done = threading.Event()

        def watch():
            nonlocal peak
            while not done.wait(SAMPLE_SECONDS):
                peak = max(peak, self.private_bytes())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self.run(sql)
        finally:
            done.set()
            watcher.join()
        return peak - idle


class Server:
    """The benchmark's server with a world of its own. Clients reach it at `url`; if that is https they trust `ca_file`."""

    ca_file = None
    front = None

    def __init__(self, program, world, compresses):
        self.world_arguments = [text for name in ("accounts", "campaigns", "ad_groups", "ads")
                                for text in ("--" + name.replace("_", "-"), str(world[name]))]
        self.program = str(program)
        self.process = subprocess.Popen(
            [self.program, *self.world_arguments, "--latency", str(world["latency"]),
             *(["--gzip"] if compresses else [])], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.own_url = self.url = f"http://127.0.0.1:{self.port}"

    def stand_behind(self, front, url):
        """Be reached by a URL of nginx's."""
        self.front = front
        self.url = url
        self.ca_file = str(front.ca_file)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    @property
    def base_url(self):
        return f"{self.url}/v5"

    def front_cpu(self):
        """Seconds that nginx has computed, or None."""
        if self.front is None:
            return None
        master = self.front.process.pid
        return sum(cpu_of(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split())

    def _control(self, name):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.own_url}/bench/{name}") as answer:
            return answer.read().decode()

    def take_stats(self):
        """What was asked for since the last time."""
        return json.loads(self._control("stats"))

    def targets(self):
        return self._control("targets").splitlines()

    def csv_command(self, table, *arguments):
        return " ".join([self.program, "--csv", table, *self.world_arguments, *arguments])


def run_process(command, **options):
    """Runs a command and returns its seconds and the seconds that it and its children computed."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, **options)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise QueryError(f"{command[0]}: {output}")
    return seconds, usage.ru_utime + usage.ru_stime
