"""A cluster run by Dask: any number of machines, on which gridgov is installed in the same version."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NoReturn
from uuid import uuid4

from sim.study.executors.base import Failed, I, T, attempt, given_up, portable
from sim.study.version import PACKAGE, code_digest

if TYPE_CHECKING:
    from distributed import Client, Future

MODULE = "sim"
PATIENCE = 60.0  # s without a scheduler or any worker until the cluster is given up
LOOK_ROUND = 2.0  # s between looks at whether workers are left
AHEAD = 2  # items handed out for each thread of the cluster

#: what is said of an item on which workers died, or on another at the same time
BLAMED = given_up("its workers died", 2)


class ClusterError(RuntimeError):
    """A cluster that cannot be used, or not any longer; what was done before is not lost."""


@dataclass(frozen=True)
class Cluster:
    """The workers of the Dask scheduler at ``address``, such as ``tcp://10.0.0.1:8786``.

    ``modules`` are sent to them first. What a dead worker was at is done by another. An item on which workers die is tried
    again by itself, since Dask blames all items of a dead worker, and given up if they still do. Raises ClusterError if
    nobody answers, if gridgov is missing or another version there, and if no worker is left for a minute.
    """

    address: str

    def __call__(
        self, task: Callable[[I], T], items: Sequence[I], *, modules: Sequence[Path] = ()
    ) -> Generator[tuple[int, T | Failed], None, None]:
        with _connected(self.address) as client:
            _send(client, modules)
            suspects = []
            for index, answer in _Handout(client, self.address, task, items).answers(range(len(items))):
                if answer is BLAMED:
                    suspects.append(index)
                else:
                    yield index, answer
            for suspect in suspects:
                yield from _Handout(client, self.address, task, items).answers([suspect])


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client of the scheduler, on which all is as it should be."""
    if not find_spec("distributed"):
        raise ClusterError(f"a cluster needs the package distributed: pip install '{PACKAGE}[dask]'")
    from distributed import Client  # noqa: PLC0415  # takes a second to load

    try:
        client = Client(address, timeout=PATIENCE / 4, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"{address}: expected a Dask scheduler, got no answer ({_in_words(error)})") from None
    with client:
        _check_installed(client, address)
        yield client


def _send(client: Client, modules: Sequence[Path]) -> None:
    """Give the user's modules to all workers, those that join later too; the scheduler has no need of them."""
    from distributed.diagnostics.plugin import UploadFile  # noqa: PLC0415

    for module in modules:
        client.register_plugin(
            UploadFile(str(module)), name=f"{module}-{uuid4()}"
        )  # a name of its own: it may have changed


def _check_installed(client: Client, address: str) -> None:
    """See that scheduler and workers have this gridgov; a scheduler without it would never answer."""
    if client.run_on_scheduler(find_spec, MODULE) is None:
        _refuse(address, "the scheduler", "nothing")
    where = {"the scheduler": client.run_on_scheduler(code_digest)}
    missing = [worker for worker, found in client.run(find_spec, MODULE).items() if found is None]
    if missing:
        _refuse(address, f"worker {missing[0]}", "nothing")
    where |= {f"worker {worker}": digest for worker, digest in client.run(code_digest).items()}
    for place, digest in where.items():
        if digest != code_digest():
            _refuse(address, place, "another version")


def _refuse(address: str, place: str, got: str) -> NoReturn:
    raise ClusterError(f"{address}: expected the {PACKAGE} of this machine to be installed on {place}, got {got}")


class _Handout(Generic[I, T]):
    """Items handed out to a cluster, not many more at a time than it has threads."""

    def __init__(self, client: Client, address: str, task: Callable[[I], T], items: Sequence[I]) -> None:
        import cloudpickle  # type: ignore[import-untyped]  # noqa: PLC0415  # comes with distributed; takes what a notebook defines along

        self.client, self.address = client, address
        self.pack = lambda index: cloudpickle.dumps((task, items[index]))
        self.out: dict[Future, int] = {}
        self.heard = time.monotonic()  # when there was last a worker

    def answers(self, indices: Sequence[int]) -> Generator[tuple[int, T | Failed], None, None]:
        """Each index with its answer; BLAMED if workers died."""
        waiting = deque(indices)
        try:
            while waiting or self.out:
                self._hand_out(waiting)
                for future, answer in self._answers_of(self._done()).items():
                    yield self.out.pop(future), answer
        finally:
            if self.out:
                self.client.cancel(list(self.out), force=True)

    def _hand_out(self, waiting: deque[int]) -> None:
        threads = sum(self.client.nthreads().values())
        if threads:
            self.heard = time.monotonic()
        elif time.monotonic() - self.heard > PATIENCE:
            raise ClusterError(f"{self.address}: expected workers, got none for {PATIENCE:.0f} s")
        while waiting and len(self.out) < AHEAD * threads:
            index = waiting.popleft()
            self.out[self.client.submit(_do, self.pack(index), code_digest(), pure=False)] = index

    def _done(self) -> list[Future]:
        from distributed import wait  # noqa: PLC0415

        if not self.out:
            time.sleep(LOOK_ROUND / 10)
            return []
        with self.client.as_current(), suppress(TimeoutError):
            return list(wait(list(self.out), timeout=LOOK_ROUND, return_when="FIRST_COMPLETED").done)
        return []

    def _answers_of(self, done: Sequence[Future]) -> dict[Future, T | Failed]:
        """The answers of items that are done, fetched at once, as a worker that dies takes along what lies on it."""
        from distributed import KilledWorker  # noqa: PLC0415

        blamed = [
            future for future in done if future.status == "error" and isinstance(future.exception(), KilledWorker)
        ]
        others = [future for future in done if future not in blamed]
        try:
            answers: list[T | Failed] = self.client.gather(others)
        except Exception as error:
            raise ClusterError(f"{self.address}: expected answers, got {_in_words(error)}") from error
        return dict(zip(others, answers, strict=True)) | dict.fromkeys(blamed, BLAMED)


def _do(packed: bytes, digest: str) -> object:
    """On a worker: the answer to an item, if this is the gridgov that the item comes from."""
    if digest != code_digest():
        raise ClusterError("a worker with another version")
    found = attempt(pickle.loads, packed)
    if isinstance(found, Failed):
        return portable(found)
    task, item = found
    return portable(attempt(task, item))


def _in_words(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
