// The table of outcomes, one row a case, the rule that lets the app write it, and the workbook that shows it.
@description('Unique part of names.')
param token string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Days that outcomes are kept.')
param retentionDays int

@description('Name of the workspace.')
param workspaceName string

@description('Principal of the app\'s identity.')
param principalId string

// Monitoring Metrics Publisher, at the rule, is what sending rows needs:
// https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var tableName = 'BackupRunbooks_CL'
// Types in the words of the table; the rule's are the same in lower case.
var columns = [
  { name: 'TimeGenerated', type: 'dateTime', description: 'When the case was closed' }
  { name: 'CaseId', type: 'string', description: 'The case' }
  { name: 'Item', type: 'string', description: 'Id of the protected item' }
  { name: 'Machine', type: 'string', description: 'Name of the machine' }
  { name: 'Vault', type: 'string', description: 'Name of the vault' }
  { name: 'Subscription', type: 'string', description: 'Id of the vault\'s subscription' }
  { name: 'Code', type: 'string', description: 'Error code of the failed backup' }
  { name: 'Cause', type: 'string', description: 'The cause that was found; empty: none was' }
  { name: 'Outcome', type: 'string', description: 'remediated; snapshot proven, vault pending; needs a person; gave up; not needed; incident over' }
  { name: 'Fixes', type: 'dynamic', description: 'Names of the fixes that were applied, in order' }
  { name: 'SecondsToDiagnosis', type: 'real', description: 'From the failure to a named cause' }
  { name: 'SecondsToProof', type: 'real', description: 'From the failure to the proof that backups work again' }
  { name: 'Changes', type: 'int', description: 'Changes made to Azure' }
  { name: 'Trigger', type: 'string', description: 'alert, manual or sweep' }
  { name: 'Recurs', type: 'dateTime', description: 'About when the failure comes back, where a returned lock will bring it' }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource table 'Microsoft.OperationalInsights/workspaces/tables@2025-02-01' = {
  parent: workspace
  name: tableName
  properties: {
    plan: 'Analytics'
    retentionInDays: retentionDays
    schema: {
      name: tableName
      columns: columns
    }
  }
}

// Of kind Direct a rule has an address of its own, and needs no separate endpoint.
resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: 'dcr-${token}'
  location: location
  tags: tags
  kind: 'Direct'
  properties: {
    description: 'Outcomes of the backup runbook engine'
    streamDeclarations: {
      'Custom-${tableName}': {
        columns: map(columns, one => { name: one.name, type: toLower(one.type) })
      }
    }
    destinations: {
      logAnalytics: [
        { name: 'workspace', workspaceResourceId: workspace.id }
      ]
    }
    dataFlows: [
      {
        streams: ['Custom-${tableName}']
        destinations: ['workspace']
        transformKql: 'source'
        outputStream: 'Custom-${tableName}'
      }
    ]
  }
  dependsOn: [table]
}

resource rights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(rule.id, principalId, metricsPublisher)
  scope: rule
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'outcomes')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Backup runbooks: outcomes'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: loadTextContent('workbook.json')
    version: 'Notebook/1.0'
  }
}

output endpoint string = rule.properties.endpoints.logsIngestion
output ruleId string = rule.properties.immutableId
output stream string = 'Custom-${tableName}'
