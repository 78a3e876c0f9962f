-- ARGV: prefix with the collection, user, regions from the nearest to ''
-- Returns lines: generation, 'u' or 'p', skus that are gone with tabs between, the list;
-- or nothing is live. One string, since a client takes an array apart much more slowly; a sku has
-- neither tab nor line break.
local generation = redis.call('GET', ARGV[1] .. ':live')
if not generation then return false end
local key = ARGV[1] .. ':' .. generation
local function told(kind, list)
  local gone = table.concat(redis.call('SMEMBERS', ARGV[1] .. ':gone'), '\t')
  return table.concat({generation, kind, gone, list}, '\n')
end
local own = redis.call('HGET', key, 'u:' .. ARGV[2])
if own then return told('u', own) end
for place = 3, #ARGV do
  local popular = redis.call('HGET', key, 'p:' .. ARGV[place])
  if popular then return told('p', popular) end
end
return false -- the list of all is always there: the generation has been lost
