"""Faults that an audit finds, and what it costs: `python -m tests.bench.audit`.

Found are the planted faults of tests/audit/planted.yaml, one at a time, on the right operation or policy; alarms are
the near misses with a finding above info. The cost is that of an audit of an export of 1,000 operations from its bytes
on, as a multiple of the time to load it and make all its tables; CPU time in one process, median of 5 rounds.
"""

import statistics

import apig_nb as apig
from tests.audit.planting import cases, unexpected
from tests.bench.made_export import json_bytes, made_export
from tests.bench.reading import all_tables, seconds

LIMIT = 1.5
ROUNDS = 5


def measure(raw: bytes) -> tuple[float, float]:
    """Seconds to load an export and make all its tables, and to audit it."""
    apig.audit(raw)  # imports what is needed
    rounds = [(seconds(lambda: all_tables(raw)), seconds(lambda: apig.audit(raw))) for _ in range(ROUNDS)]
    reading, auditing = zip(*rounds, strict=True)
    return statistics.median(reading), statistics.median(auditing)


def main() -> None:
    faults = [case.is_found(apig.audit(case.export).found) for case in cases("faults")]
    alarms = [bool(unexpected(case, apig.audit(case.export).found)) for case in cases("misses")]
    print(f"faults found   {sum(faults)} of {len(faults)}, {sum(faults) / len(faults):.1%} (at least 98 %)")
    print(f"alarms         {sum(alarms)} of {len(alarms)} near misses (none)")
    raw = json_bytes(made_export())
    reading, auditing = measure(raw)
    findings = len(apig.audit(raw))
    print(f"load and all tables of {len(raw) / 1e6:.1f} MB  {reading * 1000:5.0f} ms")
    print(f"audit, {findings:,} findings  {auditing * 1000:5.0f} ms, {auditing / reading:.2f} x (at most {LIMIT} x)")


if __name__ == "__main__":
    main()
