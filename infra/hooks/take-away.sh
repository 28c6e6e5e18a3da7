#!/bin/sh
# Takes away what lies outside the resource group that `azd down` removes: rights, roles, the rules and policies of the
# watched subscriptions, and what the policy made on vaults. Run before it, for a role with assignments cannot be
# deleted. What Azure refuses is listed at the end with the command that removes it, and stops `azd down`. Running it
# twice is safe. The Entra application stays; its line says how to remove it. It has not run against a real Azure.
#
#   take-away.sh                      everything
#   take-away.sh <subscription id>    what one subscription got that is not to be watched any more
#   take-away.sh vault-diagnostics    what VAULT_DIAGNOSTICS made, in every watched subscription
#
# With TAKE_AWAY=yes nobody is asked.
set -euf
IFS='
'
tab=$(printf '\t')
what=${1:-everything}

left=''
plain() { # a command as a line for a shell
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
  done
}
keep() { # a command for the end
  left="$left
 $(plain "$@")"
}
away() { # run a command; a refused one is kept for the end
  "$@" </dev/null && return 0
  keep "$@"
  return 1
}
look() { # what a command finds, in $found
  found=$("$@" </dev/null) && return 0
  keep "$@"
  found='' left="$left   # could not be read: look for what is left"
}
lower() { echo "$1" | tr '[:upper:]' '[:lower:]'; }
ids() { echo "$1" | tr , '\n'; }

# A first provisioning that failed left azd no outputs, but perhaps roles and the policy. Ours is a role whose description
# names this environment (app/roles.bicep), and a policy that sends to a workspace in its group: names alone may be
# another environment's.
find_ours() {
  [ -n "${AZURE_SUBSCRIPTION_ID:-}" ] && [ -n "${AZURE_ENV_NAME:-}" ] || exit 0 # nothing was deployed
  made="Made by the azd environment $AZURE_ENV_NAME."
  look az role definition list --subscription "$AZURE_SUBSCRIPTION_ID" --custom-role-only true \
    --query "[?description && ends_with(description, '$made')].name" -o tsv
  ROLE_DEFINITIONS=$found VAULT_POLICY_ASSIGNMENT=''
  listed=$(tr -d ' \t\r\n' <infra/main.parameters.json | sed -n 's/.*"subscriptions":{"value":\["\([^]]*\)"\].*/\1/p')
  WATCHED_SUBSCRIPTIONS=$(echo "${listed:-$AZURE_SUBSCRIPTION_ID}" | sed 's/","/,/g')
  ours=$(lower "/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/rg-$AZURE_ENV_NAME/")
  for subscription in $(ids "$WATCHED_SUBSCRIPTIONS"); do
    look az policy assignment list --scope "/subscriptions/$subscription" --query \
      "[?starts_with(name, 'vault-diagnostics-')].[name, parameters.profileName.value, parameters.logAnalytics.value]" -o tsv
    for one in $found; do
      case $(lower "${one##*"$tab"}") in "$ours"*) ;; *) continue ;; esac
      VAULT_POLICY_ASSIGNMENT=${one%%"$tab"*} WORKSPACE_ID=${one##*"$tab"}
      VAULT_LOG_SETTING=${one#*"$tab"} && VAULT_LOG_SETTING=${VAULT_LOG_SETTING%%"$tab"*}
    done
  done
  [ -n "$ROLE_DEFINITIONS$VAULT_POLICY_ASSIGNMENT$left" ] || exit 0
  echo "No deployment of this environment has ended well. What it left outside of its group:"
  for one in $ROLE_DEFINITIONS $VAULT_POLICY_ASSIGNMENT; do echo "  $one"; done
}

# A lock that is lifted can come back only while the identity has its rights.
agreed() {
  case $what in
    vault-diagnostics) echo "Vaults stop sending their logs: what VAULT_DIAGNOSTICS made goes." ;;
    everything)
      cat <<'END'
See that GET /api/leases is empty before you go on: lifted locks are returned by the engine that goes now.
The engine's rights go at once, before azd asks whether to delete. If you then answer no there, the app stays without
rights; `azd provision --no-state` brings them back.
END
      ;;
    *)
      echo "See that GET /api/leases shows no lock of subscription $what: only the engine's rights there bring one back."
      ;;
  esac
  [ "${TAKE_AWAY:-}" != yes ] || return 0
  if [ ! -t 0 ]; then
    echo "Nothing was taken away, for there is nobody to ask. Say so beforehand: TAKE_AWAY=yes" >&2
    exit 1
  fi
  printf 'No lock is lifted, take this away now? (yes/no) '
  read -r answer
  [ "$answer" = yes ] || exit 1
}

