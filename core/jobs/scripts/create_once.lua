-- ARGV: prefix, id of a new job, kind, collection, args, retention s, delay ms, longest delay ms
-- Returns the id of the queued job, and 1 if it can start now but has no message yet;
-- nothing if no sequence number is reserved.
local kind, collection, args = ARGV[3], ARGV[4], ARGV[5]
local not_before, latest = now + ARGV[7], now + ARGV[8]
local queued = find_queued(kind, collection)
if not queued then
  local sequence = next_sequence()
  if not sequence then return false end
  create_job(kind, collection, args, ARGV[6], sequence)
  if not_before == now then return {id, 1} end
  redis.call('HSET', job, 'not_before', not_before, 'latest', latest)
  return {id, 0}
end
local other = prefix .. 'job:' .. queued
if args ~= '{}' then redis.call('HSET', other, 'args', args) end
local old = redis.call('HMGET', other, 'not_before', 'latest')
if not old[1] then return {queued, 0} end
if not_before == now then
  redis.call('HDEL', other, 'not_before', 'latest')
  return {queued, 1}
end
not_before = math.min(math.max(not_before, tonumber(old[1])), tonumber(old[2]))
redis.call('HSET', other, 'not_before', not_before)
return {queued, 0}
