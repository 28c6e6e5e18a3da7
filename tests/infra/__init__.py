"""The check of the deployment: green on ours, red on each planted fault."""
