-- The request comes as arguments: method, content, header fields. The result leaves as one line.
function init(arguments)
  wrk.method = arguments[1]
  if arguments[2] ~= "" then
    wrk.body = arguments[2]
  end
  for index = 3, #arguments do
    local name, value = arguments[index]:match("^(.-): (.*)$")
    wrk.headers[name] = value
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
