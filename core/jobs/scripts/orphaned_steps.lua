-- ARGV: prefix, id, silent ms
-- Returns how many steps could start but nobody seems to know of, and marks the job as seen.
if not is_open() then return 0 end
local lost = redis.call('ZCOUNT', leased, '-inf', now)
local silent = now - tonumber(redis.call('ZSCORE', open, id)) > tonumber(ARGV[3])
if lost == 0 and not silent then return 0 end
if silent then lost = lost + redis.call('ZCARD', waiting) end
if field('cancel') == '1' then lost = math.max(lost, 1) end
if lost > 0 then
  take_back()
  alive()
end
return lost
