"""A problem of a policy file names its line, its key and what to write, in the owner's words."""

import pytest

import engine.catalog  # noqa: F401  (loads every fix)
from remediations.contract import REMEDIATIONS
from tests.engine.test_policy import SUB
from tests.engine.test_policy_file import LINES, problems


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        (2, "[mode]", 'line 2: mode is no key here; did you mean modes?'),
        (3, 'backups = "auto"', "line 3: modes.backups: must be 'backup', 'extension'"),
        (3, 'backup = "atuo"', "line 3: modes.backup = \"atuo\": must be 'observe', 'plan', 'approve' or 'auto'"),
        (3, "backup = auto", "line 3: not valid TOML: the value is missing or without quotes"),
        (7, 'title = "x"', 'line 6: rule 1: name is missing: add it'),
        (7, 'name = "[modes]"', "line 7: rule \"[modes]\": name = "),
        (8, 'subscription = "Production"', "line 8: rule \"test machines\": subscription = \"Production\": must be a subscr"),
        (9, 'groups = "rg-app"', 'line 9: rule "test machines": groups is no key here; did you mean group?'),
        (9, 'group = "/subscriptions/x"', "line 9: rule \"test machines\": group = "),
        (10, 'tag = "test"', "line 10: rule \"test machines\": tag = \"test\": must be a name, an equals sign and a value"),
        (12, 'fixes = { unlock = "auto" }', 'line 12: rule "test machines": fixes.unlock: is no fix; fixes are '),
        (13, "auto_after = true", 'line 13: rule "test machines": auto_after = true: must be a whole number'),
        (13, "auto_after = -1", 'line 13: rule "test machines": auto_after = -1: must be at least 0'),
        (14, 'locks = "keep"', "line 14: rule \"test machines\": locks = \"keep\": must be 'return' or 'leave off'"),
        (17, 'name = "Test Machines"', 'line 17: rule 2: name = "Test Machines" is taken by another rule: rename one'),
        (20, 'governance = 3', "line 20: rule \"the rest\": modes.governance = 3: must be 'observe'"),
        (23, 'allow = ["/subscriptions/*"]', 'line 23: scope.allow[1] = "/subscriptions/*": must be the id of'),
        (23, f'allow = ["/subscriptions/{SUB}/resourceGroups/rg-*"]', "line 23: scope.allow[1] = "),
        (23, f'allow = ["/subscriptions/{SUB}/providers/x/y"]', "line 23: scope.allow[1] = "),
        (26, '  "rg-hr",', 'line 26: scope.deny[2] = "rg-hr": must be the id of'),
        (30, "cooldown_minutes = 1441", "line 30: limits.cooldown_minutes = 1441: must be at most 1440"),
        (30, 'cooldown_minutes = "90"', 'line 30: limits.cooldown_minutes = "90": must be a whole number'),
        (30, "machines_per_vault_and_hour_percent = 101", "line 30: limits.machines_per_vault_and_hour_percent = 101"),
        (34, "tiers = []", 'line 34: window "weekend": tiers: must not be empty'),
        (35, 'days = ["Sonntag"]', 'line 35: window "weekend": days: must be a list of days, and Sonntag is none; days are Mon, Tue'),
        (36, 'from = "24:00"', 'line 36: window "weekend": from = "24:00": must be hours and minutes in quotes'),
        (38, 'time_zone = "Europe"', 'line 38: window "weekend": time_zone = "Europe": must be a time zone such as'),
        (38, 'time_zone = "../../etc/passwd"', 'line 38: window "weekend": time_zone = "../../etc/passwd": must be'),
        (40, "[blackout]", "line 40: blackout: must be written [[blackout]], in two brackets, once for each"),
        (45, 'time_zone = """', "line 45: not valid TOML: a bracket or a quotation mark that opens here is never closed"),
        (3, 'backup = "AUTO"', "line 3: modes.backup = \"AUTO\": must be 'observe', 'plan', 'approve' or 'auto'; did you mean auto?"),
        (3, 'bakup = "auto"', "line 3: modes.bakup: must be 'backup', 'extension', 'guest', 'machine', 'governance' or 'data'; did you mean backup?"),
        (12, 'fixes = { triger_backup = "auto" }', 'line 12: rule "test machines": fixes.triger_backup: is no fix; fixes are '
         f"{', '.join(sorted(REMEDIATIONS))}; did you mean trigger_backup?"),
        (34, 'tiers = "data"', 'line 34: window "weekend": tiers = "data": must be a list: write ["data"]'),
        (35, 'days = ["{sun"]', 'line 35: window "weekend": days: must be a list of days, and {sun is none'),
        (35, 'days = "Sat"', 'line 35: window "weekend": days = "Sat": must be a list of days, such as ["Sat", "Sun"]'),
        (36, 'from = "25:00"', 'line 36: window "weekend": from = "25:00": must be hours and minutes in quotes, such as "07:00"'),
        (36, "from = 22:00:00", 'line 36: window "weekend": from: must be hours and minutes in quotes, such as "07:00"'),
        (38, 'time_zone = "Europe/Berln"', 'line 38: window "weekend": time_zone = "Europe/Berln": must be a time zone such as '
         "Europe/Berlin or W. Europe Standard Time; did you mean Europe/Berlin?"),
        (38, 'time_zone = "berlin"', 'line 38: window "weekend": time_zone = "berlin": must be a time zone such as '
         "Europe/Berlin or W. Europe Standard Time; did you mean Europe/Berlin?"),
        (38, 'time_zone = "Eastern Standard"', 'line 38: window "weekend": time_zone = "Eastern Standard": must be a time zone '
         "such as Europe/Berlin or W. Europe Standard Time; did you mean Eastern Standard Time?"),
    ],
)  # fmt: skip
def test_a_problem_names_its_line_its_key_and_what_to_write(line: int, instead: str, told: str) -> None:
    found = problems("\n".join([*LINES[: line - 1], instead, *LINES[line:]]))
    assert any(problem.startswith(told) for problem in found), found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[rule]]\nname = "a"', 'line 1: rule "a": decides nothing: give it modes, fixes or locks'),
        ('\n[[rule]]\nname = "a"\nlocks = "return"\nauto_after = 2', 'line 2: rule "a": has auto_after but nothing that is auto'),
        ('[[blackout]]\nname="b"\nfrom="00:00"\nto="00:00"\ntime_zone="UTC"', 'line 1: blackout "b": never ends'),
        ("x = [\n1,\n2", "line 1: not valid TOML: "),
        ("\n\nx = " + "9" * 5000, "line 3: not readable: a number is too long"),
        ("\nx = " + "[" * 5000, "line 2: not readable: values are nested too deeply"),
        ("[limits]\ncooldown_minutes = 0x" + "f" * 5000, "line 2: limits.cooldown_minutes: must be at most 1440"),
        ("modes = 3", "line 1: modes = 3: must be a table"),
        ("\n'a b\\n' = 1", 'line 2: "a b\\\\n" is no key here'),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_a_problem_that_has_no_key_of_its_own_names_the_line_where_it_begins(text: str, told: str) -> None:
    found = problems(text)
    assert found[0].startswith(told), found


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("backup = auto", 'the value is missing or without quotes: text and times need quotes, such as "approve"'),
        ("backup =", 'the value is missing or without quotes: text and times need quotes, such as "approve"'),
        ('backup = "auto', "a quotation mark that opens here is not closed on this line"),
        ('backup "auto"', 'write a key, an equals sign and a value, such as backup = "approve"'),
        ("from = 22:00", 'one key on a line is expected, text and times in quotes, such as from = "22:00"'),
        ("[modes", "the bracket is not closed: write [modes]"),
        ("[[rule]", "the two brackets are not closed: write [[rule]]"),
        ("= 3", "a key or a table such as [modes] is expected; a comment begins with #"),
        ("modes = { data = 'auto' backup = 'auto' }", "a comma or a closing } is expected"),
        ("modes = { data = 'auto',", "a key is expected; what opens with { closes with } on the same line"),
        ("days = ['Sat' 'Sun']", 'a comma or a closing ] is expected; text needs quotes, such as "Sat"'),
        ('name = "a\\path"', "a backslash must be written twice, or the text put in single quotes"),
        ("known = 2", "this is said above already: keep one of the two"),
        ("[table]", "this is said above already: keep one of the two"),
        ("modes = { a = 1, a = 2 }", "this is said above already: keep one of the two"),
        ("known.deeper = 3", "this is said above already: keep one of the two"),
    ],
)
def test_what_is_no_toml_is_told_in_plain_words_with_the_line_itself(line: str, told: str) -> None:
    before = "known = { a = 1 }\n" if not line.startswith("[") else "[table]\n"
    assert problems(f"{before}{line}\n# the end") == [f"line 2: not valid TOML: {told}; the line says: {line}"]


def test_a_long_line_that_is_no_toml_is_shown_in_part() -> None:
    (told,) = problems("name = " + "x" * 500)
    assert len(told) < 200 and told.endswith("x…")
