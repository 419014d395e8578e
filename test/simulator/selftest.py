"""Checks the simulator over HTTP: python3 test/simulator/selftest.py"""

import base64
import csv
import datetime
import http.client
import importlib
import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from simulator.core import Simulator  # noqa: E402
from simulator.endpoints import HANDLERS  # noqa: E402
from simulator.facts import COLUMN_TYPES, ENDPOINTS, ITEM_FIELDS  # noqa: E402
from simulator.selftest_base import AUTHORIZED, PATIENCE, TODAY, Case, Reply  # noqa: E402
from simulator.server import Server  # noqa: E402
from simulator.world import Size, World  # noqa: E402

ACCOUNT = "549755885175"
STATUSES = "ACTIVE,PAUSED,ARCHIVED,DRAFT,DELETED_DRAFT"
CAMPAIGNS = f"/ad_accounts/{ACCOUNT}/campaigns"
AD_GROUPS = f"/ad_accounts/{ACCOUNT}/ad_groups"
ADS = f"/ad_accounts/{ACCOUNT}/ads"


class Strictness(Case):
    def analytics(self, **changes):
        query = {"start_date": "2026-08-01", "end_date": "2026-08-03", "columns": "CTR", "granularity": "DAY"}
        return self.get(f"/ad_accounts/{ACCOUNT}/analytics", **{**query, **changes})

    def test_parameters(self):
        self.assert_refused(self.get("/pins", speed="9"), "speed")
        self.assert_refused(self.get(f"{CAMPAIGNS}/analytics"), "start_date")
        self.assert_refused(self.get("/pins", page_size=["1", "2"]), "page_size")
        for size in ("0", "251", "-1", "ten", "", "2.5"):
            self.assert_refused(self.get("/pins", page_size=size), "page_size")
        self.assert_refused(self.get(CAMPAIGNS, order="UP"), "order")
        self.assert_refused(self.get(CAMPAIGNS, entity_statuses="ACTIVE,GONE"), "entity_statuses")
        self.assert_refused(self.get("/pins", pin_metrics="True"), "pin_metrics")
        self.assert_refused(self.get("/user_account", ad_account_id="12x"), "ad_account_id")
        self.assert_refused(self.get("/ad_accounts/abc"), "ad_account_id")
        self.assert_refused(self.get("/user_account", ad_account_id="1" * 19), "ad_account_id")

    def test_id_lists(self):
        self.assert_refused(self.get(CAMPAIGNS, campaign_ids=""), "campaign_ids")
        self.assert_refused(self.get(CAMPAIGNS, campaign_ids=",".join(map(str, range(251)))), "campaign_ids")
        self.assert_refused(self.get(CAMPAIGNS, campaign_ids="7,7"), "campaign_ids")
        self.assert_refused(self.get(CAMPAIGNS, campaign_ids=["7", "x"]), "campaign_ids")
        self.assert_refused(self.get(ADS, campaign_ids="1", ad_ids="2"), "ad_ids")
        self.assert_refused(self.get(AD_GROUPS, campaign_ids="1", ad_group_ids="2"), "ad_group_ids")
        self.assertEqual(self.get(CAMPAIGNS, campaign_ids="1").json, {"items": [], "bookmark": None})

    def test_both_array_styles(self):
        ids = [item["id"] for item in self.all_items(CAMPAIGNS)[0]][:3]
        joined = self.get(CAMPAIGNS, campaign_ids=",".join(ids)).json
        repeated = self.get(CAMPAIGNS, campaign_ids=ids).json
        self.assertEqual(joined, repeated)
        self.assertEqual([item["id"] for item in joined["items"]], ids)

    def test_dates(self):
        self.assertEqual(self.analytics(start_date="2026-05-17", end_date=TODAY).status, 200)
        for name, changes in (
                ("start_date", {"start_date": "2026-05-16"}), ("start_date", {"start_date": "2026-08-04"}),
                ("start_date", {"start_date": "2026-8-1"}), ("end_date", {"end_date": "2026-08-16"}),
                ("end_date", {"end_date": "2026-02-30"})):
            self.assert_refused(self.analytics(**changes), name)
        self.assertEqual(self.analytics(granularity="HOUR", start_date="2026-08-07", end_date="2026-08-10").status, 200)
        old = self.analytics(granularity="HOUR", start_date="2026-08-06", end_date="2026-08-07")
        self.assert_refused(old, "start_date")
        long = self.analytics(granularity="HOUR", start_date="2026-08-10", end_date="2026-08-14")
        self.assert_refused(long, "end_date")

    def test_foreign_ids(self):
        """Ids of another ad account, in each of the ways that the API may answer."""
        account, other = self.control("state")["ad_account_ids"][:2]
        ids = [item["id"] for item in self.all_items(f"/ad_accounts/{other}/campaigns")[0]]
        query = {"start_date": "2026-08-01", "end_date": TODAY, "columns": "AD_ACCOUNT_ID", "granularity": "TOTAL"}
        path = f"/ad_accounts/{account}/campaigns/analytics"
        for status, code in ((400, 1), (403, 7), (404, 50)):
            self.control("config", {"foreign_ids": status})
            self.assert_answer(self.get(path, campaign_ids=ids, **query), status, code)
            self.assert_answer(self.get(path, campaign_ids="1", **query), status, code)
        self.control("config", {"foreign_ids": "rows"})
        rows = self.get(path, campaign_ids=ids, **query).json
        self.assertEqual({row["AD_ACCOUNT_ID"] for row in rows}, {int(other)})
        self.assert_answer(self.get(path, campaign_ids="1", **query), 400, 1)

    def test_analytics_ids(self):
        query = {"start_date": "2026-08-01", "end_date": "2026-08-03", "columns": "CTR", "granularity": "DAY"}
        self.assert_foreign(self.get(f"{CAMPAIGNS}/analytics", campaign_ids="1", **query), "campaign_ids")
        self.assert_refused(self.get(f"{ADS}/analytics", **query), "ad_ids")
        self.assert_refused(self.get(f"{ADS}/analytics", pin_ids="1", **query), "pin_ids")
        ads = self.all_items(ADS)[0]
        pairs = {"campaign_ids": ads[0]["campaign_id"], "pin_ids": ads[0]["pin_id"]}
        found = {row["AD_ID"] for row in self.get(f"{ADS}/analytics", **pairs, **query).json}
        every = self.all_items(ADS, entity_statuses=STATUSES)[0]
        self.assertLessEqual(found, {ad["id"] for ad in every if ad["pin_id"] == ads[0]["pin_id"]})
        self.assert_refused(self.analytics(columns="CTR,NONSENSE"), "columns")

    def test_tokens_and_accounts(self):
        second = self.all_items("/ad_accounts")[0][1]["id"]
        self.control("config", {"tokens": {
            "pina_half": {"name": "half", "accounts": [ACCOUNT]},
            "pina_pins": {"scopes": ["pins:read", "boards:read"]}}})
        half = {"authorization": "Bearer pina_half"}
        self.assert_answer(self.get("/user_account", {}), 401, 2)
        self.assert_answer(self.get("/user_account", {"authorization": "Bearer wrong"}), 401, 2)
        self.assert_answer(self.get(f"/ad_accounts/{second}/campaigns", half), 403, 7)
        self.assertEqual(self.log()[-1]["headers"]["authorization"], "half")
        self.assert_refused(self.get("/ad_accounts/12345/campaigns"), "12345", 403, 7)
        self.assert_answer(self.get("/ad_accounts/12345"), 404, 30)
        self.assertEqual(len(self.get("/ad_accounts", half).json["items"]), 1)
        pins_only = {"authorization": "Bearer pina_pins"}
        self.assert_answer(self.get("/ad_accounts", pins_only), 403, 7)
        privacies = {board["privacy"] for board in self.get("/boards", pins_only).json["items"]}
        self.assertEqual(privacies, {"PUBLIC", "PROTECTED"})

    def test_paths_and_methods(self):
        self.assert_refused(self.get("/nothing"), "/nothing", 404, 404)
        self.assert_refused(self.request("POST", "/v5/pins", body="{}"), "POST", 405, 5)
        self.assert_answer(self.get("/pins/1"), 404, 50)
        self.assert_answer(self.get("/boards/1"), 404, 40)

    def test_every_handler_has_an_endpoint(self):
        self.assertLessEqual(set(HANDLERS), {endpoint.path for endpoint in ENDPOINTS})


