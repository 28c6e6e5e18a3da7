"""The owner's policy: how far the engine goes by itself, where, when and how often."""

from engine.policy.rules import BY_DEFAULT, Limits, Mode, Permit, Place, Policy, Rule

__all__ = ["BY_DEFAULT", "Limits", "Mode", "Permit", "Place", "Policy", "Rule"]
