-- ARGV: prefix, '' (no job), first of the numbers that are reserved in the store, end of their range
local last = tonumber(redis.call('HGET', sequence_key, 'last') or '0')
last = string.format('%.0f', math.max(last, ARGV[3] - 1))
redis.call('HSET', sequence_key, 'last', last, 'end', ARGV[4], 'server', server_id())
