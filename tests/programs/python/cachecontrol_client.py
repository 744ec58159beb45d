"""Reads a URL with requests and CacheControl, whenever a line comes in; prints what the caller got."""

import sys

import requests
from cachecontrol import CacheControl

url, token = sys.argv[1:]
session = CacheControl(requests.Session())
for _ in sys.stdin:
    answer = session.get(url, headers={"Authorization": f"Bearer {token}"})
    how = "cache" if answer.from_cache else "server"
    print(how, answer.status_code, answer.headers["etag"], answer.json()["name"], flush=True)
