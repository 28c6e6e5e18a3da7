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

# The policy sees to new vaults by itself; for those that are there already it is told to. One that is under way may not be
# written again (https://github.com/Azure/azure-policy/issues/1234), and does the same.
look_at_vaults() { # a subscription
  said=$(az policy remediation create --subscription "$1" --name "$VAULT_POLICY_ASSIGNMENT" \
    --policy-assignment "/subscriptions/$1/providers/Microsoft.Authorization/policyAssignments/$VAULT_POLICY_ASSIGNMENT" \
    --resource-discovery-mode ReEvaluateCompliance --output none 2>&1) && return 0
  case $said in
    *InvalidUpdateRemediationRequest*) echo "Vaults of subscription $1: the remediation from before is still under way, and goes on." ;;
    *) echo "$said" >&2 && return 1 ;;
  esac
}
if [ "${VAULTS_LOG:-false}" = true ]; then
  for subscription in $(lines "$WATCHED_SUBSCRIPTIONS"); do
    look_at_vaults "$subscription" || fail "the vaults of subscription $subscription could not be told to log"
  done
fi

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
