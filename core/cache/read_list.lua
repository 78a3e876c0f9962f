-- ARGV: prefix with the collection, user, regions from the nearest to '' (all users)
-- Returns lines: generation, 'u' (user) or 'p' (popular), hidden SKUs separated by tabs, the list;
-- false if no generation is live. The lines are one string, because clients parse arrays much more
-- slowly; SKUs contain neither tabs nor line breaks.
local generation = redis.call('GET', ARGV[1] .. ':live')
if not generation then return false end
local key = ARGV[1] .. ':' .. generation
local function reply(kind, list)
  local hidden = table.concat(redis.call('SMEMBERS', ARGV[1] .. ':hidden'), '\t')
  return table.concat({generation, kind, hidden, list}, '\n')
end
local own = redis.call('HGET', key, 'u:' .. ARGV[2])
if own then return reply('u', own) end
for i = 3, #ARGV do
  local popular = redis.call('HGET', key, 'p:' .. ARGV[i])
  if popular then return reply('p', popular) end
end
return false -- every generation has a list for the region '': this generation was lost
