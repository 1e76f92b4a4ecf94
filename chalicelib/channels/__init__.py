"""Sales channels (渠道): one module per channel; the direct API needs none."""
