"""The joining of the pieces of `infra/`."""

import importlib.util

import pytest
import yaml

from tests.infra.packages import ROOT, STAGES

spec = importlib.util.spec_from_file_location("infra_merge", ROOT / "infra" / "merge.py")
merge = importlib.util.module_from_spec(spec)
spec.loader.exec_module(merge)


def pieces(folder, monkeypatch, **files):
    (folder / "stages.yaml").write_text("dev: {days: 30}\n")
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    monkeypatch.setattr(merge, "FOLDER", folder)


def test_the_pieces_are_joined_by_section(tmp_path, monkeypatch):
    pieces(tmp_path, monkeypatch, a="Resources: {A: {Type: X}}", b="Resources: {B: {Type: Y}}")
    assert merge.merged("dev") == {"Resources": {"A": {"Type": "X"}, "B": {"Type": "Y"}}}


def test_a_name_that_stands_in_two_files_is_refused(tmp_path, monkeypatch):
    pieces(tmp_path, monkeypatch, a="Resources: {A: {}}", b="Resources: {A: {}}")
    with pytest.raises(ValueError, match=r"b.yaml: \['A'\]"):
        merge.merged("dev")


def test_tags_become_intrinsics_values_of_the_stage_and_json(tmp_path, monkeypatch):
    text = """
x-shared: {unused: true}
Resources:
  A: {ref: !Ref B, att: !GetAtt B.Arn, days: !Stage days, stage: !Stage name, text: !Json {a: 1}}
"""
    pieces(tmp_path, monkeypatch, a=text)
    assert merge.merged("dev")["Resources"]["A"] == {
        "ref": {"Ref": "B"},
        "att": {"Fn::GetAtt": ["B", "Arn"]},
        "days": 30,
        "stage": "dev",
        "text": '{"a": 1}',
    }


def test_a_stage_that_is_not_in_the_table_is_refused():
    with pytest.raises(KeyError):
        merge.merged("production")


def test_every_stage_says_everything_that_another_says():
    stages = yaml.safe_load((ROOT / "infra" / "stages.yaml").read_text())
    assert tuple(stages) == STAGES
    assert len({frozenset(row) for row in stages.values()}) == 1
