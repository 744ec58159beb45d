"""Eve on a free port, which is printed. Its documents are in memory: mongomock stands for MongoDB."""

import logging

import eve.io.mongo.flask_pymongo
import mongomock
from werkzeug.serving import make_server

eve.io.mongo.flask_pymongo.MongoClient = mongomock.MongoClient

from eve import Eve  # noqa: E402 (after the client was replaced)

logging.getLogger("werkzeug").setLevel(logging.ERROR)
settings = {
    "DOMAIN": {"models": {"schema": {"name": {"type": "string"}, "count": {"type": "integer"}}}},
    "RESOURCE_METHODS": ["GET", "POST"],
    "ITEM_METHODS": ["GET", "PUT", "PATCH", "DELETE"],
    "RENDERERS": ["eve.render.JSONRenderer"],
    "MONGO_DBNAME": "models",
}
# One request after another: Eve replaces a document by its id and its tag in one operation, which is
# atomic in MongoDB, and two steps in mongomock.
server = make_server("127.0.0.1", 0, Eve(settings=settings), threaded=False)
print(server.server_port, flush=True)
server.serve_forever()
