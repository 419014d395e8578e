"""What is served: list pages whose bytes follow from the case alone, and their codings."""

import base64
import functools
import hashlib
import zlib

FIRST_ACCOUNT = 549755885000
BLOCK_PARTS = 6000
BLOCK_BYTES = BLOCK_PARTS * 22  # more than the 32 kB that zlib looks back; no name is longer
SHIFT = 13331   # bytes from one row's name to the next one's in the block: no two of those near it overlap
LEVEL = 1
ZLIB, GZIP = 15, 31     # zlib's window bits: with its own header, with gzip's; -15: with none


def account_of(number):
    """The id of the account with this number, from 1."""
    return str(FIRST_ACCOUNT + number)


def campaign_of(account, page, row):
    """The id of a row of a page, both from 0."""
    return f"{account}{page:03d}{row:06d}"


@functools.cache
def block():
    """Bytes that hardly compress, twice; the tests make the same on their own."""
    parts = (base64.b64encode(hashlib.md5(f"filler {n}".encode()).digest())[:22] for n in range(BLOCK_PARTS))
    whole = b"".join(parts).decode()
    return whole + whole


def name_of(index, length, filler):
    """A row's name: bytes of the block from a place that follows from the row's index, or one letter."""
    if filler == "same":
        return "x" * length
    start = index * SHIFT % BLOCK_BYTES
    return block()[start:start + length]


def list_of(items, bookmark):
    """A list answer; no text in it needs an escape."""
    return ('{"items":[' + ",".join(items) + '],"bookmark":' + (f'"{bookmark}"' if bookmark else "null") + "}").encode()


@functools.lru_cache(maxsize=64)
def accounts_page(accounts):
    return list_of([f'{{"id":"{account_of(n)}","name":"account {n}"}}' for n in range(1, accounts + 1)], None)


@functools.lru_cache(maxsize=8)
def names_of(page, rows, length, filler):
    return [name_of(page * rows + row, length, filler) for row in range(rows)]


def campaigns_page(account, page, case):
    """Page number page of an account's campaigns; the bookmark is the next page's number."""
    names = names_of(page, case["rows"], case["name_bytes"], case["filler"])
    items = [
        f'{{"id":"{campaign_of(account, page, row)}","ad_account_id":"{account}","name":"{name}"}}'
        for row, name in enumerate(names)
    ]
    return list_of(items, f"page{page + 1}" if page + 1 < case["pages"] else None)


def deflate(body, window):
    """Where looking for repetitions is of no use, which takes long, none are looked for."""
    hardly = len(set(body[:2000])) > 60
    strategy = zlib.Z_HUFFMAN_ONLY if hardly else zlib.Z_DEFAULT_STRATEGY
    coder = zlib.compressobj(LEVEL, zlib.DEFLATED, window, zlib.DEF_MEM_LEVEL, strategy)
    return coder.compress(body) + coder.flush()


def gzip(body):
    return deflate(body, GZIP)


def members(body):
    """Several gzip files, one after the other, are one, too."""
    third = len(body) // 3 + 1
    return b"".join(gzip(body[at:at + third]) for at in range(0, len(body), third))


# By the name of a case's coding: what the header calls it, and how it is made.
CODINGS = {
    "identity": (None, lambda body: body),
    "gzip": ("gzip", gzip),
    "gzip-members": ("gzip", members),
    "gzip-named-x": ("x-gzip", gzip),
    "deflate": ("deflate", lambda body: deflate(body, ZLIB)),
    "deflate-raw": ("deflate", lambda body: deflate(body, -ZLIB)),
    "both": ("deflate, gzip", lambda body: gzip(deflate(body, ZLIB))),
    "none-by-that-name": ("utf-8", lambda body: body),
}


def coding_for(wanted, accepted):
    """The coding to answer with: the wanted one if the request offers it, else none."""
    offered = {"identity"} | {part.split(";")[0].strip() for part in accepted.split(",")}
    names = (CODINGS[wanted][0] or "identity").replace("x-gzip", "gzip").replace("utf-8", "identity").split(", ")
    return wanted if offered.issuperset(names) else "identity"


def coded(body, coding):
    return CODINGS[coding][1](body)
