// Alerts on the engine itself. engine-alerts.json says what each looks for; `awaited` ones wait for an event that the
// code does not write yet, and are not deployed: a rule that can never fire would only look like a watch. Rows come in
// minutes after they were written, so a window is at least twice as long as the time between two looks.
// What is told `once` is chosen by when it came in, so that no later look tells of it again, and leaves its alert open:
// Azure tells of no second row while a rule that resolves itself has fired for the first
// (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#stateful-alerts).
@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the workspace that the app logs to.')
param workspaceName string

@description('Id of the action group that tells people.')
param actionGroupId string

var written = filter(loadJsonContent('engine-alerts.json'), one => !one.awaited)

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for one in written: {
  name: one.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: one.title
    description: one.description
    severity: one.severity
    enabled: true
    scopes: [workspace.id]
    evaluationFrequency: one.every
    windowSize: one.window
    autoMitigate: !one.once
    skipQueryValidation: true // the tables come into being with the app's first rows
    criteria: {
      allOf: [
        {
          query: one.query
          timeAggregation: 'Count'
          operator: one.operator
          threshold: one.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}]
