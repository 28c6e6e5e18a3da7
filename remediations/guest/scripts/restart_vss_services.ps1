#requires -Version 4.0
# azure-backup-runbooks: restart VSS services
# Restarts the Volume Shadow Copy service and the services of writers that failed, by the table below; no other service.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$table = @{
  'be000cbe-11fe-4426-9c58-531aa6355fc4' = 'VSS'
  '542da469-d3e1-473c-9f4f-7847f01fc64f' = 'VSS'
  'afbab4a2-367d-4d15-a586-71dbb18f8485' = 'VSS'
  '4dc3bdd4-ab48-4d07-adb0-3bee2926fd7f' = 'VSS'
  '75dfb225-e2e4-4d39-9ac9-ffaff65ddf06' = 'VSS'
  'e8132975-6f93-4464-a53e-1050253ae220' = 'CryptSvc'
  'a6ad56c2-b509-4e6c-bb19-49d8f43532f0' = 'Winmgmt'
  '4969d978-be47-48b0-b100-f328f07ac1e0' = 'BITS'
  '2a40fd15-dfca-4aa8-a654-1f8c654603f6' = 'AppHostSvc'
  'cd3f2362-8bef-46c7-9181-d62844cdc0b2' = 'WSearch'
  'a65faa63-5ea8-4ebc-9dbd-a0c4db26912a' = 'SQLWriter'
}

function Write-End([bool]$Ok, [bool]$Changed, [string]$Said) {
  $plain = ($Said -replace '[^\x20-\x7E]', '?') -replace '["\\<>&'']', ''
  if ($plain.Length -gt 600) { $plain = $plain.Substring(0, 600) }
  [ordered]@{ fix = 'restart VSS services'; ok = $Ok; changed = $Changed; said = $plain; end = 'azure-backup-runbooks' } | ConvertTo-Json -Compress
  exit 0
}

# Each writer's id and state by number; null where vssadmin gave no list that can be read.
function Get-Writers {
  $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo -ArgumentList "$env:SystemRoot\System32\vssadmin.exe", 'list writers'
  $start.UseShellExecute = $false
  $start.CreateNoWindow = $true
  $start.RedirectStandardOutput = $true
  $run = [System.Diagnostics.Process]::Start($start)
  $told = $run.StandardOutput.ReadToEndAsync()
  if (-not $run.WaitForExit(60000)) { $run.Kill(); return $null }
  $pattern = '(?i)[''"](?<name>[^''"\r\n]+)[''"][ \t]*\r?\n[^{}\[\]]*\{(?<id>[0-9a-f-]{36})\}[^{}\[\]]*\{[0-9a-f-]{36}\}[^{}\[\]]*\[(?<state>\d+)\]'
  $found = [regex]::Matches($told.Result, $pattern)
  if ($found.Count -eq 0 -or $found.Count -ne [regex]::Matches($told.Result, '\[\d+\]').Count) { return $null }
  $writers = @{}
  foreach ($one in $found) { $writers[$one.Groups['id'].Value.ToLower()] = [int]$one.Groups['state'].Value }
  $writers
}

# States 2 to 5 belong to a backup that is under way: those are left alone.
function Get-Failed($Writers) { @($Writers.Keys | Where-Object { $Writers[$_] -eq 0 -or $Writers[$_] -gt 5 }) }

# Stops it with what depends on it, and starts both again. Throws where it does not stop or start within half a minute.
function Restart-One([string]$Name) {
  $service = Get-Service -Name $Name
  $after = @($service.DependentServices | Where-Object { $_.Status -eq 'Running' })
  if ($service.Status -ne 'Stopped') {
    $service.Stop()
    $service.WaitForStatus('Stopped', [TimeSpan]::FromSeconds(30))
  }
  $service.Start()
  $service.WaitForStatus('Running', [TimeSpan]::FromSeconds(30))
  foreach ($one in $after) {
    try { Start-Service -Name $one.Name } catch { $script:said += "$($one.Name) did not start again" }
  }
}

$said, $changed = @(), $false
try {
  foreach ($name in 'VSS', 'swprv') {
    if ((Get-CimInstance -ClassName Win32_Service -Filter "Name='$name'").StartMode -eq 'Disabled') {
      Set-Service -Name $name -StartupType Manual
      $changed = $true
      $said += "$name was Disabled and is Manual now"
    }
  }
  $writers = Get-Writers
} catch { Write-End $false $changed "the services or the writers could not be read: $($_.FullyQualifiedErrorId)" }

if ($null -ne $writers) {
  if (@($writers.Values | Where-Object { $_ -ge 2 -and $_ -le 5 }).Count) { Write-End $false $changed ((@($said) + 'a backup is under way: its writers were left alone') -join '; ') }
  if (@(Get-Failed $writers).Count -eq 0) { Write-End $true $changed ((@($said) + 'no writer has failed') -join '; ') }
}
$failed = if ($null -eq $writers) { @() } else { @(Get-Failed $writers) }
$left = @($failed | Where-Object { -not $table[$_] })
$names = @($failed | ForEach-Object { $table[$_] } | Where-Object { $_ } | Sort-Object -Unique)
if ($null -eq $writers) { $names = @('VSS') }
foreach ($name in $names) {
  try { Restart-One $name; $said += "$name was restarted" } catch { $said += "$name could not be restarted" }
  $changed = $true
}
if ($left.Count) { $said += "left to a person: the writers $($left -join ', ')" }

try { $now = Get-Writers } catch { $now = $null }
if ($null -eq $now) { Write-End $false $changed ((@($said) + 'the writers cannot be read yet') -join '; ') }
$still = @(Get-Failed $now)
Write-End ($still.Count -eq 0) $changed ((@($said) + "$($still.Count) failed writers are left") -join '; ')