class Paging(Case):
    def test_bookmarks(self):
        page = self.get(ADS, page_size=7).json
        mark = page["bookmark"]
        self.assertEqual(len(base64.b64decode(mark, validate=True)) % 3, 1)
        self.assertTrue({"+", "/", "="} <= set(mark))
        self.assertEqual(self.get(ADS, page_size=7, bookmark=mark).status, 200)
        self.assert_refused(self.get(ADS, page_size=8, bookmark=mark), "bookmark")
        self.assert_refused(self.get(ADS, page_size=7, order="DESCENDING", bookmark=mark), "bookmark")
        self.assert_refused(self.get(CAMPAIGNS, page_size=7, bookmark=mark), "bookmark")
        self.assert_refused(self.get(ADS, page_size=7, bookmark="nonsense"), "bookmark")
        self.assert_refused(self.request("GET", f"/v5{ADS}?page_size=7&bookmark={mark}"), "bookmark")

    def test_lists_are_complete_and_ordered(self):
        ids = [int(item["id"]) for item in self.all_items(ADS, page_size=7, entity_statuses=STATUSES)[0]]
        self.assertEqual(ids, sorted(ids))
        backwards = self.all_items(ADS, page_size=9, entity_statuses=STATUSES, order="DESCENDING")[0]
        self.assertEqual([int(item["id"]) for item in backwards], ids[::-1])
        self.assertEqual(len(ids), len(set(ids)))

    def test_page_sizes(self):
        self.assertEqual(len(self.get(ADS, entity_statuses=STATUSES).json["items"]), 25)
        self.control("config", {"page_cap": 3})
        self.assertEqual(len(self.get(ADS, page_size=250).json["items"]), 3)

    def test_organic_lists_end_oddly(self):
        first = self.get("/pins", page_size=250).json
        last = self.get("/pins", page_size=250, bookmark=first["bookmark"]).json
        self.assertEqual(last, {"items": [], "bookmark": None})
        board = max(self.all_items("/boards")[0], key=lambda item: item["pin_count"])
        path = f"/boards/{board['id']}/pins"
        self.assertEqual(len(self.get(path, page_size=5).json["items"]), 4)
        self.assertEqual(len(self.all_items(path, page_size=5)[0]), board["pin_count"])


