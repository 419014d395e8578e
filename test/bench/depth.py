"""Requests, and how many of them follow one another, of queries as users write them: counted, by the simulator."""

import json
import re
import subprocess
import sys
import urllib.request
from dataclasses import dataclass

from probe import Session

SIMULATOR = ("--accounts", "3", "--campaigns", "40", "--steady", "--until-eof")

# Of answers, in seconds: the first is enough but where the machine is slow.
LATENCIES = (0.1, 0.5, 2)

WEEK = "date >= current_date - 7"


@dataclass(frozen=True)
class Query:
    """What is asked, and how many requests and round trips that takes at best."""

    title: str
    sql: str
    requests: int
    depth: int


QUERIES = (
    Query("spend by campaign, all accounts",
          "SELECT c.name, sum(a.spend_in_dollar) FROM campaigns_analytics a JOIN campaigns c ON c.id = a.campaign_id "
          f"AND c.ad_account_id = a.ad_account_id WHERE a.{WEEK} GROUP BY 1", 6, 3),
    Query("metrics of one campaign, id and account given",
          f"SELECT sum(spend_in_dollar) FROM campaigns_analytics WHERE {WEEK} AND campaign_id = '{{campaign}}' "
          "AND ad_account_id = '{account}'", 1, 1),
    Query("ads with the names of ad group and campaign",
          "SELECT d.id, g.name, c.name FROM ads d JOIN ad_groups g ON g.id = d.ad_group_id "
          "JOIN campaigns c ON c.id = g.campaign_id", 10, 2),
    Query("four tables of metrics, UNION ALL",
          " UNION ALL ".join(f"SELECT ad_account_id, date, spend_in_dollar FROM {table}_analytics WHERE {WEEK}"
                             for table in ("ad_account", "campaigns", "ad_groups", "ads")), 19, 3),
    Query("metrics of each account, with its name",
          "SELECT b.name, a.date, a.spend_in_dollar FROM ad_account_analytics a JOIN ad_accounts b "
          f"ON b.id = a.ad_account_id WHERE a.{WEEK}", 4, 2),
)


def depth(requests):
    """The longest chain of requests of which each arrived after the answer to the one before had begun to leave."""
    depths = []
    requests = sorted(requests, key=lambda request: request["started"])
    for request in requests:
        before = [deep for deep, earlier in zip(depths, requests)
                  if earlier["answered"] is not None and earlier["answered"] < request["started"]]
        depths.append(1 + max(before, default=0))
    return max(depths, default=0)


class Simulator:
    """The local Pinterest, in a process of its own."""

    def __init__(self, folder):
        self.process = subprocess.Popen([sys.executable, str(folder), *SIMULATOR], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def control(self, name, **body):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = json.dumps(body).encode() if name != "requests" else None
        with opener.open(f"{self.url}/__sim/{name}", data=data) as answer:
            return json.loads(answer.read())


def _create(session, url):
    session.run("DROP SERVER IF EXISTS depth CASCADE; DROP SCHEMA IF EXISTS depth CASCADE; "
                "CREATE EXTENSION IF NOT EXISTS pinterest_fdw; CREATE SCHEMA depth; "
                f"CREATE SERVER depth FOREIGN DATA WRAPPER pinterest_fdw OPTIONS (base_url '{url}/v5'); "
                "CREATE USER MAPPING FOR CURRENT_USER SERVER depth OPTIONS (access_token 'pina_simulator'); "
                "IMPORT FOREIGN SCHEMA pinterest FROM SERVER depth INTO depth; SET search_path = depth")


def _ask(simulator, query, names):
    """The requests of a query, in a session of its own."""
    for latency in LATENCIES:
        with Session() as session:
            session.run("SET search_path = depth; SET client_min_messages = error")
            simulator.control("reset")
            simulator.control("config", latency=latency)
            session.run(re.sub(r"\{(\w+)\}", lambda found: names[found[1]], query.sql))
            requests = simulator.control("requests")["requests"]
        if depth(requests) <= query.depth:
            break
    return {"title": query.title, "requests": len(requests), "depth": depth(requests),
            "goal": {"requests": query.requests, "depth": query.depth}}


def measure(folder):
    """What each query takes; folder is the simulator's."""
    simulator = Simulator(folder)
    try:
        with Session("-v", "ON_ERROR_STOP=1") as session:
            session.run("SET client_min_messages = error")
            _create(session, simulator.url)
            campaign, account = session.run("SELECT id, ad_account_id FROM campaigns ORDER BY 1 LIMIT 1").split("|")
        return [_ask(simulator, query, {"campaign": campaign, "account": account}) for query in QUERIES]
    finally:
        simulator.stop()
