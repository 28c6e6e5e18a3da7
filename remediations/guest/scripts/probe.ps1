#requires -Version 4.0
# azure-backup-runbooks: probe
# Reads only. Prints one JSON document of at most 3 KB; what cannot be told is null.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$since = (Get-Date).AddDays(-1)
$wire = '168.63.129.16'
$newest = $null

# Never in the calendar or the separators of the system's language.
function Get-Stamp([DateTime]$Time) { $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture) }

function Read-Part([scriptblock]$Part) { try { & $Part } catch { $null } }

function Get-Plain([string]$Text, [int]$Most = 60) {
  $plain = ($Text -replace '[^\x20-\x7E]', '?') -replace '["\\<>&'']', ''
  if ($plain.Length -gt $Most) { $plain.Substring(0, $Most) } else { $plain }
}

# A value that is not set is null; a key that may not be read throws, and its part is null.
function Get-Value([string]$Key, [string]$Name) {
  try { (Get-ItemProperty -LiteralPath "HKLM:\$Key" -Name $Name).$Name }
  catch [System.Management.Automation.ItemNotFoundException], [System.Management.Automation.PSArgumentException] { $null }
}

$services = Read-Part { $all = @{}; Get-CimInstance -ClassName Win32_Service | ForEach-Object { $all[$_.Name] = $_ }; $all }
function Get-State([string]$Name) {
  if ($null -eq $services) { return $null }
  $one = $services[$Name]
  if ($null -eq $one) { return 'absent' }
  '{0}/{1}' -f $one.State, ($one.StartMode -replace '^Auto$', 'Automatic')
}

# Events by log, provider and id; a name in them is looked for in their raw form, which no language changes.
function Measure-Events([string]$Log, [int[]]$Ids, [string]$Naming, [string]$Provider) {
  $filter = @{ LogName = $Log; Id = $Ids; StartTime = $since }
  if ($Provider) { $filter['ProviderName'] = $Provider }
  try {
    $found = @(Get-WinEvent -FilterHashtable $filter -MaxEvents 500 | Where-Object { $_.ToXml() -match $Naming })
  } catch {
    if ($_.FullyQualifiedErrorId -match '^(NoMatching|LogsAndProviders)') { return 0 }
    return $null
  }
  foreach ($one in $found) { if ($null -eq $newest -or $one.TimeCreated -gt $newest) { $script:newest = $one.TimeCreated } }
  $found.Count
}

# The writers by their ids and the numbers of their states: all words around them are in the language of the system.
function Get-Writers {
  $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo -ArgumentList "$env:SystemRoot\System32\vssadmin.exe", 'list writers'
  $start.UseShellExecute = $false
  $start.CreateNoWindow = $true
  $start.RedirectStandardOutput = $true
  $run = [System.Diagnostics.Process]::Start($start)
  $told = $run.StandardOutput.ReadToEndAsync()
  if (-not $run.WaitForExit(60000)) { $run.Kill(); return [ordered]@{ answered = $false; total = $null; failed = $null } }
  $pattern = '(?i)[''"](?<name>[^''"\r\n]+)[''"][ \t]*\r?\n[^{}\[\]]*\{(?<id>[0-9a-f-]{36})\}[^{}\[\]]*\{[0-9a-f-]{36}\}[^{}\[\]]*\[(?<state>\d+)\]'
  $writers = [regex]::Matches($told.Result, $pattern)
  if ($writers.Count -ne [regex]::Matches($told.Result, '\[\d+\]').Count) { return $null }
  $failed = @($writers | Where-Object { $_.Groups['state'].Value -ne '1' } | Select-Object -First 8 | ForEach-Object {
      [ordered]@{ id = $_.Groups['id'].Value.ToLower(); name = Get-Plain $_.Groups['name'].Value 40; state = [int]$_.Groups['state'].Value }
    })
  [ordered]@{ answered = ($writers.Count -gt 0); total = $writers.Count; failed = $failed }
}

function Test-Port([string]$Name, [int]$Port) {
  $client = New-Object -TypeName System.Net.Sockets.TcpClient
  try { $client.ConnectAsync($Name, $Port).Wait(3000) -and $client.Connected } catch { $false } finally { $client.Close() }
}

function Get-StorageHost {
  $text = (Get-Content -LiteralPath "$env:SystemDrive\WindowsAzure\Logs\WaAppAgent.log" -Tail 2000) -join "`n"
  $hosts = [regex]::Matches($text, '(?i)https://([a-z0-9-]+(\.[a-z0-9-]+)*\.blob\.[a-z0-9.-]+)')
  if ($hosts.Count) { $hosts[$hosts.Count - 1].Groups[1].Value.ToLower() } else { $null }
}

