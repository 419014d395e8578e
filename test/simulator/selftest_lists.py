"""Checks what ad accounts, businesses and catalogs have besides campaigns and metrics."""

import datetime
import json
import re

from simulator.lists_truth import TABLES
from simulator.selftest_base import Case

ACCOUNT, SHARED, EMPTY = "549755885175", "549755885175000001", "549755887193"
BUSINESS = "987654321098765432"
STATUSES = "ACTIVE,PAUSED,ARCHIVED,DRAFT,DELETED_DRAFT"
BASE = f"/ad_accounts/{ACCOUNT}"

# Of the lists below an ad account that take no filter: path, table, fields that the table names otherwise.
PLAIN = (
    ("customer_lists", "customer_lists", {}),
    ("conversion_tags", "conversion_tags", {"last_fired_time_ms": "last_fired_time"}),
    ("conversion_tags/page_visit", "conversion_tags_page_visit", {}),
    ("order_lines", "order_lines", {}),
    ("ssio/order_lines", "ssio_order_lines", {}),
    ("ssio/insertion_orders/status", "ssio_insertion_orders_status", {}),
    ("lead_forms", "lead_forms", {}),
    ("leads/subscriptions", "leads_subscriptions", {}),
    ("templates", "templates", {"ad_account_id": "owner_ad_account_id"}),
    ("promotions", "promotions", {}),
    ("billing_invoices", "billing_invoices", {}),
    ("advertiser_defined_events", "advertiser_defined_events", {}),
    ("insights/audiences", "insights_audiences", {}),
    ("ads_credit/discounts", "ads_credit_discounts", {
        "discountCurrency": "discount_currency", "discountInMicroCurrency": "discount_in_micro_currency",
        "discountType": "discount_type", "remainingDiscountInMicroCurrency": "remaining_discount_in_micro_currency"}),
)


