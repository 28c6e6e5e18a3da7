// What the engine gets outside of its own group: the way of alerts to it, its right to read in each watched subscription,
// and its rights in groups that belong to others: at single vaults, at groups of restore points, at groups of machines.
// A deployment of its own, made by infra/hooks/rights.sh, so that `azd down`, which deletes the groups of azd's
// deployment, never touches these.
targetScope = 'subscription'

@description('Name of the environment.')
param environmentName string

@description('Region of the group of the alert processing rule.')
param location string

@description('Ids of the watched subscriptions.')
param subscriptions array

@description('Name of the group of the alert processing rule, in each of them.')
param alertsGroupName string

@description('Id of the action group that tells the engine.')
param actionGroupId string

@description('Whether alerts are sent to the engine at all.')
param alerts bool

@description('Ids of the vaults in which alone backups may be triggered. Empty: in all of the subscriptions.')
param vaults array

@description('Ids of the groups of restore points, where locks may be lifted and restore points deleted.')
param restorePointGroups array

@description('Ids of the groups of machines, in which guests and extensions may be worked on.')
param machineGroups array

@description('Principal of the app\'s identity.')
param principalId string

@description('Name (a GUID) of the reader role.')
param readerRole string

@description('Name (a GUID) of the vault operator role.')
param vaultOperatorRole string

@description('Name (a GUID) of the custodian role.')
param custodianRole string

@description('Name (a GUID) of the guest role.')
param guestRole string

// Without azd's own tag: azd takes groups that bear it for groups of its deployment.
module subscriptionsWatched 'app/watched.bicep' = [for one in subscriptions: {
  name: 'watched-${uniqueString(principalId)}'
  scope: subscription(one)
  params: {
    groupName: alertsGroupName
    location: location
    tags: { 'backup-runbooks-environment': environmentName }
    actionGroupId: actionGroupId
    alerts: alerts
    principalId: principalId
    readerRole: readerRole
    operatorRole: empty(vaults) ? vaultOperatorRole : ''
  }
}]

module vaultRights 'app/assign-vault.bicep' = [for one in vaults: {
  name: 'operator-${uniqueString(toLower(one), principalId)}'
  scope: resourceGroup(split(one, '/')[2], split(one, '/')[4])
  params: {
    vaultName: split(one, '/')[8]
    role: vaultOperatorRole
    principalId: principalId
  }
}]

module custodianRights 'app/assign-group.bicep' = [for one in restorePointGroups: {
  name: 'custodian-${uniqueString(toLower(one), principalId)}'
  scope: resourceGroup(split(one, '/')[2], split(one, '/')[4])
  params: {
    role: custodianRole
    principalId: principalId
  }
}]

module guestRights 'app/assign-group.bicep' = [for one in machineGroups: {
  name: 'guest-${uniqueString(toLower(one), principalId)}'
  scope: resourceGroup(split(one, '/')[2], split(one, '/')[4])
  params: {
    role: guestRole
    principalId: principalId
  }
}]
