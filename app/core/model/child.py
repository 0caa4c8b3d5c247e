"""Step 5 of the load order, from the parent's side: spawn the child, send the bytes, wait."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import orjson

from app.core.errors import BundleFailedCanary, BundleIncompatible
from app.core.model.canary import Limits, request
from app.core.model.files import MANIFEST
from app.core.model.verify import VerifiedBundle

# -P: nothing is imported from the working directory; -c: the module is imported, not run as main
_COMMAND = ("-P", "-c", "from app.core.model.canary import main; raise SystemExit(main())")
# The child gets no other variable: it needs none of the service's secrets.
_PASSED_ON = ("LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "TMPDIR")
# Where this package lies: a server started in an uninstalled checkout has it as "" on its path.
_OWN_PLACE = str(Path(__file__).resolve().parents[3])
_REFUSALS = {BundleIncompatible.code: BundleIncompatible}  # all else is a failed canary
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def run_canary(verified: VerifiedBundle, limits: Limits) -> float:
    """Return the largest canary difference a spawned child found (at most 1e-9).

    Raises BundleFailedCanary where the child refused the bundle, crashed, ran out of time or
    memory, or answered nothing that can be read; BundleIncompatible where it said so.
    """
    files = {MANIFEST: verified.manifest_bytes, **verified.files}
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and our own module
            [sys.executable, *_COMMAND],
            input=request(files, limits),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(os.environ),
            timeout=limits.wall_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"the child had not answered after {limits.wall_s:g} s"
        raise BundleFailedCanary(message) from error
    if done.returncode:
        raise BundleFailedCanary(f"the child ended with {done.returncode}")
    return read_answer(done.stdout)


def child_environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the child's variables: where libraries lie, one thread, the same import path."""
    passed = {name: own[name] for name in _PASSED_ON if name in own}
    places = dict.fromkeys([_OWN_PLACE, *filter(None, sys.path)])
    return {**passed, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(places)}


def read_answer(line: bytes) -> float:
    """Return the difference in the child's answer; raise BundleFailedCanary where it refused."""
    try:
        document = orjson.loads(line)
        if "refused" in document:
            raise _REFUSALS.get(document["code"], BundleFailedCanary)(document["refused"])
        return float(document["worst"])
    except (ValueError, KeyError, TypeError) as error:
        raise BundleFailedCanary("the child gave no answer that can be read") from error
