-- ARGV: prefix, id, kind, collection, args, idempotency key or '', seconds it is kept
-- Returns the id of the job, which is an earlier one when the idempotency key is known.
if ARGV[6] ~= '' then
  local idem = prefix .. 'idem:' .. ARGV[6]
  local first = redis.call('GET', idem)
  if first and redis.call('EXISTS', prefix .. 'job:' .. first) == 1 then return first end
  redis.call('SET', idem, id, 'EX', ARGV[7])
end
redis.call('HSET', job, 'kind', ARGV[3], 'collection', ARGV[4], 'args', ARGV[5],
           'state', 'queued', 'created_at', now)
redis.call('ZADD', waiting, 0, '0')
for _, list in ipairs(lists(ARGV[4])) do
  -- one comes, so some of those that are forgotten go: else the lists would grow for ever
  for _, old in ipairs(redis.call('ZRANGE', list, 0, 9)) do
    if redis.call('EXISTS', prefix .. 'job:' .. old) == 0 then redis.call('ZREM', list, old) end
  end
  redis.call('ZADD', list, now, id)
  keep(list, ARGV[7])
end
alive()
return id
