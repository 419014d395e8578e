-- The loader that one would write inside the database: a function that returns rows.
-- With ca_file it speaks TLS; Python's own library has no HTTP/2.
CREATE EXTENSION IF NOT EXISTS plpython3u;
SET search_path = :"world";

-- The ads of all accounts.
CREATE FUNCTION plpython_ads(base_url text, ca_file text) RETURNS SETOF ads_landed LANGUAGE plpython3u AS $$
import datetime, gzip, http.client, json, ssl, urllib.parse
host = urllib.parse.urlsplit(base_url).netloc
connection = (http.client.HTTPSConnection(host, context=ssl.create_default_context(cafile=ca_file)) if ca_file
              else http.client.HTTPConnection(host))

def get(target):
    connection.request("GET", "/v5" + target, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    return json.loads(gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body)

def items(path):
    bookmark = None
    while True:
        query = "?page_size=250" + (f"&bookmark={urllib.parse.quote(bookmark)}" if bookmark else "")
        page = get(path + query)
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
CREATE FUNCTION plpython_ana(base_url text, ca_file text, first_day date, last_day date) RETURNS SETOF ana_landed
LANGUAGE plpython3u AS $$
import gzip, http.client, json, ssl, urllib.parse
METRICS = ("SPEND_IN_DOLLAR", "CPC_IN_MICRO_DOLLAR", "IMPRESSION_1", "TOTAL_IMPRESSION", "CLICKTHROUGH_1",
           "TOTAL_CLICKTHROUGH", "CTR", "ENGAGEMENT_1", "TOTAL_ENGAGEMENT", "ENGAGEMENT_RATE")
COUNTS = {name for name in METRICS if name.startswith(("TOTAL_", "IMPRESSION_", "CLICKTHROUGH_", "ENGAGEMENT_1"))}
host = urllib.parse.urlsplit(base_url).netloc
connection = (http.client.HTTPSConnection(host, context=ssl.create_default_context(cafile=ca_file)) if ca_file
              else http.client.HTTPConnection(host))

def value(name, number):
    return int(number) if number is not None and name in COUNTS else number

def get(path, **query):
    connection.request("GET", f"/v5{path}?{urllib.parse.urlencode(query)}", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    return json.loads(gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body)

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
