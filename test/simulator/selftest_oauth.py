"""Checks of the OAuth side, of tokens that end, and of tiers."""

import base64
import concurrent.futures
import email.utils
import json
import time
import urllib.parse

from simulator.oauth import DAY, DEFAULT_APP, DEFAULT_SECRET
from simulator.selftest_base import AUTHORIZED, PATIENCE, Case, later

BACK = "http://localhost:8085/back"
FORM = "application/x-www-form-urlencoded"


class OAuthCase(Case):
    def basic(self, app=DEFAULT_APP, secret=DEFAULT_SECRET):
        return "Basic " + base64.b64encode(f"{app}:{secret}".encode()).decode()

    def post(self, form, authorization=None, content_type=FORM, target="/v5/oauth/token"):
        """A call of the token endpoint; the form is a dict or the text itself."""
        headers = {"authorization": authorization or self.basic(), "content-type": content_type}
        body = form if isinstance(form, str) else urllib.parse.urlencode(form)
        return self.request("POST", target, headers, body)

    def refresh(self, token, **more):
        return self.post({"grant_type": "refresh_token", "refresh_token": token, **more})

    def redeem(self, code, **more):
        return self.post({"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **more})

    def issue(self, kind, **options):
        return self.control("oauth", {"issue": kind, **options})["text"]

    def bearer(self, token):
        return {"authorization": f"Bearer {token}"}

    def boards(self, token):
        return self.get("/boards", self.bearer(token), page_size=1)

    def issued(self):
        return {entry["name"]: entry for entry in self.control("state")["issued"]}

    def assert_tokens(self, reply, response_type, scope, refresh=True):
        self.assertEqual(reply.status, 200, reply.bytes)
        names = {"access_token", "token_type", "expires_in", "scope", "response_type"}
        more = {"refresh_token", "refresh_token_expires_in", "refresh_token_expires_at"}
        answer = reply.json
        self.assertEqual(set(answer), names | more if refresh else names)
        self.assertRegex(answer["access_token"], r"^pina_\S{55,95}$")
        told = {name: answer[name] for name in names - {"access_token"}}
        self.assertEqual(told, {"token_type": "bearer", "expires_in": 30 * DAY, "scope": scope,
                                "response_type": response_type})
        if refresh:
            self.assertRegex(answer["refresh_token"], r"^pinr\.\S{55,95}$")
            self.assertEqual(answer["refresh_token_expires_in"], 60 * DAY)
            self.assertAlmostEqual(answer["refresh_token_expires_at"], time.time() + 60 * DAY, delta=PATIENCE)
        return answer


class Tokens(OAuthCase):
    def test_refresh(self):
        old = self.issue("refresh_token", scope="boards:read,pins:read")
        answer = self.assert_tokens(self.refresh(old), "refresh_token", "boards:read,pins:read")
        self.assertNotEqual(answer["refresh_token"], old)
        self.assertEqual(self.boards(answer["access_token"]).status, 200)
        self.assertEqual(self.get("/ad_accounts", self.bearer(answer["access_token"])).status, 403)
        self.assert_answer(self.refresh(old), 401, 2)
        self.assertEqual(self.refresh(answer["refresh_token"]).status, 200)

    def test_refresh_of_fewer_scopes(self):
        old = self.issue("refresh_token", scope="boards:read,pins:read")
        self.assert_refused(self.refresh(old, scope="ads:read"), "scope")
        self.assert_refused(self.refresh(old, scope="cats:read"), "scope")
        answer = self.refresh(old, scope="boards:read").json
        self.assertEqual(answer["scope"], "boards:read")
        self.assertEqual(self.refresh(answer["refresh_token"]).json["scope"], "boards:read,pins:read")

    def test_rotation(self):
        old = self.issue("refresh_token")
        self.control("config", {"rotation": "stays"})
        news = [self.refresh(old).json["refresh_token"] for _ in range(2)]
        self.assertEqual(len({old, *news}), 3)
        self.assertEqual({self.refresh(token).status for token in news}, {200})
        self.control("config", {"rotation": "none"})
        self.assertNotIn("refresh_token", self.refresh(old).json)
        self.assertEqual(self.refresh(old).status, 200)

    def test_one_of_many_wins(self):
        old = self.issue("refresh_token")
        form = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": old})

        def refresh(_):
            connection = self.connect()
            connection.request("POST", "/v5/oauth/token", form, {"authorization": self.basic(), "content-type": FORM})
            status = connection.getresponse().status
            connection.close()
            return status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(sorted(pool.map(refresh, range(8))), [200] + [401] * 7)

    def test_client_credentials(self):
        form = {"grant_type": "client_credentials", "scope": "boards:read,pins:read"}
        answer = self.assert_tokens(self.post(form), "client_credentials", "boards:read,pins:read", refresh=False)
        self.assertEqual(self.boards(answer["access_token"]).status, 200)
        self.assert_refused(self.post({"grant_type": "client_credentials"}), "scope")

    def test_code(self):
        code = self.issue("code", redirect_uri=BACK, scope="boards:read,pins:read")
        self.assertTrue({"+", "/", "="} <= set(code))
        wrong = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK + "/"}
        self.assert_answer(self.post(wrong), 401, 2)
        self.assert_tokens(self.redeem(code, continuous_refresh="true"), "authorization_code", "boards:read,pins:read")
        self.assert_answer(self.redeem(code), 401, 2)
        self.assert_answer(self.redeem("nonsense"), 401, 2)
        self.assert_answer(self.redeem(self.issue("code", redirect_uri=BACK, expires_in=0)), 401, 2)
        self.assertAlmostEqual(self.issued()["code#1"]["expires"], time.time() + 600, delta=300)

    def test_legacy_refresh_tokens(self):
        self.control("config", {"legacy_refresh": True})
        answer = self.redeem(self.issue("code", redirect_uri=BACK)).json
        self.assertEqual(answer["refresh_token_expires_in"], 365 * DAY)
        for _ in range(2):
            self.assertNotIn("refresh_token", self.refresh(answer["refresh_token"]).json)
        answer = self.redeem(self.issue("code", redirect_uri=BACK), continuous_refresh="true").json
        self.assertEqual(answer["refresh_token_expires_in"], 60 * DAY)
        self.assertNotIn("refresh_token", self.refresh(self.issue("refresh_token", legacy=True)).json)

    def test_lifetimes(self):
        self.control("config", {"access_seconds": 0, "refresh_seconds": 0})
        answer = self.redeem(self.issue("code", redirect_uri=BACK)).json
        self.assertEqual((answer["expires_in"], answer["refresh_token_expires_in"]), (0, 0))
        self.assert_answer(self.boards(answer["access_token"]), 401, 2)
        self.assert_answer(self.refresh(answer["refresh_token"]), 401, 2)

    def test_styles_of_answers(self):
        token = self.issue("refresh_token")
        self.control("config", {"rotation": "stays", "token_answer": {
            "numeric_strings": True, "omit": ["refresh_token_expires_at", "scope"], "same_within": 60}})
        first, second = self.refresh(token).json, self.refresh(token).json
        self.assertEqual((first["expires_in"], first["refresh_token_expires_in"]), (str(30 * DAY), str(60 * DAY)))
        self.assertFalse({"refresh_token_expires_at", "scope"} & set(first))
        self.assertEqual(first["access_token"], second["access_token"])
        self.assertNotEqual(first["refresh_token"], second["refresh_token"])
        self.control("config", {"token_answer": {}})
        self.assertNotEqual(self.refresh(token).json["access_token"], first["access_token"])


class TokenRequests(OAuthCase):
    """What the token endpoint refuses."""

    def test_apps(self):
        self.control("config", {"apps": {"77": "second: secret"}})
        token = self.issue("refresh_token", app="77")
        form = {"grant_type": "refresh_token", "refresh_token": token}
        for pair in ((DEFAULT_APP, "wrong"), ("78", "second: secret"), ("second: secret", "77")):
            self.assert_answer(self.post(form, self.basic(*pair)), 401, 2)
        self.assert_answer(self.post(form), 401, 2)
        self.assertEqual(self.post(form, self.basic("77", "second: secret")).status, 200)
        self.control("config", {"apps": {"77": None}})
        self.assert_answer(self.post(form, self.basic("77", "second: secret")), 401, 2)
        for authorization in ("Bearer pina_simulator", "Basic ?", "Basic", "Basic " + base64.b64encode(b"x").decode()):
            self.assert_refused(self.post(form, authorization), "Authentication", 401, 2)
        self.assertEqual(self.issued()["refresh#1"]["app"], "77")

    def test_forms(self):
        token = self.issue("refresh_token")
        good = f"grant_type=refresh_token&refresh_token={token}"
        for name, form in (
                ("grant_type", ""), ("form", "{}"), ("form", good + "&x"),
                ("more than once", good + "&scope=a&scope=a"),
                ("field", good + "&client_id=1234567"), ("field", good + "&continuous_refresh=true"),
                ("scope", good + "&scope="), ("grant_type", f"refresh_token={token}"),
                ("grant_type", good.replace("refresh_token", "password", 1)),
                ("refresh_token", good.split("&")[0]),
                ("refresh_token", "grant_type=refresh_token&refresh_token="),
                ("redirect_uri", "grant_type=authorization_code&code=a"),
                ("continuous_refresh", "grant_type=authorization_code&code=a&redirect_uri=b&continuous_refresh=1")):
            self.assert_refused(self.post(form), name)
        self.assert_refused(self.post(good, content_type="application/json"), "form-urlencoded")
        self.assert_refused(self.post(good, target=f"/v5/oauth/token?refresh_token={token}"), "query")
        self.assert_refused(self.request("GET", "/v5/oauth/token"), "GET", 405, 5)
        self.assert_refused(self.post(good, target="/oauth/token"), "/oauth/token", 404, 404)
        self.assertNotIn(token, json.dumps(self.log()))
        self.assertEqual(self.post(good, content_type=FORM + "; charset=UTF-8").status, 200)

    def test_limits(self):
        self.control("config", {"enforce_limits": True, "limits": {"org_read": [2, 60]}})
        reply = self.refresh(self.issue("refresh_token"))
        self.assertIn('name="org_read_app_id_user_id"', reply.headers["x-ratelimit-limit"])
        self.assertEqual(self.log()[-1]["category"], "org_read")
        self.assertEqual(self.get("/pins", page_size=1).status, 200)
        self.assert_answer(self.refresh("any"), 429, 8)
        self.assertEqual(self.control("state")["rate_limited"], 1)


class Ends(OAuthCase):
    """Access tokens that end."""

    def test_view_of_the_default_token(self):
        token = self.issue("access_token")
        self.assertEqual(self.get("/ad_accounts", self.bearer(token)).bytes, self.get("/ad_accounts").bytes)
        account = self.get("/ad_accounts").json["items"][0]["id"]
        self.control("config", {"tokens": {"pina_simulator": {"accounts": [account]}}})
        self.assertEqual(len(self.get("/ad_accounts", self.bearer(token)).json["items"]), 1)

    def test_revocation(self):
        tokens = [self.issue("access_token") for _ in range(2)]
        self.control("oauth", {"revoke": "access#1"})
        self.assert_answer(self.boards(tokens[0]), 401, 2)
        self.assertEqual(self.boards(tokens[1]).status, 200)
        self.control("oauth", {"revoke": "access_tokens"})
        self.assert_answer(self.boards(tokens[1]), 401, 2)
        self.assertEqual(self.boards(self.issue("access_token")).status, 200)
        self.assertEqual(self.get("/boards").status, 200)

    def test_end_in_the_middle(self):
        token = self.issue("access_token")
        self.control("oauth", {"revoke_after": 2})
        statuses = [self.get("/boards").status, *(self.boards(token).status for _ in range(3))]
        self.assertEqual(statuses, [200, 200, 200, 401])
        token = self.issue("access_token")
        self.assertEqual({self.boards(token).status for _ in range(4)}, {200})
        self.control("oauth", {"revoke_after": 1})
        self.control("oauth", {"revoke_after": None})
        self.assertEqual({self.boards(token).status for _ in range(3)}, {200})

    def test_refused_refresh_tokens(self):
        self.control("config", {"rotation": "stays"})
        old = self.issue("refresh_token")
        new = self.refresh(old).json["refresh_token"]
        self.control("oauth", {"refuse": "refresh#2"})
        self.assert_answer(self.refresh(new), 401, 2)
        self.assertEqual(self.refresh(old).status, 200)
        self.control("oauth", {"refuse": "refresh_tokens"})
        self.assert_answer(self.refresh(old), 401, 2)
        self.assertEqual(self.refresh(self.issue("refresh_token")).status, 200)

    def test_static_tokens(self):
        self.control("config", {"tokens": {"pina_short": {"name": "short", "expires_in": 2 * PATIENCE}}})
        self.assertEqual(self.boards("pina_short").status, 200)
        with later(2 * PATIENCE):
            self.assert_answer(self.boards("pina_short"), 401, 2)
        self.assertEqual(self.log()[-1]["headers"]["authorization"], "short")

    def test_bad_orders(self):
        for order in ({}, {"issue": "cake"}, {"issue": "code", "revoke": "codes"}, {"revoke": "access#9"},
                      {"revoke_after": 0}, {"revoke": "codes", "app": "1"}, {"issue": "code", "scope": "cats:read"},
                      {"issue": "code", "scope": ["ads:read"]}, [], {"issue": "code"},
                      {"issue": "code", "redirect_uri": BACK, "expires_in": "1"},
                      {"issue": "code", "app": "9"}, {"issue": "code", "redirect_uri": "nowhere"}):
            self.assertEqual(self.request("POST", "/__sim/oauth", body=json.dumps(order)).status, 400, order)
        for settings in ({"rotation": "maybe"}, {"access_seconds": -1}, {"token_answer": {"omit": ["x"]}},
                         {"token_answer": {"x": 1}}, {"redirect_uris": ["x"]}, {"deny": 1}, {"tier": "gold"},
                         {"apps": {"x": "y"}}, {"apps": {"1": ""}}):
            self.assertEqual(self.request("POST", "/__sim/config", body=json.dumps(settings)).status, 400, settings)

    def test_reset(self):
        token = self.issue("access_token")
        self.control("config", {"rotation": "none", "tier": "trial", "clock_offset": 5})
        self.control("reset", {})
        self.assertEqual(self.boards(token).status, 401)
        state = self.control("state")
        self.assertEqual([state[name] for name in ("rotation", "tier", "clock_offset", "issued", "apps")],
                         ["dies", "standard", 0, [], [DEFAULT_APP]])


class Consent(OAuthCase):
    QUERY = {"client_id": DEFAULT_APP, "redirect_uri": BACK, "response_type": "code",
             "scope": "boards:read,pins:read", "state": "a b&c"}

    def ask(self, **changes):
        query = {name: value for name, value in {**self.QUERY, **changes}.items() if value is not None}
        return self.request("GET", "/oauth/?" + urllib.parse.urlencode(query, doseq=True), {})

    def sent_to(self, reply):
        self.assertEqual((reply.status, reply.raw), (302, b""))
        address, _, query = reply.headers["location"].partition("?")
        return address, dict(urllib.parse.parse_qsl(query))

    def test_way_to_a_token(self):
        address, answer = self.sent_to(self.ask(refreshable="True"))
        self.assertEqual((address, set(answer), answer["state"]), (BACK, {"code", "state"}, "a b&c"))
        record = self.log()[-1]
        self.assertEqual((record["host"], record["path"], record["valid"]), ("www", "/oauth/", True))
        self.assert_tokens(self.redeem(answer["code"]), "authorization_code", "boards:read,pins:read")

    def test_addresses(self):
        self.assertIn(BACK + "?x=1&code=", self.ask(redirect_uri=BACK + "?x=1").headers["location"])
        self.control("config", {"redirect_uris": [BACK]})
        self.assertEqual(self.ask().status, 302)
        self.assert_refused(self.ask(redirect_uri=BACK + "/"), "redirect_uri")

    def test_refusal_by_the_user(self):
        self.control("config", {"deny": True})
        self.assertEqual(self.sent_to(self.ask()), (BACK, {"error": "access_denied", "state": "a b&c"}))

    def test_parameters(self):
        for name in self.QUERY:
            self.assert_refused(self.ask(**{name: None}), name)
            self.assert_refused(self.ask(**{name: ""}), name)
            self.assert_refused(self.ask(**{name: [self.QUERY[name]] * 2}), name)
            if name != "state":
                self.assert_refused(self.ask(**{name: "wrong"}), name)
        self.assert_refused(self.ask(display="page"), "display")
        self.assert_refused(self.ask(scope="boards:read pins:read"), "scope")
        for address in ("ftp://localhost/", "http:///x", "http://[", BACK + "#x", BACK + "\r\nx: y"):
            self.assert_refused(self.ask(redirect_uri=address), "redirect_uri")
        self.assert_refused(self.request("POST", "/oauth/", {}), "POST", 405, 5)
        self.assert_refused(self.request("GET", "/v5/oauth/", {}), "/v5/oauth/", 404, 404)


class Secrecy(OAuthCase):
    def test_log_and_state(self):
        code = self.issue("code", redirect_uri=BACK)
        first = self.redeem(code).json
        second = self.refresh(first["refresh_token"]).json
        self.boards(second["access_token"])
        self.refresh("strange-token")
        self.post({"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}, self.basic(secret="guess"))
        self.post(json.dumps({"refresh_token": second["refresh_token"]}), content_type="application/json")
        self.post({second["refresh_token"]: "1", "client_secret": DEFAULT_SECRET})
        log = self.log()
        self.assertEqual([(record["headers"]["authorization"], record["body"]) for record in log], [
            ("Basic 1234567", {"grant_type": "authorization_code", "code": "code#1", "redirect_uri": BACK}),
            ("Basic 1234567", {"grant_type": "refresh_token", "refresh_token": "refresh#1"}),
            ("access#2", None),
            ("Basic 1234567", {"grant_type": "refresh_token", "refresh_token": "unknown"}),
            ("Basic 1234567", {"grant_type": "refresh_token", "refresh_token": "refresh#2"}),
            ("Basic 1234567", "unreadable form"),
            ("Basic 1234567", {"unknown": "unknown", "client_secret": "unknown"})])
        told = json.dumps([log, self.control("state")])
        for answer in (first, second):
            self.assertNotIn(answer["access_token"], told)
            self.assertNotIn(answer["refresh_token"], told)
        for secret in (code, "strange-token", "guess", DEFAULT_SECRET, self.basic()):
            self.assertNotIn(secret, told)
        self.assertEqual({name: entry["alive"] for name, entry in self.issued().items()}, {
            "code#1": False, "access#1": True, "refresh#1": False, "access#2": True, "refresh#2": True})
        self.assertEqual(set(self.issued()["code#1"]), {"name", "kind", "app", "scope", "alive", "expires"})


class Clock(OAuthCase):
    def test_skew(self):
        def told(reply):
            return email.utils.parsedate_to_datetime(reply.headers["date"]).timestamp()

        self.assertAlmostEqual(told(self.get("/boards")), time.time(), delta=PATIENCE)
        self.control("config", {"clock_offset": -7200})
        reply = self.refresh(self.issue("refresh_token"))
        self.assertAlmostEqual(told(reply), time.time() - 7200, delta=PATIENCE)
        self.assertAlmostEqual(reply.json["refresh_token_expires_at"], time.time() + 60 * DAY - 7200, delta=PATIENCE)
        self.assertAlmostEqual(told(self.get("/boards", {})), time.time() - 7200, delta=PATIENCE)
        self.assertEqual(self.boards(reply.json["access_token"]).status, 200)


class Tiers(OAuthCase):
    def test_trial(self):
        self.control("config", {"tier": "trial"})
        reply = self.get("/ad_accounts")
        self.assertEqual(reply.headers["x-ratelimit-limit"], '1000, 100;w=1;name="safety_net_app_id_user_id", '
                         '1000;w=86400;name="universal_app_id_user_id"')
        self.assertGreater(int(reply.headers["x-ratelimit-reset"]), 86000)
        self.control("config", {"enforce_limits": True, "limits": {"universal": [3, 86400]}})
        token = self.refresh(self.issue("refresh_token")).json["access_token"]
        statuses = [self.boards(token).status, self.get("/ad_accounts").status, self.get("/pins").status]
        self.assertEqual(statuses, [200, 200, 429])
        self.assert_answer(self.boards(token), 429, 8)
        self.assertEqual(self.control("state")["rate_limited"], 2)

    def test_who_shares(self):
        self.control("config", {
            "enforce_limits": True, "limits": {"org_read": [2, 60]}, "apps": {"77": "second"},
            "tokens": {"pina_other": {"name": "other"}}})
        mine = [self.issue("access_token") for _ in range(2)]
        theirs = self.issue("access_token", app="77")
        statuses = [self.boards(token).status for token in (*mine, "pina_simulator", theirs, "pina_other")]
        self.assertEqual(statuses, [200, 200, 429, 200, 200])

    def test_safety_net(self):
        self.control("config", {"tier": "trial", "enforce_limits": True, "limits": {"safety_net": [1, 60]}})
        self.get("/boards", AUTHORIZED)
        reply = self.get("/boards", AUTHORIZED)
        self.assert_answer(reply, 429, 8)
        self.assertTrue(reply.headers["x-ratelimit-limit"].startswith("1, 1;w=60;"))
