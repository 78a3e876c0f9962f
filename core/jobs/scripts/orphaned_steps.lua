-- ARGV: prefix, id, silent ms
-- Returns how many steps can start but seem to have no message, and marks the job as checked.
if not is_open() then return 0 end
local due = number('not_before')
if due > now then return 0 end
local orphaned = redis.call('ZCOUNT', leased, '-inf', now)
local idle = now - tonumber(redis.call('ZSCORE', open, id))
-- a job that was put off until now has no message; activity in the future means that the clock of
-- Redis was set back since
local silent = due > 0 or idle > tonumber(ARGV[3]) or idle < -1000
if orphaned == 0 and not silent then return 0 end
if silent then orphaned = orphaned + redis.call('ZCARD', waiting) end
if field('cancel') == '1' then orphaned = math.max(orphaned, 1) end
if orphaned > 0 then
  requeue_expired()
  redis.call('HDEL', job, 'not_before', 'latest')
  touch()
end
return orphaned
