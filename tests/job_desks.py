"""Jobs and webhooks over a bench and a real store, made when first asked for."""

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from app.adapters.jobs_parquet import ChildParquet
from app.adapters.jobs_parquet_child import Limits
from app.adapters.jobs_spool import FileSpool
from app.adapters.webhook_post import CheckedPost
from app.adapters.webhook_secrets import SealedSecrets
from app.api.problems import problem_bytes
from app.core.jobs import JobLimits
from app.core.webhooks import read_networks
from app.services.batch import BatchService
from app.services.jobs import JobService
from app.services.jobs_running import JobRunner, Pace
from app.services.jobs_scoring import ChunkScorer
from app.services.webhooks import WebhookService, WebhookTools
from app.services.webhooks_sending import WebhookSender
from tests.desks import Bench
from tests.fakes import CountedIds
from tests.job_records import Stores

LOOPBACK = read_networks("127.0.0.0/8")
MAX_OPEN = 3


class Lazily:
    """Stands for an object that is made when it is first used."""

    def __init__(self, of: "JobDesk", name: str) -> None:
        self._of = of
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._of, self._name), name)


class OrderedIds(CountedIds):
    """Ids that sort as they were made, as ULIDs do: J000001, ..."""

    def __call__(self, _moment: datetime) -> str:
        self.given += 1
        return f"J{self.given:06}"


class JobDesk:
    """The use cases of jobs and webhooks, the runner and the sender; nobody runs them by itself."""

    def __init__(self, folder: Path, at: Bench) -> None:
        self._folder = folder
        self._at = at
        self._ids = OrderedIds()

    @property
    def state(self) -> dict[str, Any]:
        """Their part of the application's state."""
        return {"jobs": Lazily(self, "service"), "webhooks": Lazily(self, "webhooks")}

    @cached_property
    def kept(self) -> Stores:
        """The store."""
        return Stores.in_folder(self._folder)

    @cached_property
    def runner(self) -> JobRunner:
        """What works on jobs, without a rest."""
        batch = BatchService(self._at.desk, problem_bytes)
        scorer = ChunkScorer(batch, self._at.workers, problem_bytes)
        return JobRunner(self.kept.jobs, scorer, self._at.clock, pace=Pace(share=1.0))

    @cached_property
    def post(self) -> CheckedPost:
        """The way out, which may call this machine."""
        return CheckedPost(LOOPBACK, timeout_s=5)

    @cached_property
    def secrets(self) -> SealedSecrets:
        """Secrets under a made-up key."""
        return SealedSecrets(b"k" * 32)

    @cached_property
    def sender(self) -> WebhookSender:
        """What sends deliveries."""
        return WebhookSender(
            self.kept.webhooks, self.secrets, self.post, self._at.clock, lambda: 0.5
        )

    @cached_property
    def service(self) -> JobService:
        """The use cases of jobs."""
        return JobService(
            self.kept.jobs,
            self.runner,
            ChildParquet(Limits(500, 1 << 20)),
            FileSpool(self._folder / "spool"),
            self._at.clock,
            limits=JobLimits(500, 64 * 1024),
            max_open=MAX_OPEN,
            new_id=self._ids,
        )

    @cached_property
    def webhooks(self) -> WebhookService:
        """The use cases of webhooks."""
        tools = WebhookTools(self.secrets, self.post, self._ids)
        return WebhookService(self.kept.webhooks, tools, self._at.clock, self.sender.wake)

    def close(self) -> None:
        """Let go of the store, if there is one."""
        if "kept" in self.__dict__:
            self.kept.database.close()
