"""Checks ads analytics by targeting, of product groups and pins, by attribution windows, and in reports."""

import csv
import http.client
import io
import json
import urllib.parse

from simulator.facts import ALL_COLUMN_TYPES, COLUMN_TYPES
from simulator.product_items import PRODUCT_ITEM_COLUMNS
from simulator.report_rules import KINDS
from simulator.selftest_base import AUTHORIZED, PATIENCE, Case, Reply, later
from simulator.targeting import SYNC_TYPES, UNDIVIDED

ACCOUNT = "549755885175"
A = f"/ad_accounts/{ACCOUNT}"
STATUSES = "ACTIVE,PAUSED,ARCHIVED,DRAFT,DELETED_DRAFT"
DAYS = {"start_date": "2026-08-03", "end_date": "2026-08-12", "granularity": "DAY"}
SPAN = {"start": "2026-08-03", "end": "2026-08-12"}
COLUMNS = "IMPRESSION_1,SPEND_IN_DOLLAR,TOTAL_CHECKOUT,CTR,CAMPAIGN_NAME"
CONVERSIONS = "TOTAL_CHECKOUT,CHECKOUT_ROAS,TOTAL_SIGNUP,TOTAL_LEAD,TOTAL_APP_INSTALL_CONVERSION_RATE"
WINDOWS = (
    {"click_window_days": 7}, {"click_window_days": 0}, {"engagement_window_days": 60}, {"view_window_days": 30},
    {"conversion_report_time": "TIME_OF_CONVERSION"},
)
ITEM_TABLES = {
    "ADVERTISER": "ad_account", "CAMPAIGN": "campaigns", "AD_GROUP": "ad_groups", "PIN_PROMOTION": "ads",
    "KEYWORD": "keywords", "PRODUCT_GROUP": "product_groups", "PRODUCT_ITEM": "product_items",
}


def cells(row, columns):
    """Values of a row of JSON as comparable texts."""
    return [cell(row.get(column), ALL_COLUMN_TYPES.get(column)) for column in columns]


