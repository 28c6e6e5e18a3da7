"""What a durableClient binding receives."""

import json


def client_json(rpc_address: str, http_address: str, hub: str, key: str) -> str:
    """The durable client's configuration, with the fields that the extension writes (BindingHelper.cs)."""
    base = f"{http_address}/runtime/webhooks/durabletask"
    code = f"code={key}"
    instance = f"{base}/instances/INSTANCEID"
    common = f"?taskHub={hub}&connection=Storage&{code}"
    return json.dumps(
        {
            "taskHubName": hub,
            "connectionName": "Storage",
            "creationUrls": {
                "createNewInstancePostUri": f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]?{code}",
                "createAndWaitOnNewInstancePostUri": (
                    f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]?timeout={{timeoutInSeconds}}"
                    f"&pollingInterval={{intervalInSeconds}}&{code}"
                ),
            },
            "managementUrls": {
                "id": "INSTANCEID",
                "statusQueryGetUri": instance + common,
                "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}{common}",
                "terminatePostUri": f"{instance}/terminate{common}&reason={{text}}",
                "purgeHistoryDeleteUri": instance + common,
                "suspendPostUri": f"{instance}/suspend{common}&reason={{text}}",
                "resumePostUri": f"{instance}/resume{common}&reason={{text}}",
            },
            "baseUrl": base,
            "requiredQueryStringParameters": code,
            "rpcBaseUrl": f"http://{rpc_address}",
            "httpBaseUrl": base,
        }
    )
