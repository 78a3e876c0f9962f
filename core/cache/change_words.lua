-- ARGV: prefix of items with the collection; JSON: the SKUs that get a word, by word, and those
-- that lose one
-- In a pipeline, a command for each word would cost the worker five times as much.
local items, changes = ARGV[1], cjson.decode(ARGV[2])
for word, skus in pairs(changes[1]) do
  redis.call('SADD', items .. ':words', word)
  redis.call('SADD', items .. ':word:' .. word, unpack(skus))
end
for word, skus in pairs(changes[2]) do
  redis.call('SREM', items .. ':word:' .. word, unpack(skus))
end
