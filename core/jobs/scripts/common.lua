-- Shared by all scripts: ARGV[1] is the key prefix, ARGV[2] the job id.
local prefix, id = ARGV[1], ARGV[2]
local job = prefix .. 'job:' .. id
local waiting, leased = job .. ':waiting', job .. ':leased'
local tokens, tries = job .. ':tokens', job .. ':tries'
local failures, marks = job .. ':failures', job .. ':marks'
local open = prefix .. 'open'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function field(name) return redis.call('HGET', job, name) end
local function number(name) return tonumber(field(name) or '0') end
local function alive() redis.call('ZADD', open, now, id) end
local function is_open() return redis.call('ZSCORE', open, id) ~= false end

local function lists(collection) return {prefix .. 'jobs', prefix .. 'jobs:' .. collection} end
local function keep(key, kept_s)
  if redis.call('TTL', key) < tonumber(kept_s) then redis.call('EXPIRE', key, kept_s) end
end

local function finish(state, kept_s)
  redis.call('HSET', job, 'state', state, 'finished_at', now)
  redis.call('ZREM', open, id)
  redis.call('HINCRBY', prefix .. 'ended', field('kind') .. ' ' .. state, 1)
  redis.call('DEL', waiting, leased, tokens, tries, marks, job .. ':attempts')
  redis.call('EXPIRE', job, kept_s)
  redis.call('EXPIRE', failures, kept_s)
  for _, list in ipairs(lists(field('collection'))) do keep(list, kept_s) end
end

local function drop(step)
  redis.call('ZREM', leased, step)
  redis.call('HDEL', tokens, step)
end

-- A job whose first step is not done has not begun: it keeps no other waiting.
local function wait_again(step)
  drop(step)
  redis.call('ZADD', waiting, tonumber(step), step)
  if tonumber(step) == 0 then
    redis.call('HSET', job, 'state', 'queued')
    redis.call('HDEL', job, 'started_at')
  end
end

-- A worker that has been silent too long has lost its step.
local function take_back()
  for _, step in ipairs(redis.call('ZRANGEBYSCORE', leased, '-inf', now)) do wait_again(step) end
end

local function cancelled_now(kept_s)
  if field('cancel') == '1' and redis.call('ZCARD', leased) == 0 then
    finish('cancelled', kept_s)
    return true
  end
  return false
end
