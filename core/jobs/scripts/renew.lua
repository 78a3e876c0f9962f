-- ARGV: prefix, id, step, token, lease ms
-- Returns 1 to go on, 0 when the lease is lost, -1 when the job is to be cancelled.
if redis.call('HGET', tokens, ARGV[3]) ~= ARGV[4] then return 0 end
redis.call('ZADD', leased, now + ARGV[5], ARGV[3])
alive()
if field('cancel') == '1' then return -1 end
return 1
