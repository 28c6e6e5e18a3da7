#requires -Version 4.0
# azure-backup-runbooks: enable provider service
# Sets Azure Backup's service IaasVmProvider to start by itself, and starts it; says what its start type was before.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$name = 'IaasVmProvider'

function Write-End([bool]$Ok, [bool]$Changed, [string]$Said) {
  $plain = ($Said -replace '[^\x20-\x7E]', '?') -replace '["\\<>&'']', ''
  if ($plain.Length -gt 600) { $plain = $plain.Substring(0, 600) }
  [ordered]@{ fix = 'enable provider service'; ok = $Ok; changed = $Changed; said = $plain; end = 'azure-backup-runbooks' } | ConvertTo-Json -Compress
  exit 0
}

function Get-Mode { (Get-CimInstance -ClassName Win32_Service -Filter "Name='$name'").StartMode }

try { $before = Get-Mode } catch { Write-End $false $false 'the services could not be read' }
if (-not $before) { Write-End $false $false "there is no service $name; the next backup installs it" }
if ($before -eq 'Auto') { Write-End $true $false "$name starts by itself already" }

try { Set-Service -Name $name -StartupType Automatic } catch { Write-End $false $false "$name could not be set: $($_.FullyQualifiedErrorId)" }
if ((Get-Mode) -ne 'Auto') { Write-End $false $true "$name was $before and is not automatic yet" }
# It is a provider that a snapshot starts when it needs it: that it does not start now is said, and is no failure.
try { Start-Service -Name $name; $run = 'it runs' } catch { $run = 'it did not start; the next snapshot starts it' }
Write-End $true $true "$name was $before and starts by itself now; $run"
