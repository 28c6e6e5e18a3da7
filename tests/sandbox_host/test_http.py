"""Routes, keys and answers of HTTP functions."""

import json
from ipaddress import ip_address

import psutil

from .process import HostProcess


async def test_routes_methods_and_keys_work_as_in_azure(host: HostProcess) -> None:
    """One host for all of it: starting one takes most of a second."""
    await _the_most_specific_route_wins(host)
    await _keys_open_what_they_should(host)
    await _unknown_paths_and_methods_are_not_found(host)
    await _answers_carry_status_headers_and_body(host)


async def _the_most_specific_route_wins(host: HostProcess) -> None:
    for path, by in {"items/special": "literal", "items/7": "number", "items/seven": "name", "a/b": "rest"}.items():
        status, answer = await host.call("GET", f"/api/{path}?x=1", key=None)
        assert (status, answer["by"]) == (200, by)
    assert (await host.call("GET", "/API/Items/7?x=1", key=None))[1]["q"] == {"x": "1"}


async def _keys_open_what_they_should(host: HostProcess) -> None:
    function_key, master_key = host.ready["function_key"], host.ready["master_key"]
    assert (await host.call("POST", "/api/guarded", key=None))[0] == 401
    assert (await host.call("POST", "/api/guarded", key="wrong"))[0] == 401
    assert (await host.call("POST", f"/api/guarded?code={function_key}", key=None))[0] == 201
    assert (await host.call("POST", "/api/guarded", key=master_key))[0] == 201
    assert (await host.call("POST", "/api/for-admins", key=function_key))[0] == 401
    assert (await host.call("POST", "/api/for-admins", key=master_key))[0] == 200
    assert (await host.call("POST", "/admin/functions/nightly", key=function_key))[0] == 401
    assert (await host.call("GET", "/admin/host/status", key=function_key))[0] == 401


async def _unknown_paths_and_methods_are_not_found(host: HostProcess) -> None:
    assert (await host.call("POST", "/api/items/7"))[0] == 404
    assert (await host.call("GET", "/other"))[0] == 404
    assert (await host.admin("POST", "/admin/functions/unknown"))[0] == 404


async def _answers_carry_status_headers_and_body(host: HostProcess) -> None:
    large = b"x" * 3_000_000
    assert host.session
    headers = {"x-functions-key": host.ready["function_key"], "X-Say": "hello"}
    async with host.session.post(f"{host.url}/api/guarded", data=large, headers=headers) as answer:
        assert (answer.status, answer.headers["x-echo"], await answer.read()) == (201, "hello", large)
    assert await host.call("POST", "/api/raises") == (500, "")
    assert "not today" in host.errors()


async def test_the_host_listens_on_loopback_only(host: HostProcess) -> None:
    connections = psutil.Process(host.ready["pid"]).net_connections()
    addresses = [ip_address(c.laddr.ip) for c in connections if c.status == psutil.CONN_LISTEN]
    assert len(addresses) == 2  # HTTP, and gRPC for durable clients
    assert all((getattr(address, "ipv4_mapped", None) or address).is_loopback for address in addresses)


async def test_keys_survive_a_restart(host: HostProcess) -> None:
    before = host.ready
    await host.terminate()
    await host.start(spawn=True)
    assert [host.ready[key] for key in ("master_key", "function_key")] == [
        before[key] for key in ("master_key", "function_key")
    ]


async def test_an_app_that_cannot_be_imported_answers_404_and_says_why(make_host) -> None:
    async with make_host(app="broken") as host:
        for path in ("/api/items/7", "/api/alerts"):
            assert (await host.call("POST", path))[0] == 404
        status, facts = await host.admin("GET", "/admin/host/status")
        assert (status, facts["state"]) == (200, "Error")
        assert "this_module_does_not_exist" in json.dumps(facts["errors"])
        assert "COULD NOT BE LOADED" in host.errors()


async def test_a_function_whose_setting_is_missing_is_in_error_and_the_others_work(make_host) -> None:
    host = make_host()
    del host.settings["NIGHTLY"]
    async with host:
        _, facts = await host.admin("GET", "/admin/host/status")
        assert (facts["state"], facts["errors"]) == ("Running", ["nightly: the setting 'NIGHTLY' is not set"])
        assert (await host.admin("POST", "/admin/functions/nightly"))[0] == 404
        assert (await host.call("GET", "/api/items/7"))[0] == 200


async def test_a_second_host_on_the_same_folder_is_refused(make_host, host: HostProcess) -> None:
    second = make_host()
    try:
        await second.start()
    except AssertionError as error:
        assert "another host works on" in str(error)
    else:
        await second.close()
        raise AssertionError("two hosts run on one folder")


async def test_a_clock_that_does_not_answer_stops_the_start(make_host) -> None:
    host = make_host("--clock", "http://127.0.0.1:9")
    try:
        await host.start()
    except AssertionError as error:
        assert "the host cannot start: GET http://127.0.0.1:9/_sandbox/clock" in str(error)
    else:
        raise AssertionError("it started without its clock")


async def test_sigterm_ends_the_process_in_order(make_host) -> None:
    host = make_host()
    await host.start(spawn=True)
    assert host.seconds_to_ready < 5
    await host.terminate()
    assert host._spawned.wait() == 0
    await host.close()
