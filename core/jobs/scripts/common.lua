-- Shared by all scripts. ARGV[1] is the key prefix, ARGV[2] the job id.
local prefix, id = ARGV[1], ARGV[2]
local job = prefix .. 'job:' .. id
local waiting, leased = job .. ':waiting', job .. ':leased'
local tokens, attempts = job .. ':tokens', job .. ':attempts'
local failures, progress = job .. ':failures', job .. ':progress'
local open = prefix .. 'open'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function field(name) return redis.call('HGET', job, name) end
local function number(name) return tonumber(field(name) or '0') end
local function touch() redis.call('ZADD', open, now, id) end
local function is_open() return redis.call('ZSCORE', open, id) ~= false end

local function indexes(collection) return {prefix .. 'jobs', prefix .. 'jobs:' .. collection} end
local function extend_ttl(key, retention_s)
  if redis.call('TTL', key) < tonumber(retention_s) then redis.call('EXPIRE', key, retention_s) end
end

local function finish(state, retention_s)
  redis.call('HSET', job, 'state', state, 'finished_at', now)
  redis.call('ZREM', open, id)
  redis.call('HINCRBY', prefix .. 'ended', field('kind') .. ' ' .. state, 1)
  redis.call('DEL', waiting, leased, tokens, attempts, progress, job .. ':item-attempts')
  redis.call('EXPIRE', job, retention_s)
  redis.call('EXPIRE', failures, retention_s)
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

-- Takes steps away from workers that have not renewed their lease.
local function requeue_expired()
  for _, step in ipairs(redis.call('ZRANGEBYSCORE', leased, '-inf', now)) do requeue(step) end
end

local function finish_if_cancelled(retention_s)
  if field('cancel') == '1' and redis.call('ZCARD', leased) == 0 then
    finish('cancelled', retention_s)
    return true
  end
  return false
end
