"""When the timers run, as the host is told it."""

import function_app


def schedules() -> dict[str, str]:
    found = {}
    for function in function_app.app.get_functions():
        trigger = function.get_trigger()
        if trigger is not None and trigger.type == "timerTrigger":
            found[function.get_function_name()] = trigger.schedule
    return found


def test_the_reaper_runs_every_five_minutes_and_the_watch_over_it_by_a_timer_of_its_own() -> None:
    assert schedules() == {"reaper": "0 */5 * * * *", "silence": "0 */10 * * * *", "sweep": "%SWEEP_SCHEDULE%"}
