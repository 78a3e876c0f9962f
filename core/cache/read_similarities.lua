-- ARGV: prefix of similar lists with the collection; SKUs
-- Returns the similar list of each SKU ('' if it has none), separated by \30. Returns false if the
-- lists are missing or incomplete.
local lists = redis.call('HMGET', ARGV[1] .. ':lists', unpack(ARGV, 2))
if redis.call('EXISTS', ARGV[1] .. ':live') == 0 then return false end
for i, list in ipairs(lists) do
  lists[i] = list or ''
end
return table.concat(lists, '\30')
