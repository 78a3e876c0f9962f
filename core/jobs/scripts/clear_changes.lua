-- ARGV: prefix, collection, then pairs of a SKU and the sequence of its change
-- Forgets these changes; an item that has changed again since has another sequence and stays.
local changes = prefix .. 'changes:' .. ARGV[2]
for i = 3, #ARGV, 2 do
  if tonumber(redis.call('ZSCORE', changes, ARGV[i])) == tonumber(ARGV[i + 1]) then
    redis.call('ZREM', changes, ARGV[i])
  end
end
if redis.call('EXISTS', changes) == 0 then redis.call('SREM', prefix .. 'changed', ARGV[2]) end
