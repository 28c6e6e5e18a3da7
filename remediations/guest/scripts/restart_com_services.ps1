#requires -Version 4.0
# azure-backup-runbooks: restart COM services
# Starts COM+ System Application and the Distributed Transaction Coordinator where they do not run; what is disabled gets its default start type.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$default = [ordered]@{ MSDTC = 'Automatic'; COMSysApp = 'Manual' }

function Write-End([bool]$Ok, [bool]$Changed, [string]$Said) {
  $plain = ($Said -replace '[^\x20-\x7E]', '?') -replace '["\\<>&'']', ''
  if ($plain.Length -gt 600) { $plain = $plain.Substring(0, 600) }
  [ordered]@{ fix = 'restart COM services'; ok = $Ok; changed = $Changed; said = $plain; end = 'azure-backup-runbooks' } | ConvertTo-Json -Compress
  exit 0
}

function Get-One([string]$Name) { Get-CimInstance -ClassName Win32_Service -Filter "Name='$Name'" }

$said, $well, $changed = @(), $true, $false
foreach ($name in $default.Keys) {
  try {
    $one = Get-One $name
    if ($null -eq $one) { $well = $false; $said += "$name is not there"; continue }
    if ($one.State -eq 'Running') { $said += "$name runs"; continue }
    if ($one.StartMode -eq 'Disabled') {
      Set-Service -Name $name -StartupType $default[$name]
      $changed = $true
      $said += "$name was Disabled and is $($default[$name]) now"
    }
    Start-Service -Name $name
    $changed = $true
    if ((Get-One $name).State -eq 'Running') { $said += "$name was started" } else { $well = $false; $said += "$name does not run yet" }
  } catch {
    $well = $false
    $said += "$name could not be started: $($_.FullyQualifiedErrorId)"
  }
}
Write-End $well $changed ($said -join '; ')
