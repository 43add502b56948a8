"""Makes failing comparisons in the helpers of these tests tell what differs."""

import pytest

pytest.register_assert_rewrite("tests.properties.mirrored")
