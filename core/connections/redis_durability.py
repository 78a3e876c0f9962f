"""Tells whether a Redis server keeps what it has accepted: on disk, and if its memory is full."""

from redis import Redis

_NO_LOG = (
    "the Redis server of LOOKALIKE_REDIS_URL keeps no append-only file, so jobs and changes that "
    "were accepted are lost if it stops; set `appendonly yes` and `appendfsync always`, or correct "
    "the URL if it is that of the cache"
)
_EVICTS = (
    "the Redis server of LOOKALIKE_REDIS_URL deletes jobs if its memory is full "
    "(maxmemory-policy {policy}); set `maxmemory-policy noeviction`"
)


def find_durability_risks(redis: Redis) -> list[str]:
    """Return how the server for jobs may lose what it has accepted, each with what to do.

    Managed servers forbid CONFIG, but answer INFO.

    Raises:
        RedisError: the server does not respond, or refuses INFO.
    """
    persistence, memory = redis.info("persistence"), redis.info("memory")
    policy = memory.get("maxmemory_policy", "noeviction")
    risks = [] if persistence.get("aof_enabled", 1) else [_NO_LOG]
    if memory.get("maxmemory") and policy != "noeviction":
        risks.append(_EVICTS.format(policy=policy))
    return risks
