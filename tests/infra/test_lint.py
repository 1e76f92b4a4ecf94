"""cfn-lint (with the serverless rules) and checkov say nothing that `infra/skips.yaml` doesn't
answer.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.infra.packages import BIN, ROOT

pytestmark = [pytest.mark.xdist_group("package"), pytest.mark.timeout(300)]

CHECKOV = Path(os.environ.get("OMS_CHECKOV", ROOT / ".venv-checkov/bin/checkov"))


def skipped(tool, package):
    """The (rule, resource) pairs that the skip list answers for, and those entries by type."""
    pairs, types = set(), set()
    for entry in yaml.safe_load((ROOT / "infra/skips.yaml").read_text())[tool]:
        assert len(entry["reason"]) > 40, f"{entry['rule']}: a reason is a sentence"
        if isinstance(entry["resources"], str):
            types.add((entry["rule"], entry["resources"]))
            pairs |= {(entry["rule"], name) for name in package.of_type(entry["resources"])}
        else:
            pairs |= {(entry["rule"], name) for name in entry["resources"]}
    return pairs, types


def check(tool, package, findings):
    """`findings`: (rule, resource) -> what the tool says."""
    answered, types = skipped(tool, package)
    open_findings = [f"{key}: {text}" for key, text in findings.items() if key not in answered]
    assert open_findings == [], "mend it, or answer it in infra/skips.yaml"
    by_type = {(rule, name) for rule, kind in types for name in package.of_type(kind)}
    idle = sorted(pair for pair in answered - by_type if pair not in findings)
    idle += [
        entry
        for entry in sorted(types)
        if not {(entry[0], name) for name in package.of_type(entry[1])} & set(findings)
    ]
    assert idle == [], "these skips find nothing any more: take them out of infra/skips.yaml"


def test_cfn_lint_with_the_serverless_rules_finds_nothing_unanswered(packaged):
    # It exits with the worst finding's class; what it found is judged here.
    done = subprocess.run(
        [
            BIN / "cfn-lint",
            "-a",
            "cfn_lint_serverless.rules",
            "--include-checks",
            "I",
            "--format",
            "json",
            "--",
            packaged.template_path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    findings = {}
    for each in json.loads(done.stdout):
        path = each["Location"]["Path"] or ["", ""]
        place = path[1] if path[0] == "Resources" else "/".join(map(str, path))
        findings[(each["Rule"]["Id"], place)] = each["Message"]
    assert ("WS1004", "APIHandler") in findings, "the serverless rules did run"
    check("cfn-lint", packaged, findings)


def test_checkov_finds_nothing_unanswered(packaged):
    if not CHECKOV.exists():
        pytest.fail(f"{CHECKOV} is missing: `make test` sets it up, or name one in OMS_CHECKOV")
    done = subprocess.run(
        [
            CHECKOV,
            "-f",
            "sam.json",
            "--framework",
            "cloudformation",
            "--skip-download",
            "--compact",
            "--quiet",
            "-o",
            "json",
        ],
        cwd=packaged.template_path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 200, "the checks did run"
    findings = {
        (each["check_id"], each["resource"].split(".")[-1]): each["check_name"]
        for each in report["results"]["failed_checks"]
    }
    check("checkov", packaged, findings)


def test_the_check_itself_sees_what_is_unanswered_and_what_is_idle(dev):
    pairs, types = skipped("checkov", dev)
    found = dict.fromkeys(pairs, "text")
    check("checkov", dev, found)
    with pytest.raises(AssertionError, match="CKV_AWS_999"):
        check("checkov", dev, found | {("CKV_AWS_999", "RawBucket"): "text"})
    with pytest.raises(AssertionError, match="take them out"):
        check("checkov", dev, {key: text for key, text in found.items() if key[0] != "CKV_AWS_18"})
    rule, _ = min(types)
    with pytest.raises(AssertionError, match="take them out"):
        check("checkov", dev, {key: text for key, text in found.items() if key[0] != rule})
