"""What is measured: worlds, workloads and what they are held against. Data only."""

from dataclasses import dataclass

ACCOUNT = "549755885175"
DAYS = 90

# Latency in milliseconds; but for the accounts, numbers are those of one account.
WORLDS = {
    "one": {"accounts": 1, "campaigns": 1000, "ad_groups": 5000, "ads": 100_000, "latency": 0, "connections": 10},
    "twenty": {"accounts": 20, "campaigns": 50, "ad_groups": 200, "ads": 5000, "latency": 100, "connections": 20},
    "levels": {"accounts": 1, "campaigns": 200, "ad_groups": 1000, "ads": 5000, "latency": 0, "connections": 10},
    # all streams with all columns, which are planned and not read
    "wide": {"accounts": 1, "campaigns": 1, "ad_groups": 1, "ads": 1, "latency": 0, "connections": 10,
             "metrics": "reports"},
}

ADS = """id, ad_account_id, campaign_id, ad_group_id, pin_id, name, status, summary_status, review_status,
rejected_reasons, rejection_labels, creative_type, customizable_cta_type, grid_click_type, destination_url,
android_deep_link, ios_deep_link, carousel_destination_urls, carousel_android_deep_links, carousel_ios_deep_links,
collection_items_destination_url_template, click_tracking_url, view_tracking_url, tracking_urls, lead_form_id,
quiz_pin_data, disclosure_type, disclosure_url, is_pin_deleted, is_removable, type, created_time, updated_time"""
ANA = """campaign_id, date, spend_in_dollar, cpc_in_micro_dollar, impression_1, total_impression, clickthrough_1,
total_clickthrough, ctr, engagement_1, total_engagement, engagement_rate"""

FROM_ADS = "FROM ads"
FROM_ANA = "FROM campaigns_analytics WHERE date BETWEEN '{first}' AND '{last}'"
LEVEL_JOIN = """SELECT count(a.spend_in_dollar) FROM {parent}s e JOIN {parent}s_analytics a
ON a.ad_account_id = e.ad_account_id AND a.{parent}_id = e.id WHERE a.date BETWEEN '{{first}}' AND '{{last}}'"""

LOADERS = ("fdw", "formed", "local", "plpython", "pgsql_http", "requests", "threads", "curl_jq", "curl")
QUERIES = ("fdw", "local", "plpython", "pgsql_http", "curl")

# The transfer, and rows of which each has to be formed, as who gets them from elsewhere has to, or
# that are copied as they are.
FORMED = ("curl", "formed")
COPIED = ("curl", "local")


@dataclass(frozen=True)
class Workload:
    """Something to do, and by whom.

    `query` is what the foreign tables are asked. `rows` names the rows, "ads" or "ana", which the others have their own
    ways to get; `source` is the part of `query` that they replace. With `lands` the rows go into a table.
    `parallel` is how many requests the wrapper has under way at once, and curl over HTTP/2, too.
    `floor` is the least time one can think of: a number of seconds, or contenders whose times add up; `goal` is how
    many times that is to be reached. `other_floor` is one that is shown beside it. `kind` is what is measured: "time", "first" (until the first row), "cancel",
    "plan" (what PostgreSQL tells of its planning), "error" (until there is one) or "statement" (nothing is read).
    `expected` is how many requests are to be sent.
    """

    title: str
    world: str
    query: str
    rows: str = "ads"
    source: str = FROM_ADS
    lands: bool = False
    contenders: tuple = ("fdw",)
    floor: tuple = ()
    other_floor: tuple = ()
    goal: float = None
    kind: str = "time"
    expected: dict = None
    parallel: int = 1


WORKLOADS = {
    "ads": Workload(
        "100,000 ads of 33 columns into a table", "one", f"SELECT {ADS} {FROM_ADS}", lands=True,
        contenders=tuple(name for name in LOADERS if name != "threads"), floor=FORMED, other_floor=COPIED, goal=1.3),
    "agg": Workload(
        "a newest time by status: 2 of 33 columns", "one",
        f"SELECT status, max(created_time) {FROM_ADS} GROUP BY status ORDER BY status",
        contenders=QUERIES, floor=("curl",), other_floor=COPIED, goal=1.5),
    "count": Workload(
        "count(*) of 100,000 ads", "one", f"SELECT count(*) {FROM_ADS}", contenders=QUERIES, floor=("curl",),
        other_floor=COPIED),
    "ana": Workload(
        "1,000 campaigns x 90 days x 10 metrics into a table", "one", f"SELECT {ANA} {FROM_ANA}", rows="ana",
        source=FROM_ANA, lands=True, contenders=LOADERS, floor=FORMED, other_floor=COPIED, goal=1.3, parallel=3),
    "ads20": Workload(
        "100,000 ads of 20 accounts, 100 ms a request, into a table", "twenty", f"SELECT {ADS} {FROM_ADS}", lands=True,
        contenders=tuple(name for name in LOADERS if name != "curl"), floor=(2.1,), goal=1.15),
    "ana20": Workload(
        "50 campaigns of each of 20 accounts x 90 days, 100 ms a request, into a table", "twenty",
        f"SELECT {ANA} {FROM_ANA}", rows="ana", source=FROM_ANA, lands=True,
        contenders=tuple(name for name in LOADERS if name != "curl"), floor=(0.3,), goal=1.5),
    "first": Workload(
        "time to the first of 100,000 ads", "one", f"SELECT {ADS} {FROM_ADS}", kind="first",
        contenders=("fdw", "local", "plpython")),
    "cancel": Workload(
        "from a cancel to its error, amid 100,000 ads", "one", f"SELECT {ADS} {FROM_ADS}", kind="cancel", floor=(0.05,),
        goal=1),
    "cancel20": Workload(
        "the same while requests take 100 ms", "twenty", f"SELECT {ADS} {FROM_ADS}", kind="cancel", floor=(0.05,),
        goal=1),
    "limit": Workload(
        "ORDER BY id DESC LIMIT 10, the id being a number", "levels",
        f"SELECT id, name FROM ads_by_number WHERE ad_account_id = '{ACCOUNT}' ORDER BY id DESC LIMIT 10",
        expected={"requests": 1}),
    "in": Workload(
        "three ads by id", "levels", f"SELECT id, name FROM ads WHERE ad_account_id = '{ACCOUNT}' "
        "AND id IN ('687247000003', '687247000300', '687247004999')", expected={"requests": 1}),
    "join": Workload(
        "200 campaigns, 1,000 ad groups and 5,000 ads, each joined with 90 days", "levels",
        ";".join(LEVEL_JOIN.format(parent=parent) for parent in ("campaign", "ad_group", "ad")),
        expected={"analytics": 25}),
    "plan": Workload(
        "planning of SELECT * of 610 columns, the second of a session", "wide",
        "SELECT * FROM campaigns_targeting_analytics", kind="plan", floor=(0.005,), goal=1),
    "columns": Workload(
        "columns(), as the first statement of a session", "wide", "SELECT count(*) FROM pinterest_fdw.columns()",
        kind="statement", floor=(0.05,), goal=1),
    "comments": Workload(
        "comment_tables() of all streams with all columns", "wide",
        "BEGIN; SELECT pinterest_fdw.comment_tables('wide'); ROLLBACK", kind="statement", floor=(1.0,), goal=1),
    "unknown": Workload(
        "the error of a column that a stream of 610 columns lacks", "wide", "SELECT spend_in_dolar FROM misspelt",
        kind="error", floor=(0.05,), goal=1),
}
