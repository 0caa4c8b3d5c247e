"""What is kept of policies says by itself who may not approve, and when it has moved on."""

from dataclasses import replace

from app.core.governance import Direction
from app.core.governance.records import Approval, Base, Change, Plan, PolicyVersion
from tests.policy_documents import NOW, policy

CHANGE = Change(
    change_id="C1",
    tenant="acme",
    version=1,
    policy_digest="p",
    evaluation_id="E1",
    evaluation_digest="e",
    base=Base(version=0, document=policy()),
    direction=Direction.TIGHTENING,
    is_emergency=False,
    policy_author="U1",
    submitted_by="U2",
    reason="r",
    submitted_at=NOW,
)


def test_the_authors_of_a_change_are_who_wrote_the_policy_and_who_submitted_it() -> None:
    assert CHANGE.authors == {"U1", "U2"}


def test_the_etag_of_a_change_is_another_after_each_step_and_each_approval() -> None:
    approved = replace(CHANGE, approvals=(Approval("U3", "p", "e", "r", NOW),))
    tags = {CHANGE.etag, replace(CHANGE, events=1).etag, approved.etag}
    assert len(tags) == 3


def test_a_plan_with_a_share_or_a_port_has_a_canary() -> None:
    assert Plan(NOW, share=1, hours=1).has_canary
    assert Plan(NOW, port="2704", hours=1).has_canary
    assert not Plan(NOW).has_canary


def test_a_version_goes_by_the_digest_of_its_document() -> None:
    made = PolicyVersion(tenant="acme", version=1, document=policy(), author="U1", created_at=NOW)
    assert made.digest == policy().digest
