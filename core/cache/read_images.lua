-- ARGV: prefix of items with the collection; JSON list of SKUs
-- Returns a JSON list with the entry of each SKU in the index of images, or null.
local skus = cjson.decode(ARGV[2])
local entries = redis.call('HMGET', ARGV[1] .. ':images', unpack(skus))
for i = 1, #skus do entries[i] = entries[i] or 'null' end
return '[' .. table.concat(entries, ',') .. ']'
