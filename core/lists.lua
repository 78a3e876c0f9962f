-- ARGV: prefix with the collection, user, regions from the nearest to ''
-- Returns {generation, 'u' or 'p', list as JSON, skus that are gone}, or nothing is live.
local generation = redis.call('GET', ARGV[1] .. ':live')
if not generation then return false end
local key = ARGV[1] .. ':' .. generation
local gone = redis.call('SMEMBERS', ARGV[1] .. ':gone')
local own = redis.call('HGET', key, 'u:' .. ARGV[2])
if own then return {generation, 'u', own, gone} end
for place = 3, #ARGV do
  local popular = redis.call('HGET', key, 'p:' .. ARGV[place])
  if popular then return {generation, 'p', popular, gone} end
end
return false -- the list of all is always there: the generation has been lost
