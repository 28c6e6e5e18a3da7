"""The four shapes in which Azure Monitor tells of a failed backup, all under the common alert schema."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sandbox import ids
from sandbox.model import Item, Job, Problem
from sandbox.simulation import Simulation
from sandbox.times import backup_time

Json = dict[str, Any]


def payload(sim: Simulation, item: Item, job: Job, shape: str, condition: str) -> Json:
    """The body that the action group posts. Shapes: A1b built-in, A2 log search, A3b metric, A4 activity log."""
    essentials, context = _SHAPES[shape](sim, item, job)
    essentials |= {
        "monitorCondition": condition,
        "firedDateTime": backup_time(sim.now),
        "essentialsVersion": "1.0",
        "alertContextVersion": "1.0",
    }
    if condition == "Resolved":
        essentials["resolvedDateTime"] = backup_time(sim.now)
    data: Json = {"essentials": essentials, "alertContext": context}
    if shape in ("A1b", "A3b"):
        data["customProperties"] = None
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": data}


def _essentials(sim: Simulation, item: Item, rule: str, signal: str, service: str, target: str) -> Json:
    alert = sim.guid("alert")
    return {
        "alertId": f"/subscriptions/{sim.state.world.subscription}/providers/Microsoft.AlertsManagement/alerts/{alert}",
        "alertRule": rule,
        "severity": "Sev1",
        "signalType": signal,
        "monitoringService": service,
        "alertTargetIDs": [target],
        "configurationItems": [target.rsplit("/", 1)[1]],
        "originAlertId": alert,
        "description": "",
    }


def _problem(job: Job) -> Problem:
    return job.problem or Problem(None, "")


def _vault_target(item: Item) -> str:
    """The vault's id as the built-in alert prints it: lower case but for its last names."""
    return (
        item.vault.replace("/resourceGroups/", "/resourcegroups/")
        .replace("Microsoft.RecoveryServices", "microsoft.recoveryservices")
    )  # fmt: skip


def _built_in(sim: Simulation, item: Item, job: Job) -> tuple[Json, Json]:
    """A1b: no error code anywhere but in the suffix of originAlertId."""
    problem = _problem(job)
    essentials = _essentials(sim, item, "Backup Failure", "Log", "Azure Backup", _vault_target(item))
    essentials |= {
        "region": sim.state.world.location,
        "description": problem.text,
        "originAlertId": f"{ids.digits(19, job.name)}_0_{ids.digits(38, job.name)}"
        f"azureiaasvm{(problem.title or '').lower()}log",
        "investigationLink": "https://portal.azure.com/#view/Microsoft_Azure_Monitoring_Alerts/Issue.ReactView/alertId/"
        + quote(essentials["alertId"], safe=""),
        "targetResourceType": "microsoft.recoveryservices/vaults",
        "targetResourceGroup": ids.group_of(item.vault).lower(),
    }
    context = {
        "category": "Jobs",
        "sourceId": item.machine,
        "sourceType": "VM",
        "extendedInfo": {
            "jobId": job.name,
            "possibleCauses": None,
            "occurrenceCount": 1,
            "recommendedActions": " ".join(problem.recommendations),
        },
        "affectedItems": item.machine,
        "sourceVersion": "IaasVMContainer",
        "protectedItemId": item.id,
        "linkedResourceId": item.machine,
        "alertVersionNumber": "V2020_10",
        "linkedResourceName": item.machine_name,
        "formattedSourceType": "AzureIaasVM",
        "firstLevelContainerId": item.container,
        "secondLevelContainerId": None,
    }
    return essentials, context


def _condition(sim: Simulation, window: timedelta, criterion: Json, kind: str) -> Json:
    return {
        "properties": {},
        "conditionType": kind,
        "condition": {
            "windowSize": "PT1H" if window >= timedelta(hours=1) else "PT5M",
            "allOf": [criterion],
            "windowStartTime": backup_time(sim.now - window),
            "windowEndTime": backup_time(sim.now),
        },
    }


