-- ARGV: prefixes of lists, of similar lists and of items, all with the collection; user or ''; JSON
-- lists of SKUs and of regions, from the nearest to '' (all users); number of linked items
-- Returns parts separated by \30: generation or '', summary of the links, the user's list or '', the
-- popular items of the nearest region; then for each SKU its links, \31, and its similar list if it
-- has few links; then, unless cards are missing, for each SKU and for this number of items with the
-- strongest links to them the SKU, \31, its availability ('' if in stock), \31, and its card ('' if it
-- was deleted). Without a generation, there are neither links nor lists of users and regions.
-- Returns false if the live generation was lost.
local FEW_LINKS = 5
local lists, similar, items, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local skus, regions, count = cjson.decode(ARGV[5]), cjson.decode(ARGV[6]), tonumber(ARGV[7])

-- Adds the SKUs with the greatest sums of weights; a bit of recency makes little difference to them.
local function add_strongest(wanted, texts)
  local sums, linked = {}, {}
  for _, text in ipairs(texts) do
    local ends = string.find(text, '\n', 1, true)
    local weights, n = ends and cjson.decode(string.sub(text, ends + 1))[1], 0
    for sku in string.gmatch(string.sub(text, 1, (ends or 1) - 1), '[^\t]+') do
      n = n + 1
      if not sums[sku] then linked[#linked + 1] = sku end
      sums[sku] = (sums[sku] or 0) + weights[n]
    end
  end
  local sorted = {}
  for i, sku in ipairs(linked) do sorted[i] = sums[sku] end
  table.sort(sorted)
  local least, size = sorted[#sorted - count + 1] or 0, #wanted + count
  for _, sku in ipairs(linked) do
    if sums[sku] >= least and #wanted < size then wanted[#wanted + 1] = sku end
  end
end

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
local texts = {}
local has_similar = redis.call('EXISTS', similar .. ':live') == 1
for i, sku in ipairs(skus) do
  local links, position, few = values[i + 2] or '', 0, has_similar
  for _ = 1, few and FEW_LINKS - 1 or 0 do
    position = string.find(links, '\t', position + 1, true) -- only SKUs are separated by tabs
    if not position then break end
  end
  if position and position > 0 then few = false end
  local alike = few and redis.call('HGET', similar .. ':lists', sku) or ''
  texts[i] = links
  parts[#parts + 1] = links .. '\31' .. alike
end
if redis.call('EXISTS', items .. ':live') == 1 then
  add_strongest(skus, texts)
  local cards = redis.call('HMGET', items .. ':cards', unpack(skus))
  local states = redis.call('HMGET', items .. ':availability', unpack(skus))
  for i, sku in ipairs(skus) do
    parts[#parts + 1] = sku .. '\31' .. (states[i] or '') .. '\31' .. (cards[i] or '')
  end
end
return table.concat(parts, '\30')
