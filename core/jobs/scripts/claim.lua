-- ARGV: prefix, id, token, lease ms, seconds it is kept
-- Returns {step, how often it was tried} or nothing to do.
if not is_open() then return false end
take_back()
if field('cancel') == '1' then
  cancelled_now(ARGV[5])
  return false
end
local step = redis.call('ZRANGE', waiting, 0, 0)[1]
if not step then return false end
redis.call('ZREM', waiting, step)
redis.call('ZADD', leased, now + ARGV[4], step)
redis.call('HSET', tokens, step, ARGV[3])
if field('state') == 'queued' then redis.call('HSET', job, 'state', 'running', 'started_at', now) end
alive()
return {step, redis.call('HINCRBY', tries, step, 1)}
