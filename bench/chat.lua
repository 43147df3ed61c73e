-- What wrk asks: a small chat request, as a program sends it. Arguments after `--`: json, delayed or stream, or another model's name.
-- The bearer key comes in the environment as BENCH_KEY, so that it is not in the list of processes.

local question = [[
  "temperature": 0.2, "max_tokens": 400,
  "messages": [
    {"role": "system", "content": "You are the assistant of a transport office. Answer in two or three sentences."},
    {"role": "user", "content": "When was the road over the pass first fit for coaches, and who paid for it?"},
    {"role": "assistant", "content": "From 1830 on. Uri and Ticino built it together and shared the cost."},
    {"role": "user", "content": "And what did a traveller pay to ride from Altdorf to Bellinzona?"}
  ]
]]

function init(args)
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_KEY") or "")
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["User-Agent"] = "wrk"
  if args[1] == "stream" then
    wrk.headers["Accept"] = "text/event-stream"
    wrk.body = '{"model": "bench", "stream": true, "stream_options": {"include_usage": true},' .. question .. "}"
  else
    wrk.headers["Accept"] = "application/json"
    local model = args[1] == "delayed" and "bench-delayed" or args[1] == "json" and "bench" or args[1]
    wrk.body = '{"model": "' .. model .. '",' .. question .. "}"
  end
end

-- With BENCH_KEYS each request has the key of one of so many wallets, by chance.
local keys = tonumber(os.getenv("BENCH_KEYS") or "")
if keys then
  function request()
    wrk.headers["Authorization"] = "Bearer sk-gotthard-bench-wallet-" .. math.random(keys)
    return wrk.format()
  end
end

-- With BENCH_IDEMPOTENCY each request has an Idempotency-Key that no other has: its beginning, the thread and a number.
local beginning = os.getenv("BENCH_IDEMPOTENCY")
if beginning then
  local sent = 0
  local thread = tostring(math.random(1e9)) .. tostring({}):gsub("%W", "")
  function request()
    sent = sent + 1
    wrk.headers["Idempotency-Key"] = beginning .. "-" .. thread .. "-" .. sent
    return wrk.format()
  end
end

-- One line for the script: requests, seconds, p50 and p99 in ms, answers of another status than 2xx or 3xx, socket errors.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %.4f %.3f %.3f %d %d\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, e.status, e.connect + e.read + e.write + e.timeout))
end
