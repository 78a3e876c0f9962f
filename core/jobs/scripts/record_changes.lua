-- ARGV: prefix, id of a new job, its kind, collection, retention s, SKUs
-- Returns the id of the queued job, the sequence of the changes, and 1 if the job is new; nothing if no
-- sequence number is reserved.
local kind, collection = ARGV[3], ARGV[4]
local sequence = next_sequence()
if not sequence then return false end
local changes = prefix .. 'changes:' .. collection
for i = 6, #ARGV do redis.call('ZADD', changes, sequence, ARGV[i]) end
redis.call('SADD', prefix .. 'changed', collection)
local queued = find_queued(kind, collection)
if queued then return {queued, sequence, 0} end
create_job(kind, collection, '{}', ARGV[5], sequence)
return {id, sequence, 1}
