-- ARGV: prefix of lists and prefix of similar lists, both with the collection; user or ''; JSON lists
-- of SKUs and of regions, from the nearest to '' (all users)
-- Returns parts separated by \30: generation or '', summary of the links, the user's list or '', the
-- popular items of the nearest region; then for each SKU its links, \31, and its similar list if it
-- has few links. Without a generation, only similar lists are returned.
-- Returns false if the live generation was lost.
local FEW_LINKS = 5
local lists, similar, user = ARGV[1], ARGV[2], ARGV[3]
local skus, regions = cjson.decode(ARGV[4]), cjson.decode(ARGV[5])
local generation = redis.call('GET', lists .. ':live')
local key = generation and lists .. ':' .. generation
local fields = {'links', 'u:' .. user}
for i, sku in ipairs(skus) do fields[i + 2] = 'l:' .. sku end
local values = generation and redis.call('HMGET', key, unpack(fields)) or {}
if generation and not values[1] then return false end
local popular = ''
if generation then
  for _, region in ipairs(regions) do
    popular = redis.call('HGET', key, 'p:' .. region)
    if popular then break end
  end
end
local parts = {generation or '', values[1] or '', values[2] or '', popular or ''}
local has_similar = redis.call('EXISTS', similar .. ':live') == 1
for i, sku in ipairs(skus) do
  local links, position, few = values[i + 2] or '', 0, has_similar
  for _ = 1, few and FEW_LINKS - 1 or 0 do
    position = string.find(links, '\t', position + 1, true) -- only SKUs are separated by tabs
    if not position then break end
  end
  if position and position > 0 then few = false end
  local alike = few and redis.call('HGET', similar .. ':lists', sku) or ''
  parts[#parts + 1] = links .. '\31' .. alike
end
return table.concat(parts, '\30')
