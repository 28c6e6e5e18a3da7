// The plan and the app on Flex Consumption, with every setting that the code and the host read.
@description('Unique part of names.')
param token string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the app\'s identity.')
param identityName string

@description('Name of the storage account.')
param storageName string

@description('Name of the blob container that holds the package.')
param packageContainer string

@description('Name of the Application Insights resource.')
param insightsName string

@description('Name of the workspace that the diagnostic logs go to.')
param workspaceName string

@description('Id of the subnet of the app\'s way out. Empty: none.')
param subnetId string

@description('Address ranges from which people may call the app. Empty: no restriction.')
param callerRanges array

@description('Audiences of the tokens that callers must bring: the URI and the client id of the Entra application. Empty: a function key opens the app.')
param audiences array

@description('Most instances at a time.')
param maximumInstances int

@description('Ids of the watched subscriptions.')
param watched array

@description('When the sweep runs.')
param sweepSchedule string

@description('on or off.')
param changes string

@description('Path of the policy in the package, empty for the shipped one.')
param policyFile string

@description('Hours that a lock may stay lifted.')
param leaseHours int

@description('On-demand backups per item and day.')
param onDemandPerDay int

@description('Days that their recovery points are kept.')
param onDemandRetentionDays int

@description('Cases that one sweep may open.')
param sweepMaxCases int

@description('Object id of the Backup Management Service, empty where it is not known.')
param backupServiceObjectId string

@description('What ends the names of the engine\'s roles.')
param roleNameSuffix string

@description('Address at which outcomes are taken.')
param outcomesEndpoint string

@description('Immutable id of the rule that takes them.')
param outcomesRule string

@description('Stream of the rule.')
param outcomesStream string

@description('Address of an OpenTelemetry collector that gets traces, metrics and events too. Empty: none.')
param otlpEndpoint string

var alertSources = [
  {
    name: 'azure-monitor-action-groups'
    description: 'Alerts come from here'
    action: 'Allow'
    priority: 100
    tag: 'ServiceTag'
    ipAddress: 'ActionGroup'
  }
]
var people = [for (one, i) in callerRanges: {
  name: 'people-${i}'
  description: 'People who answer what the engine asks'
  action: 'Allow'
  priority: 200 + i
  tag: 'Default'
  ipAddress: one
}]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true } // Linux
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      remoteDebuggingEnabled: false
      ipSecurityRestrictionsDefaultAction: empty(callerRanges) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: empty(callerRanges) ? [] : concat(alertSources, people)
      scmIpSecurityRestrictionsUseMain: false
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
      }
    }
  }
}

// Flex Consumption refuses FUNCTIONS_WORKER_RUNTIME, FUNCTIONS_EXTENSION_VERSION, WEBSITE_RUN_FROM_PACKAGE and the
// build switches: the runtime stands in functionAppConfig, and azd asks for the remote build.
resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.properties.clientId
    AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    ARM_ENDPOINT: environment().resourceManager
    AZURE_CLIENT_ID: identity.properties.clientId
    ENTRA_TENANT_ID: empty(audiences) ? '' : tenant().tenantId
    ENTRA_AUDIENCE: join(audiences, ',')
    ENTRA_AUTHORITY: environment().authentication.loginEndpoint
    STORE_URL: 'https://${storage.name}.table.${environment().suffixes.storage}'
    SUBSCRIPTIONS: join(watched, ',')
    SWEEP_SCHEDULE: sweepSchedule
    SWEEP_MAX_CASES: string(sweepMaxCases)
    POLICY_FILE: policyFile
    CHANGES: changes
    LEASE_HOURS: string(leaseHours)
    ON_DEMAND_PER_DAY: string(onDemandPerDay)
    ON_DEMAND_RETENTION_DAYS: string(onDemandRetentionDays)
    BACKUP_SERVICE_OBJECT_ID: backupServiceObjectId
    ROLE_NAME_SUFFIX: roleNameSuffix
    OUTCOMES_ENDPOINT: outcomesEndpoint
    OUTCOMES_RULE: outcomesRule
    OUTCOMES_STREAM: outcomesStream
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
  }
}

// Code is published with an Entra token; the publishing passwords stay off.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

resource noPublishingPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: site
  name: 'to-workspace'
  properties: {
    workspaceId: workspace.id
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = site.name
output hostName string = site.properties.defaultHostName
