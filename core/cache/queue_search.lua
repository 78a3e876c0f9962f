-- Queues a search, unless the searches already queued show that it would have to wait too long.
-- KEYS: queue, request. ARGV: ID, longest queue, longest wait in ms, lifetime of the request in ms,
-- then the fields and values of the request. Returns 1 if the search was queued, else 0.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest = redis.call('LINDEX', KEYS[1], 0)
if oldest and now - tonumber(string.match(oldest, '^%d+')) > tonumber(ARGV[3]) then return 0 end
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('RPUSH', KEYS[1], string.format('%d %s', now, ARGV[1]))
return 1
