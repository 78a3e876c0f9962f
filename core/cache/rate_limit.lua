-- One token out of a bucket. KEYS: the bucket. ARGV: tokens a second, tokens it holds.
-- Returns the milliseconds until there is a token; 0: it is taken.
local rate, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local row = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(row[1]) or size
local since = math.max(0, now - (tonumber(row[2]) or now))
left = math.min(size, left + since * rate / 1000)
if left < 1 then
  return math.ceil((1 - left) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'left', tostring(left - 1), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(size * 1000 / rate))
return 0
