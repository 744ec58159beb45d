//! What the server says on standard output when it is ready.

use std::io::{self, Write};
use std::net::SocketAddr;

/// The lines for people, to be pasted into a shell; each `curl` stands on its own.
const EXAMPLES: &str = r#"
# A write: 201 the first time, 200 after that. The ETag is the version that it made.
curl -i -X PUT "$REKORD_BASE_URL/models/0190a2b4-7c1e-7abc-8def-0123456789ab" -H "Authorization: Bearer $REKORD_API_TOKEN" -H 'Content-Type: application/json' -d '{"name": "Customer"}'

# A read.
curl -i "$REKORD_BASE_URL/models/0190a2b4-7c1e-7abc-8def-0123456789ab" -H "Authorization: Bearer $REKORD_API_TOKEN"

# The same read by a client that has the current version already: 304, and no content.
curl -i "$REKORD_BASE_URL/models/0190a2b4-7c1e-7abc-8def-0123456789ab" -H "Authorization: Bearer $REKORD_API_TOKEN" -H "If-None-Match: $(curl -sI "$REKORD_BASE_URL/models/0190a2b4-7c1e-7abc-8def-0123456789ab" -H "Authorization: Bearer $REKORD_API_TOKEN" | tr -d '\r' | sed -n 's/^etag: //p')"

# A write by a client that has read another version than the current one: 412, nothing changes.
curl -i -X PATCH "$REKORD_BASE_URL/models/0190a2b4-7c1e-7abc-8def-0123456789ab" -H "Authorization: Bearer $REKORD_API_TOKEN" -H 'If-Match: "0"' -H 'Content-Type: application/merge-patch+json' -d '{"status": "archived"}'
"#;

/// The first line is what programs wait for, so it is flushed on its own.
pub(crate) fn print(address: SocketAddr, token_is_demo: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "rekord listening on http://{address}")?;
    out.flush()?;

    writeln!(out, "\nexport REKORD_BASE_URL=http://{address}")?;
    // Any other token is a secret, and whoever set it knows it.
    if token_is_demo {
        writeln!(out, "export REKORD_API_TOKEN=rekord-demo")?;
    }
    out.write_all(EXAMPLES.as_bytes())?;
    out.flush()
}
