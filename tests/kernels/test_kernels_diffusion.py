"""Anisotropic diffusion against the same steps in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mip.kernels import anisotropic_diffusion
from tests.kernels.agreement import assert_within, greatest, nan_for_infinity
from tests.kernels.strategies import images, wild_images

TOLERANCE = 1e-6  # of the greatest magnitude, for each step


@np.errstate(invalid="ignore")
def by_numpy(image, *, iterations, kappa, spacing=None, conductance="exponential"):
    values = image.astype(np.float64)
    spacing = np.broadcast_to(1.0 if spacing is None else spacing, values.ndim)
    step = 1 / (2 * np.sum(1 / spacing**2))
    for _ in range(iterations):
        change = np.zeros_like(values)
        for axis, distance in enumerate(spacing):
            gradient = np.diff(values, axis=axis) / distance
            edge = (gradient / kappa) ** 2
            flux = gradient / distance
            flux = flux * np.exp(-edge) if conductance == "exponential" else flux / (1 + edge)
            before, after = [slice(None)] * values.ndim, [slice(None)] * values.ndim
            before[axis], after[axis] = slice(None, -1), slice(1, None)
            change[tuple(before)] += flux
            change[tuple(after)] -= flux
        values = values + step * change
    return values


@settings(max_examples=60, deadline=None)
@given(
    image=images() | wild_images(),
    iterations=st.integers(0, 4),
    kappa=st.sampled_from([0.5, 30.0, 4000.0]),
    conductance=st.sampled_from(["exponential", "quadratic"]),
    is_spaced=st.booleans(),
)
def test_equals_the_same_steps_in_double(
    everywhere, image, iterations, kappa, conductance, is_spaced
):
    settings = {
        "iterations": iterations,
        "kappa": kappa,
        "conductance": conductance,
        "spacing": (2.5, 0.7, 0.8)[: image.ndim] if is_spaced else None,
    }
    got = everywhere(anisotropic_diffusion, image, **settings)
    want = by_numpy(image, **settings)
    assert got.dtype == np.float32
    tolerance = TOLERANCE * max(1, iterations) * greatest(image)
    assert_within(nan_for_infinity(got), nan_for_infinity(want), tolerance)


@pytest.mark.parametrize("shape", [(200, 33), (70, 40, 19)])
def test_tiles_and_chunks_leave_no_seam(everywhere, shape):
    image = np.random.default_rng(6).normal(0, 50, shape).astype(np.float32)
    got = everywhere(anisotropic_diffusion, image, iterations=3, kappa=40.0)
    want = by_numpy(image, iterations=3, kappa=40.0)
    assert np.abs(got - want).max() <= 3 * TOLERANCE * np.abs(image).max()


def test_an_edge_above_kappa_stays_and_noise_goes():
    image = np.random.default_rng(2).normal(0, 3, (40, 60)).astype(np.float32)
    image[:, 30:] += 500
    got = anisotropic_diffusion(image, iterations=60, kappa=20.0)
    assert got[:, :30].std() < 0.6
    assert got[:, 30:].mean() - got[:, :30].mean() == pytest.approx(500, abs=1)


def test_what_flows_out_of_a_pixel_flows_into_its_neighbours():
    image = np.random.default_rng(3).integers(-1000, 1000, (9, 20, 31), np.int16)
    got = anisotropic_diffusion(image, iterations=5, kappa=700.0)
    assert got.mean(dtype=np.float64) == pytest.approx(image.mean(), abs=1e-3)


def test_nan_spreads_by_a_pixel_in_each_step(everywhere):
    image = np.zeros((11, 11), np.float32)
    image[5, 5] = np.nan
    got = everywhere(anisotropic_diffusion, image, iterations=2, kappa=1.0)
    rows, columns = np.indices(image.shape)
    np.testing.assert_array_equal(np.isnan(got), abs(rows - 5) + abs(columns - 5) <= 2)


@pytest.mark.parametrize("kappa", [1e-30, 1e30])
def test_extreme_kappas_stop_everything_or_nothing(everywhere, kappa):
    image = np.array([[0, 8, 0], [8, 8, 8]], np.uint8)
    got = everywhere(anisotropic_diffusion, image, iterations=1, kappa=kappa)
    np.testing.assert_allclose(got, by_numpy(image, iterations=1, kappa=kappa), atol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"iterations": -1}, "iterations must be from 0"),
        ({"kappa": 0}, "kappa must be above 0"),
        ({"kappa": np.nan}, "kappa must be above 0"),
        ({"spacing": 0}, "spacing must be from 1e-09"),
        ({"conductance": "linear"}, "conductance must be one of exponential, quadratic"),
    ],
)
def test_impossible_diffusion_is_refused(wrong, problem):
    arguments = {"iterations": 1, "kappa": 1.0} | wrong
    with pytest.raises(ValueError, match=problem):
        anisotropic_diffusion(np.zeros((4, 4), np.int16), **arguments)


def test_iterations_that_are_no_integer_are_refused():
    image = np.zeros((4, 4), np.int16)
    with pytest.raises(TypeError, match="iterations must be an int"):
        anisotropic_diffusion(image, iterations=1.5, kappa=1.0)  # type: ignore[arg-type]
