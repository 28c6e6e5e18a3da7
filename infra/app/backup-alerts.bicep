// Sends the built-in alerts of this subscription's vaults to the engine, which sorts out what is no failed backup.
// The filter is wide on purpose: that the values match was not seen on a real Azure, and a narrow filter that misses
// loses every alert without a word. Built-in job alerts are Sev1 and on by default:
// https://learn.microsoft.com/azure/backup/backup-azure-monitoring-alerts. A suppression rule overrides this one.
@description('Tags of every resource.')
param tags object

@description('Id of the action group that tells the engine.')
param actionGroupId string

resource rule 'Microsoft.AlertsManagement/actionRules@2021-08-08' = {
  name: 'backup-failures-to-engine'
  location: 'Global'
  tags: tags
  properties: {
    description: 'Tells the backup runbook engine of failed backups'
    enabled: true
    scopes: [subscription().id]
    conditions: [
      { field: 'TargetResourceType', operator: 'Equals', values: ['microsoft.recoveryservices/vaults'] }
      { field: 'Severity', operator: 'Equals', values: ['Sev1'] }
      { field: 'MonitorCondition', operator: 'Equals', values: ['Fired'] }
    ]
    actions: [
      { actionType: 'AddActionGroups', actionGroupIds: [actionGroupId] }
    ]
  }
}