class Behaviour(Case):
    def test_defaults_of_filters(self):
        shown = {item["status"] for item in self.all_items(CAMPAIGNS)[0]}
        every = {item["status"] for item in self.all_items(CAMPAIGNS, entity_statuses=STATUSES)[0]}
        self.assertEqual(shown, {"ACTIVE", "PAUSED"})
        self.assertEqual(every, set(STATUSES.split(",")))
        protected = {board["id"] for board in self.all_items("/boards", privacy="PROTECTED")[0]}
        self.assertFalse(protected & {pin["board_id"] for pin in self.all_items("/pins")[0]})
        with_protected = self.all_items("/pins", include_protected_pins="true")[0]
        self.assertTrue(protected & {pin["board_id"] for pin in with_protected})
        privacies = {board["privacy"] for board in self.all_items("/boards", privacy="PUBLIC_AND_SECRET")[0]}
        self.assertEqual(privacies, {"PUBLIC", "SECRET"})
        self.assertEqual(len(self.all_items("/ad_accounts", include_shared_accounts="false")[0]), 2)

    def test_pins(self):
        videos = self.all_items("/pins", creative_types="VIDEO", pin_metrics="true")[0]
        self.assertEqual({pin["media"]["media_type"] for pin in videos}, {"video"})
        self.assertIn("90d", videos[0]["pin_metrics"])
        self.assertIsNone(self.get(f"/pins/{videos[0]['id']}").json["pin_metrics"])

    def test_the_world_is_awkward(self):
        campaigns = self.all_items(CAMPAIGNS, entity_statuses=STATUSES)[0]
        self.assertIn("", [item["name"] for item in campaigns])
        self.assertTrue(any(item["daily_spend_cap"] > 2 ** 32 for item in campaigns))
        self.assertTrue(any("is_performance_plus" not in item for item in campaigns))
        self.assertTrue(set(campaigns[0]) - set(ITEM_FIELDS["CampaignResponse"]))
        self.assertIn(None, [item["name"] for item in self.all_items(ADS)[0]])
        second = self.all_items("/ad_accounts")[0][1]["id"]
        self.assertEqual(len(second), 18)
        self.assertEqual(len(self.get(f"/ad_accounts/{second}/campaigns").json["items"][0]["id"]), 18)
        self.assertEqual({len(pin["id"]) for pin in self.all_items("/pins")[0]}, {18, 19})

    def test_analytics_rows(self):
        query = {"columns": "CAMPAIGN_ID,AD_ID,PIN_ID,TOTAL_CLICKTHROUGH,CTR,AD_NAME", "granularity": "DAY",
                 "start_date": "2026-07-01", "end_date": "2026-07-31"}
        ids = ",".join(item["id"] for item in self.all_items(ADS, entity_statuses=STATUSES)[0])
        rows = self.get(f"{ADS}/analytics", ad_ids=ids, **query).json
        self.assertTrue(all(type(row["AD_ID"]) is str and type(row["CAMPAIGN_ID"]) is int for row in rows))
        self.assertFalse(any(value is None for row in rows for value in row.values()))
        self.assertTrue(any("CTR" not in row for row in rows))
        self.assertEqual({type(row["TOTAL_CLICKTHROUGH"]) for row in rows if "TOTAL_CLICKTHROUGH" in row}, {int, float})
        self.assertGreater(len({tuple(row) for row in rows if len(row) == 7}), 1)
        total = self.get(f"{ADS}/analytics", ad_ids=ids, **{**query, "granularity": "TOTAL"}).json
        self.assertFalse(any("DATE" in row for row in total))

    def test_periods(self):
        path = f"/ad_accounts/{ACCOUNT}/analytics"
        query = {"columns": "IMPRESSION_1", "start_date": "2026-07-15", "end_date": "2026-08-05"}
        days = self.get(path, granularity="DAY", **query).json
        for granularity, first in (("WEEK", "2026-07-13"), ("MONTH", "2026-07-01")):
            rows = self.get(path, granularity=granularity, **query).json
            self.assertEqual(rows[0]["DATE"], first)
            self.assertEqual(*(sum(row.get("IMPRESSION_1", 0) for row in part) for part in (rows, days)))
        query.update(granularity="HOUR", start_date="2026-08-13", end_date="2026-08-14")
        hours = self.get(path, **query).json
        self.assertLessEqual({row["HOUR"] for row in hours}, set(range(24)))

    def test_organic_analytics(self):
        answer = self.get("/user_account/analytics", start_date="2026-05-17", end_date=TODAY).json["all"]
        statuses = [day["data_status"] for day in answer["daily_metrics"]]
        self.assertEqual(len(statuses), 91)
        self.assertEqual((statuses[0], statuses[-3], statuses[-2]), ("BEFORE_BUSINESS_CREATED", "READY", "PROCESSING"))
        self.assertEqual(answer["daily_metrics"][0]["metrics"], {})
        daily = sum(day["metrics"].get("IMPRESSION", 0) for day in answer["daily_metrics"])
        self.assertEqual(answer["summary_metrics"]["IMPRESSION"], daily)

    def test_pin_analytics(self):
        pins = self.all_items("/pins")[0]
        image = next(pin for pin in pins if pin["media"]["media_type"] == "image")
        video = next(pin for pin in pins if pin["media"]["media_type"] == "video")
        query = {"start_date": "2026-08-01", "end_date": "2026-08-03",
                 "metric_types": "IMPRESSION,VIDEO_START,TOTAL_COMMENTS"}
        self.assert_refused(self.get(f"/pins/{image['id']}/analytics", **query), "metric_types")
        answer = self.get(f"/pins/{video['id']}/analytics", **query).json["all"]
        self.assertEqual(list(answer["lifetime_metrics"]), ["TOTAL_COMMENTS"])
        self.assertNotIn("TOTAL_COMMENTS", answer["daily_metrics"][0]["metrics"])
        self.assertEqual(len(answer["daily_metrics"]), 3)

    def test_restatement(self):
        path = f"/ad_accounts/{ACCOUNT}/analytics"
        query = {"columns": "SPEND_IN_MICRO_DOLLAR", "granularity": "DAY",
                 "start_date": "2026-08-01", "end_date": TODAY}
        before = {row["DATE"]: row["SPEND_IN_MICRO_DOLLAR"] for row in self.get(path, **query).json if len(row) == 3}
        self.control("config", {"restate": {"days": 5, "factor": 1.5}})
        after = {row["DATE"]: row["SPEND_IN_MICRO_DOLLAR"] for row in self.get(path, **query).json if len(row) == 3}
        changed = {date for date in before if before[date] != after[date]}
        self.assertGreater(len(changed), 0)
        self.assertEqual(changed, {date for date in before if date >= "2026-08-11"})

    def test_restatement_that_takes_rows_away(self):
        path = f"/ad_accounts/{ACCOUNT}/analytics"
        query = {"columns": "SPEND_IN_MICRO_DOLLAR", "granularity": "DAY",
                 "start_date": "2026-08-01", "end_date": TODAY}

        def dates():
            return {row["DATE"] for row in self.get(path, **query).json}

        before = dates()
        self.control("config", {"restate": {"days": 5, "vanish": 100}})
        self.assertEqual(dates(), {date for date in before if date < "2026-08-11"})
        self.control("config", {"restate": {"days": 3}})
        self.assertEqual(dates(), {date for date in before if date < "2026-08-11" or date >= "2026-08-13"})

    def test_worlds_of_one_seed(self):
        """Whenever it is built, a world holds the same that many days before; a steady one has no gaps."""
        today = datetime.date(2028, 2, 29)
        kinds = ("ad_account", "campaign", "ad_group", "ad", "product_group", "keyword", "product_item")
        worlds = [World(Size(steady=steady), anchor) for steady, anchor in
                  ((False, today), (False, datetime.date.fromisoformat(TODAY)), (True, today))]
        ago = range(100)

        def delivered(world):
            anchor = world.anchor.toordinal()
            return [[[world.delivery(entity, anchor - days) for days in ago]
                     for entity in world.level(world.accounts[0], kind)] for kind in kinds]

        one, other, steady = map(delivered, worlds)
        self.assertEqual(one, other)
        for some, all_days in zip(one, steady):
            self.assertIn(None, some[0])
            self.assertNotIn(None, next(days for days in all_days if days[0] is not None))
        account = worlds[2].accounts[0]
        self.assertNotIn(None, [worlds[2].hourly_delivery(account, today.toordinal(), hour) for hour in range(24)])
        one, other = ([world.organic_counts(world.user, world.anchor.toordinal() - days) for days in ago]
                      for world in worlds[:2])
        self.assertEqual(one, other)

    def test_headers_and_limits(self):
        reply = self.get("/pins")
        self.assertRegex(reply.headers["x-ratelimit-limit"],
                         r'^100, 100;w=1;name="safety_net_app_id_user_id", 1000;w=60;name="org_read_app_id_user_id"$')
        self.control("config", {"enforce_limits": True, "limits": {"org_read": [2, 60]}})
        statuses = [self.get("/pins", page_size=1).status for _ in range(3)]
        refused = self.get("/pins", page_size=1)
        self.assertEqual(statuses, [200, 200, 429])
        self.assert_answer(refused, 429, 8)
        self.assertEqual(refused.headers["x-ratelimit-remaining"], "0")
        self.assertIn(int(refused.headers["x-ratelimit-reset"]), range(1, 61))

    def test_gzip_and_keep_alive(self):
        plain = self.get("/pins")
        packed = self.get("/pins", {**AUTHORIZED, "accept-encoding": "deflate, gzip"})
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertEqual(plain.bytes, packed.bytes)
        records = self.log()
        self.assertEqual(len({record["connection"] for record in records}), 1)
        self.assertEqual(records[-1]["bytes"], len(packed.raw))


