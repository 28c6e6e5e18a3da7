// Lets the identity of a policy assignment in another subscription send vaults' logs to the workspace.
@description('Name of the workspace.')
param workspaceName string

@description('Principal of the assignment\'s identity.')
param principalId string

var logAnalyticsContributor = '92aaf0da-9dab-42b6-94a3-d43ce8d16293'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource rights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, principalId, logAnalyticsContributor)
  scope: workspace
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', logAnalyticsContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
