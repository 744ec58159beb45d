"""Reads a URL with httpx and hishel's cache, whenever a line comes in; prints what the caller got."""

import os
import sys
import tempfile

import hishel
from hishel.httpx import CacheClient

url, token = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    storage = hishel.SqliteStorage(database_path=os.path.join(folder, "cache.db"))
    # The rules of RFC 9111, for a cache of one user.
    rules = hishel.CacheOptions(shared=False)
    headers = {"Authorization": f"Bearer {token}"}
    with CacheClient(storage=storage, rfc=rules, headers=headers) as client:
        for _ in sys.stdin:
            answer = client.get(url)
            how = "cache" if answer.extensions["caching"]["from_cache"] else "server"
            print(how, answer.status_code, answer.headers["etag"], answer.json()["name"], flush=True)
