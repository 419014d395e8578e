"""Who does the work, and how: each contender runs a workload once and tells what it took."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from probe import QueryError, Session, run_process

# What tells curl and requests whom to trust.
TRUST = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
HERE = Path(__file__).resolve().parent
# Seconds into a statement; the shorter ones are for statements that have ended by then.
CANCEL_AFTER = (0.15, 0.05, 0.02)
# Where Debian's Python packages are, if another python3 comes first in PATH.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"


class Run:
    """A workload in its world: the server, the days, and the requests that curl repeats."""

    def __init__(self, workload, server, days, folder):
        self.workload = workload
        self.server = server
        self.days = days
        self.curl_config = Path(folder, "curl.config")

    def query(self, source=None):
        query = self.workload.query
        if source:
            query = query.replace(self.workload.source, source)
        return query.format(first=self.days[0], last=self.days[1])

    def statement(self, source=None):
        into = f"INSERT INTO {self.workload.rows}_landed " if self.workload.lands else ""
        return into + self.query(source)

    def session(self):
        session = Session()
        session.run(f"SET search_path = {self.workload.world}, public; SELECT 1")
        return session

    def empty_target(self):
        if self.workload.lands:
            with self.session() as session:
                session.run(f"TRUNCATE {self.workload.rows}_landed")

    def note_targets(self):
        """Keeps what was asked of the server, for curl."""
        targets = self.server.targets()
        lines = [f'url = "{self.server.url}{target}"\noutput = /dev/null' for target in targets]
        if self.server.ca_file:
            lines += [f'cacert = "{self.server.ca_file}"', "http2", "compressed"]
            if self.workload.parallel > 1:
                lines += ["parallel", f"parallel-max = {self.workload.parallel}"]
        self.curl_config.write_text("\n".join(lines) + "\n")
        return targets


def _timed(session, statement):
    cpu = session.cpu()
    begin = time.perf_counter()
    answer = session.run(statement)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "cpu": session.cpu() - cpu, "answer": answer}


def _cancel(run, session, statement):
    """Seconds from the cancel of a statement until its session has the error."""
    with run.session() as other:
        for delay in CANCEL_AFTER:
            session.send(statement)
            time.sleep(delay)
            begin = time.perf_counter()
            other.send(f"SELECT pg_cancel_backend({session.backend})")
            try:
                session.receive()
            except QueryError as error:
                if "canceling statement" not in str(error):
                    raise
                return {"seconds": time.perf_counter() - begin, "cpu": None, "answer": None}
            finally:
                other.receive()
    raise QueryError("the statement ended before it was canceled")


def _planning(session, statement):
    """Seconds of planning, when the session knows the table already."""
    plans = [session.run(f"EXPLAIN (SUMMARY) {statement}") for _ in range(2)]
    milliseconds = re.search(r"Planning Time: ([\d.]+) ms", plans[1])[1]
    return {"seconds": float(milliseconds) / 1000, "cpu": None, "answer": None}


def _failing(session, statement):
    """Seconds until the error that says of a column that it is unknown."""
    cpu = session.cpu()
    begin = time.perf_counter()
    try:
        session.run(statement)
    except QueryError as error:
        if "is not known to stream" not in str(error):
            raise
        return {"seconds": time.perf_counter() - begin, "cpu": session.cpu() - cpu, "answer": None}
    raise QueryError(f"no error: {statement}")


def _in_database(source):
    """A contender that is a query in the database; `source` tells what stands for the foreign table."""
    def perform(run):
        with run.session() as session:
            if run.workload.kind == "first":
                cursor = f"BEGIN; DECLARE c CURSOR FOR {run.query(source(run))}; FETCH 1 FROM c"
                return _timed(session, cursor)
            if run.workload.kind == "plan":
                return _planning(session, run.query(source(run)))
            if run.workload.kind == "error":
                return _failing(session, run.query(source(run)))
            if run.workload.kind == "cancel":
                return _cancel(run, session, f"SELECT count(q) FROM ({run.query(source(run))}) q")
            return _timed(session, run.statement(source(run)))

    def watch(run):
        with run.session() as session:
            return session.run_watched(run.statement(source(run)))

    perform.watch = watch
    return perform


def _process(command):
    """A contender that is a program."""
    def perform(run):
        trust = {name: run.server.ca_file for name in TRUST if run.server.ca_file}
        seconds, cpu = run_process(command(run), env={**os.environ, **trust})
        return {"seconds": seconds, "cpu": cpu, "answer": None}

    return perform


def _function(name):
    """A set-returning function that brings the rows."""
    def source(run):
        days = "".join(f", '{day}'" for day in run.days) if run.workload.rows == "ana" else ""
        trust = f"'{run.server.ca_file}'" if run.server.ca_file else "NULL"
        return f"FROM {name}_{run.workload.rows}('{run.server.url}', {trust}{days})"

    return source


def _arguments(run):
    return [run.workload.rows, run.server.base_url, run.workload.world]


def _requests(threads):
    return lambda run: [PYTHON, str(HERE / "load_requests.py"), *_arguments(run), threads, *run.days]


CONTENDERS = {
    "fdw": ("pinterest_fdw", _in_database(lambda run: None)),
    "formed": ("local, columns reordered", _in_database(lambda run: f"FROM {run.workload.rows}_reordered")),
    "local": ("from a local table", _in_database(lambda run: f"FROM {run.workload.rows}_truth")),
    "plpython": ("PL/Python", _in_database(_function("plpython"))),
    "pgsql_http": ("pgsql-http", _in_database(_function("pgsql_http"))),
    "requests": ("Python requests + COPY", _process(_requests("1"))),
    "threads": ("the same, 10 threads", _process(_requests("10"))),
    "curl_jq": ("curl + jq + COPY", _process(
        lambda run: [str(HERE / "load_curl.sh"), *_arguments(run), *run.days])),
    "curl": ("curl alone", _process(lambda run: ["curl", "-sSf", "-K", str(run.curl_config)])),
}


# The contenders that are a function in the database, each in a script of its name, and what that is written with.
EXTENSIONS = {"plpython": "plpython3u", "pgsql_http": "http"}


def missing():
    """The contenders that cannot run here, and why."""
    reasons = {}
    with Session() as session:
        for name, extension in EXTENSIONS.items():
            if session.run(f"SELECT count(*) FROM pg_available_extensions WHERE name = '{extension}'") == "0":
                reasons[name] = f"there is no extension {extension}"
    probe = subprocess.run([PYTHON, "-c", "import requests, psycopg2"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        reasons["requests"] = reasons["threads"] = probe.stderr.strip().splitlines()[-1]
    for name, programs in (("curl_jq", ("curl", "jq")), ("curl", ("curl",))):
        absent = [program for program in programs if shutil.which(program) is None]
        if absent:
            reasons[name] = f"there is no {' and no '.join(absent)}"
    return reasons
