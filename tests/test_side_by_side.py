"""Two pieces of work at once."""

from threading import Barrier, Event, Timer, active_count

import pytest

from wrinkleseg.side_by_side import another_thread, both, each


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


def test_an_error_that_nobody_waits_for_is_raised_at_the_end() -> None:
    done = []
    with pytest.raises(ValueError, match="invalid literal"), another_thread() as begin:
        begin(lambda: int("no number"))
        begin(lambda: done.append("later"))
    assert done == ["later"]
    with pytest.raises(KeyError, match="own"), another_thread() as begin:
        begin(lambda: int("no number"))
        raise KeyError("own")


def test_items_are_worked_on_two_at_a_time_and_come_in_order() -> None:
    meeting = Barrier(2)
    assert each(lambda item: (meeting.wait(10), item * item)[1], range(6)) == [0, 1, 4, 9, 16, 25]
    assert each(len, ["one"]) == [3] and each(len, []) == []


def test_after_an_error_what_waits_is_not_begun() -> None:
    begun, threads, time_enough = [], active_count(), Event()
    later = Timer(1, time_enough.set)

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            later.start()
            raise ValueError("item 0")
        time_enough.wait(10)

    with pytest.raises(ValueError, match="item 0"):
        each(work, range(1000))
    later.join()
    assert len(begun) <= 3, "the second was under way, and a third may have been begun before the error was seen"
    assert active_count() == threads
