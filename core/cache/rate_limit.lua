-- Takes a token out of a bucket. KEYS: the bucket. ARGV: tokens per second, bucket size.
-- Returns 0 if a token was taken, else the milliseconds until a token is available.
local rate, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local row = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(row[1]) or size
local at = tonumber(row[2]) or now
if at > now then -- the clock of Redis was set back
  at = now
  redis.call('HSET', KEYS[1], 'at', now)
end
tokens = math.min(size, tokens + (now - at) * rate / 1000)
if tokens < 1 then
  return math.ceil((1 - tokens) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - 1), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(size * 1000 / rate))
return 0
