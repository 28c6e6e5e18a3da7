// The engine's own roles, as `make role` wrote them from the policy. There are always four: one that the policy does not
// need holds a single read of the reader's, so that deploying it takes away what it held before.
targetScope = 'subscription'

@description('Unique part of names.')
param token string

@description('Appended to the roles\' names.')
param nameSuffix string

@description('Name of the environment. It ends each description: by that infra/hooks/take-away.sh knows our roles where a first deployment failed.')
param environmentName string

@description('Where the roles may be assigned.')
param assignableScopes array

var definitions = {
  reader: loadJsonContent('../roles/reader.json')
  vaultOperator: loadJsonContent('../roles/vault_operator.json')
  custodian: loadJsonContent('../roles/custodian.json')
  guest: loadJsonContent('../roles/guest.json')
}
var names = {
  reader: guid(subscription().id, token, 'reader')
  vaultOperator: guid(subscription().id, token, 'vaultOperator')
  custodian: guid(subscription().id, token, 'custodian')
  guest: guid(subscription().id, token, 'guest')
}

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [for one in items(definitions): {
  name: names[one.key]
  properties: {
    roleName: '${one.value.Name}${nameSuffix}'
    description: '${one.value.Description} Made by the azd environment ${environmentName}.'
    type: 'CustomRole'
    assignableScopes: assignableScopes
    permissions: [
      {
        actions: one.value.Actions
        notActions: one.value.NotActions
        dataActions: one.value.DataActions
        notDataActions: one.value.NotDataActions
      }
    ]
  }
}]

output reader string = names.reader
output vaultOperator string = names.vaultOperator
output custodian string = names.custodian
output guest string = names.guest
output all array = [for (one, i) in items(names): role[i].name]
