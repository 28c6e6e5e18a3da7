#!/bin/sh
# Gives the engine what it needs outside of its own group (infra/rights.bicep): its rights, and the way of alerts to it.
# It is no part of azd's own deployment, for `azd down` deletes every group of that one. Rights that are not listed it
# tells with the lines that take them away, and leaves them: a lock may be lifted there which only these rights bring
# back. Run after `azd provision`; running it twice is safe. It has not run against a real Azure.
set -euf
IFS='
'
tab=$(printf '\t')

fail() { # what is missing
  echo "The engine's rights are not yet those that infra/main.parameters.json lists: $1" >&2
  echo "After that run it again: azd hooks run postprovision (from the project's root). Until then \`azd deploy\` publishes code." >&2
  exit 1
}

[ -n "${RIGHTS_DEPLOYMENT:-}" ] || fail "this environment has not been provisioned: azd provision"

lines() { echo "$1" | tr , '\n' | tr '[:upper:]' '[:lower:]'; }
json() { [ -z "$1" ] || echo "\"$1\"" | sed 's/,/", "/g'; }

parameters=$(
  cat <<END
{
  "environmentName": {"value": "$AZURE_ENV_NAME"},
  "location": {"value": "$AZURE_LOCATION"},
  "subscriptions": {"value": [$(json "$WATCHED_SUBSCRIPTIONS")]},
  "alertsGroupName": {"value": "$ALERTS_GROUP"},
  "actionGroupId": {"value": "$ALERTS_GO_TO"},
  "alerts": {"value": $ALERTS_ARE_TOLD},
  "vaults": {"value": [$(json "${RIGHTS_VAULTS:-}")]},
  "restorePointGroups": {"value": [$(json "${RIGHTS_RESTORE_POINT_GROUPS:-}")]},
  "machineGroups": {"value": [$(json "${RIGHTS_MACHINE_GROUPS:-}")]},
  "principalId": {"value": "$IDENTITY_PRINCIPAL_ID"},
  "readerRole": {"value": "$ROLE_READER"},
  "vaultOperatorRole": {"value": "$ROLE_VAULT_OPERATOR"},
  "custodianRole": {"value": "$ROLE_CUSTODIAN"},
  "guestRole": {"value": "$ROLE_GUEST"}
}
END
)
az deployment sub create --subscription "$AZURE_SUBSCRIPTION_ID" --name "$RIGHTS_DEPLOYMENT" --location "$AZURE_LOCATION" \
  --template-file infra/rights.bicep --parameters "$parameters" --output none ||
  fail "az says above what was refused. See that each vault and group that is listed is there, in a watched subscription, has no ReadOnly lock (it forbids assignments), and that you may assign roles there"

# What may be assigned: role and scope, one a line. Without vaults their operator is assigned at the subscriptions.
everywhere=$(echo "$WATCHED_SUBSCRIPTIONS" | sed 's|[^,][^,]*|/subscriptions/&|g')
# Of an id count the parts that rights.bicep reads: nine of a vault's, five of a group's.
listed=$(
  lines "${RIGHTS_VAULTS:-$everywhere}" | cut -d / -f 2-9 | sed "s|^|$ROLE_VAULT_OPERATOR /|"
  lines "${RIGHTS_RESTORE_POINT_GROUPS:-}" | cut -d / -f 2-5 | sed "s|^|$ROLE_CUSTODIAN /|"
  lines "${RIGHTS_MACHINE_GROUPS:-}" | cut -d / -f 2-5 | sed "s|^|$ROLE_GUEST /|"
)

more=''
for subscription in $(lines "$WATCHED_SUBSCRIPTIONS"); do
  held=$(az role assignment list --subscription "$subscription" --all --assignee "$IDENTITY_PRINCIPAL_ID" \
    --query "[].[id, roleDefinitionId, scope]" -o tsv) || fail "what is assigned in subscription $subscription could not be read"
  for one in $held; do
    id=${one%%"$tab"*}
    role=${one#*"$tab"}
    role=${role%%"$tab"*}
    role=$(lines "${role##*/}")
    scope=$(lines "${one##*"$tab"}")
    case $role in "$ROLE_VAULT_OPERATOR" | "$ROLE_CUSTODIAN" | "$ROLE_GUEST") ;; *) continue ;; esac
    case $scope in /subscriptions/*) ;; *) continue ;; esac
    if echo "$listed" | grep -qxF "$role $scope"; then continue; fi
    more="$more
  az role assignment delete --ids '$id'   # at $scope"
  done
done
[ -z "$more" ] || cat <<END
The engine has rights that infra/main.parameters.json does not list: listed before, or given by hand. List their groups
or vaults there; or take them away, once GET /api/leases shows no lock that is lifted in these groups:
$more
END
