-- ARGV: prefix of lists and prefix of similar lists, both with the collection; user or ''; number
-- of SKUs; SKUs; regions from the nearest to '' (all users)
-- Returns parts separated by \30: generation or '', summary of the links, the user's list or '', the
-- popular items of the nearest region; then for each SKU its links, \31, and its similar list if it
-- has few links. Without a generation, only similar lists are returned.
-- Returns false if the live generation was lost.
local FEW_LINKS = 5
local lists, similar, user, count = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local generation = redis.call('GET', lists .. ':live')
local key = generation and lists .. ':' .. generation
local skus, fields = {}, {'links', 'u:' .. user}
for i = 1, count do
  skus[i], fields[i + 2] = ARGV[4 + i], 'l:' .. ARGV[4 + i]
end
local values = generation and redis.call('HMGET', key, unpack(fields)) or {}
if generation and not values[1] then return false end
local popular = ''
if generation then
  for i = 5 + count, #ARGV do
    popular = redis.call('HGET', key, 'p:' .. ARGV[i])
    if popular then break end
  end
end
local parts = {generation or '', values[1] or '', values[2] or '', popular or ''}
local has_similar = redis.call('EXISTS', similar .. ':live') == 1
for i, sku in ipairs(skus) do
  local links, position, few = values[i + 2] or '', 0, has_similar
  for _ = 1, few and FEW_LINKS - 1 or 0 do
    position = string.find(links, '\n', position + 1, true)
    if not position then break end
  end
  if position and position > 0 then few = false end
  local alike = few and redis.call('HGET', similar .. ':lists', sku) or ''
  parts[#parts + 1] = links .. '\31' .. alike
end
return table.concat(parts, '\30')
