-- ARGV: prefix of items with the collection; number of items; 'out_of_stock' to return items that
-- are out of stock, too, else ''
-- Returns lines: 'all' if there are no further items, else ''; then for each item, the newest
-- first, its SKU, negative time of creation in microseconds, availability ('' if in stock) and
-- card, separated by tabs. Only the newest items are looked at, so that a shop whose newest items
-- are all unavailable cannot hold up other requests.
-- Returns false if the cache does not have all cards.
local MOST, STEP = 10000, 500
local items, limit, shown = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if redis.call('EXISTS', items .. ':live') == 0 then return false end
local has_unavailable = redis.call('EXISTS', items .. ':availability') == 1
local lines, start, step = {''}, 0, math.min(limit, STEP)

local function add(page)
  local skus = {}
  for i = 1, #page, 2 do skus[#skus + 1] = page[i] end
  local states = has_unavailable and redis.call('HMGET', items .. ':availability', unpack(skus))
    or {}
  for i, card in ipairs(redis.call('HMGET', items .. ':cards', unpack(skus))) do
    if card and (not states[i] or states[i] == shown) then
      if #lines > limit then return false end
      lines[#lines + 1] = skus[i] .. '\t' .. page[2 * i] .. '\t' .. (states[i] or '') .. '\t' .. card
    end
  end
  return true
end

while start < MOST do
  local page = redis.call('ZRANGE', items .. ':created', start, start + step - 1, 'WITHSCORES')
  if #page > 0 and not add(page) then break end
  if #page < 2 * step then
    lines[1] = 'all'
    break
  end
  if #lines > limit then break end
  start = start + step
  step = math.min(STEP, MOST - start)
end
return table.concat(lines, '\n')
