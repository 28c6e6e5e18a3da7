// The optional virtual network: one subnet for the app's way out, one for the private endpoints of its storage.
// Alerts are not affected: they come in through the app's public address, which a virtual network does not close.
@description('Name of the network.')
@maxLength(64)
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Address range of the network; two subnets of 256 addresses are cut from it.')
param addressRange string = '10.71.0.0/16'

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressRange] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressRange, 24, 0)
          // Flex Consumption joins a network through this delegation.
          delegations: [
            { name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressRange, 24, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

output id string = network.id
output appSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'app')
output endpointSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'endpoints')
