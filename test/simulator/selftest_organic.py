"""Checks of boards, pins, the user account and organic analytics."""

import urllib.parse

from simulator.selftest_base import TODAY, Case

SPAN = {"start_date": "2026-07-20", "end_date": "2026-08-14"}
TRUTH_SPAN = {"start": "2026-07-20", "end": "2026-08-14"}
ACCOUNT = "549755885175"
LAST_FINAL_SECOND = 1_786_665_599_000
VIDEO = "IMPRESSION,VIDEO_AVG_WATCH_TIME"


class Lists(Case):
    def boards(self):
        return self.all_items("/boards")[0]

    def sections(self, **query):
        return [{**section, "board_id": board["id"]} for board in self.boards()
                for section in self.all_items(f"/boards/{board['id']}/sections", **query)[0]]

    def test_sections(self):
        sections = self.sections(page_size=2)
        self.assert_truth("board_sections", "BoardSection", sections, ["board_id"])
        self.assertEqual({len(section["id"]) for section in sections}, {13, 19})
        self.assertEqual(sorted(map(len, self.by_board(sections).values())), [1, 2, 3, 5, 27])
        self.assert_answer(self.get("/boards/1/sections"), 404, 40)

    @staticmethod
    def by_board(sections):
        found = {}
        for section in sections:
            found.setdefault(section["board_id"], []).append(section)
        return found

    def test_owner_of_an_ad_account(self):
        """The owner has boards and Pins that nobody finds who does not ask for the owner."""
        own, owners = self.boards(), self.all_items("/boards", ad_account_id=ACCOUNT)[0]
        self.assert_truth("boards", "Board", owners, ad_account_id=ACCOUNT)
        self.assertEqual({board["id"] for board in own} & {board["id"] for board in owners}, set())
        self.assertEqual({board["owner"]["username"] for board in owners}, {"client_1"})
        self.assert_answer(self.get(f"/boards/{owners[0]['id']}"), 404, 40)
        self.assert_answer(self.get(f"/boards/{own[0]['id']}", ad_account_id=ACCOUNT), 404, 40)
        self.assert_refused(self.get("/boards", ad_account_id="1"), "1", 403, 7)
        pins = self.all_items("/pins", ad_account_id=ACCOUNT, include_protected_pins="true")[0]
        self.assert_truth("pins", "Pin", pins, include_protected_pins="true", ad_account_id=ACCOUNT)
        self.assert_answer(self.get(f"/pins/{pins[0]['id']}/analytics", metric_types="IMPRESSION", **SPAN), 404, 50)

    def test_section_pins(self):
        found = []
        for section in self.sections():
            path = f"/boards/{section['board_id']}/sections/{section['id']}/pins"
            pins = self.all_items(path, page_size=3)[0]
            self.assertEqual({pin["board_section_id"] for pin in pins} - {section["id"]}, set())
            found += [{**pin, "section_id": section["id"]} for pin in pins]
        self.assert_truth("board_section_pins", "Pin", found, ["section_id"])
        self.assertEqual({pin["board_section_id"] for pin in self.all_items("/pins")[0]}, {None})
        strange = [section for section in self.sections() if section["board_id"] != found[0]["board_id"]][0]
        path = f"/boards/{found[0]['board_id']}/sections/{strange['id']}/pins"
        self.assert_answer(self.get(path), 404, 40)

    def test_board_pins(self):
        pins = [pin for board in self.boards() for pin in self.all_items(f"/boards/{board['id']}/pins")[0]]
        self.assert_truth("board_pins", "Pin", pins)

    def media_rows(self):
        rows = []
        for pin in self.all_items("/pins", include_protected_pins="true")[0]:
            media = pin["media"]
            for holder in [media, *media.get("items", [])]:
                for size, image in (holder.get("images") or {}).items():
                    rows.append((pin["id"], media["media_type"], size, image["url"], image["height"]))
        return rows

    def assert_media(self):
        rows = self.truth("pin_media")
        wanted = [(row["pin_id"], row["media_type"], row["size"], row["url"],
                   int(row["height"]) if row["height"] else None) for row in rows]
        self.assertEqual(sorted(self.media_rows(), key=str), sorted(wanted, key=str))
        return {row["media_type"] for row in rows}

    def test_pin_media(self):
        plain = self.media_rows()
        self.assertEqual(self.assert_media(), {"image", "video"})
        self.control("config", {"carousels": True})
        self.assertEqual(self.assert_media(), {"image", "video", "multiple_images", "multiple_mixed"})
        self.assertNotEqual(self.media_rows(), plain)
        self.control("reset", {})
        self.assertEqual(self.media_rows(), plain)

    def test_user_account_lists(self):
        for path, name, schema in (
                ("/user_account/followers", "followers", "UserSummary"),
                ("/user_account/following", "following", "UserSummary"),
                ("/user_account/following/boards", "following_boards", "Board"),
                ("/user_account/websites", "websites", "UserWebsiteSummary"), ("/media", "media", "Media")):
            with self.subTest(path):
                items, pages = self.all_items(path, page_size=4)
                self.assertGreater(pages, 1)
                self.assert_truth(name, schema, items, times=["verified_at"])
        self.assert_truth("linked_businesses", "LinkedBusiness", self.get("/user_account/businesses").json)
        self.assertEqual(self.get("/user_account/followers", page_size=250).json["items"][0]["type"], "user")
        self.assertTrue(any("verified_at" not in item for item in self.all_items("/user_account/websites")[0]))

    def test_following(self):
        def names(**query):
            return [item["username"] for item in self.all_items("/user_account/following", **query)[0]]

        everybody = names()
        ranked, creators = names(feed_type="RANKED"), names(feed_type="CREATOR_ONLY")
        self.assertEqual((sorted(ranked), ranked == everybody), (sorted(everybody), False))
        self.assertLess(set(creators), set(everybody))
        self.assertEqual(set(creators), set(names(feed_type="RANKED_CREATOR_ONLY")))
        self.assertLess(set(names(explicit_following="true")), set(everybody))

    def test_interests(self):
        username = self.get("/user_account").json["username"]
        for name in (username, "été_boutique"):
            items = self.all_items(f"/users/{urllib.parse.quote(name)}/interests/follow", page_size=2)[0]
            items = [{**item, "username": name} for item in items]
            self.assert_truth("user_interests", "Interest", items, ["username"], username=name)
        self.assert_answer(self.get("/users/nobody/interests/follow"), 404, 30)
        self.assert_refused(self.get("/users/12345/interests/follow"), "username")
        self.assert_refused(self.get("/users/a+b/interests/follow"), "username")
        self.assert_refused(self.get("/users/%e9/interests/follow"), "username")


