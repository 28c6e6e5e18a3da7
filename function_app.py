"""What the Functions host loads: registers the functions, decides nothing. A fault in our own code or catalog stops it."""

import azure.durable_functions as df
import azure.functions as func

import engine.catalog  # noqa: F401  (a faulty catalog, cause or fix must stop the app here)
from functions import alerts, api, queue, runs, timers

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
alerts.register(app)
runs.register(app)
queue.register(app)
timers.register(app)
api.register(app)
