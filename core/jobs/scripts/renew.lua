-- ARGV: prefix, id, step, token, lease ms; optionally stage, stages done, stages in all
-- Returns 1 to continue, 0 if the lease is lost, -1 if the job is to be cancelled.
if redis.call('HGET', tokens, ARGV[3]) ~= ARGV[4] then return 0 end
redis.call('ZADD', leased, now + ARGV[5], ARGV[3])
if ARGV[6] then
  redis.call('HSET', job, 'stage', ARGV[6], 'stages_done', ARGV[7], 'stages_total', ARGV[8])
end
touch()
if field('cancel') == '1' then return -1 end
return 1
