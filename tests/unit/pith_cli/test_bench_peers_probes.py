"""What the caches are asked."""

import gzip
import json
from pathlib import Path

from pith_cli.bench.peers_probes import NEAR_MISS, PARAPHRASE, answer_body, of_pairs, of_questions, of_samples
from pith_cli.checkout import find_checkout
from pith_cli.up.traffic import read_traffic


def test_the_samples_give_rewordings_and_near_misses() -> None:
    """Each beside the request that it differs from by its last text alone."""
    probes = of_samples(read_traffic(find_checkout() / "samples" / "traffic.jsonl"))
    kinds = [probe.kind for probe in probes.probes]
    assert (kinds.count(PARAPHRASE), kinds.count(NEAR_MISS)) == (7, 6)
    origins = {ask.answer: ask for ask in probes.stored}
    for probe in probes.probes:
        origin = origins[probe.ask.answer]
        assert json.loads(origin.body)["messages"][:-1] == json.loads(probe.ask.body)["messages"][:-1]
        assert (origin.tenant, origin.model) == (probe.ask.tenant, probe.ask.model)
        assert origin.text != probe.ask.text
    assert origins["contract-covered"].text == "Which things does maintenance cover?"


def test_pairs_are_read_from_lines(tmp_path: Path) -> None:
    """Packed or not; the label says whether the first one's answer is right for the second."""
    lines = "".join(
        json.dumps({"id": f"p{label}", "sentence1": "a", "sentence2": "b", "label": label}) + "\n"
        for label in (1, 0, 1)
    )
    (tmp_path / "pairs.jsonl").write_text(lines)
    (tmp_path / "pairs.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    for name in ("pairs.jsonl", "pairs.jsonl.gz"):
        probes = of_pairs(tmp_path / name, limit=2)
        assert [(probe.kind, probe.ask.text, probe.ask.answer) for probe in probes.probes] == [
            (PARAPHRASE, "b", "p1"),
            (NEAR_MISS, "b", "p0"),
        ]
        assert [ask.text for ask in probes.stored] == ["a", "a"]


def test_questions_come_with_one_rewording() -> None:
    """No two alike."""
    probes = of_questions(20)
    assert len({ask.text for ask in probes.stored} | {probe.ask.text for probe in probes.probes}) == 40
    assert [ask.answer for ask in probes.stored] == [probe.ask.answer for probe in probes.probes]


def test_an_answer_names_its_request() -> None:
    """So that it can be told from the answers of others."""
    ask = of_questions(1).stored[0]
    assert json.loads(answer_body(ask))["choices"][0]["message"]["content"] == "q0"
