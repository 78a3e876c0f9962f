-- ARGV: prefix, id, kind, collection, args, idempotency key or '', retention s
-- Returns the id of the job, or of an earlier job with the same idempotency key.
if ARGV[6] ~= '' then
  local idem = prefix .. 'idem:' .. ARGV[6]
  local first = redis.call('GET', idem)
  if first and redis.call('EXISTS', prefix .. 'job:' .. first) == 1 then return first end
  redis.call('SET', idem, id, 'EX', ARGV[7])
end
redis.call('HSET', job, 'kind', ARGV[3], 'collection', ARGV[4], 'args', ARGV[5],
           'state', 'queued', 'created_at', now)
redis.call('ZADD', waiting, 0, '0')
for _, index in ipairs(indexes(ARGV[4])) do
  -- each new job removes up to ten expired ones, or the indexes would grow without limit
  for _, old in ipairs(redis.call('ZRANGE', index, 0, 9)) do
    if redis.call('EXISTS', prefix .. 'job:' .. old) == 0 then redis.call('ZREM', index, old) end
  end
  redis.call('ZADD', index, now, id)
  extend_ttl(index, ARGV[7])
end
touch()
return id