class Searches(Case):
    def test_pins(self):
        for query in ("tent", "TENT a", "\"quoted\"", "夏", "nothing at all"):
            pins = [{**pin, "query": query} for pin in self.all_items("/search/pins", query=query)[0]]
            rows = self.truth("search_pins", query=query)
            self.assertEqual(sorted(pin["id"] for pin in pins), sorted(row["id"] for row in rows))
            if pins:
                self.assert_truth("search_pins", "Pin", pins, ["query"], query=query)
        ids = [pin["id"] for pin in self.all_items("/pins")[0][:7]]
        self.assertEqual([pin["id"] for pin in self.all_items("/search/pins", query=",".join(ids))[0]], ids)

    def test_pages(self):
        first = self.get("/search/pins", query="tent").json
        self.assertEqual(len(first["items"]), 5)
        self.assert_refused(self.get("/search/pins", query="tent", page_size=5), "page_size")
        self.assert_refused(self.get("/search/pins"), "query")
        page = first
        while page["bookmark"]:
            page = self.get("/search/pins", query="tent", bookmark=page["bookmark"]).json
        self.assertEqual(page["items"], [])

    def test_boards(self):
        for query in ("e", "küche", "🤫"):
            boards = [{**board, "query": query} for board in self.all_items("/search/boards", query=query)[0]]
            self.assert_truth("search_boards", "Board", boards, ["query"], query=query)
        self.assertEqual(len(self.all_items("/search/boards")[0]), 6)


