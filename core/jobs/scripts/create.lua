-- ARGV: prefix, id, kind, collection, args, retention s, idempotency key or '', digest of the
--       request, sequence number of the retried job or ''
-- Returns the id of the job, or of an earlier job with the same idempotency key, and the digest of
-- the request that created it.
if ARGV[7] ~= '' then
  local idem = prefix .. 'idem:' .. ARGV[7]
  local first = redis.call('HMGET', idem, 'job', 'digest')
  if first[1] and redis.call('EXISTS', prefix .. 'job:' .. first[1]) == 1 then return first end
  redis.call('HSET', idem, 'job', id, 'digest', ARGV[8])
  redis.call('EXPIRE', idem, ARGV[6])
end
create_job(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[9] ~= '' and ARGV[9] or next_sequence())
return {id, ARGV[8]}
