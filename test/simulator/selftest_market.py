"""Checks of resources, trends and terms."""

import datetime

from simulator.facts import COLUMN_TYPES, FACTS
from simulator.selftest_base import TODAY, Case

KEYWORDS = FACTS["endpoints"]["/trends/keywords/{region}/top/{trend_type}"]["params"]
DETAILS = FACTS["endpoints"]["/trends/product_categories/details"]["params"]


class Resources(Case):
    def test_countries(self):
        answer = self.get("/resources/ad_account_countries").json
        self.assertEqual(list(answer), ["items"])
        self.assertEqual({type(item["index"]) for item in answer["items"]}, {int, float})
        self.assert_truth("ad_account_countries", "AdAccountsCountryResponseData", answer["items"])

    def test_delivery_metrics(self):
        for query in ({}, {"report_type": "SYNC"}, {"report_type": "ASYNC"}):
            items = self.get("/resources/delivery_metrics", **query).json["items"]
            self.assert_truth("delivery_metrics", "DeliveryMetric", items, **query)
        every = self.get("/resources/delivery_metrics").json["items"]
        names = [item["name"] for item in every]
        self.assertLessEqual(set(COLUMN_TYPES), set(names))
        twice = {name for name in names if names.count(name) == 2}
        self.assertEqual(twice, {"ENGAGEMENT_RATE"})
        self.assertTrue(any("display_name" not in item for item in every))

    def test_ready_state(self):
        rows = self.truth("metrics_ready_state", start="2026-08-10", end=TODAY)
        for row in rows:
            answer = self.get("/resources/metrics_ready_state", date=row["date"]).json
            self.assertEqual({name: self.truth_text(value) for name, value in answer.items()} | {
                "date": row["date"]}, row)
        self.assertEqual([row["non_conversion_metrics_ready"] for row in rows], ["true"] * 5 + ["false"])
        self.assertEqual([row["conversion_metrics_ready"] for row in rows], ["true"] * 3 + ["false"] * 3)
        self.assert_refused(self.get("/resources/metrics_ready_state"), "date")
        self.assert_refused(self.get("/resources/metrics_ready_state", date="2026-02-30"), "date")

    def test_targeting(self):
        kinds = FACTS["endpoints"]["/resources/targeting/{targeting_type}"]["params"]["targeting_type"]["enum"]
        found = []
        for kind in kinds:
            answer = self.get(f"/resources/targeting/{kind}").json
            found += [(kind, *pair) for options in answer for pair in options.items()]
        rows = [tuple(row.values()) for row in self.truth("targeting_options")]
        self.assertEqual(sorted((kind, name, meaning or "") for kind, name, meaning in found), sorted(rows))
        self.assertEqual(self.get("/resources/targeting/AUDIENCE_INCLUDE").json, [{}])
        self.assertEqual(self.get("/resources/targeting/KEYWORD").json, [])
        self.assert_refused(self.get("/resources/targeting/SHOE_SIZE"), "targeting_type")

    def test_interests(self):
        ids = list(self.get("/resources/targeting/INTEREST").json[0])
        items = [self.get(f"/resources/targeting/interests/{interest_id}").json for interest_id in ids]
        self.assert_truth("interests", "SingleInterestTargetingOptionResponse", items)
        below = {child for item in items for child in item.get("child_interests") or []}
        self.assertLess(below, set(ids))
        self.assertEqual({item["level"] for item in items}, {1, 2, 3})
        reply = self.get("/resources/targeting/interests/1")
        self.assertEqual(reply.status, 404)


