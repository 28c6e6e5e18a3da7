// The built-in policy by which every Recovery Services vault of a subscription logs to the workspace, in tables of its
// own: https://github.com/Azure/azure-policy, built-in-policies/policyDefinitions/Backup. Its identity needs the two
// roles that the definition names. A vault that already sends some of these logs there is reported as failed.
targetScope = 'subscription'

@description('Unique part of names.')
param token string

@description('Region of the assignment\'s identity.')
param location string

@description('Id of the workspace.')
param workspaceId string

@description('Name of the diagnostic setting that the policy makes on each vault.')
param settingName string

var vaultsLog = 'c717fb0c-d118-4c43-ab3d-ece30ac81fb3'
var rolesOfPolicy = {
  logAnalyticsContributor: '92aaf0da-9dab-42b6-94a3-d43ce8d16293'
  monitoringContributor: '749f88d5-cbae-40b8-bcfc-e573ddc772fa'
}

resource assignment 'Microsoft.Authorization/policyAssignments@2025-03-01' = {
  name: 'vault-diagnostics-${token}'
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    displayName: 'Recovery Services vaults log to the backup runbooks\' workspace'
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', vaultsLog)
    enforcementMode: 'Default'
    parameters: {
      profileName: { value: settingName }
      logAnalytics: { value: workspaceId }
    }
  }
}

resource rights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in items(rolesOfPolicy): {
  name: guid(subscription().id, assignment.id, role.value)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    principalId: assignment.identity.principalId
    principalType: 'ServicePrincipal'
  }
}]

// New vaults are seen to by the assignment. For those that are there already infra/hooks/rights.sh starts a remediation:
// one that is under way may not be written again, so here it would break a second deployment.

output principalId string = assignment.identity.principalId
