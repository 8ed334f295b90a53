"""Two pieces of work at once."""

from threading import Barrier, active_count

import pytest

from wrinkleseg.side_by_side import both


def test_the_two_run_at_the_same_time() -> None:
    meeting = Barrier(2)
    first, second = both(lambda: ("first", meeting.wait(10)), lambda: ("second", meeting.wait(10)))
    assert (first[0], second[0]) == ("first", "second")
    assert {first[1], second[1]} == {0, 1}


@pytest.mark.parametrize("bad", [0, 1])
def test_an_error_of_either_is_raised_when_both_have_ended(bad: int) -> None:
    done = []

    def work(number: int) -> None:
        done.append(number)
        if number == bad:
            raise ValueError(f"number {number}")

    threads = active_count()
    with pytest.raises(ValueError, match=f"number {bad}"):
        both(lambda: work(0), lambda: work(1))
    assert sorted(done) == [0, 1] and active_count() == threads
