"""The app as it is shipped: packaged once per stage, and what the tests ask of the template."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import packaging

ROOT = Path(__file__).parents[2]
STAGES = ("dev", "prod")
BIN = Path(sys.executable).parent

FUNCTION = "AWS::Serverless::Function"
QUEUE = "AWS::SQS::Queue"
TABLE = "AWS::DynamoDB::Table"
ALARM = "AWS::CloudWatch::Alarm"
ROLE = "AWS::IAM::Role"

WORKERS = (
    "routing",
    "dispatch",
    "posting",
    "costing",
    "notices",
    "invoicing",
    "upstream",
    "snapshots",
)
SCHEDULES = ("OutboxSweeper", "WaitingRouter", "HourlySweep", "NightlyClose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One stage's template and code."""

    stage: str
    template_path: Path
    code: Path
    template: Mapping[str, Any]

    @property
    def resources(self) -> Mapping[str, Any]:
        """Every resource by its name."""
        found: Mapping[str, Any] = self.template["Resources"]
        return found

    def of_type(self, kind: str) -> dict[str, Any]:
        """Name -> properties of all resources of one type."""
        return {
            name: each.get("Properties", {})
            for name, each in self.resources.items()
            if each.get("Type") == kind
        }

    def properties(self, name: str) -> Mapping[str, Any]:
        """The properties of one resource."""
        found: Mapping[str, Any] = self.resources[name]["Properties"]
        return found

    def statements(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(role, statement) of every policy of a function's role."""
        for role, properties in self.of_type(ROLE).items():
            for policy in properties.get("Policies", ()):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield role, statement


def package(stage: str, folder: Path) -> Package:
    """Packages the project as `make package` does.

    OMS_PACKAGE_ROOT may name another folder with an `app.py`, `chalicelib`, `infra` and `.chalice`.
    """
    root = Path(os.environ.get("OMS_PACKAGE_ROOT", ROOT))
    made = packaging.package(stage, folder, root=root)
    template = json.loads(made.template.read_text())
    return Package(stage=stage, template_path=made.template, code=made.code, template=template)


def as_list(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def referenced(value: Any) -> str:
    """The resource that `Ref`, `Fn::GetAtt` or the first `${…}` of `Fn::Sub` points to."""
    ((kind, target),) = value.items()
    if kind == "Fn::GetAtt":
        return str(target[0])
    if kind == "Fn::Sub":
        return str(target.split("${", 1)[1].split("}", 1)[0].split(".")[0])
    return str(target)
