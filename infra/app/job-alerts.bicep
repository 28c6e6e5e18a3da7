// An alert for each failed job in the vaults' logs. Results are not part of an alert, so it is split by the columns that
// the engine reads: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types
@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the workspace that the vaults log to.')
param workspaceName string

@description('Id of the action group that tells the engine.')
param actionGroupId string

// Logs arrive 20 to 30 minutes late, so rows are chosen by when they arrived. The windows overlap by five minutes: a
// failure that is told twice opens one case.
var failedJobs = '''
AddonAzureBackupJobs
| where ingestion_time() > ago(20m)
| where JobOperation == "Backup" and JobStatus == "Failed"
| extend ResourceId = _ResourceId
'''

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'backup-job-failed'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'A backup job failed'
    severity: 1
    enabled: true
    scopes: [workspace.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    overrideQueryTimeRange: 'P1D'
    autoMitigate: false
    skipQueryValidation: true // the table comes into being with the first row
    criteria: {
      allOf: [
        {
          query: failedJobs
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            { name: 'BackupItemUniqueId', operator: 'Include', values: ['*'] }
            { name: 'JobUniqueId', operator: 'Include', values: ['*'] }
            { name: 'JobFailureCode', operator: 'Include', values: ['*'] }
            { name: 'JobOperation', operator: 'Include', values: ['*'] }
            { name: 'ResourceId', operator: 'Include', values: ['*'] }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}
