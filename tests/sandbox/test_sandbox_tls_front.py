"""The TLS front and the sign-in that the Azure CLI needs."""

import ssl
from pathlib import Path

from sandbox_arm import World, one_machine

from sandbox.identity import client_of
from sandbox.tls.certificates import server_context


async def test_the_tls_front_describes_its_cloud_signs_a_client_in_and_serves_arm(world: World, tmp_path: Path) -> None:
    arm = await world(one_machine(), tls_dir=tmp_path)
    base = arm.box.tls_url
    trusted = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    cloud = (await arm("GET", f"{base}//metadata/endpoints?api-version=2022-09-01", ssl=trusted)).body
    assert cloud["resourceManager"] == cloud["authentication"]["loginEndpoint"] == f"{base}/"
    tenant = cloud["authentication"]["tenant"]
    openid = await arm.get(f"{base}/{tenant}/v2.0/.well-known/openid-configuration", ssl=trusted)
    form = {"client_id": client_of(arm.box.model.world), "client_secret": arm.box.identity_header}
    async with arm.http.post(openid["token_endpoint"], data={**form, "scope": "x/.default"}, ssl=trusted) as answer:
        token = (await answer.json())["access_token"]
    ours = await arm("GET", base + arm.sub, headers={"Authorization": f"Bearer {token}"}, ssl=trusted)
    assert ours.status == 200
    async with arm.http.post(openid["token_endpoint"], data={**form, "client_secret": "guess"}, ssl=trusted) as refused:
        assert refused.status == 401


def test_the_key_of_the_certificate_is_private_and_that_of_the_authority_is_not_kept(tmp_path: Path) -> None:
    server_context(tmp_path)
    assert (tmp_path / "server.key").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "server.key", "server.pem"]
