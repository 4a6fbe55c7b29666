"""Obligations: a check hears what was said since it began to listen, each message whole and under its backend."""

from __future__ import annotations

from pathlib import Path

from deploy.checking.measuring.messages import LogTail


def test_what_was_said_before_is_not_heard(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('7|DEBUG:  rewriting table "of another check"\n')
    tail = LogTail(log)
    with log.open("a") as end:
        end.write('7|DEBUG:  rewriting table "orders"\n')
    assert tail.new_messages() == {7: ['rewriting table "orders"']}
    assert tail.new_messages() == {}
    tail.close()


def test_a_message_of_several_lines_stays_one_and_half_a_line_waits_for_its_rest(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    tail = LogTail(log)
    with log.open("a") as end:
        end.write("7|LOG:  statement: SELECT 1,\n\t2,\n\t3\n8|LOG:  an answer\n7|LOG:  hal")
    assert tail.new_messages() == {7: ["statement: SELECT 1,\n2,\n3"], 8: ["an answer"]}
    with log.open("a") as end:
        end.write("f\n")
    assert tail.new_messages() == {7: ["half"]}
    tail.close()
