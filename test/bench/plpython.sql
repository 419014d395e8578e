-- The loader that one would write inside the database: a function that returns rows.
CREATE EXTENSION IF NOT EXISTS plpython3u;
SET search_path = :"world";

-- The ads of all accounts.
CREATE FUNCTION plpython_ads(port int) RETURNS SETOF ads_landed LANGUAGE plpython3u AS $$
import datetime, http.client, json, urllib.parse
connection = http.client.HTTPConnection("127.0.0.1", port)

def items(path):
    bookmark = None
    while True:
        query = "?page_size=250" + (f"&bookmark={urllib.parse.quote(bookmark)}" if bookmark else "")
        connection.request("GET", "/v5" + path + query)
        page = json.loads(connection.getresponse().read())
        yield from page["items"]
        bookmark = page["bookmark"]
        if not bookmark:
            return

def column(name, value):
    if value is None:
        return None
    if name.endswith("_time"):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc).isoformat()
    return json.dumps(value) if name in ("tracking_urls", "quiz_pin_data") else value

names = None
for account in list(items("/ad_accounts")):
    for ad in items(f"/ad_accounts/{account['id']}/ads"):
        names = names or [name for name in ad]
        yield tuple(column(name, ad.get(name)) for name in names)
$$;

-- The metrics of all campaigns.
CREATE FUNCTION plpython_ana(port int, first_day date, last_day date) RETURNS SETOF ana_landed
LANGUAGE plpython3u AS $$
import http.client, json, urllib.parse
METRICS = ("SPEND_IN_DOLLAR", "CPC_IN_MICRO_DOLLAR", "IMPRESSION_1", "TOTAL_IMPRESSION", "CLICKTHROUGH_1",
           "TOTAL_CLICKTHROUGH", "CTR", "ENGAGEMENT_1", "TOTAL_ENGAGEMENT", "ENGAGEMENT_RATE")
COUNTS = {name for name in METRICS if name.startswith(("TOTAL_", "IMPRESSION_", "CLICKTHROUGH_", "ENGAGEMENT_1"))}
connection = http.client.HTTPConnection("127.0.0.1", port)

def value(name, number):
    return int(number) if number is not None and name in COUNTS else number

def get(path, **query):
    connection.request("GET", f"/v5{path}?{urllib.parse.urlencode(query)}")
    return json.loads(connection.getresponse().read())

def pages(path):
    page = get(path, page_size=250)
    yield page["items"]
    while page["bookmark"]:
        page = get(path, page_size=250, bookmark=page["bookmark"])
        yield page["items"]

for account in [account for page in pages("/ad_accounts") for account in page]:
    path = f"/ad_accounts/{account['id']}/campaigns"
    for page in pages(path):
        ids = ",".join(campaign["id"] for campaign in page)
        for row in get(path + "/analytics", campaign_ids=ids, start_date=first_day, end_date=last_day,
                       granularity="DAY", columns=",".join(METRICS)):
            yield (row["CAMPAIGN_ID"], row["DATE"], *(value(name, row.get(name)) for name in METRICS))
$$;
