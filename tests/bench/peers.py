"""Other servers of the same booster, each in an environment of its own (G2): what to start and ask.

Versions are those of peers-NAME.txt beside this file. They do nothing but predict: no key, limits,
validation of an entry, screening, history, reasons or record.
"""

import json
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx

from tests.bench.bench_score import Target
from tests.servers import _free_port

HERE = Path(__file__).parent
NAMES = ("mlserver", "bentoml", "mlflow")
READY_S = 180.0
BENTO = """
import bentoml, lightgbm, numpy

@bentoml.service(workers=1)
class Booster:
    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file="model.txt")

    @bentoml.api
    def predict(self, rows: numpy.ndarray) -> numpy.ndarray:
        return self.booster.predict(rows)
"""
MLFLOW = """
import lightgbm, mlflow
mlflow.lightgbm.save_model(lightgbm.Booster(model_file="model.txt"), "saved", pip_requirements=[])
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer is written down, started and asked."""

    prepare: Callable[[Path, Path, int], None]
    command: Callable[[Path, int], Sequence[str]]
    path: str
    ready: str
    body: Callable[[Sequence[float]], object]


def environment(name: str, folder: Path) -> Path:
    """Return the folder of the programs of a peer's environment, made where it is not there.

    Raises CalledProcessError where its packages cannot be installed.
    """
    place = folder / name
    programs = place / "bin"
    if not (place / ".made").exists():
        venv.create(place, with_pip=True)
        install = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "-r", str(HERE / f"peers-{name}.txt")], check=True)
        (place / ".made").touch()
    return programs


def _for_mlserver(folder: Path, _programs: Path, port: int) -> None:
    settings = {"http_port": port, "grpc_port": _free_port(), "metrics_port": _free_port()}
    settings |= {"parallel_workers": 0, "debug": False}
    model = {"name": "booster", "implementation": "mlserver_lightgbm.LightGBMModel"}
    model["parameters"] = {"uri": "./model.txt"}  # type: ignore[assignment]
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))


def _for_bentoml(folder: Path, _programs: Path, _port: int) -> None:
    (folder / "service.py").write_text(BENTO)


def _for_mlflow(folder: Path, programs: Path, _port: int) -> None:
    subprocess.run([str(programs / "python"), "-c", MLFLOW], cwd=folder, check=True)


def _inference(row: Sequence[float]) -> object:
    tensor = {"name": "rows", "shape": [1, len(row)], "datatype": "FP64", "data": list(row)}
    return {"inputs": [tensor]}


PEERS: Mapping[str, Peer] = {
    "mlserver": Peer(
        _for_mlserver,
        lambda programs, _port: [str(programs / "mlserver"), "start", "."],
        "/v2/models/booster/infer",
        "/v2/health/ready",
        _inference,
    ),
    "bentoml": Peer(
        _for_bentoml,
        lambda programs, port: [
            *(str(programs / "bentoml"), "serve", "service:Booster", "--port", str(port))
        ],
        "/predict",
        "/readyz",
        lambda row: {"rows": [list(row)]},
    ),
    "mlflow": Peer(
        _for_mlflow,
        lambda programs, port: [
            *(str(programs / "mlflow"), "models", "serve", "-m", "saved", "--port", str(port)),
            *("--env-manager", "local", "--workers", "1"),
        ],
        "/invocations",
        "/ping",
        lambda row: {"inputs": [list(row)]},
    ),
}


@contextmanager
def serving(name: str, programs: Path, model: Path, folder: Path) -> Iterator[Target]:
    """Serve the booster `model` by the peer; raise SystemExit where it never gets ready."""
    peer, port = PEERS[name], _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.txt").write_bytes(model.read_bytes())
    peer.prepare(folder, programs, port)
    own = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            peer.command(programs, port),
            cwd=folder, env=own, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}{peer.ready}", process, folder / "log")
        yield Target(name, process.pid, port, path=peer.path)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def bodies(name: str, columns: int, count: int, seed: int) -> list[bytes]:
    """Return `count` bodies for a peer, each with another row."""
    random = Random(seed)  # noqa: S311 - made-up rows, no secret
    rows = ([random.random() for _ in range(columns)] for _ in range(count))
    return [json.dumps(PEERS[name].body(row)).encode() for row in rows]


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"not ready: {log.read_text(errors='replace')[-2000:]}")


def main(folder: Path) -> None:
    """Make the environments."""
    for name in NAMES:
        sys.stdout.write(f"{name}: {environment(name, folder)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
