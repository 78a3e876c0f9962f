-- ARGV: prefix with the collection, SKU, number of matches
-- Returns lines: 'all' if the list contains all other items, else ''; then for each match its SKU,
-- view, score in millionths and card, separated by tabs. Items without a card are left out.
-- Returns false if the list or the item's own card is missing, or the cache is incomplete.
local prefix, sku, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local cards = prefix .. ':cards'
local list = redis.call('HGET', prefix .. ':lists', sku)
if not list then return false end
if redis.call('HEXISTS', cards, sku) == 0 then return false end
if redis.call('EXISTS', prefix .. ':live') == 0 then return false end
local head_ends = string.find(list, '\n', 1, true)
local lines, position = {string.sub(list, 1, head_ends - 1)}, head_ends + 1
repeat
  local rows, skus = {}, {}
  while #lines + #rows <= limit do
    local first, last, row, other = string.find(list, '^(([^\t]+)[^\n]*)\n', position)
    if not first then break end
    rows[#rows + 1], skus[#skus + 1], position = row, other, last + 1
  end
  if #skus == 0 then break end
  for i, card in ipairs(redis.call('HMGET', cards, unpack(skus))) do
    if card then lines[#lines + 1] = rows[i] .. '\t' .. card end
  end
until #lines > limit
return table.concat(lines, '\n')
