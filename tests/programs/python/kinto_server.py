"""Kinto on a free port, which is printed, with its records in memory and open to everybody."""

import logging

from kinto import main
from waitress.server import create_server

logging.getLogger("waitress.queue").setLevel(logging.ERROR)
settings = {
    "kinto.storage_backend": "kinto.core.storage.memory",
    "kinto.cache_backend": "kinto.core.cache.memory",
    "kinto.permission_backend": "kinto.core.permission.memory",
    "kinto.userid_hmac_secret": "of the tests",
    "kinto.bucket_create_principals": "system.Everyone",
    "kinto.bucket_write_principals": "system.Everyone",
}
# One request after another: Kinto judges If-Match by a read, and then writes.
server = create_server(main({}, config=None, **settings), host="127.0.0.1", port=0, threads=1)
print(server.effective_port, flush=True)
server.run()