class Truth(Case):
    def comparable(self, value):
        """A JSON value as the text that stands in the CSV."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)

    def assert_entities(self, name, schema, items):
        fields = ITEM_FIELDS[schema]
        wanted = {}
        for row in self.truth(name):
            self.assertEqual(list(row), list(fields))
            wanted[row["id"]] = [value.removesuffix("+00:00") if kind == "date-time" else value
                                 for value, kind in zip(row.values(), fields.values())]
        given = {item["id"]: [self.comparable(item.get(field)) for field in fields] for item in items}
        self.assertTrue(given)
        self.assertEqual(given, wanted)

    def of_accounts(self, name):
        accounts = self.all_items("/ad_accounts")[0]
        return [item for account in accounts
                for item in self.all_items(f"/ad_accounts/{account['id']}/{name}", entity_statuses=STATUSES)[0]]

    def test_entities(self):
        self.assert_entities("user_account", "Account", [self.get("/user_account").json])
        self.assert_entities("ad_accounts", "AdAccount", self.all_items("/ad_accounts")[0])
        self.assert_entities("campaigns", "CampaignResponse", self.of_accounts("campaigns"))
        self.assert_entities("ad_groups", "AdGroupResponse", self.of_accounts("ad_groups"))
        self.assert_entities("ads", "AdResponse", self.of_accounts("ads"))
        self.assert_entities("boards", "Board", self.all_items("/boards")[0])
        self.assert_entities("pins", "Pin", self.all_items("/pins")[0])

    def analytics(self, path, id_parameter, granularity, columns, key):
        rows = []
        start = "2026-08-10" if granularity == "HOUR" else "2026-07-20"
        query = {"start_date": start, "end_date": "2026-08-12", "columns": columns, "granularity": granularity}
        for account in self.all_items("/ad_accounts")[0]:
            base = f"/ad_accounts/{account['id']}"
            if id_parameter:
                found = self.all_items(f"{base}/{path}", entity_statuses=STATUSES)[0]
                ids = ",".join(item["id"] for item in found)
                if ids:
                    reply = self.get(f"{base}/{path}/analytics", **{id_parameter: ids}, **query)
                    rows += reply.json
            else:
                rows += self.get(f"{base}/analytics", **query).json
        return {(row[key], *self.period(row)):
                [self.comparable(row.get(column)) for column in columns.split(",")] for row in rows}

    @staticmethod
    def period(row):
        """What the truth tells of a row's period."""
        if "HOUR" in row:
            return row["DATE"], f"{row['DATE']}T{row['HOUR']:02}:00:00Z"
        return (row["DATE"],) if "DATE" in row else ()

    def test_ads_analytics(self):
        columns = ",".join(COLUMN_TYPES)
        for level, path, parameter in (
                ("ad_account", "", None), ("campaign", "campaigns", "campaign_ids"),
                ("ad_group", "ad_groups", "ad_group_ids"), ("ad", "ads", "ad_ids")):
            for granularity in ("DAY", "WEEK", "MONTH", "TOTAL", "HOUR"):
                with self.subTest(level=level, granularity=granularity):
                    self.check_analytics(level, path, parameter, granularity, columns)

    def check_analytics(self, level, path, parameter, granularity, columns):
        start = "2026-08-10" if granularity == "HOUR" else "2026-07-20"
        table = f"{path or 'ad_account'}_analytics"
        wanted = {}
        span = f"start={start}&end=2026-08-12&columns={columns}&granularity={granularity}"
        text = self.control(f"table/{table}.csv?{span}")
        reader = csv.reader(io.StringIO(text, newline=""))
        header = next(reader)
        grain = len(header) - len(COLUMN_TYPES)
        for row in reader:
            key = tuple(row[0 if level == "ad_account" else 1:grain])
            wanted[key] = [self.number(cell, kind) for cell, kind in zip(row[grain:], COLUMN_TYPES.values())]
        given = self.analytics(path, parameter, granularity, columns, level.upper() + "_ID")
        self.assertEqual(given, wanted)

    def number(self, cell, kind):
        return self.comparable(float(cell)) if kind == "double precision" and cell else cell

    def test_organic_analytics(self):
        span = {"start": "2026-05-17", "end": TODAY}
        rows = self.truth("user_account_analytics", **span)
        answer = self.get("/user_account/analytics", start_date=span["start"], end_date=TODAY).json["all"]
        given = [self.organic(day, rows[0]) for day in answer["daily_metrics"]]
        self.assertEqual(given, [list(row.values()) for row in rows])
        for pin in self.all_items("/pins", creative_types="VIDEO")[0]:
            metrics = "IMPRESSION,SAVE_RATE,VIDEO_AVG_WATCH_TIME,TOTAL_COMMENTS"
            rows = self.truth("pins_analytics", pin_id=pin["id"], columns=metrics, **span)
            answer = self.get(f"/pins/{pin['id']}/analytics", start_date=span["start"], end_date=TODAY,
                              metric_types=metrics).json["all"]
            given = [self.organic(day, rows[0], pin["id"]) for day in answer["daily_metrics"]]
            self.assertEqual(given, [list(row.values()) for row in rows])

    def organic(self, day, header, pin_id=None):
        known = {"date": day["date"], "data_status": day["data_status"], "pin_id": pin_id}
        return [known[name] if name in known else self.metric(day["metrics"].get(name.upper())) for name in header]

    @staticmethod
    def metric(value):
        return "" if value is None else repr(value)