class Analytics(Case):
    def pin_ids(self, kind, count=100):
        pins = self.all_items("/pins", include_protected_pins="true")[0]
        return [pin["id"] for pin in pins if pin["media"]["media_type"] == kind][:count]

    def several(self, ids, metrics="IMPRESSION,SAVE_RATE,TOTAL_REACTIONS", **changes):
        return self.get("/pins/analytics", pin_ids=ids, metric_types=metrics, **{**SPAN, **changes})

    def test_several_pins(self):
        ids = self.pin_ids("image", 5)
        self.assert_answer(self.several(ids), 401, 3)
        self.control("config", {"multi_pin": True})
        together = self.several(ids).json
        self.assertEqual(set(together), set(ids))
        for pin_id in ids:
            alone = self.get(f"/pins/{pin_id}/analytics", metric_types="IMPRESSION,SAVE_RATE,TOTAL_REACTIONS", **SPAN)
            self.assertEqual(together[pin_id], alone.json)
        self.assert_refused(self.several([str(n) for n in range(101)]), "pin_ids")
        self.assert_refused(self.several(ids, VIDEO), "metric_types")
        self.assert_answer(self.several([*ids, "1"]), 404, 50)
        self.assertEqual(self.several(",".join(self.pin_ids("video")), VIDEO).status, 200)

    def test_pins_without_data(self):
        self.control("config", {"multi_pin": True})
        ids, day = self.pin_ids("image"), "2026-08-03"
        found = self.several(ids, "IMPRESSION", start_date=day, end_date=day).json
        self.assertLess(set(found), set(ids))
        span = {"start": day, "end": day, "include_protected_pins": "true"}
        rows = self.truth("pins_analytics", multi_pin="true", **span)
        self.assertEqual({row["pin_id"] for row in rows} & set(ids), set(found))
        self.assertGreater(len(self.truth("pins_analytics", **span)), len(rows))

    def test_total(self):
        metrics = "IMPRESSION,SAVE_RATE,TOTAL_COMMENTS,TOTAL_REACTIONS"
        for app_types in ("ALL", "MOBILE"):
            rows = self.truth("pins_analytics", granularity="TOTAL", columns=metrics, app_type=app_types, **TRUTH_SPAN)
            for row in rows[:5]:
                answer = self.get(f"/pins/{row['pin_id']}/analytics", metric_types=metrics, app_types=app_types, **SPAN)
                whole = answer.json["all"]
                self.assertEqual(set(whole["lifetime_metrics"]), {"TOTAL_COMMENTS", "TOTAL_REACTIONS"})
                self.assertFalse(set(whole["lifetime_metrics"]) & set(whole["summary_metrics"]))
                merged = {**whole["summary_metrics"], **whole["lifetime_metrics"]}
                self.assertEqual({name.lower(): repr(value) for name, value in merged.items()} | {
                    "pin_id": row["pin_id"]}, row)

    def test_splits(self):
        for split, parameter, names in (
                ("APP_TYPE", "app_types", ("mobile", "tablet", "web")),
                ("SOURCE", "source", ("your_pins", "other_pins"))):
            answer = self.get("/user_account/analytics", split_field=split, **SPAN).json
            self.assertEqual(set(answer), {"all", *names})
            for name in names:
                narrowed = self.get("/user_account/analytics", **{parameter: name.upper()}, **SPAN).json
                self.assertEqual(narrowed["all"], answer[name])
            rows = self.truth("user_account_analytics", split_field=split, **TRUTH_SPAN)
            wanted = {(row["date"], row["split_value"]): row["impression"] for row in rows}
            given = {(day["date"], name): str(day["metrics"]["IMPRESSION"])
                     for name, part in answer.items() for day in part["daily_metrics"]}
            self.assertEqual(given, wanted)

    def top(self, kind, **query):
        return self.get(f"/user_account/analytics/{kind}", **{**SPAN, **query})

    def test_top_pins(self):
        self.assert_refused(self.top("top_pins"), "sort_by")
        self.assert_refused(self.top("top_pins", sort_by="VIDEO_START"), "sort_by")
        self.assertEqual(len(self.top("top_pins", sort_by="SAVE").json["pins"]), 10)
        for kind, orders in (("top_pins", ("ENGAGEMENT", "SAVE")),
                             ("top_video_pins", ("VIDEO_START", "VIDEO_AVG_WATCH_TIME"))):
            for order in orders:
                for more in ({}, {"source": "YOUR_PINS"}):
                    answer = self.top(kind, sort_by=order, num_of_pins=50, **more).json
                    rows = self.truth(kind, sort_by=order, **more, **TRUTH_SPAN)
                    self.assertEqual([self.top_row(pin, order, rows[0]) for pin in answer["pins"]],
                                     [list(row.values()) for row in rows])
                    self.assertEqual(answer["date_availability"],
                                     {"latest_available_timestamp": LAST_FINAL_SECOND, "is_realtime": False})

    def top_row(self, pin, order, header):
        known = {"sort_by": order, "pin_id": pin["pin_id"], "data_status": None}
        values = [known.get(name, self.metric(pin["metrics"].get(name.upper()))) for name in header]
        values[list(header).index("data_status")] = header["data_status"]
        self.assertEqual({name.lower() for name in pin["data_status"]}, set(header) - set(known))
        self.assertEqual(set(pin["data_status"].values()), {"ESTIMATE", "PROCESSING"})
        return values

    @staticmethod
    def metric(value):
        return "" if value is None else repr(value)

    def test_no_top_pins(self):
        answer = self.top("top_pins", sort_by="SAVE", created_in_last_n_days=30).json
        self.assertEqual(answer, {"sort_by": "SAVE", "pins": [], "date_availability": {}})
        self.assert_refused(self.top("top_pins", sort_by="SAVE", created_in_last_n_days=31), "created_in_last_n_days")
        self.assertEqual(self.truth("top_pins", created_in_last_n_days="30", start=TODAY, end=TODAY), [])


class Faults(Case):
    def test_wrong_types(self):
        """Rows are found wherever they stand in an answer."""
        self.control("config", {"multi_pin": True})
        pin_id = self.all_items("/pins")[0][0]["id"]
        self.control("faults", {"action": "wrong_types"})
        answer = self.get("/pins/analytics", pin_ids=pin_id, metric_types="IMPRESSION", **SPAN).json
        self.assertEqual(answer[pin_id]["all"]["daily_metrics"][0]["metrics"], {"IMPRESSION": "not a number"})
        answer = self.get("/user_account/analytics/top_pins", sort_by="SAVE", **SPAN).json
        self.assertIsInstance(answer["pins"][0]["pin_id"], int)
        answer = self.get("/terms/related", terms="tent").json
        self.assertEqual(answer["related_terms_list"][0]["term"], 4)
        self.assertEqual({type(term) for term in self.get("/terms/suggested", term="tent").json}, {str})
