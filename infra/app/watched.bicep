// What one watched subscription gets. An alert processing rule covers only the subscription that it lies in.
targetScope = 'subscription'

@description('Name of the resource group of the rule.')
param groupName string

@description('Region of the resource group.')
param location string

@description('Tags of every resource.')
param tags object

@description('Id of the action group that tells the engine.')
param actionGroupId string

@description('Whether alerts are sent to the engine at all.')
param alerts bool

@description('Principal of the app\'s identity.')
param principalId string

@description('Name (a GUID) of the reader role.')
param readerRole string

@description('Name (a GUID) of the vault operator role. Empty: it is assigned at single vaults instead.')
param operatorRole string

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: groupName
  location: location
  tags: tags
}

module rule 'backup-alerts.bicep' = if (alerts) {
  name: 'backup-alerts'
  scope: group
  params: {
    tags: tags
    actionGroupId: actionGroupId
  }
}

module reader 'assign-subscription.bicep' = {
  name: 'reader-${uniqueString(principalId)}'
  params: {
    role: readerRole
    principalId: principalId
  }
}

module vaultOperator 'assign-subscription.bicep' = if (!empty(operatorRole)) {
  name: 'operator-${uniqueString(principalId)}'
  params: {
    role: operatorRole
    principalId: principalId
  }
}
