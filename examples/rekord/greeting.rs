//! What the server says on standard output when it is ready.

use std::io::{self, Write};
use std::net::SocketAddr;

/// The first line is what programs wait for; the others are for people, to be pasted into a shell.
pub(crate) fn print(address: SocketAddr, token_is_demo: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "rekord listening on http://{address}")?;
    out.flush()?;
    let token = if token_is_demo { "rekord-demo" } else { "..." };
    write!(
        out,
        r#"
export REKORD_BASE_URL=http://{address} REKORD_API_TOKEN={token}
MODEL=$REKORD_BASE_URL/models/0190a2b4-7c1e-7abc-8def-0123456789ab
AUTH="Authorization: Bearer $REKORD_API_TOKEN"

# A write: 201 the first time, 200 after that; the ETag is the version that it made.
curl -i -X PUT "$MODEL" -H "$AUTH" -H 'Content-Type: application/json' -d '{{"name": "Customer"}}'

# A read, and the same read again under the ETag that it gave: 304, nothing is sent twice.
ETAG=$(curl -s -D - -o /dev/null "$MODEL" -H "$AUTH" | tr -d '\r' | sed -n 's/^etag: //p'); echo "$ETAG"
curl -i "$MODEL" -H "$AUTH" -H "If-None-Match: $ETAG"

# A write that counts on this version: 200. Sent once more it would undo the first: 412.
curl -i -X PATCH "$MODEL" -H "$AUTH" -H "If-Match: $ETAG" -H 'Content-Type: application/merge-patch+json' -d '{{"status": "draft"}}'
curl -i -X PATCH "$MODEL" -H "$AUTH" -H "If-Match: $ETAG" -H 'Content-Type: application/merge-patch+json' -d '{{"status": "archived"}}'
"#
    )?;
    out.flush()
}