class Trends(Case):
    def keywords(self, region, trend_type, **query):
        path = f"/trends/keywords/{region.replace('+', '%2B')}/top/{trend_type}"
        return [{**item, "region": region, "trend_type": trend_type} for item in self.get(path, **query).json["trends"]]

    def test_keywords(self):
        for region in ("US", "NL+BE+LU", "MX+AR+CO+CL"):
            for options, query in (
                    ({}, {}), ({"interest": "art"}, {"interests": "art"}),
                    ({"gender": "female", "age": "65+"}, {"genders": "female", "ages": "65+"}),
                    ({"include_demographics": "true"},) * 2):
                items = [item for trend_type in KEYWORDS["trend_type"]["enum"]
                         for item in self.keywords(region, trend_type, **query)]
                if items:
                    self.assert_truth("trends_keywords", "TrendingKeyword", items, ["region", "trend_type"],
                                      region=region, **options)
        self.assertEqual(len(self.keywords("US", "growing")), 50)
        self.assertEqual(self.keywords("NL+BE+LU", "growing"), [])

    def test_keywords_are_awkward(self):
        items = [item for trend_type in KEYWORDS["trend_type"]["enum"]
                 for item in self.keywords("US", trend_type)]
        self.assertIn(-1, {item["pct_growth_wow"] for item in items})
        self.assertIn(10_001, {item["pct_growth_mom"] for item in items})
        self.assertTrue(any("pct_growth_yoy" not in item for item in items))
        self.assertFalse(any(item["has_prediction"] for item in items))
        self.assert_refused(self.get("/trends/keywords/US/top/growing", include_prediction="true"), "include_prediction")
        dates = [datetime.date.fromisoformat(date) for date in items[0]["time_series"]]
        self.assertEqual({date.weekday() for date in dates}, {5})
        self.assertEqual((len(dates), max(items[0]["time_series"].values())), (52, 100))

    def test_the_path_has_no_plus(self):
        self.assertEqual(self.get("/trends/keywords/GB%2bIE/top/growing").status, 200)
        self.assert_refused(self.get("/trends/keywords/GB+IE/top/growing"), "region")
        self.assert_refused(self.get("/trends/keywords/GB%20IE/top/growing"), "region")
        self.assertEqual(self.log()[0]["path"], "/trends/keywords/GB%2bIE/top/growing")
        self.assert_refused(self.get("/trends/keywords/US/top/daily"), "trend_type")

    def test_filters_of_keywords(self):
        word = self.keywords("US", "growing")[7]["keyword"].split()[0]
        found = self.keywords("US", "growing", include_keywords=word, limit=50)
        self.assertTrue(found and all(word in item["keyword"] for item in found))
        self.assertEqual(len(self.keywords("US", "growing", limit=3)), 3)
        self.assert_refused(self.get("/trends/keywords/US/top/growing", limit=51), "limit")
        peaks = {max(item["time_series"].values()) for item in self.keywords(
            "US", "growing", normalize_against_group="true")}
        self.assertGreater(len(peaks), 2)

    def test_topics(self):
        for region in ("US", "GB+IE"):
            answer = self.get("/trends/topics/featured", region=region).json
            items = [{**topic, "interest": element["interest"], "market": element["market"], "region": region}
                     for element in answer for topic in element.get("trends", [])]
            self.assert_truth("trends_topics", "TrendingTopic", items, ["interest", "market", "region"], region=region)
        self.assertTrue(any("trends" not in element for element in answer))
        one = self.get("/trends/topics/featured", region="GB+IE", interest="ART").json
        self.assertEqual(one, [element for element in answer if element["interest"] == "ART"])
        self.assert_refused(self.get("/trends/topics/featured"), "region")

    def categories(self, **query):
        answer = self.get("/trends/product_categories/trending", region="CA", **query).json
        return [{**item, "region": "CA"} for item in answer]

    def test_product_categories(self):
        kinds = ("ENGAGEMENT", "OUTBOUND_CLICK", "SAVE")
        for options, query in (({}, {}), ({"vertical": "BEAUTY"}, {"verticals": "BEAUTY"}),
                               ({"gender": "MALE"}, {"genders": "MALE"})):
            items = [item for kind in kinds for item in self.categories(engagement_type=kind, **query)]
            self.assert_truth("trends_product_categories", "TrendingProductCategory", items, ["region"],
                              region="CA", **options)
        self.assertEqual(self.categories(), self.categories(engagement_type="ENGAGEMENT"))
        self.assertTrue(any("verticals" not in item for item in self.categories()))

    def test_details(self):
        names = DETAILS["product_categories"]["enum"][:20]
        for more in ({}, {"lookback_window": "90", "engagement_type": "SAVE"}):
            answer = self.get("/trends/product_categories/details", region="US", product_categories=names, **more).json
            self.assert_truth("trends_product_categories_details", "ProductCategoryDetails",
                              [{**item, "region": "US"} for item in answer], ["region"],
                              region="US", product_category=",".join(names), **more)
        self.assertEqual({len(item["time_series"]) for item in answer}, {12})
        self.assertLess(len(answer), len(names))
        for bad in (DETAILS["product_categories"]["enum"][:21], ["SHOES", "SHOES"], ["SHOE"]):
            reply = self.get("/trends/product_categories/details", region="US", product_categories=bad)
            self.assert_refused(reply, "product_categories")
        self.assert_refused(self.get("/trends/product_categories/details", region="US", product_categories="SHOES",
                                     lookback_window="91"), "lookback_window")


class Terms(Case):
    def test_related(self):
        terms = ["tent", "yoga", "crème brûlée", "zelt"]
        answer = self.get("/terms/related", terms=terms).json
        self.assertEqual((answer["id"], [row["term"] for row in answer["related_terms_list"]]), ("tent", terms))
        found = [(row["term"], term) for row in answer["related_terms_list"] for term in row["related_terms"]]
        self.assertEqual(answer["related_term_count"], len(found))
        self.assertEqual(found, [tuple(row.values()) for row in self.truth("terms_related", term=",".join(terms))])
        self.assert_refused(self.get("/terms/related"), "terms")

    def test_suggested(self):
        self.assertEqual(len(self.get("/terms/suggested", term="tent").json), 4)
        for term in ("tent", "zelt", "été"):
            answer = self.get("/terms/suggested", term=term, limit=10).json
            self.assertEqual(answer, [row["suggested_term"] for row in self.truth("terms_suggested", term=term)])
        self.assert_refused(self.get("/terms/suggested", term="tent", limit=11), "limit")
