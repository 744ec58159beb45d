"""Eve on a free port, which is printed. Its documents are in memory: mongomock stands for MongoDB."""

import eve.io.mongo.flask_pymongo
import mongomock
from werkzeug.serving import make_server

eve.io.mongo.flask_pymongo.MongoClient = mongomock.MongoClient

from eve import Eve  # noqa: E402 (after the client was replaced)

settings = {
    "DOMAIN": {"models": {"schema": {"name": {"type": "string"}, "count": {"type": "integer"}}}},
    "RESOURCE_METHODS": ["GET", "POST"],
    "ITEM_METHODS": ["GET", "PUT", "PATCH", "DELETE"],
    "RENDERERS": ["eve.render.JSONRenderer"],
    "MONGO_DBNAME": "models",
}
server = make_server("127.0.0.1", 0, Eve(settings=settings), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
