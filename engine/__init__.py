"""From a failure to a proven backup: intake, diagnosis, plan, changes, proof."""