class Faults(Case):
    def fault(self, action, **options):
        self.control("faults", [{"action": action, **options}])

    def test_altered_answers(self):
        self.fault("status", match="^/pins$", nth=2, times=1, status=503, headers={"Retry-After": "1"})
        replies = [self.get("/pins") for _ in range(3)]
        self.assertEqual([reply.status for reply in replies], [200, 503, 200])
        self.assertEqual(replies[1].headers["retry-after"], "1")
        self.assertEqual([record["rule"] for record in self.log()], [None, "status", None])
        for action, options in (("html", {}), ("garbage", {}), ("replace", {"body": "]["})):
            self.control("reset", {})
            self.fault(action, **options)
            reply = self.get("/pins")
            self.assertEqual(reply.status, 200)
            self.assertRaises(ValueError, lambda: reply.json)
        self.control("reset", {})
        self.fault("redirect", location="http://example.com/")
        self.assertEqual(self.get("/pins").headers["location"], "http://example.com/")

    def test_awkward_values(self):
        for action, piece in (("nul", b"\\u0000"), ("lone_surrogate", b"\\ud800"), ("invalid_utf8", b"\xff\xfe"),
                              ("big_number", b"1234567890123456789012"), ("nesting", b"[" * 100_000)):
            self.control("reset", {})
            self.fault(action, field="name")
            self.assertIn(piece, self.get(CAMPAIGNS).bytes)
        self.control("reset", {})
        self.fault("wrong_types")
        item = self.get(CAMPAIGNS).json["items"][0]
        self.assertIsInstance(item["id"], int)
        self.assertIsInstance(item["created_time"], str)
        self.control("reset", {})
        self.fault("set_field", field="name", value=[1], row=1)
        self.assertEqual([item["name"] for item in self.get(CAMPAIGNS).json["items"][:2]], ["Spring Sale 🌷", [1]])

    def test_bookmark_faults(self):
        self.fault("empty_page", nth=2, times=1)
        self.assertEqual(self.get(CAMPAIGNS, page_size=2).status, 200)
        self.control("reset", {})
        plain = self.all_items(CAMPAIGNS, page_size=2)
        self.fault("empty_page", nth=2, times=1)
        broken = self.all_items(CAMPAIGNS, page_size=2)
        self.assertEqual((broken[0], broken[1]), (plain[0], plain[1] + 1))
        self.fault("repeat_bookmark")
        marks = [self.get(CAMPAIGNS).json["bookmark"]]
        marks += [self.get(CAMPAIGNS, bookmark=marks[0]).json["bookmark"] for _ in range(3)]
        self.assertEqual(len(set(marks)), 1)
        self.assertIsNotNone(marks[0])

    def test_broken_connections(self):
        for action, options in (("drop", {}), ("drop", {"after": "headers"}), ("truncate", {"bytes": 10})):
            self.control("reset", {})
            self.fault(action, match="^/pins$", **options)
            self.assertRaises(http.client.HTTPException, lambda: self.get("/pins"))
            self.connection.close()

    def test_slow_answer(self):
        self.fault("slow", chunk=200, pause=0.01, match="^/user_account$")
        started = time.monotonic()
        self.assertEqual(self.get("/user_account").json["monthly_views"], -1)
        self.assertGreater(time.monotonic() - started, 0.015)

    def test_hold(self):
        self.fault("hold", match="^/user_account$", together=3)
        connections = [self.connect() for _ in range(3)]
        for number, connection in enumerate(connections, 1):
            self.assertEqual(self.control("requests")["in_flight"], number - 1)
            connection.request("GET", "/v5/user_account", headers=AUTHORIZED)
            self.wait_for(lambda: self.control("requests")["max_in_flight"] == number)
        replies = [Reply(connection.getresponse()) for connection in connections]
        self.assertEqual({reply.json["monthly_views"] for reply in replies}, {-1})
        self.assertEqual(self.get("/user_account").status, 200)
        self.control("reset", {})
        self.fault("hold")
        connections[0].request("GET", "/v5/user_account", headers=AUTHORIZED)
        self.wait_for(lambda: self.control("requests")["in_flight"] == 1)
        self.control("release", {})
        self.assertEqual(connections[0].getresponse().status, 200)
        for connection in connections:
            connection.close()

    def test_hang_ends_with_the_client(self):
        for after in (None, "headers", "body"):
            self.control("reset", {})
            self.fault("hang", after=after)
            client = socket.create_connection(self.server.server_address)
            client.sendall(b"GET /v5/pins HTTP/1.1\r\nhost: x\r\nauthorization: Bearer pina_simulator\r\n\r\n")
            self.wait_for(lambda: self.control("requests")["in_flight"] == 1)
            client.close()
            self.wait_for(lambda: self.control("requests")["in_flight"] == 0)

    def wait_for(self, condition):
        until = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def test_latency_and_concurrency(self):
        self.control("config", {"latency": 0.2})
        self.fault("hold", together=5)
        connections = [self.connect() for _ in range(5)]
        started = time.monotonic()
        for connection in connections:
            connection.request("GET", "/v5/user_account", headers=AUTHORIZED)
        self.assertEqual({connection.getresponse().status for connection in connections}, {200})
        self.assertGreater(time.monotonic() - started, 0.2)
        self.assertEqual(self.control("requests")["max_in_flight"], 5)
        for connection in connections:
            connection.close()

    def test_bad_control_calls(self):
        for name, value in (("faults", [{"action": "explode"}]), ("config", {"speed": 1}), ("nothing", {})):
            self.assertEqual(self.request("POST", f"/__sim/{name}", body=json.dumps(value)).status, 400)


