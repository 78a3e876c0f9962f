-- ARGV: prefix, id, retention s
-- Returns 1 if the job is or will be cancelled, 0 if it has already finished.
if not is_open() then return 0 end
redis.call('HSET', job, 'cancel', '1')
requeue_expired()
finish_if_cancelled(ARGV[3])
return 1
