#!/bin/sh
# Takes away what lies outside the resource group that `azd down` removes: rights, roles, the rules and policies of the
# watched subscriptions, and what the policy made on vaults. Run before it, for a role with assignments cannot be
# deleted. What Azure refuses is listed at the end with the command that removes it, and stops `azd down`. Running it
# twice is safe. The Entra application stays; its line says how to remove it. It has not run against a real Azure.
set -euf
IFS='
'

[ -n "${IDENTITY_PRINCIPAL_ID:-}" ] || exit 0 # nothing was deployed

# A lock that is lifted can come back only while the identity has its rights.
cat <<'END'
See that GET /api/leases is empty before you go on: lifted locks are returned by the engine that goes now.
The engine's rights go at once, before azd asks whether to delete. If you then answer no there, the app stays without
rights; `azd provision --no-state` brings them back.
END
if [ -t 0 ]; then
  printf 'No lock is lifted, take the rights away now? (yes/no) '
  read -r answer
  [ "$answer" = yes ] || exit 1
fi

left=''
plain() { # a command as a line for a shell
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
  done
}
away() { # run a command; a refused one is kept for the end
  "$@" </dev/null && return 0
  left="$left
 $(plain "$@")"
  return 1
}
look() { # what a command finds, in $found
  found=$("$@" </dev/null) && return 0
  found='' left="$left
 $(plain "$@")   # could not be read: look for what is left"
}

rights_of() { # a principal
  before=$left
  look az role assignment list --subscription "$subscription" --all --assignee "$1" --query "[].id" -o tsv
  for one in $found; do away az role assignment delete --ids "$one" || true; done
  [ "$before" = "$left" ]
}

# The assignment goes last: as long as it is there, a second run finds what belongs to it.
policy() {
  look az policy assignment list --scope "/subscriptions/$subscription" \
    --query "[?name=='$VAULT_POLICY_ASSIGNMENT'].identity.principalId" -o tsv
  [ -n "$found" ] || return 0
  principal=$found
  look az policy remediation list --subscription "$subscription" --query "[?name=='$VAULT_POLICY_ASSIGNMENT'].name" -o tsv
  for one in $found; do
    away az policy remediation delete --subscription "$subscription" --name "$one" || return 0
  done
  rights_of "$principal" || return 0
  away az policy assignment delete --name "$VAULT_POLICY_ASSIGNMENT" --scope "/subscriptions/$subscription" || true
}

# Only settings of our name that send to our workspace: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings
settings_of_vaults() {
  lower() { echo "$1" | tr '[:upper:]' '[:lower:]'; }
  look az resource list --subscription "$subscription" --resource-type Microsoft.RecoveryServices/vaults --query "[].id" -o tsv
  for vault in $found; do
    settings="$vault/providers/Microsoft.Insights/diagnosticSettings" version='api-version=2021-05-01-preview'
    look az rest --url "$settings?$version" --query "value[?name=='$VAULT_LOG_SETTING'].properties.workspaceId" -o tsv
    [ "$(lower "$found")" = "$(lower "$WORKSPACE_ID")" ] || continue
    away az rest --method delete --url "$settings/$VAULT_LOG_SETTING?$version" || true
  done
}

for subscription in $(echo "${WATCHED_SUBSCRIPTIONS:-}" | tr , '\n'); do
  rights_of "$IDENTITY_PRINCIPAL_ID" || true
  [ -z "${VAULT_POLICY_ASSIGNMENT:-}" ] || policy
  [ -z "${WORKSPACE_ID:-}" ] || settings_of_vaults
  look az group exists --subscription "$subscription" --name "$ALERTS_GROUP" -o tsv
  if [ "$found" = true ]; then
    away az group delete --subscription "$subscription" --name "$ALERTS_GROUP" --yes || true
  fi
done

# Roles lie in the subscription that was deployed to, whichever az has chosen now.
for role in $(echo "${ROLE_DEFINITIONS:-}" | tr , '\n'); do
  away az role definition delete --subscription "$AZURE_SUBSCRIPTION_ID" --scope "/subscriptions/$AZURE_SUBSCRIPTION_ID" \
    --name "$role" --custom-role-only || true
done

[ -z "${ENTRA_APP_CLIENT_ID:-}" ] || echo "The Entra application stays: az ad app delete --id $ENTRA_APP_CLIENT_ID"
[ -n "$left" ] || exit 0
cat >&2 <<END
Azure kept what these lines remove. A CanNotDelete lock on a group keeps the role assignments in it too, and a role that
is assigned cannot be deleted. Lift the lock, run the lines in this order, then \`azd down --purge\` again:
$left
END
exit 1