class Process(unittest.TestCase):
    """The command line, and the end of the process."""

    def start(self, *options, **more):
        command = [sys.executable, str(Path(__file__).resolve().parent), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **more)
        self.addCleanup(process.stdout.close)
        line = process.stdout.readline()
        self.assertRegex(line, r"^listening on http://127\.0\.0\.1:[0-9]+$")
        self.port = int(line.rpartition(":")[2])
        return process

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start("--accounts", "1")
            process.send_signal(number)
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_app_secret(self):
        process = self.start("--until-eof", "--app-secret", "other", stdin=subprocess.PIPE)
        for secret, status in (("other", 400), ("simulator-app-secret", 401)):
            pair = base64.b64encode(f"1234567:{secret}".encode()).decode()
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            client.request("POST", "/v5/oauth/token", headers={"authorization": f"Basic {pair}"})
            self.assertEqual(client.getresponse().status, status)
            client.close()
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_end_of_input(self):
        process = self.start("--until-eof", stdin=subprocess.PIPE)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_hang_ends_with_the_server(self):
        server = Server(Simulator(today=TODAY))
        server.start()
        server.simulator.rules.add([{"action": "hang"}])
        client = socket.create_connection(server.server_address)
        client.sendall(b"GET /v5/pins HTTP/1.1\r\nhost: x\r\n\r\n")
        while not server.simulator.log.in_flight:
            time.sleep(0.01)
        threading.Thread(target=server.stop).start()
        client.settimeout(PATIENCE)
        self.assertEqual(client.recv(100), b"")
        client.close()


def load_tests(loader, tests, _):
    """The tests of this file and of the others beside it."""
    for file in sorted(Path(__file__).resolve().parent.glob("selftest_*.py")):
        tests.addTests(loader.loadTestsFromModule(importlib.import_module(f"simulator.{file.stem}")))
    return tests


if __name__ == "__main__":
    unittest.main()
