-- ARGV: prefix, id, kind, collection, args, retention s, idempotency key or '', digest of the
--       request, sequence number of the retried job or ''
-- Returns the id of the job, or of an earlier job with the same idempotency key, and the digest of
-- the request that created it; nothing if no sequence number is reserved.
local idem = prefix .. 'idem:' .. ARGV[7]
if ARGV[7] ~= '' then
  local first = redis.call('HMGET', idem, 'job', 'digest')
  if first[1] and redis.call('EXISTS', prefix .. 'job:' .. first[1]) == 1 then return first end
end
local sequence = ARGV[9] ~= '' and ARGV[9] or next_sequence()
if not sequence then return false end
if ARGV[7] ~= '' then
  redis.call('HSET', idem, 'job', id, 'digest', ARGV[8])
  redis.call('EXPIRE', idem, ARGV[6])
end
create_job(ARGV[3], ARGV[4], ARGV[5], ARGV[6], sequence)
return {id, ARGV[8]}
