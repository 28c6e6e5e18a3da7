"""What the Azure CLI needs besides ARM: TLS, a description of the cloud, and a sign-in."""
