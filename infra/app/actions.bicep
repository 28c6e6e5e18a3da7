// Whom alerts are told to: the engine, of failed backups; people, of what is wrong with the engine.
@description('Unique part of names.')
param token string

@description('Tags of every resource.')
param tags object

@description('Name of the function app.')
param siteName string

@description('secureWebhook, function or none.')
@allowed(['secureWebhook', 'function', 'none'])
param receiver string

@description('Object id of the Entra application that the webhook asks a token for.')
param appObjectId string

@description('Application ID URI of the same application.')
param appIdUri string

@description('Mail addresses of the people.')
param operatorEmails array

var alertFunction = 'take_alert'
var alertRoute = 'https://${site.properties.defaultHostName}/api/alerts'

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: siteName
}

resource engine 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-engine-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'bkprunbooks' // at most 12 characters
    webhookReceivers: receiver != 'secureWebhook' ? [] : [
      {
        name: 'engine'
        serviceUri: alertRoute
        useCommonAlertSchema: true
        useAadAuth: true
        objectId: appObjectId
        identifierUri: appIdUri
        tenantId: tenant().tenantId
      }
    ]
    azureFunctionReceivers: receiver != 'function' ? [] : [
      {
        name: 'engine'
        functionAppResourceId: site.id
        functionName: alertFunction
        httpTriggerUrl: '${alertRoute}?code=${listKeys('${site.id}/host/default', '2024-11-01').functionKeys.default}'
        useCommonAlertSchema: true
      }
    ]
  }
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-operators-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'bkpengine'
    emailReceivers: [for (address, i) in operatorEmails: {
      name: 'operator-${i}'
      emailAddress: address
      useCommonAlertSchema: true
    }]
  }
}

output engineGroupId string = engine.id
output operatorGroupId string = operators.id
