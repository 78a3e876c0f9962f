-- ARGV: prefix of similar lists and prefix of items, both with the collection; SKU; number of
-- matches; 'all' to return unavailable items too, else ''
-- Returns lines: first, 'all' if the list contains all other items, else ''; the item's own
-- availability; and its own card if unavailable items are requested too; then for each match its
-- SKU, view, score in millionths, availability ('' if in stock) and card. Tabs separate all these.
-- Items without a card are left out.
-- Returns false if the list or the item's own card is missing, or the cache is incomplete.
local similar, items, sku, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local cards, states = items .. ':cards', items .. ':availability'
local list = redis.call('HGET', similar .. ':lists', sku)
if not list then return false end
local own = ''
if ARGV[5] == 'all' then
  local card = redis.call('HGET', cards, sku)
  if not card then return false end
  own = card
elseif redis.call('HEXISTS', cards, sku) == 0 then
  return false
end
if redis.call('EXISTS', similar .. ':live') == 0 then return false end
local has_unavailable = redis.call('EXISTS', states) == 1
local own_state = has_unavailable and redis.call('HGET', states, sku) or ''
local head_ends = string.find(list, '\n', 1, true)
local lines, position = {string.sub(list, 1, head_ends - 1) .. '\t' .. own_state .. '\t' .. own}, head_ends + 1
repeat
  local rows, skus = {}, {}
  while #lines + #rows <= limit do
    local first, last, row, other = string.find(list, '^(([^\t]+)[^\n]*)\n', position)
    if not first then break end
    rows[#rows + 1], skus[#skus + 1], position = row, other, last + 1
  end
  if #skus == 0 then break end
  local state = has_unavailable and redis.call('HMGET', states, unpack(skus)) or {}
  for i, card in ipairs(redis.call('HMGET', cards, unpack(skus))) do
    if card and (not state[i] or ARGV[5] == 'all') then
      lines[#lines + 1] = rows[i] .. '\t' .. (state[i] or '') .. '\t' .. card
    end
  end
until #lines > limit
return table.concat(lines, '\n')
