"""The pool of buffers: memory comes back when nobody refers to it, and not before."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from mip.kernels import BufferPool, gradient_magnitude, threshold

MEBIBYTE = 2**20


def address(array):
    return array.ctypes.data


@pytest.fixture
def pool():
    return BufferPool(16 * MEBIBYTE)


def test_memory_of_an_array_that_ended_is_used_again(pool):
    first = pool.empty((100, 200), np.float32)
    at = address(first)
    del first
    assert pool.idle_bytes >= 80000
    again = pool.empty((200, 100), np.int32)
    assert address(again) == at
    assert again.shape == (200, 100)
    assert again.dtype == np.int32
    assert pool.idle_bytes == 0


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array[10:20, ::2],
        lambda array: array.reshape(-1).view(np.uint8),
        lambda array: array.T,
        memoryview,
        lambda array: np.frombuffer(array, np.uint8),
    ],
)
def test_memory_of_a_view_is_not_used_again(pool, view):
    first = pool.empty((100, 200), np.float32)
    at = address(first)
    kept = view(view_of := first)
    del first, view_of
    assert pool.idle_bytes == 0
    assert address(pool.empty((100, 200), np.float32)) != at
    del kept
    assert pool.idle_bytes > 0


def test_arrays_in_use_share_no_memory(pool):
    arrays = [pool.empty((50, 60), np.float32) for _ in range(8)]
    assert not any(
        np.shares_memory(one, other) for index, one in enumerate(arrays) for other in arrays[:index]
    )


def test_arrays_are_writable_and_contiguous(pool):
    array = pool.empty((3, 4, 5), np.uint16)
    array[...] = 7
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert array.sum() == 7 * 60


def test_kernels_take_them_as_out(pool):
    image = np.random.default_rng(1).integers(-1000, 1000, (4, 30, 40), np.int16)
    out = pool.empty(image.shape, np.float32)
    assert gradient_magnitude(image, out=out) is out
    np.testing.assert_array_equal(out, gradient_magnitude(image))
    marked = threshold(image, 0, out=pool.empty(image.shape, np.bool_))
    np.testing.assert_array_equal(marked, image > 0)


def test_no_more_is_kept_than_allowed_and_the_latest_first():
    pool = BufferPool(MEBIBYTE)
    small, large, huge = (pool.empty((size,), np.uint8) for size in (8192, MEBIBYTE, 2**22))
    del small
    assert pool.idle_bytes == 8192
    del large
    assert pool.idle_bytes == MEBIBYTE
    del huge
    assert pool.idle_bytes == 0


def test_a_block_does_not_serve_an_array_far_smaller(pool):
    large = pool.empty((MEBIBYTE,), np.uint8)
    at = address(large)
    del large
    assert address(pool.empty((1000,), np.uint8)) != at


def test_clearing_keeps_nothing_and_harms_no_one(pool):
    used, idle = (pool.empty((MEBIBYTE,), np.uint8) for _ in range(2))
    used[...] = 3
    del idle
    pool.clear()
    assert pool.idle_bytes == 0
    assert (used == 3).all()


def test_arrays_outlive_their_pool():
    array = BufferPool(MEBIBYTE).empty((1000,), np.int32)
    array[...] = 5
    assert array.sum() == 5000


def test_threads_never_hold_the_same_memory(pool):
    wrong = []

    def work(number):
        for _ in range(200):
            array = pool.empty((64, 64), np.int32)
            array[...] = number
            if not (array == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    at_most = 2 * len(threads) * 64 * 64 * 4  # each holds its last array while it takes the next
    assert 0 < pool.idle_bytes <= at_most


@pytest.mark.parametrize("shape", [(0,), (3, 0, 4)])
def test_empty_arrays_are_empty(pool, shape):
    assert pool.empty(shape, np.float32).shape == shape
    assert pool.idle_bytes == 0


def test_impossible_arrays_and_pools_are_refused(pool):
    with pytest.raises(ValueError, match="dtype must be one of numbers"):
        pool.empty((3,), object)
    with pytest.raises(ValueError, match="shape must be from 0"):
        pool.empty((3, -1), np.uint8)
    with pytest.raises(ValueError, match="max_bytes must be at least 0"):
        BufferPool(-1)