rights_of() { # a principal, a subscription, a group whose assignments stay
  before=$left
  look az role assignment list --subscription "$2" --all --assignee "$1" --query "[].id" -o tsv
  for one in $found; do
    case $(lower "$one") in "${3:-none}"/*) continue ;; esac
    away az role assignment delete --ids "$one" || true
  done
  [ "$before" = "$left" ]
}

# It is cancelled first, for one that is under way makes settings again and cannot be deleted. One that is cancelled or
# has ended cannot be cancelled; one that is cancelled may take a while to end.
remediation() { # its name
  cancelled=$(az policy remediation cancel --subscription "$subscription" --name "$1" </dev/null 2>&1) && cancelled=InvalidCancelRemediationRequest
  said=$(az policy remediation delete --subscription "$subscription" --name "$1" </dev/null 2>&1) && return 0
  case "$cancelled $said" in
    *InvalidCancelRemediationRequest*InvalidDeleteRemediationRequest*)
      echo "A cancelled remediation has to end before it can be deleted. It makes nothing any more; later you may run:"
      echo " $(plain az policy remediation delete --subscription "$subscription" --name "$1")"
      return 0
      ;;
  esac
  echo "$cancelled
$said" >&2
  keep az policy remediation cancel --subscription "$subscription" --name "$1"
  keep az policy remediation delete --subscription "$subscription" --name "$1"
  return 1
}

# The assignment goes last: as long as it is there, a second run finds what belongs to it. Its identity may write to the
# workspace as well, which lies where the app was deployed to.
policy() {
  look az policy remediation list --subscription "$subscription" --query "[?name=='$VAULT_POLICY_ASSIGNMENT'].name" -o tsv
  for one in $found; do remediation "$one" || return 0; done
  look az policy assignment list --scope "/subscriptions/$subscription" \
    --query "[?name=='$VAULT_POLICY_ASSIGNMENT'].identity.principalId" -o tsv
  [ -n "$found" ] || return 0
  principal=$found
  rights_of "$principal" "$subscription" || return 0
  rights_of "$principal" "$AZURE_SUBSCRIPTION_ID" || return 0
  away az policy assignment delete --name "$VAULT_POLICY_ASSIGNMENT" --scope "/subscriptions/$subscription" || true
}

# Only settings of our name that send to our workspace: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings
settings_of_vaults() {
  look az resource list --subscription "$subscription" --resource-type Microsoft.RecoveryServices/vaults --query "[].id" -o tsv
  for vault in $found; do
    settings="$vault/providers/Microsoft.Insights/diagnosticSettings" version='api-version=2021-05-01-preview'
    look az rest --url "$settings?$version" --query "value[?name=='$VAULT_LOG_SETTING'].properties.workspaceId" -o tsv
    [ "$(lower "$found")" = "$(lower "$WORKSPACE_ID")" ] || continue
    away az rest --method delete --url "$settings/$VAULT_LOG_SETTING?$version" || true
  done
}

alerts() {
  look az group exists --subscription "$subscription" --name "$ALERTS_GROUP" -o tsv
  [ "$found" != true ] || away az group delete --subscription "$subscription" --name "$ALERTS_GROUP" --yes || true
}

stays=''
if [ "$what" = everything ]; then
  [ -n "${IDENTITY_PRINCIPAL_ID:-}" ] || find_ours
else
  : "${IDENTITY_PRINCIPAL_ID:?load the environment first: docs/deploy.md, Watch a subscription no longer}"
  ROLE_DEFINITIONS=''
  # The app may lie in the subscription that is not watched any more.
  stays=$(lower "/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/$AZURE_RESOURCE_GROUP")
  [ "$what" = vault-diagnostics ] || WATCHED_SUBSCRIPTIONS=$what
fi
agreed

for subscription in $(ids "${WATCHED_SUBSCRIPTIONS:-}"); do
  if [ "$what" != vault-diagnostics ]; then
    [ -z "${IDENTITY_PRINCIPAL_ID:-}" ] || rights_of "$IDENTITY_PRINCIPAL_ID" "$subscription" "$stays" || true
    [ -z "${ALERTS_GROUP:-}" ] || alerts
  fi
  [ -z "${VAULT_POLICY_ASSIGNMENT:-}" ] || policy
  [ -z "${WORKSPACE_ID:-}" ] || settings_of_vaults
done

# Roles lie in the subscription that was deployed to, whichever az has chosen now.
for role in $(ids "${ROLE_DEFINITIONS:-}"); do
  away az role definition delete --subscription "$AZURE_SUBSCRIPTION_ID" --scope "/subscriptions/$AZURE_SUBSCRIPTION_ID" \
    --name "$role" --custom-role-only || true
done

[ "$what" != everything ] || [ -z "${ENTRA_APP_CLIENT_ID:-}" ] ||
  echo "The Entra application stays: az ad app delete --id $ENTRA_APP_CLIENT_ID"
[ -n "$left" ] || exit 0
[ "$what" = everything ] && again='azd down --purge' || again="infra/hooks/take-away.sh $what"
cat >&2 <<END
Azure kept what these lines remove. A CanNotDelete lock on a group keeps the role assignments in it too, and a role that
is assigned cannot be deleted. Lift the lock, run the lines in this order, then \`$again\` again:
$left
END
exit 1
