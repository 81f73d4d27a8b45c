"""Extension build: the only thing pyproject.toml cannot say.

Environment
-----------
MIP_NO_OPENMP : build serial kernels.
MIP_REQUIRE_OPENMP : fail, rather than build serial kernels, where OpenMP is not usable.
MIP_CYTHON_DEBUG : check bounds, wrap-around and initialisation in the bindings.
MIP_ANNOTATE : write Cython's annotated HTML beside each binding.
MIP_SANITIZE : ``address,undefined``, say: passed to the compiler as ``-fsanitize=``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError, LinkError
from setuptools.modified import newer_group

KERNELS = Path("src/mip/kernels")
SHARED = "mip.kernels._shared"  # written by Cython as a whole
HEADERS = sorted(str(path) for path in (KERNELS / "c").glob("*.h"))

# Contraction off: a fused multiply-add would give other bits on another CPU. Trapping math off:
# gcc 12 leaves every clamp scalar with it, and nothing here reads floating-point exceptions.
GNU_FLAGS = [
    "-g0",  # Python's own flags ask for symbols, which make a wheel four times as large
    "-std=gnu11",
    "-ffp-contract=off",
    "-fno-trapping-math",
    "-fno-math-errno",
    "-fvisibility=hidden",
    "-Wno-psabi",
]
MSVC_FLAGS = ["/fp:precise", "/std:c11"]  # not tried: no Windows machine has built this


class Effort(NamedTuple):
    """How hard the compiler tries.

    A binding hands rows and tiles of pixels to the C files and runs no loop over pixels, but is the
    most of the C by far: at ``-O3`` it would take more than half of the time of a build.
    """

    binding: str
    c: str


GNU_EFFORT = Effort("-O1", "-O3")
MSVC_EFFORT = Effort("/O1", "/O2")
WATCHED_EFFORT = Effort("-O0", "-O0")  # under a sanitizer, which takes minutes beyond it

OPENMP_PROGRAM = """
#include <omp.h>
int main(void)
{
    int threads = 0;
    #pragma omp parallel reduction(+ : threads)
    threads += 1;
    return threads < 1 || omp_get_max_threads() < 1;
}
"""


class OpenMP(NamedTuple):
    """What the compiler and the linker need for OpenMP."""

    compile: list[str]
    link: list[str]


def is_set(name: str) -> bool:
    """Tell whether a switch in the environment is on."""
    return os.environ.get(name, "") not in {"", "0"}


def sanitizer_flags() -> list[str]:
    """Return what asks gcc or clang for the sanitizers of ``MIP_SANITIZE``."""
    if not is_set("MIP_SANITIZE"):
        return []
    return [f"-fsanitize={os.environ['MIP_SANITIZE']}", "-fno-sanitize-recover=all"]


def openmp_candidates(compiler_type: str) -> list[OpenMP]:
    """Return the ways to ask for OpenMP, the likeliest first."""
    if compiler_type == "msvc":
        return [OpenMP(["/openmp"], [])]
    plain = OpenMP(["-fopenmp"], ["-fopenmp"])
    if sys.platform != "darwin":
        return [plain]
    # Apple's clang has the pragmas and no runtime; Homebrew's libomp is in one of two places.
    prefixes = [
        p for p in ("/opt/homebrew/opt/libomp", "/usr/local/opt/libomp") if Path(p).is_dir()
    ]
    apple = [
        OpenMP(["-Xpreprocessor", "-fopenmp", f"-I{p}/include"], [f"-L{p}/lib", "-lomp"])
        for p in prefixes
    ]
    return [*apple, plain]


class BuildKernels(build_ext):
    """Build the extensions with OpenMP where it compiles and links, and serial elsewhere."""

    def finalize_options(self) -> None:
        """Compile with as many jobs as there are CPUs."""
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self) -> None:
        """Translate the bindings, and give every extension the flags of this compiler."""
        translated = {extension.name: extension for extension in translate(self.extensions)}
        openmp = self.probe_openmp()
        sanitize = sanitizer_flags()
        for extension in self.extensions:
            extension.sources = translated[extension.name].sources
            flags = MSVC_FLAGS if self.is_msvc else GNU_FLAGS
            debug = ["-g", "-fno-omit-frame-pointer"] if sanitize else []
            extension.extra_compile_args = [*flags, *openmp.compile, *sanitize, *debug]
            extension.extra_link_args = [*openmp.link, *sanitize]
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        """Compile the C files of an extension by themselves, as hard as the compiler can."""
        binding, *c_sources = ext.sources
        effort = self.effort()
        ext.depends = [*ext.depends, *c_sources]
        if self.force or newer_group([binding, *ext.depends], self.get_ext_fullpath(ext.name)):
            ext.extra_objects = self.compiler.compile(
                c_sources,
                output_dir=self.build_temp,
                include_dirs=ext.include_dirs,
                extra_postargs=[*ext.extra_compile_args, effort.c],
            )
        ext.sources = [binding]
        ext.extra_compile_args = [*ext.extra_compile_args, effort.binding]
        super().build_extension(ext)

    def effort(self) -> Effort:
        """Return how hard this compiler should try."""
        if self.is_msvc:
            return MSVC_EFFORT
        return WATCHED_EFFORT if sanitizer_flags() else GNU_EFFORT

    @property
    def is_msvc(self) -> bool:
        """Whether the compiler is Microsoft's."""
        return bool(self.compiler.compiler_type == "msvc")

    def probe_openmp(self) -> OpenMP:
        """Return the flags that build an OpenMP program here; none, with a notice, if none do."""
        if not is_set("MIP_NO_OPENMP"):
            for candidate in openmp_candidates(self.compiler.compiler_type):
                if self.links(OPENMP_PROGRAM, candidate):
                    return candidate
            if is_set("MIP_REQUIRE_OPENMP"):
                raise SystemExit("mip: MIP_REQUIRE_OPENMP is set and no OpenMP program links here")
        sys.stderr.write("mip: kernels are built without OpenMP and will run on one thread\n")
        return OpenMP([], [])

    def links(self, program: str, flags: OpenMP) -> bool:
        """Tell whether ``program`` compiles and links with ``flags``."""
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "probe.c")
            source.write_text(program)
            try:
                objects = self.compiler.compile(
                    [str(source)], output_dir=folder, extra_postargs=flags.compile
                )
                self.compiler.link_executable(
                    objects, "probe", output_dir=folder, extra_postargs=flags.link
                )
            except (CompileError, LinkError):
                return False
            return True


