// One deployment of the engine: its own resource group, its roles, and the logging of vaults.
// Nothing here may grant rights to the engine beyond the roles in infra/roles, which `make role` writes from the policy.
// No resource group but the app's own may occur here: `azd down` looks for every group that occurs among the resources of
// this deployment in the subscription that was deployed to, deletes it, and stops where it is not there (azure-dev,
// pkg/azapi/standard_deployments.go). What other groups and subscriptions get is in rights.bicep, which azd does not know.
targetScope = 'subscription'

@description('Name of the environment. It names the resource groups, and every other name is made from its hash.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of everything that is deployed. It must offer Flex Consumption with Python 3.13.')
@minLength(1)
@metadata({ azd: { type: 'location' } })
param location string

@description('Ids of the subscriptions whose backups are watched: swept, read, and wired to the engine. Empty: the one that is deployed to.')
param subscriptions array = []

@description('Ids of Recovery Services vaults in which alone backups may be triggered. They lie in the watched subscriptions. Empty: in all of the subscriptions. With vaults named here the engine cannot close alerts, which belong to the subscription.')
param vaults array = []

@description('Ids of resource groups that hold restore points, such as AzureBackupRG_westeurope_1. Only there may locks be lifted and restore points deleted. They lie in the watched subscriptions. Empty: nowhere.')
param restorePointGroups array = []

@description('Ids of resource groups of protected machines, in which guests and extensions may be worked on. They lie in the watched subscriptions. Empty: nowhere.')
param machineGroups array = []

@description('Appended to the names of the four roles. A role name is taken once in a tenant, so a second environment needs a suffix.')
@maxLength(60)
param roleNameSuffix string = ''

@description('How alerts reach the engine. secureWebhook: with an Entra token, nothing secret is stored; needs the application of infra/hooks/entra-app.sh. function: with a function key, which the action group stores; people then call with a key too. none: not at all, the sweep alone finds failures.')
@allowed(['secureWebhook', 'function', 'none'])
param alertReceiver string = 'secureWebhook'

@description('Object id of the Entra application for which callers of the app get their tokens. Needed with secureWebhook.')
param entraAppObjectId string = ''

@description('Client id of the same application. Needed with secureWebhook.')
param entraAppClientId string = ''

@description('Application ID URI of the same application, such as api://00000000-0000-0000-0000-000000000000. Needed with secureWebhook. With it every call needs a token; without it a function key.')
param entraAppIdUri string = ''

@description('Also raise an alert for each failed job that the vaults log to the workspace. It finds failures that raise no built-in alert; logs lag by half an hour. Needs the vaults to log: see vaultDiagnostics.')
param jobAlertsFromLogs bool = false

@description('Assign the built-in policy by which every vault of the subscriptions logs to the workspace. What the vaults log is paid for by volume.')
param vaultDiagnostics bool = false

@description('Mail addresses that are told when something is wrong with the engine itself. Empty: its alerts are seen in the portal only.')
param operatorEmails array = []

@description('Put the app into a virtual network and take the storage account off the public network. The app stays open to calls from outside, for an action group calls a public address: a private app would get no alert.')
param networkIsolated bool = false

@description('Address ranges (CIDR) from which people may call the app. With any, only they and Azure Monitor action groups get in; the deployment of code is not affected. Empty: from everywhere, with a key or a token.')
param callerRanges array = []

@description('When the sweep runs: NCRONTAB of six fields, seconds first, UTC.')
param sweepSchedule string = '0 0 4 * * *'

@description('off stops all changes; what is lent still goes back. What may be changed while it is on, the policy says.')
@allowed(['on', 'off'])
param changes string = 'on'

@description('Path of the policy file in the package. Empty: the policy.toml that was published.')
param policyFile string = ''

@description('How many hours a lock may stay lifted.')
@minValue(1)
@maxValue(336)
param leaseHours int = 48

@description('On-demand backups per item and UTC day.')
@minValue(0)
@maxValue(3)
param onDemandPerDay int = 2

@description('How many days the recovery points of on-demand backups are kept.')
@minValue(1)
@maxValue(9999)
param onDemandRetentionDays int = 30

@description('Cases that one sweep may open.')
@minValue(1)
@maxValue(1000)
param sweepMaxCases int = 50

@description('Object id of the Backup Management Service in the tenant: tells for certain whether it lacks rights on a Key Vault. Empty: not known.')
param backupServiceObjectId string = ''

@description('Address of an OpenTelemetry collector that takes OTLP over HTTP without a key, such as one in your network; traces, metrics and events go there as well as to Application Insights. Empty: none.')
param otlpEndpoint string = ''

@description('Most instances of the app at a time; Flex Consumption allows 40 to 1000.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('How many days logs and outcomes are kept in the workspace.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Replication of the storage account, which holds the cases and the lifted locks. Standard_ZRS outlives a zone, where the region has zones.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

var token = toLower(uniqueString(subscription().id, environmentName, location)) // 13 characters
var tags = { 'azd-env-name': environmentName }
var watched = empty(subscriptions) ? [subscription().subscriptionId] : subscriptions
// A function receiver has a key and no token, so it cannot get in where tokens are asked for.
var byToken = alertReceiver != 'function' && !empty(entraAppIdUri) && !empty(entraAppClientId)
var alertsGroupName = '${take('rg-${environmentName}', 83)}-alerts' // a group's name has at most 90 characters
// The roles are defined in the subscription that is deployed to, so they must be assignable there too.
var rolesLiveIn = union(map(watched, one => toLower(one)), [toLower(subscription().subscriptionId)])
var vaultLogSetting = 'backup-runbooks'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module network 'app/network.bicep' = if (networkIsolated) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-${token}'
    location: location
    tags: tags
  }
}

