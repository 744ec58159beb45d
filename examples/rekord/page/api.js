// Requests to the server that served this page, each told to the log with what went over the wire.

import { log } from "./log.js";

let token = sessionStorage.getItem("token") ?? "rekord-demo";

export const getToken = () => token;

export function setToken(value) {
  token = value;
  sessionStorage.setItem("token", value);
}

/**
 * One exchange. `cache: "no-store"` (the default here) leaves conditions to this page, so that a 304
 * reaches it; "no-cache" leaves them to the browser's own cache.
 */
export async function exchange(who, method, path, { headers = {}, body, cache = "no-store" } = {}) {
  const url = new URL(path, location.href);
  // The browser keeps the sizes of so many answers, and of none after that.
  if (performance.getEntriesByType("resource").length > 100) performance.clearResourceTimings();
  const asked = performance.now();
  const response = await fetch(url, {
    method,
    cache,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { Authorization: `Bearer ${token}`, ...headers },
  });
  const text = await response.text();
  const condition = ["If-Match", "If-None-Match"]
    .filter((name) => headers[name] !== undefined)
    .map((name) => `${name}: ${headers[name]}`)
    .join(", ");
  const etag = response.headers.get("ETag");
  const bytes = wireBytes(url.href, asked);
  log({ who, method, path, condition, status: response.status, etag, bytes, cache });
  return { status: response.status, etag, document: text ? parse(text) : null };
}

/** The size of the content as it was transferred: compressed, and nothing for what a cache held. */
function wireBytes(url, asked) {
  const entry = performance
    .getEntriesByName(url, "resource")
    .findLast((timing) => timing.startTime >= asked - 1);
  // Resource Timing counts 300 for the head, whatever its size; what a cache held is not in it.
  return entry ? Math.max(0, entry.transferSize - 300) : null;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text };
  }
}
