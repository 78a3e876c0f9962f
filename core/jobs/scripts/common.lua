-- Shared by all scripts. ARGV[1] is the key prefix, ARGV[2] the job id.
local prefix, id = ARGV[1], ARGV[2]
local job = prefix .. 'job:' .. id
local waiting, leased = job .. ':waiting', job .. ':leased'
local tokens, attempts = job .. ':tokens', job .. ':attempts'
local failures, progress = job .. ':failures', job .. ':progress'
local open = prefix .. 'open'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local sequence_key = prefix .. 'sequence'

local function server_id() return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') end

-- The number of a request, larger than all before; nil if none is reserved in the store, which is so
-- after each start of Redis.
local function next_sequence()
  local row = redis.call('HMGET', sequence_key, 'last', 'end', 'server')
  if row[3] ~= server_id() then return nil end
  local number = math.max(tonumber(row[1]) + 1, time[1] * 1000000 + time[2])
  if number >= tonumber(row[2]) then return nil end
  local text = string.format('%.0f', number)
  redis.call('HSET', sequence_key, 'last', text)
  return text
end

local function field(name) return redis.call('HGET', job, name) end
local function number(name) return tonumber(field(name) or '0') end
local function touch() redis.call('ZADD', open, now, id) end
local function is_open() return redis.call('ZSCORE', open, id) ~= false end

local function open_index(collection, kind) return open .. ':' .. collection .. ':' .. kind end
local function indexes(collection) return {prefix .. 'jobs', prefix .. 'jobs:' .. collection} end
local function extend_ttl(key, retention_s)
  if redis.call('TTL', key) < tonumber(retention_s) then redis.call('EXPIRE', key, retention_s) end
end

-- Returns a job of this kind that has not started and will therefore see all changes made so far.
local function find_queued(kind, collection)
  for _, other in ipairs(redis.call('ZRANGE', open_index(collection, kind), 0, -1)) do
    local row = redis.call('HMGET', prefix .. 'job:' .. other, 'state', 'cancel')
    if row[1] == 'queued' and row[2] ~= '1' then return other end
  end
end

local function create_job(kind, collection, args, retention_s, sequence)
  redis.call('HSET', job, 'kind', kind, 'collection', collection, 'args', args,
             'state', 'queued', 'created_at', now, 'sequence', sequence)
  redis.call('ZADD', waiting, 0, '0')
  for _, index in ipairs(indexes(collection)) do
    -- each new job removes up to ten expired ones, or the indexes would grow without limit
    for _, old in ipairs(redis.call('ZRANGE', index, 0, 9)) do
      if redis.call('EXISTS', prefix .. 'job:' .. old) == 0 then redis.call('ZREM', index, old) end
    end
    redis.call('ZADD', index, now, id)
    extend_ttl(index, retention_s)
  end
  redis.call('ZADD', open_index(collection, kind), now, id)
  touch()
end

local function finish(state, retention_s)
  if field('kind') == 'sync-items' then retention_s = math.min(retention_s, 3600) end -- many
  redis.call('HSET', job, 'state', state, 'finished_at', now)
  redis.call('ZREM', open, id)
  redis.call('ZREM', open_index(field('collection'), field('kind')), id)
  redis.call('HINCRBY', prefix .. 'ended', field('kind') .. ' ' .. state, 1)
  redis.call('DEL', waiting, leased, tokens, attempts, progress, job .. ':item-attempts')
  redis.call('EXPIRE', job, retention_s)
  redis.call('EXPIRE', failures, retention_s)
  for _, token in ipairs(redis.call('ZRANGE', failures, 0, -1)) do
    redis.call('EXPIRE', failures .. ':' .. token, retention_s)
  end
  for _, index in ipairs(indexes(field('collection'))) do extend_ttl(index, retention_s) end
end

local function drop_lease(step)
  redis.call('ZREM', leased, step)
  redis.call('HDEL', tokens, step)
  redis.call('HDEL', job, 'stage', 'stages_done', 'stages_total')
end

-- A job whose first step is not done counts as queued: it does not hold up other jobs.
local function requeue(step)
  drop_lease(step)
  redis.call('ZADD', waiting, tonumber(step), step)
  if tonumber(step) == 0 then
    redis.call('HSET', job, 'state', 'queued')
    redis.call('HDEL', job, 'started_at')
  end
end

-- Takes steps away from workers that have not renewed their lease. A lease that ends later than any
-- new lease would is from before the clock of Redis was set back.
local function requeue_expired()
  local latest = now + tonumber(field('lease_ms') or '0')
  for _, step in ipairs(redis.call('ZRANGEBYSCORE', leased, '-inf', now)) do requeue(step) end
  for _, step in ipairs(redis.call('ZRANGEBYSCORE', leased, '(' .. latest, '+inf')) do
    requeue(step)
  end
end

-- Appends the list of failures that a worker has written to those of the job. It is not read here,
-- because a script must not handle many long strings.
local function list_failures(token)
  local list = failures .. ':' .. token
  local length = redis.call('LLEN', list)
  if length == 0 then return end
  redis.call('PERSIST', list)
  redis.call('ZADD', failures, number('listed'), token)
  redis.call('HINCRBY', job, 'listed', length)
end

local function finish_if_cancelled(retention_s)
  if field('cancel') == '1' and redis.call('ZCARD', leased) == 0 then
    finish('cancelled', retention_s)
    return true
  end
  return false
end
