-- ARGV: prefix, id, step, token, '1' if the attempt counts, retention s
-- Returns 1 if the step was requeued, 0 if the lease is lost.
if redis.call('HGET', tokens, ARGV[3]) ~= ARGV[4] then return 0 end
requeue(ARGV[3])
if ARGV[5] ~= '1' then redis.call('HINCRBY', attempts, ARGV[3], -1) end
finish_if_cancelled(ARGV[6])
return 1
