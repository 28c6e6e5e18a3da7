"""Stands in for the Durable Functions extension: orchestrations, activities, timers, events, on one machine."""
