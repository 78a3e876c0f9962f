-- ARGV: prefix, id, step, token, outcome (JSON), number of the last step, retention s
-- Returns how many further steps can start now, or -1 if the lease is lost.
local step, last = ARGV[3], ARGV[6]
if redis.call('HGET', tokens, step) ~= ARGV[4] then return -1 end
local outcome = cjson.decode(ARGV[5])
drop_lease(step)
redis.call('HDEL', attempts, step)
redis.call('HINCRBY', job, 'done', outcome.done)
redis.call('HINCRBY', job, 'skipped', outcome.skipped)
redis.call('HINCRBY', job, 'updated', outcome.updated)
redis.call('HINCRBY', job, 'failed', outcome.failed)
for problem, images in pairs(outcome.image_problems) do
  redis.call('HINCRBY', job, 'image_problem:' .. problem, images)
end
list_failures(ARGV[4])
if outcome.total ~= cjson.null then redis.call('HSET', job, 'total', outcome.total) end
if outcome.result ~= cjson.null then redis.call('HSET', job, 'result', outcome.result) end
for chunk = 1, outcome.chunks do redis.call('ZADD', waiting, chunk, tostring(chunk)) end
-- skipped images take no time: they must not count in the rate
redis.call('RPUSH', progress, now .. ' ' .. number('done') + number('failed'))
redis.call('LTRIM', progress, -20, -1)
touch()
if finish_if_cancelled(ARGV[7]) then return 0 end
if step == last then
  local good = number('done') + number('skipped')
  local state = 'succeeded'
  if number('failed') > 0 then state = good > 0 and 'partial' or 'failed' end
  finish(state, ARGV[7])
  return 0
end
if redis.call('ZCARD', waiting) == 0 and redis.call('ZCARD', leased) == 0 then
  redis.call('ZADD', waiting, tonumber(last), last)
end
return redis.call('ZCARD', waiting)