def _log_search(sim: Simulation, item: Item, job: Job) -> tuple[Json, Json]:
    """A2: a rule over AddonAzureBackupJobs, split by dimensions; results are not embedded."""
    workspace = (
        f"/subscriptions/{sim.state.world.subscription}/resourcegroups/{ids.group_of(item.vault)}"
        "/providers/microsoft.operationalinsights/workspaces/backup-logs"
    )
    essentials = _essentials(sim, item, "backup-job-failed", "Log", "Log Alerts V2", workspace)
    query = 'AddonAzureBackupJobs\n| where JobOperation == "Backup" and JobStatus == "Failed"'
    link = f"https://api.loganalytics.io/v1/workspaces/{ids.guid(workspace)}/query?query={quote(query)}"
    dimensions = {
        "JobUniqueId": job.name,
        # ASSUMED: BackupItemUniqueId starts with the region and ends with the container's name.
        "BackupItemUniqueId": f"{sim.state.world.location};{ids.digits(15, item.vault)};{item.container}",
        # ASSUMED: JobFailureCode holds the symbolic code; no real row was found.
        "JobFailureCode": _problem(job).title or "",
        "VaultUniqueId": ids.digits(15, item.vault),
        "_ResourceId": item.vault.lower(),
    }
    criterion = {
        "searchQuery": query,
        "metricMeasureColumn": None,
        "targetResourceTypes": "['Microsoft.OperationalInsights/workspaces']",
        "operator": "GreaterThan",
        "threshold": "0",
        "timeAggregation": "Count",
        "dimensions": [{"name": name, "value": value} for name, value in dimensions.items()],
        "metricValue": 1.0,
        "failingPeriods": {"numberOfEvaluationPeriods": 1, "minFailingPeriodsToAlert": 1},
        "linkToSearchResultsUI": "https://portal.azure.com#@/blade/Microsoft_Azure_Monitoring_Logs/LogsBlade",
        "linkToFilteredSearchResultsUI": "https://portal.azure.com#@/blade/Microsoft_Azure_Monitoring_Logs/LogsBlade",
        "linkToSearchResultsAPI": link,
        "linkToFilteredSearchResultsAPI": link,
    }
    return essentials, _condition(sim, timedelta(hours=1), criterion, "LogQueryCriteria")


def _metric(sim: Simulation, item: Item, job: Job) -> tuple[Json, Json]:
    """A3b: the vault's BackupHealthEvent; it carries neither a job nor a code."""
    essentials = _essentials(sim, item, "backup-health", "Metric", "Platform", _vault_target(item))
    essentials["originAlertId"] = f"{ids.guid(job.name)}_{ids.group_of(item.vault)}_microsoft.insights_metricAlerts"
    dimensions = {
        "dataSourceURL": item.machine,
        "backupInstanceUrl": item.id,
        "dataSourceType": "Microsoft.Compute/virtualMachines",
        "healthStatus": "PersistentDegraded",
        "backupInstanceName": item.machine_name,
    }
    criterion = {
        "metricName": "BackupHealthEvent",
        "metricNamespace": "Microsoft.RecoveryServices/vaults",
        "operator": "GreaterThan",
        "threshold": "0",
        "timeAggregation": "Count",
        "dimensions": [{"name": name, "value": value} for name, value in dimensions.items()],
        "metricValue": 1,
        "webTestName": None,
    }
    return essentials, _condition(sim, timedelta(minutes=5), criterion, "SingleResourceMultipleMetricCriteria")


def _activity_log(sim: Simulation, item: Item, job: Job) -> tuple[Json, Json]:
    """A4: the vault's administrative event for a failed job."""
    # ASSUMED: names the machine in properties; operation name and entity of a real event are on no record.
    essentials = _essentials(sim, item, "backup-activity", "Activity Log", "Activity Log - Administrative", item.vault)
    operation = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action"
    context = {
        "authorization": {"action": operation, "scope": item.id},
        "channels": "Operation",
        "claims": "{}",
        "caller": "Azure Backup",
        "correlationId": job.activity,
        "eventSource": "Administrative",
        "eventTimestamp": backup_time(sim.now),
        "eventDataId": sim.guid("activity-log"),
        "level": "Error",
        "operationName": operation,
        "operationId": job.name,
        "properties": {
            "eventCategory": "Administrative",
            "entity": item.id,
            "message": operation,
            "Job Id": job.name,
            "Entity Name": item.machine_name,
            "Error Code": _problem(job).title or "",
        },
        "status": "Failed",
        "subStatus": "",
        "submissionTimestamp": backup_time(sim.now),
        "Activity Log Event Description": "",
    }
    return essentials, context


_SHAPES: dict[str, Callable[[Simulation, Item, Job], tuple[Json, Json]]] = {
    "A1b": _built_in,
    "A2": _log_search,
    "A3b": _metric,
    "A4": _activity_log,
}
