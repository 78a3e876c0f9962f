-- ARGV: prefix, id, step, token, problem (JSON), seconds it is kept
if redis.call('HGET', tokens, ARGV[3]) ~= ARGV[4] then return 0 end
redis.call('HSET', job, 'problem', ARGV[5])
finish('failed', ARGV[6])
return 1
