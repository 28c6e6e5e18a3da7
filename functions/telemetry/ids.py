"""Ids of spans: at random, but for the span of a whole case, whose ids its turns have hung on all along."""

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from engine.telemetry.traces import given


class CaseIds(RandomIdGenerator):
    """Takes the ids that `engine.telemetry.traces` gives, where it gives any."""

    def generate_trace_id(self) -> int:
        told = given.get()
        return told.trace_id if told else super().generate_trace_id()

    def generate_span_id(self) -> int:
        told = given.get()
        return told.span_id if told else super().generate_span_id()
