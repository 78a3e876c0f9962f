-- ARGV: prefix of items with the collection; JSON list of SKUs
-- Returns for each SKU its availability ('' if in stock), \31 and its card ('' if it was deleted),
-- separated by \30. Returns false if the cache does not have all cards.
if redis.call('EXISTS', ARGV[1] .. ':live') == 0 then return false end
local skus = cjson.decode(ARGV[2])
local cards = redis.call('HMGET', ARGV[1] .. ':cards', unpack(skus))
local states = redis.call('HMGET', ARGV[1] .. ':availability', unpack(skus))
local rows = {}
for i = 1, #skus do
  rows[i] = (states[i] or '') .. '\31' .. (cards[i] or '')
end
return table.concat(rows, '\30')
