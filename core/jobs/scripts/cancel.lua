-- ARGV: prefix, id, seconds it is kept
-- Returns 1 when the job is or will be cancelled, 0 when it had ended.
if not is_open() then return 0 end
redis.call('HSET', job, 'cancel', '1')
take_back()
cancelled_now(ARGV[3])
return 1
