-- ARGV: prefix, id, step, token, '1' if the try counts, seconds it is kept
-- Gives a step back to whoever comes next.
if redis.call('HGET', tokens, ARGV[3]) ~= ARGV[4] then return 0 end
wait_again(ARGV[3])
if ARGV[5] ~= '1' then redis.call('HINCRBY', tries, ARGV[3], -1) end
cancelled_now(ARGV[6])
return 1
