// Gives the app one of the engine's roles at a single vault.
@description('Name of the vault in this resource group.')
param vaultName string

@description('Name (a GUID) of the role.')
param role string

@description('Principal of the app\'s identity.')
param principalId string

resource vault 'Microsoft.RecoveryServices/vaults@2025-02-01' existing = {
  name: vaultName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, role)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
