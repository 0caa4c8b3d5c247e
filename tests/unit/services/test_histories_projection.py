"""What a fact does to a history: exactly what a replay of the same past does."""

from datetime import date, timedelta

from app.core.history import History
from app.core.history.transition import keys_of_entry, read_lines
from app.core.outcomes import OutcomeCode, effects_of
from app.core.records import LedgerFact
from app.services.history_view import LINES_AT_ONCE, Base, HistoryView, keys_of_entries
from app.services.projection import apply_moves, move_of, observed_on
from tests.desks import line, run
from tests.fakes import NOW
from tests.history_facts import DAY, LATER, an_entry, filing, outcome


def test_a_filing_counts_for_its_day_but_never_for_one_to_come() -> None:
    assert observed_on(an_entry(), NOW) == DAY
    assert observed_on(an_entry(entry_date="2026-11-01"), NOW) == date(2026, 11, 1)
    assert observed_on(an_entry(entry_date="2027-01-01"), NOW) == DAY


def test_moves_are_the_replay_of_the_same_facts() -> None:
    filed = filing(1, entry_date="2026-10-01")
    seized = outcome(2, filed, known_at=date(2026, 10, 20))
    clear = outcome(4, filed, OutcomeCode.RELEASED_EXCEPTION, corrected=seized)
    nothing = outcome(5, filed, OutcomeCode.WITHDRAWN_BEFORE_ARRIVAL)
    facts: list[LedgerFact] = [filed, seized, filing(3), clear, nothing]
    moves = [move_of(fact) for fact in facts]
    assert [move.seq for move in moves] == [1, 2, 3, 4, 5]
    assert len({move.anchor for move in moves}) == 5
    changed = apply_moves(moves, {})

    memory, entry, day = History(), moves[0].entry, date(2026, 10, 1)
    memory.observe(entry, day)
    for kind, weight in effects_of(OutcomeCode.SEIZED):
        memory.settle(entry, None, kind, weight, date(2026, 10, 20))
    memory.observe(moves[2].entry, DAY)
    for kind, weight in effects_of(OutcomeCode.SEIZED):
        memory.take_back(entry, None, kind, weight, date(2026, 10, 20))
    for kind, weight in effects_of(OutcomeCode.RELEASED_EXCEPTION):
        memory.settle(entry, None, kind, weight, DAY)
    assert changed == dict(memory.records)


def test_an_outcome_dated_before_its_entry_is_known_on_its_day() -> None:
    filed = filing(1)
    early = outcome(2, filed, known_at=DAY - timedelta(days=400))
    same = outcome(2, filed, known_at=DAY)
    moves = [move_of(filed)]
    assert apply_moves([*moves, move_of(early)], {}) == apply_moves([*moves, move_of(same)], {})


def test_a_move_names_every_key_it_may_change() -> None:
    filed = filing(1)
    first = outcome(2, filed, line_numbers=(1,))
    for fact in (filed, first, outcome(3, filed, corrected=first)):
        move = move_of(fact)
        assert set(apply_moves([move], {})) <= set(move.keys)
    assert move_of(filed, an_entry()).keys == keys_of_entry(an_entry())


def test_a_view_reads_the_stored_record_else_the_snapshots_else_nothing() -> None:
    seed, entry = History(), an_entry()
    seed.observe(entry, DAY)
    base = Base(0, seed.records)
    keys = keys_of_entry(entry)
    assert base.view(keys).read(entry, LATER) == seed.read(entry, LATER)
    stored = apply_moves([move_of(filing(1))], base.over(keys, {}))
    newer = HistoryView(1, base.over(keys, stored))
    (read,) = newer.read(entry, LATER)
    assert read.importer is not None
    assert read.importer.entries == 2
    assert Base(0, {}).over(keys, {}) == {}
    assert read_lines(entry, LATER, {}) == History().read(entry, LATER)


def test_keys_of_many_lines_are_made_beside_the_event_loop() -> None:
    small = an_entry()
    large = an_entry(lines=[line() for _ in range(LINES_AT_ONCE + 1)])
    for each in (small, large):
        assert run(keys_of_entries([each, each])) == list(keys_of_entry(each))