module storage 'app/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: take('st${token}', 24)
    location: location
    tags: tags
    sku: storageSku
    isolated: networkIsolated
    principalId: identity.outputs.principalId
  }
}

module storageEndpoints 'app/storage-endpoints.bicep' = if (networkIsolated) {
  name: 'storage-endpoints'
  scope: group
  params: {
    storageName: storage.outputs.name
    networkId: networkIsolated ? network.outputs.id : ''
    subnetId: networkIsolated ? network.outputs.endpointSubnetId : ''
    location: location
    tags: tags
  }
}

module telemetry 'app/telemetry.bicep' = {
  name: 'telemetry'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    retentionDays: logRetentionDays
    principalId: identity.outputs.principalId
  }
}

module outcomes 'app/outcomes.bicep' = {
  name: 'outcomes'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    retentionDays: logRetentionDays
    workspaceName: telemetry.outputs.workspaceName
    principalId: identity.outputs.principalId
  }
}

module functions 'app/functions.bicep' = {
  name: 'functions'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    identityName: identity.outputs.name
    storageName: storage.outputs.name
    packageContainer: storage.outputs.packageContainer
    insightsName: telemetry.outputs.insightsName
    workspaceName: telemetry.outputs.workspaceName
    subnetId: networkIsolated ? network.outputs.appSubnetId : ''
    callerRanges: callerRanges
    audiences: byToken ? [entraAppIdUri, entraAppClientId] : []
    maximumInstances: maximumInstances
    watched: watched
    sweepSchedule: sweepSchedule
    changes: changes
    policyFile: policyFile
    leaseHours: leaseHours
    onDemandPerDay: onDemandPerDay
    onDemandRetentionDays: onDemandRetentionDays
    sweepMaxCases: sweepMaxCases
    backupServiceObjectId: backupServiceObjectId
    roleNameSuffix: roleNameSuffix
    outcomesEndpoint: outcomes.outputs.endpoint
    outcomesRule: outcomes.outputs.ruleId
    outcomesStream: outcomes.outputs.stream
    otlpEndpoint: otlpEndpoint
  }
  dependsOn: [storageEndpoints] // the host cannot start before it reaches its storage
}

module actions 'app/actions.bicep' = {
  name: 'actions'
  scope: group
  params: {
    token: token
    tags: tags
    siteName: functions.outputs.name
    receiver: alertReceiver
    appObjectId: entraAppObjectId
    appIdUri: entraAppIdUri
    operatorEmails: operatorEmails
  }
}

module jobAlerts 'app/job-alerts.bicep' = if (jobAlertsFromLogs) {
  name: 'job-alerts'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: telemetry.outputs.workspaceName
    actionGroupId: actions.outputs.engineGroupId
  }
}

module engineAlerts 'app/engine-alerts.bicep' = {
  name: 'engine-alerts'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: telemetry.outputs.workspaceName
    actionGroupId: actions.outputs.operatorGroupId
  }
}

module roles 'app/roles.bicep' = {
  name: 'roles-${token}'
  params: {
    token: token
    nameSuffix: roleNameSuffix
    environmentName: environmentName
    assignableScopes: [for one in rolesLiveIn: '/subscriptions/${one}']
  }
}

module diagnostics 'app/vault-diagnostics.bicep' = [for one in (vaultDiagnostics ? watched : []): {
  name: 'vault-diagnostics-${token}'
  scope: subscription(one)
  params: {
    token: token
    location: location
    workspaceId: telemetry.outputs.workspaceId
    settingName: vaultLogSetting
  }
}]

// The policy of a watched subscription sends to a workspace of this one, so its identity needs a right here too.
module diagnosticsRights 'app/workspace-rights.bicep' = [for (one, i) in (vaultDiagnostics ? watched : []): {
  name: 'workspace-rights-${uniqueString(one)}'
  scope: group
  params: {
    workspaceName: telemetry.outputs.workspaceName
    principalId: diagnostics[i].outputs.principalId
  }
}]

// azd keeps these in its environment; the hooks read them from there.
output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = functions.outputs.name
output FUNCTION_APP_URL string = 'https://${functions.outputs.hostName}'
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
output WATCHED_SUBSCRIPTIONS string = join(watched, ',')
output ALERTS_GROUP string = alertsGroupName
output ALERTS_GO_TO string = actions.outputs.engineGroupId
output ALERTS_ARE_TOLD string = alertReceiver != 'none' ? 'true' : 'false'
output ROLE_DEFINITIONS string = join(roles.outputs.all, ',')
// Told even while vaultDiagnostics is off: what was made while it was on must be found.
output VAULT_POLICY_ASSIGNMENT string = 'vault-diagnostics-${token}'
output VAULTS_LOG string = vaultDiagnostics ? 'true' : 'false'
output VAULT_LOG_SETTING string = vaultLogSetting
output WORKSPACE_ID string = telemetry.outputs.workspaceId

// What infra/hooks/rights.sh hands to rights.bicep. The name of that deployment does not hold the environment's, since
// azd takes a deployment with such a name for its own (azure-dev, pkg/infra/deployment_manager.go).
output RIGHTS_DEPLOYMENT string = 'engine-rights-${token}'
output RIGHTS_VAULTS string = join(vaults, ',')
output RIGHTS_RESTORE_POINT_GROUPS string = join(restorePointGroups, ',')
output RIGHTS_MACHINE_GROUPS string = join(machineGroups, ',')
output ROLE_READER string = roles.outputs.reader
output ROLE_VAULT_OPERATOR string = roles.outputs.vaultOperator
output ROLE_CUSTODIAN string = roles.outputs.custodian
output ROLE_GUEST string = roles.outputs.guest
