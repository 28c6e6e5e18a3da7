#!/bin/sh
# Makes the Entra application for which callers of the engine get their tokens: Azure Monitor's action groups (secure
# webhook), and people by the Azure CLI. Run by `azd provision`; may be run by hand by whoever may register applications
# and assign app roles. It keeps no secret: the application has none. Running it twice is safe. It has not run against a
# real tenant.
# https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#configure-authentication-for-secure-webhook
set -eu

ACTION_GROUPS=461e8683-5575-4561-ac7f-899cc907d62a # application id of "AzNS AAD Webhook" in every tenant
WEBHOOK=ActionGroupsSecureWebhook                   # the role that Azure Monitor asks for
AZURE_CLI=04b07795-8ddb-461a-bbee-02f9e1bf7b46      # application id of the Azure CLI in every tenant
SCOPE=user_impersonation                            # what the Azure CLI asks for in a person's name

[ "${ALERT_RECEIVER:-secureWebhook}" = secureWebhook ] || exit 0
[ -z "${ENTRA_APP_OBJECT_ID:-}" ] || exit 0

fail() {
  echo "The Entra application could not be set up: $1" >&2
  echo "Let someone who may register applications run infra/hooks/entra-app.sh, or do: azd env set ALERT_RECEIVER function" >&2
  exit 1
}

role() { # name, who may hold it, id, what it opens
  printf '{"value": "%s", "displayName": "%s", "allowedMemberTypes": [%s], "id": "%s", "isEnabled": true, "description": "%s"}' \
    "$1" "$1" "$2" "$3" "$4"
}

anyone='"User", "Application"'
roles="[
$(role $WEBHOOK '"Application"' 5f1a2a52-7a0c-4a6e-8f2e-0b8f5a1f9d30 'Tells the engine of failed backups'),
$(role Reader "$anyone" 5f1a2a52-7a0c-4a6e-8f2e-0b8f5a1f9d31 'Sees cases and what they found'),
$(role Operator "$anyone" 5f1a2a52-7a0c-4a6e-8f2e-0b8f5a1f9d32 'Opens cases and throws the switch'),
$(role Approver "$anyone" 5f1a2a52-7a0c-4a6e-8f2e-0b8f5a1f9d33 'Approves or refuses plans'),
$(role Admin "$anyone" 5f1a2a52-7a0c-4a6e-8f2e-0b8f5a1f9d34 'Does everything')
]"

name="Backup runbooks (${AZURE_ENV_NAME:?run this by azd, or set AZURE_ENV_NAME})"
app=$(az ad app list --display-name "$name" --query "[0].appId" -o tsv) || fail "az could not list applications"
if [ -z "$app" ]; then
  app=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId -o tsv) ||
    fail "az could not create it"
fi
az ad app update --id "$app" --identifier-uris "api://$app" --app-roles "$roles" || fail "az could not set its URI and roles"
object=$(az ad app show --id "$app" --query id -o tsv) || fail "az could not read it"

# So that people get a token by `az account get-access-token` without anybody's consent. Graph replaces each list as a
# whole, so what others put there stays in, and it pre-authorises only for a scope that is there: hence two requests.
# Tokens stay of version 1, the default, whose audience is the URI; the engine takes both versions.
# https://learn.microsoft.com/graph/api/application-update
graph=$(az cloud show --query endpoints.microsoftGraphResourceId -o tsv)
of_app() { az ad app show --id "$app" --query "$1" -o "$2"; }
patch() { # which list, all that it holds
  az rest --method patch --url "${graph%/}/v1.0/applications/$object" --body "{\"api\": {\"$1\": $2}}" >/dev/null
}

scope=$(of_app "api.oauth2PermissionScopes[?value=='$SCOPE'].id | [0]" tsv) || fail "its scopes could not be read"
if [ -z "$scope" ]; then
  scope=5f1a2a52-7a0c-4a6e-8f2e-0b8f5a1f9d35
  said='"Call the engine in the name of who signed in, with the roles that they have"'
  shown="\"adminConsentDisplayName\": \"Call the engine\", \"adminConsentDescription\": $said"
  new="{\"id\": \"$scope\", \"value\": \"$SCOPE\", \"type\": \"User\", \"isEnabled\": true, $shown}"
  scopes=$(of_app "[api.oauth2PermissionScopes, \`[$new]\`][]" json) || fail "its scopes could not be read"
  patch oauth2PermissionScopes "$scopes" || fail "its scope could not be added"
fi

clients=api.preAuthorizedApplications
held=$(of_app "length(${clients}[?appId=='$AZURE_CLI' && contains(delegatedPermissionIds, '$scope')])" tsv) ||
  fail "its clients could not be read"
if [ "$held" = 0 ]; then
  scopes="[${clients}[?appId=='$AZURE_CLI'].delegatedPermissionIds[], ['$scope']][]"
  whole="[${clients}[?appId!='$AZURE_CLI'], [{appId: '$AZURE_CLI', delegatedPermissionIds: $scopes}]][]"
  list=$(of_app "$whole" json) || fail "its clients could not be read"
  patch preAuthorizedApplications "$list" ||
    fail "the Azure CLI could not be pre-authorised; a new scope is known after a moment, so run it once more"
fi

principal_of() { az ad sp show --id "$1" --query id -o tsv 2>/dev/null || az ad sp create --id "$1" --query id -o tsv; }
ours=$(principal_of "$app") || fail "its service principal could not be made"
theirs=$(principal_of "$ACTION_GROUPS") || fail "the service principal of action groups could not be made"

# Who deploys must own the application, or the action group is refused with AadWebhookResourceNotOwnedByCaller.
az ad app owner add --id "$app" --owner-object-id "$(az ad signed-in-user show --query id -o tsv)" ||
  echo "You could not be made its owner. A service principal that deploys must be made one by hand." >&2

assignments="${graph%/}/v1.0/servicePrincipals/$theirs/appRoleAssignments"
role=$(az ad app show --id "$app" --query "appRoles[?value=='$WEBHOOK'].id | [0]" -o tsv)
held=$(az rest --url "$assignments" --query "length(value[?resourceId=='$ours' && appRoleId=='$role'])" -o tsv) ||
  fail "the roles of action groups could not be read"
if [ "$held" = 0 ]; then
  az rest --method post --url "$assignments" \
    --body "{\"principalId\": \"$theirs\", \"resourceId\": \"$ours\", \"appRoleId\": \"$role\"}" >/dev/null ||
    fail "the role could not be assigned to action groups"
fi

if command -v azd >/dev/null; then
  azd env set ENTRA_APP_OBJECT_ID "$object"
  azd env set ENTRA_APP_CLIENT_ID "$app"
  azd env set ENTRA_APP_ID_URI "api://$app"
fi
echo "ENTRA_APP_OBJECT_ID=$object ENTRA_APP_CLIENT_ID=$app ENTRA_APP_ID_URI=api://$app"
echo "Nobody may call yet. Give people their roles in the portal: Enterprise applications, $name, Users and groups."
