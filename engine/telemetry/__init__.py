"""What the engine tells of itself: events as log lines, a trace a case, metrics. By OpenTelemetry's API; where it goes
is decided above (functions.telemetry)."""
