"""`make infra-check`: says what is wrong with the deployment before Azure does. No compiler and no network is needed.

It reads Bicep by its grammar and holds every resource against Azure's own type data. What it cannot see: the types of
expressions, the number of a function's arguments, rules that only a deployment knows. `az bicep build` and what-if see
those (.github/workflows/infra.yml).
"""
