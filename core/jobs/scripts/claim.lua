-- ARGV: prefix, id, token, lease ms, retention s
-- Returns {step, number of this attempt}, or false if there is nothing to do.
if not is_open() then return false end
requeue_expired()
if field('cancel') == '1' then
  finish_if_cancelled(ARGV[5])
  return false
end
if number('not_before') > now then return false end
local step = redis.call('ZRANGE', waiting, 0, 0)[1]
if not step then return false end
redis.call('ZREM', waiting, step)
redis.call('ZADD', leased, now + ARGV[4], step)
redis.call('HSET', tokens, step, ARGV[3])
if number('lease_ms') < tonumber(ARGV[4]) then redis.call('HSET', job, 'lease_ms', ARGV[4]) end
redis.call('HDEL', job, 'not_before', 'latest')
if field('state') == 'queued' then redis.call('HSET', job, 'state', 'running', 'started_at', now) end
touch()
return {step, redis.call('HINCRBY', attempts, step, 1)}
