"""The cloud's own description and a sign-in for service principals, as far as `az` asks for them."""

from typing import Any

from aiohttp import web

from sandbox.arm.pipeline import base_url
from sandbox.identity import access_token, client_of, identity_header
from sandbox.model import World

_HOUR_S = 3600


class Cloud:
    """Serves metadata and tokens under the ARM host; the sign-in authority is the same host."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{slashes:/*}metadata/endpoints", self.endpoints),
            web.get("/common/discovery/instance", self.instance),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self.openid),
            web.get("/{tenant}/.well-known/openid-configuration", self.openid),
            web.post("/{tenant}/oauth2/v2.0/token", self.token),
            web.post("/{tenant}/oauth2/token", self.token),
        ]

    async def endpoints(self, request: web.Request) -> web.Response:
        """One cloud; the api-versions from 2019 to 2021 gave a list of them."""
        base = base_url(request)
        cloud: dict[str, Any] = {
            "name": "Sandbox",
            "portal": base,
            "resourceManager": f"{base}/",
            "authentication": {
                "loginEndpoint": f"{base}/",
                "audiences": [f"{base}/", "https://management.azure.com/"],
                "tenant": self._world.tenant,
                "identityProvider": "AAD",
            },
            "graph": f"{base}/",
            "graphAudience": f"{base}/",
            "media": f"{base}/",
            "batch": f"{base}/",
            "gallery": f"{base}/",
            "vmImageAliasDoc": f"{base}/",
            "sqlManagement": f"{base}/",
            "activeDirectoryDataLake": f"{base}/",
            "suffixes": {
                "storage": "storage.invalid",
                "keyVaultDns": "vault.invalid",
                "sqlServerHostname": "sql.invalid",
            },
        }
        many = "2019" <= request.query.get("api-version", "") < "2022"
        return web.json_response([cloud] if many else cloud)

    async def instance(self, request: web.Request) -> web.Response:
        tenant = f"{base_url(request)}/{self._world.tenant}/v2.0/.well-known/openid-configuration"
        return web.json_response({"tenant_discovery_endpoint": tenant, "api-version": "1.1", "metadata": []})

    async def openid(self, request: web.Request) -> web.Response:
        tenant = f"{base_url(request)}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{tenant}/oauth2/v2.0/devicecode",
                "issuer": f"{tenant}/v2.0",
            }
        )

    async def token(self, request: web.Request) -> web.Response:
        """Client credentials only: the world's client id with its identity header as the secret."""
        form = await request.post()
        known = (client_of(self._world), identity_header(self._world))
        if (form.get("client_id"), form.get("client_secret")) != known:
            text = "AADSTS7000215: Invalid client secret provided."
            return web.json_response({"error": "invalid_client", "error_description": text}, status=401)
        audience = str(form.get("scope", form.get("resource", ""))).removesuffix("/.default")
        body = {"token_type": "Bearer", "expires_in": _HOUR_S, "access_token": access_token(self._world, audience)}
        return web.json_response(body)
