#!/bin/sh
# Says after a deployment how to see whether the engine has what it needs. It calls nothing and changes nothing.
set -eu

# As main.bicep decides: with the Entra application a token opens the app, else a function key.
if [ "${ALERT_RECEIVER:-secureWebhook}" != function ] && [ -n "${ENTRA_APP_ID_URI:-}" ] && [ -n "${ENTRA_APP_CLIENT_ID:-}" ]; then
  proof="Authorization: Bearer \$(az account get-access-token --resource '$ENTRA_APP_ID_URI' --query accessToken -o tsv)"
  needed="You need one of the roles Reader, Operator, Approver or Admin for it: docs/deploy.md, Who may call."
else
  proof="x-functions-key: \$(az functionapp keys list -g '$AZURE_RESOURCE_GROUP' -n '$FUNCTION_APP_NAME' --query functionKeys.default -o tsv)"
  needed="The function key opens the app to whoever holds it."
fi

cat <<END
See whether the engine has the settings and rights that it needs; what is missing is named, with the line that mends it:

  curl -sS -H "$proof" '$FUNCTION_APP_URL/api/preflight'

$needed A fresh role assignment may take some minutes to be seen.
END
