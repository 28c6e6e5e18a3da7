#!/bin/sh
# Makes the Entra application for which callers of the engine get their tokens: Azure Monitor's action groups (secure
# webhook), and people by the Azure CLI. Run by `azd provision`; may be run by hand by whoever may register applications
# and assign app roles, with AZURE_ENV_NAME, AZURE_SUBSCRIPTION_ID and, without access to that subscription,
# AZURE_TENANT_ID. An application that is there already is told by ENTRA_APP_CLIENT_ID. It keeps no secret: the application
# has none. Running it twice is safe. It has not run against a real tenant.
# https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#configure-authentication-for-secure-webhook
set -eu

ACTION_GROUPS=461e8683-5575-4561-ac7f-899cc907d62a # application id of "AzNS AAD Webhook" in every tenant
WEBHOOK=ActionGroupsSecureWebhook                   # the role that Azure Monitor asks for
AZURE_CLI=04b07795-8ddb-461a-bbee-02f9e1bf7b46      # application id of the Azure CLI in every tenant
SCOPE=user_impersonation                            # what the Azure CLI asks for in a person's name

[ "${ALERT_RECEIVER:-secureWebhook}" = secureWebhook ] || exit 0
: "${AZURE_ENV_NAME:?run this by azd, or set AZURE_ENV_NAME}"
: "${AZURE_SUBSCRIPTION_ID:?run this by azd, or set AZURE_SUBSCRIPTION_ID to the subscription that is deployed to}"

fail() {
  echo "The Entra application could not be set up: $1" >&2
  echo "Let someone who may register applications run infra/hooks/entra-app.sh (docs/deploy.md, The Entra application), or do: azd env set ALERT_RECEIVER function" >&2
  exit 1
}

# az works in the tenant that was signed in to, which need not be the one that is deployed to.
tenant=${AZURE_TENANT_ID:-$(az account show --subscription "$AZURE_SUBSCRIPTION_ID" --query tenantId -o tsv)} ||
  fail "az does not know the subscription $AZURE_SUBSCRIPTION_ID: az login; or set AZURE_TENANT_ID to its tenant"
now=$(az account show --query tenantId -o tsv) || fail "az is not signed in: az login --tenant $tenant"
[ "$now" = "$tenant" ] ||
  fail "az is signed in to the tenant $now, and the subscription's is $tenant: az account set --subscription $AZURE_SUBSCRIPTION_ID, or az login --tenant $tenant"

# Who deploys must own the application, or the action group is refused with AadWebhookResourceNotOwnedByCaller
# (https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups).
signed_in() { # object id of who runs this
  if [ "$(az account show --query user.type -o tsv)" = servicePrincipal ]; then
    az ad sp show --id "$(az account show --query user.name -o tsv)" --query id -o tsv
  else
    az ad signed-in-user show --query id -o tsv
  fi
}
mine() { az ad app owner list --id "$1" --query "[?id=='$me'].id" -o tsv; }
own() { echo "az ad app owner add --id $1 --owner-object-id ${me:-<your object id>}"; }

me=$(signed_in) || me=''
if [ -n "${ENTRA_APP_OBJECT_ID:-}" ]; then
  app=${ENTRA_APP_CLIENT_ID:-$ENTRA_APP_OBJECT_ID}
  if [ -n "$me" ] && owner=$(mine "$app"); then
    [ -n "$owner" ] || az ad app owner add --id "$app" --owner-object-id "$me" ||
      fail "you do not own it, and Azure lets only an owner deploy. Let an owner run: $(own "$app")"
  else
    echo "Whether you own the Entra application could not be read. Should Azure say AadWebhookResourceNotOwnedByCaller, let an owner run: $(own "$app")" >&2
  fi
  exit 0
fi
[ -n "$me" ] || fail "az could not tell who is signed in"

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

# Names are not unique, and az finds those that only begin so: one that somebody else made is not taken.
name="Backup runbooks ($AZURE_ENV_NAME, $AZURE_SUBSCRIPTION_ID)"
app=${ENTRA_APP_CLIENT_ID:-}
if [ -z "$app" ]; then
  app=$(az ad app list --display-name "$name" --query "[?displayName=='$name'].appId" -o tsv) ||
    fail "az could not list applications"
  for one in $app; do
    owner=$(mine "$one") || fail "the owners of the application $one could not be read"
    [ -n "$owner" ] || fail "an application named $name is there, which you do not own. If it is the engine's, let an owner run: $(own "$one"); else have it renamed"
  done
  case $app in *[!0-9A-Za-z-]*) fail "several applications are named $name; do: azd env set ENTRA_APP_CLIENT_ID <the engine's>" ;; esac
fi
if [ -z "$app" ]; then
  app=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId -o tsv) ||
    fail "az could not create it"
fi
az ad app owner add --id "$app" --owner-object-id "$me" ||
  fail "you could not be made its owner. Let an owner run: $(own "$app")"
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
echo "Whoever else deploys must own it: az ad app owner add --id $app --owner-object-id <their object id>"
echo "Nobody may call yet. Give people their roles in the portal: Enterprise applications, $name, Users and groups."
