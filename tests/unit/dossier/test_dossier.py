"""Evidence of a stored decision: built from what was stored, own tenant only, nothing guessed."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from app.core.clocks import KnownDates
from app.core.counterfactuals import NOT_NEEDED, NOT_TOLD, Certainty
from app.core.errors import NotFound
from app.core.remedies import CauseKind, FilledRow
from app.core.remedies.index import Lack
from app.services.assessed import Explain
from app.services.dossier import Dossier, DossierService
from app.services.dossier_document import dossier_document, missing_document
from app.services.rescoring import rescorer_of, scores_now
from app.services.stored import causes_of, read_stored
from tests.desks import (
    HOLDING,
    LISTED,
    RELEASING,
    REVIEWING,
    TENANT,
    Bench,
    bench,
    entry,
    filed,
    line,
    run,
    served_bundle,
    with_policy,
)

MAKER = {"name": "Example Garment Co., Ltd.", "country": "CN", "city": "Dandong",
         "postal_code": "118 000"}  # fmt: skip
Work = Callable[[Bench, DossierService], Coroutine[Any, Any, Any]]


def with_bench(work: Work, policy: dict[str, Any] | None = None) -> Any:
    """Do `work` at a desk that serves the tiny bundle under `policy`."""

    async def inside(at: Bench) -> Any:
        await at.models.reload()
        return await work(at, DossierService(at.desk))

    with bench(with_policy(policy or HOLDING)) as at:
        return run(inside(at))


async def told(
    at: Bench, service: DossierService, document: Any, explain: Explain = Explain.CODES
) -> Dossier:
    answer = await at.score(document, explain)
    return await service.dossier(TENANT, answer["decision_id"], KnownDates())


def dossier_of(
    document: Any, explain: Explain = Explain.CODES, policy: dict[str, Any] | None = None
) -> Dossier:
    found: Dossier = with_bench(lambda at, service: told(at, service, document, explain), policy)
    return found


def codes(dossier: Dossier, kind: CauseKind) -> set[str]:
    return {each.code for each in dossier.causes if each.kind is kind}


def test_a_hold_has_causes_documents_index_clocks_and_letters() -> None:
    dossier = dossier_of(filed(
        "B76-0324527-8", line(manufacturer=MAKER), arrival_date="2026-11-16"
    ))  # fmt: skip
    assert codes(dossier, CauseKind.REASON)
    assert codes(dossier, CauseKind.PREFLIGHT) >= {"CN_POSTAL_CODE"}
    assert len(dossier.index) == sum(len(each.documents) for each in dossier.demands)
    release = next(each for each in dossier.clocks if each.clock.code == "RELEASE_OR_DETAIN")
    assert release.due_on == date(2026, 11, 23)
    (letter,) = dossier.letters
    assert letter.addressee == MAKER["name"]


def test_reasons_alone_fire_on_lines_looked_at_and_never_more_than_five_a_line() -> None:
    dossier = dossier_of(entry(line(), line(hts="030343")), Explain.FULL)
    for number in (1, 2):
        own = [each for each in dossier.causes if each.line_number == number]
        assert len([each for each in own if each.kind is CauseKind.REASON]) <= 5
        assert not [each for each in own if each.text.startswith("Lowers")]


def test_a_release_asks_for_nothing_and_needs_nothing() -> None:
    dossier = dossier_of(entry(line(gross_weight_kg=10)), Explain.FULL, RELEASING)
    assert (dossier.causes, dossier.demands, dossier.index, dossier.letters) == ((), (), (), ())
    assert dossier.advice.text == NOT_NEEDED
    assert {each.clock.code for each in dossier.clocks} >= {"RELEASE_OR_DETAIN"}


def test_without_reasons_the_band_itself_is_told() -> None:
    dossier = dossier_of(entry(line(gross_weight_kg=10)), Explain.NONE)
    rules = codes(dossier, CauseKind.RULE)
    assert rules or codes(dossier, CauseKind.BAND) == {"BAND_WITHOUT_REASONS"}
    assert dossier.demands[-1].documents or dossier.demands[-1].none_because


def test_a_list_hit_asks_for_its_review_whatever_was_explained() -> None:
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    dossier = dossier_of(entry(hair), Explain.NONE, RELEASING)
    assert codes(dossier, CauseKind.SCREENING) >= {"WRO", "UFLPA"}
    assert not codes(dossier, CauseKind.BAND)
    reviews = {review.code for demand in dossier.demands for review in demand.reviews}
    assert reviews >= {"wro_admissibility", "uflpa_applicability", "uflpa_exception"}
    assert "finding" not in reviews
    clocks = {each.clock.code for each in dossier.clocks}
    assert clocks >= {"WRO_PROOF", "UFLPA_RESPONSE"}


def test_days_that_are_known_start_their_clocks() -> None:
    async def work(at: Bench, service: DossierService) -> Dossier:
        hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
        answer = await at.score(entry(hair, arrival_date="2026-11-16"))
        known = KnownDates(arrived_on=date(2026, 11, 17), noticed_on=date(2026, 11, 20))
        return await service.dossier(TENANT, answer["decision_id"], known)

    dossier = with_bench(work)
    due = {each.clock.code: each.due_on for each in dossier.clocks}
    assert due["UFLPA_RESPONSE"] == date(2026, 12, 20)
    assert due["WRO_PROOF"] == date(2027, 2, 17)
    assert dossier.letters[0].wanted_by == date(2026, 12, 20)


def test_a_day_that_has_passed_is_asked_of_nobody() -> None:
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    dossier = dossier_of(entry(hair, arrival_date="2026-01-05"))
    assert dossier.letters[0].wanted_by is None


def test_another_tenants_decision_is_not_there() -> None:
    async def work(at: Bench, service: DossierService) -> None:
        answer = await at.score(entry())
        with pytest.raises(NotFound):
            await service.dossier("other", answer["decision_id"], KnownDates())
        with pytest.raises(NotFound):
            await service.missing("other", answer["decision_id"], (), None)

    with_bench(work)


def test_an_erased_decision_says_so() -> None:
    async def work(at: Bench, _service: DossierService) -> None:
        await at.score(entry())
        with pytest.raises(NotFound, match="erased"):
            read_stored(replace(at.ledger.records[-1], request=b""))

    with_bench(work)


def test_a_partial_upload_lists_exactly_what_is_missing() -> None:
    async def work(at: Bench, service: DossierService) -> None:
        answer = await at.score(entry(line(manufacturer=MAKER)))
        dossier = await service.dossier(TENANT, answer["decision_id"], KnownDates())
        rows = dossier.index
        numbers = [tuple(range(1, len(row.shows) + 1)) for row in rows]
        whole = [
            FilledRow(row.row, file="a.pdf", pages="1", line_numbers=row.line_numbers,
                      statements=said)
            for row, said in zip(rows, numbers, strict=True)
        ]  # fmt: skip
        found = await service.missing(TENANT, answer["decision_id"], whole, None)
        assert missing_document(found) == {"complete": True, "missing": []}
        found = await service.missing(TENANT, answer["decision_id"], whole[1:], None)
        assert missing_document(found)["missing"] == [
            {"row": 1, "lack": Lack.DOCUMENT, "item": None}
        ]

    with_bench(work)


def test_effects_are_those_of_scoring_again() -> None:
    async def work(at: Bench, service: DossierService) -> None:
        document = entry(line(manufacturer=MAKER), arrival_date="2026-11-16",
                         mode_of_transport="11")  # fmt: skip
        dossier = await told(at, service, document)
        by_code = {proposal.code: each for proposal, each in dossier.advice.proposals}
        (effect,) = by_code["POSTAL_CODE"]
        supplied = line(manufacturer={**MAKER, "postal_code": "118000"})
        again = await at.score({**document, "lines": [supplied]}, Explain.FULL)
        assert again["lines"][0]["raw_score"] == pytest.approx(effect.lowest.raw_score, abs=1e-6)
        assert effect.lowest == effect.highest
        raws = set()
        for day in ("2026-11-09", "2026-10-17", "2026-09-17"):
            late = await at.score({**document, "export_date": day}, Explain.FULL)
            raws.add(late["lines"][0]["raw_score"])
        (effect,) = by_code["EXPORT_DATE"]
        assert min(raws) >= effect.lowest.raw_score - 1e-6
        assert max(raws) <= effect.highest.raw_score + 1e-6

    with_bench(work, REVIEWING)


def test_the_decision_is_met_again_before_anything_is_told_of_it() -> None:
    async def work(at: Bench, _service: DossierService) -> None:
        await at.score(entry(line(), line(hts="030343")))
        record = at.ledger.records[-1]
        stored = read_stored(record)
        serving = at.models.serving
        rescorer = rescorer_of(stored, serving, [1, 2])
        assert rescorer is not None
        assert tuple(rescorer(stored.submission.entry, [1, 2])) == scores_now(stored)
        other_model = read_stored(replace(record, model_digest="sha256:0"))
        assert rescorer_of(other_model, serving, [1]) is None
        other_tables = read_stored(replace(record, reference_digest="sha256:0"))
        assert rescorer_of(other_tables, serving, [1]) is None
        proof = orjson.loads(record.evidence)
        proof["lines"][0]["raw_score"] += 1e-6
        moved = read_stored(replace(record, evidence=orjson.dumps(proof)))
        assert rescorer_of(moved, serving, [1]) is None
        assert rescorer_of(moved, serving, [2]) is not None
        proof["lines"][0]["history"] = {"format": 0}
        old = read_stored(replace(record, evidence=orjson.dumps(proof)))
        assert rescorer_of(old, serving, [1]) is None

    with_bench(work)


def test_a_floor_that_cannot_be_computed_again_is_kept() -> None:
    async def work(at: Bench, _service: DossierService) -> None:
        await at.score(entry(line(gross_weight_kg=10)), Explain.NONE)
        record = at.ledger.records[-1]
        proof, response = orjson.loads(record.evidence), orjson.loads(record.response)
        proof["lines"][0]["floors"] = [["resubmission", "hold"], ["screening", "review"]]
        response["lines"][0] |= {"band": "hold", "floors": ["resubmission", "screening"]}
        changed = replace(record, evidence=orjson.dumps(proof), response=orjson.dumps(response),
                          band="hold")  # fmt: skip
        stored = read_stored(changed)
        rescorer = rescorer_of(stored, at.models.serving, [1])
        assert rescorer is not None
        (score,) = rescorer(stored.submission.entry, [1])
        assert score.band == "hold"
        floors = [each for each in causes_of(stored) if each.kind is CauseKind.FLOOR]
        assert [each.code for each in floors] == ["FLOOR_RESUBMISSION"]

    with_bench(work, RELEASING)


def test_a_strong_hit_holds_whatever_is_supplied() -> None:
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    dossier = dossier_of(entry(hair, arrival_date="2026-11-16"), policy=RELEASING)
    effects = [effect for _, each in dossier.advice.proposals for effect in each]
    assert effects
    assert {each.highest.band for each in effects} == {"hold"}
    assert {each.lowest.band for each in effects} == {"hold"}


def test_without_a_model_in_service_no_effect_is_told() -> None:
    async def work(at: Bench, service: DossierService) -> None:
        answer = await at.score(entry(arrival_date="2026-11-16"))
        idle = replace(at.desk)
        with bench(served_bundle()) as empty:  # never loaded
            idle.models = empty.models
            dossier = await DossierService(idle).dossier(
                TENANT, answer["decision_id"], KnownDates()
            )
        assert dossier.advice.text == NOT_TOLD
        assert {each.certainty for each, _ in dossier.advice.proposals} == {Certainty.UNKNOWN}

    with_bench(work)


def test_hits_and_findings_of_other_strength_count_as_they_should() -> None:
    async def work(at: Bench, _service: DossierService) -> None:
        await at.score(entry(line(gross_weight_kg=10)), Explain.NONE)
        record = at.ledger.records[-1]
        response = orjson.loads(record.response)
        hit = {"line_number": 1, "role": "manufacturer", "list": "WRO", "entity": "x",
               "entity_id": "wro-x", "regime": "TA-307", "match": 1.0, "why": "why"}  # fmt: skip
        response["screening"] = [
            {**hit, "strength": "past"},
            {**hit, "strength": "weak", "list": "FINDING"},
            {**hit, "strength": "weak", "line_number": None, "list": "UFLPA", "regime": "UFLPA"},
        ]
        response["preflight"] = [
            {"code": "CN_POSTAL_XINJIANG", "severity": "warning", "text": "t",
             "path": "/lines/0/manufacturer/postal_code"},
            {"code": "PORT_UNKNOWN", "severity": "warning", "text": "t", "path": "/port_of_entry"},
        ]  # fmt: skip
        proof = orjson.loads(record.evidence)
        proof["lines"][0]["findings"] = [
            {"code": "A_RULE", "regime": "TA-307", "floor": None, "text": "t", "source": "entry"}
        ]
        looked_at = replace(record, response=orjson.dumps(response), evidence=orjson.dumps(proof))
        found = {(each.code, each.line_number, each.regime) for each in causes_of(
            read_stored(looked_at))}  # fmt: skip
        assert found == {
            ("CN_POSTAL_XINJIANG", 1, "UFLPA"),
            ("PORT_UNKNOWN", None, None),
            ("FINDING", 1, "TA-307"),
            ("UFLPA", None, "UFLPA"),
            ("A_RULE", 1, "TA-307"),
        }
        response["lines"][0]["band"] = "release"
        released = replace(looked_at, response=orjson.dumps(response), band="release")
        assert {each.code for each in causes_of(read_stored(released))} == {
            "CN_POSTAL_XINJIANG",
            "PORT_UNKNOWN",
        }

    with_bench(work)


def test_the_document_names_every_part() -> None:
    dossier = dossier_of(entry(line(manufacturer=MAKER), arrival_date="2026-11-16"))
    document = dossier_document(dossier)
    assert orjson.loads(orjson.dumps(document)) == document
    assert document["lines"][0]["family"]["code"] == "cotton_apparel"
    assert {each["status"] for each in document["index"]} == {"missing"}
    assert all(each["documents"] or each["none_because"] for each in document["demands"])
    assert document["what_would_help"]["proposals"]
