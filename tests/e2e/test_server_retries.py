"""A thousand retries race over four client workers; nightly ten thousand, and kills."""

from tests.reliability.retries import RIVAL, begin, judged
from tests.reliability.service import ledger_url, new_key, stored
from tests.service_process import ServiceProcess

KEYS, PER_S = 50, 10.0


def test_racing_retries_come_to_one_decision_a_key(service: ServiceProcess) -> None:
    where = ledger_url(service)
    before = sum(stored(where).values())
    found = judged(begin(service, new_key(service.settings, RIVAL), KEYS, PER_S), KEYS)
    assert found.broken == []
    assert int(found.figures["answered 200"]) >= 1000
    assert sum(stored(where).values()) - before == KEYS
