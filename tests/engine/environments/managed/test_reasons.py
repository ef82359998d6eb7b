"""Why an installation failed, from the output of pip and uv. The outputs are theirs: pip 26 and uv 0.13."""

import pytest
from convparity.environments.managed.reasons import reason

CONFLICT = """\
Collecting flax==0.12.8
ERROR: Cannot install flax==0.12.8 and jax==0.9.2 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested jax==0.9.2
    flax 0.12.8 depends on jax>=0.10.0

To fix this you could try to:
1. loosen the range of package versions you've specified

ERROR: ResolutionImpossible: for help visit https://pip.example/
"""
MISSING = """\
ERROR: Could not find a version that satisfies the requirement jax==9 (from versions: 0.4.30, 0.10.2)
ERROR: No matching distribution found for jax==9
"""
FULL = """\
Installing collected packages: torch
ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device
"""
OFFLINE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: [Errno 111] Connection refused'
ERROR: Could not find a version that satisfies the requirement onnx>=1.17 (from versions: none)
ERROR: No matching distribution found for onnx>=1.17
"""
UV = """\
error: No solution found when resolving dependencies
  cause: Because flax==0.12.8 depends on jax>=0.10.0 and you require
      flax==0.12.8, we can conclude that you require jax>=0.10.0.
"""
NOWHERE = """\
ERROR: Could not find a version that satisfies the requirement numpi (from versions: none)
ERROR: No matching distribution found for numpi
"""
OLDER_UV = """\
  \u00d7 No solution found when resolving dependencies:
  \u2570\u2500\u25b6 Because flax==0.12.8 depends on jax>=0.10.0 and you require
      flax==0.12.8, we can conclude that you require jax>=0.10.0.
      And because you require jax==0.9.2, we can conclude that your
      requirements are unsatisfiable.
"""


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            CONFLICT,
            "Cannot install flax==0.12.8 and jax==0.9.2 because these package versions have conflicting dependencies: "
            "The user requested jax==0.9.2; flax 0.12.8 depends on jax>=0.10.0",
        ),
        (
            MISSING,
            "Could not find a version that satisfies the requirement jax==9 (from versions: 0.4.30, 0.10.2): "
            "No matching distribution found for jax==9",
        ),
        (FULL, "Could not install packages due to an OSError: [Errno 28] No space left on device"),
        (
            OFFLINE,
            "the package index cannot be reached: Retrying (Retry(total=0)) after connection broken by "
            "'NewConnectionError: [Errno 111] Connection refused'",
        ),
        (
            UV,
            "No solution found when resolving dependencies: Because flax==0.12.8 depends on jax>=0.10.0 and you "
            "require flax==0.12.8, we can conclude that you require jax>=0.10.0.",
        ),
        (
            NOWHERE,
            "Could not find a version that satisfies the requirement numpi (from versions: none): "
            "the package index does not have it, or cannot be reached",
        ),
        (
            OLDER_UV,
            "No solution found when resolving dependencies: Because flax==0.12.8 depends on jax>=0.10.0 and you "
            "require flax==0.12.8, we can conclude that you require jax>=0.10.0. And because you require jax==0.9.2, "
            "we can conclude that your requirements are unsatisfiable.",
        ),
        ("RuntimeError: failed to find interpreter\n\n", "RuntimeError: failed to find interpreter"),
        ("", ""),
    ],
)
def test_the_reason_is_one_line(output, told):
    assert reason(output.splitlines()) == told
