-- ARGV: prefix of lists and prefix of items, both with the collection; 'rows', 'cards' or 'popular';
-- number of rows; user; regions from the nearest to '' (all users)
-- Returns lines: generation; 'u' for the user's own list, or 'p' and the region of the list; the
-- user's purchases as JSON; the rows: recommendation as JSON and SKU, separated by a tab.
-- 'rows' returns the first rows of items that are available, of the user's list or else of the
-- nearest region that has one. 'cards' returns all rows of existing items, each with the item's
-- availability and its card. 'popular' does so for the lists of all these regions, one after
-- another; only this mode returns the purchases.
-- Returns false if no generation is live, the generation was lost, or cards or availabilities are
-- missing.
-- The lines are one string, because clients parse arrays much more slowly; SKUs contain neither
-- tabs nor line breaks.
local lists, items, mode, limit, user = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local generation = redis.call('GET', lists .. ':live')
if not generation then return false end
local key = lists .. ':' .. generation
local find, sub = string.find, string.sub
if redis.call('EXISTS', items .. ':live') == 0 then return false end
local has_deleted = redis.call('EXISTS', lists .. ':hidden') == 1
local has_unavailable = redis.call('EXISTS', items .. ':availability') == 1
local lines, size = {generation, 'u', ''}, 3

local function add(rows, skus)
  if #skus == 0 then return end
  local deleted = has_deleted and redis.call('SMISMEMBER', lists .. ':hidden', unpack(skus)) or {}
  local states = has_unavailable and redis.call('HMGET', items .. ':availability', unpack(skus))
    or {}
  local cards = mode ~= 'rows' and redis.call('HMGET', items .. ':cards', unpack(skus))
  for i, row in ipairs(rows) do
    if deleted[i] ~= 1 then
      if cards then
        if cards[i] then
          size = size + 1
          lines[size] = row .. '\t' .. (states[i] or '') .. '\t' .. cards[i]
        end
      elseif not states[i] then
        size = size + 1
        lines[size] = row
      end
    end
  end
end

local function add_list(list)
  local position, last = 1, #list
  while position <= last and size < limit + 3 do
    local rows, skus, n = {}, {}, 0
    while position <= last and size + n < limit + 3 do
      local tab = find(list, '\t', position, true)
      local stop = find(list, '\n', tab, true) or last + 1
      n = n + 1
      rows[n], skus[n] = sub(list, position, stop - 1), sub(list, tab + 1, stop - 1)
      position = stop + 1
    end
    add(rows, skus)
  end
end

if mode == 'popular' then
  lines[3] = redis.call('HGET', key, 'k:' .. user) or ''
else
  local own = redis.call('HGET', key, 'u:' .. user)
  if own then
    add_list(own)
    return table.concat(lines, '\n')
  end
end
local found = false
for i = 6, #ARGV do
  local popular = redis.call('HGET', key, 'p:' .. ARGV[i])
  if popular then
    found, lines[2] = true, 'p' .. ARGV[i]
    add_list(popular)
    if mode ~= 'popular' then break end
  end
end
if not found then return false end -- every generation has a list for the region '': it was lost
return table.concat(lines, '\n')