class Lists(Case):
    """Reads lists and compares them with the truth."""

    def items(self, path, **query):
        """The items of a list of any shape."""
        reply = self.get(path, **query)
        self.assertEqual(reply.status, 200, reply.bytes)
        if isinstance(reply.json, list):
            return reply.json
        if "bookmark" not in reply.json:
            return reply.json["items"]
        return self.all_items(path, **query)[0]

    @staticmethod
    def comparable(value):
        """A JSON value as the text that stands in the CSV."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)

    def assert_truth(self, table, items, names=None, **variables):
        """The truth has these items, each in the columns of its fields. Variables narrow the truth."""
        given = [{(names or {}).get(name, name): self.comparable(value) for name, value in item.items()}
                 for item in items]
        rows = [row for row in self.truth(table) if all(row[name] == value for name, value in variables.items())]
        columns = set(rows[0]) & set().union(*given) - set(variables)
        self.assertGreater(len(columns), 1)
        self.assertEqual(self.bag(given, columns), self.bag(rows, columns), table)
        return rows

    @staticmethod
    def bag(rows, columns):
        """The rows in an order of their own, their times of one kind, and the keys of JSON in order."""
        def text(name, value):
            if name.endswith(("_time", "_at")):
                if re.fullmatch("[0-9]{13}", value):
                    value = str(datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=int(value)))
                return re.sub(r"(\+00:00|Z)$", "", value).replace(" ", "T")
            return json.dumps(json.loads(value), sort_keys=True) if value[:1] in ("{", "[") else value

        return sorted([text(name, row.get(name, "")) for name in sorted(columns)] for row in rows)


class AdsLists(Lists):
    def test_plain_lists(self):
        for path, table, names in PLAIN:
            with self.subTest(path=path):
                for account in (ACCOUNT, SHARED):
                    self.assert_truth(table, self.items(f"/ad_accounts/{account}/{path}"), names, ad_account_id=account)
                self.assertEqual(self.items(f"/ad_accounts/{EMPTY}/{path}"), [])

    def test_shapes(self):
        for path in ("conversion_tags", "advertiser_defined_events", "insights/audiences"):
            self.assertEqual(list(self.get(f"{BASE}/{path}").json), ["items"])
            self.assert_refused(self.get(f"{BASE}/{path}", page_size="25"), "page_size")
        self.assertIsInstance(self.get(f"{BASE}/conversion_eqs", lookback_period="1d").json, list)
        first = self.get(f"{BASE}/leads/subscriptions", page_size=250).json
        last = self.get(f"{BASE}/leads/subscriptions", page_size=250, bookmark=first["bookmark"]).json
        self.assertEqual(last, {"items": [], "bookmark": None})

    def test_order_and_pages(self):
        for path in ("audiences", "customer_lists", "order_lines", "lead_forms", "targeting_templates", "templates",
                     "promotions"):
            ids = [int(item["id"]) for item in self.all_items(f"{BASE}/{path}", page_size=2)[0]]
            self.assertEqual(ids, sorted(set(ids)))
            back = self.all_items(f"{BASE}/{path}", page_size=3, order="DESCENDING")[0]
            self.assertEqual([int(item["id"]) for item in back], ids[::-1])
        for path in ("leads/subscriptions", "labels", "billing_profiles", "ads_credit/discounts"):
            self.assert_refused(self.get(f"{BASE}/{path}", order="DESCENDING"), "order")

    def test_audiences(self):
        for kind in ("OWNED", "RECEIVED"):
            items = self.items(f"{BASE}/audiences", ownership_type=kind)
            self.assert_truth("audiences", items, {"ad_account_id": "owner_ad_account_id"}, ad_account_id=ACCOUNT,
                              ownership_type=kind)
        self.assertNotEqual(items[0]["ad_account_id"], ACCOUNT)
        self.assertGreater(int(items[0]["id"]), int(items[1]["id"]))
        owned = self.items(f"{BASE}/audiences")
        self.assertEqual(owned, self.items(f"{BASE}/audiences", ownership_type="OWNED"))
        self.assertLessEqual({-1, 0, None}, {item["size"] for item in owned})
        self.assertTrue(any("created_by_company_name" not in item for item in owned))
        self.assertIn("is_nca", owned[0])

    def test_keywords(self):
        found = self.items(f"{BASE}/keywords")
        self.assertEqual({item["parent_id"] for item in found}, {ACCOUNT})
        for path, name in (("campaigns", "campaign_id"), ("ad_groups", "ad_group_id")):
            for entity in self.all_items(f"{BASE}/{path}", entity_statuses=STATUSES)[0]:
                keywords = self.items(f"{BASE}/keywords", **{name: entity["id"]})
                self.assertLessEqual({item["parent_id"] for item in keywords}, {entity["id"]})
                found += keywords
        self.assert_truth("keywords", found, ad_account_id=ACCOUNT)
        self.assertEqual(len(found), len({item["id"] for item in found}))
        negative = {item["match_type"] for item in found if item["parent_type"] != "AD_GROUP"}
        self.assertLessEqual(negative, {"EXACT_NEGATIVE", "PHRASE_NEGATIVE"})
        self.assertIn(None, {item["match_type"] for item in found})
        group = next(item["parent_id"] for item in found if item["match_type"] == "BROAD")
        broad = self.items(f"{BASE}/keywords", ad_group_id=group, match_types="BROAD")
        self.assertEqual({item["match_type"] for item in broad}, {"BROAD"})
        self.assertEqual(self.items(f"{BASE}/keywords", ad_group_id="1"), [])
        self.assert_refused(self.get(f"{BASE}/keywords", ad_group_ids=group), "ad_group_ids")
        self.assert_refused(self.get(f"{BASE}/keywords", ad_group_id=group, campaign_id="1"), "campaign_id")
        self.assert_refused(self.get(f"{BASE}/keywords", match_types="WIDE"), "match_types")

    def test_product_group_promotions(self):
        path, found = f"{BASE}/product_group_promotions", {}
        groups = self.all_items(f"{BASE}/ad_groups", entity_statuses=STATUSES)[0]
        for group in groups:
            found[group["id"]] = self.items(path, ad_group_id=group["id"], entity_statuses=STATUSES)
        every = [item for items in found.values() for item in items]
        self.assert_truth("product_group_promotions", every, ad_account_id=ACCOUNT)
        self.assertGreater(len([items for items in found.values() if items]), 2)
        self.assertIn("ARCHIVED", {item["status"] for item in every})
        self.assertTrue(any(found[group["id"]] for group in groups if group["status"] == "ARCHIVED"))
        ids = [item["id"] for item in every]
        self.assertEqual(len(ids), len(set(ids)))
        shown = self.items(path, product_group_promotion_ids=",".join(ids))
        self.assertEqual({item["status"] for item in shown}, {"ACTIVE", "PAUSED"})
        self.assertEqual(len(self.items(path, product_group_promotion_ids=ids, entity_statuses=STATUSES)), len(ids))
        self.assert_refused(self.get(path), "ad_group_id")
        self.assert_refused(self.get(path, ad_group_id="1", product_group_promotion_ids="1"), "ad_group_id")

    def test_conversion_tags(self):
        every = self.items(f"{BASE}/conversion_tags")
        kept = self.items(f"{BASE}/conversion_tags", filter_deleted="true")
        self.assertLess(len(kept), len(every))
        self.assertGreater(len(every[0]["code_snippet"]), 700)
        self.assertIn("\n", every[0]["code_snippet"])
        fired = [item["last_fired_time_ms"] for item in every if item.get("last_fired_time_ms")]
        self.assertGreater(min(fired), 10 ** 12)
        self.assertTrue(any("last_fired_time_ms" not in item for item in every))
        times = [row["last_fired_time"] for row in self.truth("conversion_tags")]
        self.assertTrue(any(re.fullmatch(r"2026-[0-9T:.-]+Z", time) for time in times))

    def test_leads(self):
        subscriptions = self.items(f"{BASE}/leads/subscriptions")
        self.assertGreater(subscriptions[0]["created_time"], 10 ** 12)
        self.assertIn("cryptographic_key", subscriptions[0])
        rows = self.truth("leads_subscriptions")
        self.assertNotIn("cryptographic_key", rows[0])
        self.assertTrue(rows[0]["created_time"].endswith("Z"))

    def test_labels(self):
        def labels(**query):
            return self.items(f"{BASE}/labels", **query)

        every = labels(entity_statuses="ACTIVE,ARCHIVED")
        self.assert_truth("labels", every, ad_account_id=ACCOUNT)
        self.assertLess(len({label["id"] for label in every}), len(every))
        self.assertEqual({label["status"] for label in labels()}, {"ACTIVE"})
        self.assertEqual({label["label_type"] for label in labels(label_types="BRAND")}, {"BRAND"})
        wanted = every[0]
        for name, field in (("campaign_ids", "parent_id"), ("label_ids", "id")):
            self.assertEqual({label[field] for label in labels(**{name: wanted[field]})}, {wanted[field]})
        self.control("config", {"label_parents": False})
        alone = labels(entity_statuses="ACTIVE,ARCHIVED")
        self.assertEqual({frozenset(label) for label in alone}, {frozenset(("id", "value", "label_type", "status"))})
        self.assertEqual({label["id"] for label in alone}, {label["id"] for label in every})
        self.control("config", {"flat_labels": False, "label_parents": True})
        self.assertEqual([label for item in labels(entity_statuses="ACTIVE,ARCHIVED") for label in item["labels"]], every)
        self.assertEqual(labels(page_size=1)[-1], {"errors": [], "labels": []})

    def test_templates(self):
        path = f"{BASE}/targeting_templates"
        with_sizing = self.items(path, include_sizing="true")
        self.assert_truth("targeting_templates", with_sizing, ad_account_id=ACCOUNT)
        self.assertEqual({item["sizing"] for item in self.items(path)}, {None})
        self.assertEqual(len(self.items(path, search_query="TENT LOVERS")), 1)
        template = self.items(f"{BASE}/templates")[0]
        self.assertIsInstance(template["user_id"], int)
        self.assertIsInstance(template["updated_time"], float)

    def test_billing(self):
        path = f"{BASE}/billing_profiles"
        every = self.items(path, is_active="false")
        self.assert_truth("billing_profiles", every, ad_account_id=ACCOUNT)
        self.assertEqual({item["status"] for item in self.items(path, is_active="true")}, {"VALID", "SECONDARY"})
        self.assert_refused(self.get(path), "is_active")
        path = f"{BASE}/billing_invoices"
        dues = [item["invoice_due_date"] for item in self.items(path)]
        self.assertEqual(dues, sorted(dues))
        self.assertEqual({item["status"] for item in self.items(path, status="OPEN")}, {"OPEN"})
        memos = self.items(path, document_type="CREDIT_MEMO", sort="TOTAL_AMOUNT", order="DESCENDING")
        amounts = [item["amount_billed_micro_currency"] for item in memos]
        self.assertEqual(amounts, sorted(amounts, reverse=True))
        some = self.items(path, start_due_date=dues[2], end_due_date=dues[-3])
        self.assertEqual({item["invoice_due_date"] for item in some}, set(dues[2:-2]))
        self.assert_refused(self.get(path, start_due_date=dues[-1], end_due_date=dues[0]), "start_due_date")
        self.assert_refused(self.get(path, start_due_date="2026-2-1"), "start_due_date")
        order = self.items(f"{BASE}/ssio/insertion_orders/status")[0]["pin_order_id"]
        lines = self.items(f"{BASE}/ssio/order_lines", pin_order_id=order)
        self.assertEqual({line["pin_order_id"] for line in lines}, {order})

    def test_insights(self):
        path = f"{BASE}/audience_insights"
        types = ("YOUR_TOTAL_AUDIENCE", "YOUR_ENGAGED_AUDIENCE", "PINTEREST_TOTAL_AUDIENCE")
        answers = [self.get(path, audience_insight_type=kind).json for kind in types]
        self.assert_truth("audience_insights", answers, ad_account_id=ACCOUNT)
        self.assert_refused(self.get(path), "audience_insight_type")
        empty = self.get(f"/ad_accounts/{EMPTY}/audience_insights", audience_insight_type=types[0]).json
        self.assertIsNone(empty["date"])
        scores = [score for period in ("1d", "14d")
                  for score in self.items(f"{BASE}/conversion_eqs", lookback_period=period)]
        self.assert_truth("conversion_eqs", scores, ad_account_id=ACCOUNT)
        some = self.items(f"{BASE}/conversion_eqs", lookback_period="1d", ingestion_source="TAG", source_platform="WEB")
        self.assertEqual(len(some), 1)
        self.assert_refused(self.get(f"{BASE}/conversion_eqs"), "lookback_period")
        self.assertEqual(self.items(f"/ad_accounts/{EMPTY}/conversion_eqs", lookback_period="14d"), [])

    def test_rights(self):
        self.control("config", {"tokens": {"pina_ads": {"scopes": ["ads:read"], "accounts": [ACCOUNT]}}})
        ads = {"authorization": "Bearer pina_ads"}
        self.assertEqual(self.get(f"{BASE}/order_lines", ads).status, 200)
        self.assert_answer(self.get(f"{BASE}/billing_invoices", ads), 403, 7)
        self.assert_answer(self.get(f"/ad_accounts/{SHARED}/audiences", ads), 403, 7)
        self.assert_answer(self.get("/businesses/employers", ads), 403, 7)
        self.assert_answer(self.get("/catalogs", ads), 403, 7)


class Business(Lists):
    NAMES = {"user": "user_info"}

    def path(self, name):
        return f"/businesses/{BUSINESS}/{name}"

    def test_relations(self):
        self.assert_truth("businesses_employers", self.items("/businesses/employers"), self.NAMES)
        for system in ("false", "true"):
            members = self.items(self.path("members"), fetch_system_users=system, assets_summary="true")
            self.assert_truth("businesses_members", members, self.NAMES, is_system_user=system)
        for kind in ("INTERNAL", "EXTERNAL"):
            partners = self.items(self.path("partners"), partner_type=kind, assets_summary="true")
            rows = self.assert_truth("businesses_partners", partners, self.NAMES, partner_type=kind)
        self.assertTrue(rows[0]["created_time"].endswith("Z"))
        self.assertEqual({item["is_shared_partner"] for item in self.items(self.path("partners"))}, {False})
        members = self.items(self.path("members"))
        self.assertEqual({item["assets_summary"] for item in members}, {None})
        self.assertGreater(members[0]["created_time"], 10 ** 12)
        self.assertIn(None, [item["user"] for item in members])

    def test_filters(self):
        members = self.items(self.path("members"))
        self.assertEqual(self.items(self.path("members"), start_index=3, page_size=2), members[3:])
        ids = [members[1]["id"], members[4]["id"]]
        chosen = self.items(self.path("members"), member_ids=",".join(ids))
        self.assertEqual([item["id"] for item in chosen], ids)
        admins = self.items(self.path("members"), business_roles="BIZ_ADMIN")
        self.assertTrue(all("BIZ_ADMIN" in item["business_roles"] for item in admins))
        self.assertLess(len(admins), len(members))
        self.assert_refused(self.get(self.path("members"), member_ids="1,,2"), "member_ids")
        self.assert_refused(self.get(self.path("members"), business_roles="PARTNER"), "business_roles")

    def test_assets(self):
        kinds = ("AD_ACCOUNT", "PROFILE", "ASSET_GROUP", "CATALOG", "CONSUMER")
        every = [item for kind in kinds for item in self.items(self.path("assets"), asset_type=kind)]
        self.assert_truth("businesses_assets", every, business_id=BUSINESS)
        self.assertEqual({item["asset_type"] for item in self.items(self.path("assets"))}, {"AD_ACCOUNT"})
        owned = self.items(self.path("assets"), permissions="OWNER")
        self.assertNotIn(SHARED, {item["asset_id"] for item in owned})
        groups = self.items(self.path("assets"), asset_type="ASSET_GROUP", child_asset_id=ACCOUNT)
        within = self.items(self.path("assets"), asset_group_id=groups[0]["asset_id"])
        self.assertEqual({item["asset_id"] for item in within}, set(groups[0]["asset_group_info"]["ad_accounts_ids"]))

    def test_invites(self):
        for member in ("true", "false"):
            invites = self.items(self.path("invites"), is_member=member)
            rows = self.assert_truth("businesses_invites", invites, self.NAMES, is_member=member)
        self.assertTrue(rows[0]["sent_at"].endswith("Z"))
        self.assertEqual({row["invite_type"] for row in rows}, {"PARTNER_INVITE", "PARTNER_REQUEST"})
        plain = self.items(self.path("invites"))
        self.assertEqual({item["invite_data"]["invite_type"] for item in plain}, {"MEMBER_INVITE"})
        self.assertIn("ACCEPTED", {item["invite_data"]["invite_status"] for item in plain})
        expired = self.items(self.path("invites"), invite_status="EXPIRED")
        self.assertEqual({item["invite_data"]["invite_status"] for item in expired}, {"EXPIRED"})
        requests = self.items(self.path("invites"), is_member="false", invite_type="PARTNER_REQUEST")
        self.assertEqual({item["is_received_invite"] for item in requests}, {True})

    def test_other_businesses(self):
        self.assert_answer(self.get("/businesses/1/members"), 404, 30)
        employer = self.items("/businesses/employers")[0]["id"]
        self.assert_answer(self.get(f"/businesses/{employer}/invites"), 403, 7)
        self.assert_refused(self.get("/businesses/me/members"), "business_id")


class Catalogs(Lists):
    def test_lists(self):
        catalogs, feeds = self.items("/catalogs"), self.items("/catalogs/feeds")
        self.assert_truth("catalogs", catalogs)
        self.assert_truth("catalogs_feeds", feeds)
        self.assertNotIn("credentials", self.truth("catalogs_feeds")[0])
        self.assertTrue(any(feed["credentials"] for feed in feeds))
        self.assertEqual({item["catalog_type"] for item in feeds}, {"RETAIL", "HOTEL", "CREATIVE_ASSETS"})
        self.assertFalse(any("catalog_id" in feed for feed in feeds if feed["catalog_type"] == "RETAIL"))
        hotels = self.items("/catalogs/feeds", catalog_id=catalogs[1]["id"])
        self.assertEqual({feed["catalog_type"] for feed in hotels}, {"HOTEL"})
        self.assertIn(False, {feed["created_at"].endswith("Z") for feed in feeds})
        self.assertEqual(len(self.items("/catalogs", ad_account_id=ACCOUNT)), 3)

    def test_processing(self):
        results, issues = [], []
        for feed in self.items("/catalogs/feeds"):
            results += self.items(f"/catalogs/feeds/{feed['id']}/processing_results")
        self.assert_truth("feed_processing_results", results)
        self.assertEqual({len(result["id"]) for result in results}, {19})
        for result in results:
            found = self.items(f"/catalogs/processing_results/{result['id']}/item_issues")
            issues += [{**issue, "processing_result_id": result["id"]} for issue in found]
        self.assert_truth("item_issues", issues)
        self.assertIn(None, {issue["item_id"] for issue in issues})

    def test_processing_has_one_page(self):
        path = f"/catalogs/feeds/{self.items('/catalogs/feeds')[0]['id']}/processing_results"
        page = self.get(path, page_size=3).json
        self.assertEqual((len(page["items"]), page["bookmark"]), (3, None))
        self.assertEqual(self.get(path, page_size=3, bookmark="anything").json, page)
        self.control("config", {"page_cap": 2})
        page = self.get(path).json
        self.assertEqual((len(page["items"]), page["bookmark"]), (2, None))

    def test_issues(self):
        feed = self.items("/catalogs/feeds")[0]["id"]
        result = self.items(f"/catalogs/feeds/{feed}/processing_results")[1]["id"]
        path = f"/catalogs/processing_results/{result}/item_issues"
        every = self.items(path, page_size=5)
        self.assertEqual(len(self.get(path, page_size=5).json["items"]), 4)
        self.assertEqual(len({issue["item_number"] for issue in every}), 7)
        some = self.items(path, item_numbers=["0", "4"])
        self.assertEqual([issue["item_number"] for issue in some], [0, 4])
        missing = self.items(path, item_validation_issue="DESCRIPTION_MISSING")
        self.assertTrue(all("DESCRIPTION_MISSING" in issue["errors"] for issue in missing))
        both = self.get(path, item_numbers="0", item_validation_issue="DESCRIPTION_MISSING")
        self.assert_refused(both, "item_numbers", 501, 4181)

    def test_product_groups(self):
        groups = self.items("/catalogs/product_groups")
        self.assert_truth("catalogs_product_groups", groups)
        self.assertGreater(groups[0]["created_at"], 10 ** 12)
        ids = [group["id"] for group in groups[:3]]
        chosen = self.items("/catalogs/product_groups", id=",".join(ids), catalog_id=groups[0]["catalog_id"])
        self.assertEqual([group["id"] for group in chosen], ids)
        feed = groups[0]["feed_id"]
        self.assertEqual({group["feed_id"] for group in self.items("/catalogs/product_groups", feed_id=feed)}, {feed})
        self.assertFalse(any("feed_id" in group for group in groups if group["catalog_type"] != "RETAIL"))
        self.assert_refused(self.get("/catalogs/product_groups", id="x"), "id")

    def test_products(self):
        products = []
        for group in self.items("/catalogs/product_groups"):
            found = self.items(f"/catalogs/product_groups/{group['id']}/products", page_size=3)
            self.assertEqual(len({product["pin"]["id"] for product in found}), len(found))
            products += [{**product, "product_group_id": group["id"]} for product in found]
        self.assert_truth("product_group_products", products)
        path = f"/catalogs/product_groups/{products[0]['product_group_id']}/products"
        self.assertIn("90d", self.items(path, pin_metrics="true")[0]["pin"]["pin_metrics"])
        self.assertEqual({product["pin"]["pin_metrics"] for product in self.items(path)}, {None})

    def test_worlds_of_other_sizes(self):
        for size in ({"boards": 0}, {"accounts": 0}, {"accounts": 7, "campaigns": 3, "pins": 2}):
            self.control("reset", size)
            for table in TABLES:
                rows = self.truth(table)
                ids = [row["id"] for row in rows if "id" in row]
                if table not in ("labels", "businesses_partners"):
                    self.assertEqual(len(ids), len(set(ids)), table)
            for path in ("/catalogs", "/businesses/employers", f"/businesses/{BUSINESS}/members?assets_summary=true"):
                self.assertEqual(self.get(path).status, 200)

    def test_unknown(self):
        self.assert_answer(self.get("/catalogs/feeds/1/processing_results"), 404, 4161)
        self.assert_answer(self.get("/catalogs/product_groups", feed_id="1"), 404, 4161)
        self.assert_answer(self.get("/catalogs/processing_results/1/item_issues"), 404, 4184)
        self.assert_answer(self.get("/catalogs/product_groups/1/products"), 404, 4180)
        self.assertEqual(self.items("/catalogs/feeds", catalog_id="1"), [])
        self.assert_refused(self.get("/catalogs", ad_account_id="1"), "1", 403, 7)

    def test_without_a_catalog(self):
        self.control("config", {"catalogs": False})
        for path in ("/catalogs", "/catalogs/feeds", "/catalogs/feeds/1/processing_results", "/catalogs/product_groups",
                     "/catalogs/processing_results/1/item_issues", "/catalogs/product_groups/1/products"):
            self.assert_answer(self.get(path), 409, 4182)
        self.control("reset", {})
        self.assertEqual(self.get("/catalogs").status, 200)