def cell(value, kind):
    """A value of JSON, or its text in a CSV, as a comparable text."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if kind in ("bigint", "double precision") else str(value)


class AnalyticsCase(Case):
    def ids(self, kind):
        return [entity.id for entity in self.server.simulator.world.level(self.account, kind)]

    @property
    def account(self):
        return self.server.simulator.world.find("ad_account", ACCOUNT)

    def wanted(self, table, columns, keys, **options):
        """{key: values} of a truth table, of the one ad account."""
        rows = self.truth(table, columns=columns, **{**SPAN, **options})
        names = columns.split(",")
        return {tuple(row[key] for key in keys): [cell(row[name.lower()], ALL_COLUMN_TYPES[name]) for name in names]
                for row in rows if row["ad_account_id"] == ACCOUNT}


class Endpoints(AnalyticsCase):
    def compare(self, path, own_id, wanted, **query):
        rows = self.get(f"{A}/{path}", columns=COLUMNS, **DAYS, **query).json
        self.assertTrue(all(type(row[own_id]) is str for row in rows))
        given = {(row[own_id], row["DATE"]): cells(row, COLUMNS.split(",")) for row in rows}
        self.assertTrue(given)
        self.assertEqual(given, wanted)

    def test_product_groups(self):
        wanted = self.wanted("product_groups_analytics", COLUMNS, ("product_group_id", "date"))
        ids = self.ids("product_group")
        self.compare("product_groups/analytics", "PRODUCT_GROUP_ID", wanted, product_group_ids=ids)
        self.assert_refused(self.get(f"{A}/product_groups/analytics", columns="CTR", **DAYS), "product_group_ids")
        foreign = self.get(f"{A}/product_groups/analytics", columns="CTR", product_group_ids="1", **DAYS)
        self.assert_foreign(foreign, "product_group_ids")

    def test_pins_of_a_campaign(self):
        ads = self.all_items(f"{A}/ads", entity_statuses=STATUSES)[0]
        campaign = ads[0]["campaign_id"]
        pins = sorted({ad["pin_id"] for ad in ads if ad["campaign_id"] == campaign})
        wanted = self.wanted("ad_pins_analytics", COLUMNS, ("campaign_id", "pin_id", "date"))
        own = {key[1:]: values for key, values in wanted.items() if key[0] == campaign}
        self.compare("pins/analytics", "PIN_ID", own, campaign_id=campaign, pin_ids=pins)
        path = f"{A}/pins/analytics"
        foreign = self.get(path, columns="CTR", **DAYS, campaign_id="1", pin_ids=pins)
        self.assert_foreign(foreign, "campaign_id")
        for name, ids in (("pin_ids", {"campaign_id": campaign, "pin_ids": "1"}), ("campaign_id", {"pin_ids": pins}),
                          ("pin_ids", {"campaign_id": campaign, "pin_ids": ",".join(map(str, range(101)))})):
            self.assert_refused(self.get(path, columns="CTR", **DAYS, **ids), name)

    def test_windows(self):
        path, key = f"{A}/analytics", ("date",)
        query = {**DAYS, "columns": f"{CONVERSIONS},IMPRESSION_1,CTR"}
        plain = self.get(path, **query).json
        defaults = {"click_window_days": 30, "engagement_window_days": 30, "view_window_days": 1,
                    "conversion_report_time": "TIME_OF_AD_ACTION"}
        self.assertEqual(self.get(path, **query, **defaults).json, plain)
        for windows in WINDOWS:
            rows = self.get(path, **query, **windows).json
            for column in CONVERSIONS.split(","):
                self.assertNotEqual([row.get(column) for row in rows], [row.get(column) for row in plain], column)
            for column in ("IMPRESSION_1", "CTR"):
                self.assertEqual([row.get(column) for row in rows], [row.get(column) for row in plain])
            given = {(row["DATE"],): cells(row, CONVERSIONS.split(",")) for row in rows}
            self.assertEqual(given, self.wanted("ad_account_analytics", CONVERSIONS, key, **windows))


class Targeting(AnalyticsCase):
    LEVELS = {
        "": ("ad_account", "AD_ACCOUNT_ID", None), "campaigns/": ("campaigns", "CAMPAIGN_ID", "campaign"),
        "ad_groups/": ("ad_groups", "AD_GROUP_ID", "ad_group"), "ads/": ("ads", "AD_ID", "ad"),
    }

    def test_truth(self):
        for path, (table, own_id, kind) in self.LEVELS.items():
            types = SYNC_TYPES["/ad_accounts/{ad_account_id}/" + path + "targeting_analytics"]
            some = list(types)[:14]
            ids = {f"{kind}_ids": self.ids(kind)} if kind else {}
            for granularity in ("WEEK", "TOTAL"):
                query = {**DAYS, **ids, "granularity": granularity, "columns": COLUMNS, "targeting_types": some}
                rows = self.get(f"{A}/{path}targeting_analytics", **query).json["data"]
                period = () if granularity == "TOTAL" else ("date",)
                own = "ad_account_id" if kind is None else f"{kind}_id"
                wanted = self.wanted(f"{table}_targeting_analytics", COLUMNS, (
                    own, *period, "targeting_type", "targeting_value"), granularity=granularity,
                    targeting_types=",".join(some))
                given = {self.key(row, own_id): cells(row["metrics"], COLUMNS.split(",")) for row in rows}
                self.assertEqual(given, wanted)
                self.assertEqual(len(given), len(rows))

    @staticmethod
    def key(row, own_id):
        metrics = row["metrics"]
        period = (metrics["DATE"],) if "DATE" in metrics else ()
        return (str(metrics[own_id]), *period, row["targeting_type"], str(row["targeting_value"]))

    def test_rows_are_awkward(self):
        query = {**DAYS, "columns": "CTR", "targeting_types": "LOCATION,AUDIENCE_INCLUDE,GENDER"}
        rows = self.get(f"{A}/targeting_analytics", **query).json["data"]
        self.assertEqual({type(row["targeting_value"]) for row in rows}, {int, str})
        self.assertTrue(all(type(row["metrics"]["AD_ACCOUNT_ID"]) is int for row in rows))
        self.assertGreater(len({tuple(row) for row in rows}), 1)
        query.update(columns="TOTAL_CHECKOUT", ad_ids=self.ids("ad"))
        rows = self.get(f"{A}/ads/targeting_analytics", **query).json["data"]
        self.assertTrue(any("TOTAL_CHECKOUT" not in row["metrics"] for row in rows))

    def test_refusals(self):
        path = f"{A}/targeting_analytics"
        for column in UNDIVIDED:
            self.assert_refused(self.get(path, **DAYS, columns=column, targeting_types="GENDER"), "columns")
        self.assert_refused(self.get(path, **DAYS, columns="CTR"), "targeting_types")
        self.assert_refused(self.get(path, **DAYS, columns="CTR", targeting_types="QUIZ_RESULT"), "targeting_types")
        types = SYNC_TYPES["/ad_accounts/{ad_account_id}/campaigns/targeting_analytics"]
        self.assertEqual(len(types), 15)
        many = self.get(f"{A}/campaigns/targeting_analytics", **DAYS, columns="CTR", campaign_ids=self.ids("campaign"),
                        targeting_types=list(types))
        self.assert_refused(many, "targeting_types")

    def test_attribution_types(self):
        query = {**DAYS, "columns": CONVERSIONS, "targeting_types": "GENDER"}
        plain = self.get(f"{A}/targeting_analytics", **query).json
        self.assertEqual(self.get(f"{A}/targeting_analytics", **query, attribution_types="INDIVIDUAL").json, plain)
        self.assertNotEqual(self.get(f"{A}/targeting_analytics", **query, attribution_types="HOUSEHOLD").json, plain)


class ReportCase(AnalyticsCase):
    BODY = {**DAYS, "level": "CAMPAIGN", "columns": ["CAMPAIGN_ID", "IMPRESSION_1"]}

    def post(self, body, path=f"{A}/reports", headers=None):
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.request("POST", f"/v5{path}", headers or {**AUTHORIZED, "content-type": "application/json"}, text)

    def order(self, **changes):
        return self.post({**self.BODY, **changes})

    def poll(self, token):
        return self.get(f"{A}/reports", token=token).json

    def link(self, **changes):
        """The link to a report, once it is finished."""
        token = self.order(**changes).json["token"]
        while True:
            answer = self.poll(token)
            if answer["report_status"] != "IN_PROGRESS":
                self.assertEqual(answer["report_status"], "FINISHED")
                return answer["url"]

    def download(self, url, headers=None, method="GET"):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers or {})
        return Reply(connection.getresponse())

    def report(self, **changes):
        return self.download(self.link(**changes)).json


class Orders(ReportCase):
    def refused(self, name, **changes):
        self.assert_refused(self.order(**changes), name)

    def test_bodies(self):
        for body in ("", "{", "[]", '{"level":"CAMPAIGN","level":"CAMPAIGN"}', '{"click_window_days":NaN}', b"\xff"):
            self.assert_refused(self.post(body), "body")
        for missing in self.BODY:
            body = {name: value for name, value in self.BODY.items() if name != missing}
            self.assert_refused(self.post(body), missing)
        for name, value in (
                ("speed", 1), ("page_size", 25), ("level", "PIN"), ("level", 1), ("columns", "CTR"), ("columns", []),
                ("columns", ["CTR", "CTR"]), ("columns", ["QUIZ_PIN_RESULT_OPEN"]), ("columns", [1]),
                ("click_window_days", "30"), ("click_window_days", 2), ("view_window_days", 1.0),
                ("view_window_days", True), ("engagement_window_days", None), ("granularity", "YEAR"),
                ("start_date", "2026-8-3"), ("campaign_ids", []), ("campaign_ids", [int(self.ids("campaign")[0])]),
                ("campaign_ids", ["1"]), ("campaign_ids", [str(number) for number in range(501)]),
                ("campaign_statuses", ["ACTIVE"]), ("combine_targeting_types", "false"), ("ad_account_id", ACCOUNT)):
            self.refused(name, **{name: value})

    def test_headers_and_query(self):
        plain = {**AUTHORIZED, "content-type": "application/x-www-form-urlencoded"}
        self.assert_refused(self.post(self.BODY, headers=plain), "application/json")
        self.assert_refused(self.post(self.BODY, headers=AUTHORIZED), "application/json")
        self.assert_refused(self.post(self.BODY, f"{A}/reports?level=CAMPAIGN"), "query")
        with_charset = {**AUTHORIZED, "content-type": "application/json; charset=utf-8"}
        self.assertEqual(self.post(self.BODY, headers=with_charset).status, 200)
        self.assert_answer(self.post(self.BODY, headers={"content-type": "application/json"}), 401, 2)
        self.assert_refused(self.post(self.BODY, "/ad_accounts/123/reports"), "123", 403, 7)
        self.assert_refused(self.request("PUT", f"/v5{A}/reports", body="{}"), "PUT", 405, 5)

    def test_dates(self):
        for name, changes in (
                ("start_date", {"start_date": "2026-08-13"}), ("end_date", {"end_date": "2026-08-16"}),
                ("start_date", {"start_date": "2024-02-12", "end_date": "2024-03-01"}),
                ("end_date", {"start_date": "2026-01-01", "end_date": "2026-07-06"}),
                ("end_date", {"granularity": "HOUR", "start_date": "2026-08-10", "end_date": "2026-08-13"}),
                ("start_date", {"granularity": "HOUR", "start_date": "2026-08-06", "end_date": "2026-08-07"}),
                ("start_date", {"level": "PRODUCT_ITEM", "columns": ["IMPRESSION_1"], "start_date": "2026-05-14",
                                "end_date": "2026-05-20"}),
                ("end_date", {"level": "PRODUCT_ITEM", "columns": ["IMPRESSION_1"], "start_date": "2026-07-01",
                              "end_date": "2026-08-01"})):
            self.refused(name, **changes)
        for changes in (
                {"start_date": "2024-02-13", "end_date": "2024-03-01"},
                {"start_date": "2026-01-01", "end_date": "2026-07-05"},
                {"granularity": "HOUR", "start_date": "2026-08-07", "end_date": "2026-08-09"},
                {"level": "PRODUCT_ITEM", "columns": ["IMPRESSION_1"], "start_date": "2026-05-15",
                 "end_date": "2026-06-14"}):
            self.assertEqual(self.order(**changes).status, 200)

    def test_levels(self):
        types = ["GENDER"]
        for name, changes in (
                ("targeting_types", {"level": "CAMPAIGN_TARGETING"}), ("targeting_types", {"targeting_types": types}),
                ("targeting_types", {"level": "CAMPAIGN_TARGETING", "targeting_types": ["CREATIVE_TYPE"]}),
                ("targeting_types", {"level": "CAMPAIGN_TARGETING", "targeting_types": [
                    "GENDER", "KEYWORD", "APPTYPE", "LOCATION", "GEO", "REGION"]}),
                ("columns", {"columns": ["PRODUCT_ITEM_NAME"]}),
                ("columns", {"level": "PRODUCT_ITEM", "columns": ["AD_ID"]}),
                ("columns", {"level": "PRODUCT_ITEM_TARGETING", "targeting_types": types, "columns": ["AD_STATUS"]}),
                ("columns", {"level": "KEYWORD", "columns": [UNDIVIDED[0]]}),
                ("columns", {"level": "AD_GROUP_TARGETING", "targeting_types": types, "columns": [UNDIVIDED[1]]}),
                ("ad_ids", {"level": "PRODUCT_ITEM", "columns": ["CTR"], "ad_ids": self.ids("ad")[:1]}),
                ("ad_group_ids", {"ad_group_ids": self.ids("ad_group")[:1]}),
                ("campaign_statuses", {"campaign_statuses": [
                    "RUNNING", "PAUSED", "NOT_STARTED", "COMPLETED", "ARCHIVED", "DRAFT", "DELETED_DRAFT"]}),
                ("start_hour", {"start_hour": 3})):
            self.refused(name, **changes)

    def test_the_same_order_twice(self):
        first = self.order().json
        self.assertEqual(first["report_status"], "IN_PROGRESS")
        self.assertIn(first["message"], (None, ""))
        self.assertEqual(len(first["token"]), 300)
        self.assertIn("=", first["token"][:-1])
        again = self.post({name: self.BODY[name] for name in reversed(self.BODY)}).json
        self.assertEqual((again["report_status"], again["token"]), ("IN_PROGRESS", first["token"]))
        self.assertNotEqual(self.order(click_window_days=7).json["token"], first["token"])
        self.link()
        finished = self.order(click_window_days=30).json
        self.assertEqual((finished["report_status"], finished["token"]), ("FINISHED", first["token"]))
        self.assertIn(first["token"], finished["message"])

    def test_statuses(self):
        self.control("config", {"report_polls": 2, "report_fail": ["EXPIRED", "FAILED"]})
        tokens = []
        for status in ("EXPIRED", "FAILED", "FINISHED"):
            tokens.append(self.order().json["token"])
            told = [self.poll(tokens[-1])["report_status"] for _ in range(3)]
            self.assertEqual(told, ["IN_PROGRESS", "IN_PROGRESS", status])
        self.assertEqual(len(set(tokens)), 3)
        unknown = {"report_status": "DOES_NOT_EXIST", "url": None, "size": None}
        self.assertEqual(self.poll("abc="), unknown)
        self.assertEqual(self.get("/ad_accounts/549755885175000001/reports", token=tokens[-1]).json, unknown)
        self.assert_refused(self.get(f"{A}/reports"), "token")

    def test_age(self):
        self.control("config", {"report_seconds": 2 * PATIENCE})
        url = self.link()
        token = self.order().json["token"]
        with later(2 * PATIENCE):
            self.assertEqual(self.poll(token), {"report_status": "EXPIRED", "url": None, "size": None})
            self.assertEqual(self.download(url).status, 404)
            self.assertNotEqual(self.order().json["token"], token)

    def test_no_reports(self):
        self.control("config", {"reports_enabled": False})
        self.assert_answer(self.order(), 403, 29)
        self.assert_answer(self.get(f"{A}/reports", token="abc"), 403, 29)

    def test_log_and_faults(self):
        self.control("faults", [{"action": "status", "status": 400, "code": 2726, "times": 1, "method": "POST",
                                 "message": "Retry after 3 seconds", "match": "/reports$"}])
        self.assertEqual(self.get(f"{A}/reports", token="abc").status, 200)
        self.assertEqual(self.order().json, {"code": 2726, "message": "Retry after 3 seconds"})
        self.assertEqual(self.order().status, 200)
        record = self.log()[-1]
        self.assertEqual((record["method"], record["host"], record["body"]), ("POST", "api", self.BODY))
        self.post("nonsense")
        self.assertEqual([record["body"] for record in self.log()], [None, self.BODY, self.BODY, "nonsense"])

    def test_settings(self):
        for setting in ({"report_fail": ["LOST"]}, {"report_layout": "BY_NAME"}, {"report_polls": -1},
                        {"link_seconds": [1, "x"]}):
            self.assertEqual(self.request("POST", "/__sim/config", body=json.dumps(setting)).status, 400)
        self.control("config", {"report_layout": "array", "link_seconds": [1, 2.5]})
        state = self.control("state")
        self.assertEqual((state["report_layout"], state["link_seconds"]), ("array", [1, 2.5]))
        self.assertEqual(state["download_url"], self.server.downloads.url)


class Downloads(ReportCase):
    def invalid(self, reply, status, code):
        self.assertEqual(reply.status, status)
        self.assertIn(f"<Code>{code}</Code>".encode(), reply.bytes)
        self.assertFalse(self.log()[-1]["valid"])

    def test_links(self):
        url = self.link()
        self.assertRegex(url, rf"/async_reporting_v3/{ACCOUNT}-[0-9]+-[0-9]{{16}}/metrics_report\.txt\?X-Amz-")
        self.assertNotEqual(urllib.parse.urlsplit(url).port, self.server.server_address[1])
        reply = self.download(url, {"accept-encoding": "gzip"})
        self.assertEqual((reply.status, reply.headers["content-encoding"]), (200, "gzip"))
        record = self.log()[-1]
        self.assertEqual((record["host"], record["valid"], record["body"]), ("download", True, None))
        self.assertTrue(record["path"].startswith("/async_reporting_v3/"))
        self.assertEqual(len(reply.bytes), self.poll(self.order().json["token"])["size"])

    def test_refusals(self):
        url = self.link()
        self.invalid(self.download(url, AUTHORIZED), 400, "InvalidArgument")
        self.assertEqual(self.log()[-1]["headers"]["authorization"], "default")
        self.invalid(self.download(url + "&page_size=25"), 403, "SignatureDoesNotMatch")
        self.invalid(self.download(url[:-1]), 403, "SignatureDoesNotMatch")
        self.invalid(self.download(url, method="POST"), 405, "MethodNotAllowed")
        self.assertEqual(self.download(url.replace("metrics_report", "other")).status, 404)
        self.assertEqual(self.download(self.server.downloads.url + "/__sim/state").status, 404)

    def test_lifetime(self):
        self.control("config", {"link_seconds": [0]})
        late = self.download(self.link())
        self.assertEqual(late.status, 403)
        self.assertIn(b"Request has expired", late.bytes)
        self.assertTrue(self.log()[-1]["valid"])
        self.assertEqual(self.download(self.link()).status, 200)

    def test_faults(self):
        self.control("faults", [{"action": "truncate", "bytes": 20, "times": 1, "match": "^/async_reporting_v3/"}])
        url = self.link()
        self.assertRaises(http.client.HTTPException, lambda: self.download(url))
        self.assertEqual(self.log()[-1]["rule"], "truncate")
        self.assertEqual(self.download(url).status, 200)
        self.control("faults", [{"action": "set_field", "field": "IMPRESSION_1", "value": "x", "match": "^/async"}])
        self.assertEqual(next(iter(self.download(url).json.values()))[0]["IMPRESSION_1"], "x")


class Files(ReportCase):
    def test_layouts(self):
        by_id = self.report()
        rows = [(key, row) for key, group in by_id.items() for row in group]
        self.assertTrue(all(str(row["CAMPAIGN_ID"]) == key for key, row in rows))
        self.assertEqual({type(row["CAMPAIGN_ID"]) for _, row in rows}, {int, str})
        by_date = self.report(primary_sort="BY_DATE")
        self.assertTrue(all(row["DATE"] == date for date, group in by_date.items() for row in group))
        self.control("config", {"report_layout": "array"})
        flat = self.in_order(self.report(click_window_days=7))
        self.assertEqual(self.in_order(row for _, row in rows), flat)
        self.assertEqual(self.in_order(row for group in by_date.values() for row in group), flat)
        for layout, told in (("bare BY_ID", "CAMPAIGN_ID"), ("bare BY_DATE", "DATE")):
            self.control("config", {"report_layout": layout})
            bare = self.report(view_window_days=7 if told == "DATE" else 14)
            self.assertFalse(any(told in row for group in bare.values() for row in group))
            self.assertEqual(self.in_order({**row, told: key, "CAMPAIGN_ID": str({**row, told: key}["CAMPAIGN_ID"])}
                                           for key, group in bare.items() for row in group),
                             [{**row, "CAMPAIGN_ID": str(row["CAMPAIGN_ID"])} for row in flat])

    @staticmethod
    def in_order(rows):
        return sorted(rows, key=lambda row: (row["DATE"], str(row["CAMPAIGN_ID"])))

    def test_ids_come_when_asked_for(self):
        row = next(iter(self.report(columns=["IMPRESSION_1"]).values()))[0]
        self.assertLessEqual(set(row), {"DATE", "IMPRESSION_1"})
        total = self.report(columns=["AD_ACCOUNT_ID", "CTR"], granularity="TOTAL")
        self.assertEqual({type(row["AD_ACCOUNT_ID"]) for group in total.values() for row in group}, {str})
        self.assertFalse(any("DATE" in row for group in total.values() for row in group))

    def test_empty(self):
        draft = next(campaign for campaign in self.all_items(f"{A}/campaigns", entity_statuses="DRAFT")[0])
        url = self.link(campaign_ids=[draft["id"]])
        self.assertEqual(self.download(url).bytes, b"{}")
        self.assertEqual(self.poll(self.order(campaign_ids=[draft["id"]]).json["token"])["size"], 2)
        self.control("config", {"report_layout": "array"})
        self.assertEqual(self.report(campaign_ids=[draft["id"]], click_window_days=0), [])

    def test_filters(self):
        campaigns = list(self.report())
        self.assertEqual(set(self.report(campaign_ids=campaigns[:2])), set(campaigns[:2]))
        paused = self.report(campaign_statuses=["ADVERTISER_DISABLED"], columns=["CAMPAIGN_STATUS"],
                             start_date="2026-05-01", end_date="2026-05-31")
        statuses = {row["CAMPAIGN_STATUS"] for group in paused.values() for row in group}
        self.assertEqual(statuses, {"ADVERTISER_DISABLED"})
        keywords = self.report(level="KEYWORD", columns=["CAMPAIGN_ID"], campaign_ids=campaigns[:1])
        self.assertEqual({row["CAMPAIGN_ID"] for group in keywords.values() for row in group}, {int(campaigns[0])})

    def test_old_days(self):
        self.assertTrue(self.report(start_date="2024-02-13", end_date="2024-02-20"))

    def check_level(self, level, granularity="DAY", **changes):
        """A report's rows are those of the truth, for columns that only reports have, too."""
        targeting = {"targeting_types": ["GENDER", "LOCATION"]} if level.endswith("_TARGETING") else {}
        name = level.removesuffix("_TARGETING")
        table = ITEM_TABLES[name] + ("_targeting_analytics" if targeting else "_analytics")
        columns = changes.pop("columns")
        report = self.report(level=level, granularity=granularity, columns=columns, **targeting, **changes)
        options = {option: ",".join(value) for option, value in targeting.items()}
        span = {"start": changes.get("start_date", SPAN["start"]), "end": changes.get("end_date", SPAN["end"])}
        text = self.control(f"table/{table}.csv?" + urllib.parse.urlencode({
            **span, **options, "columns": ",".join(columns), "granularity": granularity,
            **{option: value for option, value in changes.items() if option.endswith("_days")}}))
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row[0] in ("ad_account_id", ACCOUNT)]
        grain = len(rows[0]) - len(columns)
        wanted = {tuple(row[1 if name != "ADVERTISER" else 0:grain]):
                  [cell(value, ALL_COLUMN_TYPES[column]) for value, column in zip(row[grain:], columns)]
                  for row in rows[1:]}
        given = {(key, *self.grain(row)): cells(row, columns) for key, group in report.items() for row in group}
        self.assertTrue(given)
        self.assertEqual(given, wanted)

    @staticmethod
    def grain(row):
        period = [row[name] for name in ("DATE",) if name in row]
        hour = [f"{row['DATE']}T{row['HOUR']:02}:00:00Z"] if "HOUR" in row else []
        return *period, *hour, *(str(row[name]) for name in ("TARGETING_TYPE", "TARGETING_VALUE") if name in row)

    def test_levels(self):
        plain = ["IMPRESSION_1", "SPEND_IN_DOLLAR", "TOTAL_CHECKOUT", "WEB_SIGNUP_ROAS", "TOTAL_SEARCH",
                 "CAMPAIGN_NAME"]
        for name in KINDS:
            for level in (name, f"{name}_TARGETING"):
                if level == "KEYWORD_TARGETING":
                    continue
                with self.subTest(level=level):
                    self.check_level(level, columns=plain)
        self.check_level("PRODUCT_ITEM", columns=PRODUCT_ITEM_COLUMNS)

    def test_periods(self):
        for granularity in ("WEEK", "MONTH", "TOTAL"):
            self.check_level("CAMPAIGN", granularity, columns=["CTR"])
            self.check_level("AD_GROUP_TARGETING", granularity, columns=["CTR"])
        self.check_level("PIN_PROMOTION", "HOUR", columns=["CTR"], start_date="2026-08-08", end_date="2026-08-10")

    def test_windows_and_all_columns(self):
        columns = [column for column in ALL_COLUMN_TYPES
                   if column != "QUIZ_PIN_RESULT_OPEN" and column not in PRODUCT_ITEM_COLUMNS]
        self.check_level("PIN_PROMOTION", columns=columns, start_date="2025-02-01", end_date="2025-02-03")
        self.check_level("CAMPAIGN", columns=["TOTAL_CHECKOUT", "TOTAL_LEAD"], click_window_days=0, view_window_days=60)

    def test_reports_tell_what_the_endpoints_tell(self):
        columns = [column for column in COLUMN_TYPES if column != "QUIZ_PIN_RESULT_OPEN"]
        report = self.report(columns=columns)
        ids = self.ids("campaign")
        rows = self.get(f"{A}/campaigns/analytics", **DAYS, campaign_ids=ids, columns=",".join(columns)).json
        given = {(key, row["DATE"]): cells(row, columns) for key, group in report.items() for row in group}
        self.assertEqual(given, {(row["CAMPAIGN_ID"], row["DATE"]): cells(row, columns) for row in rows})