function Get-Skew {
  $request = [System.Net.WebRequest]::Create("http://$wire/?comp=versions")
  $request.Timeout = 3000
  $request.Proxy = $null
  $answer = $request.GetResponse()
  try { $now = [DateTime]::Parse($answer.Headers['Date'], [Globalization.CultureInfo]::InvariantCulture).ToUniversalTime() } finally { $answer.Close() }
  [int]((Get-Date).ToUniversalTime() - $now).TotalSeconds
}

# The newest status that the snapshot extension wrote.
function Get-Snapshot {
  $file = Get-ChildItem -Path "$env:SystemDrive\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\*\Status\*.status" |
    Sort-Object -Property LastWriteTime | Select-Object -Last 1
  if ($null -eq $file) { return $null }
  $codes = [regex]::Matches(((Get-Content -LiteralPath $file.FullName) -join ' '), 'StatusCode\.(\w+)')
  $status = if ($codes.Count) { Get-Plain $codes[$codes.Count - 1].Groups[1].Value } else { $null }
  [ordered]@{ status = $status; at = Get-Stamp $file.LastWriteTime }
}

# Everyone may read and write, administrators have full control, nobody is denied: the folder's defaults.
function Test-MachineKeysChanged {
  $rules = (Get-Acl -LiteralPath "$env:ProgramData\Microsoft\Crypto\RSA\MachineKeys").GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])
  $has = @{}
  foreach ($rule in $rules) {
    if ($rule.AccessControlType -eq 'Deny') { return $true }
    if ([int]$rule.FileSystemRights -band 0xF0000000) { throw 'generic rights cannot be compared' }
    $who = $rule.IdentityReference.Value
    $has[$who] = [int]$has[$who] -bor [int]$rule.FileSystemRights
  }
  $everyone, $full = 0x12019F, 0x1F01FF
  ([int]$has['S-1-1-0'] -band $everyone) -ne $everyone -or ([int]$has['S-1-5-32-544'] -band $full) -ne $full
}

function Get-WeakFrameworks {
  $names = 'SOFTWARE\Microsoft\.NETFramework\v4.0.30319', 'SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319'
  @($names | Where-Object { (Get-Value $_ 'SchUseStrongCrypto') -ne 1 })
}

# What somebody switched off; what is merely not set is as Windows came.
function Get-TlsSwitchedOff {
  $names = 'SOFTWARE\Microsoft\.NETFramework\v4.0.30319', 'SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319'
  $names | Where-Object { (Get-Value $_ 'SchUseStrongCrypto') -eq 0 }
  $client = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client'
  if ((Get-Value $client 'Enabled') -eq 0 -or (Get-Value $client 'DisabledByDefault') -eq 1) { $client }
}

function Get-Locked {
  $volumes = Get-CimInstance -Namespace root\cimv2\Security\MicrosoftVolumeEncryption -ClassName Win32_EncryptableVolume
  @($volumes | Where-Object { (Invoke-CimMethod -InputObject $_ -MethodName GetLockStatus).LockStatus -eq 1 } |
      Select-Object -First 5 | ForEach-Object { Get-Plain $_.DriveLetter 10 })
}

function Test-Redistributable {
  $keys = 'SOFTWARE\Microsoft\VisualStudio\12.0\VC\Runtimes\x64', 'SOFTWARE\Wow6432Node\Microsoft\VisualStudio\12.0\VC\Runtimes\x64'
  @($keys | Where-Object { (Get-Value $_ 'Installed') -eq 1 }).Count -gt 0 -or (Test-Path -LiteralPath "$env:SystemRoot\System32\msvcr120.dll")
}