def extension(name: str, *c_sources: str) -> Extension:
    """Return the extension of one binding and the C files that it binds."""
    return Extension(
        f"mip.kernels.{name}",
        [str(KERNELS / f"{name}.pyx"), *(str(KERNELS / "c" / source) for source in c_sources)],
        include_dirs=[str(KERNELS / "c")],
        depends=HEADERS,
    )


def translate(extensions: list[Extension]) -> list[Extension]:
    """Let Cython write the C of the bindings: in a process per CPU, and only when it is compiled.

    What Cython needs for every array that a binding takes is in ``_shared`` once: it is as long as
    a binding.
    """
    is_debug = is_set("MIP_CYTHON_DEBUG")
    made: list[Extension] = cythonize(
        extensions,
        nthreads=os.cpu_count(),
        compiler_directives={
            "language_level": 3,
            "boundscheck": is_debug,
            "wraparound": False,
            "initializedcheck": is_debug,
            "cdivision": not is_debug,
            "embedsignature": True,
            "freethreading_compatible": True,
        },
        annotate=is_set("MIP_ANNOTATE"),
        shared_utility_qualified_name=SHARED,
        # By directives, which Cython leaves out when it decides what is up to date.
        build_dir=f"build/cython-{'checked' if is_debug else 'plain'}",
    )
    return made


# Translation starts processes, which may import this file.
if __name__ == "__main__":
    setup(
        ext_modules=[
            extension("_median", "median.c"),  # by name, but the longest first: two at a time
            extension("_morphology", "box_planes.c", "morphology.c"),
            extension("_bilateral", "bilateral.c"),
            extension("_canny", "canny.c"),
            extension("_clahe", "clahe.c"),
            extension("_color", "color.c"),
            extension("_cpu", "isa.c"),
            extension("_derivatives", "gradient.c", "stencil.c"),
            extension("_diffusion", "diffusion.c"),
            extension("_distance", "distance.c"),
            extension("_gaussian", "gaussian.c"),
            extension("_geometry", "affine.c", "resample.c"),
            extension("_histogram", "histogram.c"),
            extension("_intensity", "intensity.c"),
            extension("_label", "label.c"),
            extension("_nl_means", "nl_means.c"),
            extension("_projection", "project.c"),
            extension("_scan", "scan.c"),
            extension("_stats", "stats.c"),
            extension("_vessels", "vessels.c"),
            Extension(SHARED, [f"{SHARED}.c"]),
        ],
        cmdclass={"build_ext": BuildKernels},
    )
