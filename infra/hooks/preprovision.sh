#!/bin/sh
# What must be there before Azure is asked to deploy: a provider that the virtual network needs, and the Entra
# application. Run by `azd provision`; running it twice is safe. It has not run against a real Azure.
set -eu

# The app's subnet is delegated to Microsoft.App/environments, which a subscription must know:
# https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to#enable-virtual-network-integration
if [ "${VNET_ENABLED:-false}" = true ]; then
  : "${AZURE_SUBSCRIPTION_ID:?which subscription is deployed to is not known yet. Set it: azd env set AZURE_SUBSCRIPTION_ID <id>}"
  az provider register --namespace Microsoft.App --subscription "$AZURE_SUBSCRIPTION_ID" --wait || {
    echo "The provider Microsoft.App could not be registered, which VNET_ENABLED needs. Let an Owner or Contributor of the subscription run:" >&2
    echo "  az provider register --namespace Microsoft.App --subscription $AZURE_SUBSCRIPTION_ID --wait" >&2
    exit 1
  }
fi

exec sh "$(dirname "$0")/entra-app.sh"
