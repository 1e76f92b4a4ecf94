"""The package's size."""

import pytest

from bench import budget
from bench.package_size import sizes


@pytest.mark.xdist_group("package")
@pytest.mark.timeout(300)
def test_the_package_is_under_its_aim_and_most_of_it_is_botocore() -> None:
    size, parts = sizes()
    assert size < budget.PACKAGE_BYTES
    assert parts.most_common(1)[0][0] == "botocore"
    assert "chalicelib" in parts
