#!/bin/sh
# Takes away what lies outside the resource group that `azd down` removes: rights, roles, the rules and policies of the
# watched subscriptions. Run before it, for a role with assignments cannot be deleted. Running it twice is safe.
# The Entra application stays; its line says how to remove it. It has not run against a real Azure.
set -eu

[ -n "${IDENTITY_PRINCIPAL_ID:-}" ] || exit 0 # nothing was deployed

# A lock that is lifted can come back only while the identity has its rights.
echo "See that GET /api/leases is empty before you go on: lifted locks are returned by the engine that goes now."
if [ -t 0 ]; then
  printf 'No lock is lifted, go on? (yes/no) '
  read -r answer
  [ "$answer" = yes ] || exit 1
fi

for subscription in $(echo "${WATCHED_SUBSCRIPTIONS:-}" | tr , ' '); do
  for one in $(az role assignment list --subscription "$subscription" --all --assignee "$IDENTITY_PRINCIPAL_ID" \
    --query "[].id" -o tsv); do
    az role assignment delete --ids "$one"
  done
  if [ -n "${VAULT_POLICY_ASSIGNMENT:-}" ]; then
    scope="/subscriptions/$subscription"
    policy=$(az policy assignment show --name "$VAULT_POLICY_ASSIGNMENT" --scope "$scope" \
      --query identity.principalId -o tsv 2>/dev/null || true)
    if [ -n "$policy" ]; then
      az role assignment list --subscription "$subscription" --all --assignee "$policy" --query "[].id" -o tsv |
        while read -r one; do az role assignment delete --ids "$one"; done
      az policy assignment delete --name "$VAULT_POLICY_ASSIGNMENT" --scope "$scope"
    fi
  fi
  if [ "$(az group exists --subscription "$subscription" --name "$ALERTS_GROUP")" = true ]; then
    az group delete --subscription "$subscription" --name "$ALERTS_GROUP" --yes
  fi
done

for role in $(echo "${ROLE_DEFINITIONS:-}" | tr , ' '); do
  az role definition delete --name "$role" --custom-role-only
done

[ -z "${ENTRA_APP_CLIENT_ID:-}" ] || echo "The Entra application stays: az ad app delete --id $ENTRA_APP_CLIENT_ID"
