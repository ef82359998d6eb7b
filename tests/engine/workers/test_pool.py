"""The workers that wait for the next run."""

import pytest
from convparity.workers.limits import Limits
from convparity.workers.pool import Place, Pool


class Waiting:
    """A worker that could be kept."""

    idle = alive = True
    ended = False

    def kill(self):
        self.ended = True


@pytest.mark.parametrize(("most", "ended"), [(None, [False] * 3), (2, [True, False, False]), (1, [True, True, False])])
def test_those_that_have_waited_longest_are_ended_where_only_some_are_kept(tmp_path, most, ended):
    pool, workers = Pool(tmp_path, keep=True, most=most), [Waiting() for _ in range(3)]
    for number, worker in enumerate(workers):
        pool.lent[worker] = Place("torch", f"/{number}/python", Limits(), False), ()
        pool.give(worker)
    assert [worker.ended for worker in workers] == ended
    pool.close()
    assert all(worker.ended for worker in workers)