$bcdr = 'SOFTWARE\Microsoft\BcdrAgentPersistentKeys'
$document = [ordered]@{ probe = 1; os = 'Windows'; at = Get-Stamp (Get-Date) }
$document['agent'] = Read-Part {
  $state, $start = (Get-State 'WindowsAzureGuestAgent') -split '/'
  $state = if ($state -eq 'absent') { 'absent' } elseif ($state -eq 'Running') { 'running' } elseif ($state) { 'stopped' } else { $null }
  [ordered]@{ service = 'WindowsAzureGuestAgent'; state = $state; start = $start; version = Get-Value 'SOFTWARE\Microsoft\Virtual Machine\Guest' 'GuestAgentVersion' }
}
$document['services'] = Read-Part {
  $told = [ordered]@{}
  foreach ($name in 'RdAgent', 'VSS', 'swprv', 'IaasVmProvider', 'COMSysApp', 'MSDTC', 'msiserver') { $told[$name] = Get-State $name }
  $told
}
$document['msdtc'] = Read-Part {
  [ordered]@{ account = (New-Object -TypeName System.Security.Principal.NTAccount -ArgumentList $services['MSDTC'].StartName).Translate([System.Security.Principal.SecurityIdentifier]).Value }
}
$document['writers'] = Read-Part { Get-Writers }
$document['events'] = Read-Part {
  $locker = Measure-Events 'Microsoft-Windows-AppLocker/EXE and DLL' 8004 'IaaSBcdrExtension'
  $integrity = Measure-Events 'Microsoft-Windows-CodeIntegrity/Operational' 3077 'IaaSBcdrExtension'
  $control = if ($null -eq $locker -or $null -eq $integrity) { $null } else { $locker + $integrity }
  $defender = Measure-Events 'Microsoft-Windows-Windows Defender/Operational' (1116, 1117, 1121, 1123) 'RecoveryServices\.VMSnapshot|IaaSBcdrExtension'
  $faulting = Measure-Events 'Application' 1000 'IaaSBcdrExtension' 'Application Error'
  $last = if ($newest) { Get-Stamp $newest } else { $null }
  [ordered]@{ app_control = $control; antivirus = $defender; faulting = $faulting; last = $last }
}
$document['sql'] = Read-Part {
  $writer = Get-State 'SQLWriter'
  $made = Measure-Events 'Application' (18264, 18265) 'TYPE=(DISK|URL|TAPE)' 'MSSQL*'
  $failed = Measure-Events 'Application' (3041, 18210) '.' 'MSSQL*'
  $copy = (Get-Value 'SOFTWARE\Microsoft\BcdrAgent' 'USEVSSCOPYBACKUP') -eq 'TRUE'
  [ordered]@{ writer = $writer; copy_only = $copy; backups = $made; errors = $failed }
}
$document['snapshot'] = Read-Part { Get-Snapshot }
$document['host_snapshot'] = Read-Part {
  $method, $timed = (Get-Value $bcdr 'SnapshotMethod'), (Get-Value $bcdr 'CalculateSnapshotTimeFromHost')
  $on = $method -eq 'firstHostThenGuest' -and $timed -eq 'True'
  [ordered]@{ on = $on; off = (-not $on -and ($null -ne $method -or $null -ne $timed)) }
}
$document['tls'] = Read-Part {
  $failed = Measure-Events 'System' (36871, 36874, 36887, 36888) 'IaaSBcdrExtension' 'Schannel'
  [ordered]@{ strong_crypto = (@(Get-WeakFrameworks).Count -eq 0); off = @(Get-TlsSwitchedOff).Count; errors = $failed }
}
$document['vc_redist'] = Read-Part { [ordered]@{ installed = Test-Redistributable } }
$document['machine_keys'] = Read-Part { [ordered]@{ changed = Test-MachineKeysChanged } }
$document['bitlocker'] = Read-Part { [ordered]@{ locked = @(Get-Locked) } }
$document['dhcp'] = Read-Part {
  $cards = @(Get-CimInstance -ClassName Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=TRUE' | Where-Object { $_.DefaultIPGateway })
  [ordered]@{ on = if ($cards.Count) { @($cards | Where-Object { -not $_.DHCPEnabled }).Count -eq 0 } else { $null } }
}
$document['load'] = Read-Part {
  $system = Get-CimInstance -ClassName Win32_OperatingSystem
  $cpu = (Get-CimInstance -ClassName Win32_Processor | Measure-Object -Property LoadPercentage -Average).Average
  $free = $system.FreePhysicalMemory / $system.TotalVisibleMemorySize
  [ordered]@{ cpu_pct = if ($null -eq $cpu) { $null } else { [int]$cpu }; memory_pct = [int](100 * (1 - $free)) }
}
$document['disks'] = Read-Part {
  $fullest = Get-CimInstance -ClassName Win32_LogicalDisk -Filter 'DriveType=3' | Where-Object { $_.Size } | Sort-Object -Property { $_.FreeSpace / $_.Size } | Select-Object -First 3
  , @($fullest | ForEach-Object { [ordered]@{ mount = Get-Plain $_.DeviceID 20; free_mb = [long]($_.FreeSpace / 1048576); used_pct = [int](100 * (1 - $_.FreeSpace / $_.Size)) } })
}
$document['reach'] = Read-Part {
  $store = Read-Part { Get-StorageHost }
  [ordered]@{ wire_80 = Test-Port $wire 80; wire_443 = Test-Port $wire 443; wire_32526 = Test-Port $wire 32526; storage = if ($store) { Test-Port $store 443 } else { $null }; storage_host = if ($store) { Get-Plain $store 90 } else { $null } }
}
$document['clock'] = Read-Part { [ordered]@{ skew_s = Get-Skew } }
$document['end'] = 'azure-backup-runbooks'
$line = $document | ConvertTo-Json -Compress -Depth 5
foreach ($part in 'reach', 'disks', 'services', 'writers') {
  if ($line.Length -gt 3000) { $document[$part] = $null; $line = $document | ConvertTo-Json -Compress -Depth 5 }
}
$line
