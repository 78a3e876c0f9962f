-- ARGV: prefix, id, silent ms
-- Returns how many steps can start but seem to have no message, and marks the job as checked.
if not is_open() then return 0 end
local orphaned = redis.call('ZCOUNT', leased, '-inf', now)
local silent = now - tonumber(redis.call('ZSCORE', open, id)) > tonumber(ARGV[3])
if orphaned == 0 and not silent then return 0 end
if silent then orphaned = orphaned + redis.call('ZCARD', waiting) end
if field('cancel') == '1' then orphaned = math.max(orphaned, 1) end
if orphaned > 0 then
  requeue_expired()
  touch()
end
return orphaned
