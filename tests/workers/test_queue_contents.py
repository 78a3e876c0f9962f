from celery import Celery
from redis import Redis

from tests.support.servers import redis_server
from workers.queue_contents import count_messages


def test_the_messages_of_each_job_on_a_queue_are_counted(tmp_path):
    with redis_server(tmp_path) as url, Celery(broker=url) as app:
        for job in ("a", "b", "a"):
            app.send_task("train", args=[job], queue="train")
        redis = Redis.from_url(url)
        redis.lpush("train", b"not a task")
        assert count_messages(redis.lrange("train", 0, -1)) == {"a": 2, "b": 1}
