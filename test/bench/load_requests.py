#!/usr/bin/env python3
"""The loader that one would write in Python: requests, json and COPY.

usage: load_requests.py ads|ana BASE_URL SCHEMA THREADS [FIRST_DAY LAST_DAY]

Loads into SCHEMA.ads_landed or SCHEMA.ana_landed of the database that PGHOST and so on name.
Whom to trust tells REQUESTS_CA_BUNDLE, as to requests itself.
"""

import csv
import datetime
import io
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import requests

METRICS = ("SPEND_IN_DOLLAR", "CPC_IN_MICRO_DOLLAR", "IMPRESSION_1", "TOTAL_IMPRESSION", "CLICKTHROUGH_1",
           "TOTAL_CLICKTHROUGH", "CTR", "ENGAGEMENT_1", "TOTAL_ENGAGEMENT", "ENGAGEMENT_RATE")
COUNTS = {name for name in METRICS if name.startswith(("TOTAL_", "IMPRESSION_", "CLICKTHROUGH_", "ENGAGEMENT_1"))}


class Loader:
    """A thread's connections to the API and to the database."""

    mine = threading.local()
    connections = []

    def __init__(self, base_url, table):
        self.base_url = base_url
        self.table = table

    def get(self, path, **query):
        if not hasattr(self.mine, "session"):
            self.mine.session = requests.Session()
            self.mine.session.headers["Authorization"] = "Bearer pina_bench"
        answer = self.mine.session.get(self.base_url + path, params=query)
        answer.raise_for_status()
        return answer.json()

    def pages(self, path):
        page = self.get(path, page_size=250)
        yield page["items"]
        while page["bookmark"]:
            page = self.get(path, page_size=250, bookmark=page["bookmark"])
            yield page["items"]

    def copy(self, rows):
        if not hasattr(self.mine, "database"):
            self.mine.database = psycopg2.connect("")
            self.connections.append(self.mine.database)
        buffer = io.StringIO()
        csv.writer(buffer).writerows(rows)
        buffer.seek(0)
        with self.mine.database.cursor() as cursor:
            cursor.copy_expert(f"COPY {self.table} FROM STDIN (FORMAT csv)", buffer)

    def commit(self):
        for connection in self.connections:
            connection.commit()


def ad_value(name, value):
    """A field of an ad as COPY reads it."""
    if value is None:
        return None
    if name.endswith("_time"):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc).isoformat()
    if isinstance(value, list):
        return "{" + ",".join(json.dumps(element, ensure_ascii=False) for element in value) + "}"
    return json.dumps(value) if isinstance(value, dict) else value


def load_ads(loader, account_id):
    for page in loader.pages(f"/ad_accounts/{account_id}/ads"):
        loader.copy([ad_value(name, value) for name, value in ad.items()] for ad in page)


def metric_value(name, value):
    return int(value) if value is not None and name in COUNTS else value


def load_ana(loader, path, campaigns, days):
    rows = loader.get(path + "/analytics", campaign_ids=",".join(campaign["id"] for campaign in campaigns),
                      start_date=days[0], end_date=days[1], granularity="DAY", columns=",".join(METRICS))
    loader.copy([row["CAMPAIGN_ID"], row["DATE"], *(metric_value(name, row.get(name)) for name in METRICS)]
                for row in rows)


def list_and_load_ana(loader, pool, path, days):
    return [pool.submit(load_ana, loader, path, page, days) for page in loader.pages(path)]


def main(what, base_url, schema, threads, *days):
    loader = Loader(base_url, f"{schema}.{what}_landed")
    accounts = [account["id"] for page in loader.pages("/ad_accounts") for account in page]
    with ThreadPoolExecutor(int(threads)) as pool:
        if what == "ads":
            tasks = [pool.submit(load_ads, loader, account) for account in accounts]
        else:
            lists = [pool.submit(list_and_load_ana, loader, pool, f"/ad_accounts/{account}/campaigns", days)
                     for account in accounts]
            tasks = [task for listed in lists for task in listed.result()]
        for task in tasks:
            task.result()
    loader.commit()


main(*sys.argv[1:])
