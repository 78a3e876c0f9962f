-- ARGV: prefix, id, step, token, problem (JSON), retention s
-- Returns 1 if the job has failed now, 0 if the lease is lost.
if redis.call('HGET', tokens, ARGV[3]) ~= ARGV[4] then return 0 end
redis.call('HSET', job, 'problem', ARGV[5])
finish('failed', ARGV[6])
return 1
